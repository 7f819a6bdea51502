/* place.c: the record of a storage place.
 * Never says what lies there. */
#include "daemon/domain/party.h"

enum { FLAG_REMOTE = 1, FLAG_NAMED = 2 };

size_t place_write(const struct place *place, uint8_t *ret, size_t cap)
{
    bool is_named = !digest_is_zero(&place->name);
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer,
                   (uint8_t)((place->is_remote ? FLAG_REMOTE : 0) | (is_named ? FLAG_NAMED : 0)));
    bytes_write_varint(&writer, place->entry);
    bytes_write_varint(&writer, place->party);
    bytes_write_u8(&writer, place->kind);
    bytes_write_u8(&writer, place->temperature);
    bytes_write_u32(&writer, place->division);
    bytes_write_varint(&writer, place->capacity_g);
    bytes_write_zigzag(&writer, place->from_us);
    if (is_named)
        bytes_write_span(&writer, span_of(place->name.bytes, DIGEST_SIZE));
    return bytes_written(&writer).len;
}

bool place_parse(struct span bytes, struct place *ret)
{
    struct place place = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint8_t flags = bytes_read_u8(&reader);
    place.is_remote = (flags & FLAG_REMOTE) != 0;
    place.entry = bytes_read_varint(&reader);
    uint64_t party = bytes_read_varint(&reader);
    place.party = (uint32_t)party;
    place.kind = bytes_read_u8(&reader);
    place.temperature = bytes_read_u8(&reader);
    place.division = bytes_read_u32(&reader);
    place.capacity_g = bytes_read_varint(&reader);
    place.from_us = bytes_read_zigzag(&reader);
    if ((flags & FLAG_NAMED) != 0)
        bytes_read_copy(&reader, place.name.bytes, DIGEST_SIZE);
    if (!bytes_reader_is_done(&reader) || (flags & ~(FLAG_REMOTE | FLAG_NAMED)) != 0 ||
        party > UINT32_MAX)
        return false;
    *ret = place;
    return true;
}
