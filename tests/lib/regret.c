/* regret.c: a day on which much of what is said is taken back. */
#include "tests/lib/regret.h"

#include "tests/lib/check.h"
#include "tests/lib/sorted.h"

static struct desk_statement *
tell(struct story *story, enum desk_actor actor, const ProtobufCMessage *body, int hour)
{
    struct desk_statement *statement =
        desk_sign(&story->desk, actor, body, DESK_DAY + hour * DESK_HOUR);
    assert_true(story->count < STORY_MAX);
    story->statements[story->count++] = statement;
    return statement;
}

static void
withdraw(struct story *story, enum desk_actor actor, const struct desk_statement *target, int hour)
{
    Custody__V1__WithdrawBody body = CUSTODY__V1__WITHDRAW_BODY__INIT;
    body.target = desk_name(&story->desk, target);
    tell(story, actor, &body.base, hour);
}

static void countersign(struct story *story,
                        enum desk_actor actor,
                        const struct desk_statement *target,
                        int hour)
{
    Custody__V1__CountersignBody body = CUSTODY__V1__COUNTERSIGN_BODY__INIT;
    body.target = desk_name(&story->desk, target);
    tell(story, actor, &body.base, hour);
}

static struct desk_statement *
depart(struct story *story, enum desk_actor actor, const char *plate, int hour)
{
    return tell(story, actor, &desk_depart(&story->desk, plate)->base, hour);
}

static struct desk_statement *load(struct story *story,
                                   enum desk_actor actor,
                                   const struct desk_statement *trip,
                                   const char *code,
                                   int hour)
{
    Custody__V1__LoadBody *body =
        desk_load(&story->desk, trip, story->manifest, DESK_HOSPITAL, code == NULL ? "x" : code);
    if (code == NULL)
        body->n_containers = 0;
    return tell(story, actor, &body->base, hour);
}

static struct desk_statement *
receive(struct story *story, const struct desk_statement *trip, const char *code, int hour)
{
    return tell(story, DESK_GATE,
                &desk_receive(&story->desk, trip, story->manifest, DESK_HOSPITAL, code,
                              CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 900)
                     ->base,
                hour);
}

static struct desk_statement *transfer(struct story *story,
                                       const struct desk_statement *from,
                                       const struct desk_statement *to,
                                       int hour)
{
    Custody__V1__TransferBody body = CUSTODY__V1__TRANSFER_BODY__INIT;
    body.kind = CUSTODY__V1__TRANSFER_KIND__TRANSFER_VEHICLE;
    body.from_trip = desk_id(from);
    body.to_trip = desk_id(to);
    body.whole_trip = true;
    return tell(story, DESK_DRIVER, &body.base, hour);
}

static struct desk_statement *feed(struct story *story, const char *code, int hour)
{
    Custody__V1__FeedBody body = CUSTODY__V1__FEED_BODY__INIT;
    char *codes[] = {(char *)code};
    body.batch = (char *)"F1";
    body.line = (char *)"L1";
    body.generator = (char *)DESK_HOSPITAL;
    body.n_containers = 1;
    body.containers = codes;
    return tell(story, DESK_GATE, &body.base, hour);
}

static struct desk_statement *
yield(struct story *story, const char *code, uint64_t mass_g, const char *method, int hour)
{
    Custody__V1__YieldBody body = CUSTODY__V1__YIELD_BODY__INIT;
    Custody__V1__PackedContainer output = CUSTODY__V1__PACKED_CONTAINER__INIT,
                                 *outputs[] = {&output};
    output.code = (char *)code;
    output.waste_code = (char *)"772-003-18";
    output.mass_g = mass_g;
    body.batch = (char *)"F1";
    body.line = (char *)"L1";
    body.method = (char *)method;
    body.additives_g = mass_g / 10;
    body.finished = true;
    body.n_outputs = 1;
    body.outputs = outputs;
    return tell(story, DESK_GATE, &body.base, hour);
}

static struct desk_statement *stop_plant(struct story *story, int from, int until)
{
    Custody__V1__IncidentBody body = CUSTODY__V1__INCIDENT_BODY__INIT;
    body.kind = CUSTODY__V1__INCIDENT_KIND__INCIDENT_PLANT_STOPPED;
    body.from = DESK_DAY + from * DESK_HOUR;
    body.until = DESK_DAY + until * DESK_HOUR;
    return tell(story, DESK_GATE, &body.base, until);
}

static struct desk_statement *clean(struct story *story, int hour)
{
    Custody__V1__CleanBody body = CUSTODY__V1__CLEAN_BODY__INIT;
    body.subject_case = CUSTODY__V1__CLEAN_BODY__SUBJECT_VEHICLE;
    body.vehicle = desk_depart(&story->desk, DESK_PLATE)->vehicle;
    return tell(story, DESK_DRIVER, &body.base, hour);
}

static struct desk_statement *
correct_clock(struct story *story, const struct desk_statement *target, int hours, int hour)
{
    Custody__V1__CorrectClockBody body = CUSTODY__V1__CORRECT_CLOCK_BODY__INIT;
    body.first_sequence = target->statement.header.key_sequence;
    body.last_sequence = body.first_sequence;
    body.offset_us = hours * DESK_HOUR;
    return tell(story, DESK_DRIVER, &body.base, hour);
}

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

static void stand_at(struct desk *desk, enum desk_actor actor, int32_t longitude_e7)
{
    desk->keys[actor].latitude_e7 = 296490000;
    desk->keys[actor].longitude_e7 = longitude_e7;
    desk->keys[actor].accuracy_m = 15;
}

/* The driver's day, and the one of the device that was lost, 400 km away. */
static void tell_road(struct story *story)
{
    struct desk_statement *first = depart(story, DESK_DRIVER, "藏G·无9999", 3);
    struct desk_statement *second = depart(story, DESK_DRIVER, DESK_PLATE, 5);
    tell(story, DESK_NURSE, &desk_pack(&story->desk, DESK_HOSPITAL, "B1", 900)->base, 1);
    tell(story, DESK_NURSE, &desk_pack(&story->desk, DESK_HOSPITAL, "B2", 900)->base, 1);
    struct desk_statement *loaded = load(story, DESK_DRIVER, first, "B1", 4);
    withdraw(story, DESK_DRIVER, load(story, DESK_DRIVER, first, "B2", 4), 5);
    withdraw(story, DESK_DRIVER, transfer(story, first, second, 6), 7);
    transfer(story, first, second, 8);
    /* Built on: it stays loaded, and the visit stays one. The first truck never was. */
    withdraw(story, DESK_DRIVER, loaded, 9);
    withdraw(story, DESK_DRIVER, first, 9);
    withdraw(story, DESK_GATE, receive(story, first, "B2", 9), 10);
    receive(story, NULL, "B1", 9);
    withdraw(story, DESK_DRIVER, clean(story, 11), 12);
    struct desk_statement *twin = depart(story, DESK_STRANGER, DESK_PLATE, 7);
    countersign(story, DESK_DRIVER, twin, 20);
    struct desk_statement *late = load(story, DESK_DRIVER, second, NULL, 60);
    countersign(story, DESK_NURSE, correct_clock(story, late, -20, 61), 62);
    withdraw(story, DESK_STRANGER, late, 63);
}

static void tell_plant(struct story *story)
{
    feed(story, "B1", 12);
    struct desk_statement *yielded = yield(story, "ASH1", 4000, "D10", 14);
    withdraw(story, DESK_GATE, yielded, 15);
    yield(story, "ASH2", 40, "Y10", 16);
    withdraw(story, DESK_GATE, stop_plant(story, 10, 20), 21);
}

void regret_begin(struct story *story)
{
    struct desk *desk = &story->desk;
    desk_open(desk, false);
    story->count = 0;
    story->manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    desk->now_us = DESK_DAY + 100 * DESK_HOUR;
    lose_device(desk);
    stand_at(desk, DESK_DRIVER, 943620000);
    stand_at(desk, DESK_STRANGER, 902200000);
    tell_road(story);
    tell_plant(story);
}

char *regret_outcome(struct story *story)
{
    struct desk *desk = &story->desk;
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_MANIFEST;
    request.manifest = desk_id(story->manifest);
    request.forward = true;
    const Custody__V1__TraceReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_TRACE, &request.base,
                 &custody__v1__trace_reply__descriptor, NULL);
    assert_non_null(reply);
    char *text =
        arena_format(desk->arena, "%s%s%s%s", sorted_lines(desk->arena, desk_render_open(desk)),
                     desk_render_container(desk, DESK_HOSPITAL, "B1"),
                     desk_render_container(desk, DESK_HOSPITAL, "B2"),
                     desk_render_manifest(desk, story->manifest));
    for (size_t i = 0; i < reply->manifests[0]->n_legs; i++)
        text =
            arena_format(desk->arena, "%sleg %s %s\n", text, reply->manifests[0]->legs[i]->carrier,
                         reply->manifests[0]->legs[i]->vehicle);
    for (size_t i = 0; i < reply->n_batches; i++)
        text = arena_format(desk->arena, "%sbatch fed %llu yielded %llu added %llu %s %d\n", text,
                            (unsigned long long)reply->batches[i]->fed_g,
                            (unsigned long long)reply->batches[i]->yielded_g,
                            (unsigned long long)reply->batches[i]->additives_g,
                            reply->batches[i]->method, reply->batches[i]->finished);
    return text;
}
