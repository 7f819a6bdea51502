/* set_tables.c: tables of the ledger from CSV files.
 * Never judges a row; the ledger does. */
#include "client/cli/set_tables.h"

#include <stdlib.h>
#include <string.h>

#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/cli/act.h"

enum { FILE_MAX = 8 * 1024 * 1024, ROWS_AT_ONCE = 400, REF_MAX = 220, STATEMENTS_MAX = 256 };

/* What was kept, to be told after delivery. */
struct kept_list {
    size_t count;
    uint64_t sequences[STATEMENTS_MAX];
};

static enum custody_status keep_rows(struct command_context *context,
                                     const struct set_tables_kind *kind,
                                     const json_t *rest,
                                     json_t *rows,
                                     bool is_last,
                                     struct kept_list *list)
{
    char ref[REF_MAX];
    struct custody_kept kept;
    json_t *object = json_deep_copy(rest);
    if (list->count == STATEMENTS_MAX || object == NULL) {
        json_decref(rows);
        json_decref(object);
        return problem_set(&context->client->problem, CUSTODY_ERR_INVALID, kind->list,
                           "at most 102400 rows", "more");
    }
    json_object_set_new(object, kind->list, rows);
    if (kind->more != NULL && !is_last)
        json_object_set_new(object, kind->more, json_true());
    if (context->ref != NULL)
        snprintf(ref, sizeof(ref), "%.200s/%zu", context->ref, list->count + 1);
    enum custody_status status = act_keep(context, context->command->act, object,
                                          context->ref == NULL ? NULL : ref, context->at_us, &kept);
    if (status != CUSTODY_OK)
        return status;
    act_announce(context, context->command->act, &kept);
    list->sequences[list->count++] = kept.sequence;
    return CUSTODY_OK;
}

static enum custody_status keep_all(struct command_context *context,
                                    const struct set_tables_kind *kind,
                                    struct csv *csv,
                                    const json_t *rest,
                                    struct kept_list *list)
{
    struct custody_problem *problem = &context->client->problem;
    enum custody_status status = CUSTODY_OK;
    json_t *rows = json_array();
    bool is_end = false;
    while (status == CUSTODY_OK && !is_end) {
        status = csv_next(csv, &is_end, problem);
        /* A full statement goes when it is known whether another follows. */
        bool is_full = json_array_size(rows) == ROWS_AT_ONCE && !is_end;
        if (status == CUSTODY_OK && (is_full || (is_end && json_array_size(rows) > 0))) {
            status = keep_rows(context, kind, rest, rows, is_end, list);
            rows = json_array();
        }
        if (status == CUSTODY_OK && !is_end)
            json_array_append_new(rows, kind->row(csv));
    }
    json_decref(rows);
    return status;
}

static enum custody_status check_columns(const struct set_tables_kind *kind,
                                         const struct csv *csv,
                                         struct custody_problem *problem)
{
    for (const char *const *column = kind->columns; *column != NULL; column++) {
        if (csv_cell(csv, *column) == NULL && csv->columns > 0) {
            bool is_there = false;
            for (size_t i = 0; i < csv->columns; i++)
                is_there = is_there || strcmp(csv->names[i], *column) == 0;
            if (!is_there)
                return problem_set(problem, CUSTODY_ERR_INVALID, "line 1", *column,
                                   "no such column");
        }
    }
    return CUSTODY_OK;
}

static int
report(struct command_context *context, const struct kept_list *list, enum custody_status delivered)
{
    int worst = 0;
    struct custody_problem stopped = context->client->problem;
    for (size_t i = 0; i < list->count; i++) {
        struct custody_kept kept;
        if (custody_client_kept(context->client, list->sequences[i], &kept) != CUSTODY_OK)
            return command_fail(context);
        int code = act_report(context, context->command->act, &kept, delivered);
        worst = code > worst ? code : worst;
    }
    if (delivered != CUSTODY_OK)
        output_problem(&context->output, &stopped);
    return worst;
}

int set_tables_submit(struct command_context *context,
                      const struct set_tables_kind *kind,
                      const char *path,
                      json_t *rest)
{
    struct kept_list list = {0};
    struct csv csv = {0};
    uint8_t *text = NULL;
    size_t len = 0;
    int code;
    if (!command_open(context)) {
        json_decref(rest);
        return command_fail(context);
    }
    struct custody_problem *problem = &context->client->problem;
    enum custody_status status = files_read(path, FILE_MAX, &text, &len, problem);
    if (status == CUSTODY_OK)
        status = csv_open((char *)text, &csv, problem);
    if (status == CUSTODY_OK)
        status = check_columns(kind, &csv, problem);
    if (status == CUSTODY_OK)
        status = keep_all(context, kind, &csv, rest, &list);
    if (status == CUSTODY_OK) {
        enum custody_status delivered = act_deliver(context);
        code = report(context, &list, delivered);
    } else {
        code = command_fail(context);
    }
    csv_done(&csv);
    json_decref(rest);
    return code;
}
