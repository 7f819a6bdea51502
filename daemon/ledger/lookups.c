/* lookups.c: rows with checksums under an overlay, moved to disk with their position in one commit.
 * Never serves a row whose checksum is wrong, never moves what is not accepted. */
#include "daemon/ledger/lookups.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/base/logger.h"
#include "daemon/ledger/overlay.h"

enum {
    PATH_BYTES = 4096,
    PAGE_BYTES = 4096, /* the least that LMDB uses */
    CHECKSUM_SIZE = 4,
    ROW_KEY_MAX = 1 + LOOKUPS_KEY_MAX,
    COUNTED = LOOKUPS_POSITION - 1, /* tables whose rows are counted */
    POSITION_SIZE = 8 + COUNTED * 16,
    /* A scattered change can dirty a page of its own; LMDB keeps 131,071 of them before it spills (TLOG 4.3). */
    CHANGES_MAX = 65536,
};

struct tally {
    uint64_t count;
    uint64_t sum; /* of the hashes of all rows */
};

struct position {
    uint64_t entries;
    struct tally tallies[LOOKUPS_TABLES]; /* by table; 0 and LOOKUPS_POSITION unused */
};

struct lookups {
    struct store *store;
    uint32_t table;
    struct overlay *overlay; /* pending, and what was accepted since the last seal */
    struct overlay *sealed;  /* unchanged until it is released; empty when nothing is sealed */
    bool is_sealed;
    size_t overlay_max;
    uint64_t reflected;
    uint64_t sealed_reflected;
    struct position position; /* committed, as far as the writer has been told */
    struct store_txn *view;   /* the writer's own snapshot, renewed after a release */
    /* The projector's, between a seal and its release. */
    struct position projected;
    bool is_projected;
};

enum { TILES_KEPT = 8, TILE_KEY_MAX = 16 };

struct lookups_snapshot {
    struct lookups *lookups;
    struct store_txn *txn;
    uint64_t position;
    uint64_t reads;
    const uint8_t *verified; /* the row last lent */
    /* Tiles that were lent, the newest over the oldest: a proof reads each many times. */
    struct {
        uint8_t key[TILE_KEY_MAX];
        size_t key_len; /* 0: none yet */
        struct span value;
    } tiles[TILES_KEPT];
    uint32_t next_tile;
};

static const char *const table_names[LOOKUPS_TABLES] = {
    [0] = "?",
    [LOOKUPS_NAMES] = "names",
    [LOOKUPS_TEXTS] = "texts",
    [LOOKUPS_SLOTS] = "slots",
    [LOOKUPS_RECORDS] = "records",
    [LOOKUPS_MEMBERS] = "members",
    [LOOKUPS_WORK] = "work",
    [LOOKUPS_TILES] = "tiles",
    [LOOKUPS_MOVEMENTS] = "movements",
    [LOOKUPS_POSITION] = "position",
};

/* A key with its table in front. */
struct row_key {
    uint8_t bytes[ROW_KEY_MAX];
    size_t len;
};

static bool make_key(enum lookups_table table, struct span key, struct row_key *ret)
{
    if (key.len > LOOKUPS_KEY_MAX) {
        return false;
    }
    ret->bytes[0] = (uint8_t)table;
    if (key.len > 0) {
        memcpy(ret->bytes + 1, key.data, key.len);
    }
    ret->len = 1 + key.len;
    return true;
}

static struct span span_of_key(const struct row_key *key)
{
    return span_of(key->bytes, key->len);
}

/* SipHash-2-4 with a public key, against accidents only. The value is hashed under the hash of table, key length and
 * key, so that nothing has to be copied together and a row in another's place does not fit. */
static uint64_t hash_of(struct span row_key, struct span value)
{
    _Static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == 8, "SipHash-2-4");
    uint8_t secret[16] = "custody-look-up";
    uint8_t head[1 + 2 + LOOKUPS_KEY_MAX], hash[8];
    INVARIANT(row_key.len >= 1 && row_key.len <= ROW_KEY_MAX);
    size_t key_len = row_key.len - 1;
    head[0] = row_key.data[0];
    head[1] = (uint8_t)(key_len >> 8);
    head[2] = (uint8_t)key_len;
    memcpy(head + 3, row_key.data + 1, key_len);
    crypto_shorthash(hash, head, 3 + key_len, secret);
    memcpy(secret, hash, sizeof(hash));
    crypto_shorthash(hash, value.data, value.len, secret);
    return bytes_get_u64(hash);
}

/* The value of a row, its checksum verified. */
static bool
open_row(struct span row_key, struct span row, struct span *ret_value, uint64_t *ret_hash)
{
    if (row.len < CHECKSUM_SIZE || row_key.len < 1 || row_key.len > ROW_KEY_MAX) {
        return false;
    }
    struct span value = span_of(row.data + CHECKSUM_SIZE, row.len - CHECKSUM_SIZE);
    *ret_hash = hash_of(row_key, value);
    if (bytes_get_u32(row.data) != (uint32_t)(*ret_hash >> 32)) {
        return false;
    }
    *ret_value = value;
    return true;
}

static enum custody_status get_row(struct store_txn *txn,
                                   uint32_t table,
                                   struct span row_key,
                                   struct span *ret,
                                   uint64_t *ret_hash)
{
    struct span row;
    enum custody_status status = store_get(txn, table, row_key, &row);
    if (status == CUSTODY_OK && !open_row(row_key, row, ret, ret_hash)) {
        status = CUSTODY_ERR_CORRUPT;
    }
    return status;
}

static size_t write_position(const struct position *position, uint8_t ret[static POSITION_SIZE])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, POSITION_SIZE);
    bytes_write_u64(&writer, position->entries);
    for (unsigned i = 1; i <= COUNTED; i++) {
        bytes_write_u64(&writer, position->tallies[i].count);
        bytes_write_u64(&writer, position->tallies[i].sum);
    }
    INVARIANT(!writer.failed);
    return writer.len;
}

/* Nothing at all is position 0; rows without a position are damage. */
static enum custody_status
read_position(struct lookups *lookups, struct store_txn *txn, struct position *ret)
{
    struct row_key key;
    struct span value;
    uint64_t hash, rows;
    make_key(LOOKUPS_POSITION, span_of(NULL, 0), &key);
    enum custody_status status = get_row(txn, lookups->table, span_of_key(&key), &value, &hash);
    memset(ret, 0, sizeof(*ret));
    if (status == CUSTODY_ERR_NOT_FOUND) {
        status = store_count(txn, lookups->table, &rows);
        return status == CUSTODY_OK && rows != 0 ? CUSTODY_ERR_CORRUPT : status;
    }
    if (status != CUSTODY_OK) {
        return status;
    }
    struct bytes_reader reader;
    bytes_reader_init(&reader, value);
    ret->entries = bytes_read_u64(&reader);
    for (unsigned i = 1; i <= COUNTED; i++) {
        ret->tallies[i].count = bytes_read_u64(&reader);
        ret->tallies[i].sum = bytes_read_u64(&reader);
    }
    return bytes_reader_is_done(&reader) ? CUSTODY_OK : CUSTODY_ERR_CORRUPT;
}

static bool make_path(const char *folder, uint32_t format, char ret[static PATH_BYTES])
{
    int len = snprintf(ret, PATH_BYTES, "%s/lookups-%u", folder, format);
    return len > 0 && len < PATH_BYTES;
}

static enum custody_status open_format(const char *folder,
                                       uint32_t format,
                                       enum store_mode mode,
                                       uint64_t map_size,
                                       size_t overlay_max,
                                       struct lookups **ret)
{
    char path[PATH_BYTES];
    if (!make_path(folder, format, path)) {
        return CUSTODY_ERR_INVALID;
    }
    enum custody_status status = CUSTODY_ERR_MEMORY;
    struct lookups *lookups = calloc(1, sizeof(*lookups));
    if (lookups == NULL) {
        return status;
    }
    lookups->overlay_max = overlay_max;
    lookups->overlay = overlay_create(NULL);
    lookups->sealed = overlay_create(lookups->overlay);
    if (lookups->overlay == NULL || lookups->sealed == NULL ||
        (status = store_open(path, mode, map_size, 0, &lookups->store)) != CUSTODY_OK ||
        (status = store_table(lookups->store, NULL, false, &lookups->table)) != CUSTODY_OK ||
        (status = store_snapshot(lookups->store, &lookups->view)) != CUSTODY_OK ||
        (status = read_position(lookups, lookups->view, &lookups->position)) != CUSTODY_OK) {
        lookups_close(lookups);
        return status;
    }
    lookups->reflected = lookups->position.entries;
    *ret = lookups;
    return CUSTODY_OK;
}

enum custody_status lookups_open(const char *folder,
                                 enum store_mode mode,
                                 uint64_t map_size,
                                 size_t overlay_max,
                                 struct lookups **ret)
{
    return open_format(folder, LOOKUPS_FORMAT, mode, map_size, overlay_max, ret);
}

uint32_t lookups_find_older(const char *folder)
{
    char path[PATH_BYTES];
    for (uint32_t format = LOOKUPS_FORMAT - 1; format > 0; format--) {
        if (make_path(folder, format, path) && access(path, F_OK) == 0) {
            return format;
        }
    }
    return 0;
}

enum custody_status lookups_open_older(const char *folder,
                                       uint32_t format,
                                       enum store_mode mode,
                                       uint64_t map_size,
                                       struct lookups **ret)
{
    INVARIANT(mode == STORE_READ_ONLY || mode == STORE_BESIDE);
    return open_format(folder, format, mode, map_size, 0, ret);
}

void lookups_close(struct lookups *lookups)
{
    if (lookups == NULL) {
        return;
    }
    store_abort(&lookups->view);
    store_close(lookups->store);
    overlay_destroy(lookups->overlay);
    overlay_destroy(lookups->sealed);
    free(lookups);
}

enum custody_status lookups_drop(const char *folder)
{
    return lookups_drop_older(folder, LOOKUPS_FORMAT);
}

enum custody_status lookups_drop_older(const char *folder, uint32_t format)
{
    char path[PATH_BYTES];
    return make_path(folder, format, path) ? store_remove(path) : CUSTODY_ERR_INVALID;
}

uint64_t lookups_committed(const struct lookups *lookups)
{
    return lookups->position.entries;
}

uint64_t lookups_reflected(const struct lookups *lookups)
{
    return lookups->reflected;
}

bool lookups_is_full(const struct lookups *lookups)
{
    return lookups_overlay(lookups) > lookups->overlay_max ||
           overlay_count(lookups->overlay) > CHANGES_MAX;
}

size_t lookups_overlay(const struct lookups *lookups)
{
    return overlay_bytes(lookups->overlay) + overlay_bytes(lookups->sealed);
}

size_t lookups_pending_changes(const struct lookups *lookups)
{
    return overlay_count(lookups->overlay) + overlay_count(lookups->sealed);
}

/* What the layers that are not on disk say of a row, the newest first. */
static enum overlay_state
find_change(const struct lookups *lookups, struct span row_key, struct span *ret)
{
    return overlay_find_newest(lookups->overlay, lookups->sealed, row_key, ret);
}

enum custody_status
lookups_get(struct lookups *lookups, enum lookups_table table, struct span key, struct span *ret)
{
    struct row_key row_key;
    uint64_t hash;
    if (!make_key(table, key, &row_key)) {
        return CUSTODY_ERR_INVALID;
    }
    switch (find_change(lookups, span_of_key(&row_key), ret)) {
    case OVERLAY_VALUE:
        return CUSTODY_OK;
    case OVERLAY_GONE:
        return CUSTODY_ERR_NOT_FOUND;
    case OVERLAY_NONE:
        break;
    }
    if (lookups->view == NULL) {
        enum custody_status status = store_snapshot(lookups->store, &lookups->view);
        if (status != CUSTODY_OK) {
            return status;
        }
    }
    return get_row(lookups->view, lookups->table, span_of_key(&row_key), ret, &hash);
}

enum custody_status
lookups_put(struct lookups *lookups, enum lookups_table table, struct span key, struct span value)
{
    struct row_key row_key;
    INVARIANT(table >= LOOKUPS_NAMES && table < LOOKUPS_POSITION);
    if (!make_key(table, key, &row_key) || value.len > LOOKUPS_VALUE_MAX) {
        return CUSTODY_ERR_INVALID;
    }
    return overlay_put(lookups->overlay, span_of_key(&row_key), &value) ? CUSTODY_OK
                                                                        : CUSTODY_ERR_MEMORY;
}

enum custody_status
lookups_delete(struct lookups *lookups, enum lookups_table table, struct span key)
{
    struct row_key row_key;
    INVARIANT(table >= LOOKUPS_NAMES && table < LOOKUPS_POSITION);
    if (!make_key(table, key, &row_key)) {
        return CUSTODY_ERR_INVALID;
    }
    return overlay_put(lookups->overlay, span_of_key(&row_key), NULL) ? CUSTODY_OK
                                                                      : CUSTODY_ERR_MEMORY;
}

size_t lookups_mark(const struct lookups *lookups)
{
    return overlay_mark(lookups->overlay);
}

void lookups_revert(struct lookups *lookups, size_t mark)
{
    overlay_revert(lookups->overlay, mark);
}

enum custody_status lookups_accept(struct lookups *lookups, uint64_t entries)
{
    INVARIANT(entries >= lookups->reflected);
    overlay_accept(lookups->overlay);
    lookups->reflected = entries;
    return CUSTODY_OK;
}

void lookups_discard(struct lookups *lookups)
{
    overlay_revert(lookups->overlay, 0);
}

static void fill_row(uint8_t *row, struct span value, uint64_t hash)
{
    bytes_put_u32(row, (uint32_t)(hash >> 32));
    if (value.len > 0) {
        memcpy(row + CHECKSUM_SIZE, value.data, value.len);
    }
}

static void uncount(struct tally *tally, uint64_t hash)
{
    tally->count--;
    tally->sum -= hash;
}

/* Most changes are of rows that are not there yet: they are put first, and looked at only when that does not succeed. */
static enum custody_status
project_value(struct store_cursor *cursor, struct span key, struct span value, struct tally *tally)
{
    struct span row, old;
    uint8_t *room;
    uint64_t old_hash, hash = hash_of(key, value);
    enum custody_status status =
        store_cursor_insert(cursor, key, CHECKSUM_SIZE + value.len, &room, &row);
    if (status == CUSTODY_ERR_EXISTS) {
        if (!open_row(key, row, &old, &old_hash)) {
            return CUSTODY_ERR_CORRUPT;
        }
        if (span_is_equal(old, value)) {
            return CUSTODY_OK;
        }
        uncount(tally, old_hash);
        status = store_cursor_replace(cursor, key, CHECKSUM_SIZE + value.len, &room);
    }
    if (status == CUSTODY_OK) {
        fill_row(room, value, hash);
        tally->count++;
        tally->sum += hash;
    }
    return status;
}

static enum custody_status
project_delete(struct store_cursor *cursor, struct span key, struct tally *tally)
{
    struct span row, old;
    uint64_t hash;
    enum custody_status status = store_cursor_find(cursor, key, &row);
    if (status != CUSTODY_OK) {
        return status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_OK : status;
    }
    if (!open_row(key, row, &old, &hash)) {
        return CUSTODY_ERR_CORRUPT;
    }
    uncount(tally, hash);
    return store_cursor_delete(cursor);
}

/* What is sealed, in the order of its keys, and then the position behind it all. */
static enum custody_status
project_changes(struct lookups *lookups, struct store_cursor *cursor, struct position *position)
{
    struct overlay_change *const *changes;
    struct tally unused = {0};
    struct row_key key;
    uint8_t bytes[POSITION_SIZE];
    size_t count = overlay_sort(lookups->sealed, &changes);
    for (size_t i = 0; i < count; i++) {
        struct span row_key = span_of(changes[i]->key, changes[i]->key_len);
        struct span value = span_of(changes[i]->value, changes[i]->value_len);
        struct tally *tally = &position->tallies[row_key.data[0]];
        enum custody_status status = changes[i]->state == OVERLAY_VALUE
                                         ? project_value(cursor, row_key, value, tally)
                                         : project_delete(cursor, row_key, tally);
        if (status != CUSTODY_OK) {
            return status;
        }
    }
    position->entries = lookups->sealed_reflected;
    make_key(LOOKUPS_POSITION, span_of(NULL, 0), &key);
    return project_value(cursor, span_of_key(&key), span_of(bytes, write_position(position, bytes)),
                         &unused);
}

bool lookups_seal(struct lookups *lookups)
{
    INVARIANT(overlay_mark(lookups->overlay) == 0);
    if (lookups->is_sealed) {
        return true;
    }
    if (overlay_count(lookups->overlay) == 0 && lookups->reflected == lookups->position.entries) {
        return false;
    }
    struct overlay *empty = lookups->sealed;
    lookups->sealed = lookups->overlay;
    lookups->overlay = empty;
    lookups->sealed_reflected = lookups->reflected;
    lookups->is_sealed = true;
    lookups->is_projected = false;
    return true;
}

enum custody_status lookups_project(struct lookups *lookups)
{
    INVARIANT(lookups->is_sealed && !lookups->is_projected);
    struct position position = lookups->position;
    struct store_txn *txn = NULL;
    struct store_cursor *cursor = NULL;
    enum custody_status status = store_begin(lookups->store, &txn);
    if (status == CUSTODY_OK) {
        status = store_cursor_open(txn, lookups->table, &cursor);
    }
    if (status == CUSTODY_OK) {
        status = project_changes(lookups, cursor, &position);
    }
    store_cursor_close(cursor);
    if (status == CUSTODY_OK) {
        status = store_commit(&txn);
    }
    store_abort(&txn);
    if (status == CUSTODY_OK) {
        lookups->projected = position;
        lookups->is_projected = true;
    }
    return status;
}

void lookups_release(struct lookups *lookups)
{
    INVARIANT(lookups->is_sealed && lookups->is_projected);
    overlay_clear(lookups->sealed);
    lookups->position = lookups->projected;
    lookups->is_sealed = false;
    store_abort(&lookups->view);
}

enum custody_status lookups_flush(struct lookups *lookups)
{
    while (lookups_seal(lookups)) {
        enum custody_status status = lookups->is_projected ? CUSTODY_OK : lookups_project(lookups);
        if (status != CUSTODY_OK) {
            return status;
        }
        lookups_release(lookups);
    }
    return CUSTODY_OK;
}

uint64_t lookups_used(struct lookups *lookups)
{
    return store_used(lookups->store);
}

enum custody_status lookups_snapshot_begin(struct lookups *lookups, struct lookups_snapshot **ret)
{
    struct position position;
    struct lookups_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    if (snapshot == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    snapshot->lookups = lookups;
    enum custody_status status = store_snapshot(lookups->store, &snapshot->txn);
    if (status == CUSTODY_OK) {
        status = read_position(lookups, snapshot->txn, &position);
    }
    if (status != CUSTODY_OK) {
        lookups_snapshot_end(snapshot);
        return status;
    }
    snapshot->position = position.entries;
    *ret = snapshot;
    return CUSTODY_OK;
}

void lookups_snapshot_end(struct lookups_snapshot *snapshot)
{
    if (snapshot == NULL) {
        return;
    }
    store_abort(&snapshot->txn);
    free(snapshot);
}

uint64_t lookups_snapshot_position(const struct lookups_snapshot *snapshot)
{
    return snapshot->position;
}

static bool find_tile(const struct lookups_snapshot *snapshot, struct span key, struct span *ret)
{
    for (uint32_t i = 0; i < TILES_KEPT; i++) {
        if (snapshot->tiles[i].key_len == key.len && key.len > 0 &&
            memcmp(snapshot->tiles[i].key, key.data, key.len) == 0) {
            *ret = snapshot->tiles[i].value;
            return true;
        }
    }
    return false;
}

static void keep_tile(struct lookups_snapshot *snapshot, struct span key, struct span value)
{
    uint32_t at = snapshot->next_tile;
    if (key.len == 0 || key.len > TILE_KEY_MAX) {
        return;
    }
    memcpy(snapshot->tiles[at].key, key.data, key.len);
    snapshot->tiles[at].key_len = key.len;
    snapshot->tiles[at].value = value;
    snapshot->next_tile = (at + 1) % TILES_KEPT;
}

enum custody_status lookups_snapshot_get(struct lookups_snapshot *snapshot,
                                         enum lookups_table table,
                                         struct span key,
                                         struct span *ret)
{
    struct row_key row_key;
    struct span row;
    uint64_t hash;
    if (!make_key(table, key, &row_key)) {
        return CUSTODY_ERR_INVALID;
    }
    snapshot->reads++;
    if (table == LOOKUPS_TILES && find_tile(snapshot, key, ret)) {
        return CUSTODY_OK;
    }
    enum custody_status status =
        store_get(snapshot->txn, snapshot->lookups->table, span_of_key(&row_key), &row);
    if (status != CUSTODY_OK) {
        return status;
    }
    if (row.data == snapshot->verified) {
        *ret = span_of(row.data + CHECKSUM_SIZE, row.len - CHECKSUM_SIZE);
        return CUSTODY_OK;
    }
    if (!open_row(span_of_key(&row_key), row, ret, &hash)) {
        return CUSTODY_ERR_CORRUPT;
    }
    snapshot->verified = row.data;
    if (table == LOOKUPS_TILES) {
        keep_tile(snapshot, key, *ret);
    }
    return CUSTODY_OK;
}

static bool starts_with(struct span bytes, struct span prefix)
{
    return bytes.len >= prefix.len && memcmp(bytes.data, prefix.data, prefix.len) == 0;
}

uint64_t lookups_snapshot_reads(const struct lookups_snapshot *snapshot)
{
    return snapshot->reads;
}

enum custody_status lookups_snapshot_scan(struct lookups_snapshot *snapshot,
                                          enum lookups_table table,
                                          struct span prefix,
                                          struct span from,
                                          lookups_visit *visit,
                                          void *context)
{
    struct row_key start, fixed;
    struct span key, row, value;
    uint64_t hash;
    struct store_cursor *cursor = NULL;
    if (!make_key(table, prefix, &fixed) ||
        !make_key(table, from.len > 0 ? from : prefix, &start)) {
        return CUSTODY_ERR_INVALID;
    }
    enum custody_status status =
        store_cursor_open(snapshot->txn, snapshot->lookups->table, &cursor);
    if (status != CUSTODY_OK) {
        return status;
    }
    status = store_cursor_seek(cursor, span_of_key(&start), &key, &row);
    snapshot->reads++;
    while (status == CUSTODY_OK && starts_with(key, span_of_key(&fixed))) {
        snapshot->reads++;
        if (!open_row(key, row, &value, &hash)) {
            status = CUSTODY_ERR_CORRUPT;
            break;
        }
        if (!visit(context, span_of(key.data + 1, key.len - 1), value)) {
            break;
        }
        status = store_cursor_next(cursor, &key, &row);
    }
    store_cursor_close(cursor);
    return status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_OK : status;
}

/* Keys of one table: byte by byte, the shorter one first. */
static bool is_before(struct span a, struct span b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    return order < 0 || (order == 0 && a.len < b.len);
}

/* Where a scan begins, what its keys begin with, where it ends; each with the byte of its table. */
struct scanned_range {
    struct row_key prefix, from, until;
    bool has_end;
};

static bool is_in_range(struct span key, const struct scanned_range *range)
{
    return starts_with(key, span_of_key(&range->prefix)) &&
           !is_before(key, span_of_key(&range->from)) &&
           (!range->has_end || is_before(key, span_of_key(&range->until)));
}

/* Rows that LMDB has and no change that is not flushed yet says otherwise of. */
static enum custody_status scan_flushed(struct lookups *lookups,
                                        const struct scanned_range *range,
                                        lookups_visit *visit,
                                        void *context,
                                        bool *ret_stopped)
{
    struct store_cursor *cursor = NULL;
    struct span key, row, value;
    uint64_t hash;
    enum custody_status status = store_cursor_open(lookups->view, lookups->table, &cursor);
    if (status != CUSTODY_OK) {
        return status;
    }
    status = store_cursor_seek(cursor, span_of_key(&range->from), &key, &row);
    while (status == CUSTODY_OK && is_in_range(key, range) && !*ret_stopped) {
        if (!open_row(key, row, &value, &hash)) {
            status = CUSTODY_ERR_CORRUPT;
            break;
        }
        struct span changed;
        if (find_change(lookups, key, &changed) == OVERLAY_NONE) {
            *ret_stopped = !visit(context, span_of(key.data + 1, key.len - 1), value);
        }
        status = store_cursor_next(cursor, &key, &row);
    }
    store_cursor_close(cursor);
    return status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_OK : status;
}

/* Rows of one layer that no newer layer says otherwise of. */
static bool scan_layer(const struct overlay *layer,
                       const struct overlay *newer,
                       const struct scanned_range *range,
                       lookups_visit *visit,
                       void *context)
{
    struct span newest;
    for (size_t i = 0; i < overlay_count(layer); i++) {
        const struct overlay_change *change = overlay_at(layer, i);
        struct span key = span_of(change->key, change->key_len);
        if (change->state == OVERLAY_VALUE && is_in_range(key, range) &&
            (newer == NULL || overlay_find(newer, key, &newest) == OVERLAY_NONE) &&
            !visit(context, span_of(key.data + 1, key.len - 1),
                   span_of(change->value, change->value_len))) {
            return false;
        }
    }
    return true;
}

enum custody_status lookups_scan(struct lookups *lookups,
                                 enum lookups_table table,
                                 struct span prefix,
                                 struct span from,
                                 struct span until,
                                 lookups_visit *visit,
                                 void *context)
{
    struct scanned_range range = {.has_end = until.len > 0};
    bool is_stopped = false;
    enum custody_status status = CUSTODY_OK;
    if (!make_key(table, prefix, &range.prefix) ||
        !make_key(table, from.len > 0 ? from : prefix, &range.from) ||
        !make_key(table, until, &range.until)) {
        return CUSTODY_ERR_INVALID;
    }
    if (lookups->view == NULL) {
        status = store_snapshot(lookups->store, &lookups->view);
    }
    if (status == CUSTODY_OK) {
        status = scan_flushed(lookups, &range, visit, context, &is_stopped);
    }
    if (status == CUSTODY_OK && !is_stopped &&
        scan_layer(lookups->sealed, lookups->overlay, &range, visit, context)) {
        scan_layer(lookups->overlay, NULL, &range, visit, context);
    }
    return status;
}

static const char *name_of(struct span row_key)
{
    unsigned table = row_key.len > 0 ? row_key.data[0] : 0;
    return table_names[table < LOOKUPS_TABLES ? table : 0];
}

/* "records 0100000000000007: what" */
static void describe(struct span row_key, const char *what, char *ret, size_t cap)
{
    char hex[2 * LOOKUPS_KEY_MAX + 1] = "";
    if (row_key.len > 1) {
        size_t len = row_key.len - 1 < LOOKUPS_KEY_MAX ? row_key.len - 1 : LOOKUPS_KEY_MAX;
        bytes_write_hex(span_of(row_key.data + 1, len), hex);
    }
    snprintf(ret, cap, "%s %s: %s", name_of(row_key), hex, what);
}

/* A walk over all rows of one snapshot. */
struct walk {
    struct store_txn *txn;
    struct store_cursor *cursor;
    struct span key, row;
    enum custody_status status; /* NOT_FOUND at the end */
};

static void walk_begin(struct walk *walk, struct lookups *lookups)
{
    memset(walk, 0, sizeof(*walk));
    walk->status = store_snapshot(lookups->store, &walk->txn);
    if (walk->status == CUSTODY_OK) {
        walk->status = store_cursor_open(walk->txn, lookups->table, &walk->cursor);
    }
    if (walk->status == CUSTODY_OK) {
        walk->status = store_cursor_seek(walk->cursor, span_of(NULL, 0), &walk->key, &walk->row);
    }
}

static void walk_next(struct walk *walk)
{
    walk->status = store_cursor_next(walk->cursor, &walk->key, &walk->row);
}

static void walk_end(struct walk *walk)
{
    store_cursor_close(walk->cursor);
    store_abort(&walk->txn);
}

static int compare_keys(struct span a, struct span b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* What is wrong between two rows, NULL when nothing is. */
static const char *difference(const struct walk *a, const struct walk *b, struct span *ret_key)
{
    bool a_ends = a->status == CUSTODY_ERR_NOT_FOUND;
    bool b_ends = b->status == CUSTODY_ERR_NOT_FOUND;
    int order = a_ends ? 1 : b_ends ? -1 : compare_keys(a->key, b->key);
    *ret_key = order > 0 ? b->key : a->key;
    if (order != 0) {
        return order < 0 ? "is only in the first" : "is only in the second";
    }
    return span_is_equal(a->row, b->row) ? NULL : "has another value in each";
}

enum custody_status lookups_compare(struct lookups *a, struct lookups *b, char *ret, size_t cap)
{
    struct walk x, y;
    struct span key;
    const char *what = NULL;
    walk_begin(&x, a);
    walk_begin(&y, b);
    while (
        (x.status == CUSTODY_OK && (y.status == CUSTODY_OK || y.status == CUSTODY_ERR_NOT_FOUND)) ||
        (x.status == CUSTODY_ERR_NOT_FOUND && y.status == CUSTODY_OK)) {
        what = difference(&x, &y, &key);
        if (what != NULL) {
            describe(key, what, ret, cap);
            break;
        }
        walk_next(&x);
        walk_next(&y);
    }
    enum custody_status status = x.status;
    if (what != NULL) {
        status = CUSTODY_ERR_CORRUPT;
    } else if (x.status == CUSTODY_ERR_NOT_FOUND) {
        status = y.status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_OK : y.status;
    }
    walk_end(&x);
    walk_end(&y);
    return status;
}

/* Tallies counted against tallies kept. */
static bool
compare_tallies(const struct position *counted, const struct position *kept, char *ret, size_t cap)
{
    for (unsigned i = 1; i <= COUNTED; i++) {
        const struct tally *a = &counted->tallies[i], *b = &kept->tallies[i];
        if (a->count != b->count || a->sum != b->sum) {
            snprintf(ret, cap, "%s: %llu rows are there, %llu should be%s", table_names[i],
                     (unsigned long long)a->count, (unsigned long long)b->count,
                     a->count == b->count ? ", and their sum differs" : "");
            return false;
        }
    }
    return true;
}

/* Whoever asks for this key comes to this row: what leads there was not hurt. */
static bool is_found_by_key(const struct walk *walk, uint32_t table, struct span key)
{
    struct span row;
    return store_get(walk->txn, table, key, &row) == CUSTODY_OK;
}

/* Is the walk's row as it should be, and where it should be, behind `last`? */
static const char *scrub_row(const struct lookups *lookups,
                             const struct walk *walk,
                             struct span last,
                             uint64_t *ret_hash)
{
    struct span value;
    if (!open_row(walk->key, walk->row, &value, ret_hash) || walk->key.data[0] == 0 ||
        walk->key.data[0] >= LOOKUPS_TABLES)
        return "the row is damaged";
    if (last.len > 0 && compare_keys(last, walk->key) >= 0)
        return "the row is not in its place";
    /* Within a page the order is enough; from page to page the pages above must lead to both sides of the edge. */
    bool is_edge = (uintptr_t)last.data / PAGE_BYTES != (uintptr_t)walk->key.data / PAGE_BYTES;
    if (is_edge && (!is_found_by_key(walk, lookups->table, walk->key) ||
                    (last.len > 0 && !is_found_by_key(walk, lookups->table, last))))
        return "the way to the row is damaged";
    return NULL;
}

enum custody_status lookups_scrub(struct lookups *lookups, char *ret, size_t cap)
{
    struct walk walk;
    struct position kept, counted = {0};
    struct span last = {0};
    uint64_t rows = 0;
    walk_begin(&walk, lookups);
    for (; walk.status == CUSTODY_OK; walk_next(&walk)) {
        uint64_t hash;
        const char *what = scrub_row(lookups, &walk, last, &hash);
        if (what != NULL) {
            describe(walk.key, what, ret, cap);
            walk_end(&walk);
            return CUSTODY_ERR_CORRUPT;
        }
        last = walk.key;
        counted.tallies[walk.key.data[0]].count++;
        counted.tallies[walk.key.data[0]].sum += hash;
        rows++;
    }
    enum custody_status status = walk.status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_OK : walk.status;
    if (status == CUSTODY_OK) {
        status = read_position(lookups, walk.txn, &kept);
    }
    if (status == CUSTODY_OK) {
        snprintf(ret, cap, "%llu rows are in order", (unsigned long long)rows);
        status = compare_tallies(&counted, &kept, ret, cap) ? CUSTODY_OK : CUSTODY_ERR_CORRUPT;
    } else {
        snprintf(ret, cap, "the rows cannot be read: %s", custody_status_sentence(status));
    }
    walk_end(&walk);
    return status;
}
