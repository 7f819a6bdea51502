/* export_geojson.c: custody export geojson: unclosed manifests on a map.
 * Never places what told no position. */
#include "client/cli/export_geojson.h"

#include <inttypes.h>
#include <stdlib.h>

#include "proto/entry.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/words.h"
#include "client/exchange/geojson.h"

struct collection {
    struct command_context *context;
    uint64_t features, placed;
};

/* Where the device was that signed the entry; false when it did not tell, or this device may not read it. */
static bool
find_position(struct command_context *context, uint64_t entry, struct custody_position *ret)
{
    Custody__V1__ShowRequest request = CUSTODY__V1__SHOW_REQUEST__INIT;
    Custody__V1__QueryOptions *options =
        (Custody__V1__QueryOptions *)reflect_create(&custody__v1__query_options__descriptor);
    ProtobufCMessage *message = NULL;
    struct entry found;
    struct statement statement;
    const char *field;
    bool is_found = false;
    request.options = options;
    request.subject_case = CUSTODY__V1__SHOW_REQUEST__SUBJECT_ENTRY;
    request.entry = entry;
    if (options != NULL &&
        ask_question(context->client, ENVELOPE_SHOW, &request.base, &message) == CUSTODY_OK) {
        const Custody__V1__ShowReply *reply = (const Custody__V1__ShowReply *)message;
        struct span bytes = reply->entry == NULL
                                ? span_of(NULL, 0)
                                : span_of(reply->entry->bytes.data, reply->entry->bytes.len);
        is_found = bytes.len > 0 && entry_parse(bytes, &found) &&
                   statement_parse(found.statement, &statement, &field) == STATEMENT_OK &&
                   statement.header.position_is_known;
    }
    if (is_found)
        *ret = (struct custody_position){.latitude_e7 = statement.header.latitude_e7,
                                         .longitude_e7 = statement.header.longitude_e7,
                                         .accuracy_m = statement.header.position_accuracy_m};
    reflect_free(message);
    if (options != NULL)
        reflect_free(&options->base);
    return is_found;
}

static bool
write_item(struct collection *collection, const Custody__V1__OpenItem *item, int64_t now)
{
    struct command_context *context = collection->context;
    struct custody_position position;
    bool is_placed = item->last != NULL && find_position(context, item->last->entry, &position);
    if (!is_placed && item->manifest != NULL && item->manifest->entry != 0)
        is_placed = find_position(context, item->manifest->entry, &position);
    json_t *feature = geojson_feature(item, now, is_placed ? &position : NULL);
    char *text =
        feature == NULL ? NULL : json_dumps(feature, JSON_COMPACT | JSON_REAL_PRECISION(12));
    json_decref(feature);
    if (text == NULL)
        return false;
    fprintf(context->output.file, "%s%s", collection->features > 0 ? ",\n" : "", text);
    free(text);
    collection->features++;
    collection->placed += is_placed ? 1 : 0;
    return true;
}

static int write_pages(struct collection *collection, ProtobufCMessage *request)
{
    struct command_context *context = collection->context;
    ProtobufCMessage *message = NULL;
    int code = ask_question(context->client, ENVELOPE_UNCLOSED, request, &message) == CUSTODY_OK
                   ? 0
                   : command_fail(context);
    fputs("{\"type\":\"FeatureCollection\",\"features\":[\n", context->output.file);
    while (code == 0 && message != NULL) {
        const Custody__V1__UnclosedReply *page = (const Custody__V1__UnclosedReply *)message;
        ProtobufCMessage *following = NULL;
        for (size_t i = 0; code == 0 && i < page->n_items; i++)
            if (!write_item(collection, page->items[i], page->now))
                code = custody_status_exit_code(CUSTODY_ERR_MEMORY);
        if (code == 0 && page->next_page.len > 0)
            code = command_ask_page(context, ENVELOPE_UNCLOSED, request,
                                    span_of(page->next_page.data, page->next_page.len), &following);
        reflect_free(message);
        message = following;
    }
    reflect_free(message);
    fputs("\n]}\n", context->output.file);
    return code;
}

int export_geojson_run(struct command_context *context, struct arguments *arguments)
{
    const struct fields_source source = {.descriptor = &custody__v1__unclosed_request__descriptor,
                                         .complete = command_complete,
                                         .context = context};
    struct collection collection = {.context = context};
    json_t *object = NULL;
    ProtobufCMessage *request = NULL;
    if (!command_open(context))
        return command_fail(context);
    struct custody_problem *problem = &context->client->problem;
    if (fields_take(&source, arguments, &object, problem) != CUSTODY_OK)
        return command_fail(context);
    json_object_set_new(object, "kind", json_string("manifest"));
    if (json_object_get(object, "options") == NULL)
        json_object_set_new(object, "options", json_object());
    enum custody_status status = reflect_from_json(source.descriptor, object, &request, problem);
    json_decref(object);
    if (status != CUSTODY_OK)
        return command_fail(context);
    if (!command_check_used(context, arguments)) {
        reflect_free(request);
        return COMMAND_EXIT_USAGE;
    }
    int code = write_pages(&collection, request);
    reflect_free(request);
    if (code == 0)
        output_note(&context->output, "%s %" PRIu64 "/%" PRIu64,
                    words_pick("有位置", "with a position"), collection.placed,
                    collection.features);
    return code;
}
