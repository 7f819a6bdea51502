/* import.c: custody import: what other programs know, as statements of this device.
 * Never reads a format itself; each has a file of its own. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "client/lib/problem.h"
#include "client/cli/import_csv.h"
#include "client/cli/import_foreign.h"
#include "client/cli/import_lines.h"
#include "client/cli/import_national.h"
#include "client/cli/words.h"

struct request {
    const char *format, *path, *manifest;
    struct import_csv_options csv;
};

static enum custody_status
read_file(struct importing *importing, FILE *file, const struct request *request)
{
    struct custody_problem *problem = &importing->context->problem;
    if (strcmp(request->format, "csv") == 0)
        return import_csv_run(importing, file, &request->csv, problem);
    if (strcmp(request->format, "national") == 0)
        return import_national_run(importing, file, request->csv.encoding, problem);
    if (import_foreign_is_format(request->format))
        return import_foreign_run(importing, file, request->format, request->manifest, problem);
    return import_lines_run(importing, file, problem);
}

static int run(struct command_context *context, const struct request *request, bool is_dry)
{
    struct importing *importing = calloc(1, sizeof(*importing));
    FILE *file = strcmp(request->path, "-") == 0 ? stdin : fopen(request->path, "re");
    int code;
    if (importing == NULL || file == NULL) {
        if (importing == NULL)
            errno = ENOMEM;
        problem_from_errno(&context->problem, request->path);
        code = command_fail(context);
    } else {
        code = importing_begin(importing, context, is_dry);
        if (code == 0) {
            enum custody_status status = read_file(importing, file, request);
            code = importing_end(importing);
            if (status != CUSTODY_OK) {
                output_problem(&context->output, &context->problem);
                int stopped = output_exit_code(&context->problem);
                code = stopped > code ? stopped : code;
            }
        }
    }
    if (file != NULL && file != stdin)
        fclose(file);
    free(importing);
    return code;
}

static bool take_encoding(const char *text, enum csv_encoding *ret)
{
    *ret = CSV_ENCODING_OPEN;
    if (text == NULL)
        return true;
    *ret = strcmp(text, "utf-8") == 0 ? CSV_UTF8 : CSV_GB18030;
    return *ret == CSV_UTF8 || strcmp(text, "gb18030") == 0;
}

static bool is_format(const char *text)
{
    static const char *const formats[] = {"csv",       "jsonl",   "national",
                                          "emanifest", "bsdasri", "columns"};
    for (size_t i = 0; text != NULL && i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i], text) == 0)
            return true;
    return false;
}

int import_command(struct command_context *context, struct arguments *arguments)
{
    struct request request = {0};
    const char *encoding = arguments_take(arguments, "encoding");
    const char *act = arguments_take(arguments, "act");
    bool is_dry = arguments_take_flag(arguments, "dry_run");
    request.manifest = arguments_take(arguments, "manifest");
    request.csv.skip = arguments_take(arguments, "skip");
    request.format = arguments_take_word(arguments);
    request.path = arguments_take_word(arguments);
    request.csv.act = body_act_from_name(act == NULL ? "pack" : words_find_act(act));
    if (!is_format(request.format))
        return command_usage(context, "format",
                             "csv, jsonl, national, emanifest, bsdasri or columns",
                             request.format == NULL ? "nothing" : request.format);
    if (request.csv.act == 0)
        return command_usage(context, "act", "the name of an act, e.g. pack", act);
    uint8_t id[DIGEST_SIZE];
    if (request.manifest != NULL && !bytes_parse_hex(span_text(request.manifest), id, sizeof(id)))
        return command_usage(context, "manifest", "a manifest's id, 64 hex digits",
                             request.manifest);
    if (!take_encoding(encoding, &request.csv.encoding))
        return command_usage(context, "encoding", "utf-8 or gb18030", encoding);
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (strcmp(request.format, "columns") == 0) {
        import_csv_list(&context->output, request.csv.act);
        return 0;
    }
    if (request.path == NULL)
        return command_usage(context, "file", "- or a file", "nothing");
    return run(context, &request, is_dry);
}
