/* test_doctor.c: one page, and one verdict that any line can turn. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/doctor.h"
#include "tests/lib/check.h"

#define DAY INT64_C(86400000000)
#define NOW INT64_C(1777593600000000)
#define GIB (UINT64_C(1) << 30)

static struct doctor_findings well(void)
{
    struct doctor_findings findings = {
        .clock_is_set = true,
        .now_us = NOW,
        .health = {.origin = "ledger.example/test",
                   .entries = 100,
                   .reflected = 100,
                   .last_recorded_us = NOW - 1000000,
                   .space = {.total = 100 * GIB, .free = 80 * GIB},
                   .stores = {[HEALTH_JOURNAL] = {.used = GIB, .growth_per_day = GIB / 20},
                              [HEALTH_LOOKUPS] = {.used = 2 * GIB, .growth_per_day = GIB / 20},
                              [HEALTH_ANNEX] = {.used = GIB / 2}},
                   .map_size = 100 * GIB,
                   .disk_reserve = GIB,
                   .days_until_full = 790,
                   .days_until_map_full = 1960,
                   .backup = {.at_us = NOW - DAY, .entries = 90, .place = "/backup"},
                   .drill = {.at_us = NOW - 30 * DAY, .entries = 80, .place = "/backup"},
                   .first_recorded_us = NOW - 400 * DAY,
                   .scrub = {.at_us = NOW - DAY / 24, .position = 40, .whole_us = NOW - 2 * DAY},
                   .catalogue = "cn-2021",
                   .catalogue_from_us = NOW - 100 * DAY,
                   .calendar_days = 200},
    };
    return findings;
}

/* The verdict; the page is for the caller to free. */
static enum doctor_verdict print(const struct doctor_findings *findings, char **ret)
{
    size_t len;
    FILE *out = open_memstream(ret, &len);
    assert_non_null(out);
    enum doctor_verdict verdict = doctor_print(findings, out);
    fclose(out);
    return verdict;
}

static void a_ledger_that_is_well(void **state)
{
    (void)state;
    char *page;
    struct doctor_findings findings = well();
    assert_int_equal(print(&findings, &page), DOCTOR_WELL);
    assert_null(strchr(page, '!'));
    assert_non_null(strstr(page, "20 % used, 81920 MiB free, 102.40 MiB a day: full in 790 days"));
    assert_non_null(strstr(page, "2026-04-30, 1 days ago, 10 entries since, /backup"));
    assert_non_null(strstr(page, "cn-2021, in force since "));
    assert_non_null(strstr(page, "  journal    1024.0 MiB, 51.20 MiB a day\n"));
    assert_non_null(strstr(page, "  look-ups   2048.0 MiB, 51.20 MiB a day\n"));
    assert_non_null(strstr(page, "  annex      512.0 MiB, 0.00 MiB a day\n"));
    assert_non_null(strstr(page, "  map        102400 MiB each: the first is full in 1960 days\n"));
    assert_non_null(
        strstr(page, "  scrub      at entry 40, 1 hours ago; the whole of it: 2026-04-29\n"));
    assert_non_null(strstr(page, "  crashes    0 since"));
    free(page);
}

static void assert_care(const struct doctor_findings *findings, const char *line)
{
    char *page;
    assert_int_equal(print(findings, &page), DOCTOR_CARE);
    if (strstr(page, line) == NULL) {
        fail_msg("no \"%s\" in:\n%s", line, page);
    }
    /* That line alone. */
    assert_ptr_equal(strchr(page, '!'), strrchr(page, '!'));
    assert_memory_equal(strchr(page, '!'), line, 5);
    free(page);
}

static void each_line_can_turn_it(void **state)
{
    (void)state;
    struct doctor_findings findings = well();
    findings.health.space.free = 10 * GIB;
    assert_care(&findings, "! disk       90 % used");
    findings = well();
    findings.health.days_until_full = 29;
    assert_care(&findings, "! disk       20 % used, 81920 MiB free, 102.40 MiB a day: full in 29");
    findings = well();
    findings.health.space.free = GIB - 1;
    assert_care(&findings, "! disk       99 % used, 1023 MiB free: below the reserve");
    findings = well();
    findings.health.backup.at_us = 0;
    assert_care(&findings, "! backup     never: custodyd backup");
    findings = well();
    findings.health.backup.at_us = NOW - 3 * DAY;
    assert_care(&findings, "! backup     2026-04-28, 3 days ago");
    findings = well();
    findings.health.drill.at_us = 0;
    assert_care(&findings, "! drill      never: custodyd restore --drill");
    findings = well();
    findings.health.drill.at_us = NOW - 93 * DAY;
    assert_care(&findings, "! drill      ");
    findings = well();
    findings.health.days_until_map_full = 91;
    assert_care(&findings, "! map        102400 MiB each: the first is full in 91 days");
    findings = well();
    findings.health.scrub.whole_us = NOW - 15 * DAY;
    assert_care(&findings, "! scrub      at entry 40, 1 hours ago; the whole of it: 2026-04-16");
    findings = well();
    findings.health.scrub = (struct scrub_mark){0};
    assert_care(&findings, "! scrub      no share of the journal was read again yet");
    findings = well();
    findings.health.scrub.damaged = 2;
    findings.health.scrub.first_damage = 17;
    assert_care(&findings, "! scrub      2 damaged entries, the first is 17: custodyd audit");
    findings = well();
    findings.health.crashes = 1;
    assert_care(&findings, "! crashes    1 since the last start that held");
    findings = well();
    findings.clock_is_set = false;
    assert_care(&findings, "! clock      nobody keeps it right");
    findings = well();
    findings.health.last_recorded_us = NOW + 7200000000;
    assert_care(&findings, "! clock      7200 s behind the newest entry");
    findings = well();
    findings.health.is_key_change_cut_off = true;
    assert_care(&findings, "! ledger-key the key file does not have the one in force");
    findings.health.has_two_histories = true;
    assert_care(&findings, "! ledger-key it has signed another history");
    findings.health.has_two_histories = findings.health.is_key_change_cut_off = false;
    findings.health.keys = (struct health_ends){2, NOW + 5 * DAY, "uscc:1"};
    assert_care(&findings, "! keys       2 end within 30 days, the next on 2026-05-06 (uscc:1)");
    findings = well();
    findings.health.permits = (struct health_ends){1, NOW + DAY, "P-1"};
    assert_care(&findings, "! permits    1 end within 30 days, the next on 2026-05-02 (P-1)");
    findings = well();
    findings.health.catalogue[0] = '\0';
    assert_care(&findings, "! catalogue  none is in force");
    findings = well();
    findings.health.calendar_days = 29;
    assert_care(&findings, "! calendar   holidays are known for 29 more days");
    findings = well();
    findings.health.calendar_days = -1;
    assert_care(&findings, "! calendar   holidays are not known any more");
    findings = well();
    findings.health.entries = 200101;
    assert_care(&findings, "! behind     200001 entries are not in the look-ups yet");
}

/* Nobody expects of a young ledger that all of it was read again. */
static void a_young_ledger_was_not_scrubbed(void **state)
{
    (void)state;
    char *page;
    struct doctor_findings findings = well();
    findings.health.scrub = (struct scrub_mark){0};
    findings.health.first_recorded_us = NOW - 13 * DAY;
    assert_int_equal(print(&findings, &page), DOCTOR_WELL);
    free(page);
    findings.health.scrub = (struct scrub_mark){.at_us = NOW - DAY, .position = 9};
    assert_int_equal(print(&findings, &page), DOCTOR_WELL);
    assert_non_null(strstr(page, "at entry 9, 24 hours ago; the whole of it: not yet"));
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ledger_that_is_well),
        cmocka_unit_test(each_line_can_turn_it),
        cmocka_unit_test(a_young_ledger_was_not_scrubbed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
