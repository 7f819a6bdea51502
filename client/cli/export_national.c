/* export_national.c: custody export national: manifests that the national system has not heard of, in the order of its form.
 * Never reports. */
#include "client/cli/export_national.h"

#include <string.h>

#include "proto/bytes.h"
#include "client/lib/reflect.h"
#include "client/cli/csv.h"
#include "client/cli/exporting.h"
#include "client/exchange/national.h"

/* Manifests in the order in which they were made; those that were reported leave again. */
static bool
take(void *context, const struct entry *entry, const struct statement *statement, json_t *body)
{
    json_t *ids = context;
    char id[2 * DIGEST_SIZE + 1];
    uint16_t act = statement->header.act;
    (void)entry;
    if (act == CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST || act == CUSTODY__V1__ACT__ACT_DRAW_MANIFEST) {
        bytes_write_hex(span_of(statement->id.bytes, DIGEST_SIZE), id);
        return json_object_set_new(ids, id, json_true()) == 0;
    }
    const char *manifest = json_string_value(json_object_get(body, "manifest"));
    const char *state = json_string_value(json_object_get(body, "state"));
    bool is_heard_of = state != NULL && strcmp(state, "report_rejected") != 0;
    if (act == CUSTODY__V1__ACT__ACT_CANCEL_MANIFEST ||
        (act == CUSTODY__V1__ACT__ACT_NUMBER && is_heard_of))
        json_object_del(ids, manifest == NULL ? "" : manifest);
    return true;
}

static void write_row(void *context, const char *const *cells, size_t count)
{
    const struct output *output = context;
    csv_write(output->file, cells, count);
}

static int write_manifest(struct command_context *context, const char *id)
{
    ProtobufCMessage *message = NULL;
    const Custody__V1__ManifestView *manifest = NULL;
    enum custody_status status = exporting_ask_manifest(context, id, &message, &manifest);
    if (status == CUSTODY_OK && !manifest->reported)
        national_write(manifest, write_row, &context->output);
    reflect_free(message);
    return status == CUSTODY_OK ? 0 : command_fail(context);
}

int export_national_run(struct command_context *context, struct arguments *arguments)
{
    const struct exporting_filter all = {0};
    json_t *ids = json_object(), *value;
    const char *id;
    int code = command_check_used(context, arguments) ? 0 : COMMAND_EXIT_USAGE;
    if (code == 0)
        code = exporting_each(context, &all, take, ids);
    if (code == 0) {
        fputs("\xef\xbb\xbf", context->output.file);
        csv_write(context->output.file, national_heads(), NATIONAL_COLUMNS);
    }
    json_object_foreach(ids, id, value)
    {
        if (code == 0)
            code = write_manifest(context, id);
    }
    json_decref(ids);
    return code;
}
