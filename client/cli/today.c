/* today.c: custody today: one screen for twenty minutes a day.
 * Never forgets by itself: what was seen last is kept in the home folder once it was shown. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/items.h"
#include "client/cli/views.h"
#include "client/cli/words.h"

#define TODAY_FILE "today"
enum { TODAY_FILE_MAX = 64, TODAY_CAUSES = 8 };

/* What was shown last: entries before a number, at a time; 0: nothing, or it cannot be told. */
struct seen {
    uint64_t position, at_us;
};

static struct seen read_seen(struct command_context *context)
{
    struct seen seen = {0};
    char path[FILES_PATH_MAX];
    struct custody_problem problem;
    uint8_t *bytes = NULL;
    size_t len = 0;
    if (files_join(context->client->home, TODAY_FILE, path, &problem) != CUSTODY_OK ||
        files_read(path, TODAY_FILE_MAX, &bytes, &len, &problem) != CUSTODY_OK)
        return seen;
    while (len > 0 && bytes[len - 1] == '\n')
        len--;
    const uint8_t *gap = len == 0 ? NULL : memchr(bytes, ' ', len);
    size_t before = gap == NULL ? len : (size_t)(gap - bytes);
    if (gap == NULL || !bytes_parse_decimal(span_of(bytes, before), &seen.position) ||
        !bytes_parse_decimal(span_of(gap + 1, len - before - 1), &seen.at_us) ||
        seen.at_us > INT64_MAX)
        seen = (struct seen){0};
    free(bytes);
    return seen;
}

static void keep_seen(struct command_context *context, struct seen seen)
{
    char path[FILES_PATH_MAX], text[TODAY_FILE_MAX];
    struct custody_problem problem;
    snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 "\n", seen.position, seen.at_us);
    if (files_join(context->client->home, TODAY_FILE, path, &problem) != CUSTODY_OK ||
        files_replace(path, span_text(text), &problem) != CUSTODY_OK)
        output_note(&context->output, "what was seen is not remembered: %s", problem.sentence);
}

static bool needs_you(const Custody__V1__TodayReply *today)
{
    return today->overdue + today->findings + today->late_count + today->new_findings > 0 ||
           today->health->forks > 0;
}

static void
print_new(const struct output *output, const Custody__V1__TodayReply *today, bool has_looked)
{
    if (!has_looked)
        return; /* the first time all would be new */
    output_print(output, OUTPUT_BOLD, "\n%s  ", words_pick("自上次查看", "since you last looked"));
    output_print(output, OUTPUT_PLAIN, "%s %" PRIu64 "  %s %" PRIu64 "\n",
                 words_pick("新账目", "new entries"), today->new_entries,
                 words_pick("新违规与提示", "new findings"), today->new_findings);
    for (size_t i = 0; i < today->n_newest; i++) {
        const Custody__V1__Finding *finding = today->newest[i];
        output_print(output,
                     finding->weight == CUSTODY__V1__WEIGHT__WEIGHT_BREACH ? OUTPUT_BAD
                                                                           : OUTPUT_WARN,
                     "    %s", words_pick(finding->sentence_zh, finding->sentence_en));
        output_print(output, OUTPUT_PLAIN, "  %s  [%s]\n",
                     views_short_party(finding->party, finding->party_name), finding->id);
    }
}

/* "  2.300 kg", or nothing when nobody knows a mass. */
static void write_mass(uint64_t mass_g, char ret[static OUTPUT_CELL_MAX])
{
    char mass[QUANTITY_TEXT_MAX];
    ret[0] = '\0';
    if (mass_g == 0)
        return;
    quantity_write_mass(mass_g, mass);
    snprintf(ret, OUTPUT_CELL_MAX, "  %s", mass);
}

static void print_late(const struct output *output, const Custody__V1__TodayReply *today)
{
    char until[OUTPUT_CELL_MAX], mass[OUTPUT_CELL_MAX];
    items_short_time(output, today->late_by, until);
    write_mass(today->late_g, mass);
    output_print(output, OUTPUT_BOLD, "\n%s %s %s  ", words_pick("无人行动，到", "late by"), until,
                 words_pick("将逾期", "if nobody moves"));
    output_print(output, today->late_count > 0 ? OUTPUT_WARN : OUTPUT_GOOD, "%" PRIu64 "%s\n",
                 today->late_count, mass);
    for (size_t i = 0; i < today->n_late; i++) {
        const Custody__V1__TodayHolder *holder = today->late[i];
        char first[OUTPUT_CELL_MAX];
        items_short_time(output, holder->first_due, first);
        write_mass(holder->mass_g, mass);
        output_print(output, OUTPUT_PLAIN, "    %s  %s  %u %s%s  %s %s\n",
                     views_short_party(holder->party, holder->party_name), holder->division_name,
                     holder->count, words_pick("项", "open"), mass, words_pick("最早", "first at"),
                     first);
    }
}

static void print_causes(const struct output *output, const Custody__V1__TodayReply *today)
{
    output_print(output, OUTPUT_BOLD, "\n%s  ",
                 words_pick("逾期与违规，按原因", "overdue and broken, by cause"));
    output_print(output, OUTPUT_PLAIN, "%s %" PRIu64 "  %s %" PRIu64, words_pick("逾期", "overdue"),
                 today->overdue, words_pick("违规与提示", "findings"), today->findings);
    if (today->excused > 0)
        output_print(output, OUTPUT_GOOD, "  %s %" PRIu64,
                     words_pick("依令免责（另计）", "excused by order, apart:"), today->excused);
    fputc('\n', output->file);
    for (size_t i = 0; i < today->n_causes && i < TODAY_CAUSES; i++) {
        const Custody__V1__TodayCause *cause = today->causes[i];
        char oldest[OUTPUT_CELL_MAX];
        items_short_time(output, cause->oldest, oldest);
        output_print(output,
                     cause->weight == CUSTODY__V1__WEIGHT__WEIGHT_BREACH ? OUTPUT_BAD : OUTPUT_WARN,
                     "    %4u  %s", cause->overdue + cause->findings,
                     words_pick(cause->sentence_zh, cause->sentence_en));
        output_print(output, OUTPUT_DIM, "  %s  %s %s\n", cause->article,
                     words_pick("最早", "oldest"), oldest);
    }
    if (today->n_causes > TODAY_CAUSES)
        output_print(output, OUTPUT_DIM, "    ... %zu (custody findings)\n",
                     today->n_causes - TODAY_CAUSES);
}

static void print_visits(const struct output *output, const Custody__V1__TodayReply *today)
{
    if (today->n_visits == 0)
        return;
    output_print(output, OUTPUT_BOLD, "\n%s\n", words_pick("今天值得去的", "worth a visit today"));
    for (size_t i = 0; i < today->n_visits; i++) {
        const Custody__V1__TodayVisit *visit = today->visits[i];
        output_print(output, OUTPUT_BOLD, "  %zu. %s", i + 1,
                     views_short_party(visit->party, visit->party_name));
        output_print(output, OUTPUT_DIM, "  %s  %s %u\n", visit->division_name,
                     words_pick("分值", "score"), visit->score);
        output_print(output, OUTPUT_PLAIN, "     %s\n", words_pick(visit->why_zh, visit->why_en));
        output_print(output, OUTPUT_DIM, "     %s\n", words_pick(visit->lower_zh, visit->lower_en));
    }
}

static void print_health(const struct output *output, const Custody__V1__TodayReply *today)
{
    const Custody__V1__TodayHealth *health = today->health;
    output_print(output, OUTPUT_BOLD, "\n%s  ", words_pick("账本", "the ledger"));
    output_print(output, health->forks > 0 ? OUTPUT_BAD : OUTPUT_PLAIN,
                 "%" PRIu64 " %s  %s %" PRIu64 "  %s %u  %s %u\n", health->size,
                 words_pick("条，检查点已核验", "entries, checkpoint verified"),
                 words_pick("待反映", "behind"), health->behind, words_pick("分叉", "forks"),
                 health->forks, words_pick("缺口", "gaps"), health->gaps);
}

static void
print_text(const struct output *output, const Custody__V1__TodayReply *today, bool has_looked)
{
    char now[OUTPUT_CELL_MAX];
    output_time(output, today->now, now);
    output_print(output, OUTPUT_BOLD, "%s  %s\n", words_pick("今日", "today"), now);
    if (!needs_you(today)) {
        output_print(output, OUTPUT_GOOD, "\n%s\n",
                     words_pick("今天没有需要您处理的事项", "nothing needs you today"));
    } else {
        print_new(output, today, has_looked);
        print_late(output, today);
        print_causes(output, today);
        print_visits(output, today);
    }
    if (today->is_least)
        output_print(
            output, OUTPUT_WARN, "\n%s\n",
            words_pick("未全部统计：请按区划查看", "not all was counted: ask by division"));
    print_health(output, today);
    views_basis(output, today->basis);
}

/* ---- TSV: a row for each line of the screen, in its order ---- */

static const char *const tsv_heads[] = {
    "section", "rule", "party", "division", "count", "score", "mass_g", "at", "id",
};

enum { TSV_COLUMNS = sizeof(tsv_heads) / sizeof(tsv_heads[0]) };

struct tsv_row {
    const char *section, *rule, *party, *division, *id;
    uint64_t count, score, mass_g; /* 0: not said */
    int64_t at;
};

static void write_number(uint64_t number, char ret[static QUANTITY_TEXT_MAX])
{
    ret[0] = '\0';
    if (number != 0)
        snprintf(ret, QUANTITY_TEXT_MAX, "%" PRIu64, number);
}

static void print_row(const struct output *output, const struct tsv_row *row)
{
    char count[QUANTITY_TEXT_MAX], score[QUANTITY_TEXT_MAX], mass[QUANTITY_TEXT_MAX];
    char at[QUANTITY_TEXT_MAX] = "";
    write_number(row->count, count);
    write_number(row->score, score);
    write_number(row->mass_g, mass);
    if (row->at != 0)
        quantity_write_rfc3339(row->at, at);
    const char *const cells[TSV_COLUMNS] = {
        row->section, row->rule, row->party, row->division, count, score, mass, at, row->id};
    output_tsv(output, cells, TSV_COLUMNS);
}

static void print_tsv(const struct output *output, const Custody__V1__TodayReply *today)
{
    output_tsv(output, tsv_heads, TSV_COLUMNS);
    for (size_t i = 0; i < today->n_newest; i++) {
        const Custody__V1__Finding *one = today->newest[i];
        print_row(output, &(struct tsv_row){.section = "new",
                                            .rule = one->rule_name,
                                            .party = one->party,
                                            .division = one->division,
                                            .mass_g = one->mass_g,
                                            .at = one->since,
                                            .id = one->id});
    }
    for (size_t i = 0; i < today->n_late; i++) {
        const Custody__V1__TodayHolder *one = today->late[i];
        print_row(output, &(struct tsv_row){.section = "late",
                                            .party = one->party,
                                            .division = one->division,
                                            .count = one->count,
                                            .mass_g = one->mass_g,
                                            .at = one->first_due});
    }
    for (size_t i = 0; i < today->n_causes; i++) {
        const Custody__V1__TodayCause *one = today->causes[i];
        print_row(output, &(struct tsv_row){.section = "cause",
                                            .rule = one->rule,
                                            .count = (uint64_t)one->overdue + one->findings,
                                            .at = one->oldest});
    }
    for (size_t i = 0; i < today->n_visits; i++) {
        const Custody__V1__TodayVisit *one = today->visits[i];
        print_row(output, &(struct tsv_row){.section = "visit",
                                            .rule = one->rule,
                                            .party = one->party,
                                            .division = one->division,
                                            .score = one->score});
    }
}

int today_command(struct command_context *context, struct arguments *arguments)
{
    const struct output *output = &context->output;
    ProtobufCMessage *request = NULL, *reply = NULL;
    char since[24], seen_at[24];
    bool has_since = arguments_has(arguments, "since") || arguments_has(arguments, "seen_at");
    if (!command_open(context))
        return command_fail(context);
    struct seen seen = read_seen(context);
    snprintf(since, sizeof(since), "%" PRIu64, seen.position);
    snprintf(seen_at, sizeof(seen_at), "%" PRIu64, seen.at_us);
    if (!has_since && (!arguments_add(arguments, "since", since) ||
                       !arguments_add(arguments, "seen_at", seen_at)))
        return command_usage(context, "arguments", "fewer", "too many");
    int code = command_ask(context, arguments, NULL, &request, &reply);
    if (code != 0)
        return code;
    const Custody__V1__TodayReply *today = (const Custody__V1__TodayReply *)reply;
    if (output->is_json)
        output_json(output, reflect_to_json(reply));
    else if (output->is_tsv)
        print_tsv(output, today);
    else if (today->health != NULL)
        print_text(output, today, has_since || seen.position != 0);
    if (!has_since && today->basis != NULL && output_is_written(&context->output))
        keep_seen(context, (struct seen){today->basis->as_of, (uint64_t)today->now});
    reflect_free(reply);
    reflect_free(request);
    return code;
}
