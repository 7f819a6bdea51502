/* items.c: what is open, item by item.
 * Never sorts. */
#include "client/cli/items.h"

#include <inttypes.h>
#include <string.h>

#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/pages.h"
#include "client/cli/views.h"
#include "client/cli/words.h"

enum { INDENT = 4 };

void items_describe_due(int64_t due, int64_t now, char ret[static OUTPUT_CELL_MAX])
{
    char text[QUANTITY_TEXT_MAX];
    ret[0] = '\0';
    if (due == 0)
        return;
    quantity_write_duration(due < now ? now - due : due - now, text);
    snprintf(ret, OUTPUT_CELL_MAX, "%s %s",
             due < now ? words_pick("逾期", "late") : words_pick("还有", "in"), text);
}

void items_short_time(const struct output *output, int64_t us, char ret[static OUTPUT_CELL_MAX])
{
    char text[OUTPUT_CELL_MAX];
    output_time(output, us, text);
    /* 2026-05-18 09:12:33 +08:00 -> 05-18 09:12 */
    if (strlen(text) >= 16)
        snprintf(ret, OUTPUT_CELL_MAX, "%.11s", text + 5);
    else
        snprintf(ret, OUTPUT_CELL_MAX, "%s", text);
}

static void
print_first_line(const struct output *output, const Custody__V1__OpenItem *item, int64_t now)
{
    char due[OUTPUT_CELL_MAX], at[OUTPUT_CELL_MAX], escalation[WORDS_MAX], state[WORDS_MAX];
    char name[REFLECT_NAME_MAX], mass[QUANTITY_TEXT_MAX];
    bool is_late = item->due != 0 && item->due < now;
    enum output_colour colour = is_late                 ? OUTPUT_BAD
                                : item->escalation != 0 ? OUTPUT_WARN
                                                        : OUTPUT_BOLD;
    items_describe_due(item->due, now, due);
    items_short_time(output, item->due, at);
    reflect_write_enum(&custody__v1__escalation__descriptor, (int)item->escalation, name);
    words_escalation(name, escalation);
    words_state(item->state, state);
    quantity_write_mass(item->mass_g, mass);
    output_print(output, colour, "%s", due);
    output_print(output, OUTPUT_PLAIN, "  %s  ", at);
    if (escalation[0] != '\0')
        output_print(output, colour, "%s  ", escalation);
    output_print(output, OUTPUT_BOLD, "%s", item->subject);
    output_print(output, OUTPUT_PLAIN, "%s%s", state[0] != '\0' ? "  " : "", state);
    if (item->mass_g > 0)
        output_print(output, OUTPUT_PLAIN, "  %s", mass);
    if (item->hazard >= 3)
        output_print(output, OUTPUT_BAD, "  %s", words_pick("高危", "high hazard"));
    if (item->unreported)
        output_print(output, OUTPUT_WARN, "  %s", words_pick("未上报", "unreported"));
    if (item->id[0] != '\0' && is_late)
        output_print(output, OUTPUT_DIM, "  [%s]", item->id);
    fputc('\n', output->file);
}

static void print_who(const struct output *output, const Custody__V1__OpenItem *item, int64_t now)
{
    char age[QUANTITY_TEXT_MAX];
    output_print(output, OUTPUT_PLAIN, "%*s%s %s", INDENT, "", words_pick("持有", "held by"),
                 views_short_party(item->holder, item->holder_name));
    if (item->manifest != NULL)
        output_print(output, OUTPUT_PLAIN, "  %s -> %s",
                     views_short_party(item->generator, item->generator_name),
                     views_short_party(item->receiver, item->receiver_name));
    if (item->vehicle[0] != '\0')
        output_print(output, OUTPUT_PLAIN, "  %s", item->vehicle);
    output_print(output, OUTPUT_PLAIN, "  %s",
                 item->division_name[0] != '\0' ? item->division_name : item->division);
    if (item->since != 0 && item->since <= now) {
        quantity_write_duration(now - item->since, age);
        output_print(output, OUTPUT_PLAIN, "  %s %s", words_pick("已", "age"), age);
    }
    fputc('\n', output->file);
}

static void print_steps(const struct output *output, const Custody__V1__OpenItem *item)
{
    char act[WORDS_MAX], at[OUTPUT_CELL_MAX];
    bool has_printed = false;
    if (item->obligation != NULL) {
        output_print(output, OUTPUT_PLAIN, "%*s%s  %s\n", INDENT, "",
                     words_pick(item->obligation->sentence_zh, item->obligation->sentence_en),
                     item->obligation->article);
    }
    if (item->next != NULL) {
        words_act(item->next->act, act);
        output_print(output, OUTPUT_PLAIN, "%*s%s %s %s", INDENT, "", words_pick("下一步", "next"),
                     act, views_short_party(item->next->party, item->next->party_name));
        if (item->next->due != 0 && item->next->due != item->due) {
            items_short_time(output, item->next->due, at);
            output_print(output, OUTPUT_PLAIN, " %s %s", words_pick("限", "by"), at);
        }
        has_printed = true;
    }
    if (item->last != NULL) {
        words_act(item->last->act, act);
        items_short_time(output, item->last->effective_at, at);
        output_print(output, OUTPUT_DIM, "%*s%s %s %s #%" PRIu64, has_printed ? 2 : INDENT, "",
                     words_pick("最后", "last"), act, at, item->last->entry);
        has_printed = true;
    }
    if (has_printed)
        fputc('\n', output->file);
    if (item->excused_us > 0) {
        char by[QUANTITY_TEXT_MAX];
        items_short_time(output, item->raw_due, at);
        quantity_write_duration(item->excused_us, by);
        output_print(output, OUTPUT_GOOD, "%*s%s %s: %s, %s %s\n", INDENT, "",
                     words_pick("依令免责", "excused by order"), item->order, by,
                     words_pick("原限", "due otherwise"), at);
    }
}

void items_print(const struct output *output, const Custody__V1__OpenItem *item, int64_t now)
{
    print_first_line(output, item, now);
    print_who(output, item, now);
    print_steps(output, item);
}

/* ---- TSV ---- */

static const char *const tsv_heads[] = {
    "kind",     "id",         "subject",  "division", "family",     "state",       "due",
    "raw_due",  "excused_us", "order",    "since",    "holder",     "holder_name", "generator",
    "receiver", "vehicle",    "mass_g",   "hazard",   "escalation", "rule",        "unreported",
    "next_act", "next_party", "next_due", "last_act", "last_at",    "last_entry",
};

enum { TSV_COLUMNS = sizeof(tsv_heads) / sizeof(tsv_heads[0]) };

void items_tsv_heads(const struct output *output)
{
    output_tsv(output, tsv_heads, TSV_COLUMNS);
}

static const char *write_time(int64_t us, char ret[static QUANTITY_TEXT_MAX])
{
    ret[0] = '\0';
    if (us != 0)
        quantity_write_rfc3339(us, ret);
    return ret;
}

void items_tsv(const struct output *output, const Custody__V1__OpenItem *item)
{
    char due[QUANTITY_TEXT_MAX], raw[QUANTITY_TEXT_MAX], since[QUANTITY_TEXT_MAX];
    char next_due[QUANTITY_TEXT_MAX], last_at[QUANTITY_TEXT_MAX];
    char excused[24], mass[24], hazard[12], entry[24] = "", escalation[REFLECT_NAME_MAX] = "";
    snprintf(excused, sizeof(excused), "%" PRId64, item->excused_us);
    snprintf(mass, sizeof(mass), "%" PRIu64, item->mass_g);
    snprintf(hazard, sizeof(hazard), "%" PRIu32, item->hazard);
    if (item->escalation != 0)
        reflect_write_enum(&custody__v1__escalation__descriptor, (int)item->escalation, escalation);
    if (item->last != NULL)
        snprintf(entry, sizeof(entry), "%" PRIu64, item->last->entry);
    const char *const cells[TSV_COLUMNS] = {
        item->kind,
        item->id,
        item->subject,
        item->division,
        item->family,
        item->state,
        write_time(item->due, due),
        write_time(item->raw_due, raw),
        excused,
        item->order,
        write_time(item->since, since),
        item->holder,
        item->holder_name,
        item->generator,
        item->receiver,
        item->vehicle,
        mass,
        hazard,
        escalation,
        item->rule_name,
        item->unreported ? "1" : "0",
        item->next == NULL ? "" : item->next->act,
        item->next == NULL ? "" : item->next->party,
        write_time(item->next == NULL ? 0 : item->next->due, next_due),
        item->last == NULL ? "" : item->last->act,
        write_time(item->last == NULL ? 0 : item->last->effective_at, last_at),
        entry,
    };
    output_tsv(output, cells, TSV_COLUMNS);
}

/* ---- sums ---- */

bool items_sums_fit(Custody__V1__OpenSum *const *sums, size_t count, uint64_t total)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += sums[i]->count;
    return sum == total;
}

static const char *word_of_kind(const char *kind)
{
    static const struct {
        const char *kind, *zh, *en;
    } kinds[] = {{"manifest", "联单", "manifests"},
                 {"obligation", "期限", "obligations"},
                 {"finding", "违规与提示", "findings"},
                 {"settled", "已处理", "settled"}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kind, kinds[i].kind) == 0)
            return words_pick(kinds[i].zh, kinds[i].en);
    return kind;
}

void items_sums(const struct output *output, Custody__V1__OpenSum *const *sums, size_t count)
{
    struct output_table table;
    uint64_t rows = 0;
    if (count == 0)
        return;
    output_table_init(&table, 5);
    const char *const heads[] = {words_pick("区划", "division"), words_pick("类别", "family"),
                                 words_pick("事项", "what"), words_pick("件数", "count"),
                                 words_pick("重量", "mass")};
    output_table_add(&table, OUTPUT_DIM, heads);
    for (size_t i = 0; i < count; i++) {
        char number[24], mass[QUANTITY_TEXT_MAX], family[WORDS_MAX];
        snprintf(number, sizeof(number), "%" PRIu64, sums[i]->count);
        quantity_write_mass(sums[i]->mass_g, mass);
        words_family(sums[i]->family, family);
        const char *const cells[] = {
            sums[i]->division_name[0] != '\0' ? sums[i]->division_name : sums[i]->division, family,
            word_of_kind(sums[i]->kind), number, sums[i]->mass_g == 0 ? "" : mass};
        output_table_add(&table, OUTPUT_PLAIN, cells);
        rows += sums[i]->count;
    }
    char number[24];
    snprintf(number, sizeof(number), "%" PRIu64, rows);
    const char *const total[] = {words_pick("合计", "total"), "", "", number, ""};
    output_table_add(&table, OUTPUT_BOLD, total);
    output_table_print(&table, output);
    output_table_done(&table);
}

/* ---- a list, page by page ---- */

static void print_page(const struct output *output, const Custody__V1__UnclosedReply *page)
{
    for (size_t i = 0; i < page->n_items; i++) {
        if (output->is_tsv)
            items_tsv(output, page->items[i]);
        else
            items_print(output, page->items[i], page->now);
    }
}

static int check_sums(struct command_context *context, const Custody__V1__UnclosedReply *page)
{
    if (page->total_is_least || page->n_sums == 0 ||
        items_sums_fit(page->sums, page->n_sums, page->total))
        return 0;
    problem_set(&context->client->problem, CUSTODY_ERR_PROTOCOL, "total",
                "the sum of what is counted by division and family", "%" PRIu64, page->total);
    return command_fail(context);
}

int items_list(struct command_context *context,
               struct arguments *arguments,
               const char *title_zh,
               const char *title_en)
{
    static const char *const lists[] = {"items", NULL};
    const struct output *output = &context->output;
    struct pages pages;
    uint64_t shown = 0;
    pages_begin(&pages, context, arguments, NULL, lists);
    const Custody__V1__UnclosedReply *first = (const Custody__V1__UnclosedReply *)pages.first;
    if (pages.code == 0)
        pages.code = check_sums(context, first);
    if (pages.code == 0 && output->is_tsv)
        items_tsv_heads(output);
    while (pages_next(&pages)) {
        const Custody__V1__UnclosedReply *page = (const Custody__V1__UnclosedReply *)pages.page;
        shown += page->n_items;
        if (!output->is_json)
            print_page(output, page);
    }
    if (pages.code == 0 && !output->is_json && !output->is_tsv) {
        output_print(output, OUTPUT_BOLD, "%s%s", shown == 0 ? "" : "\n",
                     words_pick(title_zh, title_en));
        /* A later page of a list that is filtered does not count the whole again. */
        if (first->total > 0 || !first->total_is_least)
            output_print(output, OUTPUT_BOLD, "  %" PRIu64 "%s", first->total,
                         first->total_is_least ? "+" : "");
        output_print(output, OUTPUT_PLAIN, "  %s %" PRIu64 "\n", words_pick("列出", "shown"),
                     shown);
        items_sums(output, first->sums, first->n_sums);
        views_basis(output, first->basis);
    }
    return pages_end(&pages, NULL);
}
