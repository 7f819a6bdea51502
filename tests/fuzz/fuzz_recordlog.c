/* fuzz_recordlog.c: a device's file of records, whatever became of it: what is handed out was written as it is, and what
 * is added then is found again.
 *
 * The input is what stands behind a good head: an odd first byte says that the frames of the records are made right. */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "client/lib/recordlog.h"
#include "tests/lib/tempdir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD_MAX = 256 };

static struct tempdir dir;
static char path[512];
static uint8_t head[HEAD_MAX];
static size_t head_len;
static const uint8_t owner[PUBLIC_KEY_SIZE] = {7};

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

struct count {
    size_t records;
    uint64_t last_offset;
};

static enum custody_status
take(void *context, uint64_t offset, struct span payload, struct custody_problem *problem)
{
    struct count *count = context;
    (void)problem;
    require(payload.len <= RECORDLOG_PAYLOAD_MAX);
    require(count->records == 0 || offset > count->last_offset);
    count->records++;
    count->last_offset = offset;
    return CUSTODY_OK;
}

static void leave(void)
{
    tempdir_destroy(&dir);
}

static void make_head(void)
{
    struct count count = {0};
    struct custody_problem problem = {0};
    struct recordlog *log = NULL;
    tempdir_create(&dir);
    atexit(leave);
    tempdir_path(&dir, "log", path, sizeof path);
    require(recordlog_open(path, "fuzz", owner, take, &count, &log, &problem) == CUSTODY_OK);
    recordlog_close(log);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = read(file, head, sizeof head);
    require(got > 0 && got < HEAD_MAX);
    head_len = (size_t)got;
    close(file);
}

static void write_file(struct span rest)
{
    int file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    require(file >= 0 && write(file, head, head_len) == (ssize_t)head_len);
    require(rest.len == 0 || write(file, rest.data, rest.len) == (ssize_t)rest.len);
    close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct count before = {0}, after = {0};
    struct custody_problem problem = {0};
    struct recordlog *log = NULL;
    uint8_t *payload = NULL;
    uint64_t offset = 0;
    size_t len = 0;
    if (head_len == 0)
        make_head();
    write_file(span_of(data, size));
    enum custody_status status = recordlog_open(path, "fuzz", owner, take, &before, &log, &problem);
    if (status != CUSTODY_OK) {
        require(log == NULL && problem.status == status);
        return 0;
    }
    const struct span part = span_text("one more");
    require(recordlog_append(log, &part, 1, &offset, &problem) == CUSTODY_OK);
    require(recordlog_read(log, offset, &payload, &len, &problem) == CUSTODY_OK);
    require(len == part.len && memcmp(payload, part.data, len) == 0);
    free(payload);
    recordlog_close(log);
    require(recordlog_open(path, "fuzz", owner, take, &after, &log, &problem) == CUSTODY_OK);
    require(after.records == before.records + 1 && after.last_offset == offset);
    require(!recordlog_was_torn(log));
    recordlog_close(log);
    return 0;
}
