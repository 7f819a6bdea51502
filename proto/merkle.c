/* merkle.c: the tree over the entries: roots, proofs and their checking, by RFC 9162 section 2.1.
 * Never reads a disk and never recurses: every walk is a loop over at most 64 levels. */
#include "proto/merkle.h"

#include "proto/bytes.h"

static const uint8_t leaf_prefix = 0x00;
static const uint8_t node_prefix = 0x01;

typedef struct digest hash_node(const struct digest *left, const struct digest *right);

struct digest merkle_leaf(struct span entry)
{
    const struct span parts[] = {span_of(&leaf_prefix, 1), entry};
    return digest_sha256_of(parts, 2);
}

struct digest merkle_leaf_of(const struct span parts[static MERKLE_LEAF_PARTS])
{
    struct span all[1 + MERKLE_LEAF_PARTS] = {span_of(&leaf_prefix, 1)};
    memcpy(all + 1, parts, MERKLE_LEAF_PARTS * sizeof(*parts));
    return digest_sha256_of(all, 1 + MERKLE_LEAF_PARTS);
}

struct digest merkle_leaf_second(struct span entry)
{
    const struct span parts[] = {span_of(&leaf_prefix, 1), entry};
    return digest_sha256_second(parts, 2);
}

struct digest merkle_node(const struct digest *left, const struct digest *right)
{
    /* One span, not three: this runs twice for every entry. */
    uint8_t bytes[1 + 2 * DIGEST_SIZE];
    bytes[0] = node_prefix;
    memcpy(bytes + 1, left->bytes, DIGEST_SIZE);
    memcpy(bytes + 1 + DIGEST_SIZE, right->bytes, DIGEST_SIZE);
    return digest_sha256(span_of(bytes, sizeof(bytes)));
}

struct digest merkle_node_second(const struct digest *left, const struct digest *right)
{
    const struct span parts[] = {
        span_of(&node_prefix, 1),
        span_of(left->bytes, DIGEST_SIZE),
        span_of(right->bytes, DIGEST_SIZE),
    };
    return digest_sha256_second(parts, 3);
}

struct digest merkle_empty(void)
{
    return digest_sha256(span_of(NULL, 0));
}

/* ---- numbers ---- */

static uint32_t count_ones(uint64_t value)
{
    return (uint32_t)__builtin_popcountll(value);
}

static bool has_bit(uint64_t value, uint32_t bit)
{
    return ((value >> bit) & 1) == 1;
}

/* ---- the right edge ---- */

void merkle_edge_init(struct merkle_edge *edge)
{
    edge->size = 0;
    edge->count = 0;
}

/* The bits set at the low end of the old size are the subtrees that the new leaf completes. */
static void append(struct merkle_edge *edge, const struct digest *leaf, hash_node *hash)
{
    struct digest node = *leaf;
    for (uint64_t left = edge->size; (left & 1) == 1; left >>= 1)
        node = hash(&edge->nodes[--edge->count], &node);
    edge->nodes[edge->count++] = node;
    edge->size++;
}

static struct digest edge_root(const struct merkle_edge *edge, hash_node *hash)
{
    struct digest root = edge->nodes[edge->count - 1];
    for (uint32_t i = edge->count - 1; i > 0; i--)
        root = hash(&edge->nodes[i - 1], &root);
    return root;
}

void merkle_edge_append(struct merkle_edge *edge, const struct digest *leaf)
{
    append(edge, leaf, merkle_node);
}

void merkle_edge_append_second(struct merkle_edge *edge, const struct digest *leaf)
{
    append(edge, leaf, merkle_node_second);
}

struct digest merkle_edge_root(const struct merkle_edge *edge)
{
    return edge->count == 0 ? merkle_empty() : edge_root(edge, merkle_node);
}

struct digest merkle_edge_root_second(const struct merkle_edge *edge)
{
    return edge->count == 0 ? digest_sha256_second(NULL, 0) : edge_root(edge, merkle_node_second);
}

size_t merkle_edge_write(const struct merkle_edge *edge, uint8_t ret[static MERKLE_EDGE_BYTES_MAX])
{
    size_t len = (size_t)edge->count * DIGEST_SIZE;
    bytes_put_u64(ret, edge->size);
    memcpy(ret + 8, edge->nodes, len);
    return 8 + len;
}

bool merkle_edge_parse(struct span bytes, struct merkle_edge *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint64_t size = bytes_read_u64(&reader);
    uint32_t count = count_ones(size);
    struct span nodes = bytes_read_span(&reader, (size_t)count * DIGEST_SIZE);
    if (!bytes_reader_is_done(&reader))
        return false;
    ret->size = size;
    ret->count = count;
    if (nodes.len > 0)
        memcpy(ret->nodes, nodes.data, nodes.len);
    return true;
}

/* A node of the edge, where the size has the level's bit. */
static const struct digest *
edge_node(const struct merkle_edge *edge, uint32_t level, uint64_t index)
{
    uint64_t nodes = edge->size >> level;
    if ((nodes & 1) == 0 || index != nodes - 1)
        return NULL;
    return &edge->nodes[count_ones(nodes >> 1)];
}

/* ---- proving ---- */

/* Where the nodes come from, and where the proof goes. */
struct prover {
    merkle_read_node *read;
    void *context;
    uint64_t size;
    struct merkle_proof *proof;
};

/* The root of what lies at (level, index), the last and perhaps ragged subtree of that level: the
 * perfect subtrees that the low bits of the size stand for, folded from the right. */
static bool
read_ragged(const struct prover *prover, uint32_t level, uint64_t index, struct digest *ret)
{
    uint64_t entries = prover->size - (index << level);
    if (entries >> level == 1)
        return prover->read(prover->context, level, index, ret);
    bool is_first = true;
    for (uint32_t i = 0; i < level; i++) {
        struct digest node;
        if (!has_bit(entries, i))
            continue;
        if (!prover->read(prover->context, i, (prover->size >> i) - 1, &node))
            return false;
        *ret = is_first ? node : merkle_node(&node, ret);
        is_first = false;
    }
    return true;
}

/* Add the siblings on the way from (level, index) up to the root. */
static bool climb(const struct prover *prover, uint32_t level, uint64_t index)
{
    struct merkle_proof *proof = prover->proof;
    for (uint64_t last = (prover->size - 1) >> level; last > 0; level++, index >>= 1, last >>= 1) {
        struct digest *next = &proof->hashes[proof->count];
        bool is_read = true;
        if ((index & 1) == 1)
            is_read = prover->read(prover->context, level, index - 1, next);
        else if (index + 1 < last)
            is_read = prover->read(prover->context, level, index + 1, next);
        else if (index + 1 == last)
            is_read = read_ragged(prover, level, last, next);
        else
            continue; /* the last of its level and alone: it moves up as it is */
        if (!is_read)
            return false;
        proof->count++;
    }
    return true;
}

bool merkle_root_at(uint64_t size, merkle_read_node *read, void *context, struct digest *ret)
{
    struct digest root = merkle_empty();
    bool is_first = true;
    for (uint32_t level = 0; level < MERKLE_LEVELS; level++) {
        struct digest node;
        if (!has_bit(size, level))
            continue;
        if (!read(context, level, (size >> level) - 1, &node))
            return false;
        root = is_first ? node : merkle_node(&node, &root);
        is_first = false;
    }
    *ret = root;
    return true;
}

bool merkle_prove_inclusion(
    uint64_t index, uint64_t size, merkle_read_node *read, void *context, struct merkle_proof *ret)
{
    if (index >= size)
        return false;
    const struct prover prover = {.read = read, .context = context, .size = size, .proof = ret};
    ret->count = 0;
    return climb(&prover, 0, index);
}

bool merkle_prove_consistency(uint64_t old_size,
                              uint64_t new_size,
                              merkle_read_node *read,
                              void *context,
                              struct merkle_proof *ret)
{
    if (old_size == 0 || old_size > new_size)
        return false;
    ret->count = 0;
    if (old_size == new_size)
        return true;
    const struct prover prover = {.read = read, .context = context, .size = new_size, .proof = ret};
    /* The old tree's last perfect subtree is where old and new part; RFC 9162 leaves it out when it
     * is the whole old tree, whose root the verifier has. */
    uint32_t level = (uint32_t)__builtin_ctzll(old_size);
    uint64_t index = (old_size >> level) - 1;
    if (index > 0) {
        if (!read(context, level, index, &ret->hashes[0]))
            return false;
        ret->count = 1;
    }
    return climb(&prover, level, index);
}

/* ---- verifying ---- */

bool merkle_verify_inclusion(uint64_t index,
                             uint64_t size,
                             const struct digest *leaf,
                             const struct merkle_proof *proof,
                             const struct digest *root)
{
    if (index >= size || proof->count > MERKLE_PROOF_MAX)
        return false;
    uint64_t at = index;
    uint64_t last = size - 1;
    struct digest hash = *leaf;
    for (uint32_t i = 0; i < proof->count; i++) {
        if (last == 0)
            return false;
        if ((at & 1) == 1 || at == last) {
            hash = merkle_node(&proof->hashes[i], &hash);
            for (; (at & 1) == 0 && at != 0; at >>= 1)
                last >>= 1;
        } else {
            hash = merkle_node(&hash, &proof->hashes[i]);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && digest_is_equal(&hash, root);
}

bool merkle_verify_consistency(uint64_t old_size,
                               uint64_t new_size,
                               const struct digest *old_root,
                               const struct digest *new_root,
                               const struct merkle_proof *proof)
{
    if (old_size == 0 || old_size > new_size || proof->count > MERKLE_PROOF_MAX)
        return false;
    if (old_size == new_size)
        return proof->count == 0 && digest_is_equal(old_root, new_root);
    uint32_t level = (uint32_t)__builtin_ctzll(old_size);
    uint64_t at = (old_size - 1) >> level;
    uint64_t last = (new_size - 1) >> level;
    /* An old tree that is one perfect subtree is its own first hash. */
    bool is_whole = at == 0;
    if (proof->count == 0)
        return false;
    struct digest old_hash = is_whole ? *old_root : proof->hashes[0];
    struct digest new_hash = old_hash;
    for (uint32_t i = is_whole ? 0 : 1; i < proof->count; i++) {
        const struct digest *next = &proof->hashes[i];
        if (last == 0)
            return false;
        if ((at & 1) == 1 || at == last) {
            old_hash = merkle_node(next, &old_hash);
            new_hash = merkle_node(next, &new_hash);
            for (; (at & 1) == 0 && at != 0; at >>= 1)
                last >>= 1;
        } else {
            new_hash = merkle_node(&new_hash, next);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && digest_is_equal(&old_hash, old_root) &&
           digest_is_equal(&new_hash, new_root);
}

/* ---- a batch ---- */

size_t merkle_batch_room(uint64_t count)
{
    /* Level l holds at most count / 2^l + 1 nodes: together fewer than 2 * count + 64. */
    return 2 * (size_t)count + MERKLE_LEVELS;
}

/* Make the nodes of `level` that have both their children now and had not before. */
static void make_level(struct merkle_batch *batch, uint32_t level)
{
    uint64_t first = batch->first >> level;
    uint64_t end = (batch->first + batch->count) >> level;
    size_t offset = batch->offset[level - 1] + (size_t)batch->level_count[level - 1];
    for (uint64_t i = first; i < end; i++) {
        struct digest left, right;
        merkle_batch_read(batch, level - 1, 2 * i, &left);
        merkle_batch_read(batch, level - 1, 2 * i + 1, &right);
        batch->nodes[offset + (size_t)(i - first)] = merkle_node(&left, &right);
    }
    batch->offset[level] = offset;
    batch->level_first[level] = first;
    batch->level_count[level] = end - first;
    batch->levels = level + 1;
}

void merkle_batch_init(struct merkle_batch *batch,
                       const struct merkle_edge *before,
                       struct digest *nodes,
                       const struct digest *leaves,
                       uint64_t count)
{
    batch->before = *before;
    batch->first = before->size;
    batch->count = count;
    batch->nodes = nodes;
    batch->levels = 0;
    if (count > 0) {
        memmove(nodes, leaves, (size_t)count * sizeof(*nodes));
        batch->offset[0] = 0;
        batch->level_first[0] = batch->first;
        batch->level_count[0] = count;
        batch->levels = 1;
    }
    uint64_t size = batch->first + count;
    for (uint32_t level = 1; level < MERKLE_LEVELS; level++) {
        if (batch->first >> level == size >> level)
            break;
        make_level(batch, level);
    }
    batch->after.size = size;
    batch->after.count = 0;
    for (uint32_t level = MERKLE_LEVELS; level-- > 0;) {
        if (has_bit(size, level))
            merkle_batch_read(batch, level, (size >> level) - 1,
                              &batch->after.nodes[batch->after.count++]);
    }
}

bool merkle_batch_read(void *batch, uint32_t level, uint64_t index, struct digest *ret)
{
    const struct merkle_batch *from = batch;
    if (level >= MERKLE_LEVELS)
        return false;
    if (level < from->levels && index >= from->level_first[level] &&
        index - from->level_first[level] < from->level_count[level]) {
        *ret = from->nodes[from->offset[level] + (size_t)(index - from->level_first[level])];
        return true;
    }
    const struct digest *node = edge_node(&from->before, level, index);
    if (node == NULL)
        return false;
    *ret = *node;
    return true;
}
