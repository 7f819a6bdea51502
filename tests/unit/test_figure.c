/* test_figure.c: the names of printed figures, there and back. */
#include "proto/calendar.h"
#include "proto/figure.h"
#include "tests/lib/check.h"

static void a_name_is_taken_apart(void **state)
{
    (void)state;
    struct figure figure;
    assert_true(figure_parse(span_text("2026-05/540421/treated_g"), &figure));
    assert_string_equal(figure.period, "2026-05");
    assert_int_equal(figure.first, calendar_from_civil(2026, 5, 1));
    assert_int_equal(figure.after, calendar_from_civil(2026, 6, 1));
    assert_string_equal(figure.scope, "540421");
    assert_string_equal(figure.code, "");
    assert_string_equal(figure.name, "treated_g");
    assert_true(figure_parse(span_text("2026/uscc:1/841-001-01/sent_n"), &figure));
    assert_string_equal(figure.code, "841-001-01");
    assert_int_equal(figure.after - figure.first, 365);
    char text[FIGURE_TEXT_MAX + 1];
    figure_write(figure.period, figure.scope, figure.code, figure.name, text);
    assert_string_equal(text, "2026/uscc:1/841-001-01/sent_n");
    figure_write("2026-05", "5404", "", "closing_g", text);
    assert_string_equal(text, "2026-05/5404/closing_g");
}

static void what_is_no_name_is_not_taken(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "2026-05/540421",
        "2026-05//treated_g",
        "2026-05/540421/841-001-01/x/treated_g",
        "2026-13/540421/treated_g",
        "2026-5/540421/treated_g",
        "0000/540421/treated_g",
        "20260501-20260431/540421/treated_g",
        "20260531-20260501/540421/treated_g",
        "2026-05/540421/",
        "2026-05/540421/a_name_that_is_longer_than_any_figure_has_",
        "2026-05/5404\n21/treated_g",
    };
    struct figure figure = {.first = 77};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (figure_parse(span_text(wrong[i]), &figure))
            fail_msg("%s was taken", wrong[i]);
    assert_int_equal(figure.first, 77);
}

static void periods_are_days(void **state)
{
    (void)state;
    int32_t first, after, day;
    assert_true(figure_parse_period(span_text("2026-12"), &first, &after));
    assert_int_equal(after, calendar_from_civil(2027, 1, 1));
    assert_true(figure_parse_period(span_text("20260501-20260501"), &first, &after));
    assert_int_equal(after - first, 1);
    assert_true(figure_parse_day(span_text("20240229"), &day));
    assert_false(figure_parse_day(span_text("20260229"), &day));
    assert_false(figure_parse_day(span_text("2026022x"), &day));
}

static void a_scope_covers_what_is_beneath(void **state)
{
    (void)state;
    char scope[7];
    figure_write_scope(540000, scope);
    assert_string_equal(scope, "54");
    figure_write_scope(540400, scope);
    assert_string_equal(scope, "5404");
    figure_write_scope(540421, scope);
    assert_string_equal(scope, "540421");
}

static void quarters_are_three_months(void **state)
{
    (void)state;
    int32_t first, after;
    assert_true(figure_parse_period(span_text("2026-Q1"), &first, &after));
    assert_int_equal(first, calendar_from_civil(2026, 1, 1));
    assert_int_equal(after, calendar_from_civil(2026, 4, 1));
    assert_true(figure_parse_period(span_text("2026-Q4"), &first, &after));
    assert_int_equal(first, calendar_from_civil(2026, 10, 1));
    assert_int_equal(after, calendar_from_civil(2027, 1, 1));
    static const char *const never[] = {"2026-Q0", "2026-Q5", "2026-q1", "2026Q1", "2026-Q11"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_false(figure_parse_period(span_text(never[i]), &first, &after));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quarters_are_three_months),      cmocka_unit_test(a_name_is_taken_apart),
        cmocka_unit_test(what_is_no_name_is_not_taken),   cmocka_unit_test(periods_are_days),
        cmocka_unit_test(a_scope_covers_what_is_beneath),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
