/* docket.c: the work table as a whole.
 * Never decides what is open. */
#include "daemon/service/docket.h"

#include <string.h>

#include "proto/rule.h"
#include "daemon/base/logger.h"
#include "daemon/service/view.h"

enum {
    DOCKET_DELTAS_MAX = 8,
    DOCKET_COUNT_KEY = 2 + 4 + 4,
    DOCKET_NAME_KEY = 1 + DIGEST_SIZE,
};

struct docketing {
    struct book *book;
    const struct work_set *before; /* NULL: nothing */
    struct work_set *opened;
    uint32_t count;
    struct docket_count deltas[DOCKET_DELTAS_MAX];
};

/* ---- counts ------------------------------------------------------------------------------------- */

static void docket_count_key(const struct docket_count *count, uint8_t ret[static DOCKET_COUNT_KEY])
{
    ret[0] = WORK_COUNTS;
    ret[1] = count->kind;
    bytes_put_u32(ret + 2, count->division);
    bytes_put_u32(ret + 6, count->profile);
}

static bool docket_read_count(struct span key, struct span value, struct docket_count *ret)
{
    struct bytes_reader reader;
    if (key.len != DOCKET_COUNT_KEY || key.data[0] != WORK_COUNTS)
        return false;
    bytes_reader_init(&reader, value);
    *ret = (struct docket_count){.kind = key.data[1],
                                 .division = bytes_get_u32(key.data + 2),
                                 .profile = bytes_get_u32(key.data + 6),
                                 .rows = bytes_read_zigzag(&reader),
                                 .mass_g = bytes_read_zigzag(&reader)};
    return bytes_reader_is_done(&reader);
}

static void docket_add_count(struct book *book, const struct docket_count *delta)
{
    uint8_t key[DOCKET_COUNT_KEY], value[20];
    struct docket_count count = *delta;
    if (delta->rows == 0 && delta->mass_g == 0)
        return;
    docket_count_key(delta, key);
    struct span there = book_row(book, LOOKUPS_WORK, span_of(key, sizeof key));
    if (there.data != NULL) {
        if (!docket_read_count(span_of(key, sizeof key), there, &count)) {
            book_fail(book, CUSTODY_ERR_CORRUPT);
            return;
        }
        count.rows += delta->rows;
        count.mass_g += delta->mass_g;
    }
    if (count.rows == 0 && count.mass_g == 0) {
        book_delete_row(book, LOOKUPS_WORK, span_of(key, sizeof key));
        return;
    }
    struct bytes_writer writer;
    bytes_writer_init(&writer, value, sizeof value);
    bytes_write_zigzag(&writer, count.rows);
    bytes_write_zigzag(&writer, count.mass_g);
    book_put_row(book, LOOKUPS_WORK, span_of(key, sizeof key), bytes_written(&writer));
}

/* One statement moves many rows of few kinds, divisions and families: their sum is written once. */
static void docket_count_row(struct docketing *docketing,
                             const struct work *row,
                             unsigned shelf,
                             uint32_t division,
                             int sign)
{
    const struct docket_count one = {
        .kind = (uint8_t)shelf,
        .division = division,
        .profile = row->profile,
        .rows = sign,
        .mass_g = sign * (row->mass_g > INT64_MAX ? INT64_MAX : (int64_t)row->mass_g),
    };
    for (uint32_t i = 0; i < docketing->count; i++) {
        struct docket_count *delta = &docketing->deltas[i];
        if (delta->kind != one.kind || delta->division != division || delta->profile != one.profile)
            continue;
        delta->rows += one.rows;
        delta->mass_g += one.mass_g;
        return;
    }
    if (docketing->count == DOCKET_DELTAS_MAX)
        docket_add_count(docketing->book, &docketing->deltas[--docketing->count]);
    docketing->deltas[docketing->count++] = one;
}

static void docket_flush_counts(struct docketing *docketing)
{
    for (uint32_t i = 0; i < docketing->count; i++)
        docket_add_count(docketing->book, &docketing->deltas[i]);
    docketing->count = 0;
}

int64_t docket_tally(struct book *book, enum docket_tally tally, uint32_t number)
{
    struct docket_count count = {.kind = (uint8_t)tally, .division = number};
    uint8_t key[DOCKET_COUNT_KEY];
    docket_count_key(&count, key);
    struct span value = book_row(book, LOOKUPS_WORK, span_of(key, sizeof key));
    if (value.data == NULL)
        return 0;
    if (docket_read_count(span_of(key, sizeof key), value, &count))
        return count.rows;
    book_fail(book, CUSTODY_ERR_CORRUPT);
    return 0;
}

void docket_tally_add(struct book *book, enum docket_tally tally, uint32_t number, int64_t count)
{
    const struct docket_count delta = {.kind = (uint8_t)tally, .division = number, .rows = count};
    docket_add_count(book, &delta);
}

/* A breach or a dispute that is not settled is a case against its party and over the statement that it hangs on. */
static void docket_count_case(struct docketing *docketing, const struct work *row, int sign)
{
    const struct rule_row *rule = rule_find(row->rule);
    static const struct work bare;
    if (row->kind != WORK_FINDING || rule == NULL ||
        (rule->weight != RULE_BREACH && row->rule != RULE_disputed))
        return;
    if (row->party != 0)
        docket_count_row(docketing, &bare, DOCKET_CASES_OF_PARTY, row->party, sign);
    if (row->anchor_key != 0)
        docket_count_row(docketing, &bare, DOCKET_CASES_OF_KEY, row->anchor_key, sign);
}

struct docket_scan {
    docket_visit_count *visit;
    void *context;
    uint32_t last;
    bool is_damaged;
};

static bool docket_visit_row(void *context, struct span key, struct span value)
{
    struct docket_scan *scan = context;
    struct docket_count count;
    if (!docket_read_count(key, value, &count)) {
        scan->is_damaged = true;
        return false;
    }
    return count.division <= scan->last && scan->visit(scan->context, &count);
}

enum custody_status docket_counts(struct lookups_snapshot *snapshot,
                                  uint8_t kind,
                                  uint32_t first,
                                  uint32_t last,
                                  docket_visit_count *visit,
                                  void *context)
{
    uint8_t from[DOCKET_COUNT_KEY];
    struct docket_scan scan = {.visit = visit, .context = context, .last = last};
    docket_count_key(&(struct docket_count){.kind = kind, .division = first}, from);
    enum custody_status status =
        lookups_snapshot_scan(snapshot, LOOKUPS_WORK, span_of(from, 2), span_of(from, sizeof from),
                              docket_visit_row, &scan);
    return status == CUSTODY_OK && scan.is_damaged ? CUSTODY_ERR_CORRUPT : status;
}

/* ---- names -------------------------------------------------------------------------------------- */

bool docket_name_with(struct book *book,
                      const struct work *row,
                      const char *subject,
                      struct digest *ret)
{
    struct span key =
        row->anchor_key == 0 ? span_text(NULL) : book_name(book, SUBJECT_KEY, row->anchor_key);
    return casefile_digest(row->rule, span_text(subject), key, row->anchor_sequence, ret);
}

bool docket_name_of(struct book *book, const struct work *row, struct digest *ret)
{
    const struct view view = {.book = book, .arena = book_arena(book)};
    return docket_name_with(book, row, view_subject(&view, row->subject_kind, row->subject), ret);
}

static void docket_name_key(const struct digest *digest, uint8_t ret[static DOCKET_NAME_KEY])
{
    ret[0] = WORK_NAMED;
    memcpy(ret + 1, digest->bytes, DIGEST_SIZE);
}

static bool docket_read_name(struct span key, struct span value, struct docket_name *ret)
{
    struct bytes_reader reader;
    if (key.len != DOCKET_NAME_KEY || key.data[0] != WORK_NAMED)
        return false;
    bytes_reader_init(&reader, value);
    memset(ret, 0, sizeof *ret);
    memcpy(ret->digest.bytes, key.data + 1, DIGEST_SIZE);
    ret->rows = bytes_read_u8(&reader);
    ret->number = bytes_read_u32(&reader);
    if (ret->rows > DOCKET_ROWS_MAX)
        return false;
    for (uint32_t i = 0; i < ret->rows; i++)
        bytes_read_copy(&reader, ret->keys[i], sizeof ret->keys[i]);
    return bytes_reader_is_done(&reader);
}

static void docket_put_name(struct book *book, const struct docket_name *name)
{
    uint8_t key[DOCKET_NAME_KEY], value[8 + sizeof name->keys];
    struct bytes_writer writer;
    docket_name_key(&name->digest, key);
    if (name->rows == 0 && name->number == 0) {
        book_delete_row(book, LOOKUPS_WORK, span_of(key, sizeof key));
        return;
    }
    bytes_writer_init(&writer, value, sizeof value);
    bytes_write_u8(&writer, (uint8_t)name->rows);
    bytes_write_u32(&writer, name->number);
    for (uint32_t i = 0; i < name->rows; i++)
        bytes_write_span(&writer, span_of(name->keys[i], sizeof name->keys[i]));
    book_put_row(book, LOOKUPS_WORK, span_of(key, sizeof key), bytes_written(&writer));
}

bool docket_find(struct book *book, const struct digest *digest, struct docket_name *ret)
{
    uint8_t key[DOCKET_NAME_KEY];
    docket_name_key(digest, key);
    struct span value = book_row(book, LOOKUPS_WORK, span_of(key, sizeof key));
    if (value.data == NULL)
        return false;
    if (!docket_read_name(span_of(key, sizeof key), value, ret)) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    return true;
}

struct docket_prefix {
    struct docket_name *names;
    uint32_t count, cap;
};

static bool docket_visit_name(void *context, struct span key, struct span value)
{
    struct docket_prefix *found = context;
    if (docket_read_name(key, value, &found->names[found->count]))
        found->count++;
    return found->count < found->cap;
}

uint32_t docket_find_prefix(struct lookups_snapshot *snapshot,
                            struct span prefix,
                            struct docket_name *ret,
                            uint32_t cap)
{
    uint8_t key[DOCKET_NAME_KEY] = {WORK_NAMED};
    struct docket_prefix found = {.names = ret, .cap = cap};
    size_t len = prefix.len < DIGEST_SIZE ? prefix.len : DIGEST_SIZE;
    memcpy(key + 1, prefix.data, len);
    if (lookups_snapshot_scan(snapshot, LOOKUPS_WORK, span_of(key, 1 + len), (struct span){0},
                              docket_visit_name, &found) != CUSTODY_OK)
        return 0;
    return found.count;
}

bool docket_row(struct book *book, const struct docket_name *name, uint32_t index, struct work *ret)
{
    if (index >= name->rows)
        return false;
    struct span key = span_of(name->keys[index], sizeof name->keys[index]);
    struct span value = book_row(book, LOOKUPS_WORK, key);
    if (value.data == NULL)
        return false;
    if (!work_parse(key, value, ret)) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    return true;
}

bool docket_case(struct book *book, uint32_t number, struct casefile *ret)
{
    struct span record = number != 0 ? book_record(book, SUBJECT_CASE, number) : (struct span){0};
    if (record.data == NULL)
        return false;
    if (!casefile_parse(record, ret)) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    return true;
}

/* ---- rows --------------------------------------------------------------------------------------- */

/* Into the first free place, once; what finds no room stands under the others. */
static void docket_note(uint32_t scope, uint32_t *all, uint32_t room)
{
    for (uint32_t i = 0; scope != 0 && i < room; i++) {
        if (all[i] == scope)
            return;
        if (all[i] == 0) {
            all[i] = scope;
            return;
        }
    }
}

/* Where the parties are that it concerns, and of which industry, as the registry knows them when it is written. */
static void docket_cross(struct book *book, struct work *row)
{
    uint32_t parties[WORK_PARTIES_MAX] = {0};
    uint32_t count = work_parties(row, parties);
    memset(row->crossing, 0, sizeof row->crossing);
    memset(row->sectors, 0, sizeof row->sectors);
    for (uint32_t i = 0; i < count; i++) {
        const struct party *party = book_party(book, parties[i]);
        if (party == NULL || party->count == 0)
            continue;
        const struct party_version *version = &party->versions[party->count - 1];
        if (version->division != row->division)
            docket_note(version->division, row->crossing, WORK_CROSSING_MAX);
        docket_note(work_sector(version->sector), row->sectors, WORK_SECTORS_MAX);
    }
}

static void docket_put_row(struct docketing *docketing, const struct work *given)
{
    struct book *book = docketing->book;
    struct work row = *given;
    uint32_t parties[WORK_PARTIES_MAX];
    uint8_t key[WORK_KEY_BYTES], value[WORK_VALUE_MAX];
    docket_cross(book, &row);
    size_t len = work_write_value(&row, value);
    work_write_key(&row, key);
    book_put_row(book, LOOKUPS_WORK, span_of(key, sizeof key), span_of(value, len));
    uint32_t count = work_parties(&row, parties);
    for (uint32_t i = 0; i < count; i++) {
        work_write_party_key(&row, parties[i], key);
        book_put_row(book, LOOKUPS_WORK, span_of(key, sizeof key), span_of(value, len));
    }
    docket_count_row(docketing, &row, row.kind, row.division, 1);
    docket_count_case(docketing, &row, 1);
    for (uint32_t i = 0; i < WORK_CROSSING_MAX && row.crossing[i] != 0; i++) {
        work_write_crossing_key(&row, row.crossing[i], key);
        book_put_row(book, LOOKUPS_WORK, span_of(key, sizeof key), span_of(value, len));
        docket_count_row(docketing, &row, row.kind | WORK_CROSSING, row.crossing[i], 1);
    }
    for (uint32_t i = 0; i < WORK_SECTORS_MAX && row.sectors[i] != 0; i++) {
        work_write_sector_key(&row, row.sectors[i], key);
        book_put_row(book, LOOKUPS_WORK, span_of(key, sizeof key), span_of(value, len));
        docket_count_row(docketing, &row, row.kind | WORK_SECTOR, row.sectors[i], 1);
    }
}

/* What the fold gives says all but where else the row stood when it was written: that stands in the row itself. */
static void docket_delete_row(struct docketing *docketing, const struct work *given)
{
    struct book *book = docketing->book;
    struct work row = *given;
    uint32_t parties[WORK_PARTIES_MAX];
    uint8_t key[WORK_KEY_BYTES];
    work_write_key(&row, key);
    struct span value = book_row(book, LOOKUPS_WORK, span_of(key, sizeof key));
    if (value.data != NULL && !work_parse(span_of(key, sizeof key), value, &row)) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return;
    }
    book_delete_row(book, LOOKUPS_WORK, span_of(key, sizeof key));
    uint32_t count = work_parties(&row, parties);
    for (uint32_t i = 0; i < count; i++) {
        work_write_party_key(&row, parties[i], key);
        book_delete_row(book, LOOKUPS_WORK, span_of(key, sizeof key));
    }
    docket_count_row(docketing, &row, row.kind, row.division, -1);
    docket_count_case(docketing, &row, -1);
    for (uint32_t i = 0; i < WORK_CROSSING_MAX && row.crossing[i] != 0; i++) {
        work_write_crossing_key(&row, row.crossing[i], key);
        book_delete_row(book, LOOKUPS_WORK, span_of(key, sizeof key));
        docket_count_row(docketing, &row, row.kind | WORK_CROSSING, row.crossing[i], -1);
    }
    for (uint32_t i = 0; i < WORK_SECTORS_MAX && row.sectors[i] != 0; i++) {
        work_write_sector_key(&row, row.sectors[i], key);
        book_delete_row(book, LOOKUPS_WORK, span_of(key, sizeof key));
        docket_count_row(docketing, &row, row.kind | WORK_SECTOR, row.sectors[i], -1);
    }
}

/* The shelf that a finding belongs on by what was said of it. */
static uint8_t
docket_shelf(struct book *book, const struct docket_name *name, const struct work *row)
{
    struct casefile file;
    return docket_case(book, name->number, &file) &&
                   casefile_state_of(&file, row->party, row->division, NULL) == CASEFILE_SETTLED
               ? WORK_SETTLED
               : WORK_FINDING;
}

static void docket_put_finding(struct docketing *docketing, const struct work *row)
{
    struct work placed = *row;
    struct docket_name name;
    struct digest digest;
    if (!docket_name_of(docketing->book, row, &digest)) {
        docket_put_row(docketing, row);
        return;
    }
    if (!docket_find(docketing->book, &digest, &name))
        name = (struct docket_name){.digest = digest};
    placed.kind = docket_shelf(docketing->book, &name, row);
    docket_put_row(docketing, &placed);
    if (name.rows == DOCKET_ROWS_MAX)
        return; /* it is listed, and moves with its case only when it is written again */
    work_write_key(&placed, name.keys[name.rows++]);
    docket_put_name(docketing->book, &name);
}

static void docket_delete_finding(struct docketing *docketing, const struct work *row)
{
    struct work placed = *row;
    struct docket_name name;
    struct digest digest;
    uint8_t key[WORK_KEY_BYTES];
    work_write_key(&placed, key);
    if (book_row(docketing->book, LOOKUPS_WORK, span_of(key, sizeof key)).data == NULL)
        placed.kind = WORK_SETTLED;
    docket_delete_row(docketing, &placed);
    if (!docket_name_of(docketing->book, row, &digest) ||
        !docket_find(docketing->book, &digest, &name))
        return;
    work_write_key(&placed, key);
    for (uint32_t i = 0; i < name.rows; i++) {
        if (memcmp(key, name.keys[i], sizeof key) != 0)
            continue;
        memmove(name.keys[i], name.keys[--name.rows], sizeof key);
        docket_put_name(docketing->book, &name);
        return;
    }
}

static bool docket_change_row(void *context, const struct work *row, bool added)
{
    struct docketing *docketing = context;
    if (row->kind == WORK_FINDING && added)
        docket_put_finding(docketing, row);
    else if (row->kind == WORK_FINDING)
        docket_delete_finding(docketing, row);
    else if (added)
        docket_put_row(docketing, row);
    else
        docket_delete_row(docketing, row);
    /* What only is told differently was opened before. */
    bool is_new = added && row->kind == WORK_FINDING;
    for (uint32_t i = 0; is_new && docketing->before != NULL && i < docketing->before->count; i++) {
        const struct work *was = &docketing->before->rows[i];
        is_new = was->kind != row->kind || was->rule != row->rule ||
                 was->division != row->division || was->subject_kind != row->subject_kind ||
                 was->subject != row->subject || was->anchor_key != row->anchor_key ||
                 was->anchor_sequence != row->anchor_sequence;
    }
    struct work *opened = !is_new || docketing->opened == NULL ? NULL : work_add(docketing->opened);
    if (opened != NULL)
        *opened = *row;
    return book_status(docketing->book) == CUSTODY_OK;
}

void docket_change(struct book *book,
                   const struct work_set *before,
                   const struct work_set *after,
                   struct work_set *ret_opened)
{
    struct docketing docketing = {.book = book, .before = before, .opened = ret_opened};
    work_difference(before, after, docket_change_row, &docketing);
    docket_flush_counts(&docketing);
}

void docket_put_case(struct book *book, const struct casefile *file)
{
    uint8_t bytes[CASEFILE_RECORD_MAX];
    struct docketing docketing = {.book = book};
    struct docket_name name;
    struct work row;
    if (!docket_find(book, &file->digest, &name))
        name = (struct docket_name){.digest = file->digest};
    if (name.number == 0)
        name.number =
            book_give(book, SUBJECT_CASE, span_of(file->digest.bytes, sizeof file->digest.bytes));
    size_t len = casefile_write(file, bytes, sizeof bytes);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_CASE, name.number, span_of(bytes, len));
    for (uint32_t i = 0; i < name.rows; i++) {
        if (!docket_row(book, &name, i, &row))
            continue;
        uint8_t shelf = docket_shelf(book, &name, &row);
        if (shelf != row.kind) {
            docket_delete_row(&docketing, &row);
            row.kind = shelf;
            docket_put_row(&docketing, &row);
            docket_flush_counts(&docketing);
        }
        work_write_key(&row, name.keys[i]);
    }
    docket_put_name(book, &name);
}
