/* test_permission.c: shows who may speak at all, and how a ledger is founded and opened. */
#include <string.h>

#include "proto/rule.h"
#include "tests/lib/check.h"
#include "tests/lib/office.h"

/* ---- who may speak ----------------------------------------------------------------------------- */

static void test_a_revoked_expired_or_unenrolled_key_is_granted_nothing(void **state)
{
    (void)state;
    Custody__V1__SetDivisionsBody body = CUSTODY__V1__SET_DIVISIONS_BODY__INIT;
    office_grants(OFFICE_ACT(SET_DIVISIONS), &body);
    office.author.is_revoked = true;
    office_refuses(OFFICE_ACT(SET_DIVISIONS), &body, CUSTODY_REASON_key_revoked, "key");
    office.author.is_revoked = false;
    office.author.until_us = OFFICE_NOW;
    office_refuses(OFFICE_ACT(SET_DIVISIONS), &body, CUSTODY_REASON_key_revoked, "key");
    office.author.until_us = OFFICE_NOW + 1;
    office_grants(OFFICE_ACT(SET_DIVISIONS), &body);
    office.author.is_enrolled = false;
    office_refuses(OFFICE_ACT(SET_DIVISIONS), &body, CUSTODY_REASON_role_missing, "key");
}

static void test_a_regulators_role_needs_a_regulators_party(void **state)
{
    (void)state;
    Custody__V1__SetCatalogueBody body = CUSTODY__V1__SET_CATALOGUE_BODY__INIT;
    office_speak_as(OFFICE_PROVINCE, OFFICE_ROLE(REGULATOR));
    office_grants(OFFICE_ACT(SET_CATALOGUE), &body);
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(SET_CATALOGUE), &body, CUSTODY_REASON_role_missing, "key");
    office_speak_as(0, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(SET_CATALOGUE), &body, CUSTODY_REASON_role_missing, "key");
}

static void test_what_nobody_decides_is_told_so(void **state)
{
    (void)state;
    office_refuses(63, NULL, CUSTODY_REASON_act_not_open, "act");
}

/* ---- the ledger's key ---------------------------------------------------------------------------- */

static void test_root_keys_name_the_key_that_is_at_hand(void **state)
{
    (void)state;
    uint8_t seed[SEED_SIZE] = {7}, next[PUBLIC_KEY_SIZE], secret[SECRET_KEY_SIZE];
    uint8_t proof[SIGNATURE_SIZE], first[PUBLIC_KEY_SIZE] = {3}, other[PUBLIC_KEY_SIZE] = {4};
    Custody__V1__RotateLedgerKeyBody body = CUSTODY__V1__ROTATE_LEDGER_KEY_BODY__INIT;
    digest_key_from_seed(seed, next, secret);
    keyring_sign_proof("waste.example.org/1", secret, proof);
    body.next_key = office_bytes(next);
    body.proof = (ProtobufCBinaryData){sizeof proof, proof};
    office.origin = "waste.example.org/1";
    /* A regulator is nobody here, nor is a root key of another ledger. */
    office_refuses(OFFICE_ACT(ROTATE_LEDGER_KEY), &body, CUSTODY_REASON_role_missing, "key");
    office_speak_as(0, OFFICE_ROLE(ROOT));
    keyring_found(&office.keyring, first, other, other);
    office_refuses(OFFICE_ACT(ROTATE_LEDGER_KEY), &body, CUSTODY_REASON_role_missing, "key");
    keyring_found(&office.keyring, first, office.author.public_key, other);
    office_refuses(OFFICE_ACT(ROTATE_LEDGER_KEY), &body, CUSTODY_REASON_act_not_open, "act");
    office.next_key = other;
    office_refuses(OFFICE_ACT(ROTATE_LEDGER_KEY), &body, CUSTODY_REASON_key_unknown, "next_key");
    office.next_key = next;
    office_grants(OFFICE_ACT(ROTATE_LEDGER_KEY), &body);
    proof[5] ^= 1;
    office_refuses(OFFICE_ACT(ROTATE_LEDGER_KEY), &body, CUSTODY_REASON_out_of_bounds, "proof");
    proof[5] ^= 1;
    office.origin = "waste.example.org/2";
    office_refuses(OFFICE_ACT(ROTATE_LEDGER_KEY), &body, CUSTODY_REASON_out_of_bounds, "proof");
    keyring_found(&office.keyring, next, office.author.public_key, other);
    office_refuses(OFFICE_ACT(ROTATE_LEDGER_KEY), &body, CUSTODY_REASON_key_exists, "next_key");
}

/* ---- founding and opening ---------------------------------------------------------------------- */

static void test_a_ledger_is_founded_once_by_its_first_root_key(void **state)
{
    (void)state;
    uint8_t second[PUBLIC_KEY_SIZE] = {2};
    ProtobufCBinaryData roots[] = {office_bytes(office.author.public_key), office_bytes(second),
                                   office_bytes(second)};
    Custody__V1__FoundLedgerBody body = CUSTODY__V1__FOUND_LEDGER_BODY__INIT;
    body.origin = office_text("waste.example.org/1");
    body.root_keys = roots;
    body.n_root_keys = 2;
    office.author.is_enrolled = false;
    office.entry = 0;
    office_grants(OFFICE_ACT(FOUND_LEDGER), &body);
    office.entry = 1;
    office_refuses(OFFICE_ACT(FOUND_LEDGER), &body, CUSTODY_REASON_ledger_open, "");
    office.entry = 0;
    body.n_root_keys = 1;
    office_refuses(OFFICE_ACT(FOUND_LEDGER), &body, CUSTODY_REASON_out_of_bounds, "root_keys");
    body.n_root_keys = 3;
    office_refuses(OFFICE_ACT(FOUND_LEDGER), &body, CUSTODY_REASON_out_of_bounds, "root_keys");
    body.n_root_keys = 2;
    roots[0] = office_bytes(second);
    office_refuses(OFFICE_ACT(FOUND_LEDGER), &body, CUSTODY_REASON_out_of_bounds, "root_keys");
    roots[1] = office_bytes(office.author.public_key);
    office_refuses(OFFICE_ACT(FOUND_LEDGER), &body, CUSTODY_REASON_role_missing, "root_keys");
    body.origin = office_text("with space");
    office_refuses(OFFICE_ACT(FOUND_LEDGER), &body, CUSTODY_REASON_out_of_bounds, "origin");
}

static void test_a_successor_is_founded_by_a_root_key_and_only_while_it_is_restored(void **state)
{
    (void)state;
    uint8_t second[PUBLIC_KEY_SIZE] = {2};
    ProtobufCBinaryData roots[] = {office_bytes(office.author.public_key), office_bytes(second)};
    Custody__V1__FoundLedgerBody body = CUSTODY__V1__FOUND_LEDGER_BODY__INIT;
    Custody__V1__Predecessor predecessor = CUSTODY__V1__PREDECESSOR__INIT;
    predecessor.origin = office_text("waste.example.org");
    predecessor.restored_size = 70;
    body.origin = office_text("waste.example.org/2");
    body.root_keys = roots;
    body.n_root_keys = 2;
    body.predecessor = &predecessor;
    office_speak_as(0, OFFICE_ROLE(ROOT));
    office.entry = 70;
    /* A root key alone cannot found anything on a ledger that is running. */
    office_refuses(OFFICE_ACT(FOUND_LEDGER), &body, CUSTODY_REASON_ledger_open, "");
    office.is_succeeding = true;
    office_grants(OFFICE_ACT(FOUND_LEDGER), &body);
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(FOUND_LEDGER), &body, CUSTODY_REASON_role_missing, "key");
    office_speak_as(0, OFFICE_ROLE(ROOT));
    office.entry = 71;
    office_refuses(OFFICE_ACT(FOUND_LEDGER), &body, CUSTODY_REASON_out_of_bounds, "predecessor");
    office.entry = 70;
    body.origin = office_text("waste.example.org/3");
    office_refuses(OFFICE_ACT(FOUND_LEDGER), &body, CUSTODY_REASON_out_of_bounds, "origin");
    body.origin = office_text("waste.example.org/2");
    body.predecessor = NULL;
    office_refuses(OFFICE_ACT(FOUND_LEDGER), &body, CUSTODY_REASON_out_of_bounds, "predecessor");
    body.predecessor = &predecessor;
    office.entry = 0;
    office_refuses(OFFICE_ACT(FOUND_LEDGER), &body, CUSTODY_REASON_out_of_bounds, "predecessor");
}

static void test_a_ledger_is_opened_once_by_root_or_a_regulator(void **state)
{
    (void)state;
    Custody__V1__OpenLedgerBody body = CUSTODY__V1__OPEN_LEDGER_BODY__INIT;
    office.ledger_is_open = false;
    office_grants(OFFICE_ACT(OPEN_LEDGER), &body);
    office_speak_as(0, OFFICE_ROLE(ROOT));
    office_grants(OFFICE_ACT(OPEN_LEDGER), &body);
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(OPEN_LEDGER), &body, CUSTODY_REASON_role_missing, "key");
    office.ledger_is_open = true;
    office_speak_as(0, OFFICE_ROLE(ROOT));
    office_refuses(OFFICE_ACT(OPEN_LEDGER), &body, CUSTODY_REASON_ledger_open, "");
}

static void test_root_sets_up_the_tables_only_before_the_opening(void **state)
{
    (void)state;
    Custody__V1__SetDivisionsBody body = CUSTODY__V1__SET_DIVISIONS_BODY__INIT;
    office_speak_as(0, OFFICE_ROLE(ROOT));
    office_refuses(OFFICE_ACT(SET_DIVISIONS), &body, CUSTODY_REASON_role_missing, "key");
    office.ledger_is_open = false;
    office_grants(OFFICE_ACT(SET_DIVISIONS), &body);
    office_grants(OFFICE_ACT(SET_CATALOGUE), &body);
}

static void test_a_permission_never_reaches_back_once_the_ledger_is_open(void **state)
{
    (void)state;
    assert_true(permission_effective_from(0, OFFICE_NOW, true) == OFFICE_NOW);
    assert_true(permission_effective_from(0, OFFICE_NOW, false) == OFFICE_NOW);
    assert_true(permission_effective_from(OFFICE_NOW - 1, OFFICE_NOW, true) == OFFICE_NOW);
    assert_true(permission_effective_from(OFFICE_NOW - 1, OFFICE_NOW, false) == OFFICE_NOW - 1);
    assert_true(permission_effective_from(OFFICE_NOW + 1, OFFICE_NOW, true) == OFFICE_NOW + 1);
}

/*MORE*/
#define TEST(name) cmocka_unit_test_setup(name, office_open)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_revoked_expired_or_unenrolled_key_is_granted_nothing),
        TEST(test_a_regulators_role_needs_a_regulators_party),
        TEST(test_what_nobody_decides_is_told_so),
        TEST(test_root_keys_name_the_key_that_is_at_hand),
        TEST(test_a_ledger_is_founded_once_by_its_first_root_key),
        TEST(test_a_successor_is_founded_by_a_root_key_and_only_while_it_is_restored),
        TEST(test_a_ledger_is_opened_once_by_root_or_a_regulator),
        TEST(test_root_sets_up_the_tables_only_before_the_opening),
        TEST(test_a_permission_never_reaches_back_once_the_ledger_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
