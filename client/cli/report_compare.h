/* report_compare.h: what changed between two reports, and the entries that changed it.
 * Never says that one of them is wrong: the old one stands as it was. */
#ifndef CUSTODY_CLIENT_CLI_REPORT_COMPARE_H
#define CUSTODY_CLIENT_CLI_REPORT_COMPARE_H

#include "client/cli/reporting.h"

/* The footnotes of `report` since `old`: each figure that differs, with the entries between the two positions that it is made of. `json`
 * NULL: as text; else they are put into it as "compare". The exit code. */
int report_compare_print(struct reporting *report, const struct reporting *old, json_t *json);

#endif
