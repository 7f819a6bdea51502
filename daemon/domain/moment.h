/* moment.h: one statement as the sums of a day remember it: when, whose, of what; and a bounded set of them.
 * Never folded: a statement is on the ledger for ever.
 *
 * Order is (time, kind, key prefix, key sequence, number, entry), never arrival. Beyond the bound the first in order are
 * kept, so what is kept follows from the set of all that were added. So a statement that does not count, because it is held
 * or was withdrawn, keeps its place and is void: whoever judges a set drops the void ones first. Only a statement whose time
 * was corrected leaves its old place. */
#ifndef CUSTODY_DOMAIN_MOMENT_H
#define CUSTODY_DOMAIN_MOMENT_H

#include "daemon/domain/work.h"

enum { MOMENTS_MAX = 96, MOMENT_BYTES_MAX = 80, MOMENTS_BYTES_MAX = MOMENTS_MAX * 80 + 16 };

/* Why a moment does not count. */
enum moment_void {
    MOMENT_UNSAID = 1 << 0,   /* its statement is held or was withdrawn */
    MOMENT_UNDRIVEN = 1 << 1, /* the departure of its trip is */
};

/* How a statement comes to a set: as it arrives; once more, because it came to count or ceased to; or it goes, because the
 * time that it stood at was corrected. */
enum moment_tell { MOMENT_FIRST, MOMENT_AGAIN, MOMENT_AWAY };

struct moment {
    uint8_t kind;     /* of the record's own enumeration */
    uint8_t voids;    /* enum moment_void; no part of the order */
    int64_t at_us;    /* effective time */
    int64_t until_us; /* of what has an end; else at_us */
    uint64_t key_prefix;
    uint32_t key;
    uint64_t key_sequence;
    uint64_t entry;
    uint32_t party;  /* of the author */
    uint32_t number; /* what it is about: a line, a trip, a profile */
    uint32_t amount; /* records in the statement; metres of accuracy; see where it is kept */
    int32_t latitude_e7, longitude_e7;
};

struct moments {
    uint32_t count;
    uint32_t not_kept;
    struct moment all[MOMENTS_MAX];
};

int moment_compare(const struct moment *a, const struct moment *b);
/* False when it was there or is not kept; `room` is at most MOMENTS_MAX. */
bool moment_add(struct moments *moments, uint32_t room, const struct moment *moment);
/* Takes out the one that is equal in order; false when there is none. */
bool moment_remove(struct moments *moments, const struct moment *moment);
/* The one that is equal in order comes to be as void as this; false when there is none, or it was so. */
bool moment_mark(struct moments *moments, const struct moment *moment);
/* Adds, marks or removes it. True when something changed. */
bool moment_tell(struct moments *moments,
                 uint32_t room,
                 const struct moment *moment,
                 enum moment_tell tell);
/* By how much a count of statements changes, for a statement that changes from void to counting or back when it is told
 * again: 1, 0 or -1. */
int moment_sign(const struct moment *moment, enum moment_tell tell);
/* Only those that count. */
void moment_drop_void(struct moments *moments);
/* The first (last) that counts; NULL when none does. */
const struct moment *moment_first(const struct moments *moments);
const struct moment *moment_last(const struct moments *moments);
void moment_write(const struct moments *moments, struct bytes_writer *writer);
/* False on damage. */
bool moment_read(struct bytes_reader *reader, struct moments *ret);
void moment_write_one(const struct moment *moment, struct bytes_writer *writer);
bool moment_read_one(struct bytes_reader *reader, struct moment *ret);

/* Rows that hang on moments. `moment` becomes the anchor and shows itself; NULL: the row has no anchor. NULL when the set
 * is full. */
struct work *moment_finding(struct work_set *set, uint16_t rule, const struct moment *moment);
/* Nothing when it is shown already or there is no room. */
void moment_show(struct work *row, const struct moment *moment);

#endif
