/* peers.h: PostgreSQL and SQLite from Debian, with the columns of our statements, started by the benchmark itself.
 * Never measures ours. */
#ifndef TESTS_BENCH_PEERS_H
#define TESTS_BENCH_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/bench.h"
#include "tests/bench/event.h"
#include "tests/bench/sample.h"

enum peer_system { PEER_NONE, PEER_POSTGRES, PEER_SQLITE };

enum peer_task {
    PEER_INSERT,  /* one a transaction, nothing checked */
    PEER_SIXTEEN, /* the same, 16 of a client sent before the first answer is waited for */
    PEER_CHAIN,   /* and a trigger chains the rows by SHA-256 */
    PEER_CHECKED, /* and the client verifies the signature before */
    PEER_POINT,   /* a container's newest event */
    PEER_TRACE,   /* all events of a container in order */
    PEER_UNCLOSED /* the 100 with the nearest deadline */
};

struct peer_options {
    enum peer_system system;
    enum peer_task task;
    unsigned clients; /* each with a connection of its own */
    uint64_t rows;    /* of the table that is asked; 0: inserts */
};

/* What a row takes on the disk with its indexes, in the largest table that was filled so far. */
struct peer_size {
    uint64_t rows, bytes;
};

/* One system; all NULL: this program was built without its library. */
struct peer_driver {
    const char *(*obstacle)(void); /* as peers_obstacle */
    /* Once, before all below. The folder and the statements outlive all calls. */
    void (*start)(const struct bench *bench, const struct event_pool *statements);
    /* Into a table that is empty before and after. */
    struct measure (*insert)(enum peer_task task,
                             unsigned clients,
                             double seconds,
                             struct peer_size *ret);
    /* A table of so many rows, unless it is there already: then its size is not looked at again. */
    void (*fill)(uint64_t rows, struct peer_size *ret);
    struct measure (*ask)(enum peer_task task, uint64_t rows, double seconds);
};

/* Why it cannot be measured, in two words; its headers were missing when this program was built, for example. NULL: it can. */
const char *peers_obstacle(enum peer_system system);
/* Is it of this run? A short one leaves large tables out, and whatever takes longer to come and go than it lasts. */
bool peers_want(const struct bench *bench, const struct peer_options *options);
/* Starts what it needs when it is first asked. */
struct measure peers_measure(const struct bench *bench, const struct peer_options *options);
struct peer_size peers_size(enum peer_system system);
/* At the end of the program, whatever the end is. */
void peers_abandon(void);

#endif
