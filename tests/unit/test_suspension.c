/* test_suspension.c: shows that the newest suspension decides, and that records survive. */
#include "daemon/domain/suspension.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static void lay(struct suspensions *suspensions, int64_t from_us, int64_t until_us)
{
    const struct suspension one = {.from_us = from_us, .until_us = until_us, .entry = 7};
    assert_true(suspension_add(suspensions, &one));
}

static void test_a_suspension_begins_and_lapses_by_itself(void **state)
{
    (void)state;
    struct suspensions suspensions = {0};
    assert_null(suspension_at(&suspensions, 100));
    lay(&suspensions, 100, 200);
    assert_null(suspension_at(&suspensions, 99));
    assert_non_null(suspension_at(&suspensions, 100));
    assert_non_null(suspension_at(&suspensions, 199));
    assert_null(suspension_at(&suspensions, 200));
}

static void test_a_newer_one_lifts_it_early_or_prolongs_it(void **state)
{
    (void)state;
    struct suspensions suspensions = {0};
    lay(&suspensions, 100, INT64_MAX);
    lay(&suspensions, 150, 151);
    assert_non_null(suspension_at(&suspensions, 149));
    assert_non_null(suspension_at(&suspensions, 150));
    assert_null(suspension_at(&suspensions, 151));
    /* One that was laid to begin earlier decides only until the next begins. */
    lay(&suspensions, 120, 130);
    assert_non_null(suspension_at(&suspensions, 129));
    assert_null(suspension_at(&suspensions, 130));
    assert_non_null(suspension_at(&suspensions, 150));
    /* Of two from the same time the one laid later. */
    lay(&suspensions, 150, 300);
    assert_non_null(suspension_at(&suspensions, 299));
}

static void test_there_is_room_for_so_many(void **state)
{
    (void)state;
    struct suspensions suspensions = {0};
    for (int64_t i = 0; i < SUSPENSIONS_MAX; i++)
        lay(&suspensions, 100 - i, 200);
    const struct suspension one = {.from_us = 5, .until_us = 6};
    assert_false(suspension_add(&suspensions, &one));
}

static void test_a_record_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, 21);
    for (int round = 0; round < 100; round++) {
        struct suspensions suspensions = {0}, back = {0};
        for (uint64_t i = dice_below(&dice, SUSPENSIONS_MAX + 1); i > 0; i--)
            lay(&suspensions, (int64_t)dice_throw(&dice), (int64_t)dice_throw(&dice));
        uint8_t data[512];
        struct bytes_writer writer;
        struct bytes_reader reader;
        bytes_writer_init(&writer, data, sizeof data);
        suspension_write(&suspensions, &writer);
        assert_false(writer.failed);
        bytes_reader_init(&reader, bytes_written(&writer));
        assert_true(suspension_read(&reader, &back));
        assert_true(bytes_reader_is_done(&reader));
        assert_int_equal(back.count, suspensions.count);
        for (uint32_t i = 0; i < back.count; i++)
            assert_true(back.all[i].from_us == suspensions.all[i].from_us &&
                        back.all[i].until_us == suspensions.all[i].until_us &&
                        back.all[i].entry == suspensions.all[i].entry);
        for (size_t cap = 0; cap < writer.len; cap++) {
            bytes_reader_init(&reader, span_of(data, cap));
            assert_false(suspension_read(&reader, &back));
        }
    }
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_suspension_begins_and_lapses_by_itself),
        TEST(test_a_newer_one_lifts_it_early_or_prolongs_it),
        TEST(test_there_is_room_for_so_many),
        TEST(test_a_record_comes_back_and_no_part_of_it_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
