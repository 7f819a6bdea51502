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

static void register_party(const char *name,
                           Custody__V1__PartyKind kind,
                           const char *division,
                           const char *sector)
{
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    body.party = (char *)name;
    body.n_kinds = 1;
    body.kinds = &kind;
    body.division = (char *)division;
    body.sector = (char *)sector;
    desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us, CUSTODY_OUTCOME_granted);
}

/* A key that stands for itself: of that party, with that role. */
static void look_for(const char *party, unsigned role, uint32_t division, uint16_t question)
{
    desk_flush(&desk);
    memset(&trail, 0, sizeof trail);
    book_turn(desk.ledger->book);
    caller = (struct access_caller){
        .key = 1, .party = party_of(party), .roles = (uint16_t)(1U << role), .division = division};
    sight_begin(&sight, desk.ledger->book, &caller, question, desk.now_us + 1000000, &trail);
}

/* A list reads these ranges and nothing else: they are what is covered, division by division. */
static void check_ranges(void)
{
    static const uint32_t divisions[] = {0,      510100, 540000, 540400, 540402,
                                         540421, 540423, 540499, 540500, UINT32_MAX};
    struct sight_range ranges[SIGHT_RANGES_MAX];
    uint32_t count = sight_ranges(&sight, ranges);
    for (size_t i = 0; i < sizeof divisions / sizeof divisions[0]; i++) {
        bool is_in = false;
        for (uint32_t k = 0; k < count; k++)
            is_in |= divisions[i] >= ranges[k].first && divisions[i] <= ranges[k].last;
        assert_int_equal(is_in, sight_covers(&sight, divisions[i]));
    }
}

static void an_auditor_sees_its_sector_and_no_other(void **state)
{
    (void)state;
    const unsigned auditor = CUSTODY__V1__ROLE__ROLE_AUDITOR;
    register_party("uscc:1", CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR, "540423", "Q8423");
    register_party("uscc:2", CUSTODY__V1__PARTY_KIND__PARTY_AUDITOR, "540402", "Q84");
    register_party("uscc:3", CUSTODY__V1__PARTY_KIND__PARTY_AUDITOR, "540402", "");
    register_party("uscc:4", CUSTODY__V1__PARTY_KIND__PARTY_AUDITOR, "540402", "*");
    look_for("uscc:2", auditor, 540402, ENVELOPE_PARTY);
    assert_true(sight_sees_party(&sight, party_of("uscc:1")));
    assert_int_equal(trail.scopes, ENTITLEMENT_SEES_SECTOR);
    assert_false(sight_sees_party(&sight, party_of(DESK_CLINIC))); /* of no sector that was told */
    assert_false(sight_covers(&sight, 540402));
    assert_true(sight_audits(&sight));
    check_ranges();
    look_for("uscc:3", auditor, 540402, ENVELOPE_PARTY);
    assert_false(sight_sees_party(&sight, party_of("uscc:1")));
    look_for("uscc:4", auditor, 540402, ENVELOPE_PARTY);
    assert_true(sight_sees_party(&sight, party_of(DESK_CLINIC)));
    assert_int_equal(trail.scopes, ENTITLEMENT_SEES_LEDGER);
}

/* Who regulates all that the ledger serves sees all that stands on it, from wherever it came. */
static void what_comes_from_outside_crosses_the_whole_ledger(void **state)
{
    (void)state;
    const unsigned regulator = CUSTODY__V1__ROLE__ROLE_REGULATOR;
    register_party("uscc:6", CUSTODY__V1__PARTY_KIND__PARTY_CARRIER, "510100", "");
    register_party("uscc:7", CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR, "540421", "");
    look_as(DESK_REGULATOR, ENVELOPE_PARTY);
    check_ranges();
    assert_false(sight_audits(&sight));
    assert_true(sight_sees_party(&sight, party_of("uscc:6")));
    assert_int_equal(trail.scopes, ENTITLEMENT_SEES_DIVISION);
    look_for("uscc:7", regulator, 540421, ENVELOPE_PARTY);
    assert_false(sight_sees_party(&sight, party_of("uscc:6")));
}

/* DESIGN 6: a merged county stays readable by its successor. */
static void a_merged_county_is_its_successors(void **state)
{
    (void)state;
    static const char *const codes[] = {"540400", "540402", "540421", "540423"};
    Custody__V1__SetDivisionsBody body = CUSTODY__V1__SET_DIVISIONS_BODY__INIT;
    Custody__V1__Division rows[4], *pointers[4];
    for (int i = 0; i < 4; i++) {
        custody__v1__division__init(&rows[i]);
        rows[i].code = (char *)codes[i];
        rows[i].name = (char *)"样例";
        pointers[i] = &rows[i];
    }
    body.n_divisions = 4;
    body.divisions = pointers;
    register_party("uscc:5", CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR, "540421", "");
    desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us, CUSTODY_OUTCOME_granted);
    const unsigned regulator = CUSTODY__V1__ROLE__ROLE_REGULATOR;
    look_for("uscc:5", regulator, 540421, ENVELOPE_PARTY);
    assert_false(sight_sees_party(&sight, party_of(DESK_CLINIC)));
    check_ranges();
    rows[3].successor = (char *)"540421"; /* the clinic's county */
    desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us, CUSTODY_OUTCOME_granted);
    look_for("uscc:5", regulator, 540421, ENVELOPE_PARTY);
    check_ranges();
    assert_true(sight_covers(&sight, 540423));
    assert_true(sight_sees_party(&sight, party_of(DESK_CLINIC)));
    assert_false(sight_sees_party(&sight, party_of(DESK_HOSPITAL)));
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
        TEST(an_auditor_sees_its_sector_and_no_other),
        TEST(what_comes_from_outside_crosses_the_whole_ledger),
        TEST(a_merged_county_is_its_successors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
