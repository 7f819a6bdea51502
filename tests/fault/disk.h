/* disk.h: what this process does to the files below one folder: counted, failed, cut off by a kill, or written down, so that
 * every state in which a power loss may leave them can be made.
 * Never sees what goes through a map or through libc's own streams; LMDB's data pages, the mark and the keys go
 * through here, LMDB's lock file does not and is left as it was.
 *
 * The program's own open, write, pwrite, writev, fsync, fdatasync, ftruncate and rename stand before libc's, for liblmdb
 * too. One thread. */
#ifndef TESTS_FAULT_DISK_H
#define TESTS_FAULT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/span.h"
#include "tests/lib/dice.h"

/* ---- all files below a folder, in memory ---- */

struct disk_image;

/* Ends the test when a file cannot be read. */
struct disk_image *disk_read(const char *folder);
/* The folder holds these files afterwards and no others. */
void disk_write(const struct disk_image *image, const char *folder);
void disk_free(struct disk_image *image);
/* Of the file that bears this name below the folder; false when there is none. */
bool disk_flip(struct disk_image *image, const char *name, uint64_t bit);
/* Takes the files of `from` whose names begin with `prefix` in the place of its own of such names. */
void disk_take(struct disk_image *image, const struct disk_image *from, const char *prefix);
/* What a file holds; it lives as long as the image. Empty when there is none. */
struct span disk_bytes(const struct disk_image *image, const char *name);
/* In bytes; 0 when there is none. */
uint64_t disk_size(const struct disk_image *image, const char *name);

/* From here on a sync comes back at once: for tests that lose processes but no power. */
void disk_hurry(void);

/* ---- what is done from here on ---- */

enum disk_call {
    DISK_OPEN = 1 << 0,
    DISK_WRITE = 1 << 1,
    DISK_SYNC = 1 << 2,
    DISK_TRUNCATE = 1 << 3,
    DISK_RENAME = 1 << 4,
    DISK_ANY = 31,
};

struct disk_fault {
    unsigned calls;     /* enum disk_call, the kinds that count; 0: all */
    const char *within; /* part of the names of the files that count; NULL: all */
    uint64_t nth;       /* the first is 1 */
    bool is_for_ever;   /* every later one too */
    bool is_short;      /* a write that does half of its work and says so */
    bool kills;         /* SIGKILL instead of the call */
    int error;          /* what errno becomes */
};

/* Begin to count below `folder`, an absolute path; `fault` may be NULL. `records`: write everything down. */
void disk_watch(const char *folder, const struct disk_fault *fault, bool records);
/* Calls counted so far, of the fault's kinds or of all; how many of them were made to fail. */
uint64_t disk_counted(void);
uint64_t disk_failed(void);
/* Calls written down so far; a moment between two calls. */
size_t disk_moment(void);
/* Stop; what was written down stays until disk_forget. */
void disk_unwatch(void);
void disk_forget(void);

/* ---- power loss ---- */

enum disk_fate {
    DISK_KEPT,    /* all that was written is there, synced or not */
    DISK_DROPPED, /* only what was synced */
    DISK_SOME,    /* each write that was not synced is there or not */
    DISK_TORN,    /* each 512 bytes of such a write are there or not */
    DISK_FATES
};

/* What a power loss at `moment` may leave: `before` is what the folder held when the watch began, and of the calls written down
 * the first `moment` had begun and all but the last of them had come back. At disk_moment() + 1 all of them had. */
struct disk_image *disk_after_power_loss(const struct disk_image *before,
                                         size_t moment,
                                         enum disk_fate fate,
                                         struct dice *dice);

#endif
