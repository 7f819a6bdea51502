/* test_hj1259.c: the five ledger tables: rows, batches that refer to each other, masses that were put right.
 * Never asks a ledger. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/quantity.h"
#include "client/exchange/hj1259.h"
#include "tests/lib/check.h"

#define HOSPITAL "uscc:H"

struct said {
    const char *act, *id, *at;
    bool is_own;
    const char *body;
};

static const struct said story[] = {
    {"pack", "p1", "2026-05-18T08:00", true,
     "{'generator':'uscc:H','place':'Z','containers':[{'code':'B1','waste_code':'841-001-01',"
     "'mass_g':2300,'package':'bag','ward':'急诊'},{'code':'B2','waste_code':'841-002-01',"
     "'mass_g':400,'package':'sharps_box'}]}"},
    {"pack", "p2", "2026-05-18T09:00", true,
     "{'generator':'uscc:H','place':'Z','containers':[{'code':'B3','mass_g':9}]}"},
    {"pack", "px", "2026-05-18T09:00", false,
     "{'generator':'uscc:X','place':'Z','containers':[{'code':'B1','mass_g':9}]}"},
    {"store", "s1", "2026-05-18T10:00", true,
     "{'generator':'uscc:H','place':{'code':'ZC-1'},'containers':['B1','B2']}"},
    {"store", "s2", "2026-05-20T10:00", false,
     "{'generator':'uscc:H','place':{'code':'PLANT'},'containers':['B1']}"},
    {"issue_manifest", "m1", "2026-05-18T11:00", true,
     "{'plan':{'generator':'uscc:H','receiver':'uscc:P','method':'Y10'}}"},
    {"load", "l1", "2026-05-19T08:00", false,
     "{'generator':'uscc:H','manifest':'m1','trip':'t1','containers':[{'code':'B1','mass_g':2250},"
     "{'code':'B2'}]}"},
    {"feed", "f1", "2026-05-19T09:00", true,
     "{'generator':'uscc:H','batch':'K1','line':'MF0001','containers':['B3']}"},
    {"feed", "f2", "2026-05-20T12:00", false,
     "{'generator':'uscc:H','batch':'Q9','containers':['B1']}"},
    {"yield", "y1", "2026-05-19T12:00", true, "{'batch':'K1','method':'Y11'}"},
    {"amend", "a1", "2026-05-19T13:00", true,
     "{'target':{'id':'p1'},'generator':'uscc:H','containers':[{'code':'B2','mass_g':450}]}"},
    {"pack", "p3", "2026-06-01T00:00", true,
     "{'generator':'uscc:H','place':'Z','containers':[{'code':'B4','mass_g':9}]}"},
    {"pack", "p4", "2026-05-18T07:00", true,
     "{'generator':'uscc:H','place':'Z','containers':[{'code':'B5','mass_g':1}]}"},
    {"withdraw", "w1", "2026-05-19T14:00", true, "{'target':{'id':'p4'}}"},
};

static int64_t at(const char *text)
{
    int64_t us = 0;
    assert_true(quantity_parse_time(span_text(text), &us));
    return us;
}

static json_t *body_of(const char *text)
{
    char *copy = strdup(text);
    for (char *c = copy; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *body = json_loads(copy, 0, NULL);
    assert_non_null(body);
    free(copy);
    return body;
}

static void write_row(void *context, const char *const *cells, size_t count)
{
    FILE *file = context;
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%s%s", i > 0 ? "|" : "", cells[i]);
    fputc('\n', file);
}

static void check_table(int table, const char *expected)
{
    struct hj1259 tables;
    char *text = NULL;
    size_t len, width = 0;
    assert_true(hj1259_init(&tables, HOSPITAL, table, at("2026-05-01"), at("2026-06-01")));
    for (size_t i = 0; i < sizeof(story) / sizeof(story[0]); i++) {
        json_t *body = body_of(story[i].body);
        const struct hj1259_fact fact = {.act = story[i].act,
                                         .id = story[i].id,
                                         .at_us = at(story[i].at),
                                         .is_own = story[i].is_own,
                                         .body = body};
        assert_true(hj1259_take(&tables, &fact));
        json_decref(body);
    }
    json_t *names = json_pack("{s:{s:s, s:s}}", "uscc:P", "name", "示例处置厂", "permit", "XZ-1");
    FILE *file = open_memstream(&text, &len);
    hj1259_write(&tables, names, write_row, file);
    fclose(file);
    assert_string_equal(text, expected);
    while (hj1259_heads(table)[width] != NULL)
        width++;
    size_t bars = 0;
    for (const char *c = text; *c != '\0' && *c != '\n'; c++)
        bars += *c == '|' ? 1 : 0;
    assert_int_equal(bars + 1, width);
    free(text);
    json_decref(names);
    hj1259_done(&tables);
}

static void produced(void **state)
{
    (void)state;
    check_table(1, "1|HWCS20260518001|2026-05-18 08:00:00|||HW01|841-001-01|0.002300|吨|B1|袋|1|"
                   "急诊||贮存\n"
                   "2|HWCS20260518001|2026-05-18 08:00:00|||HW01|841-002-01|0.000450|吨|B2|利器盒|"
                   "1|||贮存\n"
                   "3|HWCS20260518002|2026-05-18 09:00:00|||||0.000009|吨|B3||1|||贮存\n");
}

static void stored_and_taken_out(void **state)
{
    (void)state;
    check_table(2, "1|HWRK20260518001|2026-05-18 10:00:00|B1|袋|1|||HW01|841-001-01|0.002300|吨|"
                   "ZC-1||||HWCS20260518001\n"
                   "2|HWRK20260518001|2026-05-18 10:00:00|B2|利器盒|1|||HW01|841-002-01|0.000450|"
                   "吨|ZC-1||||HWCS20260518001\n");
    check_table(3, "1|HWCK20260519001|2026-05-19 08:00:00|B1|袋|1|||HW01|841-001-01|0.002250|吨|"
                   "||||HWRK20260518001|委外\n"
                   "2|HWCK20260519001|2026-05-19 08:00:00|B2|利器盒|1|||HW01|841-002-01|0.000450|"
                   "吨|||||HWRK20260518001|委外\n");
}

static void treated_here_and_handed_over(void **state)
{
    (void)state;
    check_table(4, "1|HWZXCZ20260519001|2026-05-19 09:00:00|B3||1|||||0.000009|吨|MF0001|Y11|"
                   "2026-05-19 12:00:00||HWCS20260518002\n");
    check_table(5, "1|HWWWCZ20260519001|2026-05-19 08:00:00|B1|袋|1|||HW01|841-001-01|0.002250|吨|"
                   "Y10|许可证持有单位|示例处置厂|XZ-1|HWCK20260519001\n"
                   "2|HWWWCZ20260519001|2026-05-19 08:00:00|B2|利器盒|1|||HW01|841-002-01|0.000450|"
                   "吨|Y10|许可证持有单位|示例处置厂|XZ-1|HWCK20260519001\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(produced),
        cmocka_unit_test(stored_and_taken_out),
        cmocka_unit_test(treated_here_and_handed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
