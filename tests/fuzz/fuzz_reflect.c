/* fuzz_reflect.c: a line of JSON that is taken as a body is one, and comes back as JSON that makes the same body. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "client/lib/reflect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
    free(text);
    return 0;
}
