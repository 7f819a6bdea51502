/* work.c: what is open: rows of the work table and the difference of two sets of them.
 * Never decides what is open. */
#include "daemon/domain/work.h"

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

/* Big-endian throughout, the sign bit of the time turned over, so that bytes sort as the row does. */
void work_write_key(const struct work *work, uint8_t ret[static WORK_KEY_BYTES])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, WORK_KEY_BYTES);
    bytes_write_u32(&writer, work->division);
    bytes_write_u64(&writer, (uint64_t)work->due_us ^ UINT64_C(1) << 63);
    bytes_write_u8(&writer, work->kind);
    bytes_write_u8(&writer, work->subject_kind);
    bytes_write_u64(&writer, work->subject);
    bytes_write_u16(&writer, work->rule);
    bytes_write_u32(&writer, work->anchor_key);
    bytes_write_u64(&writer, work->anchor_sequence);
}

size_t work_write_value(const struct work *work, uint8_t ret[static WORK_VALUE_MAX])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, WORK_VALUE_MAX);
    bytes_write_u8(&writer, (uint8_t)((work->is_provisional ? FLAG_PROVISIONAL : 0) |
                                      (work->is_unreported ? FLAG_UNREPORTED : 0)));
    bytes_write_zigzag(&writer, work->notice_us);
    bytes_write_varint(&writer, work->party);
    bytes_write_varint(&writer, work->profile);
    bytes_write_varint(&writer, work->vehicle);
    bytes_write_u8(&writer, work->state);
    bytes_write_u8(&writer, work->hazard);
    bytes_write_varint(&writer, work->mass_g);
    bytes_write_zigzag(&writer, work->since_us);
    bytes_write_varint(&writer, work->entry_count);
    for (uint32_t i = 0; i < work->entry_count && i < WORK_ENTRIES_MAX; i++)
        bytes_write_varint(&writer, work->entries[i]);
    return writer.len;
}

bool work_parse(struct span key, struct span value, struct work *ret)
{
    struct work work = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, key);
    work.division = bytes_read_u32(&reader);
    work.due_us = (int64_t)(bytes_read_u64(&reader) ^ UINT64_C(1) << 63);
    work.kind = bytes_read_u8(&reader);
    work.subject_kind = bytes_read_u8(&reader);
    work.subject = bytes_read_u64(&reader);
    work.rule = bytes_read_u16(&reader);
    work.anchor_key = bytes_read_u32(&reader);
    work.anchor_sequence = bytes_read_u64(&reader);
    if (!bytes_reader_is_done(&reader) || work.kind < WORK_MANIFEST || work.kind > WORK_FINDING)
        return false;

    bytes_reader_init(&reader, value);
    uint8_t flags = bytes_read_u8(&reader);
    work.is_provisional = (flags & FLAG_PROVISIONAL) != 0;
    work.is_unreported = (flags & FLAG_UNREPORTED) != 0;
    work.notice_us = bytes_read_zigzag(&reader);
    uint64_t party = bytes_read_varint(&reader);
    uint64_t profile = bytes_read_varint(&reader);
    uint64_t vehicle = bytes_read_varint(&reader);
    work.state = bytes_read_u8(&reader);
    work.hazard = bytes_read_u8(&reader);
    work.mass_g = bytes_read_varint(&reader);
    work.since_us = bytes_read_zigzag(&reader);
    uint64_t count = bytes_read_varint(&reader);
    if ((flags & ~FLAGS) != 0 || party > UINT32_MAX || profile > UINT32_MAX ||
        vehicle > UINT32_MAX || count > WORK_ENTRIES_MAX)
        return false;
    work.party = (uint32_t)party;
    work.profile = (uint32_t)profile;
    work.vehicle = (uint32_t)vehicle;
    work.entry_count = (uint32_t)count;
    for (uint32_t i = 0; i < work.entry_count; i++)
        work.entries[i] = bytes_read_varint(&reader);
    if (!bytes_reader_is_done(&reader))
        return false;
    *ret = work;
    return true;
}

static bool has_same_place(const struct work *a, const struct work *b)
{
    return a->kind == b->kind && a->subject_kind == b->subject_kind && a->rule == b->rule &&
           a->division == b->division && a->due_us == b->due_us && a->subject == b->subject &&
           a->anchor_key == b->anchor_key && a->anchor_sequence == b->anchor_sequence;
}

static bool is_told_alike(const struct work *a, const struct work *b)
{
    if (a->notice_us != b->notice_us || a->party != b->party || a->profile != b->profile ||
        a->vehicle != b->vehicle || a->state != b->state || a->hazard != b->hazard ||
        a->mass_g != b->mass_g || a->since_us != b->since_us ||
        a->is_unreported != b->is_unreported || a->is_provisional != b->is_provisional ||
        a->entry_count != b->entry_count)
        return false;
    for (uint32_t i = 0; i < a->entry_count; i++)
        if (a->entries[i] != b->entries[i])
            return false;
    return true;
}

static const struct work *find_place(const struct work_set *set, const struct work *row)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (has_same_place(&set->rows[i], row))
            return &set->rows[i];
    return NULL;
}

bool work_difference(const struct work_set *before,
                     const struct work_set *after,
                     work_change *change,
                     void *context)
{
    for (uint32_t i = 0; i < before->count; i++)
        if (find_place(after, &before->rows[i]) == NULL &&
            !change(context, &before->rows[i], false))
            return false;
    for (uint32_t i = 0; i < after->count; i++) {
        const struct work *was = find_place(before, &after->rows[i]);
        if ((was == NULL || !is_told_alike(was, &after->rows[i])) &&
            !change(context, &after->rows[i], true))
            return false;
    }
    return true;
}
