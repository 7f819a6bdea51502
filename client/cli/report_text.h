/* report_text.h: a report as people read it: what its figures rest on, then the tables of the verification sheet (NEEDS D1-D4).
 * Never asks and never adds: every number is a figure that custody explain opens. */
#ifndef CUSTODY_CLIENT_CLI_REPORT_TEXT_H
#define CUSTODY_CLIENT_CLI_REPORT_TEXT_H

#include "client/cli/reporting.h"

/* `before_year`, for a yearly report: the year before; else NULL. */
void report_text_print(const struct reporting *report, const struct reporting *before_year);

#endif
