/* findings.c: custody findings: rules that facts have broken, with their article; one of them whole, with what was said of it.
 * Never sorts: the ledger gives the order. */
#include <inttypes.h>
#include <string.h>

#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/items.h"
#include "client/cli/pages.h"
#include "client/cli/views.h"
#include "client/cli/words.h"

enum { ENTRIES_TEXT = 128 };

static const char *const tsv_heads[] = {
    "id",     "rule",       "weight",     "state",     "since",    "met_at",  "excused_us",
    "order",  "party",      "party_name", "subject",   "division", "family",  "mass_g",
    "hazard", "escalation", "reopened",   "inspected", "article",  "entries",
};

enum { TSV_COLUMNS = sizeof(tsv_heads) / sizeof(tsv_heads[0]) };

static void write_entries(const Custody__V1__Finding *finding, char ret[static ENTRIES_TEXT])
{
    size_t len = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < finding->n_entries && len + 24 < ENTRIES_TEXT; i++)
        len += (size_t)snprintf(ret + len, ENTRIES_TEXT - len, "%s#%" PRIu64, i == 0 ? "" : " ",
                                finding->entries[i]);
}

static void print_tsv(const struct output *output, const Custody__V1__Finding *finding)
{
    char weight[REFLECT_NAME_MAX], state[REFLECT_NAME_MAX], escalation[REFLECT_NAME_MAX] = "";
    char since[QUANTITY_TEXT_MAX], met[QUANTITY_TEXT_MAX] = "", entries[ENTRIES_TEXT];
    char excused[24], mass[24], hazard[12];
    reflect_write_enum(&custody__v1__weight__descriptor, (int)finding->weight, weight);
    reflect_write_enum(&custody__v1__finding_state__descriptor, (int)finding->state, state);
    if (finding->escalation != 0)
        reflect_write_enum(&custody__v1__escalation__descriptor, (int)finding->escalation,
                           escalation);
    quantity_write_rfc3339(finding->since, since);
    if (finding->met_at != 0)
        quantity_write_rfc3339(finding->met_at, met);
    write_entries(finding, entries);
    snprintf(excused, sizeof(excused), "%" PRId64, finding->excused_us);
    snprintf(mass, sizeof(mass), "%" PRIu64, finding->mass_g);
    snprintf(hazard, sizeof(hazard), "%" PRIu32, finding->hazard);
    const char *const cells[TSV_COLUMNS] = {
        finding->id,
        finding->rule_name,
        weight,
        state,
        since,
        met,
        excused,
        finding->order,
        finding->party,
        finding->party_name,
        finding->subject,
        finding->division,
        finding->family,
        mass,
        hazard,
        escalation,
        finding->reopened ? "1" : "0",
        finding->inspected ? "1" : "0",
        finding->article,
        entries,
    };
    output_tsv(output, cells, TSV_COLUMNS);
}

static void print_finding(const struct output *output, const Custody__V1__Finding *finding)
{
    char weight[WORDS_MAX], state[WORDS_MAX], escalation[WORDS_MAX], name[REFLECT_NAME_MAX];
    char since[OUTPUT_CELL_MAX], entries[ENTRIES_TEXT];
    bool is_breach = finding->weight == CUSTODY__V1__WEIGHT__WEIGHT_BREACH;
    reflect_write_enum(&custody__v1__weight__descriptor, (int)finding->weight, name);
    words_weight(name, weight);
    reflect_write_enum(&custody__v1__finding_state__descriptor, (int)finding->state, name);
    words_finding_state(name, state);
    reflect_write_enum(&custody__v1__escalation__descriptor, (int)finding->escalation, name);
    words_escalation(name, escalation);
    items_short_time(output, finding->since, since);
    write_entries(finding, entries);
    output_print(output, is_breach ? OUTPUT_BAD : OUTPUT_WARN, "%s", weight);
    output_print(output, OUTPUT_BOLD, "  %s",
                 words_pick(finding->sentence_zh, finding->sentence_en));
    output_print(output, OUTPUT_DIM, "  [%s]\n", finding->id);
    output_print(output, OUTPUT_PLAIN, "    %s  %s", finding->subject,
                 views_short_party(finding->party, finding->party_name));
    output_print(output, OUTPUT_PLAIN, "  %s %s%s%s\n", words_pick("起", "since"), since,
                 entries[0] == '\0' ? "" : "  ", entries);
    output_print(output, OUTPUT_PLAIN, "    %s  %s", state, finding->article);
    if (escalation[0] != '\0')
        output_print(output, OUTPUT_WARN, "  %s", escalation);
    if (finding->order[0] != '\0')
        output_print(output, OUTPUT_PLAIN, "  %s %s", words_pick("文号", "order"), finding->order);
    if (finding->reopened)
        output_print(output, OUTPUT_WARN, "  %s",
                     words_pick("曾办结，已重开", "settled once, open again"));
    if (finding->inspected)
        output_print(output, OUTPUT_PLAIN, "  %s", words_pick("已现场检查", "inspected"));
    fputc('\n', output->file);
}

static void print_word(const struct output *output, const Custody__V1__FindingWord *word)
{
    char act[WORDS_MAX], at[OUTPUT_CELL_MAX];
    words_act(word->act, act);
    items_short_time(output, word->effective_at, at);
    output_print(output, OUTPUT_PLAIN, "    %s  %s  %s  #%" PRIu64, at, act,
                 views_short_party(word->party, word->party_name), word->entry);
    if (word->order[0] != '\0')
        output_print(output, OUTPUT_PLAIN, "  %s %s", words_pick("文号", "order"), word->order);
    if (word->withdrawn)
        output_print(output, OUTPUT_WARN, "  %s", words_pick("已撤回", "withdrawn"));
    if (word->held)
        output_print(output, OUTPUT_WARN, "  %s", words_pick("待确认", "held"));
    if (!word->effective && !word->withdrawn && !word->held)
        output_print(
            output, OUTPUT_WARN, "  %s",
            words_pick("不生效", "without effect: not a regulator's, its own, or not met yet"));
    fputc('\n', output->file);
}

static void print_case(const struct output *output, const Custody__V1__FindingCase *file)
{
    char state[WORDS_MAX], name[REFLECT_NAME_MAX];
    if (file == NULL)
        return;
    reflect_write_enum(&custody__v1__finding_state__descriptor, (int)file->state, name);
    words_finding_state(name, state);
    output_print(output, OUTPUT_BOLD, "\n%s [%s]  %s\n", words_pick("案卷", "case"), file->id,
                 state);
    if (file->name != NULL && file->name->anchor != NULL)
        output_print(output, OUTPUT_DIM, "    %s %u  %.*s  %s %" PRIu64 "\n",
                     words_pick("规则", "rule"), file->name->rule, (int)file->name->subject.len,
                     (const char *)file->name->subject.data,
                     words_pick("所依据记录序号", "anchor sequence"), file->name->anchor->sequence);
    for (size_t i = 0; i < file->n_words; i++)
        print_word(output, file->words[i]);
    if (file->n_words == 0)
        output_print(output, OUTPUT_DIM, "    %s\n",
                     words_pick("尚无说明或处理", "nothing was said of it"));
    output_print(output, OUTPUT_DIM,
                 "    custody explain --finding %s    custody settle --finding %s\n", file->id,
                 file->id);
}

static void print_page(const struct output *output, const Custody__V1__FindingsReply *page)
{
    for (size_t i = 0; i < page->n_findings; i++) {
        if (output->is_tsv)
            print_tsv(output, page->findings[i]);
        else
            print_finding(output, page->findings[i]);
    }
    if (!output->is_tsv)
        print_case(output, page->case_file);
}

static void print_end(const struct output *output, const Custody__V1__FindingsReply *first)
{
    if (first->case_file == NULL) {
        output_print(output, OUTPUT_BOLD, "%s  %" PRIu64 "%s", words_pick("提示与违规", "findings"),
                     first->total, first->total_is_least ? "+" : "");
        if (first->excused > 0)
            output_print(output, OUTPUT_GOOD, "  %s %" PRIu64,
                         words_pick("依令免责（另计）", "excused by order, counted apart:"),
                         first->excused);
        fputc('\n', output->file);
        items_sums(output, first->sums, first->n_sums);
    }
    views_basis(output, first->basis);
}

int findings_command(struct command_context *context, struct arguments *arguments)
{
    static const char *const lists[] = {"findings", NULL};
    const struct output *output = &context->output;
    struct pages pages;
    pages_begin(&pages, context, arguments, "id", lists);
    if (pages.code == 0 && output->is_tsv)
        output_tsv(output, tsv_heads, TSV_COLUMNS);
    while (pages_next(&pages))
        if (!output->is_json)
            print_page(output, (const Custody__V1__FindingsReply *)pages.page);
    if (pages.code == 0 && !output->is_json && !output->is_tsv)
        print_end(output, (const Custody__V1__FindingsReply *)pages.first);
    return pages_end(&pages, NULL);
}
