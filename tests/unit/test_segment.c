/* test_segment.c: a file is there whole or not at all, and one that rotted is known. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/segment.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

static struct tempdir dir;

static int setup(void **state)
{
    (void)state;
    digest_init();
    tempdir_create(&dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tempdir_destroy(&dir);
    return 0;
}

static struct digest write_two(const char *name, uint64_t *ret_bytes)
{
    struct segment_writer *writer = NULL;
    struct digest digest;
    assert_int_equal(segment_create(dir.path, name, &writer), CUSTODY_OK);
    segment_write(writer, span_text("head"));
    segment_write_counted(writer, span_text("first"));
    segment_write_counted(writer, span_text(""));
    assert_int_equal(segment_finish(&writer, ret_bytes, &digest), CUSTODY_OK);
    assert_null(writer);
    return digest;
}

static enum custody_status
read_two(const char *name, uint64_t bytes, const struct digest *digest, char ret[static 5])
{
    struct segment_reader *reader = NULL;
    uint8_t piece[8];
    size_t len = 99;
    assert_int_equal(segment_open(dir.path, name, &reader), CUSTODY_OK);
    assert_int_equal(segment_read(reader, ret, 4), CUSTODY_OK);
    ret[4] = '\0';
    assert_int_equal(segment_read_counted(reader, piece, sizeof(piece), &len), CUSTODY_OK);
    assert_int_equal(len, 5);
    assert_int_equal(segment_check(reader, bytes, digest), CUSTODY_ERR_CORRUPT); /* not all read */
    assert_int_equal(segment_read_counted(reader, piece, sizeof(piece), &len), CUSTODY_OK);
    assert_int_equal(len, 0);
    assert_int_equal(segment_read(reader, piece, 1), CUSTODY_ERR_CORRUPT);
    enum custody_status status = segment_check(reader, bytes, digest);
    segment_close(reader);
    return status;
}

static void what_was_written_comes_back(void **state)
{
    (void)state;
    uint64_t bytes;
    char head[5], path[4200];
    struct stat found;
    struct digest digest = write_two("one", &bytes);
    assert_int_equal(bytes, 4 + 4 + 5 + 4);
    assert_int_equal(read_two("one", bytes, &digest, head), CUSTODY_OK);
    assert_string_equal(head, "head");
    tempdir_path(&dir, "one", path, sizeof(path));
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);

    /* One bit. */
    int file = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pwrite(file, "i", 1, 1), 1);
    close(file);
    assert_int_equal(read_two("one", bytes, &digest, head), CUSTODY_ERR_CORRUPT);
}

static void a_length_that_cannot_be_is_refused(void **state)
{
    (void)state;
    uint64_t bytes;
    uint8_t piece[4];
    size_t len = 99;
    struct segment_reader *reader = NULL;
    (void)write_two("one", &bytes);
    assert_int_equal(segment_open(dir.path, "none", &reader), CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(segment_open(dir.path, "one", &reader), CUSTODY_OK);
    assert_int_equal(segment_read_counted(reader, piece, sizeof(piece), &len),
                     CUSTODY_ERR_CORRUPT); /* "head" is no length */
    assert_int_equal(len, 99);
    segment_close(reader);
    segment_close(NULL);
}

static void until_it_is_whole_the_old_one_stands(void **state)
{
    (void)state;
    uint64_t bytes;
    char head[5], path[4200];
    struct segment_writer *writer = NULL;
    struct digest digest = write_two("one", &bytes), other;
    assert_int_equal(segment_create(dir.path, "one", &writer), CUSTODY_OK);
    segment_write(writer, span_text("half"));
    assert_int_equal(read_two("one", bytes, &digest, head), CUSTODY_OK);
    segment_discard(&writer);
    segment_discard(&writer);
    tempdir_path(&dir, "one.new", path, sizeof(path));
    assert_int_equal(access(path, F_OK), -1);

    /* A disk that is full. */
    struct rlimit limit, before;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 2;
    assert_int_equal(segment_create(dir.path, "one", &writer), CUSTODY_OK);
    segment_write(writer, span_text("more than two bytes"));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    enum custody_status status = segment_finish(&writer, &bytes, &other);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, CUSTODY_ERR_FULL);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(read_two("one", 17, &digest, head), CUSTODY_OK);
    assert_int_equal(segment_create("/nowhere/at/all", "one", &writer), CUSTODY_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_written_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_length_that_cannot_be_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(until_it_is_whole_the_old_one_stands, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
