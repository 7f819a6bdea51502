/* bucket.c: counts what was spent, in millionths, and lets it fall with time.
 * Never overflows: what time gives back is at most what was spent. */
#include "daemon/server/bucket.h"

enum { WHOLE = 1000000 };

bool bucket_take(struct bucket *bucket,
                 const struct bucket_rate *rate,
                 uint64_t now_us,
                 uint32_t *ret_retry_after_ms)
{
    if (rate->per_second == 0) {
        return true;
    }
    uint64_t elapsed_us = now_us > bucket->updated_us ? now_us - bucket->updated_us : 0;
    bool is_full = elapsed_us >= bucket->spent / rate->per_second + 1;
    bucket->spent = is_full ? 0 : bucket->spent - elapsed_us * rate->per_second;
    bucket->updated_us = now_us;
    uint64_t room = (uint64_t)rate->burst * WHOLE;
    if (bucket->spent + WHOLE > room) {
        uint64_t lacking = bucket->spent + WHOLE - room;
        uint64_t per_ms = (uint64_t)rate->per_second * (WHOLE / 1000);
        *ret_retry_after_ms = (uint32_t)((lacking + per_ms - 1) / per_ms);
        return false;
    }
    bucket->spent += WHOLE;
    return true;
}
