/* export_csv.c: custody export csv and jsonl: the statements on the ledger, in the forms that custody import takes.
 * Never leaves anything out unsaid. */
#include "client/cli/export_csv.h"

#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "client/lib/quantity.h"
#include "client/cli/csv.h"
#include "client/exchange/columns.h"

enum { OWN_COLUMNS = 4 };

static const char *const own_columns[OWN_COLUMNS] = {"entry", "statement", "act", "occurred_at"};

struct writer {
    const struct output *output;
    struct columns columns;
    struct leftover leftover;
    char *texts[COLUMNS_MAX];
};

static void clear(struct writer *writer, bool items_only)
{
    for (size_t i = 0; i < writer->columns.count; i++) {
        if (items_only && !writer->columns.all[i].is_item)
            continue;
        free(writer->texts[i]);
        writer->texts[i] = NULL;
    }
}

static void take_columns(struct writer *writer, bool is_item, json_t *from)
{
    for (size_t i = 0; i < writer->columns.count; i++)
        if (writer->columns.all[i].is_item == is_item)
            writer->texts[i] = columns_take(&writer->columns.all[i], from);
}

static void write_row(struct writer *writer, const char *const *own)
{
    const char *cells[OWN_COLUMNS + COLUMNS_MAX];
    size_t count = 0;
    for (; count < OWN_COLUMNS; count++)
        cells[count] = own[count];
    for (size_t i = 0; i < writer->columns.count; i++)
        if (!writer->columns.all[i].is_text)
            cells[count++] = writer->texts[i] == NULL ? "" : writer->texts[i];
    csv_write(writer->output->file, cells, count);
}

static void write_heads(struct writer *writer, bool is_chinese)
{
    const char *cells[OWN_COLUMNS + COLUMNS_MAX];
    size_t count = 0;
    for (; count < OWN_COLUMNS; count++) {
        const char *chinese = is_chinese ? columns_chinese(own_columns[count]) : NULL;
        cells[count] = chinese == NULL ? own_columns[count] : chinese;
    }
    for (size_t i = 0; i < writer->columns.count; i++) {
        const char *chinese = is_chinese ? columns_chinese(writer->columns.all[i].name) : NULL;
        if (!writer->columns.all[i].is_text)
            cells[count++] = chinese == NULL ? writer->columns.all[i].name : chinese;
    }
    csv_write(writer->output->file, cells, count);
}

static bool
take_csv(void *context, const struct entry *entry, const struct statement *statement, json_t *body)
{
    struct writer *writer = context;
    char number[24], id[2 * DIGEST_SIZE + 1], at[QUANTITY_TEXT_MAX];
    snprintf(number, sizeof(number), "%llu", (unsigned long long)entry->number);
    bytes_write_hex(span_of(statement->id.bytes, DIGEST_SIZE), id);
    quantity_write_rfc3339(statement->header.occurred_at_us, at);
    const char *const own[OWN_COLUMNS] = {number, id, body_act_name(statement->header.act), at};
    json_t *items = json_incref(columns_items(&writer->columns, body));
    size_t index;
    json_t *item;
    /* The items go first: their list must not count as left over. */
    if (writer->columns.items[1] != NULL)
        json_object_del(json_object_get(body, writer->columns.items[0]), writer->columns.items[1]);
    else if (writer->columns.items[0] != NULL)
        json_object_del(body, writer->columns.items[0]);
    take_columns(writer, false, body);
    leftover_add_json(&writer->leftover, "", body);
    json_array_foreach(items, index, item)
    {
        take_columns(writer, true, item);
        write_row(writer, own);
        if (json_is_object(item))
            leftover_add_json(&writer->leftover, "", item);
        clear(writer, true);
    }
    if (json_array_size(items) == 0)
        write_row(writer, own);
    clear(writer, false);
    json_decref(items);
    return ferror(writer->output->file) == 0;
}

int export_csv_run(struct command_context *context,
                   const struct exporting_filter *filter,
                   bool is_chinese)
{
    struct writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL)
        return custody_status_exit_code(CUSTODY_ERR_MEMORY);
    writer->output = &context->output;
    columns_of(body_descriptor(filter->act), &writer->columns);
    /* Spreadsheets take UTF-8 for what it is only behind this mark. */
    if (is_chinese)
        fputs("\xef\xbb\xbf", context->output.file);
    write_heads(writer, is_chinese);
    int code = exporting_each(context, filter, take_csv, writer);
    exporting_tell(&context->output, &writer->leftover);
    free(writer);
    return code;
}

/* ---- JSON lines ---- */

static bool
take_line(void *context, const struct entry *entry, const struct statement *statement, json_t *body)
{
    const struct output *output = context;
    char id[2 * DIGEST_SIZE + 1], key[2 * PUBLIC_KEY_SIZE + 1];
    const char *act = body_act_name(statement->header.act);
    bytes_write_hex(span_of(statement->id.bytes, DIGEST_SIZE), id);
    bytes_write_hex(span_of(statement->header.key, PUBLIC_KEY_SIZE), key);
    json_t *line = json_pack("{s:I, s:s, s:s, s:s, s:I, s:I}", "entry", (json_int_t)entry->number,
                             "statement", id, "author", key, "act", act == NULL ? "?" : act,
                             "occurred_at", (json_int_t)statement->header.occurred_at_us,
                             "recorded_at", (json_int_t)entry->recorded_at_us);
    if (line == NULL || (body != NULL && json_object_update_missing(line, body) != 0)) {
        json_decref(line);
        return false;
    }
    /* What a granted act gave: a manifest's number, say. */
    if (entry->detail.len > 0)
        json_object_set_new(line, "given_number",
                            json_stringn((const char *)entry->detail.data, entry->detail.len));
    output_json(output, line);
    return true;
}

int export_csv_lines(struct command_context *context, const struct exporting_filter *filter)
{
    return exporting_each(context, filter, take_line, &context->output);
}
