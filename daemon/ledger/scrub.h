/* scrub.h: reads the journal again, a share at a time, and remembers how far it is.
 * Never mends and never stops at damage: the rest is read too.
 *
 * Each entry is read as whoever asks for it would, and its leaf hash compared with the tree's. What the tree does not hold yet
 * waits for the next round. The look-ups have a reading of their own (lookups_scrub). Any thread, one at a time. */
#ifndef CUSTODY_LEDGER_SCRUB_H
#define CUSTODY_LEDGER_SCRUB_H

#include "daemon/ledger/journal.h"
#include "daemon/ledger/lookups.h"

/* The file <data>/last-scrub. */
struct scrub_mark {
    int64_t at_us;     /* of the last share; 0: none was read yet */
    uint64_t position; /* the entry that the next share begins with */
    int64_t whole_us;  /* when the last entry of a round was reached; 0: never */
    uint64_t
        damaged; /* entries of this round that are damaged, or of the last when it found some */
    uint64_t first_damage; /* the first of them */
};

/* NOT_FOUND: never. */
enum custody_status scrub_mark_read(const char *data, struct scrub_mark *ret);
enum custody_status scrub_mark_write(const char *data, const struct scrub_mark *mark);

/* Read `share` entries from the mark's position on and move it; at the end a new round begins. CORRUPT: at least one is damaged;
 * the mark has moved all the same and names the first. Another failure leaves the mark as it was. */
enum custody_status scrub_journal(struct journal *journal,
                                  struct lookups *lookups,
                                  uint64_t share,
                                  int64_t now_us,
                                  struct scrub_mark *mark);

#endif
