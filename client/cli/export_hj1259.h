/* export_hj1259.h: custody export hj1259: the ledger tables of HJ 1259-2022 of one party and month, as CSV.
 * Never fills in what the ledger does not know. */
#ifndef CUSTODY_CLIENT_CLI_EXPORT_HJ1259_H
#define CUSTODY_CLIENT_CLI_EXPORT_HJ1259_H

#include "client/cli/command.h"

int export_hj1259_run(struct command_context *context, struct arguments *arguments);

#endif
