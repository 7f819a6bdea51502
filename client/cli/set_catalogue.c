/* set_catalogue.c: custody set-catalogue: the catalogue of waste codes.
 * Never judges a row. */
#include "client/cli/catalogue.h"

int set_catalogue_command(struct command_context *context, struct arguments *arguments)
{
    static const char *const columns[] = {"code", "category", "hazard", NULL};
    static const struct set_tables_kind kind = {"rows", columns, catalogue_row, "more"};
    const char *from = arguments_take(arguments, "effective_from");
    const char *edition = arguments_take(arguments, "edition");
    const char *path = arguments_take_word(arguments);
    if (path == NULL)
        return command_usage(context, "file", "a CSV file: code,category,hazard", "nothing");
    if (edition == NULL)
        return command_usage(context, "edition", "the name of the edition, e.g. cn-2021",
                             "nothing");
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    json_t *rest = json_pack("{s:s}", "edition", edition);
    if (from != NULL)
        json_object_set_new(rest, "effective_from", json_string(from));
    return set_tables_submit(context, &kind, path, rest);
}
