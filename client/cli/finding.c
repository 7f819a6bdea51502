/* finding.c: a finding's short id turned into the name that a statement signs.
 * Never signs a name that the ledger did not give. */
#include "client/cli/finding.h"

#include <string.h>

#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"

enum { ID_LEAST = 12, ID_MOST = 64 };

static bool is_id(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (strchr("0123456789abcdefABCDEF", text[i]) == NULL)
            return false;
    return len >= ID_LEAST && len <= ID_MOST && len % 2 == 0;
}

/* The name of the finding, as JSON. */
static json_t *ask_name(struct command_context *context, const char *id)
{
    struct custody_client *client = context->client;
    Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    ProtobufCMessage *message = NULL;
    json_t *name = NULL;
    request.options = &options;
    request.id = (char *)id;
    if (ask_question(client, ENVELOPE_FINDINGS, &request.base, &message) != CUSTODY_OK)
        return NULL;
    const Custody__V1__FindingsReply *reply = (const Custody__V1__FindingsReply *)message;
    if (reply->case_file != NULL && reply->case_file->name != NULL)
        name = reflect_to_json(&reply->case_file->name->base);
    else if (problem_set(&client->problem, CUSTODY_ERR_INVALID, "finding",
                         "the id of one finding: more of its digits", "%s: %zu of that id", id,
                         reply->n_findings) != CUSTODY_OK)
        name = NULL;
    reflect_free(message);
    return name;
}

bool finding_take(struct command_context *context,
                  const ProtobufCMessageDescriptor *descriptor,
                  struct arguments *arguments,
                  json_t **ret)
{
    const ProtobufCFieldDescriptor *one =
        protobuf_c_message_descriptor_get_field_by_name(descriptor, "finding");
    const ProtobufCFieldDescriptor *many =
        protobuf_c_message_descriptor_get_field_by_name(descriptor, "findings");
    json_t *names = json_array();
    *ret = NULL;
    for (size_t i = 0; names != NULL && (one != NULL || many != NULL) && i < arguments->count;
         i++) {
        struct argument *argument = &arguments->all[i];
        if (argument->name == NULL || argument->is_used || argument->value == NULL ||
            (strcmp(argument->name, "finding") != 0 && strcmp(argument->name, "findings") != 0))
            continue;
        for (const char *at = argument->value; at != NULL && *at != '\0';) {
            char id[ID_MOST + 1];
            size_t len = strcspn(at, ",");
            if (!is_id(at, len))
                break;
            argument->is_used = true;
            snprintf(id, sizeof(id), "%.*s", (int)len, at);
            json_t *name = command_open(context) ? ask_name(context, id) : NULL;
            if (name == NULL) {
                json_decref(names);
                command_fail(context);
                return false;
            }
            json_array_append_new(names, name);
            at += len + (at[len] == ',' ? 1 : 0);
        }
    }
    if (json_array_size(names) > 0)
        *ret = many != NULL ? json_pack("{s:O}", "findings", names)
                            : json_pack("{s:O}", "finding", json_array_get(names, 0));
    json_decref(names);
    return true;
}
