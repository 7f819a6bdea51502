/* init.h: custodyd init.
 * Never replaces what exists. Threads: the main one. */
#ifndef CUSTODY_DAEMON_INIT_H
#define CUSTODY_DAEMON_INIT_H

#include "daemon/invocation.h"

/* Gives the exit code. */
int init_run(struct invocation *invocation);

#endif
