/* test_moment.c: a set of moments follows from what was added, never from the order. */
#include "daemon/domain/moment.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static struct moment at(int64_t at_us, uint64_t sequence)
{
    return (struct moment){.kind = 1,
                           .at_us = at_us,
                           .until_us = at_us + (int64_t)(sequence % 3),
                           .key_prefix = 77,
                           .key = 5,
                           .key_sequence = sequence,
                           .entry = 100 + sequence,
                           .party = 9,
                           .number = 3,
                           .amount = 20,
                           .latitude_e7 = sequence % 2 == 0 ? -296400000 : 0,
                           .longitude_e7 = sequence % 2 == 0 ? 943600000 : 0};
}

static void the_first_in_order_are_kept_whatever_arrives_first(void **state)
{
    (void)state;
    enum { ALL = 40, ROOM = 16 };
    struct dice dice;
    dice_init(&dice, dice_seed());
    for (int round = 0; round < 50; round++) {
        size_t order[ALL];
        static struct moments moments;
        memset(&moments, 0, sizeof moments);
        for (size_t i = 0; i < ALL; i++)
            order[i] = i;
        dice_shuffle(&dice, order, ALL, sizeof order[0]);
        for (size_t i = 0; i < ALL; i++) {
            struct moment moment = at((int64_t)order[i] / 2, order[i]);
            moment_add(&moments, ROOM, &moment);
            assert_false(moment_add(&moments, ROOM, &moment) && i < ROOM);
        }
        assert_int_equal(moments.count, ROOM);
        for (size_t i = 0; i < ROOM; i++)
            assert_int_equal(moments.all[i].key_sequence, i);
    }
}

static void what_is_written_is_read_and_damage_is_told(void **state)
{
    (void)state;
    static struct moments moments, read;
    uint8_t bytes[MOMENTS_BYTES_MAX];
    struct bytes_writer writer;
    struct bytes_reader reader;
    for (uint64_t i = 0; i < MOMENTS_MAX + 3; i++) {
        struct moment moment = at(1779033600000000 + (int64_t)i * 1000000, i);
        moment_add(&moments, MOMENTS_MAX, &moment);
    }
    bytes_writer_init(&writer, bytes, sizeof bytes);
    moment_write(&moments, &writer);
    assert_false(writer.failed);
    bytes_reader_init(&reader, bytes_written(&writer));
    assert_true(moment_read(&reader, &read));
    assert_true(bytes_reader_is_done(&reader));
    assert_int_equal(read.count, MOMENTS_MAX);
    assert_int_equal(read.not_kept, 3);
    for (uint32_t i = 0; i < read.count; i++)
        assert_memory_equal(&read.all[i], &moments.all[i], sizeof read.all[i]);
    bytes_reader_init(&reader, span_of(bytes, writer.len - 1));
    assert_false(moment_read(&reader, &read));
    bytes_writer_init(&writer, bytes, sizeof bytes);
    moment_write_one(&moments.all[4], &writer);
    bytes_reader_init(&reader, bytes_written(&writer));
    struct moment one;
    assert_true(moment_read_one(&reader, &one));
    assert_memory_equal(&one, &moments.all[4], sizeof one);
}

static void one_that_is_taken_out_is_gone(void **state)
{
    (void)state;
    static struct moments moments;
    struct moment first = at(1, 1), second = at(2, 2);
    moment_add(&moments, 8, &second);
    moment_add(&moments, 8, &first);
    assert_true(moment_remove(&moments, &first));
    assert_false(moment_remove(&moments, &first));
    assert_int_equal(moments.count, 1);
    assert_int_equal(moments.all[0].key_sequence, 2);
}

static void a_void_one_keeps_its_place_and_does_not_count(void **state)
{
    (void)state;
    static struct moments moments, read;
    static uint8_t bytes[MOMENTS_BYTES_MAX];
    memset(&moments, 0, sizeof moments);
    for (uint64_t i = 1; i <= 4; i++) {
        struct moment moment = at((int64_t)i * 10, i);
        assert_true(moment_tell(&moments, 4, &moment, MOMENT_FIRST));
        assert_int_equal(moment_sign(&moment, MOMENT_FIRST), 1);
    }
    struct moment first = at(10, 1), last = at(40, 4), other = at(50, 5);
    first.voids = MOMENT_UNSAID;
    last.voids = MOMENT_UNSAID | MOMENT_UNDRIVEN;
    assert_true(moment_tell(&moments, 4, &first, MOMENT_AGAIN));
    assert_false(moment_tell(&moments, 4, &first, MOMENT_AGAIN));
    assert_true(moment_tell(&moments, 4, &last, MOMENT_AGAIN));
    assert_int_equal(moment_sign(&first, MOMENT_AGAIN), -1);
    assert_int_equal(moment_sign(&first, MOMENT_FIRST), 0);
    /* No room for a later one, though some are void; and none is marked that is not there. */
    assert_false(moment_tell(&moments, 4, &other, MOMENT_FIRST));
    assert_false(moment_tell(&moments, 4, &other, MOMENT_AGAIN));
    assert_int_equal(moment_first(&moments)->key_sequence, 2);
    assert_int_equal(moment_last(&moments)->key_sequence, 3);
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    moment_write(&moments, &writer);
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes_written(&writer));
    assert_true(moment_read(&reader, &read));
    assert_int_equal(read.all[3].voids, MOMENT_UNSAID | MOMENT_UNDRIVEN);
    assert_int_equal(read.all[3].latitude_e7, last.latitude_e7);
    moment_drop_void(&read);
    assert_int_equal(read.count, 2);
    assert_int_equal(read.all[0].key_sequence, 2);
    assert_true(moment_tell(&moments, 4, &first, MOMENT_AWAY));
    assert_int_equal(moment_sign(&first, MOMENT_AWAY), 0);
    assert_int_equal(moments.count, 3);
}

static void a_row_shows_each_statement_once(void **state)
{
    (void)state;
    static struct work_set set;
    struct moment moment = at(7, 1);
    struct work *row = moment_finding(&set, 33, &moment);
    assert_int_equal(row->anchor_sequence, 1);
    assert_int_equal(row->due_us, 7);
    moment_show(row, &moment);
    assert_int_equal(row->entry_count, 1);
    for (uint64_t i = 2; i < 9; i++) {
        struct moment other = at(8, i);
        moment_show(row, &other);
    }
    assert_int_equal(row->entry_count, WORK_ENTRIES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_in_order_are_kept_whatever_arrives_first),
        cmocka_unit_test(what_is_written_is_read_and_damage_is_told),
        cmocka_unit_test(one_that_is_taken_out_is_gone),
        cmocka_unit_test(a_void_one_keeps_its_place_and_does_not_count),
        cmocka_unit_test(a_row_shows_each_statement_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
