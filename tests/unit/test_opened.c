/* test_opened.c: who holds it, what was signed last, what must happen next; escalation by the profile's days. */
#include <string.h>

#include "daemon/service/opened.h"
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

static const Custody__V1__OpenItem *ask(struct desk *desk, const char *kind, const char *rule)
{
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    request.kind = (char *)kind;
    request.rule = (char *)rule;
    const Custody__V1__UnclosedReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_UNCLOSED, &request.base,
                 &custody__v1__unclosed_reply__descriptor, NULL);
    assert_int_equal(reply->n_items, 1);
    return reply->items[0];
}

static void expect(const Custody__V1__OpenItem *item,
                   const char *state,
                   const char *holder,
                   const char *last,
                   const char *next,
                   const char *by)
{
    assert_string_equal(item->state, state);
    assert_string_equal(item->holder, holder);
    assert_string_equal(item->last->act, last);
    assert_string_equal(item->next->act, next);
    assert_string_equal(item->next->party, by);
}

static void a_manifest_says_who_must_do_what_at_every_step(void **state)
{
    struct desk *desk = *state;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    desk->now_us += DESK_HOUR;
    struct desk_statement *manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    expect(ask(desk, "manifest", ""), "issued", DESK_HOSPITAL, "issue_manifest", "load",
           DESK_CARRIER);
    desk->now_us += DESK_HOUR;
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          desk->now_us, CUSTODY_OUTCOME_recorded);
    struct desk_statement *load =
        desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_HOSPITAL, "B1")->base,
                desk->now_us, CUSTODY_OUTCOME_recorded);
    (void)load;
    const Custody__V1__OpenItem *item = ask(desk, "manifest", "");
    assert_string_equal(item->holder, DESK_CARRIER);
    assert_string_equal(item->last->act, "load");
    assert_int_equal(item->last->effective_at, desk->now_us);
    assert_string_equal(item->vehicle, DESK_PLATE);
    assert_int_equal(item->mass_g > 0, 1);
    desk->now_us += DESK_HOUR;
    desk_do(desk, DESK_GATE,
            &desk_receive(desk, trip, manifest, DESK_HOSPITAL, "B1",
                          CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 900)
                 ->base,
            desk->now_us, CUSTODY_OUTCOME_recorded);
    expect(ask(desk, "manifest", ""), "delivered", DESK_PLANT, "receive", "confirm_receipt",
           DESK_PLANT);
    assert_true(ask(desk, "manifest", "")->next->due > desk->now_us);
}

/* 提醒 from the notice on, 催办 and 督办 by the profile's days after it was due: house defaults of 3 and 10. */
static void what_nobody_does_is_urged_and_then_supervised(void **state)
{
    struct desk *desk = *state;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    static const struct {
        int64_t hour;
        Custody__V1__Escalation expected;
    } cases[] = {
        {0, CUSTODY__V1__ESCALATION__ESCALATION_UNSPECIFIED},
        {35, CUSTODY__V1__ESCALATION__ESCALATION_UNSPECIFIED},
        {37, CUSTODY__V1__ESCALATION__ESCALATION_REMIND},
        {49, CUSTODY__V1__ESCALATION__ESCALATION_REMIND},
        {48 + 72, CUSTODY__V1__ESCALATION__ESCALATION_URGE},
        {48 + 240, CUSTODY__V1__ESCALATION__ESCALATION_SUPERVISE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        desk->now_us = DESK_DAY + cases[i].hour * DESK_HOUR;
        const Custody__V1__OpenItem *item = ask(desk, "obligation", "medical_storage");
        assert_int_equal(item->escalation, cases[i].expected);
        assert_string_equal(item->next->act, "load");
        assert_string_equal(item->last->act, "pack");
        assert_int_equal(strlen(item->id), 12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_manifest_says_who_must_do_what_at_every_step, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_nobody_does_is_urged_and_then_supervised, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
