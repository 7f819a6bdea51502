/* export.c: custody export: what is on the ledger, in the forms of other programs.
 * Never writes a format itself; each has a file of its own. */
#include <string.h>

#include "proto/body.h"
#include "client/cli/export_csv.h"
#include "client/cli/export_emanifest.h"
#include "client/cli/export_epcis.h"
#include "client/cli/export_geojson.h"
#include "client/cli/export_hj1259.h"
#include "client/cli/export_national.h"
#include "client/cli/words.h"

static int export_csv(struct command_context *context, struct arguments *arguments)
{
    struct exporting_filter filter = {0};
    const char *act = arguments_take(arguments, "act");
    const char *heads = arguments_take(arguments, "headers");
    int code = 0;
    if (!exporting_take_period(context, arguments, &filter, &code))
        return code;
    filter.act = body_act_from_name(act == NULL ? "pack" : words_find_act(act));
    if (filter.act == 0)
        return command_usage(context, "act", "the name of an act, e.g. pack", act);
    bool is_chinese = heads != NULL && strcmp(heads, "zh") == 0;
    if (heads != NULL && !is_chinese && strcmp(heads, "en") != 0)
        return command_usage(context, "headers", "zh or en", heads);
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    return export_csv_run(context, &filter, is_chinese);
}

static int export_jsonl(struct command_context *context, struct arguments *arguments)
{
    struct exporting_filter filter = {0};
    const char *act = arguments_take(arguments, "act");
    int code = 0;
    if (!exporting_take_period(context, arguments, &filter, &code))
        return code;
    filter.act = act == NULL ? 0 : body_act_from_name(words_find_act(act));
    if (act != NULL && filter.act == 0)
        return command_usage(context, "act", "the name of an act, e.g. pack", act);
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    return export_csv_lines(context, &filter);
}

int export_command(struct command_context *context, struct arguments *arguments)
{
    static const struct {
        const char *name;
        command_run *run;
    } formats[] = {{"csv", export_csv},
                   {"jsonl", export_jsonl},
                   {"hj1259", export_hj1259_run},
                   {"geojson", export_geojson_run},
                   {"epcis", export_epcis_run},
                   {"emanifest", export_emanifest_run},
                   {"national", export_national_run}};
    const char *word = arguments_take_word(arguments);
    for (size_t i = 0; word != NULL && i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i].name, word) == 0)
            return formats[i].run(context, arguments);
    return command_usage(context, "format",
                         "csv, jsonl, hj1259, geojson, epcis, national or emanifest",
                         word == NULL ? "nothing" : word);
}
