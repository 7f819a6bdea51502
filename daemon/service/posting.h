/* posting.h: movement rows, written with the entry that made the difference and read again as sums.
 * Never changes a row and never decides what moves: movement.h does.
 *
 * Writing: what a container's history adds up to before a statement is taken out, what it adds up to after is put in;
 * what is left over is written once, at the end of the statement, one row for each (party, code, day). Writer's thread.
 * Reading: rows of one party in the order of code, day and entry. Any thread, on a snapshot. */
#ifndef CUSTODY_SERVICE_POSTING_H
#define CUSTODY_SERVICE_POSTING_H

#include "daemon/domain/movement.h"
#include "daemon/service/book.h"

enum { POSTING_BUCKETS = 64 };

struct posting_cell {
    struct posting_cell *next; /* in the order of their making */
    struct posting_cell *next_hashed;
    uint32_t party, code;
    int32_t day;
    struct movement_sums sums;
};

/* What one statement changes. */
struct posting {
    struct posting_cell *cells, **cells_end;
    struct posting_cell *buckets[POSTING_BUCKETS];
    struct movement_set set; /* scratch */
};

void posting_begin(struct posting *posting);
/* Adds `sign` (1 or -1) times the row; memory is the book's arena's. */
void posting_add(struct posting *posting, struct book *book, const struct movement *row, int sign);
void posting_history(struct posting *posting,
                     struct book *book,
                     const struct container_history *history,
                     const struct container_context *context,
                     int sign);
/* Write what does not come to nothing, as rows of this entry. */
void posting_write(const struct posting *posting, struct book *book, uint64_t entry);

/* A row read again: all its accounts. */
struct posting_row {
    struct movement_key key;
    struct span value; /* for movement_parse_value */
};
/* False to stop; the row at which it stopped was seen. */
typedef bool posting_visit(void *context, const struct posting_row *row);
/* Rows of a party whose code, day and entry are at or after `from`'s. CORRUPT for a row that does not parse. */
enum custody_status posting_scan(struct lookups_snapshot *snapshot,
                                 const struct movement_key *from,
                                 posting_visit *visit,
                                 void *context);

#endif
