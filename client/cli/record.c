/* record.c: custody record get: a text, a photograph or another record that a statement names by its digest.
 * Never hands on bytes that the digest does not belong to. */
#include <inttypes.h>
#include <string.h>

#include "proto/bytes.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/command.h"
#include "client/cli/views.h"

/* The salt goes first; without it the digest could be guessed from what it is of. */
static enum custody_status check_record(const Custody__V1__RecordRequest *request,
                                        const Custody__V1__RecordReply *reply,
                                        struct span *ret_content,
                                        struct custody_problem *problem)
{
    struct span record = span_of(reply->record.data, reply->record.len);
    struct digest digest = digest_sha256(record);
    if (record.len < SALT_SIZE || request->digest.len != DIGEST_SIZE ||
        memcmp(digest.bytes, request->digest.data, DIGEST_SIZE) != 0)
        return problem_set(problem, CUSTODY_ERR_EVIDENCE, "record",
                           "bytes that hash to the digest that was asked for", "others");
    *ret_content = span_of(record.data + SALT_SIZE, record.len - SALT_SIZE);
    return CUSTODY_OK;
}

static void print_about(const struct output *output, const Custody__V1__RecordReply *reply)
{
    char until[OUTPUT_CELL_MAX];
    output_field(output, "类别 kind", "%s", reply->kind);
    output_field(output, "单位 party", "%s", reply->party);
    output_field(output, "账目 entry", "#%" PRIu64, reply->entry);
    if (reply->kept_until != 0) {
        output_time(output, reply->kept_until, until);
        output_field(output, "保存至 kept until", "%s", until);
    }
    if (strcmp(reply->kept_for, "hold") == 0)
        output_field(output, "不得删除 kept for", "%s", "主管部门扣留 a regulator's hold");
    if (strcmp(reply->kept_for, "case") == 0)
        output_field(output, "不得删除 kept for", "%s", "未了结的违规或争议 an open case");
}

static int print_erased(struct command_context *context, const Custody__V1__RecordReply *reply)
{
    const struct output *output = &context->output;
    if (output->is_json) {
        output_json(output, reflect_to_json(&reply->base));
    } else {
        output_print(output, OUTPUT_BOLD, "已删除 erased\n");
        print_about(output, reply);
    }
    return 1;
}

static int print_content(struct command_context *context,
                         const Custody__V1__RecordReply *reply,
                         struct span content,
                         const char *path)
{
    const struct output *output = &context->output;
    struct custody_problem *problem = &context->client->problem;
    if (path != NULL && files_replace(path, content, problem) != CUSTODY_OK)
        return command_fail(context);
    if (output->is_json) {
        output_json(output, reflect_to_json(&reply->base));
        return 0;
    }
    if (path == NULL && !bytes_is_printable(content)) {
        problem_set(problem, CUSTODY_ERR_INVALID, "o", "-o FILE: the record is not a line of text",
                    "%zu bytes", content.len);
        return command_fail(context);
    }
    if (path == NULL)
        output_print(output, OUTPUT_PLAIN, "%.*s\n", (int)content.len, (const char *)content.data);
    else
        output_print(output, OUTPUT_GOOD, "%s  %zu bytes\n", path, content.len);
    print_about(output, reply);
    return 0;
}

int record_command(struct command_context *context, struct arguments *arguments)
{
    ProtobufCMessage *request = NULL, *message = NULL;
    struct span content = {0};
    const char *verb = arguments_take_word(arguments);
    const char *path = arguments_take(arguments, "o");
    if (verb == NULL || strcmp(verb, "get") != 0)
        return command_usage(context, "record", "get DIGEST", verb == NULL ? "nothing" : verb);
    int code = command_ask(context, arguments, "digest", &request, &message);
    if (code != 0)
        return code;
    const Custody__V1__RecordReply *reply = (const Custody__V1__RecordReply *)message;
    if (reply->erased)
        code = print_erased(context, reply);
    else if (check_record((const Custody__V1__RecordRequest *)request, reply, &content,
                          &context->client->problem) != CUSTODY_OK)
        code = command_fail(context);
    else
        code = print_content(context, reply, content, path);
    reflect_free(request);
    reflect_free(message);
    return code;
}
