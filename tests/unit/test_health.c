/* test_health.c: what is said of a ledger's room, keys, permits and tables is what stands in it. */
#include <string.h>

#include "daemon/service/health.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct desk desk;
static struct health health;

static int setup(void **state)
{
    (void)state;
    desk_open(&desk, false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

/* One process may not have the ledger open twice. */
static void look_at(int64_t now_us)
{
    char sentence[240];
    desk_flush(&desk);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    enum custody_status status = health_look(&desk.options, now_us, sentence, &health);
    if (status != CUSTODY_OK)
        fail_msg("%s", sentence);
    desk_reopen(&desk);
}

static void what_stands_in_it_is_told(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++)
        desk_do(&desk, DESK_NURSE,
                &desk_pack(&desk, DESK_HOSPITAL, arena_format(desk.arena, "B%d", i), 900)->base,
                desk.now_us, CUSTODY_OUTCOME_recorded);
    look_at(desk.now_us + DESK_HOUR);
    assert_string_equal(health.origin, "ledger.example/desk");
    assert_true(health.entries > 30);
    assert_int_equal(health.entries, health.reflected);
    assert_true(health.space.total > 0);
    uint64_t growth = 0, soonest = UINT64_MAX;
    for (int i = 0; i < HEALTH_STORES; i++) {
        const struct health_store *store = &health.stores[i];
        assert_true(store->growth_per_day > 0 && store->growth_per_day <= store->used);
        growth += store->growth_per_day;
        uint64_t days = (health.map_size - store->used) / store->growth_per_day;
        soonest = days < soonest ? days : soonest;
    }
    assert_int_equal(health.days_until_full, health.space.free / growth);
    assert_int_equal(health.days_until_map_full, soonest);
    assert_true(health.last_recorded_us >= desk.now_us);
}

/* Nothing came for longer than growth is measured over. */
static void a_quiet_ledger_does_not_grow(void **state)
{
    (void)state;
    look_at(desk.now_us + 40 * 24 * DESK_HOUR);
    for (int i = 0; i < HEALTH_STORES; i++)
        assert_int_equal(health.stores[i].growth_per_day, 0);
    assert_int_equal(health.days_until_full, -1);
    assert_int_equal(health.days_until_map_full, -1);
}

static void permits_that_end_soon_are_counted(void **state)
{
    (void)state;
    char number[] = "P-9";
    Custody__V1__GrantPermitBody body = CUSTODY__V1__GRANT_PERMIT_BODY__INIT;
    Custody__V1__Activity activities[] = {CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT};
    char *patterns[] = {(char *)"841-*"};
    look_at(desk.now_us);
    uint32_t before = health.permits.soon;
    body.party = (char *)DESK_OTHER_PLANT;
    body.number = number;
    body.n_activities = 1;
    body.activities = activities;
    body.n_codes = 1;
    body.codes = patterns;
    body.effective_from = desk.now_us;
    body.effective_until = desk.now_us + 10 * 24 * DESK_HOUR;
    desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us, CUSTODY_OUTCOME_granted);
    look_at(desk.now_us + DESK_HOUR);
    assert_int_equal(health.permits.soon, before + 1);
    assert_string_equal(health.permits.name, "P-9");
    look_at(desk.now_us + 11 * 24 * DESK_HOUR); /* over: nobody can hurry any more */
    assert_int_equal(health.permits.soon, before);
}

/* What others left word of; and beside them what is open, which nobody leaves word of. */
static void marks_and_open_work_are_told(void **state)
{
    (void)state;
    look_at(desk.now_us);
    assert_int_equal(health.backup.at_us, 0);
    assert_int_equal(health.drill.at_us, 0);
    assert_int_equal(health.scrub.at_us, 0);
    assert_int_equal(health.crashes, 0);
    assert_int_equal(health.open[WORK_FINDING].rows, 0);
    const struct backup_mark backup = {.at_us = 7, .entries = 5, .place = "/b"};
    const struct scrub_mark scrub = {.at_us = 9, .position = 3, .whole_us = 2};
    assert_int_equal(backup_mark_write(desk.data, "backup", &backup), CUSTODY_OK);
    assert_int_equal(scrub_mark_write(desk.data, &scrub), CUSTODY_OK);
    /* Waste that is not packed at once, and never weighed: the ledger keeps a finding or an obligation of it. */
    desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "OPEN-1", 900)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
    look_at(desk.now_us + 1);
    assert_int_equal(health.backup.entries, 5);
    assert_int_equal(health.scrub.position, 3);
    assert_true(health.open[WORK_OBLIGATION].rows > 0);
    assert_int_equal(health.open[WORK_OBLIGATION].mass_g % 900, 0);
}

/* Beside itself, and within the process that has it open. */
static void a_ledger_that_is_open_is_told_alike(void **state)
{
    (void)state;
    struct health inside;
    desk_flush(&desk);
    assert_int_equal(health_of(desk.ledger, desk.now_us, &inside), CUSTODY_OK);
    look_at(desk.now_us);
    assert_int_equal(inside.entries, health.entries);
    assert_string_equal(inside.origin, health.origin);
    assert_string_equal(inside.catalogue, health.catalogue);
    assert_int_equal(inside.calendar_days, health.calendar_days);
    assert_int_equal(inside.permits.soon, health.permits.soon);
    assert_int_equal(inside.stores[HEALTH_JOURNAL].used, health.stores[HEALTH_JOURNAL].used);
    assert_memory_equal(inside.open, health.open, sizeof health.open);
}

static void what_is_not_a_ledger_is_told(void **state)
{
    (void)state;
    char sentence[240];
    struct ledger_options options = desk.options;
    options.data = "/nowhere/at/all";
    assert_int_equal(health_look(&options, desk.now_us, sentence, &health), CUSTODY_ERR_NOT_FOUND);
    assert_non_null(strstr(sentence, "/nowhere/at/all"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_stands_in_it_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_quiet_ledger_does_not_grow, setup, teardown),
        cmocka_unit_test_setup_teardown(permits_that_end_soon_are_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(marks_and_open_work_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_ledger_that_is_open_is_told_alike, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_a_ledger_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
