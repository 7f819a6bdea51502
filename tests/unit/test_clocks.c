/* test_clocks.c: a corrected clock puts what a device said at better times, once another party signed it, and whatever
 * arrives first. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/desk.h"

enum { STATEMENTS = 5, ORDERS = 120, STEP = 7 }; /* every seventh order: a desk takes its time */

static void open_desk(struct desk *desk)
{
    desk_open(desk, false);
    desk->now_us = DESK_DAY + 20 * DESK_HOUR;
}

/* The nurse's clock was twelve hours slow when it packed: pack, store; then the correction, countersigned by the driver. */
static void
sign_story(struct desk *desk, struct desk_statement *ret[static STATEMENTS], bool is_countersigned)
{
    int64_t wrong_us = DESK_DAY - 2 * DESK_HOUR;
    Custody__V1__StoreBody store = CUSTODY__V1__STORE_BODY__INIT;
    Custody__V1__CorrectClockBody correct = CUSTODY__V1__CORRECT_CLOCK_BODY__INIT;
    Custody__V1__CountersignBody countersign = CUSTODY__V1__COUNTERSIGN_BODY__INIT;
    char *codes[] = {(char *)"B1"};
    ret[0] =
        desk_sign(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 2000)->base, wrong_us);
    store.generator = (char *)DESK_HOSPITAL;
    store.n_containers = 1;
    store.containers = codes;
    ret[1] = desk_sign(desk, DESK_NURSE, &store.base, wrong_us + DESK_HOUR);
    correct.first_sequence = ret[0]->statement.header.key_sequence;
    correct.last_sequence = ret[1]->statement.header.key_sequence;
    correct.offset_us = 12 * DESK_HOUR;
    ret[2] = desk_sign(desk, DESK_NURSE, &correct.base, DESK_DAY + 13 * DESK_HOUR);
    countersign.target = desk_name(desk, is_countersigned ? ret[2] : ret[0]);
    ret[3] = desk_sign(desk, DESK_DRIVER, &countersign.base, DESK_DAY + 13 * DESK_HOUR);
    ret[4] = desk_sign(desk, DESK_DRIVER, &desk_load(desk, NULL, NULL, DESK_HOSPITAL, "B1")->base,
                       DESK_DAY + 9 * DESK_HOUR);
}

static Custody__V1__ContainerTrace *trace(struct desk *desk)
{
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    name.generator = (char *)DESK_HOSPITAL;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = (char *)"B1";
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    const Custody__V1__TraceReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_TRACE, &request.base,
                 &custody__v1__trace_reply__descriptor, NULL);
    assert_non_null(reply);
    assert_int_equal(reply->n_containers, 1);
    return reply->containers[0];
}

static void a_correction_waits_for_another_party(void **state)
{
    struct desk desk;
    struct desk_statement *all[STATEMENTS];
    (void)state;
    open_desk(&desk);
    sign_story(&desk, all, true);
    for (int i = 0; i < 3; i++)
        assert_non_null(desk_submit(&desk, all[i], NULL));
    const Custody__V1__ContainerTrace *before = trace(&desk);
    assert_int_equal(before->born_at, DESK_DAY - 2 * DESK_HOUR);
    assert_non_null(desk_submit(&desk, all[3], NULL));
    const Custody__V1__ContainerTrace *after = trace(&desk);
    assert_int_equal(after->born_at, DESK_DAY + 10 * DESK_HOUR);
    /* What was signed stays as it is. */
    assert_int_equal(after->steps[0]->claimed_at, DESK_DAY - 2 * DESK_HOUR);
    assert_int_equal(after->steps[0]->effective_at, DESK_DAY + 10 * DESK_HOUR);
    desk_close(&desk);
}

static void a_countersignature_of_something_else_corrects_nothing(void **state)
{
    struct desk desk;
    struct desk_statement *all[STATEMENTS];
    (void)state;
    open_desk(&desk);
    sign_story(&desk, all, false);
    for (int i = 0; i < 4; i++)
        assert_non_null(desk_submit(&desk, all[i], NULL));
    assert_int_equal(trace(&desk)->born_at, DESK_DAY - 2 * DESK_HOUR);
    desk_close(&desk);
}

/* With the nurse's times as told the load comes after the pack; corrected it comes before: the driver took what was not there
 * yet, and the pack tells what it was. Whatever arrives first, it ends alike. */
static void every_order_of_arrival_ends_alike(void **state)
{
    char expected[4096] = "";
    (void)state;
    for (int order = 0; order < ORDERS; order += STEP) {
        struct desk desk;
        struct desk_statement *all[STATEMENTS], *shuffled[STATEMENTS];
        bool is_taken[STATEMENTS] = {false};
        int rest = order;
        open_desk(&desk);
        sign_story(&desk, all, true);
        for (int i = 0; i < STATEMENTS; i++) {
            int pick = rest % (STATEMENTS - i);
            rest /= STATEMENTS - i;
            for (int k = 0; k < STATEMENTS; k++)
                if (!is_taken[k] && pick-- == 0) {
                    shuffled[i] = all[k];
                    is_taken[k] = true;
                    break;
                }
        }
        for (int i = 0; i < STATEMENTS; i++)
            assert_non_null(desk_submit(&desk, shuffled[i], NULL));
        const char *text = desk_render_container(&desk, DESK_HOSPITAL, "B1");
        assert_true(strlen(text) < sizeof expected);
        if (order == 0)
            snprintf(expected, sizeof expected, "%s", text);
        assert_string_equal(text, expected);
        desk_close(&desk);
    }
    assert_non_null(strstr(expected, "load by " DESK_CARRIER));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_correction_waits_for_another_party),
        cmocka_unit_test(a_countersignature_of_something_else_corrects_nothing),
        cmocka_unit_test(every_order_of_arrival_ends_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
