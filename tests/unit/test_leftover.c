/* test_leftover.c: what a conversion did not take: by path, counted, never lost.
 * Never converts. */
#include <stdio.h>
#include <stdlib.h>

#include "client/exchange/leftover.h"
#include "tests/lib/check.h"

static void check_left(const struct leftover *leftover, const char *text)
{
    json_t *json = leftover_to_json(leftover);
    char *got = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(got, text);
    free(got);
    json_decref(json);
}

static void paths_and_counts(void **state)
{
    struct leftover leftover = {0};
    json_t *json = json_loads("{\"a\":1,\"b\":[{\"c\":\"x\",\"d\":null},{\"c\":\"y\",\"e\":false}],"
                              "\"f\":{},\"g\":[[]],\"h\":\"\",\"i\":{\"j\":true}}",
                              0, NULL);
    (void)state;
    leftover_add_json(&leftover, "", json);
    check_left(&leftover, "{\"a\":1,\"b[].c\":2,\"i.j\":1}");
    json_decref(json);
}

static void what_has_no_room_is_counted(void **state)
{
    static struct leftover leftover;
    char name[16];
    (void)state;
    for (int i = 0; i < LEFTOVER_NAMES_MAX + 3; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        leftover_add(&leftover, name);
    }
    leftover_add(&leftover, "n0");
    assert_int_equal(leftover.unnamed, 3);
    assert_int_equal(leftover.count, LEFTOVER_NAMES_MAX);
    assert_int_equal(leftover.names[0].count, 2);
}

static void depth_ends_with_the_room_for_a_path(void **state)
{
    struct leftover leftover = {0};
    json_t *json = json_string("x");
    (void)state;
    for (int i = 0; i < 500; i++)
        json = json_pack("{s:o}", "inner", json);
    leftover_add_json(&leftover, "", json);
    assert_int_equal(leftover.count, 1);
    assert_int_equal(leftover.names[0].count, 1);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_and_counts),
        cmocka_unit_test(what_has_no_room_is_counted),
        cmocka_unit_test(depth_ends_with_the_room_for_a_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
