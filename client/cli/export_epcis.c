/* export_epcis.c: custody export epcis: what this device may read, as one EPCIS 2.0 document.
 * Never leaves an act out unsaid.
 *
 * An error declaration repeats the event that it is about, and that may have arrived after it. So the ledger is read twice: first which
 * statements are amended or withdrawn, then all of it, those few kept in memory and declared at the end. */
#include "client/cli/export_epcis.h"

#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "client/cli/exporting.h"
#include "client/exchange/epcis.h"

struct document {
    struct command_context *context;
    struct leftover leftover;
    json_t *wrong;       /* by the statement's id: null until it is met, then what it said */
    json_t *corrections; /* what says so, in order */
    uint64_t events;
};

static const char *target_of(const json_t *body)
{
    return json_string_value(json_object_get(json_object_get(body, "target"), "id"));
}

static bool is_correction(uint16_t act)
{
    return act == CUSTODY__V1__ACT__ACT_AMEND || act == CUSTODY__V1__ACT__ACT_WITHDRAW;
}

static bool find_wrong(void *context,
                       const struct entry *entry,
                       const struct statement *statement,
                       json_t *body)
{
    struct document *document = context;
    const char *target = target_of(body);
    (void)entry;
    if (!is_correction(statement->header.act) || target == NULL)
        return true;
    return json_object_set_new(document->wrong, target, json_null()) == 0;
}

static bool write_events(struct document *document, json_t *events)
{
    FILE *file = document->context->output.file;
    bool is_well = events != NULL;
    size_t index;
    json_t *event;
    json_array_foreach(events, index, event)
    {
        fputs(document->events++ > 0 ? ",\n" : "\n", file);
        is_well = is_well && json_dumpf(event, file, JSON_COMPACT | JSON_REAL_PRECISION(12)) == 0;
    }
    json_decref(events);
    return is_well;
}

static json_t *remember(const struct epcis_fact *fact)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:O}", "act", fact->act, "id", fact->id, "at",
                     (json_int_t)fact->at_us, "recorded", (json_int_t)fact->recorded_at_us, "body",
                     (json_t *)(uintptr_t)fact->body);
}

static struct epcis_fact recall(const struct document *document, const json_t *kept)
{
    return (struct epcis_fact){.origin = document->context->client->card.origin,
                               .act = json_string_value(json_object_get(kept, "act")),
                               .id = json_string_value(json_object_get(kept, "id")),
                               .at_us = json_integer_value(json_object_get(kept, "at")),
                               .recorded_at_us =
                                   json_integer_value(json_object_get(kept, "recorded")),
                               .body = json_object_get(kept, "body")};
}

static bool
take(void *context, const struct entry *entry, const struct statement *statement, json_t *body)
{
    struct document *document = context;
    const struct statement_header *header = &statement->header;
    char id[2 * DIGEST_SIZE + 1], left[LEFTOVER_NAME_MAX];
    const char *act = body_act_name(header->act);
    if (act == NULL || body == NULL) {
        leftover_add(&document->leftover, "act ?");
        return true;
    }
    const struct custody_position position = {header->latitude_e7, header->longitude_e7,
                                              header->position_accuracy_m};
    bytes_write_hex(span_of(statement->id.bytes, DIGEST_SIZE), id);
    const struct epcis_fact fact = {.origin = document->context->client->card.origin,
                                    .act = act,
                                    .id = id,
                                    .at_us = header->occurred_at_us,
                                    .recorded_at_us = entry->recorded_at_us,
                                    .position = header->position_is_known ? &position : NULL,
                                    .body = body};
    if (is_correction(header->act))
        return json_array_append_new(document->corrections, remember(&fact)) == 0;
    json_t *events = epcis_events(&fact);
    if (json_array_size(events) == 0) {
        snprintf(left, sizeof(left), "act %s", act);
        leftover_add(&document->leftover, left);
    }
    if (json_object_get(document->wrong, id) != NULL)
        json_object_set_new(document->wrong, id, remember(&fact));
    return write_events(document, events);
}

static bool write_corrections(struct document *document)
{
    size_t index;
    json_t *kept;
    bool is_well = true;
    json_array_foreach(document->corrections, index, kept)
    {
        struct epcis_fact by = recall(document, kept);
        const char *target = target_of(by.body);
        const json_t *wrong = target == NULL ? NULL : json_object_get(document->wrong, target);
        if (!json_is_object(wrong)) {
            leftover_add(&document->leftover, "corrections of what this device may not read");
            continue;
        }
        struct epcis_fact fact = recall(document, wrong);
        is_well = is_well && write_events(document, epcis_corrected(&fact, &by));
    }
    return is_well;
}

static int write_document(struct document *document, const struct exporting_filter *filter)
{
    struct command_context *context = document->context;
    const struct exporting_filter all = {0};
    int64_t now = 0;
    uint8_t quality;
    int code = exporting_each(context, &all, find_wrong, document);
    if (code == 0 && client_now(context->client, &now, &quality) != CUSTODY_OK)
        code = command_fail(context);
    char *head = code == 0 ? epcis_head(context->client->card.origin, now) : NULL;
    if (code != 0 || head == NULL)
        return code != 0 ? code : custody_status_exit_code(CUSTODY_ERR_MEMORY);
    fputs(head, context->output.file);
    free(head);
    code = exporting_each(context, filter, take, document);
    if (code == 0 && !write_corrections(document))
        code = custody_status_exit_code(CUSTODY_ERR_MEMORY);
    fputs(EPCIS_END, context->output.file);
    return code;
}

int export_epcis_run(struct command_context *context, struct arguments *arguments)
{
    struct exporting_filter filter = {0};
    int code = 0;
    if (!exporting_take_period(context, arguments, &filter, &code))
        return code;
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context))
        return command_fail(context);
    struct document *document = calloc(1, sizeof(*document));
    if (document == NULL)
        return custody_status_exit_code(CUSTODY_ERR_MEMORY);
    document->context = context;
    document->wrong = json_object();
    document->corrections = json_array();
    code = write_document(document, &filter);
    exporting_tell(&context->output, &document->leftover);
    json_decref(document->wrong);
    json_decref(document->corrections);
    free(document);
    return code;
}
