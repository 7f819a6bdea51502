/* tiles.h: a ledger as a folder of static files, C2SP tlog-tiles, read and checked with nothing but the ledger's public key.
 * Never writes there.
 *
 * PLACE/checkpoint is signed. The last tile of each level, together, must have its root; every full tile must have the hash that
 * the tile above it says, checked from the top down; every entry of a bundle must have the hash that its tile of level 0 says.
 * So every byte rests on the signature, and the first file that lies is known by its name, and in a bundle the entry. The bundles
 * may be left out: that is the public form, which shows nobody's entries.
 * Narrower partial tiles, kept for whoever still reads an older checkpoint, must be beginnings of the newer. What lies beyond the
 * checkpoint (an export was cut off) is not looked at. One thread. */
#ifndef CUSTODY_LEDGER_TILES_H
#define CUSTODY_LEDGER_TILES_H

#include <custody/status.h>
#include "proto/checkpoint.h"
#include "proto/tile.h"

enum { TILES_SENTENCE = 240 };

typedef void tiles_progress(void *context, uint64_t done, uint64_t total);

struct tiles_options {
    const char *place;
    const char *origin;
    const uint8_t *ledger_key; /* PUBLIC_KEY_SIZE bytes */
    bool without_entries;      /* do not read bundles */
    struct span note;          /* the checkpoint; empty: the place's own */
    uint64_t entries_from;     /* bundles that end before this entry are not read again */
    tiles_progress *progress;  /* may be NULL */
    void *context;
};

struct tiles_report {
    struct checkpoint head;
    uint64_t files;                /* read */
    char bad_file[TILE_PATH_MAX];  /* after EVIDENCE: the first that lies, within the place */
    uint64_t bad_entry;            /* and the entry; UINT64_MAX when it is none */
    char sentence[TILES_SENTENCE]; /* after a failure: what, and where */
};

/* EVIDENCE: something there is missing or not what the ledger signed. Reads every file from its medium, as far as the system lets it. */
enum custody_status tiles_verify(const struct tiles_options *options, struct tiles_report *ret);

/* For who writes such a folder. A file, at most `cap` bytes: NOT_FOUND; CORRUPT when it is longer. */
enum custody_status
tiles_read_file(const char *place, const char *path, uint8_t *ret, size_t cap, size_t *ret_len);
/* Root of the first `at` entries, by the last tiles of a tree of `size` >= `at` entries. CORRUPT: a tile has another length. */
enum custody_status
tiles_root_at(const char *place, uint64_t size, uint64_t at, struct digest *ret);
/* The hashes of a tile of a tree of `size` entries, TILE_WIDTH of them at most. CORRUPT: it has another length. */
enum custody_status tiles_read(const char *place,
                               uint64_t size,
                               uint32_t level,
                               uint64_t index,
                               struct digest ret[static TILE_WIDTH]);

#endif
