/* report.c: custody report month|quarter|year: a division's figures, frozen at a position; what changed since an older report.
 * Never prints figures whose parts do not add up, unless --draft asks for it, and then it says so. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/calendar.h"
#include "client/lib/quantity.h"
#include "client/cli/report_compare.h"
#include "client/cli/report_text.h"

/* ---- what is asked for -------------------------------------------------------------------------- */

/* The civil month, quarter or year before the one of the clock: the last whole one. */
static void default_period(const struct reporting *report, size_t kind, char *ret, size_t cap)
{
    const struct calendar calendar = {.utc_offset_minutes = QUANTITY_CIVIL_MINUTES};
    int64_t now_us = 0;
    uint8_t quality;
    int32_t year;
    uint32_t month, day;
    if (client_now(report->context->client, &now_us, &quality) != CUSTODY_OK)
        now_us = 0;
    calendar_civil(calendar_day(&calendar, now_us), &year, &month, &day);
    uint32_t quarter = (month - 1) / 3;
    if (kind == REPORTING_YEAR)
        snprintf(ret, cap, "%04d", (int)year - 1);
    else if (kind == REPORTING_QUARTER)
        snprintf(ret, cap, "%04d-Q%u", quarter == 0 ? (int)year - 1 : (int)year,
                 quarter == 0 ? 4 : quarter);
    else
        snprintf(ret, cap, "%04d-%02u", month == 1 ? (int)year - 1 : (int)year,
                 month == 1 ? 12 : month - 1);
}

struct wishes {
    size_t kind; /* of reporting_kinds */
    bool is_draft;
    const char *compare;
};

static int take_wishes(struct reporting *report, struct arguments *arguments, struct wishes *ret)
{
    struct command_context *context = report->context;
    const char *kind = arguments_take_word(arguments);
    const char *period = arguments_take_word(arguments);
    const char *division = arguments_take(arguments, "division");
    const char *as_of = arguments_take(arguments, "as_of");
    int32_t first, after;
    *ret = (struct wishes){.kind = reporting_find_kind(kind),
                           .is_draft = arguments_take_flag(arguments, "draft"),
                           .compare = arguments_take(arguments, "compare")};
    if (ret->kind == REPORTING_KINDS)
        return command_usage(context, "report", "month, quarter or year",
                             kind == NULL ? "nothing" : kind);
    if (ret->compare != NULL && context->output.is_tsv)
        return command_usage(context, "format", "text or json, with --compare", "tsv");
    if (as_of != NULL && !bytes_parse_decimal(span_text(as_of), &report->as_of))
        return command_usage(context, "as_of", "an entry's number", as_of);
    const char *example = reporting_kinds[ret->kind].example;
    if (period != NULL &&
        (strlen(period) != strlen(example) || reporting_kind_of(period) != ret->kind ||
         !figure_parse_period(span_text(period), &first, &after)))
        return command_usage(context, "period", example, period);
    if (division != NULL && strlen(division) >= sizeof report->division)
        return command_usage(context, "division", "two, four or six digits", division);
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context))
        return command_fail(context);
    if (period != NULL)
        snprintf(report->period, sizeof report->period, "%s", period);
    else
        default_period(report, ret->kind, report->period, sizeof report->period);
    snprintf(report->division, sizeof report->division, "%s", division == NULL ? "" : division);
    return 0;
}

/* ---- what is printed ---------------------------------------------------------------------------- */

static json_t *fault_to_json(const struct figures_fault *fault)
{
    return json_pack("{s:s, s:I, s:s, s:I}", "figure", fault->whole, "value",
                     (json_int_t)fault->whole_value, "parts", fault->parts, "sum",
                     (json_int_t)fault->parts_value);
}

static void
print_fault(const struct output *output, const char *which, const struct figures_fault *fault)
{
    output_print(output, OUTPUT_BAD,
                 "草稿 DRAFT: %s数字不闭合 figures do not add up: %s is %" PRId64 ", %s is %" PRId64
                 "\n",
                 which, fault->whole, fault->whole_value, fault->parts, fault->parts_value);
}

static int print_json(struct reporting *report,
                      const struct reporting *before_year,
                      const struct reporting *old)
{
    json_t *json = reporting_to_json(report);
    int code = 0;
    if (report->has_fault)
        json_object_set_new(json, "draft", fault_to_json(&report->fault));
    if (before_year != NULL)
        json_object_set_new(json, "year_before", reporting_to_json(before_year));
    if (old != NULL)
        code = report_compare_print(report, old, json);
    if (old != NULL && old->has_fault)
        json_object_set_new(json_object_get(json, "compare"), "draft", fault_to_json(&old->fault));
    output_json(&report->context->output, json);
    return code;
}

/* `before_year` and `old` may be NULL. */
static int print_report(struct reporting *report,
                        const struct reporting *before_year,
                        const struct reporting *old)
{
    const struct output *output = &report->context->output;
    if (output->is_json)
        return print_json(report, before_year, old);
    if (output->is_tsv) {
        if (report->has_fault)
            output_note(output, "draft: the figures do not add up: %s", report->fault.whole);
        figures_write_tsv(&report->figures, report->period, output->file);
        return 0;
    }
    if (report->has_fault)
        print_fault(output, "", &report->fault);
    if (old != NULL && old->has_fault)
        print_fault(output, "旧表 of the old report, ", &old->fault);
    report_text_print(report, before_year);
    return old == NULL ? 0 : report_compare_print(report, old, NULL);
}

/* The old report: from its file, which says what it is about, or from the ledger as of a position. */
static int ask_old(struct reporting *old, struct reporting *report, const struct wishes *wishes)
{
    int code;
    if (bytes_parse_decimal(span_text(wishes->compare), &old->as_of)) {
        memcpy(old->period, report->period, sizeof old->period);
        memcpy(old->division, report->division, sizeof old->division);
        code = reporting_ask(old);
    } else {
        code = reporting_load(old, wishes->compare);
        memcpy(report->period, old->period, sizeof report->period);
        memcpy(report->division, old->division, sizeof report->division);
    }
    return code == 0 ? reporting_check(old, wishes->is_draft) : code;
}

int report_command(struct command_context *context, struct arguments *arguments)
{
    struct reporting report = {.context = context}, old = {.context = context};
    struct reporting before = {.context = context};
    struct wishes wishes;
    int code = take_wishes(&report, arguments, &wishes);
    if (code == 0 && wishes.compare != NULL)
        code = ask_old(&old, &report, &wishes);
    if (code == 0)
        code = reporting_ask(&report);
    if (code == 0)
        code = reporting_check(&report, wishes.is_draft);
    uint64_t year = 0;
    bool has_before = code == 0 && reporting_kind_of(report.period) == REPORTING_YEAR &&
                      bytes_parse_decimal(span_text(report.period), &year) && year > 0;
    if (has_before) {
        snprintf(before.period, sizeof before.period, "%04u", (unsigned)(year - 1) % 10000);
        memcpy(before.division, report.division, sizeof before.division);
        before.as_of = report.last->as_of;
        code = reporting_ask(&before);
    }
    if (code == 0)
        code = print_report(&report, has_before ? &before : NULL,
                            wishes.compare == NULL ? NULL : &old);
    reporting_done(&before);
    reporting_done(&old);
    reporting_done(&report);
    return code;
}
