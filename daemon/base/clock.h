/* clock.h: the only reader of time.
 *
 * Wall time is microseconds since 1970 UTC. A demonstration ledger may follow a clock file instead: eight bytes,
 * little-endian microseconds, mapped and re-read at every call, so that a day can be replayed in seconds. A real
 * ledger never opens one (custodyd refuses).
 * Threads: clock_follow_file once, before any other thread; the rest from any thread. */
#ifndef CUSTODY_BASE_CLOCK_H
#define CUSTODY_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

bool clock_follow_file(const char *path);
bool clock_follows_file(void);
int64_t clock_wall_us(void);
/* For measuring: never steps, never simulated. */
uint64_t clock_monotonic_ns(void);

/* What two clocks said when they were last looked at. Zeroed: not yet. */
struct clock_watch {
    int64_t wall_us;
    uint64_t monotonic_ns;
};
/* Microseconds by which the wall clock went further than time did since the last look; negative: less far. 0 at the first. */
int64_t clock_leap_us(struct clock_watch *watch, int64_t wall_us, uint64_t monotonic_ns);

#endif
