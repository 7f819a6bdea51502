/* test_body.c: shows that every act has its body, and that a body has one form which the scan alone lets through. */
#include <ctype.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "proto/custody.pb-c.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

enum { ACTS_END = 128, FILLS = 40, BODY_SIZE_MAX = 16 * 1024, MUTATIONS = 400 };

static struct dice dice;

/* ---- filling any message by its descriptor ---- */

/* What a filled message leans on; emptied before the next. */
static struct {
    _Alignas(max_align_t) uint8_t bytes[512 * 1024];
    size_t len;
} heap;

static void *take(size_t len)
{
    void *taken = heap.bytes + heap.len;
    heap.len += (len + 15) / 16 * 16;
    assert_true(heap.len <= sizeof(heap.bytes));
    memset(taken, 0, len);
    return taken;
}

static char *random_text(void)
{
    static const char *const letters[] = {
        "a", "Z", "0", "-", "~", " ", "\xC3\xA9", "\xE5\x8D\x95", "\xF0\x9F\x9A\x9B"};
    char *text = take(64);
    struct bytes_writer writer;
    bytes_writer_init(&writer, text, 63);
    for (size_t i = 1 + dice_below(&dice, 8); i > 0; i--)
        bytes_write_span(
            &writer, span_text(letters[dice_below(&dice, sizeof(letters) / sizeof(letters[0]))]));
    return text;
}

/* Any number that is not zero, small and large ones alike. */
static uint64_t random_number(void)
{
    uint64_t number = dice_throw(&dice) >> (dice_throw(&dice) % 64);
    return number == 0 ? 1 : number;
}

static ProtobufCMessage *fill_message(const ProtobufCMessageDescriptor *descriptor);

static size_t size_of_type(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_ENUM:
        return sizeof(uint32_t);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
        return sizeof(char *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(ProtobufCMessage *);
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    fail_msg("a field type that no body may have");
    return 0;
}

static void fill_value(const ProtobufCFieldDescriptor *field, void *at)
{
    const ProtobufCEnumDescriptor *values = field->descriptor;
    ProtobufCBinaryData data;
    void *pointer;
    uint64_t wide = random_number();
    uint32_t narrow = (uint32_t)wide == 0 ? 1 : (uint32_t)wide;
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
        memcpy(at, &narrow, sizeof(narrow));
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
        memcpy(at, &wide, sizeof(wide));
        break;
    case PROTOBUF_C_TYPE_ENUM:
        memcpy(at, &values->values[wide % values->n_values].value, sizeof(int));
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = 1;
        break;
    case PROTOBUF_C_TYPE_STRING:
        pointer = random_text();
        memcpy(at, &pointer, sizeof(void *));
        break;
    case PROTOBUF_C_TYPE_BYTES:
        data.len = 1 + wide % 40;
        data.data = take(data.len);
        data.data[0] = (uint8_t)wide;
        memcpy(at, &data, sizeof(data));
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        pointer = fill_message(field->descriptor);
        memcpy(at, &pointer, sizeof(void *));
        break;
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        fail_msg("a field type that no body may have");
    }
}

static void fill_repeated(const ProtobufCFieldDescriptor *field, uint8_t *message)
{
    size_t count = 1 + dice_throw(&dice) % 3;
    size_t each = size_of_type(field->type);
    uint8_t *elements = take(count * each);
    for (size_t i = 0; i < count; i++)
        fill_value(field, elements + i * each);
    memcpy(message + field->offset, &elements, sizeof(elements));
    memcpy(message + field->quantifier_offset, &count, sizeof(count));
}

/* Each field filled, of each oneof one member. */
static ProtobufCMessage *fill_message(const ProtobufCMessageDescriptor *descriptor)
{
    uint8_t *message = take(descriptor->sizeof_message);
    descriptor->message_init((ProtobufCMessage *)(void *)message);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            fill_repeated(field, message);
        } else if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
            int chosen = 0;
            memcpy(&chosen, message + field->quantifier_offset, sizeof(chosen));
            if (chosen != 0 && dice_throw(&dice) % 2 == 0)
                continue;
            chosen = (int)field->id;
            memcpy(message + field->quantifier_offset, &chosen, sizeof(chosen));
            fill_value(field, message + field->offset);
        } else {
            fill_value(field, message + field->offset);
        }
    }
    return (ProtobufCMessage *)(void *)message;
}

static ProtobufCMessage *fill_body(uint32_t act)
{
    heap.len = 0;
    return fill_message(body_descriptor(act));
}

/* ---- small help ---- */

static void assert_scans(const ProtobufCMessageDescriptor *descriptor, struct span body)
{
    struct body_fault fault = {.path = "", .expected = ""};
    if (!body_scan(descriptor, body, &fault))
        fail_msg("%s: \"%s\": expected %s", descriptor->name, fault.path, fault.expected);
}

static void assert_fault(const ProtobufCMessageDescriptor *descriptor,
                         struct span body,
                         const char *path,
                         const char *expected)
{
    struct body_fault fault = {.path = "", .expected = ""};
    assert_false(body_scan(descriptor, body, &fault));
    assert_string_equal(fault.path, path);
    assert_string_equal(fault.expected, expected);
}

#define PACK (&custody__v1__pack_body__descriptor)
#define assert_pack_fault(bytes, path, expected)                                                   \
    assert_fault(PACK, span_of(bytes, sizeof(bytes) - 1), path, expected)

/* ---- acts ---- */

static void test_every_act_has_its_name_and_its_body(void **state)
{
    (void)state;
    const ProtobufCEnumDescriptor *acts = &custody__v1__act__descriptor;
    uint32_t found = 0;
    for (unsigned i = 0; i < acts->n_values; i++) {
        char name[64] = "";
        char message[64] = "";
        uint32_t act = (uint32_t)acts->values[i].value;
        if (act == 0)
            continue;
        const char *from = acts->values[i].name + strlen("ACT_");
        size_t message_len = 0;
        for (size_t j = 0; from[j] != '\0'; j++) {
            name[j] = (char)tolower(from[j]);
            if (from[j] != '_')
                message[message_len++] =
                    (char)(j == 0 || from[j - 1] == '_' ? from[j] : tolower(from[j]));
        }
        memcpy(message + message_len, "Body", sizeof("Body"));
        assert_non_null(body_act_name(act));
        assert_string_equal(body_act_name(act), name);
        assert_string_equal(body_descriptor(act)->short_name, message);
        assert_int_equal(body_act_from_name(name), act);
        found++;
    }
    for (uint32_t act = 0; act <= UINT16_MAX; act++) {
        if (body_descriptor(act) != NULL)
            found--;
        assert_int_equal(body_descriptor(act) == NULL, body_act_name(act) == NULL);
    }
    assert_int_equal(found, 0);
    assert_int_equal(body_act_from_name("packs"), 0);
    assert_int_equal(body_act_from_name(""), 0);
}

static void test_an_act_is_a_permission_or_a_fact_by_its_number(void **state)
{
    (void)state;
    for (uint32_t act = 0; act < 2 * ACTS_END; act++) {
        assert_int_equal(body_act_is_permission(act), act >= 16 && act <= 63);
        assert_int_equal(body_act_is_fact(act), act >= 64 && act <= 127);
    }
}

/* What the scan takes for granted: it keeps a bit for each field and knows no fixed-width numbers. */
static void check_message(const ProtobufCMessageDescriptor *descriptor, unsigned depth)
{
    assert_true(depth <= BODY_DEPTH_MAX);
    assert_true(descriptor->n_fields <= 64);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        assert_true(size_of_type(field->type) > 0);
        assert_true(field->label == PROTOBUF_C_LABEL_NONE ||
                    field->label == PROTOBUF_C_LABEL_REPEATED);
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            check_message(field->descriptor, depth + 1);
    }
}

static void test_bodies_keep_to_what_the_scan_knows(void **state)
{
    (void)state;
    for (uint32_t act = 0; act < ACTS_END; act++) {
        if (body_descriptor(act) != NULL)
            check_message(body_descriptor(act), 1);
    }
}

/* ---- the canonical form ---- */

static void test_an_empty_body_is_canonical_for_every_act(void **state)
{
    (void)state;
    for (uint32_t act = 0; act < ACTS_END; act++) {
        if (body_descriptor(act) != NULL)
            assert_scans(body_descriptor(act), span_of(NULL, 0));
    }
}

static void test_what_is_written_of_any_filled_body_is_canonical(void **state)
{
    (void)state;
    static uint8_t bytes[BODY_SIZE_MAX], again[BODY_SIZE_MAX];
    for (uint32_t act = 0; act < ACTS_END; act++) {
        const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
        for (uint32_t i = 0; i < FILLS && descriptor != NULL; i++) {
            ProtobufCMessage *message = fill_body(act);
            size_t len = body_write(message, bytes, sizeof(bytes));
            assert_true(len > 0 || descriptor->n_fields == 0);
            assert_scans(descriptor, span_of(bytes, len));
            ProtobufCMessage *back = body_unpack(descriptor, span_of(bytes, len), NULL);
            assert_non_null(back);
            assert_int_equal(body_write(back, again, sizeof(again)), len);
            assert_memory_equal(bytes, again, len);
            protobuf_c_message_free_unpacked(back, NULL);
        }
    }
}

static void mutate(uint8_t *bytes, size_t *len, size_t cap)
{
    size_t at = *len == 0 ? 0 : dice_throw(&dice) % *len;
    switch (dice_throw(&dice) % 4) {
    case 0:
        if (*len > 0)
            bytes[at] ^= (uint8_t)(1U << (dice_throw(&dice) % 8));
        break;
    case 1:
        if (*len > 0)
            bytes[at] = (uint8_t)dice_throw(&dice);
        break;
    case 2: /* leave a byte out */
        if (*len > 0)
            memmove(bytes + at, bytes + at + 1, --*len - at);
        break;
    case 3: /* put one in */
        if (*len < cap) {
            memmove(bytes + at + 1, bytes + at, (*len)++ - at);
            bytes[at] = (uint8_t)(dice_throw(&dice) % 32);
        }
        break;
    }
}

/* Whatever passes the scan is the one form of what it says: it comes back byte for byte. */
static void test_what_passes_the_scan_is_written_back_the_same(void **state)
{
    (void)state;
    static uint8_t good[BODY_SIZE_MAX], bytes[BODY_SIZE_MAX], again[BODY_SIZE_MAX];
    uint32_t passed = 0, stopped = 0;
    for (uint32_t act = 0; act < ACTS_END; act++) {
        const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
        if (descriptor == NULL)
            continue;
        size_t good_len = body_write(fill_body(act), good, sizeof(good));
        for (uint32_t i = 0; i < MUTATIONS; i++) {
            struct body_fault fault = {.path = "", .expected = NULL};
            size_t len = good_len;
            memcpy(bytes, good, good_len);
            for (uint64_t times = 1 + dice_throw(&dice) % 3; times > 0; times--)
                mutate(bytes, &len, sizeof(bytes));
            if (!body_scan(descriptor, span_of(bytes, len), &fault)) {
                assert_non_null(fault.expected);
                assert_true(strlen(fault.path) < BODY_PATH_MAX);
                stopped++;
                continue;
            }
            ProtobufCMessage *back = body_unpack(descriptor, span_of(bytes, len), NULL);
            assert_non_null(back);
            assert_int_equal(body_write(back, again, sizeof(again)), len);
            assert_memory_equal(bytes, again, len);
            protobuf_c_message_free_unpacked(back, NULL);
            passed++;
        }
    }
    assert_true(passed > 1000);
    assert_true(stopped > 1000);
}

static void test_a_fault_is_named_by_its_path(void **state)
{
    (void)state;
    /* Four containers, the fourth with a mass of zero. */
    assert_pack_fault("\x1A\x03\x0A\x01"
                      "a"
                      "\x1A\x03\x0A\x01"
                      "b"
                      "\x1A\x03\x0A\x01"
                      "c"
                      "\x1A\x05\x0A\x01"
                      "d"
                      "\x18\x00",
                      "containers[3].mass_g", "no field whose value is zero");
    assert_pack_fault("\x1A\x04\x42\x02\x10\x00", "containers[0].times.packed_before_us",
                      "no field whose value is zero");
    assert_pack_fault("\x1A\x00\x1A\x02\x48\x01", "containers[1].9", "a field of this version");
    assert_pack_fault("\x1A\x02\x0A\x05", "containers[0].code",
                      "a length that its message has room for");
    assert_pack_fault("\x1A\x01\x8A", "containers[0]", "a whole field");
    assert_pack_fault("\x8A", "", "a whole field");
}

static void test_fields_stand_once_and_in_order(void **state)
{
    (void)state;
    assert_pack_fault("\x12\x01p\x0A\x01g", "generator", "fields in the order of their numbers");
    assert_pack_fault("\x0A\x01g\x0A\x01g", "generator", "the field once");
    assert_pack_fault("\x1A\x00\x12\x01p", "place", "fields in the order of their numbers");
    assert_pack_fault("\x20\x01", "4", "a field of this version");
    assert_pack_fault("\x00\x01", "", "a whole field");
    assert_pack_fault("\xFA\xFF\xFF\xFF\x0F\x00", "536870911", "a field of this version");
    assert_pack_fault("\xFA\xFF\xFF\xFF\x1F\x00", "", "a whole field");
    assert_pack_fault("\x8A\x00\x01g", "", "a whole field"); /* a tag in two bytes */
}

static void test_defaults_are_left_out(void **state)
{
    (void)state;
    assert_pack_fault("\x0A\x00", "generator", "no field whose value is empty");
    assert_pack_fault("\x1A\x02\x38\x00", "containers[0].epidemic", "no field whose value is zero");
    assert_pack_fault("\x1A\x02\x20\x00", "containers[0].mass_source",
                      "no field whose value is zero");
    /* An element of a list, a message and a chosen alternative are there by being there. */
    assert_scans(&custody__v1__store_body__descriptor, span_of("\x1A\x00\x28\x00", 4));
    assert_scans(PACK, span_of("\x1A\x02\x42\x00", 4));
}

static void test_numbers_stay_in_their_types_range(void **state)
{
    (void)state;
    assert_pack_fault("\x1A\x02\x38\x02", "containers[0].epidemic", "0 or 1");
    assert_pack_fault("\x1A\x02\x20\x04", "containers[0].mass_source",
                      "a value of the enumeration");
    assert_pack_fault("\x1A\x0B\x20\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
                      "containers[0].mass_source", "a value of the enumeration");
    assert_pack_fault("\x1A\x03\x18\x81\x00", "containers[0].mass_g",
                      "a varint in its shortest form");
    const ProtobufCMessageDescriptor *bulk = &custody__v1__bulk_mass__descriptor;
    assert_scans(bulk, span_of("\x08\xFF\xFF\xFF\xFF\x0F", 6));
    assert_fault(bulk, span_of("\x08\x80\x80\x80\x80\x10", 6), "line",
                 "a number from 0 to 4294967295");
    const ProtobufCMessageDescriptor *division = &custody__v1__division__descriptor;
    assert_scans(division, span_of("\x28\xFF\xFF\xFF\xFF\x0F", 6));
    assert_fault(division, span_of("\x28\x80\x80\x80\x80\x10", 6), "utc_offset_minutes",
                 "a number from -2147483648 to 2147483647");
}

static void test_wire_types_are_the_fields_own(void **state)
{
    (void)state;
    static const char expected[] = "the field's wire type; repeated numbers are packed";
    for (uint8_t wire = 0; wire < 8; wire++) {
        const uint8_t text[] = {(uint8_t)(0x08 | wire), 0x01, 'g', 0, 0, 0, 0, 0, 0, 0};
        const uint8_t number[] = {0x1A, 0x02, (uint8_t)(0x18 | wire), 0x01};
        if (wire != 2)
            assert_fault(PACK, span_of(text, sizeof(text)), "generator", expected);
        if (wire != 0)
            assert_fault(PACK, span_of(number, sizeof(number)), "containers[0].mass_g", expected);
    }
    /* Numbers of a list, one by one. */
    assert_fault(&custody__v1__register_party_body__descriptor, span_of("\x10\x01", 2), "kinds[0]",
                 expected);
}

static void test_lists_of_numbers_are_packed_and_not_empty(void **state)
{
    (void)state;
    const ProtobufCMessageDescriptor *party = &custody__v1__register_party_body__descriptor;
    assert_scans(party, span_of("\x12\x03\x01\x00\x05", 5));
    assert_fault(party, span_of("\x12\x00", 2), "kinds[0]", "no field without elements");
    assert_fault(party, span_of("\x12\x03\x01\x02\x06", 5), "kinds[2]",
                 "a value of the enumeration");
    assert_fault(party, span_of("\x12\x02\x01\x82", 4), "kinds[1]",
                 "a varint in its shortest form");
    assert_fault(party, span_of("\x12\x01\x01\x12\x01\x02", 6), "kinds[1]", "the field once");
}

static void test_one_alternative_at_most_is_chosen(void **state)
{
    (void)state;
    const ProtobufCMessageDescriptor *name = &custody__v1__container_name__descriptor;
    assert_scans(name, span_of("\x12\x00", 2));
    assert_scans(name, span_of("\x1A\x00", 2));
    assert_fault(name,
                 span_of("\x12\x01"
                         "a"
                         "\x1A\x00",
                         5),
                 "bulk", "one of the alternatives only");
    const ProtobufCMessageDescriptor *clean = &custody__v1__clean_body__descriptor;
    assert_fault(clean, span_of("\x0A\x00\x1A\x00", 4), "place", "one of the alternatives only");
    assert_scans(clean, span_of("\x12\x01"
                                "b"
                                "\x22\x01"
                                "c",
                                6));
}

static void test_texts_are_printable(void **state)
{
    (void)state;
    assert_pack_fault("\x0A\x01\n", "generator", "printable UTF-8");
    assert_pack_fault("\x0A\x01\x00", "generator", "printable UTF-8");
    assert_pack_fault("\x0A\x02\xC3\x28", "generator", "printable UTF-8");
    assert_pack_fault("\x1A\x04\x0A\x02\xC2\x85", "containers[0].code", "printable UTF-8");
    /* Bytes are free. */
    assert_scans(&custody__v1__erase_body__descriptor, span_of("\x0A\x02\x00\xFF", 4));
}

static void test_items_are_counted_over_the_whole_body(void **state)
{
    (void)state;
    static uint8_t bytes[BODY_SIZE_MAX];
    const ProtobufCMessageDescriptor *store = &custody__v1__store_body__descriptor;
    size_t len = 0;
    for (uint32_t i = 0; i < STATEMENT_ITEMS_MAX; i++) {
        const uint8_t item[] = {i < 300 ? 0x1A : 0x22, 1, 'x'}; /* containers, then boxes */
        memcpy(bytes + len, item, sizeof(item));
        len += sizeof(item);
    }
    assert_scans(store, span_of(bytes, len));
    memcpy(bytes + len, bytes + len - 3, 3);
    assert_fault(store, span_of(bytes, len + 3), "boxes[200]", "at most 500 items");
    /* Numbers of a packed list count too. */
    const ProtobufCMessageDescriptor *party = &custody__v1__register_party_body__descriptor;
    bytes_put_u32(bytes, 0x12F50301); /* 501 of them */
    memset(bytes + 3, 1, 501);
    assert_fault(party, span_of(bytes, 504), "kinds[500]", "at most 500 items");
    bytes[1] = 0xF4;
    assert_scans(party, span_of(bytes, 503));
}

/* No body nests deep enough to meet the limit, so here is one that may contain itself. */
static void test_messages_within_messages_end_at_the_limit(void **state)
{
    (void)state;
    static ProtobufCMessageDescriptor nest;
    static const ProtobufCFieldDescriptor fields[] = {
        {.name = "inner",
         .id = 1,
         .label = PROTOBUF_C_LABEL_NONE,
         .type = PROTOBUF_C_TYPE_MESSAGE,
         .descriptor = &nest},
        {.name = "count", .id = 2, .label = PROTOBUF_C_LABEL_NONE, .type = PROTOBUF_C_TYPE_INT32},
        {.name = "mass", .id = 3, .label = PROTOBUF_C_LABEL_NONE, .type = PROTOBUF_C_TYPE_DOUBLE},
    };
    static const ProtobufCIntRange ranges[] = {{1, 0}, {0, 3}};
    nest = (ProtobufCMessageDescriptor){.magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
                                        .name = "Nest",
                                        .n_fields = 3,
                                        .fields = fields,
                                        .n_field_ranges = 1,
                                        .field_ranges = ranges};
    static const uint8_t deep[] = {0x0A, 14, 0x0A, 12, 0x0A, 10, 0x0A, 8,
                                   0x0A, 6,  0x0A, 4,  0x0A, 2,  0x0A, 0};
    assert_scans(&nest, span_of("\x0A\x0C\x0A\x0A\x0A\x08\x0A\x06\x0A\x04\x0A\x02\x0A\x00", 14));
    assert_fault(&nest, span_of(deep, sizeof(deep)),
                 "inner.inner.inner.inner.inner.inner.inner.inner",
                 "at most 8 messages within each other");
    /* The smallest and the first too small number of 32 bits. */
    assert_scans(&nest, span_of("\x10\x80\x80\x80\x80\xF8\xFF\xFF\xFF\xFF\x01", 11));
    assert_fault(&nest, span_of("\x10\xFF\xFF\xFF\xFF\xF7\xFF\xFF\xFF\xFF\x01", 11), "count",
                 "a number from -2147483648 to 2147483647");
    assert_fault(&nest, span_of("\x18\x01", 2), "mass", "a field of a type that bodies have");
}

static void test_a_path_too_long_is_cut(void **state)
{
    (void)state;
    static ProtobufCMessageDescriptor nest;
    static const ProtobufCFieldDescriptor fields[] = {
        {.name = "a_field_with_a_rather_long_name",
         .id = 1,
         .label = PROTOBUF_C_LABEL_REPEATED,
         .type = PROTOBUF_C_TYPE_MESSAGE,
         .descriptor = &nest},
    };
    static const ProtobufCIntRange ranges[] = {{1, 0}, {0, 1}};
    struct body_fault fault;
    nest = (ProtobufCMessageDescriptor){.magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
                                        .name = "Nest",
                                        .n_fields = 1,
                                        .fields = fields,
                                        .n_field_ranges = 1,
                                        .field_ranges = ranges};
    assert_false(body_scan(&nest, span_of("\x0A\x06\x0A\x04\x0A\x02\x0A\x01", 8), &fault));
    assert_int_equal(strlen(fault.path), BODY_PATH_MAX - 1);
}

static void test_writing_and_unpacking_stay_within_what_they_are_given(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0xAA};
    Custody__V1__PackBody pack = CUSTODY__V1__PACK_BODY__INIT;
    pack.generator = (char *)(uintptr_t) "uscc:1";
    assert_int_equal(body_write(&pack.base, bytes, 7), 0);
    assert_int_equal(bytes[0], 0xAA);
    assert_int_equal(body_write(&pack.base, bytes, 8), 8);
    assert_null(body_unpack(PACK, span_of(bytes, 7), NULL));
}

static void *refuse(void *context, size_t size)
{
    (void)context;
    (void)size;
    return NULL;
}

static void release(void *context, void *memory)
{
    (void)context;
    (void)memory;
}

static void test_unpacking_asks_only_the_callers_allocator(void **state)
{
    (void)state;
    ProtobufCAllocator none = {.alloc = refuse, .free = release};
    assert_null(body_unpack(PACK, span_of("\x0A\x01g", 3), &none));
}

static int set_up(void **state)
{
    (void)state;
    dice_init(&dice, dice_seed());
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_act_has_its_name_and_its_body),
        cmocka_unit_test(test_an_act_is_a_permission_or_a_fact_by_its_number),
        cmocka_unit_test(test_bodies_keep_to_what_the_scan_knows),
        cmocka_unit_test(test_an_empty_body_is_canonical_for_every_act),
        cmocka_unit_test(test_what_is_written_of_any_filled_body_is_canonical),
        cmocka_unit_test(test_what_passes_the_scan_is_written_back_the_same),
        cmocka_unit_test(test_a_fault_is_named_by_its_path),
        cmocka_unit_test(test_fields_stand_once_and_in_order),
        cmocka_unit_test(test_defaults_are_left_out),
        cmocka_unit_test(test_numbers_stay_in_their_types_range),
        cmocka_unit_test(test_wire_types_are_the_fields_own),
        cmocka_unit_test(test_lists_of_numbers_are_packed_and_not_empty),
        cmocka_unit_test(test_one_alternative_at_most_is_chosen),
        cmocka_unit_test(test_texts_are_printable),
        cmocka_unit_test(test_items_are_counted_over_the_whole_body),
        cmocka_unit_test(test_messages_within_messages_end_at_the_limit),
        cmocka_unit_test(test_a_path_too_long_is_cut),
        cmocka_unit_test(test_writing_and_unpacking_stay_within_what_they_are_given),
        cmocka_unit_test(test_unpacking_asks_only_the_callers_allocator),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
