/* test_arena.c: an arena gives zeroed, aligned memory up to its cap, again and again.
 * Never looks inside the arena. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "daemon/base/arena.h"

static void test_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena *arena = arena_create(1 << 20);
    assert_non_null(arena);
    for (int round = 0; round < 3; round++) {
        for (size_t len = 0; len < 700; len += 7) {
            uint8_t *data = arena_alloc(arena, len);
            assert_non_null(data);
            assert_int_equal((uintptr_t)data % alignof(max_align_t), 0);
            for (size_t i = 0; i < len; i++) {
                assert_int_equal(data[i], 0);
            }
            memset(data, 0xa5, len);
        }
        arena_empty(arena);
        assert_int_equal(arena_used(arena), 0);
    }
    arena_destroy(arena);
    arena_destroy(NULL);
}

/* Room that was used before is given as it is; what comes after it is zeroed all the same. */
static void test_room_counts_and_leaves_the_rest_zeroed(void **state)
{
    (void)state;
    struct arena *arena = arena_create(10000);
    for (int round = 0; round < 2; round++) {
        uint8_t *room = arena_room(arena, 5000);
        assert_non_null(room);
        assert_int_equal((uintptr_t)room % alignof(max_align_t), 0);
        assert_in_range(arena_used(arena), 5000, 5000 + alignof(max_align_t));
        memset(room, 0xa5, 5000);
        uint8_t *zeroed = arena_alloc(arena, 300);
        assert_true(zeroed >= room + 5000);
        for (size_t i = 0; i < 300; i++) {
            assert_int_equal(zeroed[i], 0);
        }
        assert_string_equal(arena_text(arena, span_of("abc", 2)), "ab");
        assert_null(arena_room(arena, 5000));
        arena_empty(arena);
    }
    arena_destroy(arena);
}

static void test_cap_is_hard(void **state)
{
    (void)state;
    struct arena *arena = arena_create(100000);
    assert_null(arena_alloc(arena, 100001));
    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_non_null(arena_alloc(arena, 100000));
    assert_null(arena_alloc(arena, 1));
    arena_empty(arena);
    size_t total = 0;
    while (arena_alloc(arena, 1000) != NULL) {
        total += 1000;
    }
    assert_in_range(total, 98000, 100000);
    assert_in_range(arena_used(arena), total, 100000);
    arena_destroy(arena);

    arena = arena_create(10);
    assert_non_null(arena_alloc(arena, 10));
    assert_null(arena_alloc(arena, 1));
    arena_destroy(arena);

    arena = arena_create(0);
    assert_null(arena_alloc(arena, 1));
    arena_destroy(arena);
}

static void test_large_pieces_among_small(void **state)
{
    (void)state;
    struct arena *arena = arena_create(8 << 20);
    uint8_t *pieces[200];
    size_t lens[200];
    for (size_t i = 0; i < 200; i++) {
        lens[i] = i % 3 == 0 ? 20000 + i * 97 : 1 + i;
        pieces[i] = arena_alloc(arena, lens[i]);
        assert_non_null(pieces[i]);
        memset(pieces[i], (int)i, lens[i]);
    }
    for (size_t i = 0; i < 200; i++) {
        for (size_t at = 0; at < lens[i]; at++) {
            assert_int_equal(pieces[i][at], (uint8_t)i);
        }
    }
    arena_destroy(arena);
}

static void test_copies_and_texts(void **state)
{
    (void)state;
    struct arena *arena = arena_create(4096);
    assert_string_equal(arena_text(arena, span_of("abcdef", 3)), "abc");
    assert_string_equal(arena_text(arena, span_of(NULL, 0)), "");
    assert_string_equal(arena_format(arena, "%s-%d", "lines", 7), "lines-7");
    assert_memory_equal(arena_copy(arena, "xyz", 3), "xyz", 3);
    assert_non_null(arena_copy(arena, NULL, 0));
    assert_null(arena_format(arena, "%5000d", 1));
    arena_destroy(arena);
}

static void test_protobuf_allocator(void **state)
{
    (void)state;
    struct arena *arena = arena_create(4096);
    ProtobufCAllocator *allocator = arena_protobuf(arena);
    void *data = allocator->alloc(allocator->allocator_data, 64);
    assert_non_null(data);
    allocator->free(allocator->allocator_data, data);
    assert_int_equal(arena_used(arena), 64);
    assert_null(allocator->alloc(allocator->allocator_data, 5000));
    arena_destroy(arena);
}

static void what_is_reserved_is_kept_and_still_under_the_cap(void **state)
{
    (void)state;
    struct arena *arena = arena_create(1 << 20);
    assert_true(arena_reserve(arena, 256 * 1024));
    const void *first = arena_alloc(arena, 200 * 1024);
    assert_non_null(first);
    assert_false(arena_reserve(arena, 1024)); /* in use */
    assert_null(arena_alloc(arena, 1 << 20));
    arena_empty(arena);
    assert_ptr_equal(arena_alloc(arena, 200 * 1024), first);
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_reserved_is_kept_and_still_under_the_cap),
        cmocka_unit_test(test_zeroed_and_aligned),
        cmocka_unit_test(test_room_counts_and_leaves_the_rest_zeroed),
        cmocka_unit_test(test_cap_is_hard),
        cmocka_unit_test(test_large_pieces_among_small),
        cmocka_unit_test(test_copies_and_texts),
        cmocka_unit_test(test_protobuf_allocator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
