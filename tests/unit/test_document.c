/* test_document.c: shows when a document was in force, what it covers and still holds, what is owed of it, and that its record
 * survives. */
#include <string.h>

#include "proto/rule.h"
#include "daemon/domain/document.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

enum { HOSPITAL = 3, PLANT = 4, NUMBER = 8 };
#define DAY CALENDAR_DAY_US

static struct work_set work;

static struct document said(uint64_t mass_g)
{
    return (struct document){.kind = 1,
                             .owner = HOSPITAL,
                             .party_count = 2,
                             .parties = {HOSPITAL, PLANT},
                             .line_count = 1,
                             .lines = {{.code = "841-001-01", .mass_g = mass_g}}};
}

static void file(struct document *document, uint64_t mass_g, int64_t from_us, int64_t until_us)
{
    static uint64_t entry = 100;
    const struct document with = said(mass_g);
    entry++;
    const struct document_filing filing = {
        .from_us = from_us, .until_us = until_us, .entry = entry, .key = 5, .key_sequence = entry};
    assert_true(document_file(document, &filing, &with));
}

static void test_each_filing_is_in_force_for_its_time(void **state)
{
    (void)state;
    struct document document = {0};
    assert_false(document_is_in_force(&document, 100));
    file(&document, 5000, 100, 200);
    file(&document, 5000, 250, INT64_MAX);
    assert_false(document_is_in_force(&document, 99));
    assert_true(document_is_in_force(&document, 100));
    assert_false(document_is_in_force(&document, 200));
    assert_true(document_is_in_force(&document, 250));
    assert_true(document_names(&document, PLANT));
    assert_false(document_names(&document, 9));
    assert_false(document_names(&document, 0));
}

static void test_a_plan_is_drawn_down_by_code(void **state)
{
    (void)state;
    struct document document = {0};
    struct span code = span_text("841-001-01"), other = span_text("841-002-01");
    file(&document, 5000, 100, 200);
    assert_true(document_covers(&document, code));
    assert_false(document_covers(&document, other));
    assert_int_equal(document_left_g(&document, code), 5000);
    assert_int_equal(document_left_g(&document, other), 0);
    document_draw(&document, code, 4000, true);
    document_draw(&document, other, 4000, true);
    assert_int_equal(document_left_g(&document, code), 1000);
    document_draw(&document, code, 500, false);
    assert_int_equal(document_left_g(&document, code), 1500);
    document_draw(&document, code, UINT64_MAX, true);
    assert_int_equal(document_left_g(&document, code), 0);
    document.line_count = 0;
    assert_true(document_covers(&document, other));
    assert_true(document_left_g(&document, other) == UINT64_MAX);
}

/* HJ 1259-2022 5.2: a change updates the plan of the year; the next year's begins anew. */
static void test_a_changed_plan_keeps_what_was_drawn_and_the_next_does_not(void **state)
{
    (void)state;
    struct document document = {0};
    struct span code = span_text("841-001-01");
    file(&document, 5000, 100, 200);
    document_draw(&document, code, 4000, true);
    file(&document, 7000, 150, 200);
    assert_int_equal(document_left_g(&document, code), 3000);
    file(&document, 6000, 200, 300);
    assert_int_equal(document_left_g(&document, code), 6000);
}

static void test_there_is_room_for_so_many_filings(void **state)
{
    (void)state;
    struct document document = {0};
    const struct document with = said(1);
    const struct document_filing filing = {.from_us = 1, .until_us = 2};
    for (int i = 0; i < DOCUMENT_FILINGS_MAX; i++)
        assert_true(document_file(&document, &filing, &with));
    assert_false(document_file(&document, &filing, &with));
}

static const struct work *
find_row(const struct document *document, int64_t closed_us, enum work_kind kind)
{
    memset(&work, 0, sizeof work);
    document_work(document, NUMBER, 540402, closed_us, profile_general(), &work);
    for (uint32_t i = 0; i < work.count; i++)
        if (work.rows[i].kind == kind && work.rows[i].rule == RULE_document_expired)
            return &work.rows[i];
    return NULL;
}

/* House rule document_expired. */
static void test_a_document_is_renewed_before_it_ends(void **state)
{
    (void)state;
    struct document document = {0};
    assert_null(find_row(&document, INT64_MAX, WORK_OBLIGATION));
    file(&document, 1, 0, 100 * DAY);
    const struct work *row = find_row(&document, INT64_MAX, WORK_OBLIGATION);
    assert_non_null(row);
    assert_true(row->due_us == 100 * DAY && row->notice_us == 70 * DAY);
    assert_int_equal(row->party, HOSPITAL);
    assert_int_equal(row->subject_kind, SUBJECT_DOCUMENT);
    assert_int_equal(row->subject, NUMBER);
    assert_int_equal(row->entries[0], document.filings[0].entry);
    /* Who was closed by then owes nothing. */
    assert_null(find_row(&document, 100 * DAY, WORK_OBLIGATION));
    assert_non_null(find_row(&document, 100 * DAY + 1, WORK_OBLIGATION));
    file(&document, 1, 90 * DAY, 200 * DAY);
    assert_true(find_row(&document, INT64_MAX, WORK_OBLIGATION)->due_us == 200 * DAY);
    assert_null(find_row(&document, INT64_MAX, WORK_FINDING));
    /* Too late: it was out of force for a time. */
    file(&document, 1, 201 * DAY, INT64_MAX);
    row = find_row(&document, INT64_MAX, WORK_FINDING);
    assert_non_null(row);
    assert_true(row->due_us == 200 * DAY);
    assert_int_equal(row->entry_count, 2);
    assert_null(find_row(&document, INT64_MAX, WORK_OBLIGATION));
    /* Where the profile does not ask, nothing is owed. */
    struct profile profile = *profile_general();
    profile.rules[RULE_document_expired] = 0;
    memset(&work, 0, sizeof work);
    document_work(&document, NUMBER, 540402, INT64_MAX, &profile, &work);
    assert_int_equal(work.count, 0);
}

static void test_a_full_work_set_does_no_harm(void **state)
{
    (void)state;
    struct document document = {0};
    file(&document, 1, 0, DAY);
    work.count = WORK_SET_MAX;
    document_work(&document, NUMBER, 540402, INT64_MAX, profile_general(), &work);
    assert_int_equal(work.count, WORK_SET_MAX);
}

static void test_a_record_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, 32);
    for (int round = 0; round < 100; round++) {
        struct document document = {
            .kind = (uint8_t)dice_throw(&dice),
            .owner = (uint32_t)dice_throw(&dice),
            .party_count = round == 0 ? DOCUMENT_PARTIES_MAX : (uint32_t)dice_below(&dice, 3),
            .line_count = round == 0 ? DOCUMENT_LINES_MAX : (uint32_t)dice_below(&dice, 3),
            .filing_count = round == 0 ? DOCUMENT_FILINGS_MAX : (uint32_t)dice_below(&dice, 3)};
        dice_fill(&dice, document.parties, document.party_count * sizeof document.parties[0]);
        for (uint32_t i = 0; i < document.line_count; i++) {
            memcpy(document.lines[i].code, "841-001-01", 11);
            document.lines[i].mass_g = dice_throw(&dice);
            document.lines[i].drawn_g = dice_throw(&dice);
        }
        for (uint32_t i = 0; i < document.filing_count; i++)
            document.filings[i] = (struct document_filing){.from_us = (int64_t)dice_throw(&dice),
                                                           .until_us = (int64_t)dice_throw(&dice),
                                                           .entry = dice_throw(&dice),
                                                           .key = (uint32_t)dice_throw(&dice),
                                                           .key_sequence = dice_throw(&dice)};
        uint8_t data[DOCUMENT_RECORD_MAX], again[DOCUMENT_RECORD_MAX];
        struct document back = {.owner = 5};
        size_t len = document_write(&document, data, sizeof data - 1);
        assert_true(len > 0);
        for (size_t cap = 0; cap < len; cap++) {
            assert_false(document_parse(span_of(data, cap), &back));
            assert_int_equal(document_write(&document, again, cap), 0);
        }
        data[len] = 0;
        assert_false(document_parse(span_of(data, len + 1), &back));
        assert_int_equal(back.owner, 5);
        assert_true(document_parse(span_of(data, len), &back));
        assert_int_equal(document_write(&back, again, sizeof again), len);
        assert_memory_equal(data, again, len);
    }
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_filing_is_in_force_for_its_time),
        TEST(test_a_plan_is_drawn_down_by_code),
        TEST(test_a_changed_plan_keeps_what_was_drawn_and_the_next_does_not),
        TEST(test_there_is_room_for_so_many_filings),
        TEST(test_a_document_is_renewed_before_it_ends),
        TEST(test_a_full_work_set_does_no_harm),
        TEST(test_a_record_comes_back_and_no_part_of_it_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
