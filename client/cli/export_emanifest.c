/* export_emanifest.c: custody export emanifest: one manifest as the US e-Manifest system takes it.
 * Never submits it. */
#include "client/cli/export_emanifest.h"

#include <string.h>

#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/exporting.h"
#include "client/exchange/emanifest.h"

int export_emanifest_run(struct command_context *context, struct arguments *arguments)
{
    const char *id = arguments_take(arguments, "manifest");
    ProtobufCMessage *message = NULL;
    if (id == NULL)
        return command_usage(context, "manifest", "a manifest's id, 64 hex digits", "nothing");
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context))
        return command_fail(context);
    const Custody__V1__ManifestView *manifest = NULL;
    enum custody_status status = exporting_ask_manifest(context, id, &message, &manifest);
    if (status == CUSTODY_OK)
        output_json(&context->output, emanifest_write(manifest));
    reflect_free(message);
    return status == CUSTODY_OK ? 0 : command_fail(context);
}
