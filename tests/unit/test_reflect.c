/* test_reflect.c: JSON to messages and back: every act filled to the brim, every kind of value, bad input.
 * Never names an act: the descriptors are walked. */
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "proto/custody.pb-c.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "tests/lib/check.h"

/* A value for every field, different from its default; of a oneof only the first member. */
static json_t *filled(const ProtobufCMessageDescriptor *descriptor, unsigned which);

static json_t *value_for(const ProtobufCFieldDescriptor *field, unsigned which)
{
    char name[REFLECT_NAME_MAX];
    const ProtobufCEnumDescriptor *values = field->descriptor;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return json_string("医院 text");
    case PROTOBUF_C_TYPE_BYTES:
        return json_string("00ff10ab");
    case PROTOBUF_C_TYPE_BOOL:
        return json_true();
    case PROTOBUF_C_TYPE_ENUM:
        reflect_write_enum(values, values->values[values->n_values - 1].value, name);
        return json_string(name);
    case PROTOBUF_C_TYPE_MESSAGE:
        return filled(field->descriptor, which);
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SINT64:
        return json_integer(-7);
    case PROTOBUF_C_TYPE_UINT32:
        return json_integer(4294967295);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    return json_integer(1777593600000000);
}

static json_t *filled(const ProtobufCMessageDescriptor *descriptor, unsigned which)
{
    json_t *object = json_object();
    unsigned member = 0;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        bool is_oneof = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
        json_t *value = value_for(field, which);
        if (is_oneof && member++ != which) {
            json_decref(value);
            continue;
        }
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            json_t *list = json_array();
            json_array_append(list, value);
            json_array_append_new(list, value);
            value = list;
        }
        json_object_set_new(object, field->name, value);
    }
    return object;
}

/* JSON -> message -> canonical bytes -> message -> the same JSON. */
static void round_trip(const ProtobufCMessageDescriptor *descriptor, bool is_body, unsigned which)
{
    struct custody_problem problem;
    ProtobufCMessage *message = NULL;
    struct body_fault fault;
    json_t *json = filled(descriptor, which);
    enum custody_status status = reflect_from_json(descriptor, json, &message, &problem);
    if (status != CUSTODY_OK)
        print_error("%s: %s expected %s got %s\n", descriptor->name, problem.field,
                    problem.expected, problem.got);
    assert_int_equal(status, CUSTODY_OK);
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(len + 1);
    assert_int_equal(protobuf_c_message_pack(message, bytes), len);
    if (is_body && !body_scan(descriptor, span_of(bytes, len), &fault)) {
        print_error("%s: %s %s\n", descriptor->name, fault.path, fault.expected);
        fail();
    }
    ProtobufCMessage *again = protobuf_c_message_unpack(descriptor, NULL, len, bytes);
    assert_non_null(again);
    json_t *back = reflect_to_json(again);
    if (!json_equal(json, back))
        print_error("%s:\n%s\n%s\n", descriptor->name, json_dumps(json, 0), json_dumps(back, 0));
    assert_true(json_equal(json, back));
    json_decref(back);
    json_decref(json);
    reflect_free(again);
    reflect_free(message);
    free(bytes);
}

static void every_act_round_trips(void **state)
{
    size_t acts = 0;
    (void)state;
    for (uint32_t act = 0; act < 128; act++) {
        const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
        if (descriptor == NULL)
            continue;
        for (unsigned which = 0; which < 3; which++)
            round_trip(descriptor, true, which);
        acts++;
    }
    assert_int_equal(acts, 51);
}

static void every_answer_round_trips(void **state)
{
    static const ProtobufCMessageDescriptor *const answers[] = {
        &custody__v1__receipt__descriptor,        &custody__v1__problem__descriptor,
        &custody__v1__trace_reply__descriptor,    &custody__v1__unclosed_reply__descriptor,
        &custody__v1__findings_reply__descriptor, &custody__v1__show_reply__descriptor,
        &custody__v1__party_reply__descriptor,    &custody__v1__status_reply__descriptor,
        &custody__v1__hello_reply__descriptor,    &custody__v1__trace_request__descriptor,
    };
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        round_trip(answers[i], false, 0);
}

static ProtobufCMessage *parse(const ProtobufCMessageDescriptor *descriptor, const char *text)
{
    struct custody_problem problem;
    json_t *json = NULL;
    ProtobufCMessage *message = NULL;
    assert_int_equal(reflect_parse_text(text, &json, &problem), CUSTODY_OK);
    enum custody_status status = reflect_from_json(descriptor, json, &message, &problem);
    if (status != CUSTODY_OK)
        print_error("%s: %s, %s, %s\n", text, problem.field, problem.expected, problem.got);
    assert_int_equal(status, CUSTODY_OK);
    json_decref(json);
    return message;
}

static void people_write_quantities(void **state)
{
    (void)state;
    ProtobufCMessage *message =
        parse(&custody__v1__pack_body__descriptor,
              "{\"generator\":\"uscc:A\",\"containers\":[{\"code\":\"B1\",\"mass\":\"2.3 kg\","
              "\"mass_source\":\"MASS_WEIGHED\",\"package\":1,\"epidemic\":\"yes\","
              "\"times\":{\"generated_before\":\"90min\",\"packed_before_us\":\"7\"}},"
              "{\"code\":\"B2\",\"mass_g\":\"1.5kg\",\"mass_source\":\"2\"},"
              "{\"code\":\"B3\",\"mass_g\":\"150\"}]}");
    const Custody__V1__PackBody *pack = (const Custody__V1__PackBody *)message;
    assert_int_equal(pack->containers[0]->mass_g, 2300);
    assert_int_equal(pack->containers[0]->mass_source, CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED);
    assert_int_equal(pack->containers[0]->package, CUSTODY__V1__PACKAGE_KIND__PACKAGE_BAG);
    assert_true(pack->containers[0]->epidemic);
    assert_int_equal(pack->containers[0]->times->generated_before_us, UINT64_C(5400000000));
    assert_int_equal(pack->containers[0]->times->packed_before_us, 7);
    assert_int_equal(pack->containers[1]->mass_g, 1500);
    assert_int_equal(pack->containers[1]->mass_source, CUSTODY__V1__MASS_SOURCE__MASS_TYPED);
    assert_int_equal(pack->containers[2]->mass_g, 150);
    reflect_free(message);
}

static void short_forms(void **state)
{
    (void)state;
    ProtobufCMessage *message =
        parse(&custody__v1__store_body__descriptor,
              "{\"place\":\"uscc:A/T1\",\"temperature\":\"-4.5 C\",\"containers\":[\"B1\"]}");
    const Custody__V1__StoreBody *store = (const Custody__V1__StoreBody *)message;
    assert_string_equal(store->place->party, "uscc:A");
    assert_string_equal(store->place->code, "T1");
    assert_int_equal(store->temperature_case, CUSTODY__V1__STORE_BODY__TEMPERATURE_TEMPERATURE_MC);
    assert_int_equal(store->temperature_mc, -4500);
    reflect_free(message);

    message = parse(&custody__v1__depart_body__descriptor,
                    "{\"start\":\"T1\",\"vehicle\":\"藏G00001/yellow\"}");
    const Custody__V1__DepartBody *depart = (const Custody__V1__DepartBody *)message;
    assert_string_equal(depart->start->code, "T1");
    assert_string_equal(depart->start->party, "");
    assert_string_equal(depart->vehicle->plate, "藏G00001");
    assert_int_equal(depart->vehicle->colour, CUSTODY__V1__PLATE_COLOUR__PLATE_YELLOW);
    reflect_free(message);

    message = parse(&custody__v1__countersign_body__descriptor, "{\"target\":\"00ff:12:aabb\"}");
    const Custody__V1__CountersignBody *body = (const Custody__V1__CountersignBody *)message;
    assert_int_equal(body->target->sequence, 12);
    assert_int_equal(body->target->key.len, 2);
    assert_int_equal(body->target->id.data[1], 0xbb);
    reflect_free(message);

    message = parse(&custody__v1__feed_body__descriptor, "{\"bulk\":[\"aa/3\"]}");
    assert_int_equal(((const Custody__V1__FeedBody *)message)->bulk[0]->line, 3);
    reflect_free(message);
}

static void times_and_zeroes(void **state)
{
    (void)state;
    ProtobufCMessage *message =
        parse(&custody__v1__register_vehicle_body__descriptor,
              "{\"effective_from\":\"2026-05-01T08:00:00+08:00\",\"effective_until\":0,"
              "\"scopes\":[],\"medical\":false,\"licence\":null}");
    const Custody__V1__RegisterVehicleBody *body =
        (const Custody__V1__RegisterVehicleBody *)message;
    assert_int_equal(body->effective_from, INT64_C(1777593600000000));
    json_t *json = reflect_to_json(message);
    assert_int_equal(json_object_size(json), 1); /* absent and zero are the same */
    json_decref(json);
    reflect_free(message);
    /* ... but a chosen member of a oneof is there, also when it is zero */
    message = parse(&custody__v1__store_body__descriptor, "{\"temperature_mc\":0}");
    json = reflect_to_json(message);
    assert_int_equal(json_integer_value(json_object_get(json, "temperature_mc")), 0);
    assert_int_equal(json_object_size(json), 1);
    json_decref(json);
    reflect_free(message);
}

static void bad_input_is_named(void **state)
{
    static const struct {
        const char *text;
        const char *field;
        const char *expected; /* the start of it */
    } rows[] = {
        {"{\"contaners\":[]}", "contaners", "generator, place, containers"},
        {"{\"containers\":{}}", "containers", "a list"},
        {"{\"containers\":[1]}", "containers[0]", "an object"},
        {"{\"containers\":[{\"code\":5}]}", "containers[0].code", "text"},
        {"{\"containers\":[{},{\"mass_g\":-1}]}", "containers[1].mass_g", "grams"},
        {"{\"containers\":[{\"mass_g\":2.5}]}", "containers[0].mass_g", "grams"},
        {"{\"containers\":[{\"mass_g\":\"2.5 lb\"}]}", "containers[0].mass_g", "grams"},
        {"{\"containers\":[{\"mass\":2300}]}", "containers[0].mass", "a mass with its unit"},
        {"{\"containers\":[{\"mass\":\"2300\"}]}", "containers[0].mass", "a mass with its unit"},
        {"{\"containers\":[{\"mass\":\"1 kg\",\"mass_g\":1000}]}", "containers[0].mass_g",
         "the field once"},
        {"{\"containers\":[{\"mass_source\":\"guessed\"}]}", "containers[0].mass_source",
         "weighed, typed, estimated"},
        {"{\"containers\":[{\"mass_source\":7}]}", "containers[0].mass_source", "weighed"},
        {"{\"containers\":[{\"epidemic\":\"maybe\"}]}", "containers[0].epidemic", "true or false"},
        {"{\"containers\":[{\"code\":\"a\\u0007b\"}]}", "containers[0].code", "printable text"},
        {"{\"containers\":[{\"times\":{\"generated_before\":\"soon\"}}]}",
         "containers[0].times.generated_before", "a duration"},
        {"{\"place\":[]}", "place", "text"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct custody_problem problem;
        json_t *json = NULL;
        ProtobufCMessage *message = NULL;
        assert_int_equal(reflect_parse_text(rows[i].text, &json, &problem), CUSTODY_OK);
        assert_int_equal(
            reflect_from_json(&custody__v1__pack_body__descriptor, json, &message, &problem),
            CUSTODY_ERR_INVALID);
        assert_string_equal(problem.field, rows[i].field);
        assert_memory_equal(problem.expected, rows[i].expected, strlen(rows[i].expected));
        assert_true(problem.got[0] != '\0');
        assert_null(message);
        json_decref(json);
    }
}

static void bad_input_elsewhere(void **state)
{
    static const struct {
        const ProtobufCMessageDescriptor *descriptor;
        const char *text;
        const char *field;
    } rows[] = {
        {&custody__v1__enrol_key_body__descriptor, "{\"key\":\"AB\"}", "key"},
        {&custody__v1__enrol_key_body__descriptor, "{\"key\":\"abc\"}", "key"},
        {&custody__v1__enrol_key_body__descriptor, "{\"key\":12}", "key"},
        {&custody__v1__enrol_key_body__descriptor, "{\"roles\":[\"driver\",\"king\"]}", "roles[1]"},
        {&custody__v1__enrol_key_body__descriptor, "{\"effective_until\":\"tomorrow\"}",
         "effective_until"},
        {&custody__v1__suspend_body__descriptor, "{\"party\":\"a\",\"permit\":\"b\"}", "permit"},
        {&custody__v1__countersign_body__descriptor, "{\"target\":\"00ff:12\"}", "target"},
        {&custody__v1__countersign_body__descriptor, "{\"target\":\"00ff:x:00\"}",
         "target.sequence"},
        {&custody__v1__store_body__descriptor, "{\"place\":\"a/b/c\"}", "place"},
        {&custody__v1__store_body__descriptor, "{\"temperature_mc\":2147483648}", "temperature_mc"},
        {&custody__v1__register_party_body__descriptor, "{\"beds\":4294967296}", "beds"},
        {&custody__v1__register_party_body__descriptor, "{\"beds\":\"ten\"}", "beds"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct custody_problem problem;
        json_t *json = NULL;
        ProtobufCMessage *message = NULL;
        assert_int_equal(reflect_parse_text(rows[i].text, &json, &problem), CUSTODY_OK);
        assert_int_equal(reflect_from_json(rows[i].descriptor, json, &message, &problem),
                         CUSTODY_ERR_INVALID);
        assert_string_equal(problem.field, rows[i].field);
        json_decref(json);
    }
}

static void bad_json_is_placed(void **state)
{
    struct custody_problem problem;
    json_t *json = NULL;
    (void)state;
    assert_int_equal(reflect_parse_text("{\"a\":1,}", &json, &problem), CUSTODY_ERR_INVALID);
    assert_non_null(strstr(problem.got, "line 1"));
    assert_int_equal(reflect_parse_text("{\"a\":1,\"a\":2}", &json, &problem), CUSTODY_ERR_INVALID);
    assert_int_equal(reflect_parse_text("", &json, &problem), CUSTODY_ERR_INVALID);
    assert_int_equal(reflect_parse_text("{\"a\":\"\xff\"}", &json, &problem), CUSTODY_ERR_INVALID);
}

/* Every value of every enum that acts use has a short name of its own. */
static void enum_names_are_distinct(void **state)
{
    static const ProtobufCEnumDescriptor *const enums[] = {
        &custody__v1__role__descriptor,
        &custody__v1__party_kind__descriptor,
        &custody__v1__site_kind__descriptor,
        &custody__v1__place_kind__descriptor,
        &custody__v1__temperature_class__descriptor,
        &custody__v1__activity__descriptor,
        &custody__v1__mass_source__descriptor,
        &custody__v1__package_kind__descriptor,
        &custody__v1__verdict__descriptor,
        &custody__v1__reason_class__descriptor,
        &custody__v1__manifest_type__descriptor,
        &custody__v1__transport_mode__descriptor,
        &custody__v1__remainder__descriptor,
        &custody__v1__measurement__descriptor,
        &custody__v1__reporting_state__descriptor,
        &custody__v1__act__descriptor,
        &custody__v1__plate_colour__descriptor,
        &custody__v1__weight__descriptor,
    };
    char name[REFLECT_NAME_MAX];
    int value;
    (void)state;
    for (size_t i = 0; i < sizeof(enums) / sizeof(enums[0]); i++) {
        for (unsigned k = 0; k < enums[i]->n_values; k++) {
            reflect_write_enum(enums[i], enums[i]->values[k].value, name);
            assert_true(reflect_parse_enum(enums[i], span_text(name), &value));
            assert_int_equal(value, enums[i]->values[k].value);
            assert_true(reflect_parse_enum(enums[i], span_text(enums[i]->values[k].name), &value));
            assert_int_equal(value, enums[i]->values[k].value);
        }
    }
    reflect_write_enum(&custody__v1__role__descriptor, 2, name);
    assert_string_equal(name, "driver");
    reflect_write_enum(&custody__v1__measurement__descriptor, 1, name);
    assert_string_equal(name, "weighbridge");
    reflect_write_enum(&custody__v1__role__descriptor, 77, name);
    assert_string_equal(name, "77");
    assert_false(reflect_parse_enum(&custody__v1__role__descriptor, span_text("Driver"), &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_act_round_trips),   cmocka_unit_test(every_answer_round_trips),
        cmocka_unit_test(people_write_quantities), cmocka_unit_test(short_forms),
        cmocka_unit_test(times_and_zeroes),        cmocka_unit_test(bad_input_is_named),
        cmocka_unit_test(bad_input_elsewhere),     cmocka_unit_test(bad_json_is_placed),
        cmocka_unit_test(enum_names_are_distinct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
