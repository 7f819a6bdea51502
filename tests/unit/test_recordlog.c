/* test_recordlog.c: the append-only file: torn at every byte, damaged anywhere, copied, of another owner.
 * Never waits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/recordlog.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

enum { RECORDS = 4, HEADER = 104 };

static const uint8_t owner[PUBLIC_KEY_SIZE] = {7};

struct seen {
    size_t count;
    char texts[16][1200];
};

struct fixture {
    struct tempdir dir;
    char path[512];
    struct seen seen;
    struct custody_problem problem;
};

static enum custody_status
take(void *context, uint64_t offset, struct span payload, struct custody_problem *problem)
{
    struct seen *seen = context;
    (void)offset;
    (void)problem;
    assert_true(seen->count < 16 && payload.len < 1200);
    memcpy(seen->texts[seen->count], payload.data, payload.len);
    seen->texts[seen->count++][payload.len] = '\0';
    return CUSTODY_OK;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    tempdir_create(&f->dir);
    tempdir_path(&f->dir, "log", f->path, sizeof(f->path));
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

static enum custody_status open_log(struct fixture *f, struct recordlog **ret)
{
    memset(&f->seen, 0, sizeof(f->seen));
    return recordlog_open(f->path, "test", owner, take, &f->seen, ret, &f->problem);
}

static void append(struct fixture *f, struct recordlog *log, const char *text)
{
    const struct span part = span_text(text);
    assert_int_equal(recordlog_append(log, &part, 1, NULL, &f->problem), CUSTODY_OK);
}

static const char *text_of(size_t i, char ret[static 1200])
{
    memset(ret, 0, 1200);
    snprintf(ret, 1200, "record %zu ", i);
    if (i == RECORDS - 1)
        memset(ret + strlen(ret), 'x', 1100); /* longer than a block of the disk */
    return ret;
}

static void fill(struct fixture *f)
{
    struct recordlog *log;
    char text[1200];
    assert_int_equal(open_log(f, &log), CUSTODY_OK);
    for (size_t i = 0; i < RECORDS; i++)
        append(f, log, text_of(i, text));
    recordlog_close(log);
}

static size_t size_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return (size_t)status.st_size;
}

static void reopens_with_all(void **state)
{
    struct fixture *f = *state;
    struct recordlog *log;
    char text[1200];
    fill(f);
    assert_int_equal(open_log(f, &log), CUSTODY_OK);
    assert_int_equal(f->seen.count, RECORDS);
    for (size_t i = 0; i < RECORDS; i++)
        assert_string_equal(f->seen.texts[i], text_of(i, text));
    assert_true(recordlog_is_original(log));
    assert_false(recordlog_was_torn(log));
    recordlog_close(log);
}

/* The file in memory, to be written back in other shapes. In place: the file stays the same one. */
static uint8_t *snapshot(const struct fixture *f, size_t *ret_len)
{
    uint8_t *bytes;
    struct custody_problem problem;
    assert_int_equal(files_read(f->path, 1 << 20, &bytes, ret_len, &problem), CUSTODY_OK);
    return bytes;
}

static void write_back(const struct fixture *f, const uint8_t *bytes, size_t len)
{
    FILE *file = fopen(f->path, "r+b");
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), 0), 0);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static size_t start_of_last(struct fixture *f)
{
    struct recordlog *log;
    size_t size;
    char text[1200];
    assert_int_equal(open_log(f, &log), CUSTODY_OK);
    for (size_t i = 0; i + 1 < RECORDS; i++)
        append(f, log, text_of(i, text));
    size = size_of(f->path);
    append(f, log, text_of(RECORDS - 1, text));
    recordlog_close(log);
    return size;
}

static void torn_at_every_byte(void **state)
{
    struct fixture *f = *state;
    size_t len, last = start_of_last(f);
    uint8_t *bytes = snapshot(f, &len);
    for (size_t cut = last; cut < len; cut++) {
        struct recordlog *log;
        write_back(f, bytes, cut);
        assert_int_equal(open_log(f, &log), CUSTODY_OK);
        assert_int_equal(f->seen.count, RECORDS - 1);
        assert_int_equal(recordlog_was_torn(log), cut > last);
        append(f, log, "after");
        recordlog_close(log);
        assert_int_equal(open_log(f, &log), CUSTODY_OK);
        assert_int_equal(f->seen.count, RECORDS);
        assert_string_equal(f->seen.texts[RECORDS - 1], "after");
        recordlog_close(log);
    }
    free(bytes);
}

/* The file has its full length, but from some block of the disk on nothing was written. */
static void unwritten_blocks(void **state)
{
    struct fixture *f = *state;
    size_t len, last = start_of_last(f);
    uint8_t *bytes = snapshot(f, &len);
    for (size_t from = last; from < len; from = (from / 512 + 1) * 512) {
        struct recordlog *log;
        uint8_t *torn = malloc(len);
        memcpy(torn, bytes, len);
        memset(torn + from, 0, len - from);
        write_back(f, torn, len);
        assert_int_equal(open_log(f, &log), CUSTODY_OK);
        assert_int_equal(f->seen.count, RECORDS - 1);
        assert_true(recordlog_was_torn(log));
        recordlog_close(log);
        free(torn);
    }
    free(bytes);
}

/* One bit anywhere, the last record included: never taken, never silently cut off. */
static void every_flipped_byte_is_reported(void **state)
{
    struct fixture *f = *state;
    size_t len;
    fill(f);
    uint8_t *bytes = snapshot(f, &len);
    for (size_t at = 0; at < len; at++) {
        struct recordlog *log = NULL;
        bytes[at] ^= 0x04;
        write_back(f, bytes, len);
        enum custody_status status = open_log(f, &log);
        /* Flipping bits of the mark makes a copy of it only when the header's checksum were made anew too. */
        if (status != CUSTODY_ERR_CORRUPT)
            print_error("byte %zu of %zu: %d\n", at, len, (int)status);
        assert_int_equal(status, CUSTODY_ERR_CORRUPT);
        assert_int_equal(size_of(f->path), len);
        bytes[at] ^= 0x04;
    }
    free(bytes);
}

/* A whole sector of zeros in the middle is damage: records stand behind it. */
static void zeroed_middle_is_reported(void **state)
{
    struct fixture *f = *state;
    struct recordlog *log;
    size_t len;
    char text[1200];
    assert_int_equal(open_log(f, &log), CUSTODY_OK);
    append(f, log, text_of(RECORDS - 1, text));
    append(f, log, text_of(RECORDS - 1, text));
    append(f, log, "last");
    recordlog_close(log);
    uint8_t *bytes = snapshot(f, &len);
    memset(bytes + 1024, 0, 512);
    write_back(f, bytes, len);
    assert_int_equal(open_log(f, &log), CUSTODY_ERR_CORRUPT);
    free(bytes);
}

static void a_copy_is_known(void **state)
{
    struct fixture *f = *state;
    struct recordlog *log;
    size_t len;
    char other[512];
    fill(f);
    uint8_t *bytes = snapshot(f, &len);
    assert_int_equal(files_create(tempdir_path(&f->dir, "copy", other, sizeof(other)),
                                  span_of(bytes, len), &f->problem),
                     CUSTODY_OK);
    assert_int_equal(rename(other, f->path), 0);
    assert_int_equal(open_log(f, &log), CUSTODY_OK);
    assert_false(recordlog_is_original(log));
    recordlog_close(log);
    free(bytes);
}

static void another_owner_or_purpose(void **state)
{
    static const uint8_t other[PUBLIC_KEY_SIZE] = {8};
    struct fixture *f = *state;
    struct recordlog *log;
    fill(f);
    assert_int_equal(recordlog_open(f->path, "test", other, take, &f->seen, &log, &f->problem),
                     CUSTODY_ERR_CORRUPT);
    assert_int_equal(recordlog_open(f->path, "else", owner, take, &f->seen, &log, &f->problem),
                     CUSTODY_ERR_CORRUPT);
}

static void loose_permissions(void **state)
{
    struct fixture *f = *state;
    struct recordlog *log;
    fill(f);
    assert_int_equal(chmod(f->path, 0640), 0);
    assert_int_equal(open_log(f, &log), CUSTODY_ERR_PERMISSION);
}

static void reads_again_and_parts(void **state)
{
    struct fixture *f = *state;
    struct recordlog *log;
    uint64_t offset;
    uint8_t *payload;
    size_t len;
    const struct span parts[] = {span_text("one "), span_of(NULL, 0), span_text("record")};
    assert_int_equal(open_log(f, &log), CUSTODY_OK);
    append(f, log, "before");
    assert_int_equal(recordlog_append(log, parts, 3, &offset, &f->problem), CUSTODY_OK);
    assert_int_equal(recordlog_read(log, offset, &payload, &len, &f->problem), CUSTODY_OK);
    assert_int_equal(len, 10);
    assert_memory_equal(payload, "one record", 10);
    free(payload);
    assert_int_equal(recordlog_read(log, offset + 1, &payload, &len, &f->problem),
                     CUSTODY_ERR_CORRUPT);
    recordlog_close(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reopens_with_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(torn_at_every_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unwritten_blocks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_flipped_byte_is_reported, set_up, tear_down),
        cmocka_unit_test_setup_teardown(zeroed_middle_is_reported, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_copy_is_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_owner_or_purpose, set_up, tear_down),
        cmocka_unit_test_setup_teardown(loose_permissions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_again_and_parts, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
