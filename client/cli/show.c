/* show.c: custody show: one entry, taken apart.
 * Never shows what was not proved: the library has checked hash and proof. */
#include <inttypes.h>

#include "proto/bytes.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/command.h"
#include "client/cli/decoded.h"
#include "client/cli/views.h"
#include "client/cli/words.h"

static void print_body(const struct output *output, json_t *body)
{
    char *text = body == NULL ? NULL : json_dumps(body, JSON_INDENT(2));
    if (text != NULL)
        output_print(output, OUTPUT_PLAIN, "%s\n", text);
    free(text);
}

static void print_entry(const struct output *output, json_t *entry)
{
    char act[WORDS_MAX], outcome[WORDS_MAX], at[OUTPUT_CELL_MAX];
    words_act(json_string_value(json_object_get(entry, "act")), act);
    words_outcome(json_string_value(json_object_get(entry, "outcome")), outcome);
    output_print(output, OUTPUT_BOLD, "账目 entry %lld  %s  %s\n",
                 (long long)json_integer_value(json_object_get(entry, "number")), act, outcome);
    const char *reason = json_string_value(json_object_get(entry, "reason"));
    const char *field = json_string_value(json_object_get(entry, "field"));
    const char *given = json_string_value(json_object_get(entry, "given_number"));
    if (reason != NULL)
        output_field(output, "理由 reason", "%s  %s", reason, field == NULL ? "" : field);
    if (given != NULL)
        output_field(output, "号码 number", "%s", given);
    output_time(output, json_integer_value(json_object_get(entry, "recorded_at")), at);
    output_field(output, "入账 recorded", "%s", at);
    output_time(output, json_integer_value(json_object_get(entry, "occurred_at")), at);
    output_field(output, "发生 claimed", "%s", at);
    output_time(output, json_integer_value(json_object_get(entry, "signed_at")), at);
    output_field(output, "签名 signed", "%s", at);
    output_field(output, "密钥 key", "%s #%lld", json_string_value(json_object_get(entry, "key")),
                 (long long)json_integer_value(json_object_get(entry, "sequence")));
    output_field(output, "记录 id", "%s", json_string_value(json_object_get(entry, "id")));
    print_body(output, json_object_get(entry, "body"));
}

static int print_reply(struct command_context *context, const Custody__V1__ShowReply *reply)
{
    const struct output *output = &context->output;
    json_t *decoded = NULL;
    if (reply->entry == NULL) {
        problem_set(&context->client->problem, CUSTODY_ERR_PROTOCOL, "answer", "an entry",
                    "nothing");
        return command_fail(context);
    }
    struct span bytes = span_of(reply->entry->bytes.data, reply->entry->bytes.len);
    if (bytes.len > 0)
        decoded = decoded_entry(bytes);
    if (output->is_json) {
        json_t *json = reflect_to_json(&reply->base);
        if (json != NULL && decoded != NULL)
            json_object_set(json, "decoded", decoded);
        output_json(output, json);
    } else if (decoded != NULL) {
        print_entry(output, decoded);
        views_basis(output, reply->basis);
    } else {
        char leaf[2 * DIGEST_SIZE + 1];
        bytes_write_hex(span_of(reply->entry->leaf_hash.data, DIGEST_SIZE), leaf);
        output_print(output, OUTPUT_BOLD, "账目 entry %" PRIu64 "\n", reply->entry->number);
        output_field(output, "摘要 hash", "%s", leaf);
        output_print(output, OUTPUT_PLAIN, "This key may not read what is in it.\n");
    }
    json_decref(decoded);
    return 0;
}

int show_command(struct command_context *context, struct arguments *arguments)
{
    ProtobufCMessage *reply = NULL;
    int code = command_ask(context, arguments, "entry", NULL, &reply);
    if (code == 0)
        code = print_reply(context, (const Custody__V1__ShowReply *)reply);
    reflect_free(reply);
    return code;
}
