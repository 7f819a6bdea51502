/* import_csv.c: custody import csv: rows of a spreadsheet as statements of any act.
 * Never keeps a part of a statement. */
#include "client/cli/import_csv.h"

#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/cli/words.h"
#include "client/exchange/columns.h"

enum { TIME_TEXT_MAX = 24, REF_MAX = 70 };

/* What a header cell is: one of the statement's own, a field of the act, or something that the ledger says and nobody imports. */
enum kind { KIND_FIELD = 0, KIND_ACT, KIND_AT, KIND_REF, KIND_STATEMENT, KIND_SKIPPED };

struct reader {
    struct importing *importing;
    const struct import_csv_options *options;
    struct csv csv;
    struct columns_head heads[CSV_COLUMNS_MAX];
    enum kind kinds[CSV_COLUMNS_MAX];
    uint32_t act; /* whose columns these are; 0: none yet */
    struct columns columns;
    /* The statement that rows are gathered for; its body is without them. */
    struct importing_statement open;
    json_t *items;
    bool has_fault;
    /* A row was not read: it may have been one of the statement before it or of the one after it. */
    bool is_torn;
    size_t cut; /* of a ref that has several */
    char ref[IMPORTING_REF_MAX];
};

/* ---- the header ---- */

static bool is_listed(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; at != NULL && *at != '\0'; at += strcspn(at, ",")) {
        at += *at == ',' ? 1 : 0;
        if (strncmp(at, name, len) == 0 && (at[len] == ',' || at[len] == '\0'))
            return true;
    }
    return false;
}

/* Is it a column of any act? Whether of the row's own is seen when a row has a value in it. */
static bool is_any_field(const char *name)
{
    struct columns columns;
    for (uint32_t act = 16; act < 128; act++) {
        if (body_descriptor(act) == NULL)
            continue;
        columns_of(body_descriptor(act), &columns);
        if (columns_find(&columns, name) != NULL)
            return true;
    }
    return false;
}

static enum custody_status read_heads(struct reader *reader, struct custody_problem *problem)
{
    static const struct {
        const char *name;
        enum kind kind;
    } own[] = {{"act", KIND_ACT},         {"occurred_at", KIND_AT},
               {"ref", KIND_REF},         {"statement", KIND_STATEMENT},
               {"entry", KIND_SKIPPED},   {"recorded_at", KIND_SKIPPED},
               {"outcome", KIND_SKIPPED}, {"row", KIND_SKIPPED}};
    for (size_t i = 0; i < reader->csv.columns; i++) {
        struct columns_head *head = &reader->heads[i];
        columns_read_head(reader->csv.names[i], head);
        reader->kinds[i] = KIND_FIELD;
        for (size_t k = 0; k < sizeof(own) / sizeof(own[0]); k++)
            if (strcmp(own[k].name, head->name) == 0)
                reader->kinds[i] = own[k].kind;
        for (size_t k = 0; k < i; k++)
            if (strcmp(reader->heads[k].name, head->name) == 0 && reader->kinds[k] != KIND_SKIPPED)
                return problem_set(problem, CUSTODY_ERR_INVALID, "line 1", "each column once",
                                   "%s and %s", reader->csv.names[k], reader->csv.names[i]);
        if (is_listed(reader->options->skip, reader->csv.names[i]))
            reader->kinds[i] = KIND_SKIPPED;
        else if (reader->kinds[i] == KIND_FIELD && !is_any_field(head->name)) {
            problem_set(problem, CUSTODY_ERR_INVALID, "line 1",
                        "a column that custody import columns lists", "%s", reader->csv.names[i]);
            problem_advise(problem, "--skip COLUMN,... passes columns over, and counts them");
            return CUSTODY_ERR_INVALID;
        }
    }
    return CUSTODY_OK;
}

/* ---- statements ---- */

/* What names a row within its statement: its code or line, else all of it. */
static char *identity_of(const json_t *item)
{
    static const char *const names[] = {"code", "old_code", "line", "waste_code"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const json_t *value = json_object_get(item, names[i]);
        if (value != NULL)
            return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    }
    return json_dumps(item, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
}

/* From act, time, the columns that all rows share, and the first row's name: what is put right later within it is seen as another content
 * under the same ref, not as another statement. */
static void make_ref(struct reader *reader)
{
    char at[TIME_TEXT_MAX];
    char *body = json_dumps(reader->open.body, JSON_COMPACT | JSON_SORT_KEYS);
    char *first = identity_of(json_array_get(reader->items, 0));
    snprintf(at, sizeof(at), "%lld", (long long)reader->open.at_us);
    const char *const texts[] = {body_act_name(reader->open.act), at, body == NULL ? "" : body,
                                 first == NULL ? "" : first};
    importing_ref("csv", texts, 4, reader->open.ref);
    free(first);
    free(body);
}

static void name_statement(struct reader *reader)
{
    if (reader->ref[0] == '\0')
        make_ref(reader);
    else if (reader->cut > 0)
        snprintf(reader->open.ref, sizeof(reader->open.ref), "%.*s/%zu", REF_MAX, reader->ref,
                 reader->cut);
    else
        snprintf(reader->open.ref, sizeof(reader->open.ref), "%s", reader->ref);
}

static void close_statement(struct reader *reader)
{
    struct importing_statement *open = &reader->open;
    bool is_whole = open->body != NULL && !reader->has_fault;
    if (is_whole)
        name_statement(reader);
    if (is_whole && json_array_size(reader->items) > 0)
        is_whole = columns_put_items(&reader->columns, open->body, json_incref(reader->items));
    if (is_whole)
        importing_take(reader->importing, open);
    else
        json_decref(open->body);
    reader->importing->held_back += open->body != NULL ? 1 : 0;
    open->body = NULL;
    json_decref(reader->items);
    reader->items = NULL;
}

/* One row, taken apart. */
struct row {
    uint32_t act;
    int64_t at_us;
    const char *ref, *id;
    json_t *body, *item;
};

static enum custody_status
fault(struct reader *reader, size_t column, struct custody_problem *problem)
{
    importing_fault(reader->importing, reader->csv.first_line,
                    column < reader->csv.columns ? reader->csv.names[column] : NULL, problem);
    reader->has_fault = true;
    return CUSTODY_ERR_INVALID;
}

static enum custody_status read_own(struct reader *reader, struct row *row)
{
    struct custody_problem problem;
    *row = (struct row){.act = reader->options->act, .ref = "", .id = ""};
    bool has_time = reader->importing->context->at_us != 0;
    row->at_us = reader->importing->context->at_us;
    size_t at = reader->csv.columns;
    for (size_t i = 0; i < reader->csv.columns; i++) {
        const char *cell = reader->csv.cells[i];
        if (reader->kinds[i] == KIND_AT)
            at = i;
        if (cell[0] == '\0')
            continue;
        if (reader->kinds[i] == KIND_REF) {
            row->ref = cell;
            if (strlen(cell) > REF_MAX) {
                problem_set(&problem, CUSTODY_ERR_INVALID, "ref", "at most 70 bytes", "%s", cell);
                return fault(reader, i, &problem);
            }
        } else if (reader->kinds[i] == KIND_STATEMENT)
            row->id = cell;
        else if (reader->kinds[i] == KIND_ACT) {
            row->act = body_act_from_name(words_find_act(cell));
            if (row->act == 0) {
                problem_set(&problem, CUSTODY_ERR_INVALID, "act", "an act, e.g. pack or 包装", "%s",
                            cell);
                return fault(reader, i, &problem);
            }
        } else if (reader->kinds[i] == KIND_AT) {
            has_time = quantity_parse_time(span_text(cell), &row->at_us);
        }
    }
    if (!has_time) {
        const char *cell = at < reader->csv.columns ? reader->csv.cells[at] : "";
        problem_set(&problem, CUSTODY_ERR_INVALID, "occurred_at",
                    "a time, e.g. 2026-05-01T08:00+08:00", "%s",
                    cell[0] == '\0' ? "nothing" : cell);
        return fault(reader, at, &problem);
    }
    return CUSTODY_OK;
}

/* The header that a field's name in a problem came from. */
static size_t column_of(const struct reader *reader, const char *path)
{
    const char *last = strrchr(path, '.');
    last = last == NULL ? path : last + 1;
    for (size_t i = 0; i < reader->csv.columns; i++) {
        const struct column *column = reader->kinds[i] != KIND_FIELD
                                          ? NULL
                                          : columns_find(&reader->columns, reader->heads[i].name);
        if (column == NULL || reader->csv.cells[i][0] == '\0')
            continue;
        size_t len = strcspn(last, "[");
        bool is_it = strncmp(column->key, last, len) == 0 &&
                     (column->key[len] == '\0' || column->key[len] == '_');
        if (is_it || (column->key[0] == '\0' && strncmp(last, "containers[", 11) == 0))
            return i;
    }
    return reader->csv.columns;
}

/* Do these cells alone make a statement? So the fault is found in its own row and column. */
static enum custody_status check_row(struct reader *reader, const struct row *row)
{
    struct custody_problem problem;
    json_t *body = json_deep_copy(row->body);
    bool is_whole = body != NULL;
    if (row->item != NULL && is_whole)
        is_whole = columns_put_items(&reader->columns, body, json_pack("[O]", row->item));
    enum custody_status status =
        is_whole ? importing_check(row->act, body, &problem)
                 : problem_set(&problem, CUSTODY_ERR_MEMORY, "row", NULL, "nothing left");
    json_decref(body);
    return status == CUSTODY_OK ? status
                                : fault(reader, column_of(reader, problem.field), &problem);
}

static enum custody_status read_fields(struct reader *reader, struct row *row)
{
    struct custody_problem problem;
    row->body = json_object();
    for (size_t i = 0; i < reader->csv.columns; i++) {
        const char *cell = reader->csv.cells[i];
        if (cell[0] == '\0')
            continue;
        if (reader->kinds[i] == KIND_SKIPPED)
            leftover_add(&reader->importing->not_taken, reader->csv.names[i]);
        if (reader->kinds[i] != KIND_FIELD)
            continue;
        const struct column *column = columns_find(&reader->columns, reader->heads[i].name);
        if (column == NULL) {
            problem_set(&problem, CUSTODY_ERR_INVALID, reader->heads[i].name, "nothing", "%s",
                        cell);
            snprintf(problem.expected, sizeof(problem.expected), "nothing: %s has no such column",
                     body_act_name(row->act));
            return fault(reader, i, &problem);
        }
        if (!columns_put(column, reader->heads[i].unit, cell, row->body, &row->item)) {
            problem_set(&problem, CUSTODY_ERR_INVALID, column->name, "UTF-8 text", "other bytes");
            return fault(reader, i, &problem);
        }
    }
    return check_row(reader, row);
}

/* ---- gathering ---- */

static bool is_alike(const struct reader *reader, const struct row *row)
{
    const struct importing_statement *open = &reader->open;
    return open->body != NULL && reader->columns.items[0] != NULL && row->item != NULL &&
           json_array_size(reader->items) > 0 && open->act == row->act &&
           open->at_us == row->at_us && strcmp(reader->ref, row->ref) == 0 &&
           strcmp(open->id, row->id) == 0 && json_equal(open->body, row->body);
}

static bool is_in(const struct reader *reader, const struct row *row)
{
    char *name = identity_of(row->item);
    bool is_there = false;
    size_t index;
    json_t *item;
    json_array_foreach(reader->items, index, item)
    {
        char *other = identity_of(item);
        is_there = is_there || (name != NULL && other != NULL && strcmp(name, other) == 0);
        free(other);
    }
    free(name);
    return is_there;
}

static void begin_statement(struct reader *reader, struct row *row)
{
    bool is_next_cut = row->ref[0] != '\0' && strcmp(reader->ref, row->ref) == 0;
    close_statement(reader);
    reader->cut = is_next_cut ? reader->cut + 1 : 0;
    reader->has_fault = reader->is_torn && row->item != NULL;
    reader->is_torn = false;
    reader->open = (struct importing_statement){
        .act = row->act, .at_us = row->at_us, .body = row->body, .line = reader->csv.first_line};
    row->body = NULL;
    reader->items = json_array();
    snprintf(reader->ref, sizeof(reader->ref), "%s", row->ref);
    snprintf(reader->open.id, sizeof(reader->open.id), "%s", row->id);
}

static void add_row(struct reader *reader, struct row *row, bool has_fault)
{
    struct importing_statement *open = &reader->open;
    struct custody_problem problem;
    if (!is_alike(reader, row) || open->count == IMPORTING_ROWS_MAX)
        begin_statement(reader, row);
    reader->has_fault = reader->has_fault || has_fault;
    if (row->item != NULL && is_in(reader, row)) {
        problem_set(&problem, CUSTODY_ERR_INVALID, "code", "each container once in a statement",
                    "it stands in a row before");
        fault(reader, reader->csv.columns, &problem);
    }
    open->lines[open->count++] = reader->csv.first_line;
    if (row->item != NULL)
        json_array_append(reader->items, row->item);
}

static void tear(struct reader *reader)
{
    reader->is_torn = true;
    reader->has_fault = reader->has_fault || json_array_size(reader->items) > 0;
}

static void take_row(struct reader *reader)
{
    struct row row;
    bool had_fault = reader->has_fault;
    reader->importing->rows++;
    reader->has_fault = false;
    enum custody_status status = read_own(reader, &row);
    if (status == CUSTODY_OK && row.act != reader->act) {
        reader->has_fault = had_fault;
        close_statement(reader);
        had_fault = reader->has_fault = false;
        reader->act = row.act;
        columns_of(body_descriptor(row.act), &reader->columns);
    }
    if (status == CUSTODY_OK)
        status = read_fields(reader, &row);
    reader->has_fault = had_fault;
    if (row.body != NULL)
        add_row(reader, &row, status != CUSTODY_OK);
    else
        tear(reader);
    json_decref(row.body);
    json_decref(row.item);
}

enum custody_status import_csv_run(struct importing *importing,
                                   FILE *file,
                                   const struct import_csv_options *options,
                                   struct custody_problem *problem)
{
    struct reader *reader = calloc(1, sizeof(*reader));
    bool is_end = false;
    if (reader == NULL)
        return problem_set(problem, CUSTODY_ERR_MEMORY, "file", NULL, "nothing left");
    reader->importing = importing;
    reader->options = options;
    enum custody_status status = csv_open_file(file, options->encoding, &reader->csv, problem);
    if (status == CUSTODY_OK)
        status = read_heads(reader, problem);
    while (status == CUSTODY_OK && !is_end) {
        struct custody_problem at_row;
        enum custody_status got = csv_next(&reader->csv, &is_end, &at_row);
        if (got == CUSTODY_OK && !is_end)
            take_row(reader);
        /* A row with the wrong number of cells may be followed by better ones; what cannot be read at all may not. */
        if (got != CUSTODY_OK && got != CUSTODY_ERR_INVALID) {
            *problem = at_row;
            status = got;
        } else if (got != CUSTODY_OK) {
            at_row.field[0] = '\0'; /* it is the line, which is told anyway */
            importing->rows++;
            tear(reader);
            importing_fault(importing, reader->csv.first_line, NULL, &at_row);
            is_end = reader->csv.text == NULL;
        }
    }
    close_statement(reader);
    csv_done(&reader->csv);
    free(reader);
    return status;
}

void import_csv_list(const struct output *output, uint32_t act)
{
    static const char *const own[] = {"act", "occurred_at", "ref"};
    struct columns columns;
    columns_of(body_descriptor(act), &columns);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        output_field(output, own[i], "%s", columns_chinese(own[i]));
    for (size_t i = 0; i < columns.count; i++) {
        char bare[COLUMNS_NAME_MAX];
        snprintf(bare, sizeof(bare), "%s", columns.all[i].name);
        const char *chinese = columns_chinese(bare);
        char *end = strrchr(bare, '_');
        if (chinese == NULL && end != NULL) {
            *end = '\0';
            const struct column *same = columns_find(&columns, bare);
            chinese = same == &columns.all[i] ? columns_chinese(bare) : NULL;
        }
        output_field(output, columns.all[i].name, "%s%s%s", chinese == NULL ? "" : chinese,
                     columns.all[i].is_item ? words_pick("  每行", "  of the row") : "",
                     columns.all[i].is_list ? words_pick("  可多个，用;分隔", "  several, with ;")
                                            : "");
    }
}
