/* space.c: statvfs, and two thresholds.
 * Never guesses what others will write. */
#include "daemon/ledger/space.h"

#include <errno.h>
#include <sys/statvfs.h>

enum custody_status space_look(const char *path, struct space *ret)
{
    struct statvfs found;
    while (statvfs(path, &found) != 0) {
        if (errno != EINTR) {
            return errno == ENOENT ? CUSTODY_ERR_NOT_FOUND : CUSTODY_ERR_IO;
        }
    }
    uint64_t block = found.f_frsize;
    /* What only root may use does not count. */
    uint64_t held_back = found.f_bfree - found.f_bavail;
    ret->total = (found.f_blocks - held_back) * block;
    ret->free = found.f_bavail * block;
    return CUSTODY_OK;
}

unsigned space_used_percent(const struct space *space)
{
    if (space->total == 0 || space->free >= space->total) {
        return 0;
    }
    /* In no danger of an overflow. */
    uint64_t used = space->total - space->free, percent = space->total / 100;
    return percent == 0 ? 100 : (unsigned)(used / percent > 100 ? 100 : used / percent);
}

enum space_stage space_stage(const struct space *space, uint64_t reserve)
{
    if (space->free < reserve) {
        return SPACE_RESERVE;
    }
    return space_used_percent(space) >= SPACE_WARN_PERCENT ? SPACE_WARN : SPACE_AMPLE;
}
