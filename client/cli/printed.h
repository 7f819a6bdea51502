/* printed.h: what a command would have shown on a screen, gathered as blocks of a page instead.
 * Never knows what it says: lines stay lines, fields become boxes, tables stay tables. */
#ifndef CUSTODY_CLIENT_CLI_PRINTED_H
#define CUSTODY_CLIENT_CLI_PRINTED_H

#include <jansson.h>
#include <stdio.h>

#include "client/cli/output.h"

struct printed;

/* NULL when memory is used up. */
struct printed *printed_create(void);
/* What output.c writes to in the screen's place. Owned by `printed`. */
FILE *printed_file(struct printed *printed);
/* All that was written to the file since the last call has that colour. */
void printed_text(struct printed *printed, enum output_colour colour);
void printed_field(struct printed *printed, const char *name, const char *value);
void printed_table(struct printed *printed, const struct output_table *table);
/* The blocks of client/paper/page.h, for the caller to drop; NULL when memory was used up at some point. */
json_t *printed_take(struct printed *printed);
void printed_destroy(struct printed *printed); /* NULL is allowed */

#endif
