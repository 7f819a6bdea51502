/* test_posting.c: rows are written with the entry that made the difference, and never changed. */
#include <string.h>

#include "daemon/service/ledger_parts.h"
#include "daemon/service/posting.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

struct reading {
    uint64_t as_of;
    int64_t grams[MOVEMENT_ACCOUNT_MAX + 1];
    int64_t pieces[MOVEMENT_ACCOUNT_MAX + 1];
    uint32_t rows;
    uint32_t stop_after; /* 0: read all */
};

static void add_account(void *context, uint8_t account, int64_t grams, int64_t pieces)
{
    struct reading *reading = context;
    reading->grams[account] += grams;
    reading->pieces[account] += pieces;
}

static bool add_row(void *context, const struct posting_row *row)
{
    struct reading *reading = context;
    if (row->key.entry < reading->as_of) {
        reading->rows++;
        assert_true(movement_parse_value(row->value, add_account, reading));
    }
    return reading->rows != reading->stop_after;
}

static struct reading read_party(struct desk *desk, const char *name, uint64_t as_of, uint32_t stop)
{
    struct reading reading = {.as_of = as_of, .stop_after = stop};
    struct lookups_snapshot *snapshot = NULL;
    desk_flush(desk);
    assert_int_equal(lookups_snapshot_begin(desk->ledger->lookups, &snapshot), CUSTODY_OK);
    struct book *book = book_create(NULL, snapshot, NULL, 1 << 20);
    struct movement_key from = {.party = book_find(book, SUBJECT_PARTY, span_text(name)),
                                .day = INT32_MIN};
    assert_int_equal(posting_scan(snapshot, &from, add_row, &reading), CUSTODY_OK);
    book_destroy(book);
    lookups_snapshot_end(snapshot);
    return reading;
}

static uint64_t size_of(struct desk *desk)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    uint64_t size;
    ledger_head(desk->ledger, note, &size);
    return size;
}

static void a_correction_is_a_row_of_its_own_entry(void **state)
{
    (void)state;
    static struct desk desk;
    desk_open(&desk, false);
    int64_t at = DESK_DAY + 8 * DESK_HOUR;
    desk.now_us = at;
    struct desk_statement *pack =
        desk_do(&desk, DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, "B1", 2300)->base, at,
                CUSTODY_OUTCOME_recorded);
    uint64_t before = size_of(&desk);
    desk.now_us = at + DESK_HOUR;
    Custody__V1__AmendBody amend = CUSTODY__V1__AMEND_BODY__INIT;
    Custody__V1__AmendedContainer container = CUSTODY__V1__AMENDED_CONTAINER__INIT;
    Custody__V1__AmendedContainer *containers[] = {&container};
    container.code = (char *)"B1";
    container.mass_g = 2500;
    container.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
    amend.target = desk_name(&desk, pack);
    amend.generator = (char *)DESK_CLINIC;
    amend.reason = CUSTODY__V1__REASON_CLASS__REASON_MISTAKE;
    amend.n_containers = 1;
    amend.containers = containers;
    desk_do(&desk, DESK_DOCTOR, &amend.base, desk.now_us, CUSTODY_OUTCOME_recorded);

    struct reading old = read_party(&desk, DESK_CLINIC, before, 0);
    assert_int_equal(old.rows, 1);
    assert_int_equal(old.grams[MOVEMENT_generated], 2300);
    assert_int_equal(old.pieces[MOVEMENT_generated], 1);
    struct reading new = read_party(&desk, DESK_CLINIC, UINT64_MAX, 0);
    assert_int_equal(new.rows, 2);
    assert_int_equal(new.grams[MOVEMENT_generated], 2500);
    assert_int_equal(new.pieces[MOVEMENT_generated], 1);
    assert_int_equal(new.grams[MOVEMENT_of_open], 2500);
    assert_int_equal(read_party(&desk, DESK_CLINIC, UINT64_MAX, 1).grams[MOVEMENT_generated], 2300);
    assert_int_equal(read_party(&desk, DESK_PLANT, UINT64_MAX, 0).rows, 0);
    desk_close(&desk);
}

static void what_changes_nothing_writes_nothing(void **state)
{
    (void)state;
    static struct desk desk;
    desk_open(&desk, false);
    int64_t at = DESK_DAY + 8 * DESK_HOUR;
    desk.now_us = at;
    desk_do(&desk, DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, "B1", 2300)->base, at,
            CUSTODY_OUTCOME_recorded);
    /* Somebody without standing: contested, and nothing moved. */
    desk_do(&desk, DESK_GATE, &desk_pack(&desk, DESK_CLINIC, "B1", 9000)->base, at,
            CUSTODY_OUTCOME_recorded);
    struct reading reading = read_party(&desk, DESK_CLINIC, UINT64_MAX, 0);
    assert_int_equal(reading.rows, 1);
    assert_int_equal(reading.grams[MOVEMENT_generated], 2300);
    desk_close(&desk);
}

static void one_statement_is_one_row_a_party_code_and_day(void **state)
{
    (void)state;
    static struct posting posting;
    static struct desk desk;
    struct movement row = {
        .party = 1, .code = 2, .day = 3, .account = MOVEMENT_generated, .grams = 5, .pieces = 1};
    desk_open(&desk, true);
    struct lookups_snapshot *snapshot = NULL;
    desk_flush(&desk);
    assert_int_equal(lookups_snapshot_begin(desk.ledger->lookups, &snapshot), CUSTODY_OK);
    struct book *book = book_create(NULL, snapshot, NULL, 1 << 20);
    posting_begin(&posting);
    posting_add(&posting, book, &row, 1);
    row.account = MOVEMENT_sent;
    posting_add(&posting, book, &row, 1);
    row.account = MOVEMENT_generated;
    posting_add(&posting, book, &row, -1);
    row.day = 4;
    posting_add(&posting, book, &row, 1);
    assert_non_null(posting.cells);
    assert_int_equal(posting.cells->sums.grams[MOVEMENT_generated], 0);
    assert_int_equal(posting.cells->sums.grams[MOVEMENT_sent], 5);
    assert_int_equal(posting.cells->next->day, 4);
    assert_null(posting.cells->next->next);
    book_destroy(book);
    lookups_snapshot_end(snapshot);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_correction_is_a_row_of_its_own_entry),
        cmocka_unit_test(what_changes_nothing_writes_nothing),
        cmocka_unit_test(one_statement_is_one_row_a_party_code_and_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
