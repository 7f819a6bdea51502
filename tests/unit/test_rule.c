/* test_rule.c: shows that every rule is found by its number and says what people need to read. */
#include <glob.h>
#include <stdio.h>
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

static void read_file(const char *path, char *ret, size_t cap)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(ret, 1, cap - 1, file);
    assert_true(feof(file) != 0);
    fclose(file);
    ret[len] = 0;
}

static bool is_a_rule(const char *national)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(rule_find(numbers[i])->row, national) == 0)
            return true;
    return false;
}

/* Every row of RULES.md 9, N01 to N26, is a rule, or the README says why it is none. */
static void test_every_national_row_is_a_rule_or_is_accounted_for(void **state)
{
    (void)state;
    enum { NATIONAL_ROWS = 26 };
    static char text[128 * 1024];
    read_file("deploy/profiles/README.md", text, sizeof text);
    const char *table = strstr(text, "## What the rules do not do");
    assert_non_null(table);
    for (unsigned row = 1; row <= NATIONAL_ROWS; row++) {
        char national[8], line[16];
        snprintf(national, sizeof national, "N%02u", row);
        snprintf(line, sizeof line, "\n| %s,", national);
        if (!is_a_rule(national) && strstr(table, line) == NULL)
            fail_msg("%s: no rule has this row, and deploy/profiles/README.md does not say why",
                     national);
    }
    for (size_t i = 0; i < COUNT; i++) {
        const char *national = rule_find(numbers[i])->row;
        assert_true(national[0] == 0 || (strlen(national) == 3 && strcmp(national, "N01") >= 0 &&
                                         strcmp(national, "N26") <= 0));
    }
}

/* A rule that no test breaks may be one that nothing finds. */
static void test_every_rule_is_named_by_a_test(void **state)
{
    (void)state;
    static char text[512 * 1024];
    static bool is_named[COUNT];
    static const char *const patterns[] = {"tests/unit/test_*.c", "tests/model/test_*.c"};
    for (size_t p = 0; p < sizeof patterns / sizeof patterns[0]; p++) {
        glob_t found;
        assert_int_equal(glob(patterns[p], 0, NULL, &found), 0);
        for (size_t f = 0; f < found.gl_pathc; f++) {
            read_file(found.gl_pathv[f], text, sizeof text);
            for (size_t i = 0; i < COUNT; i++)
                is_named[i] |= strstr(text, rule_find(numbers[i])->name) != NULL;
        }
        globfree(&found);
    }
    for (size_t i = 0; i < COUNT; i++)
        if (!is_named[i])
            fail_msg("%s: no test of tests/unit or tests/model names it",
                     rule_find(numbers[i])->name);
}

/* What is counted and never listed is a mark; many of them at one party are a notice. */
static void test_marks_are_these_and_their_pattern_is_a_notice(void **state)
{
    (void)state;
    static const uint16_t marks[] = {RULE_five_gap, RULE_typed_weight, RULE_single_signature,
                                     RULE_recorded_late_in_limit, RULE_party_code_check};
    size_t count = 0;
    for (size_t i = 0; i < COUNT; i++)
        count += rule_find(numbers[i])->weight == RULE_MARK ? 1 : 0;
    assert_int_equal(count, sizeof marks / sizeof marks[0]);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(rule_find(marks[i])->weight, RULE_MARK);
    assert_int_equal(rule_find(RULE_mark_pattern)->weight, RULE_NOTICE);
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
        cmocka_unit_test(test_every_national_row_is_a_rule_or_is_accounted_for),
        cmocka_unit_test(test_every_rule_is_named_by_a_test),
        cmocka_unit_test(test_marks_are_these_and_their_pattern_is_a_notice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
