/* files.c: small files that must survive a power cut, private folders, and locks.
 * Never loosens a permission. */
#include "client/lib/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/lib/problem.h"

enum { LOCK_STEP_MS = 20 };

enum custody_status files_join(const char *folder,
                               const char *name,
                               char ret[static FILES_PATH_MAX],
                               struct custody_problem *problem)
{
    int len = snprintf(ret, FILES_PATH_MAX, "%s/%s", folder, name);
    if (len < 0 || len >= FILES_PATH_MAX)
        return problem_set(problem, CUSTODY_ERR_INVALID, folder, "a shorter path", "%d bytes", len);
    return CUSTODY_OK;
}

static enum custody_status check_private(const struct stat *status,
                                         const char *path,
                                         const char *expected,
                                         const char *remedy,
                                         struct custody_problem *problem)
{
    if (status->st_uid != geteuid()) {
        problem_set(problem, CUSTODY_ERR_PERMISSION, path, "owned by you", "owner %u",
                    (unsigned)status->st_uid);
        problem_advise(problem, "use a folder of your own");
        return CUSTODY_ERR_PERMISSION;
    }
    if ((status->st_mode & 077) != 0) {
        problem_set(problem, CUSTODY_ERR_PERMISSION, path, expected, "mode %04o",
                    (unsigned)(status->st_mode & 07777));
        problem_advise(problem, remedy);
        return CUSTODY_ERR_PERMISSION;
    }
    return CUSTODY_OK;
}

enum custody_status files_check_private_folder(const char *path, struct custody_problem *problem)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return problem_from_errno(problem, path);
    if (!S_ISDIR(status.st_mode))
        return problem_set(problem, CUSTODY_ERR_INVALID, path, "a folder", "something else");
    return check_private(&status, path, "mode 0700: nobody else may enter", "chmod 700 the folder",
                         problem);
}

/* The folder that `path` is in. */
static void folder_of(const char *path, char ret[static FILES_PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    if (slash == NULL)
        snprintf(ret, FILES_PATH_MAX, ".");
    else if (len == 0)
        snprintf(ret, FILES_PATH_MAX, "/");
    else
        snprintf(ret, FILES_PATH_MAX, "%.*s", (int)len, path);
}

enum custody_status files_make_private_folder(const char *path, struct custody_problem *problem)
{
    if (mkdir(path, 0700) == 0) {
        char folder[FILES_PATH_MAX];
        folder_of(path, folder);
        return files_sync_folder(folder, problem);
    }
    if (errno != EEXIST)
        return problem_from_errno(problem, path);
    return files_check_private_folder(path, problem);
}

enum custody_status files_check_private(int fd, const char *path, struct custody_problem *problem)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return problem_from_errno(problem, path);
    if (!S_ISREG(status.st_mode))
        return problem_set(problem, CUSTODY_ERR_INVALID, path, "a file", "something else");
    return check_private(&status, path, "mode 0600: nobody else may read it", "chmod 600 the file",
                         problem);
}

enum custody_status files_sync_folder(const char *path, struct custody_problem *problem)
{
    enum custody_status status = CUSTODY_OK;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return problem_from_errno(problem, path);
    if (fsync(fd) != 0)
        status = problem_from_errno(problem, path);
    close(fd);
    return status;
}

enum custody_status
files_write_all(int fd, struct span bytes, const char *path, struct custody_problem *problem)
{
    size_t done = 0;
    while (done < bytes.len) {
        ssize_t written = write(fd, bytes.data + done, bytes.len - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return problem_from_errno(problem, path);
        done += (size_t)written;
    }
    return CUSTODY_OK;
}

enum custody_status files_read(
    const char *path, size_t cap, uint8_t **ret, size_t *ret_len, struct custody_problem *problem)
{
    enum custody_status status = CUSTODY_OK;
    uint8_t *bytes = NULL;
    size_t len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return problem_from_errno(problem, path);
    bytes = malloc(cap + 1);
    if (bytes == NULL) {
        status = problem_set(problem, CUSTODY_ERR_MEMORY, path, NULL, "%zu bytes wanted", cap);
        goto done;
    }
    for (;;) {
        ssize_t count = read(fd, bytes + len, cap + 1 - len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            status = problem_from_errno(problem, path);
            goto done;
        }
        if (count == 0)
            break;
        len += (size_t)count;
        if (len > cap) {
            status = problem_set(problem, CUSTODY_ERR_INVALID, path, "a smaller file",
                                 "more than %zu bytes", cap);
            goto done;
        }
    }
    bytes[len] = 0; /* there is room: a text may be read as one */
    *ret = bytes;
    *ret_len = len;
    bytes = NULL;
done:
    free(bytes);
    close(fd);
    return status;
}

/* A new file with this content, on disk; not yet its name. */
static enum custody_status
write_new(const char *path, struct span content, struct custody_problem *problem)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return problem_from_errno(problem, path);
    enum custody_status status = files_write_all(fd, content, path, problem);
    if (status == CUSTODY_OK && fsync(fd) != 0)
        status = problem_from_errno(problem, path);
    if (close(fd) != 0 && status == CUSTODY_OK)
        status = problem_from_errno(problem, path);
    if (status != CUSTODY_OK)
        unlink(path);
    return status;
}

enum custody_status
files_replace(const char *path, struct span content, struct custody_problem *problem)
{
    char new_path[FILES_PATH_MAX], folder[FILES_PATH_MAX];
    int len = snprintf(new_path, sizeof(new_path), "%s.%ld.new", path, (long)getpid());
    if (len < 0 || (size_t)len >= sizeof(new_path))
        return problem_set(problem, CUSTODY_ERR_INVALID, path, "a shorter path", "%d bytes", len);
    unlink(new_path); /* of a process of the same number that was killed */
    enum custody_status status = write_new(new_path, content, problem);
    if (status != CUSTODY_OK)
        return status;
    if (rename(new_path, path) != 0) {
        status = problem_from_errno(problem, path);
        unlink(new_path);
        return status;
    }
    folder_of(path, folder);
    return files_sync_folder(folder, problem);
}

enum custody_status
files_create(const char *path, struct span content, struct custody_problem *problem)
{
    char folder[FILES_PATH_MAX];
    enum custody_status status = write_new(path, content, problem);
    if (status != CUSTODY_OK)
        return status;
    folder_of(path, folder);
    return files_sync_folder(folder, problem);
}

enum custody_status
files_lock(const char *path, int wait_ms, int *ret_fd, struct custody_problem *problem)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return problem_from_errno(problem, path);
    for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited_ms += LOCK_STEP_MS) {
        const struct timespec step = {.tv_nsec = LOCK_STEP_MS * 1000000L};
        if (errno != EWOULDBLOCK && errno != EINTR) {
            enum custody_status status = problem_from_errno(problem, path);
            close(fd);
            return status;
        }
        if (waited_ms >= wait_ms) {
            close(fd);
            return problem_set(problem, CUSTODY_ERR_BUSY, path, NULL,
                               "another custody command is using this folder");
        }
        nanosleep(&step, NULL);
    }
    *ret_fd = fd;
    return CUSTODY_OK;
}

void files_unlock(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}
