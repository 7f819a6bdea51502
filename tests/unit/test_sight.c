/* test_sight.c: scopes applied to records, and the trail that a look at others leaves. The whole matrix is in
 * tests/model/test_matrix.c. */
#include <string.h>

#include "daemon/service/ledger_parts.h"
#include "daemon/service/sight.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct desk desk;
static struct access_caller caller;
static struct sight_trail trail;
static struct sight sight;

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

static uint32_t party_of(const char *name)
{
    return book_find(desk.ledger->book, SUBJECT_PARTY, span_text(name));
}

static void look_as(enum desk_actor actor, uint16_t question)
{
    desk_flush(&desk);
    assert_true(access_find(desk.ledger, desk.keys[actor].curve_key, &caller));
    memset(&trail, 0, sizeof trail);
    book_turn(desk.ledger->book);
    sight_begin(&sight, desk.ledger->book, &caller, question, desk.now_us, &trail);
}

static void what_is_ones_own_leaves_no_trail(void **state)
{
    (void)state;
    look_as(DESK_NURSE, ENVELOPE_PARTY);
    assert_true(sight_sees_party(&sight, party_of(DESK_HOSPITAL)));
    assert_int_equal(trail.scopes, 0);
    assert_false(sight_sees_party(&sight, party_of(DESK_CLINIC)));
    assert_false(sight_sees_party(&sight, 0));
    assert_false(sight_covers(&sight, 540402));
    look_as(DESK_REGULATOR, ENVELOPE_PARTY);
    assert_true(sight_sees_party(&sight, party_of(DESK_BUREAU)));
    assert_int_equal(trail.scopes, 0);
}

static void a_look_at_others_leaves_one_with_whose_it_was(void **state)
{
    (void)state;
    look_as(DESK_REGULATOR, ENVELOPE_PARTY);
    assert_true(sight_sees_party(&sight, party_of(DESK_CLINIC)));
    assert_true(sight_sees_party(&sight, party_of(DESK_CLINIC)));
    assert_int_equal(trail.scopes, ENTITLEMENT_SEES_DIVISION);
    assert_int_equal(trail.count, 1);
    assert_int_equal(trail.parties[0], party_of(DESK_CLINIC));
    assert_false(trail.is_cut);
    sight_note_all(&sight);
    assert_true(trail.is_cut);
    /* Who sees nothing of others has no list of them to note. */
    look_as(DESK_NURSE, ENVELOPE_UNCLOSED);
    sight_note_all(&sight);
    assert_false(trail.is_cut);
    assert_int_equal(trail.scopes, 0);
}

static void a_trail_is_bounded(void **state)
{
    (void)state;
    look_as(DESK_REGULATOR, ENVELOPE_UNCLOSED);
    for (uint32_t i = 1; i <= SIGHT_TRAIL_PARTIES + 1; i++) {
        const struct work row = {.kind = WORK_OBLIGATION,
                                 .subject_kind = SUBJECT_PARTY,
                                 .subject = 1000 + i,
                                 .division = 540402,
                                 .party = 1000 + i};
        assert_false(trail.is_cut);
        assert_true(sight_sees_work(&sight, &row));
    }
    assert_true(trail.is_cut);
    assert_int_equal(trail.count, SIGHT_TRAIL_PARTIES);
}

static void a_row_is_its_debtors_and_its_subjects(void **state)
{
    (void)state;
    struct work row = {.kind = WORK_OBLIGATION,
                       .subject_kind = SUBJECT_KEY,
                       .subject = 1,
                       .division = 540402,
                       .party = party_of(DESK_CLINIC)};
    look_as(DESK_NURSE, ENVELOPE_UNCLOSED);
    assert_false(sight_sees_work(&sight, &row));
    row.party = party_of(DESK_HOSPITAL);
    assert_true(sight_sees_work(&sight, &row));
    row.party = 0;
    row.subject_kind = SUBJECT_PARTY;
    row.subject = party_of(DESK_HOSPITAL);
    assert_true(sight_sees_work(&sight, &row));
    row.subject_kind = SUBJECT_MANIFEST;
    row.subject = 999;
    assert_false(sight_sees_work(&sight, &row));
}

static void other_scopes_are_the_same_askers(void **state)
{
    (void)state;
    look_as(DESK_NURSE, ENVELOPE_PARTY);
    struct sight none = sight_with(&sight, 0);
    assert_false(sight_sees_party(&none, party_of(DESK_HOSPITAL)));
    struct sight all = sight_with(&sight, ENTITLEMENT_SEES_LEDGER);
    assert_true(sight_sees_party(&all, party_of(DESK_CLINIC)));
    assert_true(sight_covers(&all, 110000));
}

/* Who countersigns took part; and who is named in a statement may read it. */
static void who_is_named_reads_the_statement(void **state)
{
    (void)state;
    struct desk_statement *packed =
        desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "B1", 900)->base, desk.now_us,
                CUSTODY_OUTCOME_recorded);
    Custody__V1__DisputeBody dispute = CUSTODY__V1__DISPUTE_BODY__INIT;
    dispute.target = desk_name(&desk, packed);
    dispute.reason = CUSTODY__V1__REASON_CLASS__REASON_OTHER;
    struct desk_statement *disputed = desk_sign(&desk, DESK_DOCTOR, &dispute.base, desk.now_us);
    Custody__V1__Receipt *receipt = desk_submit(&desk, disputed, NULL);
    struct journal_snapshot *journal = NULL;
    struct span bytes;
    assert_int_equal(journal_snapshot_begin(desk.ledger->journal, &journal), CUSTODY_OK);
    assert_int_equal(journal_read(journal, receipt->proof->entry, NULL, &bytes), CUSTODY_OK);
    look_as(DESK_DOCTOR, ENVELOPE_SHOW);
    assert_true(sight_sees_entry(&sight, bytes, desk.arena));
    look_as(DESK_NURSE, ENVELOPE_SHOW); /* named by her key, deep in the body */
    assert_true(sight_sees_entry(&sight, bytes, desk.arena));
    look_as(DESK_GATE, ENVELOPE_SHOW);
    assert_false(sight_sees_entry(&sight, bytes, desk.arena));
    assert_false(sight_sees_entry(&sight, span_of(bytes.data, bytes.len - 1), desk.arena));
    assert_int_equal(journal_read(journal, 0, NULL, &bytes), CUSTODY_OK);
    assert_true(sight_sees_entry(&sight, bytes, desk.arena)); /* the ledger's own */
    journal_snapshot_end(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(what_is_ones_own_leaves_no_trail),
        TEST(a_look_at_others_leaves_one_with_whose_it_was),
        TEST(a_trail_is_bounded),
        TEST(a_row_is_its_debtors_and_its_subjects),
        TEST(other_scopes_are_the_same_askers),
        TEST(who_is_named_reads_the_statement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
