/* set_profile.c: custody set-profile: the numbers that waste is judged by, from a file.
 * Never sends a text that is no profile. */
#include <string.h>

#include "proto/bytes.h"
#include "client/lib/problem.h"
#include "client/cli/act.h"
#include "client/cli/profile_file.h"

static json_t *hex_of(struct span bytes)
{
    static char hex[2 * PROFILE_TEXT_MAX + 1];
    bytes_write_hex(bytes, hex);
    return json_string(hex);
}

/* "540400,540500" */
static json_t *divisions_of(const char *text)
{
    json_t *array = json_array();
    while (text != NULL) {
        size_t len = strcspn(text, ",");
        json_array_append_new(array, json_stringn(text, len));
        text = text[len] == ',' ? text + len + 1 : NULL;
    }
    return array;
}

int set_profile_command(struct command_context *context, struct arguments *arguments)
{
    static struct profile_file file;
    const char *from = arguments_take(arguments, "from");
    const char *effective_from = arguments_take(arguments, "effective_from");
    const char *divisions = arguments_take(arguments, "division");
    const char *path = arguments_take_word(arguments);
    if (path == NULL)
        return command_usage(context, "file", "a profile, e.g. cn-medical.ini", "nothing");
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (profile_file_read(path, &file, &context->problem) != CUSTODY_OK) {
        output_problem(&context->output, &context->problem);
        return COMMAND_EXIT_USAGE;
    }
    struct span text = span_of(file.text, file.len);
    struct digest digest = digest_sha256(text);
    json_t *object = json_pack("{s:s, s:I, s:o, s:o, s:o}", "name", file.profile.name, "edition",
                               (json_int_t)file.profile.edition, "text_digest",
                               hex_of(span_of(digest.bytes, DIGEST_SIZE)), "text", hex_of(text),
                               "divisions", divisions_of(divisions));
    profile_file_done(&file);
    if (object != NULL && (from != NULL || effective_from != NULL))
        json_object_set_new(object, "effective_from",
                            json_string(from != NULL ? from : effective_from));
    if (object == NULL || !command_open(context)) {
        json_decref(object);
        return command_fail(context);
    }
    return act_submit(context, context->command->act, object);
}
