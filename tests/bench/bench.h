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
    double peer_seconds;  /* that one row of a peer is measured, each repetition */
    double limit_seconds; /* that one raw limit is measured, each repetition */
    double load_seconds;  /* likewise one load */
    struct tempdir dir;   /* everything that touches the disk lies below it */
};

/* Reads the environment, makes the folder, and has it removed at the end, whatever the end is. */
void bench_open(struct bench *ret);

#endif
