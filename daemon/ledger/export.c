/* export.c: bundles and the tiles over them, tiles over tiles, and a checkpoint when all of it was read back.
 * Never publishes what it has not read again. */
#include "daemon/ledger/export.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/ledger/journal.h"
#include "daemon/ledger/segment.h"

enum { BUNDLE_MAX = TILE_WIDTH * (2 + ENTRY_SIZE_MAX), PROGRESS_EVERY = 16 };

static const char passing_name[] = ".new";
static const char checkpoint_name[] = "checkpoint";

struct run {
    const struct export_options *options;
    struct export_report *report;
    struct journal *journal;
    int place; /* the folder, locked */
    uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t note_len;
    struct checkpoint head, published;
    uint8_t *bundle, *there; /* BUNDLE_MAX bytes each */
    struct digest tile[TILE_WIDTH], below[TILE_WIDTH];
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

static bool is_there(const struct run *run, const char *path)
{
    return faccessat(run->place, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static enum custody_status make_folder(const struct run *run, int parent, const char *path)
{
    mode_t mode = run->options->without_entries ? 0755 : 0700;
    if (mkdirat(parent, path, mode) != 0) {
        return errno == EEXIST ? CUSTODY_OK : segment_status_of_errno();
    }
    /* The daemon's umask would hide the public form from whoever serves it. */
    return fchmodat(parent, path, mode, 0) == 0 ? CUSTODY_OK : segment_status_of_errno();
}

static enum custody_status take_place(struct run *run)
{
    const char *place = run->options->place;
    enum custody_status status = make_folder(run, AT_FDCWD, place);
    if (status == CUSTODY_OK) {
        run->place = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        status = run->place < 0 ? segment_status_of_errno() : CUSTODY_OK;
    }
    if (status != CUSTODY_OK) {
        return fail(run, status, "%s: %s", place, strerror(errno));
    }
    return flock(run->place, LOCK_EX | LOCK_NB) == 0
               ? CUSTODY_OK
               : fail(run, CUSTODY_ERR_BUSY, "another export is at work in %s", place);
}

/* Under which key a checkpoint of the ledger must verify. */
static const uint8_t *key_of(const struct export_options *options, struct span note)
{
    struct checkpoint checkpoint;
    const uint8_t *key = options->keyring != NULL && checkpoint_parse(note, &checkpoint)
                             ? keyring_at(options->keyring, checkpoint.size)
                             : NULL;
    return key != NULL ? key : options->ledger_key;
}

/* Up to a checkpoint. */
static enum custody_status
check_tiles(struct run *run, struct span note, bool without_entries, uint64_t entries_from)
{
    const struct export_options *options = run->options;
    const struct tiles_options checking = {
        .place = options->place,
        .origin = options->origin,
        .ledger_key = key_of(options, note),
        .without_entries = without_entries,
        .note = note,
        .entries_from = entries_from,
        .progress = options->progress,
        .context = options->context,
    };
    struct tiles_report report;
    enum custody_status status = tiles_verify(&checking, &report);
    return status == CUSTODY_OK ? status : fail(run, status, "%s", report.sentence);
}

/* What is published there: a checkpoint of this ledger, of this form; or nothing. */
static enum custody_status read_published(struct run *run)
{
    const struct export_options *options = run->options;
    uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t len;
    if (options->without_entries && is_there(run, "tile/entries")) {
        return fail(run, CUSTODY_ERR_EXISTS,
                    "%s has entries: the public form needs a place of its own", options->place);
    }
    if (!options->without_entries && is_there(run, "tile/0") && !is_there(run, "tile/entries")) {
        return fail(run, CUSTODY_ERR_EXISTS,
                    "%s is a public form, which is to have no entries: take another place",
                    options->place);
    }
    enum custody_status status =
        tiles_read_file(options->place, checkpoint_name, note, sizeof(note), &len);
    if (status == CUSTODY_ERR_NOT_FOUND) {
        return CUSTODY_OK;
    }
    if (status != CUSTODY_OK) {
        return fail(run, status, "%s/checkpoint cannot be read", options->place);
    }
    switch (checkpoint_verify(span_of(note, len), options->origin,
                              key_of(options, span_of(note, len)), &run->published)) {
    case CHECKPOINT_OK:
        return check_tiles(run, span_of(note, len), true, 0);
    case CHECKPOINT_OTHER_ORIGIN:
        return fail(run, CUSTODY_ERR_EXISTS, "%s is the place of another ledger", options->place);
    case CHECKPOINT_MALFORMED:
    case CHECKPOINT_UNSIGNED:
    case CHECKPOINT_BAD_SIGNATURE:
        break;
    }
    return fail(run, CUSTODY_ERR_EVIDENCE, "checkpoint in %s is not signed by the ledger's key",
                options->place);
}

/* --- one file ------------------------------------------------------------------------------ */

static bool is_same_there(struct run *run, const char *path, struct span bytes)
{
    size_t len;
    return tiles_read_file(run->options->place, path, run->there, BUNDLE_MAX, &len) == CUSTODY_OK &&
           span_is_equal(span_of(run->there, len), bytes);
}

static enum custody_status write_passing(struct run *run, struct span bytes)
{
    mode_t mode = run->options->without_entries ? 0644 : 0600;
    int file = openat(run->place, passing_name,
                      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (file < 0) {
        return segment_status_of_errno();
    }
    enum custody_status status = fchmod(file, mode) == 0 ? CUSTODY_OK : segment_status_of_errno();
    for (size_t done = 0; done < bytes.len && status == CUSTODY_OK;) {
        ssize_t count = write(file, bytes.data + done, bytes.len - done);
        if (count < 0 && errno != EINTR) {
            status = segment_status_of_errno();
        }
        done += count > 0 ? (size_t)count : 0;
    }
    if (close(file) != 0 && status == CUSTODY_OK) {
        status = segment_status_of_errno();
    }
    return status;
}

/* The folders above a path. */
static enum custody_status make_folders(struct run *run, const char *path)
{
    char folder[TILE_PATH_MAX];
    enum custody_status status = CUSTODY_OK;
    for (const char *end = strchr(path, '/'); end != NULL && status == CUSTODY_OK;
         end = strchr(end + 1, '/')) {
        snprintf(folder, sizeof(folder), "%.*s", (int)(end - path), path);
        status = make_folder(run, run->place, folder);
    }
    return status;
}

static enum custody_status name_passing(struct run *run, const char *path)
{
    if (renameat(run->place, passing_name, run->place, path) == 0) {
        return CUSTODY_OK;
    }
    enum custody_status status =
        errno == ENOENT ? make_folders(run, path) : segment_status_of_errno();
    return status == CUSTODY_OK && renameat(run->place, passing_name, run->place, path) != 0
               ? segment_status_of_errno()
               : status;
}

/* Nothing is synced here: all files are, together, before they are read back. */
static enum custody_status put(struct run *run, const char *path, struct span bytes)
{
    if (is_same_there(run, path, bytes)) {
        return CUSTODY_OK;
    }
    enum custody_status status = write_passing(run, bytes);
    if (status == CUSTODY_OK) {
        status = name_passing(run, path);
    }
    if (status != CUSTODY_OK) {
        return fail(run, status, "%s/%s cannot be written: %s", run->options->place, path,
                    custody_status_sentence(status));
    }
    run->report->new_files++;
    run->report->new_bytes += bytes.len;
    return CUSTODY_OK;
}

static enum custody_status put_tile(struct run *run, uint32_t level, uint64_t index, uint32_t width)
{
    char path[TILE_PATH_MAX];
    tile_write_path(level, index, width, path);
    return put(run, path, span_of(run->tile, (size_t)width * DIGEST_SIZE));
}

/* What the published checkpoint covers was checked before anything is written. */
static bool is_done(const struct run *run, uint32_t level, uint64_t index)
{
    return tile_width(run->published.size, level, index) ==
           tile_width(run->head.size, level, index);
}

/* --- entries ------------------------------------------------------------------------------- */

/* The head that the export will end at: what is committed now. */
static enum custody_status take_head(struct run *run)
{
    struct journal_snapshot *snapshot = NULL;
    const struct export_options *options = run->options;
    enum custody_status status = journal_snapshot_begin(run->journal, &snapshot);
    if (status != CUSTODY_OK) {
        return fail(run, status, "the journal in %s cannot be read", options->data);
    }
    struct span note = journal_snapshot_head(snapshot);
    memcpy(run->note, note.data == NULL ? (const uint8_t *)"" : note.data, note.len);
    run->note_len = note.len;
    journal_snapshot_end(snapshot);
    if (checkpoint_verify(span_of(run->note, run->note_len), options->origin,
                          key_of(options, span_of(run->note, run->note_len)),
                          &run->head) != CHECKPOINT_OK) {
        return fail(run, CUSTODY_ERR_EVIDENCE, "the journal's head is not signed by its key");
    }
    return run->head.size >= run->published.size
               ? CUSTODY_OK
               : fail(run, CUSTODY_ERR_ROLLBACK,
                      "%s holds %" PRIu64 " entries, the ledger only %" PRIu64, options->place,
                      run->published.size, run->head.size);
}

/* A tile's entries, as a bundle and as hashes. */
static enum custody_status
take_entries(struct run *run, uint64_t first, uint32_t width, size_t *ret_len)
{
    struct journal_snapshot *snapshot = NULL;
    struct bytes_writer bundle;
    bytes_writer_init(&bundle, run->bundle, BUNDLE_MAX);
    enum custody_status status = journal_snapshot_begin(run->journal, &snapshot);
    for (uint32_t i = 0; i < width && status == CUSTODY_OK; i++) {
        struct span entry;
        status = journal_read(snapshot, first + i, NULL, &entry);
        if (status == CUSTODY_OK) {
            bytes_write_u16(&bundle, (uint16_t)entry.len);
            bytes_write_span(&bundle, entry);
            run->tile[i] = merkle_leaf(entry);
        }
    }
    journal_snapshot_end(snapshot);
    if (status == CUSTODY_OK && bundle.failed) {
        status = CUSTODY_ERR_CORRUPT;
    }
    *ret_len = bundle.len;
    return status == CUSTODY_OK ? status
                                : fail(run, status, "entries near %" PRIu64 " cannot be read: %s",
                                       first, custody_status_sentence(status));
}

static enum custody_status put_entries(struct run *run, uint64_t index)
{
    char path[TILE_PATH_MAX];
    size_t len;
    uint32_t width = tile_width(run->head.size, 0, index);
    enum custody_status status = take_entries(run, index * TILE_WIDTH, width, &len);
    /* The bundle first: a place with tiles and no bundles is a public form. */
    if (status == CUSTODY_OK && !run->options->without_entries) {
        tile_write_bundle_path(index, width, path);
        status = put(run, path, span_of(run->bundle, len));
    }
    return status == CUSTODY_OK ? put_tile(run, 0, index, width) : status;
}

static enum custody_status put_all_entries(struct run *run)
{
    const struct export_options *options = run->options;
    enum custody_status status = CUSTODY_OK;
    uint64_t count = tile_count(run->head.size, 0);
    for (uint64_t index = 0; index < count && status == CUSTODY_OK; index++) {
        if (!is_done(run, 0, index)) {
            status = put_entries(run, index);
        }
        if (options->progress != NULL && index % PROGRESS_EVERY == 0) {
            options->progress(options->context, index * TILE_WIDTH, run->head.size);
        }
    }
    return status;
}

/* --- levels above -------------------------------------------------------------------------- */

static enum custody_status put_level_tile(struct run *run, uint32_t level, uint64_t index)
{
    uint32_t width = tile_width(run->head.size, level, index);
    for (uint32_t i = 0; i < width; i++) {
        uint64_t below = index * TILE_WIDTH + i;
        enum custody_status status =
            tiles_read(run->options->place, run->head.size, level - 1, below, run->below);
        if (status != CUSTODY_OK) {
            char path[TILE_PATH_MAX];
            tile_write_path(level - 1, below, TILE_WIDTH, path);
            return fail(run, status == CUSTODY_ERR_CORRUPT ? CUSTODY_ERR_EVIDENCE : status,
                        "%s cannot be read back", path);
        }
        run->tile[i] = tile_fold(run->below, TILE_WIDTH);
    }
    return put_tile(run, level, index, width);
}

static enum custody_status put_levels(struct run *run)
{
    enum custody_status status = CUSTODY_OK;
    for (uint32_t level = 1; level < TILE_LEVELS && status == CUSTODY_OK; level++) {
        uint64_t count = tile_count(run->head.size, level);
        for (uint64_t index = 0; index < count && status == CUSTODY_OK; index++) {
            if (!is_done(run, level, index)) {
                status = put_level_tile(run, level, index);
            }
        }
    }
    return status;
}

/* --- publishing ---------------------------------------------------------------------------- */

/* Everything on the disk and read from it again; and a continuation of what was published. */
static enum custody_status read_back(struct run *run)
{
    const struct export_options *options = run->options;
    if (syncfs(run->place) != 0) {
        return fail(run, segment_status_of_errno(), "%s cannot be synced", options->place);
    }
    struct digest root;
    enum custody_status status = check_tiles(run, span_of(run->note, run->note_len),
                                             options->without_entries, run->published.size);
    if (status != CUSTODY_OK) {
        return status;
    }
    if (run->published.origin[0] == '\0') {
        return CUSTODY_OK;
    }
    status = tiles_root_at(options->place, run->head.size, run->published.size, &root);
    if (status == CUSTODY_OK && !digest_is_equal(&root, &run->published.root)) {
        status = CUSTODY_ERR_EVIDENCE;
    }
    return status == CUSTODY_OK ? status
                                : fail(run, status,
                                       "the ledger does not continue the checkpoint of %" PRIu64
                                       " entries that is published in %s",
                                       run->published.size, options->place);
}

static enum custody_status publish(struct run *run)
{
    enum custody_status status = CUSTODY_OK;
    struct span note = span_of(run->note, run->note_len);
    if (!is_same_there(run, checkpoint_name, note)) {
        status = write_passing(run, note);
        /* Its content before its name, or a power loss could leave the name alone. */
        if (status == CUSTODY_OK &&
            (syncfs(run->place) != 0 ||
             renameat(run->place, passing_name, run->place, checkpoint_name) != 0 ||
             fsync(run->place) != 0)) {
            status = segment_status_of_errno();
        }
    }
    return status == CUSTODY_OK ? status
                                : fail(run, status, "%s/checkpoint cannot be written: %s",
                                       run->options->place, custody_status_sentence(status));
}

/* The folder of a full tile's partial ones; it is not there for most. */
static enum custody_status remove_partial(struct run *run, const char *path)
{
    char folder[SEGMENT_PATH_MAX];
    snprintf(folder, sizeof(folder), "%s/%s.p", run->options->place, path);
    DIR *names = opendir(folder);
    if (names == NULL) {
        return errno == ENOENT ? CUSTODY_OK : segment_status_of_errno();
    }
    enum custody_status status = CUSTODY_OK;
    for (struct dirent *entry; status == CUSTODY_OK && (entry = readdir(names)) != NULL;) {
        if (entry->d_name[0] != '.' && unlinkat(dirfd(names), entry->d_name, 0) != 0) {
            status = segment_status_of_errno();
        }
    }
    closedir(names);
    return status == CUSTODY_OK && rmdir(folder) != 0 ? segment_status_of_errno() : status;
}

static enum custody_status sweep(struct run *run)
{
    char path[TILE_PATH_MAX];
    enum custody_status status = CUSTODY_OK;
    for (uint32_t level = 0; level < TILE_LEVELS && status == CUSTODY_OK; level++) {
        uint64_t full = (run->head.size >> (8 * level)) / TILE_WIDTH;
        for (uint64_t index = 0; index < full && status == CUSTODY_OK; index++) {
            tile_write_path(level, index, TILE_WIDTH, path);
            status = remove_partial(run, path);
            if (status == CUSTODY_OK && level == 0) {
                tile_write_bundle_path(index, TILE_WIDTH, path);
                status = remove_partial(run, path);
            }
        }
    }
    unlinkat(run->place, passing_name, 0);
    return status == CUSTODY_OK ? status
                                : fail(run, status, "partial tiles in %s cannot be removed: %s",
                                       run->options->place, custody_status_sentence(status));
}

/* --- all of it ----------------------------------------------------------------------------- */

static enum custody_status export_all(struct run *run)
{
    char path[SEGMENT_PATH_MAX];
    const struct export_options *options = run->options;
    enum custody_status status = read_published(run);
    if (status != CUSTODY_OK) {
        return status;
    }
    status = segment_path(options->data, "journal", path)
                 ? journal_open(path, STORE_BESIDE, options->map_size, &run->journal)
                 : CUSTODY_ERR_INVALID;
    if (status != CUSTODY_OK) {
        return fail(run, status, "the ledger in %s cannot be read: %s", options->data,
                    custody_status_sentence(status));
    }
    if ((status = take_head(run)) != CUSTODY_OK || (status = put_all_entries(run)) != CUSTODY_OK ||
        (status = put_levels(run)) != CUSTODY_OK || (status = read_back(run)) != CUSTODY_OK ||
        (status = publish(run)) != CUSTODY_OK) {
        return status;
    }
    run->report->entries = run->head.size;
    run->report->new_entries = run->head.size - run->published.size;
    run->report->root = run->head.root;
    return sweep(run);
}

enum custody_status export_make(const struct export_options *options, struct export_report *ret)
{
    memset(ret, 0, sizeof(*ret));
    struct run *run = calloc(1, sizeof(*run));
    if (run == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    run->options = options;
    run->report = ret;
    run->place = -1;
    run->bundle = malloc(BUNDLE_MAX);
    run->there = malloc(BUNDLE_MAX);
    enum custody_status status =
        run->bundle == NULL || run->there == NULL ? CUSTODY_ERR_MEMORY : take_place(run);
    if (status == CUSTODY_OK) {
        status = export_all(run);
    }
    journal_close(run->journal);
    if (run->place >= 0) {
        close(run->place);
    }
    free(run->bundle);
    free(run->there);
    free(run);
    if (status != CUSTODY_OK && ret->sentence[0] == '\0') {
        snprintf(ret->sentence, sizeof(ret->sentence), "%s", custody_status_sentence(status));
    }
    return status;
}
