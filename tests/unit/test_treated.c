/* test_treated.c: a manifest whose containers went to more batches than anybody lists closes by what they yielded. */
#include <string.h>

#include "daemon/service/treated.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

enum { BAGS = 20 };

static struct desk desk;

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk, false);
    desk.now_us = DESK_DAY + 100 * DESK_HOUR;
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static struct desk_statement *say(enum desk_actor actor, const ProtobufCMessage *body, int hour)
{
    return desk_do(&desk, actor, body, DESK_DAY + hour * DESK_HOUR, CUSTODY_OUTCOME_recorded);
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

static char *name_of(char kind, int i)
{
    return arena_format(desk.arena, "%c%d", kind, i);
}

static struct desk_statement *feed(int batch, int bag, int hour)
{
    Custody__V1__FeedBody body = CUSTODY__V1__FEED_BODY__INIT;
    char *codes[] = {name_of('B', bag)};
    body.batch = name_of('F', batch);
    body.generator = (char *)DESK_CLINIC;
    body.n_containers = 1;
    body.containers = codes;
    return say(DESK_GATE, &body.base, hour);
}

static struct desk_statement *yield(int batch, int hour)
{
    Custody__V1__YieldBody body = CUSTODY__V1__YIELD_BODY__INIT;
    body.batch = name_of('F', batch);
    body.method = (char *)"Y10";
    return say(DESK_GATE, &body.base, hour);
}

static void withdraw(const struct desk_statement *target, int hour)
{
    Custody__V1__WithdrawBody body = CUSTODY__V1__WITHDRAW_BODY__INIT;
    body.target = desk_name(&desk, target);
    say(DESK_GATE, &body.base, hour);
}

/* Each bag into a batch of its own; the office leaves the method to the batches. */
static struct desk_statement *treat_all(void)
{
    struct desk_statement *manifest = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    struct desk_statement *trip = say(DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, 2);
    for (int i = 0; i < BAGS; i++) {
        const char *code = name_of('B', i);
        say(DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, code, 900)->base, 1);
        say(DESK_DRIVER, &desk_load(&desk, trip, manifest, DESK_CLINIC, code)->base, 3);
        say(DESK_GATE,
            &desk_receive(&desk, trip, manifest, DESK_CLINIC, code,
                          CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 900)
                 ->base,
            5);
        feed(i, i, 6);
    }
    Custody__V1__ConfirmReceiptBody confirm = CUSTODY__V1__CONFIRM_RECEIPT_BODY__INIT;
    Custody__V1__ConfirmedLine line = CUSTODY__V1__CONFIRMED_LINE__INIT;
    Custody__V1__ConfirmedLine *lines[] = {&line};
    line.line = 1;
    line.accepted_mass_g = 900 * BAGS;
    line.verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    confirm.manifest = desk_id(manifest);
    confirm.n_lines = 1;
    confirm.lines = lines;
    say(DESK_GATE, &confirm.base, 8);
    return manifest;
}

static void every_batch_says_how_it_treated(void **state)
{
    (void)state;
    struct desk_statement *manifest = treat_all();
    assert_string_equal(view(manifest)->state, "confirmed");
    assert_int_equal(view(manifest)->n_batches, BAGS);
    struct desk_statement *last = NULL;
    for (int i = 0; i < BAGS; i++) {
        if (i == BAGS - 1)
            assert_string_equal(view(manifest)->lacks[0], "method");
        last = yield(i, 10);
    }
    assert_string_equal(view(manifest)->state, "closed");
    assert_string_equal(view(manifest)->method, "Y10");
    /* What the last one yielded is taken back, and told again. */
    withdraw(last, 11);
    assert_string_equal(view(manifest)->state, "confirmed");
    yield(BAGS - 1, 12);
    assert_string_equal(view(manifest)->state, "closed");
}

static void a_batch_that_it_left_has_nothing_to_say(void **state)
{
    (void)state;
    struct desk_statement *manifest = treat_all();
    struct desk_statement *wrong = feed(99, 0, 5);
    assert_int_equal(view(manifest)->n_batches, BAGS);
    for (int i = 1; i < BAGS; i++)
        yield(i, 10);
    assert_string_equal(view(manifest)->lacks[0], "method");
    yield(99, 10);
    assert_string_equal(view(manifest)->state, "closed");
    /* The first batch has it after all. */
    withdraw(wrong, 11);
    assert_int_equal(view(manifest)->n_batches, BAGS);
    assert_string_equal(view(manifest)->lacks[0], "method");
    yield(0, 12);
    assert_string_equal(view(manifest)->state, "closed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_batch_says_how_it_treated, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(a_batch_that_it_left_has_nothing_to_say, open_desk,
                                        close_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
