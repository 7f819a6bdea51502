/* test_reckoning.c: balances by hand; who may ask; as of a position. */
#include "daemon/service/reckoning.h"
#include "tests/lib/check.h"
#include "tests/lib/haul.h"

static struct desk desk;

static const Custody__V1__BalanceReply *
ask(enum desk_actor actor, const char *party, uint64_t as_of, Custody__V1__Problem **ret_problem)
{
    Custody__V1__BalanceRequest request = CUSTODY__V1__BALANCE_REQUEST__INIT;
    request.party = (char *)party;
    request.from = (char *)"20260518";
    request.until = (char *)"20260518";
    request.as_of = as_of;
    return desk_ask(&desk, actor, ENVELOPE_BALANCE, &request.base,
                    &custody__v1__balance_reply__descriptor, ret_problem);
}

static int64_t figure(const Custody__V1__BalanceReply *reply,
                      const char *party,
                      const char *code,
                      const char *name)
{
    assert_non_null(reply);
    return haul_find(reply->figures, reply->n_figures, party, code, name);
}

static void a_day_of_three_parties_adds_up(void **state)
{
    (void)state;
    haul_run(&desk);
    const Custody__V1__BalanceReply *reply = ask(DESK_DOCTOR, DESK_CLINIC, 0, NULL);
    assert_int_equal(figure(reply, DESK_CLINIC, "", "generated_g"), 8000);
    assert_int_equal(figure(reply, DESK_CLINIC, "", "generated_n"), 2);
    assert_int_equal(figure(reply, DESK_CLINIC, "841-001-01", "generated_g"), 8000);
    assert_int_equal(figure(reply, DESK_CLINIC, "", "reweighed_g"), 100);
    assert_int_equal(figure(reply, DESK_CLINIC, "", "sent_g"), 8100);
    assert_int_equal(figure(reply, DESK_CLINIC, "", "closing_g"), 0);
    assert_int_equal(figure(reply, DESK_CLINIC, "", "in_time_g"), 8000);
    assert_int_equal(figure(reply, DESK_CLINIC, "", "age_1_g"), 8000);
    assert_int_equal(figure(reply, DESK_CLINIC, "", "of_disposed_g"), 8000);
    assert_string_equal(reply->period, "20260518-20260518");
    assert_string_equal(reply->party, DESK_CLINIC);
    reply = ask(DESK_DRIVER, DESK_CARRIER, 0, NULL);
    assert_int_equal(figure(reply, DESK_CARRIER, "", "taken_g"), 15100);
    assert_int_equal(figure(reply, DESK_CARRIER, "", "reweighed_g"), -100);
    assert_int_equal(figure(reply, DESK_CARRIER, "", "handed_on_g"), 15000);
    assert_int_equal(figure(reply, DESK_CARRIER, "", "mark_single_n"), 3);
    reply = ask(DESK_GATE, DESK_PLANT, 0, NULL);
    assert_int_equal(figure(reply, DESK_PLANT, "", "received_g"), 15000);
    assert_int_equal(figure(reply, DESK_PLANT, "", "treated_g"), 8000);
    assert_int_equal(figure(reply, DESK_PLANT, "", "closing_g"), 7000);
    assert_int_equal(figure(reply, DESK_PLANT, "", "closing_n"), 1);
    desk_close(&desk);
}

static void the_day_after_opens_with_what_was_left(void **state)
{
    (void)state;
    haul_run(&desk);
    Custody__V1__BalanceRequest request = CUSTODY__V1__BALANCE_REQUEST__INIT;
    request.party = (char *)DESK_PLANT;
    request.from = (char *)"20260519";
    request.until = (char *)"20260520";
    const Custody__V1__BalanceReply *reply =
        desk_ask(&desk, DESK_GATE, ENVELOPE_BALANCE, &request.base,
                 &custody__v1__balance_reply__descriptor, NULL);
    assert_int_equal(figure(reply, DESK_PLANT, "", "opening_g"), 7000);
    assert_int_equal(figure(reply, DESK_PLANT, "", "received_g"), 0);
    assert_int_equal(figure(reply, DESK_PLANT, "", "closing_g"), 7000);
    request.from = request.until = (char *)"20260517";
    reply = desk_ask(&desk, DESK_GATE, ENVELOPE_BALANCE, &request.base,
                     &custody__v1__balance_reply__descriptor, NULL);
    assert_int_equal(reply->n_figures, 0);
    desk_close(&desk);
}

static void a_later_correction_does_not_reach_an_older_position(void **state)
{
    (void)state;
    haul_run(&desk);
    uint64_t before = haul_size(&desk);
    haul_correct(&desk);
    assert_int_equal(figure(ask(DESK_GATE, DESK_PLANT, before, NULL), DESK_PLANT, "", "treated_g"),
                     8000);
    assert_int_equal(figure(ask(DESK_GATE, DESK_PLANT, 0, NULL), DESK_PLANT, "", "treated_g"),
                     7900);
    Custody__V1__Problem *problem = NULL;
    assert_null(ask(DESK_GATE, DESK_PLANT, 1000000, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_yet);
    desk_close(&desk);
}

static void only_the_party_and_its_regulator_are_told(void **state)
{
    (void)state;
    Custody__V1__Problem *problem = NULL;
    haul_run(&desk);
    assert_null(ask(DESK_DOCTOR, DESK_HOSPITAL, 0, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_visible);
    assert_non_null(ask(DESK_REGULATOR, DESK_HOSPITAL, 0, NULL));
    /* Nobody named: the asker's own. */
    assert_string_equal(ask(DESK_DOCTOR, "", 0, NULL)->party, DESK_CLINIC);
    assert_null(ask(DESK_DOCTOR, "uscc:nobody", 0, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_found);
    desk_close(&desk);
}

static void what_cannot_be_read_names_its_field(void **state)
{
    (void)state;
    static const struct {
        const char *from, *until, *code, *field;
    } wrong[] = {{"2026-05-18", "20260518", "", "from"},
                 {"20260518", "20260517", "", "until"},
                 {"20260518", "", "", "until"},
                 {"20260518", "20260518", "no-such-code", "waste_code"}};
    haul_run(&desk);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        Custody__V1__BalanceRequest request = CUSTODY__V1__BALANCE_REQUEST__INIT;
        Custody__V1__Problem *problem = NULL;
        request.from = (char *)wrong[i].from;
        request.until = (char *)wrong[i].until;
        request.waste_code = (char *)wrong[i].code;
        assert_null(desk_ask(&desk, DESK_DOCTOR, ENVELOPE_BALANCE, &request.base,
                             &custody__v1__balance_reply__descriptor, &problem));
        assert_string_equal(problem->field, wrong[i].field);
    }
    Custody__V1__BalanceRequest request = CUSTODY__V1__BALANCE_REQUEST__INIT;
    request.waste_code = (char *)"841-001-01";
    const Custody__V1__BalanceReply *reply =
        desk_ask(&desk, DESK_DOCTOR, ENVELOPE_BALANCE, &request.base,
                 &custody__v1__balance_reply__descriptor, NULL);
    /* No days named: the civil month. */
    assert_string_equal(reply->period, "20260501-20260531");
    assert_int_equal(figure(reply, DESK_CLINIC, "841-001-01", "generated_g"), 8000);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_of_three_parties_adds_up),
        cmocka_unit_test(the_day_after_opens_with_what_was_left),
        cmocka_unit_test(a_later_correction_does_not_reach_an_older_position),
        cmocka_unit_test(only_the_party_and_its_regulator_are_told),
        cmocka_unit_test(what_cannot_be_read_names_its_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
