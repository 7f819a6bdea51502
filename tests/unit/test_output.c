/* test_output.c: aligned text, JSON lines, problems, and a full disk.
 * Never needs a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/problem.h"
#include "client/cli/output.h"
#include "tests/lib/check.h"

struct fixture {
    struct output output;
    char *text, *errors;
    size_t text_len, errors_len;
};

static void open_output(struct fixture *f, bool is_json, bool is_utc)
{
    FILE *file = open_memstream(&f->text, &f->text_len);
    FILE *errors = open_memstream(&f->errors, &f->errors_len);
    output_init(&f->output, file, errors, is_json, is_utc);
}

static void close_output(struct fixture *f)
{
    fclose(f->output.file);
    fclose(f->output.errors);
}

static void free_output(struct fixture *f)
{
    free(f->text);
    free(f->errors);
}

static void widths(void **state)
{
    (void)state;
    assert_int_equal(output_width(""), 0);
    assert_int_equal(output_width("abc"), 3);
    assert_int_equal(output_width("联单"), 4);
    assert_int_equal(output_width("联单 manifest"), 13);
    assert_int_equal(output_width("（示例）"), 8);
    assert_int_equal(output_width("\xff\xff"), 2);
}

static void tables_are_aligned(void **state)
{
    struct fixture f;
    struct output_table table;
    (void)state;
    open_output(&f, false, false);
    output_table_init(&table, 4);
    const char *const heads[] = {"名 name", "", "数 n", "末"};
    const char *const first[] = {"林芝市人民医院", "", "1", NULL};
    const char *const second[] = {"x", "", "", "end"};
    output_table_add(&table, OUTPUT_DIM, heads);
    output_table_add(&table, OUTPUT_PLAIN, first);
    output_table_add(&table, OUTPUT_BAD, second);
    output_table_print(&table, &f.output);
    output_table_done(&table);
    close_output(&f);
    assert_string_equal(f.text, "名 name         数 n  末\n"
                                "林芝市人民医院  1\n"
                                "x                     end\n");
    free_output(&f);
}

static void tsv_keeps_to_its_columns(void **state)
{
    struct fixture f;
    (void)state;
    open_output(&f, false, false);
    const char *const cells[] = {"a", NULL, "b\tc\nd", "\\"};
    output_tsv(&f.output, cells, 4);
    close_output(&f);
    assert_string_equal(f.text, "a\t\tb\\tc\\nd\t\\\\\n");
    free_output(&f);
}

static void fields_and_times(void **state)
{
    struct fixture f;
    char text[OUTPUT_CELL_MAX];
    (void)state;
    open_output(&f, false, false);
    output_field(&f.output, "单位 party", "%s", "uscc:A");
    output_time(&f.output, INT64_C(1777593600000000), text);
    assert_string_equal(text, "2026-05-01 08:00:00");
    close_output(&f);
    assert_string_equal(f.text, "单位 party      uscc:A\n");
    free_output(&f);
    open_output(&f, false, true);
    output_time(&f.output, INT64_C(1777593600000000), text);
    assert_string_equal(text, "2026-05-01 00:00:00");
    close_output(&f);
    free_output(&f);
}

static void no_colour_without_a_terminal(void **state)
{
    struct fixture f;
    (void)state;
    open_output(&f, false, false);
    output_print(&f.output, OUTPUT_BAD, "red");
    output_progress(&f.output, "x", 1, 2);
    close_output(&f);
    assert_string_equal(f.text, "red");
    assert_string_equal(f.errors, "");
    free_output(&f);
    open_output(&f, false, false);
    f.output.has_colour = true;
    output_print(&f.output, OUTPUT_BAD, "red");
    output_print(&f.output, OUTPUT_PLAIN, "plain");
    close_output(&f);
    assert_string_equal(f.text, "\033[31mred\033[0mplain");
    free_output(&f);
}

static void problems_for_people(void **state)
{
    struct fixture f;
    struct custody_problem problem;
    (void)state;
    open_output(&f, false, false);
    problem_set(&problem, CUSTODY_ERR_INVALID, "containers[3].mass_g", "grams", "\"%s\"", "heavy");
    output_problem(&f.output, &problem);
    close_output(&f);
    assert_string_equal(f.errors, "custody: ERR_INVALID: a value is not valid\n"
                                  "  field      containers[3].mass_g\n"
                                  "  expected   grams\n"
                                  "  got        \"heavy\"\n"
                                  "  remedy     correct the value\n"
                                  "  retryable  no\n");
    assert_int_equal(output_exit_code(&problem), 2);
    free_output(&f);
}

static void problems_for_programs(void **state)
{
    struct fixture f;
    struct custody_problem problem;
    json_error_t error;
    (void)state;
    open_output(&f, true, false);
    problem_from_reason(&problem, CUSTODY_OUTCOME_busy, CUSTODY_REASON_quota_spent, "");
    problem.retry_after_ms = 250;
    output_problem(&f.output, &problem);
    close_output(&f);
    json_t *json = json_loads(f.errors, 0, &error);
    const char *code;
    int retryable, exit_code, reason, after;
    assert_int_equal(json_unpack(json, "{s:{s:s, s:b, s:i, s:i, s:i}}", "error", "code", &code,
                                 "retryable", &retryable, "exit", &exit_code, "reason", &reason,
                                 "retry_after_ms", &after),
                     0);
    assert_string_equal(code, "quota_spent");
    assert_true(retryable);
    assert_int_equal(exit_code, 3);
    assert_int_equal(reason, CUSTODY_REASON_quota_spent);
    assert_int_equal(after, 250);
    json_decref(json);
    free_output(&f);
}

static void a_full_disk_is_not_success(void **state)
{
    struct output output;
    FILE *full = fopen("/dev/full", "w");
    (void)state;
    assert_non_null(full);
    output_init(&output, full, stderr, false, false);
    output_print(&output, OUTPUT_PLAIN, "an answer\n");
    assert_false(output_is_written(&output));
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths),
        cmocka_unit_test(tables_are_aligned),
        cmocka_unit_test(tsv_keeps_to_its_columns),
        cmocka_unit_test(fields_and_times),
        cmocka_unit_test(no_colour_without_a_terminal),
        cmocka_unit_test(problems_for_people),
        cmocka_unit_test(problems_for_programs),
        cmocka_unit_test(a_full_disk_is_not_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
