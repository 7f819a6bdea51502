/* holdings.c: one pass over each kind of file in a backup.
 * Never takes a file's word for what the checkpoint can say. */
#include "daemon/ledger/holdings.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/ledger/seal.h"
#include "daemon/ledger/segment.h"

enum { FILE_MAX = 512 << 20, PROGRESS_EVERY = 4096 };

__attribute__((format(printf, 3, 4))) static enum custody_status
fail(struct holdings *holdings, enum custody_status status, const char *format, ...)
{
    if (holdings->sentence[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(holdings->sentence, sizeof(holdings->sentence), format, arguments);
        va_end(arguments);
    }
    return status;
}

static enum custody_status
fail_file(struct holdings *holdings, const struct inventory_file *file, enum custody_status status)
{
    char name[INVENTORY_NAME_MAX];
    inventory_file_name(file, name);
    return fail(holdings, status, "%s: %s", name,
                status == CUSTODY_ERR_CORRUPT ? "is not what was written there"
                                              : custody_status_sentence(status));
}

static enum custody_status
open_file(struct holdings *holdings, const struct inventory_file *file, struct segment_reader **ret)
{
    char name[INVENTORY_NAME_MAX];
    inventory_file_name(file, name);
    enum custody_status status = segment_open(holdings->place, name, ret);
    return status == CUSTODY_OK ? status : fail_file(holdings, file, status);
}

/* --- opening ------------------------------------------------------------------------------- */

enum custody_status holdings_read_file(struct holdings *holdings,
                                       const struct inventory_file *file,
                                       uint8_t **ret,
                                       size_t *ret_len)
{
    struct segment_reader *reader = NULL;
    enum custody_status status = open_file(holdings, file, &reader);
    if (status != CUSTODY_OK) {
        return status;
    }
    size_t len = (size_t)segment_left(reader);
    uint8_t *bytes = len > FILE_MAX ? NULL : malloc(len + 1);
    if (bytes == NULL) {
        status = len > FILE_MAX ? CUSTODY_ERR_CORRUPT : CUSTODY_ERR_MEMORY;
    }
    if (status == CUSTODY_OK) {
        status = segment_read(reader, bytes, len);
    }
    if (status == CUSTODY_OK) {
        status = segment_check(reader, file->bytes, &file->digest);
    }
    segment_close(reader);
    if (status != CUSTODY_OK) {
        free(bytes);
        return fail_file(holdings, file, status);
    }
    *ret = bytes;
    *ret_len = len;
    return CUSTODY_OK;
}

static enum custody_status read_checkpoint(struct holdings *holdings)
{
    const struct inventory *inventory = &holdings->inventory;
    const struct inventory_file *file = inventory_find(inventory, INVENTORY_CHECKPOINT, 0);
    uint8_t *note = NULL;
    size_t len = 0;
    if (file == NULL) {
        return fail(holdings, CUSTODY_ERR_CORRUPT, "the inventory names no checkpoint");
    }
    enum custody_status status = holdings_read_file(holdings, file, &note, &len);
    if (status != CUSTODY_OK) {
        return status;
    }
    if (len == 0 || len > sizeof(holdings->note) ||
        checkpoint_verify(span_of(note, len), inventory->origin, inventory->ledger_key,
                          &holdings->head) != CHECKPOINT_OK ||
        holdings->head.size != inventory->entries ||
        !digest_is_equal(&holdings->head.root, &inventory->root)) {
        free(note);
        return fail(holdings, CUSTODY_ERR_EVIDENCE,
                    "the checkpoint is not the ledger's own, or not of these entries");
    }
    memcpy(holdings->note, note, len);
    holdings->note_len = len;
    free(note);
    return CUSTODY_OK;
}

enum custody_status
holdings_open_with(const char *place, struct inventory *inventory, struct holdings *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->place = place;
    ret->inventory = *inventory;
    memset(inventory, 0, sizeof(*inventory));
    return read_checkpoint(ret);
}

enum custody_status holdings_open(const char *place, struct holdings *ret)
{
    struct inventory inventory;
    memset(ret, 0, sizeof(*ret));
    enum custody_status status = inventory_read(place, &inventory);
    if (status != CUSTODY_OK) {
        return fail(ret, status, "%s: %s", place,
                    status == CUSTODY_ERR_NOT_FOUND ? "there is no backup"
                                                    : "the inventory cannot be read");
    }
    return holdings_open_with(place, &inventory, ret);
}

void holdings_done(struct holdings *holdings)
{
    inventory_done(&holdings->inventory);
    sodium_free(holdings->secret);
    sodium_free(holdings->keys);
    memset(holdings, 0, sizeof(*holdings));
}

/* --- secrets ------------------------------------------------------------------------------- */

static int compare_keys(const void *a, const void *b)
{
    return memcmp(((const struct holdings_key *)a)->name.bytes,
                  ((const struct holdings_key *)b)->name.bytes, DIGEST_SIZE);
}

/* The next piece, opened into `plain`. */
static enum custody_status pull(struct segment_reader *reader,
                                struct seal *seal,
                                uint8_t sealed[static HOLDINGS_ROW_MAX],
                                uint8_t plain[static HOLDINGS_ROW_MAX],
                                size_t *ret_len,
                                bool *ret_is_last)
{
    size_t len = 0;
    enum custody_status status = segment_read_counted(reader, sealed, HOLDINGS_ROW_MAX, &len);
    if (status != CUSTODY_OK) {
        return status;
    }
    *ret_len = len < SEAL_OVERHEAD ? 0 : len - SEAL_OVERHEAD;
    return seal_pull(seal, span_of(sealed, len), plain, ret_is_last);
}

static enum custody_status take_secrets(struct holdings *holdings,
                                        struct segment_reader *reader,
                                        struct seal *seal,
                                        size_t room)
{
    uint8_t *sealed = malloc(HOLDINGS_ROW_MAX), *plain = sodium_malloc(HOLDINGS_ROW_MAX);
    size_t len = 0;
    bool is_last = false;
    enum custody_status status = sealed == NULL || plain == NULL
                                     ? CUSTODY_ERR_MEMORY
                                     : pull(reader, seal, sealed, plain, &len, &is_last);
    if (status == CUSTODY_OK && (len > HOLDINGS_SECRET_MAX || is_last)) {
        status = CUSTODY_ERR_CORRUPT;
    }
    if (status == CUSTODY_OK) {
        memcpy(holdings->secret, plain, len);
        holdings->secret_len = len;
    }
    while (status == CUSTODY_OK && !is_last) {
        status = pull(reader, seal, sealed, plain, &len, &is_last);
        size_t count = len / sizeof(struct holdings_key);
        if (status == CUSTODY_OK &&
            (len % sizeof(struct holdings_key) != 0 || count > room - holdings->key_count)) {
            status = CUSTODY_ERR_CORRUPT;
        }
        if (status == CUSTODY_OK && count > 0) {
            memcpy(holdings->keys + holdings->key_count, plain, len);
            holdings->key_count += count;
        }
    }
    free(sealed);
    sodium_free(plain);
    return status;
}

_Static_assert(sizeof(struct holdings_key) == DIGEST_SIZE + ANNEX_KEY_SIZE,
               "keys are read as they were written");

enum custody_status holdings_unseal(struct holdings *holdings, struct span passphrase)
{
    const struct inventory_file *file = inventory_find(&holdings->inventory, INVENTORY_SECRETS, 0);
    struct segment_reader *reader = NULL;
    struct seal *seal = NULL;
    uint8_t head[SEAL_HEAD];
    if (file == NULL || file->count > file->bytes / sizeof(struct holdings_key)) {
        return fail(holdings, CUSTODY_ERR_CORRUPT, "the inventory names no keys");
    }
    enum custody_status status = open_file(holdings, file, &reader);
    if (status != CUSTODY_OK) {
        return status;
    }
    holdings->secret = sodium_malloc(HOLDINGS_SECRET_MAX);
    holdings->keys = sodium_allocarray((size_t)file->count + 1, sizeof(*holdings->keys));
    if (holdings->secret == NULL || holdings->keys == NULL) {
        status = CUSTODY_ERR_MEMORY;
    }
    if (status == CUSTODY_OK) {
        status = segment_read(reader, head, sizeof(head));
    }
    if (status == CUSTODY_OK) {
        status = seal_open(passphrase, head, &seal);
    }
    if (status == CUSTODY_OK) {
        status = take_secrets(holdings, reader, seal, (size_t)file->count);
    }
    if (status == CUSTODY_OK) {
        status = segment_check(reader, file->bytes, &file->digest);
    }
    if (status == CUSTODY_OK && holdings->key_count != file->count) {
        status = CUSTODY_ERR_CORRUPT;
    }
    seal_done(&seal);
    segment_close(reader);
    if (status == CUSTODY_ERR_EVIDENCE) {
        return fail(holdings, status, "the passphrase does not open the keys");
    }
    if (status != CUSTODY_OK) {
        return fail_file(holdings, file, status);
    }
    qsort(holdings->keys, holdings->key_count, sizeof(*holdings->keys), compare_keys);
    return CUSTODY_OK;
}

/* --- entries ------------------------------------------------------------------------------- */

struct walk {
    struct holdings *holdings;
    struct merkle_edge edge;
    holdings_take *take;
    holdings_progress *progress;
    void *context;
    uint8_t entry[ENTRY_SIZE_MAX];
};

static enum custody_status walk_entry(struct walk *walk, size_t len)
{
    struct holdings *holdings = walk->holdings;
    struct span bytes = span_of(walk->entry, len);
    struct entry entry;
    uint64_t number = walk->edge.size;
    if (!entry_parse(bytes, &entry) || entry.number != number) {
        return CUSTODY_ERR_CORRUPT;
    }
    holdings->last_leaf = merkle_leaf(bytes);
    holdings->last_recorded_at_us = entry.recorded_at_us;
    enum custody_status status =
        walk->take == NULL ? CUSTODY_OK
                           : walk->take(walk->context, number, bytes, &holdings->last_leaf);
    merkle_edge_append(&walk->edge, &holdings->last_leaf);
    if (walk->progress != NULL && walk->edge.size % PROGRESS_EVERY == 0) {
        walk->progress(walk->context, walk->edge.size, holdings->inventory.entries);
    }
    return status;
}

static enum custody_status walk_file(struct walk *walk, const struct inventory_file *file)
{
    struct holdings *holdings = walk->holdings;
    struct segment_reader *reader = NULL;
    enum custody_status status = open_file(holdings, file, &reader);
    if (status != CUSTODY_OK) {
        return status;
    }
    for (uint64_t i = 0; i < file->count && status == CUSTODY_OK; i++) {
        size_t len = 0;
        status = segment_read_counted(reader, walk->entry, sizeof(walk->entry), &len);
        if (status == CUSTODY_OK) {
            status = walk_entry(walk, len);
        }
    }
    if (status == CUSTODY_OK) {
        status = segment_check(reader, file->bytes, &file->digest);
    }
    segment_close(reader);
    return status == CUSTODY_OK ? status : fail_file(holdings, file, status);
}

enum custody_status holdings_walk_entries(struct holdings *holdings,
                                          holdings_take *take,
                                          holdings_progress *progress,
                                          void *context)
{
    struct walk *walk = calloc(1, sizeof(*walk));
    if (walk == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    walk->holdings = holdings;
    walk->take = take;
    walk->progress = progress;
    walk->context = context;
    merkle_edge_init(&walk->edge);
    enum custody_status status = CUSTODY_OK;
    for (size_t i = 0; i < holdings->inventory.file_count && status == CUSTODY_OK; i++) {
        const struct inventory_file *file = &holdings->inventory.files[i];
        if (file->kind == INVENTORY_ENTRIES) {
            status = file->from == walk->edge.size ? walk_file(walk, file)
                                                   : fail_file(holdings, file, CUSTODY_ERR_CORRUPT);
        }
    }
    if (status == CUSTODY_OK) {
        struct digest root = merkle_edge_root(&walk->edge);
        if (walk->edge.size != holdings->head.size ||
            !digest_is_equal(&root, &holdings->head.root)) {
            status = fail(holdings, CUSTODY_ERR_EVIDENCE,
                          "the entries do not add up to the signed checkpoint");
        }
    }
    free(walk);
    return status;
}

/* --- annex --------------------------------------------------------------------------------- */

static const struct holdings_key *find_key(const struct holdings *holdings,
                                           const struct digest *name)
{
    const struct holdings_key wanted = {.name = *name};
    return bsearch(&wanted, holdings->keys, holdings->key_count, sizeof(*holdings->keys),
                   compare_keys);
}

static bool key_is_erased(const struct holdings_key *key)
{
    return sodium_is_zero(key->key, sizeof(key->key)) == 1;
}

static enum custody_status walk_records(struct holdings *holdings,
                                        struct segment_reader *reader,
                                        const struct inventory_file *file,
                                        annex_visit *visit,
                                        void *context,
                                        uint64_t *found)
{
    uint8_t *row = malloc(HOLDINGS_ROW_MAX);
    enum custody_status status = row == NULL ? CUSTODY_ERR_MEMORY : CUSTODY_OK;
    for (uint64_t i = 0; i < file->count && status == CUSTODY_OK; i++) {
        struct annex_kept kept = {0};
        size_t len = 0;
        status = segment_read(reader, kept.name.bytes, DIGEST_SIZE);
        if (status == CUSTODY_OK) {
            status = segment_read_counted(reader, row, HOLDINGS_ROW_MAX, &len);
        }
        const struct holdings_key *key = find_key(holdings, &kept.name);
        if (status == CUSTODY_OK && key == NULL) {
            status = CUSTODY_ERR_CORRUPT;
        }
        if (status != CUSTODY_OK || key_is_erased(key)) {
            continue; /* erased since: its key is gone, and what is left of it says nothing */
        }
        kept.row = span_of(row, len);
        kept.key = key->key;
        ++*found;
        status = annex_check_kept(&kept);
        if (status == CUSTODY_OK && visit != NULL) {
            status = visit(context, &kept);
        }
    }
    free(row);
    return status == CUSTODY_OK ? segment_check(reader, file->bytes, &file->digest) : status;
}

enum custody_status
holdings_walk_annex(struct holdings *holdings, annex_visit *visit, void *context)
{
    uint64_t found = 0, living = 0;
    enum custody_status status = CUSTODY_OK;
    for (size_t i = 0; i < holdings->key_count && status == CUSTODY_OK; i++) {
        struct annex_kept kept = {.name = holdings->keys[i].name};
        bool is_erased = key_is_erased(&holdings->keys[i]);
        living += is_erased ? 0 : 1;
        if (is_erased && visit != NULL) {
            status = visit(context, &kept);
        }
    }
    for (size_t i = 0; i < holdings->inventory.file_count && status == CUSTODY_OK; i++) {
        const struct inventory_file *file = &holdings->inventory.files[i];
        struct segment_reader *reader = NULL;
        if (file->kind != INVENTORY_ANNEX) {
            continue;
        }
        status = open_file(holdings, file, &reader);
        if (status != CUSTODY_OK) {
            return status;
        }
        status = walk_records(holdings, reader, file, visit, context, &found);
        segment_close(reader);
        if (status != CUSTODY_OK) {
            return fail_file(holdings, file, status);
        }
    }
    if (status == CUSTODY_OK && found != living) {
        return fail(holdings, CUSTODY_ERR_CORRUPT, "%llu of %llu records are missing",
                    (unsigned long long)(living - found), (unsigned long long)living);
    }
    return status;
}

/* --- all of it ----------------------------------------------------------------------------- */

static enum custody_status verify_others(struct holdings *holdings)
{
    enum custody_status status = CUSTODY_OK;
    for (size_t i = 0; i < holdings->inventory.file_count && status == CUSTODY_OK; i++) {
        const struct inventory_file *file = &holdings->inventory.files[i];
        uint8_t *bytes = NULL;
        size_t len;
        if (file->kind == INVENTORY_ACCESS || file->kind == INVENTORY_CONFIGURATION) {
            status = holdings_read_file(holdings, file, &bytes, &len);
            free(bytes);
        }
    }
    return status;
}

enum custody_status holdings_verify(struct holdings *holdings,
                                    struct span passphrase,
                                    holdings_progress *progress,
                                    void *context)
{
    enum custody_status status = holdings_unseal(holdings, passphrase);
    if (status == CUSTODY_OK) {
        status = holdings_walk_entries(holdings, NULL, progress, context);
    }
    if (status == CUSTODY_OK) {
        status = holdings_walk_annex(holdings, NULL, NULL);
    }
    return status == CUSTODY_OK ? verify_others(holdings) : status;
}
