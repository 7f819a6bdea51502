/* succession.c: two renames.
 * Never replaces a key, nor a mark of the ledger that it finishes. */
#include "daemon/service/succession.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ledger/journal.h"
#include "daemon/ledger/mark.h"
#include "daemon/ledger/segment.h"

bool succession_path(const char *file, char ret[static SUCCESSION_PATH])
{
    int len = snprintf(ret, SUCCESSION_PATH, "%s.successor", file);
    return len > 0 && len < SUCCESSION_PATH;
}

enum custody_status succession_read_keys(const struct ledger_options *options,
                                         struct ledger_keys *ret)
{
    char passing[SUCCESSION_PATH];
    enum custody_status status = ledger_keys_read(options->key_file, ret);
    if (status != CUSTODY_ERR_NOT_FOUND)
        return status;
    return succession_path(options->key_file, passing) ? ledger_keys_read(passing, ret)
                                                       : CUSTODY_ERR_INVALID;
}

static bool succession_signed(struct span note, const struct ledger_keys *keys)
{
    struct checkpoint head;
    return checkpoint_verify(note, keys->origin, keys->public_key, &head) == CHECKPOINT_OK;
}

/* Another ledger's folder, put back by hand beside what an attempt left, is not the successor. */
static bool succession_stands(const struct ledger_options *options, const struct ledger_keys *keys)
{
    char path[SEGMENT_PATH_MAX];
    struct journal *journal = NULL;
    struct journal_snapshot *snapshot = NULL;
    uint64_t map_size = options->map_size == 0 ? UINT64_C(1) << 40 : options->map_size;
    bool stands = segment_path(options->data, "journal", path) && access(path, F_OK) == 0 &&
                  journal_open(path, STORE_BESIDE, map_size, &journal) == CUSTODY_OK &&
                  journal_snapshot_begin(journal, &snapshot) == CUSTODY_OK &&
                  succession_signed(journal_snapshot_head(snapshot), keys);
    journal_snapshot_end(snapshot);
    journal_close(journal);
    return stands;
}

bool succession_is_open(const struct ledger_options *options, struct ledger_keys *ret)
{
    char passing[SUCCESSION_PATH];
    uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t len;
    if (!succession_path(options->mark_file, passing) ||
        mark_read(passing, note, sizeof note, &len) != CUSTODY_OK ||
        succession_read_keys(options, ret) != CUSTODY_OK)
        return false;
    if (succession_signed(span_of(note, len), ret) && succession_stands(options, ret))
        return true;
    ledger_keys_done(ret);
    return false;
}

/* For good: the folder is synced. */
static enum custody_status succession_name(const char *file, char *ret_sentence)
{
    char passing[SUCCESSION_PATH], folder[SUCCESSION_PATH + 4];
    if (!succession_path(file, passing))
        return CUSTODY_ERR_INVALID;
    if (rename(passing, file) != 0) {
        enum custody_status status = segment_status_of_errno();
        snprintf(ret_sentence, 240, "%.100s cannot be renamed: %s", passing, strerror(errno));
        return status;
    }
    const char *slash = strrchr(file, '/');
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - file) + 1,
             slash == NULL ? "." : file);
    return segment_sync_folder(folder);
}

enum custody_status succession_finish(const struct ledger_options *options,
                                      char ret_sentence[static 240])
{
    char passing[SUCCESSION_PATH];
    if (!succession_path(options->key_file, passing))
        return CUSTODY_ERR_INVALID;
    if (access(passing, F_OK) == 0) {
        if (access(options->key_file, F_OK) == 0) {
            snprintf(ret_sentence, 240, "%.180s is there already", options->key_file);
            return CUSTODY_ERR_EXISTS;
        }
        enum custody_status status = succession_name(options->key_file, ret_sentence);
        if (status != CUSTODY_OK)
            return status;
    }
    return succession_name(options->mark_file, ret_sentence);
}
