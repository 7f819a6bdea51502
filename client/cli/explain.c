/* explain.c: custody explain: the entries behind a printed figure; with --finding, a party's explanation of a finding.
 * Never says that a figure is right: it shows what it was made of. */
#include <inttypes.h>
#include <string.h>

#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/act.h"
#include "client/cli/command.h"
#include "client/cli/figures.h"
#include "client/cli/views.h"

static bool is_about_a_finding(const struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++)
        if (arguments->all[i].name != NULL && strcmp(arguments->all[i].name, "finding") == 0)
            return true;
    return false;
}

static void add_row(struct output_table *table, const Custody__V1__Contribution *one)
{
    char entry[32], value[32];
    snprintf(entry, sizeof entry, "%" PRIu64, one->entry);
    snprintf(value, sizeof value, "%" PRId64, one->value);
    const char *const cells[] = {entry, one->day, one->waste_code,
                                 one->party_name[0] != '\0' ? one->party_name : one->party, value};
    output_table_add(table, OUTPUT_PLAIN, cells);
}

/* Page by page, so that a figure of many entries takes no memory. */
static void print_page(const struct output *output, const Custody__V1__FigureReply *page)
{
    if (output->is_json) {
        output_json(output, reflect_to_json(&page->base));
        return;
    }
    if (output->is_tsv) {
        for (size_t i = 0; i < page->n_contributions; i++) {
            const Custody__V1__Contribution *one = page->contributions[i];
            fprintf(output->file, "%" PRIu64 "\t%s\t%s\t%s\t%" PRId64 "\n", one->entry, one->day,
                    one->waste_code, one->party, one->value);
        }
        return;
    }
    struct output_table table;
    output_table_init(&table, 5);
    for (size_t i = 0; i < page->n_contributions; i++)
        add_row(&table, page->contributions[i]);
    output_table_print(&table, output);
    output_table_done(&table);
}

/* Over all pages; what is hidden are rows of entries that the asker may not read. */
struct explained {
    uint64_t count, hidden;
    int64_t sum, hidden_sum;
};

static void print_end(const struct output *output,
                      const Custody__V1__FigureReply *last,
                      const struct explained *explained)
{
    if (output->is_json)
        output_json(output,
                    json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "figure", last->figure, "as_of",
                              (json_int_t)last->as_of, "entries", (json_int_t)explained->count,
                              "sum", (json_int_t)explained->sum, "hidden",
                              (json_int_t)explained->hidden, "hidden_sum",
                              (json_int_t)explained->hidden_sum));
    if (output->is_json || output->is_tsv)
        return;
    output_print(output, OUTPUT_BOLD, "%s  %" PRId64, last->figure,
                 explained->sum + explained->hidden_sum);
    output_print(output, OUTPUT_PLAIN, "  由 %" PRIu64 " 条账目构成 made of %" PRIu64 " rows\n",
                 explained->count + explained->hidden, explained->count + explained->hidden);
    if (explained->hidden > 0)
        output_print(output, OUTPUT_PLAIN,
                     "其中 %" PRIu64 " 条不予显示，合计 %" PRId64 " of them %" PRIu64
                     " are not yours to read; they add %" PRId64 "\n",
                     explained->hidden, explained->hidden_sum, explained->hidden,
                     explained->hidden_sum);
    views_basis(output, last->basis);
}

static int explain_figure(struct command_context *context, struct arguments *arguments)
{
    const struct output *output = &context->output;
    ProtobufCMessage *request = NULL, *reply = NULL;
    struct explained explained = {0};
    int code = command_ask(context, arguments, "figure", &request, &reply);
    if (code == 0 && output->is_tsv)
        fprintf(output->file, "entry\tday\twaste_code\tparty\tvalue\n");
    while (code == 0) {
        const Custody__V1__FigureReply *page = (const Custody__V1__FigureReply *)reply;
        const Custody__V1__QueryOptions *options =
            (const Custody__V1__QueryOptions *)reflect_get_message(request, "options");
        ProtobufCMessage *next = NULL;
        for (size_t i = 0; i < page->n_contributions; i++)
            explained.sum += page->contributions[i]->value;
        explained.count += page->n_contributions;
        explained.hidden += page->hidden;
        explained.hidden_sum += page->hidden_value;
        print_page(output, page);
        if (page->next_page.len == 0 || (options != NULL && options->limit != 0))
            break;
        code = command_ask_page(context, request,
                                span_of(page->next_page.data, page->next_page.len), &next);
        reflect_free(reply);
        reply = next;
    }
    if (code == 0)
        print_end(output, (const Custody__V1__FigureReply *)reply, &explained);
    reflect_free(reply);
    reflect_free(request);
    return code;
}

int explain_command(struct command_context *context, struct arguments *arguments)
{
    return is_about_a_finding(arguments) ? act_command(context, arguments)
                                         : explain_figure(context, arguments);
}
