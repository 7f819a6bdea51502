/* test_national.c: a manifest as rows of the national form, and what comes back.
 * Never asks a ledger. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/national.h"
#include "tests/lib/check.h"

static char *copy(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void write_row(void *context, const char *const *cells, size_t count)
{
    FILE *file = context;
    assert_int_equal(count, NATIONAL_COLUMNS);
    for (size_t i = 0; i < count; i++)
        if (cells[i][0] != '\0')
            fprintf(file, "%s=%s\n", national_heads()[i], cells[i]);
    fputc('\n', file);
}

static void rows_in_form_order(void **state)
{
    Custody__V1__ManifestView manifest = CUSTODY__V1__MANIFEST_VIEW__INIT;
    Custody__V1__ManifestLine lines[2] = {CUSTODY__V1__MANIFEST_LINE__INIT,
                                          CUSTODY__V1__MANIFEST_LINE__INIT};
    Custody__V1__ManifestLegView legs[2] = {CUSTODY__V1__MANIFEST_LEG_VIEW__INIT,
                                            CUSTODY__V1__MANIFEST_LEG_VIEW__INIT};
    Custody__V1__ConfirmedLine confirmed = CUSTODY__V1__CONFIRMED_LINE__INIT;
    Custody__V1__ManifestLine *line_list[] = {&lines[0], &lines[1]};
    Custody__V1__ManifestLegView *leg_list[] = {&legs[0], &legs[1]};
    Custody__V1__ConfirmedLine *confirmed_list[] = {&confirmed};
    uint8_t id[32] = {0xab};
    char *text = NULL;
    size_t len;
    (void)state;
    lines[0].waste_code = copy("841-001-01");
    lines[0].planned_mass_g = 5000;
    lines[0].form = CUSTODY__V1__PHYSICAL_FORM__FORM_SOLID;
    lines[0].package = CUSTODY__V1__PACKAGE_KIND__PACKAGE_BAG;
    lines[0].planned_pieces = 2;
    lines[1].waste_code = copy("841-002-01");
    lines[1].planned_mass_g = 1500000;
    legs[0].carrier = copy("c:1");
    legs[0].vehicle = copy("A1/blue");
    legs[0].loaded_at = 1779062400000000; /* 2026-05-18 08:00 in China */
    legs[1].carrier = copy("c:2");
    legs[1].planned_vehicle = copy("A2/blue");
    confirmed.line = 2;
    confirmed.accepted_mass_g = 1400000;
    confirmed.verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    confirmed.material_difference = 1;
    manifest.number = copy("L1");
    manifest.type = CUSTODY__V1__MANIFEST_TYPE__MANIFEST_CROSS_PROVINCE;
    manifest.manifest = (ProtobufCBinaryData){32, id};
    manifest.lines = line_list;
    manifest.n_lines = 2;
    manifest.legs = leg_list;
    manifest.n_legs = 2;
    manifest.confirmed = confirmed_list;
    manifest.n_confirmed = 1;
    manifest.planned_method = copy("Y10");
    for (size_t i = 0; i < NATIONAL_COLUMNS; i++)
        assert_non_null(national_heads()[i]);
    FILE *file = open_memstream(&text, &len);
    national_write(&manifest, write_row, file);
    fclose(file);
    assert_string_equal(
        text, "联单编号=L1\n联单类型=跨省\n序号=1\n废物代码=841-001-01\n废物类别=HW01\n形态=固态\n"
              "包装方式=袋\n包装数量=2\n移出量(吨)=0.005000\n承运人代码=c:1;c:2\n承运人单位名称=;\n"
              "运输工具=公路;公路\n牌号=A1/blue;A2/blue\n运输起点=;\n"
              "实际起运时间=2026-05-18 08:00:00;\n运输终点=;\n实际到达时间=;\n拟利用处置方式=Y10\n"
              "联单标识=ab00000000000000000000000000000000000000000000000000000000000000\n\n"
              "联单编号=L1\n联单类型=跨省\n序号=2\n废物代码=841-002-01\n废物类别=HW01\n"
              "包装数量=0\n移出量(吨)=1.500000\n承运人代码=c:1;c:2\n承运人单位名称=;\n"
              "运输工具=公路;公路\n牌号=A1/blue;A2/blue\n运输起点=;\n"
              "实际起运时间=2026-05-18 08:00:00;\n运输终点=;\n实际到达时间=;\n是否存在重大差异=是\n"
              "接受人处理意见=接受\n拟利用处置方式=Y10\n接受量(吨)=1.400000\n"
              "联单标识=ab00000000000000000000000000000000000000000000000000000000000000\n\n");
    free(text);
}

static const char manifest_id[] =
    "ab00000000000000000000000000000000000000000000000000000000000000";

static void
check_back(const char *national, const char *provincial, const char *state, const char *expected)
{
    const char *fault, *wanted = NULL;
    json_t *body = national_number(manifest_id, national, provincial, state, &fault, &wanted);
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
    assert_null(fault);
    if (expected == NULL)
        assert_null(text);
    else
        assert_non_null(strstr(text, expected));
    free(text);
    json_decref(body);
}

static void numbers_and_states_back(void **state)
{
    const char *fault = NULL, *expected = NULL;
    (void)state;
    check_back("", "", "", NULL);
    check_back("20265404000017", "", "",
               "\"national_number\":\"20265404000017\",\"state\":\"reported\"");
    check_back("", "S-9", "已退回", "\"provincial_number\":\"S-9\",\"state\":\"report_rejected\"");
    check_back("", "", "accepted", "\"state\":\"report_accepted\"");
    assert_null(national_number("AB", "20265404000017", "", "", &fault, &expected));
    assert_string_equal(fault, NATIONAL_MANIFEST);
    assert_null(national_number(manifest_id, "2026540400017", "", "", &fault, &expected));
    assert_string_equal(fault, NATIONAL_NUMBER);
    assert_null(national_number(manifest_id, "", "", "maybe", &fault, &expected));
    assert_string_equal(fault, NATIONAL_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_in_form_order),
        cmocka_unit_test(numbers_and_states_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
