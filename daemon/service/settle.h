/* settle.h: what one statement touches, and the difference it makes.
 *
 * A container is folded when it is first touched and again at the end; the difference of the two goes into the sums of its
 * manifests, trips and batches and into the work table. So everything must be touched before anything that its fold looks
 * at is changed: members of a manifest before the manifest, what may be in a box before the box. Writer's thread. */
#ifndef CUSTODY_SERVICE_SETTLE_H
#define CUSTODY_SERVICE_SETTLE_H

#include "daemon/domain/moment.h"
#include "daemon/service/apply.h"
#include "daemon/service/gather.h"
#include "daemon/service/posting.h"
#include "daemon/service/settle_touch.h"

enum { SETTLE_BUCKETS = 1024 };

/* A kind of record that sums go into, and how it is handled. `load` never gives NULL but on failure; memory is the book's.
 * `work` adds what is open on it; it may read other records, from the book alone: before the statement it finds there
 * what was, after it what is. `finish` (may be NULL) hands what the record adds up to on to other records, once all
 * containers have given theirs. */
struct settle_kind {
    uint8_t record; /* kind of the record, book_record */
    void *(*load)(struct apply *apply, uint64_t number);
    void (*work)(struct apply *apply, const void *record, uint64_t number, struct work_set *set);
    size_t (*write)(const void *record, uint8_t *ret, size_t cap);
    void (*finish)(struct apply *apply, const void *record, const void *before, uint64_t number);
    size_t size; /* of the record in memory; with `finish` alone */
};

/* A record that the statement changes: manifest, trip, batch, the sums of a day. */
struct settle_sums {
    struct settle_sums *next;
    const struct settle_kind *kind;
    uint64_t number;
    void *record;
    const void *before;          /* as it was; for `finish` */
    const struct work_set *work; /* before */
};

/* A statement that may have come to count as a whole, or ceased to. */
struct settle_review {
    struct settle_review *next;
    uint64_t entry;
};

struct apply {
    struct book *book;
    const struct apply_entry *entry;
    struct work_set *findings;
    struct fact base; /* what every fact of this statement shares */
    uint32_t author;
    /* When a countersignature is applied, the target's facts are found again instead of added. */
    bool is_countersigning;
    uint32_t countersigner;
    bool confirms;
    /* When an earlier statement is gone through again for a withdrawal or a dispute of it (is_countersigning too), this is put
     * beside each of its facts; with `about_again` it is there already and is countersigned. */
    const struct fact *about;
    bool about_again;
    struct fact beside; /* an amendment: what it amends, as a fact of its author's */
    bool is_retiming;   /* likewise, to stand at its corrected time (clocks.h) */
    bool is_reviewing;  /* likewise, for what it says of wholes alone (retell.h) */
    /* Of the statement at hand: it was withdrawn as a whole (voice.h); how sums come to it. */
    bool is_unsaid;
    enum moment_tell tell;
    struct settle_review *reviews; /* to be gone through again once the containers are settled */
    const struct apply_entry
        *arrived; /* what statements waited for; it is not in the journal yet */
    struct settle_touched *touched, **touched_end;
    struct settle_touched *buckets[SETTLE_BUCKETS];
    struct settle_sums *summed, **summed_end;
    struct container container;       /* scratch */
    struct container_history history; /* scratch */
    struct gathered_facts gathered;   /* scratch */
    struct work_set work;             /* scratch */
    struct tally_parts parts;         /* scratch */
    struct posting posting;           /* what moved, by party, code and day */
    uint8_t bytes[CONTAINER_RECORD_MAX];
};

bool settle_is_well(const struct apply *apply);
void *settle_alloc(struct apply *apply, size_t len);
void *settle_copy(struct apply *apply, const void *data, size_t len);
/* A copy of the rows in use only: readers of a work_set look at `count` rows. */
const struct work_set *settle_copy_work(struct apply *apply, const struct work_set *work);
/* `before` may be NULL: nothing was there. */
void settle_put_work(struct apply *apply,
                     const struct work_set *before,
                     const struct work_set *after);
/* Where a party is, for the rows that a division's regulator reads. */
uint32_t settle_division(struct book *book, uint32_t party, int64_t at_us);

/* Records that the statement changes; written by settle_differences. NULL after a failure. What is open on a record before
 * is read when it is first asked for: ask for every record whose `work` looks at one before that one is changed. */
void *settle_record(struct apply *apply, const struct settle_kind *kind, uint64_t number);
/* The same; NULL for number 0 too. */
struct manifest *settle_manifest(struct apply *apply, uint32_t number);
struct trip *settle_trip(struct apply *apply, uint32_t number);
struct batch *settle_batch(struct apply *apply, uint32_t number);

/* Has the book, or this statement, such a record? */
bool settle_has(struct apply *apply, const struct settle_kind *kind, uint64_t number);

/* Add the fact, or, when a countersignature is applied, mark the one that is there. True when something changed. */
bool settle_into(struct apply *apply, struct facts *facts, const struct fact *fact);
/* The same for facts about a whole manifest, batch or trip, which know whether their statement counts as a whole. */
bool settle_into_whole(struct apply *apply, struct facts *facts, const struct fact *fact);
void settle_stamp(const struct apply *apply, struct fact *fact);
void settle_into_container(struct apply *apply,
                           uint32_t number,
                           uint32_t generator,
                           bool is_bulk,
                           const struct fact *fact);
void settle_put_box_day(struct apply *apply, uint64_t number, const struct book_box_day *box_day);
void settle_put_ride(struct apply *apply, uint32_t trip, const struct book_box_day *ride);

/* Fold again all that was touched and write what changed. */
void settle_differences(struct apply *apply);

#endif
