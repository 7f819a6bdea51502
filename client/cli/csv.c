/* csv.c: a table with a header line, read row by row.
 * Never guesses a column. */
#include "client/cli/csv.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
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
            return complain(csv, "at most 96 columns", "more", problem);
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

/* ---- row by row ---- */

/* The bytes of the next row, line ends in quotes among them, into `row`; 0 at the end of the file. */
static enum custody_status
gather(struct csv *csv, char *row, size_t *ret_len, struct custody_problem *problem)
{
    bool is_inside = false, is_quoted = false, is_start = true;
    size_t len = 0;
    int c;
    while ((c = getc_unlocked(csv->file)) != EOF) {
        if (c == '\0')
            return complain(csv, "text", "a NUL byte", problem);
        if (len + 1 == CSV_ROW_MAX)
            return complain(csv, "a row of at most 64 KiB",
                            is_inside ? "more; is a quote not closed?" : "more", problem);
        row[len++] = (char)c;
        /* A quote within a cell that does not begin with one is a letter like others. */
        is_quoted = is_start ? c == '"' : is_quoted;
        is_inside = is_quoted && (c == '"' ? !is_inside : is_inside);
        is_start = !is_inside && (c == ',' || c == '\n');
        csv->lines_read += c == '\n' ? 1 : 0;
        if (c == '\n' && !is_inside)
            break;
    }
    if (ferror(csv->file))
        return problem_from_errno(problem, "file");
    row[len] = '\0';
    *ret_len = len;
    return CUSTODY_OK;
}

static bool is_utf8(struct span text)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, text);
    while (reader.left > 0 && !reader.failed)
        bytes_read_utf8(&reader);
    return !reader.failed;
}

/* GB18030 needs at most three times its bytes in UTF-8. */
static char *from_gb18030(char *row, size_t len)
{
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    size_t room = 3 * len, left = room;
    char *text = malloc(room + 1), *to = text;
    bool is_well = converter != (iconv_t)-1 && text != NULL &&
                   iconv(converter, &row, &len, &to, &left) != (size_t)-1;
    if (converter != (iconv_t)-1)
        iconv_close(converter);
    if (!is_well) {
        free(text);
        return NULL;
    }
    text[room - left] = '\0';
    return text;
}

/* The next row as UTF-8 in memory of its own; `*ret` NULL at the end. */
static enum custody_status read_row(struct csv *csv, char **ret, struct custody_problem *problem)
{
    size_t len = 0;
    char *row = malloc(CSV_ROW_MAX), *text = row;
    *ret = NULL;
    if (row == NULL)
        return problem_set(problem, CUSTODY_ERR_MEMORY, "row", NULL, "nothing left");
    enum custody_status status = gather(csv, row, &len, problem);
    bool is_plain = true;
    for (size_t i = 0; i < len; i++)
        is_plain = is_plain && (unsigned char)row[i] < 128;
    if (status == CUSTODY_OK && !is_plain) {
        bool is_right = is_utf8(span_of(row, len));
        if (csv->encoding == CSV_ENCODING_OPEN)
            csv->encoding = is_right ? CSV_UTF8 : CSV_GB18030;
        if (csv->encoding == CSV_UTF8 && !is_right)
            status = complain(csv, "UTF-8, as in the rows before", "other bytes", problem);
        else if (csv->encoding == CSV_GB18030)
            text = from_gb18030(row, len);
        if (text == NULL)
            status = complain(csv, "UTF-8 or GB18030", "other bytes", problem);
    }
    if (text != row || status != CUSTODY_OK || len == 0)
        free(row);
    if (status == CUSTODY_OK && len > 0)
        *ret = text;
    else if (text != row)
        free(text);
    return status;
}

enum custody_status csv_open_file(FILE *file,
                                  enum csv_encoding encoding,
                                  struct csv *ret,
                                  struct custody_problem *problem)
{
    *ret = (struct csv){.file = file, .encoding = encoding, .line = 1};
    enum custody_status status = read_row(ret, &ret->head, problem);
    if (status != CUSTODY_OK)
        return status;
    ret->at = ret->head;
    if (ret->at != NULL && strncmp(ret->at, "\xef\xbb\xbf", 3) == 0)
        ret->at += 3;
    if (ret->at == NULL || *ret->at == '\0')
        return complain(ret, "a header line with the columns' names", "nothing", problem);
    return take_line(ret, ret->names, &ret->columns, problem);
}

/* The row in the place of the one before; rows that are empty lines are passed over. */
static enum custody_status next_text(struct csv *csv, struct custody_problem *problem)
{
    static char nothing[1];
    char *text = NULL;
    enum custody_status status = CUSTODY_OK;
    do {
        free(text);
        csv->line = csv->first_line = csv->lines_read + 1;
        status = read_row(csv, &text, problem);
    } while (status == CUSTODY_OK && text != NULL && text[strspn(text, "\r\n")] == '\0');
    free(csv->text);
    csv->text = text;
    csv->at = text == NULL ? nothing : text;
    return status;
}

enum custody_status csv_next(struct csv *csv, bool *ret_is_end, struct custody_problem *problem)
{
    size_t count = 0;
    csv->line++;
    if (csv->file != NULL) {
        enum custody_status got = next_text(csv, problem);
        if (got != CUSTODY_OK)
            return got;
    }
    while (*csv->at == '\n' || *csv->at == '\r') {
        csv->line += *csv->at == '\n' ? 1 : 0;
        csv->at++;
    }
    csv->first_line = csv->line;
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
    free(csv->head);
    csv->text = csv->head = NULL;
}

void csv_write(FILE *file, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *cell = cells[i] == NULL ? "" : cells[i];
        if (i > 0)
            fputc(',', file);
        if (cell[strcspn(cell, ",\"\r\n")] == '\0') {
            fputs(cell, file);
            continue;
        }
        fputc('"', file);
        for (; *cell != '\0'; cell++) {
            if (*cell == '"')
                fputc('"', file);
            fputc(*cell, file);
        }
        fputc('"', file);
    }
    fputs("\r\n", file);
}
