/* test_teller.c: the figures of a ledger that works, as they stand in the file; a file that cannot be written harms nobody. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/server/gauges.h"
#include "daemon/server/teller.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct desk desk;
static struct tempdir dir;
static struct road road;
static struct meter meter;
static char path[PATH_MAX];
static char text[256 * 1024];

static int setup(void **state)
{
    (void)state;
    desk_open(&desk, false);
    tempdir_create(&dir);
    tempdir_path(&dir, "figures.prom", path, sizeof path);
    memset(&meter, 0, sizeof meter);
    road = (struct road){.ledger = desk.ledger,
                         .meter = &meter,
                         .lanes = 1,
                         .submissions = {queue_create(4, false)},
                         .batches = queue_create(4, false),
                         .questions = queue_create(4, false),
                         .replies = queue_create(4, false)};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    queue_destroy(road.submissions[0]);
    queue_destroy(road.batches);
    queue_destroy(road.questions);
    queue_destroy(road.replies);
    tempdir_destroy(&dir);
    desk_close(&desk);
    return 0;
}

/* All figures as they are now. */
static void expose(void)
{
    struct health health;
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    struct exposition page = {.out = out};
    meter_expose(&road, &page);
    assert_int_equal(health_of(desk.ledger, desk.now_us, &health), CUSTODY_OK);
    gauges_expose(&health, desk.now_us, &page);
    assert_int_equal(fclose(out), 0);
    assert_true(strlen(text) < sizeof text - 1);
}

static void assert_line(const char *line)
{
    if (strstr(text, line) == NULL)
        fail_msg("no \"%s\" in:\n%s", line, text);
}

/* What was done is what is told. */
static void the_figures_are_those_of_the_ledger(void **state)
{
    (void)state;
    char line[96];
    uint64_t before = metric_value(&ledger_metrics(desk.ledger)->recorded);
    for (int i = 0; i < 5; i++)
        desk_do(&desk, DESK_NURSE,
                &desk_pack(&desk, DESK_HOSPITAL, arena_format(desk.arena, "B%d", i), 900)->base,
                desk.now_us, CUSTODY_OUTCOME_recorded);
    Custody__V1__RevokeKeyBody revoke = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    revoke.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk.keys[DESK_DOCTOR].public_key};
    desk_do(&desk, DESK_NURSE, &revoke.base, desk.now_us, CUSTODY_OUTCOME_refused);
    desk_flush(&desk);
    metric_record(&meter.latency[ENVELOPE_SUBMIT], 700);
    metric_add(&meter.requests[ENVELOPE_SUBMIT], 3);
    metric_set(&meter.connections_open, 4);
    assert_true(queue_push(road.batches, &desk));
    expose();
    snprintf(line, sizeof line, "\ncustody_statements_total{outcome=\"recorded\"} %u\n",
             (unsigned)before + 5);
    assert_line(line);
    assert_line("\ncustody_latency_seconds_bucket{kind=\"submit\",le=\"0.000512\"} 0\n");
    assert_line("\ncustody_latency_seconds_bucket{kind=\"submit\",le=\"0.001024\"} 1\n");
    assert_line("\ncustody_latency_seconds_sum{kind=\"submit\"} 0.000700\n");
    assert_null(strstr(text, "custody_latency_seconds_count{kind=\"trace\"}"));
    assert_line("\ncustody_requests_total{kind=\"submit\"} 3\n");
    assert_line("\ncustody_requests_total{kind=\"trace\"} 0\n");
    assert_line("\ncustody_connections_open 4\n");
    assert_line("\ncustody_queue_length{queue=\"batches\"} 1\n");
    assert_line("\ncustody_backup_timestamp_seconds 0.000000\n");
    assert_line("\ncustody_ledger_info{origin=\"ledger.example/desk\"} 1\n");
    assert_line("\ncustody_problems_total{reason=\"disk_reserve\"} 0\n");
    assert_line("\ncustody_refusals_total{reason=\"party_unknown\"} 0\n");
    assert_line("\ncustody_refusals_total{reason=\"not_own_party\"} 1\n");
    assert_null(strstr(text, "problems_total{reason=\"not_own_party\"}")); /* it has a receipt */
    void *item;
    assert_int_equal(queue_pop(road.batches, &item, 1, 0), 1);
}

/* What never ends is endless, and what keeps the disk from taking more is a stage. */
static void nothing_that_ends_is_endless(void **state)
{
    (void)state;
    struct health health = {.days_until_full = -1,
                            .days_until_map_full = 3,
                            .calendar_days = -1,
                            .disk_reserve = 10,
                            .space = {.total = 100, .free = 9},
                            .last_recorded_us = 5000000};
    health.open[WORK_FINDING] = (struct health_open){7, 900};
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    gauges_expose(&health, 2000000, &(struct exposition){.out = out});
    fclose(out);
    assert_line("\ncustody_disk_full_in_seconds +Inf\n");
    assert_line("\ncustody_map_full_in_seconds 259200.000000\n");
    assert_line("\ncustody_calendar_ends_in_seconds 0.000000\n");
    assert_line("\ncustody_disk_stage 2\n");
    assert_line("\ncustody_catalogue_in_force 0\n");
    assert_line("\ncustody_clock_behind_seconds 3.000000\n");
    assert_line("\ncustody_open{kind=\"finding\"} 7\n");
    assert_line("\ncustody_open_mass_grams{kind=\"finding\"} 900\n");
}

/* Stopping waits for the file that is being written, so there has been one. */
static void the_file_is_removed_at_the_end(void **state)
{
    (void)state;
    struct teller *teller = NULL;
    struct stat found;
    FILE *stale = fopen(path, "we");
    assert_non_null(stale);
    fclose(stale);
    assert_int_equal(teller_start(&road, path, 3600, &teller), CUSTODY_OK);
    teller_stop(teller);
    assert_int_not_equal(stat(path, &found), 0);
    teller_stop(NULL);
}

static void read_file(void)
{
    FILE *file = fopen(path, "re");
    size_t len = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    text[len] = 0;
    if (file != NULL)
        fclose(file);
}

/* Written without a pause while statements come: each file is whole, and what came is told in the end. */
static void it_tells_while_the_ledger_works(void **state)
{
    (void)state;
    struct teller *teller = NULL;
    char line[96];
    static const char end[] = "\ncustody_clock_behind_seconds ";
    assert_int_equal(teller_start(&road, path, 0, &teller), CUSTODY_OK);
    do {
        read_file();
    } while (text[0] == 0);
    for (int i = 0; i < 100; i++) {
        desk_turn(&desk);
        desk_do(&desk, DESK_NURSE,
                &desk_pack(&desk, DESK_HOSPITAL, arena_format(desk.arena, "T%d", i), 900)->base,
                desk.now_us, CUSTODY_OUTCOME_recorded);
        read_file();
        assert_memory_equal(text, "# HELP custody_build_info ", 26);
        assert_line(end);
    }
    desk_flush(&desk);
    snprintf(line, sizeof line, "\ncustody_lookups_entries %" PRIu64 "\n",
             ledger_reflected(desk.ledger));
    do {
        read_file();
    } while (strstr(text, line) == NULL);
    assert_line("\ncustody_statements_total{outcome=\"recorded\"} 100\n");
    assert_line("\ncustody_state_read 1\n");
    teller_stop(teller);
}

static void a_file_that_cannot_be_written_harms_nobody(void **state)
{
    (void)state;
    struct teller *teller = NULL;
    char missing[PATH_MAX], longest[TELLER_PATH_MAX + 1];
    tempdir_path(&dir, "no-such/figures.prom", missing, sizeof missing);
    assert_int_equal(teller_start(&road, missing, 0, &teller), CUSTODY_OK);
    teller_stop(teller);
    memset(longest, 'a', TELLER_PATH_MAX);
    longest[TELLER_PATH_MAX] = 0;
    assert_int_equal(teller_start(&road, longest, 0, &teller), CUSTODY_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_figures_are_those_of_the_ledger, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_that_ends_is_endless, setup, teardown),
        cmocka_unit_test_setup_teardown(it_tells_while_the_ledger_works, setup, teardown),
        cmocka_unit_test_setup_teardown(the_file_is_removed_at_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_written_harms_nobody, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
