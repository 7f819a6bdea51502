/* test_csv.c: tables with a header line: quotes, line ends, rows that do not fit.
 * Never judges a cell. */
#include <stdlib.h>
#include <string.h>

#include "client/cli/csv.h"
#include "tests/lib/check.h"

static struct custody_problem problem;

static enum custody_status open_csv(const char *text, struct csv *ret)
{
    return csv_open(strdup(text), ret, &problem);
}

static bool next(struct csv *csv)
{
    bool is_end = false;
    assert_int_equal(csv_next(csv, &is_end, &problem), CUSTODY_OK);
    return !is_end;
}

static void rows_and_quotes(void **state)
{
    struct csv csv;
    (void)state;
    assert_int_equal(open_csv("\xef\xbb\xbf"
                              "code,name,parent\r\n"
                              "540000,西藏自治区,100000\r\n"
                              "\r\n"
                              "1,\"a, \"\"b\"\"\n c\",\n"
                              "2,,x",
                              &csv),
                     CUSTODY_OK);
    assert_true(next(&csv));
    assert_string_equal(csv_cell(&csv, "code"), "540000");
    assert_string_equal(csv_cell(&csv, "name"), "西藏自治区");
    assert_string_equal(csv_cell(&csv, "parent"), "100000");
    assert_null(csv_cell(&csv, "level"));
    assert_int_equal(csv.line, 2);
    assert_true(next(&csv));
    assert_string_equal(csv_cell(&csv, "name"), "a, \"b\"\n c");
    assert_string_equal(csv_cell(&csv, "parent"), "");
    assert_true(next(&csv));
    assert_string_equal(csv_cell(&csv, "parent"), "x");
    assert_false(next(&csv));
    assert_false(next(&csv));
    csv_done(&csv);
}

static void bad_tables(void **state)
{
    static const char *const texts[] = {"a,b\n1\n", "a,b\n1,2,3\n", "a,b\n\"1,2\n",
                                        "a,b\n\"1\"x,2\n"};
    struct csv csv;
    (void)state;
    assert_int_equal(open_csv("", &csv), CUSTODY_ERR_INVALID);
    csv_done(&csv);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        bool is_end = false;
        assert_int_equal(open_csv(texts[i], &csv), CUSTODY_OK);
        assert_int_equal(csv_next(&csv, &is_end, &problem), CUSTODY_ERR_INVALID);
        assert_memory_equal(problem.field, "line ", 5);
        csv_done(&csv);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_quotes),
        cmocka_unit_test(bad_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
