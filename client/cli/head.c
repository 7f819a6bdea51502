/* head.c: custody head: the newest checkpoint, verified and linked to what this device has seen.
 * Never shows one that could not be linked. */
#include <inttypes.h>

#include "proto/bytes.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/command.h"

int head_command(struct command_context *context, struct arguments *arguments)
{
    char root[2 * DIGEST_SIZE + 1];
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context))
        return command_fail(context);
    uint64_t before = context->client->trust.head.size;
    if (!context->is_offline && ask_newest_head(context->client) != CUSTODY_OK)
        return command_fail(context);
    const struct trust *trust = &context->client->trust;
    if (trust->note == NULL) {
        problem_set(&context->client->problem, CUSTODY_ERR_NOT_FOUND, "head",
                    "a checkpoint that was verified", "none yet");
        return command_fail(context);
    }
    bytes_write_hex(span_of(trust->head.root.bytes, DIGEST_SIZE), root);
    if (context->output.is_json) {
        output_json(&context->output,
                    json_pack("{s:s, s:I, s:s, s:I, s:s#}", "origin", trust->head.origin, "size",
                              (json_int_t)trust->head.size, "root", root, "known_before",
                              (json_int_t)before, "checkpoint", (const char *)trust->note,
                              (int)trust->note_len));
        return 0;
    }
    output_field(&context->output, "账本 ledger", "%s", trust->head.origin);
    output_field(&context->output, "账目 entries", "%" PRIu64 "  (上次 before %" PRIu64 ")",
                 trust->head.size, before);
    output_field(&context->output, "根 root", "%s", root);
    output_print(
        &context->output, OUTPUT_GOOD,
        "已核验 verified: signed by the ledger, and it contains all that was seen before\n");
    return 0;
}
