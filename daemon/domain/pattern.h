/* pattern.h: the marks of one party in one civil month: hand-typed weights, single signatures, late-but-allowed
 * records, at-once steps too far apart.
 * A mark is never listed; many of them at one party are a notice.
 *
 * What is counted is what a container's history says of each record about it (tally.h, TALLY_MADE). The first WORK_ENTRIES_MAX
 * marked statements of the month show it. */
#ifndef CUSTODY_DOMAIN_PATTERN_H
#define CUSTODY_DOMAIN_PATTERN_H

#include "daemon/domain/moment.h"
#include "daemon/domain/tally.h"

struct pattern {
    int64_t records, marks;
    struct tally_profiles profiles;
    struct moments marked;
};

/* Does this fact, by itself, carry a mark? For what shows the pattern. */
bool pattern_is_marked(const struct fact *fact, const struct profile *profile);
void pattern_show(struct pattern *pattern, const struct moment *moment, enum moment_tell tell);
void pattern_add(struct pattern *pattern, const struct tally_part *part);
void pattern_work(const struct pattern *pattern,
                  uint32_t party,
                  int32_t month,
                  const struct law *law,
                  struct work_set *set);
size_t pattern_write(const struct pattern *pattern, uint8_t *ret, size_t cap);
bool pattern_parse(struct span bytes, struct pattern *ret);

#endif
