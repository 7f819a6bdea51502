/* test_tiles.c: one changed bit in any file of an export is found, and the file and the entry are named. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/export.h"
#include "tests/lib/check.h"
#include "tests/lib/vault.h"

static struct vault vault;
static struct tiles_report found;
static bool is_public;

static void export(void)
{
    struct export_report report;
    const struct export_options options = {
        .data = vault.data,
        .map_size = VAULT_MAP_SIZE,
        .place = vault.place,
        .origin = ENTRIES_ORIGIN,
        .ledger_key = vault.signer.public_key,
        .without_entries = is_public,
    };
    if (export_make(&options, &report) != CUSTODY_OK) {
        fail_msg("%s", report.sentence);
    }
}

static enum custody_status verify(void)
{
    const struct tiles_options options = {
        .place = vault.place,
        .origin = ENTRIES_ORIGIN,
        .ledger_key = vault.signer.public_key,
        .without_entries = is_public,
    };
    return tiles_verify(&options, &found);
}

/* Three exports: the last partial tiles, and narrower ones beside them. */
static void make(bool without_entries)
{
    is_public = without_entries;
    vault_open(&vault);
    vault_add(&vault, 258, 0, 0);
    export();
    vault_add(&vault, 3, 0, 0);
    export();
    vault_add(&vault, 255, 0, 0);
    export();
    assert_int_equal(verify(), CUSTODY_OK);
    assert_int_equal(found.head.size, 516);
}

static long length_of(const char *name)
{
    struct stat file;
    assert_int_equal(stat(vault_path(&vault, name), &file), 0);
    return (long)file.st_size;
}

/* Every `stride`-th byte of a file, one after the other, with one bit changed. */
static unsigned flip_all(const char *name, long stride)
{
    long len = length_of(name);
    unsigned flips = 0;
    for (long offset = 0; offset < len; offset += stride) {
        vault_flip(&vault, name, offset);
        if (verify() != CUSTODY_ERR_EVIDENCE || strcmp(found.bad_file, name) != 0) {
            fail_msg("byte %ld of %s changed: %s", offset, name,
                     found.sentence[0] == '\0' ? "nobody minds" : found.sentence);
        }
        vault_flip(&vault, name, offset);
        flips++;
    }
    assert_int_equal(verify(), CUSTODY_OK);
    return flips;
}

static void a_changed_byte_is_found_in_its_file(void **state)
{
    (void)state;
    make(false);
    unsigned flips = flip_all("checkpoint", 1);
    flips += flip_all("tile/0/000", 127) + flip_all("tile/0/001", 127);
    flips += flip_all("tile/0/002.p/4", 1) + flip_all("tile/1/000.p/1", 1);
    flips += flip_all("tile/1/000.p/2", 1);
    flips += flip_all("tile/entries/000", 1009) + flip_all("tile/entries/001", 1009);
    flips += flip_all("tile/entries/002.p/4", 11);
    print_message("    # %u bytes changed\n", flips);
    vault_close(&vault);
}

static void in_the_public_form_too(void **state)
{
    (void)state;
    make(true);
    flip_all("checkpoint", 5);
    flip_all("tile/0/000", 101);
    flip_all("tile/0/002.p/4", 1);
    flip_all("tile/1/000.p/2", 1);
    vault_close(&vault);
}

static void partial_bundles_are_beginnings(void **state)
{
    (void)state;
    is_public = false;
    vault_open(&vault);
    for (int i = 0; i < 3; i++) {
        vault_add(&vault, 2, 0, 0);
        export();
    }
    flip_all("tile/0/000.p/2", 1);
    flip_all("tile/0/000.p/4", 1);
    flip_all("tile/0/000.p/6", 3);
    flip_all("tile/entries/000.p/2", 7);
    flip_all("tile/entries/000.p/4", 13);
    flip_all("tile/entries/000.p/6", 5);
    vault_close(&vault);
}

static void the_entry_is_named(void **state)
{
    (void)state;
    make(false);
    uint8_t lens[2];
    long offset = 0;
    int file = open(vault_path(&vault, "tile/entries/001"), O_RDONLY | O_CLOEXEC);
    for (unsigned i = 0; i < 300 - 256; i++) {
        assert_int_equal(pread(file, lens, 2, offset), 2);
        offset += 2 + (lens[0] << 8 | lens[1]);
    }
    close(file);
    vault_flip(&vault, "tile/entries/001", offset + 40);
    assert_int_equal(verify(), CUSTODY_ERR_EVIDENCE);
    assert_string_equal(found.bad_file, "tile/entries/001");
    assert_int_equal(found.bad_entry, 300);
    assert_string_equal(found.sentence, "tile/entries/001 has another entry 300 than was recorded");
    vault_close(&vault);
}

static void a_file_that_is_cut_or_gone_or_longer(void **state)
{
    (void)state;
    static const char *const names[] = {
        "checkpoint",       "tile/0/001",     "tile/0/002.p/4",
        "tile/entries/000", "tile/1/000.p/2", "tile/entries/002.p/4",
    };
    make(false);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[700], away[800];
        snprintf(path, sizeof(path), "%s", vault_path(&vault, names[i]));
        snprintf(away, sizeof(away), "%s.away", path);
        long len = length_of(names[i]);
        uint8_t last;
        int file = open(path, O_RDWR | O_CLOEXEC);
        assert_int_equal(pread(file, &last, 1, len - 1), 1);
        assert_int_equal(ftruncate(file, len - 1), 0);
        assert_int_equal(verify(), CUSTODY_ERR_EVIDENCE);
        assert_string_equal(found.bad_file, names[i]);
        assert_int_equal(pwrite(file, &last, 1, len - 1), 1);
        assert_int_equal(verify(), CUSTODY_OK);
        assert_int_equal(pwrite(file, "x", 1, len), 1);
        assert_int_equal(verify(), CUSTODY_ERR_EVIDENCE);
        assert_string_equal(found.bad_file, names[i]);
        assert_int_equal(ftruncate(file, len), 0);
        close(file);
        assert_int_equal(rename(path, away), 0);
        assert_int_equal(verify(), CUSTODY_ERR_EVIDENCE);
        assert_string_equal(found.bad_file, names[i]);
        assert_non_null(strstr(found.sentence, "is missing"));
        assert_int_equal(rename(away, path), 0);
    }
    assert_int_equal(verify(), CUSTODY_OK);
    vault_close(&vault);
}

static void another_key_proves_nothing(void **state)
{
    (void)state;
    make(false);
    entries_signer_init(&vault.signer, 2);
    assert_int_equal(verify(), CUSTODY_ERR_EVIDENCE);
    assert_string_equal(found.sentence, "checkpoint is not signed by the ledger's key");
    vault_close(&vault);
}

static void roots_of_older_trees(void **state)
{
    (void)state;
    struct digest root;
    struct merkle_edge edge;
    make(false);
    merkle_edge_init(&edge);
    for (uint64_t size = 1; size <= 516; size++) {
        /* entries_commit gives each its own length; what it wrote is read from the tiles. */
        struct digest hashes[TILE_WIDTH];
        assert_int_equal(tiles_read(vault.place, 516, 0, (size - 1) / TILE_WIDTH, hashes),
                         CUSTODY_OK);
        merkle_edge_append(&edge, &hashes[(size - 1) % TILE_WIDTH]);
        struct digest expected = merkle_edge_root(&edge);
        assert_int_equal(tiles_root_at(vault.place, 516, size, &root), CUSTODY_OK);
        assert_true(digest_is_equal(&root, &expected));
    }
    assert_int_equal(tiles_root_at(vault.place, 516, 0, &root), CUSTODY_OK);
    struct digest empty = merkle_empty();
    assert_true(digest_is_equal(&root, &empty));
    vault_close(&vault);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_byte_is_found_in_its_file),
        cmocka_unit_test(in_the_public_form_too),
        cmocka_unit_test(partial_bundles_are_beginnings),
        cmocka_unit_test(the_entry_is_named),
        cmocka_unit_test(a_file_that_is_cut_or_gone_or_longer),
        cmocka_unit_test(another_key_proves_nothing),
        cmocka_unit_test(roots_of_older_trees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
