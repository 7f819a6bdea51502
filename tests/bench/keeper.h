/* keeper.h: a real custodyd in a child process, on a new ledger in a temporary folder; or nullcustodyd, which keeps nothing.
 * Never talks to it but by signals: what it serves is for region.h. One of each at a time. */
#ifndef TESTS_BENCH_KEEPER_H
#define TESTS_BENCH_KEEPER_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/bench/bench.h"

enum { KEEPER_TEXT_MAX = 256, KEEPER_CARD_MAX = 4096, KEEPER_FILL_AHEAD = 16 << 20 };

/* Where a ledger lies. */
struct keeper_ledger {
    char data[512], key_file[512], mark_file[512];
    const char *clock_file; /* NULL: it is the hour that it is */
};

struct keeper {
    const struct bench *bench;
    bool is_null; /* it is nullcustodyd: its receipts prove nothing */
    struct tempdir dir;
    struct keeper_ledger ledger;
    pid_t pid;
    int ending;                     /* pidfd */
    char card[KEEPER_CARD_MAX];     /* the first regulator's invitation, PROTOCOL.md 9 */
    char endpoint[KEEPER_TEXT_MAX]; /* where it listens */
    char announcements[KEEPER_TEXT_MAX];
};

/* Makes the ledger and starts the daemon; returns when it says that it is ready. `settings` are more lines of its
 * configuration, sections included; "" for none. */
void keeper_start(const struct bench *bench, const char *settings, struct keeper *ret);
/* The same with a ledger that is there, of which nothing else has a file open; `card` is its first regulator's invitation. */
void keeper_serve(const struct bench *bench,
                  const struct keeper_ledger *ledger,
                  const char *card,
                  const char *settings,
                  struct keeper *ret);
/* As keeper_start, with nothing behind the writer. */
void keeper_start_null(const struct bench *bench, const char *settings, struct keeper *ret);
/* SIGKILL. The ledger stays if it is another's. */
void keeper_kill(struct keeper *keeper);
/* SIGTERM; it must end by itself, with exit code 0. Removes the ledger that keeper_start made. */
void keeper_stop(struct keeper *keeper);
/* At the end of the program: kill what keeper_stop has not stopped. */
void keeper_abandon(void);

/* The value of a line `name: value` of the invitation. */
void keeper_card(const struct keeper *keeper, const char *name, char ret[static KEEPER_TEXT_MAX]);
/* Is the journal zero-filled ahead already? The daemon does that between its first batches, once. */
bool keeper_is_filled(const struct keeper *keeper);
/* Processor time that the daemon has used, all threads. */
uint64_t keeper_cpu_ns(const struct keeper *keeper);

#endif
