/* national.h: manifests in the order of the national form (环办固体函〔2021〕577号), as rows of a table, and what comes back of them.
 * Never fills in what the ledger does not know: telephone numbers and names of persons are not in it.
 *
 * A row is one line of waste of one manifest; what the form repeats for each carrier has the carriers' values with ; between them. */
#ifndef CUSTODY_CLIENT_EXCHANGE_NATIONAL_H
#define CUSTODY_CLIENT_EXCHANGE_NATIONAL_H

#include <jansson.h>
#include <stddef.h>

#include "proto/custody.pb-c.h"

enum { NATIONAL_COLUMNS = 36, NATIONAL_CELL_MAX = 512 };

/* What the columns that come back are called. */
#define NATIONAL_MANIFEST   "联单标识"
#define NATIONAL_NUMBER     "国家联单编号"
#define NATIONAL_PROVINCIAL "省联单编号"
#define NATIONAL_STATE      "上报状态"

/* Header cells. */
const char *const *national_heads(void);
typedef void national_write_row(void *context, const char *const *cells, size_t count);
/* A row for each line; of a manifest without lines none. */
void national_write(const Custody__V1__ManifestView *manifest,
                    national_write_row *write,
                    void *context);
/* The body of the act `number`, of cells that may be empty; NULL when neither a number nor a state is there. `*ret_fault`: the header of a
 * cell that is not in order, and what was expected; NULL when all are. */
json_t *national_number(const char *manifest,
                        const char *national,
                        const char *provincial,
                        const char *state,
                        const char **ret_fault,
                        const char **ret_expected);

#endif
