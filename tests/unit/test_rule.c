/* test_rule.c: shows that every rule is found by its number and says what people need to read. */
#include <string.h>

#include "proto/bytes.h"
#include "proto/rule.h"
#include "tests/lib/check.h"

static const uint16_t numbers[] = {
#define RULE_X(number, name, edition, weight, row, article, zh, en) RULE_##name,
    RULES(RULE_X)
#undef RULE_X
};

enum { COUNT = sizeof numbers / sizeof numbers[0] };

static void test_every_rule_is_found_by_its_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        const struct rule_row *row = rule_find(numbers[i]);
        assert_non_null(row);
        assert_int_equal(row->number, numbers[i]);
        assert_true(row->edition >= 1);
    }
}

static void test_no_other_number_is_a_rule(void **state)
{
    (void)state;
    uint32_t found = 0;
    for (uint32_t number = 0; number <= UINT16_MAX; number++) {
        found += rule_find((uint16_t)number) != NULL ? 1 : 0;
    }
    assert_int_equal(found, COUNT);
    assert_null(rule_find(0));
}

static void test_names_are_single(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(rule_find(numbers[i])->name, rule_find(numbers[k])->name);
        }
    }
}

static void test_every_rule_can_be_read_in_both_languages(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        const struct rule_row *row = rule_find(numbers[i]);
        assert_true(strlen(row->zh) > 0);
        assert_true(strlen(row->en) > 0);
        assert_true(bytes_is_printable(span_text(row->zh)));
        assert_true(bytes_is_printable(span_text(row->en)));
        assert_non_null(row->article);
    }
}

static void test_a_breach_of_law_names_its_article(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        const struct rule_row *row = rule_find(numbers[i]);
        assert_true(row->weight == RULE_MARK || row->weight == RULE_NOTICE ||
                    row->weight == RULE_BREACH);
        /* A forked chain breaks no law, it breaks the ledger's own rule. */
        if (row->weight == RULE_BREACH && row->number != RULE_chain_fork) {
            assert_true(strlen(row->article) > 0);
        }
    }
}

/* An obligation says what is to be done, not that the rule is broken. */
static void test_a_duty_is_not_worded_as_a_breach(void **state)
{
    (void)state;
    static const uint16_t owed[] = {RULE_medical_storage, RULE_receipt_unconfirmed, RULE_chain_gap};
    for (size_t i = 0; i < sizeof owed / sizeof owed[0]; i++) {
        const struct rule_duty *duty = rule_find_duty(owed[i]);
        assert_non_null(duty);
        assert_string_not_equal(duty->zh, rule_find(owed[i])->zh);
        assert_string_not_equal(duty->en, rule_find(owed[i])->en);
    }
    assert_null(rule_find_duty(RULE_contested));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_duty_is_not_worded_as_a_breach),
        cmocka_unit_test(test_every_rule_is_found_by_its_number),
        cmocka_unit_test(test_no_other_number_is_a_rule),
        cmocka_unit_test(test_names_are_single),
        cmocka_unit_test(test_every_rule_can_be_read_in_both_languages),
        cmocka_unit_test(test_a_breach_of_law_names_its_article),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
