/* declare.c: custody declare: a periodic declaration; with --prefill the ledger's own figures, so that nobody types.
 * Never signs what does not add up. */
#include <inttypes.h>
#include <string.h>

#include "proto/calendar.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/act.h"
#include "client/cli/command.h"
#include "client/cli/figures.h"

enum { LINES_MAX = 500 };

static int months_of(const char *period)
{
    if (strcmp(period, "quarter") == 0)
        return 3;
    return strcmp(period, "year") == 0 ? 12 : 1;
}

/* The last day of the period that begins on `first_day`; false when that is no first day of a month. */
static bool write_last_day(const char *first_day, int months, char ret[static 9])
{
    int32_t day, year;
    uint32_t month, of_month;
    if (!figure_parse_day(span_text(first_day), &day))
        return false;
    calendar_civil(day, &year, &month, &of_month);
    if (of_month != 1)
        return false;
    uint32_t next = month - 1 + (uint32_t)months;
    day = calendar_from_civil(year + (int32_t)(next / 12), next % 12 + 1, 1) - 1;
    calendar_civil(day, &year, &month, &of_month);
    snprintf(ret, 9, "%04u%02u%02u", (unsigned)year % 10000, month % 100, of_month % 100);
    return true;
}

static json_t *line_of(const struct figures *figures, const char *party, const char *code)
{
    static const struct {
        const char *field, *name;
    } parts[] = {{"opening_g", "opening_g"},
                 {"generated_g", "generated_g"},
                 {"self_treated_g", "self_treated_g"},
                 {"transferred_g", "sent_g"},
                 {"closing_g", "closing_g"}};
    json_t *line = json_pack("{s:s}", "waste_code", code);
    bool is_empty = true;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        int64_t value = figures_find(figures, party, code, parts[i].name);
        if (value > 0)
            json_object_set_new(line, parts[i].field, json_integer((json_int_t)value));
        is_empty = is_empty && value <= 0;
    }
    if (is_empty) {
        json_decref(line);
        return NULL;
    }
    return line;
}

static json_t *lines_of(const struct figures *figures, const char *party)
{
    json_t *lines = json_array();
    for (size_t i = 0; i < figures->count && json_array_size(lines) < LINES_MAX; i++) {
        const char *code = figures->rows[i].code;
        bool is_first = code[0] != '\0' && strcmp(code, "-") != 0;
        for (size_t k = 0; k < i && is_first; k++)
            is_first = strcmp(figures->rows[k].code, code) != 0;
        json_t *line = is_first ? line_of(figures, party, code) : NULL;
        if (line != NULL)
            json_array_append_new(lines, line);
    }
    return lines;
}

static void print_lines(const struct output *output, json_t *lines)
{
    static const char *const names[] = {"opening_g", "generated_g", "self_treated_g",
                                        "transferred_g", "closing_g"};
    static const char *const heads[] = {"代码 code",      "期初 opening",
                                        "产生 generated", "自行处置 self-treated",
                                        "移出 moved out", "期末 closing"};
    struct output_table table;
    size_t index;
    json_t *line;
    output_table_init(&table, 6);
    output_table_add(&table, OUTPUT_DIM, heads);
    json_array_foreach(lines, index, line)
    {
        char texts[5][FIGURES_MASS_MAX];
        const char *cells[6] = {json_string_value(json_object_get(line, "waste_code"))};
        for (size_t i = 0; i < 5; i++) {
            figures_write_mass(json_integer_value(json_object_get(line, names[i])), texts[i]);
            cells[i + 1] = texts[i];
        }
        output_table_add(&table, OUTPUT_PLAIN, cells);
    }
    output_table_print(&table, output);
    output_table_done(&table);
}

/* Puts the ledger's figures of the period into the declaration. */
static int prefill(struct command_context *context, json_t *object)
{
    Custody__V1__BalanceRequest request = CUSTODY__V1__BALANCE_REQUEST__INIT;
    struct custody_client *client = context->client;
    const char *period = json_string_value(json_object_get(object, "period"));
    const char *first_day = json_string_value(json_object_get(object, "first_day"));
    const char *party = json_string_value(json_object_get(object, "party"));
    char last_day[9];
    struct figures figures = {0};
    ProtobufCMessage *message = NULL;
    if (first_day == NULL ||
        !write_last_day(first_day, months_of(period == NULL ? "month" : period), last_day))
        return command_usage(context, "first_day", "the first day of the period, 20260501",
                             first_day == NULL ? "nothing" : first_day);
    request.party = (char *)(party == NULL ? "" : party);
    request.from = (char *)first_day;
    request.until = last_day;
    Custody__V1__QueryOptions *options =
        (Custody__V1__QueryOptions *)reflect_create(&custody__v1__query_options__descriptor);
    request.options = options;
    enum custody_status status = ask_question(client, ENVELOPE_BALANCE, &request.base, &message);
    reflect_free(&options->base);
    if (status != CUSTODY_OK)
        return command_fail(context);
    const Custody__V1__BalanceReply *reply = (const Custody__V1__BalanceReply *)message;
    int code = 0;
    if (figures_take_balance(&figures, reply, &client->problem) != CUSTODY_OK) {
        code = command_fail(context);
    } else {
        json_t *lines = lines_of(&figures, reply->party);
        if (!context->output.is_json)
            print_lines(&context->output, lines);
        json_object_set_new(object, "party", json_string(reply->party));
        json_object_set_new(object, "as_of", json_integer((json_int_t)reply->as_of));
        json_object_set_new(object, "lines", lines);
        if (period == NULL)
            json_object_set_new(object, "period", json_string("month"));
    }
    figures_done(&figures);
    reflect_free(message);
    return code;
}

int declare_command(struct command_context *context, struct arguments *arguments)
{
    const struct fields_source source = {.descriptor = &custody__v1__declare_body__descriptor,
                                         .complete = command_complete,
                                         .context = context};
    json_t *object = NULL;
    bool is_prefilled = arguments_take_flag(arguments, "prefill");
    int code = 0;
    if (!command_open(context))
        return command_fail(context);
    if (fields_take(&source, arguments, &object, &context->client->problem) != CUSTODY_OK)
        return command_fail(context);
    if (!command_check_used(context, arguments))
        code = COMMAND_EXIT_USAGE;
    else if (is_prefilled && json_object_get(object, "lines") != NULL)
        code = command_usage(context, "line", "no lines with --prefill", "lines");
    /* One's own, unless another is named. */
    const char *party = context->client->card.party;
    if (party[0] != '\0' && json_object_get(object, "party") == NULL)
        json_object_set_new(object, "party", json_string(party));
    if (code == 0 && is_prefilled)
        code = prefill(context, object);
    if (code != 0) {
        json_decref(object);
        return code;
    }
    return act_submit(context, CUSTODY__V1__ACT__ACT_DECLARE, object);
}
