/* import_lines.c: custody import jsonl: statements as JSON lines.
 * Never stops at a bad line. */
#include "client/cli/import_lines.h"

#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"

enum { TIME_TEXT_MAX = 24 };

enum custody_status import_lines_read(FILE *file, char **ret, struct custody_problem *problem)
{
    char *line = NULL;
    size_t room = 0, len = 0;
    int c;
    *ret = NULL;
    while ((c = getc_unlocked(file)) != EOF && c != '\n') {
        if (len + 1 >= room) {
            room = room == 0 ? 512 : 2 * room;
            char *longer = room > IMPORT_LINES_LINE_MAX ? NULL : realloc(line, room);
            if (longer == NULL) {
                free(line);
                return problem_set(problem, CUSTODY_ERR_INVALID, "json",
                                   "a line of at most 256 KiB", "more");
            }
            line = longer;
        }
        line[len++] = (char)c;
    }
    if (ferror(file)) {
        free(line);
        return problem_from_errno(problem, "file");
    }
    if (line == NULL && c == EOF)
        return CUSTODY_OK;
    if (line == NULL)
        line = strdup("");
    else
        line[len - (len > 0 && line[len - 1] == '\r' ? 1 : 0)] = '\0';
    *ret = line;
    return line == NULL ? problem_set(problem, CUSTODY_ERR_MEMORY, "json", NULL, "nothing left")
                        : CUSTODY_OK;
}

static enum custody_status read_time(json_t *value, int64_t *ret, struct custody_problem *problem)
{
    if (json_is_integer(value)) {
        *ret = json_integer_value(value);
        return CUSTODY_OK;
    }
    if (json_is_string(value) && quantity_parse_time(span_text(json_string_value(value)), ret))
        return CUSTODY_OK;
    if (value == NULL && *ret != 0)
        return CUSTODY_OK;
    return problem_set(problem, CUSTODY_ERR_INVALID, "occurred_at",
                       "a time: RFC 3339 text or microseconds UTC", "%s",
                       value == NULL ? "nothing" : "something else");
}

static enum custody_status
take_text(json_t *object, const char *name, char *ret, size_t cap, struct custody_problem *problem)
{
    json_t *value = json_object_get(object, name);
    ret[0] = '\0';
    if (value == NULL)
        return CUSTODY_OK;
    if (!json_is_string(value) || json_string_length(value) >= cap)
        return problem_set(problem, CUSTODY_ERR_INVALID, name, "text of at most 95 bytes",
                           "something else");
    snprintf(ret, cap, "%s", json_string_value(value));
    json_object_del(object, name);
    return CUSTODY_OK;
}

/* What the ledger said of it when it was exported is the ledger's to say again. */
static void pass_over_told(struct importing *importing, json_t *object)
{
    static const char *const names[] = {"entry", "recorded_at", "author", "given_number"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (json_object_get(object, names[i]) != NULL)
            leftover_add(&importing->not_taken, names[i]);
        json_object_del(object, names[i]);
    }
}

static enum custody_status read_statement(struct importing *importing,
                                          json_t *object,
                                          struct importing_statement *ret,
                                          struct custody_problem *problem)
{
    char at[TIME_TEXT_MAX];
    const char *act = json_string_value(json_object_get(object, "act"));
    ret->act = act == NULL ? 0 : body_act_from_name(act);
    if (ret->act == 0)
        return problem_set(problem, CUSTODY_ERR_INVALID, "act", "the name of an act, e.g. \"pack\"",
                           "%s", act == NULL ? "nothing" : act);
    ret->at_us = importing->context->at_us;
    enum custody_status status =
        read_time(json_object_get(object, "occurred_at"), &ret->at_us, problem);
    if (status == CUSTODY_OK)
        status = take_text(object, "ref", ret->ref, sizeof(ret->ref), problem);
    if (status == CUSTODY_OK)
        status = take_text(object, "statement", ret->id, sizeof(ret->id), problem);
    if (status != CUSTODY_OK)
        return status;
    json_object_del(object, "occurred_at");
    pass_over_told(importing, object);
    if (ret->ref[0] == '\0') {
        char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
        snprintf(at, sizeof(at), "%lld", (long long)ret->at_us);
        const char *const texts[] = {at, text == NULL ? "" : text};
        importing_ref("json", texts, 2, ret->ref);
        free(text);
    }
    json_object_del(object, "act");
    ret->body = json_incref(object);
    return CUSTODY_OK;
}

static void take_line(struct importing *importing, const char *text, size_t line)
{
    struct custody_problem problem;
    struct importing_statement statement = {.line = line};
    json_t *object = NULL;
    importing->rows++;
    enum custody_status status = reflect_parse_text(text, &object, &problem);
    if (status == CUSTODY_OK && !json_is_object(object))
        status =
            problem_set(&problem, CUSTODY_ERR_INVALID, "json", "one JSON object", "something else");
    if (status == CUSTODY_OK)
        status = read_statement(importing, object, &statement, &problem);
    json_decref(object);
    if (status == CUSTODY_OK)
        importing_take(importing, &statement);
    else
        importing_fault(importing, line, NULL, &problem);
}

enum custody_status
import_lines_run(struct importing *importing, FILE *file, struct custody_problem *problem)
{
    char *text = NULL;
    size_t line = 0;
    do {
        free(text);
        line++;
        enum custody_status status = import_lines_read(file, &text, problem);
        if (status != CUSTODY_OK) {
            char at[32];
            snprintf(at, sizeof(at), "line %zu", line);
            problem_prefix(problem, at);
            return status;
        }
        if (text != NULL && line == 1 && strncmp(text, "\xef\xbb\xbf", 3) == 0)
            memmove(text, text + 3, strlen(text + 3) + 1);
        if (text != NULL && text[0] != '\0')
            take_line(importing, text, line);
    } while (text != NULL);
    return CUSTODY_OK;
}
