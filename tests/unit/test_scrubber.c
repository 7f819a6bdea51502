/* test_scrubber.c: damage that nobody asks for is found by the reading of every row, and the process is told to leave. */
#include <stdio.h>

#include "daemon/ledger/scrub.h"
#include "daemon/ledger/tables.h"
#include "daemon/server/scrubber.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static char lookups[32];

static int setup(void **state)
{
    static struct desk desk;
    desk_open(&desk, false);
    desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "SCRUB-1", 900)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
    desk_flush(&desk);
    snprintf(lookups, sizeof lookups, "lookups-%d/data.mdb", (int)LOOKUPS_FORMAT);
    *state = &desk;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

static void a_key_that_was_hurt_is_missed(void **state)
{
    struct desk *desk = *state;
    ledger_scrub(desk->ledger, desk->now_us);
    submit_rest(desk->ledger, true);
    assert_false(ledger_must_leave(desk->ledger));
    /* The name's row has the label in its key: asked for, it is only not there. */
    desk_flip(desk, lookups, span_text("SCRUB-1"), 0);
    ledger_scrub(desk->ledger, desk->now_us);
    submit_rest(desk->ledger, true);
    assert_true(ledger_must_leave(desk->ledger));
    desk_reopen(desk);
    assert_non_null(strstr(desk_render_container(desk, DESK_HOSPITAL, "SCRUB-1"), "900 g"));
}

/* Also before anybody is served. */
static void a_start_reads_every_row(void **state)
{
    struct desk *desk = *state;
    ledger_close(desk->ledger);
    desk_flip(desk, lookups, span_text("SCRUB-1"), 0);
    char sentence[240];
    assert_int_equal(ledger_open(&desk->options, NULL, NULL, sentence, &desk->ledger), CUSTODY_OK);
    assert_non_null(strstr(desk_render_container(desk, DESK_HOSPITAL, "SCRUB-1"), "900 g"));
}

static void open_unread(struct desk *desk)
{
    char sentence[240];
    desk->options.scrub_at_open = 1;
    assert_int_equal(ledger_open(&desk->options, NULL, NULL, sentence, &desk->ledger), CUSTODY_OK);
    assert_true(ledger_is_unread(desk->ledger));
}

/* Large ones are read once it is open, by the scrubber's first turn; the writer waits for it. */
static void what_a_start_leaves_is_read_at_once(void **state)
{
    struct desk *desk = *state;
    struct ticker *scrubber = NULL;
    ledger_close(desk->ledger);
    open_unread(desk);
    assert_int_equal(scrubber_start(desk->ledger, 3600, &scrubber), CUSTODY_OK);
    ledger_await_scrub(desk->ledger);
    ticker_stop(scrubber);
    assert_false(ledger_is_unread(desk->ledger));
    assert_false(ledger_must_leave(desk->ledger));
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "SCRUB-2", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
}

static void nothing_is_recorded_on_damage_that_a_start_left(void **state)
{
    struct desk *desk = *state;
    struct ticker *scrubber = NULL;
    ledger_close(desk->ledger);
    desk_flip(desk, lookups, span_text("SCRUB-1"), 0);
    open_unread(desk);
    assert_int_equal(scrubber_start(desk->ledger, 3600, &scrubber), CUSTODY_OK);
    ledger_await_scrub(desk->ledger);
    ticker_stop(scrubber);
    assert_true(ledger_must_leave(desk->ledger));
    /* What is made anew was not there to be hurt. */
    desk_reopen(desk);
    assert_false(ledger_must_leave(desk->ledger));
    assert_non_null(strstr(desk_render_container(desk, DESK_HOSPITAL, "SCRUB-1"), "900 g"));
}

/* The journal too, and how far it is stays known. */
static void a_share_of_the_journal_is_read(void **state)
{
    struct desk *desk = *state;
    struct scrub_mark mark;
    ledger_scrub(desk->ledger, desk->now_us);
    assert_int_equal(scrub_mark_read(desk->data, &mark), CUSTODY_OK);
    assert_int_equal(mark.whole_us, desk->now_us);
    assert_int_equal(mark.damaged, 0);
    desk_flip(desk, "journal/data.mdb", span_text("SCRUB-1"), 0);
    ledger_scrub(desk->ledger, desk->now_us + 1);
    assert_int_equal(scrub_mark_read(desk->data, &mark), CUSTODY_OK);
    assert_int_equal(mark.damaged, 1);
    assert_int_equal(metric_value(&ledger_metrics(desk->ledger)->scrubs), 2);
    assert_int_equal(metric_value(&ledger_metrics(desk->ledger)->scrub_errors), 1);
    /* The rest is still served; it is not the look-ups' fault. */
    submit_rest(desk->ledger, true);
    assert_false(ledger_must_leave(desk->ledger));
}

static void it_stops_when_told(void **state)
{
    struct desk *desk = *state;
    struct ticker *scrubber = NULL;
    assert_int_equal(scrubber_start(desk->ledger, 3600, &scrubber), CUSTODY_OK);
    ticker_stop(scrubber);
    /* With no time between: it is in the middle of a reading, or between two. */
    assert_int_equal(scrubber_start(desk->ledger, 0, &scrubber), CUSTODY_OK);
    ticker_stop(scrubber);
    ticker_stop(NULL);
    assert_false(ledger_must_leave(desk->ledger));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_that_was_hurt_is_missed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_start_reads_every_row, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_start_leaves_is_read_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_recorded_on_damage_that_a_start_left, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_share_of_the_journal_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(it_stops_when_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
