/* set_tables.h: tables of the ledger from CSV files: divisions and the waste catalogue.
 * Never judges a row; the ledger does. */
#ifndef CUSTODY_CLIENT_CLI_SET_TABLES_H
#define CUSTODY_CLIENT_CLI_SET_TABLES_H

#include "client/cli/command.h"
#include "client/cli/csv.h"

/* One row of the file as an object of the act's list; NULL when memory is used up. */
typedef json_t *set_tables_row(const struct csv *csv);

struct set_tables_kind {
    const char *list;           /* the repeated field */
    const char *const *columns; /* that the file must have; NULL ends */
    set_tables_row *row;
    const char *more; /* field that says that another statement follows; NULL: there is none */
};

/* Submit the file, in as many statements as it needs; `rest` has the other fields of the body and is dropped. */
int set_tables_submit(struct command_context *context,
                      const struct set_tables_kind *kind,
                      const char *path,
                      json_t *rest);

#endif
