/* fuzz_csv.c: a table comes apart into rows of its header's width, or its problem has a line; row by row from a file it is the same table. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

/* A number of what the table says; 0 when it is none to its end. */
static uint64_t sum_rows(struct csv *csv, enum custody_status status, size_t size)
{
    struct custody_problem problem = {0};
    bool is_end = false;
    size_t line = 0, bytes = 0;
    uint64_t sum = 1;
    while (status == CUSTODY_OK && !is_end) {
        status = csv_next(csv, &is_end, &problem);
        if (status != CUSTODY_OK || is_end)
            break;
        require(csv->line > line && csv->first_line > line && csv->first_line <= csv->line);
        line = csv->line;
        for (size_t i = 0; i < csv->columns; i++) {
            const char *cell = csv_cell(csv, csv->names[i]);
            require(cell != NULL && csv->cells[i] != NULL);
            bytes += strlen(csv->cells[i]);
            for (const char *c = csv->cells[i]; *c != '\0'; c++)
                sum = sum * 31 + (unsigned char)*c;
            sum = sum * 31 + 7;
        }
    }
    require(status == CUSTODY_OK || problem.status != CUSTODY_OK || csv->columns == 0);
    /* GB18030 grows when it becomes UTF-8. */
    require(csv->encoding == CSV_GB18030 || bytes <= size);
    return status == CUSTODY_OK ? sum : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csv whole = {0}, rows = {0};
    struct custody_problem problem = {0};
    char *text = malloc(size + 1);
    require(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = 0;
    FILE *file = fmemopen(text, size == 0 ? 1 : size, "r");
    require(file != NULL);
    enum custody_status status = csv_open_file(file, CSV_ENCODING_OPEN, &rows, &problem);
    require(status == CUSTODY_OK || problem.status != CUSTODY_OK);
    uint64_t by_row = sum_rows(&rows, status, size);
    bool is_utf8 = rows.encoding != CSV_GB18030;
    csv_done(&rows);
    fclose(file);
    status = csv_open(text, &whole, &problem);
    require(status == CUSTODY_OK || problem.status != CUSTODY_OK);
    if (status == CUSTODY_OK)
        require(whole.columns > 0 && whole.columns <= CSV_COLUMNS_MAX);
    uint64_t at_once = sum_rows(&whole, status, size);
    require(csv_cell(&whole, "no such column, for sure") == NULL);
    /* Taken row by row, a table is read to its end exactly when it is at once, but for bytes that only one of them refuses. */
    require(by_row == 0 || at_once == 0 || !is_utf8 || by_row == at_once);
    csv_done(&whole);
    return 0;
}
