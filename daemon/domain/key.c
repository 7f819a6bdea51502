/* key.c: the record of a key.
 * Never holds a secret. */
#include "daemon/domain/chain.h"

enum { FLAG_ENROLLED = 1, FLAG_REVOKED = 2, FLAG_SPENT = 4, FLAG_ENDS = 8, FLAG_CURVE = 16 };
enum { FLAGS = FLAG_ENROLLED | FLAG_REVOKED | FLAG_SPENT | FLAG_ENDS | FLAG_CURVE };

static bool has_curve_key(const struct key *key)
{
    static const uint8_t none[sizeof key->curve_key];
    return memcmp(key->curve_key, none, sizeof none) != 0;
}

static void write_gaps(const struct key *key, struct bytes_writer *writer)
{
    bytes_write_u8(writer, (uint8_t)key->gap_count);
    uint64_t before = 0;
    int64_t before_us = 0;
    for (uint32_t i = 0; i < key->gap_count; i++) {
        const struct chain_gap *gap = &key->gaps[i];
        bytes_write_varint(writer, gap->first - before);
        bytes_write_varint(writer, gap->last - gap->first);
        bytes_write_zigzag(writer, (int64_t)((uint64_t)gap->since_us - (uint64_t)before_us));
        before = gap->last;
        before_us = gap->since_us;
    }
}

static bool read_gaps(struct bytes_reader *reader, struct key *ret)
{
    uint32_t count = bytes_read_u8(reader);
    if (count > CHAIN_GAPS_MAX)
        return false;
    uint64_t before = 0;
    int64_t before_us = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct chain_gap *gap = &ret->gaps[i];
        uint64_t from = bytes_read_varint(reader);
        uint64_t more = bytes_read_varint(reader);
        if (from == 0 || __builtin_add_overflow(before, from, &gap->first) ||
            __builtin_add_overflow(gap->first, more, &gap->last))
            return false;
        gap->since_us = (int64_t)((uint64_t)bytes_read_zigzag(reader) + (uint64_t)before_us);
        before = gap->last;
        before_us = gap->since_us;
    }
    ret->gap_count = count;
    return !reader->failed && before < ret->next_sequence;
}

size_t key_write(const struct key *key, uint8_t *ret, size_t cap)
{
    uint8_t flags =
        (uint8_t)((key->is_enrolled ? FLAG_ENROLLED : 0) | (key->is_revoked ? FLAG_REVOKED : 0) |
                  (key->is_spent ? FLAG_SPENT : 0) | (key->until_us != INT64_MAX ? FLAG_ENDS : 0) |
                  (has_curve_key(key) ? FLAG_CURVE : 0));
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, flags);
    bytes_write_span(&writer, span_of(key->public_key, PUBLIC_KEY_SIZE));
    bytes_write_varint(&writer, key->party);
    bytes_write_varint(&writer, key->roles);
    bytes_write_varint(&writer, key->invited_roles);
    bytes_write_varint(&writer, key->enrolled_entry);
    bytes_write_varint(&writer, key->revoked_entry);
    bytes_write_zigzag(&writer, key->doubt_since_us);
    if ((flags & FLAG_ENDS) != 0)
        bytes_write_zigzag(&writer, key->until_us);
    if ((flags & FLAG_CURVE) != 0)
        bytes_write_span(&writer, span_of(key->curve_key, sizeof key->curve_key));
    bytes_write_varint(&writer, key->next_sequence);
    bytes_write_span(&writer, span_of(key->last_id.bytes, DIGEST_SIZE));
    bytes_write_varint(&writer, key->forks);
    bytes_write_varint(&writer, key->unlisted_gaps);
    bytes_write_varint(&writer, key->unlisted_first);
    bytes_write_varint(&writer, key->unlisted_last);
    write_gaps(key, &writer);
    return bytes_written(&writer).len;
}

static uint64_t read_up_to(struct bytes_reader *reader, uint64_t most)
{
    uint64_t value = bytes_read_varint(reader);
    if (value > most)
        reader->failed = true;
    return value;
}

bool key_parse(struct span bytes, struct key *ret)
{
    struct key key = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint8_t flags = bytes_read_u8(&reader);
    key.is_enrolled = (flags & FLAG_ENROLLED) != 0;
    key.is_revoked = (flags & FLAG_REVOKED) != 0;
    key.is_spent = (flags & FLAG_SPENT) != 0;
    bytes_read_copy(&reader, key.public_key, PUBLIC_KEY_SIZE);
    key.party = (uint32_t)read_up_to(&reader, UINT32_MAX);
    key.roles = (party_bits)read_up_to(&reader, UINT16_MAX);
    key.invited_roles = (party_bits)read_up_to(&reader, UINT16_MAX);
    key.enrolled_entry = bytes_read_varint(&reader);
    key.revoked_entry = bytes_read_varint(&reader);
    key.doubt_since_us = bytes_read_zigzag(&reader);
    key.until_us = INT64_MAX;
    if ((flags & FLAG_ENDS) != 0)
        key.until_us = bytes_read_zigzag(&reader);
    if ((flags & FLAG_CURVE) != 0)
        bytes_read_copy(&reader, key.curve_key, sizeof key.curve_key);
    key.next_sequence = bytes_read_varint(&reader);
    bytes_read_copy(&reader, key.last_id.bytes, DIGEST_SIZE);
    key.forks = (uint32_t)read_up_to(&reader, UINT32_MAX);
    key.unlisted_gaps = (uint32_t)read_up_to(&reader, UINT32_MAX);
    key.unlisted_first = bytes_read_varint(&reader);
    key.unlisted_last = bytes_read_varint(&reader);
    if (!read_gaps(&reader, &key) || !bytes_reader_is_done(&reader) || (flags & ~FLAGS) != 0)
        return false;
    *ret = key;
    return true;
}
