/* sitting.h: what one party recorded late within one civil day: a ledger that is written up afterwards.
 * The one rule that is about the order of arrival: a day of recording is the ledger's own and never changes.
 *
 * Late is what was recorded more than `late_us` after the time that it speaks of (a prefecture may be without a network that
 * long), or was *signed* more than `late_mark_us` after it: a device that was offline signs at once and is only delivered
 * late, one that is used to type up a month signs late. The second kind makes a cluster alone, never a notice.
 *
 * What a statement adds is taken away again when it is withdrawn.
 *
 * Bounds: of each kind the first SITTING_SHOWN statements are kept to show it, and those in late_us terms are told one by
 * one; the days spoken of are told apart up to SITTING_DAYS, the first ones. Counts are exact. */
#ifndef CUSTODY_DOMAIN_SITTING_H
#define CUSTODY_DOMAIN_SITTING_H

#include "daemon/domain/moment.h"
#include "daemon/domain/tally.h"

enum { SITTING_SHOWN = 32, SITTING_DAYS = 64 };
enum sitting_moment {
    SITTING_SIGNED_LATE = 1,
    SITTING_RECORDED_LATE = 2, /* in late_us terms too */
};

/* A moment of it: at_us is when it was recorded, until_us the time that it speaks of, amount the records in it, number the
 * profile that judges it. */
struct sitting_day {
    int32_t day;
    int64_t records;
};

struct sitting {
    int64_t records;
    uint32_t day_count;
    struct sitting_day
        days[SITTING_DAYS]; /* spoken of, rising; also those whose records came to none */
    struct moments signed_late, recorded_late;
};

/* 0 when the statement is not late. */
uint8_t sitting_kind(const struct profile *profile,
                     int64_t effective_us,
                     int64_t signed_us,
                     int64_t recorded_us);
void sitting_tell(struct sitting *sitting,
                  const struct calendar *calendar,
                  const struct moment *moment,
                  enum moment_tell tell);
/* Days with a record that counts. */
uint32_t sitting_days(const struct sitting *sitting);
/* A cluster, or else each late statement alone. */
void sitting_work(const struct sitting *sitting,
                  uint32_t party,
                  int32_t civil_day,
                  const struct law *law,
                  struct work_set *set);
size_t sitting_write(const struct sitting *sitting, uint8_t *ret, size_t cap);
bool sitting_parse(struct span bytes, struct sitting *ret);

#endif
