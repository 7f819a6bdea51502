/* test_consign.c: a manifest's life through the desk: asked for, drawn, loaded, received, confirmed, and how it ends. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct desk desk;

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk, false);
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static const Custody__V1__ManifestView *view(const struct desk_statement *manifest)
{
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_MANIFEST;
    request.manifest = desk_id(manifest);
    const Custody__V1__TraceReply *reply =
        desk_ask(&desk, DESK_REGULATOR, ENVELOPE_TRACE, &request.base,
                 &custody__v1__trace_reply__descriptor, NULL);
    assert_non_null(reply);
    assert_true(reply->n_manifests > 0); /* itself, then what it follows on from */
    return reply->manifests[0];
}

static struct desk_statement *
ask(enum desk_actor actor, Custody__V1__ManifestPlan *plan, enum custody_outcome expected)
{
    Custody__V1__IssueManifestBody body = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    body.plan = plan;
    return desk_do(&desk, actor, &body.base, desk.now_us, expected);
}

/* A permission is refused and stays on the ledger; what is asked for again, put right, is another manifest. */
static void a_refused_manifest_is_asked_for_again(void **state)
{
    (void)state;
    Custody__V1__ManifestPlan *plan = desk_plan(&desk, DESK_CLINIC, DESK_OTHER_PLANT);
    struct desk_statement *refused = ask(DESK_DOCTOR, plan, CUSTODY_OUTCOME_refused);
    assert_string_equal(view(refused)->state, "refused");
    assert_string_equal(view(refused)->number, "");
    plan->receiver = (char *)DESK_PLANT;
    struct desk_statement *granted = ask(DESK_DOCTOR, plan, CUSTODY_OUTCOME_granted);
    assert_string_equal(view(granted)->state, "issued");
    assert_int_equal(strlen(view(granted)->number), 15);
}

/* ---- the ways of a day --------------------------------------------------------------------------- */

#define CENTRE "uscc:915404000000000070"

static struct desk_statement *say(enum desk_actor actor, const ProtobufCMessage *body, int64_t hour)
{
    return desk_do(&desk, actor, body, DESK_DAY + hour * DESK_HOUR, CUSTODY_OUTCOME_recorded);
}

static void countersign(enum desk_actor actor, const struct desk_statement *target, int64_t hour)
{
    Custody__V1__CountersignBody body = CUSTODY__V1__COUNTERSIGN_BODY__INIT;
    body.target = desk_name(&desk, target);
    say(actor, &body.base, hour);
}

static void pack(const char *code, int64_t hour)
{
    say(DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, code, 5000)->base, hour);
}

static struct desk_statement *load(const struct desk_statement *trip,
                                   const struct desk_statement *manifest,
                                   const char *code,
                                   int64_t hour)
{
    return say(DESK_DRIVER, &desk_load(&desk, trip, manifest, DESK_CLINIC, code)->base, hour);
}

static void receive(enum desk_actor actor,
                    const struct desk_statement *trip,
                    const struct desk_statement *manifest,
                    const char *code,
                    Custody__V1__Verdict verdict,
                    int64_t hour)
{
    say(actor,
        &desk_receive(&desk, trip, manifest, DESK_CLINIC, code, verdict,
                      verdict == CUSTODY__V1__VERDICT__VERDICT_ACCEPTED ? 5000 : 0)
             ->base,
        hour);
}

static struct desk_statement *confirm(enum desk_actor actor,
                                      const struct desk_statement *manifest,
                                      const char *method,
                                      const char *code,
                                      int64_t hour)
{
    Custody__V1__ConfirmReceiptBody body = CUSTODY__V1__CONFIRM_RECEIPT_BODY__INIT;
    Custody__V1__ConfirmedLine line = CUSTODY__V1__CONFIRMED_LINE__INIT, *lines[] = {&line};
    line.line = 1;
    line.accepted_mass_g = 5000;
    line.verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    line.waste_code = (char *)code;
    body.manifest = desk_id(manifest);
    body.n_lines = 1;
    body.lines = lines;
    body.method = (char *)method;
    return say(actor, &body.base, hour);
}

static void feed(enum desk_actor actor, const char *batch, const char *code, int64_t hour)
{
    Custody__V1__FeedBody body = CUSTODY__V1__FEED_BODY__INIT;
    char *fed[] = {(char *)code};
    body.batch = (char *)batch;
    body.generator = (char *)DESK_CLINIC;
    body.n_containers = 1;
    body.containers = fed;
    say(actor, &body.base, hour);
}

static void yield_by(enum desk_actor actor, const char *batch, const char *method, int64_t hour)
{
    Custody__V1__YieldBody body = CUSTODY__V1__YIELD_BODY__INIT;
    body.batch = (char *)batch;
    body.method = (char *)method;
    say(actor, &body.base, hour);
}

static struct desk_statement *number(enum desk_actor actor,
                                     const struct desk_statement *manifest,
                                     const char *national,
                                     Custody__V1__ReportingState state,
                                     int64_t hour)
{
    Custody__V1__NumberBody body = CUSTODY__V1__NUMBER_BODY__INIT;
    body.manifest = desk_id(manifest);
    body.national_number = (char *)national;
    body.state = state;
    return say(actor, &body.base, hour);
}

static bool has_finding(const struct desk_statement *manifest, const char *rule)
{
    const Custody__V1__ManifestView *now = view(manifest);
    for (size_t i = 0; i < now->n_findings; i++)
        if (strcmp(now->findings[i]->rule_name, rule) == 0)
            return true;
    return false;
}

static void
assert_lacks(const struct desk_statement *manifest, const char *state, const char *lacks)
{
    const Custody__V1__ManifestView *now = view(manifest);
    char text[200] = "";
    size_t len = 0;
    for (size_t i = 0; i < now->n_lacks && len < sizeof text; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i == 0 ? "" : " ",
                                now->lacks[i]);
    assert_string_equal(now->state, state);
    assert_string_equal(text, lacks);
}

static int open_later(void **state)
{
    open_desk(state);
    desk.now_us = DESK_DAY + 400 * DESK_HOUR;
    return 0;
}

/* Issued, loading, in transit, delivered, confirmed, closed: and closed exactly when the last thing is there. */
static void a_manifest_closes_with_the_last_thing_that_it_lacks(void **state)
{
    (void)state;
    Custody__V1__ManifestPlan *plan = desk_plan(&desk, DESK_CLINIC, DESK_PLANT);
    plan->lines[0]->planned_pieces = 2;
    struct desk_statement *manifest = ask(DESK_DOCTOR, plan, CUSTODY_OUTCOME_granted);
    assert_lacks(manifest, "issued", "loading");
    pack("T1", 1);
    pack("T2", 1);
    struct desk_statement *trip = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 2);
    load(trip, manifest, "T1", 3);
    assert_lacks(manifest, "loading", "arrival");
    load(trip, manifest, "T2", 4);
    assert_lacks(manifest, "in transit", "arrival");
    receive(DESK_GATE, trip, manifest, "T1", CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 6);
    assert_lacks(manifest, "delivered", "arrival treatment confirmation");
    receive(DESK_GATE, trip, manifest, "T2", CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 7);
    feed(DESK_GATE, "F1", "T1", 8);
    feed(DESK_GATE, "F2", "T2", 9);
    assert_lacks(manifest, "delivered", "confirmation method");
    /* The office confirms and leaves the method to the furnace. */
    confirm(DESK_GATE, manifest, "", "841-001-01", 10);
    assert_lacks(manifest, "confirmed", "method");
    yield_by(DESK_GATE, "F1", "Y10", 11);
    assert_lacks(manifest, "confirmed", "method");
    yield_by(DESK_GATE, "F2", "Y10", 12);
    assert_lacks(manifest, "closed", "");
    assert_string_equal(view(manifest)->method, "Y10");
    assert_int_equal(view(manifest)->n_batches, 2);
    assert_false(has_finding(manifest, "material_difference"));
}

/* Rejected, and back in the generator's store with the carrier's signature. */
static void a_rejected_part_is_returned(void **state)
{
    (void)state;
    struct desk_statement *manifest = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    pack("T1", 1);
    struct desk_statement *trip = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 2);
    load(trip, manifest, "T1", 3);
    receive(DESK_GATE, trip, manifest, "T1", CUSTODY__V1__VERDICT__VERDICT_REJECTED, 6);
    assert_lacks(manifest, "returning", "next_place confirmation");
    assert_true(has_finding(manifest, "load_rejected"));
    assert_string_equal(view(manifest)->holder, DESK_CARRIER);
    confirm(DESK_GATE, manifest, "", "", 7);
    assert_lacks(manifest, "returning", "next_place");
    Custody__V1__StoreBody store = CUSTODY__V1__STORE_BODY__INIT;
    char *stored[] = {(char *)"T1"};
    store.generator = (char *)DESK_CLINIC;
    store.n_containers = 1;
    store.containers = stored;
    struct desk_statement *back = say(DESK_DOCTOR, &store.base, 20);
    assert_lacks(manifest, "returning", "next_place");
    countersign(DESK_DRIVER, back, 21);
    assert_lacks(manifest, "closed", "");
    assert_false(has_finding(manifest, "load_rejected"));
    assert_int_equal(view(manifest)->fed, 0);
}

static void register_plant(enum desk_actor actor, const char *party, bool is_centre)
{
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__PartyKind kinds[] = {CUSTODY__V1__PARTY_KIND__PARTY_FACILITY,
                                      CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR};
    body.party = (char *)party;
    body.n_kinds = is_centre ? 2 : 1;
    body.kinds = kinds;
    body.division = (char *)"540402";
    if (is_centre)
        desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us, CUSTODY_OUTCOME_granted);
    Custody__V1__GrantPermitBody permit = CUSTODY__V1__GRANT_PERMIT_BODY__INIT;
    Custody__V1__Activity activities[] = {CUSTODY__V1__ACTIVITY__ACTIVITY_STORE,
                                          CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT,
                                          CUSTODY__V1__ACTIVITY__ACTIVITY_COLLECT};
    char *codes[] = {(char *)"841-*"};
    permit.party = (char *)party;
    permit.number = (char *)"5404000099";
    permit.n_activities = 3;
    permit.activities = activities;
    permit.n_codes = 1;
    permit.codes = codes;
    permit.effective_until = desk.now_us + 365 * 24 * DESK_HOUR;
    desk_do(&desk, DESK_REGULATOR, &permit.base, desk.now_us, CUSTODY_OUTCOME_granted);
    Custody__V1__EnrolKeyBody enrol = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_FACILITY, CUSTODY__V1__ROLE__ROLE_ADMIN,
                                 CUSTODY__V1__ROLE__ROLE_GENERATOR};
    struct desk_key *key = &desk.keys[actor];
    enrol.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = key->public_key};
    enrol.curve_key = (ProtobufCBinaryData){.len = 32, .data = key->curve_key};
    enrol.party = (char *)party;
    enrol.n_roles = is_centre ? 3 : 2;
    enrol.roles = roles;
    desk_do(&desk, DESK_REGULATOR, &enrol.base, desk.now_us, CUSTODY_OUTCOME_granted);
}

/* Rejected, and home on a manifest of its own that names its parent; closed where nobody has to treat it. */
static void a_rejected_part_goes_home_on_a_manifest_of_its_own(void **state)
{
    (void)state;
    struct desk_statement *first = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    Custody__V1__ManifestPlan *plan = desk_plan(&desk, DESK_CLINIC, DESK_CLINIC);
    ask(DESK_DOCTOR, plan, CUSTODY_OUTCOME_refused); /* generator and receiver are the same */
    pack("T1", 1);
    struct desk_statement *trip = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 2);
    load(trip, first, "T1", 3);
    receive(DESK_GATE, trip, first, "T1", CUSTODY__V1__VERDICT__VERDICT_REJECTED, 6);
    confirm(DESK_GATE, first, "", "", 7);
    plan->parent = desk_id(first);
    struct desk_statement *home = ask(DESK_DOCTOR, plan, CUSTODY_OUTCOME_granted);
    struct desk_statement *back = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 8);
    load(back, home, "T1", 9);
    assert_lacks(first, "closed", "");
    assert_lacks(home, "in transit", "arrival");
    receive(DESK_DOCTOR, back, home, "T1", CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 20);
    assert_lacks(home, "delivered", "confirmation");
    confirm(DESK_DOCTOR, home, "", "841-001-01", 21);
    assert_lacks(home, "closed", "");
}

/* Rejected here, sent on to another plant on a manifest that names its parent: age and holder stay, the parent closes. */
static void a_rejected_part_is_sent_on_to_another_plant(void **state)
{
    (void)state;
    register_plant(DESK_STRANGER, DESK_OTHER_PLANT, false);
    struct desk_statement *first = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    desk.now_us = DESK_DAY + 600 * DESK_HOUR;
    pack("T1", 401);
    struct desk_statement *trip = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 402);
    load(trip, first, "T1", 403);
    receive(DESK_GATE, trip, first, "T1", CUSTODY__V1__VERDICT__VERDICT_REJECTED, 406);
    confirm(DESK_GATE, first, "", "", 407);
    Custody__V1__ManifestPlan *plan = desk_plan(&desk, DESK_CLINIC, DESK_OTHER_PLANT);
    plan->parent = desk_id(first);
    struct desk_statement *second = ask(DESK_DOCTOR, plan, CUSTODY_OUTCOME_granted);
    assert_lacks(first, "returning", "next_place");
    assert_non_null(
        strstr(desk_render_container(&desk, DESK_CLINIC, "T1"), "rejected by " DESK_CARRIER));
    load(trip, second, "T1", 410);
    assert_lacks(first, "closed", "");
    assert_string_equal(view(first)->continued_by[0]->number, view(second)->number);
    assert_lacks(second, "in transit", "arrival");
    receive(DESK_STRANGER, trip, second, "T1", CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 415);
    confirm(DESK_STRANGER, second, "Y10", "841-001-01", 416);
    assert_lacks(second, "confirmed", "treatment");
    feed(DESK_STRANGER, "F1", "T1", 420);
    assert_lacks(second, "closed", "");
    char born[40];
    snprintf(born, sizeof born, "born %lld", (long long)(DESK_DAY + 401 * DESK_HOUR));
    assert_non_null(strstr(desk_render_container(&desk, DESK_CLINIC, "T1"), born));
}

/* What leaves a collection centre travels on the centre's own manifest, whatever manifests brought it there. */
static void a_collection_centre_sends_on_what_several_manifests_brought(void **state)
{
    (void)state;
    register_plant(DESK_STRANGER, CENTRE, true);
    desk.now_us = DESK_DAY + 600 * DESK_HOUR;
    Custody__V1__ManifestPlan *plan = desk_plan(&desk, DESK_CLINIC, CENTRE);
    struct desk_statement *first = ask(DESK_DOCTOR, plan, CUSTODY_OUTCOME_granted);
    struct desk_statement *second = ask(DESK_DOCTOR, plan, CUSTODY_OUTCOME_granted);
    plan = desk_plan(&desk, CENTRE, DESK_PLANT);
    struct desk_statement *onward = ask(DESK_STRANGER, plan, CUSTODY_OUTCOME_granted);
    pack("T1", 401);
    pack("T2", 401);
    struct desk_statement *trip = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 402);
    load(trip, first, "T1", 403);
    load(trip, second, "T2", 404);
    receive(DESK_STRANGER, trip, first, "T1", CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 406);
    receive(DESK_STRANGER, trip, second, "T2", CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 406);
    confirm(DESK_STRANGER, first, "", "841-001-01", 407);
    confirm(DESK_STRANGER, second, "", "841-001-01", 407);
    assert_lacks(first, "confirmed", "treatment");
    struct desk_statement *farther = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 420);
    load(farther, onward, "T1", 421);
    assert_lacks(first, "closed", "");
    assert_lacks(second, "confirmed", "treatment");
    load(farther, onward, "T2", 422);
    assert_lacks(second, "closed", "");
    receive(DESK_GATE, farther, onward, "T1", CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 430);
    receive(DESK_GATE, farther, onward, "T2", CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 430);
    confirm(DESK_GATE, onward, "Y10", "841-001-01", 431);
    feed(DESK_GATE, "F1", "T1", 432);
    feed(DESK_GATE, "F1", "T2", 432);
    assert_lacks(onward, "closed", "");
}

#define SECOND_CARRIER "uscc:915404000000000080"

static void register_carrier(enum desk_actor actor, const char *party)
{
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__PartyKind kind = CUSTODY__V1__PARTY_KIND__PARTY_CARRIER;
    body.party = (char *)party;
    body.n_kinds = 1;
    body.kinds = &kind;
    body.division = (char *)"540402";
    desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us, CUSTODY_OUTCOME_granted);
    Custody__V1__EnrolKeyBody enrol = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_DRIVER, CUSTODY__V1__ROLE__ROLE_ADMIN};
    struct desk_key *key = &desk.keys[actor];
    enrol.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = key->public_key};
    enrol.curve_key = (ProtobufCBinaryData){.len = 32, .data = key->curve_key};
    enrol.party = (char *)party;
    enrol.n_roles = 2;
    enrol.roles = roles;
    desk_do(&desk, DESK_REGULATOR, &enrol.base, desk.now_us, CUSTODY_OUTCOME_granted);
}

/* Art. 17: by the plan's order, each carrier with its vehicle, when it took over and when it handed on. */
static void two_carriers_take_it_one_after_the_other(void **state)
{
    (void)state;
    register_carrier(DESK_STRANGER, SECOND_CARRIER);
    desk.now_us = DESK_DAY + 600 * DESK_HOUR;
    Custody__V1__ManifestPlan *plan = desk_plan(&desk, DESK_CLINIC, DESK_PLANT);
    Custody__V1__ManifestLeg second = CUSTODY__V1__MANIFEST_LEG__INIT;
    Custody__V1__ManifestLeg *legs[] = {plan->legs[0], &second};
    second.carrier = (char *)SECOND_CARRIER;
    second.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_ROAD;
    plan->n_legs = 2;
    plan->legs = legs;
    struct desk_statement *manifest = ask(DESK_DOCTOR, plan, CUSTODY_OUTCOME_granted);
    pack("T1", 401);
    struct desk_statement *trip = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 402);
    load(trip, manifest, "T1", 403);
    struct desk_statement *onward =
        say(DESK_STRANGER, &desk_depart(&desk, "青A·样0002")->base, 404);
    Custody__V1__TransferBody transfer = CUSTODY__V1__TRANSFER_BODY__INIT;
    char *moved[] = {(char *)"T1"};
    transfer.kind = CUSTODY__V1__TRANSFER_KIND__TRANSFER_LEG;
    transfer.from_trip = desk_id(trip);
    transfer.to_trip = desk_id(onward);
    transfer.generator = (char *)DESK_CLINIC;
    transfer.manifest = desk_id(manifest);
    transfer.n_containers = 1;
    transfer.containers = moved;
    countersign(DESK_STRANGER, say(DESK_DRIVER, &transfer.base, 410), 410);
    assert_lacks(manifest, "in transit", "arrival");
    assert_string_equal(view(manifest)->holder, SECOND_CARRIER);
    receive(DESK_GATE, onward, manifest, "T1", CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 430);
    const Custody__V1__ManifestView *now = view(manifest);
    assert_string_equal(now->vehicle, "青A·样0002");
    assert_int_equal(now->n_legs, 2);
    assert_string_equal(now->legs[0]->carrier, DESK_CARRIER);
    assert_true(now->legs[0]->loaded_at == DESK_DAY + 403 * DESK_HOUR);
    assert_true(now->legs[0]->handed_at == DESK_DAY + 410 * DESK_HOUR);
    assert_string_equal(now->legs[1]->carrier, SECOND_CARRIER);
    assert_string_equal(now->legs[1]->vehicle, "青A·样0002");
    assert_true(now->legs[1]->loaded_at == DESK_DAY + 410 * DESK_HOUR);
    assert_true(now->legs[1]->handed_at == DESK_DAY + 430 * DESK_HOUR);
    assert_int_equal(now->loaded, 1);
    assert_int_equal(now->received, 1);
}

/* Two bags scanned under each other's manifest: one amend moves one over once both sides signed. */
static void a_swapped_bag_moves_to_the_manifest_it_belongs_to(void **state)
{
    (void)state;
    struct desk_statement *one = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    struct desk_statement *two = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    pack("T1", 1);
    struct desk_statement *trip = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 2);
    struct desk_statement *loaded = load(trip, one, "T1", 3);
    countersign(DESK_DOCTOR, loaded, 3);
    Custody__V1__AmendBody amend = CUSTODY__V1__AMEND_BODY__INIT;
    Custody__V1__AmendedContainer amended = CUSTODY__V1__AMENDED_CONTAINER__INIT;
    Custody__V1__AmendedContainer *amendments[] = {&amended};
    amended.code = (char *)"T1";
    amended.moved_to_manifest = desk_id(two);
    amend.target = desk_name(&desk, loaded);
    amend.generator = (char *)DESK_CLINIC;
    amend.n_containers = 1;
    amend.containers = amendments;
    amend.reason = CUSTODY__V1__REASON_CLASS__REASON_MISTAKE;
    struct desk_statement *swap = say(DESK_DRIVER, &amend.base, 30);
    assert_int_equal(view(one)->loaded, 1);
    assert_int_equal(view(two)->loaded, 0);
    countersign(DESK_DOCTOR, swap, 31);
    assert_int_equal(view(one)->loaded, 0);
    assert_lacks(one, "issued", "loading");
    assert_int_equal(view(two)->loaded, 1);
    assert_lacks(two, "in transit", "arrival");
    receive(DESK_GATE, trip, two, "T1", CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 40);
    confirm(DESK_GATE, two, "Y10", "841-001-01", 41);
    feed(DESK_GATE, "F1", "T1", 42);
    assert_lacks(two, "closed", "");
    assert_lacks(one, "issued", "loading");
}

static void cancel(const struct desk_statement *manifest, enum custody_outcome expected)
{
    Custody__V1__CancelManifestBody body = CUSTODY__V1__CANCEL_MANIFEST_BODY__INIT;
    body.manifest = desk_id(manifest);
    body.reason = CUSTODY__V1__REASON_CLASS__REASON_MISTAKE;
    desk_do(&desk, DESK_DOCTOR, &body.base, desk.now_us, expected);
}

/* Cancelled before anything was loaded; a load from then on is found on it, one from before makes it stand again. */
static void a_manifest_is_cancelled_until_somebody_had_loaded_before(void **state)
{
    (void)state;
    struct desk_statement *manifest = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    struct desk_statement *other = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    pack("T1", 1);
    pack("T2", 1);
    struct desk_statement *trip = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 2);
    cancel(manifest, CUSTODY_OUTCOME_granted);
    cancel(other, CUSTODY_OUTCOME_granted);
    assert_lacks(manifest, "cancelled", "");
    assert_int_equal(view(manifest)->n_obligations, 0);
    desk.now_us += 10 * DESK_HOUR;
    load(trip, manifest, "T1", 405);
    assert_true(has_finding(manifest, "moved_under_refused"));
    assert_lacks(manifest, "cancelled", "");
    /* The driver of the other one had no network. */
    load(trip, other, "T2", 300);
    assert_lacks(other, "in transit", "arrival");
    assert_false(has_finding(other, "moved_under_refused"));
    cancel(other, CUSTODY_OUTCOME_refused);
}

/* What can never end is closed by an order: a line of its own, never treated. */
static void an_order_closes_what_was_lost(void **state)
{
    (void)state;
    struct desk_statement *manifest = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    pack("T1", 1);
    struct desk_statement *trip = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 2);
    load(trip, manifest, "T1", 3);
    receive(DESK_GATE, trip, manifest, "T1", CUSTODY__V1__VERDICT__VERDICT_MISSING, 6);
    confirm(DESK_GATE, manifest, "Y10", "", 7);
    assert_lacks(manifest, "confirmed", "missing");
    Custody__V1__CloseByOrderBody order;
    custody__v1__close_by_order_body__init(&order);
    order.order = (char *)"5404-2026-17";
    order.subject_case = CUSTODY__V1__CLOSE_BY_ORDER_BODY__SUBJECT_MANIFEST;
    order.manifest = desk_id(manifest);
    order.reason = CUSTODY__V1__REASON_CLASS__REASON_OTHER;
    desk_do(&desk, DESK_REGULATOR, &order.base, desk.now_us, CUSTODY_OUTCOME_granted);
    assert_lacks(manifest, "closed by order", "");
    assert_int_equal(view(manifest)->fed, 0);
    assert_true(view(manifest)->ended_at > 0);
}

/* Art. 20: on paper first; its age runs from when the transfer was completed. */
static void a_back_entry_after_ten_working_days_is_found(void **state)
{
    (void)state;
    Custody__V1__ManifestPlan *plan = desk_plan(&desk, DESK_CLINIC, DESK_PLANT);
    plan->type = CUSTODY__V1__MANIFEST_TYPE__MANIFEST_BACK_ENTRY;
    plan->completed_at = DESK_DAY + 200 * DESK_HOUR;
    struct desk_statement *timely = ask(DESK_DOCTOR, plan, CUSTODY_OUTCOME_granted);
    assert_false(has_finding(timely, "back_entry_late"));
    assert_true(view(timely)->completed_at == plan->completed_at);
    desk.now_us = DESK_DAY + (200 + 24 * 40) * DESK_HOUR;
    struct desk_statement *late = ask(DESK_DOCTOR, plan, CUSTODY_OUTCOME_granted);
    assert_true(has_finding(late, "back_entry_late"));
}

/* Art. 15: bound once; whoever is given the same number too is found, as is the first. */
static void a_number_is_bound_once_and_unique(void **state)
{
    (void)state;
    struct desk_statement *one = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    struct desk_statement *two = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    number(DESK_NURSE, one, "20265404000009", CUSTODY__V1__REPORTING_STATE__REPORTED, 10);
    assert_string_equal(view(one)->national_number, ""); /* another hospital's word */
    number(DESK_DOCTOR, one, "20265404000001", CUSTODY__V1__REPORTING_STATE__REPORTED, 11);
    number(DESK_REGULATOR, one, "20265404000002", 0, 12);
    assert_string_equal(view(one)->national_number, "20265404000001");
    assert_true(view(one)->reported);
    assert_false(has_finding(one, "number_malformed"));
    assert_false(has_finding(one, "number_shared"));
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_MANIFEST_NUMBER;
    request.manifest_number = (char *)"20265404000001";
    const Custody__V1__TraceReply *reply =
        desk_ask(&desk, DESK_REGULATOR, ENVELOPE_TRACE, &request.base,
                 &custody__v1__trace_reply__descriptor, NULL);
    assert_non_null(reply);
    assert_memory_equal(reply->manifests[0]->manifest.data, desk_id(one).data, DIGEST_SIZE);
    number(DESK_REGULATOR, two, "20265404000001", 0, 13);
    assert_true(has_finding(one, "number_shared"));
    assert_true(has_finding(two, "number_shared"));
    struct desk_statement *three = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    number(DESK_DOCTOR, three, "20265401000001", 0, 14);
    assert_true(has_finding(three, "number_malformed"));
}

/* Signed beforehand and delivered in any order: what hangs on other records comes out the same. */
static void what_arrives_late_tells_the_manifest_too(void **state)
{
    (void)state;
    char first[4096] = "";
    static const size_t orders[][8] = {
        {0, 1, 2, 3, 4, 5, 6, 7}, {7, 6, 5, 4, 3, 2, 1, 0}, {3, 6, 0, 5, 7, 1, 4, 2}};
    for (size_t round = 0; round < 3; round++) {
        if (round > 0)
            open_later(state);
        struct desk_statement *said[8];
        Custody__V1__IssueManifestBody issue = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
        issue.plan = desk_plan(&desk, DESK_CLINIC, DESK_PLANT);
        said[0] = desk_sign(&desk, DESK_DOCTOR, &issue.base, DESK_DAY);
        said[1] = desk_sign(&desk, DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, DESK_DAY);
        said[2] = desk_sign(&desk, DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, "T1", 5000)->base,
                            DESK_DAY + DESK_HOUR);
        said[3] = desk_sign(&desk, DESK_DRIVER,
                            &desk_load(&desk, said[1], said[0], DESK_CLINIC, "T1")->base,
                            DESK_DAY + 2 * DESK_HOUR);
        said[4] = desk_sign(&desk, DESK_GATE,
                            &desk_receive(&desk, said[1], said[0], DESK_CLINIC, "T1",
                                          CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 5000)
                                 ->base,
                            DESK_DAY + 5 * DESK_HOUR);
        Custody__V1__ConfirmReceiptBody confirmed = CUSTODY__V1__CONFIRM_RECEIPT_BODY__INIT;
        Custody__V1__ConfirmedLine line = CUSTODY__V1__CONFIRMED_LINE__INIT, *lines[] = {&line};
        line.line = 1;
        line.accepted_mass_g = 5000;
        line.waste_code = (char *)"841-003-01"; /* another code than was planned */
        confirmed.manifest = desk_id(said[0]);
        confirmed.n_lines = 1;
        confirmed.lines = lines;
        said[5] = desk_sign(&desk, DESK_GATE, &confirmed.base, DESK_DAY + 6 * DESK_HOUR);
        Custody__V1__FeedBody fed = CUSTODY__V1__FEED_BODY__INIT;
        char *codes[] = {(char *)"T1"};
        fed.batch = (char *)"F1";
        fed.generator = (char *)DESK_CLINIC;
        fed.n_containers = 1;
        fed.containers = codes;
        said[6] = desk_sign(&desk, DESK_GATE, &fed.base, DESK_DAY + 7 * DESK_HOUR);
        Custody__V1__YieldBody yielded = CUSTODY__V1__YIELD_BODY__INIT;
        yielded.batch = (char *)"F1";
        yielded.method = (char *)"Y10";
        said[7] = desk_sign(&desk, DESK_GATE, &yielded.base, DESK_DAY + 8 * DESK_HOUR);
        for (size_t i = 0; i < 8; i++)
            assert_non_null(desk_submit(&desk, said[orders[round][i]], NULL));
        const Custody__V1__ManifestView *now = view(said[0]);
        char text[4096];
        int len = snprintf(text, sizeof text, "%s %s %s %u", now->state, now->vehicle, now->method,
                           now->material_difference);
        assert_true(len > 0);
        assert_true(has_finding(said[0], "material_difference"));
        if (round == 0)
            memcpy(first, text, sizeof first);
        assert_string_equal(first, text);
        assert_non_null(strstr(text, "closed " DESK_PLATE " Y10 1"));
        if (round < 2)
            close_desk(state);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_later, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_refused_manifest_is_asked_for_again, open_desk,
                                        close_desk),
        TEST(a_manifest_closes_with_the_last_thing_that_it_lacks),
        TEST(a_rejected_part_is_returned),
        TEST(a_rejected_part_goes_home_on_a_manifest_of_its_own),
        TEST(a_rejected_part_is_sent_on_to_another_plant),
        TEST(a_collection_centre_sends_on_what_several_manifests_brought),
        TEST(two_carriers_take_it_one_after_the_other),
        TEST(a_swapped_bag_moves_to_the_manifest_it_belongs_to),
        TEST(a_manifest_is_cancelled_until_somebody_had_loaded_before),
        TEST(an_order_closes_what_was_lost),
        TEST(a_back_entry_after_ten_working_days_is_found),
        TEST(a_number_is_bound_once_and_unique),
        TEST(what_arrives_late_tells_the_manifest_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
