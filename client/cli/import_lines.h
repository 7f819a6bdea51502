/* import_lines.h: custody import jsonl: statements as JSON lines, as custody submit takes them and custody export jsonl writes them.
 * Never stops at a bad line. */
#ifndef CUSTODY_CLIENT_CLI_IMPORT_LINES_H
#define CUSTODY_CLIENT_CLI_IMPORT_LINES_H

#include <stdio.h>

#include "client/cli/importing.h"

enum { IMPORT_LINES_LINE_MAX = 256 * 1024 };

/* One line of a file, without its end; lines are IMPORT_LINES_LINE_MAX bytes at most. `*ret` NULL at the end; else for the caller to free. */
CUSTODY_CHECK enum custody_status
import_lines_read(FILE *file, char **ret, struct custody_problem *problem);
CUSTODY_CHECK enum custody_status
import_lines_run(struct importing *importing, FILE *file, struct custody_problem *problem);

#endif
