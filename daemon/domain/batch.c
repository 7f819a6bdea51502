/* batch.c: the record of a facility's batch.
 * Never folds containers: it is told what they add up to. */
#include "daemon/domain/trip.h"

void batch_work(const struct batch *batch,
                uint64_t number,
                const struct law *law,
                struct work_set *set)
{
    (void)batch;
    (void)number;
    (void)law;
    (void)set;
}

size_t batch_write(const struct batch *batch, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, batch->is_finished ? 1 : 0);
    bytes_write_varint(&writer, batch->facility);
    bytes_write_varint(&writer, batch->outputs);
    bytes_write_varint(&writer, batch->additives_g);
    bytes_write_varint(&writer, batch->yielded_g);
    bytes_write_varint(&writer, batch->method);
    bytes_write_varint(&writer, batch->manifests);
    manifest_sums_write(&batch->sums, &writer);
    if (writer.failed)
        return 0;
    size_t len = facts_write(&batch->facts, ret + writer.len, cap - writer.len);
    return len == 0 ? 0 : writer.len + len;
}

bool batch_parse(struct span bytes, struct batch *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    memset(ret, 0, offsetof(struct batch, facts));
    uint8_t is_finished = bytes_read_u8(&reader);
    uint64_t facility = bytes_read_varint(&reader);
    uint64_t outputs = bytes_read_varint(&reader);
    ret->additives_g = bytes_read_varint(&reader);
    ret->yielded_g = bytes_read_varint(&reader);
    uint64_t method = bytes_read_varint(&reader);
    uint64_t manifests = bytes_read_varint(&reader);
    manifest_sums_read(&reader, &ret->sums);
    if (reader.failed || is_finished > 1 || facility > UINT32_MAX || outputs > UINT32_MAX ||
        method > UINT32_MAX || manifests > UINT32_MAX)
        return false;
    ret->is_finished = is_finished == 1;
    ret->facility = (uint32_t)facility;
    ret->outputs = (uint32_t)outputs;
    ret->method = (uint32_t)method;
    ret->manifests = (uint32_t)manifests;
    return facts_parse(span_of(reader.at, reader.left), &ret->facts);
}
