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

/* Entries before this number were shown; 0: none, or it cannot be told. */
static uint64_t read_position(struct command_context *context)
{
    char path[FILES_PATH_MAX];
    struct custody_problem problem;
    uint8_t *bytes = NULL;
    size_t len = 0;
    uint64_t position = 0;
    if (files_join(context->client->home, TODAY_FILE, path, &problem) != CUSTODY_OK ||
        files_read(path, TODAY_FILE_MAX, &bytes, &len, &problem) != CUSTODY_OK)
        return 0;
    while (len > 0 && bytes[len - 1] == '\n')
        len--;
    if (!bytes_parse_decimal(span_of(bytes, len), &position))
        position = 0;
    free(bytes);
    return position;
}

static void keep_position(struct command_context *context, uint64_t position)
{
    char path[FILES_PATH_MAX], text[TODAY_FILE_MAX];
    struct custody_problem problem;
    snprintf(text, sizeof(text), "%" PRIu64 "\n", position);
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

static void print_late(const struct output *output, const Custody__V1__TodayReply *today)
{
    char until[OUTPUT_CELL_MAX], mass[QUANTITY_TEXT_MAX];
    items_short_time(output, today->late_by, until);
    quantity_write_mass(today->late_g, mass);
    output_print(output, OUTPUT_BOLD, "\n%s %s %s  ", words_pick("无人行动，到", "late by"), until,
                 words_pick("将逾期", "if nobody moves"));
    output_print(output, today->late_count > 0 ? OUTPUT_WARN : OUTPUT_GOOD, "%" PRIu64 "  %s\n",
                 today->late_count, today->late_count > 0 ? mass : "");
    for (size_t i = 0; i < today->n_late; i++) {
        const Custody__V1__TodayHolder *holder = today->late[i];
        char first[OUTPUT_CELL_MAX];
        items_short_time(output, holder->first_due, first);
        quantity_write_mass(holder->mass_g, mass);
        output_print(output, OUTPUT_PLAIN, "    %s  %s  %u %s  %s  %s %s\n",
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

static void print_tsv(const struct output *output, const Custody__V1__TodayReply *today)
{
    static const char *const heads[] = {"section", "rule",   "party", "division",
                                        "count",   "mass_g", "at"};
    output_tsv(output, heads, 7);
    char count[24], mass[24], at[QUANTITY_TEXT_MAX];
    for (size_t i = 0; i < today->n_late; i++) {
        snprintf(count, sizeof(count), "%u", today->late[i]->count);
        snprintf(mass, sizeof(mass), "%" PRIu64, today->late[i]->mass_g);
        quantity_write_rfc3339(today->late[i]->first_due, at);
        output_tsv(output,
                   (const char *const[]){"late", "", today->late[i]->party,
                                         today->late[i]->division, count, mass, at},
                   7);
    }
    for (size_t i = 0; i < today->n_causes; i++) {
        snprintf(count, sizeof(count), "%u",
                 today->causes[i]->overdue + today->causes[i]->findings);
        quantity_write_rfc3339(today->causes[i]->oldest, at);
        output_tsv(output,
                   (const char *const[]){"cause", today->causes[i]->rule, "", "", count, "", at},
                   7);
    }
    for (size_t i = 0; i < today->n_visits; i++) {
        snprintf(count, sizeof(count), "%u", today->visits[i]->score);
        output_tsv(output,
                   (const char *const[]){"visit", today->visits[i]->rule, today->visits[i]->party,
                                         today->visits[i]->division, count, "", ""},
                   7);
    }
}

int today_command(struct command_context *context, struct arguments *arguments)
{
    const struct output *output = &context->output;
    ProtobufCMessage *request = NULL, *reply = NULL;
    char since[24];
    bool has_since = false;
    if (!command_open(context))
        return command_fail(context);
    for (size_t i = 0; i < arguments->count; i++)
        has_since = has_since || (arguments->all[i].name != NULL &&
                                  strcmp(arguments->all[i].name, "since") == 0);
    snprintf(since, sizeof(since), "%" PRIu64, read_position(context));
    if (!has_since && arguments->count < ARGUMENTS_MAX)
        arguments->all[arguments->count++] = (struct argument){.name = "since", .value = since};
    int code = command_ask(context, arguments, NULL, &request, &reply);
    if (code != 0)
        return code;
    const Custody__V1__TodayReply *today = (const Custody__V1__TodayReply *)reply;
    if (output->is_json)
        output_json(output, reflect_to_json(reply));
    else if (output->is_tsv)
        print_tsv(output, today);
    else if (today->health != NULL)
        print_text(output, today, has_since || strcmp(since, "0") != 0);
    if (!has_since && today->basis != NULL && output_is_written(&context->output))
        keep_position(context, today->basis->as_of);
    reflect_free(reply);
    reflect_free(request);
    return code;
}
