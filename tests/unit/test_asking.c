/* test_asking.c: who may see what, and proofs where the tiles trail the journal. */
#include <string.h>

#include "daemon/service/asking.h"
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

static void a_party_sees_what_it_took_part_in_and_no_more(void **state)
{
    struct desk *desk = *state;
    const ProtobufCBinaryData none = {0};
    desk_issue(desk, DESK_DOCTOR, DESK_CLINIC);
    desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    assert_int_equal(desk_unclosed(desk, DESK_DOCTOR, "", 0, none)->n_items, 1);
    assert_int_equal(desk_unclosed(desk, DESK_GATE, "", 0, none)->n_items, 2);
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    Custody__V1__Problem *problem = NULL;
    name.generator = (char *)DESK_HOSPITAL;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = (char *)"B1";
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    const ProtobufCMessageDescriptor *reply = &custody__v1__trace_reply__descriptor;
    assert_non_null(desk_ask(desk, DESK_NURSE, ENVELOPE_TRACE, &request.base, reply, &problem));
    assert_non_null(desk_ask(desk, DESK_REGULATOR, ENVELOPE_TRACE, &request.base, reply, &problem));
    assert_null(desk_ask(desk, DESK_DOCTOR, ENVELOPE_TRACE, &request.base, reply, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_visible);
    name.code = (char *)"B2";
    assert_null(desk_ask(desk, DESK_NURSE, ENVELOPE_TRACE, &request.base, reply, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_found);
}

/* What look-ups do not reflect yet is proved from the entries themselves. */
static void nodes_beyond_the_tiles_are_hashed_from_the_entries(void **state)
{
    struct desk *desk = *state;
    desk_flush(desk);
    struct asking asking = {.ledger = desk->ledger};
    assert_int_equal(lookups_snapshot_begin(desk->ledger->lookups, &asking.lookups), CUSTODY_OK);
    asking.position = lookups_snapshot_position(asking.lookups);
    for (int i = 0; i < 40; i++)
        desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    assert_int_equal(journal_snapshot_begin(desk->ledger->journal, &asking.journal), CUSTODY_OK);
    asking.size = journal_snapshot_size(asking.journal);
    assert_int_equal(asking.size, asking.position + 40);
    struct digest root, expected = merkle_edge_root(journal_edge(desk->ledger->journal));
    assert_true(merkle_root_at(asking.size, asking_node, &asking, &root));
    assert_true(digest_is_equal(&root, &expected));
    assert_false(asking_node(&asking, 0, asking.size, &root));
    assert_true(asking_leaf(&asking, asking.size - 1, &root));
    assert_true(asking.tail_is_sound);
    /* A tail that does not add up to the signed root is not served. */
    asking.tail_is_sound = false;
    asking.size--;
    assert_false(asking_leaf(&asking, asking.size - 1, &root));
    journal_snapshot_end(asking.journal);
    lookups_snapshot_end(asking.lookups);
}

static void a_list_is_bounded_whatever_is_asked_for(void **state)
{
    (void)state;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    assert_int_equal(asking_limit(NULL), ASKING_LIST_DEFAULT);
    assert_int_equal(asking_limit(&options), ASKING_LIST_DEFAULT);
    options.limit = 7;
    assert_int_equal(asking_limit(&options), 7);
    options.limit = UINT32_MAX;
    assert_int_equal(asking_limit(&options), ASKING_LIST_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_party_sees_what_it_took_part_in_and_no_more, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(nodes_beyond_the_tiles_are_hashed_from_the_entries, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_list_is_bounded_whatever_is_asked_for, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
