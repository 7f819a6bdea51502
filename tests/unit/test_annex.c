/* test_annex.c: records come back as they were, and once erased nobody can read them, on the disk either.
 * Never a real name. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/annex.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"
#include "tests/lib/tempdir.h"

enum { MAP_SIZE = 256 << 20, RECORDS = 60, RECORD_MAX = 6000 };

static struct tempdir dir;
static char path[4200];
static uint8_t records[RECORDS][RECORD_MAX];
static struct span spans[RECORDS];
static struct digest digests[RECORDS];

static int setup(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, 7);
    digest_init();
    tempdir_create(&dir);
    tempdir_path(&dir, "annex", path, sizeof(path));
    for (size_t i = 0; i < RECORDS; i++) {
        size_t len =
            i == 0 ? SALT_SIZE : SALT_SIZE + (size_t)dice_below(&dice, RECORD_MAX - SALT_SIZE);
        dice_fill(&dice, records[i], len);
        spans[i] = span_of(records[i], len);
        digests[i] = digest_sha256(spans[i]);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tempdir_destroy(&dir);
    return 0;
}

static struct annex *open_annex(enum store_mode mode)
{
    struct annex *annex = NULL;
    assert_int_equal(annex_open(path, mode, MAP_SIZE, &annex), CUSTODY_OK);
    return annex;
}

static void assert_there(struct annex *annex, size_t i)
{
    static uint8_t got[RECORD_MAX];
    size_t len;
    assert_int_equal(annex_get(annex, &digests[i], got, sizeof(got), &len), CUSTODY_OK);
    assert_true(span_is_equal(span_of(got, len),
                              span_of(records[i] + SALT_SIZE, spans[i].len - SALT_SIZE)));
}

static void assert_gone(struct annex *annex, size_t i)
{
    static uint8_t got[RECORD_MAX];
    size_t len;
    assert_int_equal(annex_get(annex, &digests[i], got, sizeof(got), &len), CUSTODY_ERR_NOT_FOUND);
}

static void test_put_and_get(void **state)
{
    (void)state;
    uint8_t got[RECORD_MAX];
    size_t len;
    struct annex *annex = open_annex(STORE_CREATE);
    assert_gone(annex, 0);
    assert_int_equal(annex_put(annex, NULL, 0), CUSTODY_OK);
    assert_int_equal(annex_put(annex, spans, 8), CUSTODY_OK);
    assert_int_equal(annex_put(annex, spans + 4, 20), CUSTODY_OK);
    struct span bad[2] = {spans[40], span_of(records[41], SALT_SIZE - 1)};
    assert_int_equal(annex_put(annex, bad, 2), CUSTODY_ERR_INVALID);
    assert_gone(annex, 40);
    for (size_t i = 0; i < 24; i++) {
        assert_there(annex, i);
    }
    assert_int_equal(annex_get(annex, &digests[3], got, spans[3].len - SALT_SIZE - 1, &len),
                     CUSTODY_ERR_INVALID);
    /* With the salt it is what the digest is of. */
    assert_int_equal(annex_get_salted(annex, &digests[3], got, sizeof(got), &len), CUSTODY_OK);
    assert_true(span_is_equal(span_of(got, len), spans[3]));
    assert_int_equal(annex_get_salted(annex, &digests[3], got, spans[3].len - 1, &len),
                     CUSTODY_ERR_INVALID);
    annex_close(annex);
    annex_close(NULL);
    annex = open_annex(STORE_EXISTING);
    assert_there(annex, 23);
    annex_close(annex);
}

/* The whole data file, in memory. */
static uint8_t *read_file(size_t *ret_len)
{
    char name[4300];
    struct stat status;
    snprintf(name, sizeof(name), "%s/data.mdb", path);
    assert_int_equal(stat(name, &status), 0);
    uint8_t *bytes = malloc((size_t)status.st_size);
    int file = open(name, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(file, bytes, (size_t)status.st_size), status.st_size);
    close(file);
    *ret_len = (size_t)status.st_size;
    return bytes;
}

static size_t count_in_file(const void *bytes, size_t len)
{
    size_t file_len, count = 0;
    uint8_t *file = read_file(&file_len);
    for (uint8_t *at = file; (at = memmem(at, (size_t)(file + file_len - at), bytes, len)) != NULL;
         at += len) {
        count++;
    }
    free(file);
    return count;
}

static void read_key(size_t i, uint8_t ret[32])
{
    struct store *store;
    struct store_txn *txn;
    uint32_t keys;
    struct span key;
    assert_int_equal(store_open(path, STORE_READ_ONLY, MAP_SIZE, 2, &store), CUSTODY_OK);
    assert_int_equal(store_table(store, "keys", false, &keys), CUSTODY_OK);
    assert_int_equal(store_snapshot(store, &txn), CUSTODY_OK);
    assert_int_equal(store_get(txn, keys, span_of(digests[i].bytes, 32), &key), CUSTODY_OK);
    assert_int_equal(key.len, 32);
    memcpy(ret, key.data, 32);
    store_abort(&txn);
    store_close(store);
}

static void test_erase(void **state)
{
    (void)state;
    uint8_t key[32];
    struct annex *annex = open_annex(STORE_CREATE);
    /* One by one, so that each commit leaves copies of the keys' pages behind. */
    for (size_t i = 0; i < RECORDS; i++) {
        assert_int_equal(annex_put(annex, &spans[i], 1), CUSTODY_OK);
    }
    annex_close(annex);
    read_key(17, key);
    assert_true(count_in_file(key, 32) > 1);

    annex = open_annex(STORE_EXISTING);
    assert_int_equal(annex_erase(annex, &digests[17]), CUSTODY_OK);
    assert_int_equal(count_in_file(key, 32), 0);
    assert_gone(annex, 17);
    assert_true(annex_is_erased(annex, &digests[17]));
    assert_false(annex_is_erased(annex, &digests[18]));
    assert_int_equal(annex_erase(annex, &digests[17]), CUSTODY_OK);
    assert_int_equal(annex_put(annex, &spans[17], 1), CUSTODY_OK);
    assert_gone(annex, 17);
    for (size_t i = 0; i < RECORDS; i++) {
        if (i != 17) {
            assert_there(annex, i);
        }
    }
    annex_close(annex);
}

static void test_erase_before_it_comes(void **state)
{
    (void)state;
    struct annex *annex = open_annex(STORE_CREATE);
    assert_int_equal(annex_erase(annex, &digests[2]), CUSTODY_OK);
    assert_int_equal(annex_put(annex, spans, 4), CUSTODY_OK);
    assert_gone(annex, 2);
    assert_there(annex, 3);
    annex_close(annex);
}

/* Nothing of what a record says stands in the file. */
static void test_encrypted(void **state)
{
    (void)state;
    struct annex *annex = open_annex(STORE_CREATE);
    assert_int_equal(annex_put(annex, spans, RECORDS), CUSTODY_OK);
    annex_close(annex);
    for (size_t i = 1; i < RECORDS; i += 9) {
        for (size_t at = 0; at + 16 < spans[i].len; at += 512) {
            assert_int_equal(count_in_file(records[i] + at, 16), 0);
        }
    }
}

/* Any byte of a record's rows changed: CORRUPT or not there, never other content. */
static void test_damage(void **state)
{
    (void)state;
    char name[4300];
    uint8_t key[32], got[RECORD_MAX];
    size_t len, file_len;
    struct annex *annex = open_annex(STORE_CREATE);
    spans[1] = span_of(records[1], 300);
    digests[1] = digest_sha256(spans[1]);
    assert_int_equal(annex_put(annex, &spans[1], 1), CUSTODY_OK);
    annex_close(annex);
    read_key(1, key);
    uint8_t *bytes = read_file(&file_len);
    snprintf(name, sizeof(name), "%s/data.mdb", path);
    int file = open(name, O_RDWR | O_CLOEXEC);
    annex = open_annex(STORE_EXISTING);
    unsigned damaged = 0;
    for (uint8_t *at = bytes;
         (at = memmem(at, (size_t)(bytes + file_len - at), digests[1].bytes, 32)) != NULL; at++) {
        bool is_key = memcmp(at + 32, key, 32) == 0;
        for (off_t i = 0; i < 32 + (is_key ? 32 : 24 + 16 + 300); i++) {
            off_t place = (at - bytes) + i;
            uint8_t flipped = (uint8_t)(bytes[place] ^ 0x10);
            assert_int_equal(pwrite(file, &flipped, 1, place), 1);
            enum custody_status status = annex_get(annex, &digests[1], got, sizeof(got), &len);
            assert_true(status == CUSTODY_ERR_CORRUPT ||
                        (i < 32 && status == CUSTODY_ERR_NOT_FOUND));
            assert_int_equal(pwrite(file, &bytes[place], 1, place), 1);
            damaged++;
        }
    }
    assert_true(damaged > 400);
    assert_there(annex, 1);
    annex_close(annex);
    close(file);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_put_and_get, setup, teardown),
        cmocka_unit_test_setup_teardown(test_erase, setup, teardown),
        cmocka_unit_test_setup_teardown(test_erase_before_it_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_encrypted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
