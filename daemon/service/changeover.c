/* changeover.c: what is open by old and by new look-ups, row by row as text that does not depend on how either stores it.
 * Never changes a row. */
#include "daemon/service/changeover.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proto/digest.h"
#include "proto/rule.h"
#include "daemon/base/logger.h"
#include "daemon/ledger/segment.h"
#include "daemon/ledger/space.h"
#include "daemon/service/book.h"

enum {
    CHANGEOVER_PATH = 600,
    CHANGEOVER_LINE = 1024,
    CHANGEOVER_NAME = 400,
    CHANGEOVER_ARENA = 16 << 20,
    CHANGEOVER_FIRST = 1024, /* lines that there is room for at first */
    CHANGEOVER_SPARE = 1 << 20,
};

struct changeover {
    const char *data;
    struct lookups *old;               /* NULL: cannot be read */
    struct lookups_snapshot *snapshot; /* of them, as they were when they were opened */
    uint32_t format;
    uint64_t entries;
    bool is_done;
    char why[120];
};

/* What stands for a line: 16 bytes of its SHA-256. */
struct line_mark {
    uint8_t bytes[16];
};

struct line_marks {
    struct line_mark *marks;
    size_t count, room;
};

/* ---- a row as a line ---------------------------------------------------------------------------- */

static bool is_printable(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] == 0x7f)
            return false;
    return text.len > 0;
}

static void print_raw(struct span name, char *ret, size_t cap)
{
    char hex[2 * DIGEST_SIZE + 1];
    if (is_printable(name)) {
        snprintf(ret, cap, "%.*s", (int)name.len, (const char *)name.data);
        return;
    }
    bytes_write_hex(span_of(name.data, name.len < DIGEST_SIZE ? name.len : DIGEST_SIZE), hex);
    snprintf(ret, cap, "%s", hex);
}

/* A name without its record: records are what a format changes most. */
static void print_name(struct book *book, unsigned kind, uint64_t number, char *ret, size_t cap)
{
    struct span name = {0}, code;
    uint32_t owner, line;
    char of[CHANGEOVER_NAME], part[CHANGEOVER_NAME];
    ret[0] = 0;
    if (kind < SUBJECT_KINDS && number <= UINT32_MAX)
        name = book_name(book, kind, (uint32_t)number);
    bool is_owned = kind == SUBJECT_CONTAINER || kind == SUBJECT_BATCH || kind == SUBJECT_BOX ||
                    kind == SUBJECT_PLACE;
    if (name.data == NULL) {
        snprintf(ret, cap, "%u/%" PRIu64, kind, number);
    } else if (is_owned && book_read_owned(name, &owner, &code)) {
        print_raw(book_name(book, SUBJECT_PARTY, owner), of, sizeof of);
        print_raw(code, part, sizeof part);
        snprintf(ret, cap, "%.190s/%.190s", of, part);
    } else if (is_owned && book_read_bulk(name, &owner, &code, &line)) {
        print_raw(code, of, sizeof of);
        snprintf(ret, cap, "%.190s/bulk line %" PRIu32, of, line);
    } else if (kind == SUBJECT_VEHICLE && name.len > 1) {
        print_raw(span_of(name.data + 1, name.len - 1), ret, cap);
    } else {
        print_raw(name, ret, cap);
    }
}

/* "finding medical_storage of uscc:.../N1 since 2026-05-20T00:00:00Z, uscc:..., 540423, 1000 g, by 3f2a...:7" */
static void print_line(struct book *book, const struct work *row, char ret[static CHANGEOVER_LINE])
{
    static const char *const kinds[WORK_KINDS] = {
        [0] = "?",
        [WORK_MANIFEST] = "manifest",
        [WORK_OBLIGATION] = "obligation",
        [WORK_FINDING] = "finding",
        [WORK_SETTLED] = "settled",
    };
    const struct rule_row *rule = rule_find(row->rule);
    char subject[CHANGEOVER_NAME], party[80], division[16], anchor[80] = "", when[32] = "";
    print_name(book, row->subject_kind, row->subject, subject, sizeof subject);
    print_name(book, SUBJECT_PARTY, row->party, party, sizeof party);
    print_name(book, SUBJECT_DIVISION, row->division, division, sizeof division);
    if (row->anchor_key != 0) {
        char key[CHANGEOVER_NAME];
        print_name(book, SUBJECT_KEY, row->anchor_key, key, sizeof key);
        snprintf(anchor, sizeof anchor, ", by %.16s:%" PRIu64, key, row->anchor_sequence);
    }
    time_t seconds = (time_t)(row->due_us / 1000000);
    struct tm utc;
    if (gmtime_r(&seconds, &utc) != NULL)
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    snprintf(ret, CHANGEOVER_LINE, "%s %s%sof %s, %s %s, %s, %s, %" PRIu64 " g%s",
             kinds[row->kind < WORK_KINDS ? row->kind : 0], rule == NULL ? "" : rule->name,
             rule == NULL ? "" : " ", subject,
             row->kind == WORK_FINDING || row->kind == WORK_SETTLED ? "since" : "due", when, party,
             division, row->mass_g, anchor);
}

/* ---- all rows of one -------------------------------------------------------------------------------- */

typedef enum custody_status line_visit(void *context, const char *line);

struct line_walk {
    struct book *book;
    line_visit *visit;
    void *context;
    enum custody_status status;
};

static bool walk_row(void *context, struct span key, struct span value)
{
    struct line_walk *walk = context;
    struct work row;
    char line[CHANGEOVER_LINE];
    book_turn(walk->book);
    if (!work_parse(key, value, &row)) {
        walk->status = CUSTODY_ERR_CORRUPT;
        return false;
    }
    print_line(walk->book, &row, line);
    walk->status = book_status(walk->book);
    if (walk->status == CUSTODY_OK)
        walk->status = walk->visit(walk->context, line);
    return walk->status == CUSTODY_OK;
}

static enum custody_status
walk_lines(struct lookups_snapshot *snapshot, line_visit *visit, void *context)
{
    struct line_walk walk = {.visit = visit,
                             .context = context,
                             .book = book_create(NULL, snapshot, NULL, CHANGEOVER_ARENA)};
    enum custody_status status = walk.book == NULL ? CUSTODY_ERR_MEMORY : CUSTODY_OK;
    for (uint8_t kind = WORK_MANIFEST; kind < WORK_KINDS && status == CUSTODY_OK; kind++) {
        status = lookups_snapshot_scan(snapshot, LOOKUPS_WORK, span_of(&kind, 1), span_of(NULL, 0),
                                       walk_row, &walk);
        if (status == CUSTODY_OK)
            status = walk.status;
    }
    book_destroy(walk.book);
    return status;
}

/* ---- two of them --------------------------------------------------------------------------------------- */

static struct line_mark mark_of(const char *line)
{
    struct line_mark mark;
    struct digest digest = digest_sha256(span_text(line));
    memcpy(mark.bytes, digest.bytes, sizeof mark.bytes);
    return mark;
}

static enum custody_status gather_line(void *context, const char *line)
{
    struct line_marks *lines = context;
    if (lines->count == lines->room) {
        size_t room = lines->room == 0 ? CHANGEOVER_FIRST : 2 * lines->room;
        struct line_mark *marks = realloc(lines->marks, room * sizeof *marks);
        if (marks == NULL)
            return CUSTODY_ERR_MEMORY;
        lines->marks = marks;
        lines->room = room;
    }
    lines->marks[lines->count++] = mark_of(line);
    return CUSTODY_OK;
}

static int compare_marks(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct line_mark));
}

static enum custody_status gather_lines(struct lookups_snapshot *snapshot, struct line_marks *ret)
{
    enum custody_status status = walk_lines(snapshot, gather_line, ret);
    if (status == CUSTODY_OK && ret->count > 0)
        qsort(ret->marks, ret->count, sizeof *ret->marks, compare_marks);
    return status;
}

struct telling {
    const struct line_marks *other;
    const char *sign; /* "was", "is" */
    FILE *file;
    uint64_t count;
    uint64_t shown; /* of both */
};

static enum custody_status tell_line(void *context, const char *line)
{
    struct telling *telling = context;
    struct line_mark mark = mark_of(line);
    if (telling->other->count > 0 && bsearch(&mark, telling->other->marks, telling->other->count,
                                             sizeof mark, compare_marks) != NULL)
        return CUSTODY_OK;
    telling->count++;
    if (telling->shown++ < CHANGEOVER_SHOWN)
        LOG(LOGGER_WARNING, "lookups_difference", LOGGER_TEXT(telling->sign, line));
    return fprintf(telling->file, "%s %s\n", telling->sign, line) > 0 ? CUSTODY_OK : CUSTODY_ERR_IO;
}

/* Its own name only when it is whole; none when nothing differs. */
static enum custody_status tell_differences(const struct changeover *changeover,
                                            struct lookups_snapshot *now,
                                            const struct line_marks *was,
                                            const struct line_marks *is,
                                            struct changeover_report *report)
{
    char temporary[CHANGEOVER_PATH + 8];
    snprintf(report->file, sizeof report->file, "%.500s/changeover-%" PRIu32 "-%d",
             changeover->data, changeover->format, (int)LOOKUPS_FORMAT);
    snprintf(temporary, sizeof temporary, "%s.new", report->file);
    struct telling telling = {.other = is, .sign = "was", .file = fopen(temporary, "we")};
    if (telling.file == NULL)
        return segment_status_of_errno();
    enum custody_status status = walk_lines(changeover->snapshot, tell_line, &telling);
    report->gone = telling.count;
    telling.other = was;
    telling.sign = "is";
    telling.count = 0;
    if (status == CUSTODY_OK)
        status = walk_lines(now, tell_line, &telling);
    report->come = telling.count;
    bool is_written = fflush(telling.file) == 0 && fsync(fileno(telling.file)) == 0;
    is_written = fclose(telling.file) == 0 && is_written;
    if (status == CUSTODY_OK && !is_written)
        status = segment_status_of_errno();
    if (status == CUSTODY_OK && report->gone + report->come > 0)
        return rename(temporary, report->file) == 0 ? CUSTODY_OK : segment_status_of_errno();
    unlink(temporary);
    report->file[0] = 0;
    return status;
}

static enum custody_status compare_open(const struct changeover *changeover,
                                        struct lookups_snapshot *now,
                                        struct changeover_report *report)
{
    struct line_marks was = {0}, is = {0};
    enum custody_status status = gather_lines(changeover->snapshot, &was);
    if (status == CUSTODY_ERR_CORRUPT) {
        snprintf(report->why, sizeof report->why, "the old ones are damaged");
        free(was.marks);
        return CUSTODY_OK;
    }
    if (status == CUSTODY_OK)
        status = gather_lines(now, &is);
    if (status == CUSTODY_OK)
        status = tell_differences(changeover, now, &was, &is, report);
    report->is_compared = status == CUSTODY_OK;
    report->was = was.count;
    report->is = is.count;
    free(was.marks);
    free(is.marks);
    return status;
}

void changeover_describe(const struct changeover_report *report, char *ret, size_t cap)
{
    if (!report->is_compared)
        snprintf(ret, cap,
                 "The look-ups of format %" PRIu32
                 " were not compared with those of format %" PRIu32 ": %s.",
                 report->from, report->to, report->why);
    else
        snprintf(ret, cap,
                 "Of the look-ups of formats %" PRIu32 " and %" PRIu32 ", both at entry %" PRIu64
                 ": %" PRIu64 " rows are open by the old and %" PRIu64 " by the new; %" PRIu64
                 " are gone, %" PRIu64 " are new%s%s.",
                 report->from, report->to, report->entries, report->was, report->is, report->gone,
                 report->come, report->file[0] == 0 ? "" : ": ", report->file);
}

enum custody_status changeover_compare(struct changeover *changeover,
                                       struct lookups *now,
                                       struct changeover_report *ret)
{
    if (changeover->is_done)
        return CUSTODY_OK;
    memset(ret, 0, sizeof *ret);
    ret->from = changeover->format;
    ret->to = LOOKUPS_FORMAT;
    ret->entries = changeover->entries;
    memcpy(ret->why, changeover->why, sizeof ret->why);
    struct lookups_snapshot *snapshot = NULL;
    enum custody_status status = lookups_snapshot_begin(now, &snapshot);
    if (status == CUSTODY_OK && changeover->snapshot != NULL) {
        INVARIANT(lookups_snapshot_position(snapshot) == changeover->entries);
        status = compare_open(changeover, snapshot, ret);
    }
    lookups_snapshot_end(snapshot);
    if (status != CUSTODY_OK)
        return status;
    LOG(ret->is_compared && ret->gone + ret->come == 0 ? LOGGER_INFO : LOGGER_WARNING,
        "lookups_changeover", LOGGER_NUMBER("from", ret->from), LOGGER_NUMBER("to", ret->to),
        LOGGER_NUMBER("entries", ret->entries), LOGGER_NUMBER("was", ret->was),
        LOGGER_NUMBER("is", ret->is), LOGGER_NUMBER("gone", ret->gone),
        LOGGER_NUMBER("come", ret->come),
        LOGGER_TEXT("compared", ret->is_compared ? "yes" : ret->why),
        LOGGER_TEXT("file", ret->file[0] == 0 ? NULL : ret->file));
    return CUSTODY_OK;
}

/* ---- the old ones ------------------------------------------------------------------------------------------ */

static uint64_t bytes_on_disk(const char *data)
{
    char path[CHANGEOVER_PATH];
    struct stat found;
    snprintf(path, sizeof path, "%.500s/lookups-%d/data.mdb", data, (int)LOOKUPS_FORMAT);
    return stat(path, &found) == 0 ? (uint64_t)found.st_blocks * 512 : 0;
}

static void close_old(struct changeover *changeover)
{
    lookups_snapshot_end(changeover->snapshot);
    lookups_close(changeover->old);
    changeover->snapshot = NULL;
    changeover->old = NULL;
    changeover->entries = 0;
}

/* As much as the old ones and a quarter more. */
static enum custody_status check_room(const struct changeover *changeover,
                                      const struct ledger_options *options,
                                      char *ret_sentence)
{
    struct space space;
    uint64_t used = lookups_used(changeover->old), there = bytes_on_disk(changeover->data);
    uint64_t needed = used + used / 4 + CHANGEOVER_SPARE + options->disk_reserve;
    enum custody_status status = space_look(changeover->data, &space);
    if (status != CUSTODY_OK || space.free + there >= needed)
        return status;
    snprintf(ret_sentence, 240,
             "look-ups of format %d need %" PRIu64 " MiB beside the old ones, %" PRIu64
             " MiB are free: make room, or remove lookups-%" PRIu32
             " in %.60s: then nothing is compared",
             (int)LOOKUPS_FORMAT, (needed - there) >> 20, space.free >> 20, changeover->format,
             changeover->data);
    return CUSTODY_ERR_FULL;
}

static enum custody_status open_old(struct changeover *changeover,
                                    const struct ledger_options *options,
                                    enum store_mode mode,
                                    uint64_t journal_size)
{
    if (changeover->format < CHANGEOVER_READS_SINCE) {
        snprintf(changeover->why, sizeof changeover->why,
                 "this program does not read look-ups older than format %d",
                 (int)CHANGEOVER_READS_SINCE);
        return CUSTODY_OK;
    }
    enum custody_status status = lookups_open_older(options->data, changeover->format, mode,
                                                    options->map_size, &changeover->old);
    if (status == CUSTODY_OK)
        status = lookups_snapshot_begin(changeover->old, &changeover->snapshot);
    if (status == CUSTODY_OK)
        changeover->entries = lookups_snapshot_position(changeover->snapshot);
    bool is_damaged = status == CUSTODY_ERR_CORRUPT || status == CUSTODY_ERR_NOT_FOUND;
    if (!is_damaged && (status != CUSTODY_OK || changeover->entries <= journal_size))
        return status;
    snprintf(changeover->why, sizeof changeover->why, "%s",
             is_damaged ? "the old ones are damaged"
                        : "the old ones reflect more than the journal has");
    close_old(changeover);
    return CUSTODY_OK;
}

enum custody_status changeover_open(const struct ledger_options *options,
                                    enum store_mode mode,
                                    uint64_t journal_size,
                                    char ret_sentence[static 240],
                                    struct changeover **ret)
{
    uint32_t format = lookups_find_older(options->data);
    if (format == 0)
        return CUSTODY_OK;
    struct changeover *changeover = calloc(1, sizeof *changeover);
    if (changeover == NULL)
        return CUSTODY_ERR_MEMORY;
    changeover->data = options->data;
    changeover->format = format;
    enum custody_status status = open_old(changeover, options, mode, journal_size);
    if (status == CUSTODY_OK && changeover->old != NULL)
        status = check_room(changeover, options, ret_sentence);
    if (status != CUSTODY_OK) {
        if (ret_sentence[0] == 0)
            snprintf(ret_sentence, 240, "the look-ups of format %" PRIu32 " in %s: %s", format,
                     options->data, custody_status_sentence(status));
        changeover_close(changeover);
        return status;
    }
    *ret = changeover;
    return CUSTODY_OK;
}

void changeover_close(struct changeover *changeover)
{
    if (changeover == NULL)
        return;
    close_old(changeover);
    free(changeover);
}

uint64_t changeover_entries(const struct changeover *changeover)
{
    return changeover->entries;
}

enum custody_status changeover_drop(struct changeover *changeover)
{
    enum custody_status status = CUSTODY_OK;
    uint32_t format;
    close_old(changeover);
    changeover->is_done = true;
    while (status == CUSTODY_OK && (format = lookups_find_older(changeover->data)) != 0)
        status = lookups_drop_older(changeover->data, format);
    return status;
}
