/* test_tree.c: the tiles give the journal's roots at every size, and proofs from them verify.
 * Never a journal: leaves are numbers, the edge of merkle.h is the reference. */
#include <stdlib.h>

#include "proto/bytes.h"
#include "daemon/ledger/tree.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"
#include "tests/lib/tempdir.h"

enum { MAP_SIZE = 256 << 20, OVERLAY_MAX = 64 << 20, LEAVES = 65536 + 700 };

static struct tempdir dir;
static struct digest leaves[LEAVES];
static struct digest roots[LEAVES + 1];

static int make_leaves(void **state)
{
    (void)state;
    struct merkle_edge edge;
    merkle_edge_init(&edge);
    roots[0] = merkle_edge_root(&edge);
    for (uint64_t i = 0; i < LEAVES; i++) {
        leaves[i] = merkle_leaf(span_of(&i, sizeof(i)));
        merkle_edge_append(&edge, &leaves[i]);
        roots[i + 1] = merkle_edge_root(&edge);
    }
    return 0;
}

static int setup(void **state)
{
    (void)state;
    tempdir_create(&dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tempdir_destroy(&dir);
    return 0;
}

static struct lookups *open_lookups(enum store_mode mode)
{
    struct lookups *lookups = NULL;
    assert_int_equal(lookups_open(dir.path, mode, MAP_SIZE, OVERLAY_MAX, &lookups), CUSTODY_OK);
    return lookups;
}

static struct tree *open_tree(struct lookups *lookups)
{
    struct tree *tree = NULL;
    assert_int_equal(tree_open(lookups, lookups_committed(lookups), &tree), CUSTODY_OK);
    return tree;
}

static void append(struct lookups *lookups, struct tree *tree, uint64_t count)
{
    uint64_t size = tree_size(tree);
    assert_int_equal(tree_append(tree, &leaves[size], count), CUSTODY_OK);
    assert_int_equal(lookups_accept(lookups, size + count), CUSTODY_OK);
}

static void flush(struct lookups *lookups, struct tree *tree)
{
    assert_int_equal(tree_put_tiles(tree), CUSTODY_OK);
    assert_int_equal(lookups_accept(lookups, tree_size(tree)), CUSTODY_OK);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
}

static void assert_roots(struct tree *tree, uint64_t from, uint64_t step)
{
    for (uint64_t size = from; size <= tree_size(tree); size += step) {
        struct digest root;
        assert_true(merkle_root_at(size, tree_read, tree, &root));
        assert_true(digest_is_equal(&root, &roots[size]));
    }
}

static void assert_snapshot(struct lookups *lookups, uint64_t size, struct dice *dice)
{
    struct lookups_snapshot *snapshot;
    struct digest node;
    assert_int_equal(lookups_snapshot_begin(lookups, &snapshot), CUSTODY_OK);
    assert_int_equal(lookups_snapshot_position(snapshot), size);
    assert_false(tree_read_snapshot(snapshot, 0, size, &node));
    assert_false(tree_read_snapshot(snapshot, 64, 0, &node));
    for (int i = 0; i < 20 && size > 0; i++) {
        struct merkle_proof proof;
        uint64_t at = dice_between(dice, 1, size), index = dice_below(dice, at);
        assert_true(merkle_prove_inclusion(index, at, tree_read_snapshot, snapshot, &proof));
        assert_true(merkle_verify_inclusion(index, at, &leaves[index], &proof, &roots[at]));
        assert_true(merkle_prove_consistency(at, size, tree_read_snapshot, snapshot, &proof));
        assert_true(merkle_verify_consistency(at, size, &roots[at], &roots[size], &proof));
    }
    lookups_snapshot_end(snapshot);
}

/* Entry by entry past the first full tile, and around the first full tile of the second level. */
static void test_every_size(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, dice_seed());
    struct lookups *lookups = open_lookups(STORE_CREATE);
    struct tree *tree = open_tree(lookups);
    while (tree_size(tree) < 600) {
        append(lookups, tree, 1);
        assert_roots(tree, tree_size(tree), 1);
        if (tree_size(tree) % 16 < 2) {
            flush(lookups, tree);
            assert_snapshot(lookups, tree_size(tree), &dice);
        }
    }
    assert_roots(tree, 0, 1);
    append(lookups, tree, 65500 - 600);
    while (tree_size(tree) < 65600) {
        append(lookups, tree, 1);
        assert_roots(tree, tree_size(tree), 1);
        if (tree_size(tree) % 8 == 0 || (tree_size(tree) >= 65535 && tree_size(tree) <= 65537)) {
            flush(lookups, tree);
            assert_snapshot(lookups, tree_size(tree), &dice);
            tree_close(tree);
            lookups_close(lookups);
            lookups = open_lookups(STORE_EXISTING);
            tree = open_tree(lookups);
        }
    }
    assert_roots(tree, 1, 1009);
    tree_close(tree);
    tree_close(NULL);
    lookups_close(lookups);
}

/* Batches, flushes and crashes in any order: what was not flushed is appended again. */
static void test_random_history(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, dice_seed());
    struct lookups *lookups = open_lookups(STORE_CREATE);
    struct tree *tree = open_tree(lookups);
    for (int step = 0; step < 400; step++) {
        uint64_t left = LEAVES - tree_size(tree);
        uint64_t most = dice_chance(&dice, 80) ? 40 : 1500;
        append(lookups, tree, dice_below(&dice, left < most ? left + 1 : most));
        if (dice_chance(&dice, 30)) {
            flush(lookups, tree);
            assert_snapshot(lookups, tree_size(tree), &dice);
        }
        if (dice_chance(&dice, 10)) {
            tree_close(tree);
            lookups_close(lookups);
            lookups = open_lookups(STORE_EXISTING);
            tree = open_tree(lookups);
        }
        assert_roots(
            tree, tree_size(tree) - (tree_size(tree) > 0 ? dice_below(&dice, tree_size(tree)) : 0),
            397);
    }
    tree_close(tree);
    lookups_close(lookups);
}

/* Every node of every level, and none beyond the edge. */
static void test_every_node(void **state)
{
    (void)state;
    enum { SIZE = 1111 };
    static struct digest level_nodes[SIZE];
    struct lookups *lookups = open_lookups(STORE_CREATE);
    struct tree *tree = open_tree(lookups);
    append(lookups, tree, SIZE);
    memcpy(level_nodes, leaves, sizeof(level_nodes));
    for (uint32_t level = 0; level < 16; level++) {
        uint64_t count = SIZE >> level;
        struct digest got;
        for (uint64_t i = 0; i < count; i++) {
            assert_true(tree_read(tree, level, i, &got));
            assert_true(digest_is_equal(&got, &level_nodes[i]));
        }
        assert_false(tree_read(tree, level, count, &got));
        assert_false(tree_read(tree, level, UINT64_MAX, &got));
        for (uint64_t i = 0; i < count / 2; i++) {
            level_nodes[i] = merkle_node(&level_nodes[2 * i], &level_nodes[2 * i + 1]);
        }
    }
    struct digest got;
    assert_false(tree_read(tree, 63, 0, &got));
    assert_false(tree_read(tree, 64, 0, &got));
    tree_close(tree);
    lookups_close(lookups);
}

static void test_tiles(void **state)
{
    (void)state;
    struct lookups *lookups = open_lookups(STORE_CREATE);
    struct tree *tree = open_tree(lookups);
    struct lookups_snapshot *snapshot;
    struct span tile;
    append(lookups, tree, 300);
    flush(lookups, tree);
    assert_int_equal(lookups_snapshot_begin(lookups, &snapshot), CUSTODY_OK);
    assert_int_equal(tree_read_tile(snapshot, 0, 0, &tile), CUSTODY_OK);
    assert_true(span_is_equal(tile, span_of(leaves, 256 * DIGEST_SIZE)));
    assert_int_equal(tree_read_tile(snapshot, 0, 1, &tile), CUSTODY_OK);
    assert_true(span_is_equal(tile, span_of(leaves + 256, 44 * DIGEST_SIZE)));
    assert_int_equal(tree_read_tile(snapshot, 1, 0, &tile), CUSTODY_OK);
    assert_true(span_is_equal(tile, span_of(&roots[256], DIGEST_SIZE)));
    assert_int_equal(tree_read_tile(snapshot, 0, 2, &tile), CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(tree_read_tile(snapshot, 2, 0, &tile), CUSTODY_ERR_NOT_FOUND);
    lookups_snapshot_end(snapshot);
    tree_close(tree);

    /* At another size than the tiles were put for, they do not fit. */
    assert_int_equal(tree_open(lookups, 299, &tree), CUSTODY_ERR_CORRUPT);
    assert_int_equal(tree_open(lookups, 301, &tree), CUSTODY_ERR_CORRUPT);
    assert_int_equal(tree_open(lookups, 700, &tree), CUSTODY_ERR_CORRUPT);
    assert_int_equal(tree_open(lookups, 300, &tree), CUSTODY_OK);
    tree_close(tree);
    lookups_close(lookups);
}

/* What changed since the last flush, and only that, is put. */
static void test_put_only_what_changed(void **state)
{
    (void)state;
    struct lookups *lookups = open_lookups(STORE_CREATE);
    struct tree *tree = open_tree(lookups);
    append(lookups, tree, 700);
    flush(lookups, tree);
    assert_int_equal(tree_put_tiles(tree), CUSTODY_OK);
    assert_int_equal(lookups_pending_changes(lookups), 0);
    append(lookups, tree, 1);
    assert_int_equal(lookups_pending_changes(lookups), 0);
    assert_int_equal(tree_put_tiles(tree), CUSTODY_OK);
    assert_int_equal(lookups_pending_changes(lookups), 1);
    tree_close(tree);
    lookups_close(lookups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_size, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_history, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_node, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tiles, setup, teardown),
        cmocka_unit_test_setup_teardown(test_put_only_what_changed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, make_leaves, NULL);
}
