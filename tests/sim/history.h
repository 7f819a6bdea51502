/* history.h: what happens in a simulated world, made from a seed, made smaller when it fails, and printed.
 * Never runs anything: that is world.h. */
#ifndef TESTS_SIM_HISTORY_H
#define TESTS_SIM_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HISTORY_STEPS_MAX = 240, HISTORY_BAGS = 10 };

/* Two devices of the hospital, one of the clinic; two of the carrier; the plant's gate; one of the clinic that speaks before it is
 * enrolled; the bureau. */
enum history_device {
    NURSE,
    NURSE2,
    DOCTOR,
    DRIVER,
    DRIVER2,
    GATE,
    NEWCOMER,
    BUREAU,
    HISTORY_DEVICES
};

enum history_doing {
    /* A device signs and keeps; what it says is about `bag`, or about a statement said before. */
    HISTORY_PACK,
    HISTORY_STORE,
    HISTORY_ISSUE,
    HISTORY_DEPART,
    HISTORY_LOAD,
    HISTORY_ACCEPT,
    HISTORY_REJECT,
    HISTORY_FEED,
    HISTORY_NEST,
    HISTORY_UNNEST,
    HISTORY_RELABEL,
    HISTORY_CONFIRM,
    HISTORY_CANCEL,
    HISTORY_AMEND,
    HISTORY_COUNTERSIGN,
    HISTORY_DISPUTE,
    HISTORY_WITHDRAW,
    HISTORY_ENROL,  /* the newcomer */
    HISTORY_REVOKE, /* the key of device `number` */
    /* It goes to the network. */
    HISTORY_SYNC,
    HISTORY_CARRY, /* what another device signed, handed over with no network */
    HISTORY_TRACE,
    HISTORY_SHOW,
    HISTORY_PROVE,
    HISTORY_OPEN,     /* unclosed, page by page */
    HISTORY_FINDINGS, /* likewise */
    HISTORY_BALANCE,  /* as of some entry */
    HISTORY_REPORT,   /* likewise */
    HISTORY_OTHER,    /* the other questions; `number` chooses */
    HISTORY_FOLLOW,
    /* What happens to it. */
    HISTORY_CLOSE,   /* the program ends and is started when it is needed */
    HISTORY_DIE,     /* it is killed at the `number`-th call to network or disk from here */
    HISTORY_CLOCK,   /* steps by `number` seconds */
    HISTORY_DARK,    /* no network for `number` seconds */
    HISTORY_WEATHER, /* `number` chooses */
    /* What happens to the daemon. */
    HISTORY_RESTART, /* down for `number` milliseconds */
    HISTORY_KILL,
    HISTORY_HOUSE_CLOCK,
    HISTORY_DOINGS
};

struct history_step {
    enum history_doing doing;
    enum history_device device;
    uint8_t bag;
    int64_t number;
    int64_t at_us; /* since the world began */
    bool is_gone;  /* taken out by shrinking */
};

struct history {
    uint64_t seed;
    size_t count;
    struct history_step steps[HISTORY_STEPS_MAX];
};

void history_make(struct history *ret, uint64_t seed);
void history_print(const struct history *history);
/* As small as it still fails; `fails` may be asked some hundreds of times. */
void history_shrink(struct history *history, bool (*fails)(const struct history *history));
const char *history_device_name(enum history_device device);
const char *history_doing_name(enum history_doing doing);

#endif
