/* test_apply.c: when a statement counts, and what becomes of its author's chain. */
#include <stdio.h>
#include <string.h>

#include "daemon/service/apply.h"
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

/* Open obligations of a key's chain, as the regulator is told. */
static uint32_t missing_of(struct desk *desk, const char *party)
{
    Custody__V1__PartyRequest request = CUSTODY__V1__PARTY_REQUEST__INIT;
    request.party = (char *)party;
    const Custody__V1__PartyReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_PARTY, &request.base,
                 &custody__v1__party_reply__descriptor, NULL);
    assert_non_null(reply);
    assert_int_equal(reply->n_keys, 1);
    return reply->keys[0]->missing;
}

static void a_claim_from_the_future_counts_from_when_it_was_recorded(void **state)
{
    struct desk *desk = *state;
    desk->now_us = DESK_DAY + 8 * DESK_HOUR;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base,
            DESK_DAY + 30 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    char born[64];
    snprintf(born, sizeof born, "born %lld ", (long long)desk->now_us);
    assert_non_null(strstr(desk_render_container(desk, DESK_HOSPITAL, "B1"), born));
}

/* House rule clock_wrong. A telephone set back a day after it had seen today's head: signed before what it has seen. */
static void a_clock_that_was_set_back_is_caught_and_replaced(void **state)
{
    struct desk *desk = *state;
    desk->now_us = DESK_DAY + 8 * DESK_HOUR;
    desk_do(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "C1", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    uint64_t size;
    uint8_t note[CHECKPOINT_SIZE_MAX];
    struct checkpoint head;
    size_t len = ledger_head(desk->ledger, note, &size);
    assert_true(checkpoint_parse(span_of(note, len), &head));
    desk->now_us += DESK_HOUR;
    desk_see(desk, DESK_NURSE, &head);
    struct desk_statement *forged =
        desk_sign_at(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base,
                     DESK_DAY - 20 * DESK_HOUR, DESK_DAY - 20 * DESK_HOUR);
    Custody__V1__Receipt *receipt = desk_submit(desk, forged, NULL);
    assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_recorded);
    assert_int_equal(receipt->n_findings, 1);
    assert_string_equal(receipt->findings[0]->rule_name, "clock_wrong");
    char born[64];
    snprintf(born, sizeof born, "born %lld ", (long long)(DESK_DAY + 8 * DESK_HOUR));
    assert_non_null(strstr(desk_render_container(desk, DESK_HOSPITAL, "B1"), born));
    /* A few seconds behind is no lie. */
    receipt =
        desk_submit(desk,
                    desk_sign_at(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B2", 900)->base,
                                 DESK_DAY + 7 * DESK_HOUR, DESK_DAY + 8 * DESK_HOUR - 30000000),
                    NULL);
    assert_int_equal(receipt->n_findings, 0);
}

static void a_gap_in_a_chain_is_owed_until_it_is_filled(void **state)
{
    struct desk *desk = *state;
    struct desk_statement *first =
        desk_sign(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us);
    struct desk_statement *second =
        desk_sign(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B2", 900)->base, desk->now_us);
    struct desk_statement *third =
        desk_sign(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B3", 900)->base, desk->now_us);
    assert_int_equal(missing_of(desk, DESK_HOSPITAL), 0);
    assert_non_null(desk_submit(desk, third, NULL));
    assert_int_equal(missing_of(desk, DESK_HOSPITAL), 2);
    assert_non_null(desk_submit(desk, first, NULL));
    assert_int_equal(missing_of(desk, DESK_HOSPITAL), 1);
    Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    const ProtobufCMessageDescriptor *descriptor = &custody__v1__findings_reply__descriptor;
    const Custody__V1__FindingsReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_FINDINGS, &request.base, descriptor, NULL);
    assert_int_equal(reply->n_findings, 0);
    desk->now_us += 73 * DESK_HOUR;
    reply = desk_ask(desk, DESK_REGULATOR, ENVELOPE_FINDINGS, &request.base, descriptor, NULL);
    bool is_told = false;
    for (size_t i = 0; i < reply->n_findings; i++)
        is_told |= strcmp(reply->findings[i]->rule_name, "chain_gap") == 0;
    assert_true(is_told);
    assert_non_null(desk_submit(desk, second, NULL));
    assert_int_equal(missing_of(desk, DESK_HOSPITAL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_claim_from_the_future_counts_from_when_it_was_recorded,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_was_set_back_is_caught_and_replaced, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_gap_in_a_chain_is_owed_until_it_is_filled, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
