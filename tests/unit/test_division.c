/* test_division.c: shows which divisions cover which, and what a prefix names. */
#include "daemon/domain/division.h"
#include "tests/lib/check.h"

static uint32_t parse(const char *text)
{
    return division_parse(span_text(text));
}

static void test_a_division_is_six_digits(void **state)
{
    (void)state;
    assert_int_equal(parse("540402"), 540402);
    assert_int_equal(parse("540000"), 540000);
    static const char *const wrong[] = {"",       "54",     "5404",   "54040",  "5404020",
                                        "54040a", "-40402", "054040", "000000", " 40402"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(parse(wrong[i]), 0);
    }
}

static void test_a_region_covers_its_prefectures_and_counties(void **state)
{
    (void)state;
    assert_true(division_covers(540000, 540000));
    assert_true(division_covers(540000, 540400));
    assert_true(division_covers(540000, 542500));
    assert_true(division_covers(540000, 540402));
    assert_false(division_covers(540000, 630100));
}

static void test_a_prefecture_covers_its_counties_only(void **state)
{
    (void)state;
    assert_true(division_covers(540400, 540400));
    assert_true(division_covers(540400, 540421));
    assert_false(division_covers(540400, 540521));
    assert_false(division_covers(540400, 540000));
}

static void test_a_county_covers_itself_only(void **state)
{
    (void)state;
    assert_true(division_covers(540421, 540421));
    assert_false(division_covers(540421, 540422));
    assert_false(division_covers(540421, 540400));
}

static void test_what_is_no_division_covers_nothing(void **state)
{
    (void)state;
    assert_false(division_covers(0, 0));
    assert_false(division_covers(0, 540000));
    assert_false(division_covers(5404, 5404));
    assert_false(division_covers(1000000, 1000000));
    assert_false(division_covers(540000, 0));
}

static void test_a_prefix_names_a_range(void **state)
{
    (void)state;
    uint32_t first = 1;
    uint32_t last = 2;
    assert_true(division_parse_prefix(span_text("54"), &first, &last));
    assert_int_equal(first, 540000);
    assert_int_equal(last, 549999);
    assert_true(division_parse_prefix(span_text("5404"), &first, &last));
    assert_int_equal(first, 540400);
    assert_int_equal(last, 540499);
    assert_true(division_parse_prefix(span_text("540421"), &first, &last));
    assert_int_equal(first, 540421);
    assert_int_equal(last, 540421);
    assert_true(division_parse_prefix(span_text("540000"), &first, &last));
    assert_int_equal(last, 549999);
}

static void test_a_wrong_prefix_leaves_the_range_alone(void **state)
{
    (void)state;
    uint32_t first = 1;
    uint32_t last = 2;
    static const char *const wrong[] = {"", "5", "540", "54040", "5404021", "5a", "04", "00"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(division_parse_prefix(span_text(wrong[i]), &first, &last));
    }
    assert_int_equal(first, 1);
    assert_int_equal(last, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_division_is_six_digits),
        cmocka_unit_test(test_a_region_covers_its_prefectures_and_counties),
        cmocka_unit_test(test_a_prefecture_covers_its_counties_only),
        cmocka_unit_test(test_a_county_covers_itself_only),
        cmocka_unit_test(test_what_is_no_division_covers_nothing),
        cmocka_unit_test(test_a_prefix_names_a_range),
        cmocka_unit_test(test_a_wrong_prefix_leaves_the_range_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
