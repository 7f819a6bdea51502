/* test_identity.c: keys on the device: made once, private, refused when somebody else could have read them.
 * Never prints one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/files.h"
#include "client/lib/identity.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

struct fixture {
    struct tempdir dir;
    char home[512], key[600];
    struct custody_problem problem;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    tempdir_create(&f->dir);
    tempdir_path(&f->dir, "home", f->home, sizeof(f->home));
    snprintf(f->key, sizeof(f->key), "%s/key", f->home);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    tempdir_destroy(&f->dir);
    free(f);
    return 0;
}

static void made_once_and_read_back(void **state)
{
    struct fixture *f = *state;
    struct identity first = {0}, second = {0};
    struct stat status;
    uint8_t signature[SIGNATURE_SIZE];
    assert_int_equal(custody_identity_create(f->home, &f->problem), CUSTODY_OK);
    assert_int_equal(stat(f->key, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(stat(f->home, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_equal(identity_read(f->home, &first, &f->problem), CUSTODY_OK);
    digest_sign(signature, span_text("x"), first.secret_key);
    assert_true(digest_verify(signature, span_text("x"), first.public_key));
    assert_int_equal(custody_identity_create(f->home, &f->problem), CUSTODY_ERR_EXISTS);
    assert_int_equal(identity_read(f->home, &second, &f->problem), CUSTODY_OK);
    assert_memory_equal(first.public_key, second.public_key, PUBLIC_KEY_SIZE);
    assert_memory_equal(first.curve_secret, second.curve_secret, IDENTITY_CURVE_SIZE);
    identity_done(&first);
    identity_done(&second);
    assert_null(first.secret_key);
}

static void loose_permissions_are_refused(void **state)
{
    static const struct {
        mode_t folder, file;
    } modes[] = {{0700, 0640}, {0700, 0604}, {0700, 0620},
                 {0700, 0660}, {0750, 0600}, {0701, 0600}};
    struct fixture *f = *state;
    struct identity identity = {0};
    assert_int_equal(identity_create(f->home, &f->problem), CUSTODY_OK);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        assert_int_equal(chmod(f->key, modes[i].file), 0);
        assert_int_equal(chmod(f->home, modes[i].folder), 0);
        assert_int_equal(identity_read(f->home, &identity, &f->problem), CUSTODY_ERR_PERMISSION);
        assert_non_null(strstr(f->problem.remedy, "chmod"));
        assert_null(identity.secret_key);
    }
    assert_int_equal(chmod(f->key, 0400), 0);
    assert_int_equal(chmod(f->home, 0700), 0);
    assert_int_equal(identity_read(f->home, &identity, &f->problem), CUSTODY_OK);
    identity_done(&identity);
}

static void an_open_folder_gets_no_key(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(mkdir(f->home, 0755), 0);
    assert_int_equal(chmod(f->home, 0755), 0);
    assert_int_equal(identity_create(f->home, &f->problem), CUSTODY_ERR_PERMISSION);
    assert_int_not_equal(access(f->key, F_OK), 0);
}

static void damaged_key_files(void **state)
{
    struct fixture *f = *state;
    struct identity identity = {0};
    uint8_t *bytes;
    size_t len;
    assert_int_equal(identity_read(f->home, &identity, &f->problem), CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(identity_create(f->home, &f->problem), CUSTODY_OK);
    assert_int_equal(files_read(f->key, 4096, &bytes, &len, &f->problem), CUSTODY_OK);
    for (size_t at = 0; at < len; at++) {
        bytes[at] ^= 0x80; /* no text of ours has such a byte */
        assert_int_equal(files_replace(f->key, span_of(bytes, len), &f->problem), CUSTODY_OK);
        assert_int_equal(identity_read(f->home, &identity, &f->problem), CUSTODY_ERR_CORRUPT);
        bytes[at] ^= 0x80;
    }
    assert_int_equal(files_replace(f->key, span_of(bytes, len - 1), &f->problem), CUSTODY_OK);
    assert_int_equal(identity_read(f->home, &identity, &f->problem), CUSTODY_ERR_CORRUPT);
    free(bytes);
}

static void fresh_ones_differ(void **state)
{
    struct fixture *f = *state;
    struct identity a = {0}, b = {0}, c = {0};
    uint8_t seed_a[SEED_SIZE], seed_b[SEED_SIZE];
    assert_int_equal(identity_make(seed_a, &a, &f->problem), CUSTODY_OK);
    assert_int_equal(identity_make(seed_b, &b, &f->problem), CUSTODY_OK);
    assert_memory_not_equal(a.public_key, b.public_key, PUBLIC_KEY_SIZE);
    assert_memory_not_equal(a.curve_public, b.curve_public, IDENTITY_CURVE_SIZE);
    assert_int_equal(identity_from_seed(seed_a, a.curve_secret, &c, &f->problem), CUSTODY_OK);
    assert_memory_equal(a.public_key, c.public_key, PUBLIC_KEY_SIZE);
    assert_memory_equal(a.curve_public, c.curve_public, IDENTITY_CURVE_SIZE);
    identity_done(&a);
    identity_done(&b);
    identity_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(made_once_and_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(loose_permissions_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_open_folder_gets_no_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_key_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fresh_ones_differ, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
