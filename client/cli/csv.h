/* csv.h: a table with a header line, read row by row (RFC 4180: quotes, doubled quotes, CRLF or LF).
 * Never guesses a column: they are found by name. */
#ifndef CUSTODY_CLIENT_CLI_CSV_H
#define CUSTODY_CLIENT_CLI_CSV_H

#include <custody/client.h>

enum { CSV_COLUMNS_MAX = 32 };

struct csv {
    char *text; /* the whole file; cells point into it */
    char *at;
    size_t line; /* of the row at hand, 1-based */
    size_t columns;
    char *names[CSV_COLUMNS_MAX];
    char *cells[CSV_COLUMNS_MAX];
};

/* Takes `text` over, which must come from malloc and end with NUL. Reads the header line. */
CUSTODY_CHECK enum custody_status
csv_open(char *text, struct csv *ret, struct custody_problem *problem);
/* The next row; `*ret_is_end` at the end. Empty lines are passed over. */
CUSTODY_CHECK enum custody_status
csv_next(struct csv *csv, bool *ret_is_end, struct custody_problem *problem);
/* The cell of the row at hand, or NULL when there is no such column. */
const char *csv_cell(const struct csv *csv, const char *column);
void csv_done(struct csv *csv);

#endif
