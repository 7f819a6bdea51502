/* gather.h: every fact that the fold of one container looks at: its own, those about a box while it is
 * in it, those about the remainder of its manifest. Never folds and never writes; for writers and readers. */
#ifndef CUSTODY_SERVICE_GATHER_H
#define CUSTODY_SERVICE_GATHER_H

#include "daemon/service/book.h"

enum { GATHER_MANIFESTS_MAX = 32 };

struct gathered_facts {
    const struct fact
        *facts[2 * FACTS_MAX]; /* in no order; memory is the record's and the book's */
    uint32_t fact_count;
    struct container_manifest manifests[GATHER_MANIFESTS_MAX]; /* every one that a fact names */
    uint32_t manifest_count;
    struct container_context context; /* for container_fold */
    uint32_t not_kept;                /* facts beyond the bounds */
};

/* `record` outlives what is gathered. False when the book failed. */
bool gather_facts(struct book *book,
                  uint32_t container,
                  const struct container *record,
                  struct gathered_facts *ret);

/* What was said of a box on one civil day, in the book's arena: an empty one when nothing was. NULL when the book failed. */
uint64_t gather_box_day_number(uint32_t box, int32_t day);
struct book_box_day *gather_box_day(struct book *book, uint64_t number);

#endif
