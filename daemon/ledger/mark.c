/* mark.c: one small file, replaced whole or not at all.
 * Never judges a journal by anything but sizes and roots. */
#include "daemon/ledger/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static enum custody_status status_of_errno(void)
{
    switch (errno) {
    case ENOENT:
        return CUSTODY_ERR_NOT_FOUND;
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

static enum custody_status write_all(int file, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(file, bytes.data, bytes.len);
        if (written < 0 && errno != EINTR) {
            return status_of_errno();
        }
        size_t done = written > 0 ? (size_t)written : 0;
        bytes = span_of(bytes.data + done, bytes.len - done);
    }
    return fsync(file) == 0 ? CUSTODY_OK : status_of_errno();
}

static enum custody_status sync_folder_of(const char *path)
{
    char folder[PATH_BYTES] = ".";
    const char *slash = strrchr(path, '/');
    if (slash != NULL) {
        size_t len = slash == path ? 1 : (size_t)(slash - path);
        memcpy(folder, path, len);
        folder[len] = '\0';
    }
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) {
        return status_of_errno();
    }
    enum custody_status status = fsync(file) == 0 ? CUSTODY_OK : status_of_errno();
    close(file);
    return status;
}

enum custody_status mark_write(const char *path, struct span note)
{
    char fresh[PATH_BYTES];
    int len = snprintf(fresh, sizeof(fresh), "%s.new", path);
    if (len < 0 || (size_t)len >= sizeof(fresh)) {
        return CUSTODY_ERR_INVALID;
    }
    int file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file < 0) {
        return status_of_errno();
    }
    enum custody_status status = write_all(file, note);
    if (close(file) != 0 && status == CUSTODY_OK) {
        status = status_of_errno();
    }
    if (status == CUSTODY_OK && rename(fresh, path) != 0) {
        status = status_of_errno();
    }
    if (status != CUSTODY_OK) {
        unlink(fresh);
        return status;
    }
    return sync_folder_of(path);
}

enum custody_status mark_read(const char *path, uint8_t *ret, size_t cap, size_t *ret_len)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return status_of_errno();
    }
    enum custody_status status = CUSTODY_OK;
    size_t len = 0;
    while (len < cap) {
        ssize_t got = read(file, ret + len, cap - len);
        if (got < 0 && errno != EINTR) {
            status = status_of_errno();
            break;
        }
        if (got == 0) {
            break;
        }
        len += got > 0 ? (size_t)got : 0;
    }
    /* One that does not fit is not one of ours. */
    uint8_t beyond;
    if (status == CUSTODY_OK && len == cap && read(file, &beyond, 1) != 0) {
        status = CUSTODY_ERR_EVIDENCE;
    }
    close(file);
    if (status == CUSTODY_OK) {
        *ret_len = len;
    }
    return status;
}

enum custody_status mark_check(struct span note,
                               const char *origin,
                               const uint8_t key[static PUBLIC_KEY_SIZE],
                               uint64_t size,
                               merkle_read_node *read_node,
                               void *context)
{
    struct checkpoint checkpoint;
    struct digest root;
    if (checkpoint_verify(note, origin, key, &checkpoint) != CHECKPOINT_OK) {
        return CUSTODY_ERR_EVIDENCE;
    }
    if (checkpoint.size > size) {
        return CUSTODY_ERR_ROLLBACK;
    }
    if (!merkle_root_at(checkpoint.size, read_node, context, &root)) {
        return CUSTODY_ERR_CORRUPT;
    }
    return digest_is_equal(&root, &checkpoint.root) ? CUSTODY_OK : CUSTODY_ERR_ROLLBACK;
}
