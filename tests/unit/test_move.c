/* test_move.c: whom a device follows after a loss: only a successor that both root keys of its own ledger founded. */
#include <string.h>

#include "client/lib/move.h"
#include "tests/lib/author.h"
#include "tests/lib/check.h"

#define ORIGIN "ledger.example/test"
#define NEXT   ORIGIN "/2"

enum { RESTORED = 40, ENTRY_ROOM = 4096 };

static struct author roots[2], stranger;
static struct card from, to;
static uint8_t rooms[3][ENTRY_ROOM];
static struct span entries[3];
static struct custody_problem problem;

static struct span entry_of(int i, uint64_t number, const uint8_t *submission, size_t len)
{
    const struct entry entry = {
        .outcome = i == 2 ? CUSTODY_OUTCOME_recorded : CUSTODY_OUTCOME_granted,
        .number = number,
        .recorded_at_us = 1700000000000000 + (int64_t)number,
        .statement = span_of(submission + SIGNATURE_SIZE, len - SIGNATURE_SIZE),
        .signature = submission,
    };
    return span_of(rooms[i], entry_write(&entry, rooms[i], ENTRY_ROOM));
}

struct founding {
    struct author *founder, *countersigner;
    const char *of, *origin;
    uint64_t restored;
    bool has_other_key, names_another;
};

static void make(const struct founding *founding)
{
    uint8_t bytes[ENTRY_ROOM];
    Custody__V1__FoundLedgerBody body = CUSTODY__V1__FOUND_LEDGER_BODY__INIT;
    Custody__V1__Predecessor predecessor = CUSTODY__V1__PREDECESSOR__INIT;
    Custody__V1__CountersignBody countersign = CUSTODY__V1__COUNTERSIGN_BODY__INIT;
    Custody__V1__StatementName target = CUSTODY__V1__STATEMENT_NAME__INIT;
    ProtobufCBinaryData keys[2] = {{PUBLIC_KEY_SIZE, roots[0].public_key},
                                   {PUBLIC_KEY_SIZE, roots[1].public_key}};
    roots[0].origin = statement_origin_digest(ORIGIN);
    body.origin = (char *)ORIGIN;
    body.ledger_key = (ProtobufCBinaryData){PUBLIC_KEY_SIZE, from.ledger_key};
    body.n_root_keys = 2;
    body.root_keys = keys;
    entries[0] = entry_of(0, 0, bytes, author_sign(&roots[0], &body.base, bytes, sizeof(bytes)));

    founding->founder->origin = statement_origin_digest(NEXT);
    predecessor.origin = (char *)founding->of;
    predecessor.restored_size = founding->restored;
    body.origin = (char *)founding->origin;
    body.ledger_key.data = founding->has_other_key ? from.ledger_key : to.ledger_key;
    body.predecessor = &predecessor;
    entries[1] = entry_of(1, RESTORED, bytes,
                          author_sign(founding->founder, &body.base, bytes, sizeof(bytes)));
    struct digest id = founding->founder->previous;
    id.bytes[0] ^= founding->names_another ? 1 : 0;
    founding->countersigner->origin = statement_origin_digest(NEXT);
    target.key = keys[0];
    target.id = (ProtobufCBinaryData){DIGEST_SIZE, id.bytes};
    countersign.target = &target;
    entries[2] =
        entry_of(2, RESTORED + 1, bytes,
                 author_sign(founding->countersigner, &countersign.base, bytes, sizeof(bytes)));
}

static int setup(void **state)
{
    (void)state;
    digest_init();
    author_init(&roots[0], ORIGIN);
    author_init(&roots[1], ORIGIN);
    author_init(&stranger, ORIGIN);
    strcpy(from.origin, ORIGIN);
    strcpy(to.origin, NEXT);
    memset(from.ledger_key, 1, PUBLIC_KEY_SIZE);
    memset(to.ledger_key, 2, PUBLIC_KEY_SIZE);
    return 0;
}

static const struct founding right = {.founder = &roots[0],
                                      .countersigner = &roots[1],
                                      .of = ORIGIN,
                                      .origin = NEXT,
                                      .restored = RESTORED};

static enum custody_status check(const struct founding *founding)
{
    make(founding);
    return move_check_founding(&from, &to, RESTORED, entries[0], entries[1], entries[2], &problem);
}

static void both_root_keys_found_it(void **state)
{
    (void)state;
    struct founding founding = right;
    assert_int_equal(check(&founding), CUSTODY_OK);
    founding.founder = &roots[1];
    founding.countersigner = &roots[0];
    assert_int_equal(check(&founding), CUSTODY_OK);
}

static void one_root_key_is_not_enough(void **state)
{
    (void)state;
    struct founding founding = right;
    founding.countersigner = &roots[0];
    assert_int_equal(check(&founding), CUSTODY_ERR_EVIDENCE);
    founding.countersigner = &stranger;
    assert_int_equal(check(&founding), CUSTODY_ERR_EVIDENCE);
    assert_string_equal(problem.expected, "both root keys of the lost ledger");
    founding = right;
    founding.founder = &stranger;
    assert_int_equal(check(&founding), CUSTODY_ERR_EVIDENCE);
    founding = right;
    founding.names_another = true;
    assert_int_equal(check(&founding), CUSTODY_ERR_EVIDENCE);
}

static void it_says_whose_successor_it_is(void **state)
{
    (void)state;
    struct founding founding = right;
    founding.of = "ledger.example/other";
    assert_int_equal(check(&founding), CUSTODY_ERR_EVIDENCE);
    founding = right;
    founding.origin = ORIGIN "/3";
    assert_int_equal(check(&founding), CUSTODY_ERR_EVIDENCE);
    founding = right;
    founding.restored = RESTORED - 1;
    assert_int_equal(check(&founding), CUSTODY_ERR_EVIDENCE);
    founding = right;
    founding.has_other_key = true;
    assert_int_equal(check(&founding), CUSTODY_ERR_EVIDENCE);
}

static void other_entries_are_none(void **state)
{
    (void)state;
    make(&right);
    assert_int_equal(
        move_check_founding(&from, &to, RESTORED, entries[0], entries[2], entries[1], &problem),
        CUSTODY_ERR_EVIDENCE);
    assert_int_equal(
        move_check_founding(&from, &to, RESTORED, entries[1], entries[1], entries[2], &problem),
        CUSTODY_ERR_EVIDENCE);
    assert_int_equal(
        move_check_founding(&from, &to, RESTORED + 1, entries[0], entries[1], entries[2], &problem),
        CUSTODY_ERR_EVIDENCE);
    rooms[1][entries[1].len - 1] ^= 1; /* the signature */
    assert_int_equal(
        move_check_founding(&from, &to, RESTORED, entries[0], entries[1], entries[2], &problem),
        CUSTODY_ERR_EVIDENCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(both_root_keys_found_it, setup),
        cmocka_unit_test_setup(one_root_key_is_not_enough, setup),
        cmocka_unit_test_setup(it_says_whose_successor_it_is, setup),
        cmocka_unit_test_setup(other_entries_are_none, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
