/* following.h: what custody follow and custody audit share.
 * Never says that something was proved which was not: the library's count is what is printed. */
#ifndef CUSTODY_CLIENT_CLI_FOLLOWING_H
#define CUSTODY_CLIENT_CLI_FOLLOWING_H

#include "client/cli/command.h"

/* Follow, with a progress line; prints JSON, or what stopped it. The exit code. */
int following_run(struct command_context *context,
                  struct arguments *arguments,
                  unsigned flags,
                  struct custody_followed *ret);

#endif
