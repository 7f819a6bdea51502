/* permit.c: a permit, and what it covers at a time.
 * Never adds up masses against its limits. */
#include "daemon/domain/party.h"

bool permit_is_in_force(const struct permit *permit, party_bits activity, int64_t at_us)
{
    return (permit->activities & activity) != 0 && permit->from_us <= at_us &&
           at_us < permit->until_us;
}

bool permit_covers(const struct permit *permit,
                   party_bits activity,
                   struct span code,
                   int64_t at_us)
{
    if (!permit_is_in_force(permit, activity, at_us))
        return false;
    for (uint32_t i = 0; i < permit->pattern_count; i++)
        if (waste_covers_pattern(span_text(permit->patterns[i]), code))
            return true;
    return false;
}

size_t permit_write(const struct permit *permit, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_varint(&writer, permit->entry);
    bytes_write_varint(&writer, permit->party);
    bytes_write_u16(&writer, permit->activities);
    bytes_write_zigzag(&writer, permit->from_us);
    bytes_write_zigzag(&writer, permit->until_us);
    bytes_write_varint(&writer, permit->mass_hourly_g);
    bytes_write_varint(&writer, permit->mass_daily_g);
    bytes_write_varint(&writer, permit->mass_yearly_g);
    bytes_write_varint(&writer, permit->storage_limit_g);
    bytes_write_u8(&writer, (uint8_t)permit->pattern_count);
    for (uint32_t i = 0; i < permit->pattern_count; i++)
        bytes_write_counted(&writer, span_text(permit->patterns[i]));
    return bytes_written(&writer).len;
}

bool permit_parse(struct span bytes, struct permit *ret)
{
    struct permit permit = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    permit.entry = bytes_read_varint(&reader);
    uint64_t party = bytes_read_varint(&reader);
    permit.party = (uint32_t)party;
    permit.activities = bytes_read_u16(&reader);
    permit.from_us = bytes_read_zigzag(&reader);
    permit.until_us = bytes_read_zigzag(&reader);
    permit.mass_hourly_g = bytes_read_varint(&reader);
    permit.mass_daily_g = bytes_read_varint(&reader);
    permit.mass_yearly_g = bytes_read_varint(&reader);
    permit.storage_limit_g = bytes_read_varint(&reader);
    permit.pattern_count = bytes_read_u8(&reader);
    if (party > UINT32_MAX || permit.pattern_count > PERMIT_PATTERNS_MAX)
        return false;
    for (uint32_t i = 0; i < permit.pattern_count; i++) {
        struct span pattern = bytes_read_counted(&reader);
        if (!waste_is_pattern(pattern))
            return false;
        memcpy(permit.patterns[i], pattern.data, pattern.len);
    }
    if (!bytes_reader_is_done(&reader))
        return false;
    *ret = permit;
    return true;
}
