/* balance.c: custody balance: what a party generated, moved, treated and holds, by waste code.
 * Never prints figures that do not add up. */
#include <inttypes.h>
#include <string.h>

#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/command.h"
#include "client/cli/figures.h"
#include "client/cli/views.h"

/* The columns that people read; whatever else there is comes in JSON and TSV. */
static const struct {
    const char *head, *name;
} columns[] = {
    {"期初 opening", "opening_g"},
    {"产生 generated", "generated_g"},
    {"收入 in", NULL},
    {"移出 out", NULL},
    {"处置 treated", NULL},
    {"复称差 reweighed", "reweighed_g"},
    {"其他 other out", NULL},
    {"期末 closing", "closing_g"},
    {"件 pieces", "closing_n"},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) + 1 };

static int64_t
sum_of(const struct figures *figures, const char *scope, const char *code, const char *const *names)
{
    int64_t sum = 0;
    for (; *names != NULL; names++)
        sum += figures_find(figures, scope, code, *names);
    return sum;
}

static void add_line(struct output_table *table,
                     const struct figures *figures,
                     const char *scope,
                     const char *code,
                     enum output_colour colour)
{
    static const char *const in[] = {"yielded_g", "taken_g", "received_g", "returned_g", NULL};
    static const char *const out[] = {"sent_g", "handed_on_g", "sent_back_g", NULL};
    static const char *const treated[] = {"treated_g", "self_treated_g", NULL};
    static const char *const other[] = {"lost_g", "by_order_g", NULL};
    static const char *const *const sums[] = {in, out, treated, other};
    char texts[COLUMNS][FIGURES_MASS_MAX];
    const char *cells[COLUMNS] = {code[0] == '\0' ? "合计 all" : code};
    size_t sum = 0;
    for (size_t i = 0; i + 1 < COLUMNS; i++) {
        int64_t value = columns[i].name != NULL
                            ? figures_find(figures, scope, code, columns[i].name)
                            : sum_of(figures, scope, code, sums[sum++]);
        if (i + 2 == COLUMNS)
            snprintf(texts[i], sizeof texts[i], "%" PRId64, value);
        else
            figures_write_mass(value, texts[i]);
        cells[i + 1] = texts[i];
    }
    output_table_add(table, colour, cells);
}

static void print_text(struct command_context *context,
                       const struct figures *figures,
                       const Custody__V1__BalanceReply *reply)
{
    const struct output *output = &context->output;
    struct output_table table;
    const char *heads[COLUMNS] = {"代码 code"};
    char party[OUTPUT_CELL_MAX];
    views_party(reply->party, reply->party_name, party);
    output_print(output, OUTPUT_BOLD, "收支 balance  %s  %s%s\n", party, reply->period,
                 reply->demonstration ? "  演示 demonstration" : "");
    output_table_init(&table, COLUMNS);
    for (size_t i = 0; i + 1 < COLUMNS; i++)
        heads[i + 1] = columns[i].head;
    output_table_add(&table, OUTPUT_DIM, heads);
    for (size_t i = 0; i < figures->count; i++) {
        const struct figures_row *row = &figures->rows[i];
        bool is_first = row->code[0] != '\0';
        for (size_t k = 0; k < i && is_first; k++)
            is_first = strcmp(figures->rows[k].code, row->code) != 0;
        if (is_first)
            add_line(&table, figures, reply->party, row->code, OUTPUT_PLAIN);
    }
    add_line(&table, figures, reply->party, "", OUTPUT_BOLD);
    output_table_print(&table, output);
    output_table_done(&table);
    output_print(
        output, OUTPUT_DIM,
        "依据 what is behind a figure: custody explain %s/%s/<code>/<name> --as-of %" PRIu64 "\n",
        reply->period, reply->party, reply->as_of);
    views_basis(output, reply->basis);
}

static void print_json(const struct output *output,
                       const struct figures *figures,
                       const Custody__V1__BalanceReply *reply)
{
    json_t *object = reflect_to_json(&reply->base);
    if (object != NULL)
        json_object_set_new(object, "figures", figures_to_json(figures, reply->period));
    output_json(output, object);
}

int balance_command(struct command_context *context, struct arguments *arguments)
{
    const struct output *output = &context->output;
    struct figures figures = {0};
    ProtobufCMessage *message = NULL;
    int code = command_ask(context, arguments, "party", NULL, &message);
    if (code != 0)
        return code;
    const Custody__V1__BalanceReply *reply = (const Custody__V1__BalanceReply *)message;
    if (figures_take_balance(&figures, reply, &context->client->problem) != CUSTODY_OK) {
        code = command_fail(context);
    } else if (output->is_json) {
        print_json(output, &figures, reply);
    } else if (output->is_tsv) {
        figures_write_tsv(&figures, reply->period, output->file);
    } else {
        print_text(context, &figures, reply);
    }
    figures_done(&figures);
    reflect_free(message);
    return code;
}
