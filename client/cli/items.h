/* items.h: what is open, item by item: blocks of text, lines of TSV, sums that add up; for the commands that list it.
 * Never sorts: the ledger gives the order. */
#ifndef CUSTODY_CLIENT_CLI_ITEMS_H
#define CUSTODY_CLIENT_CLI_ITEMS_H

#include "proto/custody.pb-c.h"
#include "client/cli/command.h"

/* "in 3 h 20 min", "2 d 4 h late"; empty without a due time. */
void items_describe_due(int64_t due, int64_t now, char ret[static OUTPUT_CELL_MAX]);
void items_print(const struct output *output, const Custody__V1__OpenItem *item, int64_t now);
void items_tsv_heads(const struct output *output);
void items_tsv(const struct output *output, const Custody__V1__OpenItem *item);
/* A table by division and family with a line of totals. `title` NULL: none is printed. */
void items_sums(const struct output *output, Custody__V1__OpenSum *const *sums, size_t count);
/* Do the parts add up to the total? */
bool items_sums_fit(Custody__V1__OpenSum *const *sums, size_t count, uint64_t total);
/* Ask for unclosed work page by page and print it. */
int items_list(struct command_context *context,
               struct arguments *arguments,
               const char *title_zh,
               const char *title_en);
/* An hour and day without its year, for lists: "05-18 09:12". */
void items_short_time(const struct output *output, int64_t us, char ret[static OUTPUT_CELL_MAX]);

#endif
