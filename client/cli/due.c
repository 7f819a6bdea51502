/* due.c: custody due: what this party owes, and by when.
 * Never asks about others: custody unclosed does. */
#include "client/cli/items.h"

int due_command(struct command_context *context, struct arguments *arguments)
{
    if (!arguments_add(arguments, "kind", "obligation") ||
        !arguments_add(arguments, "role", "holder"))
        return command_usage(context, "arguments", "fewer", "too many");
    return items_list(context, arguments, "本单位期限", "owed by this party");
}
