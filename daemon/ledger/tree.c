/* tree.c: tiles of 256 hashes, full ones in the look-ups, the newest of each level in memory.
 * Never hashes an unfinished tile upwards. */
#include "daemon/ledger/tree.h"

#include <stdlib.h>

#include "proto/bytes.h"
#include "proto/tile.h"

enum { LEVELS_PER_TILE = 8, GROUP = 16, GROUPS = TILE_WIDTH / GROUP };

/* The unfinished tile of a level. */
struct tile {
    uint64_t index;
    uint32_t width;
    bool is_changed; /* since it was last put */
    struct digest hashes[TILE_WIDTH];
    struct digest groups[GROUPS]; /* roots of the full ones */
};

/* A complete node never changes, and neighbouring proofs ask for the same ones: so many are remembered. */
enum { REMEMBERED_NODES = 4096 };
struct remembered {
    uint64_t index;
    uint32_t level;
    bool is_known;
    struct digest hash;
};

struct tree {
    struct lookups *lookups;
    uint64_t size;
    struct tile tiles[TILE_LEVELS];
    struct tile saved[TILE_LEVELS];
    struct remembered remembered[REMEMBERED_NODES];
};

struct tile_key {
    uint8_t bytes[9];
};

static struct tile_key key_of(uint32_t tile_level, uint64_t index)
{
    struct tile_key key;
    key.bytes[0] = (uint8_t)tile_level;
    bytes_put_u64(key.bytes + 1, index);
    return key;
}

static struct span span_of_key(const struct tile_key *key)
{
    return span_of(key->bytes, sizeof(key->bytes));
}

/* As it lies in the look-ups. */
enum { ROW_BYTES = (TILE_WIDTH + GROUPS) * DIGEST_SIZE };

static struct span write_row(const struct tile *tile, uint8_t ret[static ROW_BYTES])
{
    size_t hashes = tile->width * sizeof(tile->hashes[0]);
    size_t groups = tile->width / GROUP * sizeof(tile->groups[0]);
    memcpy(ret, tile->hashes, hashes);
    memcpy(ret + hashes, tile->groups, groups);
    return span_of(ret, hashes + groups);
}

/* How many of a row's hashes are the tile's own; 0 when that is no tile. */
static uint32_t row_width(struct span row)
{
    uint32_t all = (uint32_t)(row.len / DIGEST_SIZE), rest = all % (GROUP + 1);
    if (row.len > ROW_BYTES || row.len % DIGEST_SIZE != 0 || rest == GROUP) {
        return 0;
    }
    return all / (GROUP + 1) * GROUP + rest;
}

enum custody_status tree_open(struct lookups *lookups, uint64_t size, struct tree **ret)
{
    struct tree *tree = calloc(1, sizeof(*tree));
    if (tree == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    tree->lookups = lookups;
    tree->size = size;
    for (uint32_t level = 0; level < TILE_LEVELS; level++) {
        struct tile *tile = &tree->tiles[level];
        uint64_t hashes = size >> (LEVELS_PER_TILE * level);
        tile->index = hashes / TILE_WIDTH;
        tile->width = (uint32_t)(hashes % TILE_WIDTH);
        if (tile->width == 0) {
            continue;
        }
        struct tile_key key = key_of(level, tile->index);
        struct span bytes;
        enum custody_status status = lookups_get(lookups, LOOKUPS_TILES, span_of_key(&key), &bytes);
        if (status == CUSTODY_ERR_NOT_FOUND ||
            (status == CUSTODY_OK && row_width(bytes) != tile->width)) {
            status = CUSTODY_ERR_CORRUPT;
        }
        if (status != CUSTODY_OK) {
            tree_close(tree);
            return status;
        }
        size_t own = tile->width * sizeof(tile->hashes[0]);
        memcpy(tile->hashes, bytes.data, own);
        memcpy(tile->groups, bytes.data + own, bytes.len - own);
    }
    *ret = tree;
    return CUSTODY_OK;
}

void tree_close(struct tree *tree)
{
    free(tree);
}

uint64_t tree_size(const struct tree *tree)
{
    return tree->size;
}

static enum custody_status put_tile(struct tree *tree, uint32_t level)
{
    const struct tile *tile = &tree->tiles[level];
    struct tile_key key = key_of(level, tile->index);
    uint8_t row[ROW_BYTES];
    return lookups_put(tree->lookups, LOOKUPS_TILES, span_of_key(&key), write_row(tile, row));
}

/* A leaf, and what it completes above it. */
static enum custody_status push(struct tree *tree, struct digest hash)
{
    for (uint32_t level = 0; level < TILE_LEVELS; level++) {
        struct tile *tile = &tree->tiles[level];
        tile->hashes[tile->width++] = hash;
        tile->is_changed = true;
        if (tile->width % GROUP == 0) {
            tile->groups[tile->width / GROUP - 1] =
                tile_fold(tile->hashes + tile->width - GROUP, GROUP);
        }
        if (tile->width < TILE_WIDTH) {
            return CUSTODY_OK;
        }
        enum custody_status status = put_tile(tree, level);
        if (status != CUSTODY_OK) {
            return status;
        }
        hash = tile_fold(tile->groups, GROUPS);
        tile->index++;
        tile->width = 0;
        tile->is_changed = false;
    }
    return CUSTODY_OK;
}

static void copy_tiles(struct tile *to, const struct tile *from)
{
    for (uint32_t level = 0; level < TILE_LEVELS; level++) {
        to[level].index = from[level].index;
        to[level].width = from[level].width;
        to[level].is_changed = from[level].is_changed;
        memcpy(to[level].hashes, from[level].hashes, from[level].width * sizeof(struct digest));
        memcpy(to[level].groups, from[level].groups,
               from[level].width / GROUP * sizeof(struct digest));
    }
}

enum custody_status tree_append(struct tree *tree, const struct digest *leaves, uint64_t count)
{
    enum custody_status status = CUSTODY_OK;
    size_t mark = lookups_mark(tree->lookups);
    /* Only a tile that is full is put, and only a put can fail. */
    bool may_fail = tree->tiles[0].width + count >= TILE_WIDTH;
    if (may_fail) {
        copy_tiles(tree->saved, tree->tiles);
    }
    for (uint64_t i = 0; i < count && status == CUSTODY_OK; i++) {
        status = push(tree, leaves[i]);
    }
    if (status != CUSTODY_OK) {
        copy_tiles(tree->tiles, tree->saved);
        lookups_revert(tree->lookups, mark);
        return status;
    }
    tree->size += count;
    return CUSTODY_OK;
}

enum custody_status tree_put_tiles(struct tree *tree)
{
    size_t mark = lookups_mark(tree->lookups);
    for (uint32_t level = 0; level < TILE_LEVELS; level++) {
        if (!tree->tiles[level].is_changed) {
            continue;
        }
        enum custody_status status = put_tile(tree, level);
        if (status != CUSTODY_OK) {
            lookups_revert(tree->lookups, mark);
            return status;
        }
    }
    for (uint32_t level = 0; level < TILE_LEVELS; level++) {
        tree->tiles[level].is_changed = false;
    }
    return CUSTODY_OK;
}

/* Where a node lies: `count` hashes from `first` on in a tile. */
struct place {
    uint32_t tile_level;
    uint64_t tile;
    uint32_t first;
    uint32_t count;
};

/* False for a node that a tree of that size has not completed. */
static bool find_place(uint64_t size, uint32_t level, uint64_t index, struct place *ret)
{
    if (level >= MERKLE_LEVELS || index >= size >> level) {
        return false;
    }
    uint32_t above = level % LEVELS_PER_TILE;
    uint64_t hash = index << above;
    ret->tile_level = level / LEVELS_PER_TILE;
    ret->tile = hash / TILE_WIDTH;
    ret->first = (uint32_t)(hash % TILE_WIDTH);
    ret->count = 1u << above;
    return true;
}

static bool fold_row(struct span row, const struct place *place, struct digest *ret)
{
    struct digest hashes[GROUPS];
    uint32_t width = row_width(row);
    bool is_grouped = place->count >= GROUP;
    size_t from = is_grouped ? width + place->first / GROUP : place->first;
    uint32_t count = is_grouped ? place->count / GROUP : place->count;
    if (width < place->first + place->count) {
        return false;
    }
    memcpy(hashes, row.data + from * sizeof(*hashes), count * sizeof(*hashes));
    *ret = tile_fold(hashes, count);
    return true;
}

static bool read_node(const struct tree *tree, const struct place *place, struct digest *ret)
{
    const struct tile *tile = &tree->tiles[place->tile_level];
    if (place->tile == tile->index) {
        if (tile->width < place->first + place->count) {
            return false;
        }
        *ret = place->count < GROUP
                   ? tile_fold(tile->hashes + place->first, place->count)
                   : tile_fold(tile->groups + place->first / GROUP, place->count / GROUP);
        return true;
    }
    struct tile_key key = key_of(place->tile_level, place->tile);
    struct span bytes;
    return lookups_get(tree->lookups, LOOKUPS_TILES, span_of_key(&key), &bytes) == CUSTODY_OK &&
           fold_row(bytes, place, ret);
}

bool tree_read(void *context, uint32_t level, uint64_t index, struct digest *ret)
{
    struct tree *tree = context;
    struct place place;
    if (!find_place(tree->size, level, index, &place)) {
        return false;
    }
    struct remembered *node = &tree->remembered[(index * 61 + level) % REMEMBERED_NODES];
    if (!node->is_known || node->index != index || node->level != level) {
        struct digest hash;
        if (!read_node(tree, &place, &hash)) {
            return false;
        }
        *node = (struct remembered){.index = index, .level = level, .is_known = true, .hash = hash};
    }
    *ret = node->hash;
    return true;
}

static enum custody_status
read_row(struct lookups_snapshot *snapshot, uint32_t tile_level, uint64_t index, struct span *ret)
{
    struct tile_key key = key_of(tile_level, index);
    enum custody_status status =
        lookups_snapshot_get(snapshot, LOOKUPS_TILES, span_of_key(&key), ret);
    return status == CUSTODY_OK && row_width(*ret) == 0 ? CUSTODY_ERR_CORRUPT : status;
}

bool tree_read_snapshot(void *context, uint32_t level, uint64_t index, struct digest *ret)
{
    struct lookups_snapshot *snapshot = context;
    struct place place;
    struct span row;
    return find_place(lookups_snapshot_position(snapshot), level, index, &place) &&
           read_row(snapshot, place.tile_level, place.tile, &row) == CUSTODY_OK &&
           fold_row(row, &place, ret);
}

enum custody_status tree_read_tile(struct lookups_snapshot *snapshot,
                                   uint32_t tile_level,
                                   uint64_t index,
                                   struct span *ret)
{
    struct span row;
    enum custody_status status = read_row(snapshot, tile_level, index, &row);
    if (status == CUSTODY_OK) {
        *ret = span_of(row.data, row_width(row) * sizeof(struct digest));
    }
    return status;
}
