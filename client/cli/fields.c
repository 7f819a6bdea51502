/* fields.c: options of a command line into the JSON of any message of custody.proto.
 * Never judges a value. */
#include "client/cli/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/custody.pb-c.h"
#include "client/lib/convert.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"

enum { NAME_MAX_LEN = 64, FILE_MAX = 48 * 1024, ID_HEX = 64 };

/* ---- names ---- */

/* "containers" for "container", "boxes" for "box", "parties" for "party". */
static bool is_singular_of(const char *name, const char *plural)
{
    size_t len = strlen(name), plural_len = strlen(plural);
    if (plural_len == len + 1 && strncmp(plural, name, len) == 0 && plural[len] == 's')
        return true;
    if (plural_len == len + 2 && strncmp(plural, name, len) == 0 && strcmp(plural + len, "es") == 0)
        return true;
    return len > 1 && name[len - 1] == 'y' && plural_len == len + 2 &&
           strncmp(plural, name, len - 1) == 0 && strcmp(plural + len - 1, "ies") == 0;
}

static bool is_repeated(const ProtobufCFieldDescriptor *field)
{
    return field->label == PROTOBUF_C_LABEL_REPEATED;
}

static const ProtobufCFieldDescriptor *find_here(const ProtobufCMessageDescriptor *descriptor,
                                                 const char *name)
{
    const ProtobufCFieldDescriptor *field = reflect_find_field(descriptor, name);
    for (unsigned i = 0; field == NULL && i < descriptor->n_fields; i++) {
        if (is_repeated(&descriptor->fields[i]) && is_singular_of(name, descriptor->fields[i].name))
            field = &descriptor->fields[i];
    }
    return field;
}

/* A field that only holds others together: a plan, a finding, options. */
static bool is_holder(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE && !is_repeated(field) &&
           !reflect_has_short_form(field->descriptor);
}

/* The field of that name, and the holder that it is in (NULL: the message itself). */
static const ProtobufCFieldDescriptor *find(const ProtobufCMessageDescriptor *descriptor,
                                            const char *name,
                                            const ProtobufCFieldDescriptor **ret_holder)
{
    const ProtobufCFieldDescriptor *field = find_here(descriptor, name);
    *ret_holder = NULL;
    for (unsigned i = 0; field == NULL && i < descriptor->n_fields; i++) {
        if (is_holder(&descriptor->fields[i])) {
            field = find_here(descriptor->fields[i].descriptor, name);
            *ret_holder = field == NULL ? NULL : &descriptor->fields[i];
        }
    }
    return field;
}

bool fields_is_flag(const void *context, const char *name)
{
    const ProtobufCFieldDescriptor *holder;
    const ProtobufCFieldDescriptor *field = find(context, name, &holder);
    return field != NULL && field->type == PROTOBUF_C_TYPE_BOOL && !is_repeated(field);
}

/* ---- values ---- */

static enum custody_status no_memory(struct custody_problem *problem)
{
    return problem_set(problem, CUSTODY_ERR_MEMORY, "arguments", NULL, "nothing left");
}

static enum custody_status give(json_t *value, json_t **ret, struct custody_problem *problem)
{
    if (value == NULL)
        return no_memory(problem);
    *ret = value;
    return CUSTODY_OK;
}

static enum custody_status
read_file(const char *path, json_t **ret, struct custody_problem *problem)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    enum custody_status status = files_read(path, FILE_MAX, &bytes, &len, problem);
    if (status != CUSTODY_OK)
        return status;
    char *hex = malloc(2 * len + 1);
    if (hex != NULL)
        bytes_write_hex(span_of(bytes, len), hex);
    status = give(hex == NULL ? NULL : json_stringn(hex, 2 * len), ret, problem);
    free(hex);
    free(bytes);
    return status;
}

static bool is_hex_start(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len < ID_HEX && strspn(text, "0123456789abcdef") == len;
}

/* Fields whose bytes are the id of a statement. */
static bool names_statement(const ProtobufCFieldDescriptor *field)
{
    static const char *const names[] = {"manifest", "trip",   "from_trip",
                                        "to_trip",  "parent", "moved_to_manifest"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(field->name, names[i]) == 0)
            return true;
    }
    return false;
}

/* The start of an id into the whole, from what this device has signed. */
static enum custody_status complete_id(const struct fields_source *source,
                                       const char *text,
                                       bool wants_name,
                                       json_t **ret,
                                       struct custody_problem *problem)
{
    char name[FIELDS_STATEMENT_TEXT_MAX];
    enum custody_status status = source->complete(source->context, text, name, problem);
    if (status != CUSTODY_OK)
        return status;
    const char *id = strrchr(name, ':');
    return give(json_string(wants_name || id == NULL ? name : id + 1), ret, problem);
}

static enum custody_status parse_parts(const struct fields_source *source,
                                       const ProtobufCMessageDescriptor *descriptor,
                                       const char *text,
                                       json_t **ret,
                                       struct custody_problem *problem);

static enum custody_status parse_value(const struct fields_source *source,
                                       const ProtobufCFieldDescriptor *field,
                                       const char *text,
                                       json_t **ret,
                                       struct custody_problem *problem)
{
    if (text == NULL)
        return give(json_true(), ret, problem);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        bool is_statement = field->descriptor == &custody__v1__statement_name__descriptor;
        if (is_statement && source->complete != NULL && strchr(text, ':') == NULL &&
            strchr(text, '=') == NULL)
            return complete_id(source, text, true, ret, problem);
        if (reflect_has_short_form(field->descriptor) && strchr(text, '=') == NULL)
            return give(json_string(text), ret, problem);
        return parse_parts(source, field->descriptor, text, ret, problem);
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES && text[0] == '@')
        return read_file(text + 1, ret, problem);
    if (field->type == PROTOBUF_C_TYPE_BYTES && source->complete != NULL &&
        names_statement(field) && is_hex_start(text))
        return complete_id(source, text, false, ret, problem);
    return give(json_string(text), ret, problem);
}

/* The next part of a list with commas, unescaped, in memory of the caller's. */
static const char *next_part(const char **at, char *memory)
{
    char *to = memory;
    const char *from = *at;
    if (*from == '\0')
        return NULL;
    for (; *from != '\0' && *from != ','; from++) {
        if (*from == '\\' && from[1] == ',')
            from++;
        *to++ = *from;
    }
    *to = '\0';
    *at = *from == ',' ? from + 1 : from;
    return memory;
}

static enum custody_status add_part(const struct fields_source *source,
                                    const ProtobufCMessageDescriptor *descriptor,
                                    char *part,
                                    json_t *object,
                                    struct custody_problem *problem)
{
    char *equals = strchr(part, '=');
    const char *name = descriptor->fields[0].name;
    const char *value = part;
    const ProtobufCFieldDescriptor *field;
    json_t *json = NULL;
    if (equals != NULL) {
        *equals = '\0';
        name = part;
        value = equals + 1;
    }
    field = reflect_find_field(descriptor, name);
    const ProtobufCFieldDescriptor *alone =
        equals == NULL ? reflect_find_field(descriptor, part) : NULL;
    if (alone != NULL && alone->type == PROTOBUF_C_TYPE_BOOL) {
        name = alone->name;
        field = alone;
        value = NULL;
    }
    if (field == NULL) /* the reader of JSON says what is expected */
        return json_object_set_new(object, name, json_string(value)) == 0 ? CUSTODY_OK
                                                                          : no_memory(problem);
    enum custody_status status = parse_value(source, field, value, &json, problem);
    if (status != CUSTODY_OK)
        return status;
    if (is_repeated(field)) {
        json_t *list = json_object_get(object, name);
        if (list == NULL) {
            list = json_array();
            json_object_set_new(object, name, list);
        }
        return json_array_append_new(list, json) == 0 ? CUSTODY_OK : no_memory(problem);
    }
    return json_object_set_new(object, name, json) == 0 ? CUSTODY_OK : no_memory(problem);
}

/* key=value,key=value */
static enum custody_status parse_parts(const struct fields_source *source,
                                       const ProtobufCMessageDescriptor *descriptor,
                                       const char *text,
                                       json_t **ret,
                                       struct custody_problem *problem)
{
    enum custody_status status = CUSTODY_OK;
    char *memory = malloc(strlen(text) + 1);
    json_t *object = json_object();
    if (memory == NULL || object == NULL) {
        status = no_memory(problem);
        goto done;
    }
    while (status == CUSTODY_OK && next_part(&text, memory) != NULL)
        status = add_part(source, descriptor, memory, object, problem);
    if (status == CUSTODY_OK) {
        *ret = object;
        object = NULL;
    }
done:
    json_decref(object);
    free(memory);
    return status;
}

/* ---- options ---- */

static bool takes_commas(const ProtobufCFieldDescriptor *field)
{
    return is_repeated(field) && field->type != PROTOBUF_C_TYPE_MESSAGE;
}

static enum custody_status add_to_list(const struct fields_source *source,
                                       const ProtobufCFieldDescriptor *field,
                                       const char *text,
                                       json_t *list,
                                       struct custody_problem *problem)
{
    enum custody_status status = CUSTODY_OK;
    json_t *value = NULL;
    if (!takes_commas(field)) {
        status = parse_value(source, field, text, &value, problem);
        return status != CUSTODY_OK                      ? status
               : json_array_append_new(list, value) == 0 ? CUSTODY_OK
                                                         : no_memory(problem);
    }
    char *memory = malloc(strlen(text) + 1);
    if (memory == NULL)
        return no_memory(problem);
    while (status == CUSTODY_OK && next_part(&text, memory) != NULL) {
        status = parse_value(source, field, memory, &value, problem);
        if (status == CUSTODY_OK && json_array_append_new(list, value) != 0)
            status = no_memory(problem);
    }
    free(memory);
    return status;
}

/* The object that a field lives in, made when it is not there. */
static json_t *open_holder(json_t *root, const ProtobufCFieldDescriptor *holder)
{
    if (holder == NULL)
        return root;
    json_t *object = json_object_get(root, holder->name);
    if (object == NULL) {
        object = json_object();
        json_object_set_new(root, holder->name, object);
    }
    return object;
}

/* A text for the annex, or, as @FILE, what a file holds. Several times: a list. */
static enum custody_status
add_record(const struct argument *argument, json_t *root, struct custody_problem *problem)
{
    json_t *value = NULL;
    enum custody_status status = CUSTODY_OK;
    if (argument->value == NULL)
        return problem_set(problem, CUSTODY_ERR_INVALID, argument->name, "a text, or @FILE",
                           "nothing");
    if (argument->value[0] == '@')
        status = read_file(argument->value + 1, &value, problem);
    if (status != CUSTODY_OK)
        return status;
    value = value != NULL ? json_pack("{s:o}", "hex", value) : json_string(argument->value);
    json_t *before = json_object_get(root, argument->name);
    if (value != NULL && json_is_array(before))
        return json_array_append_new(before, value) == 0 ? CUSTODY_OK : no_memory(problem);
    if (value != NULL && before != NULL)
        value = json_pack("[O, o]", before, value);
    return value != NULL && json_object_set_new(root, argument->name, value) == 0
               ? CUSTODY_OK
               : no_memory(problem);
}

static enum custody_status take_option(const struct fields_source *source,
                                       const struct argument *argument,
                                       json_t *root,
                                       bool *ret_is_taken,
                                       struct custody_problem *problem)
{
    const ProtobufCFieldDescriptor *holder;
    const ProtobufCFieldDescriptor *field = find(source->descriptor, argument->name, &holder);
    json_t *value = NULL;
    enum custody_status status;
    *ret_is_taken = field != NULL;
    if (field == NULL && convert_digest_field(source->descriptor, argument->name) != NULL) {
        *ret_is_taken = true;
        return add_record(argument, root, problem);
    }
    if (field == NULL)
        return CUSTODY_OK;
    json_t *object = open_holder(root, holder);
    if (is_repeated(field)) {
        json_t *list = json_object_get(object, field->name);
        if (list == NULL) {
            list = json_array();
            json_object_set_new(object, field->name, list);
        }
        return add_to_list(source, field, argument->value, list, problem);
    }
    /* As it was written: a name without its unit tells the reader to insist on one. */
    const char *name =
        reflect_is_unitless_name(field, argument->name) ? argument->name : field->name;
    if (json_object_get(object, name) != NULL)
        return problem_set(problem, CUSTODY_ERR_INVALID, argument->name, "the option once",
                           "it stands twice");
    status = parse_value(source, field, argument->value, &value, problem);
    if (status != CUSTODY_OK)
        return status;
    return json_object_set_new(object, name, value) == 0 ? CUSTODY_OK : no_memory(problem);
}

enum custody_status fields_take(const struct fields_source *source,
                                struct arguments *arguments,
                                json_t **ret,
                                struct custody_problem *problem)
{
    enum custody_status status = CUSTODY_OK;
    json_t *root = json_object();
    if (root == NULL)
        return no_memory(problem);
    for (size_t i = 0; status == CUSTODY_OK && i < arguments->count; i++) {
        struct argument *argument = &arguments->all[i];
        bool is_taken = false;
        if (argument->name == NULL || argument->is_used)
            continue;
        status = take_option(source, argument, root, &is_taken, problem);
        argument->is_used = is_taken;
        if (status != CUSTODY_OK && problem->field[0] == '\0')
            problem_prefix(problem, argument->name);
    }
    if (status != CUSTODY_OK) {
        json_decref(root);
        return status;
    }
    *ret = root;
    return CUSTODY_OK;
}

/* ---- help ---- */

static void describe_enum(const ProtobufCEnumDescriptor *descriptor, FILE *file)
{
    bool is_first = true;
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        char name[REFLECT_NAME_MAX];
        if (descriptor->values[i].value == 0)
            continue;
        reflect_write_enum(descriptor, descriptor->values[i].value, name);
        fprintf(file, "%s%s", is_first ? "" : "|", name);
        is_first = false;
    }
}

static void describe_value(const ProtobufCFieldDescriptor *field, FILE *file)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_ENUM:
        describe_enum(field->descriptor, file);
        return;
    case PROTOBUF_C_TYPE_BOOL:
        fputs("[true|false]", file);
        return;
    case PROTOBUF_C_TYPE_INT64:
        fputs("TIME", file);
        return;
    case PROTOBUF_C_TYPE_BYTES:
        fputs(names_statement(field) ? "ID" : "HEX|@FILE", file);
        return;
    case PROTOBUF_C_TYPE_STRING:
        fputs("TEXT", file);
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    fputs("NUMBER", file);
}

/* What is measured is given with its unit, so that its name needs none (reflect.h). */
static const char *measure_of(const ProtobufCFieldDescriptor *field)
{
    static const struct {
        const char *unit, *measure;
    } measures[] = {{"_g", "MASS"}, {"_us", "DURATION"}, {"_mc", "TEMPERATURE"}};
    const char *unit = strrchr(field->name, '_');
    for (size_t i = 0; unit != NULL && i < sizeof(measures) / sizeof(measures[0]); i++)
        if (strcmp(unit, measures[i].unit) == 0)
            return measures[i].measure;
    return NULL;
}

/* The name of an option or a part: without its unit, and `dash` between its words. */
static void write_name(const ProtobufCFieldDescriptor *field, char dash, FILE *file)
{
    char name[NAME_MAX_LEN];
    snprintf(name, sizeof(name), "%s", field->name);
    if (measure_of(field) != NULL)
        *strrchr(name, '_') = '\0';
    for (const char *c = name; *c != '\0'; c++)
        fputc(*c == '_' ? dash : *c, file);
}

static void describe_message(const ProtobufCMessageDescriptor *descriptor, FILE *file)
{
    if (descriptor == &custody__v1__statement_name__descriptor)
        fputs("KEY:SEQUENCE:ID|ID", file);
    else if (descriptor == &custody__v1__place_name__descriptor)
        fputs("PARTY/CODE|CODE", file);
    else if (descriptor == &custody__v1__vehicle_name__descriptor)
        fputs("PLATE/COLOUR", file);
    else if (descriptor == &custody__v1__container_name__descriptor)
        fputs("PARTY/CODE", file);
    else if (descriptor == &custody__v1__bulk_name__descriptor)
        fputs("MANIFEST/LINE", file);
    else {
        for (unsigned i = 0; i < descriptor->n_fields; i++) {
            fputs(i == 0 ? "" : ",", file);
            write_name(&descriptor->fields[i], '_', file);
            fputc('=', file);
        }
    }
}

static void describe_field(const ProtobufCFieldDescriptor *field, FILE *file)
{
    const char *measure = measure_of(field);
    fputs("  --", file);
    write_name(field, '-', file);
    fputc(' ', file);
    if (measure != NULL)
        fputs(measure, file);
    else if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        describe_message(field->descriptor, file);
    else
        describe_value(field, file);
    fputs(is_repeated(field) ? " ...\n" : "\n", file);
}

void fields_describe(const ProtobufCMessageDescriptor *descriptor, FILE *file)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        char name[NAME_MAX_LEN];
        size_t len = strlen(field->name);
        if (field->descriptor == &custody__v1__query_options__descriptor)
            continue; /* what goes with every question: the library's, and the command's that lists */
        if (is_holder(field)) {
            const ProtobufCMessageDescriptor *inner = field->descriptor;
            for (unsigned k = 0; k < inner->n_fields; k++)
                describe_field(&inner->fields[k], file);
            continue;
        }
        describe_field(field, file);
        size_t ending = is_repeated(field) ? strlen("_digests") : strlen("_digest");
        if (len > ending && len < sizeof(name)) {
            snprintf(name, sizeof(name), "%.*s", (int)(len - ending), field->name);
            const char *digest = convert_digest_field(descriptor, name);
            if (digest != NULL && strcmp(digest, field->name) == 0)
                fprintf(
                    file,
                    "  --%s TEXT|@FILE   (kept beside the statement; it carries the digest)%s\n",
                    name, is_repeated(field) ? " ..." : "");
        }
    }
}
