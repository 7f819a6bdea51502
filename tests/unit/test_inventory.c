/* test_inventory.c: a backup's list comes back as it was written, and nothing else is taken for one. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/ledger/inventory.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

static struct tempdir dir;

static int setup(void **state)
{
    (void)state;
    digest_init();
    tempdir_create(&dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tempdir_destroy(&dir);
    return 0;
}

static struct inventory make(void)
{
    struct inventory inventory = {.generation = 7, .made_at_us = 1700000000000000, .entries = 90};
    snprintf(inventory.origin, sizeof(inventory.origin), "ledger.example/test");
    memset(inventory.ledger_key, 3, sizeof(inventory.ledger_key));
    memset(inventory.root.bytes, 4, DIGEST_SIZE);
    for (uint32_t i = 0; i < 50; i++) {
        struct inventory_file file = {
            .kind = (enum inventory_kind)(1 + i % (INVENTORY_KINDS - 1)),
            .generation = i / 10,
            .from = i,
            .count = 2,
            .bytes = UINT64_C(1) << i,
        };
        memset(file.digest.bytes, (int)i, DIGEST_SIZE);
        assert_int_equal(inventory_add(&inventory, &file), CUSTODY_OK);
    }
    return inventory;
}

static void it_comes_back(void **state)
{
    (void)state;
    struct inventory inventory = make(), back = {0};
    assert_int_equal(inventory_read(dir.path, &back), CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(inventory_write(dir.path, &inventory), CUSTODY_OK);
    assert_int_equal(inventory_read(dir.path, &back), CUSTODY_OK);
    assert_string_equal(back.origin, inventory.origin);
    assert_memory_equal(back.ledger_key, inventory.ledger_key, PUBLIC_KEY_SIZE);
    assert_int_equal(back.generation, 7);
    assert_int_equal(back.made_at_us, inventory.made_at_us);
    assert_int_equal(back.entries, 90);
    assert_memory_equal(&back.root, &inventory.root, DIGEST_SIZE);
    assert_int_equal(back.file_count, 50);
    for (size_t i = 0; i < 50; i++) {
        char a[INVENTORY_NAME_MAX], b[INVENTORY_NAME_MAX];
        inventory_file_name(&inventory.files[i], a);
        inventory_file_name(&back.files[i], b);
        assert_string_equal(a, b);
        assert_int_equal(back.files[i].from, inventory.files[i].from);
        assert_int_equal(back.files[i].bytes, inventory.files[i].bytes);
        assert_memory_equal(&back.files[i].digest, &inventory.files[i].digest, DIGEST_SIZE);
    }
    inventory_done(&inventory);
    inventory_done(&back);
}

static void the_newest_of_a_kind_is_found(void **state)
{
    (void)state;
    struct inventory inventory = make();
    assert_int_equal(inventory_find(&inventory, INVENTORY_ENTRIES, 0)->generation, 4);
    assert_int_equal(inventory_find(&inventory, INVENTORY_ACCESS, 2)->from, 2);
    assert_int_equal(inventory_find(&inventory, INVENTORY_ACCESS, 8)->from, 8);
    assert_null(inventory_find(&inventory, INVENTORY_ACCESS, 3));
    inventory_done(&inventory);
    assert_null(inventory_find(&inventory, INVENTORY_ENTRIES, 0));
}

/* Every bit of it: one that is flipped is not an inventory. */
static void damage_is_seen(void **state)
{
    (void)state;
    char path[4200];
    struct inventory inventory = make(), back = {0};
    assert_int_equal(inventory_write(dir.path, &inventory), CUSTODY_OK);
    inventory_done(&inventory);
    tempdir_path(&dir, "inventory", path, sizeof(path));
    int file = open(path, O_RDWR | O_CLOEXEC);
    off_t size = lseek(file, 0, SEEK_END);
    assert_true(size > 1000);
    for (off_t at = 0; at < size; at += 7) {
        uint8_t byte, flipped;
        assert_int_equal(pread(file, &byte, 1, at), 1);
        flipped = byte ^ 1;
        assert_int_equal(pwrite(file, &flipped, 1, at), 1);
        assert_int_equal(inventory_read(dir.path, &back), CUSTODY_ERR_CORRUPT);
        assert_int_equal(pwrite(file, &byte, 1, at), 1);
    }
    assert_int_equal(ftruncate(file, size - 1), 0);
    assert_int_equal(inventory_read(dir.path, &back), CUSTODY_ERR_CORRUPT);
    assert_int_equal(ftruncate(file, 0), 0);
    assert_int_equal(inventory_read(dir.path, &back), CUSTODY_ERR_CORRUPT);
    close(file);
}

static void touch(const char *name)
{
    char path[4200];
    tempdir_path(&dir, name, path, sizeof(path));
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    close(file);
}

static bool is_there(const char *name)
{
    char path[4200];
    return access(tempdir_path(&dir, name, path, sizeof(path)), F_OK) == 0;
}

static void only_our_own_rest_is_swept(void **state)
{
    (void)state;
    struct inventory inventory = make();
    static const char *const kept[] = {"entries-00000000", "access-00000000-00000002", "notes",
                                       "annex-old",        "entries-00000009.txt",     "lock",
                                       "inventory"};
    static const char *const gone[] = {"entries-00000009", "secrets-00000009.new",
                                       "access-00000009-20260501"};
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        touch(kept[i]);
    }
    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
        touch(gone[i]);
    }
    assert_int_equal(inventory_sweep(dir.path, &inventory), CUSTODY_OK);
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        assert_true(is_there(kept[i]));
    }
    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
        assert_false(is_there(gone[i]));
    }
    inventory_done(&inventory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(the_newest_of_a_kind_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(only_our_own_rest_is_swept, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
