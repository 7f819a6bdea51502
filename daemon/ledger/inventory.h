/* inventory.h: what a backup consists of: one small text file, replaced whole, that names all the others.
 * Never reads the files that it names.
 *
 * PLACE/inventory: a title, then `name: value` lines, a `file:` line for each file, and last the SHA-256 of all before. A file that
 * no inventory names is not part of the backup: so a run that is cut off leaves the backup as it was.
 * A file's name is its kind and the run that wrote it (`generation`); it is never written again under that name once named here. */
#ifndef CUSTODY_LEDGER_INVENTORY_H
#define CUSTODY_LEDGER_INVENTORY_H

#include <custody/status.h>
#include "proto/checkpoint.h"

enum inventory_kind {
    INVENTORY_ENTRIES = 1,   /* `count` entries from number `from` on, counted (segment.h) */
    INVENTORY_ANNEX,         /* `count` records: digest, then counted bytes */
    INVENTORY_ACCESS,        /* one day's file of the access log; `from` is the day */
    INVENTORY_SECRETS,       /* the key file and the keys of `count` records, under a passphrase */
    INVENTORY_CONFIGURATION, /* the daemon's settings, as a file */
    INVENTORY_CHECKPOINT,    /* the signed head of the entries */
    INVENTORY_KINDS,
};

enum { INVENTORY_NAME_MAX = 48 };

struct inventory_file {
    enum inventory_kind kind;
    uint32_t generation;
    uint64_t from;
    uint64_t count;
    uint64_t bytes;
    struct digest digest;
};

struct inventory {
    char origin[CHECKPOINT_ORIGIN_MAX + 1];
    uint8_t ledger_key[PUBLIC_KEY_SIZE];
    uint32_t generation; /* of the newest run */
    int64_t made_at_us;
    uint64_t entries;
    struct digest root;
    struct inventory_file *files;
    size_t file_count, file_room;
};

void inventory_file_name(const struct inventory_file *file, char ret[static INVENTORY_NAME_MAX]);
/* NOT_FOUND when there is none; CORRUPT when it is not one, or was damaged. `inventory_done` ends what came. */
enum custody_status inventory_read(const char *place, struct inventory *ret);
/* By a new file, sync, rename, sync of the folder. */
enum custody_status inventory_write(const char *place, const struct inventory *inventory);
void inventory_done(struct inventory *inventory);
enum custody_status inventory_add(struct inventory *inventory, const struct inventory_file *file);
/* The newest of its kind (and day, when `from` is one); NULL when there is none. */
struct inventory_file *
inventory_find(const struct inventory *inventory, enum inventory_kind kind, uint64_t from);
/* Remove from the place the files of our naming that this inventory, which stands there, does not name. */
enum custody_status inventory_sweep(const char *place, const struct inventory *inventory);

#endif
