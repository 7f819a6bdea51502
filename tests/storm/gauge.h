/* gauge.h: what the kernel says of the daemon: memory and descriptors.
 * Never asks the daemon. */
#ifndef TESTS_STORM_GAUGE_H
#define TESTS_STORM_GAUGE_H

#include <stdint.h>
#include <sys/types.h>

struct gauge {
    uint64_t resident_kib;  /* with the pages of its files that happen to be in memory */
    uint64_t anonymous_kib; /* its own: what an attack could make grow */
    int descriptors;        /* -1: the kernel does not tell us */
    int threads;
};

struct gauge gauge_read(pid_t pid);

#endif
