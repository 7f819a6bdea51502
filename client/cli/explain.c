/* explain.c: custody explain: the entries behind a printed figure; with --finding, a party's explanation of a finding.
 * Never says that a figure is right: it shows what it was made of. */
#include <inttypes.h>
#include <string.h>

#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/act.h"
#include "client/cli/command.h"
#include "client/cli/figures.h"
#include "client/cli/pages.h"
#include "client/cli/views.h"

static void add_row(struct output_table *table, const Custody__V1__Contribution *one)
{
    char entry[32], value[32];
    snprintf(entry, sizeof entry, "%" PRIu64, one->entry);
    snprintf(value, sizeof value, "%" PRId64, one->value);
    const char *const cells[] = {entry, one->day, one->waste_code,
                                 one->party_name[0] != '\0' ? one->party_name : one->party, value};
    output_table_add(table, OUTPUT_PLAIN, cells);
}

/* Page by page: of a figure of many entries there is one page in memory. */
static void print_page(const struct output *output, const Custody__V1__FigureReply *page)
{
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
                      const Custody__V1__FigureReply *first,
                      const struct explained *explained)
{
    output_print(output, OUTPUT_BOLD, "%s  %" PRId64, first->figure,
                 explained->sum + explained->hidden_sum);
    output_print(output, OUTPUT_PLAIN, "  由 %" PRIu64 " 条账目构成 made of %" PRIu64 " rows\n",
                 explained->count + explained->hidden, explained->count + explained->hidden);
    if (explained->hidden > 0)
        output_print(output, OUTPUT_PLAIN,
                     "其中 %" PRIu64 " 条不予显示，合计 %" PRId64 " of them %" PRIu64
                     " are not yours to read; they add %" PRId64 "\n",
                     explained->hidden, explained->hidden_sum, explained->hidden,
                     explained->hidden_sum);
    views_basis(output, first->basis);
}

static int explain_figure(struct command_context *context, struct arguments *arguments)
{
    static const char *const lists[] = {"contributions", NULL};
    const struct output *output = &context->output;
    struct pages pages;
    struct explained explained = {0};
    pages_begin(&pages, context, arguments, "figure", lists);
    if (pages.code == 0 && output->is_tsv)
        fprintf(output->file, "entry\tday\twaste_code\tparty\tvalue\n");
    while (pages_next(&pages)) {
        const Custody__V1__FigureReply *page = (const Custody__V1__FigureReply *)pages.page;
        for (size_t i = 0; i < page->n_contributions; i++)
            explained.sum += page->contributions[i]->value;
        explained.count += page->n_contributions;
        explained.hidden += page->hidden;
        explained.hidden_sum += page->hidden_value;
        if (!output->is_json)
            print_page(output, page);
    }
    if (pages.code == 0 && !output->is_json && !output->is_tsv)
        print_end(output, (const Custody__V1__FigureReply *)pages.first, &explained);
    return pages_end(
        &pages, json_pack("{s:I, s:I, s:I, s:I}", "entries", (json_int_t)explained.count, "sum",
                          (json_int_t)explained.sum, "hidden", (json_int_t)explained.hidden,
                          "hidden_sum", (json_int_t)explained.hidden_sum));
}

int explain_command(struct command_context *context, struct arguments *arguments)
{
    if (!arguments_has(arguments, "finding"))
        return explain_figure(context, arguments);
    if (context->output.is_tsv)
        return command_usage(context, "format", "text or json", "tsv");
    return act_command(context, arguments);
}
