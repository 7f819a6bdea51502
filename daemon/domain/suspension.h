/* suspension.h: from when to when a party, a permit or a vehicle was suspended by order.
 * Never judges a time by a suspension that was laid later: none begins before it was recorded.
 *
 * The newest that has begun decides: on until its end, which comes by itself. So a suspension is lifted early by laying
 * another that ends sooner. */
#ifndef CUSTODY_DOMAIN_SUSPENSION_H
#define CUSTODY_DOMAIN_SUSPENSION_H

#include "proto/bytes.h"

enum { SUSPENSIONS_MAX = 8 };

struct suspension {
    int64_t from_us;
    int64_t until_us; /* INT64_MAX: no end */
    uint64_t entry;
};

struct suspensions {
    uint32_t count;
    struct suspension
        all[SUSPENSIONS_MAX]; /* from rising; of equal ones the one laid later after the other */
};

/* The one that holds at that time; NULL for none. */
const struct suspension *suspension_at(const struct suspensions *suspensions, int64_t at_us);
/* False when there is no room. */
bool suspension_add(struct suspensions *suspensions, const struct suspension *suspension);

void suspension_write(const struct suspensions *suspensions, struct bytes_writer *writer);
/* False, and the reader failed, on damage. */
bool suspension_read(struct bytes_reader *reader, struct suspensions *ret);

#endif
