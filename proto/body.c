/* body.c: an act's body: its message, whether its bytes are canonical, and taking it apart.
 * Never decides whether what a body says is lawful. */
#include "proto/body.h"

#include "proto/bytes.h"
#include "proto/custody.pb-c.h"

/* ---- acts ---- */

/* Every act: its number as enum Act spells it, its name, which its message carries too. */
#define ACTS(X)                                                                                    \
    X(FOUND_LEDGER, found_ledger)                                                                  \
    X(OPEN_LEDGER, open_ledger)                                                                    \
    X(REGISTER_PARTY, register_party)                                                              \
    X(CHANGE_PARTY, change_party)                                                                  \
    X(REGISTER_PLACE, register_place)                                                              \
    X(REGISTER_VEHICLE, register_vehicle)                                                          \
    X(GRANT_PERMIT, grant_permit)                                                                  \
    X(SUSPEND, suspend)                                                                            \
    X(ENROL_KEY, enrol_key)                                                                        \
    X(REVOKE_KEY, revoke_key)                                                                      \
    X(ROTATE_LEDGER_KEY, rotate_ledger_key)                                                        \
    X(APPROVE_TRANSFER, approve_transfer)                                                          \
    X(RESERVE_NUMBERS, reserve_numbers)                                                            \
    X(CLOSE_BLOCK, close_block)                                                                    \
    X(ISSUE_MANIFEST, issue_manifest)                                                              \
    X(CANCEL_MANIFEST, cancel_manifest)                                                            \
    X(SET_PROFILE, set_profile)                                                                    \
    X(SET_DIVISIONS, set_divisions)                                                                \
    X(SET_CATALOGUE, set_catalogue)                                                                \
    X(FILE_DOCUMENT, file_document)                                                                \
    X(CLOSE_BY_ORDER, close_by_order)                                                              \
    X(ERASE, erase)                                                                                \
    X(DRAW_MANIFEST, draw_manifest)                                                                \
    X(PACK, pack)                                                                                  \
    X(STORE, store)                                                                                \
    X(DEPART, depart)                                                                              \
    X(CLEAN, clean)                                                                                \
    X(LOAD, load)                                                                                  \
    X(TRANSFER, transfer)                                                                          \
    X(RECEIVE, receive)                                                                            \
    X(CONFIRM_RECEIPT, confirm_receipt)                                                            \
    X(FEED, feed)                                                                                  \
    X(YIELD, yield)                                                                                \
    X(RELABEL, relabel)                                                                            \
    X(NEST, nest)                                                                                  \
    X(UNNEST, unnest)                                                                              \
    X(MEASURE, measure)                                                                            \
    X(NUMBER, number)                                                                              \
    X(AMEND, amend)                                                                                \
    X(WITHDRAW, withdraw)                                                                          \
    X(COUNTERSIGN, countersign)                                                                    \
    X(DISPUTE, dispute)                                                                            \
    X(EXPLAIN, explain)                                                                            \
    X(SETTLE, settle)                                                                              \
    X(DECLARE, declare)                                                                            \
    X(INCIDENT, incident)                                                                          \
    X(INSPECT, inspect)                                                                            \
    X(HOLD, hold)                                                                                  \
    X(RELEASE, release)                                                                            \
    X(CORRECT_CLOCK, correct_clock)                                                                \
    X(ANCHOR_ACCESS_LOG, anchor_access_log)

enum { ACT_COUNT = 128, FIRST_PERMISSION = 16, FIRST_FACT = 64 };

struct act {
    const char *name;
    const ProtobufCMessageDescriptor *descriptor;
};

static const struct act acts[ACT_COUNT] = {
#define X(enumerator, name)                                                                        \
    [CUSTODY__V1__ACT__ACT_##enumerator] = {#name, &custody__v1__##name##_body__descriptor},
    ACTS(X)
#undef X
};

const ProtobufCMessageDescriptor *body_descriptor(uint32_t act)
{
    return act < ACT_COUNT ? acts[act].descriptor : NULL;
}

const char *body_act_name(uint32_t act)
{
    return act < ACT_COUNT ? acts[act].name : NULL;
}

uint32_t body_act_from_name(const char *name)
{
    for (uint32_t act = FIRST_PERMISSION; act < ACT_COUNT; act++) {
        if (acts[act].name != NULL && strcmp(acts[act].name, name) == 0)
            return act;
    }
    return 0;
}

bool body_act_is_fact(uint32_t act)
{
    return act >= FIRST_FACT && act < ACT_COUNT;
}

bool body_act_is_permission(uint32_t act)
{
    return act >= FIRST_PERMISSION && act < FIRST_FACT;
}

/* ---- the canonical form ---- */

enum {
    WIRE_VARINT = 0,
    WIRE_COUNTED = 2,
    WIRE_BITS = 3,
    FIELDS_MAX = 64, /* of a message: one bit each in `seen` */
};

/* One message that is being read. */
struct level {
    const ProtobufCMessageDescriptor *message;
    struct bytes_reader reader;
    uint32_t number; /* of the field at hand */
    uint32_t index;  /* of the element at hand, when that field is repeated */
    uint64_t seen;   /* the fields read so far, by their place in the message */
    const ProtobufCFieldDescriptor *field; /* at hand; NULL between fields, or when it is unknown */
};

struct scan {
    struct level levels[BODY_DEPTH_MAX];
    uint32_t depth;
    uint32_t items;
};

static bool is_repeated(const ProtobufCFieldDescriptor *field)
{
    return field->label == PROTOBUF_C_LABEL_REPEATED;
}

static bool is_oneof(const ProtobufCFieldDescriptor *field)
{
    return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

static bool is_scalar(const ProtobufCFieldDescriptor *field)
{
    return field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_BYTES &&
           field->type != PROTOBUF_C_TYPE_MESSAGE;
}

/* A value of zero is absent, except where its presence is what chooses. */
static bool may_be_default(const ProtobufCFieldDescriptor *field)
{
    return is_repeated(field) || is_oneof(field);
}

/* From here on: NULL when all is well, else what was expected. */

static const char *scan_scalar(const ProtobufCFieldDescriptor *field, struct bytes_reader *reader)
{
    uint64_t value = bytes_read_varint(reader);
    if (reader->failed)
        return "a varint in its shortest form";
    if (value == 0 && !may_be_default(field))
        return "no field whose value is zero";
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
        return (int64_t)value < INT32_MIN || (int64_t)value > INT32_MAX
                   ? "a number from -2147483648 to 2147483647"
                   : NULL;
    case PROTOBUF_C_TYPE_SINT32:
        return value > UINT32_MAX ? "a number from -2147483648 to 2147483647" : NULL;
    case PROTOBUF_C_TYPE_UINT32:
        return value > UINT32_MAX ? "a number from 0 to 4294967295" : NULL;
    case PROTOBUF_C_TYPE_BOOL:
        return value > 1 ? "0 or 1" : NULL;
    case PROTOBUF_C_TYPE_ENUM:
        return value > INT32_MAX ||
                       protobuf_c_enum_descriptor_get_value(field->descriptor, (int)value) == NULL
                   ? "a value of the enumeration"
                   : NULL;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
        return NULL;
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    return "a field of a type that bodies have";
}

static const char *count_item(struct scan *scan)
{
    return ++scan->items > STATEMENT_ITEMS_MAX ? "at most 500 items" : NULL;
}

static const char *scan_packed(struct scan *scan, struct level *level, struct span bytes)
{
    struct bytes_reader reader;
    const char *expected = bytes.len == 0 ? "no field without elements" : NULL;
    bytes_reader_init(&reader, bytes);
    for (level->index = 0; expected == NULL; level->index++) {
        expected = count_item(scan);
        if (expected == NULL)
            expected = scan_scalar(level->field, &reader);
        if (reader.left == 0 || expected != NULL)
            break;
    }
    return expected;
}

static const char *push(struct scan *scan, struct span bytes)
{
    const ProtobufCFieldDescriptor *field = scan->levels[scan->depth - 1].field;
    if (scan->depth == BODY_DEPTH_MAX)
        return "at most 8 messages within each other";
    struct level *level = &scan->levels[scan->depth++];
    *level = (struct level){.message = field->descriptor};
    bytes_reader_init(&level->reader, bytes);
    return NULL;
}

static const char *scan_counted(struct scan *scan, struct level *level)
{
    const ProtobufCFieldDescriptor *field = level->field;
    struct span bytes = bytes_read_counted(&level->reader);
    if (level->reader.failed)
        return "a length that its message has room for";
    if (is_scalar(field))
        return scan_packed(scan, level, bytes);
    const char *expected = is_repeated(field) ? count_item(scan) : NULL;
    if (expected != NULL)
        return expected;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return push(scan, bytes);
    if (bytes.len == 0 && !may_be_default(field))
        return "no field whose value is empty";
    if (field->type == PROTOBUF_C_TYPE_STRING && !bytes_is_printable(bytes))
        return "printable UTF-8";
    return NULL;
}

/* An earlier member of the same oneof: members share the place of their case. */
static bool has_rival(const struct level *level)
{
    for (uint32_t i = 0; i < level->message->n_fields && i < FIELDS_MAX; i++) {
        const ProtobufCFieldDescriptor *other = &level->message->fields[i];
        if ((level->seen >> i & 1) == 1 && is_oneof(other) && other != level->field &&
            other->quantifier_offset == level->field->quantifier_offset)
            return true;
    }
    return false;
}

/* Take up the next field: known, in its turn, allowed here. */
static const char *scan_tag(struct level *level, uint32_t *ret_wire)
{
    level->field = NULL;
    uint64_t tag = bytes_read_varint(&level->reader);
    if (tag > UINT32_MAX || tag >> WIRE_BITS == 0)
        level->reader.failed = true;
    if (level->reader.failed)
        return "a whole field";
    uint32_t before = level->number;
    level->number = (uint32_t)tag >> WIRE_BITS;
    level->field = protobuf_c_message_descriptor_get_field(level->message, level->number);
    if (level->field == NULL)
        return "a field of this version";
    bool is_packed = is_repeated(level->field) && is_scalar(level->field);
    bool is_again = level->number == before;
    level->index = is_again ? level->index + 1 : 0;
    if (level->number < before)
        return "fields in the order of their numbers";
    if (is_again && (is_packed || !is_repeated(level->field)))
        return "the field once";
    *ret_wire = (uint32_t)tag & ((1U << WIRE_BITS) - 1);
    if (*ret_wire != (is_scalar(level->field) && !is_packed ? WIRE_VARINT : WIRE_COUNTED))
        return "the field's wire type; repeated numbers are packed";
    ptrdiff_t place = level->field - level->message->fields;
    if (place < FIELDS_MAX)
        level->seen |= UINT64_C(1) << place;
    return is_oneof(level->field) && has_rival(level) ? "one of the alternatives only" : NULL;
}

static const char *scan_field(struct scan *scan)
{
    struct level *level = &scan->levels[scan->depth - 1];
    uint32_t wire = 0;
    const char *expected = scan_tag(level, &wire);
    if (expected != NULL)
        return expected;
    return wire == WIRE_VARINT ? scan_scalar(level->field, &level->reader)
                               : scan_counted(scan, level);
}

/* ---- naming the fault ---- */

/* A path as it grows; what does not fit is cut off. */
struct path {
    char *text;
    size_t len;
};

static void add_text(struct path *path, const char *text)
{
    for (; *text != '\0' && path->len + 1 < BODY_PATH_MAX; text++)
        path->text[path->len++] = *text;
    path->text[path->len] = '\0';
}

static void add_number(struct path *path, uint32_t number)
{
    char digits[11] = "";
    size_t at = sizeof(digits) - 1;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    add_text(path, digits + at);
}

static void write_path(const struct scan *scan, char ret[static BODY_PATH_MAX])
{
    struct path path = {.text = ret};
    ret[0] = '\0';
    for (uint32_t i = 0; i < scan->depth; i++) {
        const struct level *level = &scan->levels[i];
        bool is_unknown = level->field == NULL;
        /* Damage between two fields has no name below its message's. */
        if (is_unknown && level->reader.failed)
            break;
        if (i > 0)
            add_text(&path, ".");
        if (is_unknown)
            add_number(&path, level->number);
        else
            add_text(&path, level->field->name);
        if (!is_unknown && is_repeated(level->field)) {
            add_text(&path, "[");
            add_number(&path, level->index);
            add_text(&path, "]");
        }
    }
}

bool body_scan(const ProtobufCMessageDescriptor *descriptor,
               struct span body,
               struct body_fault *ret_fault)
{
    struct scan scan;
    scan.depth = 1;
    scan.items = 0;
    scan.levels[0] = (struct level){.message = descriptor};
    bytes_reader_init(&scan.levels[0].reader, body);
    while (scan.depth > 0) {
        if (scan.levels[scan.depth - 1].reader.left == 0) {
            scan.depth--;
            continue;
        }
        const char *expected = scan_field(&scan);
        if (expected != NULL) {
            write_path(&scan, ret_fault->path);
            ret_fault->expected = expected;
            return false;
        }
    }
    return true;
}

/* ---- to and from messages ---- */

ProtobufCMessage *body_unpack(const ProtobufCMessageDescriptor *descriptor,
                              struct span body,
                              ProtobufCAllocator *allocator)
{
    return protobuf_c_message_unpack(descriptor, allocator, body.len, body.data);
}

size_t body_write(const ProtobufCMessage *message, uint8_t *ret, size_t cap)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    return len > cap ? 0 : protobuf_c_message_pack(message, ret);
}
