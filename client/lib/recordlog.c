/* recordlog.c: an append-only file of records, each on disk before it counts.
 * Never rewrites a record and never guesses. */
#include "client/lib/recordlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"

enum {
    MAGIC_SIZE = 16,
    MARK_SIZE = 32,
    HEADER_SIZE = MAGIC_SIZE + RECORDLOG_PURPOSE_MAX + PUBLIC_KEY_SIZE + MARK_SIZE + 8,
    RECORD_HEAD_SIZE = 28,
    RECORD_CHECKED_SIZE = 16, /* of the head: what its own check covers */
    RECORD_END_SIZE = 1,
    RECORD_MAGIC = 0x43524543, /* "CREC" */
    RECORD_PARTS_MAX = 32,
    BLOCK_SIZE = 512, /* what a disk writes whole */
};

static const uint8_t magic[MAGIC_SIZE] = "custody-log/1\n";

struct recordlog {
    int fd;
    char *path;
    uint64_t size;
    bool is_original;
    bool was_torn;
    bool is_broken; /* an append failed and could not be undone */
};

/* ---- the mark ---- */

/* What a copy of the file cannot have: its place in this file system and when it was born there. */
static bool make_mark(int fd, uint8_t ret[static MARK_SIZE])
{
    struct statx status;
    uint8_t text[40] = "custody-mark/1";
    if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &status) != 0)
        return false;
    bool has_birth = (status.stx_mask & STATX_BTIME) != 0;
    bytes_put_u64(text + 16, status.stx_ino);
    bytes_put_u64(text + 24, has_birth ? (uint64_t)status.stx_btime.tv_sec : 0);
    bytes_put_u64(text + 32, has_birth ? status.stx_btime.tv_nsec : 0);
    struct digest digest = digest_sha256(span_of(text, sizeof(text)));
    memcpy(ret, digest.bytes, MARK_SIZE);
    return true;
}

/* ---- the file's header ---- */

static void write_header(const char *purpose,
                         const uint8_t owner[static PUBLIC_KEY_SIZE],
                         const uint8_t mark[static MARK_SIZE],
                         uint8_t ret[static HEADER_SIZE])
{
    uint8_t *at = ret;
    memset(ret, 0, HEADER_SIZE);
    memcpy(at, magic, MAGIC_SIZE);
    at += MAGIC_SIZE;
    memcpy(at, purpose, strnlen(purpose, RECORDLOG_PURPOSE_MAX));
    at += RECORDLOG_PURPOSE_MAX;
    memcpy(at, owner, PUBLIC_KEY_SIZE);
    at += PUBLIC_KEY_SIZE;
    memcpy(at, mark, MARK_SIZE);
    at += MARK_SIZE;
    struct digest check = digest_sha256(span_of(ret, (size_t)(at - ret)));
    memcpy(at, check.bytes, 8);
}

/* A new file gets its name only when it is whole, so a header is never torn. */
static enum custody_status create(const char *path,
                                  const char *purpose,
                                  const uint8_t owner[static PUBLIC_KEY_SIZE],
                                  struct custody_problem *problem)
{
    char new_path[FILES_PATH_MAX], folder[FILES_PATH_MAX];
    uint8_t header[HEADER_SIZE], mark[MARK_SIZE];
    int len = snprintf(new_path, sizeof(new_path), "%s.new", path);
    if (len < 0 || (size_t)len >= sizeof(new_path))
        return problem_set(problem, CUSTODY_ERR_INVALID, path, "a shorter path", "%d bytes", len);
    int fd = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return problem_from_errno(problem, new_path);
    enum custody_status status = CUSTODY_OK;
    if (!make_mark(fd, mark))
        status = problem_from_errno(problem, new_path);
    if (status == CUSTODY_OK) {
        write_header(purpose, owner, mark, header);
        status = files_write_all(fd, span_of(header, HEADER_SIZE), new_path, problem);
    }
    if (status == CUSTODY_OK && (fsync(fd) != 0 || rename(new_path, path) != 0))
        status = problem_from_errno(problem, path);
    close(fd);
    if (status != CUSTODY_OK)
        return status;
    snprintf(folder, sizeof(folder), "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        *slash = '\0';
    return files_sync_folder(slash == NULL ? "." : folder, problem);
}

static enum custody_status check_header(struct recordlog *log,
                                        const uint8_t *bytes,
                                        const char *purpose,
                                        const uint8_t owner[static PUBLIC_KEY_SIZE],
                                        struct custody_problem *problem)
{
    uint8_t wanted[HEADER_SIZE], mark[MARK_SIZE];
    const uint8_t *stored_mark = bytes + MAGIC_SIZE + RECORDLOG_PURPOSE_MAX + PUBLIC_KEY_SIZE;
    write_header(purpose, owner, stored_mark, wanted);
    if (memcmp(bytes, wanted, MAGIC_SIZE + RECORDLOG_PURPOSE_MAX) != 0)
        return problem_set(problem, CUSTODY_ERR_CORRUPT, log->path, "a file of ours",
                           "another beginning");
    if (memcmp(bytes, wanted, MAGIC_SIZE + RECORDLOG_PURPOSE_MAX + PUBLIC_KEY_SIZE) != 0)
        return problem_set(problem, CUSTODY_ERR_CORRUPT, log->path, "statements of this key",
                           "those of another key, or damage");
    if (memcmp(bytes, wanted, HEADER_SIZE) != 0)
        return problem_set(problem, CUSTODY_ERR_CORRUPT, log->path, "an undamaged header",
                           "a header whose checksum is wrong");
    log->is_original = make_mark(log->fd, mark) && memcmp(mark, stored_mark, MARK_SIZE) == 0;
    return CUSTODY_OK;
}

/* ---- records ---- */

static void write_record_head(uint64_t offset,
                              const struct span *parts,
                              size_t count,
                              uint8_t ret[static RECORD_HEAD_SIZE])
{
    struct bytes_writer writer;
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    bytes_writer_init(&writer, ret, RECORD_HEAD_SIZE);
    bytes_write_u32(&writer, RECORD_MAGIC);
    bytes_write_u32(&writer, (uint32_t)len);
    bytes_write_u64(&writer, offset);
    struct digest head_check = digest_sha256(span_of(ret, RECORD_CHECKED_SIZE));
    struct digest check = digest_sha256_of(parts, count);
    bytes_write_span(&writer, span_of(head_check.bytes, 4));
    bytes_write_span(&writer, span_of(check.bytes, 8));
}

/* A record head that is whole, at the place that it names. */
static bool is_record_head(struct span bytes, uint64_t offset, uint32_t *ret_len)
{
    struct bytes_reader reader;
    if (bytes.len < RECORD_HEAD_SIZE)
        return false;
    bytes_reader_init(&reader, bytes);
    uint32_t found = bytes_read_u32(&reader);
    uint32_t len = bytes_read_u32(&reader);
    uint64_t own = bytes_read_u64(&reader);
    if (found != RECORD_MAGIC || own != offset)
        return false;
    struct digest check = digest_sha256(span_of(bytes.data, RECORD_CHECKED_SIZE));
    *ret_len = len;
    return memcmp(bytes.data + RECORD_CHECKED_SIZE, check.bytes, 4) == 0;
}

static bool is_payload_good(const uint8_t *head, struct span payload)
{
    struct digest check = digest_sha256(payload);
    return memcmp(head + RECORD_CHECKED_SIZE + 4, check.bytes, 8) == 0 &&
           payload.data[payload.len] == '\n';
}

/* Some block of the disk between `from` and the end is all zero. */
static bool has_unwritten_block(const uint8_t *file, uint64_t from, uint64_t size)
{
    for (uint64_t start = from; start < size;) {
        uint64_t end = (start / BLOCK_SIZE + 1) * BLOCK_SIZE;
        bool is_zero = true;
        for (uint64_t i = start; i < end && i < size; i++)
            is_zero = is_zero && file[i] == 0;
        if (is_zero)
            return true;
        start = end;
    }
    return false;
}

/* Does a later record stand behind? Then what is wrong here is damage, not a torn end. */
static bool has_record_after(const uint8_t *file, uint64_t from, uint64_t size)
{
    uint32_t len;
    for (uint64_t at = from + 1; at + RECORD_HEAD_SIZE <= size; at++) {
        if (file[at] == 'C' && is_record_head(span_of(file + at, (size_t)(size - at)), at, &len))
            return true;
    }
    return false;
}

static enum custody_status
report_damage(const struct recordlog *log, uint64_t offset, struct custody_problem *problem)
{
    return problem_set(problem, CUSTODY_ERR_CORRUPT, log->path, "undamaged records",
                       "damage in the record at byte %llu", (unsigned long long)offset);
}

/* Walk the records. `*ret_end` is where the last whole one ends; less than `size` when the rest is torn. */
static enum custody_status walk(const struct recordlog *log,
                                const uint8_t *file,
                                recordlog_take *take,
                                void *context,
                                uint64_t *ret_end,
                                struct custody_problem *problem)
{
    uint64_t at = HEADER_SIZE;
    while (at < log->size) {
        uint64_t left = log->size - at;
        uint32_t len;
        bool is_head = is_record_head(span_of(file + at, (size_t)left), at, &len);
        if (is_head && RECORD_HEAD_SIZE + (uint64_t)len + RECORD_END_SIZE <= left) {
            struct span payload = span_of(file + at + RECORD_HEAD_SIZE, len);
            if (is_payload_good(file + at, payload)) {
                enum custody_status status = take(context, at, payload, problem);
                if (status != CUSTODY_OK)
                    return status;
                at += RECORD_HEAD_SIZE + (uint64_t)len + RECORD_END_SIZE;
                continue;
            }
            if (!has_unwritten_block(file, at, log->size))
                return report_damage(log, at, problem);
        } else if (!is_head && left >= RECORD_HEAD_SIZE &&
                   !has_unwritten_block(file, at, log->size)) {
            return report_damage(log, at, problem);
        }
        if (has_record_after(file, at, log->size))
            return report_damage(log, at, problem);
        break;
    }
    *ret_end = at;
    return CUSTODY_OK;
}

static enum custody_status load(struct recordlog *log,
                                const char *purpose,
                                const uint8_t owner[static PUBLIC_KEY_SIZE],
                                recordlog_take *take,
                                void *context,
                                struct custody_problem *problem)
{
    struct stat status;
    uint64_t end = 0;
    if (fstat(log->fd, &status) != 0)
        return problem_from_errno(problem, log->path);
    log->size = (uint64_t)status.st_size;
    if (log->size < HEADER_SIZE)
        return problem_set(problem, CUSTODY_ERR_CORRUPT, log->path, "a file of ours", "%llu bytes",
                           (unsigned long long)log->size);
    uint8_t *file = mmap(NULL, (size_t)log->size, PROT_READ, MAP_PRIVATE, log->fd, 0);
    if (file == MAP_FAILED)
        return problem_from_errno(problem, log->path);
    enum custody_status result = check_header(log, file, purpose, owner, problem);
    if (result == CUSTODY_OK)
        result = walk(log, file, take, context, &end, problem);
    munmap(file, (size_t)log->size);
    if (result != CUSTODY_OK || end == log->size)
        return result;
    if (ftruncate(log->fd, (off_t)end) != 0 || fsync(log->fd) != 0)
        return problem_from_errno(problem, log->path);
    log->was_torn = true;
    log->size = end;
    return CUSTODY_OK;
}

enum custody_status recordlog_open(const char *path,
                                   const char *purpose,
                                   const uint8_t owner[static PUBLIC_KEY_SIZE],
                                   recordlog_take *take,
                                   void *context,
                                   struct recordlog **ret,
                                   struct custody_problem *problem)
{
    enum custody_status status = CUSTODY_OK;
    struct recordlog *log = calloc(1, sizeof(*log));
    if (log == NULL)
        return problem_set(problem, CUSTODY_ERR_MEMORY, path, NULL, "nothing left");
    log->fd = -1;
    log->path = strdup(path);
    if (log->path == NULL) {
        status = problem_set(problem, CUSTODY_ERR_MEMORY, path, NULL, "nothing left");
        goto done;
    }
    log->fd = open(path, O_RDWR | O_CLOEXEC);
    if (log->fd < 0 && errno == ENOENT) {
        status = create(path, purpose, owner, problem);
        if (status != CUSTODY_OK)
            goto done;
        log->fd = open(path, O_RDWR | O_CLOEXEC);
    }
    if (log->fd < 0) {
        status = problem_from_errno(problem, path);
        goto done;
    }
    status = files_check_private(log->fd, path, problem);
    if (status == CUSTODY_OK)
        status = load(log, purpose, owner, take, context, problem);
    if (status != CUSTODY_OK)
        goto done;
    *ret = log;
    log = NULL;
done:
    recordlog_close(log);
    return status;
}

void recordlog_close(struct recordlog *log)
{
    if (log == NULL)
        return;
    if (log->fd >= 0)
        close(log->fd);
    free(log->path);
    free(log);
}

static enum custody_status write_record(struct recordlog *log,
                                        struct iovec *parts,
                                        size_t count,
                                        struct custody_problem *problem)
{
    uint64_t at = log->size;
    while (count > 0) {
        ssize_t written = pwritev(log->fd, parts, (int)count, (off_t)at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return problem_from_errno(problem, log->path);
        at += (uint64_t)written;
        while (count > 0 && (size_t)written >= parts->iov_len) {
            written -= (ssize_t)parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (uint8_t *)parts->iov_base + written;
            parts->iov_len -= (size_t)written;
        }
    }
    return CUSTODY_OK;
}

enum custody_status recordlog_append(struct recordlog *log,
                                     const struct span *parts,
                                     size_t count,
                                     uint64_t *ret_offset,
                                     struct custody_problem *problem)
{
    uint8_t head[RECORD_HEAD_SIZE];
    uint8_t end = '\n';
    struct iovec pieces[RECORD_PARTS_MAX + 2];
    size_t len = 0;
    if (log->is_broken)
        return problem_set(problem, CUSTODY_ERR_IO, log->path, NULL,
                           "an earlier write to this file failed");
    pieces[0] = (struct iovec){.iov_base = head, .iov_len = sizeof(head)};
    for (size_t i = 0; i < count && i < RECORD_PARTS_MAX; i++) {
        pieces[i + 1].iov_base = (void *)(uintptr_t)parts[i].data;
        pieces[i + 1].iov_len = parts[i].len;
        len += parts[i].len;
    }
    if (count > RECORD_PARTS_MAX || len > RECORDLOG_PAYLOAD_MAX)
        return problem_set(problem, CUSTODY_ERR_INVALID, log->path, "a smaller record", "%zu bytes",
                           len);
    pieces[count + 1] = (struct iovec){.iov_base = &end, .iov_len = 1};
    write_record_head(log->size, parts, count, head);
    enum custody_status status = write_record(log, pieces, count + 2, problem);
    if (status == CUSTODY_OK && fsync(log->fd) != 0) {
        /* What a failed fsync left on the disk is not known: nothing more is written to this file. */
        status = problem_from_errno(problem, log->path);
        log->is_broken = true;
    }
    if (status != CUSTODY_OK) {
        if (ftruncate(log->fd, (off_t)log->size) != 0 || fsync(log->fd) != 0)
            log->is_broken = true;
        return status;
    }
    if (ret_offset != NULL)
        *ret_offset = log->size;
    log->size += RECORD_HEAD_SIZE + len + RECORD_END_SIZE;
    return CUSTODY_OK;
}

static bool read_at(int fd, uint8_t *ret, size_t len, uint64_t offset)
{
    size_t done = 0;
    while (done < len) {
        ssize_t count = pread(fd, ret + done, len - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

enum custody_status recordlog_read(struct recordlog *log,
                                   uint64_t offset,
                                   uint8_t **ret_payload,
                                   size_t *ret_len,
                                   struct custody_problem *problem)
{
    uint8_t head[RECORD_HEAD_SIZE];
    uint32_t len;
    if (!read_at(log->fd, head, sizeof(head), offset) ||
        !is_record_head(span_of(head, sizeof(head)), offset, &len) || len > RECORDLOG_PAYLOAD_MAX)
        return report_damage(log, offset, problem);
    uint8_t *payload = malloc((size_t)len + RECORD_END_SIZE);
    if (payload == NULL)
        return problem_set(problem, CUSTODY_ERR_MEMORY, log->path, NULL, "nothing left");
    if (!read_at(log->fd, payload, (size_t)len + RECORD_END_SIZE, offset + RECORD_HEAD_SIZE) ||
        !is_payload_good(head, span_of(payload, len))) {
        free(payload);
        return report_damage(log, offset, problem);
    }
    *ret_payload = payload;
    *ret_len = len;
    return CUSTODY_OK;
}

bool recordlog_is_original(const struct recordlog *log)
{
    return log->is_original;
}

bool recordlog_was_torn(const struct recordlog *log)
{
    return log->was_torn;
}
