/* test_voice.c: what was withdrawn counts in no sum, what was held counts in all of them once it takes effect: each kind of
 * statement, in several orders of arrival that must all end alike. */
#include <stdio.h>
#include <string.h>

#include "daemon/service/voice.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"
#include "tests/lib/dice.h"
#include "tests/lib/sorted.h"

enum { SAID_MAX = 48, ORDERS = 3 };
#define NO_PLATE "藏G·无9999"

/* Statements in the order of signing; they are delivered in others. */
struct tale {
    struct desk *desk;
    size_t count;
    struct desk_statement *said[SAID_MAX];
    struct desk_statement *trip, *manifest;
};

static struct desk_statement *
say(struct tale *tale, enum desk_actor actor, const ProtobufCMessage *body, int hour)
{
    assert_true(tale->count < SAID_MAX);
    return tale->said[tale->count++] =
               desk_sign(tale->desk, actor, body, DESK_DAY + hour * DESK_HOUR);
}

static struct desk_statement *
withdraw(struct tale *tale, enum desk_actor actor, const struct desk_statement *target, int hour)
{
    Custody__V1__WithdrawBody body = CUSTODY__V1__WITHDRAW_BODY__INIT;
    body.target = desk_name(tale->desk, target);
    return say(tale, actor, &body.base, hour);
}

static struct desk_statement *
countersign(struct tale *tale, enum desk_actor actor, const struct desk_statement *target, int hour)
{
    Custody__V1__CountersignBody body = CUSTODY__V1__COUNTERSIGN_BODY__INIT;
    body.target = desk_name(tale->desk, target);
    return say(tale, actor, &body.base, hour);
}

static struct desk_statement *depart(struct tale *tale, enum desk_actor actor, int hour)
{
    return say(tale, actor, &desk_depart(tale->desk, DESK_PLATE)->base, hour);
}

static struct desk_statement *pack(struct tale *tale, const char *code, int hour)
{
    return say(tale, DESK_NURSE, &desk_pack(tale->desk, DESK_HOSPITAL, code, 900)->base, hour);
}

static struct desk_statement *load(struct tale *tale, const char *code, int hour)
{
    return say(tale, DESK_DRIVER,
               &desk_load(tale->desk, tale->trip, tale->manifest, DESK_HOSPITAL, code)->base, hour);
}

static struct desk_statement *
receive(struct tale *tale, const char *code, bool names_trip, int hour)
{
    return say(tale, DESK_GATE,
               &desk_receive(tale->desk, names_trip ? tale->trip : NULL, tale->manifest,
                             DESK_HOSPITAL, code, CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 900)
                    ->base,
               hour);
}

static struct desk_statement *feed(struct tale *tale, const char *code, const char *batch, int hour)
{
    Custody__V1__FeedBody body = CUSTODY__V1__FEED_BODY__INIT;
    char *codes[] = {(char *)code};
    body.batch = (char *)batch;
    body.generator = (char *)DESK_HOSPITAL;
    body.line = (char *)"L1";
    body.n_containers = 1;
    body.containers = codes;
    return say(tale, DESK_GATE, &body.base, hour);
}

static struct desk_statement *
yield(struct tale *tale, const char *batch, const char *code, uint64_t mass_g, int hour)
{
    Custody__V1__YieldBody body = CUSTODY__V1__YIELD_BODY__INIT;
    Custody__V1__PackedContainer output = CUSTODY__V1__PACKED_CONTAINER__INIT;
    Custody__V1__PackedContainer *outputs[] = {&output};
    output.code = (char *)code;
    output.waste_code = (char *)"772-003-18";
    output.mass_g = mass_g;
    output.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
    body.batch = (char *)batch;
    body.method = (char *)"D10";
    body.line = (char *)"L1";
    body.additives_g = 70;
    body.finished = true;
    body.n_outputs = 1;
    body.outputs = outputs;
    return say(tale, DESK_GATE, &body.base, hour);
}

/* ---- what is told ------------------------------------------------------------------------------ */

/* The carrier's second device, without an admin's role, is lost and revoked: what it signs is held. */
static void lose_device(struct desk *desk)
{
    Custody__V1__EnrolKeyBody enrol = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__RevokeKeyBody revoke = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_DRIVER};
    enrol.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk->keys[DESK_STRANGER].public_key};
    enrol.party = (char *)DESK_CARRIER;
    enrol.n_roles = 1;
    enrol.roles = roles;
    desk_do(desk, DESK_REGULATOR, &enrol.base, desk->now_us, CUSTODY_OUTCOME_granted);
    revoke.key = enrol.key;
    desk_do(desk, DESK_REGULATOR, &revoke.base, desk->now_us, CUSTODY_OUTCOME_granted);
}

static const Custody__V1__BatchView *ask_batch(struct desk *desk, const char *code)
{
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_BATCH;
    request.batch = (char *)arena_format(desk->arena, DESK_PLANT "/%s", code);
    Custody__V1__Problem *problem = NULL;
    const Custody__V1__TraceReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_TRACE, &request.base,
                 &custody__v1__trace_reply__descriptor, &problem);
    return reply == NULL || reply->n_batches == 0 ? NULL : reply->batches[0];
}

static const char *render(struct desk *desk)
{
    const Custody__V1__BatchView *batch = ask_batch(desk, "F1");
    const char *sums = batch == NULL
                           ? ""
                           : arena_format(desk->arena, "batch fed %u yielded %u added %u%s %s\n",
                                          (unsigned)batch->fed_g, (unsigned)batch->yielded_g,
                                          (unsigned)batch->additives_g,
                                          batch->finished ? " finished" : "", batch->method);
    return arena_format(desk->arena, "%s%s%s", sorted_lines(desk->arena, desk_render_open(desk)),
                        sums, desk_render_container(desk, DESK_HOSPITAL, "B1"));
}

/* As signed, backwards, and shuffled: the same in the end, with all of `seen` and none of `unseen` (each ended by a NULL). */
static void tell_in(int orders,
                    void (*sign)(struct tale *tale),
                    const char *const *seen,
                    const char *const *unseen)
{
    static struct desk desk;
    char first[8192] = "";
    struct dice dice;
    uint64_t seed = dice_seed();
    for (int order = 0; order < orders; order++) {
        struct tale tale = {.desk = &desk};
        desk_open(&desk, false);
        desk.now_us = DESK_DAY + 100 * DESK_HOUR;
        sign(&tale);
        dice_init(&dice, seed + (uint64_t)order);
        if (order == 1)
            for (size_t i = 0; i < tale.count / 2; i++) {
                struct desk_statement *other = tale.said[tale.count - 1 - i];
                tale.said[tale.count - 1 - i] = tale.said[i];
                tale.said[i] = other;
            }
        else if (order > 1)
            dice_shuffle(&dice, tale.said, tale.count, sizeof tale.said[0]);
        for (size_t i = 0; i < tale.count; i++)
            assert_non_null(desk_submit(&desk, tale.said[i], NULL));
        const char *text = render(&desk);
        for (size_t i = 0; seen != NULL && seen[i] != NULL; i++)
            if (strstr(text, seen[i]) == NULL)
                fail_msg("order %d, seed %llu: no \"%s\" in\n%s", order, (unsigned long long)seed,
                         seen[i], text);
        for (size_t i = 0; unseen != NULL && unseen[i] != NULL; i++)
            if (strstr(text, unseen[i]) != NULL)
                fail_msg("order %d, seed %llu: \"%s\" in\n%s", order, (unsigned long long)seed,
                         unseen[i], text);
        if (order == 0)
            snprintf(first, sizeof first, "%s", text);
        assert_string_equal(text, first);
        desk_close(&desk);
    }
}

static void
tell(void (*sign)(struct tale *tale), const char *const *seen, const char *const *unseen)
{
    tell_in(ORDERS, sign, seen, unseen);
}

/* What is told in one order alone, to show what the tales beside it take away. */
static void
tell_once(void (*sign)(struct tale *tale), const char *const *seen, const char *const *unseen)
{
    tell_in(1, sign, seen, unseen);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- trips ------------------------------------------------------------------------------------- */

static void sign_unfiled_trip(struct tale *tale)
{
    tale->trip = say(tale, DESK_DRIVER, &desk_depart(tale->desk, NO_PLATE)->base, 8);
    tale->manifest = desk_issue(tale->desk, DESK_NURSE, DESK_HOSPITAL);
    pack(tale, "B1", 7);
    load(tale, "B1", 9);
}

static void sign_withdrawn_departure(struct tale *tale)
{
    sign_unfiled_trip(tale);
    withdraw(tale, DESK_DRIVER, tale->trip, 10);
}

static void sign_departure_that_was_built_on(struct tale *tale)
{
    sign_withdrawn_departure(tale);
    receive(tale, "B1", true, 11);
}

static void sign_departure_that_was_received_of_by_its_manifest(struct tale *tale)
{
    sign_withdrawn_departure(tale);
    receive(tale, "B1", false, 11);
}

static void sign_departure_that_was_signed_by_another(struct tale *tale)
{
    sign_withdrawn_departure(tale);
    countersign(tale, DESK_NURSE, tale->trip, 11);
}

static void a_withdrawn_departure_has_no_vehicle(void **state)
{
    (void)state;
    tell_once(sign_unfiled_trip, LIST("vehicle_unregistered", NO_PLATE), NULL);
    tell(sign_withdrawn_departure, LIST("load by " DESK_CARRIER ": applied"),
         LIST("vehicle_unregistered", NO_PLATE));
    /* Whoever received of the trip, or signed its departure, built on it. */
    tell(sign_departure_that_was_built_on, LIST("vehicle_unregistered", NO_PLATE), NULL);
    tell(sign_departure_that_was_received_of_by_its_manifest, LIST("vehicle_unregistered"), NULL);
    tell(sign_departure_that_was_signed_by_another, LIST("vehicle_unregistered"), NULL);
}

static void stand_at(struct desk *desk, enum desk_actor actor, double latitude, double longitude)
{
    desk->keys[actor].latitude_e7 = (int32_t)(latitude * 1e7);
    desk->keys[actor].longitude_e7 = (int32_t)(longitude * 1e7);
    desk->keys[actor].accuracy_m = 15;
}

static struct desk_statement *sign_twins(struct tale *tale)
{
    stand_at(tale->desk, DESK_DRIVER, 29.649, 94.362);
    stand_at(tale->desk, DESK_DOCTOR, 29.652, 90.220);
    tale->trip = depart(tale, DESK_DRIVER, 9);
    load(tale, "B1", 10);
    struct desk_statement *twin = depart(tale, DESK_DOCTOR, 12);
    Custody__V1__LoadBody *body = desk_load(tale->desk, twin, NULL, DESK_CLINIC, "C1");
    say(tale, DESK_DOCTOR, &body->base, 13);
    return twin;
}

static void sign_plate_in_two_places(struct tale *tale)
{
    sign_twins(tale);
}

static void sign_plate_in_one_place(struct tale *tale)
{
    withdraw(tale, DESK_DOCTOR, sign_twins(tale), 14);
}

static void sign_sightings_withdrawn(struct tale *tale)
{
    struct desk_statement *twin = sign_twins(tale);
    struct desk_statement *seen = tale->said[tale->count - 1];
    withdraw(tale, DESK_DOCTOR, seen, 14);
    withdraw(tale, DESK_DOCTOR, twin, 15);
    countersign(tale, DESK_GATE, twin, 16);
}

static void on_a_withdrawn_trip_no_vehicle_was_seen(void **state)
{
    (void)state;
    tell_once(sign_plate_in_two_places, LIST("vehicle_too_fast " DESK_PLATE), NULL);
    tell(sign_plate_in_one_place, NULL, LIST("vehicle_too_fast"));
    /* The departure stands, for another signed it: the vehicle was there where it departed. */
    tell(sign_sightings_withdrawn, LIST("vehicle_too_fast " DESK_PLATE), NULL);
}

static void sign_trip_with_receipt(struct tale *tale)
{
    tale->manifest = desk_issue(tale->desk, DESK_NURSE, DESK_HOSPITAL);
    tale->trip = depart(tale, DESK_DRIVER, 8);
    pack(tale, "B1", 7);
    load(tale, "B1", 9);
}

static void sign_received(struct tale *tale)
{
    sign_trip_with_receipt(tale);
    receive(tale, "B1", false, 11);
}

static void sign_receipt_withdrawn(struct tale *tale)
{
    sign_trip_with_receipt(tale);
    withdraw(tale, DESK_GATE, receive(tale, "B1", false, 11), 12);
}

static struct desk_statement *clean(struct tale *tale, int hour)
{
    Custody__V1__CleanBody body = CUSTODY__V1__CLEAN_BODY__INIT;
    body.subject_case = CUSTODY__V1__CLEAN_BODY__SUBJECT_VEHICLE;
    body.vehicle = desk_depart(tale->desk, DESK_PLATE)->vehicle;
    return say(tale, DESK_DRIVER, &body.base, hour);
}

static void sign_cleaned(struct tale *tale)
{
    sign_received(tale);
    clean(tale, 13);
}

static void sign_cleaning_withdrawn(struct tale *tale)
{
    sign_received(tale);
    withdraw(tale, DESK_DRIVER, clean(tale, 13), 14);
}

static void a_withdrawn_receipt_ends_no_trip_and_a_withdrawn_cleaning_cleans_nothing(void **state)
{
    (void)state;
    tell_once(sign_received, LIST("due uncleaned " DESK_PLATE), NULL);
    tell(sign_receipt_withdrawn, LIST("in transit"), LIST("uncleaned"));
    tell_once(sign_cleaned, NULL, LIST("uncleaned"));
    tell(sign_cleaning_withdrawn, LIST("due uncleaned " DESK_PLATE), NULL);
}

static void sign_next_departure_withdrawn(struct tale *tale)
{
    sign_received(tale);
    withdraw(tale, DESK_DRIVER, depart(tale, DESK_DRIVER, 14), 15);
}

static void sign_next_departure(struct tale *tale)
{
    sign_received(tale);
    depart(tale, DESK_DRIVER, 14);
}

static void a_withdrawn_departure_used_no_dirty_truck(void **state)
{
    (void)state;
    tell_once(sign_next_departure, LIST("finding reused_uncleaned " DESK_PLATE), NULL);
    tell(sign_next_departure_withdrawn, LIST("due uncleaned"), LIST("reused_uncleaned"));
}

/* ---- visits ------------------------------------------------------------------------------------ */

/* Somebody was there, with nothing to collect, 40 hours after the first bag. */
static struct desk_statement *visit(struct tale *tale, enum desk_actor actor, int hour)
{
    Custody__V1__LoadBody *body = desk_load(tale->desk, tale->trip, NULL, DESK_HOSPITAL, "x");
    body->n_containers = 0;
    return say(tale, actor, &body->base, hour);
}

static void sign_visited(struct tale *tale)
{
    tale->trip = depart(tale, DESK_DRIVER, 0);
    pack(tale, "B1", 1);
    visit(tale, DESK_DRIVER, 40);
    visit(tale, DESK_DRIVER, 40);
}

static void sign_first_visit_withdrawn(struct tale *tale)
{
    sign_visited(tale);
    withdraw(tale, DESK_DRIVER, tale->said[2], 42);
}

static void sign_visits_withdrawn(struct tale *tale)
{
    sign_first_visit_withdrawn(tale);
    withdraw(tale, DESK_DRIVER, tale->said[3], 42);
}

/* The load is withdrawn, but what it loaded was received: it stays a visit. */
static void sign_load_that_was_built_on(struct tale *tale)
{
    tale->manifest = desk_issue(tale->desk, DESK_NURSE, DESK_HOSPITAL);
    tale->trip = depart(tale, DESK_DRIVER, 0);
    pack(tale, "B1", 1);
    pack(tale, "B2", 2);
    struct desk_statement *loaded = load(tale, "B1", 20);
    receive(tale, "B1", true, 23);
    withdraw(tale, DESK_DRIVER, loaded, 24);
}

static void sign_load_withdrawn(struct tale *tale)
{
    tale->manifest = desk_issue(tale->desk, DESK_NURSE, DESK_HOSPITAL);
    tale->trip = depart(tale, DESK_DRIVER, 0);
    pack(tale, "B1", 1);
    withdraw(tale, DESK_DRIVER, load(tale, "B1", 20), 24);
}

#define OWED "due collection_interval " DESK_HOSPITAL

static void a_withdrawn_visit_is_none_unless_others_built_on_it(void **state)
{
    (void)state;
    tell_once(sign_visited, NULL, LIST("collection_interval"));
    tell(sign_first_visit_withdrawn, NULL, LIST("collection_interval"));
    tell(sign_visits_withdrawn, LIST(OWED), NULL);
    tell(sign_load_withdrawn, LIST(OWED, "load by " DESK_CARRIER ": withdrawn"), NULL);
    tell(sign_load_that_was_built_on, LIST("withdraw by " DESK_CARRIER ": no_change"),
         LIST("collection_interval"));
}

/* ---- what was held ------------------------------------------------------------------------------ */

static void sign_held_visit(struct tale *tale)
{
    lose_device(tale->desk);
    tale->trip = depart(tale, DESK_DRIVER, 0);
    pack(tale, "B1", 1);
    visit(tale, DESK_STRANGER, 40);
}

static void sign_held_visit_countersigned(struct tale *tale)
{
    sign_held_visit(tale);
    countersign(tale, DESK_NURSE, tale->said[2], 41);
}

static void sign_held_visit_countersigned_by_a_stranger(struct tale *tale)
{
    sign_held_visit(tale);
    countersign(tale, DESK_DOCTOR, tale->said[2], 41);
}

static void sign_held_visit_confirmed(struct tale *tale)
{
    sign_held_visit(tale);
    countersign(tale, DESK_DRIVER, tale->said[2], 41);
}

static void sign_held_visit_confirmed_and_withdrawn(struct tale *tale)
{
    sign_held_visit_confirmed(tale);
    withdraw(tale, DESK_DRIVER, tale->said[2], 42);
}

/* A withdrawal that is held itself has no effect until it is confirmed. */
static void sign_withdrawal_held(struct tale *tale)
{
    lose_device(tale->desk);
    tale->trip = depart(tale, DESK_DRIVER, 0);
    pack(tale, "B1", 1);
    withdraw(tale, DESK_STRANGER, visit(tale, DESK_DRIVER, 40), 42);
}

static void sign_withdrawal_confirmed(struct tale *tale)
{
    sign_withdrawal_held(tale);
    countersign(tale, DESK_DRIVER, tale->said[3], 43);
}

static void what_was_held_counts_once_it_is_confirmed_by_whom_it_may_be(void **state)
{
    (void)state;
    tell_once(sign_held_visit, LIST(OWED), NULL);
    tell(sign_held_visit_countersigned, NULL, LIST("collection_interval"));
    tell(sign_held_visit_countersigned_by_a_stranger, LIST(OWED), NULL);
    tell(sign_held_visit_confirmed, NULL, LIST("collection_interval"));
    tell(sign_held_visit_confirmed_and_withdrawn, LIST(OWED), NULL);
    tell(sign_withdrawal_held, NULL, LIST("collection_interval"));
    tell(sign_withdrawal_confirmed, LIST(OWED), NULL);
}

static void sign_held_departure(struct tale *tale)
{
    Custody__V1__DepartBody *body = desk_depart(tale->desk, NO_PLATE);
    lose_device(tale->desk);
    body->receiver = (char *)DESK_PLANT;
    tale->trip = say(tale, DESK_STRANGER, &body->base, 8);
}

static void sign_held_departure_countersigned(struct tale *tale)
{
    sign_held_departure(tale);
    countersign(tale, DESK_GATE, tale->trip, 9);
}

static void a_held_departure_counts_once_its_receiver_signed(void **state)
{
    (void)state;
    tell_once(sign_held_departure, NULL, LIST("vehicle_unregistered"));
    tell(sign_held_departure_countersigned, LIST("vehicle_unregistered"), NULL);
}

/* Its counterpart is known by the manifest alone, which may come last. */
static void sign_held_visit_under_a_manifest(struct tale *tale)
{
    Custody__V1__IssueManifestBody issue = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    lose_device(tale->desk);
    issue.plan = desk_plan(tale->desk, DESK_HOSPITAL, DESK_PLANT);
    tale->trip = depart(tale, DESK_DRIVER, 0);
    pack(tale, "B1", 1);
    tale->manifest = say(tale, DESK_NURSE, &issue.base, 2);
    Custody__V1__LoadBody *body =
        desk_load(tale->desk, tale->trip, tale->manifest, DESK_HOSPITAL, "x");
    body->n_containers = 0;
    say(tale, DESK_STRANGER, &body->base, 40);
}

static void sign_held_visit_countersigned_by_the_receiver(struct tale *tale)
{
    sign_held_visit_under_a_manifest(tale);
    countersign(tale, DESK_GATE, tale->said[3], 41);
}

static void a_party_of_the_manifest_confirms_what_was_held(void **state)
{
    (void)state;
    tell(sign_held_visit_under_a_manifest, LIST(OWED), NULL);
    tell(sign_held_visit_countersigned_by_the_receiver, NULL, LIST("collection_interval"));
}

/* ---- plants ------------------------------------------------------------------------------------ */

static void sign_batch(struct tale *tale)
{
    sign_received(tale);
    feed(tale, "B1", "F1", 15);
}

static void sign_yielded(struct tale *tale)
{
    sign_batch(tale);
    yield(tale, "F1", "ASH1", 2500, 17);
}

static void sign_yield_withdrawn(struct tale *tale)
{
    sign_yielded(tale);
    withdraw(tale, DESK_GATE, tale->said[tale->count - 1], 18);
}

static struct desk_statement *amend(struct tale *tale,
                                    enum desk_actor actor,
                                    const struct desk_statement *target,
                                    const char *generator,
                                    const char *code,
                                    uint64_t mass_g,
                                    int hour)
{
    Custody__V1__AmendBody body = CUSTODY__V1__AMEND_BODY__INIT;
    Custody__V1__AmendedContainer amended = CUSTODY__V1__AMENDED_CONTAINER__INIT;
    Custody__V1__AmendedContainer *all[] = {&amended};
    amended.code = (char *)code;
    amended.mass_g = mass_g;
    amended.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
    body.target = desk_name(tale->desk, target);
    body.generator = (char *)generator;
    body.reason = CUSTODY__V1__REASON_CLASS__REASON_QUANTITY;
    body.n_containers = 1;
    body.containers = all;
    return say(tale, actor, &body.base, hour);
}

static void sign_yield_amended(struct tale *tale)
{
    sign_yielded(tale);
    amend(tale, DESK_GATE, tale->said[tale->count - 1], DESK_PLANT, "ASH1", 250, 18);
}

static void sign_feed_withdrawn(struct tale *tale)
{
    sign_batch(tale);
    withdraw(tale, DESK_GATE, tale->said[tale->count - 1], 18);
}

static void a_batch_sums_what_stands(void **state)
{
    (void)state;
    tell(sign_yielded,
         LIST("batch fed 900 yielded 2500 added 70 finished D10", "batch_exceeds_feed"), NULL);
    tell(sign_yield_withdrawn, LIST("batch fed 900 yielded 0 added 0 \n"),
         LIST("batch_exceeds_feed"));
    tell(sign_yield_amended, LIST("batch fed 900 yielded 250 added 70 finished D10"),
         LIST("batch_exceeds_feed"));
    tell(sign_feed_withdrawn, LIST("batch fed 0 yielded 0 added 0 \n"), NULL);
}

static struct desk_statement *measure_off(struct tale *tale)
{
    Custody__V1__MeasureBody body = CUSTODY__V1__MEASURE_BODY__INIT;
    Custody__V1__PlaceName place = CUSTODY__V1__PLACE_NAME__INIT;
    body.kind = CUSTODY__V1__MEASUREMENT__MEASURE_LINE_STATE;
    place.code = (char *)"L1";
    body.place = &place;
    body.from = DESK_DAY + 14 * DESK_HOUR;
    body.until = DESK_DAY + 16 * DESK_HOUR;
    return say(tale, DESK_GATE, &body.base, 17);
}

static struct desk_statement *stop_plant(struct tale *tale)
{
    Custody__V1__IncidentBody body = CUSTODY__V1__INCIDENT_BODY__INIT;
    body.kind = CUSTODY__V1__INCIDENT_KIND__INCIDENT_PLANT_STOPPED;
    body.from = DESK_DAY + 14 * DESK_HOUR;
    body.until = DESK_DAY + 16 * DESK_HOUR;
    return say(tale, DESK_GATE, &body.base, 17);
}

static void sign_fed_while_off(struct tale *tale)
{
    sign_batch(tale);
    measure_off(tale);
}

static void sign_measure_withdrawn(struct tale *tale)
{
    sign_batch(tale);
    withdraw(tale, DESK_GATE, measure_off(tale), 18);
}

static void sign_feed_while_off_withdrawn(struct tale *tale)
{
    sign_batch(tale);
    struct desk_statement *fed = tale->said[tale->count - 1];
    measure_off(tale);
    withdraw(tale, DESK_GATE, fed, 18);
}

static void sign_fed_while_stopped(struct tale *tale)
{
    sign_batch(tale);
    stop_plant(tale);
}

static void sign_stop_withdrawn(struct tale *tale)
{
    sign_batch(tale);
    withdraw(tale, DESK_GATE, stop_plant(tale), 18);
}

static void a_withdrawn_stop_stops_nothing_and_a_withdrawn_feed_treats_nothing(void **state)
{
    (void)state;
    tell_once(sign_fed_while_off, LIST("treated_while_off"), NULL);
    tell(sign_measure_withdrawn, LIST("fed"), LIST("treated_while_off"));
    tell(sign_feed_while_off_withdrawn, NULL, LIST("treated_while_off"));
    tell_once(sign_fed_while_stopped, LIST("treated_while_off"), NULL);
    tell(sign_stop_withdrawn, LIST("fed"), LIST("treated_while_off"));
}

/* ---- parties ----------------------------------------------------------------------------------- */

static void sign_late(struct tale *tale)
{
    tale->desk->now_us = DESK_DAY + 400 * DESK_HOUR;
    for (int day = 0; day < 15; day++)
        say(tale, DESK_NURSE,
            &desk_pack(tale->desk, DESK_HOSPITAL, arena_format(tale->desk->arena, "A%d", day), 900)
                 ->base,
            24 * (day % 8));
}

static void sign_late_withdrawn(struct tale *tale)
{
    sign_late(tale);
    for (size_t i = 0; i < 15; i++)
        withdraw(tale, DESK_NURSE, tale->said[i], 395);
}

static void what_was_withdrawn_was_not_recorded_late(void **state)
{
    (void)state;
    tell_once(sign_late, LIST("late_recorded"), NULL);
    tell(sign_late_withdrawn, NULL, LIST("late_recorded", "late_cluster"));
}

static void sign_typed(struct tale *tale)
{
    for (int i = 0; i < 20; i++) {
        Custody__V1__PackBody *body =
            desk_pack(tale->desk, DESK_HOSPITAL, arena_format(tale->desk->arena, "M%d", i), 900);
        body->containers[0]->mass_source = CUSTODY__V1__MASS_SOURCE__MASS_TYPED;
        say(tale, DESK_NURSE, &body->base, 98);
    }
}

static void sign_typed_withdrawn(struct tale *tale)
{
    sign_typed(tale);
    for (size_t i = 0; i < 3; i++)
        withdraw(tale, DESK_NURSE, tale->said[i], 99);
}

static void withdrawn_marks_make_no_pattern(void **state)
{
    (void)state;
    tell_once(sign_typed, LIST("finding mark_pattern " DESK_HOSPITAL), NULL);
    tell(sign_typed_withdrawn, NULL, LIST("mark_pattern"));
}

/* ---- what is said of an amendment --------------------------------------------------------------- */

static struct desk_statement *
dispute(struct tale *tale, enum desk_actor actor, const struct desk_statement *target, int hour)
{
    Custody__V1__DisputeBody body = CUSTODY__V1__DISPUTE_BODY__INIT;
    body.target = desk_name(tale->desk, target);
    body.reason = CUSTODY__V1__REASON_CLASS__REASON_QUANTITY;
    return say(tale, actor, &body.base, hour);
}

static void sign_amended(struct tale *tale)
{
    struct desk_statement *packed = pack(tale, "B1", 1);
    countersign(tale, DESK_DRIVER, packed, 2);
    amend(tale, DESK_NURSE, packed, DESK_HOSPITAL, "B1", 1200, 3);
}

static void sign_amendment_signed(struct tale *tale)
{
    sign_amended(tale);
    countersign(tale, DESK_DRIVER, tale->said[2], 4);
}

static void sign_amendment_withdrawn(struct tale *tale)
{
    struct desk_statement *packed = pack(tale, "B1", 1);
    withdraw(tale, DESK_NURSE, amend(tale, DESK_NURSE, packed, DESK_HOSPITAL, "B1", 1200, 3), 4);
}

static void sign_amendment_disputed(struct tale *tale)
{
    sign_amendment_signed(tale);
    dispute(tale, DESK_GATE, tale->said[2], 5);
}

static void sign_dispute_of_amendment_withdrawn(struct tale *tale)
{
    sign_amendment_disputed(tale);
    withdraw(tale, DESK_GATE, tale->said[4], 6);
    withdraw(tale, DESK_NURSE, amend(tale, DESK_NURSE, tale->said[0], DESK_HOSPITAL, "B1", 1300, 7),
             8);
}

/* An amendment may wait for what it amends, and what is said of it for it. */
static void what_is_said_of_an_amendment_waits_with_it(void **state)
{
    (void)state;
    enum { MANY = 12 };
    tell_in(MANY, sign_amended, LIST(" 900 g ", "amend by " DESK_HOSPITAL ": contested"), NULL);
    tell_in(MANY, sign_amendment_signed, LIST(" 1200 g "), NULL);
    tell_in(MANY, sign_amendment_withdrawn, LIST(" 900 g "), NULL);
    tell_in(MANY, sign_amendment_disputed, LIST("dispute by " DESK_PLANT), NULL);
    tell_in(MANY, sign_dispute_of_amendment_withdrawn, LIST(" 1200 g "), NULL);
}

/* ---- corrected times ---------------------------------------------------------------------------- */

static void sign_clock_correction(struct tale *tale)
{
    tale->trip = depart(tale, DESK_DRIVER, 0);
    pack(tale, "B1", 1);
    visit(tale, DESK_DRIVER, 60);
    Custody__V1__CorrectClockBody body = CUSTODY__V1__CORRECT_CLOCK_BODY__INIT;
    uint64_t sequence = tale->said[2]->statement.header.key_sequence;
    body.first_sequence = sequence;
    body.last_sequence = sequence;
    body.offset_us = -25 * DESK_HOUR;
    say(tale, DESK_DRIVER, &body.base, 61);
}

static void sign_signed_clock_correction(struct tale *tale)
{
    sign_clock_correction(tale);
    countersign(tale, DESK_NURSE, tale->said[3], 62);
}

/* The visit was too late by a clock that was wrong. */
static void sums_follow_a_corrected_clock(void **state)
{
    (void)state;
    tell_once(sign_clock_correction, LIST("finding collection_interval " DESK_HOSPITAL), NULL);
    tell(sign_signed_clock_correction, NULL, LIST("collection_interval"));
}

static void sign_typed_by_a_wrong_clock(struct tale *tale)
{
    sign_typed(tale);
    Custody__V1__CorrectClockBody body = CUSTODY__V1__CORRECT_CLOCK_BODY__INIT;
    body.first_sequence = tale->said[tale->count - 1]->statement.header.key_sequence;
    body.last_sequence = body.first_sequence;
    body.offset_us = -20 * DESK_HOUR;
    countersign(tale, DESK_DRIVER, say(tale, DESK_NURSE, &body.base, 99), 99);
}

static bool is_shown(struct desk *desk, uint64_t entry)
{
    Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    const Custody__V1__FindingsReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_FINDINGS, &request.base,
                 &custody__v1__findings_reply__descriptor, NULL);
    assert_non_null(reply);
    for (size_t i = 0; i < reply->n_findings; i++)
        for (size_t k = 0; k < reply->findings[i]->n_entries; k++)
            if (strcmp(reply->findings[i]->rule_name, "mark_pattern") == 0 &&
                reply->findings[i]->entries[k] == entry)
                return true;
    return false;
}

/* A pattern shows its first marks: the last one comes to be the first, whether the correction comes before it or after it. */
static void marks_follow_a_corrected_clock(void **state)
{
    (void)state;
    static struct desk desk;
    for (int order = 0; order < 2; order++) {
        struct tale tale = {.desk = &desk};
        desk_open(&desk, false);
        desk.now_us = DESK_DAY + 100 * DESK_HOUR;
        sign_typed_by_a_wrong_clock(&tale);
        uint8_t note[CHECKPOINT_SIZE_MAX];
        uint64_t size = 0;
        ledger_head(desk.ledger, note, &size);
        for (size_t i = 0; i < 19; i++)
            assert_non_null(desk_submit(&desk, tale.said[i], NULL));
        for (size_t i = 0; i < 3; i++)
            assert_non_null(
                desk_submit(&desk, tale.said[19 + (order == 0 ? i : (i + 1) % 3)], NULL));
        assert_true(is_shown(&desk, size + (order == 0 ? 19 : 21)));
        desk_close(&desk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_withdrawn_departure_has_no_vehicle),
        cmocka_unit_test(on_a_withdrawn_trip_no_vehicle_was_seen),
        cmocka_unit_test(a_withdrawn_receipt_ends_no_trip_and_a_withdrawn_cleaning_cleans_nothing),
        cmocka_unit_test(a_withdrawn_departure_used_no_dirty_truck),
        cmocka_unit_test(a_withdrawn_visit_is_none_unless_others_built_on_it),
        cmocka_unit_test(what_was_held_counts_once_it_is_confirmed_by_whom_it_may_be),
        cmocka_unit_test(a_held_departure_counts_once_its_receiver_signed),
        cmocka_unit_test(a_party_of_the_manifest_confirms_what_was_held),
        cmocka_unit_test(a_batch_sums_what_stands),
        cmocka_unit_test(a_withdrawn_stop_stops_nothing_and_a_withdrawn_feed_treats_nothing),
        cmocka_unit_test(what_was_withdrawn_was_not_recorded_late),
        cmocka_unit_test(withdrawn_marks_make_no_pattern),
        cmocka_unit_test(what_is_said_of_an_amendment_waits_with_it),
        cmocka_unit_test(sums_follow_a_corrected_clock),
        cmocka_unit_test(marks_follow_a_corrected_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
