/* due.c: custody due: what this party owes, and by when.
 * Never asks about others: custody unclosed does. */
#include "client/cli/items.h"

static bool preset(struct arguments *arguments, const char *name, const char *value)
{
    if (arguments->count == ARGUMENTS_MAX)
        return false;
    arguments->all[arguments->count++] = (struct argument){.name = name, .value = value};
    return true;
}

int due_command(struct command_context *context, struct arguments *arguments)
{
    if (!preset(arguments, "kind", "obligation") || !preset(arguments, "role", "holder"))
        return command_usage(context, "arguments", "fewer", "too many");
    return items_list(context, arguments, "本单位期限", "owed by this party");
}
