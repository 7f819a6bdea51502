/* test_scanned.c: codes as a scanner gives them: the party is taken off, a wrong one is named, all else stays. */
#include <string.h>

#include "proto/custody.pb-c.h"
#include "client/lib/reflect.h"
#include "client/lib/roll.h"
#include "client/lib/scanned.h"
#include "tests/lib/check.h"

#define WARD "uscc:12540402DEMO00001X"

static enum custody_status tidy(const ProtobufCMessageDescriptor *descriptor,
                                const char *text,
                                json_t **ret,
                                struct custody_problem *problem)
{
    ProtobufCMessage *body = NULL;
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    assert_int_equal(reflect_from_json(descriptor, json, &body, problem), CUSTODY_OK);
    json_decref(json);
    enum custody_status status = scanned_tidy(body, problem);
    *ret = reflect_to_json(body);
    reflect_free(body);
    return status;
}

static void the_party_is_taken_off(void **state)
{
    struct custody_problem problem;
    json_t *json = NULL;
    (void)state;
    assert_int_equal(tidy(&custody__v1__load_body__descriptor,
                          "{\"generator\": \"" WARD "\", \"containers\": [{\"code\": \"" WARD
                          "/A1\"}, {\"code\": \"A2\"}, {\"code\": \"a/b\"}]}",
                          &json, &problem),
                     CUSTODY_OK);
    const json_t *all = json_object_get(json, "containers");
    const char *const expected[] = {"A1", "A2", "a/b"};
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(all, i), "code")),
                            expected[i]);
    json_decref(json);
    assert_int_equal(tidy(&custody__v1__feed_body__descriptor,
                          "{\"generator\": \"" WARD
                          "\", \"batch\": \"P1\", \"containers\": [\"" WARD "/A1\", \"A2\"]}",
                          &json, &problem),
                     CUSTODY_OK);
    all = json_object_get(json, "containers");
    assert_string_equal(json_string_value(json_array_get(all, 0)), "A1");
    assert_string_equal(json_string_value(json_array_get(all, 1)), "A2");
    json_decref(json);
}

static void anothers_container_is_named(void **state)
{
    struct custody_problem problem;
    json_t *json = NULL;
    (void)state;
    assert_int_equal(tidy(&custody__v1__load_body__descriptor,
                          "{\"generator\": \"" WARD
                          "\", \"containers\": [{\"code\": \"uscc:other/A1\"}]}",
                          &json, &problem),
                     CUSTODY_ERR_INVALID);
    assert_string_equal(problem.field, "code");
    assert_string_equal(problem.got, "uscc:other/A1");
    json_decref(json);
}

static void a_wrong_check_character_is_named(void **state)
{
    static const uint8_t key[PUBLIC_KEY_SIZE] = {1, 2, 3, 4};
    char code[ROLL_CODE_LENGTH + 1], text[200];
    struct custody_problem problem;
    json_t *json = NULL;
    (void)state;
    roll_write(key, 7, code);
    for (int is_wrong = 0; is_wrong < 2; is_wrong++) {
        if (is_wrong)
            code[3] = code[3] == '0' ? '1' : '0';
        snprintf(text, sizeof(text),
                 "{\"generator\": \"" WARD
                 "\", \"containers\": [{\"old_code\": \"A\", \"new_code\": "
                 "\"" WARD "/%s\"}]}",
                 code);
        assert_int_equal(tidy(&custody__v1__relabel_body__descriptor, text, &json, &problem),
                         is_wrong ? CUSTODY_ERR_INVALID : CUSTODY_OK);
        json_decref(json);
    }
    assert_string_equal(problem.field, "new_code");
}

/* A place's code, a vehicle, a batch are no containers. */
static void nothing_else_is_touched(void **state)
{
    struct custody_problem problem;
    json_t *json = NULL;
    (void)state;
    assert_int_equal(tidy(&custody__v1__feed_body__descriptor,
                          "{\"generator\": \"" WARD "\", \"batch\": \"" WARD
                          "/P1\", \"line\": \"x:y/z\"}",
                          &json, &problem),
                     CUSTODY_OK);
    assert_string_equal(json_string_value(json_object_get(json, "batch")), WARD "/P1");
    assert_string_equal(json_string_value(json_object_get(json, "line")), "x:y/z");
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_party_is_taken_off),
        cmocka_unit_test(anothers_container_is_named),
        cmocka_unit_test(a_wrong_check_character_is_named),
        cmocka_unit_test(nothing_else_is_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
