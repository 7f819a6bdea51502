/* test_merkle.c: shows that the tree is RFC 9162's: published vectors, a naive reference, every proof's bits. */
#include <stdio.h>

#include "proto/bytes.h"
#include "proto/merkle.h"
#include "tests/lib/check.h"

enum { SIZE_MAX_TRIED = 70, VECTOR_LEAVES = 8 };

static struct digest leaves[SIZE_MAX_TRIED];

/* ---- a reference, written as the RFC writes it: by recursion over lists ---- */

static uint64_t split(uint64_t n)
{
    uint64_t k = 1;
    while (k * 2 < n)
        k *= 2;
    return k;
}

static struct digest naive_root(const struct digest *d, uint64_t n)
{
    if (n == 0)
        return merkle_empty();
    if (n == 1)
        return d[0];
    struct digest left = naive_root(d, split(n));
    struct digest right = naive_root(d + split(n), n - split(n));
    return merkle_node(&left, &right);
}

/* PATH(m, D_n) of section 2.1.3.1. */
static void naive_path(uint64_t m, const struct digest *d, uint64_t n, struct merkle_proof *proof)
{
    if (n <= 1)
        return;
    uint64_t k = split(n);
    if (m < k) {
        naive_path(m, d, k, proof);
        proof->hashes[proof->count++] = naive_root(d + k, n - k);
    } else {
        naive_path(m - k, d + k, n - k, proof);
        proof->hashes[proof->count++] = naive_root(d, k);
    }
}

/* SUBPROOF(m, D_n, b) of section 2.1.4.1. */
static void naive_subproof(
    uint64_t m, const struct digest *d, uint64_t n, bool is_known, struct merkle_proof *proof)
{
    if (m == n) {
        if (!is_known)
            proof->hashes[proof->count++] = naive_root(d, n);
        return;
    }
    uint64_t k = split(n);
    if (m <= k) {
        naive_subproof(m, d, k, is_known, proof);
        proof->hashes[proof->count++] = naive_root(d + k, n - k);
    } else {
        naive_subproof(m - k, d + k, n - k, false, proof);
        proof->hashes[proof->count++] = naive_root(d, k);
    }
}

/* A complete node out of the leaves; nothing beyond `*context` entries exists. */
static bool read_naive(void *context, uint32_t level, uint64_t index, struct digest *ret)
{
    const uint64_t *size = context;
    if (level >= 32 || (index + 1) << level > *size)
        return false;
    *ret = naive_root(leaves + (index << level), UINT64_C(1) << level);
    return true;
}

/* ---- small help ---- */

static struct digest digest_of_hex(const char *hex)
{
    struct digest digest = {{0}};
    assert_true(bytes_parse_hex(span_text(hex), digest.bytes, DIGEST_SIZE));
    return digest;
}

static void assert_equal(const struct digest *a, const struct digest *b)
{
    assert_memory_equal(a->bytes, b->bytes, DIGEST_SIZE);
}

static void assert_proofs_equal(const struct merkle_proof *a, const struct merkle_proof *b)
{
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->hashes, b->hashes, a->count * sizeof(a->hashes[0]));
}

static int set_up(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SIZE_MAX_TRIED; i++) {
        uint8_t entry[4];
        bytes_put_u32(entry, i);
        leaves[i] = merkle_leaf(span_of(entry, sizeof(entry)));
    }
    return digest_init() ? 0 : -1;
}

/* ---- published values ---- */

static const char *const vector_leaves[VECTOR_LEAVES] = {
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
};

static const char *const vector_roots[VECTOR_LEAVES + 1] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

struct vector {
    uint64_t a, b; /* index and size, or old and new size */
    uint32_t count;
    const char *hashes[3];
};

static const struct vector inclusion_vectors[] = {
    {0, 1, 0, {NULL}},
    {0,
     8,
     3,
     {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
    {5,
     8,
     3,
     {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
    {2, 3, 1, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
    {1,
     5,
     3,
     {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
};

static const struct vector consistency_vectors[] = {
    {1, 1, 0, {NULL}},
    {1,
     8,
     3,
     {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
    {6,
     8,
     3,
     {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
    {2,
     5,
     2,
     {"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
};

static void fill_vector_leaves(struct digest ret[static VECTOR_LEAVES])
{
    for (size_t i = 0; i < VECTOR_LEAVES; i++) {
        uint8_t entry[16];
        size_t len = strlen(vector_leaves[i]) / 2;
        assert_true(bytes_parse_hex(span_text(vector_leaves[i]), entry, len));
        ret[i] = merkle_leaf(span_of(entry, len));
    }
}

static void test_hashes_match_the_published_values(void **state)
{
    (void)state;
    struct digest expected =
        digest_of_hex("395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
    struct digest leaf = merkle_leaf(span_text("L123456"));
    assert_equal(&leaf, &expected);
    leaf = merkle_leaf_second(span_text("L123456"));
    assert_equal(&leaf, &expected);
    const struct span parts[MERKLE_LEAF_PARTS] = {span_text("L1"), span_text("23"),
                                                  span_text("456")};
    leaf = merkle_leaf_of(parts);
    assert_equal(&leaf, &expected);
    /* The published node has children of four bytes, which only its raw form can hold. */
    expected = digest_of_hex("aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb");
    struct digest node = digest_sha256(span_text("\x01"
                                                 "N123"
                                                 "N456"));
    assert_equal(&node, &expected);
}

static void test_roots_of_the_published_tree(void **state)
{
    (void)state;
    struct digest vector[VECTOR_LEAVES];
    struct merkle_edge edge, second;
    fill_vector_leaves(vector);
    merkle_edge_init(&edge);
    merkle_edge_init(&second);
    for (size_t i = 0; i <= VECTOR_LEAVES; i++) {
        struct digest expected = digest_of_hex(vector_roots[i]);
        struct digest root = merkle_edge_root(&edge);
        assert_equal(&root, &expected);
        root = merkle_edge_root_second(&second);
        assert_equal(&root, &expected);
        if (i < VECTOR_LEAVES) {
            merkle_edge_append(&edge, &vector[i]);
            merkle_edge_append_second(&second, &vector[i]);
        }
    }
}

static void fill_proof(const struct vector *vector, struct merkle_proof *ret)
{
    ret->count = vector->count;
    for (uint32_t i = 0; i < vector->count; i++)
        ret->hashes[i] = digest_of_hex(vector->hashes[i]);
}

static void test_published_inclusion_proofs_hold_and_are_made_alike(void **state)
{
    (void)state;
    struct digest saved[VECTOR_LEAVES];
    memcpy(saved, leaves, sizeof(saved));
    fill_vector_leaves(leaves);
    for (size_t i = 0; i < sizeof(inclusion_vectors) / sizeof(inclusion_vectors[0]); i++) {
        const struct vector *vector = &inclusion_vectors[i];
        struct digest root = digest_of_hex(vector_roots[vector->b]);
        struct merkle_proof expected, made;
        uint64_t size = vector->b;
        fill_proof(vector, &expected);
        assert_true(
            merkle_verify_inclusion(vector->a, vector->b, &leaves[vector->a], &expected, &root));
        assert_true(merkle_prove_inclusion(vector->a, vector->b, read_naive, &size, &made));
        assert_proofs_equal(&made, &expected);
    }
    memcpy(leaves, saved, sizeof(saved));
}

static void test_published_consistency_proofs_hold_and_are_made_alike(void **state)
{
    (void)state;
    struct digest saved[VECTOR_LEAVES];
    memcpy(saved, leaves, sizeof(saved));
    fill_vector_leaves(leaves);
    for (size_t i = 0; i < sizeof(consistency_vectors) / sizeof(consistency_vectors[0]); i++) {
        const struct vector *vector = &consistency_vectors[i];
        struct digest old_root = digest_of_hex(vector_roots[vector->a]);
        struct digest new_root = digest_of_hex(vector_roots[vector->b]);
        struct merkle_proof expected, made;
        uint64_t size = vector->b;
        fill_proof(vector, &expected);
        assert_true(
            merkle_verify_consistency(vector->a, vector->b, &old_root, &new_root, &expected));
        assert_true(merkle_prove_consistency(vector->a, vector->b, read_naive, &size, &made));
        assert_proofs_equal(&made, &expected);
    }
    memcpy(leaves, saved, sizeof(saved));
}

/* ---- against the reference ---- */

static void test_edges_and_stored_nodes_give_the_reference_root(void **state)
{
    (void)state;
    struct merkle_edge edge, second;
    merkle_edge_init(&edge);
    merkle_edge_init(&second);
    for (uint64_t size = 0; size <= SIZE_MAX_TRIED; size++) {
        struct digest expected = naive_root(leaves, size);
        struct digest root = merkle_edge_root(&edge);
        assert_equal(&root, &expected);
        root = merkle_edge_root_second(&second);
        assert_equal(&root, &expected);
        assert_true(merkle_root_at(size, read_naive, &size, &root));
        assert_equal(&root, &expected);
        if (size < SIZE_MAX_TRIED) {
            merkle_edge_append(&edge, &leaves[size]);
            merkle_edge_append_second(&second, &leaves[size]);
        }
    }
}

static void test_an_edge_survives_its_bytes_and_no_others(void **state)
{
    (void)state;
    struct merkle_edge edge, back;
    uint8_t bytes[MERKLE_EDGE_BYTES_MAX + 1] = {0};
    merkle_edge_init(&edge);
    for (uint64_t size = 0; size <= SIZE_MAX_TRIED; size++) {
        size_t len = merkle_edge_write(&edge, bytes);
        assert_true(merkle_edge_parse(span_of(bytes, len), &back));
        assert_true(back.size == edge.size);
        struct digest root = merkle_edge_root(&edge);
        struct digest back_root = merkle_edge_root(&back);
        assert_equal(&root, &back_root);
        assert_false(merkle_edge_parse(span_of(bytes, len - 1), &back));
        assert_false(merkle_edge_parse(span_of(bytes, len + 1), &back));
        if (size < SIZE_MAX_TRIED)
            merkle_edge_append(&edge, &leaves[size]);
    }
}

static void test_the_largest_edge_fits(void **state)
{
    (void)state;
    struct merkle_edge edge = {.size = UINT64_MAX, .count = MERKLE_LEVELS}, back;
    uint8_t bytes[MERKLE_EDGE_BYTES_MAX];
    assert_int_equal(merkle_edge_write(&edge, bytes), MERKLE_EDGE_BYTES_MAX);
    assert_true(merkle_edge_parse(span_of(bytes, sizeof(bytes)), &back));
    assert_int_equal(back.count, MERKLE_LEVELS);
}

static void test_inclusion_proofs_are_the_references_at_every_size(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= SIZE_MAX_TRIED; size++) {
        struct digest root = naive_root(leaves, size);
        for (uint64_t index = 0; index < size; index++) {
            struct merkle_proof expected = {.count = 0}, made;
            naive_path(index, leaves, size, &expected);
            assert_true(merkle_prove_inclusion(index, size, read_naive, &size, &made));
            assert_proofs_equal(&made, &expected);
            assert_true(merkle_verify_inclusion(index, size, &leaves[index], &made, &root));
        }
    }
}

static void test_consistency_proofs_are_the_references_at_every_size(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= SIZE_MAX_TRIED; size++) {
        struct digest root = naive_root(leaves, size);
        for (uint64_t old = 1; old <= size; old++) {
            struct digest old_root = naive_root(leaves, old);
            struct merkle_proof expected = {.count = 0}, made;
            naive_subproof(old, leaves, size, true, &expected);
            assert_true(merkle_prove_consistency(old, size, read_naive, &size, &made));
            assert_proofs_equal(&made, &expected);
            assert_true(merkle_verify_consistency(old, size, &old_root, &root, &made));
        }
    }
}

/* ---- what must not hold ---- */

static void flip(struct digest *digest, size_t bit)
{
    digest->bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
}

static void test_an_inclusion_proof_with_any_bit_changed_is_rejected(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= 17; size++) {
        struct digest root = naive_root(leaves, size);
        for (uint64_t index = 0; index < size; index++) {
            struct merkle_proof proof;
            struct digest leaf = leaves[index];
            assert_true(merkle_prove_inclusion(index, size, read_naive, &size, &proof));
            for (size_t bit = 0; bit < 8 * DIGEST_SIZE; bit++) {
                for (uint32_t i = 0; i < proof.count; i++) {
                    flip(&proof.hashes[i], bit);
                    assert_false(merkle_verify_inclusion(index, size, &leaf, &proof, &root));
                    flip(&proof.hashes[i], bit);
                }
                flip(&leaf, bit);
                assert_false(merkle_verify_inclusion(index, size, &leaf, &proof, &root));
                flip(&leaf, bit);
                flip(&root, bit);
                assert_false(merkle_verify_inclusion(index, size, &leaf, &proof, &root));
                flip(&root, bit);
            }
        }
    }
}

static void test_a_consistency_proof_with_any_bit_changed_is_rejected(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= 17; size++) {
        struct digest root = naive_root(leaves, size);
        for (uint64_t old = 1; old <= size; old++) {
            struct merkle_proof proof;
            struct digest old_root = naive_root(leaves, old);
            assert_true(merkle_prove_consistency(old, size, read_naive, &size, &proof));
            for (size_t bit = 0; bit < 8 * DIGEST_SIZE; bit++) {
                for (uint32_t i = 0; i < proof.count; i++) {
                    flip(&proof.hashes[i], bit);
                    assert_false(merkle_verify_consistency(old, size, &old_root, &root, &proof));
                    flip(&proof.hashes[i], bit);
                }
                flip(&old_root, bit);
                assert_false(merkle_verify_consistency(old, size, &old_root, &root, &proof));
                flip(&old_root, bit);
                flip(&root, bit);
                assert_false(merkle_verify_consistency(old, size, &old_root, &root, &proof));
                flip(&root, bit);
            }
        }
    }
}

static void test_a_proof_holds_for_its_own_index_only(void **state)
{
    (void)state;
    const uint64_t size = 13;
    struct digest root = naive_root(leaves, size);
    for (uint64_t index = 0; index < size; index++) {
        struct merkle_proof proof;
        uint64_t held = size;
        assert_true(merkle_prove_inclusion(index, size, read_naive, &held, &proof));
        for (uint64_t other = 0; other < 2 * size; other++) {
            if (other != index)
                assert_false(merkle_verify_inclusion(other, size, &leaves[index], &proof, &root));
        }
    }
}

static void test_proofs_that_are_too_long_or_too_short_are_rejected(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= 20; size++) {
        struct digest root = naive_root(leaves, size);
        for (uint64_t index = 0; index < size; index++) {
            struct merkle_proof proof;
            assert_true(merkle_prove_inclusion(index, size, read_naive, &size, &proof));
            proof.hashes[proof.count] = leaves[0];
            proof.count++;
            assert_false(merkle_verify_inclusion(index, size, &leaves[index], &proof, &root));
            proof.count -= 2;
            if (size > 1)
                assert_false(merkle_verify_inclusion(index, size, &leaves[index], &proof, &root));
        }
        for (uint64_t old = 1; old < size; old++) {
            struct merkle_proof proof;
            struct digest old_root = naive_root(leaves, old);
            assert_true(merkle_prove_consistency(old, size, read_naive, &size, &proof));
            proof.hashes[proof.count] = leaves[0];
            proof.count++;
            assert_false(merkle_verify_consistency(old, size, &old_root, &root, &proof));
            proof.count -= 2;
            assert_false(merkle_verify_consistency(old, size, &old_root, &root, &proof));
        }
    }
}

static void test_impossible_sizes_and_indices_are_rejected(void **state)
{
    (void)state;
    struct merkle_proof proof = {.count = 0};
    struct digest empty = merkle_empty();
    uint64_t size = 4;
    struct digest root = naive_root(leaves, size);
    assert_false(merkle_verify_inclusion(0, 0, &leaves[0], &proof, &leaves[0]));
    assert_false(merkle_verify_inclusion(1, 1, &leaves[0], &proof, &leaves[0]));
    assert_false(merkle_verify_inclusion(UINT64_MAX, 1, &leaves[0], &proof, &leaves[0]));
    assert_false(merkle_verify_consistency(0, 0, &empty, &empty, &proof));
    assert_false(merkle_verify_consistency(0, 4, &empty, &root, &proof));
    assert_false(merkle_verify_consistency(5, 4, &root, &root, &proof));
    assert_true(merkle_verify_consistency(4, 4, &root, &root, &proof));
    assert_false(merkle_verify_consistency(4, 4, &root, &empty, &proof));
    proof.count = 1;
    proof.hashes[0] = root;
    assert_false(merkle_verify_consistency(4, 4, &root, &root, &proof));
    assert_false(merkle_prove_inclusion(4, 4, read_naive, &size, &proof));
    assert_false(merkle_prove_inclusion(0, 0, read_naive, &size, &proof));
    assert_false(merkle_prove_consistency(0, 4, read_naive, &size, &proof));
    assert_false(merkle_prove_consistency(5, 4, read_naive, &size, &proof));
    proof.count = MERKLE_PROOF_MAX + 1;
    assert_false(merkle_verify_inclusion(0, 4, &leaves[0], &proof, &root));
    assert_false(merkle_verify_consistency(1, 4, &leaves[0], &root, &proof));
}

static void test_a_missing_node_stops_every_proof(void **state)
{
    (void)state;
    struct merkle_proof proof;
    struct digest root;
    uint64_t held = 5;
    assert_false(merkle_prove_inclusion(0, 8, read_naive, &held, &proof));
    assert_false(merkle_prove_inclusion(4, 7, read_naive, &held, &proof));
    assert_false(merkle_prove_consistency(6, 8, read_naive, &held, &proof));
    assert_false(merkle_prove_consistency(4, 8, read_naive, &held, &proof));
    assert_false(merkle_root_at(8, read_naive, &held, &root));
    assert_false(merkle_root_at(6, read_naive, &held, &root));
}

/* Every node is the same, so trees of any size have roots. */
static bool read_uniform(void *context, uint32_t level, uint64_t index, struct digest *ret)
{
    const struct digest *by_level = context;
    (void)index;
    *ret = by_level[level];
    return true;
}

static void test_trees_near_the_largest_size_still_prove(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {UINT64_MAX,
                                     UINT64_C(1) << 63,
                                     (UINT64_C(1) << 63) + 1,
                                     (UINT64_C(1) << 63) - 1,
                                     UINT64_MAX - 1,
                                     UINT64_C(0xAAAAAAAAAAAAAAAA)};
    struct digest by_level[MERKLE_LEVELS];
    by_level[0] = leaves[0];
    for (size_t i = 1; i < MERKLE_LEVELS; i++)
        by_level[i] = merkle_node(&by_level[i - 1], &by_level[i - 1]);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const uint64_t size = sizes[i];
        const uint64_t others[] = {1, 2, 3, size / 3, size / 2, size / 2 + 1, size - 2, size - 1};
        struct digest root, old_root;
        assert_true(merkle_root_at(size, read_uniform, by_level, &root));
        for (size_t j = 0; j < sizeof(others) / sizeof(others[0]); j++) {
            struct merkle_proof proof;
            const uint64_t other = others[j];
            assert_true(merkle_prove_inclusion(other, size, read_uniform, by_level, &proof));
            assert_true(proof.count <= MERKLE_PROOF_MAX);
            assert_true(merkle_verify_inclusion(other, size, &leaves[0], &proof, &root));
            assert_true(merkle_root_at(other, read_uniform, by_level, &old_root));
            assert_true(merkle_prove_consistency(other, size, read_uniform, by_level, &proof));
            assert_true(proof.count <= MERKLE_PROOF_MAX);
            assert_true(merkle_verify_consistency(other, size, &old_root, &root, &proof));
        }
    }
}

/* ---- batches ---- */

static void check_batch(uint64_t first, uint64_t count)
{
    static struct digest nodes[2 * SIZE_MAX_TRIED + MERKLE_LEVELS];
    struct merkle_edge before;
    struct merkle_batch batch;
    uint64_t size = first + count;
    struct digest root = naive_root(leaves, size);
    assert_true(merkle_batch_room(count) <= sizeof(nodes) / sizeof(nodes[0]));
    merkle_edge_init(&before);
    for (uint64_t i = 0; i < first; i++)
        merkle_edge_append(&before, &leaves[i]);
    merkle_batch_init(&batch, &before, nodes, leaves + first, count);
    assert_true(batch.after.size == size);
    struct digest batch_root = merkle_edge_root(&batch.after);
    assert_equal(&batch_root, &root);
    size_t used = 0;
    for (uint32_t level = 0; level < batch.levels; level++) {
        assert_int_equal(batch.offset[level], used);
        used += (size_t)batch.level_count[level];
        for (uint64_t i = 0; i < batch.level_count[level]; i++) {
            struct digest expected;
            uint64_t index = batch.level_first[level] + i;
            assert_true(read_naive(&size, level, index, &expected));
            assert_equal(&nodes[batch.offset[level] + i], &expected);
        }
    }
    assert_true(used <= merkle_batch_room(count));
    for (uint64_t index = first; index < size; index++) {
        struct merkle_proof expected, made;
        assert_true(merkle_prove_inclusion(index, size, read_naive, &size, &expected));
        assert_true(merkle_prove_inclusion(index, size, merkle_batch_read, &batch, &made));
        assert_proofs_equal(&made, &expected);
    }
}

static void test_a_batch_proves_its_entries_as_the_tree_would(void **state)
{
    (void)state;
    for (uint64_t first = 0; first <= SIZE_MAX_TRIED; first++) {
        for (uint64_t count = 0; first + count <= SIZE_MAX_TRIED; count++)
            check_batch(first, count);
    }
}

static void test_a_batch_makes_every_node_that_it_completes(void **state)
{
    (void)state;
    static struct digest nodes[2 * SIZE_MAX_TRIED + MERKLE_LEVELS];
    for (uint64_t first = 0; first < SIZE_MAX_TRIED; first++) {
        struct merkle_edge before;
        struct merkle_batch batch;
        merkle_edge_init(&before);
        for (uint64_t i = 0; i < first; i++)
            merkle_edge_append(&before, &leaves[i]);
        merkle_batch_init(&batch, &before, nodes, leaves + first, SIZE_MAX_TRIED - first);
        for (uint32_t level = 0; level < 8; level++) {
            uint64_t made = level < batch.levels ? batch.level_count[level] : 0;
            uint64_t complete = ((uint64_t)SIZE_MAX_TRIED >> level) - (first >> level);
            assert_true(made == complete);
        }
    }
}

static void test_a_batch_gives_no_node_that_it_does_not_hold(void **state)
{
    (void)state;
    struct digest nodes[2 * 3 + MERKLE_LEVELS], node;
    struct merkle_edge before;
    struct merkle_batch batch;
    merkle_edge_init(&before);
    for (uint64_t i = 0; i < 5; i++)
        merkle_edge_append(&before, &leaves[i]);
    merkle_batch_init(&batch, &before, nodes, leaves + 5, 3);
    assert_false(merkle_batch_read(&batch, 0, 3, &node));
    assert_false(merkle_batch_read(&batch, 0, 8, &node));
    assert_false(merkle_batch_read(&batch, 1, 1, &node));
    assert_false(merkle_batch_read(&batch, 2, 7, &node));
    assert_false(merkle_batch_read(&batch, MERKLE_LEVELS, 0, &node));
    assert_true(merkle_batch_read(&batch, 0, 4, &node));
    assert_true(merkle_batch_read(&batch, 2, 0, &node));
    assert_true(merkle_batch_read(&batch, 3, 0, &node));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes_match_the_published_values),
        cmocka_unit_test(test_roots_of_the_published_tree),
        cmocka_unit_test(test_published_inclusion_proofs_hold_and_are_made_alike),
        cmocka_unit_test(test_published_consistency_proofs_hold_and_are_made_alike),
        cmocka_unit_test(test_edges_and_stored_nodes_give_the_reference_root),
        cmocka_unit_test(test_an_edge_survives_its_bytes_and_no_others),
        cmocka_unit_test(test_the_largest_edge_fits),
        cmocka_unit_test(test_inclusion_proofs_are_the_references_at_every_size),
        cmocka_unit_test(test_consistency_proofs_are_the_references_at_every_size),
        cmocka_unit_test(test_an_inclusion_proof_with_any_bit_changed_is_rejected),
        cmocka_unit_test(test_a_consistency_proof_with_any_bit_changed_is_rejected),
        cmocka_unit_test(test_a_proof_holds_for_its_own_index_only),
        cmocka_unit_test(test_proofs_that_are_too_long_or_too_short_are_rejected),
        cmocka_unit_test(test_impossible_sizes_and_indices_are_rejected),
        cmocka_unit_test(test_a_missing_node_stops_every_proof),
        cmocka_unit_test(test_trees_near_the_largest_size_still_prove),
        cmocka_unit_test(test_a_batch_proves_its_entries_as_the_tree_would),
        cmocka_unit_test(test_a_batch_makes_every_node_that_it_completes),
        cmocka_unit_test(test_a_batch_gives_no_node_that_it_does_not_hold),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
