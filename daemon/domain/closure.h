/* closure.h: a road that a regulator closed, a plant that stopped by order: an interval that excuses.
 * Never moves a due time that is kept: the overlap is added when it is read. Age runs on.
 *
 * While a closure of its division lasts, a time limit does not run: what is left of it runs on afterwards. A stopped plant
 * excuses also what its own division's parties owe for waste of elsewhere. Only what a regulator of the division said by order
 * number counts. The order in which closures arrive makes no difference. */
#ifndef CUSTODY_DOMAIN_CLOSURE_H
#define CUSTODY_DOMAIN_CLOSURE_H

#include "proto/bytes.h"
#include "daemon/domain/work.h"

enum { CLOSURE_ORDER_MAX = 64, CLOSURE_RECORD_MAX = 160 };
/* No order closes a road for longer than this; one that would has no effect. */
#define CLOSURE_LENGTH_MAX_US (INT64_C(366) * 24 * 3600 * 1000000)

struct closure {
    uint64_t entry;
    uint32_t party;
    uint32_t division;
    int64_t from_us, until_us;
    bool is_plant; /* a plant stopped; else a road closed */
    bool is_held;
    bool is_withdrawn;
    char order[CLOSURE_ORDER_MAX + 1];
};

bool closure_is_in_force(const struct closure *closure);
/* Does it excuse a row about waste of `division` that a party in `debtor_division` owes? */
bool closure_covers(const struct closure *closure, uint32_t division, uint32_t debtor_division);
/* Sorts by beginning. */
void closure_sort(struct closure *closures, uint32_t count);
/* When something due at `due_us`, whose time runs from `since_us` (0: only what is closed at the due time itself counts), is due
 * with the closures added; sorted. `ret_last` (may be NULL) gets the last that lengthened it, or NULL. */
int64_t closure_extend(const struct closure *const *closures,
                       uint32_t count,
                       int64_t since_us,
                       int64_t due_us,
                       const struct closure **ret_last);

size_t closure_write(const struct closure *closure, uint8_t *ret, size_t cap);
bool closure_parse(struct span bytes, struct closure *ret);

#endif
