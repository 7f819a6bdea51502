/* export_emanifest.h: custody export emanifest: one manifest as the US e-Manifest system takes it.
 * Never submits it. */
#ifndef CUSTODY_CLIENT_CLI_EXPORT_EMANIFEST_H
#define CUSTODY_CLIENT_CLI_EXPORT_EMANIFEST_H

#include "client/cli/command.h"

int export_emanifest_run(struct command_context *context, struct arguments *arguments);

#endif
