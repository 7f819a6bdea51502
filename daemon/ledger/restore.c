/* restore.c: entries appended in batches, records put back as they were.
 * Never signs: the last head is the ledger's own, those in between are nobody's and are overwritten. */
#include "daemon/ledger/restore.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/journal.h"
#include "daemon/ledger/lookups.h"
#include "daemon/ledger/segment.h"

enum { RECORDS = 256 };

struct restoring {
    struct holdings *holdings;
    struct journal *journal;
    struct annex *annex;
    holdings_progress *progress;
    void *context;
    uint8_t passing_key[SECRET_KEY_SIZE]; /* of heads that the next batch replaces */
    uint64_t batched;
    struct annex_kept kept[RECORDS];
    uint8_t *rows;
    size_t count, rows_len;
};

/* --- entries ------------------------------------------------------------------------------- */

static size_t sign(void *context, const struct checkpoint *checkpoint, uint8_t *ret)
{
    const struct restoring *restoring = context;
    const struct holdings *holdings = restoring->holdings;
    if (checkpoint->size < holdings->head.size) {
        return checkpoint_sign(checkpoint, restoring->passing_key, ret, CHECKPOINT_SIZE_MAX);
    }
    memcpy(ret, holdings->note, holdings->note_len);
    return holdings->note_len;
}

static enum custody_status commit(struct restoring *restoring)
{
    enum custody_status status = journal_commit(
        restoring->journal, restoring->holdings->inventory.origin, sign, restoring, NULL);
    restoring->batched = 0;
    /* INVALID: the checkpoint says another root than these entries have. */
    return status == CUSTODY_ERR_INVALID ? CUSTODY_ERR_EVIDENCE : status;
}

static enum custody_status
take_entry(void *context, uint64_t number, struct span bytes, const struct digest *leaf)
{
    struct restoring *restoring = context;
    enum custody_status status = CUSTODY_OK;
    if (restoring->batched == 0) {
        status = journal_begin(restoring->journal);
    }
    if (status == CUSTODY_OK) {
        status = journal_append(restoring->journal, bytes, leaf);
    }
    restoring->batched++;
    bool is_end =
        restoring->batched == JOURNAL_BATCH_MAX || number + 1 == restoring->holdings->head.size;
    return status == CUSTODY_OK && is_end ? commit(restoring) : status;
}

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    const struct restoring *restoring = context;
    if (restoring->progress != NULL) {
        restoring->progress(restoring->context, done, total);
    }
}

static enum custody_status
restore_entries(struct restoring *restoring, const char *folder, uint64_t map_size)
{
    char path[SEGMENT_PATH_MAX];
    uint8_t seed[SEED_SIZE], public_key[PUBLIC_KEY_SIZE];
    if (!segment_path(folder, "journal", path)) {
        return CUSTODY_ERR_INVALID;
    }
    randombytes_buf(seed, sizeof(seed));
    digest_key_from_seed(seed, public_key, restoring->passing_key);
    enum custody_status status = journal_open(path, STORE_CREATE, map_size, &restoring->journal);
    if (status == CUSTODY_OK) {
        status = holdings_walk_entries(restoring->holdings, take_entry, show_progress, restoring);
    }
    journal_close(restoring->journal);
    restoring->journal = NULL;
    return status;
}

/* --- annex --------------------------------------------------------------------------------- */

static enum custody_status put_records(struct restoring *restoring)
{
    enum custody_status status =
        restoring->count == 0 ? CUSTODY_OK
                              : annex_put_kept(restoring->annex, restoring->kept, restoring->count);
    restoring->count = 0;
    restoring->rows_len = 0;
    return status;
}

static enum custody_status take_record(void *context, const struct annex_kept *kept)
{
    struct restoring *restoring = context;
    struct annex_kept *copy = &restoring->kept[restoring->count++];
    *copy = *kept;
    if (kept->row.len > 0) {
        uint8_t *row = restoring->rows + restoring->rows_len;
        memcpy(row, kept->row.data, kept->row.len);
        copy->row.data = row;
        restoring->rows_len += kept->row.len;
    }
    bool is_full = restoring->count == RECORDS ||
                   restoring->rows_len > (size_t)(RECORDS - 1) * HOLDINGS_ROW_MAX;
    return is_full ? put_records(restoring) : CUSTODY_OK;
}

static enum custody_status
restore_annex(struct restoring *restoring, const char *folder, uint64_t map_size)
{
    char path[SEGMENT_PATH_MAX];
    if (!segment_path(folder, "annex", path)) {
        return CUSTODY_ERR_INVALID;
    }
    restoring->rows = malloc((size_t)RECORDS * HOLDINGS_ROW_MAX);
    enum custody_status status = restoring->rows == NULL
                                     ? CUSTODY_ERR_MEMORY
                                     : annex_open(path, STORE_CREATE, map_size, &restoring->annex);
    if (status == CUSTODY_OK) {
        status = holdings_walk_annex(restoring->holdings, take_record, restoring);
    }
    if (status == CUSTODY_OK) {
        status = put_records(restoring);
    }
    annex_close(restoring->annex);
    free(restoring->rows);
    return status;
}

/* --- access log ---------------------------------------------------------------------------- */

static enum custody_status
restore_day(struct holdings *holdings, const struct inventory_file *file, const char *folder)
{
    char name[INVENTORY_NAME_MAX];
    struct segment_writer *writer = NULL;
    uint8_t *bytes = NULL;
    size_t len = 0;
    uint64_t written;
    struct digest digest;
    snprintf(name, sizeof(name), "%08" PRIu64 ".log", file->from);
    enum custody_status status = holdings_read_file(holdings, file, &bytes, &len);
    if (status == CUSTODY_OK) {
        status = segment_create(folder, name, &writer);
    }
    if (status == CUSTODY_OK) {
        segment_write(writer, span_of(bytes, len));
        status = segment_finish(&writer, &written, &digest);
    }
    free(bytes);
    return status;
}

static enum custody_status restore_access(struct holdings *holdings, const char *folder)
{
    char path[SEGMENT_PATH_MAX];
    bool is_made = false;
    enum custody_status status =
        segment_path(folder, "access", path) ? CUSTODY_OK : CUSTODY_ERR_INVALID;
    for (size_t i = 0; i < holdings->inventory.file_count && status == CUSTODY_OK; i++) {
        const struct inventory_file *file = &holdings->inventory.files[i];
        if (file->kind != INVENTORY_ACCESS) {
            continue;
        }
        if (!is_made && mkdir(path, 0700) != 0) {
            return segment_status_of_errno();
        }
        is_made = true;
        status = restore_day(holdings, file, path);
    }
    return status;
}

/* --- the folder ---------------------------------------------------------------------------- */

static enum custody_status remove_access(const char *folder)
{
    char path[SEGMENT_PATH_MAX], file[SEGMENT_PATH_MAX];
    if (!segment_path(folder, "access", path)) {
        return CUSTODY_ERR_INVALID;
    }
    DIR *days = opendir(path);
    if (days == NULL) {
        return errno == ENOENT ? CUSTODY_OK : segment_status_of_errno();
    }
    enum custody_status status = CUSTODY_OK;
    for (struct dirent *entry; status == CUSTODY_OK && (entry = readdir(days)) != NULL;) {
        if (strstr(entry->d_name, ".log") != NULL &&
            (!segment_path(path, entry->d_name, file) || unlink(file) != 0)) {
            status = segment_status_of_errno();
        }
    }
    closedir(days);
    return status == CUSTODY_OK && rmdir(path) != 0 ? segment_status_of_errno() : status;
}

enum custody_status restore_remove(const char *folder)
{
    static const char *const stores[] = {"journal", "annex"};
    char path[SEGMENT_PATH_MAX];
    if (access(folder, F_OK) != 0) {
        return errno == ENOENT ? CUSTODY_OK : segment_status_of_errno();
    }
    enum custody_status status = lookups_drop(folder);
    for (size_t i = 0; i < 2 && status == CUSTODY_OK; i++) {
        status = segment_path(folder, stores[i], path) ? store_remove(path) : CUSTODY_ERR_INVALID;
    }
    if (status == CUSTODY_OK) {
        status = remove_access(folder);
    }
    return status == CUSTODY_OK && rmdir(folder) != 0 ? segment_status_of_errno() : status;
}

enum custody_status restore_ledger(struct holdings *holdings,
                                   const char *folder,
                                   uint64_t map_size,
                                   holdings_progress *progress,
                                   void *context)
{
    if (mkdir(folder, 0700) != 0) {
        return segment_status_of_errno();
    }
    struct restoring *restoring = calloc(1, sizeof(*restoring));
    if (restoring == NULL) {
        rmdir(folder);
        return CUSTODY_ERR_MEMORY;
    }
    restoring->holdings = holdings;
    restoring->progress = progress;
    restoring->context = context;
    enum custody_status status = restore_entries(restoring, folder, map_size);
    if (status == CUSTODY_OK) {
        status = restore_annex(restoring, folder, map_size);
    }
    if (status == CUSTODY_OK) {
        status = restore_access(holdings, folder);
    }
    if (status == CUSTODY_OK) {
        status = segment_sync_folder(folder);
    }
    sodium_memzero(restoring, sizeof(*restoring));
    free(restoring);
    if (status != CUSTODY_OK) {
        enum custody_status removed = restore_remove(folder);
        return removed == CUSTODY_ERR_IO ? removed : status;
    }
    return status;
}
