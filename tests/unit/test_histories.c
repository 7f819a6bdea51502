/* test_histories.c: a head by the ledger's own key that is not of this ledger stops its signing; anything less does not. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/service/health.h"
#include "daemon/service/histories.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/rotate.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct desk desk;
static unsigned packed;

static int setup(void **state)
{
    (void)state;
    desk_open(&desk, false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

/* 0, or the reason why it was not taken. */
static uint32_t try_to_pack(void)
{
    Custody__V1__Problem *problem = NULL;
    Custody__V1__PackBody *body =
        desk_pack(&desk, DESK_HOSPITAL, arena_format(desk.arena, "B%u", ++packed), 900);
    uint64_t size = journal_size(desk.ledger->journal);
    struct desk_key kept = desk.keys[DESK_NURSE];
    const Custody__V1__Receipt *receipt =
        desk_submit(&desk, desk_sign(&desk, DESK_NURSE, &body->base, desk.now_us), &problem);
    assert_true((receipt == NULL) == (problem != NULL));
    assert_int_equal(journal_size(desk.ledger->journal), size + (receipt != NULL));
    if (receipt == NULL)
        desk.keys[DESK_NURSE] = kept; /* the device sends it again; here it is packed anew */
    return problem == NULL ? 0 : problem->reason;
}

static void show(struct span note)
{
    Custody__V1__HeadRequest request = CUSTODY__V1__HEAD_REQUEST__INIT;
    request.shown = (ProtobufCBinaryData){note.len, (uint8_t *)(uintptr_t)note.data};
    assert_non_null(desk_ask(&desk, DESK_NURSE, ENVELOPE_HEAD, &request.base,
                             &custody__v1__head_reply__descriptor, NULL));
}

static size_t sign(const uint8_t *secret_key, uint64_t size, uint8_t root, uint8_t note[1024])
{
    struct checkpoint head = {.size = size, .root = {{root}}};
    snprintf(head.origin, sizeof head.origin, "%s", ledger_origin(desk.ledger));
    return checkpoint_sign(&head, secret_key, note, 1024);
}

static uint64_t size_now(void)
{
    return journal_size(desk.ledger->journal);
}

static void what_the_key_did_not_sign_changes_nothing(void **state)
{
    (void)state;
    const uint8_t seed[SEED_SIZE] = {8};
    uint8_t note[1024], own[CHECKPOINT_SIZE_MAX], key[PUBLIC_KEY_SIZE], secret[SECRET_KEY_SIZE];
    digest_key_from_seed(seed, key, secret);
    size_t len = ledger_head(desk.ledger, own, NULL);
    show(span_of(own, len));
    assert_int_equal(try_to_pack(), 0);
    show(span_of(own, len)); /* an older one of ours */
    show(span_text("nothing"));
    len = sign(secret, size_now() + 5, 1, note);
    show(span_of(note, len));
    len = sign(ledger_keys(desk.ledger)->secret_key, size_now() + 5, 1, note);
    note[len - 9] = note[len - 9] == 'A' ? 'B' : 'A';
    show(span_of(note, len));
    assert_false(histories_are_two(desk.ledger));
    assert_int_equal(try_to_pack(), 0);
    /* What a statement's own `seen` says is its author's word alone. */
    struct checkpoint lie = {.size = 2, .root = {{7}}};
    desk_see(&desk, DESK_NURSE, &lie);
    assert_int_equal(try_to_pack(), 0);
    assert_false(histories_are_two(desk.ledger));
}

/* As an operator's doctor sees it, from a process of its own: one process does not open a ledger twice. */
static bool doctor_sees_two(void)
{
    char sentence[240];
    struct health health;
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(health_look(&desk.options, desk.now_us, sentence, &health), CUSTODY_OK);
    desk_reopen(&desk);
    return health.has_two_histories;
}

static void assert_stopped(void)
{
    assert_true(histories_are_two(desk.ledger));
    assert_int_equal(try_to_pack(), CUSTODY_REASON_two_histories);
    assert_true(doctor_sees_two());
    assert_true(histories_are_two(desk.ledger));
    assert_int_equal(try_to_pack(), CUSTODY_REASON_two_histories);
}

static void another_root_of_a_size_that_was_stops_the_signing(void **state)
{
    (void)state;
    uint8_t note[1024];
    size_t len = sign(ledger_keys(desk.ledger)->secret_key, size_now() - 1, 1, note);
    show(span_of(note, len));
    assert_stopped();
}

/* This is yesterday's copy, and today's has gone on elsewhere. */
static void a_head_beyond_our_own_stops_the_signing(void **state)
{
    (void)state;
    uint8_t note[1024];
    size_t len = sign(ledger_keys(desk.ledger)->secret_key, size_now() + 1, 1, note);
    show(span_of(note, len));
    assert_stopped();
}

static void a_change_of_the_key_ends_it(void **state)
{
    (void)state;
    uint8_t note[1024];
    char sentence[240];
    struct rotate_report report;
    struct ledger_keys stolen = *ledger_keys(desk.ledger);
    size_t len = sign(stolen.secret_key, size_now() + 1, 1, note);
    show(span_of(note, len));
    const struct rotate_options options = {
        .ledger = desk.options,
        .root_seeds = {desk.paper.root_seeds[0], desk.paper.root_seeds[1]},
        .now_us = desk.now_us};
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    if (rotate_ledger_key(&options, sentence, &report) != CUSTODY_OK)
        fail_msg("%s", sentence);
    desk_reopen(&desk);
    assert_false(histories_are_two(desk.ledger));
    assert_int_equal(try_to_pack(), 0);
    assert_false(doctor_sees_two());
    /* The thief of the old key stops nobody any more. */
    show(span_of(note, len));
    len = sign(stolen.secret_key, 3, 1, note);
    show(span_of(note, len));
    assert_int_equal(try_to_pack(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_key_did_not_sign_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(another_root_of_a_size_that_was_stops_the_signing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_head_beyond_our_own_stops_the_signing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_of_the_key_ends_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
