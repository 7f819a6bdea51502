/* following.c: what custody follow and custody audit share.
 * Never says that something was proved which was not. */
#include "client/cli/following.h"

#include "proto/bytes.h"

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    const struct command_context *command = context;
    output_progress(&command->output, "核对 entries", done, total);
}

int following_run(struct command_context *context,
                  struct arguments *arguments,
                  unsigned flags,
                  struct custody_followed *ret)
{
    char root[2 * DIGEST_SIZE + 1];
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context) || custody_client_follow(context->client, flags, NULL, show_progress,
                                                        context, ret) != CUSTODY_OK)
        return command_fail(context);
    if (!context->output.is_json)
        return 0;
    bytes_write_hex(span_of(ret->root, DIGEST_SIZE), root);
    output_json(&context->output,
                json_pack("{s:b, s:s, s:I, s:I, s:s, s:I, s:I}", "verified", 1, "origin",
                          context->client->card.origin, "first", (json_int_t)ret->first, "size",
                          (json_int_t)ret->size, "root", root, "signatures",
                          (json_int_t)ret->signatures, "unread", (json_int_t)ret->unread));
    return 0;
}
