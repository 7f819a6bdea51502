/* party.c: what the registry knows of a party, and how it stood at a time.
 * Never judges a time by a version that came into force later. */
#include "daemon/domain/party.h"

enum { FLAG_CLOSED = 1, FLAG_NAMED = 2, FLAG_SECTOR = 4, FLAGS = 7 };

const struct party_version *party_at(const struct party *party, int64_t at_us)
{
    const struct party_version *found = NULL;
    for (uint32_t i = 0; i < party->count && party->versions[i].from_us <= at_us; i++)
        found = &party->versions[i];
    return found;
}

bool party_is_open_at(const struct party *party, int64_t at_us)
{
    const struct party_version *version = party_at(party, at_us);
    return version != NULL && !version->is_closed &&
           suspension_at(&party->suspensions, at_us) == NULL;
}

party_bits party_kinds_at(const struct party *party, int64_t at_us)
{
    return party_is_open_at(party, at_us) ? party_at(party, at_us)->kinds : 0;
}

bool party_add_version(struct party *party, const struct party_version *version)
{
    uint32_t at = party->count;
    while (at > 0 && party->versions[at - 1].from_us >= version->from_us)
        at--;
    if (at < party->count && party->versions[at].from_us == version->from_us) {
        party->versions[at] = *version;
        return true;
    }
    if (party->count == PARTY_VERSIONS_MAX)
        return false;
    memmove(&party->versions[at + 1], &party->versions[at],
            (party->count - at) * sizeof party->versions[0]);
    party->versions[at] = *version;
    party->count++;
    return true;
}

static void write_version(const struct party_version *version, struct bytes_writer *writer)
{
    bool is_named = !digest_is_zero(&version->name);
    bytes_write_u8(writer,
                   (uint8_t)((version->is_closed ? FLAG_CLOSED : 0) | (is_named ? FLAG_NAMED : 0) |
                             (version->sector[0] != 0 ? FLAG_SECTOR : 0)));
    bytes_write_zigzag(writer, version->from_us);
    bytes_write_u16(writer, version->kinds);
    bytes_write_u8(writer, version->site);
    bytes_write_u32(writer, version->division);
    bytes_write_u32(writer, version->parent);
    bytes_write_u32(writer, version->successor);
    bytes_write_u32(writer, version->beds);
    if (version->sector[0] != 0)
        bytes_write_counted(writer, span_text(version->sector));
    if (is_named)
        bytes_write_span(writer, span_of(version->name.bytes, DIGEST_SIZE));
}

static void read_sector(struct bytes_reader *reader, struct party_version *ret)
{
    struct span sector = bytes_read_counted(reader);
    if (reader->failed || sector.len == 0 || sector.len > PARTY_SECTOR_MAX ||
        memchr(sector.data, 0, sector.len) != NULL)
        reader->failed = true;
    else
        memcpy(ret->sector, sector.data, sector.len);
}

static void read_version(struct bytes_reader *reader, struct party_version *ret)
{
    uint8_t flags = bytes_read_u8(reader);
    if ((flags & ~FLAGS) != 0)
        reader->failed = true;
    ret->is_closed = (flags & FLAG_CLOSED) != 0;
    ret->from_us = bytes_read_zigzag(reader);
    ret->kinds = bytes_read_u16(reader);
    ret->site = bytes_read_u8(reader);
    ret->division = bytes_read_u32(reader);
    ret->parent = bytes_read_u32(reader);
    ret->successor = bytes_read_u32(reader);
    ret->beds = bytes_read_u32(reader);
    if ((flags & FLAG_SECTOR) != 0)
        read_sector(reader, ret);
    if ((flags & FLAG_NAMED) != 0)
        bytes_read_copy(reader, ret->name.bytes, DIGEST_SIZE);
}

size_t party_write(const struct party *party, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_varint(&writer, party->entry);
    bytes_write_varint(&writer, party->registrar);
    bytes_write_varint(&writer, party->permits);
    bytes_write_varint(&writer, party->keys);
    bytes_write_varint(&writer, party->blocks);
    bytes_write_varint(&writer, party->approvals);
    bytes_write_varint(&writer, party->documents);
    suspension_write(&party->suspensions, &writer);
    bytes_write_u8(&writer, (uint8_t)party->count);
    for (uint32_t i = 0; i < party->count; i++)
        write_version(&party->versions[i], &writer);
    return bytes_written(&writer).len;
}

static uint32_t read_number(struct bytes_reader *reader)
{
    uint64_t value = bytes_read_varint(reader);
    if (value > UINT32_MAX)
        reader->failed = true;
    return (uint32_t)value;
}

bool party_parse(struct span bytes, struct party *ret)
{
    struct party party = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    party.entry = bytes_read_varint(&reader);
    party.registrar = read_number(&reader);
    party.permits = read_number(&reader);
    party.keys = read_number(&reader);
    party.blocks = read_number(&reader);
    party.approvals = read_number(&reader);
    party.documents = read_number(&reader);
    suspension_read(&reader, &party.suspensions);
    party.count = bytes_read_u8(&reader);
    if (party.count > PARTY_VERSIONS_MAX)
        return false;
    for (uint32_t i = 0; i < party.count; i++) {
        read_version(&reader, &party.versions[i]);
        if (i > 0 && party.versions[i].from_us <= party.versions[i - 1].from_us)
            return false;
    }
    if (!bytes_reader_is_done(&reader))
        return false;
    *ret = party;
    return true;
}
