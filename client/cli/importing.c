/* importing.c: what every import does with the statements that it reads.
 * Never knows a file's format. */
#include "client/cli/importing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "client/lib/convert.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/act.h"
#include "client/cli/words.h"

int importing_begin(struct importing *importing, struct command_context *context, bool is_dry)
{
    memset(importing, 0, sizeof(*importing));
    importing->context = context;
    importing->is_dry = is_dry;
    if (is_dry)
        return 0;
    if (!command_open(context) || client_open_spool(context->client) != CUSTODY_OK)
        return command_fail(context);
    return 0;
}

static void note_code(struct importing *importing, int code)
{
    importing->worst = code > importing->worst ? code : importing->worst;
}

/* ---- faults ---- */

void importing_fault(struct importing *importing,
                     size_t line,
                     const char *column,
                     const struct custody_problem *problem)
{
    const struct output *output = &importing->context->output;
    importing->faults++;
    note_code(importing, output_exit_code(problem));
    if (output->is_json) {
        json_t *json = json_pack("{s:I, s:o}", "line", (json_int_t)line, "error",
                                 output_problem_to_json(problem));
        if (json != NULL && column != NULL)
            json_object_set_new(json, "column", json_string(column));
        output_json(output, json);
        return;
    }
    const char *where = column == NULL ? problem->field : column;
    output_note(output, "%s %zu%s%s: %s%s%s%s%s", words_pick("行", "line"), line,
                where[0] == '\0' ? "" : ", ", where,
                problem->expected[0] == '\0' ? problem->sentence : words_pick("应为", "expected "),
                problem->expected, problem->got[0] == '\0' ? "" : words_pick("；实为 ", "; got "),
                problem->got, "");
    if (problem->remedy[0] != '\0' && problem->status != CUSTODY_ERR_INVALID)
        output_note(output, "  %s", problem->remedy);
}

/* ---- one statement ---- */

void importing_ref(const char *format,
                   const char *const *texts,
                   size_t count,
                   char ret[static IMPORTING_REF_MAX])
{
    char hex[DIGEST_SIZE + 1], *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    for (size_t i = 0; file != NULL && i < count; i++)
        fprintf(file, "%zu:%s", strlen(texts[i]), texts[i]);
    if (file != NULL)
        fclose(file);
    struct digest digest = digest_sha256(span_of(text, len));
    free(text);
    bytes_write_hex(span_of(digest.bytes, DIGEST_SIZE / 2), hex);
    snprintf(ret, IMPORTING_REF_MAX, "%s:%s", format, hex);
}

enum custody_status
importing_check(uint32_t act, const json_t *body, struct custody_problem *problem)
{
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
    struct convert_texts texts = {0};
    struct body_fault fault;
    ProtobufCMessage *message = NULL;
    json_t *object = json_deep_copy(body);
    enum custody_status status = convert_take_texts(descriptor, object, &texts, problem);
    if (status == CUSTODY_OK)
        status = reflect_from_json(descriptor, object, &message, problem);
    if (status == CUSTODY_OK) {
        size_t room = protobuf_c_message_get_packed_size(message);
        uint8_t *bytes = malloc(room + 1);
        if (bytes == NULL)
            status = problem_set(problem, CUSTODY_ERR_MEMORY, "body", NULL, "nothing left");
        else if (!body_scan(descriptor, span_of(bytes, protobuf_c_message_pack(message, bytes)),
                            &fault))
            status = problem_set(problem, CUSTODY_ERR_INVALID, fault.path, fault.expected,
                                 "something else");
        free(bytes);
    }
    reflect_free(message);
    convert_texts_done(&texts);
    json_decref(object);
    return status;
}

/* "containers[3].mass" was line 8 of the file, when the statement began in line 5. */
static size_t line_of(const struct importing_statement *statement, const char *field)
{
    const char *bracket = strchr(field, '[');
    size_t index = bracket == NULL ? 0 : strtoul(bracket + 1, NULL, 10);
    bool is_row = bracket != NULL && index < statement->count;
    return is_row ? statement->lines[index] : statement->line;
}

/* Was it signed on this device? Then it is on the ledger or on its way, whatever its ref. */
static bool is_own(struct importing *importing, const char *id)
{
    size_t count = 0;
    return id[0] != '\0' && !importing->is_dry &&
           spool_find_id(importing->context->client->spool, span_text(id), &count) != 0;
}

static void tell_refused(struct importing *importing,
                         const struct importing_sent *sent,
                         const struct custody_kept *kept)
{
    struct custody_problem problem;
    problem_from_reason(&problem, kept->outcome, kept->reason, kept->field);
    const struct output *output = &importing->context->output;
    size_t line = line_of(&sent->statement, kept->field);
    if (output->is_json)
        output_json(output, json_pack("{s:I, s:I, s:o}", "line", (json_int_t)line, "sequence",
                                      (json_int_t)kept->sequence, "refused",
                                      output_problem_to_json(&problem)));
    else
        output_note(output, "%s %zu: %s%s%s: %s", words_pick("行", "line"), line,
                    words_pick("未予接受", "refused"), kept->field[0] == '\0' ? "" : ", ",
                    kept->field, problem.sentence);
}

/* What became of those that are kept, when they were sent. */
static void finish(struct importing *importing)
{
    struct command_context *context = importing->context;
    if (importing->delivered == CUSTODY_OK) {
        importing->delivered = act_deliver(context);
        if (importing->delivered != CUSTODY_OK)
            importing->stopped = context->client->problem;
    }
    for (size_t i = 0; i < importing->pending; i++) {
        struct custody_kept kept;
        if (custody_client_kept(context->client, importing->sent[i].sequence, &kept) !=
            CUSTODY_OK) {
            note_code(importing, command_fail(context));
            continue;
        }
        bool is_no = kept.state != CUSTODY_WAITING && custody_outcome_exit_code(kept.outcome) != 0;
        importing->waiting += kept.state == CUSTODY_WAITING ? 1 : 0;
        importing->on_ledger += kept.state != CUSTODY_WAITING && !is_no ? 1 : 0;
        importing->refused += is_no ? 1 : 0;
        if (is_no) {
            tell_refused(importing, &importing->sent[i], &kept);
            note_code(importing, custody_outcome_exit_code(kept.outcome));
        }
    }
    importing->pending = 0;
}

static void keep(struct importing *importing, struct importing_statement *statement, json_t *body)
{
    struct command_context *context = importing->context;
    struct custody_kept kept;
    if (act_keep(context, statement->act, body, statement->ref, statement->at_us, &kept) !=
        CUSTODY_OK) {
        struct custody_problem *problem = &context->client->problem;
        importing_fault(importing, line_of(statement, problem->field), NULL, problem);
        return;
    }
    importing->kept += kept.is_again ? 0 : 1;
    importing->before += kept.is_again ? 1 : 0;
    importing->sent[importing->pending++] = (struct importing_sent){
        .sequence = kept.sequence, .is_again = kept.is_again, .statement = *statement};
    if (importing->pending == IMPORTING_SEND_EVERY)
        finish(importing);
}

void importing_take(struct importing *importing, struct importing_statement *statement)
{
    struct custody_problem problem;
    json_t *body = statement->body;
    statement->body = NULL;
    importing->statements++;
    if (is_own(importing, statement->id)) {
        importing->before++;
        json_decref(body);
        return;
    }
    if (importing_check(statement->act, body, &problem) != CUSTODY_OK) {
        importing_fault(importing, line_of(statement, problem.field), NULL, &problem);
        json_decref(body);
        return;
    }
    if (importing->is_dry)
        json_decref(body);
    else
        keep(importing, statement, body);
}

/* ---- the sum ---- */

static json_t *sum_to_json(const struct importing *importing)
{
    return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "dry_run",
                     (int)importing->is_dry, "rows", (json_int_t)importing->rows, "statements",
                     (json_int_t)importing->statements, "kept", (json_int_t)importing->kept,
                     "before", (json_int_t)importing->before, "faults",
                     (json_int_t)importing->faults, "held_back", (json_int_t)importing->held_back,
                     "on_ledger", (json_int_t)importing->on_ledger, "refused",
                     (json_int_t)importing->refused, "waiting", (json_int_t)importing->waiting,
                     "not_taken", leftover_to_json(&importing->not_taken));
}

static void print_sum(const struct importing *importing)
{
    const struct output *output = &importing->context->output;
    output_field(output, words_pick("行数", "rows"), "%" PRIu64, importing->rows);
    output_field(output, words_pick("记录", "statements"), "%" PRIu64 "%s", importing->statements,
                 importing->is_dry ? words_pick("  (试运行，未保存)", "  (dry run: nothing kept)")
                                   : "");
    if (!importing->is_dry) {
        output_field(output, words_pick("新存本机", "kept now"), "%" PRIu64, importing->kept);
        output_field(output, words_pick("早已存有", "kept before"), "%" PRIu64, importing->before);
        output_field(output, words_pick("已入账", "on the ledger"), "%" PRIu64,
                     importing->on_ledger);
        output_field(output, words_pick("未予接受", "refused"), "%" PRIu64, importing->refused);
        output_field(output, words_pick("待上传", "waiting"), "%" PRIu64, importing->waiting);
    }
    output_field(output, words_pick("有误", "faults"), "%" PRIu64, importing->faults);
    if (importing->held_back > 0)
        output_field(output, words_pick("暂缓", "held back"), "%" PRIu64, importing->held_back);
    const struct leftover *left = &importing->not_taken;
    for (size_t i = 0; i < left->count; i++)
        output_field(output, words_pick("未采用", "not taken"), "%s  %" PRIu64, left->names[i].name,
                     left->names[i].count);
    if (left->unnamed > 0)
        output_field(output, words_pick("未采用", "not taken"), "...  %" PRIu64, left->unnamed);
}

int importing_end(struct importing *importing)
{
    struct command_context *context = importing->context;
    if (importing->pending > 0)
        finish(importing);
    if (context->output.is_json)
        output_json(&context->output, sum_to_json(importing));
    else
        print_sum(importing);
    if (importing->delivered != CUSTODY_OK) {
        output_problem(&context->output, &importing->stopped);
        note_code(importing, output_exit_code(&importing->stopped));
    } else if (importing->waiting > 0 && !context->is_offline) {
        note_code(importing, COMMAND_EXIT_UNREACHABLE);
    }
    return importing->worst;
}
