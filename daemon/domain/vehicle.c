/* vehicle.c: the filings of a vehicle, and whether it was on file at a time.
 * Never asks who drove it. */
#include "daemon/domain/party.h"

enum { FLAG_MEDICAL = 1, FLAG_ENDS = 2 };

/* A filing counts from its first microsecond to before its end. */
static bool is_in_force(const struct vehicle_filing *filing, int64_t at_us)
{
    return filing->from_us <= at_us && (at_us < filing->until_us || filing->until_us == INT64_MAX);
}

const struct vehicle_filing *vehicle_filing_at(const struct vehicle *vehicle, int64_t at_us)
{
    for (uint32_t i = 0; i < vehicle->count; i++)
        if (is_in_force(&vehicle->filings[i], at_us))
            return &vehicle->filings[i];
    return NULL;
}

enum vehicle_standing vehicle_at(const struct vehicle *vehicle, int64_t at_us)
{
    enum vehicle_standing standing = VEHICLE_UNREGISTERED;
    if (suspension_at(&vehicle->suspensions, at_us) != NULL)
        return VEHICLE_EXPIRED;
    for (uint32_t i = 0; i < vehicle->count; i++) {
        if (is_in_force(&vehicle->filings[i], at_us))
            return VEHICLE_FILED;
        if (vehicle->filings[i].until_us <= at_us)
            standing = VEHICLE_EXPIRED;
    }
    return standing;
}

bool vehicle_add_filing(struct vehicle *vehicle, const struct vehicle_filing *filing)
{
    if (vehicle->count == VEHICLE_FILINGS_MAX)
        return false;
    uint32_t at = vehicle->count;
    while (at > 0 && vehicle->filings[at - 1].from_us > filing->from_us)
        at--;
    memmove(&vehicle->filings[at + 1], &vehicle->filings[at],
            (vehicle->count - at) * sizeof vehicle->filings[0]);
    vehicle->filings[at] = *filing;
    vehicle->count++;
    return true;
}

bool vehicle_overlaps(const struct vehicle *vehicle, int64_t from_us, int64_t until_us)
{
    for (uint32_t i = 0; i < vehicle->count; i++)
        if (vehicle->filings[i].from_us < until_us && from_us < vehicle->filings[i].until_us)
            return true;
    return false;
}

uint8_t vehicle_scope(struct span text)
{
    const uint8_t *c = text.data;
    if (span_is_equal(text, span_text("危险废物")))
        return VEHICLE_ANY_WASTE;
    bool is_class = text.len > 0 && c[0] >= '1' && c[0] <= '9';
    if (is_class && text.len == 1)
        return (uint8_t)(10 * (c[0] - '0'));
    if (is_class && text.len == 3 && c[1] == '.' && c[2] >= '1' && c[2] <= '9')
        return (uint8_t)(10 * (c[0] - '0') + c[2] - '0');
    return 0;
}

bool vehicle_may_carry(const struct vehicle_filing *filing, int64_t goods_class)
{
    for (uint32_t i = 0; i < filing->scope_count; i++) {
        uint8_t scope = filing->scopes[i];
        if (scope == VEHICLE_ANY_WASTE || scope == goods_class ||
            (scope % 10 == 0 && scope == goods_class / 10 * 10))
            return true;
    }
    return filing->scope_count == 0;
}

size_t vehicle_write(const struct vehicle *vehicle, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    suspension_write(&vehicle->suspensions, &writer);
    bytes_write_u8(&writer, (uint8_t)vehicle->count);
    for (uint32_t i = 0; i < vehicle->count; i++) {
        const struct vehicle_filing *filing = &vehicle->filings[i];
        bool ends = filing->until_us != INT64_MAX;
        bytes_write_u8(&writer,
                       (uint8_t)((filing->is_medical ? FLAG_MEDICAL : 0) | (ends ? FLAG_ENDS : 0)));
        bytes_write_zigzag(&writer, filing->from_us);
        if (ends)
            bytes_write_zigzag(&writer, filing->until_us);
        bytes_write_varint(&writer, filing->carrier);
        bytes_write_varint(&writer, filing->entry);
        bytes_write_varint(&writer, filing->capacity_g);
        bytes_write_counted(&writer, span_of(filing->scopes, filing->scope_count));
        bytes_write_counted(&writer, span_text(filing->licence));
    }
    return bytes_written(&writer).len;
}

static bool read_filing(struct bytes_reader *reader, struct vehicle_filing *ret)
{
    uint8_t flags = bytes_read_u8(reader);
    ret->is_medical = (flags & FLAG_MEDICAL) != 0;
    ret->from_us = bytes_read_zigzag(reader);
    ret->until_us = INT64_MAX;
    if ((flags & FLAG_ENDS) != 0)
        ret->until_us = bytes_read_zigzag(reader);
    uint64_t carrier = bytes_read_varint(reader);
    ret->carrier = (uint32_t)carrier;
    ret->entry = bytes_read_varint(reader);
    ret->capacity_g = bytes_read_varint(reader);
    struct span scopes = bytes_read_counted(reader), licence = bytes_read_counted(reader);
    if (reader->failed || scopes.len > VEHICLE_SCOPES_MAX || licence.len > PERMIT_NUMBER_MAX ||
        memchr(licence.data, 0, licence.len) != NULL)
        return false;
    ret->scope_count = (uint32_t)scopes.len;
    memcpy(ret->scopes, scopes.data, scopes.len);
    memcpy(ret->licence, licence.data, licence.len);
    return !reader->failed && carrier <= UINT32_MAX && (flags & ~(FLAG_MEDICAL | FLAG_ENDS)) == 0;
}

bool vehicle_parse(struct span bytes, struct vehicle *ret)
{
    struct vehicle vehicle = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    suspension_read(&reader, &vehicle.suspensions);
    vehicle.count = bytes_read_u8(&reader);
    if (vehicle.count > VEHICLE_FILINGS_MAX)
        return false;
    for (uint32_t i = 0; i < vehicle.count; i++)
        if (!read_filing(&reader, &vehicle.filings[i]) ||
            (i > 0 && vehicle.filings[i].from_us < vehicle.filings[i - 1].from_us))
            return false;
    if (!bytes_reader_is_done(&reader))
        return false;
    *ret = vehicle;
    return true;
}
