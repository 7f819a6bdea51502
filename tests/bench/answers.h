/* answers.h: how long the questions of every day take on a filled ledger: at the server, and over ZeroMQ beside a bare round trip.
 * Never asks what the ledger cannot answer: anything but an answer ends the program. */
#ifndef TESTS_BENCH_ANSWERS_H
#define TESTS_BENCH_ANSWERS_H

#include <stdint.h>

#include "tests/bench/bench.h"
#include "tests/bench/filling.h"

enum answers_row {
    ANSWERS_POINT,    /* the state of a container; the hospital of its own */
    ANSWERS_TRACE,    /* a container, to ash; the hospital of its own */
    ANSWERS_PROOF,    /* an entry with its proof, and that the head continues an older one */
    ANSWERS_UNCLOSED, /* the 100 most urgent of the region; the bureau */
    ANSWERS_ROWS
};

struct answers_figure {
    double p50_us, p99_us, bytes; /* the median reply */
};

struct answers {
    struct answers_figure server[ANSWERS_ROWS]; /* query_answer alone, in this process */
    struct answers_figure
        wire[ANSWERS_ROWS];           /* a running custodyd, one client, one question at a time */
    struct answers_figure round_trip; /* an empty request that is given back, in turn with those */
};

const char *answers_key(enum answers_row row);  /* in the JSON: "trace" */
const char *answers_text(enum answers_row row); /* in the table */

/* Questions are about bags and entries all over the ledger. The ledger is closed, served by a custodyd in a child process, and
 * opened again. */
void answers_measure(const struct bench *bench, struct filling *filling, struct answers *ret);

#endif
