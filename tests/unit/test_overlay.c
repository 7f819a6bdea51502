/* test_overlay.c: every change can be found, taken back and sorted; a random history against plain copies.
 * Never a disk. */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/ledger/overlay.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

enum { KEYS = 700, MARKS = 8, STEPS = 60000 };

/* 0: says nothing; 1: gone; else the value made of that number. */
static uint32_t model[KEYS], accepted[KEYS], marked[MARKS][KEYS];

static struct span key_of(size_t i, char ret[32])
{
    int len = snprintf(ret, 32, i % 3 == 0 ? "%zu" : "key-%zu", i);
    return span_of(ret, (size_t)len);
}

static struct span value_of(uint32_t number, uint8_t *ret)
{
    size_t len = number % 97 == 0 ? 300000 : number % 13 == 0 ? 0 : number % 200;
    memset(ret, (int)(number % 251), len);
    return span_of(ret, len);
}

static void assert_all(const struct overlay *overlay, const uint32_t *expected)
{
    static uint8_t bytes[300000];
    size_t count = 0;
    for (size_t i = 0; i < KEYS; i++) {
        char text[32];
        struct span got;
        enum overlay_state state = overlay_find(overlay, key_of(i, text), &got);
        if (expected[i] == 0) {
            assert_int_equal(state, OVERLAY_NONE);
            continue;
        }
        count++;
        assert_int_equal(state, expected[i] == 1 ? OVERLAY_GONE : OVERLAY_VALUE);
        if (expected[i] > 1) {
            assert_true(span_is_equal(got, value_of(expected[i], bytes)));
        }
    }
    assert_int_equal(overlay_count(overlay), count);
}

static void assert_sorted(struct overlay *overlay)
{
    struct overlay_change *const *changes;
    size_t count = overlay_sort(overlay, &changes);
    assert_int_equal(count, overlay_count(overlay));
    for (size_t i = 1; i < count; i++) {
        const struct overlay_change *a = changes[i - 1], *b = changes[i];
        size_t len = a->key_len < b->key_len ? a->key_len : b->key_len;
        int order = memcmp(a->key, b->key, len);
        assert_true(order < 0 || (order == 0 && a->key_len < b->key_len));
    }
}

static void test_random_history(void **state)
{
    (void)state;
    static uint8_t bytes[300000];
    struct dice dice;
    dice_init(&dice, dice_seed());
    struct overlay *overlay = overlay_create(NULL);
    size_t marks[MARKS], mark_count = 0;
    uint32_t number = 2;
    for (int step = 0; step < STEPS; step++) {
        uint64_t choice = dice_below(&dice, 1000);
        if (choice < 900) {
            char text[32];
            size_t i = (size_t)dice_below(&dice, KEYS);
            bool is_gone = dice_chance(&dice, 20);
            model[i] = is_gone ? 1 : number++;
            struct span value = is_gone ? span_of(NULL, 0) : value_of(model[i], bytes);
            assert_true(overlay_put(overlay, key_of(i, text), is_gone ? NULL : &value));
        } else if (choice < 940 && mark_count < MARKS) {
            marks[mark_count] = overlay_mark(overlay);
            memcpy(marked[mark_count++], model, sizeof(model));
        } else if (choice < 970 && mark_count > 0) {
            mark_count = (size_t)dice_below(&dice, mark_count);
            overlay_revert(overlay, marks[mark_count]);
            memcpy(model, marked[mark_count], sizeof(model));
        } else if (choice < 980) {
            overlay_revert(overlay, 0);
            memcpy(model, accepted, sizeof(model));
            mark_count = 0;
        } else if (choice < 997) {
            overlay_accept(overlay);
            memcpy(accepted, model, sizeof(model));
            mark_count = 0;
        } else {
            overlay_accept(overlay);
            overlay_clear(overlay);
            memset(model, 0, sizeof(model));
            memset(accepted, 0, sizeof(accepted));
            mark_count = 0;
            assert_int_equal(overlay_bytes(overlay), 0);
        }
        if (choice >= 940 && step % 4 == 0) {
            assert_all(overlay, model);
            assert_sorted(overlay);
        }
    }
    assert_all(overlay, model);
    overlay_destroy(overlay);
    overlay_destroy(NULL);
}

/* What was lent stays as it was, and taking everything back gives all memory back. */
static void test_lent_and_taken_back(void **state)
{
    (void)state;
    struct overlay *overlay = overlay_create(NULL);
    struct span key = span_text("k"), one = span_text("one"), two = span_text("two!"), lent, got;
    assert_int_equal(overlay_find(overlay, key, &lent), OVERLAY_NONE);
    overlay_revert(overlay, 0);
    assert_true(overlay_put(overlay, key, &one));
    overlay_accept(overlay);
    size_t before = overlay_bytes(overlay);
    assert_int_equal(overlay_find(overlay, key, &lent), OVERLAY_VALUE);
    assert_true(overlay_put(overlay, key, &two));
    for (uint32_t i = 0; i < 100000; i++) {
        assert_true(overlay_put(overlay, span_of(&i, sizeof(i)), &two));
    }
    assert_true(span_is_equal(lent, one));
    overlay_revert(overlay, 0);
    assert_int_equal(overlay_find(overlay, key, &got), OVERLAY_VALUE);
    assert_true(span_is_equal(got, one));
    assert_int_equal(overlay_bytes(overlay), before);
    assert_int_equal(overlay_count(overlay), 1);
    assert_true(overlay_put(overlay, key, &one));
    assert_int_equal(overlay_mark(overlay), 0);
    overlay_destroy(overlay);
}

static void test_siblings(void **state)
{
    (void)state;
    struct overlay *older = overlay_create(NULL), *newer = overlay_create(older);
    const struct span old = span_text("old"), new = span_text("new");
    struct span got;
    for (size_t i = 0; i < KEYS; i++) {
        char text[32];
        assert_true(i % 3 == 0 || overlay_put(older, key_of(i, text), i % 3 == 1 ? &old : NULL));
        assert_true(i % 4 < 2 || overlay_put(newer, key_of(i, text), i % 4 == 2 ? &new : NULL));
    }
    for (size_t i = 0; i < KEYS; i++) {
        char text[32];
        enum overlay_state said = overlay_find_newest(newer, older, key_of(i, text), &got);
        enum overlay_state expected = i % 4 == 2   ? OVERLAY_VALUE
                                      : i % 4 == 3 ? OVERLAY_GONE
                                      : i % 3 == 0 ? OVERLAY_NONE
                                      : i % 3 == 1 ? OVERLAY_VALUE
                                                   : OVERLAY_GONE;
        assert_int_equal(said, expected);
        if (said == OVERLAY_VALUE) {
            assert_true(span_is_equal(got, i % 4 == 2 ? new : old));
        }
    }
    overlay_destroy(newer);
    overlay_destroy(older);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_history),
        cmocka_unit_test(test_siblings),
        cmocka_unit_test(test_lent_and_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
