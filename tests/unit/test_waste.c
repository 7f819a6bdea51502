/* test_waste.c: shows which texts are waste codes and patterns, what a pattern covers, and when masses differ. */
#include "proto/waste.h"
#include "tests/lib/check.h"

static bool is_code(const char *text)
{
    return waste_is_code(span_text(text));
}

static bool is_pattern(const char *text)
{
    return waste_is_pattern(span_text(text));
}

static bool covers(const char *pattern, const char *code)
{
    return waste_covers(span_text(pattern), span_text(code));
}

static bool covers_pattern(const char *wider, const char *narrower)
{
    return waste_covers_pattern(span_text(wider), span_text(narrower));
}

static void test_a_code_is_three_groups_of_digits(void **state)
{
    (void)state;
    assert_true(is_code("841-001-01"));
    assert_true(is_code("900-041-49"));
    static const char *const wrong[] = {
        "",           "841-001-0",  "841-001-011", "841001001",
        "841-001_01", "84a-001-01", "841-001-0 ",  "HW01",
        "841-*",      "841-001--1", "-41-001-01",  "841-00\xEF\xBC\x91-01",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(is_code(wrong[i]));
    }
}

static void test_other_catalogues_have_other_forms(void **state)
{
    (void)state;
    assert_int_equal(waste_form_of(span_text("841-001-01")), WASTE_NATIONAL);
    assert_int_equal(waste_form_of(span_text("900-001-S72")), WASTE_SOLID);
    assert_int_equal(waste_form_of(span_text("D001")), WASTE_RCRA);
    assert_int_equal(waste_form_of(span_text("18 01 03*")), WASTE_EU);
    assert_int_equal(waste_form_of(span_text("17 05 04")), WASTE_EU);
    static const char *const wrong[] = {"900-001-S7", "900-001-T72", "d001",        "D01",
                                        "D0011",      "18 01 03**",  "18 01 03 ",   "180103*",
                                        "18 01 0*3",  "DD01",        "900-001-S721"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(waste_form_of(span_text(wrong[i])), WASTE_NO_CODE);
        assert_false(is_pattern(wrong[i]));
    }
    /* A star at the end of a whole European code is its own; before that it is any ending. */
    assert_true(covers("18 01 03*", "18 01 03*"));
    assert_false(covers("18 01 03*", "18 01 03"));
    assert_true(covers("18 01*", "18 01 03*"));
    assert_true(covers("18 01 0*", "18 01 04"));
    assert_false(covers("18 02*", "18 01 03*"));
    assert_true(covers("F*", "F005"));
    assert_false(is_pattern("F005*"));
    assert_true(covers("SW72", "900-001-S72"));
    assert_false(covers("SW72", "900-001-72"));
    assert_false(covers("HW72", "900-001-S72"));
    assert_true(covers("900-001-S*", "900-001-S72"));
    assert_false(covers("900-001-S*", "900-001-72"));
    assert_true(waste_is_medical(span_text("18 02 02*")));
    assert_false(waste_is_medical(span_text("900-001-S01")));
    assert_false(waste_is_medical(span_text("D001")));
}

static void test_a_pattern_is_a_code_a_beginning_or_a_category(void **state)
{
    (void)state;
    static const char *const right[] = {"841-001-01", "8*",         "841*", "841-*",
                                        "841-001-*",  "841-001-0*", "HW01", "HW49"};
    static const char *const wrong[] = {
        "",      "*",    "-*",   "84-*", "841--*",  "841-001-01*", "HW", "HW1",
        "HW001", "hw01", "HWab", "8*1",  "841-001", "HW01*",       "**"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_true(is_pattern(right[i]));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(is_pattern(wrong[i]));
    }
}

static void test_a_pattern_covers_its_own_codes_and_no_others(void **state)
{
    (void)state;
    assert_true(covers("841-001-01", "841-001-01"));
    assert_false(covers("841-001-01", "841-002-01"));
    assert_true(covers("841-*", "841-005-01"));
    assert_false(covers("841-*", "842-001-01"));
    assert_true(covers("841-001-0*", "841-001-01"));
    assert_true(covers("HW01", "841-003-01"));
    assert_false(covers("HW01", "900-002-03"));
    /* The category is the last group, wherever else 01 stands. */
    assert_false(covers("HW01", "101-001-08"));
}

static void test_nothing_covers_what_is_no_code(void **state)
{
    (void)state;
    assert_false(covers("841-*", "841-*"));
    assert_false(covers("HW01", "HW01"));
    assert_false(covers("841-*", "841-00"));
    assert_false(covers("nonsense", "nonsense"));
    assert_false(covers("", ""));
}

static void test_a_pattern_covers_narrower_patterns(void **state)
{
    (void)state;
    assert_true(covers_pattern("841-*", "841-001-01"));
    assert_true(covers_pattern("841-*", "841-*"));
    assert_true(covers_pattern("8*", "841-00*"));
    assert_false(covers_pattern("841-00*", "841-*"));
    assert_true(covers_pattern("HW01", "HW01"));
    assert_true(covers_pattern("HW01", "841-001-01"));
    /* Codes that begin with 841 may be of any category, and those of a category begin with anything. */
    assert_false(covers_pattern("HW01", "841-*"));
    assert_false(covers_pattern("841-*", "HW01"));
    assert_false(covers_pattern("841-001-01", "841-001-0*"));
    assert_false(covers_pattern("nonsense", "nonsense"));
}

static void test_category_01_is_medical(void **state)
{
    (void)state;
    assert_true(waste_is_medical(span_text("841-001-01")));
    assert_false(waste_is_medical(span_text("900-002-03")));
    assert_false(waste_is_medical(span_text("841-001-011")));
    assert_false(waste_is_medical(span_text("01")));
}

static void test_masses_differ_only_beyond_both_tolerances(void **state)
{
    (void)state;
    /* 5 % of 100 kg is 5 kg. */
    assert_false(waste_mass_differs(100000, 105000, 50, 1000));
    assert_true(waste_mass_differs(100000, 105001, 50, 1000));
    assert_false(waste_mass_differs(100000, 95000, 50, 1000));
    assert_true(waste_mass_differs(100000, 94999, 50, 1000));
    /* A small bag may be a kilogram off. */
    assert_false(waste_mass_differs(2000, 3000, 50, 1000));
    assert_true(waste_mass_differs(2000, 3001, 50, 1000));
    assert_false(waste_mass_differs(0, 1000, 50, 1000));
    assert_true(waste_mass_differs(0, 1001, 50, 1000));
    assert_false(waste_mass_differs(7, 7, 0, 0));
    assert_true(waste_mass_differs(7, 8, 0, 0));
    /* Fractions are not rounded away: 5 % of 1999 is 99.95. */
    assert_false(waste_mass_differs(1999, 2098, 50, 0));
    assert_true(waste_mass_differs(1999, 2099, 50, 0));
}

static void test_the_largest_masses_do_not_overflow(void **state)
{
    (void)state;
    assert_false(waste_mass_differs(UINT64_MAX, UINT64_MAX, 50, 0));
    assert_true(waste_mass_differs(UINT64_MAX, 0, 50, 0));
    assert_true(waste_mass_differs(0, UINT64_MAX, 50, 1000));
    assert_false(waste_mass_differs(UINT64_MAX, 0, UINT32_MAX, 0));
    assert_false(waste_mass_differs(0, UINT64_MAX, 50, UINT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_code_is_three_groups_of_digits),
        cmocka_unit_test(test_other_catalogues_have_other_forms),
        cmocka_unit_test(test_a_pattern_is_a_code_a_beginning_or_a_category),
        cmocka_unit_test(test_a_pattern_covers_its_own_codes_and_no_others),
        cmocka_unit_test(test_nothing_covers_what_is_no_code),
        cmocka_unit_test(test_a_pattern_covers_narrower_patterns),
        cmocka_unit_test(test_category_01_is_medical),
        cmocka_unit_test(test_masses_differ_only_beyond_both_tolerances),
        cmocka_unit_test(test_the_largest_masses_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
