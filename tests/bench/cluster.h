/* cluster.h: PostgreSQL as Debian packages it, on a new cluster in a temporary folder, reached by a socket in that folder.
 * Never touches a cluster that is there already, and never listens on a network. One at a time. */
#ifndef TESTS_BENCH_CLUSTER_H
#define TESTS_BENCH_CLUSTER_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/lib/tempdir.h"

enum { CLUSTER_TEXT_MAX = 256, CLUSTER_CONNECTIONS = 160 };

struct cluster {
    struct tempdir dir; /* of its own beside the benchmark's, since another user owns it */
    pid_t pid;
    int ending; /* pidfd */
    uid_t user; /* that it runs as; root may not */
    gid_t group;
    char programs[PATH_MAX]; /* folder of initdb and postgres */
};

/* Why there can be none, in two words: its programs are not here, or root's TMPDIR lets nobody else in. NULL: there can. */
const char *cluster_obstacle(void);
/* Makes the cluster and starts it; returns when it answers. Ends the program, with its log, if it does not. */
void cluster_start(struct cluster *ret);
/* What libpq wants to hear, for a connection to it. */
void cluster_address(const struct cluster *cluster, char ret[static PATH_MAX]);
/* Processor time that its processes have used: the server, its helpers, one for each connection. Those that have ended
 * count in ticks. */
uint64_t cluster_cpu_ns(const struct cluster *cluster);
/* At the end of the program, whatever the end is: stops it at once and removes the folder. */
void cluster_abandon(void);

#endif
