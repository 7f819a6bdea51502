/* import_national.h: custody import national: numbers and states that the national system gave, back to their manifests.
 * Never takes anything else of the table: the ledger knows it from the statements. */
#ifndef CUSTODY_CLIENT_CLI_IMPORT_NATIONAL_H
#define CUSTODY_CLIENT_CLI_IMPORT_NATIONAL_H

#include "client/cli/csv.h"
#include "client/cli/importing.h"

CUSTODY_CHECK enum custody_status import_national_run(struct importing *importing,
                                                      FILE *file,
                                                      enum csv_encoding encoding,
                                                      struct custody_problem *problem);

#endif
