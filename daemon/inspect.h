/* inspect.h: custodyd audit, rebuild and export: the journal read from its beginning.
 * Never changes an entry. Threads: the main one; each gives the exit code. */
#ifndef CUSTODY_DAEMON_INSPECT_H
#define CUSTODY_DAEMON_INSPECT_H

#include "daemon/invocation.h"

int inspect_audit(struct invocation *invocation);
int inspect_rebuild(struct invocation *invocation);
int inspect_export(struct invocation *invocation);

#endif
