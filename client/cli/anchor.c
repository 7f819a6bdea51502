/* anchor.c: custody anchor-access-log: the digest of a day's access log onto the ledger.
 * Never anchors a day that is not over: its digest would not stay. */
#include "proto/bytes.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/act.h"

/* The day's sum, as the ledger has it. */
static enum custody_status
ask_sum(struct command_context *context, const char *day, ProtobufCMessage **ret)
{
    struct custody_client *client = context->client;
    Custody__V1__AccessRequest request = CUSTODY__V1__ACCESS_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    options.limit = 1;
    request.options = &options;
    request.day = (char *)day;
    enum custody_status status = ask_question(client, ENVELOPE_ACCESS, &request.base, ret);
    if (status != CUSTODY_OK)
        return status;
    const Custody__V1__AccessReply *reply = (const Custody__V1__AccessReply *)*ret;
    if (reply->log_digest.len != DIGEST_SIZE)
        return problem_set(&client->problem, CUSTODY_ERR_PROTOCOL, "answer", "the day's digest",
                           "none");
    if (reply->complete)
        return CUSTODY_OK;
    problem_set(&client->problem, CUSTODY_ERR_REFUSED, "day", "a day that is over", "%s", day);
    problem_advise(&client->problem, "anchor it tomorrow");
    return CUSTODY_ERR_REFUSED;
}

int anchor_access_log_command(struct command_context *context, struct arguments *arguments)
{
    char digest[2 * DIGEST_SIZE + 1];
    ProtobufCMessage *message = NULL;
    const char *day = arguments_take(arguments, "day");
    if (day == NULL)
        return command_usage(context, "day", "a day that is over, e.g. 20260501", "nothing");
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context))
        return command_fail(context);
    if (ask_sum(context, day, &message) != CUSTODY_OK) {
        reflect_free(message);
        return command_fail(context);
    }
    const Custody__V1__AccessReply *reply = (const Custody__V1__AccessReply *)message;
    bytes_write_hex(span_of(reply->log_digest.data, DIGEST_SIZE), digest);
    json_t *body = json_pack("{s:s, s:I, s:s}", "day", day, "accesses", (json_int_t)reply->lines,
                             "log_digest", digest);
    reflect_free(message);
    return act_submit(context, context->command->act, body);
}
