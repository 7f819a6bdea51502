/* test_retell.c: what is said of a statement finds its facts, whichever arrives first. */
#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static int setup(void **state)
{
    static struct desk desk;
    desk_open(&desk, false);
    desk.now_us = DESK_DAY + 20 * DESK_HOUR;
    *state = &desk;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

static struct desk_statement *
sign_withdraw(struct desk *desk, enum desk_actor actor, const struct desk_statement *target)
{
    Custody__V1__WithdrawBody body = CUSTODY__V1__WITHDRAW_BODY__INIT;
    body.target = desk_name(desk, target);
    return desk_sign(desk, actor, &body.base, DESK_DAY + 2 * DESK_HOUR);
}

static struct desk_statement *
sign_dispute(struct desk *desk, enum desk_actor actor, const struct desk_statement *target)
{
    Custody__V1__DisputeBody body = CUSTODY__V1__DISPUTE_BODY__INIT;
    body.target = desk_name(desk, target);
    body.reason = CUSTODY__V1__REASON_CLASS__REASON_QUANTITY;
    return desk_sign(desk, actor, &body.base, DESK_DAY + 2 * DESK_HOUR);
}

static struct desk_statement *sign_pack(struct desk *desk, const char *code)
{
    return desk_sign(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, code, 2000)->base,
                     DESK_DAY + DESK_HOUR);
}

static void a_withdrawal_that_comes_first_waits_for_its_statement(void **state)
{
    struct desk *desk = *state;
    struct desk_statement *pack = sign_pack(desk, "B1");
    struct desk_statement *withdrawal = sign_withdraw(desk, DESK_NURSE, pack);
    assert_non_null(desk_submit(desk, withdrawal, NULL));
    assert_string_equal(desk_render_container(desk, DESK_HOSPITAL, "B1"), "nothing\n");
    assert_non_null(desk_submit(desk, pack, NULL));
    const char *text = desk_render_container(desk, DESK_HOSPITAL, "B1");
    assert_non_null(strstr(text, "pack by " DESK_HOSPITAL ": withdrawn -> unknown"));
    assert_non_null(strstr(text, "withdraw by " DESK_HOSPITAL ": applied"));
    assert_null(strstr(text, "obligation"));
}

static void nobody_withdraws_what_another_party_said(void **state)
{
    struct desk *desk = *state;
    struct desk_statement *pack = sign_pack(desk, "B1");
    assert_non_null(desk_submit(desk, pack, NULL));
    assert_non_null(desk_submit(desk, sign_withdraw(desk, DESK_DRIVER, pack), NULL));
    const char *text = desk_render_container(desk, DESK_HOSPITAL, "B1");
    assert_non_null(strstr(text, "pack by " DESK_HOSPITAL ": applied -> packed"));
    assert_non_null(strstr(text, "withdraw by " DESK_CARRIER ": other"));
}

/* The last to arrive is the disputed statement; before it its dispute, before that the dispute's withdrawal. */
static void a_withdrawn_dispute_is_none_in_whatever_order(void **state)
{
    struct desk *desk = *state;
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          DESK_DAY, CUSTODY_OUTCOME_recorded);
    struct desk_statement *manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    struct desk_statement *statements[4];
    statements[0] = sign_pack(desk, "B1");
    statements[1] =
        desk_sign(desk, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_HOSPITAL, "B1")->base,
                  DESK_DAY + 2 * DESK_HOUR);
    statements[2] = sign_dispute(desk, DESK_NURSE, statements[1]);
    statements[3] = sign_withdraw(desk, DESK_NURSE, statements[2]);
    for (int i = 3; i >= 0; i--)
        assert_non_null(desk_submit(desk, statements[i], NULL));
    const char *text = desk_render_container(desk, DESK_HOSPITAL, "B1");
    assert_non_null(strstr(text, "dispute by " DESK_HOSPITAL ": withdrawn"));
    assert_null(strstr(text, "finding disputed"));
}

static void a_dispute_is_told_of_every_container_of_the_statement(void **state)
{
    struct desk *desk = *state;
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          DESK_DAY, CUSTODY_OUTCOME_recorded);
    assert_non_null(desk_submit(desk, sign_pack(desk, "B1"), NULL));
    Custody__V1__LoadBody *body =
        desk_load(desk, trip, desk_issue(desk, DESK_NURSE, DESK_HOSPITAL), DESK_HOSPITAL, "B1");
    struct desk_statement *load =
        desk_sign(desk, DESK_DRIVER, &body->base, DESK_DAY + 3 * DESK_HOUR / 2);
    assert_non_null(desk_submit(desk, load, NULL));
    assert_non_null(desk_submit(desk, sign_dispute(desk, DESK_NURSE, load), NULL));
    const char *text = desk_render_container(desk, DESK_HOSPITAL, "B1");
    assert_non_null(strstr(text, "load by " DESK_CARRIER ": disputed -> in transit"));
    assert_non_null(strstr(text, "finding disputed " DESK_HOSPITAL "/B1"));
}

/* The carrier's second device, without an admin's role, is lost and revoked. */
static void lose_device(struct desk *desk)
{
    Custody__V1__EnrolKeyBody enrol = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__RevokeKeyBody revoke = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_DRIVER};
    enrol.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk->keys[DESK_STRANGER].public_key};
    enrol.party = (char *)DESK_CARRIER;
    enrol.n_roles = 1;
    enrol.roles = roles;
    desk_do(desk, DESK_REGULATOR, &enrol.base, desk->now_us, CUSTODY_OUTCOME_granted);
    revoke.key = enrol.key;
    desk_do(desk, DESK_REGULATOR, &revoke.base, desk->now_us, CUSTODY_OUTCOME_granted);
}

static struct desk_statement *
sign_countersign(struct desk *desk, enum desk_actor actor, const struct desk_statement *target)
{
    Custody__V1__CountersignBody body = CUSTODY__V1__COUNTERSIGN_BODY__INIT;
    body.target = desk_name(desk, target);
    return desk_sign(desk, actor, &body.base, DESK_DAY + 5 * DESK_HOUR);
}

/* DESIGN 4: what comes after the revocation is held, a countersignature too, until the party's admin confirms it by name. */
static void a_revoked_device_countersigns_nothing_until_confirmed(void **state)
{
    struct desk *desk = *state;
    lose_device(desk);
    struct desk_statement *manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    for (int order = 0; order < 2; order++) {
        char code[] = "C1";
        code[1] = (char)('1' + order);
        struct desk_statement *load = desk_sign(
            desk, DESK_DRIVER, &desk_load(desk, NULL, manifest, DESK_HOSPITAL, code)->base,
            DESK_DAY + 2 * DESK_HOUR);
        Custody__V1__FeedBody feed = CUSTODY__V1__FEED_BODY__INIT;
        char *codes[] = {code};
        feed.batch = (char *)"F1";
        feed.generator = (char *)DESK_HOSPITAL;
        feed.n_containers = 1;
        feed.containers = codes;
        struct desk_statement *fed =
            desk_sign(desk, DESK_GATE, &feed.base, DESK_DAY + 4 * DESK_HOUR);
        struct desk_statement *held = sign_countersign(desk, DESK_STRANGER, fed);
        struct desk_statement *confirmed = sign_countersign(desk, DESK_DRIVER, held);
        desk_submit(desk, load, NULL);
        desk_submit(desk, fed, NULL);
        desk_submit(desk, order == 0 ? held : confirmed, NULL);
        const char *text = desk_render_container(desk, DESK_HOSPITAL, code);
        assert_non_null(strstr(text, "in transit by " DESK_CARRIER));
        assert_non_null(strstr(text, "finding contested"));
        desk_submit(desk, order == 0 ? confirmed : held, NULL);
        text = desk_render_container(desk, DESK_HOSPITAL, code);
        assert_non_null(strstr(text, "fed by " DESK_PLANT));
        assert_null(strstr(text, "finding contested"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_withdrawal_that_comes_first_waits_for_its_statement,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_withdraws_what_another_party_said, setup, teardown),
        cmocka_unit_test_setup_teardown(a_withdrawn_dispute_is_none_in_whatever_order, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_dispute_is_told_of_every_container_of_the_statement,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_revoked_device_countersigns_nothing_until_confirmed,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
