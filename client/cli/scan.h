/* scan.h: custody scan, as custody trip stop runs it too.
 * Never signs what was not said to be done. */
#ifndef CUSTODY_CLIENT_CLI_SCAN_H
#define CUSTODY_CLIENT_CLI_SCAN_H

#include "client/cli/command.h"

/* `custody trip stop PARTY/PLACE`: scan load there. Gives the exit code. */
int scan_stop(struct command_context *context, struct arguments *arguments);

#endif
