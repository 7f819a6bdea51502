/* paper.h: what is to be printed, handed to custody-paper, which draws it.
 * Never draws, and never hands it a key: this program is linked with no drawing library. */
#ifndef CUSTODY_CLIENT_CLI_PAPER_H
#define CUSTODY_CLIENT_CLI_PAPER_H

#include "client/cli/command.h"
#include "client/cli/printed.h"

/* Is it a file that custody-paper can write: one that ends in .pdf or .png? */
bool paper_is_name(const char *path);
/* A page of client/paper/page.h: title and time, the demonstration's mark where the ledger is one, and `blocks`, whose reference it takes.
 * Asks the ledger what it is, if it may; NULL when memory is used up. Needs an open client. */
json_t *
paper_page(struct command_context *context, const char *title, const char *corner, json_t *blocks);
/* Under the page: the newest checkpoint that this device has verified, as a QR code that `custody verify` and any other reader of signed
 * notes checks with no network. */
void paper_add_checkpoint(struct command_context *context, json_t *page);
/* Under the page: the offline proof of that entry, as `custody prove` writes it, as a QR code; the checkpoint where the proof is too long
 * for one, or this key may not read the entry. */
void paper_add_proof(struct command_context *context, json_t *page, uint64_t entry);
/* What a command printed, drawn as a page of its own under the command's name. The exit code. */
int paper_write_printed(struct command_context *context, struct printed *printed, const char *path);
/* Draw the document (client/paper/label.h, page.h) and wait; drops its reference. Gives the exit code, and prints what stopped it. */
int paper_write(struct command_context *context, json_t *document, const char *path);

#endif
