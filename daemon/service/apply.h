/* apply.h: what an entry does to the look-ups, live and in replay alike.
 * Never decides an outcome: the entry carries it.
 *
 * A statement is turned into facts about subjects (containers, box days, manifests, trips, batches). Every container
 * whose fold could come out differently is folded before and after; the difference goes into the sums of its
 * manifests, trips and batches and into the work table. Writer's thread. */
#ifndef CUSTODY_SERVICE_APPLY_H
#define CUSTODY_SERVICE_APPLY_H

#include "proto/body.h"
#include "proto/statement.h"
#include "daemon/service/book.h"

struct apply; /* scratch room for folds; one a writer */

struct apply_entry {
    uint64_t number;
    int64_t recorded_us;
    uint8_t outcome;    /* enum custody_outcome */
    struct span detail; /* of the entry: a number that was given */
    const struct statement *statement;
    const ProtobufCMessage *body; /* NULL when it was not understood */
};

struct apply *apply_create(void);
void apply_destroy(struct apply *apply);
/* Changes go to the book's look-ups, pending. `ret_findings` (may be NULL) gets the findings that this entry opened.
 * A failure is the book's status; whoever calls reverts the look-ups. */
enum custody_status apply_entry(struct apply *apply,
                                struct book *book,
                                const struct apply_entry *entry,
                                struct work_set *ret_findings);

/* What every fact of a statement says. `slot` has who countersigned it. */
struct fact apply_fact(struct book *book,
                       const struct apply_entry *entry,
                       uint32_t author,
                       const struct key *key,
                       const struct book_slot *slot);

/* Time by which a statement is ordered: min(occurred, recorded), or the time of `seen` when its clock is proved
 * wrong. */
int64_t apply_effective_us(struct book *book,
                           const struct statement_header *header,
                           uint64_t entry,
                           int64_t recorded_us,
                           bool *ret_clock_is_wrong);

#endif
