/* form_month.h: the month's sheet of medical waste (危险废物转移联单, 医疗废物专用), one a month for each institution (环发〔2003〕206号).
 * Never adds what the ledger does not hold: its figures are those that custody explain opens. */
#ifndef CUSTODY_CLIENT_CLI_FORM_MONTH_H
#define CUSTODY_CLIENT_CLI_FORM_MONTH_H

#include "client/cli/command.h"

/* `month`: 2026-05. `party` NULL: this device's own. `receiver`, which may be NULL, goes onto the paper as it is. The exit code. */
int form_month_draw(struct command_context *context,
                    const char *month,
                    const char *party,
                    const char *receiver,
                    const char *path);

#endif
