/* test_profile.c: shows that the built-in profiles hold the numbers of their sources (RULES.md 2.2, 1.1, 9). */
#include "proto/profile.h"
#include "tests/lib/check.h"

static void test_the_numbers_of_the_law_are_its_own(void **state)
{
    (void)state;
    const struct profile *medical = profile_medical();
    assert_int_equal(medical->calendar.utc_offset_minutes, 8 * 60);
    assert_true(medical->storage_us == INT64_C(48) * 3600 * 1000000);
    assert_int_equal(medical->confirm_working_days, 5);
    assert_int_equal(profile_general()->storage_us, 0);
    assert_true(profile_general()->stock_us == INT64_C(365) * 86400 * 1000000);
}

static void test_the_house_warns_before_it_blames(void **state)
{
    (void)state;
    const struct profile *medical = profile_medical();
    assert_true(medical->storage_notice_us == INT64_C(36) * 3600 * 1000000);
    assert_true(medical->storage_notice_us < medical->storage_us);
    assert_int_equal(medical->mass_tolerance_per_mille, 50);
    assert_true(medical->mass_tolerance_g == 1000);
    assert_true(medical->chain_gap_us == INT64_C(72) * 3600 * 1000000);
    assert_true(medical->manifest_us == INT64_C(96) * 3600 * 1000000);
    assert_true(profile_general()->manifest_us == INT64_C(30) * 86400 * 1000000);
    assert_true(medical->clock_tolerance_us == INT64_C(300) * 1000000);
}

static void test_every_rule_is_on_until_a_profile_says_otherwise(void **state)
{
    (void)state;
    for (uint32_t number = 0; number <= RULE_NUMBER_MAX + 1; number++) {
        bool is_rule = rule_find((uint16_t)number) != NULL;
        assert_int_equal(profile_has_rule(profile_general(), (uint16_t)number), is_rule);
        assert_int_equal(profile_has_rule(profile_medical(), (uint16_t)number), is_rule);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_numbers_of_the_law_are_its_own),
        cmocka_unit_test(test_the_house_warns_before_it_blames),
        cmocka_unit_test(test_every_rule_is_on_until_a_profile_says_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
