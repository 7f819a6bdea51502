/* fuzz_csv.c: a table comes apart into rows of its header's width, or its problem has a line. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csv csv = {0};
    struct custody_problem problem = {0};
    bool is_end = false;
    size_t line = 0, bytes = 0;
    char *text = malloc(size + 1);
    require(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = 0;
    if (csv_open(text, &csv, &problem) != CUSTODY_OK) {
        require(problem.status != CUSTODY_OK);
        csv_done(&csv);
        return 0;
    }
    require(csv.columns > 0 && csv.columns <= CSV_COLUMNS_MAX);
    while (csv_next(&csv, &is_end, &problem) == CUSTODY_OK && !is_end) {
        require(csv.line > line);
        line = csv.line;
        for (size_t i = 0; i < csv.columns; i++) {
            const char *cell = csv_cell(&csv, csv.names[i]);
            require(cell != NULL && csv.cells[i] != NULL);
            bytes += strlen(csv.cells[i]);
        }
    }
    require(bytes <= size && csv_cell(&csv, "no such column, for sure") == NULL);
    csv_done(&csv);
    return 0;
}
