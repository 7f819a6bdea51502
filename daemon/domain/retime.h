/* retime.h: what a device said of its own clock: by how much it was wrong in a range of its statements.
 * Never rewrites what was signed: claimed times stay as they are, only the times by which facts are ordered follow.
 *
 * A correction counts once another party countersigned it. Of several that cover a statement the one that stands last in the
 * device's chain counts, whichever came first. At most RETIME_MAX of a key are kept, the first ones in its chain. */
#ifndef CUSTODY_DOMAIN_RETIME_H
#define CUSTODY_DOMAIN_RETIME_H

#include "proto/bytes.h"

enum { RETIME_MAX = 32, RETIME_RANGE_MAX = 500, RETIME_RECORD_MAX = RETIME_MAX * 56 + 8 };

struct retime {
    uint64_t sequence; /* of the correction itself, in the key's chain */
    uint64_t entry;
    uint64_t first, last; /* sequences that it is about; at most RETIME_RANGE_MAX of them */
    int64_t offset_us;    /* to be added to claimed times */
    bool is_signed;       /* by another party */
};

struct retimes {
    uint32_t count;
    struct retime all[RETIME_MAX]; /* sequence rising, then entry */
};

/* False when it is there already, or when there is no room for one that stands so late. */
bool retime_add(struct retimes *retimes, const struct retime *retime);
/* NULL when it is not there. */
struct retime *retime_find(struct retimes *retimes, uint64_t entry);
/* When the statement of that sequence happened: its claimed time corrected, but never later than it was recorded;
 * `effective_us` when no correction that counts covers it. */
int64_t retime_at(const struct retimes *retimes,
                  uint64_t sequence,
                  int64_t claimed_us,
                  int64_t recorded_us,
                  int64_t effective_us);

size_t retime_write(const struct retimes *retimes, uint8_t *ret, size_t cap);
bool retime_parse(struct span bytes, struct retimes *ret);

#endif
