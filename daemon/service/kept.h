/* kept.h: which records of the annex may be erased, and what keeps the others (retention.h), counted by year and by kind.
 * Never erases: a regulator does, one record at a time, under an order's number. Reads beside a daemon that may be running. */
#ifndef CUSTODY_SERVICE_KEPT_H
#define CUSTODY_SERVICE_KEPT_H

#include "daemon/domain/retention.h"
#include "daemon/service/ledger.h"

enum { KEPT_YEARS_MAX = 100, KEPT_KINDS = RETENTION_other + 1, KEPT_STAYS = RETENTION_CASE + 1 };

struct kept_count {
    uint64_t records; /* that statements name */
    uint64_t erased;  /* of these */
    uint64_t stays
        [KEPT_STAYS]; /* of the others, by enum retention_stay; RETENTION_FREE may be erased now */
    int64_t
        next_us; /* when the next of those that only time keeps comes free; 0: none, or not yet to be told */
};

struct kept_year {
    int32_t year;            /* civil, by the ledger's calendar */
    uint64_t entries;        /* recorded in it */
    struct kept_count count; /* records whose newest statement is of it */
};

struct kept {
    struct kept_year years
        [KEPT_YEARS_MAX]; /* from the first entry's to now's; earlier ones, beyond the bound, are in the first */
    uint32_t year_count;
    struct kept_count kinds[KEPT_KINDS]; /* by enum retention_kind */
    int64_t kept_us
        [KEPT_KINDS]; /* how long each is kept by the profile in force; INT64_MAX: for ever */
    struct kept_count all;
};

/* One record, lent. */
struct kept_record {
    struct digest digest;
    enum retention_kind kind;
    const char *party; /* whose it is; empty: nobody's */
    uint64_t entry;    /* the newest that names it */
    bool is_erased;
    enum retention_stay stay;
    int64_t until_us; /* INT64_MAX: not yet to be told */
};
typedef void kept_visit(void *context, const struct kept_record *record);

/* `visit` (may be NULL) is given each record in the order of their first mention. */
enum custody_status kept_look(const struct ledger_options *options,
                              int64_t now_us,
                              kept_visit *visit,
                              void *context,
                              char ret_sentence[static 240],
                              struct kept *ret);

#endif
