/* test_view.c: records as people read them: names, numbers, steps, who took part. */
#include <string.h>

#include "daemon/service/view.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_party_is_shown_by_the_name_in_the_annex, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trace_tells_every_step_with_its_three_times, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(proofs_are_carried_hash_by_hash, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
