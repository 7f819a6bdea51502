/* space.h: how much room the disk has left, and what that means for who wants to write.
 * Never frees any.
 *
 * From 85 % on somebody is warned; below the reserve nothing new is taken, so that what is there can still be read, backed up and
 * moved (DESIGN 6). Any thread. */
#ifndef CUSTODY_LEDGER_SPACE_H
#define CUSTODY_LEDGER_SPACE_H

#include <stdint.h>

#include <custody/status.h>

enum { SPACE_WARN_PERCENT = 85 };

enum space_stage { SPACE_AMPLE = 0, SPACE_WARN = 1, SPACE_RESERVE = 2 };

struct space {
    uint64_t total, free; /* bytes; free is what a process without privileges may still take */
};

/* Of the file system that holds `path`. */
enum custody_status space_look(const char *path, struct space *ret);
/* 0 to 100, as df counts: of what may be used at all. */
unsigned space_used_percent(const struct space *space);
/* A reserve of 0: there is none. */
enum space_stage space_stage(const struct space *space, uint64_t reserve);

#endif
