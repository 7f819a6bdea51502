/* prove.c: custody prove: the offline proof of an entry, as a file that anybody can check.
 * Never writes one that it has not checked. */
#include <inttypes.h>
#include <stdlib.h>

#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/lib/tlogproof.h"
#include "client/cli/command.h"

static int
write_proof(struct command_context *context, const Custody__V1__ProveReply *reply, const char *path)
{
    const Custody__V1__Entry *entry = reply->entry;
    struct custody_problem *problem = &context->client->problem;
    char *text = NULL;
    int code = 0;
    if (entry == NULL || entry->proof == NULL) {
        problem_set(problem, CUSTODY_ERR_PROTOCOL, "answer", "an entry with its proof", "none");
        return command_fail(context);
    }
    if (entry->bytes.len == 0) {
        problem_set(problem, CUSTODY_ERR_REFUSED, "entry", "an entry that this key may read",
                    "%" PRIu64, entry->number);
        return command_fail(context);
    }
    text = malloc(TLOGPROOF_SIZE_MAX);
    size_t len =
        text == NULL
            ? 0
            : tlogproof_write(entry->number, span_of(entry->bytes.data, entry->bytes.len),
                              entry->proof,
                              span_of(reply->basis->checkpoint.data, reply->basis->checkpoint.len),
                              text, TLOGPROOF_SIZE_MAX);
    if (len == 0) {
        problem_set(problem, CUSTODY_ERR_MEMORY, "proof", NULL, "nothing left");
        code = command_fail(context);
    } else if (path == NULL) {
        fwrite(text, 1, len, context->output.file);
    } else if (files_replace(path, span_of(text, len), problem) != CUSTODY_OK) {
        code = command_fail(context);
    } else if (context->output.is_json) {
        output_json(&context->output,
                    json_pack("{s:I, s:s}", "entry", (json_int_t)entry->number, "proof", path));
    } else {
        output_print(&context->output, OUTPUT_PLAIN,
                     "证明 proof of entry %" PRIu64 "  %s\nAnyone can check it: custody verify %s "
                     "--ledger VKEY\n",
                     entry->number, path, path);
    }
    free(text);
    return code;
}

int prove_command(struct command_context *context, struct arguments *arguments)
{
    ProtobufCMessage *reply = NULL;
    const char *path = arguments_take(arguments, "o");
    int code = command_ask(context, arguments, "entry", NULL, &reply);
    if (code == 0)
        code = write_proof(context, (const Custody__V1__ProveReply *)reply, path);
    reflect_free(reply);
    return code;
}
