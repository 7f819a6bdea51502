/* test_transition.c: shows every cell of the state machine, one by one.
 *
 * Each row says what an act does for the holder, one named by the manifest, one countersigned by the holder, anyone of the right
 * kind while nobody holds it, and one without standing:
 *   x contested   = no change   . stays   n new fill   p packed   s stored   t in transit   r received   j rejected   f fed
 *   e ended   l lost */
#include <string.h>

#include "daemon/domain/transition.h"
#include "tests/lib/check.h"

/* clang-format off */
/* In the order of enum transition_act. */
static const char *const expected[CONTAINER_STATES][TRANSITION_ACTS] = {
    /*                       pack     store    load     accepted rejected missing  feed     nest     unnest   transfer deposit  relabel  lose     close */
    [CONTAINER_NONE]       = {"xxxpx", "xxxsx", "xtxtx", "xrxrx", "xjxjx", "x.xxx", "xxxfx", "xxx.x", "xxx.x", "xxxtx", "xrxrx", "xxx.x", "xxxlx", "eeeee"},
    [CONTAINER_PACKED]     = {"=x==x", "sxsxx", "tttxx", "rrrxx", "jjjxx", "...xx", "fxfxx", ".x.xx", ".x.xx", "xxtxx", "rrrxx", ".x.xx", "lxlxx", "eeeee"},
    [CONTAINER_STORED]     = {"=x==x", ".x.xx", "tttxx", "rrrxx", "jjjxx", "...xx", "fxfxx", ".x.xx", ".x.xx", "xxtxx", "rrrxx", ".x.xx", "lxlxx", "eeeee"},
    [CONTAINER_IN_TRANSIT] = {"=x==x", ".x.xx", "=ttxx", "rrrxx", "jjjxx", "...xx", "xxfxx", ".x.xx", ".x.xx", "txtxx", "rrrxx", ".x.xx", "lxlxx", "eeeee"},
    [CONTAINER_RECEIVED]   = {"=x==x", ".x.xx", "tttxx", "=rrxx", "jjjxx", "...xx", "fxfxx", ".x.xx", ".x.xx", "xxtxx", "rrrxx", ".x.xx", "lxlxx", "eeeee"},
    [CONTAINER_REJECTED]   = {"=x==x", ".xssx", "ttttx", "rrrrx", "====x", "...xx", "xxfxx", ".x..x", ".x..x", ".x..x", "rrrrx", ".x..x", "lxlxx", "eeeee"},
    [CONTAINER_FED]        = {"nxxnx", "xxxxx", "xxxxx", "=xxxx", "xxxxx", "xxxxx", "=xxxx", "xxxxx", "=xxxx", "xxxxx", "xxxxx", "xxxxx", "xxxxx", "====="},
    [CONTAINER_ENDED]      = {"nxxnx", "xxxxx", "xxxxx", "xxxxx", "xxxxx", "xxxxx", "xxxxx", "xxxxx", "xxxxx", "xxxxx", "xxxxx", "xxxxx", "xxxxx", "====="},
    [CONTAINER_LOST]       = {"nxxnx", "sxsxx", "txtxx", "rrrxx", "jjjxx", "...xx", "fxfxx", "xxxxx", "xxxxx", "xxxxx", "xxxxx", "xxxxx", "=x=xx", "eeeee"},
};
/* clang-format on */

static struct transition cell_of(char letter, enum container_state state)
{
    static const struct {
        char letter;
        enum container_state next;
    } moves[] = {
        {'p', CONTAINER_PACKED},   {'s', CONTAINER_STORED},   {'t', CONTAINER_IN_TRANSIT},
        {'r', CONTAINER_RECEIVED}, {'j', CONTAINER_REJECTED}, {'f', CONTAINER_FED},
        {'e', CONTAINER_ENDED},    {'l', CONTAINER_LOST},
    };
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        if (moves[i].letter == letter) {
            return (struct transition){TRANSITION_MOVES, moves[i].next};
        }
    }
    switch (letter) {
    case 'n':
        return (struct transition){TRANSITION_NEW_FILL, CONTAINER_PACKED};
    case '.':
        return (struct transition){TRANSITION_STAYS, state};
    case '=':
        return (struct transition){TRANSITION_NO_CHANGE, state};
    default:
        return (struct transition){TRANSITION_CONTESTED, state};
    }
}

static void test_every_cell_is_as_written(void **unused)
{
    (void)unused;
    for (int state = 0; state < CONTAINER_STATES; state++) {
        for (int act = 0; act < TRANSITION_ACTS; act++) {
            const char *row = expected[state][act];
            assert_int_equal(strlen(row), STANDINGS);
            for (int standing = 0; standing < STANDINGS; standing++) {
                struct transition want = cell_of(row[standing], (enum container_state)state);
                struct transition got = transition_find(
                    (enum container_state)state, (enum transition_act)act, (enum standing)standing);
                if (want.effect != got.effect || want.next != got.next) {
                    fail_msg("state %d act %d standing %d", state, act, standing);
                }
            }
        }
    }
}

/* But for an order: a permission was granted for it. */
static void test_without_standing_nothing_ever_moves(void **unused)
{
    (void)unused;
    for (int state = 0; state < CONTAINER_STATES; state++) {
        for (int act = 0; act < TRANSITION_ACTS; act++) {
            if (act == TRANSITION_CLOSE)
                continue;
            struct transition got = transition_find((enum container_state)state,
                                                    (enum transition_act)act, STANDING_NONE);
            assert_int_equal(got.effect, TRANSITION_CONTESTED);
            assert_int_equal(got.next, state);
        }
    }
}

static void test_only_a_pack_opens_what_has_ended(void **unused)
{
    (void)unused;
    static const enum container_state ends[] = {CONTAINER_FED, CONTAINER_ENDED};
    for (size_t i = 0; i < 2; i++) {
        for (int act = 0; act < TRANSITION_ACTS; act++) {
            for (int standing = 0; standing < STANDINGS; standing++) {
                enum transition_effect effect =
                    transition_find(ends[i], (enum transition_act)act, (enum standing)standing)
                        .effect;
                if (act == TRANSITION_PACK) {
                    assert_true(effect == TRANSITION_NEW_FILL || effect == TRANSITION_CONTESTED);
                } else {
                    assert_true(effect == TRANSITION_NO_CHANGE || effect == TRANSITION_CONTESTED);
                }
            }
        }
    }
}

static void test_what_is_outside_the_table_is_contested(void **unused)
{
    (void)unused;
    assert_int_equal(
        transition_find((enum container_state)99, TRANSITION_PACK, STANDING_HOLDER).effect,
        TRANSITION_CONTESTED);
    assert_int_equal(transition_find(CONTAINER_NONE, TRANSITION_ACTS, STANDING_FREE).effect,
                     TRANSITION_CONTESTED);
    assert_int_equal(transition_find(CONTAINER_NONE, TRANSITION_PACK, STANDINGS).effect,
                     TRANSITION_CONTESTED);
}

static void test_states_have_names_of_their_own(void **unused)
{
    (void)unused;
    for (int a = 0; a < CONTAINER_STATES; a++) {
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(transition_state_name((enum container_state)a),
                                    transition_state_name((enum container_state)b));
        }
    }
    assert_string_equal(transition_state_name(CONTAINER_IN_TRANSIT), "in transit");
    assert_string_equal(transition_state_name((enum container_state)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cell_is_as_written),
        cmocka_unit_test(test_without_standing_nothing_ever_moves),
        cmocka_unit_test(test_only_a_pack_opens_what_has_ended),
        cmocka_unit_test(test_what_is_outside_the_table_is_contested),
        cmocka_unit_test(test_states_have_names_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
