/* act.h: one statement from options to paper: keep, bring to the ledger, tell what became of it.
 * Never knows one act from another; the descriptor does. */
#ifndef CUSTODY_CLIENT_CLI_ACT_H
#define CUSTODY_CLIENT_CLI_ACT_H

#include "client/cli/command.h"

/* Keep the act in `object` (its fields, and texts for the annex by their short names; dropped here), with the context's ref, time
 * and records. Prints nothing. */
CUSTODY_CHECK enum custody_status act_keep(struct command_context *context,
                                           uint32_t act,
                                           json_t *object,
                                           const char *ref,
                                           int64_t occurred_at_us,
                                           struct custody_kept *ret);
/* Bring what is kept to the ledger, unless --offline. Tells of failures in `context`; gives CUSTODY_OK offline too. */
CUSTODY_CHECK enum custody_status act_deliver(struct command_context *context);
/* Say that the statement is kept, before it is sent: text for people only. */
void act_announce(struct command_context *context, uint32_t act, const struct custody_kept *kept);
/* Print what became of the statement, and give the exit code. `delivered` is what act_deliver gave. */
int act_report(struct command_context *context,
               uint32_t act,
               const struct custody_kept *kept,
               enum custody_status delivered);
/* keep, announce, deliver, report. */
int act_submit(struct command_context *context, uint32_t act, json_t *object);
json_t *act_to_json(struct command_context *context, uint32_t act, const struct custody_kept *kept);

#endif
