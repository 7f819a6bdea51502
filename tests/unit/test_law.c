/* test_law.c: shows that an empty registry has the built-in profiles and holds nothing against anybody. */
#include "daemon/domain/law.h"
#include "tests/lib/check.h"

static void test_an_unknown_number_is_the_general_profile(void **state)
{
    (void)state;
    const struct law *law = law_default();
    assert_ptr_equal(law->profile(law->context, 0), profile_general());
    assert_ptr_equal(law->profile(law->context, LAW_PROFILE_GENERAL), profile_general());
    assert_ptr_equal(law->profile(law->context, LAW_PROFILE_MEDICAL), profile_medical());
    assert_ptr_equal(law->profile(law->context, UINT32_MAX), profile_general());
}

static void test_an_empty_registry_knows_nobody(void **state)
{
    (void)state;
    const struct law *law = law_default();
    assert_true(law->is_permitted(law->context, 1, 1, 1, 0));
    assert_null(law->place(law->context, 1));
    assert_null(law->party(law->context, 1, 0));
    assert_true(law->acts_for(law->context, 1, 1, 0));
    assert_false(law->acts_for(law->context, 1, 2, 0));
    assert_false(law->acts_for(law->context, 0, 0, 0));
    assert_null(law->vehicle(law->context, 1, 0));
    struct law_limits limits = {.hourly_g = 1, .daily_g = 1, .yearly_g = 1, .storage_g = 1};
    law->limits(law->context, 1, 0, &limits);
    assert_true(limits.hourly_g == 0 && limits.daily_g == 0 && limits.yearly_g == 0 &&
                limits.storage_g == 0);
    assert_false(law->is_on_file(law->context, 1, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_unknown_number_is_the_general_profile),
        cmocka_unit_test(test_an_empty_registry_knows_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
