/* fuzz_merkle.c: no proof but the right one holds, and an edge that is taken is written back the same.
 *
 * The input says two sizes and an index, and how the right proof is bent; what is left is an edge. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/merkle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LEAVES = 64 };

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static struct digest leaf_of(uint64_t index)
{
    uint8_t bytes[2] = {1, (uint8_t)index};
    return merkle_leaf(span_of(bytes, sizeof bytes));
}

static bool read_node(void *context, uint32_t level, uint64_t index, struct digest *ret)
{
    if (level == 0) {
        *ret = leaf_of(index);
        return index < LEAVES;
    }
    struct digest left, right;
    if (level > 6 || !read_node(context, level - 1, 2 * index, &left) ||
        !read_node(context, level - 1, 2 * index + 1, &right))
        return false;
    *ret = merkle_node(&left, &right);
    return true;
}

/* Flips a bit, takes a hash away or puts one there; false: the proof is as it was. */
static bool bend(struct bytes_reader *reader, struct merkle_proof *proof)
{
    uint8_t how = bytes_read_u8(reader);
    uint16_t where = bytes_read_u16(reader);
    if (reader->failed || how % 4 == 0)
        return false;
    if (how % 4 == 1 && proof->count > 0) {
        proof->hashes[where % proof->count].bytes[where / 256 % DIGEST_SIZE] ^=
            (uint8_t)(1 << how / 32);
        return true;
    }
    if (how % 4 == 2 && proof->count > 0) {
        proof->count--;
        return true;
    }
    if (how % 4 == 3 && proof->count < MERKLE_PROOF_MAX) {
        proof->hashes[proof->count++] = leaf_of(where);
        return true;
    }
    return false;
}

static void try_edge(struct span bytes)
{
    struct merkle_edge edge;
    uint8_t again[MERKLE_EDGE_BYTES_MAX];
    if (!merkle_edge_parse(bytes, &edge))
        return;
    require(merkle_edge_write(&edge, again) == bytes.len);
    require(memcmp(again, bytes.data, bytes.len) == 0);
    struct digest one = merkle_edge_root(&edge), two = merkle_edge_root_second(&edge);
    require(digest_is_equal(&one, &two));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_reader reader;
    struct merkle_proof proof;
    struct digest old_root, new_root, leaf;
    bytes_reader_init(&reader, span_of(data, size));
    uint64_t old_size = 1 + bytes_read_u8(&reader) % LEAVES;
    uint64_t new_size = 1 + bytes_read_u8(&reader) % LEAVES;
    uint64_t index = bytes_read_u8(&reader) % LEAVES;
    if (reader.failed)
        return 0;
    require(merkle_root_at(old_size, read_node, NULL, &old_root) &&
            merkle_root_at(new_size, read_node, NULL, &new_root));
    require(merkle_prove_inclusion(index, new_size, read_node, NULL, &proof) == (index < new_size));
    leaf = leaf_of(index);
    if (index < new_size) {
        bool is_bent = bend(&reader, &proof);
        require(merkle_verify_inclusion(index, new_size, &leaf, &proof, &new_root) == !is_bent);
        require(!merkle_verify_inclusion(index + 1, new_size, &leaf, &proof, &new_root));
    }
    require(merkle_prove_consistency(old_size, new_size, read_node, NULL, &proof) ==
            (old_size <= new_size));
    if (old_size <= new_size) {
        bool is_bent = bend(&reader, &proof);
        require(merkle_verify_consistency(old_size, new_size, &old_root, &new_root, &proof) ==
                !is_bent);
    }
    try_edge(span_of(reader.at, reader.left));
    return 0;
}
