/* test_zip.c: a folder as one ZIP file: written, read, and every change of it.
 * What Python's zipfile makes of the same members is compared in tests/system/test_evidence.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/zip.h"
#include "tests/lib/check.h"

enum { FILE_MAX = 1024, COUNT = 3 };

struct fixture {
    struct zip_member members[COUNT];
    uint8_t file[FILE_MAX];
    size_t len;
    struct custody_problem problem;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    snprintf(f->members[0].name, sizeof(f->members[0].name), "%s", "README.txt");
    f->members[0].content = span_text("123456789");
    snprintf(f->members[1].name, sizeof(f->members[1].name), "%s", "entries/0000000001.tlog-proof");
    f->members[1].content = span_text("");
    snprintf(f->members[2].name, sizeof(f->members[2].name), "%s", "a/b/c");
    f->members[2].content = span_text("PK\3\4 is not a header here");
    f->len = zip_size(f->members, COUNT);
    assert_true(f->len > 0 && f->len <= FILE_MAX);
    zip_write(f->members, COUNT, f->file);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static enum custody_status parse(struct fixture *f, size_t len, size_t *ret_count)
{
    struct zip_member members[COUNT + 1];
    return zip_parse(span_of(f->file, len), members, COUNT + 1, ret_count, &f->problem);
}

static void what_was_written_is_read(void **state)
{
    struct fixture *f = *state;
    struct zip_member members[COUNT];
    size_t count = 0;
    assert_int_equal(zip_parse(span_of(f->file, f->len), members, COUNT, &count, &f->problem),
                     CUSTODY_OK);
    assert_int_equal(count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_string_equal(members[i].name, f->members[i].name);
        assert_int_equal(members[i].content.len, f->members[i].content.len);
        assert_memory_equal(members[i].content.data, f->members[i].content.data,
                            members[i].content.len);
    }
}

/* The check value of CRC-32: that of "123456789" is cbf43926. */
static void the_checksum_is_everybodys(void **state)
{
    static const uint8_t expected[4] = {0x26, 0x39, 0xf4, 0xcb};
    const struct fixture *f = *state;
    assert_memory_equal(f->file + 14, expected, sizeof(expected));
}

static void every_bit_counts(void **state)
{
    struct fixture *f = *state;
    for (size_t bit = 0; bit < 8 * f->len; bit++) {
        size_t count = 99;
        f->file[bit / 8] = (uint8_t)(f->file[bit / 8] ^ (1 << bit % 8));
        enum custody_status status = parse(f, f->len, &count);
        assert_true(status == CUSTODY_ERR_EVIDENCE || status == CUSTODY_ERR_INVALID);
        assert_int_equal(count, 99);
        f->file[bit / 8] = (uint8_t)(f->file[bit / 8] ^ (1 << bit % 8));
    }
}

static void every_cut_and_more(void **state)
{
    struct fixture *f = *state;
    size_t count;
    for (size_t len = 0; len < f->len; len++)
        assert_int_not_equal(parse(f, len, &count), CUSTODY_OK);
    f->file[f->len] = 0;
    assert_int_equal(parse(f, f->len + 1, &count), CUSTODY_ERR_EVIDENCE);
}

static void a_name_leads_nowhere_else(void **state)
{
    static const char *const bad[] = {"",  "/etc/passwd", "../up", "a/../b", "a//b",        "a/",
                                      ".", "a/.hidden",   "a b",   "a\\b",   "\xe8\xaf\x81"};
    struct zip_member member = {.content = span_text("x")};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(member.name, sizeof(member.name), "%s", bad[i]);
        assert_int_equal(zip_size(&member, 1), 0);
    }
}

static void two_of_one_name(void **state)
{
    struct fixture *f = *state;
    size_t count = 0;
    snprintf(f->members[2].name, sizeof(f->members[2].name), "%s", f->members[0].name);
    f->len = zip_size(f->members, COUNT);
    zip_write(f->members, COUNT, f->file);
    assert_int_equal(parse(f, f->len, &count), CUSTODY_ERR_EVIDENCE);
}

static void more_members_than_there_is_room_for(void **state)
{
    struct fixture *f = *state;
    struct zip_member members[COUNT];
    size_t count = 0;
    assert_int_equal(zip_parse(span_of(f->file, f->len), members, COUNT - 1, &count, &f->problem),
                     CUSTODY_ERR_EVIDENCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_written_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_checksum_is_everybodys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_bit_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_cut_and_more, set_up, tear_down),
        cmocka_unit_test(a_name_leads_nowhere_else),
        cmocka_unit_test_setup_teardown(two_of_one_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_members_than_there_is_room_for, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
