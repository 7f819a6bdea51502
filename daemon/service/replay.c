/* replay.c: the look-ups made anew from the journal, and the audit that compares them.
 * Never decides an outcome again. */
#include "daemon/service/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/logger.h"
#include "daemon/ledger/mark.h"
#include "daemon/service/ledger_parts.h"

enum custody_status replay_rebuild(const struct ledger_options *options,
                                   replay_progress *progress,
                                   void *context,
                                   struct changeover_report *ret,
                                   char ret_sentence[static 240])
{
    struct ledger *ledger = NULL;
    memset(ret, 0, sizeof *ret);
    enum custody_status status = lookups_drop(options->data);
    if (status != CUSTODY_OK) {
        snprintf(ret_sentence, 240, "the look-ups in %s cannot be removed: %s%s", options->data,
                 custody_status_sentence(status), ledger_remedy(status));
        return status;
    }
    status = ledger_open(options, progress, context, ret_sentence, &ledger);
    if (status == CUSTODY_OK)
        *ret = *ledger_changeover(ledger);
    ledger_close(ledger);
    return status;
}

/* ---- ahead of time ------------------------------------------------------------------------------ */

/* An open journal pins what the daemon beside would use again: it is opened for so many entries at a time. */
enum { AHEAD_ENTRIES = 50000 };

static void ahead_close(struct ledger *ahead)
{
    apply_destroy(ahead->apply);
    book_destroy(ahead->book);
    tree_close(ahead->tree);
    journal_close(ahead->journal);
    ahead->apply = NULL;
    ahead->book = NULL;
    ahead->tree = NULL;
    ahead->journal = NULL;
}

/* Some entries more, into look-ups that are open. */
static enum custody_status
ahead_go(struct ledger *ahead, uint64_t until, replay_progress *progress, void *context)
{
    uint64_t from = lookups_committed(ahead->lookups);
    char path[600];
    snprintf(path, sizeof path, "%.500s/journal", ahead->options.data);
    enum custody_status status =
        journal_open(path, STORE_BESIDE, ahead->options.map_size, &ahead->journal);
    if (status == CUSTODY_OK)
        status = tree_open(ahead->lookups, from, &ahead->tree);
    if (status == CUSTODY_OK) {
        ahead->book = book_create(ahead->lookups, NULL, ahead->journal, (size_t)64 << 20);
        ahead->apply = apply_create();
        if (ahead->book == NULL || ahead->apply == NULL)
            status = CUSTODY_ERR_MEMORY;
    }
    if (status == CUSTODY_OK)
        status = ledger_replay(ahead, until - from < AHEAD_ENTRIES ? until : from + AHEAD_ENTRIES,
                               NULL, NULL);
    if (status == CUSTODY_OK && progress != NULL)
        progress(context, lookups_committed(ahead->lookups), until);
    ahead_close(ahead);
    return status;
}

/* Until the new ones are so near that the old ones can be held still for the rest. */
static enum custody_status ahead_come_near(struct ledger *ahead,
                                           replay_progress *progress,
                                           void *context,
                                           char *ret_sentence,
                                           struct changeover **ret)
{
    for (;;) {
        struct changeover *changeover = NULL;
        enum custody_status status =
            changeover_open(&ahead->options, STORE_BESIDE, UINT64_MAX, ret_sentence, &changeover);
        if (status != CUSTODY_OK || changeover == NULL)
            return status;
        uint64_t until = changeover_entries(changeover);
        if (until < lookups_committed(ahead->lookups) + AHEAD_ENTRIES) {
            *ret = changeover;
            return CUSTODY_OK;
        }
        changeover_close(changeover);
        status = ahead_go(ahead, until, progress, context);
        if (status != CUSTODY_OK)
            return status;
    }
}

static enum custody_status ahead_fill(struct ledger *ahead,
                                      replay_progress *progress,
                                      void *context,
                                      struct changeover_report *ret,
                                      char *ret_sentence)
{
    const struct ledger_options *options = &ahead->options;
    struct changeover *changeover = NULL;
    enum custody_status status = lookups_open(options->data, STORE_CREATE, options->map_size,
                                              (size_t)64 << 20, &ahead->lookups);
    if (status == CUSTODY_OK)
        status = ahead_come_near(ahead, progress, context, ret_sentence, &changeover);
    uint64_t until = changeover == NULL ? 0 : changeover_entries(changeover);
    if (status == CUSTODY_OK && lookups_committed(ahead->lookups) < until)
        status = ahead_go(ahead, until, progress, context);
    if (status == CUSTODY_OK && changeover != NULL) {
        bool is_beyond = lookups_committed(ahead->lookups) > until;
        snprintf(ret_sentence, 240, "%s",
                 is_beyond ? "the old look-ups are being made anew: wait until they are" : "");
        status = is_beyond ? CUSTODY_ERR_BUSY : changeover_compare(changeover, ahead->lookups, ret);
    }
    changeover_close(changeover);
    lookups_close(ahead->lookups);
    ahead->lookups = NULL;
    return status;
}

enum custody_status replay_ahead(const struct ledger_options *given,
                                 replay_progress *progress,
                                 void *context,
                                 struct changeover_report *ret,
                                 char ret_sentence[static 240])
{
    struct ledger *ahead = calloc(1, sizeof *ahead);
    ret_sentence[0] = 0;
    memset(ret, 0, sizeof *ret);
    if (ahead == NULL || !digest_init()) {
        free(ahead);
        return CUSTODY_ERR_MEMORY;
    }
    ahead->options = *given;
    if (ahead->options.map_size == 0)
        ahead->options.map_size = UINT64_C(1) << 40;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->moved, NULL);
    enum custody_status status = CUSTODY_OK;
    if (lookups_find_older(given->data) != 0)
        status = ahead_fill(ahead, progress, context, ret, ret_sentence);
    if (status != CUSTODY_OK && ret_sentence[0] == 0)
        snprintf(ret_sentence, 240, "the look-ups of the next format in %s: %s", given->data,
                 custody_status_sentence(status));
    pthread_cond_destroy(&ahead->moved);
    pthread_mutex_destroy(&ahead->lock);
    free(ahead);
    return status;
}
enum { AUDIT_BOOK_ARENA = 8 << 20 };

/* ---- audit -------------------------------------------------------------------------------------- */

struct auditing {
    const struct ledger_options *options;
    struct ledger live;  /* only journal, keys and look-ups */
    struct ledger again; /* the rebuild: shares the journal */
    struct anchors *anchors;
    struct keyring keyring;
    char folder[600];
    replay_progress *progress;
    void *context;
};

/* Replay every entry into empty look-ups, in a folder of their own. */
static enum custody_status audit_rebuild(struct auditing *auditing)
{
    struct ledger *again = &auditing->again;
    uint64_t until = lookups_committed(auditing->live.lookups);
    again->journal = auditing->live.journal;
    pthread_mutex_init(&again->lock, NULL);
    pthread_cond_init(&again->moved, NULL);
    if (mkdtemp(auditing->folder) == NULL)
        return CUSTODY_ERR_IO;
    enum custody_status status =
        lookups_open(auditing->folder, STORE_CREATE, auditing->options->map_size, (size_t)64 << 20,
                     &again->lookups);
    if (status == CUSTODY_OK)
        status = tree_open(again->lookups, 0, &again->tree);
    again->book = status == CUSTODY_OK
                      ? book_create(again->lookups, NULL, again->journal, (size_t)64 << 20)
                      : NULL;
    again->apply = apply_create();
    if (status == CUSTODY_OK && (again->book == NULL || again->apply == NULL))
        status = CUSTODY_ERR_MEMORY;
    for (uint64_t number = 0; number < until && status == CUSTODY_OK; number++) {
        struct span bytes = {0};
        status = journal_peek(again->journal, number, &bytes);
        if (status == CUSTODY_OK)
            status = ledger_replay_entry(again, number, bytes);
        if (status == CUSTODY_OK)
            status = anchors_take(auditing->anchors, bytes);
        if (status == CUSTODY_OK)
            status = lookups_accept(again->lookups, number + 1);
        if (status == CUSTODY_OK && (number + 1 == until || lookups_is_full(again->lookups) ||
                                     lookups_pending_changes(again->lookups) > 20000))
            status = ledger_flush(again);
        if (auditing->progress != NULL && number % 4096 == 0)
            auditing->progress(auditing->context, number, until);
    }
    return status;
}

static void audit_drop_rebuild(struct auditing *auditing)
{
    struct ledger *again = &auditing->again;
    apply_destroy(again->apply);
    book_destroy(again->book);
    tree_close(again->tree);
    lookups_close(again->lookups);
    lookups_drop(auditing->folder);
    rmdir(auditing->folder);
}

static enum custody_status
audit_lookups(struct auditing *auditing, bool compares, struct replay_audit *ret)
{
    ret->lookups_reflect = lookups_committed(auditing->live.lookups);
    enum custody_status status =
        lookups_scrub(auditing->live.lookups, ret->lookups_sentence, sizeof ret->lookups_sentence);
    if (status == CUSTODY_OK && compares) {
        status = audit_rebuild(auditing);
        if (status == CUSTODY_OK) {
            status = anchors_compare(auditing->anchors, auditing->again.book,
                                     auditing->options->data, &ret->accesses);
            ret->accesses_are_compared = status == CUSTODY_OK;
        }
        if (status == CUSTODY_OK)
            status = lookups_compare(auditing->live.lookups, auditing->again.lookups,
                                     ret->lookups_sentence, sizeof ret->lookups_sentence);
        else
            snprintf(ret->lookups_sentence, sizeof ret->lookups_sentence, "the rebuild stopped: %s",
                     custody_status_sentence(status));
        audit_drop_rebuild(auditing);
    }
    ret->lookups_are_sound = status == CUSTODY_OK;
    return status == CUSTODY_ERR_CORRUPT ? CUSTODY_OK : status;
}

static enum custody_status audit_open(struct auditing *auditing, char *ret_sentence)
{
    const struct ledger_options *options = auditing->options;
    struct ledger *live = &auditing->live;
    char path[600];
    enum custody_status status = ledger_keys_read(options->key_file, &live->keys);
    if (status != CUSTODY_OK) {
        snprintf(ret_sentence, 240, "the key file %s cannot be used: %s", options->key_file,
                 custody_status_sentence(status));
        return status;
    }
    snprintf(path, sizeof path, "%s/journal", options->data);
    status = journal_open(path, STORE_READ_ONLY, options->map_size, &live->journal);
    if (status != CUSTODY_OK) {
        snprintf(ret_sentence, 240, "the journal in %s cannot be opened: %s%s", options->data,
                 custody_status_sentence(status), ledger_remedy(status));
        return status;
    }
    ledger_keys_settle(&live->keys, journal_head(live->journal));
    status = lookups_open(options->data, STORE_READ_ONLY, options->map_size, (size_t)1 << 20,
                          &live->lookups);
    if (status != CUSTODY_OK)
        snprintf(ret_sentence, 240,
                 "the look-ups in %s cannot be opened: %s; custodyd rebuild makes them anew",
                 options->data, custody_status_sentence(status));
    return status;
}

/* The keys that the ledger ever signed with, as the look-ups have them; when they lie, the rebuild will say so. */
static void audit_read_keyring(struct auditing *auditing, struct lookups_snapshot *tiles)
{
    struct book *book = book_create(NULL, tiles, auditing->live.journal, AUDIT_BOOK_ARENA);
    const struct keyring *keyring = book == NULL ? NULL : book_keyring(book);
    if (keyring != NULL)
        auditing->keyring = *keyring;
    book_destroy(book);
}

/* Under which key a note of this ledger must verify. */
static const uint8_t *audit_key_of(const struct auditing *auditing, struct span note)
{
    struct checkpoint checkpoint;
    const uint8_t *key = checkpoint_parse(note, &checkpoint)
                             ? keyring_at(&auditing->keyring, checkpoint.size)
                             : NULL;
    return key == NULL ? auditing->live.keys.public_key : key;
}

/* The edge that a kept checkpoint has, from the tiles: right when it adds up to the checkpoint's root. */
static enum custody_status audit_read_since(const struct auditing *auditing,
                                            struct lookups_snapshot *tiles,
                                            struct span note,
                                            struct merkle_edge *ret,
                                            char *ret_sentence)
{
    const struct ledger_keys *keys = &auditing->live.keys;
    struct checkpoint checkpoint;
    if (checkpoint_verify(note, keys->origin, audit_key_of(auditing, note), &checkpoint) !=
        CHECKPOINT_OK) {
        snprintf(ret_sentence, 240, "the checkpoint given is not one of this ledger");
        return CUSTODY_ERR_EVIDENCE;
    }
    merkle_edge_init(ret);
    if (checkpoint.size > lookups_snapshot_position(tiles)) {
        snprintf(ret_sentence, 240, "the ledger is older than the checkpoint given");
        return CUSTODY_ERR_ROLLBACK;
    }
    while (ret->size < checkpoint.size) {
        uint32_t level = 63 - (uint32_t)__builtin_clzll(checkpoint.size - ret->size);
        if (!tree_read_snapshot(tiles, level, ret->size >> level, &ret->nodes[ret->count]))
            break;
        ret->count++;
        ret->size += UINT64_C(1) << level;
    }
    struct digest root = merkle_edge_root(ret);
    if (ret->size == checkpoint.size && digest_is_equal(&root, &checkpoint.root))
        return CUSTODY_OK;
    snprintf(ret_sentence, 240,
             "what lies under the checkpoint given cannot be taken for granted: audit all of it");
    return CUSTODY_ERR_EVIDENCE;
}

static enum custody_status audit_all(const struct ledger_options *given,
                                     struct span since,
                                     bool signatures,
                                     unsigned threads,
                                     replay_progress *progress,
                                     void *context,
                                     struct replay_audit *ret,
                                     char ret_sentence[static 240])
{
    struct ledger_options options = *given;
    if (options.map_size == 0)
        options.map_size = UINT64_C(1) << 40;
    ret_sentence[0] = 0;
    memset(ret, 0, sizeof *ret);
    struct auditing *auditing = calloc(1, sizeof *auditing);
    if (auditing != NULL)
        auditing->anchors = anchors_create();
    if (auditing == NULL || auditing->anchors == NULL || !digest_init()) {
        if (auditing != NULL)
            anchors_destroy(auditing->anchors);
        free(auditing);
        return CUSTODY_ERR_MEMORY;
    }
    auditing->options = &options;
    auditing->progress = progress;
    auditing->context = context;
    snprintf(auditing->folder, sizeof auditing->folder, "%s/audit-XXXXXX", options.data);
    uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t note_len = 0;
    struct lookups_snapshot *tiles = NULL;
    enum custody_status status = audit_open(auditing, ret_sentence);
    if (status == CUSTODY_OK)
        status = lookups_snapshot_begin(auditing->live.lookups, &tiles);
    struct merkle_edge edge;
    if (status == CUSTODY_OK)
        audit_read_keyring(auditing, tiles);
    if (status == CUSTODY_OK && since.len > 0)
        status = audit_read_since(auditing, tiles, since, &edge, ret_sentence);
    if (status == CUSTODY_OK) {
        bool has_mark = mark_read(options.mark_file, note, sizeof note, &note_len) == CUSTODY_OK;
        const struct span published = span_of(note, note_len);
        const struct audit_options journal_options = {
            .origin = auditing->live.keys.origin,
            .ledger_key = auditing->live.keys.public_key,
            .tiles = tiles,
            .published = &published,
            .published_count = has_mark ? 1 : 0,
            .published_key = audit_key_of(auditing, published),
            .since = since.len > 0 ? &edge : NULL,
            .signatures = signatures,
            .threads = threads,
            .progress = progress,
            .context = context,
        };
        status = audit_run(auditing->live.journal, &journal_options, &ret->journal);
    }
    lookups_snapshot_end(tiles);
    if (status == CUSTODY_OK && ret->journal.is_sound)
        status = audit_lookups(auditing, since.len == 0, ret);
    if (status != CUSTODY_OK && ret_sentence[0] == 0)
        snprintf(ret_sentence, 240, "%s", custody_status_sentence(status));
    lookups_close(auditing->live.lookups);
    journal_close(auditing->live.journal);
    ledger_keys_done(&auditing->live.keys);
    anchors_destroy(auditing->anchors);
    free(auditing);
    return status;
}

enum custody_status replay_audit(const struct ledger_options *options,
                                 bool signatures,
                                 unsigned threads,
                                 replay_progress *progress,
                                 void *context,
                                 struct replay_audit *ret,
                                 char ret_sentence[static 240])
{
    return audit_all(options, span_of(NULL, 0), signatures, threads, progress, context, ret,
                     ret_sentence);
}

enum custody_status replay_audit_since(const struct ledger_options *options,
                                       struct span checkpoint,
                                       bool signatures,
                                       unsigned threads,
                                       replay_progress *progress,
                                       void *context,
                                       struct replay_audit *ret,
                                       char ret_sentence[static 240])
{
    return audit_all(options, checkpoint, signatures, threads, progress, context, ret,
                     ret_sentence);
}
