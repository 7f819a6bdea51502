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
/* printf '20260501100\ta' | sha256sum; printf '100\ta\t...\n200\tb' | sha256sum */
#define CHAIN_1 "e581742225c9f84a"
#define CHAIN_2 "8816c5146fa6084f"

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

static const char *file_path(void)
{
    static char path[4200];
    snprintf(path, sizeof path, "%s/access/20260501.log", dir.path);
    return path;
}

static size_t read_file(char *ret, size_t cap)
{
    FILE *file = fopen(file_path(), "r");
    assert_non_null(file);
    size_t len = fread(ret, 1, cap - 1, file);
    fclose(file);
    ret[len] = 0;
    return len;
}

static void write_file(const char *text)
{
    FILE *file = fopen(file_path(), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

/* Whoever has the file can check what was anchored: sha256sum says the same. */
static void a_days_digest_is_that_of_its_file(void **state)
{
    (void)state;
    char file[200];
    struct digest nothing = digest_sha256(span_of("", 0));
    note(20260501, 100, "a");
    note(20260501, 200, "b");
    size_t len = read_file(file, sizeof file);
    struct digest expected = digest_sha256(span_of(file, len));
    /* The chains are those that sha256sum gives. */
    assert_string_equal(file, "100\ta\t" CHAIN_1 "\n200\tb\t" CHAIN_2 "\n");
    struct accesslog_sum sum = sum_of(20260501, 20260501);
    assert_int_equal(sum.lines, 2);
    assert_true(digest_is_equal(&sum.digest, &expected));
    assert_false(sum.is_complete);
    sum = sum_of(20260420, 20260501);
    assert_int_equal(sum.lines, 0);
    assert_true(digest_is_equal(&sum.digest, &nothing));
    assert_true(sum.is_complete);
}

/* Five lines, anchored; then the file is what each row makes of it. */
static void what_was_done_to_an_anchored_day_is_named(void **state)
{
    (void)state;
    char whole[600], lines[5][100], text[600];
    const char *at = whole;
    for (int i = 0; i < 5; i++) {
        char line[16];
        snprintf(line, sizeof line, "line%d", i + 1);
        assert_int_equal(note(20260501, 100 * (i + 1), line), CUSTODY_OK);
    }
    struct accesslog_sum sum = sum_of(20260501, 20260502);
    read_file(whole, sizeof whole);
    for (int i = 0; i < 5; i++) {
        size_t len = (size_t)(strchr(at, '\n') + 1 - at);
        memcpy(lines[i], at, len);
        lines[i][len] = 0;
        at += len;
    }
    char changed[100];
    snprintf(changed, sizeof changed, "%s", lines[2]);
    *strchr(changed, 'l') = 'L';
    const struct {
        const char *lines[6];
        uint64_t line;
        const char *words;
    } cases[] = {
        {{lines[0], lines[1], lines[2], lines[3], lines[4]}, 0, ""},
        {{lines[0], lines[1], changed, lines[3], lines[4]}, 3, "is not what was written"},
        {{lines[0], lines[1], lines[3], lines[4]}, 3, "lines between them are missing"},
        {{lines[1], lines[2], lines[3], lines[4]}, 1, "lines between them are missing"},
        {{lines[0], lines[1], lines[2]}, 4, "is missing"},
        {{NULL}, 1, "is missing"},
        {{lines[0], lines[1], lines[2], lines[3], lines[4], lines[4]}, 6, "was changed"},
        {{lines[0], lines[2], lines[1], lines[3], lines[4]}, 2, "is not what was written"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct accesslog_verdict verdict;
        size_t len = 0;
        text[0] = 0;
        for (size_t k = 0; k < 6 && cases[i].lines[k] != NULL; k++)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s", cases[i].lines[k]);
        write_file(text);
        assert_int_equal(accesslog_check(log_of_day, 20260501, sum.lines, &sum.digest, &verdict),
                         CUSTODY_OK);
        assert_int_equal(verdict.is_sound, cases[i].line == 0);
        assert_int_equal(verdict.line, cases[i].line);
        if (strstr(verdict.sentence, cases[i].words) == NULL)
            fail_msg("%s: %s", cases[i].words, verdict.sentence);
    }
}

/* Who does the chain over is found by the digest, and cannot hide that there were more lines. */
static void a_day_that_was_written_anew_is_found(void **state)
{
    (void)state;
    struct accesslog_verdict verdict;
    note(20260501, 100, "a");
    note(20260501, 200, "b");
    struct accesslog_sum sum = sum_of(20260501, 20260502);
    assert_int_equal(unlink(file_path()), 0);
    reopen();
    note(20260501, 100, "a");
    note(20260501, 200, "c");
    accesslog_check(log_of_day, 20260501, sum.lines, &sum.digest, &verdict);
    assert_false(verdict.is_sound);
    assert_int_equal(verdict.line, 0);
    note(20260501, 300, "d");
    accesslog_check(log_of_day, 20260501, sum.lines, &sum.digest, &verdict);
    assert_false(verdict.is_sound);
    assert_int_equal(verdict.line, 3);
    assert_int_equal(unlink(file_path()), 0);
    accesslog_check(log_of_day, 20260501, sum.lines, &sum.digest, &verdict);
    assert_false(verdict.is_sound);
    assert_false(verdict.is_gone);
    assert_int_equal(verdict.line, 1);
}

/* A power cut tears a line; what is noted after it is chained to what is there, and a later change elsewhere is still told. */
static void a_torn_line_is_nobodys_change(void **state)
{
    (void)state;
    char text[600];
    struct accesslog_verdict verdict;
    note(20260501, 100, "a");
    note(20260501, 200, "b");
    read_file(text, sizeof text);
    text[strlen(text) - 9] = 0;
    write_file(text);
    reopen();
    note(20260501, 300, "c");
    note(20260501, 400, "d");
    struct accesslog_sum sum = sum_of(20260501, 20260502);
    accesslog_check(log_of_day, 20260501, sum.lines, &sum.digest, &verdict);
    assert_true(verdict.is_sound);
    read_file(text, sizeof text);
    strstr(text, "\td\t")[1] = 'D';
    write_file(text);
    accesslog_check(log_of_day, 20260501, sum.lines, &sum.digest, &verdict);
    assert_int_equal(verdict.line, 4);
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
        TEST(what_was_done_to_an_anchored_day_is_named),
        TEST(a_day_that_was_written_anew_is_found),
        TEST(a_torn_line_is_nobodys_change),
        TEST(a_day_that_is_over_gets_no_more_lines),
        TEST(the_same_look_within_a_minute_is_one_line),
        TEST(what_is_no_line_is_not_noted),
        TEST(a_torn_line_spoils_no_other),
        TEST(a_full_day_says_so_and_leaves_no_half_line),
        TEST(the_oldest_days_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
