/* block.c: a block of manifest numbers, and what was drawn from it.
 * Never gives a number: the ledger does. */
#include "daemon/domain/block.h"

#include "proto/rule.h"

enum { SERIAL_DIGITS = 6 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void put_digits(char *ret, uint32_t number, size_t digits)
{
    while (digits > 0) {
        ret[--digits] = (char)('0' + number % 10);
        number /= 10;
    }
}

void block_local_number(char ret[static MANIFEST_NUMBER_MAX + 1],
                        int32_t year,
                        uint32_t division,
                        uint32_t serial)
{
    ret[0] = 'L';
    put_digits(ret + 1, (uint32_t)year, 4);
    put_digits(ret + 5, division / 100, 4);
    put_digits(ret + 9, serial, SERIAL_DIGITS);
    ret[9 + SERIAL_DIGITS] = 0;
}

/* Where the digits begin: after an `L`. */
static size_t digits_at(const char *number)
{
    return number[0] == 'L' ? 1 : 0;
}

int32_t block_index(const struct block *block, struct span number)
{
    size_t len = strlen(block->first);
    size_t at = digits_at(block->first);
    if (number.len != len || len == at || memcmp(number.data, block->first, at) != 0)
        return -1;
    /* Digit by digit from the left: a difference below zero stays there, one beyond the bound only grows. */
    int64_t difference = 0;
    for (; at < len; at++) {
        if (!is_digit((char)number.data[at]) || !is_digit(block->first[at]))
            return -1;
        difference = difference * 10 + number.data[at] - block->first[at];
        if (difference < 0 || difference > BLOCK_NUMBERS_MAX)
            return -1;
    }
    return difference < block->count ? (int32_t)difference : -1;
}

void block_number(const struct block *block,
                  uint32_t index,
                  char ret[static MANIFEST_NUMBER_MAX + 1])
{
    memcpy(ret, block->first, sizeof block->first);
    uint32_t carry = index;
    for (size_t at = strlen(ret); carry > 0 && at > digits_at(ret); at--) {
        carry += (uint32_t)(ret[at - 1] - '0');
        ret[at - 1] = (char)('0' + carry % 10);
        carry /= 10;
    }
}

bool block_is_live(const struct block *block, int64_t at_us)
{
    return block->from_us <= at_us && at_us < block->until_us &&
           (!block->is_closed || at_us < block->closed_us);
}

bool block_allows(const struct block *block, uint32_t receiver, struct span code, uint64_t mass_g)
{
    bool is_receiver = block->receiver_count == 0;
    for (uint32_t i = 0; i < block->receiver_count; i++)
        is_receiver |= block->receivers[i] == receiver;
    bool is_covered = block->pattern_count == 0 && waste_is_code(code);
    for (uint32_t i = 0; i < block->pattern_count; i++)
        is_covered |= waste_covers(span_text(block->patterns[i]), code);
    bool has_room =
        block->mass_ceiling_g == 0 || (block->drawn_g <= block->mass_ceiling_g &&
                                       mass_g <= block->mass_ceiling_g - block->drawn_g);
    return is_receiver && is_covered && has_room;
}

uint32_t block_used(const struct block *block)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < block->count; i++)
        used += block->drawn[i / 8] >> (i % 8) & 1;
    return used;
}

void block_work(const struct block *block,
                uint64_t number,
                uint32_t division,
                const struct profile *profile,
                struct work_set *set)
{
    if (!profile_has_rule(profile, RULE_numbers_unused) || block->until_us == INT64_MAX ||
        block_used(block) == block->count ||
        (block->is_closed && block->closed_us <= block->until_us))
        return;
    struct work *row = work_add(set);
    if (row == NULL)
        return;
    row->kind = block->is_closed ? WORK_FINDING : WORK_OBLIGATION;
    row->rule = RULE_numbers_unused;
    row->subject_kind = SUBJECT_BLOCK;
    row->subject = number;
    row->division = division;
    row->due_us = block->until_us;
    row->notice_us = block->until_us - profile->block_notice_us;
    row->since_us = block->from_us;
    row->party = block->party;
    row->anchor_key = block->key;
    row->anchor_sequence = block->key_sequence;
    row->entries[row->entry_count++] = block->entry;
}

size_t block_write(const struct block *block, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_varint(&writer, block->entry);
    bytes_write_varint(&writer, block->party);
    bytes_write_counted(&writer, span_text(block->first));
    bytes_write_varint(&writer, block->count);
    bytes_write_zigzag(&writer, block->from_us);
    bytes_write_zigzag(&writer, block->until_us);
    bytes_write_u8(&writer, block->is_closed ? 1 : 0);
    if (block->is_closed)
        bytes_write_zigzag(&writer, block->closed_us);
    bytes_write_varint(&writer, block->approval);
    bytes_write_varint(&writer, block->key);
    bytes_write_varint(&writer, block->key_sequence);
    bytes_write_varint(&writer, block->mass_ceiling_g);
    bytes_write_varint(&writer, block->drawn_g);
    bytes_write_u8(&writer, (uint8_t)block->receiver_count);
    for (uint32_t i = 0; i < block->receiver_count; i++)
        bytes_write_varint(&writer, block->receivers[i]);
    bytes_write_u8(&writer, (uint8_t)block->pattern_count);
    for (uint32_t i = 0; i < block->pattern_count; i++)
        bytes_write_counted(&writer, span_text(block->patterns[i]));
    bytes_write_span(&writer, span_of(block->drawn, (block->count + 7) / 8));
    return bytes_written(&writer).len;
}

static bool read_lists(struct bytes_reader *reader, struct block *ret)
{
    ret->receiver_count = bytes_read_u8(reader);
    if (ret->receiver_count > BLOCK_RECEIVERS_MAX)
        return false;
    for (uint32_t i = 0; i < ret->receiver_count; i++) {
        uint64_t receiver = bytes_read_varint(reader);
        if (receiver > UINT32_MAX)
            return false;
        ret->receivers[i] = (uint32_t)receiver;
    }
    ret->pattern_count = bytes_read_u8(reader);
    if (ret->pattern_count > PERMIT_PATTERNS_MAX)
        return false;
    for (uint32_t i = 0; i < ret->pattern_count; i++) {
        struct span pattern = bytes_read_counted(reader);
        if (!waste_is_pattern(pattern))
            return false;
        memcpy(ret->patterns[i], pattern.data, pattern.len);
    }
    return true;
}

bool block_parse(struct span bytes, struct block *ret)
{
    struct block block = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    block.entry = bytes_read_varint(&reader);
    uint64_t party = bytes_read_varint(&reader);
    block.party = (uint32_t)party;
    struct span first = bytes_read_counted(&reader);
    uint64_t count = bytes_read_varint(&reader);
    if (party > UINT32_MAX || first.len > MANIFEST_NUMBER_MAX || count > BLOCK_NUMBERS_MAX)
        return false;
    if (first.len > 0)
        memcpy(block.first, first.data, first.len);
    block.count = (uint32_t)count;
    block.from_us = bytes_read_zigzag(&reader);
    block.until_us = bytes_read_zigzag(&reader);
    uint8_t is_closed = bytes_read_u8(&reader);
    block.is_closed = is_closed == 1;
    if (block.is_closed)
        block.closed_us = bytes_read_zigzag(&reader);
    uint64_t approval = bytes_read_varint(&reader), key = bytes_read_varint(&reader);
    block.approval = (uint32_t)approval;
    block.key = (uint32_t)key;
    block.key_sequence = bytes_read_varint(&reader);
    block.mass_ceiling_g = bytes_read_varint(&reader);
    block.drawn_g = bytes_read_varint(&reader);
    if (is_closed > 1 || approval > UINT32_MAX || key > UINT32_MAX || !read_lists(&reader, &block))
        return false;
    bytes_read_copy(&reader, block.drawn, (block.count + 7) / 8);
    if (!bytes_reader_is_done(&reader) || strlen(block.first) != first.len)
        return false;
    *ret = block;
    return true;
}
