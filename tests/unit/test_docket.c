/* test_docket.c: rows under divisions and parties, counts that follow them, findings by their name. */
#include <string.h>

#include "proto/custody.pb-c.h"
#include "proto/rule.h"
#include "daemon/service/docket.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"
#include "tests/lib/shelf.h"

struct tally {
    int64_t rows, mass_g;
    uint32_t count;
};

static bool add(void *context, const struct docket_count *count)
{
    struct tally *tally = context;
    tally->rows += count->rows;
    tally->mass_g += count->mass_g;
    tally->count++;
    return true;
}

static bool count_row(void *context, struct span key, struct span value)
{
    struct work row;
    assert_true(work_parse(key, value, &row));
    ++*(int64_t *)context;
    return true;
}

static int64_t rows_on(struct lookups_snapshot *snapshot, uint8_t shelf)
{
    int64_t rows = 0;
    const uint8_t prefix[] = {shelf};
    assert_int_equal(lookups_snapshot_scan(snapshot, LOOKUPS_WORK, span_of(prefix, 1),
                                           (struct span){0}, count_row, &rows),
                     CUSTODY_OK);
    return rows;
}

static bool is_case(const struct work *row)
{
    return row->kind == WORK_FINDING &&
           (rule_find(row->rule)->weight == RULE_BREACH || row->rule == RULE_disputed);
}

static void check_cases(struct book *book, const struct work_set *sets, size_t count)
{
    for (uint32_t number = 1; number < 4; number++) {
        int64_t of_party = 0, of_key = 0;
        for (size_t i = 0; i < count; i++)
            for (uint32_t k = 0; k < sets[i].count; k++) {
                const struct work *row = &sets[i].rows[k];
                of_party += is_case(row) && row->party == number ? 1 : 0;
                of_key += is_case(row) && row->anchor_key == number ? 1 : 0;
            }
        assert_int_equal(docket_tally(book, DOCKET_CASES_OF_PARTY, number), of_party);
        assert_int_equal(docket_tally(book, DOCKET_CASES_OF_KEY, number), of_key);
        assert_int_equal(docket_tally(book, DOCKET_ON_HOLD_OF_PARTY, number), 0);
    }
}

/* Random comings and goings: the counts are always what is there. */
static void counts_follow_the_rows(void **state)
{
    struct shelf *shelf = *state;
    static struct work_set sets[12], after;
    struct dice dice;
    dice_init(&dice, 7);
    uint64_t entries = 0;
    memset(sets, 0, sizeof sets);
    for (int round = 0; round < 300; round++) {
        size_t at = (size_t)dice_below(&dice, 12);
        memset(&after, 0, sizeof after);
        for (uint64_t i = dice_below(&dice, 5); i > 0; i--) {
            struct work *row = work_add(&after);
            row->kind = (uint8_t)dice_between(&dice, WORK_MANIFEST, WORK_FINDING);
            row->subject_kind = SUBJECT_CONTAINER;
            row->subject = at;
            row->rule = (uint16_t)(1 + after.count);
            row->division = 540400 + (uint32_t)dice_below(&dice, 3);
            row->due_us = (int64_t)dice_below(&dice, 50);
            row->profile = (uint32_t)dice_below(&dice, 3);
            row->mass_g = dice_below(&dice, 1000);
            row->party = (uint32_t)dice_below(&dice, 4);
            row->generator = (uint32_t)dice_below(&dice, 4);
            row->anchor_key = (uint32_t)dice_below(&dice, 3);
        }
        book_put_work(shelf->book, &sets[at], &after, NULL);
        sets[at] = after;
        assert_int_equal(book_status(shelf->book), CUSTODY_OK);
        assert_int_equal(lookups_accept(shelf->lookups, ++entries), CUSTODY_OK);
        if (round % 30 != 29)
            continue;
        assert_int_equal(lookups_flush(shelf->lookups), CUSTODY_OK);
        book_turn(shelf->book);
        check_cases(shelf->book, sets, 12);
        struct lookups_snapshot *snapshot = NULL;
        assert_int_equal(lookups_snapshot_begin(shelf->lookups, &snapshot), CUSTODY_OK);
        for (unsigned which = WORK_MANIFEST; which <= WORK_FINDING; which++) {
            const uint8_t kind = (uint8_t)which;
            struct tally tally = {0};
            int64_t rows = 0, mass_g = 0, parties = 0;
            for (size_t i = 0; i < 12; i++) {
                for (uint32_t k = 0; k < sets[i].count; k++) {
                    uint32_t of[WORK_PARTIES_MAX];
                    if (sets[i].rows[k].kind != kind)
                        continue;
                    rows++;
                    mass_g += (int64_t)sets[i].rows[k].mass_g;
                    parties += work_parties(&sets[i].rows[k], of);
                }
            }
            assert_int_equal(docket_counts(snapshot, kind, 0, UINT32_MAX, add, &tally), CUSTODY_OK);
            assert_int_equal(tally.rows, rows);
            assert_int_equal(tally.mass_g, mass_g);
            assert_int_equal(rows_on(snapshot, kind), rows);
            assert_int_equal(rows_on(snapshot, kind | WORK_BY_PARTY), parties);
            struct tally one = {0};
            assert_int_equal(docket_counts(snapshot, kind, 540401, 540401, add, &one), CUSTODY_OK);
            assert_true(one.rows <= tally.rows && one.count <= 3);
        }
        lookups_snapshot_end(snapshot);
    }
}

static void a_finding_is_found_by_its_name_and_moves_when_it_is_settled(void **state)
{
    struct shelf *shelf = *state;
    struct book *book = shelf->book;
    static struct work_set none, one;
    uint8_t key[PUBLIC_KEY_SIZE] = {5}, place[WORK_KEY_BYTES];
    struct docket_name name;
    struct digest digest;
    struct work row;
    none.count = one.count = 0;
    struct work *finding = work_add(&one);
    finding->kind = WORK_FINDING;
    finding->subject_kind = SUBJECT_PARTY;
    finding->subject = book_give(book, SUBJECT_PARTY, span_text("uscc:A"));
    finding->rule = 3;
    finding->division = 540423;
    finding->party = (uint32_t)finding->subject;
    finding->anchor_key = book_give(book, SUBJECT_KEY, span_of(key, sizeof key));
    finding->anchor_sequence = 9;
    book_put_work(book, &none, &one, NULL);
    assert_true(casefile_digest(3, span_text("uscc:A"), span_of(key, sizeof key), 9, &digest));
    assert_true(docket_find(book, &digest, &name));
    assert_int_equal(name.rows, 1);
    assert_true(docket_row(book, &name, 0, &row));
    assert_int_equal(row.kind, WORK_FINDING);

    struct casefile file = {.rule = 3, .subject = "uscc:A", .digest = digest};
    const struct casefile_saying settled = {.entry = 4,
                                            .party = 77,
                                            .division = 540400,
                                            .act = CUSTODY__V1__ACT__ACT_SETTLE,
                                            .is_regulator = true};
    casefile_add(&file, &settled);
    docket_put_case(book, &file);
    assert_true(docket_find(book, &digest, &name) && docket_row(book, &name, 0, &row));
    assert_int_equal(row.kind, WORK_SETTLED);
    work_write_key(finding, place);
    assert_null(book_row(book, LOOKUPS_WORK, span_of(place, sizeof place)).data);
    /* It goes from where it stands, and comes back there. */
    book_put_work(book, &one, &none, NULL);
    assert_true(docket_find(book, &digest, &name));
    assert_int_equal(name.rows, 0);
    book_put_work(book, &none, &one, NULL);
    assert_true(docket_find(book, &digest, &name) && docket_row(book, &name, 0, &row));
    assert_int_equal(row.kind, WORK_SETTLED);
    assert_int_equal(book_status(book), CUSTODY_OK);

    assert_int_equal(lookups_accept(shelf->lookups, 1), CUSTODY_OK);
    assert_int_equal(lookups_flush(shelf->lookups), CUSTODY_OK);
    struct lookups_snapshot *snapshot = NULL;
    struct docket_name found[2];
    struct tally open = {0}, closed = {0};
    assert_int_equal(lookups_snapshot_begin(shelf->lookups, &snapshot), CUSTODY_OK);
    assert_int_equal(docket_find_prefix(snapshot, span_of(digest.bytes, 6), found, 2), 1);
    assert_memory_equal(found[0].digest.bytes, digest.bytes, sizeof digest.bytes);
    digest.bytes[0] ^= 1;
    assert_int_equal(docket_find_prefix(snapshot, span_of(digest.bytes, 6), found, 2), 0);
    assert_int_equal(docket_counts(snapshot, WORK_FINDING, 0, UINT32_MAX, add, &open), CUSTODY_OK);
    assert_int_equal(docket_counts(snapshot, WORK_SETTLED, 0, UINT32_MAX, add, &closed),
                     CUSTODY_OK);
    assert_int_equal(open.rows, 0);
    assert_int_equal(closed.rows, 1);
    lookups_snapshot_end(snapshot);
}

/* The generator's bureau and the receiver's both have it; each settles its own. */
static void a_finding_that_stands_in_two_divisions_moves_in_each(void **state)
{
    struct shelf *shelf = *state;
    struct book *book = shelf->book;
    static struct work_set none, both;
    struct docket_name name;
    struct work row;
    none.count = both.count = 0;
    for (uint32_t i = 0; i < 2; i++) {
        struct work *finding = work_add(&both);
        finding->kind = WORK_FINDING;
        finding->subject_kind = SUBJECT_PARTY;
        finding->subject = book_give(book, SUBJECT_PARTY, span_text("uscc:A"));
        finding->rule = 59;
        finding->division = i == 0 ? 540423 : 630100;
        finding->party = (uint32_t)finding->subject;
    }
    book_put_work(book, &none, &both, NULL);
    struct casefile file = {.rule = 59, .subject = "uscc:A"};
    assert_true(casefile_digest(59, span_text("uscc:A"), span_text(NULL), 0, &file.digest));
    struct casefile_saying settled = {.entry = 4,
                                      .party = 77,
                                      .division = 540000,
                                      .act = CUSTODY__V1__ACT__ACT_SETTLE,
                                      .is_regulator = true};
    static const uint8_t expected[2][2] = {{WORK_SETTLED, WORK_FINDING},
                                           {WORK_SETTLED, WORK_SETTLED}};
    for (size_t step = 0; step < 2; step++) {
        casefile_add(&file, &settled);
        docket_put_case(book, &file);
        assert_true(docket_find(book, &file.digest, &name));
        assert_int_equal(name.rows, 2);
        for (uint32_t i = 0; i < 2; i++) {
            assert_true(docket_row(book, &name, i, &row));
            assert_int_equal(row.kind, expected[step][row.division == 540423 ? 0 : 1]);
        }
        settled.entry = 5;
        settled.party = 78;
        settled.division = 630000;
    }
    book_put_work(book, &both, &none, NULL);
    assert_true(docket_find(book, &file.digest, &name));
    assert_int_equal(name.rows, 0);
    assert_int_equal(book_status(book), CUSTODY_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts_follow_the_rows, shelf_setup, shelf_teardown),
        cmocka_unit_test_setup_teardown(a_finding_is_found_by_its_name_and_moves_when_it_is_settled,
                                        shelf_setup, shelf_teardown),
        cmocka_unit_test_setup_teardown(a_finding_that_stands_in_two_divisions_moves_in_each,
                                        shelf_setup, shelf_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
