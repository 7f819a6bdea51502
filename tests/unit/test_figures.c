/* test_figures.c: what a report's figures must add up to, and what changed between two (NEEDS stories 14 and 17). */
#include <stdlib.h>
#include <string.h>

#include "client/cli/figures.h"
#include "tests/lib/check.h"

static struct figures figures;
static struct figures_fault fault;

static void add(const char *scope, const char *code, const char *name, int64_t value)
{
    assert_true(figures_add(&figures, scope, code, name, value));
}

/* A division of two counties and two codes, as the ledger gives it. */
static void begin(void)
{
    figures_done(&figures);
    add("5404", "", "opening_g", 100);
    add("5404", "", "generated_g", 50);
    add("5404", "", "of_disposed_g", 30);
    add("5404", "", "of_open_g", 20);
    add("5404", "", "sent_g", 60);
    add("5404", "", "reweighed_g", -1);
    add("5404", "", "closing_g", 89);
    add("5404", "", "registered_n", 3);
    add("5404", "841-001-01", "opening_g", 100);
    add("5404", "841-001-01", "generated_g", 40);
    add("5404", "841-001-01", "of_disposed_g", 30);
    add("5404", "841-001-01", "of_open_g", 10);
    add("5404", "841-001-01", "sent_g", 60);
    add("5404", "841-001-01", "reweighed_g", -1);
    add("5404", "841-001-01", "closing_g", 79);
    add("5404", "900-214-08", "generated_g", 10);
    add("5404", "900-214-08", "of_open_g", 10);
    add("5404", "900-214-08", "closing_g", 10);
    add("540402", "", "opening_g", 100);
    add("540402", "", "sent_g", 60);
    add("540402", "", "reweighed_g", -1);
    add("540402", "", "closing_g", 39);
    add("540402", "", "registered_n", 2);
    add("540421", "", "generated_g", 50);
    add("540421", "", "of_disposed_g", 30);
    add("540421", "", "of_open_g", 20);
    add("540421", "", "closing_g", 50);
    add("540421", "", "registered_n", 1);
}

static bool adds_up(void)
{
    memset(&fault, 0, sizeof fault);
    return figures_add_up(&figures, "2026-05", "5404", &fault);
}

/* NEEDS P14, story 17: 003:227 prints 23 visits, of them 19 written, 7 on site, 1 again: which is 27. */
static void twenty_three_is_not_nineteen_and_seven_and_one(void **state)
{
    (void)state;
    const int64_t parts[] = {19, 7, 1};
    int64_t sum = 0;
    assert_false(figures_is_sum(23, parts, 3, &sum));
    assert_int_equal(sum, 27);
    assert_true(figures_is_sum(27, parts, 3, &sum));
    /* The same in a report: three counties, one total. */
    figures_done(&figures);
    add("5404", "", "shipped_n", 23);
    add("540402", "", "shipped_n", 19);
    add("540421", "", "shipped_n", 7);
    add("540422", "", "shipped_n", 1);
    assert_false(adds_up());
    assert_string_equal(fault.whole, "2026-05/5404/shipped_n");
    assert_int_equal(fault.whole_value, 23);
    assert_int_equal(fault.parts_value, 27);
    figures_done(&figures);
}

static void a_sound_report_adds_up(void **state)
{
    (void)state;
    begin();
    if (!adds_up())
        fail_msg("%s %lld: %s %lld", fault.whole, (long long)fault.whole_value, fault.parts,
                 (long long)fault.parts_value);
    figures_done(&figures);
    assert_true(adds_up()); /* nothing is nothing */
}

/* Whatever figure is a gram off, the report is refused. */
static void one_gram_anywhere_is_noticed(void **state)
{
    (void)state;
    begin();
    size_t count = figures.count;
    for (size_t i = 0; i < count; i++) {
        begin();
        figures.rows[i].value++;
        if (adds_up())
            fail_msg("%s %s %s", figures.rows[i].scope, figures.rows[i].code, figures.rows[i].name);
        assert_true(fault.whole[0] != '\0' && fault.parts[0] != '\0');
        assert_int_not_equal(fault.whole_value, fault.parts_value);
    }
    figures_done(&figures);
}

static void a_figure_left_out_is_noticed(void **state)
{
    (void)state;
    begin();
    add("540421", "", "generated_g", -50);
    assert_false(adds_up());
    begin();
    add("5404", "", "treated_g", 7);
    assert_false(adds_up());
    begin();
    add("uscc:1", "841-001-01", "treated_g", 7);
    assert_false(adds_up());
    figures_done(&figures);
}

/* NEEDS C1: units by industry are all the units. */
static void industries_are_all_the_units(void **state)
{
    (void)state;
    begin();
    add("5404", "Q8411", "registered_n", 2);
    assert_false(adds_up());
    assert_string_equal(fault.whole, "2026-05/5404/registered_n");
    add("5404", "-", "registered_n", 1);
    assert_true(adds_up());
    figures_done(&figures);
}

static void treated_in_time_and_late_are_all_the_ages(void **state)
{
    (void)state;
    figures_done(&figures);
    for (int i = 0; i < 2; i++) {
        const char *code = i == 0 ? "" : "841-001-01";
        add("540421", code, "in_time_g", 10);
        add("540421", code, "late_g", 5);
        add("540421", code, "age_1_g", 8);
        add("540421", code, "age_4_g", 7);
    }
    assert_true(figures_add_up(&figures, "2026-05", "540421", &fault));
    add("540421", "", "age_2_g", 1);
    add("540421", "841-001-01", "age_2_g", 1);
    assert_false(figures_add_up(&figures, "2026-05", "540421", &fault));
    assert_string_equal(fault.whole, "2026-05/540421/in_time_g");
    figures_done(&figures);
}

struct seen {
    size_t count;
    char text[512];
};

static bool note(void *context, const struct figures_row *row, int64_t before, int64_t after)
{
    struct seen *seen = context;
    size_t len = strlen(seen->text);
    snprintf(seen->text + len, sizeof seen->text - len, "%s/%s/%s %lld %lld;", row->scope,
             row->code, row->name, (long long)before, (long long)after);
    return ++seen->count < 3;
}

static void what_changed_is_named(void **state)
{
    (void)state;
    struct figures old = {0};
    struct seen seen = {0};
    figures_done(&figures);
    assert_true(figures_add(&old, "5404", "", "treated_g", 8000));
    assert_true(figures_add(&old, "5404", "", "sent_g", 5));
    assert_true(figures_add(&old, "5404", "", "lost_g", 3));
    add("5404", "", "treated_g", 7900);
    add("5404", "", "sent_g", 5);
    add("5404", "", "received_g", 1);
    figures_compare(&old, &figures, note, &seen);
    assert_string_equal(seen.text,
                        "5404//treated_g 8000 7900;5404//received_g 0 1;5404//lost_g 3 0;");
    seen = (struct seen){0};
    figures_compare(&figures, &figures, note, &seen);
    assert_int_equal(seen.count, 0);
    figures_done(&old);
    figures_done(&figures);
}

static void figures_go_to_a_file_and_back(void **state)
{
    (void)state;
    struct figures back = {0};
    struct seen seen = {0};
    begin();
    json_t *json = figures_to_json(&figures, "2026-05");
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json_array_get(json, 0), "id")),
                        "2026-05/5404/opening_g");
    assert_true(figures_from_json(&back, json));
    figures_compare(&back, &figures, note, &seen);
    assert_int_equal(seen.count, 0);
    assert_int_equal(back.count, figures.count);
    json_decref(json);
    json = json_pack("[{s:s}]", "scope", "5404");
    assert_false(figures_from_json(&back, json));
    json_decref(json);
    assert_false(figures_from_json(&back, NULL));
    figures_done(&back);
    figures_done(&figures);
}

static void pages_are_added_up(void **state)
{
    (void)state;
    Custody__V1__Figure one = CUSTODY__V1__FIGURE__INIT;
    Custody__V1__Figure *page[] = {&one, &one};
    figures_done(&figures);
    one.scope = (char *)"5404";
    one.name = (char *)"sent_g";
    one.value = 4;
    assert_true(figures_add_page(&figures, page, 2));
    assert_int_equal(figures_find(&figures, "5404", "", "sent_g"), 8);
    for (int i = 0; i < 2000; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        add("5404", "", name, i);
    }
    assert_int_equal(figures_find(&figures, "5404", "", "n1999"), 1999);
    assert_int_equal(figures_find(&figures, "5404", "x", "n1999"), 0);
    figures_done(&figures);
    assert_int_equal(figures_find(&figures, "5404", "", "sent_g"), 0);
}

static void a_sum_that_no_figure_can_be_is_refused(void **state)
{
    (void)state;
    figures_done(&figures);
    add("5404", "", "closing_g", INT64_MAX);
    assert_false(figures_add(&figures, "5404", "", "closing_g", 1));
    figures_done(&figures);
    add("5404", "", "closing_g", INT64_MIN);
    assert_false(figures_add(&figures, "5404", "", "closing_g", -1));
    figures_done(&figures);
}

static void shares_are_cut_never_rounded_up(void **state)
{
    (void)state;
    char text[FIGURES_SHARE_MAX], mass[FIGURES_MASS_MAX];
    figures_write_share(99999, 100000, text);
    assert_string_equal(text, "99.99 %");
    figures_write_share(8000, 15000, text);
    assert_string_equal(text, "53.33 %");
    figures_write_share(1, 0, text);
    assert_string_equal(text, "-");
    figures_write_share(INT64_MAX, INT64_MAX, text);
    assert_true(strcmp(text, "100.00 %") == 0 || strcmp(text, "99.99 %") == 0);
    figures_write_mass(-1500, mass);
    assert_string_equal(mass, "-1.500 kg");
}

/* A balance that does not add up is not taken, and both figures are named. */
static void a_balance_is_taken_when_it_adds_up(void **state)
{
    (void)state;
    static const char *const names[] = {"opening_g", "generated_g", "of_open_g", "closing_g"};
    static const int64_t values[] = {100, 50, 50, 150};
    Custody__V1__Figure all[8];
    Custody__V1__Figure *page[8];
    for (size_t i = 0; i < 8; i++) {
        custody__v1__figure__init(&all[i]);
        all[i].scope = (char *)"uscc:A";
        all[i].waste_code = (char *)(i < 4 ? "" : "841-001-01");
        all[i].name = (char *)(uintptr_t)names[i % 4];
        all[i].value = values[i % 4];
        page[i] = &all[i];
    }
    Custody__V1__BalanceReply reply = CUSTODY__V1__BALANCE_REPLY__INIT;
    reply.period = (char *)"2026-05";
    reply.n_figures = 8;
    reply.figures = page;
    struct custody_problem problem;
    figures_done(&figures);
    assert_int_equal(figures_take_balance(&figures, &reply, &problem), CUSTODY_OK);
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    figures_write_tsv(&figures, "2026-05", file);
    fclose(file);
    static const char start[] = "figure\tscope\twaste_code\tname\tvalue\n"
                                "2026-05/uscc:A/opening_g\tuscc:A\t\topening_g\t100\n";
    static const char end[] =
        "\n2026-05/uscc:A/841-001-01/closing_g\tuscc:A\t841-001-01\tclosing_g\t150\n";
    assert_memory_equal(text, start, strlen(start));
    assert_string_equal(text + len - strlen(end), end);
    free(text);
    figures_done(&figures);
    all[3].value = 149;
    assert_int_equal(figures_take_balance(&figures, &reply, &problem), CUSTODY_ERR_EVIDENCE);
    assert_string_equal(problem.field, "2026-05/uscc:A/closing_g");
    assert_string_equal(problem.got, "149 and 150");
    figures_done(&figures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_three_is_not_nineteen_and_seven_and_one),
        cmocka_unit_test(a_sound_report_adds_up),
        cmocka_unit_test(one_gram_anywhere_is_noticed),
        cmocka_unit_test(a_figure_left_out_is_noticed),
        cmocka_unit_test(industries_are_all_the_units),
        cmocka_unit_test(treated_in_time_and_late_are_all_the_ages),
        cmocka_unit_test(what_changed_is_named),
        cmocka_unit_test(figures_go_to_a_file_and_back),
        cmocka_unit_test(pages_are_added_up),
        cmocka_unit_test(a_sum_that_no_figure_can_be_is_refused),
        cmocka_unit_test(a_balance_is_taken_when_it_adds_up),
        cmocka_unit_test(shares_are_cut_never_rounded_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
