/* import_national.c: custody import national: numbers and states that the national system gave, back to their manifests.
 * Never takes anything else of the table. */
#include "client/cli/import_national.h"

#include <string.h>

#include "proto/custody.pb-c.h"
#include "client/lib/problem.h"
#include "client/exchange/national.h"

static const char *const wanted[] = {NATIONAL_MANIFEST, NATIONAL_NUMBER, NATIONAL_PROVINCIAL,
                                     NATIONAL_STATE};

enum { WANTED = sizeof(wanted) / sizeof(wanted[0]) };

static bool is_wanted(const char *name)
{
    for (size_t i = 0; i < WANTED; i++)
        if (strcmp(wanted[i], name) == 0)
            return true;
    return false;
}

static void count_others(struct importing *importing, const struct csv *csv)
{
    for (size_t i = 0; i < csv->columns; i++)
        if (!is_wanted(csv->names[i]) && csv->cells[i][0] != '\0')
            leftover_add(&importing->not_taken, csv->names[i]);
}

static void take_row(struct importing *importing, const struct csv *csv)
{
    const char *cells[WANTED], *fault, *expected = NULL;
    struct custody_problem problem;
    importing->rows++;
    count_others(importing, csv);
    for (size_t i = 0; i < WANTED; i++) {
        cells[i] = csv_cell(csv, wanted[i]);
        cells[i] = cells[i] == NULL ? "" : cells[i];
    }
    json_t *body = national_number(cells[0], cells[1], cells[2], cells[3], &fault, &expected);
    if (fault != NULL) {
        const char *cell = csv_cell(csv, fault);
        problem_set(&problem, CUSTODY_ERR_INVALID, fault, expected, "%s",
                    cell == NULL || cell[0] == '\0' ? "nothing" : cell);
        importing_fault(importing, csv->first_line, fault, &problem);
        return;
    }
    if (body == NULL) {
        leftover_add(&importing->not_taken, "rows without a number or state");
        return;
    }
    struct importing_statement statement = {.act = CUSTODY__V1__ACT__ACT_NUMBER,
                                            .at_us = importing->context->at_us,
                                            .body = body,
                                            .line = csv->first_line};
    importing_ref("national", cells, WANTED, statement.ref);
    importing_take(importing, &statement);
}

enum custody_status import_national_run(struct importing *importing,
                                        FILE *file,
                                        enum csv_encoding encoding,
                                        struct custody_problem *problem)
{
    struct csv csv = {0};
    bool is_end = false, has_manifest = false;
    enum custody_status status = csv_open_file(file, encoding, &csv, problem);
    for (size_t i = 0; status == CUSTODY_OK && i < csv.columns; i++)
        has_manifest = has_manifest || strcmp(csv.names[i], NATIONAL_MANIFEST) == 0;
    if (status == CUSTODY_OK && !has_manifest)
        status = problem_set(problem, CUSTODY_ERR_INVALID, "line 1",
                             "a column " NATIONAL_MANIFEST ", as custody export national writes it",
                             "none");
    while (status == CUSTODY_OK && !is_end) {
        struct custody_problem at_row;
        enum custody_status got = csv_next(&csv, &is_end, &at_row);
        if (got == CUSTODY_OK && !is_end)
            take_row(importing, &csv);
        if (got != CUSTODY_OK) {
            at_row.field[0] = '\0';
            importing_fault(importing, csv.first_line, NULL, &at_row);
            is_end = csv.text == NULL;
        }
    }
    csv_done(&csv);
    return status;
}
