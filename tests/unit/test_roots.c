/* test_roots.c: only the two root keys of this ledger speak together, and the rules decide what becomes of it. */
#include <string.h>

#include "proto/custody.pb-c.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/roots.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct desk desk;
static struct root roots[ROOTS];
static char sentence[240];

static int setup(void **state)
{
    (void)state;
    desk_open(&desk, true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static enum custody_status find(const uint8_t *first, const uint8_t *second)
{
    const uint8_t *const seeds[ROOTS] = {first, second};
    return roots_find(desk.ledger, seeds, roots, sentence);
}

static void two_different_root_keys_of_this_ledger_are_found(void **state)
{
    (void)state;
    const uint8_t other[SEED_SIZE] = {5};
    assert_int_equal(find(desk.paper.root_seeds[1], desk.paper.root_seeds[0]), CUSTODY_OK);
    assert_memory_equal(roots[0].public_key, desk.paper.root_keys[1], PUBLIC_KEY_SIZE);
    assert_int_equal(roots[0].sequence, 1);
    assert_true(roots[1].sequence > 1); /* it has founded the ledger */
    assert_int_equal(find(other, desk.paper.root_seeds[0]), CUSTODY_ERR_INVALID);
    assert_non_null(strstr(sentence, "the first root key"));
    assert_int_equal(find(desk.paper.root_seeds[0], desk.paper.root_seeds[0]), CUSTODY_ERR_INVALID);
    assert_non_null(strstr(sentence, "two different"));
}

static void what_they_say_is_decided_like_anything_else(void **state)
{
    (void)state;
    static struct root_statement said[ROOTS];
    uint8_t next[PUBLIC_KEY_SIZE] = {9}, proof[SIGNATURE_SIZE] = {0};
    Custody__V1__RotateLedgerKeyBody rotate = CUSTODY__V1__ROTATE_LEDGER_KEY_BODY__INIT;
    Custody__V1__OpenLedgerBody open = CUSTODY__V1__OPEN_LEDGER_BODY__INIT;
    rotate.next_key = (ProtobufCBinaryData){sizeof next, next};
    rotate.proof = (ProtobufCBinaryData){sizeof proof, proof};
    assert_int_equal(find(desk.paper.root_seeds[0], desk.paper.root_seeds[1]), CUSTODY_OK);
    uint64_t size = journal_size(desk.ledger->journal);
    /* Not while the ledger runs as it does here: refused, and both refusals are on the ledger. */
    for (int i = 0; i < ROOTS; i++)
        roots_sign(desk.ledger, &roots[i], CUSTODY__V1__ACT__ACT_ROTATE_LEDGER_KEY, &rotate.base,
                   desk.now_us, &said[i]);
    assert_int_equal(
        roots_submit(desk.ledger, said, ROOTS, CUSTODY_OUTCOME_granted, desk.now_us, sentence),
        CUSTODY_ERR_INVALID);
    assert_non_null(strstr(sentence, "rotate_ledger_key was not taken: act_not_open (act)"));
    assert_int_equal(journal_size(desk.ledger->journal), size + 2);
    /* The chains go on behind them. */
    assert_int_equal(find(desk.paper.root_seeds[0], desk.paper.root_seeds[1]), CUSTODY_OK);
    roots_sign(desk.ledger, &roots[1], CUSTODY__V1__ACT__ACT_OPEN_LEDGER, &open.base, desk.now_us,
               &said[0]);
    assert_int_equal(
        roots_submit(desk.ledger, said, 1, CUSTODY_OUTCOME_granted, desk.now_us, sentence),
        CUSTODY_OK);
    assert_true(book_ledger(desk.ledger->book)->is_open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_different_root_keys_of_this_ledger_are_found, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_they_say_is_decided_like_anything_else, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
