/* unclosed.c: custody unclosed: what is still open, the most urgent first, and who holds it.
 * Never sorts: the ledger gives the order. */
#include "client/cli/items.h"

int unclosed_command(struct command_context *context, struct arguments *arguments)
{
    return items_list(context, arguments, "未办结", "unclosed");
}
