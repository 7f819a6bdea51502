/* bench.h: what all parts of the benchmark share: how long, where, and how to give up.
 * Never measures anything. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>

#include "tests/lib/tempdir.h"

enum { BENCH_REPETITIONS_MAX = 9 };

struct bench {
    const char *build; /* folder of the programs: $BUILD */
    bool is_quick;     /* QUICK=1 */
    unsigned repetitions;
    double limit_seconds; /* that one raw limit is measured, each repetition */
    double load_seconds;  /* likewise one load */
    struct tempdir dir;   /* everything that touches the disk lies below it */
};

/* Reads the environment, makes the folder, and has it removed at the end, whatever the end is. */
void bench_open(struct bench *ret);

/* Says why and ends the program; what was started is stopped, what was written is removed. */
__attribute__((noreturn, format(printf, 1, 2))) void bench_die(const char *format, ...);
/* Ends the program if somebody asked for it (SIGINT, SIGTERM); to be called in every long loop. */
void bench_check(void);

#endif
