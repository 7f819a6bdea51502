/* segment.c: buffered, digested, synced, renamed.
 * Never leaves half a file under its name. */
#include "daemon/ledger/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/ledger/tape.h"

enum { BUFFER = 256 * 1024 };

struct segment_writer {
    FILE *file;
    char folder[SEGMENT_PATH_MAX];
    char path[SEGMENT_PATH_MAX];
    char fresh[SEGMENT_PATH_MAX];
    crypto_hash_sha256_state state;
    uint64_t bytes;
    enum custody_status failed; /* sticky */
};

struct segment_reader {
    FILE *file;
    crypto_hash_sha256_state state;
    uint64_t size, done;
};

enum custody_status segment_status_of_errno(void)
{
    switch (errno) {
    case ENOENT:
        return CUSTODY_ERR_NOT_FOUND;
    case EEXIST:
    case ENOTEMPTY:
        return CUSTODY_ERR_EXISTS;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return CUSTODY_ERR_FULL;
    case EACCES:
    case EPERM:
    case EROFS:
        return CUSTODY_ERR_PERMISSION;
    case ENOMEM:
        return CUSTODY_ERR_MEMORY;
    default:
        return CUSTODY_ERR_IO;
    }
}

bool segment_path(const char *folder, const char *name, char *ret)
{
    int len = snprintf(ret, SEGMENT_PATH_MAX, "%s/%s", folder, name);
    return len > 0 && len < SEGMENT_PATH_MAX;
}

enum custody_status segment_sync_folder(const char *folder)
{
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) {
        return segment_status_of_errno();
    }
    enum custody_status status = fsync(file) == 0 ? CUSTODY_OK : segment_status_of_errno();
    close(file);
    return status;
}

/* A stream over a file that no other program is to see and no link leads elsewhere. */
static FILE *open_stream(const char *path, int flags, const char *mode)
{
    int file = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *stream = file < 0 ? NULL : fdopen(file, mode);
    if (stream == NULL && file >= 0) {
        close(file);
    }
    if (stream != NULL) {
        (void)setvbuf(stream, NULL, _IOFBF, BUFFER);
    }
    return stream;
}

enum custody_status
segment_create(const char *folder, const char *name, struct segment_writer **ret)
{
    char new_name[SEGMENT_PATH_MAX];
    struct segment_writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    enum custody_status status = CUSTODY_ERR_INVALID;
    int len = snprintf(new_name, sizeof(new_name), "%s.new", name);
    if (len > 0 && (size_t)len < sizeof(new_name) && strlen(folder) < sizeof(writer->folder) &&
        segment_path(folder, name, writer->path) && segment_path(folder, new_name, writer->fresh)) {
        memcpy(writer->folder, folder, strlen(folder) + 1);
        crypto_hash_sha256_init(&writer->state);
        writer->file = open_stream(writer->fresh, O_WRONLY | O_CREAT | O_TRUNC, "w");
        status = writer->file == NULL ? segment_status_of_errno() : CUSTODY_OK;
    }
    if (status != CUSTODY_OK) {
        free(writer);
        return status;
    }
    *ret = writer;
    return CUSTODY_OK;
}

void segment_write(struct segment_writer *writer, struct span bytes)
{
    if (writer->failed != CUSTODY_OK || bytes.len == 0) {
        return;
    }
    if (fwrite(bytes.data, 1, bytes.len, writer->file) != bytes.len) {
        writer->failed = segment_status_of_errno();
        return;
    }
    crypto_hash_sha256_update(&writer->state, bytes.data, bytes.len);
    writer->bytes += bytes.len;
}

void segment_write_counted(struct segment_writer *writer, struct span bytes)
{
    uint8_t len[4];
    bytes_put_u32(len, (uint32_t)bytes.len);
    segment_write(writer, span_of(len, sizeof(len)));
    segment_write(writer, bytes);
}

enum custody_status
segment_finish(struct segment_writer **writer_p, uint64_t *ret_bytes, struct digest *ret_digest)
{
    struct segment_writer *writer = *writer_p;
    *writer_p = NULL;
    enum custody_status status = writer->failed;
    if (status == CUSTODY_OK && (fflush(writer->file) != 0 || fsync(fileno(writer->file)) != 0)) {
        status = segment_status_of_errno();
    }
    /* So that who reads it back next reads the disk. */
    (void)posix_fadvise(fileno(writer->file), 0, 0, POSIX_FADV_DONTNEED);
    if (fclose(writer->file) != 0 && status == CUSTODY_OK) {
        status = segment_status_of_errno();
    }
    if (status == CUSTODY_OK && rename(writer->fresh, writer->path) != 0) {
        status = segment_status_of_errno();
    }
    if (status == CUSTODY_OK) {
        status = segment_sync_folder(writer->folder);
    } else {
        unlink(writer->fresh);
    }
    if (status == CUSTODY_OK) {
        *ret_bytes = writer->bytes;
        crypto_hash_sha256_final(&writer->state, ret_digest->bytes);
    }
    free(writer);
    return status;
}

void segment_discard(struct segment_writer **writer_p)
{
    struct segment_writer *writer = *writer_p;
    *writer_p = NULL;
    if (writer == NULL) {
        return;
    }
    fclose(writer->file);
    unlink(writer->fresh);
    free(writer);
}

/* The file of that name, at its beginning, and its size: of a folder, or within a tar of one. */
static enum custody_status
open_within(const char *folder, const char *name, FILE **ret, uint64_t *ret_size)
{
    char path[SEGMENT_PATH_MAX];
    struct stat found;
    if (!segment_path(folder, name, path)) {
        return CUSTODY_ERR_INVALID;
    }
    *ret = open_stream(path, O_RDONLY, "r");
    bool is_within = *ret == NULL && errno == ENOTDIR;
    if (is_within) {
        *ret = open_stream(folder, O_RDONLY, "r");
    }
    if (*ret == NULL || fstat(fileno(*ret), &found) != 0) {
        return segment_status_of_errno();
    }
    *ret_size = (uint64_t)found.st_size;
    return is_within ? tape_find(*ret, name, ret_size) : CUSTODY_OK;
}

enum custody_status segment_open(const char *folder, const char *name, struct segment_reader **ret)
{
    struct segment_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    enum custody_status status = open_within(folder, name, &reader->file, &reader->size);
    if (status != CUSTODY_OK) {
        segment_close(reader);
        return status;
    }
    crypto_hash_sha256_init(&reader->state);
    *ret = reader;
    return CUSTODY_OK;
}

uint64_t segment_left(const struct segment_reader *reader)
{
    return reader->size - reader->done;
}

enum custody_status segment_read(struct segment_reader *reader, void *ret, size_t len)
{
    if (len > segment_left(reader)) {
        return CUSTODY_ERR_CORRUPT;
    }
    if (len == 0) {
        return CUSTODY_OK;
    }
    if (fread(ret, 1, len, reader->file) != len) {
        return ferror(reader->file) ? CUSTODY_ERR_IO : CUSTODY_ERR_CORRUPT;
    }
    crypto_hash_sha256_update(&reader->state, ret, len);
    reader->done += len;
    return CUSTODY_OK;
}

enum custody_status
segment_read_counted(struct segment_reader *reader, uint8_t *ret, size_t cap, size_t *ret_len)
{
    uint8_t head[4];
    enum custody_status status = segment_read(reader, head, sizeof(head));
    if (status != CUSTODY_OK) {
        return status;
    }
    size_t len = bytes_get_u32(head);
    if (len > cap) {
        return CUSTODY_ERR_CORRUPT;
    }
    status = segment_read(reader, ret, len);
    if (status == CUSTODY_OK) {
        *ret_len = len;
    }
    return status;
}

enum custody_status
segment_check(const struct segment_reader *reader, uint64_t bytes, const struct digest *digest)
{
    crypto_hash_sha256_state state = reader->state;
    struct digest actual;
    crypto_hash_sha256_final(&state, actual.bytes);
    return segment_left(reader) == 0 && reader->size == bytes && digest_is_equal(&actual, digest)
               ? CUSTODY_OK
               : CUSTODY_ERR_CORRUPT;
}

void segment_close(struct segment_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    if (reader->file != NULL) {
        fclose(reader->file);
    }
    free(reader);
}
