/* tree.h: the stored nodes of the Merkle tree, as C2SP tiles in the look-ups.
 * Never signs, and is never trusted: the journal's edge is what a head rests on; tiles are derived.
 *
 * Tile (level L, index N) holds, for i = 0..255, the root of entries [(N * 256 + i) << 8L, ...). The
 * newest, unfinished tile of each level is kept in memory and put into the look-ups by tree_put_tiles, once
 * per flush. Node levels between tile levels are computed from the tile below. */
#ifndef CUSTODY_LEDGER_TREE_H
#define CUSTODY_LEDGER_TREE_H

#include "proto/merkle.h"
#include "daemon/ledger/lookups.h"

struct tree;

/* Continue the tiles that the look-ups hold for `size` entries. */
enum custody_status tree_open(struct lookups *lookups, uint64_t size, struct tree **ret);
void tree_close(struct tree *tree);
uint64_t tree_size(const struct tree *tree);
/* Append leaves of a batch that the journal has committed. Full tiles go to the look-ups' pending layer. */
enum custody_status tree_append(struct tree *tree, const struct digest *leaves, uint64_t count);
/* Put the unfinished tiles, so that a flush holds them. */
enum custody_status tree_put_tiles(struct tree *tree);
/* A merkle_read_node; context is the tree; writer's thread. */
bool tree_read(void *tree, uint32_t level, uint64_t index, struct digest *ret);
/* A merkle_read_node; context is a lookups_snapshot; any thread. */
bool tree_read_snapshot(void *snapshot, uint32_t level, uint64_t index, struct digest *ret);

#endif
