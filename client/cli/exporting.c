/* exporting.c: what every export does.
 * Never writes a format. */
#include "client/cli/exporting.h"

#include <inttypes.h>
#include <string.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "proto/calendar.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/words.h"

struct walk {
    struct command_context *context;
    const struct exporting_filter *filter;
    exporting_visit *visit;
    void *visit_context;
};

static json_t *body_of(const struct statement *statement)
{
    struct body_fault fault;
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(statement->header.act);
    if (descriptor == NULL || !body_scan(descriptor, statement->body, &fault))
        return NULL;
    ProtobufCMessage *message =
        protobuf_c_message_unpack(descriptor, NULL, statement->body.len, statement->body.data);
    json_t *body = message == NULL ? NULL : reflect_to_json(message);
    reflect_free(message);
    return body;
}

static bool is_wanted(const struct exporting_filter *filter,
                      const struct entry *entry,
                      const struct statement_header *header)
{
    if (custody_outcome_exit_code(entry->outcome) != 0)
        return false;
    if (filter->act != 0 && filter->act != header->act)
        return false;
    if (filter->from_us != 0 && header->occurred_at_us < filter->from_us)
        return false;
    return filter->until_us == 0 || header->occurred_at_us < filter->until_us;
}

static enum custody_status take(void *context, uint64_t number, const uint8_t *bytes, size_t len)
{
    struct walk *walk = context;
    struct entry entry;
    struct statement statement;
    const char *field;
    (void)number;
    if (bytes == NULL || !entry_parse(span_of(bytes, len), &entry) ||
        statement_parse(entry.statement, &statement, &field) != STATEMENT_OK ||
        !is_wanted(walk->filter, &entry, &statement.header))
        return CUSTODY_OK;
    json_t *body = body_of(&statement);
    bool is_well = walk->visit(walk->visit_context, &entry, &statement, body);
    json_decref(body);
    if (is_well)
        return CUSTODY_OK;
    return problem_set(&walk->context->client->problem, CUSTODY_ERR_MEMORY, "entry", NULL,
                       "nothing left");
}

int exporting_each(struct command_context *context,
                   const struct exporting_filter *filter,
                   exporting_visit *visit,
                   void *visit_context)
{
    struct walk walk = {context, filter, visit, visit_context};
    struct custody_followed followed;
    if (!command_open(context) || custody_client_follow(context->client, CUSTODY_FOLLOW_FROM_START,
                                                        take, NULL, &walk, &followed) != CUSTODY_OK)
        return command_fail(context);
    return 0;
}

/* ---- the period ---- */

static bool take_month(const char *text, struct exporting_filter *ret)
{
    static const struct calendar china = {.utc_offset_minutes = QUANTITY_CIVIL_MINUTES};
    uint64_t year = 0, month = 0;
    if (strlen(text) != 7 || text[4] != '-' || !bytes_parse_decimal(span_of(text, 4), &year) ||
        text[5] > '1' || !bytes_parse_decimal(span_text(text + (text[5] == '0' ? 6 : 5)), &month) ||
        !calendar_is_civil((int32_t)year, (uint32_t)month, 1))
        return false;
    int32_t next_year = (int32_t)year + (month == 12 ? 1 : 0);
    uint32_t next = month == 12 ? 1 : (uint32_t)month + 1;
    ret->from_us =
        calendar_day_start_us(&china, calendar_from_civil((int32_t)year, (uint32_t)month, 1));
    ret->until_us = calendar_day_start_us(&china, calendar_from_civil(next_year, next, 1));
    return true;
}

bool exporting_take_period(struct command_context *context,
                           struct arguments *arguments,
                           struct exporting_filter *ret,
                           int *ret_code)
{
    const char *month = arguments_take(arguments, "month");
    const char *from = arguments_take(arguments, "from");
    const char *until = arguments_take(arguments, "until");
    if (month != NULL && !take_month(month, ret)) {
        *ret_code = command_usage(context, "month", "a month, 2026-05", month);
        return false;
    }
    if (from != NULL && !quantity_parse_time(span_text(from), &ret->from_us)) {
        *ret_code = command_usage(context, "from", "a time, e.g. 2026-05-01", from);
        return false;
    }
    if (until != NULL && !quantity_parse_time(span_text(until), &ret->until_us)) {
        *ret_code = command_usage(context, "until", "a time, e.g. 2026-06-01", until);
        return false;
    }
    return true;
}

enum custody_status exporting_ask_manifest(struct command_context *context,
                                           const char *id,
                                           ProtobufCMessage **ret_message,
                                           const Custody__V1__ManifestView **ret)
{
    struct custody_problem *problem = &context->client->problem;
    ProtobufCMessage *request = NULL;
    json_t *object = json_pack("{s:s}", "manifest", id);
    enum custody_status status =
        reflect_from_json(&custody__v1__trace_request__descriptor, object, &request, problem);
    json_decref(object);
    if (status == CUSTODY_OK)
        status = ask_question(context->client, ENVELOPE_TRACE, request, ret_message);
    reflect_free(request);
    if (status != CUSTODY_OK)
        return status;
    const Custody__V1__TraceReply *reply = (const Custody__V1__TraceReply *)*ret_message;
    /* A trace tells its parents too. */
    for (size_t i = 0; i < reply->n_manifests; i++) {
        char found[2 * DIGEST_SIZE + 1] = "";
        if (reply->manifests[i]->manifest.len == DIGEST_SIZE)
            bytes_write_hex(span_of(reply->manifests[i]->manifest.data, DIGEST_SIZE), found);
        if (strcmp(found, id) == 0) {
            *ret = reply->manifests[i];
            return CUSTODY_OK;
        }
    }
    return problem_set(problem, CUSTODY_ERR_NOT_FOUND, "manifest", "a manifest on the ledger", "%s",
                       id);
}

void exporting_tell(const struct output *output, const struct leftover *leftover)
{
    for (size_t i = 0; i < leftover->count; i++)
        output_note(output, "%s %s  %" PRIu64, words_pick("未写入", "left out"),
                    leftover->names[i].name, leftover->names[i].count);
    if (leftover->unnamed > 0)
        output_note(output, "%s ...  %" PRIu64, words_pick("未写入", "left out"),
                    leftover->unnamed);
}
