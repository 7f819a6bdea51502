/* test_printed.c: what a command would have shown becomes blocks of a page: lines, fields and tables, in their order.
 * Never draws. */
#include <stdlib.h>
#include <string.h>

#include "client/cli/printed.h"
#include "tests/lib/check.h"

struct fixture {
    struct printed *printed;
    struct output output;
};

static void begin(struct fixture *f)
{
    f->printed = printed_create();
    assert_non_null(f->printed);
    output_init(&f->output, printed_file(f->printed), stderr, false, false);
    f->output.printed = f->printed;
}

static void expect(struct fixture *f, const char *expected)
{
    json_t *blocks = printed_take(f->printed);
    char *text = json_dumps(blocks, JSON_COMPACT);
    assert_string_equal(text, expected);
    free(text);
    json_decref(blocks);
    printed_destroy(f->printed);
}

static void lines_keep_their_colours(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f);
    output_print(&f.output, OUTPUT_BOLD, "\n%s  ", "账本");
    output_print(&f.output, OUTPUT_BAD, "%d forks\n", 1);
    fputc('\n', f.output.file);
    fputs("plain", f.output.file);
    output_print(&f.output, OUTPUT_DIM, "one\ntwo");
    expect(&f, "[{\"lines\":[[],[[\"bold\",\"账本  \"],[\"bad\",\"1 forks\"]],[],"
               "[[\"plain\",\"plain\"],[\"dim\",\"one\"]],[[\"dim\",\"two\"]]]}]");
}

static void fields_that_follow_stand_together(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f);
    output_field(&f.output, "重量", "%s", "1 kg");
    output_field(&f.output, "", "%d%%", 3);
    output_print(&f.output, OUTPUT_PLAIN, "x\n");
    output_field(&f.output, "last", "%s", "");
    expect(&f, "[{\"columns\":1,\"fields\":[[\"重量\",\"1 kg\"],[\"\",\"3%\"]]},"
               "{\"lines\":[[[\"plain\",\"x\"]]]},{\"columns\":1,\"fields\":[[\"last\",\"\"]]}]");
}

static void tables_stay_tables(void **state)
{
    static const char *const rows[][3] = {{"代码", "", "件"}, {"A", "", "1"}, {"B", NULL, ""}};
    struct fixture f;
    (void)state;
    begin(&f);
    for (int has_heads = 1; has_heads >= 0; has_heads--) {
        struct output_table table;
        output_table_init(&table, 3);
        for (size_t i = has_heads ? 0 : 1; i < 3; i++)
            output_table_add(&table, i == 0 ? OUTPUT_DIM : OUTPUT_PLAIN, rows[i]);
        output_print(&f.output, OUTPUT_BOLD, "%d\n", has_heads);
        output_table_print(&table, &f.output);
        output_table_done(&table);
    }
    expect(&f,
           "[{\"lines\":[[[\"bold\",\"1\"]]]},"
           "{\"table\":{\"heads\":[\"代码\",\"件\"],\"rows\":[[\"A\",\"1\"],[\"B\",\"\"]]}},"
           "{\"lines\":[[[\"bold\",\"0\"]]]},{\"table\":{\"rows\":[[\"A\",\"1\"],[\"B\",\"\"]]}}]");
}

static void nothing_said_is_no_block(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f);
    expect(&f, "[]");
    printed_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_keep_their_colours),
        cmocka_unit_test(fields_that_follow_stand_together),
        cmocka_unit_test(tables_stay_tables),
        cmocka_unit_test(nothing_said_is_no_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
