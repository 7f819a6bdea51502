/* test_pull.c: following: every entry into a tree of one's own, compared with what the ledger signed.
 * Never sleeps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/files.h"
#include "client/lib/pull.h"
#include "tests/lib/check.h"
#include "tests/lib/fakeledger.h"
#include "tests/lib/tempdir.h"

enum { ENTRIES = 150 }; /* more than two pages */

struct fixture {
    struct tempdir dir;
    char home[512];
    struct fakeledger *fake;
    struct custody_client *client;
    struct custody_problem problem;
    struct custody_followed followed;
    uint64_t next;
};

static void open_client(struct fixture *f)
{
    const struct custody_options options = {.home = f->home, .timeout_ms = 5000};
    custody_client_close(f->client);
    f->client = NULL;
    assert_int_equal(custody_client_open(&options, &f->client, &f->problem), CUSTODY_OK);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    tempdir_create(&f->dir);
    tempdir_path(&f->dir, "home", f->home, sizeof(f->home));
    f->fake = fakeledger_create();
    for (size_t i = 1; i < ENTRIES; i++)
        fakeledger_add_foreign(f->fake);
    fakeledger_home(f->fake, f->home);
    open_client(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    custody_client_close(f->client);
    fakeledger_destroy(f->fake);
    tempdir_destroy(&f->dir);
    free(f);
    return 0;
}

static enum custody_status take(void *context, uint64_t number, const uint8_t *bytes, size_t len)
{
    struct fixture *f = context;
    struct entry entry;
    assert_int_equal(number, f->next++);
    assert_true(entry_parse(span_of(bytes, len), &entry));
    return CUSTODY_OK;
}

static enum custody_status follow(struct fixture *f, unsigned flags)
{
    return custody_client_follow(f->client, flags, take, NULL, f, &f->followed);
}

static void from_the_start(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(follow(f, CUSTODY_FOLLOW_CHECK_SIGNATURES), CUSTODY_OK);
    assert_int_equal(f->followed.first, 0);
    assert_int_equal(f->followed.size, ENTRIES);
    assert_int_equal(f->followed.signatures, ENTRIES);
    assert_int_equal(f->followed.unread, 0);
    assert_int_equal(f->next, ENTRIES);
    assert_memory_equal(f->followed.root, f->client->trust.head.root.bytes, DIGEST_SIZE);
}

static void goes_on_where_it_stopped(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(follow(f, 0), CUSTODY_OK);
    open_client(f);
    assert_int_equal(follow(f, 0), CUSTODY_OK); /* nothing new */
    assert_int_equal(f->followed.first, ENTRIES);
    assert_int_equal(f->next, ENTRIES);
    fakeledger_add_foreign(f->fake);
    assert_int_equal(follow(f, CUSTODY_FOLLOW_CHECK_SIGNATURES), CUSTODY_OK);
    assert_int_equal(f->followed.first, ENTRIES);
    assert_int_equal(f->followed.size, ENTRIES + 1);
    assert_int_equal(f->followed.signatures, 1);
    f->next = 0;
    assert_int_equal(follow(f, CUSTODY_FOLLOW_FROM_START), CUSTODY_OK);
    assert_int_equal(f->next, ENTRIES + 1);
}

static void an_entry_that_was_changed(void **state)
{
    struct fixture *f = *state;
    fakeledger_set(f->fake, &(struct fakeledger_settings){.lie = FAKELEDGER_BAD_ENTRY});
    assert_int_equal(follow(f, 0), CUSTODY_ERR_EVIDENCE);
    assert_non_null(strstr(custody_client_problem(f->client)->field, "entry 149"));
}

/* The tree that was signed is not that of the entries that are shown. */
static void another_history_is_signed(void **state)
{
    struct fixture *f = *state;
    fakeledger_set(f->fake, &(struct fakeledger_settings){.lie = FAKELEDGER_OTHER_HISTORY});
    assert_int_equal(follow(f, 0), CUSTODY_ERR_EVIDENCE);
    assert_string_equal(custody_client_problem(f->client)->field, "root");
    char path[600];
    snprintf(path, sizeof(path), "%s/followed", f->home);
    uint8_t *bytes;
    size_t len;
    assert_int_equal(files_read(path, 1 << 16, &bytes, &len, &f->problem), CUSTODY_ERR_NOT_FOUND);
}

static void a_damaged_position(void **state)
{
    struct fixture *f = *state;
    char path[600];
    uint8_t *bytes;
    size_t len;
    assert_int_equal(follow(f, 0), CUSTODY_OK);
    snprintf(path, sizeof(path), "%s/followed", f->home);
    assert_int_equal(files_read(path, 1 << 16, &bytes, &len, &f->problem), CUSTODY_OK);
    for (size_t at = 0; at < len; at += 11) {
        bytes[at] ^= 1;
        assert_int_equal(files_replace(path, span_of(bytes, len), &f->problem), CUSTODY_OK);
        assert_int_equal(follow(f, 0), CUSTODY_ERR_CORRUPT);
        bytes[at] ^= 1;
    }
    free(bytes);
    f->next = 0;
    assert_int_equal(follow(f, CUSTODY_FOLLOW_FROM_START), CUSTODY_OK);
}

static enum custody_status
stop_at_10(void *context, uint64_t number, const uint8_t *bytes, size_t len)
{
    (void)context;
    (void)bytes;
    (void)len;
    return number == 10 ? CUSTODY_ERR_FULL : CUSTODY_OK;
}

static void the_caller_may_stop(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(custody_client_follow(f->client, 0, stop_at_10, NULL, NULL, &f->followed),
                     CUSTODY_ERR_FULL);
}

/* One by one: numbers without a gap, rising times, good signatures. */
static void single_entries(void **state)
{
    static const uint8_t seed[SEED_SIZE] = {6};
    uint8_t key[PUBLIC_KEY_SIZE], secret[SECRET_KEY_SIZE], bytes[STATEMENT_HEADER_SIZE];
    uint8_t signature[SIGNATURE_SIZE], written[ENTRY_SIZE_MAX];
    struct custody_problem problem;
    (void)state;
    digest_key_from_seed(seed, key, secret);
    struct statement_header header = {.act = 68,
                                      .key_sequence = 1,
                                      .occurred_at_us = 1,
                                      .signed_at_us = 1,
                                      .origin = statement_origin_digest("o")};
    memcpy(header.key, key, PUBLIC_KEY_SIZE);
    for (int fault = 0; fault < 5; fault++) {
        struct pull pull;
        enum custody_status status = CUSTODY_OK;
        pull_init(&pull, fault == 4 ? "another" : "o", true);
        for (uint64_t n = 0; n < 3 && status == CUSTODY_OK; n++) {
            Custody__V1__Entry shown = CUSTODY__V1__ENTRY__INIT;
            bool is_last = n == 2;
            statement_write_header(&header, bytes);
            digest_sign(signature, span_of(bytes, sizeof(bytes)), secret);
            if (fault == 1 && is_last)
                signature[0] ^= 1;
            struct entry entry = {.outcome = 1,
                                  .number = n + (fault == 2 && is_last ? 1 : 0),
                                  .recorded_at_us = fault == 3 && is_last ? 1 : (int64_t)n,
                                  .statement = span_of(bytes, sizeof(bytes)),
                                  .signature = signature};
            size_t len = entry_write(&entry, written, sizeof(written));
            struct digest leaf = merkle_leaf(span_of(written, len));
            shown.number = entry.number;
            shown.bytes = (ProtobufCBinaryData){.data = written, .len = len};
            shown.leaf_hash = (ProtobufCBinaryData){.data = leaf.bytes, .len = DIGEST_SIZE};
            status = pull_take(&pull, &shown, &problem);
        }
        assert_int_equal(status, fault == 0 ? CUSTODY_OK : CUSTODY_ERR_EVIDENCE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(from_the_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goes_on_where_it_stopped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_entry_that_was_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_history_is_signed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_position, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_caller_may_stop, set_up, tear_down),
        cmocka_unit_test(single_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
