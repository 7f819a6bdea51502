/* closure.c: intervals that a regulator's order excuses.
 * Never moves a due time that is kept. */
#include "daemon/domain/closure.h"

#include <string.h>

#include "daemon/domain/division.h"

enum { FLAG_PLANT = 1, FLAG_HELD = 2, FLAG_WITHDRAWN = 4, FLAGS = 7 };

bool closure_is_in_force(const struct closure *closure)
{
    return !closure->is_held && !closure->is_withdrawn && closure->order[0] != 0 &&
           closure->until_us > closure->from_us &&
           closure->until_us - closure->from_us <= CLOSURE_LENGTH_MAX_US;
}

bool closure_covers(const struct closure *closure, uint32_t division, uint32_t debtor_division)
{
    return division_covers(closure->division, division) ||
           (closure->is_plant && debtor_division != 0 &&
            division_covers(closure->division, debtor_division));
}

static bool is_before(const struct closure *a, const struct closure *b)
{
    return a->from_us != b->from_us ? a->from_us < b->from_us : a->entry < b->entry;
}

void closure_sort(struct closure *closures, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct closure moving = closures[i];
        uint32_t at = i;
        for (; at > 0 && is_before(&moving, &closures[at - 1]); at--)
            closures[at] = closures[at - 1];
        closures[at] = moving;
    }
}

int64_t closure_extend(const struct closure *const *closures,
                       uint32_t count,
                       int64_t since_us,
                       int64_t due_us,
                       const struct closure **ret_last)
{
    int64_t extended_us = due_us;
    int64_t at_us = since_us != 0 && since_us < due_us ? since_us : due_us;
    const struct closure *last = NULL;
    for (uint32_t i = 0; i < count; i++) {
        const struct closure *closure = closures[i];
        int64_t from_us = closure->from_us > at_us ? closure->from_us : at_us;
        /* One that begins when the time is over already excuses nothing. */
        if (!closure_is_in_force(closure) || closure->until_us <= from_us ||
            closure->from_us >= extended_us)
            continue;
        if (__builtin_add_overflow(extended_us, closure->until_us - from_us, &extended_us))
            extended_us = INT64_MAX;
        at_us = closure->until_us;
        last = closure;
    }
    if (ret_last != NULL)
        *ret_last = last;
    return extended_us;
}

size_t closure_write(const struct closure *closure, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_varint(&writer, closure->entry);
    bytes_write_varint(&writer, closure->party);
    bytes_write_varint(&writer, closure->division);
    bytes_write_zigzag(&writer, closure->from_us);
    bytes_write_zigzag(&writer, closure->until_us);
    bytes_write_u8(&writer, (uint8_t)((closure->is_plant ? FLAG_PLANT : 0) |
                                      (closure->is_held ? FLAG_HELD : 0) |
                                      (closure->is_withdrawn ? FLAG_WITHDRAWN : 0)));
    bytes_write_counted(&writer, span_text(closure->order));
    return writer.failed ? 0 : writer.len;
}

bool closure_parse(struct span bytes, struct closure *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    memset(ret, 0, sizeof *ret);
    ret->entry = bytes_read_varint(&reader);
    uint64_t party = bytes_read_varint(&reader), division = bytes_read_varint(&reader);
    ret->from_us = bytes_read_zigzag(&reader);
    ret->until_us = bytes_read_zigzag(&reader);
    uint8_t flags = bytes_read_u8(&reader);
    struct span order = bytes_read_counted(&reader);
    if (!bytes_reader_is_done(&reader) || (flags & ~FLAGS) != 0 || party > UINT32_MAX ||
        division > UINT32_MAX || order.len > CLOSURE_ORDER_MAX ||
        memchr(order.data, 0, order.len) != NULL)
        return false;
    ret->party = (uint32_t)party;
    ret->division = (uint32_t)division;
    ret->is_plant = (flags & FLAG_PLANT) != 0;
    ret->is_held = (flags & FLAG_HELD) != 0;
    ret->is_withdrawn = (flags & FLAG_WITHDRAWN) != 0;
    memcpy(ret->order, order.data, order.len);
    return true;
}
