/* test_enact_party.c: what registering, changing, permitting and suspending change, and that nothing reaches back. */
#include <string.h>

#include "daemon/service/ledger_parts.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static int setup(void **state)
{
    static struct desk desk;
    desk_open(&desk, false);
    *state = &desk;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

/* Why it was refused, "" when it was granted. */
static const char *asked(struct desk *desk, enum desk_actor actor, const ProtobufCMessage *body)
{
    Custody__V1__Receipt *receipt =
        desk_submit(desk, desk_sign(desk, actor, body, desk->now_us), NULL);
    assert_non_null(receipt);
    desk->now_us += 1000000;
    return receipt->reason_name;
}

/* A filing asked for from last week, once the ledger is open, holds from now. */
static void a_permission_never_reaches_back(void **state)
{
    struct desk *desk = *state;
    desk->now_us = DESK_DAY + 10 * DESK_HOUR;
    struct desk_statement *before =
        desk_do(desk, DESK_DRIVER, &desk_depart(desk, "川A·样0002")->base, DESK_DAY + 5 * DESK_HOUR,
                CUSTODY_OUTCOME_recorded);
    Custody__V1__RegisterVehicleBody filing = CUSTODY__V1__REGISTER_VEHICLE_BODY__INIT;
    filing.vehicle = desk_depart(desk, "川A·样0002")->vehicle;
    filing.carrier = (char *)DESK_CARRIER;
    filing.licence = (char *)"51-2";
    filing.effective_from = DESK_DAY - 100 * DESK_HOUR;
    desk_do(desk, DESK_REGULATOR, &filing.base, desk->now_us, CUSTODY_OUTCOME_granted);
    desk->now_us += DESK_HOUR;
    Custody__V1__Receipt *early =
        desk_submit(desk,
                    desk_sign(desk, DESK_DRIVER, &desk_depart(desk, "川A·样0002")->base,
                              DESK_DAY + 6 * DESK_HOUR),
                    NULL);
    assert_int_equal(early->n_findings, 1);
    assert_string_equal(early->findings[0]->rule_name, "vehicle_unregistered");
    Custody__V1__Receipt *late = desk_submit(
        desk, desk_sign(desk, DESK_DRIVER, &desk_depart(desk, "川A·样0002")->base, desk->now_us),
        NULL);
    assert_int_equal(late->n_findings, 0);
    assert_true(desk_submit(desk, before, NULL)->again);
}

static Custody__V1__SuspendBody *suspend(struct desk *desk, int64_t until_us)
{
    Custody__V1__SuspendBody *body = arena_alloc(desk->arena, sizeof *body);
    custody__v1__suspend_body__init(body);
    body->order = (char *)"2026-1";
    body->effective_until = until_us;
    return body;
}

static void a_suspended_plant_takes_nothing_until_it_lapses(void **state)
{
    struct desk *desk = *state;
    Custody__V1__IssueManifestBody issue = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    issue.plan = desk_plan(desk, DESK_HOSPITAL, DESK_PLANT);
    Custody__V1__SuspendBody *body = suspend(desk, desk->now_us + DESK_HOUR);
    body->subject_case = CUSTODY__V1__SUSPEND_BODY__SUBJECT_PARTY;
    body->party = (char *)DESK_PLANT;
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "");
    assert_string_equal(asked(desk, DESK_REGULATOR, &body->base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "party_closed");
    desk_reopen(desk);
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "party_closed");
    desk->now_us += DESK_HOUR;
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "");
}

static void a_permit_is_suspended_by_its_number(void **state)
{
    struct desk *desk = *state;
    Custody__V1__IssueManifestBody issue = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    Custody__V1__GrantPermitBody grant = CUSTODY__V1__GRANT_PERMIT_BODY__INIT;
    Custody__V1__Activity treat[] = {CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT};
    char *codes[] = {(char *)"HW01"}, *methods[] = {(char *)"Y10"};
    grant.party = (char *)DESK_OTHER_PLANT;
    grant.number = (char *)"XZ-77";
    grant.n_activities = 1;
    grant.activities = treat;
    grant.n_codes = 1;
    grant.codes = codes;
    grant.n_methods = 1;
    grant.methods = methods;
    issue.plan = desk_plan(desk, DESK_HOSPITAL, DESK_OTHER_PLANT);
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "permit_missing");
    assert_string_equal(asked(desk, DESK_REGULATOR, &grant.base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "");
    grant.party = (char *)DESK_PLANT;
    assert_string_equal(asked(desk, DESK_REGULATOR, &grant.base), "number_taken");
    Custody__V1__SuspendBody *body = suspend(desk, 0);
    body->subject_case = CUSTODY__V1__SUSPEND_BODY__SUBJECT_PERMIT;
    body->permit = (char *)"XZ-78";
    assert_string_equal(asked(desk, DESK_REGULATOR, &body->base), "permit_unknown");
    body->permit = (char *)"XZ-77";
    assert_string_equal(asked(desk, DESK_REGULATOR, &body->base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "permit_missing");
    /* Lifted by one that ends sooner. */
    body->effective_until = desk->now_us + 1000000;
    assert_string_equal(asked(desk, DESK_REGULATOR, &body->base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "");
}

static void a_suspended_vehicle_is_found_against_its_trips(void **state)
{
    struct desk *desk = *state;
    Custody__V1__SuspendBody *body = suspend(desk, 0);
    body->subject_case = CUSTODY__V1__SUSPEND_BODY__SUBJECT_VEHICLE;
    body->vehicle = desk_depart(desk, DESK_PLATE)->vehicle;
    assert_string_equal(asked(desk, DESK_REGULATOR, &body->base), "");
    Custody__V1__Receipt *receipt = desk_submit(
        desk, desk_sign(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base, desk->now_us),
        NULL);
    bool is_found = false;
    for (size_t i = 0; i < receipt->n_findings; i++)
        is_found |= strcmp(receipt->findings[i]->rule_name, "vehicle_expired") == 0;
    assert_true(is_found);
}

/* What a change does not speak of stays; a closed party asks for nothing, and is opened again by a change. */
static void a_party_is_changed_closed_and_opened_again(void **state)
{
    struct desk *desk = *state;
    Custody__V1__ChangePartyBody body = CUSTODY__V1__CHANGE_PARTY_BODY__INIT;
    Custody__V1__IssueManifestBody issue = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    issue.plan = desk_plan(desk, DESK_HOSPITAL, DESK_PLANT);
    body.party = (char *)DESK_HOSPITAL;
    body.sector = (char *)"Q8432";
    body.beds = 120;
    assert_string_equal(asked(desk, DESK_REGULATOR, &body.base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "");
    body = (Custody__V1__ChangePartyBody)CUSTODY__V1__CHANGE_PARTY_BODY__INIT;
    body.party = (char *)DESK_HOSPITAL;
    body.closed = true;
    body.successor = (char *)DESK_CLINIC;
    assert_string_equal(asked(desk, DESK_REGULATOR, &body.base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "party_closed");
    desk_reopen(desk);
    body.closed = false;
    body.successor = (char *)"";
    assert_string_equal(asked(desk, DESK_REGULATOR, &body.base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "");
    struct book *book = desk->ledger->book;
    book_turn(book);
    const struct party *party =
        book_party(book, book_find(book, SUBJECT_PARTY, span_text(DESK_HOSPITAL)));
    assert_int_equal(party->count, 4);
    assert_string_equal(party->versions[3].sector, "Q8432");
    assert_int_equal(party->versions[3].beds, 120);
    assert_true(party->versions[2].is_closed && !party->versions[3].is_closed);
    assert_int_equal(party->versions[2].successor,
                     book_find(book, SUBJECT_PARTY, span_text(DESK_CLINIC)));
    assert_int_equal(party->versions[3].successor, 0);
}

/* Without them it is collected from at the longer interval: 医疗废物管理条例 article 25. */
static void the_last_beds_are_taken_away(void **state)
{
    struct desk *desk = *state;
    Custody__V1__ChangePartyBody body = CUSTODY__V1__CHANGE_PARTY_BODY__INIT;
    body.party = (char *)DESK_HOSPITAL;
    body.beds = 120;
    assert_string_equal(asked(desk, DESK_REGULATOR, &body.base), "");
    body.no_beds = true;
    assert_string_equal(asked(desk, DESK_REGULATOR, &body.base), "out_of_bounds");
    body.beds = 0;
    assert_string_equal(asked(desk, DESK_REGULATOR, &body.base), "");
    struct book *book = desk->ledger->book;
    book_turn(book);
    const struct party *party =
        book_party(book, book_find(book, SUBJECT_PARTY, span_text(DESK_HOSPITAL)));
    assert_int_equal(party->versions[party->count - 1].beds, 0);
}

/* RULES.md N07: licence, scopes and capacity of a filing are kept as they were told. */
static void a_vehicles_licence_is_kept(void **state)
{
    struct desk *desk = *state;
    Custody__V1__RegisterVehicleBody filing = CUSTODY__V1__REGISTER_VEHICLE_BODY__INIT;
    char *scopes[] = {(char *)"6.2", (char *)"9", (char *)"六类"};
    filing.vehicle = desk_depart(desk, "川A·样0003")->vehicle;
    filing.carrier = (char *)DESK_CARRIER;
    filing.licence = (char *)"0103";
    filing.capacity_g = 1490000;
    filing.scopes = scopes;
    filing.n_scopes = 3;
    assert_string_equal(asked(desk, DESK_REGULATOR, &filing.base), "out_of_bounds");
    filing.n_scopes = 2;
    assert_string_equal(asked(desk, DESK_REGULATOR, &filing.base), "");
    struct book *book = desk->ledger->book;
    book_turn(book);
    uint8_t name[BOOK_NAME_MAX];
    size_t len =
        book_write_vehicle((uint32_t)filing.vehicle->colour, span_text("川A·样0003"), name);
    const struct vehicle *vehicle =
        book_vehicle(book, book_find(book, SUBJECT_VEHICLE, span_of(name, len)));
    assert_non_null(vehicle);
    assert_string_equal(vehicle->filings[0].licence, "0103");
    assert_int_equal(vehicle->filings[0].capacity_g, 1490000);
    assert_int_equal(vehicle->filings[0].scope_count, 2);
    assert_int_equal(vehicle->filings[0].scopes[0], 62);
    assert_int_equal(vehicle->filings[0].scopes[1], 90);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_permission_never_reaches_back),
        TEST(a_suspended_plant_takes_nothing_until_it_lapses),
        TEST(a_permit_is_suspended_by_its_number),
        TEST(the_last_beds_are_taken_away),
        TEST(a_vehicles_licence_is_kept),
        TEST(a_suspended_vehicle_is_found_against_its_trips),
        TEST(a_party_is_changed_closed_and_opened_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
