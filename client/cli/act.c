/* act.c: one statement from options to paper: keep, bring to the ledger, tell what became of it.
 * Never knows one act from another; the descriptor does. */
#include "client/cli/act.h"

#include <string.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "client/lib/convert.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/finding.h"
#include "client/cli/words.h"

/* ---- keeping ---- */

/* --record TEXT fills the digest fields that nothing else fills, in the order of the message. */
static enum custody_status add_records(struct command_context *context,
                                       const ProtobufCMessageDescriptor *descriptor,
                                       const json_t *object,
                                       struct convert_texts *texts)
{
    unsigned next = 0;
    for (size_t i = 0; i < context->record_count; i++) {
        const char *field = NULL;
        for (; next < descriptor->n_fields && field == NULL; next++) {
            const char *name = descriptor->fields[next].name;
            size_t len = strlen(name);
            bool is_digest = len > 7 && strcmp(name + len - 7, "_digest") == 0 &&
                             descriptor->fields[next].label != PROTOBUF_C_LABEL_REPEATED;
            bool is_taken = json_object_get(object, name) != NULL;
            for (size_t k = 0; k < texts->count; k++)
                is_taken = is_taken || strcmp(texts->texts[k].field, name) == 0;
            if (is_digest && !is_taken)
                field = name;
        }
        if (field == NULL || texts->count == CONVERT_TEXTS_MAX)
            return problem_set(&context->client->problem, CUSTODY_ERR_INVALID, "record",
                               "as many as the act has digests", "%zu", context->record_count);
        texts->holders[texts->count] = NULL;
        texts->texts[texts->count++] =
            (struct custody_text){.field = field, .text = context->records[i]};
    }
    return CUSTODY_OK;
}

/* Packing and issuing are always about the author's own waste: the device knows whose that is. */
static void add_own_party(struct command_context *context, uint32_t act, json_t *object)
{
    const char *party = context->client->card.party;
    json_t *holder = object;
    if (act == CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST || act == CUSTODY__V1__ACT__ACT_DRAW_MANIFEST)
        holder = json_object_get(object, "plan");
    else if (act != CUSTODY__V1__ACT__ACT_PACK)
        holder = NULL;
    if (party[0] != '\0' && json_is_object(holder) && json_object_get(holder, "generator") == NULL)
        json_object_set_new(holder, "generator", json_string(party));
}

enum custody_status act_keep(struct command_context *context,
                             uint32_t act,
                             json_t *object,
                             const char *ref,
                             int64_t occurred_at_us,
                             struct custody_kept *ret)
{
    struct custody_client *client = context->client;
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
    struct convert_texts texts = {0};
    ProtobufCMessage *body = NULL;
    struct custody_problem *problem = &client->problem;
    enum custody_status status = convert_take_texts(descriptor, object, &texts, problem);
    if (status == CUSTODY_OK)
        status = add_records(context, descriptor, object, &texts);
    add_own_party(context, act, object);
    if (status == CUSTODY_OK)
        status = reflect_from_json(descriptor, object, &body, problem);
    if (status == CUSTODY_OK) {
        const struct custody_act rest = {.ref = ref,
                                         .occurred_at_us = occurred_at_us,
                                         .texts = texts.texts,
                                         .text_count = texts.count,
                                         .position =
                                             context->has_position ? &context->position : NULL};
        status = client_keep(client, act, body, &rest, ret);
    }
    reflect_free(body);
    convert_texts_done(&texts);
    json_decref(object);
    return status;
}

/* ---- delivering ---- */

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    const struct command_context *command = context;
    output_progress(&command->output, "上传 sending", done, total);
}

enum custody_status act_deliver(struct command_context *context)
{
    struct custody_synced synced;
    if (context->is_offline)
        return CUSTODY_OK;
    return custody_client_sync(context->client, show_progress, context, &synced);
}

/* ---- telling ---- */

static void write_id(const uint8_t *id, char ret[static 2 * CUSTODY_ID_SIZE + 1])
{
    bytes_write_hex(span_of(id, CUSTODY_ID_SIZE), ret);
}

static const char *state_name(enum custody_kept_state state)
{
    switch (state) {
    case CUSTODY_WAITING:
        return "waiting";
    case CUSTODY_ON_LEDGER:
        return "on_ledger";
    case CUSTODY_SET_ASIDE:
        return "set_aside";
    }
    return "?";
}

static json_t *findings_to_json(const Custody__V1__Receipt *receipt)
{
    json_t *array = json_array();
    for (size_t i = 0; i < receipt->n_findings; i++)
        json_array_append_new(array, reflect_to_json(&receipt->findings[i]->base));
    return array;
}

json_t *act_to_json(struct command_context *context, uint32_t act, const struct custody_kept *kept)
{
    char id[2 * CUSTODY_ID_SIZE + 1];
    write_id(kept->id, id);
    json_t *object =
        json_pack("{s:s, s:I, s:s, s:s}", "act", body_act_name(act), "sequence",
                  (json_int_t)kept->sequence, "id", id, "state", state_name(kept->state));
    if (object == NULL || kept->state == CUSTODY_WAITING)
        return object;
    json_object_set_new(object, "outcome", json_string(custody_outcome_name(kept->outcome)));
    if (kept->reason != 0)
        json_object_set_new(object, "reason", json_string(custody_reason_name(kept->reason)));
    if (kept->field[0] != '\0')
        json_object_set_new(object, "field", json_string(kept->field));
    if (kept->state == CUSTODY_SET_ASIDE)
        return object;
    json_object_set_new(object, "entry", json_integer((json_int_t)kept->entry));
    json_object_set_new(object, "recorded_at", json_integer(kept->recorded_at_us));
    if (kept->number[0] != '\0')
        json_object_set_new(object, "number", json_string(kept->number));
    Custody__V1__Receipt *receipt = NULL;
    if (client_receipt(context->client, kept->sequence, &receipt) == CUSTODY_OK) {
        if (receipt->expected[0] != '\0')
            json_object_set_new(object, "expected", json_string(receipt->expected));
        if (receipt->remedy[0] != '\0')
            json_object_set_new(object, "remedy", json_string(receipt->remedy));
        json_object_set_new(object, "findings", findings_to_json(receipt));
        custody__v1__receipt__free_unpacked(receipt, NULL);
    }
    return object;
}

/* What the ledger will not permit, and what would help. */
static void print_refusal(struct command_context *context,
                          const struct custody_kept *kept,
                          const Custody__V1__Receipt *receipt)
{
    const struct output *output = &context->output;
    const char *expected = receipt == NULL ? "" : receipt->expected;
    const char *remedy = custody_reason_remedy(kept->reason);
    if (receipt != NULL && receipt->remedy[0] != '\0')
        remedy = receipt->remedy;
    output_print(output, OUTPUT_PLAIN, "  %s: %s\n", custody_reason_name(kept->reason),
                 custody_reason_sentence(kept->reason));
    if (kept->field[0] != '\0')
        output_print(output, OUTPUT_PLAIN, "  field      %s\n", kept->field);
    if (expected[0] != '\0')
        output_print(output, OUTPUT_PLAIN, "  expected   %s\n", expected);
    output_print(output, OUTPUT_PLAIN, "  remedy     %s\n", remedy);
}

static void print_answer(struct command_context *context,
                         const struct custody_kept *kept,
                         const Custody__V1__Receipt *receipt)
{
    const struct output *output = &context->output;
    char word[WORDS_MAX], at[OUTPUT_CELL_MAX];
    bool is_good = custody_outcome_exit_code(kept->outcome) == 0;
    words_outcome(custody_outcome_name(kept->outcome), word);
    output_time(output, kept->recorded_at_us, at);
    if (kept->state == CUSTODY_SET_ASIDE)
        output_print(output, OUTPUT_BAD, "  未收 set aside: the ledger will not take it\n");
    else
        output_print(output, is_good ? OUTPUT_GOOD : OUTPUT_BAD, "  %s  账目 entry %llu  %s\n",
                     word, (unsigned long long)kept->entry, at);
    if (kept->number[0] != '\0')
        output_print(output, OUTPUT_BOLD, "  号码 number  %s\n", kept->number);
    if (kept->reason != 0)
        print_refusal(context, kept, receipt);
}

static void print_findings(const struct output *output, const Custody__V1__Receipt *receipt)
{
    for (size_t i = 0; i < receipt->n_findings; i++) {
        const Custody__V1__Finding *finding = receipt->findings[i];
        bool is_breach = finding->weight == CUSTODY__V1__WEIGHT__WEIGHT_BREACH;
        char weight[WORDS_MAX], name[REFLECT_NAME_MAX];
        reflect_write_enum(&custody__v1__weight__descriptor, (int)finding->weight, name);
        words_weight(name, weight);
        output_print(output, is_breach ? OUTPUT_BAD : OUTPUT_WARN, "  %s  %s  %s\n", weight,
                     words_pick(finding->sentence_zh, finding->sentence_en), finding->subject);
    }
}

/* Said before anything is sent: from here on a power cut loses nothing. */
static void
print_kept(struct command_context *context, uint32_t act, const struct custody_kept *kept)
{
    const struct output *output = &context->output;
    char id[2 * CUSTODY_ID_SIZE + 1], word[WORDS_MAX];
    write_id(kept->id, id);
    words_act(body_act_name(act), word);
    output_print(output, OUTPUT_BOLD, "%s", word);
    output_print(output, OUTPUT_PLAIN, "  已存本机 kept%s  #%llu  %s\n",
                 kept->is_again ? " before, under this ref" : "",
                 (unsigned long long)kept->sequence, id);
    fflush(output->file);
}

static void print_what_became(struct command_context *context, const struct custody_kept *kept)
{
    const struct output *output = &context->output;
    Custody__V1__Receipt *receipt = NULL;
    if (kept->state == CUSTODY_WAITING) {
        output_print(output, OUTPUT_WARN, "  待上传 waiting for the network\n");
        return;
    }
    if (kept->state == CUSTODY_ON_LEDGER &&
        client_receipt(context->client, kept->sequence, &receipt) != CUSTODY_OK)
        receipt = NULL;
    print_answer(context, kept, receipt);
    if (receipt == NULL)
        return;
    print_findings(output, receipt);
    custody__v1__receipt__free_unpacked(receipt, NULL);
}

/* A network that is away is no failure of the statement: it is kept. */
static bool is_only_away(enum custody_status status)
{
    return status == CUSTODY_ERR_UNREACHABLE || status == CUSTODY_ERR_TIMEOUT ||
           status == CUSTODY_ERR_BUSY;
}

int act_report(struct command_context *context,
               uint32_t act,
               const struct custody_kept *kept,
               enum custody_status delivered)
{
    if (context->output.is_json)
        output_json(&context->output, act_to_json(context, act, kept));
    else
        print_what_became(context, kept);
    if (kept->state != CUSTODY_WAITING && (delivered == CUSTODY_OK || is_only_away(delivered)))
        return custody_outcome_exit_code(kept->outcome);
    if (context->is_offline)
        return 0;
    return delivered == CUSTODY_OK ? COMMAND_EXIT_UNREACHABLE : custody_status_exit_code(delivered);
}

void act_announce(struct command_context *context, uint32_t act, const struct custody_kept *kept)
{
    if (!context->output.is_json)
        print_kept(context, act, kept);
}

int act_submit(struct command_context *context, uint32_t act, json_t *object)
{
    struct custody_kept kept;
    struct custody_problem stopped;
    enum custody_status status =
        act_keep(context, act, object, context->ref, context->at_us, &kept);
    if (status != CUSTODY_OK)
        return command_fail(context);
    act_announce(context, act, &kept);
    enum custody_status delivered = act_deliver(context);
    stopped = context->client->problem;
    status = custody_client_kept(context->client, kept.sequence, &kept);
    if (status != CUSTODY_OK)
        return command_fail(context);
    int code = act_report(context, act, &kept, delivered);
    if (delivered != CUSTODY_OK && (!is_only_away(delivered) || kept.state == CUSTODY_WAITING))
        output_problem(&context->output, &stopped);
    return code;
}

int act_command(struct command_context *context, struct arguments *arguments)
{
    const struct fields_source source = {.descriptor = body_descriptor(context->command->act),
                                         .complete = command_complete,
                                         .context = context};
    json_t *object = NULL, *finding = NULL;
    if (!command_open(context))
        return command_fail(context);
    if (!finding_take(context, source.descriptor, arguments, &finding))
        return output_exit_code(&context->client->problem);
    if (fields_take(&source, arguments, &object, &context->client->problem) != CUSTODY_OK) {
        json_decref(finding);
        return command_fail(context);
    }
    if (finding != NULL)
        json_object_update(object, finding);
    json_decref(finding);
    if (!command_check_used(context, arguments)) {
        json_decref(object);
        return COMMAND_EXIT_USAGE;
    }
    return act_submit(context, context->command->act, object);
}
