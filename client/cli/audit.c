/* audit.c: custody audit: follow from entry 0, verify every statement's signature, and say what that proved.
 * Never trusts an earlier run, except with --continue. */
#include <inttypes.h>

#include "proto/bytes.h"
#include "client/cli/following.h"

int audit_command(struct command_context *context, struct arguments *arguments)
{
    struct custody_followed followed;
    char root[2 * DIGEST_SIZE + 1];
    const struct output *output = &context->output;
    unsigned flags = CUSTODY_FOLLOW_CHECK_SIGNATURES;
    flags |= arguments_take_flag(arguments, "continue") ? 0 : CUSTODY_FOLLOW_FROM_START;
    int code = following_run(context, arguments, flags, &followed);
    if (code != 0 || output->is_json)
        return code;
    bytes_write_hex(span_of(followed.root, DIGEST_SIZE), root);
    output_print(output, OUTPUT_GOOD, "已核验 verified\n");
    output_field(output, "账目 entries",
                 "%" PRIu64 " to %" PRIu64 ", numbers without a gap, times rising", followed.first,
                 followed.size);
    output_field(output, "签名 signatures", "%" PRIu64 " statements signed by their keys",
                 followed.signatures);
    if (followed.unread > 0)
        output_field(output, "只见摘要 by hash",
                     "%" PRIu64
                     " entries that this key may not read: in the tree, contents not checked",
                     followed.unread);
    output_field(output, "根 root", "%s", root);
    output_print(output, OUTPUT_PLAIN,
                 "The entries give the root of the checkpoint that the ledger signed, and that "
                 "contains every checkpoint this device has seen.\n");
    return 0;
}
