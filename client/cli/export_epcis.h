/* export_epcis.h: custody export epcis: what this device may read, as one EPCIS 2.0 document.
 * Never leaves an act out unsaid. */
#ifndef CUSTODY_CLIENT_CLI_EXPORT_EPCIS_H
#define CUSTODY_CLIENT_CLI_EXPORT_EPCIS_H

#include "client/cli/command.h"

int export_epcis_run(struct command_context *context, struct arguments *arguments);

#endif
