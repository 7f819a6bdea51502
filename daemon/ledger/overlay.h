/* overlay.h: changes of rows that are not on disk yet, in memory, each of which can be taken back.
 * Never knows tables or checksums: a key is bytes.
 *
 * The newest changes, those since the last accept, can be taken back in the reverse of their order.
 * What find lends lives until the change is taken back or the overlay is cleared. Threads: one; while nobody puts, accepts, takes
 * back or clears, any number may find, and one may sort. */
#ifndef CUSTODY_LEDGER_OVERLAY_H
#define CUSTODY_LEDGER_OVERLAY_H

#include "proto/span.h"

struct overlay;

enum overlay_state {
    OVERLAY_NONE,  /* says nothing of the row */
    OVERLAY_VALUE, /* the row has this value */
    OVERLAY_GONE,  /* the row is deleted */
};

struct overlay_change {
    uint64_t hash;
    const uint8_t *key;
    const uint8_t *value;
    uint32_t value_len;
    uint16_t key_len;
    uint8_t state; /* enum overlay_state */
};

/* NULL when there is no memory. `sibling` (may be NULL): one that overlay_find_newest is asked of together with this one. */
struct overlay *overlay_create(const struct overlay *sibling);
void overlay_destroy(struct overlay *overlay);

enum overlay_state
overlay_find(const struct overlay *overlay, struct span key, struct span *ret_value);
/* What the first of two siblings says of the row, else the second: for the cost of one hash. */
enum overlay_state overlay_find_newest(const struct overlay *newer,
                                       const struct overlay *older,
                                       struct span key,
                                       struct span *ret_value);
/* `value` NULL: the row is gone. False when there is no memory; then nothing has changed. */
bool overlay_put(struct overlay *overlay, struct span key, const struct span *value);

/* Changes since the last accept; revert takes back those after `mark`. */
size_t overlay_mark(const struct overlay *overlay);
void overlay_revert(struct overlay *overlay, size_t mark);
void overlay_accept(struct overlay *overlay);

size_t overlay_count(const struct overlay *overlay); /* rows changed */
/* The change of that index, below the count; in no order. Borrowed until the next put, revert or clear. */
const struct overlay_change *overlay_at(const struct overlay *overlay, size_t index);
size_t overlay_bytes(const struct overlay *overlay); /* of memory in use */
/* All changes in the order of their keys; `ret` borrows until the next put, revert or clear. */
size_t overlay_sort(struct overlay *overlay, struct overlay_change *const **ret);
/* Forget everything. Every change must have been accepted. */
void overlay_clear(struct overlay *overlay);

#endif
