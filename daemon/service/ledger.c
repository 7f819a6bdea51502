/* ledger.c: one open ledger: its parts, opened in order and closed in mirror order.
 * Never a socket, never a thread of its own. */
#include "daemon/service/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/lastwords.h"
#include "daemon/base/logger.h"
#include "daemon/ledger/mark.h"
#include "daemon/ledger/scrub.h"
#include "daemon/service/annexed.h"
#include "daemon/service/histories.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/passage.h"
#include "daemon/service/projection.h"

enum {
    LEDGER_BOOK_ARENA = 64 << 20,
    LEDGER_SCRATCH_ARENA = 64 << 20,
    LEDGER_RESERVE = 4 << 20,      /* of each: an ordinary batch asks the machine for no memory */
    LEDGER_REPLAY_CHANGES = 20000, /* overlay rows between two flushes of a replay */
    LEDGER_SCRUB_LEAST = 100000,   /* entries of one share */
    LEDGER_SCRUB_SHARES = 7 * 24,  /* hours of a week */
};
#define LEDGER_MAP_SIZE (UINT64_C(1) << 40)
#define SECOND_NS       UINT64_C(1000000000)
#define LEDGER_OVERLAY  ((size_t)64 << 20)

/* ---- replay ------------------------------------------------------------------------------------ */

enum custody_status ledger_replay_entry(struct ledger *ledger, uint64_t number, struct span bytes)
{
    struct entry entry;
    struct statement statement;
    const char *field = NULL;
    if (!entry_parse(bytes, &entry) || entry.number != number ||
        statement_parse(entry.statement, &statement, &field) != STATEMENT_OK)
        return CUSTODY_ERR_CORRUPT;
    book_turn(ledger->book);
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(statement.header.act);
    struct body_fault fault;
    struct apply_entry applied = {
        .number = number,
        .recorded_us = entry.recorded_at_us,
        .outcome = entry.outcome,
        .detail = entry.detail,
        .statement = &statement,
    };
    /* A refused body may be anything; one that stands was understood when it was taken. */
    if (descriptor != NULL && body_scan(descriptor, statement.body, &fault))
        applied.body =
            body_unpack(descriptor, statement.body, arena_protobuf(book_arena(ledger->book)));
    if (applied.body == NULL && entry.outcome != CUSTODY_OUTCOME_refused)
        return CUSTODY_ERR_CORRUPT;
    enum custody_status status = apply_entry(ledger->apply, ledger->book, &applied, NULL);
    if (status != CUSTODY_OK)
        return status;
    struct digest leaf = merkle_leaf(bytes);
    return tree_append(ledger->tree, &leaf, 1);
}

enum custody_status ledger_flush(struct ledger *ledger)
{
    return projection_finish(ledger);
}

/* Word from a process that found its look-ups damaged to the one that starts after it. */
static void condemned_path(const char *data, char ret[static 600])
{
    snprintf(ret, 600, "%s/lookups-condemned", data);
}

void ledger_condemn(struct ledger *ledger)
{
    char path[600];
    if (ledger->must_leave)
        return;
    ledger->must_leave = true;
    condemned_path(ledger->options.data, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool is_left = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    LOG(LOGGER_ERROR, "lookups_condemned",
        LOGGER_TEXT("word", is_left ? path : "could not be left"),
        LOGGER_TEXT("remedy", "start again: they are made anew from the journal"));
}

enum space_stage ledger_look_at_disk(struct ledger *ledger)
{
    const struct ledger_options *options = &ledger->options;
    struct space space;
    uint64_t now_ns = clock_monotonic_ns();
    bool is_due = ledger->last_space_ns == 0 || now_ns - ledger->last_space_ns >= SECOND_NS;
    if (options->disk_reserve == 0 || !is_due)
        return ledger->space;
    ledger->last_space_ns = now_ns;
    if (space_look(options->data, &space) != CUSTODY_OK)
        return ledger->space;
    enum space_stage stage = space_stage(&space, options->disk_reserve);
    if (stage != ledger->space) {
        static const char *const words[] = {"ample", "from 85 % on it is time to make room",
                                            "below the reserve: nothing new is taken"};
        LOG(stage == SPACE_RESERVE ? LOGGER_ERROR
            : stage == SPACE_WARN  ? LOGGER_WARNING
                                   : LOGGER_INFO,
            "disk", LOGGER_TEXT("stage", words[stage]),
            LOGGER_NUMBER("used_percent", space_used_percent(&space)),
            LOGGER_NUMBER("free_mib", space.free >> 20));
        ledger->space = stage;
    }
    return stage;
}

void ledger_doubt(struct ledger *ledger, enum custody_status status)
{
    if (status == CUSTODY_ERR_CORRUPT)
        atomic_store_explicit(&ledger->is_doubted, true, memory_order_relaxed);
}

/* All of the journal within a week of hours, and a small one within the hour. */
static uint64_t scrub_share(uint64_t entries)
{
    uint64_t share = entries / LEDGER_SCRUB_SHARES + 1;
    return share < LEDGER_SCRUB_LEAST ? LEDGER_SCRUB_LEAST : share;
}

static enum custody_status ledger_scrub_journal(struct ledger *ledger, int64_t now_us)
{
    struct scrub_mark mark = {0};
    uint64_t start_ns = clock_monotonic_ns();
    enum custody_status status = scrub_mark_read(ledger->options.data, &mark);
    /* A mark that cannot be read costs a round from the beginning. */
    if (status != CUSTODY_OK)
        mark = (struct scrub_mark){0};
    status = scrub_journal(ledger->journal, ledger->lookups, scrub_share(ledger_reflected(ledger)),
                           now_us, &mark);
    enum custody_status written = scrub_mark_write(ledger->options.data, &mark);
    if (status == CUSTODY_ERR_CORRUPT)
        LOG(LOGGER_ERROR, "scrub", LOGGER_NUMBER("damaged_entries", mark.damaged),
            LOGGER_NUMBER("first", mark.first_damage),
            LOGGER_TEXT("remedy", "run custodyd audit, restore from a backup"));
    else if (status != CUSTODY_OK || written != CUSTODY_OK)
        LOG(LOGGER_WARNING, "scrub",
            LOGGER_TEXT("status", custody_status_name(status != CUSTODY_OK ? status : written)));
    else
        LOG(LOGGER_INFO, "scrub", LOGGER_NUMBER("journal_position", mark.position),
            LOGGER_NUMBER("ms", (clock_monotonic_ns() - start_ns) / 1000000));
    return status;
}

bool ledger_is_unread(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    bool is_unread = ledger->reading == LEDGER_UNREAD;
    pthread_mutex_unlock(&ledger->lock);
    return is_unread;
}

void ledger_await_scrub(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    while (ledger->reading == LEDGER_UNREAD)
        pthread_cond_wait(&ledger->moved, &ledger->lock);
    /* What was never read is not written to; the next start tries again. */
    ledger->must_leave = ledger->must_leave || ledger->reading == LEDGER_UNREADABLE;
    pthread_mutex_unlock(&ledger->lock);
    ledger_settle_doubt(ledger);
}

static void ledger_end_reading(struct ledger *ledger, enum custody_status status)
{
    pthread_mutex_lock(&ledger->lock);
    if (ledger->reading == LEDGER_UNREAD)
        ledger->reading =
            status == CUSTODY_OK || status == CUSTODY_ERR_CORRUPT ? LEDGER_READ : LEDGER_UNREADABLE;
    pthread_cond_broadcast(&ledger->moved);
    pthread_mutex_unlock(&ledger->lock);
}

void ledger_scrub(struct ledger *ledger, int64_t now_us)
{
    char sentence[240];
    uint64_t start_ns = clock_monotonic_ns();
    enum custody_status status = lookups_scrub(ledger->lookups, sentence, sizeof sentence);
    LOG(status == CUSTODY_OK ? LOGGER_INFO : LOGGER_ERROR, "scrub",
        LOGGER_TEXT("lookups", sentence),
        LOGGER_NUMBER("ms", (clock_monotonic_ns() - start_ns) / 1000000));
    ledger_doubt(ledger, status);
    ledger_end_reading(ledger, status);
    /* Without sound look-ups there is no tree to compare with. */
    if (status == CUSTODY_OK)
        status = ledger_scrub_journal(ledger, now_us);
    metric_add(&ledger->metrics.scrubs, 1);
    metric_add(&ledger->metrics.scrub_errors, status == CUSTODY_OK ? 0 : 1);
}

void ledger_settle_doubt(struct ledger *ledger)
{
    char sentence[240];
    uint64_t now_ns = clock_monotonic_ns();
    if (!atomic_exchange_explicit(&ledger->is_doubted, false, memory_order_relaxed) ||
        (ledger->trusted_ns != 0 && now_ns - ledger->trusted_ns < LEDGER_PROVEN_S * SECOND_NS))
        return;
    if (lookups_scrub(ledger->lookups, sentence, sizeof sentence) == CUSTODY_ERR_CORRUPT) {
        ledger_condemn(ledger);
        return;
    }
    ledger->trusted_ns = now_ns;
    LOG(LOGGER_ERROR, "damage_met", LOGGER_TEXT("lookups", sentence),
        LOGGER_TEXT(
            "remedy",
            "it lies in the journal or the annex: run custodyd audit, restore from a backup"));
}

bool ledger_must_leave(const struct ledger *ledger)
{
    return ledger->must_leave;
}

const char *ledger_remedy(enum custody_status status)
{
    /* What another process or the machine holds back needs no other copy. */
    bool is_held_back = status == CUSTODY_ERR_PERMISSION || status == CUSTODY_ERR_FULL ||
                        status == CUSTODY_ERR_MEMORY;
    return is_held_back                      ? ""
           : status == CUSTODY_ERR_BUSY      ? "; stop the daemon or command that has it"
           : status == CUSTODY_ERR_NOT_FOUND ? "; init makes a ledger, restore brings one back"
                                             : "; restore it from a backup";
}

void ledger_lastwords_path(const char *data, char ret[static 600])
{
    snprintf(ret, 600, "%s/crashes", data);
}

/* A damaged page can kill whoever reads it. Look-ups are made anew after a death; if that does not help it is the journal. */
static enum custody_status check_deaths(const char *data, char ret_sentence[static 240])
{
    char path[600];
    ledger_lastwords_path(data, path);
    if (lastwords_read(path) < LEDGER_DEATHS)
        return CUSTODY_OK;
    snprintf(ret_sentence, 240,
             "custodyd died %d times soon after its start, also with new look-ups: run custodyd "
             "audit; restore a journal that is not sound from a backup, else remove %.80s",
             (int)LEDGER_DEATHS, path);
    return CUSTODY_ERR_CORRUPT;
}

static enum custody_status drop_condemned(const char *data, bool *ret_dropped)
{
    char condemned[600], lastwords[600];
    condemned_path(data, condemned);
    ledger_lastwords_path(data, lastwords);
    if (lastwords_read(lastwords) == 0 && access(condemned, F_OK) != 0)
        return CUSTODY_OK;
    enum custody_status status = lookups_drop(data);
    *ret_dropped = true;
    /* Older ones are read too when they give way, and may be what kills. */
    uint32_t older;
    while (status == CUSTODY_OK && lastwords_read(lastwords) > 0 &&
           (older = lookups_find_older(data)) != 0)
        status = lookups_drop_older(data, older);
    if (status == CUSTODY_OK && unlink(condemned) != 0 && errno != ENOENT)
        status = CUSTODY_ERR_IO;
    return status;
}

void ledger_forget_deaths(struct ledger *ledger, bool is_closing)
{
    char path[600];
    if (ledger->opened_ns == 0 ||
        (!is_closing && clock_monotonic_ns() - ledger->opened_ns < LEDGER_PROVEN_S * SECOND_NS))
        return;
    ledger->opened_ns = 0;
    ledger_lastwords_path(ledger->options.data, path);
    lastwords_forget(path);
}

enum custody_status ledger_replay(struct ledger *ledger,
                                  uint64_t until,
                                  void (*progress)(void *context, uint64_t done, uint64_t total),
                                  void *context)
{
    for (uint64_t number = lookups_committed(ledger->lookups); number < until; number++) {
        struct span bytes = {0};
        enum custody_status status = journal_peek(ledger->journal, number, &bytes);
        if (status == CUSTODY_OK)
            status = ledger_replay_entry(ledger, number, bytes);
        if (status == CUSTODY_OK)
            status = lookups_accept(ledger->lookups, number + 1);
        if (status == CUSTODY_OK &&
            (lookups_pending_changes(ledger->lookups) >= LEDGER_REPLAY_CHANGES ||
             lookups_is_full(ledger->lookups))) {
            status = ledger_flush(ledger);
            if (progress != NULL)
                progress(context, number + 1, until);
        }
        if (status != CUSTODY_OK)
            return status;
    }
    return ledger_flush(ledger);
}

/* Tiles are derived; what they add up to must be what the journal was signed over. */
static bool ledger_tree_agrees(struct ledger *ledger)
{
    struct digest root, signed_root = merkle_edge_root(journal_edge(ledger->journal));
    return tree_size(ledger->tree) == journal_size(ledger->journal) &&
           merkle_root_at(journal_size(ledger->journal), tree_read, ledger->tree, &root) &&
           digest_is_equal(&root, &signed_root);
}

/* ---- opening ------------------------------------------------------------------------------------ */

/* Look-ups of an older format lie beside: those of this one are brought to the same entries, compared, and take their place. */
static enum custody_status
ledger_change_over(struct ledger *ledger,
                   struct changeover *changeover,
                   void (*progress)(void *context, uint64_t done, uint64_t total),
                   void *context)
{
    enum custody_status status =
        ledger_replay(ledger, changeover_entries(changeover), progress, context);
    if (status == CUSTODY_OK)
        status = changeover_compare(changeover, ledger->lookups, &ledger->changeover);
    return status == CUSTODY_OK ? changeover_drop(changeover) : status;
}

static enum custody_status ledger_open_lookups(struct ledger *ledger, uint64_t entries_max)
{
    const struct ledger_options *options = &ledger->options;
    enum store_mode mode = options->read_only ? STORE_READ_ONLY : STORE_CREATE;
    enum custody_status status = lookups_open(options->data, mode, options->map_size,
                                              options->overlay_max, &ledger->lookups);
    if (status != CUSTODY_OK || lookups_committed(ledger->lookups) <= entries_max)
        return status;
    /* They went further than those that they are to be compared with: from the start, then. */
    lookups_close(ledger->lookups);
    ledger->lookups = NULL;
    status = lookups_drop(options->data);
    return status == CUSTODY_OK ? lookups_open(options->data, mode, options->map_size,
                                               options->overlay_max, &ledger->lookups)
                                : status;
}

static enum custody_status
ledger_follow(struct ledger *ledger,
              struct changeover *changeover,
              void (*progress)(void *context, uint64_t done, uint64_t total),
              void *context)
{
    const struct ledger_options *options = &ledger->options;
    char sentence[240];
    enum custody_status status = ledger_open_lookups(
        ledger, changeover == NULL ? UINT64_MAX : changeover_entries(changeover));
    if (status == CUSTODY_OK && lookups_committed(ledger->lookups) > journal_size(ledger->journal))
        status = CUSTODY_ERR_CORRUPT;
    /* A row whose key was hurt is not there for whoever asks: only a reading of all of them misses it. Of large look-ups that takes
     * longer than a start may: the scrubber does it, and the writer waits. */
    bool is_later = status == CUSTODY_OK && options->scrub_at_open != 0 &&
                    lookups_used(ledger->lookups) > options->scrub_at_open;
    ledger->reading = is_later ? LEDGER_UNREAD : LEDGER_READ;
    if (status == CUSTODY_OK && !options->read_only && !is_later)
        status = lookups_scrub(ledger->lookups, sentence, sizeof sentence);
    if (status == CUSTODY_OK)
        status = tree_open(ledger->lookups, lookups_committed(ledger->lookups), &ledger->tree);
    if (status != CUSTODY_OK)
        return status;
    ledger->book = book_create(ledger->lookups, NULL, ledger->journal, LEDGER_BOOK_ARENA);
    ledger->apply = apply_create();
    ledger->lectern = lectern_create();
    if (ledger->book == NULL || ledger->apply == NULL || ledger->lectern == NULL ||
        !arena_reserve(book_arena(ledger->book), LEDGER_RESERVE))
        return CUSTODY_ERR_MEMORY;
    if (options->read_only)
        return CUSTODY_OK;
    if (changeover != NULL)
        status = ledger_change_over(ledger, changeover, progress, context);
    if (status == CUSTODY_OK)
        status = ledger_replay(ledger, journal_size(ledger->journal), progress, context);
    if (status == CUSTODY_OK && !ledger_tree_agrees(ledger))
        status = CUSTODY_ERR_CORRUPT;
    return status;
}

static void ledger_unfollow(struct ledger *ledger)
{
    apply_destroy(ledger->apply);
    book_destroy(ledger->book);
    lectern_destroy(ledger->lectern);
    tree_close(ledger->tree);
    lookups_close(ledger->lookups);
    ledger->apply = NULL;
    ledger->book = NULL;
    ledger->lectern = NULL;
    ledger->tree = NULL;
    ledger->lookups = NULL;
}

static enum custody_status
ledger_make_follow(struct ledger *ledger,
                   void (*progress)(void *context, uint64_t done, uint64_t total),
                   void *context,
                   char *ret_sentence)
{
    const struct ledger_options *options = &ledger->options;
    if (options->read_only)
        return ledger_follow(ledger, NULL, progress, context);
    struct changeover *changeover = NULL;
    bool is_dropped = false;
    enum custody_status status = drop_condemned(options->data, &is_dropped);
    if (status == CUSTODY_OK)
        status = changeover_open(options, STORE_READ_ONLY, journal_size(ledger->journal),
                                 ret_sentence, &changeover);
    if (status == CUSTODY_OK)
        status = ledger_follow(ledger, changeover, progress, context);
    if (status == CUSTODY_ERR_CORRUPT) {
        /* Look-ups are derived: damage there costs time, not truth. */
        LOG(LOGGER_WARNING, "lookups_damaged", LOGGER_TEXT("remedy", "made anew from the journal"));
        ledger_unfollow(ledger);
        status = lookups_drop(options->data);
        is_dropped = true;
        if (status == CUSTODY_OK)
            status = ledger_follow(ledger, changeover, progress, context);
    }
    changeover_close(changeover);
    metric_add(&ledger->metrics.rebuilt, is_dropped ? 1 : 0);
    return status;
}

/* The key that signed heads of that size: another one than now when the mark was written before the key was changed. */
static const uint8_t *ledger_key_at(struct ledger *ledger, uint64_t size)
{
    book_turn(ledger->book);
    const struct keyring *keyring = book_keyring(ledger->book);
    const uint8_t *key = keyring == NULL ? NULL : keyring_at(keyring, size);
    return key == NULL ? ledger->keys.public_key : key;
}

/* Before anything but the size can be compared. A larger size is believed only when the ledger's key signed it: a hurt file is no
 * rollback. */
static enum custody_status
ledger_check_mark_size(const struct ledger *ledger, struct span note, struct checkpoint *published)
{
    if (published->size <= journal_size(ledger->journal))
        return CUSTODY_OK;
    return checkpoint_verify(note, ledger->keys.origin, ledger->keys.public_key, published) ==
                   CHECKPOINT_OK
               ? CUSTODY_ERR_ROLLBACK
               : CUSTODY_ERR_EVIDENCE;
}

/* A ledger older than what it has published was rolled back: an old copy, or a lost write. Asked before the look-ups are
 * touched (`tree` is NULL: only the size can be compared) and again when the roots can be. */
static enum custody_status ledger_check_mark(struct ledger *ledger, char *ret_sentence)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    struct checkpoint published;
    size_t len = 0;
    enum custody_status status = mark_read(ledger->options.mark_file, note, sizeof note, &len);
    if (status == CUSTODY_ERR_NOT_FOUND)
        return CUSTODY_OK;
    bool is_one = status == CUSTODY_OK && checkpoint_parse(span_of(note, len), &published);
    if (status == CUSTODY_OK && ledger->tree != NULL)
        status = mark_check(span_of(note, len), ledger->keys.origin,
                            ledger_key_at(ledger, is_one ? published.size : 0),
                            journal_size(ledger->journal), tree_read, ledger->tree);
    else if (status == CUSTODY_OK)
        status = is_one ? ledger_check_mark_size(ledger, span_of(note, len), &published)
                        : CUSTODY_ERR_EVIDENCE;
    if (status == CUSTODY_ERR_ROLLBACK)
        snprintf(
            ret_sentence, 240,
            "the journal is older than the newest published checkpoint (%s): restore a newer copy",
            ledger->options.mark_file);
    else if (status != CUSTODY_OK)
        snprintf(
            ret_sentence, 240,
            "the checkpoint in %.80s cannot be used: %.40s; restore that file, or run custodyd "
            "audit and remove it",
            ledger->options.mark_file, custody_status_sentence(status));
    return status;
}

/* A head whose signature was hurt would be served to everybody, and believed by nobody. */
static enum custody_status ledger_check_head(const struct ledger *ledger, char *ret_sentence)
{
    struct checkpoint head;
    if (ledger->options.read_only || ledger->options.is_succeeding ||
        journal_size(ledger->journal) == 0 ||
        checkpoint_verify(journal_head(ledger->journal), ledger->keys.origin,
                          ledger->keys.public_key, &head) == CHECKPOINT_OK)
        return CUSTODY_OK;
    snprintf(ret_sentence, 240,
             "the head of the journal in %.60s is not signed by the key in %.60s: restore "
             "it from a backup, or name its own key",
             ledger->options.data, ledger->options.key_file);
    return CUSTODY_ERR_CORRUPT;
}

/* A change of the key may have been cut off after it stood on the ledger. */
static void ledger_settle_keys(struct ledger *ledger)
{
    uint8_t former[PUBLIC_KEY_SIZE];
    struct span head = journal_head(ledger->journal);
    memcpy(former, ledger->keys.public_key, sizeof former);
    if (!ledger_keys_settle(&ledger->keys, head))
        return;
    enum custody_status status =
        ledger->options.read_only
            ? CUSTODY_OK
            : passage_keep(ledger->options.data, ledger->keys.origin, former, head);
    LOG(LOGGER_WARNING, "key_change_cut_off",
        LOGGER_TEXT("sentence", "the ledger's next key is in force already; the key file does not "
                                "say so yet"),
        LOGGER_TEXT("passage", custody_status_name(status)),
        LOGGER_TEXT("remedy", "custodyd rotate-key ends it"));
}

void ledger_publish_head(struct ledger *ledger)
{
    struct span head = journal_head(ledger->journal);
    INVARIANT(head.len <= sizeof ledger->head);
    pthread_mutex_lock(&ledger->lock);
    if (head.len > 0)
        memcpy(ledger->head, head.data, head.len);
    ledger->head_len = head.len;
    ledger->head_size = journal_size(ledger->journal);
    ledger->head_recorded_us = journal_last_recorded_at(ledger->journal);
    pthread_mutex_unlock(&ledger->lock);
}

static void ledger_learn_addresses(struct ledger *ledger)
{
    const struct book_ledger *known = book_ledger(ledger->book);
    ledger->addresses[0] = ledger->origin;
    for (uint32_t i = 0; i < known->predecessors; i++)
        ledger->addresses[1 + i] = known->predecessor[i].origin;
    ledger->address_count = 1 + known->predecessors;
}

static const char *copy_path(char room[static 512], const char *path)
{
    if (path == NULL || strlen(path) >= 512)
        return NULL;
    memcpy(room, path, strlen(path) + 1);
    return room;
}

static enum custody_status
ledger_open_parts(struct ledger *ledger,
                  void (*progress)(void *context, uint64_t done, uint64_t total),
                  void *context,
                  char *ret_sentence)
{
    struct ledger_options *options = &ledger->options;
    enum store_mode mode = options->read_only ? STORE_READ_ONLY : STORE_EXISTING;
    char path[600];
    enum custody_status status = ledger_keys_read(options->key_file, &ledger->keys);
    if (status != CUSTODY_OK) {
        snprintf(ret_sentence, 240, "the key file %.90s cannot be used: %s", options->key_file,
                 status == CUSTODY_ERR_PERMISSION
                     ? "it must be readable by its owner only (mode 0600)"
                 : status == CUSTODY_ERR_INVALID
                     ? "it is not what was written; restore it from where the keys are kept"
                     : custody_status_sentence(status));
        return status;
    }
    ledger->origin = statement_origin_digest(ledger->keys.origin);
    status = options->read_only ? CUSTODY_OK : check_deaths(options->data, ret_sentence);
    if (status != CUSTODY_OK)
        return status;
    snprintf(path, sizeof path, "%s/journal", options->data);
    status = journal_open(path, mode, options->map_size, &ledger->journal);
    if (status != CUSTODY_OK) {
        snprintf(ret_sentence, 240, "the journal in %s cannot be opened: %s%s", options->data,
                 custody_status_sentence(status), ledger_remedy(status));
        return status;
    }
    ledger_settle_keys(ledger);
    status = ledger_check_head(ledger, ret_sentence);
    if (status != CUSTODY_OK)
        return status;
    journal_set_ahead(ledger->journal, options->fill_ahead);
    snprintf(path, sizeof path, "%s/annex", options->data);
    status = annex_open(path, options->read_only ? STORE_READ_ONLY : STORE_CREATE,
                        options->map_size, &ledger->annex);
    if (status != CUSTODY_OK) {
        snprintf(ret_sentence, 240, "the annex in %.90s cannot be opened: %.60s%s", options->data,
                 custody_status_sentence(status), ledger_remedy(status));
        return status;
    }
    status = options->read_only ? CUSTODY_OK : accesslog_open(options->data, &ledger->accesses);
    if (status != CUSTODY_OK) {
        snprintf(ret_sentence, 240, "the access log in %s cannot be opened: %s", options->data,
                 custody_status_sentence(status));
        return status;
    }
    status = ledger_check_mark(ledger, ret_sentence);
    if (status != CUSTODY_OK)
        return status;
    status = ledger_make_follow(ledger, progress, context, ret_sentence);
    if (status != CUSTODY_OK) {
        if (ret_sentence[0] == 0)
            snprintf(ret_sentence, 240, "the look-ups in %s cannot follow the journal: %s",
                     options->data, custody_status_sentence(status));
        return status;
    }
    status = ledger_check_mark(ledger, ret_sentence);
    if (status != CUSTODY_OK || options->read_only)
        return status;
    histories_recall(ledger);
    /* The annex may be an older copy than the ledger: what was erased since is in it again. */
    status = annexed_apply_erasures(ledger);
    ledger->is_erasing = status == CUSTODY_ERR_FULL;
    if (status != CUSTODY_OK && status != CUSTODY_ERR_FULL)
        snprintf(ret_sentence, 240, "the annex in %.90s cannot erase what the ledger says: %.50s%s",
                 options->data, custody_status_sentence(status), ledger_remedy(status));
    return ledger->is_erasing ? CUSTODY_OK : status;
}

enum custody_status ledger_open(const struct ledger_options *options,
                                void (*progress)(void *context, uint64_t done, uint64_t total),
                                void *context,
                                char ret_sentence[static 240],
                                struct ledger **ret)
{
    ret_sentence[0] = 0;
    if (!digest_init())
        return CUSTODY_ERR_MEMORY;
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL)
        return CUSTODY_ERR_MEMORY;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&ledger->lock, NULL);
    pthread_cond_init(&ledger->moved, &attributes);
    pthread_condattr_destroy(&attributes);
    ledger->options = *options;
    ledger->options.data = copy_path(ledger->paths[0], options->data);
    ledger->options.key_file = copy_path(ledger->paths[1], options->key_file);
    ledger->options.mark_file = copy_path(ledger->paths[2], options->mark_file);
    if (ledger->options.map_size == 0)
        ledger->options.map_size = LEDGER_MAP_SIZE;
    if (ledger->options.overlay_max == 0)
        ledger->options.overlay_max = LEDGER_OVERLAY;
    ledger->scratch = arena_create(LEDGER_SCRATCH_ARENA);
    enum custody_status status = CUSTODY_ERR_MEMORY;
    if (ledger->options.data == NULL || ledger->options.key_file == NULL ||
        ledger->options.mark_file == NULL) {
        snprintf(ret_sentence, 240,
                 "data folder, key file and mark file must be given, each of at most 511 bytes");
        status = CUSTODY_ERR_INVALID;
    } else if (ledger->scratch != NULL && arena_reserve(ledger->scratch, LEDGER_RESERVE)) {
        status = ledger_open_parts(ledger, progress, context, ret_sentence);
    }
    if (status != CUSTODY_OK) {
        if (ret_sentence[0] == 0)
            snprintf(ret_sentence, 240, "%s", custody_status_sentence(status));
        ledger_close(ledger);
        return status;
    }
    metric_set(&ledger->metrics.overlay_limit, ledger->options.overlay_max);
    ledger->committed = lookups_committed(ledger->lookups);
    ledger_learn_addresses(ledger);
    ledger_publish_head(ledger);
    ledger->opened_ns = clock_monotonic_ns();
    *ret = ledger;
    return CUSTODY_OK;
}

/* Who else publishes heads under this key is a copy of this ledger that lives on, and its receipts stand in no journal of ours. */
static bool mark_is_of_another(struct ledger *ledger)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t len = 0;
    return mark_read(ledger->options.mark_file, note, sizeof note, &len) == CUSTODY_OK &&
           mark_check(span_of(note, len), ledger->keys.origin, ledger->keys.public_key,
                      journal_size(ledger->journal), tree_read,
                      ledger->tree) == CUSTODY_ERR_ROLLBACK;
}

void ledger_write_mark(struct ledger *ledger)
{
    uint64_t size = journal_size(ledger->journal);
    ledger->last_mark_ns = clock_monotonic_ns();
    if (size == ledger->marked_size)
        return;
    if (mark_is_of_another(ledger)) {
        ledger->must_leave = true;
        LOG(LOGGER_ERROR, "mark_of_another", LOGGER_TEXT("file", ledger->options.mark_file),
            LOGGER_TEXT("remedy", "two daemons serve copies of one ledger: stop both, keep the one "
                                  "whose checkpoint stands in the file"));
        return;
    }
    enum custody_status status =
        mark_write(ledger->options.mark_file, journal_head(ledger->journal));
    if (status == CUSTODY_OK) {
        ledger->marked_size = size;
        metric_set(&ledger->metrics.marked, size);
    } else {
        metric_add(&ledger->metrics.mark_failures, 1);
        LOG(LOGGER_ERROR, "mark_failed", LOGGER_TEXT("file", ledger->options.mark_file),
            LOGGER_TEXT("status", custody_status_name(status)));
    }
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    bool is_whole = ledger->apply != NULL && !ledger->options.read_only && ledger->head_size > 0 &&
                    !ledger->must_leave;
    if (is_whole) {
        lookups_discard(ledger->lookups);
        enum custody_status status = ledger_flush(ledger);
        if (status != CUSTODY_OK)
            LOG(LOGGER_WARNING, "flush_failed", LOGGER_TEXT("status", custody_status_name(status)),
                LOGGER_TEXT("remedy", "replayed at the next start"));
        ledger_write_mark(ledger);
        ledger_forget_deaths(ledger, true);
    }
    ledger_unfollow(ledger);
    accesslog_close(ledger->accesses);
    annex_close(ledger->annex);
    journal_close(ledger->journal);
    arena_destroy(ledger->scratch);
    ledger_keys_done(&ledger->keys);
    pthread_cond_destroy(&ledger->moved);
    pthread_mutex_destroy(&ledger->lock);
    free(ledger);
}

const struct changeover_report *ledger_changeover(const struct ledger *ledger)
{
    return &ledger->changeover;
}

const struct ledger_keys *ledger_keys(const struct ledger *ledger)
{
    return &ledger->keys;
}

const char *ledger_origin(const struct ledger *ledger)
{
    return ledger->keys.origin;
}

const struct digest *ledger_origin_digest(const struct ledger *ledger)
{
    return &ledger->origin;
}

const char *ledger_data(const struct ledger *ledger)
{
    return ledger->options.data;
}

const struct digest *ledger_addresses(const struct ledger *ledger, size_t *ret_count)
{
    *ret_count = ledger->address_count;
    return ledger->addresses;
}

size_t
ledger_head(struct ledger *ledger, uint8_t ret[static CHECKPOINT_SIZE_MAX], uint64_t *ret_size)
{
    pthread_mutex_lock(&ledger->lock);
    size_t len = ledger->head_len;
    memcpy(ret, ledger->head, len);
    if (ret_size != NULL)
        *ret_size = ledger->head_size;
    pthread_mutex_unlock(&ledger->lock);
    return len;
}

int64_t ledger_newest_us(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    int64_t newest_us = ledger->head_recorded_us;
    pthread_mutex_unlock(&ledger->lock);
    return newest_us;
}

int64_t ledger_now_us(struct ledger *ledger)
{
    int64_t wall_us = clock_wall_us(), newest_us = ledger_newest_us(ledger);
    return wall_us > newest_us ? wall_us : newest_us;
}

uint64_t ledger_reflected(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    uint64_t committed = ledger->committed;
    pthread_mutex_unlock(&ledger->lock);
    return committed;
}

bool ledger_wait(struct ledger *ledger, uint64_t entries, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&ledger->lock);
    int waited = 0;
    /* What is not even in the journal is not waited for. */
    while (ledger->committed < entries && entries <= ledger->head_size && waited == 0)
        waited = pthread_cond_timedwait(&ledger->moved, &ledger->lock, &until);
    bool reached = ledger->committed >= entries;
    pthread_mutex_unlock(&ledger->lock);
    return reached;
}

struct ledger_metrics *ledger_metrics(struct ledger *ledger)
{
    return &ledger->metrics;
}
