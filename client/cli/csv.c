/* csv.c: a table with a header line, read row by row.
 * Never guesses a column. */
#include "client/cli/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/problem.h"

static enum custody_status complain(const struct csv *csv,
                                    const char *expected,
                                    const char *got,
                                    struct custody_problem *problem)
{
    char field[32];
    snprintf(field, sizeof(field), "line %zu", csv->line);
    return problem_set(problem, CUSTODY_ERR_INVALID, field, expected, "%s", got);
}

/* One cell, unquoted in place. `*ret_is_last`: the line ends behind it. */
static bool take_cell(struct csv *csv, char **ret, bool *ret_is_last)
{
    char *from = csv->at;
    char *to = from;
    *ret = to;
    if (*from == '"') {
        from++;
        while (*from != '\0' && !(from[0] == '"' && from[1] != '"')) {
            from += from[0] == '"' ? 1 : 0;
            csv->line += *from == '\n' ? 1 : 0;
            *to++ = *from++;
        }
        if (*from != '"')
            return false;
        from++;
    } else {
        while (*from != '\0' && *from != ',' && *from != '\n' && *from != '\r')
            *to++ = *from++;
    }
    char end = *from;
    if (end == '\r' && from[1] == '\n')
        from++;
    if (end != '\0' && end != ',' && *from != '\n')
        return false;
    csv->at = *from == '\0' ? from : from + 1;
    *to = '\0';
    *ret_is_last = end != ',';
    return true;
}

static enum custody_status
take_line(struct csv *csv, char **cells, size_t *ret_count, struct custody_problem *problem)
{
    bool is_last = false;
    size_t count = 0;
    while (!is_last) {
        if (count == CSV_COLUMNS_MAX)
            return complain(csv, "at most 32 columns", "more", problem);
        if (!take_cell(csv, &cells[count++], &is_last))
            return complain(csv, "a cell, quoted or without quotes and commas", "something else",
                            problem);
    }
    *ret_count = count;
    return CUSTODY_OK;
}

enum custody_status csv_open(char *text, struct csv *ret, struct custody_problem *problem)
{
    *ret = (struct csv){.text = text, .at = text, .line = 1};
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        ret->at += 3; /* spreadsheets write a byte order mark */
    if (*ret->at == '\0')
        return complain(ret, "a header line with the columns' names", "nothing", problem);
    return take_line(ret, ret->names, &ret->columns, problem);
}

enum custody_status csv_next(struct csv *csv, bool *ret_is_end, struct custody_problem *problem)
{
    size_t count = 0;
    csv->line++;
    while (*csv->at == '\n' || *csv->at == '\r') {
        csv->line += *csv->at == '\n' ? 1 : 0;
        csv->at++;
    }
    *ret_is_end = *csv->at == '\0';
    if (*ret_is_end)
        return CUSTODY_OK;
    enum custody_status status = take_line(csv, csv->cells, &count, problem);
    if (status == CUSTODY_OK && count != csv->columns) {
        char got[32];
        snprintf(got, sizeof(got), "%zu cells", count);
        status = complain(csv, "as many cells as the header has", got, problem);
    }
    return status;
}

const char *csv_cell(const struct csv *csv, const char *column)
{
    for (size_t i = 0; i < csv->columns; i++) {
        if (strcmp(csv->names[i], column) == 0)
            return csv->cells[i];
    }
    return NULL;
}

void csv_done(struct csv *csv)
{
    free(csv->text);
    csv->text = NULL;
}
