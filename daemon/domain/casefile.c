/* casefile.c: what was said of a finding after it was found.
 * Never says whether the finding stands. */
#include "daemon/domain/casefile.h"

#include <string.h>

#include "proto/custody.pb-c.h"
#include "daemon/domain/division.h"

enum {
    FLAG_REGULATOR = 1,
    FLAG_HELD = 2,
    FLAG_WITHDRAWN = 4,
    FLAGS = 7,
    DECIMAL_MAX = 20,
};

static struct span decimal(uint64_t value, char room[static DECIMAL_MAX])
{
    size_t at = DECIMAL_MAX;
    do {
        room[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    return span_of(room + at, DECIMAL_MAX - at);
}

bool casefile_digest(
    uint16_t rule, struct span subject, struct span key, uint64_t sequence, struct digest *ret)
{
    char rule_text[DECIMAL_MAX], sequence_text[DECIMAL_MAX], hex[2 * PUBLIC_KEY_SIZE + 1] = "";
    if (subject.len > CASEFILE_SUBJECT_MAX || (key.len != 0 && key.len != PUBLIC_KEY_SIZE))
        return false;
    if (key.len > 0)
        bytes_write_hex(key, hex);
    const struct span line = span_text("\n");
    const struct span parts[] = {
        span_text("custody-finding\n"),
        decimal(rule, rule_text),
        line,
        subject,
        line,
        span_text(hex),
        line,
        decimal(key.len == 0 ? 0 : sequence, sequence_text),
        line,
    };
    *ret = digest_sha256_of(parts, sizeof parts / sizeof parts[0]);
    return true;
}

void casefile_write_id(const struct digest *digest, char ret[static CASEFILE_ID_DIGITS + 1])
{
    bytes_write_hex(span_of(digest->bytes, CASEFILE_ID_DIGITS / 2), ret);
}

static bool is_before(const struct casefile_saying *a, const struct casefile_saying *b)
{
    return a->effective_us != b->effective_us ? a->effective_us < b->effective_us
                                              : a->entry < b->entry;
}

bool casefile_add(struct casefile *file, const struct casefile_saying *saying)
{
    for (uint32_t i = 0; i < file->count; i++) {
        struct casefile_saying *there = &file->sayings[i];
        if (there->entry != saying->entry)
            continue;
        bool changes =
            there->is_held != saying->is_held || there->is_withdrawn != saying->is_withdrawn;
        there->is_held = saying->is_held;
        there->is_withdrawn = saying->is_withdrawn;
        return changes;
    }
    if (file->count == CASEFILE_SAYINGS_MAX) {
        file->not_kept++;
        return true;
    }
    uint32_t at = file->count++;
    for (; at > 0 && is_before(saying, &file->sayings[at - 1]); at--)
        file->sayings[at] = file->sayings[at - 1];
    file->sayings[at] = *saying;
    return true;
}

struct casefile_saying *casefile_find(struct casefile *file, uint32_t key, uint64_t key_sequence)
{
    for (uint32_t i = 0; i < file->count; i++)
        if (file->sayings[i].key == key && file->sayings[i].key_sequence == key_sequence)
            return &file->sayings[i];
    return NULL;
}

static bool counts(const struct casefile_saying *saying)
{
    return !saying->is_held && !saying->is_withdrawn;
}

/* Nobody settles their own (DESIGN 4). */
static bool may_settle(const struct casefile_saying *saying, uint32_t party, uint32_t division)
{
    return saying->act == CUSTODY__V1__ACT__ACT_SETTLE && saying->is_regulator &&
           saying->party != party && division_covers(saying->division, division);
}

enum casefile_state casefile_state_of(const struct casefile *file,
                                      uint32_t party,
                                      uint32_t division,
                                      const struct casefile_saying **ret_by)
{
    const struct casefile_saying *explained = NULL, *settled = NULL;
    for (uint32_t i = 0; i < file->count; i++) {
        const struct casefile_saying *saying = &file->sayings[i];
        if (!counts(saying))
            continue;
        if (may_settle(saying, party, division))
            settled = saying;
        if (saying->act == CUSTODY__V1__ACT__ACT_EXPLAIN)
            explained = saying;
    }
    if (ret_by != NULL)
        *ret_by = settled != NULL ? settled : explained;
    return settled != NULL     ? CASEFILE_SETTLED
           : explained != NULL ? CASEFILE_EXPLAINED
                               : CASEFILE_OPEN;
}

bool casefile_is_reopened(const struct casefile *file, uint32_t party, uint32_t division)
{
    bool was_settled = false;
    for (uint32_t i = 0; i < file->count; i++)
        was_settled = was_settled || (file->sayings[i].is_withdrawn &&
                                      may_settle(&file->sayings[i], party, division));
    return was_settled && casefile_state_of(file, party, division, NULL) != CASEFILE_SETTLED;
}

bool casefile_is_inspected(const struct casefile *file)
{
    for (uint32_t i = 0; i < file->count; i++)
        if (counts(&file->sayings[i]) && file->sayings[i].is_regulator &&
            file->sayings[i].act == CUSTODY__V1__ACT__ACT_INSPECT)
            return true;
    return false;
}

/* ---- record ------------------------------------------------------------------------------------ */

static void write_saying(const struct casefile_saying *saying, struct bytes_writer *writer)
{
    bytes_write_varint(writer, saying->entry);
    bytes_write_zigzag(writer, saying->effective_us);
    bytes_write_varint(writer, saying->key);
    bytes_write_varint(writer, saying->key_sequence);
    bytes_write_varint(writer, saying->party);
    bytes_write_varint(writer, saying->division);
    bytes_write_u8(writer, saying->act);
    bytes_write_u8(writer, saying->reason);
    bytes_write_u8(writer, (uint8_t)((saying->is_regulator ? FLAG_REGULATOR : 0) |
                                     (saying->is_held ? FLAG_HELD : 0) |
                                     (saying->is_withdrawn ? FLAG_WITHDRAWN : 0)));
    bytes_write_counted(writer, span_text(saying->order));
}

size_t casefile_write(const struct casefile *file, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u16(&writer, file->rule);
    bytes_write_counted(&writer, span_text(file->subject));
    bytes_write_varint(&writer, file->anchor_key);
    bytes_write_varint(&writer, file->anchor_sequence);
    bytes_write_span(&writer, span_of(file->digest.bytes, sizeof file->digest.bytes));
    bytes_write_varint(&writer, file->not_kept);
    bytes_write_varint(&writer, file->count);
    for (uint32_t i = 0; i < file->count; i++)
        write_saying(&file->sayings[i], &writer);
    return writer.failed ? 0 : writer.len;
}

static uint32_t read_u32(struct bytes_reader *reader)
{
    uint64_t value = bytes_read_varint(reader);
    if (value > UINT32_MAX)
        reader->failed = true;
    return (uint32_t)value;
}

static bool read_text(struct bytes_reader *reader, char *ret, size_t cap)
{
    struct span text = bytes_read_counted(reader);
    if (reader->failed || text.len >= cap || memchr(text.data, 0, text.len) != NULL)
        return false;
    memcpy(ret, text.data, text.len);
    ret[text.len] = 0;
    return true;
}

static bool read_saying(struct bytes_reader *reader, struct casefile_saying *ret)
{
    ret->entry = bytes_read_varint(reader);
    ret->effective_us = bytes_read_zigzag(reader);
    ret->key = read_u32(reader);
    ret->key_sequence = bytes_read_varint(reader);
    ret->party = read_u32(reader);
    ret->division = read_u32(reader);
    ret->act = bytes_read_u8(reader);
    ret->reason = bytes_read_u8(reader);
    uint8_t flags = bytes_read_u8(reader);
    ret->is_regulator = (flags & FLAG_REGULATOR) != 0;
    ret->is_held = (flags & FLAG_HELD) != 0;
    ret->is_withdrawn = (flags & FLAG_WITHDRAWN) != 0;
    return (flags & ~FLAGS) == 0 && read_text(reader, ret->order, sizeof ret->order);
}

bool casefile_parse(struct span bytes, struct casefile *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    memset(ret, 0, sizeof *ret);
    ret->rule = bytes_read_u16(&reader);
    if (!read_text(&reader, ret->subject, sizeof ret->subject))
        return false;
    ret->anchor_key = read_u32(&reader);
    ret->anchor_sequence = bytes_read_varint(&reader);
    bytes_read_copy(&reader, ret->digest.bytes, sizeof ret->digest.bytes);
    ret->not_kept = read_u32(&reader);
    ret->count = read_u32(&reader);
    if (ret->count > CASEFILE_SAYINGS_MAX)
        return false;
    for (uint32_t i = 0; i < ret->count; i++)
        if (!read_saying(&reader, &ret->sayings[i]))
            return false;
    return bytes_reader_is_done(&reader);
}
