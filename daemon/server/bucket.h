/* bucket.h: a token bucket: so many requests a second, with a burst.
 * Never reads a clock and never waits: the caller hands in the time and gets yes, or when to come back. */
#ifndef CUSTODY_SERVER_BUCKET_H
#define CUSTODY_SERVER_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket_rate {
    uint32_t per_second; /* 0: no limit */
    uint32_t burst;      /* at least 1 when there is a limit */
};

/* All zeros is a full bucket. */
struct bucket {
    uint64_t spent;      /* millionths of a request */
    uint64_t updated_us; /* of the monotonic clock */
};

/* Take one request. When there is none, false and the milliseconds until there is one. */
bool bucket_take(struct bucket *bucket,
                 const struct bucket_rate *rate,
                 uint64_t now_us,
                 uint32_t *ret_retry_after_ms);

#endif
