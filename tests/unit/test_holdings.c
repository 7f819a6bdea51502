/* test_holdings.c: a backup is read as what was signed, and damage to any of its files is named. */
#include <stdio.h>

#include "daemon/ledger/holdings.h"
#include "tests/lib/check.h"
#include "tests/lib/vault.h"

static struct vault vault;

static int setup(void **state)
{
    (void)state;
    vault_open(&vault);
    vault_add(&vault, 20, 0, 6);
    vault_erase(&vault, 2);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    vault_add(&vault, 5, 6, 3);
    vault_erase(&vault, 4);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vault_close(&vault);
    return 0;
}

struct seen {
    uint64_t entries, living, erased;
    enum custody_status answer;
};

static enum custody_status
see_entry(void *context, uint64_t number, struct span bytes, const struct digest *leaf)
{
    struct seen *seen = context;
    struct digest hashed = merkle_leaf(bytes);
    assert_int_equal(number, seen->entries);
    assert_true(digest_is_equal(&hashed, leaf));
    seen->entries++;
    return seen->answer;
}

static enum custody_status see_record(void *context, const struct annex_kept *kept)
{
    struct seen *seen = context;
    if (kept->key == NULL) {
        seen->erased++;
    } else {
        seen->living++;
        assert_int_equal(annex_check_kept(kept), CUSTODY_OK);
    }
    return CUSTODY_OK;
}

static void everything_is_walked(void **state)
{
    (void)state;
    struct holdings holdings;
    struct seen seen = {0};
    vault_unseal(&vault, &holdings);
    assert_true(
        span_is_equal(span_of(holdings.secret, holdings.secret_len), span_text(VAULT_SECRET)));
    assert_int_equal(holdings.head.size, 25);
    assert_int_equal(holdings_walk_entries(&holdings, see_entry, NULL, &seen), CUSTODY_OK);
    assert_int_equal(seen.entries, 25);
    assert_int_equal(holdings.last_recorded_at_us, entries_recorded_at(24));
    assert_int_equal(holdings_walk_annex(&holdings, see_record, &seen), CUSTODY_OK);
    assert_int_equal(seen.living, 7);
    assert_int_equal(seen.erased, 2);
    holdings_done(&holdings);
}

static void who_takes_may_stop_it(void **state)
{
    (void)state;
    struct holdings holdings;
    struct seen seen = {.answer = CUSTODY_ERR_FULL};
    vault_unseal(&vault, &holdings);
    assert_int_equal(holdings_walk_entries(&holdings, see_entry, NULL, &seen), CUSTODY_ERR_FULL);
    assert_int_equal(seen.entries, 1);
    holdings_done(&holdings);
}

static void another_passphrase_opens_nothing(void **state)
{
    (void)state;
    struct holdings holdings;
    assert_int_equal(holdings_open(vault.place, &holdings), CUSTODY_OK);
    assert_int_equal(holdings_unseal(&holdings, span_text("wrong horse")), CUSTODY_ERR_EVIDENCE);
    assert_string_equal(holdings.sentence, "the passphrase does not open the keys");
    assert_int_equal(holdings.key_count, 0);
    holdings_done(&holdings);
    assert_int_equal(holdings_open("/nowhere/at/all", &holdings), CUSTODY_ERR_NOT_FOUND);
    holdings_done(&holdings);
}

static enum custody_status verify(char ret_sentence[static HOLDINGS_SENTENCE])
{
    struct holdings holdings;
    enum custody_status status = holdings_open(vault.place, &holdings);
    if (status == CUSTODY_OK) {
        status = holdings_verify(&holdings, span_text(VAULT_PASSPHRASE), NULL, NULL);
    }
    memcpy(ret_sentence, holdings.sentence, HOLDINGS_SENTENCE);
    holdings_done(&holdings);
    return status;
}

static void damage_to_any_file_is_named(void **state)
{
    (void)state;
    static const char *const files[] = {"entries-00000001",       "entries-00000002",
                                        "annex-00000001",         "secrets-00000002",
                                        "configuration-00000002", "checkpoint-00000002"};
    char sentence[HOLDINGS_SENTENCE];
    assert_int_equal(verify(sentence), CUSTODY_OK);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        vault_flip(&vault, files[i], 5);
        assert_int_not_equal(verify(sentence), CUSTODY_OK);
        assert_non_null(strstr(sentence, files[i]));
        vault_flip(&vault, files[i], 5);
        assert_int_equal(verify(sentence), CUSTODY_OK);
    }
}

/* Whoever may write to the place can make an inventory that fits; the checkpoint they cannot. */
static void a_forged_inventory_meets_the_checkpoint(void **state)
{
    (void)state;
    struct inventory inventory;
    struct holdings holdings;
    assert_int_equal(inventory_read(vault.place, &inventory), CUSTODY_OK);
    inventory.entries--;
    assert_int_equal(holdings_open_with(vault.place, &inventory, &holdings), CUSTODY_ERR_EVIDENCE);
    holdings_done(&holdings);

    assert_int_equal(inventory_read(vault.place, &inventory), CUSTODY_OK);
    inventory.file_count--; /* names no checkpoint any more, or not every file */
    memset(inventory.ledger_key, 9, PUBLIC_KEY_SIZE);
    assert_int_not_equal(holdings_open_with(vault.place, &inventory, &holdings), CUSTODY_OK);
    holdings_done(&holdings);

    /* Entries left out. */
    assert_int_equal(inventory_read(vault.place, &inventory), CUSTODY_OK);
    inventory_find(&inventory, INVENTORY_ENTRIES, 0)->kind = INVENTORY_ANNEX;
    assert_int_equal(holdings_open_with(vault.place, &inventory, &holdings), CUSTODY_OK);
    assert_int_equal(holdings_walk_entries(&holdings, NULL, NULL, NULL), CUSTODY_ERR_EVIDENCE);
    holdings_done(&holdings);
}

static void a_missing_record_is_seen(void **state)
{
    (void)state;
    struct inventory inventory;
    struct holdings holdings;
    assert_int_equal(inventory_read(vault.place, &inventory), CUSTODY_OK);
    inventory_find(&inventory, INVENTORY_ANNEX, 0)->kind = INVENTORY_CONFIGURATION;
    assert_int_equal(holdings_open_with(vault.place, &inventory, &holdings), CUSTODY_OK);
    assert_int_equal(holdings_unseal(&holdings, span_text(VAULT_PASSPHRASE)), CUSTODY_OK);
    assert_int_equal(holdings_walk_annex(&holdings, NULL, NULL), CUSTODY_ERR_CORRUPT);
    assert_string_equal(holdings.sentence, "3 of 7 records are missing");
    holdings_done(&holdings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_is_walked, setup, teardown),
        cmocka_unit_test_setup_teardown(who_takes_may_stop_it, setup, teardown),
        cmocka_unit_test_setup_teardown(another_passphrase_opens_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_to_any_file_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_forged_inventory_meets_the_checkpoint, setup, teardown),
        cmocka_unit_test_setup_teardown(a_missing_record_is_seen, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
