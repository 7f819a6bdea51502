/* retime.c: corrections of a device's clock.
 * Never reads a clock. */
#include "daemon/domain/retime.h"

static bool stands_before(const struct retime *a, const struct retime *b)
{
    return a->sequence != b->sequence ? a->sequence < b->sequence : a->entry < b->entry;
}

bool retime_add(struct retimes *retimes, const struct retime *retime)
{
    if (retime_find(retimes, retime->entry) != NULL)
        return false;
    uint32_t at = retimes->count;
    while (at > 0 && stands_before(retime, &retimes->all[at - 1]))
        at--;
    if (at == RETIME_MAX)
        return false;
    if (retimes->count == RETIME_MAX)
        retimes->count--;
    memmove(&retimes->all[at + 1], &retimes->all[at],
            (retimes->count - at) * sizeof retimes->all[0]);
    retimes->all[at] = *retime;
    retimes->count++;
    return true;
}

struct retime *retime_find(struct retimes *retimes, uint64_t entry)
{
    for (uint32_t i = 0; i < retimes->count; i++)
        if (retimes->all[i].entry == entry)
            return &retimes->all[i];
    return NULL;
}

int64_t retime_at(const struct retimes *retimes,
                  uint64_t sequence,
                  int64_t claimed_us,
                  int64_t recorded_us,
                  int64_t effective_us)
{
    for (uint32_t i = retimes->count; i-- > 0;) {
        const struct retime *retime = &retimes->all[i];
        int64_t corrected_us;
        if (!retime->is_signed || sequence < retime->first || sequence > retime->last)
            continue;
        if (__builtin_add_overflow(claimed_us, retime->offset_us, &corrected_us))
            return effective_us;
        return corrected_us < recorded_us ? corrected_us : recorded_us;
    }
    return effective_us;
}

size_t retime_write(const struct retimes *retimes, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_varint(&writer, retimes->count);
    for (uint32_t i = 0; i < retimes->count; i++) {
        const struct retime *retime = &retimes->all[i];
        bytes_write_varint(&writer, retime->sequence);
        bytes_write_varint(&writer, retime->entry);
        bytes_write_varint(&writer, retime->first);
        bytes_write_varint(&writer, retime->last);
        bytes_write_zigzag(&writer, retime->offset_us);
        bytes_write_u8(&writer, retime->is_signed ? 1 : 0);
    }
    return writer.failed ? 0 : writer.len;
}

bool retime_parse(struct span bytes, struct retimes *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint64_t count = bytes_read_varint(&reader);
    if (reader.failed || count > RETIME_MAX)
        return false;
    ret->count = (uint32_t)count;
    for (uint32_t i = 0; i < ret->count; i++) {
        struct retime *retime = &ret->all[i];
        retime->sequence = bytes_read_varint(&reader);
        retime->entry = bytes_read_varint(&reader);
        retime->first = bytes_read_varint(&reader);
        retime->last = bytes_read_varint(&reader);
        retime->offset_us = bytes_read_zigzag(&reader);
        uint8_t is_signed = bytes_read_u8(&reader);
        if (is_signed > 1)
            return false;
        retime->is_signed = is_signed == 1;
    }
    return bytes_reader_is_done(&reader);
}
