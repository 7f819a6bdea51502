/* set_divisions.c: custody set-divisions: the table of administrative divisions.
 * Never judges a row. */
#include "client/lib/quantity.h"
#include "client/cli/set_tables.h"

static json_t *row(const struct csv *csv)
{
    const char *successor = csv_cell(csv, "successor");
    const char *offset = csv_cell(csv, "utc_offset_minutes");
    json_t *object = json_pack("{s:s, s:s, s:s}", "code", csv_cell(csv, "code"), "parent",
                               csv_cell(csv, "parent"), "name", csv_cell(csv, "name"));
    if (object != NULL && successor != NULL)
        json_object_set_new(object, "successor", json_string(successor));
    /* All of China keeps one civil time; a table for elsewhere has the column. */
    if (object != NULL)
        json_object_set_new(object, "utc_offset_minutes",
                            offset == NULL ? json_integer(QUANTITY_CIVIL_MINUTES)
                                           : json_string(offset));
    return object;
}

int set_divisions_command(struct command_context *context, struct arguments *arguments)
{
    static const char *const columns[] = {"code", "name", "parent", NULL};
    static const struct set_tables_kind kind = {"divisions", columns, row, NULL};
    const char *from = arguments_take(arguments, "effective_from");
    const char *path = arguments_take_word(arguments);
    if (path == NULL)
        return command_usage(context, "file", "a CSV file: code,name,parent", "nothing");
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    json_t *rest = json_object();
    if (from != NULL)
        json_object_set_new(rest, "effective_from", json_string(from));
    return set_tables_submit(context, &kind, path, rest);
}
