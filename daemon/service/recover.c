/* recover.c: restored beside, opened, and only then put in its place.
 * Never takes the place of anything that is there. */
#include "daemon/service/recover.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/custody.pb-c.h"
#include "proto/lineage.h"
#include "daemon/base/logger.h"
#include "daemon/ledger/mark.h"
#include "daemon/ledger/restore.h"
#include "daemon/ledger/segment.h"
#include "daemon/service/found.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/roots.h"
#include "daemon/service/succession.h"

enum { RECOVER_PATH = 512 };

struct recovery {
    const struct recover_options *options;
    struct recover_report *report;
    char *sentence;
    struct holdings holdings;
    struct ledger_keys keys; /* the ledger's that was backed up */
    char folder[RECOVER_PATH], key_file[SUCCESSION_PATH], mark_file[SUCCESSION_PATH];
    struct ledger *ledger;
    /* Of a successor. */
    struct ledger_keys own;
    uint8_t newest[CHECKPOINT_SIZE_MAX];
    size_t newest_len;
    bool has_written_keys, has_written_card;
};

static enum custody_status
recover_fail(struct recovery *recovery, enum custody_status status, const char *sentence)
{
    if (recovery->sentence[0] == 0)
        snprintf(recovery->sentence, 240, "%s", sentence);
    return status;
}

/* ---- the backup -------------------------------------------------------------------------------- */

static enum custody_status recover_open(struct recovery *recovery)
{
    struct holdings *holdings = &recovery->holdings;
    enum custody_status status = holdings_open(recovery->options->place, holdings);
    if (status == CUSTODY_OK)
        status = holdings_unseal(holdings, recovery->options->passphrase);
    if (status != CUSTODY_OK)
        return recover_fail(recovery, status, holdings->sentence);
    status = ledger_keys_parse(span_of(holdings->secret, holdings->secret_len), &recovery->keys);
    if (status == CUSTODY_OK)
        ledger_keys_settle(&recovery->keys, span_of(holdings->note, holdings->note_len));
    if (status != CUSTODY_OK || strcmp(recovery->keys.origin, holdings->inventory.origin) != 0 ||
        memcmp(recovery->keys.public_key, holdings->inventory.ledger_key, PUBLIC_KEY_SIZE) != 0)
        return recover_fail(recovery, CUSTODY_ERR_EVIDENCE,
                            "the backup's keys are not those of the ledger that it names");
    return CUSTODY_OK;
}

static void recover_tell(struct recovery *recovery)
{
    struct recover_report *report = recovery->report;
    report->entries = recovery->holdings.head.size;
    report->root = recovery->holdings.head.root;
    report->last_leaf = recovery->holdings.last_leaf;
    report->last_recorded_at_us = recovery->holdings.last_recorded_at_us;
    report->made_at_us = recovery->holdings.inventory.made_at_us;
    memcpy(report->origin, recovery->keys.origin, sizeof report->origin);
}

/* Restored under a name of its own, beside where it will stand. */
static enum custody_status recover_restore(struct recovery *recovery, const char *suffix)
{
    const struct recover_options *options = recovery->options;
    int len =
        snprintf(recovery->folder, sizeof recovery->folder, "%s.%s", options->ledger.data, suffix);
    if (len < 0 || (size_t)len >= sizeof recovery->folder)
        return recover_fail(recovery, CUSTODY_ERR_INVALID, "the data folder's path is too long");
    enum custody_status status = restore_remove(recovery->folder);
    if (status != CUSTODY_OK) {
        recovery->folder[0] = 0;
        return recover_fail(recovery, status, "the folder of an earlier attempt cannot be removed");
    }
    uint64_t map_size =
        options->ledger.map_size == 0 ? UINT64_C(1) << 40 : options->ledger.map_size;
    status = restore_ledger(&recovery->holdings, recovery->folder, map_size, options->progress,
                            options->context);
    if (status != CUSTODY_OK)
        return recover_fail(recovery, status,
                            recovery->holdings.sentence[0] != 0 ? recovery->holdings.sentence
                                                                : custody_status_sentence(status));
    recover_tell(recovery);
    return CUSTODY_OK;
}

/* Open what was restored: this compares it with the mark, makes the look-ups, and compares roots. */
static enum custody_status
recover_look(struct recovery *recovery, const char *key_file, const char *mark_file, bool succeeds)
{
    struct ledger_options open = recovery->options->ledger;
    open.data = recovery->folder;
    open.key_file = key_file;
    open.mark_file = mark_file;
    open.read_only = false;
    open.is_succeeding = succeeds;
    return ledger_open(&open, recovery->options->progress, recovery->options->context,
                       recovery->sentence, &recovery->ledger);
}

static enum custody_status recover_check_place(struct recovery *recovery)
{
    const char *data = recovery->options->ledger.data;
    if (access(data, F_OK) != 0)
        return CUSTODY_OK;
    if (rmdir(data) == 0)
        return CUSTODY_OK;
    snprintf(recovery->sentence, 240, "%s is there already and is not empty", data);
    return CUSTODY_ERR_EXISTS;
}

/* From here on it is the ledger, and its keys and card stay: what is left to do the next start does. */
static enum custody_status recover_put(struct recovery *recovery)
{
    char parent[RECOVER_PATH + 4];
    const char *data = recovery->options->ledger.data;
    snprintf(parent, sizeof parent, "%s/..", data);
    if (rename(recovery->folder, data) != 0)
        return recover_fail(recovery, segment_status_of_errno(),
                            "the restored folder cannot be renamed");
    recovery->folder[0] = 0;
    recovery->has_written_keys = recovery->has_written_card = false;
    return segment_sync_folder(parent);
}

static struct recovery *recover_begin(const struct recover_options *options,
                                      char *ret_sentence,
                                      struct recover_report *report)
{
    struct recovery *recovery = calloc(1, sizeof *recovery);
    ret_sentence[0] = 0;
    memset(report, 0, sizeof *report);
    if (recovery == NULL || !digest_init()) {
        free(recovery);
        return NULL;
    }
    recovery->options = options;
    recovery->report = report;
    recovery->sentence = ret_sentence;
    return recovery;
}

static enum custody_status recover_end(struct recovery *recovery, enum custody_status status)
{
    ledger_close(recovery->ledger);
    if (recovery->folder[0] != 0)
        (void)!restore_remove(recovery->folder);
    if (status != CUSTODY_OK && recovery->has_written_keys)
        unlink(recovery->key_file);
    if (status != CUSTODY_OK && recovery->has_written_card)
        unlink(recovery->options->card_file);
    if (status != CUSTODY_OK)
        recover_fail(recovery, status, custody_status_sentence(status));
    holdings_done(&recovery->holdings);
    ledger_keys_done(&recovery->keys);
    ledger_keys_done(&recovery->own);
    free(recovery);
    return status;
}

/* ---- the same ledger ----------------------------------------------------------------------------- */

/* The newest checkpoint of the lost ledger that the mark file holds; NOT_FOUND when there is no file. */
static enum custody_status
recover_read_mark(struct recovery *recovery, struct checkpoint *ret, uint8_t *note, size_t *len)
{
    enum custody_status status =
        mark_read(recovery->options->ledger.mark_file, note, CHECKPOINT_SIZE_MAX, len);
    if (status != CUSTODY_OK)
        return status;
    struct span found = span_of(note, *len);
    enum checkpoint_verdict verdict =
        checkpoint_verify(found, recovery->keys.origin, recovery->keys.public_key, ret);
    /* The ledger's key was changed after this backup: whoever signed it, the mark is newer. */
    if (verdict == CHECKPOINT_UNSIGNED && checkpoint_parse(found, ret) &&
        ret->size > recovery->holdings.head.size)
        verdict = CHECKPOINT_OK;
    if (verdict != CHECKPOINT_OK)
        status = recover_fail(recovery, CUSTODY_ERR_EVIDENCE,
                              "the mark file holds no checkpoint of the ledger in the backup");
    return status;
}

static enum custody_status recover_check_mark(struct recovery *recovery)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t len;
    struct checkpoint mark;
    enum custody_status status = recover_read_mark(recovery, &mark, note, &len);
    if (status == CUSTODY_ERR_NOT_FOUND)
        return recover_fail(
            recovery, status,
            "there is no mark file, so nothing says that nothing was recorded after "
            "this backup: make a successor (--successor)");
    if (status != CUSTODY_OK)
        return status;
    recovery->report->newest_size = mark.size;
    if (mark.size > recovery->holdings.head.size) {
        snprintf(recovery->sentence, 240,
                 "%llu entries were recorded and published after this backup of %llu: take a newer "
                 "one, or make a successor (--successor)",
                 (unsigned long long)(mark.size - recovery->holdings.head.size),
                 (unsigned long long)recovery->holdings.head.size);
        return CUSTODY_ERR_ROLLBACK;
    }
    return CUSTODY_OK;
}

/* The ledger's keys in their file: as they are there, or as they were backed up. */
static enum custody_status recover_keys(struct recovery *recovery)
{
    struct ledger_keys there;
    const char *path = recovery->options->ledger.key_file;
    enum custody_status status = ledger_keys_read(path, &there);
    if (status == CUSTODY_ERR_NOT_FOUND) {
        snprintf(recovery->key_file, sizeof recovery->key_file, "%s", path);
        status = ledger_keys_write(path, &recovery->keys);
        recovery->has_written_keys = status == CUSTODY_OK;
        return status == CUSTODY_OK
                   ? status
                   : recover_fail(recovery, status, "the key file cannot be written");
    }
    if (status == CUSTODY_OK)
        ledger_keys_settle(&there, span_of(recovery->holdings.note, recovery->holdings.note_len));
    bool is_same = status == CUSTODY_OK && strcmp(there.origin, recovery->keys.origin) == 0 &&
                   memcmp(there.public_key, recovery->keys.public_key, PUBLIC_KEY_SIZE) == 0;
    ledger_keys_done(&there);
    if (status == CUSTODY_OK && !is_same)
        status = CUSTODY_ERR_EXISTS;
    return status == CUSTODY_OK
               ? status
               : recover_fail(recovery, status, "the key file that is there is not this ledger's");
}

enum custody_status recover_same(const struct recover_options *options,
                                 char ret_sentence[static 240],
                                 struct recover_report *ret)
{
    struct recovery *recovery = recover_begin(options, ret_sentence, ret);
    if (recovery == NULL)
        return CUSTODY_ERR_MEMORY;
    enum custody_status status = recover_open(recovery);
    if (status == CUSTODY_OK)
        status = recover_check_mark(recovery);
    if (status == CUSTODY_OK)
        status = recover_check_place(recovery);
    if (status == CUSTODY_OK)
        status = recover_restore(recovery, "restoring");
    if (status == CUSTODY_OK)
        status = recover_keys(recovery);
    if (status == CUSTODY_OK)
        status = recover_look(recovery, options->ledger.key_file, options->ledger.mark_file, false);
    if (status == CUSTODY_OK) {
        ledger_close(recovery->ledger);
        recovery->ledger = NULL;
        status = recover_put(recovery);
    }
    return recover_end(recovery, status);
}

enum custody_status recover_drill(const struct recover_options *options,
                                  char ret_sentence[static 240],
                                  struct recover_report *ret)
{
    char key_file[RECOVER_PATH + 16];
    struct recovery *recovery = recover_begin(options, ret_sentence, ret);
    if (recovery == NULL)
        return CUSTODY_ERR_MEMORY;
    enum custody_status status = recover_open(recovery);
    if (status == CUSTODY_OK)
        status = recover_restore(recovery, "drill");
    if (status == CUSTODY_OK) {
        snprintf(key_file, sizeof key_file, "%s.key", recovery->folder);
        snprintf(recovery->mark_file, sizeof recovery->mark_file, "%s.mark", recovery->folder);
        unlink(recovery->mark_file);
        unlink(key_file);
        status = ledger_keys_write(key_file, &recovery->keys);
    }
    if (status == CUSTODY_OK)
        status = recover_look(recovery, key_file, recovery->mark_file, false);
    ledger_close(recovery->ledger);
    recovery->ledger = NULL;
    if (recovery->mark_file[0] != 0) {
        unlink(key_file);
        unlink(recovery->mark_file);
    }
    return recover_end(recovery, status);
}

/* ---- a successor ---------------------------------------------------------------------------------- */

static void recover_take_newest(struct recovery *recovery, struct span note, uint64_t size)
{
    if (size < recovery->report->newest_size || note.len > sizeof recovery->newest)
        return;
    memcpy(recovery->newest, note.data, note.len);
    recovery->newest_len = note.len;
    recovery->report->newest_size = size;
}

/* Of the backup's own head, the mark and what the caller brought, the newest. */
static enum custody_status recover_find_newest(struct recovery *recovery)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t len;
    struct checkpoint found;
    struct span brought = recovery->options->newest;
    recover_take_newest(recovery, span_of(recovery->holdings.note, recovery->holdings.note_len),
                        recovery->holdings.head.size);
    enum custody_status status = recover_read_mark(recovery, &found, note, &len);
    if (status == CUSTODY_OK)
        recover_take_newest(recovery, span_of(note, len), found.size);
    else if (status != CUSTODY_ERR_NOT_FOUND)
        return status;
    if (brought.len == 0)
        return CUSTODY_OK;
    if (checkpoint_verify(brought, recovery->keys.origin, recovery->keys.public_key, &found) !=
        CHECKPOINT_OK)
        return recover_fail(recovery, CUSTODY_ERR_EVIDENCE,
                            "the checkpoint given is not one of the ledger in the backup");
    recover_take_newest(recovery, brought, found.size);
    return CUSTODY_OK;
}

static enum custody_status recover_found(struct recovery *recovery)
{
    struct root roots[2];
    struct root_statement found, countersigned;
    char division[8];
    enum custody_status status =
        roots_find(recovery->ledger, recovery->options->root_seeds, roots, recovery->sentence);
    if (status != CUSTODY_OK)
        goto done;
    const struct book_ledger *known = book_ledger(recovery->ledger->book);
    Custody__V1__Predecessor predecessor = CUSTODY__V1__PREDECESSOR__INIT;
    Custody__V1__FoundLedgerBody body = CUSTODY__V1__FOUND_LEDGER_BODY__INIT;
    ProtobufCBinaryData keys[2] = {{PUBLIC_KEY_SIZE, roots[0].public_key},
                                   {PUBLIC_KEY_SIZE, roots[1].public_key}};
    snprintf(division, sizeof division, "%06u", known->division % 1000000);
    predecessor.origin = recovery->keys.origin;
    predecessor.restored_size = recovery->holdings.head.size;
    predecessor.restored_root =
        (ProtobufCBinaryData){DIGEST_SIZE, recovery->holdings.head.root.bytes};
    predecessor.newest_checkpoint = (ProtobufCBinaryData){recovery->newest_len, recovery->newest};
    body.origin = recovery->own.origin;
    body.ledger_key = (ProtobufCBinaryData){PUBLIC_KEY_SIZE, recovery->own.public_key};
    body.n_root_keys = 2;
    body.root_keys = keys;
    body.predecessor = &predecessor;
    body.division = division;
    body.utc_offset_minutes = known->utc_offset_minutes;
    roots_sign(recovery->ledger, &roots[0], CUSTODY__V1__ACT__ACT_FOUND_LEDGER, &body.base,
               recovery->options->now_us, &found);
    status = roots_submit(recovery->ledger, &found, 1, CUSTODY_OUTCOME_granted,
                          recovery->options->now_us, recovery->sentence);
    if (status != CUSTODY_OK)
        goto done;
    Custody__V1__StatementName target = CUSTODY__V1__STATEMENT_NAME__INIT;
    Custody__V1__CountersignBody countersign = CUSTODY__V1__COUNTERSIGN_BODY__INIT;
    target.key = keys[0];
    target.sequence = roots[0].sequence;
    target.id = (ProtobufCBinaryData){DIGEST_SIZE, found.statement.id.bytes};
    countersign.target = &target;
    roots_sign(recovery->ledger, &roots[1], CUSTODY__V1__ACT__ACT_COUNTERSIGN, &countersign.base,
               recovery->options->now_us, &countersigned);
    status = roots_submit(recovery->ledger, &countersigned, 1, CUSTODY_OUTCOME_recorded,
                          recovery->options->now_us, recovery->sentence);
done:
    digest_wipe(roots, sizeof roots);
    return status;
}

/* A card that an attempt left which was cut off: it names keys that nobody has any more once they are replaced. */
static bool recover_is_left_over(const struct recover_options *options)
{
    struct ledger_keys keys;
    char card[sizeof((struct recover_report *)NULL)->card];
    uint8_t there[sizeof card];
    size_t len;
    if (succession_read_keys(&options->ledger, &keys) != CUSTODY_OK)
        return false;
    bool is_its =
        found_write_card(&keys, options->endpoint, options->announcements, card, sizeof card) &&
        mark_read(options->card_file, there, sizeof there, &len) == CUSTODY_OK &&
        span_is_equal(span_of(there, len), span_text(card));
    ledger_keys_done(&keys);
    return is_its;
}

static enum custody_status recover_prepare_successor(struct recovery *recovery)
{
    const struct recover_options *options = recovery->options;
    char origin[CHECKPOINT_ORIGIN_MAX + 1];
    if (access(options->ledger.key_file, F_OK) == 0)
        return recover_fail(recovery, CUSTODY_ERR_EXISTS,
                            "the key file is there already: a successor has keys of its own, so "
                            "move the lost ledger's away");
    if (options->card_file != NULL && access(options->card_file, F_OK) == 0 &&
        !recover_is_left_over(options))
        return recover_fail(recovery, CUSTODY_ERR_EXISTS,
                            "the file for the successor's card is there already");
    if (!succession_path(options->ledger.key_file, recovery->key_file) ||
        !succession_path(options->ledger.mark_file, recovery->mark_file))
        return recover_fail(recovery, CUSTODY_ERR_INVALID, "a path is too long");
    if (!lineage_next(recovery->keys.origin, origin))
        return recover_fail(recovery, CUSTODY_ERR_INVALID, "the origin has no room for a number");
    found_make_ledger_keys(origin, recovery->keys.is_demonstration, &recovery->own);
    if (!found_write_card(&recovery->own, options->endpoint, options->announcements,
                          recovery->report->card, sizeof recovery->report->card))
        return recover_fail(recovery, CUSTODY_ERR_INVALID, "the endpoints are too long");
    return recover_find_newest(recovery);
}

/* Keys and mark under passing names: the lost ledger's mark stays until its successor stands. */
static enum custody_status recover_make_successor(struct recovery *recovery)
{
    const char *card_file = recovery->options->card_file;
    unlink(recovery->mark_file);
    unlink(recovery->key_file);
    enum custody_status status = ledger_keys_write(recovery->key_file, &recovery->own);
    recovery->has_written_keys = status == CUSTODY_OK;
    if (status == CUSTODY_OK)
        status = recover_look(recovery, recovery->key_file, recovery->mark_file, true);
    if (status == CUSTODY_OK)
        status = recover_found(recovery);
    ledger_close(recovery->ledger);
    recovery->ledger = NULL;
    if (status == CUSTODY_OK && card_file != NULL) {
        status = mark_write(card_file, span_text(recovery->report->card));
        recovery->has_written_card = status == CUSTODY_OK;
        if (status != CUSTODY_OK)
            recover_fail(recovery, status, "the card cannot be written");
    }
    return status;
}

/* It was founded by a run that did not come to its end. */
static enum custody_status recover_finish_successor(struct recovery *recovery)
{
    const struct recover_options *options = recovery->options;
    struct recover_report *report = recovery->report;
    struct holdings *holdings = &recovery->holdings;
    if (!lineage_is_successor(recovery->own.origin, recovery->keys.origin))
        return recover_fail(recovery, CUSTODY_ERR_EXISTS,
                            "another ledger's successor stands in the data folder");
    enum custody_status status = recover_find_newest(recovery);
    if (status == CUSTODY_OK)
        status = holdings_walk_entries(holdings, NULL, options->progress, options->context);
    if (status != CUSTODY_OK)
        return recover_fail(recovery, status, holdings->sentence);
    recover_tell(recovery);
    if (!found_write_card(&recovery->own, options->endpoint, options->announcements, report->card,
                          sizeof report->card))
        return recover_fail(recovery, CUSTODY_ERR_INVALID, "the endpoints are too long");
    return succession_finish(&options->ledger, recovery->sentence);
}

enum custody_status recover_successor(const struct recover_options *options,
                                      char ret_sentence[static 240],
                                      struct recover_report *ret)
{
    struct recovery *recovery = recover_begin(options, ret_sentence, ret);
    if (recovery == NULL)
        return CUSTODY_ERR_MEMORY;
    enum custody_status status = recover_open(recovery);
    bool is_founded = status == CUSTODY_OK && succession_is_open(&options->ledger, &recovery->own);
    if (is_founded)
        status = recover_finish_successor(recovery);
    else if (status == CUSTODY_OK)
        status = recover_prepare_successor(recovery);
    if (status == CUSTODY_OK && !is_founded)
        status = recover_check_place(recovery);
    if (status == CUSTODY_OK && !is_founded)
        status = recover_restore(recovery, "restoring");
    if (status == CUSTODY_OK && !is_founded)
        status = recover_make_successor(recovery);
    if (status == CUSTODY_OK && !is_founded)
        status = recover_put(recovery);
    if (status == CUSTODY_OK && !is_founded)
        status = succession_finish(&options->ledger, ret_sentence);
    memcpy(ret->origin, recovery->own.origin, sizeof ret->origin);
    return recover_end(recovery, status);
}
