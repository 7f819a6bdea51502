/* serve.h: custodyd run.
 * Never decides a limit that is a setting. Threads: the main one, which makes the others. */
#ifndef CUSTODY_DAEMON_SERVE_H
#define CUSTODY_DAEMON_SERVE_H

#include "daemon/invocation.h"

/* Serves until SIGTERM or SIGINT; gives the exit code. */
int serve_run(struct invocation *invocation);

#endif
