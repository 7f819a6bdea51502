/* hearing.c: what is said of findings. */
#include "tests/lib/hearing.h"

#include <string.h>

#include "proto/rule.h"
#include "tests/lib/check.h"

static struct desk_statement *
tell(struct story *story, enum desk_actor actor, const ProtobufCMessage *body, int hour)
{
    struct desk_statement *statement =
        desk_sign(&story->desk, actor, body, DESK_DAY + hour * DESK_HOUR);
    assert_true(story->count < STORY_MAX);
    story->statements[story->count++] = statement;
    return statement;
}

/* The finding of a bag that left too late: it hangs on the packing. */
static Custody__V1__FindingName *
name_of(struct desk *desk, const char *subject, const struct desk_statement *pack)
{
    Custody__V1__FindingName *name = arena_alloc(desk->arena, sizeof *name);
    custody__v1__finding_name__init(name);
    name->rule = RULE_medical_storage;
    name->subject =
        (ProtobufCBinaryData){.len = strlen(subject), .data = (uint8_t *)(uintptr_t)subject};
    name->anchor = desk_name(desk, pack);
    return name;
}

static struct desk_statement *
explain(struct story *story, enum desk_actor actor, Custody__V1__FindingName *name, int hour)
{
    Custody__V1__ExplainBody body = CUSTODY__V1__EXPLAIN_BODY__INIT;
    body.finding = name;
    body.reason = CUSTODY__V1__REASON_CLASS__REASON_CAPACITY;
    return tell(story, actor, &body.base, hour);
}

static struct desk_statement *settle(struct story *story,
                                     enum desk_actor actor,
                                     Custody__V1__FindingName *name,
                                     const char *order,
                                     int hour)
{
    Custody__V1__SettleBody body = CUSTODY__V1__SETTLE_BODY__INIT;
    body.finding = name;
    body.order = (char *)order;
    return tell(story, actor, &body.base, hour);
}

static void
withdraw(struct story *story, enum desk_actor actor, const struct desk_statement *target, int hour)
{
    Custody__V1__WithdrawBody body = CUSTODY__V1__WITHDRAW_BODY__INIT;
    body.target = desk_name(&story->desk, target);
    tell(story, actor, &body.base, hour);
}

static void inspect(struct story *story, Custody__V1__FindingName *name, int hour)
{
    Custody__V1__InspectBody body = CUSTODY__V1__INSPECT_BODY__INIT;
    body.party = (char *)DESK_HOSPITAL;
    body.outcome = 2;
    body.n_findings = 1;
    body.findings = &name;
    tell(story, DESK_REGULATOR, &body.base, hour);
}

void hearing_begin(struct story *story)
{
    struct desk *desk = &story->desk;
    desk_open(desk, false);
    story->count = 0;
    story->manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    desk->now_us = DESK_DAY + 100 * DESK_HOUR;
    struct desk_statement *late =
        tell(story, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, 1);
    struct desk_statement *early =
        tell(story, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B2", 800)->base, 1);
    struct desk_statement *trip = tell(story, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base, 2);
    for (int i = 0; i < 2; i++)
        tell(story, DESK_DRIVER,
             &desk_load(desk, trip, story->manifest, DESK_HOSPITAL, i == 0 ? "B1" : "B2")->base,
             60);
    tell(story, DESK_DRIVER, &desk_load(desk, trip, story->manifest, DESK_HOSPITAL, "B2")->base,
         30);
    Custody__V1__FindingName *of_late = name_of(desk, DESK_HOSPITAL "/B1", late);
    Custody__V1__FindingName *of_early = name_of(desk, DESK_HOSPITAL "/B2", early);
    explain(story, DESK_NURSE, of_late, 61);
    withdraw(story, DESK_NURSE, explain(story, DESK_NURSE, of_late, 62), 63);
    settle(story, DESK_NURSE, of_late, "by nobody", 64);
    withdraw(story, DESK_REGULATOR, settle(story, DESK_REGULATOR, of_late, "LZ-1", 65), 66);
    inspect(story, of_late, 67);
    settle(story, DESK_REGULATOR, of_late, "LZ-2", 68);
    settle(story, DESK_REGULATOR, of_early, "LZ-3", 69);
    explain(story, DESK_DRIVER, of_early, 70);
}

static const Custody__V1__FindingsReply *ask(struct desk *desk, const char *id)
{
    Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    request.state = (char *)"all";
    request.id = (char *)id;
    const Custody__V1__FindingsReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_FINDINGS, &request.base,
                 &custody__v1__findings_reply__descriptor, NULL);
    assert_non_null(reply);
    return reply;
}

/* Entries and ids hang on the order of arrival and on the keys; nothing else does. */
static char *render_finding(struct desk *desk, const Custody__V1__Finding *finding)
{
    char *text = arena_format(
        desk->arena, "%s %s since %lld state %d order '%s'%s%s\n", finding->rule_name,
        finding->subject, (long long)finding->since, (int)finding->state, finding->order,
        finding->reopened ? " reopened" : "", finding->inspected ? " inspected" : "");
    const Custody__V1__FindingCase *file = ask(desk, finding->id)->case_file;
    for (size_t i = 0; file != NULL && i < file->n_words; i++) {
        const Custody__V1__FindingWord *word = file->words[i];
        text = arena_format(desk->arena, "%s  %s by %s at %lld order '%s'%s%s%s\n", text, word->act,
                            word->party, (long long)word->effective_at, word->order,
                            word->effective ? " effective" : "",
                            word->withdrawn ? " withdrawn" : "", word->held ? " held" : "");
    }
    return text;
}

char *hearing_outcome(struct story *story)
{
    struct desk *desk = &story->desk;
    const Custody__V1__FindingsReply *all = ask(desk, "");
    char *text = arena_format(desk->arena, "%s%sfindings %zu\n",
                              desk_render_container(desk, DESK_HOSPITAL, "B1"),
                              desk_render_container(desk, DESK_HOSPITAL, "B2"), all->n_findings);
    for (size_t i = 0; i < all->n_findings; i++)
        text = arena_format(desk->arena, "%s%s", text, render_finding(desk, all->findings[i]));
    return text;
}
