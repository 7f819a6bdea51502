/* entry.c: one entry of the ledger, to bytes and back.
 * Never decides an outcome; carries it. */
#include "proto/entry.h"

#include <custody/status.h>
#include "proto/bytes.h"
#include "proto/merkle.h"

/* What only some outcomes carry: a refusal its reason and field, a grant the number it gave. */
static bool is_sound(const struct entry *entry)
{
    bool is_refused = entry->outcome == CUSTODY_OUTCOME_refused;
    bool is_granted = entry->outcome == CUSTODY_OUTCOME_granted;
    if (entry->outcome < CUSTODY_OUTCOME_recorded || entry->outcome > CUSTODY_OUTCOME_held)
        return false;
    if (is_refused != (entry->reason != 0))
        return false;
    if (entry->detail.len > (is_refused || is_granted ? ENTRY_DETAIL_MAX : 0))
        return false;
    return bytes_is_printable(entry->detail) && entry->statement.len >= STATEMENT_HEADER_SIZE &&
           entry->statement.len <= STATEMENT_SIZE_MAX;
}

/* The head, with the statement's length but not yet its bytes. */
static bool read_head(struct bytes_reader *reader, struct entry *entry)
{
    uint8_t format = bytes_read_u8(reader);
    entry->outcome = bytes_read_u8(reader);
    entry->reason = bytes_read_u16(reader);
    entry->statement.len = bytes_read_u32(reader);
    entry->number = bytes_read_u64(reader);
    entry->recorded_at_us = (int64_t)bytes_read_u64(reader);
    entry->detail = bytes_read_span(reader, bytes_read_u8(reader));
    return !reader->failed && format == ENTRY_FORMAT && is_sound(entry);
}

static void write_head(struct bytes_writer *writer, const struct entry *entry)
{
    bytes_write_u8(writer, ENTRY_FORMAT);
    bytes_write_u8(writer, entry->outcome);
    bytes_write_u16(writer, entry->reason);
    bytes_write_u32(writer, (uint32_t)entry->statement.len);
    bytes_write_u64(writer, entry->number);
    bytes_write_u64(writer, (uint64_t)entry->recorded_at_us);
    bytes_write_u8(writer, (uint8_t)entry->detail.len);
    bytes_write_span(writer, entry->detail);
}

bool entry_parse(struct span bytes, struct entry *ret)
{
    struct bytes_reader reader;
    struct entry entry = {0};
    bytes_reader_init(&reader, bytes);
    if (!read_head(&reader, &entry))
        return false;
    entry.statement = bytes_read_span(&reader, entry.statement.len);
    entry.signature = bytes_read_span(&reader, SIGNATURE_SIZE).data;
    if (!bytes_reader_is_done(&reader))
        return false;
    *ret = entry;
    return true;
}

size_t entry_write(const struct entry *entry, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    if (!is_sound(entry))
        return 0;
    bytes_writer_init(&writer, ret, cap);
    write_head(&writer, entry);
    bytes_write_span(&writer, entry->statement);
    bytes_write_span(&writer, span_of(entry->signature, SIGNATURE_SIZE));
    return bytes_written(&writer).len;
}

size_t entry_write_head(const struct entry *entry, uint8_t ret[static ENTRY_HEAD_MAX])
{
    struct bytes_writer writer;
    if (!is_sound(entry))
        return 0;
    bytes_writer_init(&writer, ret, ENTRY_HEAD_MAX);
    write_head(&writer, entry);
    return bytes_written(&writer).len;
}

bool entry_leaf_of(struct span head,
                   struct span statement,
                   const uint8_t signature[static SIGNATURE_SIZE],
                   struct digest *ret_leaf,
                   struct entry *ret)
{
    struct bytes_reader reader;
    struct entry entry = {0};
    bytes_reader_init(&reader, head);
    if (!read_head(&reader, &entry) || !bytes_reader_is_done(&reader))
        return false;
    if (entry.statement.len != statement.len)
        return false;
    entry.statement = statement;
    entry.signature = signature;
    const struct span parts[MERKLE_LEAF_PARTS] = {head, statement,
                                                  span_of(signature, SIGNATURE_SIZE)};
    *ret_leaf = merkle_leaf_of(parts);
    *ret = entry;
    return true;
}
