/* test_backup.c: a copy is whole and checked, the next one brings only what is new, and one that is cut off harms nothing. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/backup.h"
#include "tests/lib/check.h"
#include "tests/lib/vault.h"

static struct vault vault;

static int setup(void **state)
{
    (void)state;
    vault_open(&vault);
    vault_add(&vault, 3000, 0, 600); /* more than a slice of each */
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vault_close(&vault);
    return 0;
}

static bool is_there(const char *name)
{
    return access(vault_path(&vault, name), F_OK) == 0;
}

static void the_first_copies_all_and_the_next_what_is_new(void **state)
{
    (void)state;
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    assert_int_equal(vault.report.entries, 3000);
    assert_int_equal(vault.report.new_entries, 3000);
    assert_int_equal(vault.report.records, 600);
    assert_int_equal(vault.report.new_records, 600);
    assert_int_equal(vault.report.last_recorded_at_us, entries_recorded_at(2999));
    uint64_t first_bytes = vault.report.new_bytes;

    vault_add(&vault, 10, 600, 2);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    assert_int_equal(vault.report.entries, 3010);
    assert_int_equal(vault.report.new_entries, 10);
    assert_int_equal(vault.report.records, 602);
    assert_int_equal(vault.report.new_records, 2);
    assert_true(vault.report.new_bytes < first_bytes / 10);
    struct checkpoint head;
    assert_int_equal(checkpoint_verify(span_of(vault.report.note, vault.report.note_len),
                                       ENTRIES_ORIGIN, vault.signer.public_key, &head),
                     CHECKPOINT_OK);
    assert_int_equal(head.size, 3010);
    assert_true(digest_is_equal(&head.root, &vault.report.root));

    /* With nothing new there is still a new file of keys, and the older one is gone. */
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    assert_int_equal(vault.report.new_entries, 0);
    assert_int_equal(vault.report.new_records, 0);
    assert_true(is_there("secrets-00000003"));
    assert_false(is_there("secrets-00000002"));
    assert_true(is_there("entries-00000001") && is_there("entries-00000002"));
    assert_false(is_there("entries-00000003"));
}

static void the_access_log_comes_along(void **state)
{
    (void)state;
    char folder[600], day[640];
    snprintf(folder, sizeof(folder), "%s/access", vault.data);
    snprintf(day, sizeof(day), "%s/20260501.log", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    FILE *file = fopen(day, "w");
    fputs("1\tone\n", file);
    fclose(file);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    assert_true(is_there("access-00000001-20260501"));
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    assert_true(is_there("access-00000001-20260501")); /* the same length: the same file */
    file = fopen(day, "a");
    fputs("2\ttwo\n", file);
    fclose(file);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    assert_false(is_there("access-00000001-20260501"));
    assert_true(is_there("access-00000003-20260501"));
}

static void what_was_erased_is_erased_in_the_copy(void **state)
{
    (void)state;
    struct holdings holdings;
    uint8_t bytes[64];
    struct digest name = digest_sha256(vault_record(5, bytes));
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    vault_erase(&vault, 5);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    vault_unseal(&vault, &holdings);
    bool is_found = false;
    for (size_t i = 0; i < holdings.key_count; i++) {
        static const uint8_t zeros[ANNEX_KEY_SIZE];
        if (digest_is_equal(&holdings.keys[i].name, &name)) {
            is_found = true;
            assert_memory_equal(holdings.keys[i].key, zeros, sizeof(zeros));
        }
    }
    assert_true(is_found);
    holdings_done(&holdings);
}

static void another_ledger_has_another_place(void **state)
{
    (void)state;
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    struct entries_signer other;
    entries_signer_init(&other, 2);
    struct entries_signer own = vault.signer;
    vault.signer = other;
    assert_int_equal(vault_backup(&vault), CUSTODY_ERR_EXISTS);
    assert_non_null(strstr(vault.report.sentence, "another ledger"));
    vault.signer = own;
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
}

static void a_ledger_that_was_rolled_back_is_not_copied(void **state)
{
    (void)state;
    struct vault younger;
    vault_open(&younger);
    vault_add(&younger, 2000, 0, 0);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    memcpy(younger.place, vault.place, sizeof(younger.place));
    assert_int_equal(vault_backup(&younger), CUSTODY_ERR_ROLLBACK);
    /* Another past with more entries does not fit what the place has. */
    vault_add(&younger, 1500, 0, 0);
    vault_close(&younger);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
}

/* What a run left that was cut off before its inventory stood; what it had written is written again. */
static void a_run_that_was_cut_off_harms_nothing(void **state)
{
    (void)state;
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    static const char *const rests[] = {"entries-00000002", "secrets-00000002",
                                        "checkpoint-00000002", "annex-00000002.new",
                                        "inventory.new"};
    for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
        FILE *file = fopen(vault_path(&vault, rests[i]), "w");
        fputs("half of what was to come", file);
        fclose(file);
    }
    struct holdings holdings;
    assert_int_equal(holdings_open(vault.place, &holdings), CUSTODY_OK);
    assert_int_equal(holdings_verify(&holdings, span_text(VAULT_PASSPHRASE), NULL, NULL),
                     CUSTODY_OK);
    assert_int_equal(holdings.head.size, 3000);
    holdings_done(&holdings);

    vault_add(&vault, 7, 0, 0);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    assert_int_equal(vault.report.entries, 3007);
    assert_false(is_there("annex-00000002.new"));
}

static void damage_in_the_place_stops_it_and_the_old_inventory_stands(void **state)
{
    (void)state;
    struct inventory before, after;
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    assert_int_equal(inventory_read(vault.place, &before), CUSTODY_OK);
    vault_add(&vault, 5, 0, 0);
    vault_flip(&vault, "entries-00000001", 777);
    assert_int_not_equal(vault_backup(&vault), CUSTODY_OK);
    assert_non_null(strstr(vault.report.sentence, "entries-00000001"));
    assert_int_equal(inventory_read(vault.place, &after), CUSTODY_OK);
    assert_int_equal(after.generation, before.generation);
    inventory_done(&before);
    inventory_done(&after);
    vault_flip(&vault, "entries-00000001", 777);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    assert_int_equal(vault.report.entries, 3005);
}

/* However early the disk is full: the earlier backup verifies, and with room again the next is whole. */
static void a_full_disk_harms_nothing(void **state)
{
    (void)state;
    struct rlimit limit, before;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    vault_add(&vault, 400, 600, 200);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    unsigned refused = 0;
    for (rlim_t room = 0; room < 160000; room += 9973) {
        struct holdings holdings;
        limit = before;
        limit.rlim_cur = room;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        enum custody_status status = vault_backup(&vault);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_true(status == CUSTODY_OK || status == CUSTODY_ERR_FULL);
        refused += status != CUSTODY_OK;
        assert_int_equal(holdings_open(vault.place, &holdings), CUSTODY_OK);
        assert_int_equal(holdings_verify(&holdings, span_text(VAULT_PASSPHRASE), NULL, NULL),
                         CUSTODY_OK);
        assert_int_equal(holdings.head.size, status == CUSTODY_OK ? 3400 : 3000);
        holdings_done(&holdings);
        if (status == CUSTODY_OK) {
            break;
        }
    }
    assert_true(refused > 3);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    assert_int_equal(vault.report.entries, 3400);
}

static void one_at_a_time(void **state)
{
    (void)state;
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    int lock = open(vault_path(&vault, "lock"), O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(vault_backup(&vault), CUSTODY_ERR_BUSY);
    close(lock);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    snprintf(vault.place, sizeof(vault.place), "/nowhere/at/all");
    assert_int_equal(vault_backup(&vault), CUSTODY_ERR_NOT_FOUND);
}

static void it_is_remembered_when(void **state)
{
    (void)state;
    const char *path = vault.dir.path;
    struct backup_mark mark = {.at_us = 1700000000000000, .entries = 5, .place = "/a place/b"};
    struct backup_mark back = {0};
    assert_int_equal(backup_mark_read(path, "backup", &back), CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(backup_mark_write(path, "backup", &mark), CUSTODY_OK);
    assert_int_equal(backup_mark_read(path, "drill", &back), CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(backup_mark_read(path, "backup", &back), CUSTODY_OK);
    assert_int_equal(back.at_us, mark.at_us);
    assert_int_equal(back.entries, 5);
    assert_string_equal(back.place, mark.place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_copies_all_and_the_next_what_is_new, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_access_log_comes_along, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_erased_is_erased_in_the_copy, setup, teardown),
        cmocka_unit_test_setup_teardown(another_ledger_has_another_place, setup, teardown),
        cmocka_unit_test_setup_teardown(a_ledger_that_was_rolled_back_is_not_copied, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_run_that_was_cut_off_harms_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_in_the_place_stops_it_and_the_old_inventory_stands,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_harms_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(one_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(it_is_remembered_when, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
