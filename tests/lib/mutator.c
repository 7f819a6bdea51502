/* mutator.c: walks a message by its descriptor, sets, adds and takes away.
 * Never leaves a member that free_unpacked could not free. */
#include "tests/lib/mutator.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 4, CHANGES_MAX = 4, ELEMENTS_MAX = 6, TEXT_MAX = 24 };

static void make_fields(const struct mutator *mutator, ProtobufCMessage *message, unsigned depth);
static void change_field(const struct mutator *mutator, ProtobufCMessage *message, unsigned depth);

static bool one_in(const struct mutator *mutator, uint64_t n)
{
    return dice_below(mutator->dice, n) == 0;
}

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static size_t size_of(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_FLOAT:
        return 4;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_STRING:
        return sizeof(char *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(ProtobufCMessage *);
    }
    abort();
}

static uint64_t make_number(const struct mutator *mutator)
{
    switch (dice_below(mutator->dice, 8)) {
    case 0:
        return dice_throw(mutator->dice) >> dice_below(mutator->dice, 64);
    case 1:
        return UINT64_MAX - dice_below(mutator->dice, 3);
    case 2:
        return UINT64_C(1) << dice_below(mutator->dice, 64);
    case 3:
    case 4:
        return dice_below(mutator->dice, 6);
    default:
        return mutator->numbers[dice_below(mutator->dice, mutator->number_count)];
    }
}

static char *make_text(const struct mutator *mutator)
{
    if (!one_in(mutator, 8)) {
        const char *text = mutator->texts[dice_below(mutator->dice, mutator->text_count)];
        char *copy = allocate(strlen(text) + 1);
        memcpy(copy, text, strlen(text));
        return copy;
    }
    char *text = allocate(TEXT_MAX + 1);
    size_t len = dice_below(mutator->dice, TEXT_MAX);
    for (size_t i = 0; i < len; i++) {
        text[i] = (char)dice_between(mutator->dice, 0x20, 0x7E);
    }
    return text;
}

static ProtobufCBinaryData make_bytes(const struct mutator *mutator)
{
    struct span from = mutator->bytes[dice_below(mutator->dice, mutator->byte_count)];
    size_t len = one_in(mutator, 16) ? dice_below(mutator->dice, from.len + 2) : from.len;
    ProtobufCBinaryData bytes = {.len = len, .data = allocate(len + 1)};
    memcpy(bytes.data, from.data, len < from.len ? len : from.len);
    return bytes;
}

/* `place` has nothing in it that would have to be freed. */
static void make_element(const struct mutator *mutator,
                         const ProtobufCFieldDescriptor *field,
                         void *place,
                         unsigned depth)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        char *text = make_text(mutator);
        memcpy(place, &text, sizeof(text));
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        ProtobufCBinaryData bytes = make_bytes(mutator);
        memcpy(place, &bytes, sizeof(bytes));
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const ProtobufCMessageDescriptor *descriptor = field->descriptor;
        ProtobufCMessage *message = allocate(descriptor->sizeof_message);
        descriptor->message_init(message);
        make_fields(mutator, message, depth + 1);
        memcpy(place, &message, sizeof(message));
    } else if (field->type == PROTOBUF_C_TYPE_ENUM) {
        const ProtobufCEnumDescriptor *descriptor = field->descriptor;
        int value = descriptor->values[dice_below(mutator->dice, descriptor->n_values)].value;
        memcpy(place, &value, sizeof(value));
    } else if (field->type == PROTOBUF_C_TYPE_BOOL) {
        protobuf_c_boolean value = (protobuf_c_boolean)dice_below(mutator->dice, 2);
        memcpy(place, &value, sizeof(value));
    } else {
        uint64_t value = make_number(mutator);
        memcpy(place, &value, size_of(field));
    }
}

static void free_element(const ProtobufCFieldDescriptor *field, void *place)
{
    void *pointer;
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE) {
        memcpy(&pointer, place, sizeof(pointer));
        if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            protobuf_c_message_free_unpacked(pointer, NULL);
        } else if (pointer != field->default_value && pointer != (void *)protobuf_c_empty_string) {
            free(pointer);
        }
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        ProtobufCBinaryData bytes;
        memcpy(&bytes, place, sizeof(bytes));
        free(bytes.data);
    }
    memset(place, 0, size_of(field));
}

/* --- repeated fields ----------------------------------------------------------------------- */

static void add_element(const struct mutator *mutator,
                        ProtobufCMessage *message,
                        const ProtobufCFieldDescriptor *field,
                        unsigned depth)
{
    size_t *count = (size_t *)((uint8_t *)message + field->quantifier_offset);
    uint8_t **elements = (uint8_t **)((uint8_t *)message + field->offset);
    size_t size = size_of(field);
    uint8_t *more = allocate((*count + 1) * size);
    if (*count > 0) {
        memcpy(more, *elements, *count * size);
        free(*elements);
    }
    make_element(mutator, field, more + *count * size, depth);
    *elements = more;
    (*count)++;
}

static void change_repeated(const struct mutator *mutator,
                            ProtobufCMessage *message,
                            const ProtobufCFieldDescriptor *field,
                            unsigned depth)
{
    size_t *count = (size_t *)((uint8_t *)message + field->quantifier_offset);
    uint8_t **elements = (uint8_t **)((uint8_t *)message + field->offset);
    size_t size = size_of(field);
    if (*count == 0 || (*count < ELEMENTS_MAX && one_in(mutator, 3))) {
        add_element(mutator, message, field, depth);
        return;
    }
    uint8_t *element = *elements + dice_below(mutator->dice, *count) * size;
    if (one_in(mutator, 3)) {
        uint8_t *last = *elements + (*count - 1) * size;
        free_element(field, element);
        memmove(element, last, size);
        if (--*count == 0) {
            free(*elements);
            *elements = NULL;
        }
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        ProtobufCMessage *inner;
        memcpy(&inner, element, sizeof(inner));
        change_field(mutator, inner, depth + 1);
    } else {
        free_element(field, element);
        make_element(mutator, field, element, depth);
    }
}

/* --- single fields ------------------------------------------------------------------------- */

/* Of a oneof only one member may be there: the one that is goes. */
static void clear_oneof(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    int *which = (int *)((uint8_t *)message + field->quantifier_offset);
    const ProtobufCFieldDescriptor *held =
        *which == 0
            ? NULL
            : protobuf_c_message_descriptor_get_field(message->descriptor, (unsigned)*which);
    if (held != NULL) {
        free_element(held, (uint8_t *)message + held->offset);
    }
    *which = 0;
}

static void set_single(const struct mutator *mutator,
                       ProtobufCMessage *message,
                       const ProtobufCFieldDescriptor *field,
                       unsigned depth)
{
    uint8_t *place = (uint8_t *)message + field->offset;
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        clear_oneof(message, field);
        make_element(mutator, field, place, depth);
        *(int *)((uint8_t *)message + field->quantifier_offset) = (int)field->id;
        return;
    }
    free_element(field, place);
    make_element(mutator, field, place, depth);
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->type != PROTOBUF_C_TYPE_STRING &&
        field->type != PROTOBUF_C_TYPE_MESSAGE) {
        *(protobuf_c_boolean *)((uint8_t *)message + field->quantifier_offset) = 1;
    }
}

static void change_single(const struct mutator *mutator,
                          ProtobufCMessage *message,
                          const ProtobufCFieldDescriptor *field,
                          unsigned depth)
{
    bool is_held = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0 ||
                   *(int *)((uint8_t *)message + field->quantifier_offset) == (int)field->id;
    ProtobufCMessage *inner = NULL;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && is_held) {
        memcpy(&inner, (uint8_t *)message + field->offset, sizeof(inner));
    }
    if (inner != NULL && !one_in(mutator, 6)) {
        change_field(mutator, inner, depth + 1);
    } else if (inner != NULL && (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0) {
        free_element(field, (uint8_t *)message + field->offset);
    } else {
        set_single(mutator, message, field, depth);
    }
}

static void change_field(const struct mutator *mutator, ProtobufCMessage *message, unsigned depth)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    if (descriptor->n_fields == 0 || depth > DEPTH_MAX) {
        return;
    }
    const ProtobufCFieldDescriptor *field =
        &descriptor->fields[dice_below(mutator->dice, descriptor->n_fields)];
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && depth == DEPTH_MAX) {
        return;
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        change_repeated(mutator, message, field, depth);
    } else {
        change_single(mutator, message, field, depth);
    }
}

/* Most fields of most messages must be there for anything to be said. */
static void make_fields(const struct mutator *mutator, ProtobufCMessage *message, unsigned depth)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (one_in(mutator, 3) || (field->type == PROTOBUF_C_TYPE_MESSAGE && depth >= DEPTH_MAX)) {
            continue;
        }
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            add_element(mutator, message, field, depth);
        } else {
            set_single(mutator, message, field, depth);
        }
    }
}

size_t mutator_change(const struct mutator *mutator,
                      const ProtobufCMessageDescriptor *descriptor,
                      uint8_t *data,
                      size_t size,
                      size_t cap)
{
    ProtobufCMessage *message =
        one_in(mutator, 16) ? NULL : protobuf_c_message_unpack(descriptor, NULL, size, data);
    if (message == NULL) {
        message = allocate(descriptor->sizeof_message);
        descriptor->message_init(message);
        make_fields(mutator, message, 0);
    } else {
        for (uint64_t i = 1 + dice_below(mutator->dice, CHANGES_MAX); i > 0; i--) {
            change_field(mutator, message, 0);
        }
    }
    size_t len = protobuf_c_message_get_packed_size(message);
    if (len <= cap) {
        size = protobuf_c_message_pack(message, data);
    }
    protobuf_c_message_free_unpacked(message, NULL);
    return size;
}
