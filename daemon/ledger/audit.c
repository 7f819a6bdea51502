/* audit.c: one pass over all entries, with whatever there is to compare them with.
 * Never repairs, never trusts the look-ups more than the signed head. */
#include "daemon/ledger/audit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/crew.h"
#include "daemon/base/logger.h"
#include "daemon/ledger/tree.h"

enum {
    WINDOW = 512,
    PIECE = 8, /* entries that a thread takes at a time */
    READ_AHEAD_EVERY = 16 * WINDOW,
};

#define NO_ENTRY UINT64_MAX

/* One entry, and what any thread can say of it without looking at another. */
struct item {
    struct span bytes; /* empty: it cannot be found */
    struct digest leaf;
    struct entry entry;
    bool is_entry, is_statement, is_signed;
};

/* Entries that are read together. They are borrowed from the snapshot. */
struct window {
    struct journal_snapshot *snapshot;
    uint64_t first;
    size_t count;
    bool signatures;
    struct item items[WINDOW];
};

struct kept_head {
    uint64_t size;
    struct digest root;
};

struct audit {
    struct journal *journal;
    const struct audit_options *options;
    struct audit_report *report;
    struct crew *crew;
    struct window windows[2]; /* one is looked at while the next is read */
    uint64_t size;
    uint64_t rows;
    bool head_is_known;
    struct merkle_edge stored;
    uint8_t head[CHECKPOINT_SIZE_MAX];
    size_t head_len;
    struct kept_head *kept; /* published heads, by size */
    size_t kept_count;
    size_t kept_next;
    uint64_t proven; /* entries that a published head has confirmed */
    /* The pass. */
    struct merkle_edge edge;
    int64_t recorded_at;
    struct span tile;
    uint64_t tile_index;
    uint64_t doubted; /* first entry whose tile holds another hash, and no bit explains it */
    bool must_stop;
};

/* The lowest entry wins; what is not about an entry gives way to what is. */
static bool is_first(const struct audit *audit, uint64_t entry)
{
    return audit->report->is_sound || entry < audit->report->bad_entry;
}

__attribute__((format(printf, 3, 4))) static void
note(struct audit *audit, uint64_t entry, const char *format, ...)
{
    if (!is_first(audit, entry)) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(audit->report->sentence, sizeof(audit->report->sentence), format, arguments);
    va_end(arguments);
    audit->report->is_sound = false;
    audit->report->bad_entry = entry;
    audit->report->bad_offset = UINT64_MAX;
    audit->report->byte_is_known = false;
}

static int compare_heads(const void *a, const void *b)
{
    const struct kept_head *x = a, *y = b;
    return (x->size > y->size) - (x->size < y->size);
}

static enum custody_status take_published(struct audit *audit)
{
    const struct audit_options *options = audit->options;
    audit->kept = calloc(options->published_count + 1, sizeof(*audit->kept));
    if (audit->kept == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    for (size_t i = 0; i < options->published_count; i++) {
        struct checkpoint checkpoint;
        const uint8_t *key =
            options->published_key == NULL ? options->ledger_key : options->published_key;
        if (checkpoint_verify(options->published[i], options->origin, key, &checkpoint) !=
            CHECKPOINT_OK) {
            note(audit, NO_ENTRY, "published checkpoint %zu is not one by this ledger's key", i);
        } else if (checkpoint.size > audit->size) {
            note(audit, audit->size,
                 "the journal holds %" PRIu64 " entries, but a published checkpoint has %" PRIu64,
                 audit->size, checkpoint.size);
        } else {
            audit->kept[audit->kept_count++] =
                (struct kept_head){.size = checkpoint.size, .root = checkpoint.root};
        }
    }
    qsort(audit->kept, audit->kept_count, sizeof(*audit->kept), compare_heads);
    return CUSTODY_OK;
}

static enum custody_status begin(struct audit *audit)
{
    struct journal_snapshot *snapshot = NULL;
    enum custody_status status = journal_snapshot_begin(audit->journal, &snapshot);
    if (status != CUSTODY_OK) {
        return status;
    }
    const struct merkle_edge *edge = journal_snapshot_edge(snapshot);
    struct span head = journal_snapshot_head(snapshot);
    audit->windows[0].snapshot = snapshot;
    audit->size = journal_snapshot_size(snapshot);
    audit->rows = journal_snapshot_rows(snapshot);
    audit->head_is_known = edge != NULL;
    if (edge != NULL) {
        audit->stored = *edge;
    }
    if (head.len > 0) {
        memcpy(audit->head, head.data, head.len);
    }
    audit->head_len = head.len;
    return take_published(audit);
}

/* The tile's hash of an entry; false when there is none to compare with. */
static bool read_tile(struct audit *audit, uint64_t number, struct digest *ret)
{
    struct lookups_snapshot *tiles = audit->options->tiles;
    if (tiles == NULL || number >= lookups_snapshot_position(tiles)) {
        return false;
    }
    uint64_t index = number / TILE_WIDTH;
    size_t from = (size_t)(number % TILE_WIDTH) * DIGEST_SIZE;
    if (index != audit->tile_index) {
        audit->tile_index = index;
        if (tree_read_tile(tiles, 0, index, &audit->tile) != CUSTODY_OK) {
            audit->tile = span_of(NULL, 0);
        }
    }
    if (audit->tile.data == NULL || audit->tile.len < from + DIGEST_SIZE) {
        audit->report->tiles_are_sound = false;
        return false;
    }
    memcpy(ret->bytes, audit->tile.data + from, DIGEST_SIZE);
    return true;
}

/* Flip each bit in turn until the leaf is the one that it should be. */
static bool
find_flip(struct span bytes, const struct digest *leaf, size_t *ret_offset, uint8_t *ret_right)
{
    bool is_found = false;
    uint8_t *copy = malloc(bytes.len);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, bytes.data, bytes.len);
    for (size_t i = 0; i < bytes.len * 8 && !is_found; i++) {
        copy[i / 8] ^= (uint8_t)(1u << i % 8);
        struct digest tried = merkle_leaf(span_of(copy, bytes.len));
        if (digest_is_equal(&tried, leaf)) {
            *ret_offset = i / 8;
            *ret_right = copy[i / 8];
            is_found = true;
        }
        copy[i / 8] = bytes.data[i / 8];
    }
    free(copy);
    return is_found;
}

/* Entry and tile differ. */
static void compare_with_tile(struct audit *audit,
                              uint64_t number,
                              struct span bytes,
                              const struct digest *leaf)
{
    struct audit_report *report = audit->report;
    size_t offset;
    uint8_t right;
    if (audit->doubted != NO_ENTRY) {
        return;
    }
    if (!find_flip(bytes, leaf, &offset, &right)) {
        audit->doubted = number;
        return;
    }
    if (is_first(audit, number)) {
        note(audit, number, "entry %" PRIu64 ", byte %zu is %02x and should be %02x", number,
             offset, bytes.data[offset], right);
        report->bad_offset = offset;
        report->was = bytes.data[offset];
        report->should_be = right;
        report->byte_is_known = true;
    }
    audit->must_stop = true;
}

static void check_form(struct audit *audit, uint64_t number, const struct item *item)
{
    if (!item->is_entry) {
        note(audit, number, "entry %" PRIu64 " is not in the form of an entry", number);
        audit->must_stop = true;
        return;
    }
    if (item->entry.number != number) {
        note(audit, number, "entry %" PRIu64 " says that it is number %" PRIu64, number,
             item->entry.number);
        audit->must_stop = true;
        return;
    }
    if (number > 0 && item->entry.recorded_at_us <= audit->recorded_at) {
        note(audit, number, "entry %" PRIu64 " was not recorded later than the one before it",
             number);
        audit->must_stop = true;
    }
    audit->recorded_at = item->entry.recorded_at_us;
    if (!item->is_statement || !item->is_signed) {
        note(audit, number,
             item->is_statement ? "the signature of entry %" PRIu64 " does not verify"
                                : "entry %" PRIu64 " does not hold a statement",
             number);
        audit->must_stop = true;
    }
}

static void check_entry(struct audit *audit, uint64_t number, const struct item *item)
{
    struct digest tile_leaf;
    struct span bytes = item->bytes;
    if (bytes.data == NULL) {
        note(audit, number, "entry %" PRIu64 " cannot be found", number);
        audit->must_stop = true;
        return;
    }
    if (bytes.len == 0 || bytes.len > ENTRY_SIZE_MAX) {
        note(audit, number, "entry %" PRIu64 " has an impossible length, %zu", number, bytes.len);
        audit->must_stop = true;
        return;
    }
    if (read_tile(audit, number, &tile_leaf) && !digest_is_equal(&item->leaf, &tile_leaf)) {
        compare_with_tile(audit, number, bytes, &tile_leaf);
    }
    if (!audit->must_stop) {
        check_form(audit, number, item);
    }
    merkle_edge_append(&audit->edge, &item->leaf);
}

/* Some entry from `from` up to `end` lies; the tiles may have pointed at one. */
static void note_range(struct audit *audit, uint64_t from, uint64_t end, const char *what)
{
    from = from < audit->proven ? audit->proven : from;
    if (audit->doubted >= from && audit->doubted < end) {
        from = audit->doubted;
        end = from + 1;
    }
    if (from >= end) {
        note(audit, NO_ENTRY, "%s, although published checkpoints confirm the entries", what);
    } else if (end == from + 1) {
        note(audit, from, "entry %" PRIu64 " is not what was signed: %s", from, what);
    } else {
        note(audit, from,
             "one of the entries %" PRIu64 " to %" PRIu64 " is not what was signed: %s", from,
             end - 1, what);
    }
    audit->must_stop = true;
}

/* Published heads of the size reached. */
static void check_published(struct audit *audit)
{
    for (; audit->kept_next < audit->kept_count; audit->kept_next++) {
        const struct kept_head *head = &audit->kept[audit->kept_next];
        if (head->size != audit->edge.size) {
            return;
        }
        struct digest root = merkle_edge_root(&audit->edge);
        if (!digest_is_equal(&root, &head->root)) {
            note_range(audit, audit->proven, head->size, "a published checkpoint has another root");
            return;
        }
        audit->proven = head->size;
    }
}

/* A crew_work: the greatest part of an audit, hashes and signatures. */
static void examine(void *context, size_t from, size_t until)
{
    struct window *window = context;
    for (size_t i = from; i < until; i++) {
        struct item *item = &window->items[i];
        struct statement_header header;
        const char *field;
        item->is_entry = item->is_statement = item->is_signed = false;
        if (item->bytes.len == 0 || item->bytes.len > ENTRY_SIZE_MAX) {
            continue;
        }
        item->leaf = merkle_leaf(item->bytes);
        item->is_entry = entry_parse(item->bytes, &item->entry);
        item->is_statement =
            item->is_entry &&
            statement_parse_header(item->entry.statement, &header, &field) == STATEMENT_OK;
        item->is_signed = item->is_statement &&
                          (!window->signatures ||
                           digest_verify(item->entry.signature, item->entry.statement, header.key));
    }
}

/* From `first` on. Append-only, so a newer snapshot has the same entries; an old one would keep every page from being used again. */
static enum custody_status
read_window(struct audit *audit, struct window *window, uint64_t first, uint64_t end)
{
    journal_snapshot_end(window->snapshot);
    window->snapshot = NULL;
    window->first = first;
    window->count = 0;
    window->signatures = audit->options->signatures;
    enum custody_status status = journal_snapshot_begin(audit->journal, &window->snapshot);
    for (; status == CUSTODY_OK && window->count < end - first; window->count++) {
        struct item *item = &window->items[window->count];
        uint64_t number = first + window->count;
        item->bytes = span_of(NULL, 0);
        status = journal_read_row(window->snapshot, number, &item->bytes);
        if (status == CUSTODY_ERR_NOT_FOUND || status == CUSTODY_ERR_CORRUPT) {
            status = CUSTODY_OK;
        } else if (status == CUSTODY_OK && number % READ_AHEAD_EVERY == 0) {
            journal_snapshot_read_ahead(window->snapshot, item->bytes);
        }
    }
    return status;
}

/* What lies under the edge given is believed, its newest entry's time too. */
static enum custody_status begin_since(struct audit *audit)
{
    const struct merkle_edge *since = audit->options->since;
    struct span bytes;
    struct entry entry;
    if (since == NULL || since->size == 0) {
        return CUSTODY_OK;
    }
    if (since->size > audit->size) {
        note(audit, audit->size, "the journal holds %" PRIu64 " entries, the checkpoint %" PRIu64,
             audit->size, since->size);
        audit->must_stop = true;
        return CUSTODY_OK;
    }
    enum custody_status status =
        journal_read_row(audit->windows[0].snapshot, since->size - 1, &bytes);
    if (status == CUSTODY_OK && entry_parse(bytes, &entry)) {
        audit->recorded_at = entry.recorded_at_us;
    } else if (status == CUSTODY_OK || status == CUSTODY_ERR_NOT_FOUND) {
        note(audit, since->size - 1, "entry %" PRIu64 " cannot be read", since->size - 1);
        audit->must_stop = true;
        status = CUSTODY_OK;
    }
    audit->edge = *since;
    audit->proven = since->size;
    while (audit->kept_next < audit->kept_count &&
           audit->kept[audit->kept_next].size < since->size) {
        audit->kept_next++;
    }
    return status;
}

/* In order, what the crew has found, and what only the order shows. */
static void conclude_window(struct audit *audit, const struct window *window)
{
    uint64_t number = window->first;
    for (size_t i = 0; i < window->count && !audit->must_stop; i++, number++) {
        check_entry(audit, number, &window->items[i]);
        if (!audit->must_stop) {
            check_published(audit);
        }
    }
    audit->report->entries = number;
    if (audit->options->progress != NULL) {
        audit->options->progress(audit->options->context, number, audit->size);
    }
}

static uint64_t end_of_window(const struct audit *audit, uint64_t first)
{
    return audit->size - first < WINDOW ? audit->size : first + WINDOW;
}

static void begin_window(struct audit *audit, struct window *window)
{
    crew_begin(audit->crew, examine, window, window->count, PIECE);
}

/* The others look at a window while this thread concludes the one before and reads the one behind. */
static enum custody_status pass(struct audit *audit)
{
    enum custody_status status = begin_since(audit);
    uint64_t read = audit->edge.size;
    if (status != CUSTODY_OK || audit->must_stop) {
        return status;
    }
    check_published(audit);
    if (audit->must_stop || read >= audit->size) {
        return CUSTODY_OK;
    }
    unsigned at = 0;
    status = read_window(audit, &audit->windows[at], read, end_of_window(audit, read));
    if (status != CUSTODY_OK) {
        return status;
    }
    begin_window(audit, &audit->windows[at]);
    for (bool is_more = true; is_more && status == CUSTODY_OK; at = !at) {
        struct window *window = &audit->windows[at], *next = &audit->windows[!at];
        read += window->count;
        is_more = read < audit->size;
        if (is_more) {
            status = read_window(audit, next, read, end_of_window(audit, read));
        }
        crew_end(audit->crew);
        if (is_more && status == CUSTODY_OK) {
            begin_window(audit, next);
        }
        conclude_window(audit, window);
        is_more = is_more && !audit->must_stop;
    }
    crew_end(audit->crew);
    return status;
}

/* The stored edge says which of its nodes differs from the entries. */
static void compare_edges(struct audit *audit)
{
    uint64_t from = 0;
    for (uint32_t i = 0; i < audit->stored.count; i++) {
        uint64_t left = audit->size - from;
        uint64_t width = UINT64_C(1) << (63 - __builtin_clzll(left));
        if (!digest_is_equal(&audit->stored.nodes[i], &audit->edge.nodes[i])) {
            note_range(audit, from, from + width, "the head has another root");
            return;
        }
        from += width;
    }
}

static void check_head(struct audit *audit)
{
    struct checkpoint checkpoint;
    if (!audit->head_is_known) {
        note(audit, NO_ENTRY, "the head's row is damaged");
        return;
    }
    if (audit->rows != audit->size) {
        note(audit, audit->size, "%" PRIu64 " entries are there, the head has %" PRIu64,
             audit->rows, audit->size);
    }
    if (audit->size == 0) {
        return;
    }
    struct span head = span_of(audit->head, audit->head_len);
    if (checkpoint_verify(head, audit->options->origin, audit->options->ledger_key, &checkpoint) !=
        CHECKPOINT_OK) {
        note(audit, NO_ENTRY, "the head is not signed by this ledger's key");
        return;
    }
    if (checkpoint.size != audit->size) {
        note(audit, NO_ENTRY, "the head says %" PRIu64 " entries, its edge %" PRIu64,
             checkpoint.size, audit->size);
        return;
    }
    struct digest root = merkle_edge_root(&audit->edge), stored = merkle_edge_root(&audit->stored);
    if (digest_is_equal(&root, &checkpoint.root)) {
        audit->proven = audit->size;
        if (!digest_is_equal(&stored, &checkpoint.root)) {
            note(audit, NO_ENTRY,
                 "the edge beside the head is damaged; entries and head are in order");
        }
        return;
    }
    if (digest_is_equal(&stored, &checkpoint.root)) {
        compare_edges(audit);
    } else {
        note_range(audit, audit->proven, audit->size, "the head has another root");
    }
}

static void conclude(struct audit *audit)
{
    struct audit_report *report = audit->report;
    if (audit->doubted != NO_ENTRY && audit->proven > audit->doubted) {
        report->tiles_are_sound = false;
    } else if (audit->doubted != NO_ENTRY && !report->is_sound) {
        note(audit, audit->doubted, "entry %" PRIu64 " does not have the hash that its tile holds",
             audit->doubted);
    }
    if (!report->is_sound) {
        return;
    }
    if (!report->tiles_are_sound) {
        snprintf(report->sentence, sizeof(report->sentence),
                 "%" PRIu64 " entries are in order, but a tile is not: rebuild the look-ups",
                 audit->size);
    } else {
        snprintf(report->sentence, sizeof(report->sentence),
                 "%" PRIu64 " entries and the head are in order", audit->size);
    }
}

enum custody_status
audit_run(struct journal *journal, const struct audit_options *options, struct audit_report *ret)
{
    struct audit *audit = calloc(1, sizeof(*audit));
    if (audit == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    *ret = (struct audit_report){
        .is_sound = true,
        .tiles_are_sound = true,
        .bad_entry = NO_ENTRY,
        .bad_offset = UINT64_MAX,
    };
    audit->journal = journal;
    audit->options = options;
    audit->crew = crew_create(options->threads);
    audit->report = ret;
    audit->tile_index = UINT64_MAX;
    audit->doubted = NO_ENTRY;
    merkle_edge_init(&audit->edge);
    merkle_edge_init(&audit->stored);
    enum custody_status status = audit->crew == NULL ? CUSTODY_ERR_MEMORY : begin(audit);
    if (status == CUSTODY_OK) {
        status = pass(audit);
    }
    if (status == CUSTODY_OK && !audit->must_stop) {
        check_head(audit);
    }
    if (status == CUSTODY_OK) {
        conclude(audit);
    }
    crew_destroy(audit->crew);
    journal_snapshot_end(audit->windows[0].snapshot);
    journal_snapshot_end(audit->windows[1].snapshot);
    free(audit->kept);
    free(audit);
    return status;
}
