/* test_retained.c: the page adds up as it is read, and the list has a line for each record. */
#include <stdlib.h>
#include <string.h>

#include "daemon/retained.h"
#include "tests/lib/check.h"

#define NOW INT64_C(1777593600000000)
#define DAY INT64_C(86400000000)
#define MIB (UINT64_C(1) << 20)

static char *text;
static size_t text_len;
static FILE *out;

static int setup(void **state)
{
    (void)state;
    out = open_memstream(&text, &text_len);
    return out == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    free(text);
    return 0;
}

static void assert_line(const char *line)
{
    if (strstr(text, line) == NULL)
        fail_msg("no \"%s\" in:\n%s", line, text);
}

static void the_page_has_years_kinds_and_growth(void **state)
{
    (void)state;
    static struct kept kept;
    struct health health = {
        .entries = 1200,
        .stores = {[HEALTH_JOURNAL] = {.used = 10 * MIB, .growth_per_day = MIB / 4}}};
    kept.year_count = 2;
    kept.years[0] = (struct kept_year){
        2025, 1000, {.records = 7, .erased = 1, .stays = {2, 1, 1, 2}, .next_us = NOW}};
    kept.years[1] = (struct kept_year){.year = 2026, .entries = 200};
    kept.kinds[RETENTION_crew] = kept.years[0].count;
    kept.all = kept.years[0].count;
    kept.kept_us[RETENTION_crew] = 366 * DAY;
    kept.kept_us[RETENTION_document] = INT64_MAX;
    retained_print(&kept, &health, out);
    fclose(out);
    assert_line(
        "\nyear       entries   records    erased may erase      time      hold      case  next\n");
    assert_line("\n2025          1000         7         1         2         1         1         2  "
                "2026-05-01\n");
    assert_line(
        "\n2026           200         0         0         0         0         0         0  -\n");
    assert_line("\nall           1200         7         1         2         1         1         2  "
                "2026-05-01\n");
    assert_line("\ncrew                 7         1         2         1         1         2  "
                "2026-05-01  366 days from the "
                "newest statement: the waybill\n");
    assert_line("\nidentity             0 ");
    assert_line("  -  for ever: record books\n");
    assert_line("journal        10.0 MiB, 0.25 MiB a day, 923 MiB in ten years\n");
    assert_line("\n2 may be erased: custodyd retention --list names them");
}

static void where_nothing_may_go_nothing_is_offered(void **state)
{
    (void)state;
    static struct kept kept;
    struct health health = {0};
    retained_print(&kept, &health, out);
    fclose(out);
    assert_null(strstr(text, "--list"));
}

static void a_record_is_a_line(void **state)
{
    (void)state;
    struct kept_record record = {.kind = RETENTION_name,
                                 .party = "uscc:1",
                                 .entry = 12,
                                 .stay = RETENTION_HOLD,
                                 .until_us = NOW};
    memset(record.digest.bytes, 0xab, DIGEST_SIZE);
    retained_print_record(out, &record);
    record.stay = RETENTION_FREE;
    retained_print_record(out, &record);
    record.is_erased = true;
    record.until_us = INT64_MAX;
    retained_print_record(out, &record);
    fclose(out);
#define HEX "abababababababababababababababababababababababababababababababab"
    assert_string_equal(text, HEX "\tname\tuscc:1\t12\t2026-05-01\thold\n" HEX
                                  "\tname\tuscc:1\t12\t2026-05-01\terase\n" HEX
                                  "\tname\tuscc:1\t12\t-\terased\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_page_has_years_kinds_and_growth, setup, teardown),
        cmocka_unit_test_setup_teardown(where_nothing_may_go_nothing_is_offered, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_is_a_line, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
