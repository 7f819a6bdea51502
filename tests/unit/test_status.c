/* test_status.c: shows that every outcome, reason and status has its texts, and that PROTOCOL.md has the same tables. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <custody/status.h>
#include "tests/lib/check.h"

enum { DOCUMENT_MAX = 256 * 1024, ROW_MAX = 512 };

static char document[DOCUMENT_MAX];

/* How many rows the table of a section has: lines that begin with a number in a cell. */
static unsigned count_rows(const char *heading)
{
    unsigned rows = 0;
    const char *at = strstr(document, heading);
    assert_non_null(at);
    for (at = strchr(at + 1, '\n'); at != NULL && at[1] != '#'; at = strchr(at + 1, '\n')) {
        if (strncmp(at + 1, "| ", 2) == 0 && isdigit((unsigned char)at[3]))
            rows++;
    }
    return rows;
}

static const char *yes_or_no(bool yes)
{
    return yes ? "yes" : "no";
}

static void assert_documented(const char *row)
{
    if (strstr(document, row) == NULL)
        fail_msg("PROTOCOL.md lacks this row:%s", row);
}

static void test_the_document_has_every_outcome_and_no_other(void **state)
{
    (void)state;
    unsigned count = 0;
    for (uint32_t number = 0; number <= UINT16_MAX; number++) {
        char row[ROW_MAX];
        if (strcmp(custody_outcome_name(number), "?") == 0)
            continue;
        snprintf(row, sizeof(row), "\n| %u | %s | %s | %s |\n", number,
                 custody_outcome_name(number), custody_outcome_sentence(number),
                 yes_or_no(custody_outcome_is_retryable(number)));
        assert_documented(row);
        count++;
    }
    assert_int_equal(count_rows("\n### 8.1 Outcomes"), count);
}

static void test_the_document_has_every_reason_and_no_other(void **state)
{
    (void)state;
    unsigned count = 0;
    for (uint32_t number = 0; number <= UINT16_MAX; number++) {
        char row[ROW_MAX];
        if (strcmp(custody_reason_name(number), "?") == 0)
            continue;
        snprintf(row, sizeof(row), "\n| %u | %s | %s | %s | %s | %s |\n", number,
                 custody_reason_name(number), custody_outcome_name(custody_reason_outcome(number)),
                 custody_reason_sentence(number), custody_reason_remedy(number),
                 yes_or_no(custody_reason_is_retryable(number)));
        assert_documented(row);
        count++;
    }
    assert_int_equal(count_rows("\n### 8.2 Reasons"), count);
}

static void test_reasons_lie_in_the_range_of_their_outcome(void **state)
{
    (void)state;
    for (uint32_t number = 0; number <= UINT16_MAX; number++) {
        if (strcmp(custody_reason_name(number), "?") == 0)
            continue;
        enum custody_outcome outcome = custody_reason_outcome(number);
        if (number >= 100 && number < 200)
            assert_int_equal(outcome, CUSTODY_OUTCOME_turned_away);
        else if (number >= 200 && number < 300)
            assert_int_equal(outcome, CUSTODY_OUTCOME_busy);
        else if (number >= 300 && number < 400)
            assert_int_equal(outcome, CUSTODY_OUTCOME_unavailable);
        else if (number >= 400 && number < 1100)
            assert_int_equal(outcome, CUSTODY_OUTCOME_refused);
        else
            fail_msg("reason %u has no range", number);
        /* A refusal that could be had by asking again would not be one. */
        assert_int_equal(custody_reason_is_retryable(number),
                         custody_outcome_is_retryable(outcome));
    }
}

static void test_numbers_and_names_come_once(void **state)
{
    (void)state;
    static const struct {
        uint32_t number;
        const char *name;
    } rows[] = {
#define CUSTODY_X(number, name, outcome, sentence, remedy, retryable) {number, #name},
        CUSTODY_REASONS(CUSTODY_X)
#undef CUSTODY_X
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(custody_reason_name(rows[i].number), rows[i].name);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(rows[i].number, rows[j].number);
            assert_string_not_equal(rows[i].name, rows[j].name);
        }
    }
}

static void test_statuses_answer_with_the_tables_values(void **state)
{
    (void)state;
#define CUSTODY_X(number, name, sentence, exit_code, retryable)                                    \
    assert_int_equal(CUSTODY_##name, number);                                                      \
    assert_string_equal(custody_status_name(CUSTODY_##name), #name);                               \
    assert_string_equal(custody_status_sentence(CUSTODY_##name), sentence);                        \
    assert_int_equal(custody_status_exit_code(CUSTODY_##name), exit_code);                         \
    assert_int_equal(custody_status_is_retryable(CUSTODY_##name), retryable);
    CUSTODY_STATUSES(CUSTODY_X)
#undef CUSTODY_X
}

static void test_outcomes_answer_with_the_tables_values(void **state)
{
    (void)state;
#define CUSTODY_X(number, name, sentence, exit_code, retryable)                                    \
    assert_string_equal(custody_outcome_name(number), #name);                                      \
    assert_string_equal(custody_outcome_sentence(number), sentence);                               \
    assert_int_equal(custody_outcome_exit_code(number), exit_code);                                \
    assert_int_equal(custody_outcome_is_retryable(number), retryable);
    CUSTODY_OUTCOMES(CUSTODY_X)
#undef CUSTODY_X
}

static void test_an_unknown_number_has_an_answer_too(void **state)
{
    (void)state;
    static const uint32_t unknown[] = {0, 9, 99, 999, UINT32_MAX};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_string_equal(custody_outcome_name(unknown[i]), "?");
        assert_string_equal(custody_outcome_sentence(unknown[i]), "?");
        assert_int_equal(custody_outcome_exit_code(unknown[i]), 4);
        assert_false(custody_outcome_is_retryable(unknown[i]));
        assert_string_equal(custody_reason_name(unknown[i]), "?");
        assert_string_equal(custody_reason_sentence(unknown[i]), "?");
        assert_string_equal(custody_reason_remedy(unknown[i]), "?");
        assert_int_equal(custody_reason_outcome(unknown[i]), CUSTODY_OUTCOME_unknown);
        assert_false(custody_reason_is_retryable(unknown[i]));
    }
    assert_string_equal(custody_status_name((enum custody_status)99), "?");
    assert_string_equal(custody_status_sentence((enum custody_status)99), "?");
    assert_int_equal(custody_status_exit_code((enum custody_status)99), 4);
    assert_false(custody_status_is_retryable((enum custody_status)99));
}

static int set_up(void **state)
{
    (void)state;
    FILE *file = fopen("proto/PROTOCOL.md", "r");
    if (file == NULL)
        return -1;
    size_t len = fread(document, 1, sizeof(document) - 1, file);
    document[len] = '\0';
    return fclose(file) == 0 && len > 0 && len < sizeof(document) - 1 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_document_has_every_outcome_and_no_other),
        cmocka_unit_test(test_the_document_has_every_reason_and_no_other),
        cmocka_unit_test(test_reasons_lie_in_the_range_of_their_outcome),
        cmocka_unit_test(test_numbers_and_names_come_once),
        cmocka_unit_test(test_statuses_answer_with_the_tables_values),
        cmocka_unit_test(test_outcomes_answer_with_the_tables_values),
        cmocka_unit_test(test_an_unknown_number_has_an_answer_too),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
