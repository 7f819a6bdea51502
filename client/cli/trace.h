/* trace.h: the chain of custody as a timeline, for those who print it beside other things.
 * Never says more than the ledger did. */
#ifndef CUSTODY_CLIENT_CLI_TRACE_H
#define CUSTODY_CLIENT_CLI_TRACE_H

#include "proto/custody.pb-c.h"
#include "client/cli/output.h"

/* Every container, manifest and batch of the answer, as text for people. */
void trace_print(const struct output *output, const Custody__V1__TraceReply *reply);

#endif
