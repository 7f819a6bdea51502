/* reflect.c: JSON to any message of custody.proto and back, by the message's descriptor.
 * Knows no act and no message by name, except the few names that have a short form. */
#include "client/lib/reflect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/bytes.h"
#include "proto/custody.pb-c.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"

enum { PATH_MAX_LEN = 120, SHORT_TEXT_MAX = 512 };

/* Where the reader is, and where its complaints go. */
struct place {
    char path[PATH_MAX_LEN];
    struct custody_problem *problem;
};

/* ---- members by descriptor ---- */

static void *member(const ProtobufCMessage *message, unsigned offset)
{
    return (char *)(uintptr_t)message + offset;
}

static bool is_repeated(const ProtobufCFieldDescriptor *field)
{
    return field->label == PROTOBUF_C_LABEL_REPEATED;
}

static bool is_oneof(const ProtobufCFieldDescriptor *field)
{
    return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

static size_t element_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return 4;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    }
    return 0;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len > end_len && strcmp(text + len - end_len, end) == 0;
}

/* The unit that a field's name ends with, or NULL. */
static const char *unit_of(const ProtobufCFieldDescriptor *field)
{
    static const char *const units[] = {"_g", "_mc", "_us"};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (ends_with(field->name, units[i]))
            return units[i];
    }
    return NULL;
}

bool reflect_is_unitless_name(const ProtobufCFieldDescriptor *field, const char *name)
{
    const char *unit = unit_of(field);
    size_t len = strlen(name);
    return unit != NULL && strlen(field->name) == len + strlen(unit) &&
           strncmp(field->name, name, len) == 0;
}

const ProtobufCFieldDescriptor *reflect_find_field(const ProtobufCMessageDescriptor *descriptor,
                                                   const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(descriptor, name);
    for (unsigned i = 0; field == NULL && i < descriptor->n_fields; i++) {
        if (reflect_is_unitless_name(&descriptor->fields[i], name))
            field = &descriptor->fields[i];
    }
    return field;
}

ProtobufCMessage *reflect_create(const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = malloc(descriptor->sizeof_message);
    if (message != NULL)
        protobuf_c_message_init(descriptor, message);
    return message;
}

void reflect_free(ProtobufCMessage *message)
{
    if (message != NULL)
        protobuf_c_message_free_unpacked(message, NULL);
}

/* Is there something in a singular field? */
static bool is_present(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const void *at = member(message, field->offset);
    if (is_oneof(field))
        return *(const uint32_t *)member(message, field->quantifier_offset) == field->id;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: {
        const char *text = *(char *const *)at;
        return text != NULL && text[0] != '\0';
    }
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)at)->len > 0;
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(void *const *)at != NULL;
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)at != 0;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return *(const uint32_t *)at != 0;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return *(const uint64_t *)at != 0;
    }
    return false;
}

/* ---- enums ---- */

static bool is_unspecified(const ProtobufCEnumValue *value)
{
    return value->value == 0 && ends_with(value->name, "UNSPECIFIED");
}

/* What the names of an enum begin with, up to an underscore: "ROLE_". */
static size_t common_prefix(const ProtobufCEnumDescriptor *descriptor)
{
    const char *first = NULL;
    size_t len = 0;
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        const char *name = descriptor->values[i].name;
        if (is_unspecified(&descriptor->values[i]))
            continue;
        if (first == NULL) {
            first = name;
            len = strlen(name);
        }
        size_t same = 0;
        while (same < len && name[same] == first[same])
            same++;
        len = same;
    }
    while (len > 0 && first[len - 1] != '_')
        len--;
    return len;
}

static void write_short_name(const ProtobufCEnumDescriptor *descriptor,
                             const ProtobufCEnumValue *value,
                             char ret[static REFLECT_NAME_MAX])
{
    size_t skip = is_unspecified(value) ? strlen(value->name) - strlen("UNSPECIFIED")
                                        : common_prefix(descriptor);
    size_t i = 0;
    for (const char *c = value->name + skip; *c != '\0' && i + 1 < REFLECT_NAME_MAX; c++, i++)
        ret[i] = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    ret[i] = '\0';
}

bool reflect_parse_enum(const ProtobufCEnumDescriptor *descriptor, struct span text, int *ret)
{
    uint64_t number;
    bool is_number = bytes_parse_decimal(text, &number);
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        const ProtobufCEnumValue *value = &descriptor->values[i];
        char name[REFLECT_NAME_MAX];
        write_short_name(descriptor, value, name);
        if ((is_number && number == (uint64_t)value->value) ||
            span_is_equal(text, span_text(name)) || span_is_equal(text, span_text(value->name))) {
            *ret = value->value;
            return true;
        }
    }
    return false;
}

void reflect_write_enum(const ProtobufCEnumDescriptor *descriptor,
                        int value,
                        char ret[static REFLECT_NAME_MAX])
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(descriptor, value);
    if (found == NULL)
        snprintf(ret, REFLECT_NAME_MAX, "%d", value);
    else
        write_short_name(descriptor, found, ret);
}

/* "generator, driver, ..." */
static void list_enum(const ProtobufCEnumDescriptor *descriptor,
                      char ret[static CUSTODY_PROBLEM_TEXT_MAX])
{
    size_t len = 0;
    ret[0] = '\0';
    for (unsigned i = 0; i < descriptor->n_values && len < CUSTODY_PROBLEM_TEXT_MAX; i++) {
        char name[REFLECT_NAME_MAX];
        if (is_unspecified(&descriptor->values[i]))
            continue;
        write_short_name(descriptor, &descriptor->values[i], name);
        int count =
            snprintf(ret + len, CUSTODY_PROBLEM_TEXT_MAX - len, "%s%s", len == 0 ? "" : ", ", name);
        len += count > 0 ? (size_t)count : 0;
    }
}

/* ---- from JSON ---- */

/* What was there, as short text. */
static void describe(json_t *json, char ret[static SHORT_TEXT_MAX])
{
    char *text = json_is_string(json) ? NULL : json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    if (json_is_string(json))
        snprintf(ret, SHORT_TEXT_MAX, "\"%.100s\"", json_string_value(json));
    else
        snprintf(ret, SHORT_TEXT_MAX, "%.100s", text == NULL ? "?" : text);
    free(text);
}

static enum custody_status complain(const struct place *place, const char *expected, json_t *got)
{
    char text[SHORT_TEXT_MAX];
    describe(got, text);
    return problem_set(place->problem, CUSTODY_ERR_INVALID, place->path, expected, "%s", text);
}

static enum custody_status no_memory(const struct place *place)
{
    return problem_set(place->problem, CUSTODY_ERR_MEMORY, place->path, NULL, "nothing left");
}

static struct place step_into(const struct place *place, const char *name)
{
    struct place inner = {.problem = place->problem};
    snprintf(inner.path, sizeof(inner.path), "%.80s%s%.30s", place->path,
             place->path[0] == '\0' ? "" : ".", name);
    return inner;
}

static struct place step_to(const struct place *place, size_t index)
{
    struct place inner = {.problem = place->problem};
    snprintf(inner.path, sizeof(inner.path), "%.100s[%u]", place->path, (unsigned)index);
    return inner;
}

static struct span text_of(json_t *json)
{
    return json_is_string(json) ? span_of(json_string_value(json), json_string_length(json))
                                : span_of(NULL, 0);
}

/* A number by JSON or as text, in the field's unit. `name` is how the field was written. */
static bool
read_signed(const ProtobufCFieldDescriptor *field, const char *name, json_t *json, int64_t *ret)
{
    struct span text = text_of(json);
    const char *unit = unit_of(field);
    bool needs_unit = reflect_is_unitless_name(field, name);
    uint64_t mass;
    if (json_is_integer(json)) {
        *ret = json_integer_value(json);
        return !needs_unit;
    }
    if (text.len == 0 || text.len >= QUANTITY_TEXT_MAX)
        return false;
    uint8_t last = text.data[text.len - 1];
    if (needs_unit && last >= '0' && last <= '9')
        return false;
    if (unit != NULL && strcmp(unit, "_mc") == 0)
        return quantity_parse_temperature(text, ret);
    if (unit != NULL && strcmp(unit, "_us") == 0)
        return quantity_parse_duration(text, ret);
    if (unit != NULL) {
        if (!quantity_parse_mass(text, &mass) || mass > INT64_MAX)
            return false;
        *ret = (int64_t)mass;
        return true;
    }
    if (field->type == PROTOBUF_C_TYPE_INT64)
        return quantity_parse_time(text, ret);
    bool is_negative = text.data[0] == '-';
    uint64_t magnitude;
    if (!bytes_parse_decimal(
            span_of(text.data + (is_negative ? 1 : 0), text.len - (is_negative ? 1 : 0)),
            &magnitude) ||
        magnitude > INT64_MAX)
        return false;
    *ret = is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

static const char *expected_number(const ProtobufCFieldDescriptor *field, const char *name)
{
    const char *unit = unit_of(field);
    bool needs_unit = reflect_is_unitless_name(field, name);
    if (unit != NULL && strcmp(unit, "_g") == 0)
        return needs_unit ? "a mass with its unit, e.g. \"2.3 kg\"" : "grams, or \"2.3 kg\"";
    if (unit != NULL && strcmp(unit, "_mc") == 0)
        return needs_unit ? "a temperature with its unit, e.g. \"4.5 C\""
                          : "thousandths of a degree, or \"4.5 C\"";
    if (unit != NULL)
        return needs_unit ? "a duration with its unit, e.g. \"90min\""
                          : "microseconds, or \"90min\"";
    if (field->type == PROTOBUF_C_TYPE_INT64)
        return "a time: RFC 3339 text or microseconds UTC";
    if (field->type == PROTOBUF_C_TYPE_UINT32)
        return "a whole number from 0 to 4294967295";
    if (field->type == PROTOBUF_C_TYPE_UINT64)
        return "a whole number, not negative";
    return "a whole number";
}

static enum custody_status read_number(const ProtobufCFieldDescriptor *field,
                                       const char *name,
                                       json_t *json,
                                       void *ret,
                                       const struct place *place)
{
    int64_t value;
    bool is_in_range;
    if (!read_signed(field, name, json, &value))
        return complain(place, expected_number(field, name), json);
    if (field->type == PROTOBUF_C_TYPE_UINT32)
        is_in_range = value >= 0 && value <= UINT32_MAX;
    else if (field->type == PROTOBUF_C_TYPE_UINT64)
        is_in_range = value >= 0;
    else if (element_size(field->type) == 4)
        is_in_range = value >= INT32_MIN && value <= INT32_MAX;
    else
        is_in_range = true;
    if (!is_in_range)
        return complain(place, expected_number(field, name), json);
    if (element_size(field->type) == 4)
        *(int32_t *)ret = (int32_t)(uint32_t)value;
    else
        *(int64_t *)ret = value;
    return CUSTODY_OK;
}

static enum custody_status
read_enum(const ProtobufCFieldDescriptor *field, json_t *json, void *ret, const struct place *place)
{
    const ProtobufCEnumDescriptor *descriptor = field->descriptor;
    char expected[CUSTODY_PROBLEM_TEXT_MAX];
    char number[24];
    struct span text = text_of(json);
    int value;
    if (json_is_integer(json)) {
        snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(json));
        text = span_text(number);
    }
    if (text.len > 0 && reflect_parse_enum(descriptor, text, &value)) {
        *(int *)ret = value;
        return CUSTODY_OK;
    }
    list_enum(descriptor, expected);
    return complain(place, expected, json);
}

static enum custody_status read_bool(json_t *json, void *ret, const struct place *place)
{
    struct span text = text_of(json);
    bool is_yes = json_is_true(json) || span_is_equal(text, span_text("true")) ||
                  span_is_equal(text, span_text("yes"));
    bool is_no = json_is_false(json) || span_is_equal(text, span_text("false")) ||
                 span_is_equal(text, span_text("no"));
    if (!is_yes && !is_no)
        return complain(place, "true or false", json);
    *(protobuf_c_boolean *)ret = is_yes;
    return CUSTODY_OK;
}

static enum custody_status read_text(json_t *json, void *ret, const struct place *place)
{
    struct span text = text_of(json);
    if (!json_is_string(json))
        return complain(place, "text", json);
    if (memchr(text.data, 0, text.len) != NULL || !bytes_is_printable(text))
        return complain(place, "printable text", json);
    if (text.len == 0)
        return CUSTODY_OK; /* the default stays: one empty text like the other */
    char *copied = strdup(json_string_value(json));
    if (copied == NULL)
        return no_memory(place);
    *(char **)ret = copied;
    return CUSTODY_OK;
}

static enum custody_status read_bytes(json_t *json, void *ret, const struct place *place)
{
    struct span text = text_of(json);
    ProtobufCBinaryData *data = ret;
    if (!json_is_string(json) || text.len % 2 != 0)
        return complain(place, "lower-case hex digits", json);
    if (text.len == 0)
        return CUSTODY_OK;
    uint8_t *bytes = malloc(text.len / 2);
    if (bytes == NULL)
        return no_memory(place);
    if (!bytes_parse_hex(text, bytes, text.len / 2)) {
        free(bytes);
        return complain(place, "lower-case hex digits", json);
    }
    *data = (ProtobufCBinaryData){.data = bytes, .len = text.len / 2};
    return CUSTODY_OK;
}

/* ---- short forms: one text for a small message ---- */

struct short_form {
    const ProtobufCMessageDescriptor *descriptor;
    char separator;
    const char *fields[3];
    bool is_last_alone; /* one part is the last field, not the first */
    const char *expected;
};

static const struct short_form short_forms[] = {
    {&custody__v1__statement_name__descriptor,
     ':',
     {"key", "sequence", "id"},
     false,
     "a statement as key:sequence:id"},
    {&custody__v1__place_name__descriptor,
     '/',
     {"party", "code", NULL},
     true,
     "a place as party/code, or code alone"},
    {&custody__v1__vehicle_name__descriptor,
     '/',
     {"plate", "colour", NULL},
     false,
     "a vehicle as plate/colour"},
    {&custody__v1__container_name__descriptor,
     '/',
     {"generator", "code", NULL},
     false,
     "a container as party/code"},
    {&custody__v1__bulk_name__descriptor,
     '/',
     {"manifest", "line", NULL},
     false,
     "bulk waste as manifest/line"},
};

static const struct short_form *find_short_form(const ProtobufCMessageDescriptor *descriptor)
{
    for (size_t i = 0; i < sizeof(short_forms) / sizeof(short_forms[0]); i++) {
        if (short_forms[i].descriptor == descriptor)
            return &short_forms[i];
    }
    return NULL;
}

bool reflect_has_short_form(const ProtobufCMessageDescriptor *descriptor)
{
    return find_short_form(descriptor) != NULL;
}

static size_t count_fields(const struct short_form *form)
{
    return form->fields[2] == NULL ? 2 : 3;
}

/* "a:b:c" as an object of the form's fields; NULL when it does not come out. */
static json_t *expand(const struct short_form *form, const char *text)
{
    size_t count = count_fields(form), parts = 1;
    json_t *object = json_object();
    for (const char *c = text; *c != '\0'; c++)
        parts += *c == form->separator ? 1 : 0;
    bool is_alone = parts == 1 && form->is_last_alone;
    if (object == NULL || (parts != count && !is_alone)) {
        json_decref(object);
        return NULL;
    }
    for (size_t i = is_alone ? count - 1 : 0; i < count; i++) {
        const char *end = strchr(text, form->separator);
        size_t len = end == NULL ? strlen(text) : (size_t)(end - text);
        json_object_set_new(object, form->fields[i], json_stringn(text, len));
        text += end == NULL ? len : len + 1;
    }
    return object;
}

static enum custody_status read_message(const ProtobufCMessageDescriptor *descriptor,
                                        json_t *json,
                                        ProtobufCMessage **ret,
                                        const struct place *place);

static enum custody_status read_sub_message(const ProtobufCFieldDescriptor *field,
                                            json_t *json,
                                            void *ret,
                                            const struct place *place)
{
    const struct short_form *form = find_short_form(field->descriptor);
    ProtobufCMessage *message = NULL;
    enum custody_status status;
    if (json_is_string(json) && form != NULL) {
        json_t *object = expand(form, json_string_value(json));
        if (object == NULL)
            return complain(place, form->expected, json);
        status = read_message(field->descriptor, object, &message, place);
        json_decref(object);
    } else {
        status = read_message(field->descriptor, json, &message, place);
    }
    if (status == CUSTODY_OK)
        *(ProtobufCMessage **)ret = message;
    return status;
}

static enum custody_status read_element(const ProtobufCFieldDescriptor *field,
                                        const char *name,
                                        json_t *json,
                                        void *ret,
                                        const struct place *place)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return read_text(json, ret, place);
    case PROTOBUF_C_TYPE_BYTES:
        return read_bytes(json, ret, place);
    case PROTOBUF_C_TYPE_MESSAGE:
        return read_sub_message(field, json, ret, place);
    case PROTOBUF_C_TYPE_ENUM:
        return read_enum(field, json, ret, place);
    case PROTOBUF_C_TYPE_BOOL:
        return read_bool(json, ret, place);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return read_number(field, name, json, ret, place);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    return complain(place, "no such type in this protocol", json);
}

static enum custody_status read_list(ProtobufCMessage *message,
                                     const ProtobufCFieldDescriptor *field,
                                     const char *name,
                                     json_t *json,
                                     const struct place *place)
{
    size_t *count = member(message, field->quantifier_offset);
    void **list = member(message, field->offset);
    size_t size = element_size(field->type);
    size_t wanted = json_array_size(json);
    if (!json_is_array(json))
        return complain(place, "a list", json);
    if (wanted == 0)
        return CUSTODY_OK;
    uint8_t *elements = calloc(wanted, size);
    if (elements == NULL)
        return no_memory(place);
    *list = elements;
    for (size_t i = 0; i < wanted; i++) {
        struct place inner = step_to(place, i);
        void *at = elements + i * size;
        enum custody_status status = read_element(field, name, json_array_get(json, i), at, &inner);
        if (status != CUSTODY_OK)
            return status;
        if (field->type == PROTOBUF_C_TYPE_STRING && *(char **)at == NULL) {
            *(char **)at = strdup(""); /* free_unpacked frees elements one by one */
            if (*(char **)at == NULL)
                return no_memory(&inner);
        }
        *count = i + 1; /* what is counted is freed */
    }
    return CUSTODY_OK;
}

/* A member of a oneof: the other members must not be there. */
static enum custody_status choose(ProtobufCMessage *message,
                                  const ProtobufCFieldDescriptor *field,
                                  json_t *json,
                                  const struct place *place)
{
    uint32_t *chosen = member(message, field->quantifier_offset);
    if (*chosen != 0)
        return complain(place, "only one of the fields that exclude each other", json);
    /* The members share their room: whatever is in it is not of this member's type. */
    memset(member(message, field->offset), 0, element_size(field->type));
    if (field->type == PROTOBUF_C_TYPE_STRING)
        *(const char **)member(message, field->offset) = field->default_value;
    *chosen = field->id;
    return CUSTODY_OK;
}

static enum custody_status read_field(ProtobufCMessage *message,
                                      const ProtobufCFieldDescriptor *field,
                                      const char *name,
                                      json_t *json,
                                      const struct place *place)
{
    void *at = member(message, field->offset);
    if (json_is_null(json))
        return CUSTODY_OK;
    if (is_repeated(field)) {
        if (*(size_t *)member(message, field->quantifier_offset) > 0)
            return complain(place, "the field once", json);
        return read_list(message, field, name, json, place);
    }
    if (is_oneof(field)) {
        enum custody_status status = choose(message, field, json, place);
        if (status != CUSTODY_OK)
            return status;
    } else if (is_present(message, field)) {
        return complain(place, "the field once", json);
    }
    return read_element(field, name, json, at, place);
}

/* "generator, place, containers" */
static void list_fields(const ProtobufCMessageDescriptor *descriptor,
                        char ret[static CUSTODY_PROBLEM_TEXT_MAX])
{
    size_t len = 0;
    snprintf(ret, CUSTODY_PROBLEM_TEXT_MAX, "nothing");
    for (unsigned i = 0; i < descriptor->n_fields && len < CUSTODY_PROBLEM_TEXT_MAX; i++) {
        int count = snprintf(ret + len, CUSTODY_PROBLEM_TEXT_MAX - len, "%s%s",
                             len == 0 ? "" : ", ", descriptor->fields[i].name);
        len += count > 0 ? (size_t)count : 0;
    }
}

/* Depth is that of the schema, which has no message that contains itself. */
static enum custody_status read_message(const ProtobufCMessageDescriptor *descriptor,
                                        json_t *json,
                                        ProtobufCMessage **ret,
                                        const struct place *place)
{
    enum custody_status status = CUSTODY_OK;
    char expected[CUSTODY_PROBLEM_TEXT_MAX];
    const char *name;
    json_t *value;
    list_fields(descriptor, expected);
    if (!json_is_object(json)) {
        const struct short_form *form = find_short_form(descriptor);
        return complain(place, form == NULL ? "an object" : form->expected, json);
    }
    ProtobufCMessage *message = reflect_create(descriptor);
    if (message == NULL)
        return no_memory(place);
    json_object_foreach(json, name, value)
    {
        const ProtobufCFieldDescriptor *field = reflect_find_field(descriptor, name);
        struct place inner = step_into(place, name);
        if (field == NULL) {
            status = problem_set(place->problem, CUSTODY_ERR_INVALID, inner.path, expected,
                                 "an unknown field");
            break;
        }
        status = read_field(message, field, name, value, &inner);
        if (status != CUSTODY_OK)
            break;
    }
    if (status == CUSTODY_OK)
        *ret = message;
    else
        reflect_free(message);
    return status;
}

enum custody_status reflect_from_json(const ProtobufCMessageDescriptor *descriptor,
                                      json_t *json,
                                      ProtobufCMessage **ret,
                                      struct custody_problem *problem)
{
    struct place place = {.problem = problem};
    return read_message(descriptor, json, ret, &place);
}

/* ---- to JSON ---- */

static json_t *hex_text(const ProtobufCBinaryData *data)
{
    char *text = malloc(2 * data->len + 1);
    if (text == NULL)
        return NULL;
    bytes_write_hex(span_of(data->data, data->len), text);
    json_t *json = json_stringn(text, 2 * data->len);
    free(text);
    return json;
}

/* JSON's integers here are signed; beyond them a number is written as text. */
static json_t *unsigned_number(uint64_t value)
{
    char text[24];
    if (value <= INT64_MAX)
        return json_integer((json_int_t)value);
    snprintf(text, sizeof(text), "%" PRIu64, value);
    return json_string(text);
}

static json_t *element_to_json(const ProtobufCFieldDescriptor *field, const void *at)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: {
        const char *text = *(char *const *)at;
        return json_string(text == NULL ? "" : text);
    }
    case PROTOBUF_C_TYPE_BYTES:
        return hex_text(at);
    case PROTOBUF_C_TYPE_MESSAGE:
        return reflect_to_json(*(ProtobufCMessage *const *)at);
    case PROTOBUF_C_TYPE_ENUM: {
        char name[REFLECT_NAME_MAX];
        reflect_write_enum(field->descriptor, *(const int *)at, name);
        return json_string(name);
    }
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)at);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return json_integer((json_int_t) * (const uint32_t *)at);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return unsigned_number(*(const uint64_t *)at);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return json_integer(*(const int32_t *)at);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return json_integer(*(const int64_t *)at);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    return json_null();
}

static json_t *list_to_json(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    size_t count = *(const size_t *)member(message, field->quantifier_offset);
    const uint8_t *list = *(void **)member(message, field->offset);
    size_t size = element_size(field->type);
    json_t *array = json_array();
    for (size_t i = 0; array != NULL && i < count; i++) {
        if (json_array_append_new(array, element_to_json(field, list + i * size)) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

json_t *reflect_to_json(const ProtobufCMessage *message)
{
    json_t *object = json_object();
    for (unsigned i = 0; object != NULL && i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        json_t *value;
        if (is_repeated(field)) {
            if (*(const size_t *)member(message, field->quantifier_offset) == 0)
                continue;
            value = list_to_json(message, field);
        } else {
            if (!is_present(message, field))
                continue;
            value = element_to_json(field, member(message, field->offset));
        }
        if (json_object_set_new(object, field->name, value) != 0) {
            json_decref(object);
            object = NULL;
        }
    }
    return object;
}

/* ---- single fields ---- */

enum custody_status
reflect_set_bytes(ProtobufCMessage *message, const char *name, struct span value)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    if (field == NULL || field->type != PROTOBUF_C_TYPE_BYTES || is_repeated(field) ||
        is_oneof(field))
        return CUSTODY_ERR_INVALID;
    ProtobufCBinaryData *data = member(message, field->offset);
    uint8_t *copied = malloc(value.len == 0 ? 1 : value.len);
    if (copied == NULL)
        return CUSTODY_ERR_MEMORY;
    memcpy(copied, value.data, value.len);
    free(data->data);
    *data = (ProtobufCBinaryData){.data = copied, .len = value.len};
    return CUSTODY_OK;
}

enum custody_status
reflect_add_bytes(ProtobufCMessage *message, const char *name, struct span value)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    if (field == NULL || field->type != PROTOBUF_C_TYPE_BYTES || !is_repeated(field))
        return reflect_set_bytes(message, name, value);
    size_t *count = member(message, field->quantifier_offset);
    ProtobufCBinaryData **list = member(message, field->offset);
    uint8_t *copied = malloc(value.len == 0 ? 1 : value.len);
    ProtobufCBinaryData *longer =
        copied == NULL ? NULL : realloc(*list, (*count + 1) * sizeof **list);
    if (longer == NULL) {
        free(copied);
        return CUSTODY_ERR_MEMORY;
    }
    memcpy(copied, value.data, value.len);
    longer[(*count)++] = (ProtobufCBinaryData){.data = copied, .len = value.len};
    *list = longer;
    return CUSTODY_OK;
}

static const ProtobufCFieldDescriptor *
singular(const ProtobufCMessage *message, const char *name, ProtobufCType type)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    return field != NULL && field->type == type && !is_repeated(field) && is_present(message, field)
               ? field
               : NULL;
}

ProtobufCMessage *reflect_get_message(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field = singular(message, name, PROTOBUF_C_TYPE_MESSAGE);
    return field == NULL ? NULL : *(ProtobufCMessage **)member(message, field->offset);
}

struct span reflect_get_bytes(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field = singular(message, name, PROTOBUF_C_TYPE_BYTES);
    if (field != NULL) {
        const ProtobufCBinaryData *data = member(message, field->offset);
        return span_of(data->data, data->len);
    }
    field = singular(message, name, PROTOBUF_C_TYPE_STRING);
    return field == NULL ? span_of(NULL, 0) : span_text(*(char **)member(message, field->offset));
}

uint64_t reflect_get_number(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field = singular(message, name, PROTOBUF_C_TYPE_UINT64);
    return field == NULL ? 0 : *(const uint64_t *)member(message, field->offset);
}

enum custody_status
reflect_parse_text(const char *text, json_t **ret, struct custody_problem *problem)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        return problem_set(problem, CUSTODY_ERR_INVALID, "json", "one JSON object",
                           "line %d, column %d: %s", error.line, error.column, error.text);
    *ret = json;
    return CUSTODY_OK;
}
