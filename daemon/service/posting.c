/* posting.c: movement rows, written with the entry that made the difference and read again.
 * Never changes a row, never decides what moves. */
#include "daemon/service/posting.h"

#include <string.h>

#include "daemon/service/carried.h"

void posting_begin(struct posting *posting)
{
    posting->cells = NULL;
    posting->cells_end = &posting->cells;
    memset(posting->buckets, 0, sizeof posting->buckets);
}

static struct posting_cell *
posting_cell(struct posting *posting, struct book *book, const struct movement *row)
{
    uint32_t hash =
        (row->party * UINT32_C(2654435761)) ^ (row->code * UINT32_C(40503)) ^ (uint32_t)row->day;
    struct posting_cell **bucket = &posting->buckets[hash % POSTING_BUCKETS];
    for (struct posting_cell *at = *bucket; at != NULL; at = at->next_hashed)
        if (at->party == row->party && at->code == row->code && at->day == row->day)
            return at;
    struct posting_cell *cell = arena_alloc(book_arena(book), sizeof *cell);
    if (cell == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return NULL;
    }
    cell->party = row->party;
    cell->code = row->code;
    cell->day = row->day;
    cell->next_hashed = *bucket;
    *bucket = cell;
    *posting->cells_end = cell;
    posting->cells_end = &cell->next;
    return cell;
}

void posting_add(struct posting *posting, struct book *book, const struct movement *row, int sign)
{
    struct posting_cell *cell = posting_cell(posting, book, row);
    if (cell == NULL)
        return;
    cell->sums.grams[row->account] += sign * row->grams;
    cell->sums.pieces[row->account] += sign * row->pieces;
}

void posting_history(struct posting *posting,
                     struct book *book,
                     const struct container_history *history,
                     const struct container_context *context,
                     int sign)
{
    movement_of_history(history, context, &posting->set);
    for (uint32_t i = 0; i < posting->set.count; i++)
        posting_add(posting, book, &posting->set.rows[i], sign);
}

void posting_write(const struct posting *posting, struct book *book, uint64_t entry)
{
    for (const struct posting_cell *at = posting->cells; at != NULL; at = at->next) {
        const struct movement_key key = {
            .party = at->party, .code = at->code, .day = at->day, .entry = entry};
        uint8_t value[MOVEMENT_VALUE_MAX];
        size_t len = movement_write_value(&at->sums, value);
        if (len == 0)
            continue;
        book_put_movement(book, &key, span_of(value, len));
        carried_add(book, at->party, at->code, at->day, &at->sums, entry);
    }
}

struct posting_scanning {
    posting_visit *visit;
    void *context;
    bool is_damaged;
};

static bool posting_visit_row(void *context, struct span key, struct span value)
{
    struct posting_scanning *scanning = context;
    struct posting_row row = {.value = value};
    if (!movement_parse_key(key, &row.key)) {
        scanning->is_damaged = true;
        return false;
    }
    return scanning->visit(scanning->context, &row);
}

enum custody_status posting_scan(struct lookups_snapshot *snapshot,
                                 const struct movement_key *from,
                                 posting_visit *visit,
                                 void *context)
{
    struct posting_scanning scanning = {.visit = visit, .context = context};
    uint8_t room[MOVEMENT_KEY_BYTES];
    movement_write_key(from, room);
    enum custody_status status =
        lookups_snapshot_scan(snapshot, LOOKUPS_MOVEMENTS, span_of(room, 4),
                              span_of(room, sizeof room), posting_visit_row, &scanning);
    return scanning.is_damaged ? CUSTODY_ERR_CORRUPT : status;
}
