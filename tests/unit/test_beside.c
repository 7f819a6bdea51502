/* test_beside.c: a ledger's folder is read as it stands, whether its daemon has it open or not. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/service/beside.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct desk desk;
static struct beside beside;
static char sentence[240];

static int setup(void **state)
{
    (void)state;
    desk_open(&desk, false);
    for (int i = 0; i < 20; i++) {
        desk.now_us += DESK_HOUR;
        desk_do(&desk, DESK_NURSE,
                &desk_pack(&desk, DESK_HOSPITAL, arena_format(desk.arena, "B%d", i), 900)->base,
                desk.now_us, CUSTODY_OUTCOME_recorded);
    }
    desk_flush(&desk);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static void entries_are_found_by_their_time(void **state)
{
    (void)state;
    assert_int_equal(beside_of(desk.ledger, &beside), CUSTODY_OK);
    uint64_t entries = beside_entries(&beside);
    assert_true(entries > 20);
    for (uint64_t number = 1; number < entries; number++) {
        int64_t at_us = beside_recorded_us(&beside, number);
        assert_true(at_us > beside_recorded_us(&beside, number - 1));
        assert_int_equal(beside_first_since(&beside, at_us), number);
        assert_int_equal(beside_first_since(&beside, at_us + 1), number + 1);
    }
    assert_int_equal(beside_first_since(&beside, 0), 0);
    assert_int_equal(beside_recorded_us(&beside, entries), 0);
    assert_true(book_find(beside.book, SUBJECT_PARTY, span_text(DESK_HOSPITAL)) != 0);
    beside_close(&beside);
    /* What was lent is still whole. */
    desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "LAST", 900)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
}

/* One process may not have the ledger open twice. */
static void a_closed_ledger_is_read_alike(void **state)
{
    (void)state;
    assert_int_equal(beside_of(desk.ledger, &beside), CUSTODY_OK);
    uint64_t entries = beside_entries(&beside);
    beside_close(&beside);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(beside_open(&desk.options, sentence, &beside), CUSTODY_OK);
    assert_int_equal(beside_entries(&beside), entries);
    assert_non_null(beside.annex);
    beside_close(&beside);
    desk_reopen(&desk);
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    char from[600], to[600];
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    snprintf(from, sizeof from, "%s/annex", desk.data);
    snprintf(to, sizeof to, "%s/elsewhere", desk.data);
    assert_int_equal(rename(from, to), 0);
    /* A ledger that was never started has no annex. */
    assert_int_equal(beside_open(&desk.options, sentence, &beside), CUSTODY_OK);
    assert_null(beside.annex);
    beside_close(&beside);
    assert_int_equal(rename(to, from), 0);
    snprintf(from, sizeof from, "%s/journal", desk.data);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(beside_open(&desk.options, sentence, &beside), CUSTODY_ERR_NOT_FOUND);
    assert_non_null(strstr(sentence, "the journal in "));
    assert_int_equal(rename(to, from), 0);
    desk_reopen(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(entries_are_found_by_their_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_closed_ledger_is_read_alike, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_named, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
