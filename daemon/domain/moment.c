/* moment.c: a bounded set of statements in order of time.
 * Never judges them. */
#include "daemon/domain/moment.h"

/* 2020-01-01: the first of a set is written as a difference from here. */
static const int64_t EPOCH_US = INT64_C(1577836800000000);

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int moment_compare(const struct moment *a, const struct moment *b)
{
    if (a->at_us != b->at_us)
        return a->at_us < b->at_us ? -1 : 1;
    const uint64_t pairs[][2] = {
        {a->kind, b->kind},     {a->key_prefix, b->key_prefix}, {a->key_sequence, b->key_sequence},
        {a->number, b->number}, {a->entry, b->entry},
    };
    int order = 0;
    for (size_t i = 0; order == 0 && i < sizeof pairs / sizeof pairs[0]; i++)
        order = compare_u64(pairs[i][0], pairs[i][1]);
    return order;
}

/* Where it stands or would stand. */
static uint32_t find(const struct moments *moments, const struct moment *moment, bool *ret_is_there)
{
    uint32_t at = moments->count;
    int order = 1;
    while (at > 0 && (order = moment_compare(moment, &moments->all[at - 1])) < 0)
        at--;
    *ret_is_there = at > 0 && order == 0;
    return *ret_is_there ? at - 1 : at;
}

bool moment_add(struct moments *moments, uint32_t room, const struct moment *moment)
{
    bool is_there = false;
    uint32_t at = find(moments, moment, &is_there);
    if (is_there)
        return false;
    if (room > MOMENTS_MAX)
        room = MOMENTS_MAX;
    if (moments->count >= room) {
        moments->not_kept++;
        if (at >= room)
            return false;
        moments->count = room - 1;
    }
    memmove(&moments->all[at + 1], &moments->all[at],
            (moments->count - at) * sizeof moments->all[0]);
    moments->all[at] = *moment;
    moments->count++;
    return true;
}

bool moment_remove(struct moments *moments, const struct moment *moment)
{
    bool is_there = false;
    uint32_t at = find(moments, moment, &is_there);
    if (!is_there)
        return false;
    moments->count--;
    memmove(&moments->all[at], &moments->all[at + 1],
            (moments->count - at) * sizeof moments->all[0]);
    return true;
}

bool moment_mark(struct moments *moments, const struct moment *moment)
{
    bool is_there = false;
    uint32_t at = find(moments, moment, &is_there);
    if (!is_there || moments->all[at].voids == moment->voids)
        return false;
    moments->all[at].voids = moment->voids;
    return true;
}

bool moment_tell(struct moments *moments,
                 uint32_t room,
                 const struct moment *moment,
                 enum moment_tell tell)
{
    switch (tell) {
    case MOMENT_FIRST:
        return moment_add(moments, room, moment);
    case MOMENT_AGAIN:
        return moment_mark(moments, moment);
    case MOMENT_AWAY:
        return moment_remove(moments, moment);
    }
    return false;
}

int moment_sign(const struct moment *moment, enum moment_tell tell)
{
    bool counts = moment->voids == 0;
    switch (tell) {
    case MOMENT_FIRST:
        return counts ? 1 : 0;
    case MOMENT_AGAIN:
        return counts ? 1 : -1;
    case MOMENT_AWAY:
        return counts ? -1 : 0;
    }
    return 0;
}

void moment_drop_void(struct moments *moments)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < moments->count; i++)
        if (moments->all[i].voids == 0)
            moments->all[kept++] = moments->all[i];
    moments->count = kept;
}

const struct moment *moment_first(const struct moments *moments)
{
    for (uint32_t i = 0; i < moments->count; i++)
        if (moments->all[i].voids == 0)
            return &moments->all[i];
    return NULL;
}

const struct moment *moment_last(const struct moments *moments)
{
    for (uint32_t i = moments->count; i > 0; i--)
        if (moments->all[i - 1].voids == 0)
            return &moments->all[i - 1];
    return NULL;
}

/* Above them in the first byte stand the bits of `voids`. */
enum { HAS_UNTIL = 1, HAS_POSITION = 2, HAS_VOIDS_AT = 2, HAS_ALL = 15 };

static int64_t minus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static void write_after(const struct moment *moment, int64_t before_us, struct bytes_writer *writer)
{
    bool has_position = moment->latitude_e7 != 0 || moment->longitude_e7 != 0;
    bytes_write_u8(writer,
                   (uint8_t)((moment->until_us != moment->at_us ? HAS_UNTIL : 0) |
                             (has_position ? HAS_POSITION : 0) | moment->voids << HAS_VOIDS_AT));
    bytes_write_u8(writer, moment->kind);
    bytes_write_zigzag(writer, minus(moment->at_us, before_us));
    bytes_write_u64(writer, moment->key_prefix);
    bytes_write_varint(writer, moment->key);
    bytes_write_varint(writer, moment->key_sequence);
    bytes_write_varint(writer, moment->entry);
    bytes_write_varint(writer, moment->party);
    bytes_write_varint(writer, moment->number);
    bytes_write_varint(writer, moment->amount);
    if (moment->until_us != moment->at_us)
        bytes_write_zigzag(writer, minus(moment->until_us, moment->at_us));
    if (has_position) {
        bytes_write_u32(writer, (uint32_t)moment->latitude_e7);
        bytes_write_u32(writer, (uint32_t)moment->longitude_e7);
    }
}

void moment_write_one(const struct moment *moment, struct bytes_writer *writer)
{
    write_after(moment, EPOCH_US, writer);
}

void moment_write(const struct moments *moments, struct bytes_writer *writer)
{
    bytes_write_varint(writer, moments->count);
    bytes_write_varint(writer, moments->not_kept);
    for (uint32_t i = 0; i < moments->count; i++)
        write_after(&moments->all[i], i == 0 ? EPOCH_US : moments->all[i - 1].at_us, writer);
}

static uint32_t read_u32(struct bytes_reader *reader)
{
    uint64_t value = bytes_read_varint(reader);
    if (value > UINT32_MAX)
        reader->failed = true;
    return (uint32_t)value;
}

static bool read_after(struct bytes_reader *reader, int64_t before_us, struct moment *ret)
{
    struct moment moment = {0};
    uint8_t has = bytes_read_u8(reader);
    moment.voids = (uint8_t)(has >> HAS_VOIDS_AT);
    moment.kind = bytes_read_u8(reader);
    moment.at_us = plus(bytes_read_zigzag(reader), before_us);
    moment.key_prefix = bytes_read_u64(reader);
    moment.key = read_u32(reader);
    moment.key_sequence = bytes_read_varint(reader);
    moment.entry = bytes_read_varint(reader);
    moment.party = read_u32(reader);
    moment.number = read_u32(reader);
    moment.amount = read_u32(reader);
    moment.until_us = moment.at_us;
    if ((has & HAS_UNTIL) != 0)
        moment.until_us = plus(bytes_read_zigzag(reader), moment.at_us);
    if ((has & HAS_POSITION) != 0) {
        moment.latitude_e7 = (int32_t)bytes_read_u32(reader);
        moment.longitude_e7 = (int32_t)bytes_read_u32(reader);
    }
    *ret = moment;
    return !reader->failed && (has & ~HAS_ALL) == 0;
}

bool moment_read_one(struct bytes_reader *reader, struct moment *ret)
{
    return read_after(reader, EPOCH_US, ret);
}

bool moment_read(struct bytes_reader *reader, struct moments *ret)
{
    uint64_t count = bytes_read_varint(reader);
    ret->not_kept = read_u32(reader);
    if (reader->failed || count > MOMENTS_MAX)
        return false;
    ret->count = (uint32_t)count;
    for (uint32_t i = 0; i < ret->count; i++) {
        int64_t before_us = i == 0 ? EPOCH_US : ret->all[i - 1].at_us;
        if (!read_after(reader, before_us, &ret->all[i]) ||
            (i > 0 && moment_compare(&ret->all[i - 1], &ret->all[i]) >= 0))
            return false;
    }
    return true;
}

struct work *moment_finding(struct work_set *set, uint16_t rule, const struct moment *moment)
{
    struct work *row = work_add(set);
    if (row == NULL)
        return NULL;
    row->kind = WORK_FINDING;
    row->rule = rule;
    if (moment == NULL)
        return row;
    row->due_us = moment->at_us;
    row->since_us = moment->at_us;
    row->anchor_key = moment->key;
    row->anchor_sequence = moment->key_sequence;
    row->party = moment->party;
    moment_show(row, moment);
    return row;
}

void moment_show(struct work *row, const struct moment *moment)
{
    if (moment == NULL || row->entry_count == WORK_ENTRIES_MAX)
        return;
    for (uint32_t i = 0; i < row->entry_count; i++)
        if (row->entries[i] == moment->entry)
            return;
    row->entries[row->entry_count++] = moment->entry;
}
