/* export_national.h: custody export national: manifests that the national system has not heard of, in the order of its form.
 * Never reports: it writes what somebody enters there, and custody import national takes back what came of it. */
#ifndef CUSTODY_CLIENT_CLI_EXPORT_NATIONAL_H
#define CUSTODY_CLIENT_CLI_EXPORT_NATIONAL_H

#include "client/cli/command.h"

int export_national_run(struct command_context *context, struct arguments *arguments);

#endif
