/* test_uscc.c: shows the check digit of GB 32100-2015 on real codes, and that nothing else is judged. */
#include "daemon/domain/uscc.h"
#include "tests/lib/check.h"

static void test_real_codes_fit_and_one_character_more_or_less_does_not(void **state)
{
    (void)state;
    /* RULES.md 5.1: two that fit, and an early one that is lawful and does not. */
    assert_int_equal(uscc_check(span_text("uscc:91350100M000100Y43")), USCC_FITS);
    assert_int_equal(uscc_check(span_text("uscc:91130200699229617X")), USCC_FITS);
    assert_int_equal(uscc_check(span_text("uscc:91350100M0001TGQXM")), USCC_DIFFERS);
    assert_int_equal(uscc_check(span_text("uscc:91350100M000100Y44")), USCC_DIFFERS);
    assert_int_equal(uscc_check(span_text("uscc:91350100M000010Y43")), USCC_DIFFERS);
    assert_int_equal(uscc_check(span_text("uscc:91350100M000100Y4")), USCC_DIFFERS);
    assert_int_equal(uscc_check(span_text("uscc:91350100M000100Y433")), USCC_DIFFERS);
}

static void test_letters_that_are_not_of_the_alphabet_differ(void **state)
{
    (void)state;
    static const char *const odd[] = {"uscc:9135010IM000100Y43", "uscc:9135010OM000100Y43",
                                      "uscc:9135010SM000100Y43", "uscc:9135010VM000100Y43",
                                      "uscc:9135010ZM000100Y43", "uscc:91350100m000100y43",
                                      "uscc:91350100M000100Y4I"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        assert_int_equal(uscc_check(span_text(odd[i])), USCC_DIFFERS);
}

static void test_other_schemes_have_no_such_digit(void **state)
{
    (void)state;
    assert_int_equal(uscc_check(span_text("epa:TXD000838896")), USCC_NONE);
    assert_int_equal(uscc_check(span_text("gov:bureau")), USCC_NONE);
    assert_int_equal(uscc_check(span_text("")), USCC_NONE);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_real_codes_fit_and_one_character_more_or_less_does_not),
        TEST(test_letters_that_are_not_of_the_alphabet_differ),
        TEST(test_other_schemes_have_no_such_digit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
