/* tempdir.c: a fresh folder for one test, and its end.
 * Never touches anything outside the folder it made. */
#include "tests/lib/tempdir.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void give_up(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

void tempdir_create(struct tempdir *ret)
{
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || parent[0] == '\0') {
        parent = "/tmp";
    }
    int len = snprintf(ret->path, sizeof ret->path, "%s/custody-test.XXXXXX", parent);
    if (len < 0 || (size_t)len >= sizeof ret->path || mkdtemp(ret->path) == NULL) {
        give_up(parent);
    }
}

char *tempdir_path(const struct tempdir *dir, const char *name, char *ret, size_t cap)
{
    int len = snprintf(ret, cap, "%s/%s", dir->path, name);
    if (len < 0 || (size_t)len >= cap) {
        give_up(name);
    }
    return ret;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

void tempdir_destroy(struct tempdir *dir)
{
    if (dir->path[0] == '\0') {
        return;
    }
    if (nftw(dir->path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0) {
        perror(dir->path);
    }
    dir->path[0] = '\0';
}
