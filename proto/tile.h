/* tile.h: the tree's nodes in files of 256 hashes (C2SP tlog-tiles): what they are called and how wide they are.
 * Never reads a disk and never knows what an entry means.
 *
 * Tile (level L, index N) holds, for i = 0..255, the root of entries [(N * 256 + i) << 8L, (N * 256 + i + 1) << 8L). The
 * last tile of a level may be partial; only full ones are hashed upwards. A bundle has the entries of the tile of level 0 with
 * its index, each behind a u16 length, big-endian: so an entry has at most 65,535 bytes, and entry.h asserts it. */
#ifndef CUSTODY_PROTO_TILE_H
#define CUSTODY_PROTO_TILE_H

#include "proto/merkle.h"

enum {
    TILE_WIDTH = 256,
    TILE_LEVELS = MERKLE_LEVELS / 8,
    TILE_BYTES = TILE_WIDTH * DIGEST_SIZE, /* of a full one */
    TILE_PATH_MAX = 64,
    TILE_ENTRY_MAX = 65535,
};

/* How many hashes that tile has in a tree of `size` entries: 0 when it is not there. */
uint32_t tile_width(uint64_t size, uint32_t level, uint64_t index);
/* Tiles of that level in a tree of `size` entries, a partial one counted. */
uint64_t tile_count(uint64_t size, uint32_t level);
/* `tile/<L>/<N>`, and `.p/<W>` when `width` is not 256. */
void tile_write_path(uint32_t level,
                     uint64_t index,
                     uint32_t width,
                     char ret[static TILE_PATH_MAX]);
/* `tile/entries/<N>`, likewise. */
void tile_write_bundle_path(uint64_t index, uint32_t width, char ret[static TILE_PATH_MAX]);

/* Root of `count` neighbouring hashes, a power of two and at most 256. */
struct digest tile_fold(const struct digest *hashes, uint32_t count);

/* The next entry of a bundle, which is taken off `*bundle`; false when it does not hold one. */
bool tile_take_entry(struct span *bundle, struct span *ret);

#endif
