/* csv.h: a table with a header line, read row by row (RFC 4180: quotes, doubled quotes, CRLF or LF).
 * Never guesses a column: they are found by name. */
#ifndef CUSTODY_CLIENT_CLI_CSV_H
#define CUSTODY_CLIENT_CLI_CSV_H

#include <stdio.h>

#include <custody/client.h>

enum { CSV_COLUMNS_MAX = 96, CSV_ROW_MAX = 64 * 1024 };

/* What a file's bytes are. Nothing is said of a file without a byte above 127. */
enum csv_encoding { CSV_ENCODING_OPEN = 0, CSV_UTF8, CSV_GB18030 };

struct csv {
    FILE *file; /* NULL: the whole text is at hand */
    enum csv_encoding encoding;
    char *head; /* the header line of a file that is read row by row */
    char *text; /* the whole text, or the row at hand; cells point into it */
    char *at;
    size_t line;       /* the last one of the row at hand, 1-based */
    size_t first_line; /* of the row at hand */
    size_t lines_read; /* of a file that is read row by row */
    size_t columns;
    char *names[CSV_COLUMNS_MAX];
    char *cells[CSV_COLUMNS_MAX];
};

/* Takes `text` over, which must come from malloc and end with NUL. Reads the header line. */
CUSTODY_CHECK enum custody_status
csv_open(char *text, struct csv *ret, struct custody_problem *problem);
/* The same row by row, in memory that does not grow with the file: a row is CSV_ROW_MAX bytes at most. With CSV_ENCODING_OPEN the first
 * row with a byte above 127 decides: UTF-8, or else GB18030, as spreadsheets in China save it; the rest must be the same. `file` stays the
 * caller's. */
CUSTODY_CHECK enum custody_status csv_open_file(FILE *file,
                                                enum csv_encoding encoding,
                                                struct csv *ret,
                                                struct custody_problem *problem);
/* The next row; `*ret_is_end` at the end. Empty lines are passed over. */
CUSTODY_CHECK enum custody_status
csv_next(struct csv *csv, bool *ret_is_end, struct custody_problem *problem);
/* The cell of the row at hand, or NULL when there is no such column. */
const char *csv_cell(const struct csv *csv, const char *column);
void csv_done(struct csv *csv);

/* A row, quoted where it must be, with CRLF behind it. NULL is empty. */
void csv_write(FILE *file, const char *const *cells, size_t count);

#endif
