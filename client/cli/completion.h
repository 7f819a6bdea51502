/* completion.h: what a shell offers for the word that is being typed: commands, options, values, from what --help prints of the
 * same table.
 * Never asks the ledger: a shell waits for nobody. The shells' side is in deploy/completions. */
#ifndef CUSTODY_CLIENT_CLI_COMPLETION_H
#define CUSTODY_CLIENT_CLI_COMPLETION_H

#include <stdio.h>

/* One candidate a line. `words`: what stands behind "custody" so far; the last one, which may be empty, is being typed. Nothing when
 * it may be anything, such as a file. */
void completion_write_words(const char *const *words, size_t count, FILE *file);
#endif
