/* fuzz_reflect.c: a line of JSON that is taken as a body is one, and comes back as JSON that makes the same body. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "client/lib/reflect.h"
#include "tests/lib/mutator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t cap, unsigned seed);
/* libFuzzer's own; not there where the corpus is only replayed. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t cap);

enum { BODY_MAX = 2000 };

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static size_t pack(const ProtobufCMessage *message, uint8_t **ret)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    *ret = malloc(len + 1);
    require(*ret != NULL);
    return protobuf_c_message_pack(message, *ret);
}

static void try_message(const ProtobufCMessageDescriptor *descriptor,
                        const ProtobufCMessage *message)
{
    struct custody_problem problem = {0};
    ProtobufCMessage *again = NULL;
    uint8_t *first = NULL, *second = NULL;
    json_t *json = reflect_to_json(message);
    /* NULL: a name or text in it is not UTF-8, which JSON cannot hold and a body must not have. */
    if (json == NULL)
        return;
    require(reflect_from_json(descriptor, json, &again, &problem) == CUSTODY_OK);
    size_t len = pack(message, &first);
    require(pack(again, &second) == len && memcmp(first, second, len) == 0);
    free(first);
    free(second);
    reflect_free(again);
    json_decref(json);
}

/* What the library makes of the same text are canonical bytes, or none. */
static void try_library(uint32_t act, const char *text)
{
    struct custody_problem problem = {0};
    struct body_fault fault;
    uint8_t *body = NULL;
    char *json = NULL;
    size_t len = 0;
    if (custody_json_to_body(body_act_name(act), text, &body, &len, &problem) != CUSTODY_OK) {
        require(problem.status != CUSTODY_OK && body == NULL);
        return;
    }
    require(len == 0 || body_scan(body_descriptor(act), span_of(body, len), &fault));
    require(custody_json_from_body(body_act_name(act), body, len, &json, &problem) == CUSTODY_OK);
    free(json);
    free(body);
}

/* The first byte says the act, the rest is the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct custody_problem problem = {0};
    ProtobufCMessage *message = NULL;
    json_t *json = NULL;
    const ProtobufCMessageDescriptor *descriptor = size == 0 ? NULL : body_descriptor(data[0]);
    if (descriptor == NULL)
        return 0;
    char *text = malloc(size);
    require(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    enum custody_status status = reflect_parse_text(text, &json, &problem);
    if (status == CUSTODY_OK)
        status = reflect_from_json(descriptor, json, &message, &problem);
    if (status == CUSTODY_OK)
        try_message(descriptor, message);
    else
        require(problem.status == status);
    reflect_free(message);
    json_decref(json);
    try_library(data[0], text);
    free(text);
    return 0;
}

/* Now and then the JSON of a body made by chance; else bytes are changed. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t cap, unsigned seed)
{
    static const char *const texts[] = {"", "uscc:1", "B1", "841-001-01", "ZC-1", "2026-05-18"};
    static const uint8_t some[DIGEST_SIZE] = {0xAB};
    static const struct span bytes[] = {{some, DIGEST_SIZE}, {some, 4}};
    static const uint64_t numbers[] = {0, 1, 2300, UINT64_C(1779033600000000)};
    uint8_t body[BODY_MAX];
    struct dice dice;
    dice_init(&dice, seed);
    const struct mutator mutator = {&dice, texts, 6, bytes, 2, numbers, 4};
    uint8_t act = (uint8_t)dice_between(&dice, 16, 92);
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
    if (descriptor == NULL || !dice_chance(&dice, 10))
        return LLVMFuzzerMutate != NULL ? LLVMFuzzerMutate(data, size, cap) : size;
    size_t len = mutator_change(&mutator, descriptor, body, 0, sizeof body);
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, NULL, len, body);
    json_t *json = message == NULL ? NULL : reflect_to_json(message);
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    if (text != NULL && 1 + strlen(text) <= cap) {
        data[0] = act;
        size = 1 + strlen(text);
        memcpy(data + 1, text, size - 1);
    }
    free(text);
    json_decref(json);
    if (message != NULL)
        protobuf_c_message_free_unpacked(message, NULL);
    return size;
}
