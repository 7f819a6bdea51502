/* follow.c: custody follow: pull new entries and recompute the root over all of them.
 * Never keeps the entries, only how far it came. */
#include <inttypes.h>

#include "client/cli/following.h"

int follow_command(struct command_context *context, struct arguments *arguments)
{
    struct custody_followed followed;
    unsigned flags = arguments_take_flag(arguments, "from_start") ? CUSTODY_FOLLOW_FROM_START : 0;
    int code = following_run(context, arguments, flags, &followed);
    if (code != 0 || context->output.is_json)
        return code;
    output_print(&context->output, OUTPUT_GOOD,
                 "已核验 verified: entries %" PRIu64 " to %" PRIu64
                 " give the root that the ledger signed\n",
                 followed.first, followed.size);
    return 0;
}
