/* permit.c: a permit, and what it covers at a time.
 * Never adds up masses against its limits. */
#include "daemon/domain/party.h"

bool permit_is_in_force(const struct permit *permit, party_bits activity, int64_t at_us)
{
    return (permit->activities & activity) != 0 && permit->from_us <= at_us &&
           at_us < permit->until_us && suspension_at(&permit->suspensions, at_us) == NULL;
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

bool permit_allows_method(const struct permit *permit, struct span method)
{
    bool is_allowed = permit->method_count == 0 || method.len == 0;
    for (uint32_t i = 0; i < permit->method_count; i++)
        is_allowed |= span_is_equal(span_text(permit->methods[i]), method);
    return is_allowed;
}

uint64_t permit_planned_g(const struct permit *permit, int32_t year)
{
    return permit->planned_year == year ? permit->planned_g : 0;
}

void permit_plan(struct permit *permit, int32_t year, uint64_t mass_g, bool is_added)
{
    if (permit->planned_year > year || (!is_added && permit->planned_year != year))
        return;
    uint64_t planned_g = permit_planned_g(permit, year);
    permit->planned_year = year;
    if (!is_added)
        permit->planned_g = planned_g < mass_g ? 0 : planned_g - mass_g;
    else if (__builtin_add_overflow(planned_g, mass_g, &permit->planned_g))
        permit->planned_g = UINT64_MAX;
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
    bytes_write_counted(&writer, span_text(permit->number));
    bytes_write_counted(&writer, span_text(permit->order));
    suspension_write(&permit->suspensions, &writer);
    bytes_write_zigzag(&writer, permit->planned_year);
    bytes_write_varint(&writer, permit->planned_g);
    bytes_write_u8(&writer, (uint8_t)permit->method_count);
    for (uint32_t i = 0; i < permit->method_count; i++)
        bytes_write_counted(&writer, span_text(permit->methods[i]));
    bytes_write_u8(&writer, (uint8_t)permit->pattern_count);
    for (uint32_t i = 0; i < permit->pattern_count; i++)
        bytes_write_counted(&writer, span_text(permit->patterns[i]));
    return bytes_written(&writer).len;
}

/* A text that was kept with its end. */
static void read_text(struct bytes_reader *reader, char *ret, size_t most)
{
    struct span text = bytes_read_counted(reader);
    if (reader->failed || text.len > most ||
        (text.len > 0 && memchr(text.data, 0, text.len) != NULL))
        reader->failed = true;
    else if (text.len > 0)
        memcpy(ret, text.data, text.len);
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
    read_text(&reader, permit.number, PERMIT_NUMBER_MAX);
    read_text(&reader, permit.order, PERMIT_NUMBER_MAX);
    suspension_read(&reader, &permit.suspensions);
    int64_t year = bytes_read_zigzag(&reader);
    permit.planned_year = (int32_t)year;
    permit.planned_g = bytes_read_varint(&reader);
    permit.method_count = bytes_read_u8(&reader);
    if (permit.method_count > PERMIT_METHODS_MAX || year < INT32_MIN || year > INT32_MAX)
        return false;
    for (uint32_t i = 0; i < permit.method_count; i++)
        read_text(&reader, permit.methods[i], PERMIT_METHOD_MAX);
    permit.pattern_count = bytes_read_u8(&reader);
    if (reader.failed || party > UINT32_MAX || permit.pattern_count > PERMIT_PATTERNS_MAX)
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
