/* import_csv.h: custody import csv: rows of a spreadsheet as statements of any act.
 * Never keeps a part of a statement: when one of its rows is at fault, none of them is kept. */
#ifndef CUSTODY_CLIENT_CLI_IMPORT_CSV_H
#define CUSTODY_CLIENT_CLI_IMPORT_CSV_H

#include "client/cli/csv.h"
#include "client/cli/importing.h"

struct import_csv_options {
    uint32_t act;     /* of rows without a column for it */
    const char *skip; /* headers, with commas, that are passed over; NULL: none */
    enum csv_encoding encoding;
};

/* Rows that follow one another and are alike but for their container or line are one statement, IMPORTING_ROWS_MAX rows at most: the same
 * file has the same cuts each time. */
CUSTODY_CHECK enum custody_status import_csv_run(struct importing *importing,
                                                 FILE *file,
                                                 const struct import_csv_options *options,
                                                 struct custody_problem *problem);
/* The columns that an act has, with their Chinese headers. */
void import_csv_list(const struct output *output, uint32_t act);

#endif
