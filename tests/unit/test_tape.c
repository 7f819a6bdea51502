/* test_tape.c: a backup as one file is read like its folder, is what tar makes of it, and one that is damaged or cut off is known. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ledger/segment.h"
#include "daemon/ledger/tape.h"
#include "tests/lib/check.h"
#include "tests/lib/vault.h"

static struct vault vault;
static char path[600], sentence[TAPE_SENTENCE];

static int setup(void **state)
{
    (void)state;
    vault_open(&vault);
    vault_add(&vault, 40, 0, 12);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    vault_add(&vault, 5, 12, 3);
    assert_int_equal(vault_backup(&vault), CUSTODY_OK);
    tempdir_path(&vault.dir, "backup.tar", path, sizeof(path));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vault_close(&vault);
    return 0;
}

static enum custody_status make(void)
{
    return tape_make(vault.place, path, span_text(VAULT_PASSPHRASE), sentence);
}

static enum custody_status verify(const char *place)
{
    struct holdings holdings;
    enum custody_status status = holdings_open(place, &holdings);
    if (status == CUSTODY_OK) {
        status = holdings_verify(&holdings, span_text(VAULT_PASSPHRASE), NULL, NULL);
    }
    if (status == CUSTODY_OK) {
        assert_int_equal(holdings.head.size, 45);
        assert_int_equal(holdings.key_count, 15);
    }
    holdings_done(&holdings);
    return status;
}

static bool is_there(const char *name)
{
    return access(name, F_OK) == 0;
}

static void it_is_read_like_its_folder(void **state)
{
    (void)state;
    if (make() != CUSTODY_OK) {
        fail_msg("%s", sentence);
    }
    assert_int_equal(verify(path), CUSTODY_OK);
    struct stat found;
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    assert_int_equal(found.st_size % TAPE_BLOCK, 0);
    char fresh[640];
    snprintf(fresh, sizeof(fresh), "%s.new", path);
    assert_false(is_there(fresh));
    /* A file, and not its place, is what a name within it asks for. */
    struct segment_reader *reader = NULL;
    assert_int_equal(segment_open(path, "no such name", &reader), CUSTODY_ERR_NOT_FOUND);
    assert_null(reader);
}

static void run(const char *const *words)
{
    int ended = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        execvp(words[0], (char *const *)(uintptr_t)words);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
}

/* The system's own tar unpacks it to the folder that it was made of, and what that packs is read too. */
static void tar_unpacks_it(void **state)
{
    (void)state;
    char unpacked[600];
    struct inventory inventory;
    tempdir_path(&vault.dir, "unpacked", unpacked, sizeof(unpacked));
    assert_int_equal(make(), CUSTODY_OK);
    assert_int_equal(mkdir(unpacked, 0700), 0);
    const char *const unpack[] = {"tar", "-x", "-f", path, "-C", unpacked, NULL};
    run(unpack);
    assert_int_equal(verify(unpacked), CUSTODY_OK);
    assert_int_equal(inventory_read(unpacked, &inventory), CUSTODY_OK);
    assert_true(inventory.file_count >= 5 && inventory.file_count < 16);
    char names[16][INVENTORY_NAME_MAX];
    const char *pack[32] = {"tar", "-c", "--format=ustar", "-f", path, "-C", unpacked};
    size_t count = 7;
    for (size_t i = 0; i < inventory.file_count; i++) {
        inventory_file_name(&inventory.files[i], names[i]);
        pack[count++] = names[i];
    }
    pack[count] = "inventory";
    run(pack);
    inventory_done(&inventory);
    assert_int_equal(verify(path), CUSTODY_OK);
}

static void every_changed_byte_of_it_is_found(void **state)
{
    (void)state;
    assert_int_equal(make(), CUSTODY_OK);
    int file = open(path, O_RDWR | O_CLOEXEC);
    uint8_t header[TAPE_BLOCK], byte;
    struct stat found;
    assert_int_equal(fstat(file, &found), 0);
    unsigned flips = 0;
    /* Of each file its header, every third byte, and some of its content. */
    for (off_t at = 0; at < found.st_size - 2 * TAPE_BLOCK;) {
        assert_int_equal(pread(file, header, sizeof(header), at), TAPE_BLOCK);
        off_t size = (off_t)strtoll((const char *)header + 124, NULL, 8);
        for (off_t offset = 0; offset < TAPE_BLOCK + size;
             offset += offset < TAPE_BLOCK ? 3 : 1 + size / 7) {
            assert_int_equal(pread(file, &byte, 1, at + offset), 1);
            byte ^= 1;
            assert_int_equal(pwrite(file, &byte, 1, at + offset), 1);
            if (verify(path) == CUSTODY_OK) {
                fail_msg("byte %ld of %s: nobody minds", (long)offset, (const char *)header);
            }
            byte ^= 1;
            assert_int_equal(pwrite(file, &byte, 1, at + offset), 1);
            flips++;
        }
        at += TAPE_BLOCK + (size + TAPE_BLOCK - 1) / TAPE_BLOCK * TAPE_BLOCK;
    }
    assert_true(flips > 1000);
    assert_int_equal(verify(path), CUSTODY_OK);
    close(file);
}

static void one_that_is_cut_off_is_known(void **state)
{
    (void)state;
    struct stat found;
    assert_int_equal(make(), CUSTODY_OK);
    assert_int_equal(stat(path, &found), 0);
    /* The last block before the empty ones is the checkpoint's, and mostly padding. */
    for (off_t len = 0; len <= found.st_size - 3 * TAPE_BLOCK; len += found.st_size / 50) {
        assert_int_equal(truncate(path, len), 0);
        assert_int_not_equal(verify(path), CUSTODY_OK);
        assert_int_equal(make(), CUSTODY_OK); /* and made anew */
    }
}

static void a_failure_leaves_the_earlier_file(void **state)
{
    (void)state;
    char fresh[640];
    snprintf(fresh, sizeof(fresh), "%s.new", path);
    assert_int_equal(make(), CUSTODY_OK);
    assert_int_equal(tape_make(vault.place, path, span_text("another one"), sentence),
                     CUSTODY_ERR_EVIDENCE);
    assert_false(is_there(fresh));
    vault_flip(&vault, "entries-00000001", 1000);
    assert_int_equal(make(), CUSTODY_ERR_CORRUPT);
    assert_non_null(strstr(sentence, "entries-00000001"));
    assert_false(is_there(fresh));
    assert_int_equal(verify(path), CUSTODY_OK);
    vault_flip(&vault, "entries-00000001", 1000);

    int lock = open(vault_path(&vault, "lock"), O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    assert_int_equal(make(), CUSTODY_ERR_BUSY);
    close(lock);
    assert_int_equal(make(), CUSTODY_OK);
    tempdir_path(&vault.dir, "no/such/folder", path, sizeof(path));
    assert_int_equal(make(), CUSTODY_ERR_NOT_FOUND);
    tempdir_path(&vault.dir, "nothing", vault.place, sizeof(vault.place));
    tempdir_path(&vault.dir, "backup.tar", path, sizeof(path));
    assert_int_equal(make(), CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(verify(path), CUSTODY_OK);
}

/* More than 8 GiB: the size does not fit into octal digits any more. */
static void a_large_file_is_passed_over(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {(UINT64_C(1) << 33) - 1, UINT64_C(1) << 33, UINT64_C(9) << 30};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t header[TAPE_BLOCK];
        uint64_t size = 0;
        off_t next = (off_t)(TAPE_BLOCK + (sizes[i] + TAPE_BLOCK - 1) / TAPE_BLOCK * TAPE_BLOCK);
        FILE *file = fopen(path, "w+e");
        assert_int_equal(tape_header("large", sizes[i], 1700000000000000, header), CUSTODY_OK);
        assert_int_equal(pwrite(fileno(file), header, sizeof(header), 0), TAPE_BLOCK);
        assert_int_equal(tape_header("small", 3, 1700000000000000, header), CUSTODY_OK);
        assert_int_equal(pwrite(fileno(file), header, sizeof(header), next), TAPE_BLOCK);
        assert_int_equal(pwrite(fileno(file), "abc", 3, next + TAPE_BLOCK), 3);
        assert_int_equal(ftruncate(fileno(file), next + 4 * TAPE_BLOCK), 0);
        assert_int_equal(tape_find(file, "small", &size), CUSTODY_OK);
        assert_int_equal(size, 3);
        assert_int_equal(fgetc(file), 'a');
        assert_int_equal(tape_find(file, "large", &size), CUSTODY_OK);
        assert_int_equal(size, sizes[i]);
        assert_int_equal(tape_find(file, "none", &size), CUSTODY_ERR_NOT_FOUND);
        fclose(file);
    }
    char name[TAPE_NAME_MAX + 2];
    uint8_t header[TAPE_BLOCK];
    memset(name, 'n', sizeof(name));
    name[TAPE_NAME_MAX + 1] = '\0';
    assert_int_equal(tape_header(name, 1, 0, header), CUSTODY_ERR_INVALID);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_is_read_like_its_folder),        TEST(tar_unpacks_it),
        TEST(every_changed_byte_of_it_is_found), TEST(one_that_is_cut_off_is_known),
        TEST(a_failure_leaves_the_earlier_file), TEST(a_large_file_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
