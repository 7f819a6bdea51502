/* test_profile.c: shows that the built-in profile holds the numbers of its sources (RULES.md 2.2, 1.1, 9). */
#include "daemon/domain/profile.h"
#include "tests/lib/check.h"

static void test_the_numbers_of_the_law_are_its_own(void **state)
{
    (void)state;
    const struct profile *profile = profile_default();
    assert_int_equal(profile->calendar.utc_offset_minutes, 8 * 60);
    assert_true(profile->medical_storage_us == INT64_C(48) * 3600 * 1000000);
    assert_int_equal(profile->confirm_working_days, 5);
}

static void test_the_house_warns_before_it_blames(void **state)
{
    (void)state;
    const struct profile *profile = profile_default();
    assert_true(profile->medical_storage_notice_us == INT64_C(36) * 3600 * 1000000);
    assert_true(profile->medical_storage_notice_us < profile->medical_storage_us);
    assert_int_equal(profile->mass_tolerance_per_mille, 50);
    assert_true(profile->mass_tolerance_g == 1000);
    assert_true(profile->chain_gap_us == INT64_C(72) * 3600 * 1000000);
    assert_true(profile->medical_manifest_us == INT64_C(96) * 3600 * 1000000);
    assert_true(profile->manifest_us == INT64_C(30) * 86400 * 1000000);
    assert_true(profile->clock_tolerance_us == INT64_C(300) * 1000000);
}

static void test_there_is_one_profile(void **state)
{
    (void)state;
    assert_ptr_equal(profile_default(), profile_default());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_numbers_of_the_law_are_its_own),
        cmocka_unit_test(test_the_house_warns_before_it_blames),
        cmocka_unit_test(test_there_is_one_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
