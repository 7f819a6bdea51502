/* annex.c: encrypted records and their keys, in two tables.
 * Never gives out a record that is not what its name says. */
#include "daemon/ledger/annex.h"

#include <sodium.h>
#include <stdlib.h>

#include "daemon/base/logger.h"

enum {
    KEY_SIZE = crypto_secretbox_KEYBYTES,
    NONCE_SIZE = crypto_secretbox_NONCEBYTES,
    OVERHEAD = NONCE_SIZE + crypto_secretbox_MACBYTES,
};

_Static_assert((int)KEY_SIZE == (int)ANNEX_KEY_SIZE, "the header says how long a key is");

struct annex {
    struct store *store;
    uint32_t records;
    uint32_t keys;
};

enum custody_status
annex_open(const char *path, enum store_mode mode, uint64_t map_size, struct annex **ret)
{
    struct annex *annex = calloc(1, sizeof(*annex));
    if (annex == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    enum custody_status status = store_open(path, mode, map_size, 2, &annex->store);
    if (status == CUSTODY_OK) {
        status = store_table(annex->store, "records", false, &annex->records);
    }
    if (status == CUSTODY_OK) {
        status = store_table(annex->store, "keys", false, &annex->keys);
    }
    if (status != CUSTODY_OK) {
        annex_close(annex);
        return status;
    }
    *ret = annex;
    return CUSTODY_OK;
}

void annex_close(struct annex *annex)
{
    if (annex == NULL) {
        return;
    }
    store_close(annex->store);
    free(annex);
}

uint64_t annex_used(struct annex *annex)
{
    return store_used(annex->store);
}

static struct span span_of_digest(const struct digest *digest)
{
    return span_of(digest->bytes, sizeof(digest->bytes));
}

static enum custody_status
put_encrypted(struct annex *annex, struct store_txn *txn, struct span name, struct span record)
{
    uint8_t key[KEY_SIZE];
    uint8_t *row = malloc(OVERHEAD + record.len);
    if (row == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    randombytes_buf(key, sizeof(key));
    randombytes_buf(row, NONCE_SIZE);
    crypto_secretbox_easy(row + NONCE_SIZE, record.data, record.len, row, key);
    enum custody_status status =
        store_put(txn, annex->records, name, span_of(row, OVERHEAD + record.len));
    if (status == CUSTODY_OK) {
        status = store_put(txn, annex->keys, name, span_of(key, sizeof(key)));
    }
    sodium_memzero(key, sizeof(key));
    free(row);
    return status;
}

enum custody_status annex_put(struct annex *annex, const struct span *records, size_t count)
{
    struct store_txn *txn = NULL;
    bool is_new = false;
    enum custody_status status = store_begin(annex->store, &txn);
    for (size_t i = 0; i < count && status == CUSTODY_OK; i++) {
        if (records[i].len < SALT_SIZE) {
            status = CUSTODY_ERR_INVALID;
            break;
        }
        struct digest digest = digest_sha256(records[i]);
        struct span key;
        status = store_get(txn, annex->keys, span_of_digest(&digest), &key);
        if (status == CUSTODY_ERR_NOT_FOUND) {
            is_new = true;
            status = put_encrypted(annex, txn, span_of_digest(&digest), records[i]);
        }
    }
    if (status == CUSTODY_OK && is_new) {
        status = store_commit(&txn);
    }
    store_abort(&txn);
    return status;
}

/* An empty key says erased; zeros, that a power loss came between the wiping and the commit after it. */
static bool is_erased(struct span key)
{
    return key.len == 0 || (key.len == KEY_SIZE && sodium_is_zero(key.data, key.len));
}

/* `skip`: bytes of the record that are not asked for: the salt, or none. */
static enum custody_status decrypt(struct span row,
                                   struct span key,
                                   const struct digest *digest,
                                   size_t skip,
                                   uint8_t *ret,
                                   size_t cap,
                                   size_t *ret_len)
{
    if (key.len != KEY_SIZE || row.len < OVERHEAD + SALT_SIZE) {
        return CUSTODY_ERR_CORRUPT;
    }
    size_t len = row.len - OVERHEAD;
    if (len - skip > cap) {
        return CUSTODY_ERR_INVALID;
    }
    uint8_t *record = malloc(len);
    if (record == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    enum custody_status status = CUSTODY_ERR_CORRUPT;
    if (crypto_secretbox_open_easy(record, row.data + NONCE_SIZE, row.len - NONCE_SIZE, row.data,
                                   key.data) == 0) {
        struct digest actual = digest_sha256(span_of(record, len));
        if (digest_is_equal(&actual, digest)) {
            memcpy(ret, record + skip, len - skip);
            *ret_len = len - skip;
            status = CUSTODY_OK;
        }
    }
    sodium_memzero(record, len);
    free(record);
    return status;
}

static enum custody_status get(struct annex *annex,
                               const struct digest *digest,
                               size_t skip,
                               uint8_t *ret,
                               size_t cap,
                               size_t *ret_len)
{
    struct store_txn *txn = NULL;
    struct span key, row;
    enum custody_status status = store_snapshot(annex->store, &txn);
    if (status == CUSTODY_OK) {
        status = store_get(txn, annex->keys, span_of_digest(digest), &key);
    }
    if (status == CUSTODY_OK && is_erased(key)) {
        status = CUSTODY_ERR_NOT_FOUND;
    }
    if (status == CUSTODY_OK) {
        status = store_get(txn, annex->records, span_of_digest(digest), &row);
        status = status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_ERR_CORRUPT : status;
    }
    if (status == CUSTODY_OK) {
        status = decrypt(row, key, digest, skip, ret, cap, ret_len);
    }
    store_abort(&txn);
    return status;
}

enum custody_status annex_get(
    struct annex *annex, const struct digest *digest, uint8_t *ret, size_t cap, size_t *ret_len)
{
    return get(annex, digest, SALT_SIZE, ret, cap, ret_len);
}

enum custody_status annex_get_salted(
    struct annex *annex, const struct digest *digest, uint8_t *ret, size_t cap, size_t *ret_len)
{
    return get(annex, digest, 0, ret, cap, ret_len);
}

bool annex_is_erased(struct annex *annex, const struct digest *digest)
{
    struct store_txn *txn = NULL;
    struct span key;
    bool erased = store_snapshot(annex->store, &txn) == CUSTODY_OK &&
                  store_get(txn, annex->keys, span_of_digest(digest), &key) == CUSTODY_OK &&
                  is_erased(key);
    store_abort(&txn);
    return erased;
}

/* The key first: from here on nobody can read the record, whatever becomes of the commit that follows. */
static enum custody_status wipe_key(struct annex *annex, struct span name, bool *ret_is_done)
{
    struct store_txn *txn = NULL;
    struct span key = {0}, row;
    *ret_is_done = false;
    enum custody_status status = store_snapshot(annex->store, &txn);
    if (status == CUSTODY_OK) {
        status = store_get(txn, annex->keys, name, &key);
    }
    if (status == CUSTODY_OK && key.len == 0) {
        *ret_is_done = store_get(txn, annex->records, name, &row) == CUSTODY_ERR_NOT_FOUND;
    }
    if (status == CUSTODY_OK && !is_erased(key)) {
        status = store_wipe(annex->store, key);
    }
    store_abort(&txn);
    return status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_OK : status;
}

enum custody_status annex_erase(struct annex *annex, const struct digest *digest)
{
    struct store_txn *txn = NULL;
    struct span name = span_of_digest(digest);
    bool is_done = false;
    enum custody_status status = wipe_key(annex, name, &is_done);
    if (is_done) {
        return CUSTODY_OK;
    }
    if (status == CUSTODY_OK) {
        status = store_begin(annex->store, &txn);
    }
    if (status == CUSTODY_OK) {
        status = store_put(txn, annex->keys, name, span_of("", 0));
    }
    if (status == CUSTODY_OK) {
        status = store_delete(txn, annex->records, name);
        status = status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_OK : status;
    }
    if (status == CUSTODY_OK) {
        status = store_commit(&txn);
    }
    store_abort(&txn);
    return status;
}

/* --- copies -------------------------------------------------------------------------------- */

static enum custody_status visit_row(struct annex *annex,
                                     struct store_txn *txn,
                                     struct span name,
                                     struct span key,
                                     annex_visit *visit,
                                     void *context)
{
    struct annex_kept kept = {0};
    if (name.len != DIGEST_SIZE) {
        return CUSTODY_ERR_CORRUPT;
    }
    memcpy(kept.name.bytes, name.data, DIGEST_SIZE);
    if (!is_erased(key)) {
        enum custody_status status = store_get(txn, annex->records, name, &kept.row);
        if (status != CUSTODY_OK || key.len != KEY_SIZE) {
            return status == CUSTODY_OK || status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_ERR_CORRUPT
                                                                           : status;
        }
        kept.key = key.data;
    }
    return visit(context, &kept);
}

enum custody_status annex_walk(struct annex *annex,
                               const struct digest *after,
                               size_t most,
                               annex_visit *visit,
                               void *context,
                               struct digest *ret_last,
                               size_t *ret_count)
{
    struct store_txn *txn = NULL;
    struct store_cursor *cursor = NULL;
    struct span name, key;
    size_t count = 0;
    enum custody_status status = store_snapshot(annex->store, &txn);
    if (status == CUSTODY_OK) {
        status = store_cursor_open(txn, annex->keys, &cursor);
    }
    if (status == CUSTODY_OK) {
        status = store_cursor_seek(cursor, after == NULL ? span_of(NULL, 0) : span_of_digest(after),
                                   &name, &key);
        if (status == CUSTODY_OK && after != NULL && span_is_equal(name, span_of_digest(after))) {
            status = store_cursor_next(cursor, &name, &key);
        }
    }
    while (status == CUSTODY_OK && count < most) {
        status = visit_row(annex, txn, name, key, visit, context);
        if (status == CUSTODY_OK) {
            memcpy(ret_last->bytes, name.data, DIGEST_SIZE);
            count++;
            status = store_cursor_next(cursor, &name, &key);
        }
    }
    store_cursor_close(cursor);
    store_abort(&txn);
    *ret_count = count;
    return status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_OK : status;
}

enum custody_status annex_put_kept(struct annex *annex, const struct annex_kept *kept, size_t count)
{
    struct store_txn *txn = NULL;
    enum custody_status status = store_begin(annex->store, &txn);
    for (size_t i = 0; i < count && status == CUSTODY_OK; i++) {
        struct span name = span_of_digest(&kept[i].name);
        status = store_put(txn, annex->keys, name,
                           kept[i].key == NULL ? span_of("", 0) : span_of(kept[i].key, KEY_SIZE));
        if (status == CUSTODY_OK && kept[i].key != NULL) {
            status = store_put(txn, annex->records, name, kept[i].row);
        }
    }
    if (status == CUSTODY_OK) {
        status = store_commit(&txn);
    }
    store_abort(&txn);
    return status;
}

enum custody_status annex_check_kept(const struct annex_kept *kept)
{
    size_t len;
    if (kept->key == NULL) {
        return CUSTODY_OK;
    }
    uint8_t *record = malloc(kept->row.len + 1);
    if (record == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    enum custody_status status = decrypt(kept->row, span_of(kept->key, KEY_SIZE), &kept->name, 0,
                                         record, kept->row.len, &len);
    sodium_memzero(record, kept->row.len);
    free(record);
    return status;
}
