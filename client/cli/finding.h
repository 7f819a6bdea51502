/* finding.h: a finding's short id turned into the name that a statement signs.
 * Never signs a name that the ledger did not give under a verified checkpoint. */
#ifndef CUSTODY_CLIENT_CLI_FINDING_H
#define CUSTODY_CLIENT_CLI_FINDING_H

#include "client/cli/command.h"

/* Takes `--finding ID,...` where the message has such a field and the values are ids; what is written as rule=,subject=,anchor=
 * is left where it is. `*ret` is an object with the field, or NULL. Opens the client. Prints what stopped it: false. */
CUSTODY_CHECK bool finding_take(struct command_context *context,
                                const ProtobufCMessageDescriptor *descriptor,
                                struct arguments *arguments,
                                json_t **ret);

#endif
