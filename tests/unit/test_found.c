/* test_found.c: a ledger is founded once, whole or not at all. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/service/found.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct found_options options_of(struct desk *desk)
{
    return (struct found_options){.data = desk->data,
                                  .key_file = desk->key_file,
                                  .mark_file = desk->mark_file,
                                  .map_size = 64 << 20,
                                  .origin = "ledger.example/second",
                                  .division = "540400",
                                  .utc_offset_minutes = 480,
                                  .regulator = DESK_BUREAU,
                                  .endpoint = "tcp://127.0.0.1:1",
                                  .announcements = "tcp://127.0.0.1:2",
                                  .invitation_until_us = DESK_DAY,
                                  .now_us = DESK_DAY - DESK_HOUR};
}

static void the_paper_has_all_a_founder_needs(void **state)
{
    (void)state;
    static struct desk desk;
    desk_open(&desk, true);
    assert_non_null(strstr(desk.paper.invitation,
                           "custody-invitation/1\norigin: ledger.example/desk\nledger: "));
    assert_non_null(
        strstr(desk.paper.invitation, "\nroles: regulator,admin\nuntil: 2026-05-17T16:00:00Z\n"));
    uint8_t public_key[PUBLIC_KEY_SIZE], secret_key[SECRET_KEY_SIZE];
    digest_key_from_seed(desk.paper.root_seeds[1], public_key, secret_key);
    assert_memory_equal(public_key, desk.paper.root_keys[1], PUBLIC_KEY_SIZE);
    struct stat stat_of;
    assert_int_equal(stat(desk.key_file, &stat_of), 0);
    assert_int_equal(stat_of.st_mode & 0777, 0600);
    desk_close(&desk);
}

static void a_second_founding_is_refused_and_harms_nothing(void **state)
{
    (void)state;
    static struct desk desk;
    char sentence[240];
    struct found_paper paper;
    desk_open(&desk, true);
    struct found_options options = options_of(&desk);
    assert_int_equal(found_ledger(&options, sentence, &paper), CUSTODY_ERR_EXISTS);
    char other_key[600];
    tempdir_path(&desk.dir, "key2", other_key, sizeof other_key);
    options.key_file = other_key;
    assert_int_equal(found_ledger(&options, sentence, &paper),
                     CUSTODY_ERR_EXISTS); /* the mark is there */
    char other_mark[600];
    tempdir_path(&desk.dir, "mark2", other_mark, sizeof other_mark);
    options.mark_file = other_mark;
    assert_int_equal(found_ledger(&options, sentence, &paper),
                     CUSTODY_ERR_EXISTS); /* the journal is there */
    assert_int_not_equal(access(other_key, F_OK), 0);
    desk_reopen(&desk);
    desk_close(&desk);
}

static void bad_options_are_named_and_leave_nothing(void **state)
{
    (void)state;
    static struct desk desk;
    char sentence[240];
    struct found_paper paper;
    memset(&desk, 0, sizeof desk);
    tempdir_create(&desk.dir);
    tempdir_path(&desk.dir, "data", desk.data, sizeof desk.data);
    tempdir_path(&desk.dir, "key", desk.key_file, sizeof desk.key_file);
    tempdir_path(&desk.dir, "mark", desk.mark_file, sizeof desk.mark_file);
    struct found_options options = options_of(&desk);
    options.origin = "two words";
    assert_int_equal(found_ledger(&options, sentence, &paper), CUSTODY_ERR_INVALID);
    assert_non_null(strstr(sentence, "origin"));
    options = options_of(&desk);
    options.division = "5404";
    assert_int_equal(found_ledger(&options, sentence, &paper), CUSTODY_ERR_INVALID);
    assert_non_null(strstr(sentence, "division"));
    options = options_of(&desk);
    options.regulator = "nobody";
    assert_int_not_equal(found_ledger(&options, sentence, &paper), CUSTODY_OK);
    assert_true(strlen(sentence) > 0);
    assert_int_not_equal(access(desk.data, F_OK), 0);
    assert_int_not_equal(access(desk.key_file, F_OK), 0);
    tempdir_destroy(&desk.dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_paper_has_all_a_founder_needs),
        cmocka_unit_test(a_second_founding_is_refused_and_harms_nothing),
        cmocka_unit_test(bad_options_are_named_and_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
