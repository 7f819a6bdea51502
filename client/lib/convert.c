/* convert.c: an act as JSON, into a body and its annexed texts; the JSON side of the public interface.
 * Never signs. */
#include "client/lib/convert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"

/* ---- texts for the annex ---- */

static const ProtobufCFieldDescriptor *find_digest_field(
    const ProtobufCMessageDescriptor *descriptor, const char *name, const char *ending)
{
    char wanted[CONVERT_FIELD_MAX];
    int len = snprintf(wanted, sizeof(wanted), "%s%s", name, ending);
    if (len < 0 || (size_t)len >= sizeof(wanted) || reflect_find_field(descriptor, name) != NULL)
        return NULL;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(descriptor, wanted);
    return field != NULL && field->type == PROTOBUF_C_TYPE_BYTES ? field : NULL;
}

const char *convert_digest_field(const ProtobufCMessageDescriptor *descriptor, const char *name)
{
    const ProtobufCFieldDescriptor *field = find_digest_field(descriptor, name, "_digest");
    if (field == NULL)
        field = find_digest_field(descriptor, name, "_digests");
    return field == NULL ? NULL : field->name;
}

void convert_texts_done(struct convert_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        json_decref(texts->holders[i]);
    texts->count = 0;
}

/* {"hex": "..."} into a string of these bytes, NUL among them or not; NULL when it is no such thing. */
static json_t *read_hex(json_t *value)
{
    const char *hex = json_string_value(json_object_get(value, "hex"));
    size_t len = hex == NULL ? 0 : strlen(hex) / 2;
    uint8_t *bytes = malloc(len + 1);
    json_t *text = NULL;
    if (bytes != NULL && len > 0 && bytes_parse_hex(span_text(hex), bytes, len))
        text = json_stringn_nocheck((const char *)bytes, len);
    free(bytes);
    return text;
}

static enum custody_status take_text(const char *field,
                                     const char *name,
                                     json_t *value,
                                     struct convert_texts *ret,
                                     struct custody_problem *problem)
{
    json_t *text = json_is_object(value) ? read_hex(value) : json_incref(value);
    if (!json_is_string(text) || ret->count == CONVERT_TEXTS_MAX) {
        bool is_text = json_is_string(text);
        json_decref(text);
        return problem_set(problem, CUSTODY_ERR_INVALID, name,
                           is_text ? "at most 8 records" : "text, or {\"hex\": \"...\"}",
                           "something else");
    }
    ret->holders[ret->count] = text;
    ret->texts[ret->count++] = (struct custody_text){
        .field = field, .text = json_string_value(text), .len = json_string_length(text)};
    return CUSTODY_OK;
}

enum custody_status convert_take_texts(const ProtobufCMessageDescriptor *descriptor,
                                       json_t *object,
                                       struct convert_texts *ret,
                                       struct custody_problem *problem)
{
    const char *name;
    void *next;
    json_t *value;
    ret->count = 0;
    json_object_foreach_safe(object, next, name, value)
    {
        const char *field = convert_digest_field(descriptor, name);
        enum custody_status status = CUSTODY_OK;
        if (field == NULL)
            continue;
        if (json_is_array(value))
            for (size_t i = 0; status == CUSTODY_OK && i < json_array_size(value); i++)
                status = take_text(field, name, json_array_get(value, i), ret, problem);
        else
            status = take_text(field, name, value, ret, problem);
        if (status != CUSTODY_OK) {
            convert_texts_done(ret);
            return status;
        }
        json_object_del(object, name);
    }
    return CUSTODY_OK;
}

/* ---- bodies ---- */

static enum custody_status
find_act(const char *act, const ProtobufCMessageDescriptor **ret, struct custody_problem *problem)
{
    problem_clear(problem);
    uint32_t number = body_act_from_name(act);
    if (number == 0)
        return problem_set(problem, CUSTODY_ERR_INVALID, "act", "the name of an act", "%s", act);
    *ret = body_descriptor(number);
    return CUSTODY_OK;
}

static enum custody_status no_memory(struct custody_problem *problem)
{
    return problem_set(problem, CUSTODY_ERR_MEMORY, "json", NULL, "nothing left");
}

static enum custody_status pack(const ProtobufCMessage *message,
                                uint8_t **ret,
                                size_t *ret_len,
                                struct custody_problem *problem)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(len + 1);
    if (bytes == NULL)
        return no_memory(problem);
    *ret_len = protobuf_c_message_pack(message, bytes);
    *ret = bytes;
    return CUSTODY_OK;
}

enum custody_status custody_json_to_body(const char *act,
                                         const char *json,
                                         uint8_t **ret_body,
                                         size_t *ret_len,
                                         struct custody_problem *ret_problem)
{
    const ProtobufCMessageDescriptor *descriptor = NULL;
    json_t *object = NULL;
    ProtobufCMessage *message = NULL;
    enum custody_status status = find_act(act, &descriptor, ret_problem);
    if (status == CUSTODY_OK)
        status = reflect_parse_text(json, &object, ret_problem);
    if (status == CUSTODY_OK)
        status = reflect_from_json(descriptor, object, &message, ret_problem);
    if (status == CUSTODY_OK)
        status = pack(message, ret_body, ret_len, ret_problem);
    reflect_free(message);
    json_decref(object);
    return status;
}

static enum custody_status
to_text(const ProtobufCMessage *message, char **ret, struct custody_problem *problem)
{
    json_t *object = reflect_to_json(message);
    char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (text == NULL)
        return no_memory(problem);
    *ret = text;
    return CUSTODY_OK;
}

enum custody_status custody_json_from_body(const char *act,
                                           const void *body,
                                           size_t len,
                                           char **ret_json,
                                           struct custody_problem *ret_problem)
{
    const ProtobufCMessageDescriptor *descriptor = NULL;
    struct body_fault fault;
    enum custody_status status = find_act(act, &descriptor, ret_problem);
    if (status != CUSTODY_OK)
        return status;
    if (!body_scan(descriptor, span_of(body, len), &fault))
        return problem_set(ret_problem, CUSTODY_ERR_INVALID, fault.path, fault.expected,
                           "something else");
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, NULL, len, body);
    if (message == NULL)
        return no_memory(ret_problem);
    status = to_text(message, ret_json, ret_problem);
    reflect_free(message);
    return status;
}

/* ---- questions ---- */

static enum custody_status
find_question(struct custody_client *client, const char *question, uint16_t *ret)
{
    problem_clear(&client->problem);
    *ret = ask_kind_from_name(question);
    if (*ret == 0)
        return problem_set(&client->problem, CUSTODY_ERR_INVALID, "question",
                           "a kind of PROTOCOL.md 7", "%s", question);
    return CUSTODY_OK;
}

enum custody_status custody_client_ask(struct custody_client *client,
                                       const char *question,
                                       const char *request_json,
                                       char **ret_reply_json)
{
    uint16_t kind = 0;
    json_t *object = NULL;
    ProtobufCMessage *request = NULL, *reply = NULL;
    enum custody_status status = find_question(client, question, &kind);
    if (status == CUSTODY_OK)
        status = reflect_parse_text(request_json == NULL ? "{}" : request_json, &object,
                                    &client->problem);
    if (status == CUSTODY_OK)
        status =
            reflect_from_json(ask_request_descriptor(kind), object, &request, &client->problem);
    if (status == CUSTODY_OK)
        status = ask_question(client, kind, request, &reply);
    if (status == CUSTODY_OK)
        status = to_text(reply, ret_reply_json, &client->problem);
    reflect_free(reply);
    reflect_free(request);
    json_decref(object);
    return status;
}

enum custody_status custody_client_ask_bytes(struct custody_client *client,
                                             const char *question,
                                             const void *request,
                                             size_t request_len,
                                             uint8_t **ret_reply,
                                             size_t *ret_reply_len)
{
    uint16_t kind = 0;
    ProtobufCMessage *message = NULL, *reply = NULL;
    enum custody_status status = find_question(client, question, &kind);
    if (status != CUSTODY_OK)
        return status;
    message = protobuf_c_message_unpack(ask_request_descriptor(kind), NULL, request_len, request);
    if (message == NULL)
        return problem_set(&client->problem, CUSTODY_ERR_INVALID, "request",
                           ask_request_descriptor(kind)->short_name, "something else");
    status = ask_question(client, kind, message, &reply);
    if (status == CUSTODY_OK)
        status = pack(reply, ret_reply, ret_reply_len, &client->problem);
    reflect_free(reply);
    reflect_free(message);
    return status;
}
