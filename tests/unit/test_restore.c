/* test_restore.c: a folder that comes out of a backup holds what went in, or there is none. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/restore.h"
#include "tests/lib/check.h"
#include "tests/lib/vault.h"

static struct vault vault;

static int setup(void **state)
{
    (void)state;
    char path[640];
    vault_open(&vault);
    vault_add(&vault, 4096, 0, 300);
    vault_add(&vault, 1000, 0, 0);
    vault_erase(&vault, 7);
    snprintf(path, sizeof(path), "%s/access", vault.data);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/access/20260501.log", vault.data);
    FILE *file = fopen(path, "w");
    fputs("1\tone\n", file);
    fclose(file);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vault_close(&vault);
    return 0;
}

static enum custody_status restore_now(void)
{
    struct holdings holdings;
    vault_unseal(&vault, &holdings);
    enum custody_status status =
        restore_ledger(&holdings, vault.target, VAULT_MAP_SIZE, NULL, NULL);
    holdings_done(&holdings);
    return status;
}

static void assert_journal(const char *path)
{
    struct journal *journal = NULL;
    struct checkpoint head;
    assert_int_equal(journal_open(path, STORE_EXISTING, VAULT_MAP_SIZE, &journal), CUSTODY_OK);
    assert_int_equal(journal_size(journal), 5096);
    assert_int_equal(
        checkpoint_verify(journal_head(journal), ENTRIES_ORIGIN, vault.signer.public_key, &head),
        CHECKPOINT_OK);
    assert_int_equal(head.size, 5096);
    for (uint64_t number = 0; number < 5096; number += 455) {
        struct span bytes;
        assert_int_equal(journal_peek(journal, number, &bytes), CUSTODY_OK);
        struct entry entry;
        assert_true(entry_parse(bytes, &entry));
        assert_int_equal(entry.recorded_at_us, entries_recorded_at(number));
    }
    /* And it goes on. */
    assert_int_equal(entries_commit(journal, &vault.signer, 3, NULL), CUSTODY_OK);
    journal_close(journal);
}

static void it_is_what_it_was(void **state)
{
    (void)state;
    char path[640], text[20];
    struct annex *annex = NULL;
    assert_int_equal(restore_now(), CUSTODY_OK);
    snprintf(path, sizeof(path), "%s/journal", vault.target);
    assert_journal(path);
    snprintf(path, sizeof(path), "%s/annex", vault.target);
    assert_int_equal(annex_open(path, STORE_EXISTING, VAULT_MAP_SIZE, &annex), CUSTODY_OK);
    for (unsigned i = 0; i < 300; i++) {
        uint8_t bytes[64], got[64];
        size_t len;
        struct span record = vault_record(i, bytes);
        struct digest name = digest_sha256(record);
        if (i == 7) {
            assert_true(annex_is_erased(annex, &name));
            continue;
        }
        assert_int_equal(annex_get_salted(annex, &name, got, sizeof(got), &len), CUSTODY_OK);
        assert_true(span_is_equal(span_of(got, len), record));
    }
    annex_close(annex);
    snprintf(path, sizeof(path), "%s/access/20260501.log", vault.target);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    assert_string_equal(text, "1\tone\n");
    fclose(file);
}

static void nothing_is_replaced_and_nothing_is_left(void **state)
{
    (void)state;
    assert_int_equal(mkdir(vault.target, 0700), 0);
    assert_int_equal(restore_now(), CUSTODY_ERR_EXISTS);
    assert_int_equal(rmdir(vault.target), 0);

    vault_flip(&vault, "annex-00000001", 100);
    assert_int_not_equal(restore_now(), CUSTODY_OK);
    assert_int_equal(access(vault.target, F_OK), -1);
    vault_flip(&vault, "annex-00000001", 100);

    vault_flip(&vault, "entries-00000001", 900000);
    assert_int_not_equal(restore_now(), CUSTODY_OK);
    assert_int_equal(access(vault.target, F_OK), -1);
    vault_flip(&vault, "entries-00000001", 900000);
    assert_int_equal(restore_now(), CUSTODY_OK);
}

static void what_is_not_ours_is_not_removed(void **state)
{
    (void)state;
    char path[640];
    assert_int_equal(restore_now(), CUSTODY_OK);
    snprintf(path, sizeof(path), "%s/notes", vault.target);
    FILE *file = fopen(path, "w");
    fclose(file);
    assert_int_equal(restore_remove(vault.target), CUSTODY_ERR_EXISTS);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(restore_remove(vault.target), CUSTODY_OK);
    assert_int_equal(access(vault.target, F_OK), -1);
    assert_int_equal(restore_remove(vault.target), CUSTODY_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_what_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_replaced_and_nothing_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_ours_is_not_removed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
