/* streams.h: rows of the work table from many shelves, merged in the order of urgency, a few rows of each at a time.
 * Never decides who may see a row: whoever adds a shelf does.
 *
 * A shelf is a kind of row under one division, party or industry (work.h). Rows lie in the snapshot; memory is the arena's. */
#ifndef CUSTODY_SERVICE_STREAMS_H
#define CUSTODY_SERVICE_STREAMS_H

#include "daemon/service/book.h"

enum { STREAMS_KEY_ORDER = 1 + 4 /* shelf and scope come before what gives the order */ };

struct stream;

struct streams {
    struct lookups_snapshot *lookups;
    struct book *book; /* fails when the table cannot be read */
    struct arena *arena;
    uint32_t count, room;
    struct stream **heap; /* those that have rows, by the order of the first of each */
    bool has_failed;
};

void streams_init(struct streams *streams,
                  struct lookups_snapshot *lookups,
                  struct book *book,
                  struct arena *arena);
/* The rows of a shelf that are due at that time or later, raw. */
void streams_add(struct streams *streams, uint8_t shelf, uint32_t scope, int64_t from_us);
/* All have been added. False when one could not be read, or memory is used up. */
bool streams_merge(struct streams *streams);
bool streams_are_done(const struct streams *streams);
/* The first row of all, and the shelf that it came from; the same row may come from several. False on failure. */
bool streams_take(struct streams *streams, struct work *ret, uint8_t *ret_shelf);

#endif
