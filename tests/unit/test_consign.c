/* test_consign.c: a manifest's life through the desk: asked for, drawn, loaded, received, confirmed, and how it ends. */
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
    assert_int_equal(reply->n_manifests, 1);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_refused_manifest_is_asked_for_again, open_desk,
                                        close_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
