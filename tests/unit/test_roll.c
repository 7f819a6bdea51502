/* test_roll.c: codes of pre-printed labels: the check character finds what it promises; no code is given twice.
 * Never connects. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/lib/files.h"
#include "client/lib/roll.h"
#include "tests/lib/check.h"
#include "tests/lib/fakeledger.h"
#include "tests/lib/tempdir.h"

static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct fixture {
    struct tempdir dir;
    char home[512];
    struct fakeledger *fake;
    struct custody_client *client;
    struct custody_problem problem;
};

static void open_client(struct fixture *f)
{
    const struct custody_options options = {.home = f->home, .timeout_ms = 200};
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

static void known_codes(void **state)
{
    static const uint8_t zeros[PUBLIC_KEY_SIZE] = {0}, ones[PUBLIC_KEY_SIZE] = {255, 255, 255, 255};
    char code[ROLL_CODE_LENGTH + 1];
    (void)state;
    roll_write(zeros, 0, code);
    assert_memory_equal(code, "R000000-00000", 13);
    assert_int_equal(roll_check(span_text(code)), ROLL_GOOD);
    roll_write(ones, 33, code);
    assert_memory_equal(code, "RZZZZZZ-00011", 13);
    roll_write(ones, ROLL_SERIALS - 1, code);
    assert_memory_equal(code, "RZZZZZZ-ZZZZZ", 13);
    assert_int_equal(roll_check(span_text(code)), ROLL_GOOD);
}

static void every_wrong_character_is_found(void **state)
{
    static const uint8_t key[PUBLIC_KEY_SIZE] = {0x9c, 0x41, 0xd7, 0x22};
    size_t swaps = 0, missed = 0;
    (void)state;
    for (uint32_t serial = 0; serial < 3000; serial += 7) {
        char code[ROLL_CODE_LENGTH + 1];
        roll_write(key, serial * 11003 % ROLL_SERIALS, code);
        assert_int_equal(roll_check(span_text(code)), ROLL_GOOD);
        for (size_t i = 1; i < ROLL_CODE_LENGTH; i++) {
            char was = code[i];
            for (const char *c = letters; i != 7 && *c != '\0'; c++) {
                code[i] = *c;
                assert_int_equal(roll_check(span_text(code)), *c == was ? ROLL_GOOD : ROLL_WRONG);
            }
            code[i] = was;
        }
        for (size_t i = 1; i + 1 < ROLL_CODE_LENGTH; i++) {
            char was = code[i];
            if (i == 6 || i == 7 || code[i] == code[i + 1])
                continue;
            code[i] = code[i + 1];
            code[i + 1] = was;
            swaps++;
            missed += roll_check(span_text(code)) == ROLL_GOOD ? 1 : 0;
            code[i + 1] = code[i];
            code[i] = was;
        }
    }
    assert_true(swaps > 3000);
    assert_true(missed * 200 < swaps);
}

static void what_is_no_roll_code_is_left_alone(void **state)
{
    static const char *const others[] = {"",
                                         "A1",
                                         "R4K7Q2M",
                                         "R4K7Q2M-0001A",
                                         "R4K7Q2M-0001AXX",
                                         "R4K7Q2M_0001AX",
                                         "r4k7q2m-0001ax",
                                         "R4K7Q2I-0001AX",
                                         "R4K7Q2M-0001AU",
                                         "S4K7Q2M-0001AX"};
    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(roll_check(span_text(others[i])), ROLL_OTHER);
}

static void a_roll_is_taken_once(void **state)
{
    struct fixture *f = *state;
    uint32_t first = 99;
    assert_int_equal(roll_take(f->client, 200, NULL, &first), CUSTODY_OK);
    assert_int_equal(first, 0);
    assert_int_equal(roll_take(f->client, 10, "monday", &first), CUSTODY_OK);
    assert_int_equal(first, 200);
    open_client(f);
    assert_int_equal(roll_take(f->client, 1, NULL, &first), CUSTODY_OK);
    assert_int_equal(first, 210);
    assert_int_equal(roll_take(f->client, 10, "monday", &first), CUSTODY_OK);
    assert_int_equal(first, 200);
    assert_int_equal(roll_take(f->client, 11, "monday", &first), CUSTODY_ERR_EXISTS);
    assert_string_equal(f->client->problem.field, "ref");
    assert_int_equal(roll_take(f->client, 0, NULL, &first), CUSTODY_ERR_INVALID);
    assert_int_equal(roll_take(f->client, ROLL_COUNT_MAX + 1, NULL, &first), CUSTODY_ERR_INVALID);
    assert_int_equal(roll_take(f->client, 1, "two\nlines", &first), CUSTODY_ERR_INVALID);
    assert_int_equal(first, 200);
}

static void the_last_serial_is_the_end(void **state)
{
    struct fixture *f = *state;
    char path[600], text[64];
    uint32_t first = 99;
    snprintf(path, sizeof(path), "%s/%s", f->home, ROLL_FILE);
    snprintf(text, sizeof(text), "%d 2 \n", ROLL_SERIALS - 5);
    assert_int_equal(files_replace(path, span_text(text), &f->problem), CUSTODY_OK);
    assert_int_equal(roll_take(f->client, 4, NULL, &first), CUSTODY_ERR_FULL);
    assert_int_equal(first, 99);
    assert_int_equal(roll_take(f->client, 3, NULL, &first), CUSTODY_OK);
    assert_int_equal(first, ROLL_SERIALS - 3);
}

/* Where it cannot be told what was given, nothing is. */
static void a_damaged_file_gives_none(void **state)
{
    static const char *const texts[] = {"0 200", "0\n", "x 1 \n", "0 200 \n0", "0 5000 \n", " \n"};
    struct fixture *f = *state;
    char path[600];
    uint32_t first = 99;
    snprintf(path, sizeof(path), "%s/%s", f->home, ROLL_FILE);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(files_replace(path, span_text(texts[i]), &f->problem), CUSTODY_OK);
        assert_int_equal(roll_take(f->client, 1, NULL, &first), CUSTODY_ERR_CORRUPT);
    }
    assert_int_equal(first, 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_codes),
        cmocka_unit_test(every_wrong_character_is_found),
        cmocka_unit_test(what_is_no_roll_code_is_left_alone),
        cmocka_unit_test_setup_teardown(a_roll_is_taken_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_serial_is_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_file_gives_none, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
