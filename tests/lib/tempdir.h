/* tempdir.h: a fresh folder for one test, and its end.
 * Never touches anything outside the folder it made. */
#ifndef TESTS_LIB_TEMPDIR_H
#define TESTS_LIB_TEMPDIR_H

#include <limits.h>
#include <stddef.h>

struct tempdir {
    char path[PATH_MAX];
};

/* Make a new, empty folder (mode 0700) in TMPDIR; ends the program if that is impossible. */
void tempdir_create(struct tempdir *ret);

/* Write "<folder>/<name>" to `ret`; ends the program if it does not fit. Returns `ret`. */
char *tempdir_path(const struct tempdir *dir, const char *name, char *ret, size_t cap);

/* Remove the folder and all that is in it. Legal on a zeroed struct. */
void tempdir_destroy(struct tempdir *dir);

#endif
