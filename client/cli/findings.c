/* findings.c: custody findings: rules that facts have broken, with their article.
 * Never sorts: the ledger gives the order. */
#include "client/lib/reflect.h"
#include "client/cli/command.h"
#include "client/cli/views.h"
#include "client/cli/words.h"

static const char *const heads[] = {"程度 weight", "起于 since",   "单位 who",    "对象 subject",
                                    "规则 rule",   "条款 article", "账目 entries"};

enum { COLUMNS = sizeof(heads) / sizeof(heads[0]) };

static void add_finding(struct output_table *table,
                        const struct output *output,
                        const Custody__V1__Finding *finding)
{
    char weight[WORDS_MAX], name[REFLECT_NAME_MAX], since[OUTPUT_CELL_MAX];
    char rule[OUTPUT_CELL_MAX], entries[OUTPUT_CELL_MAX] = "";
    size_t len = 0;
    reflect_write_enum(&custody__v1__weight__descriptor, (int)finding->weight, name);
    words_weight(name, weight);
    output_time(output, finding->since, since);
    snprintf(rule, sizeof(rule), "%s %s", finding->sentence_zh, finding->sentence_en);
    for (size_t i = 0; i < finding->n_entries && len + 24 < sizeof(entries); i++)
        len += (size_t)snprintf(entries + len, sizeof(entries) - len, "%s#%llu", i == 0 ? "" : " ",
                                (unsigned long long)finding->entries[i]);
    const char *who = finding->party_name[0] != '\0' ? finding->party_name : finding->party;
    const char *const cells[] = {weight,           since,  who, finding->subject, rule,
                                 finding->article, entries};
    output_table_add(
        table, finding->weight == CUSTODY__V1__WEIGHT__WEIGHT_BREACH ? OUTPUT_BAD : OUTPUT_PLAIN,
        cells);
}

int findings_command(struct command_context *context, struct arguments *arguments)
{
    const struct output *output = &context->output;
    ProtobufCMessage *request = NULL, *reply = NULL;
    struct output_table table;
    output_table_init(&table, COLUMNS);
    output_table_add(&table, OUTPUT_DIM, heads);
    int code = command_ask(context, arguments, NULL, &request, &reply);
    while (code == 0) {
        const Custody__V1__FindingsReply *page = (const Custody__V1__FindingsReply *)reply;
        ProtobufCMessage *options = reflect_get_message(request, "options");
        bool has_limit = options != NULL && ((Custody__V1__QueryOptions *)options)->limit != 0;
        ProtobufCMessage *next = NULL;
        if (output->is_json)
            output_json(output, reflect_to_json(reply));
        for (size_t i = 0; !output->is_json && i < page->n_findings; i++)
            add_finding(&table, output, page->findings[i]);
        if (page->next_page.len == 0 || has_limit)
            break;
        code = command_ask_page(context, request,
                                span_of(page->next_page.data, page->next_page.len), &next);
        reflect_free(reply);
        reply = next;
    }
    if (code == 0 && !output->is_json) {
        if (table.count > 1)
            output_table_print(&table, output);
        output_print(output, OUTPUT_BOLD, "提示与违规 findings  %zu\n", table.count - 1);
        views_basis(output, ((const Custody__V1__FindingsReply *)reply)->basis);
    }
    output_table_done(&table);
    reflect_free(reply);
    reflect_free(request);
    return code;
}
