/* files.h: small files that must survive a power cut, private folders, and locks.
 * Never loosens a permission: what is looser than asked is refused. */
#ifndef CUSTODY_CLIENT_LIB_FILES_H
#define CUSTODY_CLIENT_LIB_FILES_H

#include <custody/client.h>
#include "proto/span.h"

enum { FILES_PATH_MAX = 4096 };

/* folder/name into `ret`. ERR_INVALID when it is too long. */
CUSTODY_CHECK enum custody_status files_join(const char *folder,
                                             const char *name,
                                             char ret[static FILES_PATH_MAX],
                                             struct custody_problem *problem);
/* Make the folder 0700 if it is not there; refuse one that others may enter or that is somebody else's. */
CUSTODY_CHECK enum custody_status files_make_private_folder(const char *path,
                                                            struct custody_problem *problem);
CUSTODY_CHECK enum custody_status files_check_private_folder(const char *path,
                                                             struct custody_problem *problem);
/* An open file that others may read or write, or that is somebody else's, is refused. */
CUSTODY_CHECK enum custody_status
files_check_private(int fd, const char *path, struct custody_problem *problem);
/* The whole file, at most `cap` bytes; the caller frees. Empty files give a pointer too. */
CUSTODY_CHECK enum custody_status files_read(
    const char *path, size_t cap, uint8_t **ret, size_t *ret_len, struct custody_problem *problem);
/* Replace the file at once or not at all, and have it on disk: temporary file, fsync, rename, fsync of the folder. */
CUSTODY_CHECK enum custody_status
files_replace(const char *path, struct span content, struct custody_problem *problem);
/* Make a new file, 0600; ERR_EXISTS when there is one. On disk when it returns. */
CUSTODY_CHECK enum custody_status
files_create(const char *path, struct span content, struct custody_problem *problem);
CUSTODY_CHECK enum custody_status files_sync_folder(const char *path,
                                                    struct custody_problem *problem);
/* All bytes or an error. */
CUSTODY_CHECK enum custody_status
files_write_all(int fd, struct span bytes, const char *path, struct custody_problem *problem);
/* An exclusive lock on the file, made if need be; held until files_unlock. ERR_BUSY after `wait_ms`. */
CUSTODY_CHECK enum custody_status
files_lock(const char *path, int wait_ms, int *ret_fd, struct custody_problem *problem);
void files_unlock(int *fd); /* -1 is allowed, and left there */

#endif
