/* test_view.c: records as people read them: names, numbers, steps, who took part. */
#include <string.h>

#include "proto/calendar.h"
#include "daemon/domain/declaration.h"
#include "daemon/domain/tally.h"
#include "daemon/service/view.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"
#include "tests/lib/shelf.h"

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

static void a_party_is_shown_by_the_name_in_the_annex(void **state)
{
    struct desk *desk = *state;
    Custody__V1__PartyRequest request = CUSTODY__V1__PARTY_REQUEST__INIT;
    const Custody__V1__PartyReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_PARTY, &request.base,
                 &custody__v1__party_reply__descriptor, NULL);
    assert_string_equal(reply->party, DESK_BUREAU);
    assert_string_equal(reply->name, "样例局");
    assert_int_equal(reply->n_keys, 2);
    request.party = (char *)DESK_PLANT;
    reply = desk_ask(desk, DESK_REGULATOR, ENVELOPE_PARTY, &request.base,
                     &custody__v1__party_reply__descriptor, NULL);
    assert_string_equal(reply->name, "");
    assert_int_equal(reply->n_permits, 1);
    assert_string_equal(reply->permits[0]->codes[0], "841-*");
}

static void a_trace_tells_every_step_with_its_three_times(void **state)
{
    struct desk *desk = *state;
    desk->now_us = DESK_DAY + 8 * DESK_HOUR;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 2300)->base,
            DESK_DAY + 7 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    Custody__V1__IssueManifestBody issue = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    issue.plan = desk_plan(desk, DESK_HOSPITAL, DESK_PLANT);
    struct desk_statement *manifest =
        desk_do(desk, DESK_NURSE, &issue.base, desk->now_us, CUSTODY_OUTCOME_granted);
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          desk->now_us, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_HOSPITAL, "B1")->base,
            desk->now_us, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_GATE,
            &desk_receive(desk, trip, manifest, DESK_HOSPITAL, "B1",
                          CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 4000)
                 ->base,
            desk->now_us, CUSTODY_OUTCOME_recorded);
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    name.generator = (char *)DESK_HOSPITAL;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = (char *)"B1";
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    const Custody__V1__TraceReply *reply = desk_ask(desk, DESK_GATE, ENVELOPE_TRACE, &request.base,
                                                    &custody__v1__trace_reply__descriptor, NULL);
    const Custody__V1__ContainerTrace *trace = reply->containers[0];
    assert_string_equal(trace->state, "received");
    assert_string_equal(trace->holder, DESK_PLANT);
    assert_string_equal(trace->waste_code, "841-001-01");
    assert_string_equal(trace->manifest_number, "L20265404000001");
    assert_int_equal(trace->n_steps, 3);
    assert_string_equal(trace->steps[0]->act_name, "pack");
    assert_int_equal(trace->steps[0]->claimed_at, DESK_DAY + 7 * DESK_HOUR);
    assert_int_equal(trace->steps[0]->effective_at, DESK_DAY + 7 * DESK_HOUR);
    assert_true(trace->steps[0]->recorded_at >= DESK_DAY + 8 * DESK_HOUR);
    assert_string_equal(trace->steps[1]->vehicle, DESK_PLATE);
    assert_string_equal(trace->steps[1]->state, "in transit");
    assert_int_equal(trace->steps[2]->mass_g, 4000);
    /* 4.0 kg weighed where 2.3 kg was declared: over 5 % and over a kilogram. */
    assert_int_equal(trace->n_findings, 1);
    assert_string_equal(trace->findings[0]->rule_name, "mass_differs");
    assert_string_equal(trace->findings[0]->article, "危险废物转移管理办法 第十八条");
    assert_string_equal(trace->findings[0]->party, DESK_HOSPITAL);
    assert_non_null(strstr(desk_render_manifest(desk, manifest), "obligation receipt_unconfirmed"));
}

static void proofs_are_carried_hash_by_hash(void **state)
{
    struct desk *desk = *state;
    struct merkle_proof proof = {.count = 2};
    memset(proof.hashes[1].bytes, 7, DIGEST_SIZE);
    const Custody__V1__InclusionProof *message = view_inclusion(desk->arena, 3, 9, &proof);
    assert_int_equal(message->n_hashes, 2);
    assert_int_equal(message->hashes[1].len, DIGEST_SIZE);
    assert_memory_equal(message->hashes[1].data, proof.hashes[1].bytes, DIGEST_SIZE);
    proof.count = 0;
    assert_int_equal(view_consistency(desk->arena, 9, 9, &proof)->n_hashes, 0);
}

/* ---- subjects: what a finding or an obligation is about ------------------------------------------ */

static const uint8_t an_id[DIGEST_SIZE] = {0xab, 0xcd, 0xef, 1, 2, 3, 4, 5};

struct sight {
    struct shelf shelf;
    struct view view;
};

static int setup_sight(void **state)
{
    static struct sight sight;
    shelf_open(&sight.shelf);
    sight.view = (struct view){.book = sight.shelf.book, .arena = arena_create(1 << 20)};
    assert_non_null(sight.view.arena);
    assert_int_equal(book_give(sight.view.book, SUBJECT_PARTY, span_text("uscc:A")), 1);
    assert_int_equal(book_give(sight.view.book, SUBJECT_PARTY, span_text("uscc:B")), 2);
    *state = &sight;
    return 0;
}

static int teardown_sight(void **state)
{
    struct sight *sight = *state;
    arena_destroy(sight->view.arena);
    shelf_close(&sight->shelf);
    return 0;
}

static uint32_t give_owned(struct sight *sight, unsigned kind, uint32_t owner, const char *code)
{
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_owned(owner, span_text(code), name);
    return book_give(sight->view.book, kind, span_of(name, len));
}

static void expect(struct sight *sight, uint8_t kind, uint64_t number, const char *text)
{
    assert_string_equal(view_subject(&sight->view, kind, number), text);
}

static void a_subject_with_an_owner_is_told_with_it(void **state)
{
    struct sight *sight = *state;
    uint8_t name[BOOK_NAME_MAX];
    expect(sight, SUBJECT_PARTY, 2, "uscc:B");
    expect(sight, SUBJECT_CONTAINER, give_owned(sight, SUBJECT_CONTAINER, 2, "B1"), "uscc:B/B1");
    size_t len = book_write_bulk(1, span_of(an_id, sizeof an_id), 3, name);
    expect(sight, SUBJECT_CONTAINER,
           book_give(sight->view.book, SUBJECT_CONTAINER, span_of(name, len)),
           "uscc:A/bulk line 3");
    expect(sight, SUBJECT_PLACE, give_owned(sight, SUBJECT_PLACE, 1, "ZC-1"), "uscc:A/ZC-1");
    expect(sight, SUBJECT_BATCH, give_owned(sight, SUBJECT_BATCH, 2, "F1"), "uscc:B/F1");
    len = book_write_document(CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_CONTRACT, 2, span_text("HT-7"),
                              name);
    expect(sight, SUBJECT_DOCUMENT,
           book_give(sight->view.book, SUBJECT_DOCUMENT, span_of(name, len)), "uscc:B/HT-7");
}

static void a_subject_of_a_period_is_told_with_its_civil_dates(void **state)
{
    struct sight *sight = *state;
    const struct calendar calendar = {.utc_offset_minutes = 480};
    uint8_t name[BOOK_NAME_MAX];
    int32_t day = calendar_from_civil(2026, 5, 18), year;
    size_t len =
        book_write_vehicle(CUSTODY__V1__PLATE_COLOUR__PLATE_YELLOW, span_text("藏G·样0101"), name);
    uint32_t vehicle = book_give(sight->view.book, SUBJECT_VEHICLE, span_of(name, len));
    expect(sight, SUBJECT_VEHICLE, vehicle, "藏G·样0101");
    expect(sight, SUBJECT_VEHICLE_DAY, tally_number(vehicle, day), "藏G·样0101 2026-05-18");
    expect(sight, SUBJECT_PARTY_DAY, tally_number(1, day), "uscc:A 2026-05-18");
    int32_t month = tally_month(&calendar, calendar_day_start_us(&calendar, day));
    expect(sight, SUBJECT_PARTY_MONTH, tally_number(2, month), "uscc:B 2026-05");
    expect(sight, SUBJECT_PARTY_YEAR, tally_number(2, 2026), "uscc:B 2026");
    uint32_t period = declaration_period(CUSTODY__V1__DECLARATION_PERIOD__DECLARE_QUARTER,
                                         calendar_from_civil(2026, 4, 1), &year);
    assert_int_equal(year, 2026);
    expect(sight, SUBJECT_DECLARATION, declaration_number(1, year, period), "uscc:A/2026-Q2");
}

static void a_subject_without_a_name_is_told_by_what_it_has(void **state)
{
    struct sight *sight = *state;
    struct span id = span_of(an_id, sizeof an_id);
    uint8_t name[BOOK_NAME_MAX];
    char hex[2 * DIGEST_SIZE + 1];
    bytes_write_hex(id, hex);
    /* A manifest that others name and that has not come yet has no number. */
    expect(sight, SUBJECT_MANIFEST, book_give(sight->view.book, SUBJECT_MANIFEST, id), hex);
    expect(sight, SUBJECT_KEY, book_give(sight->view.book, SUBJECT_KEY, id), "abcdef0102030405");
    uint32_t trip = book_give(sight->view.book, SUBJECT_TRIP, id);
    expect(sight, SUBJECT_TRIP, trip, "abcdef0102030405");
    size_t len = book_write_vehicle(CUSTODY__V1__PLATE_COLOUR__PLATE_BLUE, span_text("藏A1"), name);
    uint8_t bytes[1024];
    const struct trip departed = {
        .is_known = true,
        .depart = {.act = CUSTODY__V1__ACT__ACT_DEPART},
        .vehicle = book_give(sight->view.book, SUBJECT_VEHICLE, span_of(name, len))};
    len = trip_write(&departed, bytes, sizeof bytes);
    book_put_record(sight->view.book, SUBJECT_TRIP, trip, span_of(bytes, len));
    expect(sight, SUBJECT_TRIP, trip, "藏A1 abcdef0102030405");
    uint32_t number = book_give(sight->view.book, SUBJECT_BLOCK, id);
    static const struct block block = {.party = 1, .first = "L20265404000007", .count = 3};
    book_put_block(sight->view.book, number, &block);
    expect(sight, SUBJECT_BLOCK, number, "L20265404000007");
    assert_int_equal(book_status(sight->view.book), CUSTODY_OK);
}

/* Nobody asks for them, but no answer may fail over one. */
static void what_the_ledger_does_not_know_is_empty(void **state)
{
    struct sight *sight = *state;
    static const uint8_t named[] = {SUBJECT_PARTY, SUBJECT_CONTAINER, SUBJECT_MANIFEST,
                                    SUBJECT_KEY,   SUBJECT_PLACE,     SUBJECT_VEHICLE,
                                    SUBJECT_BATCH, SUBJECT_DOCUMENT,  SUBJECT_BLOCK,
                                    SUBJECT_TRIP,  SUBJECT_LEDGER};
    for (size_t i = 0; i < sizeof named; i++) {
        expect(sight, named[i], 0, "");
        expect(sight, named[i], 999, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_party_is_shown_by_the_name_in_the_annex, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trace_tells_every_step_with_its_three_times, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(proofs_are_carried_hash_by_hash, setup, teardown),
        cmocka_unit_test_setup_teardown(a_subject_with_an_owner_is_told_with_it, setup_sight,
                                        teardown_sight),
        cmocka_unit_test_setup_teardown(a_subject_of_a_period_is_told_with_its_civil_dates,
                                        setup_sight, teardown_sight),
        cmocka_unit_test_setup_teardown(a_subject_without_a_name_is_told_by_what_it_has,
                                        setup_sight, teardown_sight),
        cmocka_unit_test_setup_teardown(what_the_ledger_does_not_know_is_empty, setup_sight,
                                        teardown_sight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
