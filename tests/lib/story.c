/* story.c: one day of one clinic. */
#include "tests/lib/story.h"

#include "tests/lib/check.h"

static struct desk_statement *
tell(struct story *story, enum desk_actor actor, const ProtobufCMessage *body, int hour)
{
    struct desk_statement *statement =
        desk_sign(&story->desk, actor, body, DESK_DAY + hour * DESK_HOUR);
    story->statements[story->count++] = statement;
    return statement;
}

static Custody__V1__DrawManifestBody *
draw(struct desk *desk, const struct desk_statement *block, const char *number)
{
    Custody__V1__DrawManifestBody *body = arena_alloc(desk->arena, sizeof *body);
    custody__v1__draw_manifest_body__init(body);
    body->block = desk_name(desk, block);
    body->number = (char *)number;
    body->plan = desk_plan(desk, DESK_CLINIC, DESK_PLANT);
    return body;
}

static Custody__V1__CountersignBody *countersign(struct desk *desk,
                                                 const struct desk_statement *target)
{
    Custody__V1__CountersignBody *body = arena_alloc(desk->arena, sizeof *body);
    custody__v1__countersign_body__init(body);
    body->target = desk_name(desk, target);
    return body;
}

static struct desk_statement *reserve(struct desk *desk)
{
    Custody__V1__ReserveNumbersBody body = CUSTODY__V1__RESERVE_NUMBERS_BODY__INIT;
    char *receivers[] = {(char *)DESK_PLANT};
    char *codes[] = {(char *)"841-001-01"};
    body.party = (char *)DESK_CLINIC;
    body.count = 10;
    body.n_receivers = 1;
    body.receivers = receivers;
    body.n_codes = 1;
    body.codes = codes;
    body.mass_ceiling_g = 100000;
    body.effective_until = DESK_DAY + 240 * DESK_HOUR;
    return desk_do(desk, DESK_DOCTOR, &body.base, desk->now_us, CUSTODY_OUTCOME_granted);
}

/* What the sums of days look at: the same plate far away within the hour, not cleaned, a line that was off, a visit with
 * nothing to collect. */
static void tell_days(struct story *story)
{
    struct desk *desk = &story->desk;
    struct desk_key *driver = &desk->keys[DESK_DRIVER];
    driver->latitude_e7 = 296400000;
    driver->longitude_e7 = 943600000;
    driver->accuracy_m = 20;
    struct desk_statement *trip =
        tell(story, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base, 26);
    Custody__V1__LoadBody *visit = desk_load(desk, trip, NULL, DESK_CLINIC, "T1");
    visit->n_containers = 0;
    driver->longitude_e7 = 911000000;
    tell(story, DESK_DRIVER, &visit->base, 27);
    driver->accuracy_m = 0;
    Custody__V1__CleanBody clean = CUSTODY__V1__CLEAN_BODY__INIT;
    Custody__V1__VehicleName vehicle = *desk_depart(desk, DESK_PLATE)->vehicle;
    clean.subject_case = CUSTODY__V1__CLEAN_BODY__SUBJECT_VEHICLE;
    clean.vehicle = &vehicle;
    tell(story, DESK_DRIVER, &clean.base, 40);
    Custody__V1__MeasureBody off = CUSTODY__V1__MEASURE_BODY__INIT;
    off.kind = CUSTODY__V1__MEASUREMENT__MEASURE_ELECTRICITY;
    off.instrument = (char *)"L1";
    off.from = DESK_DAY + 19 * DESK_HOUR;
    off.until = DESK_DAY + 22 * DESK_HOUR;
    tell(story, DESK_GATE, &off.base, 23);
    tell(story, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "T9", 800)->base, 45);
}

void story_begin(struct story *story)
{
    struct desk *desk = &story->desk;
    desk_open(desk, false);
    story->count = 0;
    struct desk_statement *block = reserve(desk);
    desk->now_us = DESK_DAY + 100 * DESK_HOUR;
    static char *nested[] = {(char *)"T2", (char *)"T3"};
    static char *boxes[] = {(char *)DESK_CLINIC "/BOX1"};
    tell(story, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "T1", 5000)->base, 1);
    tell(story, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "T2", 3000)->base, 1);
    tell(story, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "T3", 2000)->base, 2);
    Custody__V1__NestBody nest = CUSTODY__V1__NEST_BODY__INIT;
    nest.generator = (char *)DESK_CLINIC;
    nest.box = (char *)"BOX1";
    nest.n_containers = 2;
    nest.containers = nested;
    tell(story, DESK_DOCTOR, &nest.base, 3);
    story->manifest = tell(story, DESK_DOCTOR, &draw(desk, block, "L20265404000003")->base, 4);
    struct desk_statement *trip = tell(story, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base, 4);
    Custody__V1__LoadBody *load = desk_load(desk, trip, story->manifest, DESK_CLINIC, "T1");
    load->n_boxes = 1;
    load->boxes = boxes;
    struct desk_statement *loaded = tell(story, DESK_DRIVER, &load->base, 5);
    tell(story, DESK_DOCTOR, &countersign(desk, loaded)->base, 5);
    Custody__V1__ReceiveBody *receive = desk_receive(desk, trip, story->manifest, DESK_CLINIC, "T3",
                                                     CUSTODY__V1__VERDICT__VERDICT_MISSING, 0);
    receive->remainder = CUSTODY__V1__REMAINDER__REMAINDER_ACCEPTED;
    receive->total_mass_g = 12000;
    tell(story, DESK_GATE, &receive->base, 9);
    Custody__V1__ConfirmReceiptBody confirm = CUSTODY__V1__CONFIRM_RECEIPT_BODY__INIT;
    confirm.manifest = desk_id(story->manifest);
    tell(story, DESK_GATE, &confirm.base, 10);
    Custody__V1__FeedBody feed = CUSTODY__V1__FEED_BODY__INIT;
    char *fed[] = {(char *)"T1"};
    feed.batch = (char *)"F1";
    feed.line = (char *)"L1";
    feed.generator = (char *)DESK_CLINIC;
    feed.n_containers = 1;
    feed.containers = fed;
    tell(story, DESK_GATE, &feed.base, 20);
    Custody__V1__AmendBody amend = CUSTODY__V1__AMEND_BODY__INIT;
    Custody__V1__AmendedContainer amended = CUSTODY__V1__AMENDED_CONTAINER__INIT;
    Custody__V1__AmendedContainer *amendments[] = {&amended};
    amended.code = (char *)"T2";
    amended.mass_g = 3300;
    amended.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
    amend.target = desk_name(desk, story->statements[1]);
    amend.generator = (char *)DESK_CLINIC;
    amend.n_containers = 1;
    amend.containers = amendments;
    amend.reason = CUSTODY__V1__REASON_CLASS__REASON_MISTAKE;
    tell(story, DESK_DOCTOR, &amend.base, 6);
    /* Somebody else's bag of the same label, and somebody who scans what is not theirs. */
    tell(story, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "T1", 1500)->base, 3);
    tell(story, DESK_NURSE, &desk_load(desk, trip, NULL, DESK_CLINIC, "T1")->base, 8);
    tell_days(story);
}

/* What a party's account comes to in the month, but for the marks of when it was recorded. */
static char *render_balance(struct desk *desk, const char *party)
{
    Custody__V1__BalanceRequest request = CUSTODY__V1__BALANCE_REQUEST__INIT;
    request.party = (char *)party;
    request.from = (char *)"20260501";
    request.until = (char *)"20260531";
    const Custody__V1__BalanceReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_BALANCE, &request.base,
                 &custody__v1__balance_reply__descriptor, NULL);
    char *text = arena_format(desk->arena, "balance of %s\n", party);
    assert_non_null(reply);
    /* All codes together first, in the order of the accounts. */
    for (size_t i = 0; i < reply->n_figures; i++)
        if (reply->figures[i]->waste_code[0] == 0 &&
            strncmp(reply->figures[i]->name, "mark_", 5) != 0)
            text = arena_format(desk->arena, "%s  %s %lld\n", text, reply->figures[i]->name,
                                (long long)reply->figures[i]->value);
    return text;
}

char *story_outcome(struct story *story)
{
    struct desk *desk = &story->desk;
    return arena_format(desk->arena, "%s%s%s%s%s%s%s%s%s",
                        desk_render_container(desk, DESK_CLINIC, "T1"),
                        desk_render_container(desk, DESK_CLINIC, "T2"),
                        desk_render_container(desk, DESK_CLINIC, "T3"),
                        desk_render_container(desk, DESK_HOSPITAL, "T1"),
                        desk_render_manifest(desk, story->manifest), desk_render_open(desk),
                        render_balance(desk, DESK_CLINIC), render_balance(desk, DESK_CARRIER),
                        render_balance(desk, DESK_PLANT));
}

void story_deliver(struct story *story, const size_t *order)
{
    for (size_t i = 0; i < story->count; i++) {
        Custody__V1__Problem *problem = NULL;
        if (desk_submit(&story->desk, story->statements[order == NULL ? i : order[i]], &problem) ==
            NULL)
            fail_msg("statement %zu: %s %s", order == NULL ? i : order[i], problem->name,
                     problem->field);
    }
}

void story_end(struct story *story)
{
    desk_close(&story->desk);
}
