/* suspension.c: from when to when a party, a permit or a vehicle was suspended by order.
 * Never asks why. */
#include "daemon/domain/suspension.h"

const struct suspension *suspension_at(const struct suspensions *suspensions, int64_t at_us)
{
    const struct suspension *newest = NULL;
    for (uint32_t i = 0; i < suspensions->count && suspensions->all[i].from_us <= at_us; i++)
        newest = &suspensions->all[i];
    return newest != NULL && at_us < newest->until_us ? newest : NULL;
}

bool suspension_add(struct suspensions *suspensions, const struct suspension *suspension)
{
    if (suspensions->count == SUSPENSIONS_MAX)
        return false;
    uint32_t at = suspensions->count;
    while (at > 0 && suspensions->all[at - 1].from_us > suspension->from_us)
        at--;
    memmove(&suspensions->all[at + 1], &suspensions->all[at],
            (suspensions->count - at) * sizeof suspensions->all[0]);
    suspensions->all[at] = *suspension;
    suspensions->count++;
    return true;
}

void suspension_write(const struct suspensions *suspensions, struct bytes_writer *writer)
{
    bytes_write_u8(writer, (uint8_t)suspensions->count);
    for (uint32_t i = 0; i < suspensions->count; i++) {
        bytes_write_zigzag(writer, suspensions->all[i].from_us);
        bytes_write_zigzag(writer, suspensions->all[i].until_us);
        bytes_write_varint(writer, suspensions->all[i].entry);
    }
}

bool suspension_read(struct bytes_reader *reader, struct suspensions *ret)
{
    ret->count = bytes_read_u8(reader);
    if (ret->count > SUSPENSIONS_MAX)
        reader->failed = true;
    for (uint32_t i = 0; i < ret->count && !reader->failed; i++) {
        ret->all[i].from_us = bytes_read_zigzag(reader);
        ret->all[i].until_us = bytes_read_zigzag(reader);
        ret->all[i].entry = bytes_read_varint(reader);
        if (i > 0 && ret->all[i].from_us < ret->all[i - 1].from_us)
            reader->failed = true;
    }
    return !reader->failed;
}
