/* test_columns.c: every act as a table: headers, cells into JSON and back, nothing of a message without a column.
 * Never reads a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "proto/custody.pb-c.h"
#include "client/lib/reflect.h"
#include "client/exchange/columns.h"
#include "client/exchange/leftover.h"
#include "tests/lib/check.h"

static struct columns of(const char *act)
{
    struct columns columns;
    columns_of(body_descriptor(body_act_from_name(act)), &columns);
    return columns;
}

static void check_head(const char *cell, const char *name, const char *unit)
{
    struct columns_head head;
    columns_read_head(cell, &head);
    assert_string_equal(head.name, name);
    assert_string_equal(head.unit, unit);
}

static void headers(void **state)
{
    (void)state;
    check_head("mass_g", "mass_g", "");
    check_head("mass_kg", "mass", "kg");
    check_head(" Planned mass_T ", "planned_mass", "t");
    check_head("重量(kg)", "mass", "kg");
    check_head("重量（千克）", "mass", "kg");
    check_head("移出量 (吨)", "planned_mass", "t");
    check_head("容器编码*", "code", "");
    check_head("Waste Code", "waste_code", "");
    check_head("备注", "备注", "");
    assert_string_equal(columns_chinese("mass"), "重量");
    assert_null(columns_chinese("remark"));
}

static void columns_have_one_name_each_in_every_act(void **state)
{
    static const char *const kept_for_the_row[] = {
        "entry", "statement", "author", "recorded_at", "given_number", "act", "occurred_at"};
    (void)state;
    for (uint32_t act = 16; act < 128; act++) {
        const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
        struct columns columns;
        if (descriptor == NULL)
            continue;
        columns_of(descriptor, &columns);
        assert_true(columns.count < COLUMNS_MAX);
        for (size_t i = 0; i < columns.count; i++)
            for (size_t k = 0; k < i; k++)
                assert_string_not_equal(columns.all[i].name, columns.all[k].name);
        for (size_t i = 0; i < sizeof(kept_for_the_row) / sizeof(kept_for_the_row[0]); i++)
            assert_null(columns_find(&columns, kept_for_the_row[i]));
    }
}

static void put(const struct columns *columns,
                const char *name,
                const char *unit,
                const char *text,
                json_t *body,
                json_t **item)
{
    const struct column *column = columns_find(columns, name);
    assert_non_null(column);
    assert_true(columns_put(column, unit, text, body, item));
}

static void check_json(json_t *json, const char *text)
{
    char *got = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(got, text);
    free(got);
}

static void cells_into_a_manifest(void **state)
{
    struct columns columns = of("issue_manifest");
    json_t *body = json_object(), *item = NULL;
    (void)state;
    put(&columns, "receiver", "", "uscc:P", body, &item);
    put(&columns, "carrier", "", "uscc:C", body, &item);
    put(&columns, "vehicle", "", "藏G1/yellow", body, &item);
    put(&columns, "planned_mass", "t", "1.5", body, &item);
    put(&columns, "waste_code", "", "900-214-08", body, &item);
    put(&columns, "form", "", "液态", body, &item);
    assert_true(columns_put_items(&columns, body, json_pack("[o]", item)));
    check_json(body, "{\"plan\":{\"legs\":[{\"carrier\":\"uscc:C\",\"vehicle\":\"藏G1/yellow\"}],"
                     "\"lines\":[{\"form\":\"liquid\",\"planned_mass\":\"1.5 t\","
                     "\"waste_code\":\"900-214-08\"}],\"receiver\":\"uscc:P\"}}");
    assert_int_equal(json_array_size(columns_items(&columns, body)), 1);
    json_decref(body);
}

static void lists_texts_and_plain_items(void **state)
{
    struct columns columns = of("register_party");
    json_t *body = json_object(), *item = NULL;
    (void)state;
    put(&columns, "kinds", "", "产废单位;carrier", body, &item);
    put(&columns, "name", "", "林芝市人民医院", body, &item);
    assert_null(item);
    check_json(body, "{\"kinds\":[\"generator\",\"carrier\"],\"name\":\"林芝市人民医院\"}");
    assert_null(columns_items(&columns, body));
    json_decref(body);
    columns = of("store");
    body = json_object();
    put(&columns, "code", "", "B1", body, &item);
    put(&columns, "temperature", "C", "4.5", body, &item);
    assert_true(columns_put_items(&columns, body, json_pack("[o]", item)));
    check_json(body, "{\"containers\":[\"B1\"],\"temperature\":\"4.5 C\"}");
    json_decref(body);
}

/* What a message says comes out in columns, goes back in, and is the same; nothing is left over. */
static void check_round_trip(const char *act, const char *text)
{
    struct columns columns = of(act);
    struct custody_problem problem;
    ProtobufCMessage *first = NULL, *second = NULL;
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(body_act_from_name(act));
    json_t *given = json_loads(text, 0, NULL), *back = json_object(), *items = json_array();
    json_t *item;
    size_t index;
    assert_int_equal(reflect_from_json(descriptor, given, &first, &problem), CUSTODY_OK);
    json_t *whole = reflect_to_json(first);
    json_t *body = json_deep_copy(whole);
    json_array_foreach(columns_items(&columns, body), index, item)
    {
        json_t *made = NULL;
        for (size_t i = 0; i < columns.count; i++) {
            char *cell = columns.all[i].is_item ? columns_take(&columns.all[i], item) : NULL;
            if (cell != NULL)
                assert_true(columns_put(&columns.all[i], "", cell, back, &made));
            free(cell);
        }
        json_array_append_new(items, made);
    }
    for (size_t i = 0; i < columns.count; i++) {
        json_t *none = NULL;
        char *cell = columns.all[i].is_item ? NULL : columns_take(&columns.all[i], body);
        if (cell != NULL)
            assert_true(columns_put(&columns.all[i], "", cell, back, &none));
        free(cell);
    }
    if (json_array_size(items) > 0)
        assert_true(columns_put_items(&columns, back, items));
    else
        json_decref(items);
    assert_int_equal(reflect_from_json(descriptor, back, &second, &problem), CUSTODY_OK);
    json_t *again = reflect_to_json(second);
    assert_true(json_equal(whole, again));
    reflect_free(first);
    reflect_free(second);
    json_decref(given);
    json_decref(whole);
    json_decref(body);
    json_decref(back);
    json_decref(again);
}

static void round_trips(void **state)
{
    (void)state;
    check_round_trip("pack", "{\"generator\":\"a:1\",\"place\":\"Z\",\"containers\":[{\"code\":"
                             "\"B1\",\"waste_code\":\"841-001-01\",\"mass_g\":2300,\"mass_source\":"
                             "\"weighed\",\"package\":\"bag\",\"epidemic\":true,\"times\":{"
                             "\"packed_before_us\":5}},{\"code\":\"B2\"}]}");
    check_round_trip("store", "{\"generator\":\"a:1\",\"place\":\"a:1/Z\",\"containers\":[\"B1\","
                              "\"B2\"],\"boxes\":[\"X\",\"Y\"],\"temperature_mc\":-4500}");
    check_round_trip("receive", "{\"generator\":\"a:1\",\"containers\":[{\"code\":\"B1\","
                                "\"verdict\":\"rejected\",\"reason\":\"packaging\"}],"
                                "\"remainder\":\"accepted\",\"bulk\":[{\"line\":2,\"mass_g\":7}]}");
    check_round_trip("issue_manifest",
                     "{\"plan\":{\"generator\":\"a:1\",\"receiver\":\"b:2\",\"lines\":[{"
                     "\"waste_code\":\"900-214-08\",\"planned_mass_g\":9},{\"waste_code\":"
                     "\"900-041-49\"}],\"legs\":[{\"carrier\":\"c:3\",\"vehicle\":\"A1/blue\"}]}}");
    check_round_trip("register_party", "{\"party\":\"a:1\",\"kinds\":[\"generator\",\"facility\"],"
                                       "\"division\":\"540402\",\"beds\":20}");
    check_round_trip("clean", "{\"vehicle\":\"A1/blue\",\"agent\":\"C12\"}");
}

static void what_has_no_column_is_left(void **state)
{
    struct columns columns = of("issue_manifest");
    struct leftover leftover = {0};
    json_t *body = json_loads("{\"plan\":{\"receiver\":\"b\",\"legs\":[{\"carrier\":\"c\"},"
                              "{\"carrier\":\"d\"}]}}",
                              0, NULL);
    (void)state;
    for (size_t i = 0; i < columns.count; i++)
        if (!columns.all[i].is_item)
            free(columns_take(&columns.all[i], body));
    leftover_add_json(&leftover, "", body);
    json_t *left = leftover_to_json(&leftover);
    check_json(left, "{\"plan.legs[].carrier\":1}");
    json_decref(left);
    json_decref(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(columns_have_one_name_each_in_every_act),
        cmocka_unit_test(cells_into_a_manifest),
        cmocka_unit_test(lists_texts_and_plain_items),
        cmocka_unit_test(round_trips),
        cmocka_unit_test(what_has_no_column_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
