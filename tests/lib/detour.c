/* detour.c: a day on which nothing goes straight. */
#include "tests/lib/detour.h"

#include "tests/lib/check.h"

enum { BAGS = 6 };
static const char *const bags[BAGS] = {"D1", "D2", "D3", "D4", "D5", "D6"};

static struct desk_statement *
tell(struct story *story, enum desk_actor actor, const ProtobufCMessage *body, int hour)
{
    struct desk_statement *statement =
        desk_sign(&story->desk, actor, body, DESK_DAY + hour * DESK_HOUR);
    assert_true(story->count < STORY_MAX);
    story->statements[story->count++] = statement;
    return statement;
}

static void pack_all(struct story *story)
{
    Custody__V1__PackBody body = CUSTODY__V1__PACK_BODY__INIT;
    Custody__V1__PackedContainer packed[BAGS];
    Custody__V1__PackedContainer *all[BAGS];
    for (int i = 0; i < BAGS; i++) {
        custody__v1__packed_container__init(&packed[i]);
        packed[i].code = (char *)bags[i];
        packed[i].waste_code = (char *)"841-001-01";
        packed[i].mass_g = 1000 + 100 * (uint64_t)i;
        packed[i].mass_source = CUSTODY__V1__MASS_SOURCE__MASS_TYPED;
        all[i] = &packed[i];
    }
    body.generator = (char *)DESK_CLINIC;
    body.n_containers = BAGS;
    body.containers = all;
    tell(story, DESK_DOCTOR, &body.base, 1);
}

static struct desk_statement *load_all(struct story *story, const struct desk_statement *trip)
{
    Custody__V1__LoadBody *body = desk_load(&story->desk, trip, story->manifest, DESK_CLINIC, NULL);
    Custody__V1__MovedContainer moved[BAGS];
    Custody__V1__MovedContainer *all[BAGS];
    for (int i = 0; i < BAGS; i++) {
        custody__v1__moved_container__init(&moved[i]);
        moved[i].code = (char *)bags[i];
        all[i] = &moved[i];
    }
    body->n_containers = BAGS;
    body->containers = all;
    return tell(story, DESK_DRIVER, &body->base, 4);
}

static struct desk_statement *
relabel(struct story *story, const char *from, const char *to, int hour)
{
    Custody__V1__RelabelBody body = CUSTODY__V1__RELABEL_BODY__INIT;
    Custody__V1__Relabelled one = CUSTODY__V1__RELABELLED__INIT;
    Custody__V1__Relabelled *all[] = {&one};
    one.old_code = (char *)from;
    one.new_code = (char *)to;
    body.generator = (char *)DESK_CLINIC;
    body.n_containers = 1;
    body.containers = all;
    return tell(story, DESK_DRIVER, &body.base, hour);
}

static void
withdraw(struct story *story, enum desk_actor actor, const struct desk_statement *target, int hour)
{
    Custody__V1__WithdrawBody body = CUSTODY__V1__WITHDRAW_BODY__INIT;
    body.target = desk_name(&story->desk, target);
    body.reason = CUSTODY__V1__REASON_CLASS__REASON_MISTAKE;
    tell(story, actor, &body.base, hour);
}

static struct desk_statement *
dispute(struct story *story, enum desk_actor actor, const struct desk_statement *target, int hour)
{
    Custody__V1__DisputeBody body = CUSTODY__V1__DISPUTE_BODY__INIT;
    body.target = desk_name(&story->desk, target);
    body.reason = CUSTODY__V1__REASON_CLASS__REASON_QUANTITY;
    return tell(story, actor, &body.base, hour);
}

static Custody__V1__ContainerName *name_of(struct desk *desk, const char *code)
{
    Custody__V1__ContainerName *name = arena_alloc(desk->arena, sizeof *name);
    custody__v1__container_name__init(name);
    name->generator = (char *)DESK_CLINIC;
    name->name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name->code = (char *)code;
    return name;
}

static void lose(struct story *story, const char *code, int hour)
{
    Custody__V1__IncidentBody body = CUSTODY__V1__INCIDENT_BODY__INIT;
    Custody__V1__ContainerName *names[] = {name_of(&story->desk, code)};
    body.kind = CUSTODY__V1__INCIDENT_KIND__INCIDENT_LOSS;
    body.n_containers = 1;
    body.containers = names;
    tell(story, DESK_DRIVER, &body.base, hour);
}

static void hold(struct story *story, const char *code, int hour)
{
    Custody__V1__HoldBody body = CUSTODY__V1__HOLD_BODY__INIT;
    Custody__V1__ContainerName *names[] = {name_of(&story->desk, code)};
    body.order = (char *)"H-1";
    body.n_containers = 1;
    body.containers = names;
    tell(story, DESK_REGULATOR, &body.base, hour);
}

static void release(struct story *story, const char *code, int hour)
{
    Custody__V1__ReleaseBody body = CUSTODY__V1__RELEASE_BODY__INIT;
    Custody__V1__ContainerName *names[] = {name_of(&story->desk, code)};
    body.order = (char *)"H-1";
    body.n_containers = 1;
    body.containers = names;
    tell(story, DESK_REGULATOR, &body.base, hour);
}

static struct desk_statement *take_in(struct story *story,
                                      const struct desk_statement *trip,
                                      const char *code,
                                      Custody__V1__Verdict verdict,
                                      int hour)
{
    Custody__V1__ReceiveBody *body =
        desk_receive(&story->desk, trip, story->manifest, DESK_CLINIC, code, verdict, 0);
    if (verdict == CUSTODY__V1__VERDICT__VERDICT_REJECTED)
        body->containers[0]->reason = CUSTODY__V1__REASON_CLASS__REASON_PACKAGING;
    return tell(story, DESK_GATE, &body->base, hour);
}

void detour_begin(struct story *story)
{
    struct desk *desk = &story->desk;
    desk_open(desk, false);
    story->count = 0;
    story->manifest = desk_issue(desk, DESK_DOCTOR, DESK_CLINIC);
    desk->now_us = DESK_DAY + 100 * DESK_HOUR;
    pack_all(story);
    struct desk_statement *first =
        tell(story, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base, 3);
    struct desk_statement *loaded = load_all(story, first);
    Custody__V1__CountersignBody countersign = CUSTODY__V1__COUNTERSIGN_BODY__INIT;
    countersign.target = desk_name(desk, loaded);
    tell(story, DESK_DOCTOR, &countersign.base, 4);
    /* The truck breaks down: all that is on it goes on to another. */
    struct desk_statement *second =
        tell(story, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base, 5);
    Custody__V1__TransferBody transfer = CUSTODY__V1__TRANSFER_BODY__INIT;
    transfer.kind = CUSTODY__V1__TRANSFER_KIND__TRANSFER_VEHICLE;
    transfer.from_trip = desk_id(first);
    transfer.to_trip = desk_id(second);
    transfer.whole_trip = true;
    tell(story, DESK_DRIVER, &transfer.base, 6);
    relabel(story, "D2", "N2", 7);
    lose(story, "D3", 7);
    withdraw(story, DESK_DRIVER, relabel(story, "D4", "N4", 7), 8);
    hold(story, "D5", 8);
    take_in(story, second, "D1", CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 9);
    take_in(story, second, "N2", CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 9);
    take_in(story, second, "D5", CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 9);
    release(story, "D5", 10);
    dispute(story, DESK_DOCTOR,
            take_in(story, second, "D6", CUSTODY__V1__VERDICT__VERDICT_REJECTED, 9), 11);
    Custody__V1__FeedBody feed = CUSTODY__V1__FEED_BODY__INIT;
    char *fed[] = {(char *)"D2"};
    feed.batch = (char *)"F1";
    feed.generator = (char *)DESK_CLINIC;
    feed.n_containers = 1;
    feed.containers = fed;
    struct desk_statement *treated = tell(story, DESK_GATE, &feed.base, 12);
    withdraw(story, DESK_DOCTOR, dispute(story, DESK_DOCTOR, treated, 13), 14);
    take_in(story, second, "D3", CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 15);
}

char *detour_outcome(struct story *story)
{
    struct desk *desk = &story->desk;
    char *text = arena_format(desk->arena, "%s%s%s", desk_render_manifest(desk, story->manifest),
                              desk_render_container(desk, DESK_CLINIC, "N2"),
                              desk_render_container(desk, DESK_CLINIC, "N4"));
    for (int i = 0; i < BAGS; i++)
        text = arena_format(desk->arena, "%s%s: %s", text, bags[i],
                            desk_render_container(desk, DESK_CLINIC, bags[i]));
    return text;
}
