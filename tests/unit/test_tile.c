/* test_tile.c: the paths and widths that the specification works out, and a fold that is the tree's root. */
#include <stdio.h>

#include "proto/tile.h"
#include "tests/lib/check.h"

static void paths_are_those_of_the_specification(void **state)
{
    (void)state;
    char path[TILE_PATH_MAX];
    static const struct {
        uint32_t level;
        uint64_t index;
        uint32_t width;
        const char *path;
    } cases[] = {
        {0, 0, 256, "tile/0/000"},
        {0, 5, 256, "tile/0/005"},
        {1, 999, 1, "tile/1/999.p/1"},
        {2, 1000, 256, "tile/2/x001/000"},
        {0, 1234067, 256, "tile/0/x001/x234/067"},
        {0, 1234067, 255, "tile/0/x001/x234/067.p/255"},
        {7, UINT64_MAX >> 8, 255, "tile/7/x072/x057/x594/x037/x927/935.p/255"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tile_write_path(cases[i].level, cases[i].index, cases[i].width, path);
        assert_string_equal(path, cases[i].path);
    }
    tile_write_bundle_path(273, 112, path);
    assert_string_equal(path, "tile/entries/273.p/112");
    tile_write_bundle_path(1000, 256, path);
    assert_string_equal(path, "tile/entries/x001/000");
}

/* The sizes that the specification works out. */
static void widths_follow_the_size(void **state)
{
    (void)state;
    assert_int_equal(tile_count(0, 0), 0);
    assert_int_equal(tile_width(0, 0, 0), 0);
    assert_int_equal(tile_count(256, 0), 1);
    assert_int_equal(tile_width(256, 0, 0), 256);
    assert_int_equal(tile_width(256, 0, 1), 0);
    assert_int_equal(tile_width(256, 1, 0), 1);
    assert_int_equal(tile_count(70000, 0), 274);
    assert_int_equal(tile_width(70000, 0, 272), 256);
    assert_int_equal(tile_width(70000, 0, 273), 112);
    assert_int_equal(tile_width(70000, 1, 0), 256);
    assert_int_equal(tile_width(70000, 1, 1), 17);
    assert_int_equal(tile_width(70000, 2, 0), 1);
    assert_int_equal(tile_count(70000, 3), 0);
    assert_int_equal(tile_count(65536, 1), 1);
    assert_int_equal(tile_width(65536, 1, 0), 256);
    assert_int_equal(tile_width(65536, 2, 0), 1);
    assert_int_equal(tile_count(UINT64_MAX, TILE_LEVELS), 0);
    assert_int_equal(tile_width(UINT64_MAX, TILE_LEVELS, 0), 0);
}

static void a_fold_is_the_root_of_a_perfect_tree(void **state)
{
    (void)state;
    struct digest hashes[TILE_WIDTH];
    for (unsigned i = 0; i < TILE_WIDTH; i++) {
        uint8_t byte = (uint8_t)i;
        hashes[i] = merkle_leaf(span_of(&byte, 1));
    }
    for (uint32_t count = 1; count <= TILE_WIDTH; count *= 2) {
        struct merkle_edge edge;
        merkle_edge_init(&edge);
        for (uint32_t i = 0; i < count; i++) {
            merkle_edge_append(&edge, &hashes[i]);
        }
        struct digest root = merkle_edge_root(&edge), fold = tile_fold(hashes, count);
        assert_true(digest_is_equal(&root, &fold));
    }
}

static void a_bundle_ends_where_its_lengths_say(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, 3, 'a', 'b', 'c', 0, 0, 0, 2, 'd'};
    struct span bundle = span_of(bytes, sizeof(bytes)), entry;
    assert_true(tile_take_entry(&bundle, &entry));
    assert_true(span_is_equal(entry, span_text("abc")));
    assert_true(tile_take_entry(&bundle, &entry));
    assert_int_equal(entry.len, 0);
    /* One byte is there of the two that the length promises. */
    assert_false(tile_take_entry(&bundle, &entry));
    bundle = span_of(bytes, 1);
    assert_false(tile_take_entry(&bundle, &entry));
    bundle = span_of(bytes, 0);
    assert_false(tile_take_entry(&bundle, &entry));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_those_of_the_specification),
        cmocka_unit_test(widths_follow_the_size),
        cmocka_unit_test(a_fold_is_the_root_of_a_perfect_tree),
        cmocka_unit_test(a_bundle_ends_where_its_lengths_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
