/* merkle.h: the tree over the entries (RFC 9162 section 2.1, SHA-256): roots, proofs, their checking.
 * Never reads a disk: nodes come from the caller.
 *
 * Sizes and indices are counts of entries. A node (level, index) is the root of the perfect subtree
 * over entries [index << level, (index + 1) << level). */
#ifndef CUSTODY_PROTO_MERKLE_H
#define CUSTODY_PROTO_MERKLE_H

#include "proto/digest.h"

enum {
    MERKLE_LEVELS = 64,
    MERKLE_PROOF_MAX = 2 * MERKLE_LEVELS, /* hashes in the longest proof */
    MERKLE_LEAF_PARTS = 3,
};

/* The roots of the perfect subtrees that a tree of `size` entries falls into, from the left: one per
 * bit set in `size`, the largest first. All that is needed to append and to compute the root. */
struct merkle_edge {
    uint64_t size;
    uint32_t count;
    struct digest nodes[MERKLE_LEVELS];
};

struct merkle_proof {
    uint32_t count;
    struct digest hashes[MERKLE_PROOF_MAX];
};

struct digest merkle_leaf(struct span entry); /* SHA-256(00 || entry) */
/* The same of an entry in its parts: head, statement, signature. */
struct digest merkle_leaf_of(const struct span parts[static MERKLE_LEAF_PARTS]);
struct digest merkle_node(const struct digest *left, const struct digest *right);
struct digest merkle_empty(void); /* SHA-256 of nothing */
/* The same by libsodium's SHA-256: the second code path. */
struct digest merkle_leaf_second(struct span entry);
struct digest merkle_node_second(const struct digest *left, const struct digest *right);

void merkle_edge_init(struct merkle_edge *edge);
void merkle_edge_append(struct merkle_edge *edge, const struct digest *leaf);
struct digest merkle_edge_root(const struct merkle_edge *edge);
/* As above with the second code path, for checking before signing. */
void merkle_edge_append_second(struct merkle_edge *edge, const struct digest *leaf);
struct digest merkle_edge_root_second(const struct merkle_edge *edge);
/* Bytes of an edge as the journal keeps it: u64 size, then the nodes. */
enum { MERKLE_EDGE_BYTES_MAX = 8 + MERKLE_LEVELS * DIGEST_SIZE };
size_t merkle_edge_write(const struct merkle_edge *edge, uint8_t ret[static MERKLE_EDGE_BYTES_MAX]);
bool merkle_edge_parse(struct span bytes, struct merkle_edge *ret);

/* Gives a complete node, or false when it cannot. `context` is the caller's. */
typedef bool merkle_read_node(void *context, uint32_t level, uint64_t index, struct digest *ret);

/* Below, what `ret` holds is undefined when the answer is false. */
/* Root of the tree's first `size` entries. */
bool merkle_root_at(uint64_t size, merkle_read_node *read, void *context, struct digest *ret);
/* Proof that entry `index` is in the tree of `size` entries; false when index >= size or a node is
 * missing. RFC 9162 section 2.1.3.1. */
bool merkle_prove_inclusion(
    uint64_t index, uint64_t size, merkle_read_node *read, void *context, struct merkle_proof *ret);
/* RFC 9162 section 2.1.4.1; 0 < old_size <= new_size; equal sizes give an empty proof. */
bool merkle_prove_consistency(uint64_t old_size,
                              uint64_t new_size,
                              merkle_read_node *read,
                              void *context,
                              struct merkle_proof *ret);

/* RFC 9162 sections 2.1.3.2 and 2.1.4.2. True only when the proof holds and nothing is left over. */
bool merkle_verify_inclusion(uint64_t index,
                             uint64_t size,
                             const struct digest *leaf,
                             const struct merkle_proof *proof,
                             const struct digest *root);
bool merkle_verify_consistency(uint64_t old_size,
                               uint64_t new_size,
                               const struct digest *old_root,
                               const struct digest *new_root,
                               const struct merkle_proof *proof);

/* A batch of leaves appended to an edge: every complete node that the batch makes, level by level,
 * and inclusion proofs for its entries with no reading at all. Memory is the caller's. */
struct merkle_batch {
    struct merkle_edge before;
    struct merkle_edge after;
    uint64_t first; /* index of the first leaf */
    uint64_t count;
    struct digest *nodes;                /* level 0 from nodes[0], then level 1, ... */
    size_t offset[MERKLE_LEVELS];        /* where a level starts in nodes */
    uint64_t level_first[MERKLE_LEVELS]; /* index, in its level, of the first node held */
    uint64_t level_count[MERKLE_LEVELS];
    uint32_t levels;
};

/* Digests that `nodes` must have room for, for a batch of `count` leaves. */
size_t merkle_batch_room(uint64_t count);
void merkle_batch_init(struct merkle_batch *batch,
                       const struct merkle_edge *before,
                       struct digest *nodes,
                       const struct digest *leaves,
                       uint64_t count);
/* A merkle_read_node over a batch and its edge (context: struct merkle_batch): enough for inclusion proofs of the
 * batch's own entries at size after.size. */
bool merkle_batch_read(void *batch, uint32_t level, uint64_t index, struct digest *ret);

#endif
