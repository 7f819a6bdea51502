/* reporting.c: the figures of a division, asked for or saved.
 * Never prints. */
#include "client/cli/reporting.h"

#include <inttypes.h>
#include <string.h>

#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"

const struct reporting_kind reporting_kinds[REPORTING_KINDS] = {
    [REPORTING_MONTH] = {"month", "2026-05", "月报 monthly report", "declared_generated_g",
                         "declared_transferred_g", "declared_self_treated_g"},
    [REPORTING_QUARTER] = {"quarter", "2026-Q2", "季报 quarterly report", "quarter_generated_g",
                           "quarter_transferred_g", "quarter_self_treated_g"},
    [REPORTING_YEAR] = {"year", "2026", "年报 yearly report", "year_generated_g",
                        "year_transferred_g", "year_self_treated_g"},
};

size_t reporting_find_kind(const char *word)
{
    size_t kind = 0;
    while (kind < REPORTING_KINDS &&
           (word == NULL || strcmp(reporting_kinds[kind].word, word) != 0))
        kind++;
    return kind;
}

size_t reporting_kind_of(const char *period)
{
    return strlen(period) == 4           ? REPORTING_YEAR
           : strchr(period, 'Q') != NULL ? REPORTING_QUARTER
                                         : REPORTING_MONTH;
}

void reporting_done(struct reporting *report)
{
    figures_done(&report->figures);
    json_decref(report->face);
    json_decref(report->permits);
    json_decref(report->units);
    json_decref(report->scopes);
    if (report->last != NULL)
        reflect_free(&report->last->base);
}

static void move_list(json_t *page, const char *name, json_t *all)
{
    json_t *list = json_object_get(page, name);
    if (list != NULL)
        json_array_extend(all, list);
    json_object_del(page, name);
}

static bool take_page(struct reporting *report, Custody__V1__ReportReply *page)
{
    if (!figures_add_page(&report->figures, page->figures, page->n_figures))
        return false;
    json_t *json = reflect_to_json(&page->base);
    if (json == NULL)
        return false;
    move_list(json, "permits", report->permits);
    move_list(json, "units", report->units);
    move_list(json, "scopes", report->scopes);
    json_object_del(json, "figures");
    json_object_del(json, "next_page");
    json_decref(report->face);
    report->face = json;
    if (report->last != NULL)
        reflect_free(&report->last->base);
    report->last = page;
    return true;
}

int reporting_ask(struct reporting *report)
{
    struct command_context *context = report->context;
    Custody__V1__ReportRequest *request =
        (Custody__V1__ReportRequest *)reflect_create(&custody__v1__report_request__descriptor);
    report->permits = json_array();
    report->units = json_array();
    report->scopes = json_array();
    if (request == NULL)
        return custody_status_exit_code(CUSTODY_ERR_MEMORY);
    request->division = strdup(report->division);
    request->period = strdup(report->period);
    request->as_of = report->as_of;
    ProtobufCMessage *reply = NULL;
    int code = ask_question(context->client, ENVELOPE_REPORT, &request->base, &reply) == CUSTODY_OK
                   ? 0
                   : command_fail(context);
    while (code == 0) {
        if (!take_page(report, (Custody__V1__ReportReply *)reply)) {
            problem_set(&context->client->problem, CUSTODY_ERR_MEMORY, "report", NULL,
                        "nothing left");
            code = command_fail(context);
            reflect_free(reply);
            break;
        }
        ProtobufCBinaryData page = report->last->next_page;
        if (page.len == 0)
            break;
        code = command_ask_page(context, ENVELOPE_REPORT, &request->base,
                                span_of(page.data, page.len), &reply);
    }
    reflect_free(&request->base);
    return code;
}

/* ---- a saved one -------------------------------------------------------------------------------- */

int reporting_load(struct reporting *report, const char *path)
{
    json_error_t error;
    json_t *json = json_load_file(path, JSON_DISABLE_EOF_CHECK, &error);
    const char *period = json_string_value(json_object_get(json, "period"));
    const char *scope = json_string_value(json_object_get(json, "scope"));
    json_int_t as_of = json_integer_value(json_object_get(json, "as_of"));
    bool is_one = period != NULL && scope != NULL && as_of > 0 &&
                  strlen(period) <= FIGURE_PERIOD_MAX && strlen(scope) < sizeof report->division &&
                  figures_from_json(&report->figures, json_object_get(json, "figures"));
    if (is_one) {
        snprintf(report->period, sizeof report->period, "%s", period);
        snprintf(report->division, sizeof report->division, "%s", scope);
        report->as_of = (uint64_t)as_of;
    }
    json_decref(json);
    return is_one ? 0
                  : command_usage(report->context, "compare",
                                  "a position, or a report saved with --format json", path);
}

/* ---- what it says ------------------------------------------------------------------------------- */

const char *reporting_whole(const struct reporting *report)
{
    return report->last == NULL ? report->division : report->last->scope;
}

int64_t reporting_find(const struct reporting *report,
                       const char *scope,
                       const char *code,
                       const char *name)
{
    return figures_find(&report->figures, scope, code, name);
}

int reporting_check(struct reporting *report, bool is_draft)
{
    report->has_fault =
        !figures_add_up(&report->figures, report->period, reporting_whole(report), &report->fault);
    if (!report->has_fault || is_draft)
        return 0;
    struct custody_problem *problem = &report->context->client->problem;
    (void)figures_tell_fault(&report->fault, problem);
    problem_advise(problem, "--draft prints it all the same, and says so");
    return command_fail(report->context);
}

json_t *reporting_to_json(const struct reporting *report)
{
    json_t *json = json_deep_copy(report->face);
    if (json == NULL)
        return NULL;
    json_object_set_new(json, "figures", figures_to_json(&report->figures, report->period));
    json_object_set(json, "permits", report->permits);
    json_object_set(json, "units", report->units);
    json_object_set(json, "scopes", report->scopes);
    return json;
}
