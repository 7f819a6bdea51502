/* lectern.h: what one question is read and answered with: a book over a snapshot, and memory for the answer. Both are kept warm from
 * one question to the next, so that a question asks the machine for no memory.
 * Never holds a snapshot between two questions.
 *
 * Any thread; what was taken belongs to the thread that took it until it is given back. */
#ifndef CUSTODY_SERVICE_LECTERN_H
#define CUSTODY_SERVICE_LECTERN_H

#include "daemon/service/book.h"

enum {
    LECTERN_KEPT = 16,            /* places that are kept; more are made, and let go after use */
    LECTERN_ARENA_MAX = 32 << 20, /* what one question may use, of either memory */
    LECTERN_RESERVE = 256 * 1024, /* what a place keeps for the answer */
    LECTERN_BOOK_RESERVE =
        4
        << 20, /* for records: address space; of a list of 100 manifests few pages each are touched */
};

struct lectern;

struct lectern_place {
    struct book *book;
    struct arena *arena; /* for the answer, until it was copied */
};

/* NULL when there is no memory. */
struct lectern *lectern_create(void);
/* Everything was given back before. NULL is allowed. */
void lectern_destroy(struct lectern *lectern);
/* A book over the snapshot, which outlives its use, and an empty arena. NULL when there is no memory. */
struct lectern_place *lectern_take(struct lectern *lectern, struct lookups_snapshot *snapshot);
/* What its book and arena lent is gone. NULL is allowed. */
void lectern_give(struct lectern *lectern, struct lectern_place *place);

#endif
