/* work.c: what is open: rows of the work table and the difference of two sets of them.
 * Never decides what is open. */
#include "daemon/domain/work.h"

#include <string.h>

enum { SHELVES = WORK_BY_PARTY | WORK_CROSSING | WORK_SECTOR };
enum { FLAG_PROVISIONAL = 1, FLAG_UNREPORTED = 2, FLAGS = 3 };

struct work *work_add(struct work_set *set)
{
    if (set->count == WORK_SET_MAX) {
        set->dropped++;
        return NULL;
    }
    struct work *row = &set->rows[set->count++];
    memset(row, 0, sizeof *row);
    return row;
}

/* Big-endian throughout, the sign bit of the time turned over, hazard and mass complemented, so that bytes sort as the row
 * does. */
static void write_key(const struct work *work,
                      uint8_t shelf,
                      uint32_t scope,
                      uint8_t ret[static WORK_KEY_BYTES])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, WORK_KEY_BYTES);
    bytes_write_u8(&writer, shelf);
    bytes_write_u32(&writer, scope);
    bytes_write_u64(&writer, (uint64_t)work->due_us ^ UINT64_C(1) << 63);
    bytes_write_u8(&writer, (uint8_t)~work->hazard);
    bytes_write_u64(&writer, ~work->mass_g);
    bytes_write_u8(&writer, work->subject_kind);
    bytes_write_u64(&writer, work->subject);
    bytes_write_u16(&writer, work->rule);
    bytes_write_u32(&writer, work->anchor_key);
    bytes_write_u64(&writer, work->anchor_sequence);
}

void work_write_key(const struct work *work, uint8_t ret[static WORK_KEY_BYTES])
{
    write_key(work, work->kind, work->division, ret);
}

void work_write_party_key(const struct work *work,
                          uint32_t party,
                          uint8_t ret[static WORK_KEY_BYTES])
{
    write_key(work, (uint8_t)(work->kind | WORK_BY_PARTY), party, ret);
}

void work_write_crossing_key(const struct work *work,
                             uint32_t division,
                             uint8_t ret[static WORK_KEY_BYTES])
{
    write_key(work, (uint8_t)(work->kind | WORK_CROSSING), division, ret);
}

void work_write_sector_key(const struct work *work,
                           uint32_t sector,
                           uint8_t ret[static WORK_KEY_BYTES])
{
    write_key(work, (uint8_t)(work->kind | WORK_SECTOR), sector, ret);
}

uint32_t work_sector(const char *sector)
{
    uint8_t bytes[4] = {0};
    memcpy(bytes, sector, strnlen(sector, sizeof bytes));
    return bytes_get_u32(bytes);
}

void work_sector_range(const char *prefix, uint32_t *ret_first, uint32_t *ret_last)
{
    size_t len = strnlen(prefix, 4);
    *ret_first = work_sector(prefix);
    *ret_last = *ret_first | (uint32_t)((UINT64_C(1) << (8 * (4 - len))) - 1);
}

void work_write_start(uint8_t shelf,
                      uint32_t scope,
                      int64_t due_us,
                      uint8_t ret[static WORK_KEY_BYTES])
{
    const struct work least = {.due_us = due_us, .hazard = UINT8_MAX, .mass_g = UINT64_MAX};
    write_key(&least, shelf, scope, ret);
}

size_t work_write_value(const struct work *work, uint8_t ret[static WORK_VALUE_MAX])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, WORK_VALUE_MAX);
    bytes_write_u8(&writer, (uint8_t)((work->is_provisional ? FLAG_PROVISIONAL : 0) |
                                      (work->is_unreported ? FLAG_UNREPORTED : 0)));
    bytes_write_varint(&writer, work->division);
    bytes_write_zigzag(&writer, work->notice_us);
    bytes_write_varint(&writer, work->party);
    bytes_write_varint(&writer, work->profile);
    bytes_write_varint(&writer, work->vehicle);
    bytes_write_u8(&writer, work->state);
    bytes_write_zigzag(&writer, work->since_us);
    bytes_write_zigzag(&writer, work->met_us);
    bytes_write_varint(&writer, work->generator);
    bytes_write_varint(&writer, work->receiver);
    for (uint32_t i = 0; i < WORK_CARRIERS_MAX; i++)
        bytes_write_varint(&writer, work->carriers[i]);
    for (uint32_t i = 0; i < WORK_CROSSING_MAX; i++)
        bytes_write_varint(&writer, work->crossing[i]);
    for (uint32_t i = 0; i < WORK_SECTORS_MAX; i++)
        bytes_write_varint(&writer, work->sectors[i]);
    bytes_write_varint(&writer, work->entry_count);
    for (uint32_t i = 0; i < work->entry_count && i < WORK_ENTRIES_MAX; i++)
        bytes_write_varint(&writer, work->entries[i]);
    return writer.len;
}

static uint32_t read_u32(struct bytes_reader *reader)
{
    uint64_t value = bytes_read_varint(reader);
    if (value > UINT32_MAX)
        reader->failed = true;
    return (uint32_t)value;
}

static bool parse_key(struct span key, struct work *ret, uint32_t *ret_scope)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, key);
    ret->kind = bytes_read_u8(&reader);
    *ret_scope = bytes_read_u32(&reader);
    ret->due_us = (int64_t)(bytes_read_u64(&reader) ^ UINT64_C(1) << 63);
    ret->hazard = (uint8_t)~bytes_read_u8(&reader);
    ret->mass_g = ~bytes_read_u64(&reader);
    ret->subject_kind = bytes_read_u8(&reader);
    ret->subject = bytes_read_u64(&reader);
    ret->rule = bytes_read_u16(&reader);
    ret->anchor_key = bytes_read_u32(&reader);
    ret->anchor_sequence = bytes_read_u64(&reader);
    return bytes_reader_is_done(&reader);
}

static bool is_among(uint32_t scope, const uint32_t *all, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (all[i] != 0 && all[i] == scope)
            return true;
    return false;
}

static bool stands_under(const struct work *work, uint8_t shelf, uint32_t scope)
{
    switch (shelf & SHELVES) {
    case 0:
        return work->division == scope;
    case WORK_BY_PARTY:
        return work_concerns(work, scope);
    case WORK_CROSSING:
        return is_among(scope, work->crossing, WORK_CROSSING_MAX);
    case WORK_SECTOR:
        return is_among(scope, work->sectors, WORK_SECTORS_MAX);
    default:
        return false;
    }
}

bool work_parse(struct span key, struct span value, struct work *ret)
{
    struct work work = {0};
    struct bytes_reader reader;
    uint32_t scope;
    if (!parse_key(key, &work, &scope))
        return false;
    bytes_reader_init(&reader, value);
    uint8_t flags = bytes_read_u8(&reader);
    work.is_provisional = (flags & FLAG_PROVISIONAL) != 0;
    work.is_unreported = (flags & FLAG_UNREPORTED) != 0;
    work.division = read_u32(&reader);
    work.notice_us = bytes_read_zigzag(&reader);
    work.party = read_u32(&reader);
    work.profile = read_u32(&reader);
    work.vehicle = read_u32(&reader);
    work.state = bytes_read_u8(&reader);
    work.since_us = bytes_read_zigzag(&reader);
    work.met_us = bytes_read_zigzag(&reader);
    work.generator = read_u32(&reader);
    work.receiver = read_u32(&reader);
    for (uint32_t i = 0; i < WORK_CARRIERS_MAX; i++)
        work.carriers[i] = read_u32(&reader);
    for (uint32_t i = 0; i < WORK_CROSSING_MAX; i++)
        work.crossing[i] = read_u32(&reader);
    for (uint32_t i = 0; i < WORK_SECTORS_MAX; i++)
        work.sectors[i] = read_u32(&reader);
    work.entry_count = read_u32(&reader);
    if ((flags & ~FLAGS) != 0 || work.entry_count > WORK_ENTRIES_MAX)
        return false;
    for (uint32_t i = 0; i < work.entry_count; i++)
        work.entries[i] = bytes_read_varint(&reader);
    uint8_t shelf = work.kind;
    work.kind = (uint8_t)(shelf & ~SHELVES);
    if (!bytes_reader_is_done(&reader) || work.kind < WORK_MANIFEST || work.kind >= WORK_KINDS ||
        !stands_under(&work, shelf, scope))
        return false;
    *ret = work;
    return true;
}

uint32_t work_parties(const struct work *work, uint32_t ret[static WORK_PARTIES_MAX])
{
    uint32_t all[WORK_PARTIES_MAX] = {work->party, work->generator, work->receiver};
    uint32_t count = 0;
    for (uint32_t i = 0; i < WORK_CARRIERS_MAX; i++)
        all[3 + i] = work->carriers[i];
    for (uint32_t i = 0; i < WORK_PARTIES_MAX; i++) {
        bool is_new = all[i] != 0;
        for (uint32_t k = 0; k < count; k++)
            is_new = is_new && ret[k] != all[i];
        if (is_new)
            ret[count++] = all[i];
    }
    return count;
}

bool work_concerns(const struct work *work, uint32_t party)
{
    uint32_t parties[WORK_PARTIES_MAX] = {0};
    uint32_t count = work_parties(work, parties);
    for (uint32_t i = 0; i < count; i++)
        if (parties[i] == party)
            return true;
    return false;
}

int work_compare(const struct work *a, const struct work *b)
{
    uint8_t key_a[WORK_KEY_BYTES], key_b[WORK_KEY_BYTES];
    write_key(a, 0, 0, key_a);
    write_key(b, 0, 0, key_b);
    int order = memcmp(key_a, key_b, sizeof key_a);
    if (order == 0)
        order = (a->kind > b->kind) - (a->kind < b->kind);
    return order != 0 ? order : (a->division > b->division) - (a->division < b->division);
}

static bool has_same_place(const struct work *a, const struct work *b)
{
    return a->kind == b->kind && a->subject_kind == b->subject_kind && a->rule == b->rule &&
           a->division == b->division && a->due_us == b->due_us && a->hazard == b->hazard &&
           a->mass_g == b->mass_g && a->subject == b->subject && a->anchor_key == b->anchor_key &&
           a->anchor_sequence == b->anchor_sequence;
}

static bool is_told_alike(const struct work *a, const struct work *b)
{
    if (a->notice_us != b->notice_us || a->party != b->party || a->profile != b->profile ||
        a->vehicle != b->vehicle || a->state != b->state || a->since_us != b->since_us ||
        a->met_us != b->met_us || a->generator != b->generator || a->receiver != b->receiver ||
        memcmp(a->carriers, b->carriers, sizeof a->carriers) != 0 ||
        a->is_unreported != b->is_unreported || a->is_provisional != b->is_provisional ||
        a->entry_count != b->entry_count)
        return false;
    for (uint32_t i = 0; i < a->entry_count; i++)
        if (a->entries[i] != b->entries[i])
            return false;
    return true;
}

/* Two sets that one fact lies between have nearly the same rows in the same order: what follows the row that was found
 * last is looked at first. */
static const struct work *
find_place(const struct work_set *set, const struct work *row, uint32_t *last)
{
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t at = (*last + 1 + i) % set->count;
        if (!has_same_place(&set->rows[at], row))
            continue;
        *last = at;
        return &set->rows[at];
    }
    return NULL;
}

bool work_difference(const struct work_set *before,
                     const struct work_set *after,
                     work_change *change,
                     void *context)
{
    uint32_t last = UINT32_MAX;
    for (uint32_t i = 0; i < before->count; i++) {
        const struct work *is = find_place(after, &before->rows[i], &last);
        if ((is == NULL || !is_told_alike(is, &before->rows[i])) &&
            !change(context, &before->rows[i], false))
            return false;
    }
    last = UINT32_MAX;
    for (uint32_t i = 0; i < after->count; i++) {
        const struct work *was = find_place(before, &after->rows[i], &last);
        if ((was == NULL || !is_told_alike(was, &after->rows[i])) &&
            !change(context, &after->rows[i], true))
            return false;
    }
    return true;
}
