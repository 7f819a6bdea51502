/* unclosed.c: custody unclosed: what is still open, the most urgent first.
 * Never sorts: the ledger gives the order. */
#include <inttypes.h>

#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/command.h"
#include "client/cli/views.h"
#include "client/cli/words.h"

static const char *const heads[] = {"期限 due",      "",           "已开 age",
                                    "事项 what",     "状态 state", "持有 holder",
                                    "区划 division", "说明 about"};

enum { COLUMNS = sizeof(heads) / sizeof(heads[0]) };

/* "in 3 h 20 min", "2 d 4 h late" */
static void describe_due(int64_t due, int64_t now, char ret[static OUTPUT_CELL_MAX])
{
    char text[QUANTITY_TEXT_MAX];
    quantity_write_duration(due - now, text);
    if (due == 0)
        ret[0] = '\0';
    else if (due < now)
        snprintf(ret, OUTPUT_CELL_MAX, "已逾期 late %s", text);
    else
        snprintf(ret, OUTPUT_CELL_MAX, "还有 in %s", text);
}

static void describe_item(const Custody__V1__OpenItem *item,
                          char ret_state[static WORDS_MAX],
                          char ret_about[static OUTPUT_CELL_MAX])
{
    ret_state[0] = '\0';
    ret_about[0] = '\0';
    if (item->manifest != NULL) {
        const Custody__V1__ManifestView *manifest = item->manifest;
        char mass[QUANTITY_TEXT_MAX];
        words_state(manifest->state, ret_state);
        quantity_write_mass(manifest->loaded_g, mass);
        snprintf(ret_about, OUTPUT_CELL_MAX, "%s -> %s  装车 %u 接收 %u 处置 %u  %s",
                 manifest->generator_name[0] != '\0' ? manifest->generator_name
                                                     : manifest->generator,
                 manifest->receiver_name[0] != '\0' ? manifest->receiver_name : manifest->receiver,
                 manifest->loaded, manifest->received + manifest->fed, manifest->fed, mass);
    } else if (item->obligation != NULL) {
        snprintf(ret_about, OUTPUT_CELL_MAX, "%s  %s", item->obligation->sentence_zh,
                 item->obligation->article);
    } else if (item->finding != NULL) {
        snprintf(ret_about, OUTPUT_CELL_MAX, "%s  %s", item->finding->sentence_zh,
                 item->finding->article);
    }
}

static void add_item(struct output_table *table,
                     const struct output *output,
                     const Custody__V1__OpenItem *item,
                     int64_t now)
{
    char due[OUTPUT_CELL_MAX], left[OUTPUT_CELL_MAX], age[QUANTITY_TEXT_MAX] = "";
    char what[OUTPUT_CELL_MAX], state[WORDS_MAX], holder[OUTPUT_CELL_MAX], about[OUTPUT_CELL_MAX];
    output_time(output, item->due, due);
    describe_due(item->due, now, left);
    if (item->since != 0 && item->since <= now)
        quantity_write_duration(now - item->since, age);
    snprintf(what, sizeof(what), "%s", item->subject);
    describe_item(item, state, about);
    views_party(item->holder_name[0] != '\0' ? "" : item->holder, item->holder_name, holder);
    bool is_late = item->due != 0 && item->due < now;
    const char *const cells[] = {due,
                                 left,
                                 age,
                                 what,
                                 state,
                                 holder,
                                 item->division_name[0] != '\0' ? item->division_name
                                                                : item->division,
                                 about};
    output_table_add(table, is_late ? OUTPUT_BAD : OUTPUT_PLAIN, cells);
}

static void add_page(struct output_table *table,
                     const struct output *output,
                     const Custody__V1__UnclosedReply *reply)
{
    for (size_t i = 0; i < reply->n_items; i++)
        add_item(table, output, reply->items[i], reply->now);
}

int unclosed_command(struct command_context *context, struct arguments *arguments)
{
    const struct output *output = &context->output;
    ProtobufCMessage *request = NULL, *reply = NULL;
    struct output_table table;
    uint64_t total = 0;
    output_table_init(&table, COLUMNS);
    output_table_add(&table, OUTPUT_DIM, heads);
    int code = command_ask(context, arguments, NULL, &request, &reply);
    while (code == 0) {
        const Custody__V1__UnclosedReply *page = (const Custody__V1__UnclosedReply *)reply;
        ProtobufCMessage *options = reflect_get_message(request, "options");
        bool has_limit = options != NULL && ((Custody__V1__QueryOptions *)options)->limit != 0;
        ProtobufCMessage *next = NULL;
        total = page->total;
        if (output->is_json)
            output_json(output, reflect_to_json(reply));
        else
            add_page(&table, output, page);
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
        output_print(output, OUTPUT_BOLD, "未办结 unclosed  %" PRIu64 "\n", total);
        views_basis(output, ((const Custody__V1__UnclosedReply *)reply)->basis);
    }
    output_table_done(&table);
    reflect_free(reply);
    reflect_free(request);
    return code;
}
