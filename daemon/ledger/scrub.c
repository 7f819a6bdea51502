/* scrub.c: one entry after the other, against the tree.
 * Never holds a snapshot longer than a slice. */
#include "daemon/ledger/scrub.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/bytes.h"
#include "daemon/ledger/mark.h"
#include "daemon/ledger/tree.h"

enum { PATH_BYTES = 600, TEXT_BYTES = 160, FIELDS = 5, SLICE = 20000 };

static const char title[] = "custody-scrub-mark/1";

static bool mark_path(const char *data, char ret[static PATH_BYTES])
{
    int len = snprintf(ret, PATH_BYTES, "%s/last-scrub", data);
    return len > 0 && len < PATH_BYTES;
}

enum custody_status scrub_mark_write(const char *data, const struct scrub_mark *mark)
{
    char path[PATH_BYTES], text[TEXT_BYTES];
    int len = snprintf(
        text, sizeof(text), "%s\n%" PRId64 "\n%" PRIu64 "\n%" PRId64 "\n%" PRIu64 "\n%" PRIu64 "\n",
        title, mark->at_us, mark->position, mark->whole_us, mark->damaged, mark->first_damage);
    if (len < 0 || (size_t)len >= sizeof(text) || !mark_path(data, path)) {
        return CUSTODY_ERR_INVALID;
    }
    return mark_write(path, span_of(text, (size_t)len));
}

/* The text up to the next line end, which is taken away. */
static bool take_line(struct span *text, struct span *ret)
{
    size_t len = 0;
    while (len < text->len && text->data[len] != '\n') {
        len++;
    }
    if (len == text->len) {
        return false;
    }
    *ret = span_of(text->data, len);
    *text = span_of(text->data + len + 1, text->len - len - 1);
    return true;
}

enum custody_status scrub_mark_read(const char *data, struct scrub_mark *ret)
{
    char path[PATH_BYTES];
    uint8_t bytes[TEXT_BYTES];
    uint64_t numbers[FIELDS];
    size_t len = 0;
    struct span line;
    if (!mark_path(data, path)) {
        return CUSTODY_ERR_INVALID;
    }
    enum custody_status status = mark_read(path, bytes, sizeof(bytes), &len);
    if (status != CUSTODY_OK) {
        return status;
    }
    struct span text = span_of(bytes, len);
    bool is_one = take_line(&text, &line) && span_is_equal(line, span_text(title));
    for (size_t i = 0; i < FIELDS && is_one; i++) {
        is_one = take_line(&text, &line) && bytes_parse_decimal(line, &numbers[i]);
    }
    if (!is_one || text.len != 0 || numbers[0] > INT64_MAX || numbers[2] > INT64_MAX) {
        return CUSTODY_ERR_CORRUPT;
    }
    *ret = (struct scrub_mark){
        .at_us = (int64_t)numbers[0],
        .position = numbers[1],
        .whole_us = (int64_t)numbers[2],
        .damaged = numbers[3],
        .first_damage = numbers[4],
    };
    return CUSTODY_OK;
}

static void note_damage(struct scrub_mark *mark, uint64_t number)
{
    if (mark->damaged == 0) {
        mark->first_damage = number;
    }
    mark->damaged++;
}

/* At most `count` entries on one pair of snapshots; says whether the end was reached. */
static enum custody_status read_slice(struct journal *journal,
                                      struct lookups *lookups,
                                      uint64_t count,
                                      struct scrub_mark *mark,
                                      bool *ret_is_end)
{
    struct journal_snapshot *entries = NULL;
    struct lookups_snapshot *tiles = NULL;
    enum custody_status status = lookups_snapshot_begin(lookups, &tiles);
    if (status == CUSTODY_OK) {
        status = journal_snapshot_begin(journal, &entries);
    }
    if (status == CUSTODY_OK) {
        uint64_t size = lookups_snapshot_position(tiles);
        uint64_t end = mark->position + count < size ? mark->position + count : size;
        for (; mark->position < end; mark->position++) {
            struct digest leaf;
            struct span bytes;
            if (!tree_read_snapshot(tiles, 0, mark->position, &leaf) ||
                journal_read(entries, mark->position, &leaf, &bytes) != CUSTODY_OK) {
                note_damage(mark, mark->position);
            }
        }
        *ret_is_end = mark->position >= size;
    }
    journal_snapshot_end(entries);
    lookups_snapshot_end(tiles);
    return status;
}

enum custody_status scrub_journal(struct journal *journal,
                                  struct lookups *lookups,
                                  uint64_t share,
                                  int64_t now_us,
                                  struct scrub_mark *mark)
{
    struct scrub_mark moved = *mark;
    enum custody_status status = CUSTODY_OK;
    bool is_end = false;
    if (moved.position == 0) {
        moved.damaged = 0;
    }
    uint64_t before = moved.damaged;
    for (uint64_t left = share; left > 0 && !is_end && status == CUSTODY_OK;) {
        uint64_t slice = left < SLICE ? left : SLICE;
        status = read_slice(journal, lookups, slice, &moved, &is_end);
        left -= slice;
    }
    if (status != CUSTODY_OK) {
        return status;
    }
    moved.at_us = now_us;
    if (is_end) {
        moved.whole_us = now_us;
        moved.position = 0;
    }
    *mark = moved;
    return moved.damaged > before ? CUSTODY_ERR_CORRUPT : CUSTODY_OK;
}
