/* test_accesslog.c: what is noted stays as it is, a day's digest is that of its file, and everything is bounded.
 * Never a real reader. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/accesslog.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

#define MINUTE INT64_C(60000000)

static struct tempdir dir;
static struct accesslog *log_of_day;

static int setup(void **state)
{
    (void)state;
    digest_init();
    tempdir_create(&dir);
    assert_int_equal(accesslog_open(dir.path, &log_of_day), CUSTODY_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    accesslog_close(log_of_day);
    tempdir_destroy(&dir);
    return 0;
}

static void reopen(void)
{
    accesslog_close(log_of_day);
    assert_int_equal(accesslog_open(dir.path, &log_of_day), CUSTODY_OK);
}

static enum custody_status note(uint32_t day, int64_t now_us, const char *line)
{
    return accesslog_note(log_of_day, day, now_us, span_text(line));
}

static bool gather(void *context, int64_t at_us, struct span line, uint64_t next)
{
    char *text = context;
    size_t len = strlen(text);
    snprintf(text + len, 4096 - len, "%lld %.*s;", (long long)at_us, (int)line.len,
             (const char *)line.data);
    (void)next;
    return true;
}

static const char *read_day(uint32_t day)
{
    static char text[4096];
    text[0] = 0;
    assert_int_equal(accesslog_read(log_of_day, day, 0, gather, text), CUSTODY_OK);
    return text;
}

static struct accesslog_sum sum_of(uint32_t day, uint32_t today)
{
    struct accesslog_sum sum;
    assert_int_equal(accesslog_sum(log_of_day, day, today, &sum), CUSTODY_OK);
    return sum;
}

static void lines_stand_in_order_over_restarts(void **state)
{
    (void)state;
    assert_int_equal(note(20260501, 100, "k1\ttrace"), CUSTODY_OK);
    assert_int_equal(note(20260501, 200, "k2\ttrace"), CUSTODY_OK);
    reopen();
    assert_int_equal(note(20260501, 300, "k1\tshow"), CUSTODY_OK);
    assert_string_equal(read_day(20260501), "100 k1\ttrace;200 k2\ttrace;300 k1\tshow;");
    assert_string_equal(read_day(20260430), "");
}

/* Whoever has the file can check what was anchored: sha256sum says the same. */
static void a_days_digest_is_that_of_its_file(void **state)
{
    (void)state;
    static const char file[] = "100\ta\n200\tb\n";
    struct digest expected = digest_sha256(span_of(file, sizeof file - 1));
    struct digest nothing = digest_sha256(span_of("", 0));
    note(20260501, 100, "a");
    note(20260501, 200, "b");
    struct accesslog_sum sum = sum_of(20260501, 20260501);
    assert_int_equal(sum.lines, 2);
    assert_true(digest_is_equal(&sum.digest, &expected));
    assert_false(sum.is_complete);
    sum = sum_of(20260420, 20260501);
    assert_int_equal(sum.lines, 0);
    assert_true(digest_is_equal(&sum.digest, &nothing));
    assert_true(sum.is_complete);
}

/* What was told to be complete is not added to: a slow reader's line goes to the running day. */
static void a_day_that_is_over_gets_no_more_lines(void **state)
{
    (void)state;
    note(20260501, 100, "a");
    struct accesslog_sum before = sum_of(20260501, 20260502);
    assert_true(before.is_complete);
    assert_int_equal(note(20260501, 150, "late"), CUSTODY_OK);
    struct accesslog_sum after = sum_of(20260501, 20260502);
    assert_true(digest_is_equal(&before.digest, &after.digest));
    assert_string_equal(read_day(20260502), "150 late;");
    assert_int_equal(accesslog_day_before(log_of_day, 99999999), 20260502);
    assert_int_equal(accesslog_day_before(log_of_day, 20260502), 20260501);
    assert_int_equal(accesslog_day_before(log_of_day, 20260501), 0);
}

static void the_same_look_within_a_minute_is_one_line(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(note(20260501, 1000000 * i, "k1\tunclosed"), CUSTODY_OK);
    assert_int_equal(note(20260501, MINUTE, "k1\tunclosed"), CUSTODY_OK);
    assert_int_equal(note(20260501, MINUTE, "k2\tunclosed"), CUSTODY_OK);
    assert_int_equal(sum_of(20260501, 20260501).lines, 3);
}

static void what_is_no_line_is_not_noted(void **state)
{
    (void)state;
    char long_line[ACCESSLOG_LINE_MAX + 2];
    memset(long_line, 'x', sizeof long_line);
    long_line[sizeof long_line - 1] = 0;
    assert_int_equal(note(20260501, 1, ""), CUSTODY_ERR_INVALID);
    assert_int_equal(note(20260501, 1, "two\nlines"), CUSTODY_ERR_INVALID);
    assert_int_equal(note(20260501, 1, long_line), CUSTODY_ERR_INVALID);
    assert_int_equal(note(0, 1, "no day"), CUSTODY_ERR_INVALID);
    long_line[ACCESSLOG_LINE_MAX] = 0;
    assert_int_equal(note(20260501, 1, long_line), CUSTODY_OK);
    assert_int_equal(sum_of(20260501, 20260501).lines, 1);
}

static void day_file(uint32_t day, char ret[static 4300])
{
    snprintf(ret, 4300, "%s/access/%08u.log", dir.path, day);
}

/* A power cut in the middle of a line: the line is passed over, what follows is whole. */
static void a_torn_line_spoils_no_other(void **state)
{
    (void)state;
    char path[4300];
    note(20260501, 100, "a");
    accesslog_close(log_of_day);
    day_file(20260501, path);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    fputs("20", file);
    fclose(file);
    assert_int_equal(accesslog_open(dir.path, &log_of_day), CUSTODY_OK);
    assert_int_equal(note(20260501, 300, "b"), CUSTODY_OK);
    assert_string_equal(read_day(20260501), "100 a;300 b;");
}

static void a_full_day_says_so_and_leaves_no_half_line(void **state)
{
    (void)state;
    char path[4300];
    struct stat found;
    note(20260501, 100, "a");
    accesslog_close(log_of_day);
    day_file(20260501, path);
    /* A file at its bound, but for five bytes: sparse. */
    assert_int_equal(truncate(path, ACCESSLOG_DAY_MAX - 6), 0);
    assert_int_equal(accesslog_open(dir.path, &log_of_day), CUSTODY_OK);
    assert_int_equal(note(20260501, 300, "b"), CUSTODY_ERR_FULL);
    assert_int_equal(note(20260501, 300, "b"), CUSTODY_ERR_FULL);
    assert_int_equal(stat(path, &found), 0);
    assert_true(found.st_size <= ACCESSLOG_DAY_MAX);
    /* The next day begins empty. */
    assert_int_equal(note(20260502, 400, "b"), CUSTODY_OK);
}

static void the_oldest_days_go(void **state)
{
    (void)state;
    char path[4300];
    struct stat found;
    for (uint32_t i = 0; i < ACCESSLOG_DAYS + 3; i++)
        assert_int_equal(note(20260000 + i + 1, i, "x"), CUSTODY_OK);
    day_file(20260003, path);
    assert_int_not_equal(stat(path, &found), 0);
    day_file(20260004, path);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(lines_stand_in_order_over_restarts),
        TEST(a_days_digest_is_that_of_its_file),
        TEST(a_day_that_is_over_gets_no_more_lines),
        TEST(the_same_look_within_a_minute_is_one_line),
        TEST(what_is_no_line_is_not_noted),
        TEST(a_torn_line_spoils_no_other),
        TEST(a_full_day_says_so_and_leaves_no_half_line),
        TEST(the_oldest_days_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
