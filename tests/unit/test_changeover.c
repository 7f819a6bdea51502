/* test_changeover.c: look-ups of an older format give way to new ones, and what they say differently is open is told. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/lookups.h"
#include "daemon/service/changeover.h"
#include "daemon/service/replay.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct desk desk;

/* A bag that waits for its pickup: an obligation, and more. */
static int setup(void **state)
{
    (void)state;
    desk_open(&desk, false);
    desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "B1", 900)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
    desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "B2", 700)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static char *path_of(int format)
{
    static char paths[2][600];
    char *path = paths[format == LOOKUPS_FORMAT];
    snprintf(path, sizeof paths[0], "%s/lookups-%d", desk.data, format);
    return path;
}

/* As the program before left them. */
static void age(int format)
{
    assert_int_equal(rename(path_of(LOOKUPS_FORMAT), path_of(format)), 0);
}

struct plant {
    uint8_t key[WORK_KEY_BYTES];
    struct work row;
    bool is_found;
};

static bool find_row(void *context, struct span key, struct span value)
{
    struct plant *plant = context;
    if (key.len != WORK_KEY_BYTES || key.data[0] != WORK_OBLIGATION)
        return true;
    memcpy(plant->key, key.data, WORK_KEY_BYTES);
    plant->is_found = work_parse(key, value, &plant->row);
    return false;
}

/* The rule was another one then: what is open now was not. */
static void hide_an_obligation(void)
{
    struct lookups *lookups;
    struct plant plant = {0};
    const uint8_t kind = WORK_OBLIGATION;
    assert_int_equal(lookups_open(desk.data, STORE_EXISTING, 256 << 20, 1 << 20, &lookups),
                     CUSTODY_OK);
    assert_int_equal(lookups_scan(lookups, LOOKUPS_WORK, span_of(&kind, 1), span_of(NULL, 0),
                                  span_of(NULL, 0), find_row, &plant),
                     CUSTODY_OK);
    assert_true(plant.is_found);
    assert_int_equal(lookups_delete(lookups, LOOKUPS_WORK, span_of(plant.key, WORK_KEY_BYTES)),
                     CUSTODY_OK);
    assert_int_equal(lookups_accept(lookups, lookups_reflected(lookups)), CUSTODY_OK);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
    lookups_close(lookups);
}

static struct changeover_report restart(void)
{
    char sentence[240];
    assert_int_equal(ledger_open(&desk.options, NULL, NULL, sentence, &desk.ledger), CUSTODY_OK);
    struct changeover_report report = *ledger_changeover(desk.ledger);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(access(path_of(LOOKUPS_FORMAT), F_OK), 0);
    assert_int_equal(lookups_find_older(desk.data), 0);
    struct replay_audit audit;
    assert_int_equal(replay_audit(&desk.options, false, 1, NULL, NULL, &audit, sentence),
                     CUSTODY_OK);
    assert_true(audit.journal.is_sound && audit.lookups_are_sound);
    return report;
}

static void look_ups_of_this_format_are_used_as_they_are(void **state)
{
    (void)state;
    assert_int_equal(restart().from, 0);
}

static void what_is_the_same_gives_way_in_silence(void **state)
{
    (void)state;
    age(CHANGEOVER_READS_SINCE);
    struct changeover_report report = restart();
    assert_int_equal(report.from, CHANGEOVER_READS_SINCE);
    assert_int_equal(report.to, LOOKUPS_FORMAT);
    assert_true(report.is_compared);
    assert_true(report.was > 0);
    assert_int_equal(report.was, report.is);
    assert_int_equal(report.gone + report.come, 0);
    assert_string_equal(report.file, "");
    assert_int_equal(restart().from, 0);
}

static void a_difference_is_told_and_written_down(void **state)
{
    (void)state;
    char line[1200], told[1000];
    hide_an_obligation();
    age(CHANGEOVER_READS_SINCE);
    struct changeover_report report = restart();
    assert_true(report.is_compared);
    assert_int_equal(report.gone, 0);
    assert_int_equal(report.come, 1);
    assert_int_equal(report.is, report.was + 1);
    FILE *file = fopen(report.file, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_non_null(strstr(line, "is obligation "));
    assert_non_null(strstr(line, DESK_HOSPITAL));
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
    changeover_describe(&report, told, sizeof told);
    assert_non_null(strstr(told, "0 are gone, 1 are new"));
    assert_non_null(strstr(told, report.file));
}

static void what_cannot_be_read_is_not_compared(void **state)
{
    (void)state;
    age(CHANGEOVER_READS_SINCE - 1);
    struct changeover_report report = restart();
    assert_int_equal(report.from, CHANGEOVER_READS_SINCE - 1);
    assert_false(report.is_compared);
    assert_non_null(strstr(report.why, "older than format"));
}

static void damaged_ones_give_way_uncompared(void **state)
{
    (void)state;
    age(CHANGEOVER_READS_SINCE);
    char path[700];
    snprintf(path, sizeof path, "%s/lookups-%d/data.mdb", desk.data, (int)CHANGEOVER_READS_SINCE);
    assert_int_equal(truncate(path, 1000), 0);
    struct changeover_report report = restart();
    assert_false(report.is_compared);
    assert_string_equal(report.why, "the old ones are damaged");
}

static void without_room_nothing_is_touched(void **state)
{
    (void)state;
    char sentence[240];
    age(CHANGEOVER_READS_SINCE);
    struct ledger_options options = desk.options;
    options.disk_reserve = UINT64_C(1) << 60;
    assert_int_equal(ledger_open(&options, NULL, NULL, sentence, &desk.ledger), CUSTODY_ERR_FULL);
    assert_non_null(strstr(sentence, "make room"));
    assert_non_null(strstr(sentence, "lookups-3"));
    assert_int_equal(access(path_of(LOOKUPS_FORMAT), F_OK), -1);
    assert_int_equal(lookups_find_older(desk.data), CHANGEOVER_READS_SINCE);
    assert_true(restart().is_compared);
}

static void ahead_of_time_both_stay_and_nothing_is_lost_after(void **state)
{
    (void)state;
    char sentence[240];
    struct changeover_report report;
    assert_int_equal(replay_ahead(&desk.options, NULL, NULL, &report, sentence), CUSTODY_OK);
    assert_int_equal(report.from, 0);
    hide_an_obligation();
    age(CHANGEOVER_READS_SINCE);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(replay_ahead(&desk.options, NULL, NULL, &report, sentence), CUSTODY_OK);
        assert_true(report.is_compared);
        assert_int_equal(report.come, 1);
        assert_int_equal(lookups_find_older(desk.data), CHANGEOVER_READS_SINCE);
        assert_int_equal(access(path_of(LOOKUPS_FORMAT), F_OK), 0);
    }
    assert_int_equal(restart().come, 1);
}

/* The old ones were made anew, or lost their last moments, after the new were filled ahead. */
static void new_ones_that_went_further_begin_again(void **state)
{
    (void)state;
    char copy[700];
    snprintf(copy, sizeof copy, "%s/lookups-kept", desk.data);
    assert_int_equal(rename(path_of(LOOKUPS_FORMAT), copy), 0);
    desk_reopen(&desk);
    desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "B3", 100)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(rename(copy, path_of(CHANGEOVER_READS_SINCE)), 0);
    char sentence[240];
    struct changeover_report report;
    assert_int_equal(replay_ahead(&desk.options, NULL, NULL, &report, sentence), CUSTODY_ERR_BUSY);
    report = restart();
    assert_true(report.is_compared);
    assert_int_equal(report.gone + report.come, 0);
}

static void those_of_a_newer_program_are_left_alone(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path_of(LOOKUPS_FORMAT + 1), 0700), 0);
    assert_int_equal(restart().from, 0);
    assert_int_equal(access(path_of(LOOKUPS_FORMAT + 1), F_OK), 0);
    assert_int_equal(rmdir(path_of(LOOKUPS_FORMAT + 1)), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(look_ups_of_this_format_are_used_as_they_are),
        CASE(what_is_the_same_gives_way_in_silence),
        CASE(a_difference_is_told_and_written_down),
        CASE(what_cannot_be_read_is_not_compared),
        CASE(damaged_ones_give_way_uncompared),
        CASE(without_room_nothing_is_touched),
        CASE(ahead_of_time_both_stay_and_nothing_is_lost_after),
        CASE(new_ones_that_went_further_begin_again),
        CASE(those_of_a_newer_program_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
