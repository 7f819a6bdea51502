/* region.h: the table of divisions: how a division was called and to which it belonged at a time, and which were merged.
 * Never judges a time by a row that came into force later.
 *
 * A division that was merged, split off or given a new code names its successor. Whoever may read the successor may read
 * what was recorded under the old code. */
#ifndef CUSTODY_DOMAIN_REGION_H
#define CUSTODY_DOMAIN_REGION_H

#include "proto/bytes.h"

enum {
    REGION_VERSIONS_MAX = 8,
    REGION_NAME_MAX = 64,
    REGION_MERGERS_MAX = 256,
    REGION_HOPS_MAX = 4, /* a successor's successor, and so on */
    REGION_RECORD_MAX = 8192,
};

struct region_version {
    int64_t from_us;
    uint32_t parent;
    uint32_t successor; /* 0: none */
    char name[REGION_NAME_MAX + 1];
};

struct region {
    uint32_t count;
    struct region_version versions[REGION_VERSIONS_MAX]; /* from rising */
};

struct region_mergers {
    uint32_t count;
    struct region_merger {
        uint32_t code, successor;
    } all[REGION_MERGERS_MAX];
};

/* As it stood then, or, before its first row, as that says; NULL when it has none. */
const struct region_version *region_at(const struct region *region, int64_t at_us);
/* False when there is no room. A row from the same time replaces. */
bool region_add(struct region *region, const struct region_version *version);

/* The old code's successor from now on. False when there is no room. */
bool region_merge(struct region_mergers *mergers, uint32_t code, uint32_t successor);
/* By the numbers (division.h), or because the narrower one's successor is covered. */
bool region_covers(const struct region_mergers *mergers, uint32_t wider, uint32_t narrower);
/* Divisions that `wider` covers only as predecessors; how many, at most `cap`. */
uint32_t region_predecessors(const struct region_mergers *mergers,
                             uint32_t wider,
                             uint32_t *ret,
                             uint32_t cap);

/* 0 when it does not fit; false on damage. */
size_t region_write(const struct region *region, uint8_t *ret, size_t cap);
bool region_parse(struct span bytes, struct region *ret);
size_t region_write_mergers(const struct region_mergers *mergers, uint8_t *ret, size_t cap);
bool region_parse_mergers(struct span bytes, struct region_mergers *ret);

#endif
