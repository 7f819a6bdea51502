/* test_import.c: custody import and export as people meet them: tables and JSON lines, faults by line and column, the same file twice,
 * and back again.
 * Never a real daemon: a ledger in memory behind a real socket. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/command.h"
#include "tests/lib/check.h"
#include "tests/lib/fakeledger.h"
#include "tests/lib/tempdir.h"

struct fixture {
    struct tempdir dir;
    char home[512], file[512];
    struct fakeledger *fake;
    char *out, *errors;
    json_t *sum; /* the last JSON line */
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    tempdir_create(&f->dir);
    tempdir_path(&f->dir, "home", f->home, sizeof(f->home));
    tempdir_path(&f->dir, "file", f->file, sizeof(f->file));
    f->fake = fakeledger_create();
    fakeledger_home(f->fake, f->home);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    fakeledger_destroy(f->fake);
    tempdir_destroy(&f->dir);
    json_decref(f->sum);
    free(f->out);
    free(f->errors);
    free(f);
    return 0;
}

static int run(struct fixture *f, const char *format, const char *const *words)
{
    char *argv[24] = {(char *)(uintptr_t) "custody", (char *)(uintptr_t) "--home", f->home,
                      (char *)(uintptr_t) "--format", (char *)(uintptr_t)format};
    int argc = 5;
    size_t out_len, errors_len;
    free(f->out);
    free(f->errors);
    for (; *words != NULL; words++)
        argv[argc++] = (char *)(uintptr_t)*words;
    argv[argc] = NULL;
    FILE *out = open_memstream(&f->out, &out_len);
    FILE *errors = open_memstream(&f->errors, &errors_len);
    int code = command_main(argc, argv, out, errors);
    fclose(out);
    fclose(errors);
    return code;
}

#define RUN(f, format, ...) run(f, format, (const char *const[]){__VA_ARGS__, NULL})

static void write_bytes(struct fixture *f, const char *text, size_t len)
{
    FILE *file = fopen(f->file, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    fclose(file);
}

/* Import the text, and look at the sum that is printed last. */
static int import(struct fixture *f, const char *format, const char *text, const char *option)
{
    write_bytes(f, text, strlen(text));
    int code = option == NULL ? RUN(f, "json", "import", format, f->file)
                              : RUN(f, "json", "import", format, f->file, option);
    const char *last = f->out;
    for (const char *c = f->out; *c != '\0'; c++)
        last = *c == '\n' && c[1] != '\0' ? c + 1 : last;
    json_decref(f->sum);
    f->sum = json_loads(last, 0, NULL);
    return code;
}

static void check_sum(struct fixture *f, const char *name, json_int_t value)
{
    assert_int_equal(json_integer_value(json_object_get(f->sum, name)), value);
}

static const char table[] =
    "\xef\xbb\xbf时间,产生单位,贮存设施编码,容器编码,废物代码,重量（千克）,重量来源,容器类型,"
    "科室\r\n"
    "2026-05-18 08:00,uscc:A,ZC-1,B1,841-001-01,2.3,称重,袋,急诊\r\n"
    "2026-05-18 08:00,uscc:A,ZC-1,B2,841-001-01,4.25,称重,袋,\"内科, 二\"\r\n"
    "2026-05-18 08:00,uscc:A,ZC-1,B3,841-002-01,0.4,估算,利器盒,\r\n"
    "\r\n"
    "2026-05-18 09:00,uscc:A,ZC-1,B4,841-001-01,1,录入,袋,急诊\r\n";

static void a_table_is_kept_once(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(import(f, "csv", table, "--dry-run"), 0);
    check_sum(f, "statements", 2);
    check_sum(f, "kept", 0);
    assert_int_equal(fakeledger_arrivals(f->fake), 0);
    assert_int_equal(import(f, "csv", table, NULL), 0);
    check_sum(f, "rows", 4);
    check_sum(f, "kept", 2);
    check_sum(f, "on_ledger", 2);
    size_t arrivals = fakeledger_arrivals(f->fake);
    assert_int_equal(import(f, "csv", table, NULL), 0);
    check_sum(f, "kept", 0);
    check_sum(f, "before", 2);
    assert_int_equal(fakeledger_arrivals(f->fake), arrivals);
}

static void rows_that_come_later_do_not_repeat_those_before(void **state)
{
    struct fixture *f = *state;
    char longer[2048];
    assert_int_equal(import(f, "csv", table, NULL), 0);
    snprintf(longer, sizeof(longer), "%s%s", table,
             "2026-05-18 10:00,uscc:A,ZC-1,B5,841-001-01,1,录入,袋,急诊\r\n");
    assert_int_equal(import(f, "csv", longer, NULL), 0);
    check_sum(f, "before", 2);
    check_sum(f, "kept", 1);
    /* A row that would belong to a statement that is kept already cannot be slipped into it. */
    snprintf(longer, sizeof(longer), "%s%s", table,
             "2026-05-18 09:00,uscc:A,ZC-1,B6,841-001-01,1,录入,袋,急诊\r\n");
    assert_int_not_equal(import(f, "csv", longer, NULL), 0);
    check_sum(f, "kept", 0);
    check_sum(f, "before", 1);
    check_sum(f, "faults", 1);
    assert_non_null(strstr(f->out, "\"line\":6"));
}

static void check_fault(
    struct fixture *f, const char *rows, size_t line, const char *column, const char *expected)
{
    char text[1024], wanted[64];
    snprintf(text, sizeof(text),
             "act,occurred_at,generator,place,code,waste_code,mass_kg,package,verdict\n%s", rows);
    assert_int_equal(import(f, "csv", text, NULL), 2);
    snprintf(wanted, sizeof(wanted), "{\"line\":%zu,", line);
    assert_non_null(strstr(f->out, wanted));
    snprintf(wanted, sizeof(wanted), "\"column\":\"%s\"", column);
    if (column[0] != '\0')
        assert_non_null(strstr(f->out, wanted));
    assert_non_null(strstr(f->out, expected));
    check_sum(f, "faults", 1);
    check_sum(f, "kept", 0);
}

static void faults_name_line_and_column(void **state)
{
    struct fixture *f = *state;
    check_fault(f, "pack,2026-05-18,a:1,Z,B1,841-001-01,2kilo,bag,\n", 2, "mass_kg", "a mass");
    check_fault(f, "pack,2026-05-18,a:1,Z,B1,841-001-01,2,sack,\n", 2, "package", "sharps_box");
    check_fault(f, "pack,2026-05-18,a:1,Z,B1,841-001-01,2,bag,accepted\n", 2, "verdict",
                "no such column");
    check_fault(f, "pack,,a:1,Z,B1,841-001-01,2,bag,\n", 2, "occurred_at", "a time");
    check_fault(f, "pack,noon,a:1,Z,B1,841-001-01,2,bag,\n", 2, "occurred_at", "a time");
    check_fault(f, "pick,2026-05-18,a:1,Z,B1,841-001-01,2,bag,\n", 2, "act", "an act");
    check_fault(f, "pack,2026-05-18,a:1,Z,B1,841-001-01,2,bag\n", 2, "", "as many cells");
    check_fault(f, "pack,2026-05-18,a:1,Z,\"B1,841-001-01,2,bag\n", 2, "", "a cell");
    check_fault(f,
                "pack,2026-05-18,a:1,Z,B1,841-001-01,2,bag,\n"
                "pack,2026-05-18,a:1,Z,B1,841-001-01,3,bag,\n",
                3, "", "each container once");
    assert_int_equal(fakeledger_arrivals(f->fake), 0);
}

static void a_fault_holds_back_its_statement_alone(void **state)
{
    struct fixture *f = *state;
    static const char rows[] = "occurred_at,generator,place,code,waste_code,mass_g\n"
                               "2026-05-18T08:00Z,a:1,Z,B1,841-001-01,2300\n"
                               "2026-05-18T08:00Z,a:1,Z,B2,841-001-01,oops\n"
                               "2026-05-18T08:00Z,a:1,Z,B3,841-001-01,2300\n"
                               "2026-05-18T09:00Z,a:1,Z,B4,841-001-01,2300\n";
    assert_int_equal(import(f, "csv", rows, NULL), 2);
    check_sum(f, "faults", 1);
    check_sum(f, "held_back", 1);
    check_sum(f, "kept", 1);
    /* A row that cannot be read may be of the statement before it or of the one after. */
    static const char torn[] = "occurred_at,generator,place,code,waste_code,mass_g\n"
                               "2026-05-19T08:00Z,a:1,Z,B1,841-001-01,2300\n"
                               "2026-05-19T08:00Z,a:1\n"
                               "2026-05-19T09:00Z,a:1,Z,B3,841-001-01,2300\n"
                               "2026-05-19T10:00Z,a:1,Z,B4,841-001-01,2300\n";
    assert_int_equal(import(f, "csv", torn, NULL), 2);
    check_sum(f, "held_back", 2);
    check_sum(f, "kept", 1);
}

static void unknown_columns(void **state)
{
    struct fixture *f = *state;
    static const char rows[] = "occurred_at,generator,place,code,备注,remark\n"
                               "2026-05-18,a:1,Z,B1,易碎,x\n"
                               "2026-05-18,a:1,Z,B2,,\n";
    assert_int_equal(import(f, "csv", rows, NULL), 2);
    assert_non_null(strstr(f->errors, "备注"));
    check_sum(f, "rows", 0);
    assert_int_equal(import(f, "csv", rows, "--skip=备注,remark"), 0);
    check_sum(f, "kept", 1);
    json_t *left = json_object_get(f->sum, "not_taken");
    assert_int_equal(json_integer_value(json_object_get(left, "备注")), 1);
    assert_int_equal(json_object_size(left), 2);
    assert_int_equal(import(f, "csv", "code,code\nB1,B2\n", NULL), 2);
    assert_int_equal(import(f, "csv", "", NULL), 2);
}

static void long_lists_have_the_same_cuts(void **state)
{
    struct fixture *f = *state;
    char *text = NULL;
    size_t len;
    FILE *file = open_memstream(&text, &len);
    fputs("ref,occurred_at,generator,place,code,waste_code,mass_g\n", file);
    for (int i = 0; i < 250; i++)
        fprintf(file, "%s,2026-05-18,a:1,Z,B%d,841-001-01,2300\n", i < 130 ? "" : "HIS-7", i);
    fclose(file);
    assert_int_equal(import(f, "csv", text, NULL), 0);
    check_sum(f, "statements", 4);
    check_sum(f, "kept", 4);
    assert_int_equal(import(f, "csv", text, NULL), 0);
    check_sum(f, "before", 4);
    free(text);
}

static void gb18030(void **state)
{
    struct fixture *f = *state;
    /* 时间,容器编码,科室 / 急诊 */
    static const char bytes[] =
        "\xca\xb1\xbc\xe4,\xc8\xdd\xc6\xf7\xb1\xe0\xc2\xeb,\xbf\xc6\xca\xd2\n"
        "2026-05-18 08:00,B1,\xbc\xb1\xd5\xef\n";
    static const char mixed[] = "时间,容器编码,科室\n2026-05-18 08:00,B1,\xbc\xb1\xd5\xef\n";
    write_bytes(f, bytes, sizeof(bytes) - 1);
    assert_int_equal(RUN(f, "json", "import", "csv", f->file), 0);
    assert_int_equal(RUN(f, "json", "export", "jsonl", "--act", "pack"), 0);
    assert_non_null(strstr(f->out, "急诊"));
    assert_int_equal(import(f, "csv", mixed, NULL), 2);
    assert_non_null(strstr(f->out, "UTF-8"));
    assert_int_equal(import(f, "csv", mixed, "--encoding=latin1"), 2);
}

static void a_row_without_end_is_not_taken_into_memory(void **state)
{
    struct fixture *f = *state;
    size_t len = 300 * 1024;
    char *text = malloc(len + 1);
    memset(text, 'x', len);
    text[len] = '\0';
    memcpy(text, "code,place\nB1,\"", 15);
    assert_int_equal(import(f, "csv", text, NULL), 2);
    assert_non_null(strstr(f->out, "64 KiB"));
    assert_int_equal(import(f, "jsonl", text + 20, NULL), 2);
    assert_non_null(strstr(f->errors, "256 KiB"));
    free(text);
}

static void json_lines(void **state)
{
    struct fixture *f = *state;
    static const char lines[] =
        "{\"act\":\"pack\",\"occurred_at\":\"2026-05-18T08:00Z\",\"generator\":\"a:1\",\"place\":"
        "\"Z\",\"containers\":[{\"code\":\"B1\",\"mass\":\"2.3 kg\"}]}\n"
        "\n"
        "{\"act\":\"pack\",\"occurred_at\":\"2026-05-18T08:00Z\",\"containers\":[{\"cod\":1}]}\n"
        "not json\n"
        "{\"act\":\"clean\",\"box\":\"X\"}\n";
    assert_int_equal(import(f, "jsonl", lines, NULL), 2);
    check_sum(f, "kept", 1);
    check_sum(f, "faults", 3);
    assert_non_null(strstr(f->out, "\"line\":3"));
    assert_non_null(strstr(f->out, "containers[0].cod"));
    assert_non_null(strstr(f->out, "\"line\":4"));
    assert_non_null(strstr(f->out, "\"line\":5"));
    assert_non_null(strstr(f->out, "occurred_at"));
    assert_int_equal(import(f, "jsonl", lines, NULL), 2);
    check_sum(f, "before", 1);
    check_sum(f, "kept", 0);
}

static void out_and_in_again(void **state)
{
    struct fixture *f = *state, *other = NULL;
    static const char *const forms[][4] = {
        {"csv", "--headers=zh"}, {"csv", "--headers=en"}, {"jsonl", "--act=pack"}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(import(f, "csv", table, NULL), 0);
        assert_int_equal(RUN(f, "text", "export", forms[i][0], forms[i][1]), 0);
        assert_string_equal(f->errors, "");
        char *first = strdup(f->out);
        /* On this device it is known; on another it comes in and out the same, but for its entries' numbers and ids. */
        assert_int_equal(import(f, forms[i][0], first, NULL), 0);
        check_sum(f, "before", 2);
        check_sum(f, "kept", 0);
        set_up((void **)&other);
        assert_int_equal(import(other, forms[i][0], first, NULL), 0);
        check_sum(other, "kept", 2);
        assert_int_equal(RUN(other, "text", "export", "csv", "--headers=en"), 0);
        assert_int_equal(RUN(f, "text", "export", "csv", "--headers=en"), 0);
        const char *a = strstr(f->out, "pack,2026"), *b = strstr(other->out, "pack,2026");
        for (int row = 0; row < 4; row++) {
            size_t len = strcspn(a, "\r");
            assert_memory_equal(a, b, len + 1);
            assert_true((strncmp(a, "pack,2026-05-18T0", 17)) == 0);
            a = strstr(a + 4, "pack,2026");
            b = strstr(b + 4, "pack,2026");
        }
        assert_true(a == NULL && b == NULL);
        tear_down((void **)&other);
        free(first);
    }
}

static void manifests_of_other_countries(void **state)
{
    struct fixture *f = *state;
    static const char two[] =
        "\xef\xbb\xbf{\"manifestTrackingNumber\":\"123456789ELC\",\"generator\":{\"epaSiteId\":"
        "\"G\"},"
        "\"designatedFacility\":{\"epaSiteId\":\"R\"},\"wastes\":[{\"quantity\":{\"quantity\":2,"
        "\"unitOfMeasurement\":{\"code\":\"K\"}},\"pcb\":true}]}\n\n"
        "[{\"manifestTrackingNumber\":\"123456788ELC\"},{\"generator\":{\"epaSiteId\":\"G\"},"
        "\"designatedFacility\":{\"epaSiteId\":\"R\"},\"wastes\":[{}]}]";
    for (int again = 0; again < 2; again++) {
        assert_int_equal(import(f, "emanifest", two, NULL), 2);
        check_sum(f, "rows", 3);
        check_sum(f, "faults", 2);
        check_sum(f, "kept", again == 0 ? 1 : 0);
        check_sum(f, "before", again);
        assert_non_null(strstr(f->out, "\"line\":2"));
        assert_non_null(strstr(f->out, "generator.epaSiteId"));
        assert_non_null(strstr(f->out, "manifestTrackingNumber"));
        json_t *left = json_object_get(f->sum, "not_taken");
        assert_int_equal(json_integer_value(json_object_get(left, "wastes[].pcb")), 1);
    }
    assert_int_equal(import(f, "bsdasri", "{\"id\":\"DASRI-1\"", NULL), 2);
    assert_non_null(strstr(f->errors, "document 1"));
    static const char bsdasri[] = "{\"id\":\"DASRI-1\",\"destination\":{\"reception\":{"
                                  "\"acceptation\":{\"status\":\"ACCEPTED\"}}}}";
    assert_int_equal(import(f, "bsdasri", bsdasri,
                            "--manifest=ab000000000000000000000000000000000000000000000000000000"
                            "00000000"),
                     0);
    check_sum(f, "kept", 1);
    assert_int_equal(import(f, "bsdasri", bsdasri, "--manifest=ab"), 2);
}

static void periods_and_usage(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(import(f, "csv", table, NULL), 0);
    assert_int_equal(RUN(f, "text", "export", "jsonl", "--month", "2026-05"), 0);
    assert_non_null(strstr(f->out, "B4"));
    assert_int_equal(RUN(f, "text", "export", "jsonl", "--month", "2026-06"), 0);
    assert_string_equal(f->out, "");
    assert_int_equal(
        RUN(f, "text", "export", "jsonl", "--from=2026-05-18T08:30", "--until=2026-05-18T09:00"),
        0);
    assert_string_equal(f->out, "");
    assert_int_equal(RUN(f, "text", "export", "jsonl", "--month", "2026-13"), 2);
    assert_int_equal(RUN(f, "text", "export", "csv", "--act", "pick"), 2);
    assert_int_equal(RUN(f, "text", "export", "csv", "--headers", "fr"), 2);
    assert_int_equal(RUN(f, "text", "export", "xls"), 2);
    assert_int_equal(RUN(f, "text", "import", "xls", f->file), 2);
    assert_int_equal(RUN(f, "text", "import", "csv"), 2);
    assert_int_equal(RUN(f, "text", "import", "csv", "/nowhere/at all"), 1);
    assert_int_equal(RUN(f, "text", "import", "columns", "--act", "装车"), 0);
    assert_non_null(strstr(f->out, "mass_source"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_table_is_kept_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_that_come_later_do_not_repeat_those_before, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(faults_name_line_and_column, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fault_holds_back_its_statement_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_columns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_lists_have_the_same_cuts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gb18030, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_row_without_end_is_not_taken_into_memory, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(json_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(out_and_in_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(manifests_of_other_countries, set_up, tear_down),
        cmocka_unit_test_setup_teardown(periods_and_usage, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
