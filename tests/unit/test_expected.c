/* test_expected.c: a plant sees what is on its way to it, with plate, pieces and mass. */
#include <string.h>

#include "daemon/service/expected.h"
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

static const Custody__V1__ExpectedReply *
ask(struct desk *desk, enum desk_actor actor, const char *party, bool issued)
{
    Custody__V1__ExpectedRequest request = CUSTODY__V1__EXPECTED_REQUEST__INIT;
    request.party = (char *)party;
    request.issued = issued;
    return desk_ask(desk, actor, ENVELOPE_EXPECTED, &request.base,
                    &custody__v1__expected_reply__descriptor, NULL);
}

static void from_loading_until_the_gate(void **state)
{
    struct desk *desk = *state;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    struct desk_statement *manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    assert_int_equal(ask(desk, DESK_GATE, "", false)->n_items, 0);
    assert_int_equal(ask(desk, DESK_GATE, "", true)->n_items, 1);
    desk->now_us += DESK_HOUR;
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          desk->now_us, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_HOSPITAL, "B1")->base,
            desk->now_us, CUSTODY_OUTCOME_recorded);
    const Custody__V1__ExpectedReply *reply = ask(desk, DESK_GATE, "", false);
    assert_int_equal(reply->n_items, 1);
    assert_int_equal(reply->total, 1);
    assert_string_equal(reply->items[0]->vehicle, DESK_PLATE);
    assert_string_equal(reply->items[0]->carrier, DESK_CARRIER);
    assert_int_equal(reply->items[0]->pieces, 1);
    assert_int_equal(reply->items[0]->mass_g, 900);
    assert_int_equal(reply->items[0]->n_containers, 1);
    assert_string_equal(reply->items[0]->containers[0], DESK_HOSPITAL "/B1");
    assert_int_equal(reply->pieces, 1);
    /* A bureau may ask for the plant; the hospital is told of its own only. */
    assert_int_equal(ask(desk, DESK_REGULATOR, DESK_PLANT, false)->n_items, 1);
    assert_int_equal(ask(desk, DESK_DOCTOR, DESK_PLANT, false)->n_items, 0);
    desk->now_us += DESK_HOUR;
    desk_do(desk, DESK_GATE,
            &desk_receive(desk, trip, manifest, DESK_HOSPITAL, "B1",
                          CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 900)
                 ->base,
            desk->now_us, CUSTODY_OUTCOME_recorded);
    assert_int_equal(ask(desk, DESK_GATE, "", false)->n_items, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(from_loading_until_the_gate, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
