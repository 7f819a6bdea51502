/* test_trace.c: the chain of custody, forward to the ash and a page at a time. */
#include <string.h>

#include "daemon/service/trace.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"
#include "tests/lib/story.h"

static const Custody__V1__TraceReply *ask(struct desk *desk, Custody__V1__TraceRequest *request)
{
    return desk_ask(desk, DESK_REGULATOR, ENVELOPE_TRACE, &request->base,
                    &custody__v1__trace_reply__descriptor, NULL);
}

static void a_bag_is_followed_into_its_batch_and_to_the_ash(void **state)
{
    (void)state;
    static struct story story;
    struct desk *desk = &story.desk;
    story_begin(&story);
    story_deliver(&story, NULL);
    Custody__V1__YieldBody yield = CUSTODY__V1__YIELD_BODY__INIT;
    Custody__V1__PackedContainer ash = CUSTODY__V1__PACKED_CONTAINER__INIT, *outputs[] = {&ash};
    ash.code = (char *)"ASH1";
    ash.waste_code = (char *)"772-003-18";
    ash.mass_g = 400;
    ash.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
    ash.package = CUSTODY__V1__PACKAGE_KIND__PACKAGE_DRUM;
    yield.batch = (char *)"F1";
    yield.method = (char *)"Y10";
    yield.n_outputs = 1;
    yield.outputs = outputs;
    yield.finished = true;
    desk_do(desk, DESK_GATE, &yield.base, DESK_DAY + 30 * DESK_HOUR, CUSTODY_OUTCOME_recorded);

    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    name.generator = (char *)DESK_CLINIC;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = (char *)"T1";
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    request.forward = true;
    const Custody__V1__TraceReply *reply = ask(desk, &request);
    /* The first step is the first statement of the day, by its id. */
    const ProtobufCBinaryData id = reply->containers[0]->steps[0]->statement_id;
    assert_int_equal(id.len, DIGEST_SIZE);
    assert_memory_equal(id.data, story.statements[0]->statement.id.bytes, DIGEST_SIZE);
    assert_int_equal(reply->n_batches, 1);
    assert_string_equal(reply->batches[0]->code, "F1");
    assert_int_equal(reply->batches[0]->fed, 1);
    assert_int_equal(reply->batches[0]->fed_g, 5000);
    assert_int_equal(reply->batches[0]->yielded_g, 400);
    assert_true(reply->batches[0]->finished);
    assert_int_equal(reply->n_containers, 2);
    assert_string_equal(reply->containers[1]->name->code, "ASH1");
    assert_string_equal(reply->containers[1]->holder, DESK_PLANT);

    Custody__V1__TraceRequest batch = CUSTODY__V1__TRACE_REQUEST__INIT;
    batch.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_BATCH;
    batch.batch = (char *)DESK_PLANT "/F1";
    assert_int_equal(ask(desk, &batch)->n_batches, 1);
    story_end(&story);
}

static void its_state_alone_is_the_same_without_the_way_there(void **state)
{
    (void)state;
    static struct story story;
    story_begin(&story);
    story_deliver(&story, NULL);
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    name.generator = (char *)DESK_CLINIC;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = (char *)"T1";
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    const Custody__V1__ContainerTrace *whole = ask(&story.desk, &request)->containers[0];
    assert_true(whole->n_steps > 0);
    request.state_only = true;
    const Custody__V1__TraceReply *reply = ask(&story.desk, &request);
    assert_int_equal(reply->n_containers, 1);
    const Custody__V1__ContainerTrace *bare = reply->containers[0];
    assert_int_equal(bare->n_steps, 0);
    assert_int_equal(bare->n_findings + bare->n_obligations + bare->n_labels, 0);
    assert_string_equal(bare->name->code, "T1");
    assert_string_equal(bare->state, whole->state);
    assert_string_equal(bare->holder, whole->holder);
    assert_string_equal(bare->manifest_number, whole->manifest_number);
    assert_string_equal(bare->waste_code, whole->waste_code);
    assert_int_equal(bare->mass_g, whole->mass_g);
    assert_int_equal(bare->born_at, whole->born_at);
    /* The way on is found by the steps. */
    request.forward = true;
    reply = ask(&story.desk, &request);
    assert_int_equal(reply->n_batches, 1);
    assert_int_equal(reply->containers[0]->n_steps, whole->n_steps);
    story_end(&story);
}

static void a_manifests_containers_come_a_page_at_a_time(void **state)
{
    (void)state;
    static struct story story;
    story_begin(&story);
    story_deliver(&story, NULL);
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    options.limit = 2;
    request.options = &options;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_MANIFEST_NUMBER;
    request.manifest_number = (char *)"L20265404000003";
    const Custody__V1__TraceReply *first = ask(&story.desk, &request);
    assert_int_equal(first->n_manifests, 1);
    assert_int_equal(first->n_containers, 2);
    options.page = first->next_page;
    const Custody__V1__TraceReply *second = ask(&story.desk, &request);
    assert_int_equal(second->n_containers, 1);
    assert_int_equal(second->next_page.len, 0);
    assert_string_not_equal(second->containers[0]->name->code, first->containers[0]->name->code);
    assert_string_not_equal(second->containers[0]->name->code, first->containers[1]->name->code);
    story_end(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bag_is_followed_into_its_batch_and_to_the_ash),
        cmocka_unit_test(its_state_alone_is_the_same_without_the_way_there),
        cmocka_unit_test(a_manifests_containers_come_a_page_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
