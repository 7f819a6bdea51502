/* tree.h: the stored nodes of the Merkle tree, as C2SP tiles in the look-ups.
 * Never signs, and is never trusted: the journal's edge is what a head rests on; tiles are derived.
 *
 * Tile (level L, index N) holds, for i = 0..255, the root of entries [(N * 256 + i) << 8L, ...). The
 * newest, unfinished tile of each level is kept in memory and put into the look-ups by tree_put_tiles, once
 * per generation. Behind the hashes of a tile lie the roots of those of its groups of 16 that are full, so that a node between tile
 * levels is computed from 16 hashes at most, and a proof hashes little.
 *
 * The order of calls, all in the writer's thread:
 *   a batch:     lookups_mark, puts, ..., journal_commit, tree_append(its leaves), lookups_accept(n)
 *   a generation of look-ups: tree_put_tiles, lookups_accept(the same n), lookups_seal
 *   a start:     tree_open at lookups_committed; then for what the journal has beyond it, as a batch, without the commit
 * Between tree_append or tree_put_tiles and the lookups_accept that follows nothing may be discarded or reverted: tiles
 * put there are not put again. */
#ifndef CUSTODY_LEDGER_TREE_H
#define CUSTODY_LEDGER_TREE_H

#include "proto/tile.h"
#include "daemon/ledger/lookups.h"

struct tree;

/* Continue the tiles that the look-ups hold for `size` entries; CORRUPT when they do not hold them. */
enum custody_status tree_open(struct lookups *lookups, uint64_t size, struct tree **ret);
/* NULL is allowed. */
void tree_close(struct tree *tree);
uint64_t tree_size(const struct tree *tree);
/* Append leaves of a batch that the journal has committed. Full tiles go to the look-ups' pending layer. After a failure
 * neither the tree nor pending has changed. */
enum custody_status tree_append(struct tree *tree, const struct digest *leaves, uint64_t count);
/* Put the unfinished tiles that have changed, so that the generation about to be sealed holds them. */
enum custody_status tree_put_tiles(struct tree *tree);
/* A merkle_read_node; context is the tree; writer's thread. */
bool tree_read(void *tree, uint32_t level, uint64_t index, struct digest *ret);
/* A merkle_read_node; context is a lookups_snapshot; any thread. */
bool tree_read_snapshot(void *snapshot, uint32_t level, uint64_t index, struct digest *ret);
/* The hashes of a tile as the snapshot has it, 32 bytes each, up to 256 of them; NOT_FOUND beyond the edge. Borrowed
 * until the snapshot ends. */
enum custody_status tree_read_tile(struct lookups_snapshot *snapshot,
                                   uint32_t tile_level,
                                   uint64_t index,
                                   struct span *ret);

#endif
