/* export_csv.h: custody export csv and jsonl: the statements on the ledger, in the forms that custody import takes.
 * Never leaves anything out unsaid. */
#ifndef CUSTODY_CLIENT_CLI_EXPORT_CSV_H
#define CUSTODY_CLIENT_CLI_EXPORT_CSV_H

#include "client/cli/exporting.h"

/* One act's statements, a row for each container or line. The exit code. */
int export_csv_run(struct command_context *context,
                   const struct exporting_filter *filter,
                   bool is_chinese);
/* One JSON object a line. */
int export_csv_lines(struct command_context *context, const struct exporting_filter *filter);

#endif
