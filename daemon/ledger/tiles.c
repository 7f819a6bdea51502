/* tiles.c: from the signature down: the edge, the tiles level by level, the entries.
 * Never hashes a file that it could compare with one already proved. */
#include "daemon/ledger/tiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "proto/entry.h"
#include "daemon/ledger/segment.h"

enum { BUNDLE_MAX = TILE_WIDTH * (2 + ENTRY_SIZE_MAX), PROGRESS_EVERY = 16 };

struct check {
    const struct tiles_options *options;
    struct tiles_report *report;
    uint64_t size;
    struct digest tile[TILE_WIDTH];
    struct digest above[TILE_WIDTH]; /* of the tile that says what `tile` hashes to */
    uint8_t *bundle, *older;         /* BUNDLE_MAX bytes each */
    size_t ends[TILE_WIDTH + 1];     /* of the bundle's entries, in bytes; of the tile's hashes */
};

__attribute__((format(printf, 4, 5))) static enum custody_status
lies(struct check *check, const char *path, uint64_t entry, const char *format, ...)
{
    struct tiles_report *report = check->report;
    char what[TILES_SENTENCE - TILE_PATH_MAX - 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    snprintf(report->sentence, sizeof(report->sentence), "%.*s %s", TILE_PATH_MAX, path, what);
    snprintf(report->bad_file, sizeof(report->bad_file), "%s", path);
    report->bad_entry = entry;
    return CUSTODY_ERR_EVIDENCE;
}

/* A failure to read, as a finding when it is one. */
static enum custody_status
unreadable(struct check *check, const char *path, enum custody_status status)
{
    if (status == CUSTODY_ERR_NOT_FOUND) {
        return lies(check, path, UINT64_MAX, "is missing");
    }
    if (status == CUSTODY_ERR_CORRUPT) {
        return lies(check, path, UINT64_MAX, "has another length than it should");
    }
    snprintf(check->report->sentence, sizeof(check->report->sentence), "%s/%s cannot be read: %s",
             check->options->place, path, custody_status_sentence(status));
    return status;
}

/* --- files --------------------------------------------------------------------------------- */

enum custody_status
tiles_read_file(const char *place, const char *path, uint8_t *ret, size_t cap, size_t *ret_len)
{
    char full[SEGMENT_PATH_MAX];
    struct stat found;
    size_t len = 0;
    ssize_t count = 1;
    if (!segment_path(place, path, full)) {
        return CUSTODY_ERR_INVALID;
    }
    int file = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) {
        return errno == ENOTDIR ? CUSTODY_ERR_NOT_FOUND : segment_status_of_errno();
    }
    enum custody_status status = fstat(file, &found) == 0 ? CUSTODY_OK : segment_status_of_errno();
    if (status == CUSTODY_OK && (!S_ISREG(found.st_mode) || (uint64_t)found.st_size > cap)) {
        status = CUSTODY_ERR_CORRUPT;
    }
    /* What is read is what the disk has. */
    (void)posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    while (status == CUSTODY_OK && len < cap && count > 0) {
        count = read(file, ret + len, cap - len);
        if (count < 0 && errno != EINTR) {
            status = segment_status_of_errno();
        }
        len += count > 0 ? (size_t)count : 0;
    }
    close(file);
    *ret_len = status == CUSTODY_OK ? len : 0;
    return status;
}

enum custody_status tiles_read(const char *place,
                               uint64_t size,
                               uint32_t level,
                               uint64_t index,
                               struct digest ret[static TILE_WIDTH])
{
    char path[TILE_PATH_MAX];
    size_t len;
    uint32_t width = tile_width(size, level, index);
    tile_write_path(level, index, width, path);
    enum custody_status status = tiles_read_file(place, path, ret[0].bytes, TILE_BYTES, &len);
    return status == CUSTODY_OK && len != (size_t)width * DIGEST_SIZE ? CUSTODY_ERR_CORRUPT
                                                                      : status;
}

static enum custody_status
read_tile(struct check *check, uint32_t level, uint64_t index, struct digest *ret)
{
    char path[TILE_PATH_MAX];
    enum custody_status status = tiles_read(check->options->place, check->size, level, index, ret);
    check->report->files++;
    if (status == CUSTODY_OK) {
        return status;
    }
    tile_write_path(level, index, tile_width(check->size, level, index), path);
    return unreadable(check, path, status);
}

/* --- the edge ------------------------------------------------------------------------------ */

/* The roots of perfect subtrees that the last `width` hashes of a level fall into, largest first. */
static void add_to_edge(struct merkle_edge *edge, const struct digest *hashes, uint32_t width)
{
    for (uint32_t count = TILE_WIDTH / 2; count > 0; count /= 2) {
        if ((width & count) != 0) {
            edge->nodes[edge->count++] = tile_fold(hashes, count);
            hashes += count;
        }
    }
}

static uint32_t edge_width(uint64_t size, uint32_t level)
{
    return (uint32_t)(size >> (8 * level) & (TILE_WIDTH - 1));
}

static uint64_t edge_index(uint64_t size, uint32_t level)
{
    return (size >> (8 * level)) / TILE_WIDTH;
}

enum custody_status tiles_root_at(const char *place, uint64_t size, uint64_t at, struct digest *ret)
{
    struct digest hashes[TILE_WIDTH];
    struct merkle_edge edge;
    merkle_edge_init(&edge);
    edge.size = at;
    for (uint32_t level = TILE_LEVELS; level-- > 0;) {
        if (edge_width(at, level) == 0) {
            continue;
        }
        enum custody_status status = tiles_read(place, size, level, edge_index(at, level), hashes);
        if (status != CUSTODY_OK) {
            return status;
        }
        add_to_edge(&edge, hashes, edge_width(at, level));
    }
    *ret = merkle_edge_root(&edge);
    return CUSTODY_OK;
}

/* The partial tiles, each as it is, or as what lies under it says. */
struct edge_tiles {
    struct digest stored[TILE_LEVELS][TILE_WIDTH];
    struct digest said[TILE_LEVELS][TILE_WIDTH];
    bool differs[TILE_LEVELS];
};

/* `said`: a bit for each level whose tile is taken as what lies under it says. */
static struct digest
root_of(const struct check *check, const struct edge_tiles *tiles, uint32_t said)
{
    struct merkle_edge edge;
    merkle_edge_init(&edge);
    edge.size = check->size;
    for (uint32_t level = TILE_LEVELS; level-- > 0;) {
        add_to_edge(&edge, (said >> level & 1) != 0 ? tiles->said[level] : tiles->stored[level],
                    edge_width(check->size, level));
    }
    return merkle_edge_root(&edge);
}

/* What the files under a partial tile say of its hashes; what they do not say is taken as it is. */
static void ask_below(struct check *check, uint32_t level, struct edge_tiles *tiles)
{
    const char *place = check->options->place;
    uint64_t size = check->size, index = edge_index(size, level);
    uint32_t width = edge_width(size, level);
    char path[TILE_PATH_MAX];
    struct span bundle = {0}, entry;
    size_t len = 0;
    struct digest *said = tiles->said[level];
    memcpy(said, tiles->stored[level], width * sizeof(struct digest));
    if (level == 0) {
        tile_write_bundle_path(index, width, path);
        if (check->options->without_entries ||
            tiles_read_file(place, path, check->bundle, BUNDLE_MAX, &len) != CUSTODY_OK) {
            return;
        }
        bundle = span_of(check->bundle, len);
    }
    for (uint32_t i = 0; i < width; i++) {
        if (level == 0 && tile_take_entry(&bundle, &entry)) {
            said[i] = merkle_leaf(entry);
        } else if (level > 0 && tiles_read(place, size, level - 1, index * TILE_WIDTH + i,
                                           check->tile) == CUSTODY_OK) {
            said[i] = tile_fold(check->tile, TILE_WIDTH);
        }
    }
    tiles->differs[level] = memcmp(said, tiles->stored[level], width * sizeof(struct digest)) != 0;
}

/* The edge has another root: which of its tiles it is. One that is right as soon as it says what lies under it; else the one that says
 * something else; else the lowest, under which there may be nothing to ask. */
static enum custody_status find_liar(struct check *check, struct edge_tiles *tiles)
{
    uint32_t liar = TILE_LEVELS;
    for (uint32_t level = TILE_LEVELS; level-- > 0;) {
        if (edge_width(check->size, level) == 0) {
            continue;
        }
        ask_below(check, level, tiles);
        struct digest root = root_of(check, tiles, UINT32_C(1) << level);
        if (digest_is_equal(&root, &check->report->head.root)) {
            liar = level;
            break;
        }
        if (liar == TILE_LEVELS || tiles->differs[level] || !tiles->differs[liar]) {
            liar = level;
        }
    }
    char path[TILE_PATH_MAX];
    tile_write_path(liar, edge_index(check->size, liar), edge_width(check->size, liar), path);
    return lies(check, path, UINT64_MAX, "does not add up to the signed checkpoint");
}

static enum custody_status check_edge(struct check *check)
{
    struct edge_tiles *tiles = calloc(1, sizeof(*tiles));
    if (tiles == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    enum custody_status status = CUSTODY_OK;
    for (uint32_t level = TILE_LEVELS; level-- > 0 && status == CUSTODY_OK;) {
        if (edge_width(check->size, level) > 0) {
            status = read_tile(check, level, edge_index(check->size, level), tiles->stored[level]);
        }
    }
    if (status == CUSTODY_OK) {
        struct digest root = root_of(check, tiles, 0);
        if (!digest_is_equal(&root, &check->report->head.root)) {
            status = find_liar(check, tiles);
        }
    }
    free(tiles);
    return status;
}

/* --- older, narrower ones ------------------------------------------------------------------ */

/* The partial files of a tile or bundle, which must be beginnings of `bytes`; `ends[w]` is where w hashes or entries end. */
static enum custody_status
check_older(struct check *check, const char *path, uint32_t width, struct span bytes)
{
    char folder[SEGMENT_PATH_MAX], file[TILE_PATH_MAX];
    /* The path of the full one, and of the folder of the partial ones beside it. */
    int stem =
        (int)(strstr(path, ".p/") == NULL ? strlen(path) : (size_t)(strstr(path, ".p/") - path));
    snprintf(folder, sizeof(folder), "%s/%.*s.p", check->options->place, stem, path);
    DIR *names = opendir(folder);
    if (names == NULL) {
        return errno == ENOENT ? CUSTODY_OK : unreadable(check, path, segment_status_of_errno());
    }
    enum custody_status status = CUSTODY_OK;
    for (struct dirent *entry; status == CUSTODY_OK && (entry = readdir(names)) != NULL;) {
        uint64_t older;
        size_t len;
        if (!bytes_parse_decimal(span_text(entry->d_name), &older) || older == 0 ||
            older >= width) {
            continue;
        }
        snprintf(file, sizeof(file), "%.*s.p/%" PRIu64, stem, path, older);
        status = tiles_read_file(check->options->place, file, check->older, BUNDLE_MAX, &len);
        check->report->files++;
        if (status != CUSTODY_OK) {
            status = unreadable(check, file, status);
        } else if (len != check->ends[older] || memcmp(check->older, bytes.data, len) != 0) {
            status = lies(check, file, UINT64_MAX, "is not the beginning of %s", path);
        }
    }
    closedir(names);
    return status;
}

/* --- all tiles ----------------------------------------------------------------------------- */

static enum custody_status check_tile(struct check *check, uint32_t level, uint64_t index)
{
    char path[TILE_PATH_MAX];
    uint32_t width = tile_width(check->size, level, index);
    tile_write_path(level, index, width, path);
    enum custody_status status = CUSTODY_OK;
    if (width == TILE_WIDTH && (index % TILE_WIDTH == 0)) {
        status = read_tile(check, level + 1, index / TILE_WIDTH, check->above);
    }
    if (status == CUSTODY_OK) {
        status = read_tile(check, level, index, check->tile);
    }
    if (status == CUSTODY_OK && width == TILE_WIDTH) {
        struct digest root = tile_fold(check->tile, TILE_WIDTH);
        if (!digest_is_equal(&root, &check->above[index % TILE_WIDTH])) {
            status = lies(check, path, UINT64_MAX, "has not the hash that the tile above it says");
        }
    }
    if (status != CUSTODY_OK) {
        return status;
    }
    for (uint32_t i = 0; i <= width; i++) {
        check->ends[i] = (size_t)i * DIGEST_SIZE;
    }
    return check_older(check, path, width, span_of(check->tile, (size_t)width * DIGEST_SIZE));
}

/* The entries whose hashes are in `tile`. */
static enum custody_status check_bundle(struct check *check, uint64_t index)
{
    char path[TILE_PATH_MAX];
    size_t len;
    uint32_t width = tile_width(check->size, 0, index);
    tile_write_bundle_path(index, width, path);
    enum custody_status status =
        tiles_read_file(check->options->place, path, check->bundle, BUNDLE_MAX, &len);
    check->report->files++;
    if (status != CUSTODY_OK) {
        return unreadable(check, path, status);
    }
    struct span whole = span_of(check->bundle, len), left = whole, entry;
    check->ends[0] = 0;
    for (uint32_t i = 0; i < width; i++) {
        uint64_t number = index * TILE_WIDTH + i;
        if (!tile_take_entry(&left, &entry)) {
            return lies(check, path, number, "ends within entry %" PRIu64, number);
        }
        struct digest leaf = merkle_leaf(entry);
        if (!digest_is_equal(&leaf, &check->tile[i])) {
            return lies(check, path, number, "has another entry %" PRIu64 " than was recorded",
                        number);
        }
        check->ends[i + 1] = whole.len - left.len;
    }
    if (left.len != 0) {
        return lies(check, path, UINT64_MAX, "has %zu bytes too many", left.len);
    }
    return check_older(check, path, width, whole);
}

static enum custody_status check_all(struct check *check)
{
    const struct tiles_options *options = check->options;
    enum custody_status status = check_edge(check);
    for (uint32_t level = TILE_LEVELS; level-- > 0 && status == CUSTODY_OK;) {
        uint64_t count = tile_count(check->size, level);
        for (uint64_t index = 0; index < count && status == CUSTODY_OK; index++) {
            status = check_tile(check, level, index);
            if (level > 0 || status != CUSTODY_OK) {
                continue;
            }
            if (!options->without_entries && (index + 1) * TILE_WIDTH > options->entries_from) {
                status = check_bundle(check, index);
            }
            if (options->progress != NULL && index % PROGRESS_EVERY == 0) {
                options->progress(options->context, index * TILE_WIDTH, check->size);
            }
        }
    }
    return status;
}

/* --- the checkpoint ------------------------------------------------------------------------ */

static enum custody_status read_checkpoint(struct check *check)
{
    static const char *const words[] = {
        [CHECKPOINT_MALFORMED] = "is not a checkpoint",
        [CHECKPOINT_OTHER_ORIGIN] = "is another ledger's",
        [CHECKPOINT_UNSIGNED] = "is not signed by the ledger's key",
        [CHECKPOINT_BAD_SIGNATURE] = "has a signature that does not verify",
    };
    const struct tiles_options *options = check->options;
    uint8_t bytes[CHECKPOINT_SIZE_MAX];
    struct span note = options->note;
    if (note.len == 0) {
        size_t len = 0;
        enum custody_status status =
            tiles_read_file(options->place, "checkpoint", bytes, sizeof(bytes), &len);
        check->report->files++;
        if (status != CUSTODY_OK) {
            return unreadable(check, "checkpoint", status);
        }
        note = span_of(bytes, len);
    }
    enum checkpoint_verdict verdict =
        checkpoint_verify(note, options->origin, options->ledger_key, &check->report->head);
    check->size = check->report->head.size;
    return verdict == CHECKPOINT_OK ? CUSTODY_OK
                                    : lies(check, "checkpoint", UINT64_MAX, "%s", words[verdict]);
}

enum custody_status tiles_verify(const struct tiles_options *options, struct tiles_report *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->bad_entry = UINT64_MAX;
    struct check *check = calloc(1, sizeof(*check));
    if (check == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    check->options = options;
    check->report = ret;
    check->bundle = malloc(BUNDLE_MAX);
    check->older = malloc(BUNDLE_MAX);
    enum custody_status status =
        check->bundle == NULL || check->older == NULL ? CUSTODY_ERR_MEMORY : read_checkpoint(check);
    if (status == CUSTODY_OK) {
        status = check_all(check);
    }
    free(check->bundle);
    free(check->older);
    free(check);
    return status;
}
