/* timesource.h: the one place where the client reads what time it is.
 * Never used for waiting: time-outs run on the monotonic clock of connection.h. */
#ifndef CUSTODY_CLIENT_LIB_TIMESOURCE_H
#define CUSTODY_CLIENT_LIB_TIMESOURCE_H

#include <custody/client.h>

struct timesource {
    const char *clock_file; /* borrowed; NULL: the system's clock */
};

/* Now, and how good it is (enum clock_quality). A clock file is 8 bytes: us UTC, little-endian; it counts as the device's. */
CUSTODY_CHECK enum custody_status timesource_now(const struct timesource *source,
                                                 int64_t *ret_us,
                                                 uint8_t *ret_quality,
                                                 struct custody_problem *problem);

#endif
