/* test_users.c: a user is found again while pinned, the longest idle makes room.
 * Never opens a socket. */
#include "daemon/server/users.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static const uint8_t *key_of(uint32_t number)
{
    static uint8_t key[32];
    memset(key, 0, sizeof(key));
    memcpy(key, &number, sizeof(number));
    return key;
}

static void test_pins_and_places(void **state)
{
    (void)state;
    struct users *users = users_create(3);
    struct user *one = users_pin(users, key_of(1));
    struct user *two = users_pin(users, key_of(2));
    struct user *three = users_pin(users, key_of(3));
    assert_true(one != two && two != three && one != three);
    assert_ptr_equal(users_pin(users, key_of(1)), one);
    assert_null(users_pin(users, key_of(4)));
    two->submissions.spent = 5;
    users_unpin(users, two);
    assert_ptr_equal(users_pin(users, key_of(2)), two); /* not forgotten while there is room */
    assert_int_equal(two->submissions.spent, 5);
    users_unpin(users, two);
    users_unpin(users, one);
    assert_null(users_pin(users, key_of(4)) == NULL ? one : NULL); /* takes the place of two */
    assert_null(users_pin(users, key_of(5)));                      /* one has a pin left */
    users_unpin(users, one);
    assert_ptr_equal(users_pin(users, key_of(5)), one);
    assert_int_equal(users_count(users), 3);
    users_destroy(users);
    users_destroy(NULL);
}

static void test_the_longest_idle_makes_room(void **state)
{
    (void)state;
    struct users *users = users_create(4);
    struct user *all[4];
    for (uint32_t i = 0; i < 4; i++) {
        all[i] = users_pin(users, key_of(i));
    }
    static const int order[] = {2, 0, 3, 1};
    for (int i = 0; i < 4; i++) {
        users_unpin(users, all[order[i]]);
    }
    users_unpin(users, users_pin(users, key_of(2))); /* 2 was busy again: the newest now */
    static const int expected[] = {0, 3, 1, 2};
    for (uint32_t i = 0; i < 4; i++) {
        assert_ptr_equal(users_pin(users, key_of(100 + i)), all[expected[i]]);
    }
    users_destroy(users);
}

static void test_random_keys(void **state)
{
    (void)state;
    enum { KEYS = 300, PLACES = 100 };
    struct dice dice;
    struct users *users = users_create(PLACES);
    struct user *pinned[KEYS] = {NULL};
    uint32_t pins[KEYS] = {0};
    uint32_t distinct = 0;
    dice_init(&dice, dice_seed());
    for (int step = 0; step < 200000; step++) {
        uint32_t key = (uint32_t)dice_below(&dice, KEYS);
        if (dice_chance(&dice, 50)) {
            struct user *user = users_pin(users, key_of(key));
            assert_true(user != NULL || (distinct == PLACES && pins[key] == 0));
            if (user != NULL) {
                assert_memory_equal(user->key, key_of(key), 32);
                assert_true(pins[key] == 0 || pinned[key] == user);
                pinned[key] = user;
                distinct += pins[key]++ == 0;
            }
        } else if (pins[key] > 0) {
            users_unpin(users, pinned[key]);
            distinct -= --pins[key] == 0;
        }
    }
    users_destroy(users);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pins_and_places),
        cmocka_unit_test(test_the_longest_idle_makes_room),
        cmocka_unit_test(test_random_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
