/* gather.h: every fact that the fold of one container looks at: its own, those about a box while it is in it, those about
 * the remainder of its manifest or about all that rides on its trip, those about other labels that it was given. Never
 * writes; folds only to judge relabellings. For writers and readers.
 *
 * Relabelling. A statement about a code goes to the record of that code, always; nothing is ever moved. A relabelling stands in
 * both records, the old label's and the new one's. Folding the old label's container, what was said of the new label from
 * then on is gathered too (fact.label), and container_fold lets it count once the relabelling took effect. Folding the new
 * label's record, what was said from an effective relabelling on is left out: it belongs to the other container, which
 * `taken_by` names. So whichever arrives first, both codes lead to one container, and a relabelling by somebody without
 * standing, or a withdrawn one, changes nothing. A label is free when it names nothing that is still about: then no other
 * container had it, and its own last fill is over. Chains of relabellings are followed four deep. All of this is of volumes: a
 * label serves until its own volume ends (volumes.h). */
#ifndef CUSTODY_SERVICE_GATHER_H
#define CUSTODY_SERVICE_GATHER_H

#include "daemon/service/volumes.h"

enum { GATHER_MANIFESTS_MAX = 32, GATHER_TRIPS_MAX = 16, GATHER_DEPTH_MAX = 4 };

struct gathered_facts {
    const struct fact
        *facts[2 * FACTS_MAX]; /* in no order; memory is the record's and the book's */
    uint32_t fact_count;
    struct container_manifest manifests[GATHER_MANIFESTS_MAX]; /* every one that a fact names */
    uint32_t manifest_count;
    struct container_trip trips[GATHER_TRIPS_MAX]; /* the same */
    uint32_t trip_count;
    struct container_label labels[CONTAINER_LABELS_MAX];
    uint32_t label_count;
    struct container_context context; /* for container_fold */
    uint32_t not_kept;                /* facts beyond the bounds */
    uint32_t taken_by;                /* the container whose label this became; 0: it is its own */
};

/* `record` is the volume that is folded; it outlives what is gathered. False when the book failed. */
bool gather_facts(struct book *book,
                  uint32_t container,
                  const struct container *record,
                  struct gathered_facts *ret);
/* The container that a label leads to at that place (volumes.h): itself, or the one that was given it, and then `at` is where
 * that happened. 0 when the book failed. */
uint32_t gather_container(struct book *book, uint32_t label, struct fact *at);

/* What was said of a box on one civil day, in the book's arena: an empty one when nothing was. NULL when the book failed. */
uint64_t gather_box_day_number(uint32_t box, int32_t day);
struct book_box_day *gather_box_day(struct book *book, uint64_t number);
/* The same, shared by all who only look (book_look): most of a statement's containers are in one box, on one trip. */
const struct book_box_day *gather_look_box_day(struct book *book, uint64_t number);
/* What was said of all that rides on a trip, and what does, in the same form. */
struct book_box_day *gather_ride(struct book *book, uint32_t trip);
const struct book_box_day *gather_look_ride(struct book *book, uint32_t trip);

#endif
