/* paper.h: what is to be printed, handed to custody-paper, which draws it.
 * Never draws, and never hands it a key: this program is linked with no drawing library. */
#ifndef CUSTODY_CLIENT_CLI_PAPER_H
#define CUSTODY_CLIENT_CLI_PAPER_H

#include "client/cli/command.h"

/* Is it a file that custody-paper can write: one that ends in .pdf or .png? */
bool paper_is_name(const char *path);
/* Draw the document (client/paper/label.h, page.h) and wait; drops its reference. Gives the exit code, and prints what stopped it. */
int paper_write(struct command_context *context, json_t *document, const char *path);

#endif
