/* journal.c: appends, reads back, compares, signs, commits.
 * Never decides, never deletes, never lets a head out before its commit. */
#include "daemon/ledger/journal.h"

#include <stdlib.h>

#include "proto/bytes.h"
#include "daemon/base/logger.h"

enum {
    AHEAD_DEFAULT = 64 * 1024 * 1024,
    HEAD_ROW_MAX = 2 + CHECKPOINT_SIZE_MAX + MERKLE_EDGE_BYTES_MAX,
    TAIL_MAX = 4096, /* entries hashed again at opening */
    LEAVES_FIRST = 128,
};

#define FORMAT "custody-journal/1"

struct journal {
    struct store *store;
    uint32_t entries;
    uint32_t main_table;
    bool is_read_only;
    uint64_t ahead;
    /* What is committed. */
    struct merkle_edge edge;
    int64_t last_recorded_at;
    uint8_t head[CHECKPOINT_SIZE_MAX];
    size_t head_len;
    /* The batch. `nodes` begins with its leaves. */
    struct store_txn *txn;
    struct digest *nodes;
    uint64_t count;
    uint64_t room; /* leaves that `nodes` has room for */
    int64_t batch_recorded_at;
    struct merkle_batch batch;
    enum custody_status refuses; /* why no batch may begin any more */
    struct store_txn *peek;      /* between batches */
};

struct journal_snapshot {
    struct journal *journal;
    struct store_txn *txn;
    struct span head;
    struct merkle_edge edge;
    bool edge_is_known;
    uint64_t rows;
    uint64_t size;
};

static struct span key_of(const uint64_t *number)
{
    return span_of(number, sizeof(*number));
}

/* The head's row. NOT_FOUND before the first head. */
static enum custody_status read_head_row(struct journal *journal,
                                         struct store_txn *txn,
                                         struct span *ret_note,
                                         struct merkle_edge *ret_edge)
{
    struct span row;
    enum custody_status status = store_get(txn, journal->main_table, span_text("head"), &row);
    if (status != CUSTODY_OK) {
        return status;
    }
    struct bytes_reader reader;
    bytes_reader_init(&reader, row);
    struct span note = bytes_read_span(&reader, bytes_read_u16(&reader));
    if (reader.failed || note.len == 0 || note.len > CHECKPOINT_SIZE_MAX ||
        !merkle_edge_parse(span_of(reader.at, reader.left), ret_edge)) {
        return CUSTODY_ERR_CORRUPT;
    }
    *ret_note = note;
    return CUSTODY_OK;
}

static enum custody_status
write_head_row(struct journal *journal, struct span note, const struct merkle_edge *edge)
{
    uint8_t edge_bytes[MERKLE_EDGE_BYTES_MAX], row[HEAD_ROW_MAX];
    struct bytes_writer writer;
    bytes_writer_init(&writer, row, sizeof(row));
    bytes_write_u16(&writer, (uint16_t)note.len);
    bytes_write_span(&writer, note);
    bytes_write_span(&writer, span_of(edge_bytes, merkle_edge_write(edge, edge_bytes)));
    INVARIANT(!writer.failed);
    return store_put(journal->txn, journal->main_table, span_text("head"), bytes_written(&writer));
}

/* An entry that must be there. */
static enum custody_status read_entry(struct journal *journal,
                                      struct store_txn *txn,
                                      uint64_t number,
                                      struct span *ret_bytes,
                                      struct entry *ret_entry)
{
    struct span bytes;
    enum custody_status status = store_get(txn, journal->entries, key_of(&number), &bytes);
    if (status == CUSTODY_ERR_NOT_FOUND) {
        return CUSTODY_ERR_CORRUPT;
    }
    if (status != CUSTODY_OK) {
        return status;
    }
    if (!entry_parse(bytes, ret_entry) || ret_entry->number != number) {
        return CUSTODY_ERR_CORRUPT;
    }
    *ret_bytes = bytes;
    return CUSTODY_OK;
}

/* The newest entries against the last node of the edge, when there are few enough of them. */
static enum custody_status
check_tail(struct journal *journal, struct store_txn *txn, const struct merkle_edge *edge)
{
    uint64_t count = edge->size & (~edge->size + 1);
    if (count > TAIL_MAX) {
        return CUSTODY_OK;
    }
    struct merkle_edge tail;
    merkle_edge_init(&tail);
    for (uint64_t number = edge->size - count; number < edge->size; number++) {
        struct span bytes;
        struct entry entry;
        enum custody_status status = read_entry(journal, txn, number, &bytes, &entry);
        if (status != CUSTODY_OK) {
            return status;
        }
        struct digest leaf = merkle_leaf(bytes);
        merkle_edge_append(&tail, &leaf);
    }
    struct digest root = merkle_edge_root(&tail);
    return digest_is_equal(&root, &edge->nodes[edge->count - 1]) ? CUSTODY_OK : CUSTODY_ERR_CORRUPT;
}

/* As many rows as the head says, the first 0 and the last size - 1: so none is missing. */
static enum custody_status check_rows(struct journal *journal, struct store_txn *txn, uint64_t size)
{
    uint64_t rows;
    struct span key, value;
    struct store_cursor *cursor = NULL;
    enum custody_status status = store_count(txn, journal->entries, &rows);
    if (status != CUSTODY_OK) {
        return status;
    }
    if (rows != size) {
        return CUSTODY_ERR_CORRUPT;
    }
    status = store_cursor_open(txn, journal->entries, &cursor);
    if (status == CUSTODY_OK) {
        status = store_cursor_seek(cursor, key_of(&size), &key, &value);
        status = status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_OK
                 : status == CUSTODY_OK          ? CUSTODY_ERR_CORRUPT
                                                 : status;
    }
    store_cursor_close(cursor);
    return status;
}

static enum custody_status check_format(struct journal *journal, struct store_txn *txn)
{
    struct span format;
    enum custody_status status = store_get(txn, journal->main_table, span_text("format"), &format);
    if (status == CUSTODY_OK && !span_is_equal(format, span_text(FORMAT))) {
        status = CUSTODY_ERR_CORRUPT;
    }
    return status;
}

/* Read what is committed into memory, and compare all of it that is cheap to compare. */
static enum custody_status load(struct journal *journal, struct store_txn *txn)
{
    struct span note, bytes;
    struct merkle_edge edge;
    struct checkpoint checkpoint;
    struct entry entry;
    enum custody_status status = check_format(journal, txn);
    if (status != CUSTODY_OK) {
        return status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_ERR_CORRUPT : status;
    }
    status = read_head_row(journal, txn, &note, &edge);
    if (status == CUSTODY_ERR_NOT_FOUND) {
        return check_rows(journal, txn, 0);
    }
    if (status != CUSTODY_OK) {
        return status;
    }
    struct digest root = merkle_edge_root(&edge);
    if (edge.size == 0 || !checkpoint_parse(note, &checkpoint) || checkpoint.size != edge.size ||
        !digest_is_equal(&root, &checkpoint.root)) {
        return CUSTODY_ERR_CORRUPT;
    }
    if ((status = check_rows(journal, txn, edge.size)) != CUSTODY_OK ||
        (status = read_entry(journal, txn, edge.size - 1, &bytes, &entry)) != CUSTODY_OK ||
        (status = check_tail(journal, txn, &edge)) != CUSTODY_OK) {
        return status;
    }
    journal->edge = edge;
    journal->last_recorded_at = entry.recorded_at_us;
    memcpy(journal->head, note.data, note.len);
    journal->head_len = note.len;
    return CUSTODY_OK;
}

/* A new environment has neither format nor entries; anything else without a format is not a journal of ours. */
static enum custody_status put_format(struct journal *journal)
{
    struct store_txn *txn = NULL;
    uint64_t rows;
    enum custody_status status = store_begin(journal->store, &txn);
    if (status == CUSTODY_OK) {
        status = check_format(journal, txn);
        if (status != CUSTODY_ERR_NOT_FOUND) {
            goto done;
        }
        status = store_count(txn, journal->entries, &rows);
    }
    if (status == CUSTODY_OK && rows != 0) {
        status = CUSTODY_ERR_CORRUPT;
    }
    if (status == CUSTODY_OK) {
        status = store_put(txn, journal->main_table, span_text("format"), span_text(FORMAT));
    }
    if (status == CUSTODY_OK) {
        status = store_commit(&txn);
    }
done:
    store_abort(&txn);
    return status;
}

enum custody_status
journal_open(const char *path, enum store_mode mode, uint64_t map_size, struct journal **ret)
{
    struct store_txn *txn = NULL;
    enum custody_status status = CUSTODY_ERR_MEMORY;
    struct journal *journal = calloc(1, sizeof(*journal));
    if (journal == NULL) {
        return status;
    }
    journal->ahead = AHEAD_DEFAULT;
    journal->is_read_only = mode == STORE_READ_ONLY;
    merkle_edge_init(&journal->edge);
    journal->room = LEAVES_FIRST;
    journal->nodes = malloc(merkle_batch_room(journal->room) * sizeof(*journal->nodes));
    if (journal->nodes == NULL ||
        (status = store_open(path, mode, map_size, 1, &journal->store)) != CUSTODY_OK ||
        (status = store_table(journal->store, NULL, false, &journal->main_table)) != CUSTODY_OK ||
        (status = store_table(journal->store, "entries", true, &journal->entries)) != CUSTODY_OK) {
        goto done;
    }
    if (mode == STORE_CREATE && (status = put_format(journal)) != CUSTODY_OK) {
        goto done;
    }
    if ((status = store_snapshot(journal->store, &txn)) != CUSTODY_OK) {
        goto done;
    }
    status = load(journal, txn);
    if (status == CUSTODY_ERR_CORRUPT && journal->is_read_only) {
        status = CUSTODY_OK;
    }
done:
    store_abort(&txn);
    if (status != CUSTODY_OK) {
        journal_close(journal);
        return status;
    }
    *ret = journal;
    return CUSTODY_OK;
}

static void end_peek(struct journal *journal)
{
    store_abort(&journal->peek);
}

void journal_close(struct journal *journal)
{
    if (journal == NULL) {
        return;
    }
    journal_abort(journal);
    end_peek(journal);
    store_close(journal->store);
    free(journal->nodes);
    free(journal);
}

uint64_t journal_size(const struct journal *journal)
{
    return journal->edge.size;
}

int64_t journal_last_recorded_at(const struct journal *journal)
{
    return journal->last_recorded_at;
}

const struct merkle_edge *journal_edge(const struct journal *journal)
{
    return &journal->edge;
}

struct span journal_head(const struct journal *journal)
{
    return span_of(journal->head, journal->head_len);
}

enum custody_status journal_begin(struct journal *journal)
{
    INVARIANT(journal->txn == NULL);
    if (journal->refuses != CUSTODY_OK) {
        return journal->refuses;
    }
    end_peek(journal);
    journal->count = 0;
    journal->batch_recorded_at = journal->last_recorded_at;
    return store_begin(journal->store, &journal->txn);
}

static enum custody_status make_room(struct journal *journal)
{
    if (journal->count < journal->room) {
        return CUSTODY_OK;
    }
    uint64_t room = 2 * journal->room;
    struct digest *nodes =
        realloc(journal->nodes, merkle_batch_room(room) * sizeof(*journal->nodes));
    if (nodes == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    journal->nodes = nodes;
    journal->room = room;
    return CUSTODY_OK;
}

enum custody_status
journal_append(struct journal *journal, struct span bytes, const struct digest *leaf)
{
    INVARIANT(journal->txn != NULL);
    struct entry entry;
    uint64_t number = journal->edge.size + journal->count;
    bool is_first = number == 0;
    if (journal->count == JOURNAL_BATCH_MAX || !entry_parse(bytes, &entry) ||
        entry.number != number ||
        (!is_first && entry.recorded_at_us <= journal->batch_recorded_at)) {
        return CUSTODY_ERR_INVALID;
    }
    enum custody_status status = make_room(journal);
    if (status == CUSTODY_OK) {
        status = store_append(journal->txn, journal->entries, key_of(&number), bytes);
    }
    if (status != CUSTODY_OK) {
        return status;
    }
    journal->nodes[journal->count++] = *leaf;
    journal->batch_recorded_at = entry.recorded_at_us;
    return CUSTODY_OK;
}

/* The second path: what the transaction holds, hashed by libsodium onto the edge that the journal stored. */
static enum custody_status root_second(struct journal *journal, struct digest *ret)
{
    struct merkle_edge edge;
    struct span note;
    enum custody_status status = read_head_row(journal, journal->txn, &note, &edge);
    if (status == CUSTODY_ERR_NOT_FOUND && journal->edge.size == 0) {
        merkle_edge_init(&edge);
    } else if (status != CUSTODY_OK) {
        return CUSTODY_ERR_CORRUPT;
    }
    if (edge.size != journal->edge.size) {
        return CUSTODY_ERR_CORRUPT;
    }
    for (uint64_t i = 0; i < journal->count; i++) {
        struct span bytes;
        uint64_t number = edge.size;
        status = store_get(journal->txn, journal->entries, key_of(&number), &bytes);
        if (status != CUSTODY_OK) {
            return status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_ERR_CORRUPT : status;
        }
        struct digest leaf = merkle_leaf_second(bytes);
        if (!digest_is_equal(&leaf, &journal->nodes[i])) {
            LOG(LOGGER_ERROR, "read_back", LOGGER_NUMBER("entry", number));
            return CUSTODY_ERR_CORRUPT;
        }
        merkle_edge_append_second(&edge, &leaf);
    }
    *ret = merkle_edge_root_second(&edge);
    return CUSTODY_OK;
}

/* A note that says exactly this checkpoint. */
static size_t sign_checked(const struct checkpoint *checkpoint,
                           journal_sign *sign,
                           void *context,
                           uint8_t ret[static CHECKPOINT_SIZE_MAX])
{
    struct checkpoint signed_one;
    size_t len = sign(context, checkpoint, ret);
    bool is_right =
        len > 0 && len <= CHECKPOINT_SIZE_MAX && checkpoint_parse(span_of(ret, len), &signed_one) &&
        signed_one.size == checkpoint->size && digest_is_equal(&signed_one.root, &checkpoint->root);
    return is_right ? len : 0;
}

static enum custody_status commit_batch(struct journal *journal,
                                        const char *origin,
                                        journal_sign *sign,
                                        void *context,
                                        uint8_t note[static CHECKPOINT_SIZE_MAX],
                                        size_t *ret_len)
{
    struct digest second;
    struct checkpoint checkpoint = {.size = journal->batch.after.size};
    size_t origin_len = strlen(origin);
    if (origin_len > CHECKPOINT_ORIGIN_MAX) {
        return CUSTODY_ERR_INVALID;
    }
    memcpy(checkpoint.origin, origin, origin_len);
    checkpoint.root = merkle_edge_root(&journal->batch.after);
    enum custody_status status = root_second(journal, &second);
    if (status != CUSTODY_OK) {
        return status;
    }
    if (!digest_is_equal(&checkpoint.root, &second)) {
        LOG(LOGGER_ERROR, "root_differs", LOGGER_NUMBER("size", checkpoint.size));
        return CUSTODY_ERR_CORRUPT;
    }
    *ret_len = sign_checked(&checkpoint, sign, context, note);
    if (*ret_len == 0) {
        return CUSTODY_ERR_INVALID;
    }
    status = write_head_row(journal, span_of(note, *ret_len), &journal->batch.after);
    return status == CUSTODY_OK ? store_commit(&journal->txn) : status;
}

enum custody_status journal_commit(struct journal *journal,
                                   const char *origin,
                                   journal_sign *sign,
                                   void *context,
                                   const struct merkle_batch **ret_batch)
{
    INVARIANT(journal->txn != NULL);
    enum custody_status status = CUSTODY_OK;
    uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t note_len = 0;
    merkle_batch_init(&journal->batch, &journal->edge, journal->nodes, journal->nodes,
                      journal->count);
    if (journal->count > 0) {
        status = commit_batch(journal, origin, sign, context, note, &note_len);
    }
    store_abort(&journal->txn);
    if (status == CUSTODY_ERR_CORRUPT || status == CUSTODY_ERR_UNKNOWN_RESULT) {
        journal->refuses = status;
    }
    if (status != CUSTODY_OK) {
        return status;
    }
    if (journal->count > 0) {
        journal->edge = journal->batch.after;
        journal->last_recorded_at = journal->batch_recorded_at;
        memcpy(journal->head, note, note_len);
        journal->head_len = note_len;
    }
    if (ret_batch != NULL) {
        *ret_batch = &journal->batch;
    }
    return CUSTODY_OK;
}

void journal_abort(struct journal *journal)
{
    store_abort(&journal->txn);
}

enum custody_status journal_peek(struct journal *journal, uint64_t number, struct span *ret)
{
    uint64_t size = journal->edge.size + (journal->txn != NULL ? journal->count : 0);
    if (number >= size) {
        return CUSTODY_ERR_NOT_FOUND;
    }
    struct store_txn *txn = journal->txn != NULL ? journal->txn : journal->peek;
    if (txn == NULL) {
        enum custody_status status = store_snapshot(journal->store, &journal->peek);
        if (status != CUSTODY_OK) {
            return status;
        }
        txn = journal->peek;
    }
    struct entry entry;
    return read_entry(journal, txn, number, ret, &entry);
}

enum custody_status journal_fill_ahead(struct journal *journal)
{
    return journal->ahead == 0 ? CUSTODY_OK : store_fill_ahead(journal->store, journal->ahead);
}

void journal_set_ahead(struct journal *journal, uint64_t ahead)
{
    journal->ahead = ahead;
}

uint64_t journal_used(struct journal *journal)
{
    return store_used(journal->store);
}

enum custody_status journal_snapshot_begin(struct journal *journal, struct journal_snapshot **ret)
{
    struct journal_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    if (snapshot == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    snapshot->journal = journal;
    merkle_edge_init(&snapshot->edge);
    enum custody_status status = store_snapshot(journal->store, &snapshot->txn);
    if (status == CUSTODY_OK) {
        status = store_count(snapshot->txn, journal->entries, &snapshot->rows);
    }
    if (status == CUSTODY_OK) {
        status = read_head_row(journal, snapshot->txn, &snapshot->head, &snapshot->edge);
        snapshot->edge_is_known = status == CUSTODY_OK || status == CUSTODY_ERR_NOT_FOUND;
    }
    if (status == CUSTODY_ERR_NOT_FOUND ||
        (status == CUSTODY_ERR_CORRUPT && journal->is_read_only)) {
        status = CUSTODY_OK;
    }
    if (status != CUSTODY_OK) {
        journal_snapshot_end(snapshot);
        return status;
    }
    snapshot->size = snapshot->edge_is_known ? snapshot->edge.size : snapshot->rows;
    *ret = snapshot;
    return CUSTODY_OK;
}

void journal_snapshot_end(struct journal_snapshot *snapshot)
{
    if (snapshot == NULL) {
        return;
    }
    store_abort(&snapshot->txn);
    free(snapshot);
}

uint64_t journal_snapshot_size(const struct journal_snapshot *snapshot)
{
    return snapshot->size;
}

struct span journal_snapshot_head(const struct journal_snapshot *snapshot)
{
    return snapshot->head;
}

uint64_t journal_snapshot_rows(const struct journal_snapshot *snapshot)
{
    return snapshot->rows;
}

const struct merkle_edge *journal_snapshot_edge(const struct journal_snapshot *snapshot)
{
    return snapshot->edge_is_known ? &snapshot->edge : NULL;
}

void journal_snapshot_read_ahead(const struct journal_snapshot *snapshot, struct span entry)
{
    store_read_ahead(snapshot->journal->store, entry);
}

enum custody_status journal_read(struct journal_snapshot *snapshot,
                                 uint64_t number,
                                 const struct digest *leaf,
                                 struct span *ret)
{
    if (number >= snapshot->size) {
        return CUSTODY_ERR_NOT_FOUND;
    }
    struct span bytes;
    struct entry entry;
    enum custody_status status =
        read_entry(snapshot->journal, snapshot->txn, number, &bytes, &entry);
    if (status != CUSTODY_OK) {
        return status;
    }
    if (leaf != NULL) {
        struct digest actual = merkle_leaf(bytes);
        if (!digest_is_equal(&actual, leaf)) {
            return CUSTODY_ERR_CORRUPT;
        }
    }
    *ret = bytes;
    return CUSTODY_OK;
}

enum custody_status
journal_read_row(struct journal_snapshot *snapshot, uint64_t number, struct span *ret)
{
    return store_get(snapshot->txn, snapshot->journal->entries, key_of(&number), ret);
}
