/* backup.c: copy what is new, read everything back, then let the new inventory stand.
 * Never replaces a file that the standing inventory names. */
#include "daemon/ledger/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/ledger/journal.h"
#include "daemon/ledger/mark.h"
#include "daemon/ledger/seal.h"
#include "daemon/ledger/segment.h"

enum {
    SLICE = 1024,      /* entries of one snapshot */
    ANNEX_SLICE = 512, /* records of one, and keys of one sealed piece */
    COPY_BLOCK = 65536,
    MARK_TEXT = 600,
};

struct run {
    const struct backup_options *options;
    struct backup_report *report;
    struct journal *journal;
    struct annex *annex;
    struct inventory inventory; /* what will stand */
    uint64_t from;              /* entries that the place has */
    uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t note_len;
    struct checkpoint head;
    /* The annex's part. */
    struct digest *known; /* names that the place has, in order */
    size_t known_count;
    struct segment_writer *records, *secrets;
    struct seal *seal;
    uint64_t record_count, key_count;
    struct holdings_key piece[ANNEX_SLICE]; /* keys of the slice at hand */
    size_t piece_count;
    uint8_t sealed[HOLDINGS_ROW_MAX];
};

__attribute__((format(printf, 3, 4))) static enum custody_status
fail(struct run *run, enum custody_status status, const char *format, ...)
{
    if (run->report->sentence[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(run->report->sentence, sizeof(run->report->sentence), format, arguments);
        va_end(arguments);
    }
    return status;
}

/* --- the place ----------------------------------------------------------------------------- */

static enum custody_status take_place(struct run *run, int *ret_lock)
{
    const char *place = run->options->place;
    char path[SEGMENT_PATH_MAX];
    if (mkdir(place, 0700) != 0 && errno != EEXIST) {
        enum custody_status status = segment_status_of_errno();
        return fail(run, status, "%s cannot be made: %s", place, strerror(errno));
    }
    if (!segment_path(place, "lock", path)) {
        return CUSTODY_ERR_INVALID;
    }
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) {
        enum custody_status status = segment_status_of_errno();
        return fail(run, status, "%s: %s", path, strerror(errno));
    }
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        close(lock);
        return fail(run, CUSTODY_ERR_BUSY, "another backup is at work in %s", place);
    }
    *ret_lock = lock;
    return CUSTODY_OK;
}

/* Is the earlier backup by this ledger's key, or by one that it had then? */
static bool was_our_key(const struct run *run)
{
    const uint8_t *then = run->inventory.ledger_key;
    const struct keyring *keyring = run->options->keyring;
    const uint8_t *signer = keyring == NULL ? NULL : keyring_at(keyring, run->inventory.entries);
    return memcmp(then, run->options->ledger_key, PUBLIC_KEY_SIZE) == 0 ||
           (signer != NULL && memcmp(then, signer, PUBLIC_KEY_SIZE) == 0);
}

static enum custody_status read_place(struct run *run)
{
    const struct backup_options *options = run->options;
    enum custody_status status = inventory_read(options->place, &run->inventory);
    if (status == CUSTODY_ERR_NOT_FOUND) {
        memcpy(run->inventory.origin, options->origin, strlen(options->origin) + 1);
        memcpy(run->inventory.ledger_key, options->ledger_key, PUBLIC_KEY_SIZE);
        return CUSTODY_OK;
    }
    if (status != CUSTODY_OK) {
        return fail(run, status, "the inventory in %s cannot be read", options->place);
    }
    if (strcmp(run->inventory.origin, options->origin) != 0 || !was_our_key(run)) {
        return fail(run, CUSTODY_ERR_EXISTS, "%s is the place of another ledger, %s",
                    options->place, run->inventory.origin);
    }
    memcpy(run->inventory.ledger_key, options->ledger_key, PUBLIC_KEY_SIZE);
    run->from = run->inventory.entries;
    return CUSTODY_OK;
}

/* A finished file's row, in the place of older ones of its kind when it says all of it again. */
static enum custody_status
add_file(struct run *run, struct segment_writer **writer, struct inventory_file file, bool replaces)
{
    enum custody_status status = segment_finish(writer, &file.bytes, &file.digest);
    if (status != CUSTODY_OK) {
        return fail(run, status, "%s cannot be written to", run->options->place);
    }
    run->report->new_bytes += file.bytes;
    file.generation = run->inventory.generation;
    struct inventory_file *older =
        replaces ? inventory_find(&run->inventory, file.kind, file.from) : NULL;
    if (older != NULL) {
        *older = file;
        return CUSTODY_OK;
    }
    return inventory_add(&run->inventory, &file);
}

static enum custody_status
create_file(struct run *run, enum inventory_kind kind, uint64_t from, struct segment_writer **ret)
{
    char name[INVENTORY_NAME_MAX];
    const struct inventory_file file = {
        .kind = kind, .generation = run->inventory.generation, .from = from};
    inventory_file_name(&file, name);
    enum custody_status status = segment_create(run->options->place, name, ret);
    return status == CUSTODY_OK ? status
                                : fail(run, status, "%s cannot be written to", run->options->place);
}

static enum custody_status write_whole(struct run *run, enum inventory_kind kind, struct span bytes)
{
    struct segment_writer *writer = NULL;
    enum custody_status status = create_file(run, kind, 0, &writer);
    if (status != CUSTODY_OK) {
        return status;
    }
    segment_write(writer, bytes);
    return add_file(run, &writer, (struct inventory_file){.kind = kind, .count = 1}, true);
}

/* --- entries ------------------------------------------------------------------------------- */

/* The head that the copy will end at: what is committed now. */
static enum custody_status take_head(struct run *run)
{
    struct journal_snapshot *snapshot = NULL;
    enum custody_status status = journal_snapshot_begin(run->journal, &snapshot);
    if (status != CUSTODY_OK) {
        return fail(run, status, "the journal in %s cannot be read", run->options->data);
    }
    struct span note = journal_snapshot_head(snapshot);
    memcpy(run->note, note.data == NULL ? (const uint8_t *)"" : note.data, note.len);
    run->note_len = note.len;
    journal_snapshot_end(snapshot);
    if (checkpoint_verify(span_of(run->note, run->note_len), run->options->origin,
                          run->options->ledger_key, &run->head) != CHECKPOINT_OK) {
        return fail(run, CUSTODY_ERR_EVIDENCE, "the journal's head is not signed by its key");
    }
    if (run->head.size < run->from) {
        return fail(run, CUSTODY_ERR_ROLLBACK,
                    "%s holds %" PRIu64 " entries, the ledger only %" PRIu64, run->options->place,
                    run->from, run->head.size);
    }
    return CUSTODY_OK;
}

static enum custody_status
copy_slice(struct run *run, uint64_t from, uint64_t end, struct segment_writer *writer)
{
    struct journal_snapshot *snapshot = NULL;
    enum custody_status status = journal_snapshot_begin(run->journal, &snapshot);
    for (uint64_t number = from; number < end && status == CUSTODY_OK; number++) {
        struct span bytes;
        status = journal_read(snapshot, number, NULL, &bytes);
        if (status == CUSTODY_OK) {
            segment_write_counted(writer, bytes);
        }
    }
    journal_snapshot_end(snapshot);
    return status;
}

static enum custody_status copy_entries(struct run *run)
{
    struct segment_writer *writer = NULL;
    uint64_t number = run->from;
    if (run->head.size == run->from) {
        return CUSTODY_OK;
    }
    enum custody_status status = create_file(run, INVENTORY_ENTRIES, 0, &writer);
    while (status == CUSTODY_OK && number < run->head.size) {
        uint64_t end = run->head.size - number < SLICE ? run->head.size : number + SLICE;
        status = copy_slice(run, number, end, writer);
        number = end;
        if (run->options->progress != NULL) {
            run->options->progress(run->options->context, number - run->from,
                                   run->head.size - run->from);
        }
    }
    if (status != CUSTODY_OK) {
        segment_discard(&writer);
        return fail(run, status, "entries near %" PRIu64 " cannot be copied", number);
    }
    const struct inventory_file file = {
        .kind = INVENTORY_ENTRIES, .from = run->from, .count = run->head.size - run->from};
    run->report->new_entries = file.count;
    return add_file(run, &writer, file, false);
}

/* --- annex --------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return memcmp(((const struct digest *)a)->bytes, ((const struct digest *)b)->bytes,
                  DIGEST_SIZE);
}

static enum custody_status know_file(struct run *run, const struct inventory_file *file)
{
    char name[INVENTORY_NAME_MAX];
    struct segment_reader *reader = NULL;
    inventory_file_name(file, name);
    enum custody_status status = segment_open(run->options->place, name, &reader);
    for (uint64_t i = 0; i < file->count && status == CUSTODY_OK; i++) {
        size_t len;
        status = segment_read(reader, run->known[run->known_count].bytes, DIGEST_SIZE);
        if (status == CUSTODY_OK) {
            run->known_count++;
            status = segment_read_counted(reader, run->sealed, sizeof(run->sealed), &len);
        }
    }
    segment_close(reader);
    return status == CUSTODY_OK ? status : fail(run, status, "%s cannot be read", name);
}

/* The names of all records that the place has. */
static enum custody_status know_records(struct run *run)
{
    uint64_t count = 0;
    for (size_t i = 0; i < run->inventory.file_count; i++) {
        const struct inventory_file *file = &run->inventory.files[i];
        if (file->kind == INVENTORY_ANNEX && file->count > file->bytes / DIGEST_SIZE) {
            return fail(run, CUSTODY_ERR_CORRUPT, "the inventory cannot be right");
        }
        count += file->kind == INVENTORY_ANNEX ? file->count : 0;
    }
    run->known = calloc((size_t)count + 1, sizeof(*run->known));
    if (run->known == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    enum custody_status status = CUSTODY_OK;
    for (size_t i = 0; i < run->inventory.file_count && status == CUSTODY_OK; i++) {
        if (run->inventory.files[i].kind == INVENTORY_ANNEX) {
            status = know_file(run, &run->inventory.files[i]);
        }
    }
    qsort(run->known, run->known_count, sizeof(*run->known), compare_names);
    return status;
}

static void push_secret(struct run *run, struct span plain, bool is_last)
{
    seal_push(run->seal, plain, is_last, run->sealed);
    segment_write_counted(run->secrets, span_of(run->sealed, plain.len + SEAL_OVERHEAD));
}

static enum custody_status copy_record(void *context, const struct annex_kept *kept)
{
    struct run *run = context;
    struct holdings_key *key = &run->piece[run->piece_count++];
    memset(key, 0, sizeof(*key));
    key->name = kept->name;
    if (kept->key == NULL) {
        return CUSTODY_OK;
    }
    if (kept->row.len > HOLDINGS_ROW_MAX) {
        return CUSTODY_ERR_CORRUPT;
    }
    memcpy(key->key, kept->key, ANNEX_KEY_SIZE);
    if (bsearch(&kept->name, run->known, run->known_count, sizeof(*run->known), compare_names) ==
        NULL) {
        segment_write(run->records, span_of(kept->name.bytes, DIGEST_SIZE));
        segment_write_counted(run->records, kept->row);
        run->record_count++;
    }
    return CUSTODY_OK;
}

static enum custody_status copy_records(struct run *run)
{
    struct digest last;
    size_t count = ANNEX_SLICE;
    enum custody_status status = CUSTODY_OK;
    while (status == CUSTODY_OK && count == ANNEX_SLICE) {
        run->piece_count = 0;
        status = annex_walk(run->annex, run->key_count == 0 ? NULL : &last, ANNEX_SLICE,
                            copy_record, run, &last, &count);
        if (status == CUSTODY_OK) {
            push_secret(run, span_of(run->piece, run->piece_count * sizeof(run->piece[0])), false);
            run->key_count += count;
        }
    }
    sodium_memzero(run->piece, sizeof(run->piece));
    push_secret(run, span_of("", 0), true);
    return status == CUSTODY_OK ? status : fail(run, status, "the annex cannot be copied");
}

static enum custody_status copy_annex(struct run *run)
{
    uint8_t head[SEAL_HEAD];
    enum custody_status status = know_records(run);
    if (status == CUSTODY_OK) {
        status = create_file(run, INVENTORY_ANNEX, 0, &run->records);
    }
    if (status == CUSTODY_OK) {
        status = create_file(run, INVENTORY_SECRETS, 0, &run->secrets);
    }
    if (status == CUSTODY_OK) {
        status = seal_create(run->options->passphrase, run->options->is_quick, head, &run->seal);
    }
    if (status == CUSTODY_OK) {
        segment_write(run->secrets, span_of(head, sizeof(head)));
        push_secret(run, run->options->secret, false);
        status = copy_records(run);
    }
    if (status == CUSTODY_OK) {
        const struct inventory_file file = {.kind = INVENTORY_SECRETS, .count = run->key_count};
        status = add_file(run, &run->secrets, file, true);
    }
    if (status == CUSTODY_OK && run->record_count > 0) {
        const struct inventory_file file = {.kind = INVENTORY_ANNEX, .count = run->record_count};
        status = add_file(run, &run->records, file, false);
    }
    seal_done(&run->seal);
    segment_discard(&run->records);
    segment_discard(&run->secrets);
    run->report->records = run->key_count;
    run->report->new_records = run->record_count;
    return status;
}

/* --- the rest ------------------------------------------------------------------------------ */

/* One day's lines. The daemon may be writing the running day's: what is whole lines by now is copied. */
static enum custody_status copy_day(struct run *run, const char *path, uint64_t day)
{
    struct segment_writer *writer = NULL;
    uint8_t block[COPY_BLOCK];
    size_t len;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return errno == ENOENT ? CUSTODY_OK : segment_status_of_errno();
    }
    enum custody_status status = create_file(run, INVENTORY_ACCESS, day, &writer);
    while (status == CUSTODY_OK && (len = fread(block, 1, sizeof(block), file)) > 0) {
        segment_write(writer, span_of(block, len));
    }
    if (status == CUSTODY_OK && ferror(file)) {
        status = CUSTODY_ERR_IO;
    }
    fclose(file);
    if (status != CUSTODY_OK) {
        segment_discard(&writer);
        return status;
    }
    const struct inventory_file row = {.kind = INVENTORY_ACCESS, .from = day, .count = 1};
    return add_file(run, &writer, row, true);
}

/* Days whose file has another length than the copy: it is only ever appended to. */
static enum custody_status copy_access(struct run *run)
{
    char folder[SEGMENT_PATH_MAX], path[SEGMENT_PATH_MAX];
    enum custody_status status = CUSTODY_OK;
    DIR *days = segment_path(run->options->data, "access", folder) ? opendir(folder) : NULL;
    if (days == NULL) {
        return errno == ENOENT ? CUSTODY_OK : segment_status_of_errno();
    }
    for (struct dirent *entry; status == CUSTODY_OK && (entry = readdir(days)) != NULL;) {
        uint64_t day;
        struct stat found;
        if (strlen(entry->d_name) != 12 || strcmp(entry->d_name + 8, ".log") != 0 ||
            !bytes_parse_decimal(span_of(entry->d_name, 8), &day) ||
            !segment_path(folder, entry->d_name, path) || stat(path, &found) != 0) {
            continue;
        }
        const struct inventory_file *copy = inventory_find(&run->inventory, INVENTORY_ACCESS, day);
        if (copy == NULL || copy->bytes != (uint64_t)found.st_size) {
            status = copy_day(run, path, day);
        }
    }
    closedir(days);
    return status == CUSTODY_OK ? status : fail(run, status, "the access log cannot be copied");
}

/* All that the new inventory names, read from the disk again. */
static enum custody_status read_back(struct run *run)
{
    const struct backup_options *options = run->options;
    struct backup_report *report = run->report;
    struct holdings holdings;
    struct inventory copy = run->inventory;
    memset(&run->inventory, 0, sizeof(run->inventory));
    enum custody_status status = holdings_open_with(options->place, &copy, &holdings);
    if (status == CUSTODY_OK) {
        status =
            holdings_verify(&holdings, options->passphrase, options->progress, options->context);
    }
    if (status == CUSTODY_OK &&
        !span_is_equal(span_of(holdings.secret, holdings.secret_len), options->secret)) {
        status = CUSTODY_ERR_CORRUPT;
    }
    if (status == CUSTODY_OK) {
        status = inventory_write(options->place, &holdings.inventory);
    }
    if (status == CUSTODY_OK) {
        status = inventory_sweep(options->place, &holdings.inventory);
    }
    report->entries = holdings.inventory.entries;
    report->root = holdings.inventory.root;
    report->last_leaf = holdings.last_leaf;
    report->last_recorded_at_us = holdings.last_recorded_at_us;
    memcpy(report->note, holdings.note, holdings.note_len);
    report->note_len = holdings.note_len;
    if (status != CUSTODY_OK && holdings.sentence[0] != '\0') {
        fail(run, status, "%s", holdings.sentence);
    }
    holdings_done(&holdings);
    return status;
}

static enum custody_status open_ledger(struct run *run)
{
    char path[SEGMENT_PATH_MAX];
    const struct backup_options *options = run->options;
    enum custody_status status =
        segment_path(options->data, "journal", path)
            ? journal_open(path, STORE_BESIDE, options->map_size, &run->journal)
            : CUSTODY_ERR_INVALID;
    if (status == CUSTODY_OK) {
        status = segment_path(options->data, "annex", path)
                     ? annex_open(path, STORE_BESIDE, options->map_size, &run->annex)
                     : CUSTODY_ERR_INVALID;
    }
    return status == CUSTODY_OK ? status
                                : fail(run, status, "the ledger in %s cannot be read: %s",
                                       options->data, custody_status_sentence(status));
}

static enum custody_status copy_all(struct run *run)
{
    enum custody_status status = read_place(run);
    if (status == CUSTODY_OK) {
        status = open_ledger(run);
    }
    if (status == CUSTODY_OK) {
        status = take_head(run);
    }
    if (status != CUSTODY_OK) {
        return status;
    }
    run->inventory.generation++;
    run->inventory.made_at_us = run->options->now_us;
    run->inventory.entries = run->head.size;
    run->inventory.root = run->head.root;
    /* Entries first: a record is in the annex before its statement is in the journal. */
    if ((status = copy_entries(run)) != CUSTODY_OK || (status = copy_annex(run)) != CUSTODY_OK ||
        (status = copy_access(run)) != CUSTODY_OK ||
        (status = write_whole(run, INVENTORY_CONFIGURATION, run->options->configuration)) !=
            CUSTODY_OK ||
        (status = write_whole(run, INVENTORY_CHECKPOINT, span_of(run->note, run->note_len))) !=
            CUSTODY_OK) {
        return status;
    }
    return read_back(run);
}

enum custody_status backup_make(const struct backup_options *options, struct backup_report *ret)
{
    int lock = -1;
    memset(ret, 0, sizeof(*ret));
    struct run *run = calloc(1, sizeof(*run));
    if (run == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    run->options = options;
    run->report = ret;
    enum custody_status status = CUSTODY_ERR_INVALID;
    if (strlen(options->origin) <= CHECKPOINT_ORIGIN_MAX && options->passphrase.len > 0 &&
        options->secret.len <= HOLDINGS_SECRET_MAX) {
        status = take_place(run, &lock);
    }
    if (status == CUSTODY_OK) {
        status = copy_all(run);
    }
    annex_close(run->annex);
    journal_close(run->journal);
    inventory_done(&run->inventory);
    free(run->known);
    sodium_memzero(run, sizeof(*run));
    free(run);
    if (lock >= 0) {
        close(lock);
    }
    if (status != CUSTODY_OK && ret->sentence[0] == '\0') {
        snprintf(ret->sentence, sizeof(ret->sentence), "%s", custody_status_sentence(status));
    }
    return status;
}

/* --- when it was --------------------------------------------------------------------------- */

static bool mark_path(const char *data, const char *what, char ret[static SEGMENT_PATH_MAX])
{
    int len = snprintf(ret, SEGMENT_PATH_MAX, "%s/last-%s", data, what);
    return len > 0 && len < SEGMENT_PATH_MAX;
}

enum custody_status
backup_mark_write(const char *data, const char *what, const struct backup_mark *mark)
{
    char path[SEGMENT_PATH_MAX], text[MARK_TEXT];
    int len = snprintf(text, sizeof(text), "custody-backup-mark/1\n%" PRId64 "\n%" PRIu64 "\n%s\n",
                       mark->at_us, mark->entries, mark->place);
    if (len < 0 || (size_t)len >= sizeof(text) || !mark_path(data, what, path)) {
        return CUSTODY_ERR_INVALID;
    }
    return mark_write(path, span_of(text, (size_t)len));
}

/* The text up to the next line end, which is taken away; false when there is none. */
static bool take_line(struct span *text, struct span *ret)
{
    const uint8_t *end = text->len == 0 ? NULL : memchr(text->data, '\n', text->len);
    if (end == NULL) {
        return false;
    }
    *ret = span_of(text->data, (size_t)(end - text->data));
    *text = span_of(end + 1, text->len - ret->len - 1);
    return true;
}

enum custody_status backup_mark_read(const char *data, const char *what, struct backup_mark *ret)
{
    char path[SEGMENT_PATH_MAX];
    uint8_t bytes[MARK_TEXT];
    size_t len = 0;
    uint64_t at_us;
    struct backup_mark mark = {0};
    struct span title, at, entries, place;
    if (!mark_path(data, what, path)) {
        return CUSTODY_ERR_INVALID;
    }
    enum custody_status status = mark_read(path, bytes, sizeof(bytes), &len);
    if (status != CUSTODY_OK) {
        return status;
    }
    struct span text = span_of(bytes, len);
    if (!take_line(&text, &title) || !span_is_equal(title, span_text("custody-backup-mark/1")) ||
        !take_line(&text, &at) || !bytes_parse_decimal(at, &at_us) || at_us > INT64_MAX ||
        !take_line(&text, &entries) || !bytes_parse_decimal(entries, &mark.entries) ||
        !take_line(&text, &place) || place.len >= sizeof(mark.place)) {
        return CUSTODY_ERR_CORRUPT;
    }
    mark.at_us = (int64_t)at_us;
    memcpy(mark.place, place.data, place.len);
    *ret = mark;
    return CUSTODY_OK;
}
