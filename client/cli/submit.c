/* submit.c: custody submit: acts as JSON lines, one statement each.
 * Never stops at a bad line: it is named, and the next one is taken. */
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/act.h"

enum { SEND_EVERY = 64 };

/* One line's result: a statement, or what was wrong. */
struct line {
    size_t number;
    uint32_t act;
    struct custody_kept kept; /* sequence 0: nothing was kept */
    struct custody_problem problem;
};

struct batch {
    size_t count;
    struct line lines[SEND_EVERY];
};

/* "act", "occurred_at" and "ref" are the line's; all else is the body's. */
static enum custody_status take_head(struct command_context *context,
                                     json_t *object,
                                     uint32_t *ret_act,
                                     int64_t *ret_at_us,
                                     json_t **ret_ref)
{
    struct custody_problem *problem = &context->client->problem;
    const char *act = json_string_value(json_object_get(object, "act"));
    json_t *at = json_object_get(object, "occurred_at");
    if (act == NULL || body_act_from_name(act) == 0)
        return problem_set(problem, CUSTODY_ERR_INVALID, "act", "the name of an act, e.g. \"pack\"",
                           "%s", act == NULL ? "nothing" : act);
    *ret_act = body_act_from_name(act);
    *ret_at_us = context->at_us;
    if (json_is_integer(at))
        *ret_at_us = json_integer_value(at);
    else if (at != NULL && (!json_is_string(at) ||
                            !quantity_parse_time(span_text(json_string_value(at)), ret_at_us)))
        return problem_set(problem, CUSTODY_ERR_INVALID, "occurred_at",
                           "a time: RFC 3339 text or microseconds UTC", "something else");
    *ret_ref = json_incref(json_object_get(object, "ref"));
    if (*ret_ref != NULL && !json_is_string(*ret_ref))
        return problem_set(problem, CUSTODY_ERR_INVALID, "ref", "text", "something else");
    json_object_del(object, "act");
    json_object_del(object, "occurred_at");
    json_object_del(object, "ref");
    return CUSTODY_OK;
}

static void take_line(struct command_context *context, const char *text, struct line *line)
{
    struct custody_client *client = context->client;
    json_t *object = NULL, *ref = NULL;
    int64_t at_us = 0;
    line->kept.sequence = 0;
    enum custody_status status = reflect_parse_text(text, &object, &client->problem);
    if (status == CUSTODY_OK && !json_is_object(object))
        status = problem_set(&client->problem, CUSTODY_ERR_INVALID, "json", "one JSON object",
                             "something else");
    if (status == CUSTODY_OK)
        status = take_head(context, object, &line->act, &at_us, &ref);
    if (status == CUSTODY_OK) {
        status = act_keep(context, line->act, json_incref(object), json_string_value(ref), at_us,
                          &line->kept);
        if (status != CUSTODY_OK)
            line->kept.sequence = 0;
        else
            act_announce(context, line->act, &line->kept);
    }
    if (status != CUSTODY_OK)
        line->problem = client->problem;
    json_decref(ref);
    json_decref(object);
}

static int
report_line(struct command_context *context, struct line *line, enum custody_status delivered)
{
    char outer[32];
    if (line->kept.sequence == 0) {
        snprintf(outer, sizeof(outer), "line %zu", line->number);
        if (context->output.is_json) {
            output_json(&context->output,
                        json_pack("{s:I, s:o}", "line", (json_int_t)line->number, "error",
                                  output_problem_to_json(&line->problem)));
        } else {
            problem_prefix(&line->problem, outer);
            output_problem(&context->output, &line->problem);
        }
        return output_exit_code(&line->problem);
    }
    bool is_again = line->kept.is_again;
    if (custody_client_kept(context->client, line->kept.sequence, &line->kept) != CUSTODY_OK)
        return command_fail(context);
    line->kept.is_again = is_again;
    if (!context->output.is_json)
        return act_report(context, line->act, &line->kept, delivered);
    json_t *json = act_to_json(context, line->act, &line->kept);
    if (json != NULL)
        json_object_set_new(json, "line", json_integer((json_int_t)line->number));
    output_json(&context->output, json);
    if (line->kept.state != CUSTODY_WAITING)
        return custody_outcome_exit_code(line->kept.outcome);
    return context->is_offline ? 0 : COMMAND_EXIT_UNREACHABLE;
}

/* Deliver what the batch kept and tell of every line, in order. */
static int
finish_batch(struct command_context *context, struct batch *batch, enum custody_status *delivered)
{
    int worst = 0;
    /* Once the ledger is away, the rest of the input is only kept: no time-out for each batch. */
    if (*delivered == CUSTODY_OK)
        *delivered = act_deliver(context);
    struct custody_problem stopped = context->client->problem;
    for (size_t i = 0; i < batch->count; i++) {
        int code = report_line(context, &batch->lines[i], *delivered);
        worst = code > worst ? code : worst;
    }
    if (*delivered != CUSTODY_OK)
        context->client->problem = stopped;
    batch->count = 0;
    fflush(context->output.file);
    return worst;
}

static int take_lines(struct command_context *context, FILE *file, struct batch *batch)
{
    enum custody_status delivered = CUSTODY_OK;
    struct custody_problem stopped = {0};
    char *text = NULL;
    size_t room = 0, number = 0;
    int worst = 0;
    ssize_t len;
    while ((len = getline(&text, &room, file)) >= 0) {
        number++;
        while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
            text[--len] = '\0';
        if (len == 0)
            continue;
        struct line *line = &batch->lines[batch->count++];
        memset(line, 0, sizeof(*line));
        line->number = number;
        take_line(context, text, line);
        if (batch->count < SEND_EVERY)
            continue;
        int code = finish_batch(context, batch, &delivered);
        worst = code > worst ? code : worst;
        if (delivered != CUSTODY_OK && stopped.status == CUSTODY_OK)
            stopped = context->client->problem;
    }
    int code = batch->count > 0 ? finish_batch(context, batch, &delivered) : 0;
    worst = code > worst ? code : worst;
    if (delivered != CUSTODY_OK && stopped.status == CUSTODY_OK)
        stopped = context->client->problem;
    free(text);
    if (delivered != CUSTODY_OK) {
        output_problem(&context->output, &stopped);
        code = output_exit_code(&stopped);
        worst = code > worst ? code : worst;
    }
    return worst;
}

int submit_command(struct command_context *context, struct arguments *arguments)
{
    const char *path = arguments_take_word(arguments);
    if (path == NULL)
        return command_usage(context, "file", "- or a file of JSON lines", "nothing");
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context))
        return command_fail(context);
    struct batch *batch = calloc(1, sizeof(*batch));
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    int code;
    if (batch == NULL || file == NULL) {
        problem_from_errno(&context->client->problem, path);
        code = command_fail(context);
    } else {
        code = take_lines(context, file, batch);
    }
    if (file != NULL && file != stdin)
        fclose(file);
    free(batch);
    return code;
}
