/* crew.h: many threads, each a client with a connection of its own that waits for every answer.
 * Never counts what was done before or after the clock ran. */
#ifndef TESTS_BENCH_CREW_H
#define TESTS_BENCH_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/sample.h"

enum { CREW_MAX = 128, CREW_TEXT_MAX = 256 };

struct crew_member {
    const void *context; /* the caller's, shared by all */
    unsigned number;     /* from 0 */
    uint64_t steps;      /* done so far, counted or not */
    void *connection;    /* the member's own */
    char complaint[CREW_TEXT_MAX];
    struct sample sample;
};

/* Each is called in the member's thread; false, with a complaint written, ends the program. */
struct crew_work {
    bool (*open)(struct crew_member *member);
    bool (*step)(struct crew_member *member);
    void (*close)(struct crew_member *member); /* also after an `open` that failed */
    unsigned rows;                             /* that a step does */
    uint64_t (*cpu_ns)(
        void); /* processor time that the other side has used; NULL: it is in this process */
};

/* All open; then all step for a fifth of `seconds` uncounted and `seconds` counted; then all close.
 * p50 and p99 are of a step. */
struct measure
crew_run(const struct crew_work *work, const void *context, unsigned members, double seconds);

#endif
