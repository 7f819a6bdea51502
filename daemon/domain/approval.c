/* approval.c: a transfer across regions that the regulators of both ends approved, and what is left of its mass.
 * Never decides who may approve. */
#include "daemon/domain/approval.h"

enum { FLAG_WHITELIST = 1, FLAG_IN_FORCE = 2, FLAGS = 3 };

bool approval_is_in_force(const struct approval *approval, int64_t at_us)
{
    return approval->ends == APPROVAL_BOTH && approval->from_us <= at_us &&
           at_us < approval->until_us;
}

bool approval_covers(const struct approval *approval,
                     uint32_t generator,
                     uint32_t receiver,
                     struct span code,
                     struct span method)
{
    if (approval->generator != generator || approval->receiver != receiver ||
        (approval->method[0] != 0 && method.len > 0 &&
         !span_is_equal(span_text(approval->method), method)))
        return false;
    for (uint32_t i = 0; i < approval->pattern_count; i++)
        if (waste_covers_pattern(span_text(approval->patterns[i]), code))
            return true;
    return false;
}

static uint64_t add_up(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t take_off(uint64_t from, uint64_t what)
{
    return what > from ? 0 : from - what;
}

static uint64_t held_g(const struct approval_reservation *reservation, int64_t at_us)
{
    bool is_live = at_us < reservation->until_us;
    return is_live && reservation->ceiling_g > reservation->drawn_g ? reservation->ceiling_g
                                                                    : reservation->drawn_g;
}

uint64_t approval_left_g(const struct approval *approval, int64_t at_us)
{
    if (approval->is_whitelist)
        return UINT64_MAX;
    uint64_t taken_g = approval->drawn_g;
    for (uint32_t i = 0; i < approval->reservation_count; i++)
        taken_g = add_up(taken_g, held_g(&approval->reservations[i], at_us));
    return take_off(approval->mass_g, taken_g);
}

/* Where a block's grams are counted: its reservation, or, once that was put together with the rest, the whole. */
static uint64_t *account_of(struct approval *approval, uint32_t block)
{
    for (uint32_t i = 0; block != 0 && i < approval->reservation_count; i++)
        if (approval->reservations[i].block == block)
            return &approval->reservations[i].drawn_g;
    return &approval->drawn_g;
}

void approval_draw(struct approval *approval, uint32_t block, uint64_t mass_g)
{
    uint64_t *account = account_of(approval, block);
    *account = add_up(*account, mass_g);
}

void approval_give_back(struct approval *approval, uint32_t block, uint64_t mass_g)
{
    uint64_t *account = account_of(approval, block);
    *account = take_off(*account, mass_g);
}

bool approval_has_room(const struct approval *approval, int64_t at_us)
{
    uint32_t live = 0;
    for (uint32_t i = 0; i < approval->reservation_count; i++)
        live += at_us < approval->reservations[i].until_us;
    return live < APPROVAL_RESERVATIONS_MAX;
}

static void put_together(struct approval *approval, uint32_t index)
{
    approval->drawn_g = add_up(approval->drawn_g, approval->reservations[index].drawn_g);
    approval->reservation_count--;
    memmove(&approval->reservations[index], &approval->reservations[index + 1],
            (approval->reservation_count - index) * sizeof approval->reservations[0]);
}

void approval_reserve(struct approval *approval,
                      const struct approval_reservation *reservation,
                      int64_t at_us)
{
    for (uint32_t i = approval->reservation_count; i > 0; i--)
        if (approval->reservations[i - 1].until_us <= at_us)
            put_together(approval, i - 1);
    if (approval->reservation_count < APPROVAL_RESERVATIONS_MAX)
        approval->reservations[approval->reservation_count++] = *reservation;
}

void approval_release(struct approval *approval, uint32_t block)
{
    for (uint32_t i = 0; i < approval->reservation_count; i++)
        if (approval->reservations[i].block == block) {
            put_together(approval, i);
            return;
        }
}

size_t approval_write(const struct approval *approval, uint8_t *ret, size_t cap)
{
    bool is_dated = approval->from_us != INT64_MAX;
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, (uint8_t)((approval->is_whitelist ? FLAG_WHITELIST : 0) |
                                      (is_dated ? FLAG_IN_FORCE : 0)));
    bytes_write_u8(&writer, approval->ends);
    bytes_write_varint(&writer, approval->entry);
    bytes_write_varint(&writer, approval->generator);
    bytes_write_varint(&writer, approval->receiver);
    bytes_write_varint(&writer, approval->origin);
    bytes_write_varint(&writer, approval->destination);
    bytes_write_zigzag(&writer, approval->asked_us);
    if (is_dated)
        bytes_write_zigzag(&writer, approval->from_us);
    bytes_write_zigzag(&writer, approval->until_us);
    bytes_write_varint(&writer, approval->mass_g);
    bytes_write_varint(&writer, approval->drawn_g);
    bytes_write_counted(&writer, span_text(approval->method));
    bytes_write_u8(&writer, (uint8_t)approval->pattern_count);
    for (uint32_t i = 0; i < approval->pattern_count; i++)
        bytes_write_counted(&writer, span_text(approval->patterns[i]));
    bytes_write_u8(&writer, (uint8_t)approval->reservation_count);
    for (uint32_t i = 0; i < approval->reservation_count; i++) {
        const struct approval_reservation *reservation = &approval->reservations[i];
        bytes_write_varint(&writer, reservation->block);
        bytes_write_zigzag(&writer, reservation->until_us);
        bytes_write_varint(&writer, reservation->ceiling_g);
        bytes_write_varint(&writer, reservation->drawn_g);
    }
    return bytes_written(&writer).len;
}

static uint32_t read_number(struct bytes_reader *reader)
{
    uint64_t value = bytes_read_varint(reader);
    if (value > UINT32_MAX)
        reader->failed = true;
    return (uint32_t)value;
}

static void read_method(struct bytes_reader *reader, struct approval *ret)
{
    struct span method = bytes_read_counted(reader);
    if (reader->failed || method.len > PERMIT_METHOD_MAX ||
        (method.len > 0 && memchr(method.data, 0, method.len) != NULL))
        reader->failed = true;
    else if (method.len > 0)
        memcpy(ret->method, method.data, method.len);
}

static void read_lists(struct bytes_reader *reader, struct approval *ret)
{
    ret->pattern_count = bytes_read_u8(reader);
    if (ret->pattern_count > PERMIT_PATTERNS_MAX)
        reader->failed = true;
    for (uint32_t i = 0; i < ret->pattern_count && !reader->failed; i++) {
        struct span pattern = bytes_read_counted(reader);
        if (reader->failed || pattern.len == 0 || pattern.len > WASTE_CODE_MAX ||
            memchr(pattern.data, 0, pattern.len) != NULL)
            reader->failed = true;
        else
            memcpy(ret->patterns[i], pattern.data, pattern.len);
    }
    ret->reservation_count = bytes_read_u8(reader);
    if (ret->reservation_count > APPROVAL_RESERVATIONS_MAX)
        reader->failed = true;
    for (uint32_t i = 0; i < ret->reservation_count && !reader->failed; i++) {
        ret->reservations[i].block = read_number(reader);
        ret->reservations[i].until_us = bytes_read_zigzag(reader);
        ret->reservations[i].ceiling_g = bytes_read_varint(reader);
        ret->reservations[i].drawn_g = bytes_read_varint(reader);
    }
}

bool approval_parse(struct span bytes, struct approval *ret)
{
    struct approval approval = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint8_t flags = bytes_read_u8(&reader);
    approval.is_whitelist = (flags & FLAG_WHITELIST) != 0;
    approval.ends = bytes_read_u8(&reader);
    approval.entry = bytes_read_varint(&reader);
    approval.generator = read_number(&reader);
    approval.receiver = read_number(&reader);
    approval.origin = read_number(&reader);
    approval.destination = read_number(&reader);
    approval.asked_us = bytes_read_zigzag(&reader);
    approval.from_us = INT64_MAX;
    if ((flags & FLAG_IN_FORCE) != 0)
        approval.from_us = bytes_read_zigzag(&reader);
    approval.until_us = bytes_read_zigzag(&reader);
    approval.mass_g = bytes_read_varint(&reader);
    approval.drawn_g = bytes_read_varint(&reader);
    read_method(&reader, &approval);
    read_lists(&reader, &approval);
    if (!bytes_reader_is_done(&reader) || (flags & ~FLAGS) != 0 || approval.ends > APPROVAL_BOTH)
        return false;
    *ret = approval;
    return true;
}
