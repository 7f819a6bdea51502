/* sitting.h: what one party recorded late within one civil day: a ledger that is written up afterwards.
 * The one rule that is about the order of arrival: a day of recording is the ledger's own and never changes.
 *
 * Late is what was recorded more than `late_us` after the time that it speaks of (a prefecture may be without a network that
 * long), or was *signed* more than `late_mark_us` after it: a device that was offline signs at once and is only delivered
 * late, one that is used to type up a month signs late. The second kind makes a cluster alone, never a notice.
 *
 * Bounds: the first SITTING_NOTICES late statements are told one by one; the days spoken of are told apart up to
 * SITTING_DAYS, the first ones. Counts are exact. */
#ifndef CUSTODY_DOMAIN_SITTING_H
#define CUSTODY_DOMAIN_SITTING_H

#include "daemon/domain/moment.h"
#include "daemon/domain/tally.h"

enum { SITTING_NOTICES = 32, SITTING_DAYS = 64 };
enum sitting_moment {
    SITTING_SIGNED_LATE = 1,
    SITTING_RECORDED_LATE = 2, /* in late_us terms too */
};

/* A moment of it: at_us is when it was recorded, until_us the time that it speaks of, amount the records in it, number the
 * profile that judges it. */
struct sitting {
    uint64_t records;
    uint32_t day_count;
    int32_t days[SITTING_DAYS];     /* spoken of, rising */
    struct moment first, last;      /* as recorded */
    struct moment earliest, latest; /* as spoken of */
    struct moments notices;
};

/* 0 when the statement is not late. */
uint8_t sitting_kind(const struct profile *profile,
                     int64_t effective_us,
                     int64_t signed_us,
                     int64_t recorded_us);
void sitting_add(struct sitting *sitting,
                 const struct calendar *calendar,
                 const struct moment *moment);
/* A cluster, or else each late statement alone. */
void sitting_work(const struct sitting *sitting,
                  uint32_t party,
                  int32_t civil_day,
                  const struct law *law,
                  struct work_set *set);
size_t sitting_write(const struct sitting *sitting, uint8_t *ret, size_t cap);
bool sitting_parse(struct span bytes, struct sitting *ret);

#endif
