/* said.h: what the devices of a world were promised to keep, and the bodies of what they say.
 * Never reads a clock or a device's folder: it is what people remember, or wrote down. */
#ifndef TESTS_SIM_SAID_H
#define TESTS_SIM_SAID_H

#include "proto/statement.h"
#include "tests/lib/home.h"
#include "tests/sim/history.h"

struct said {
    enum history_device device;
    enum history_doing doing;
    uint8_t bag;
    bool names_bag; /* by its label: it is a step of that bag's */
    uint8_t key[PUBLIC_KEY_SIZE];
    uint64_t sequence;
    struct digest id;
    struct span submission; /* signature and signed bytes, as they are handed on */
    struct digest target;   /* what it countersigns, disputes, withdraws; zeros: nothing */
    uint64_t entry;         /* of its own device's receipt; WITNESS_UNKNOWN: none yet */
};

/* The body as JSON, from what was said before; gives the name of the act, or NULL when it cannot be said yet. */
const char *said_body(const struct history_step *step, char *ret, size_t cap);
const char *said_generator(unsigned bag);
const char *said_party(enum history_device device);

void said_add(const struct history_step *step,
              uint64_t sequence,
              struct span statement,
              const uint8_t signature[static SIGNATURE_SIZE]);
void said_receive(const struct digest *id, uint64_t entry);
size_t said_count(void);
const struct said *said_at(size_t index);
/* The `draw`-th of those that fit, counted round and round; NULL when there is none. */
const struct said *said_by_others(enum history_device device, uint64_t draw);
const struct said *said_on_ledger(enum history_device device, uint64_t draw);
/* Somebody signed a revocation of its key, wherever that is now. */
bool said_is_revoked(enum history_device device);
/* It may be told that it is not admitted, and its statements that its enrolment is awaited. */
bool said_is_doubtful(enum history_device device);
void said_set_keys(enum history_device device, const struct home_keys *keys);
/* Figures as of one position are the same whenever they are asked for; the first answer counts. */
bool said_same_figures(enum history_doing doing,
                       enum history_device device,
                       uint64_t as_of,
                       const struct digest *figures);

#endif
