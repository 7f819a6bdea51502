/* test_sheet.c: the parts of the form come out as the ledger has them: legs, confirmed lines, parents, what followed. */
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

static const Custody__V1__TraceReply *
trace_as(enum desk_actor actor, const struct desk_statement *manifest, bool forward)
{
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_MANIFEST;
    request.manifest = desk_id(manifest);
    request.forward = forward;
    const Custody__V1__TraceReply *reply = desk_ask(&desk, actor, ENVELOPE_TRACE, &request.base,
                                                    &custody__v1__trace_reply__descriptor, NULL);
    assert_non_null(reply);
    return reply;
}

static const Custody__V1__TraceReply *trace(const struct desk_statement *manifest, bool forward)
{
    return trace_as(DESK_REGULATOR, manifest, forward);
}

static struct desk_statement *issue(enum desk_actor actor, Custody__V1__ManifestPlan *plan)
{
    Custody__V1__IssueManifestBody body = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    body.plan = plan;
    return desk_do(&desk, actor, &body.base, desk.now_us, CUSTODY_OUTCOME_granted);
}

static struct desk_statement *say(enum desk_actor actor, const ProtobufCMessage *body, int64_t hour)
{
    return desk_do(&desk, actor, body, DESK_DAY + hour * DESK_HOUR, CUSTODY_OUTCOME_recorded);
}

static void approve(const char *number)
{
    Custody__V1__ApproveTransferBody body = CUSTODY__V1__APPROVE_TRANSFER_BODY__INIT;
    char *codes[] = {(char *)"841-001-01"};
    body.number = (char *)number;
    body.generator = (char *)DESK_CLINIC;
    body.receiver = (char *)DESK_PLANT;
    body.n_codes = 1;
    body.codes = codes;
    body.mass_g = 100000;
    desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us, CUSTODY_OUTCOME_granted);
}

static void the_form_has_its_parts(void **state)
{
    (void)state;
    desk.now_us = DESK_DAY + 100 * DESK_HOUR;
    Custody__V1__ManifestPlan *plan = desk_plan(&desk, DESK_CLINIC, DESK_PLANT);
    plan->type = CUSTODY__V1__MANIFEST_TYPE__MANIFEST_CROSS_PROVINCE;
    plan->plan = (char *)"PLAN-7";
    plan->approval = (char *)"K-2026-3";
    approve(plan->approval);
    plan->legs[0]->from_division = (char *)"540423";
    plan->legs[0]->to_division = (char *)"540402";
    struct desk_statement *manifest = issue(DESK_DOCTOR, plan);
    struct desk_statement *trip = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 1);
    say(DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, "T1", 5000)->base, 1);
    say(DESK_DRIVER, &desk_load(&desk, trip, manifest, DESK_CLINIC, "T1")->base, 2);
    say(DESK_GATE,
        &desk_receive(&desk, trip, manifest, DESK_CLINIC, "T1",
                      CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 5000)
             ->base,
        6);
    Custody__V1__ConfirmReceiptBody confirm = CUSTODY__V1__CONFIRM_RECEIPT_BODY__INIT;
    Custody__V1__ConfirmedLine line = CUSTODY__V1__CONFIRMED_LINE__INIT, *lines[] = {&line};
    line.line = 1;
    line.accepted_mass_g = 4900;
    line.verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    line.waste_code = (char *)"841-001-01";
    confirm.manifest = desk_id(manifest);
    confirm.n_lines = 1;
    confirm.lines = lines;
    confirm.method = (char *)"D10";
    say(DESK_GATE, &confirm.base, 8);
    const Custody__V1__TraceReply *reply = trace(manifest, false);
    assert_int_equal(reply->n_manifests, 1);
    const Custody__V1__ManifestView *view = reply->manifests[0];
    assert_int_equal(view->type, CUSTODY__V1__MANIFEST_TYPE__MANIFEST_CROSS_PROVINCE);
    assert_string_equal(view->plan, "PLAN-7");
    assert_string_equal(view->approval, "K-2026-3");
    assert_string_equal(view->planned_method, "Y10");
    assert_string_equal(view->method, "D10");
    assert_int_equal(view->n_legs, 1);
    assert_string_equal(view->legs[0]->carrier, DESK_CARRIER);
    assert_string_equal(view->legs[0]->from_division, "540423");
    assert_string_equal(view->legs[0]->to_division, "540402");
    assert_string_equal(view->legs[0]->vehicle, DESK_PLATE);
    assert_true(view->legs[0]->loaded_at == DESK_DAY + 2 * DESK_HOUR);
    assert_true(view->legs[0]->handed_at == DESK_DAY + 6 * DESK_HOUR);
    assert_int_equal(view->n_confirmed, 1);
    assert_int_equal(view->confirmed[0]->accepted_mass_g, 4900);
    assert_int_equal(view->accepted_g, 4900);
    assert_false(view->material_difference);
    assert_int_equal(view->n_lacks, 1);
    assert_string_equal(view->lacks[0], "treatment");
}

/* Told with what it followed on from, and, forward, with what followed it and the batches. */
static void a_trace_goes_to_parents_and_on_to_what_followed(void **state)
{
    (void)state;
    desk.now_us = DESK_DAY + 100 * DESK_HOUR;
    struct desk_statement *first = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    Custody__V1__ManifestPlan *plan = desk_plan(&desk, DESK_CLINIC, DESK_PLANT);
    plan->parent = desk_id(first);
    struct desk_statement *second = issue(DESK_DOCTOR, plan);
    plan->parent = desk_id(second);
    struct desk_statement *third = issue(DESK_DOCTOR, plan);
    const Custody__V1__TraceReply *back = trace(third, false);
    assert_int_equal(back->n_manifests, 3);
    assert_memory_equal(back->manifests[1]->manifest.data, desk_id(second).data, DIGEST_SIZE);
    assert_memory_equal(back->manifests[2]->manifest.data, desk_id(first).data, DIGEST_SIZE);
    assert_string_equal(back->manifests[0]->parent_number, back->manifests[1]->number);
    const Custody__V1__TraceReply *forward = trace(first, true);
    assert_int_equal(forward->n_manifests, 3);
    assert_int_equal(forward->manifests[0]->n_continued_by, 1);
    assert_string_equal(forward->manifests[0]->continued_by[0]->number,
                        forward->manifests[1]->number);
    assert_string_equal(forward->manifests[0]->continued_by[0]->state, "issued");
    assert_int_equal(trace(first, false)->n_manifests, 1);
}

/* The hospital's load goes on from the clinic's manifest, to the same plant: the clinic learns that something
 * followed, and not what. */
static void what_followed_is_named_to_who_may_see_it(void **state)
{
    (void)state;
    desk.now_us = DESK_DAY + 100 * DESK_HOUR;
    struct desk_statement *first = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    Custody__V1__ManifestPlan *plan = desk_plan(&desk, DESK_HOSPITAL, DESK_PLANT);
    plan->parent = desk_id(first);
    issue(DESK_NURSE, plan);
    const Custody__V1__ManifestView *clinic = trace_as(DESK_DOCTOR, first, false)->manifests[0];
    assert_int_equal(clinic->n_continued_by, 0);
    assert_int_equal(clinic->continued_by_count, 1);
    const Custody__V1__TraceReply *forward = trace_as(DESK_DOCTOR, first, true);
    assert_int_equal(forward->n_manifests, 1);
    const enum desk_actor entitled[] = {DESK_GATE, DESK_DRIVER, DESK_REGULATOR};
    for (size_t i = 0; i < sizeof entitled / sizeof entitled[0]; i++) {
        const Custody__V1__ManifestView *view = trace_as(entitled[i], first, false)->manifests[0];
        assert_int_equal(view->n_continued_by, 1);
        assert_int_equal(view->continued_by_count, 1);
    }
}

/* From a batch back to the manifests whose containers it took. */
static void a_batch_names_the_manifests_that_it_treated(void **state)
{
    (void)state;
    desk.now_us = DESK_DAY + 100 * DESK_HOUR;
    struct desk_statement *manifest = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    struct desk_statement *trip = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 1);
    say(DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, "T1", 5000)->base, 1);
    say(DESK_DRIVER, &desk_load(&desk, trip, manifest, DESK_CLINIC, "T1")->base, 2);
    say(DESK_GATE,
        &desk_receive(&desk, trip, manifest, DESK_CLINIC, "T1",
                      CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 5000)
             ->base,
        6);
    Custody__V1__FeedBody feed = CUSTODY__V1__FEED_BODY__INIT;
    char *fed[] = {(char *)"T1"};
    feed.batch = (char *)"F1";
    feed.generator = (char *)DESK_CLINIC;
    feed.n_containers = 1;
    feed.containers = fed;
    say(DESK_GATE, &feed.base, 20);
    const Custody__V1__TraceReply *forward = trace(manifest, true);
    assert_int_equal(forward->n_batches, 1);
    assert_string_equal(forward->batches[0]->code, "F1");
    assert_int_equal(forward->batches[0]->n_manifests, 1);
    assert_memory_equal(forward->batches[0]->manifests[0]->manifest.data, desk_id(manifest).data,
                        DIGEST_SIZE);
    assert_string_equal(forward->manifests[0]->batches[0], DESK_PLANT "/F1");
}

static void feed(const char *generator, const char *code)
{
    Custody__V1__FeedBody body = CUSTODY__V1__FEED_BODY__INIT;
    char *fed[] = {(char *)code};
    body.batch = (char *)"F1";
    body.generator = (char *)generator;
    body.n_containers = 1;
    body.containers = fed;
    say(DESK_GATE, &body.base, 20);
}

/* One batch burns the clinic's and the hospital's: neither learns of the other's manifest. */
static void a_batch_names_each_generator_its_own(void **state)
{
    (void)state;
    desk.now_us = DESK_DAY + 100 * DESK_HOUR;
    const struct {
        enum desk_actor actor;
        const char *generator;
    } sides[] = {{DESK_DOCTOR, DESK_CLINIC}, {DESK_NURSE, DESK_HOSPITAL}};
    struct desk_statement *manifests[2];
    struct desk_statement *trip = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 1);
    for (size_t i = 0; i < 2; i++) {
        const char *generator = sides[i].generator;
        manifests[i] = desk_issue(&desk, sides[i].actor, generator);
        say(sides[i].actor, &desk_pack(&desk, generator, "T1", 5000)->base, 1);
        say(DESK_DRIVER, &desk_load(&desk, trip, manifests[i], generator, "T1")->base, 2);
        say(DESK_GATE,
            &desk_receive(&desk, trip, manifests[i], generator, "T1",
                          CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 5000)
                 ->base,
            6);
        feed(generator, "T1");
    }
    assert_int_equal(trace_as(DESK_GATE, manifests[0], true)->batches[0]->n_manifests, 2);
    for (size_t i = 0; i < 2; i++) {
        const Custody__V1__BatchView *batch =
            trace_as(sides[i].actor, manifests[i], true)->batches[0];
        assert_int_equal(batch->n_manifests, 1);
        assert_memory_equal(batch->manifests[0]->manifest.data, desk_id(manifests[i]).data,
                            DIGEST_SIZE);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_form_has_its_parts),
        TEST(a_trace_goes_to_parents_and_on_to_what_followed),
        TEST(what_followed_is_named_to_who_may_see_it),
        TEST(a_batch_names_the_manifests_that_it_treated),
        TEST(a_batch_names_each_generator_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
