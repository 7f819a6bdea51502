/* countersign.c: custody countersign: sign that another party's statement is true.
 * Never signs what it has not seen verified: an entry is asked for and proved first. */
#include <string.h>

#include "proto/bytes.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/act.h"

/* key:sequence:id of the statement in an entry. */
static enum custody_status name_of_entry(struct command_context *context,
                                         uint64_t number,
                                         char ret[static FIELDS_STATEMENT_TEXT_MAX])
{
    struct custody_client *client = context->client;
    Custody__V1__ShowRequest request = CUSTODY__V1__SHOW_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    ProtobufCMessage *message = NULL;
    char key[2 * PUBLIC_KEY_SIZE + 1], id[2 * DIGEST_SIZE + 1];
    struct entry entry;
    struct statement statement;
    request.options = &options;
    request.subject_case = CUSTODY__V1__SHOW_REQUEST__SUBJECT_ENTRY;
    request.entry = number;
    enum custody_status status = ask_question(client, ENVELOPE_SHOW, &request.base, &message);
    if (status != CUSTODY_OK)
        return status;
    const Custody__V1__ShowReply *reply = (const Custody__V1__ShowReply *)message;
    if (reply->entry == NULL || reply->entry->bytes.len == 0)
        status = problem_set(&client->problem, CUSTODY_ERR_REFUSED, "entry",
                             "an entry that this key may read", "%llu", (unsigned long long)number);
    else
        status =
            evidence_check_bytes(span_of(reply->entry->bytes.data, reply->entry->bytes.len), number,
                                 &client->origin, 1, &entry, &statement, &client->problem);
    if (status == CUSTODY_OK) {
        bytes_write_hex(span_of(statement.header.key, PUBLIC_KEY_SIZE), key);
        bytes_write_hex(span_of(statement.id.bytes, DIGEST_SIZE), id);
        snprintf(ret, FIELDS_STATEMENT_TEXT_MAX, "%s:%llu:%s", key,
                 (unsigned long long)statement.header.key_sequence, id);
    }
    reflect_free(message);
    return status;
}

int countersign_command(struct command_context *context, struct arguments *arguments)
{
    char name[FIELDS_STATEMENT_TEXT_MAX];
    uint64_t number;
    const char *entry = arguments_take(arguments, "entry");
    const char *statement = arguments_take(arguments, "statement");
    if (statement == NULL)
        statement = arguments_take(arguments, "target");
    if ((entry == NULL) == (statement == NULL))
        return command_usage(context, "statement", "either --statement or --entry",
                             entry == NULL ? "neither" : "both");
    if (entry != NULL && !bytes_parse_decimal(span_text(entry), &number))
        return command_usage(context, "entry", "a number", entry);
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context))
        return command_fail(context);
    if (entry != NULL) {
        if (name_of_entry(context, number, name) != CUSTODY_OK)
            return command_fail(context);
        statement = name;
    } else if (strchr(statement, ':') == NULL) {
        if (command_complete(context, statement, name, &context->client->problem) != CUSTODY_OK)
            return command_fail(context);
        statement = name;
    }
    return act_submit(context, context->command->act, json_pack("{s:s}", "target", statement));
}
