/* report.c: custody report month|year: a division's figures, frozen at a position; what changed since an older report.
 * Never prints figures whose parts do not add up, unless --draft asks for it, and then it says so. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/calendar.h"
#include "proto/checkpoint.h"
#include "client/lib/ask.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/command.h"
#include "client/cli/figures.h"
#include "client/cli/views.h"

enum { REPORT_FILE_MAX = 64 * 1024 * 1024, ENTRIES_SHOWN = 20 };

struct report {
    struct command_context *context;
    char division[16], period[FIGURE_PERIOD_MAX + 1];
    uint64_t as_of; /* 0: the newest */
    struct figures figures;
    json_t *face;                     /* of the last page, without its lists */
    json_t *permits, *units, *scopes; /* of all pages */
    Custody__V1__ReportReply *last;   /* the last page */
};

static void report_done(struct report *report)
{
    figures_done(&report->figures);
    json_decref(report->face);
    json_decref(report->permits);
    json_decref(report->units);
    json_decref(report->scopes);
    if (report->last != NULL)
        reflect_free(&report->last->base);
}

/* ---- asking ------------------------------------------------------------------------------------ */

static void move_list(json_t *page, const char *name, json_t *all)
{
    json_t *list = json_object_get(page, name);
    if (list != NULL)
        json_array_extend(all, list);
    json_object_del(page, name);
}

static bool take_page(struct report *report, Custody__V1__ReportReply *page)
{
    if (!figures_add_page(&report->figures, page->figures, page->n_figures))
        return false;
    json_t *json = reflect_to_json(&page->base);
    if (json == NULL)
        return false;
    move_list(json, "permits", report->permits);
    move_list(json, "units", report->units);
    move_list(json, "scopes", report->scopes);
    json_object_del(json, "figures");
    json_object_del(json, "next_page");
    json_decref(report->face);
    report->face = json;
    if (report->last != NULL)
        reflect_free(&report->last->base);
    report->last = page;
    return true;
}

/* All pages; they keep the position of the first. */
static int ask_report(struct report *report)
{
    struct command_context *context = report->context;
    Custody__V1__ReportRequest *request =
        (Custody__V1__ReportRequest *)reflect_create(&custody__v1__report_request__descriptor);
    report->permits = json_array();
    report->units = json_array();
    report->scopes = json_array();
    if (request == NULL)
        return custody_status_exit_code(CUSTODY_ERR_MEMORY);
    request->division = strdup(report->division);
    request->period = strdup(report->period);
    request->as_of = report->as_of;
    ProtobufCMessage *reply = NULL;
    int code = ask_question(context->client, ENVELOPE_REPORT, &request->base, &reply) == CUSTODY_OK
                   ? 0
                   : command_fail(context);
    while (code == 0) {
        if (!take_page(report, (Custody__V1__ReportReply *)reply)) {
            problem_set(&context->client->problem, CUSTODY_ERR_MEMORY, "report", NULL,
                        "nothing left");
            code = command_fail(context);
            reflect_free(reply);
            break;
        }
        ProtobufCBinaryData page = report->last->next_page;
        if (page.len == 0)
            break;
        code = command_ask_page(context, &request->base, span_of(page.data, page.len), &reply);
    }
    reflect_free(&request->base);
    return code;
}

/* ---- text -------------------------------------------------------------------------------------- */

static int64_t
find(const struct report *report, const char *scope, const char *code, const char *name)
{
    return figures_find(&report->figures, scope, code, name);
}

/* The scope of the whole; a saved report keeps it as its division. */
static const char *whole_of(const struct report *report)
{
    return report->last == NULL ? report->division : report->last->scope;
}

/* What is reported on: the word, an example, the heading, and what was declared of such a period. */
static const struct kind {
    const char *word, *example, *head;
    const char *generated, *transferred, *self_treated;
} kinds[] = {
    {"month", "2026-05", "月报 monthly report", "declared_generated_g", "declared_transferred_g",
     "declared_self_treated_g"},
    {"quarter", "2026-Q2", "季报 quarterly report", "quarter_generated_g", "quarter_transferred_g",
     "quarter_self_treated_g"},
    {"year", "2026", "年报 yearly report", "year_generated_g", "year_transferred_g",
     "year_self_treated_g"},
};
enum { MONTH, QUARTER, YEAR, KINDS };

static size_t find_kind(const char *word)
{
    size_t kind = 0;
    while (kind < KINDS && (word == NULL || strcmp(kinds[kind].word, word) != 0))
        kind++;
    return kind;
}

static size_t kind_of(const char *period)
{
    return strlen(period) == 4 ? YEAR : strchr(period, 'Q') != NULL ? QUARTER : MONTH;
}

static void print_title(const struct report *report)
{
    const struct output *output = &report->context->output;
    if (report->last == NULL)
        return;
    output_print(output, OUTPUT_BOLD, "%s  %s  %s %s%s\n", kinds[kind_of(report->period)].head,
                 report->period, report->last->division_name, whole_of(report),
                 report->last->demonstration ? "  演示 demonstration" : "");
    if (report->last->sector[0] != '\0')
        output_field(output, "仅行业 only sector", "%s", report->last->sector);
}

static void
print_texts(const struct output *output, const char *name, char *const *texts, size_t count)
{
    char line[OUTPUT_CELL_MAX] = "";
    size_t len = 0;
    for (size_t i = 0; i < count && len < sizeof line; i++)
        len +=
            (size_t)snprintf(line + len, sizeof line - len, "%s%s", i == 0 ? "" : "  ", texts[i]);
    if (count > 0)
        output_field(output, name, "%s", line);
}

/* What the figures rest on. */
static void print_face(const struct report *report)
{
    const struct output *output = &report->context->output;
    const Custody__V1__ReportReply *reply = report->last;
    struct checkpoint checkpoint;
    char at[OUTPUT_CELL_MAX], root[2 * DIGEST_SIZE + 1];
    if (reply == NULL)
        return;
    output_time(output, reply->as_of_recorded_at, at);
    output_field(output, "截至 as of", "账目 entry %" PRIu64 "  %s", reply->as_of, at);
    if (reply->basis != NULL &&
        checkpoint_parse(span_of(reply->basis->checkpoint.data, reply->basis->checkpoint.len),
                         &checkpoint)) {
        bytes_write_hex(span_of(checkpoint.root.bytes, DIGEST_SIZE), root);
        output_field(output, "检查点 head", "%" PRIu64 "  %s", checkpoint.size, root);
        output_field(output, "已核验 verified", "至 up to entry %" PRIu64, checkpoint.size);
    }
    print_texts(output, "规则集 profiles", reply->profiles, reply->n_profiles);
    print_texts(output, "名录 catalogues", reply->catalogues, reply->n_catalogues);
}

static void print_figure(const struct report *report, const char *words, const char *name)
{
    const struct output *output = &report->context->output;
    char mass[FIGURES_MASS_MAX], id[FIGURE_TEXT_MAX + 1];
    figures_write_mass(find(report, whole_of(report), "", name), mass);
    figure_write(report->period, whole_of(report), "", name, id);
    output_print(output, OUTPUT_PLAIN, "  %s  %s", words, mass);
    output_print(output, OUTPUT_DIM, "  [%s]\n", id);
}

/* NEEDS D1 */
static void print_disposal(const struct report *report)
{
    const struct output *output = &report->context->output;
    const char *whole = whole_of(report);
    char share[FIGURES_SHARE_MAX];
    figures_write_share(find(report, whole, "", "of_disposed_g"),
                        find(report, whole, "", "generated_g"), share);
    output_print(output, OUTPUT_BOLD,
                 "\n危险废物安全处置和转移率 disposed of or moved safely  %s\n", share);
    output_print(
        output, OUTPUT_DIM,
        "  = 其中已安全处置 / 产生; 只计已办结的转移\n"
        "  = of what arose in the period, what a closed transfer or its own lawful treatment "
        "disposed of\n");
    print_figure(report, "产生 generated", "generated_g");
    print_figure(report, "= 已安全处置 disposed of", "of_disposed_g");
    print_figure(report, "+ 未按联单处置 treated elsewhere", "of_strayed_g");
    print_figure(report, "+ 依令核销 closed by order", "of_by_order_g");
    print_figure(report, "+ 流失 lost", "of_lost_g");
    print_figure(report, "+ 未办结 still open", "of_open_g");
}

static void
scope_cell(const struct report *report, const char *scope, char ret[static OUTPUT_CELL_MAX])
{
    size_t index;
    json_t *one;
    snprintf(ret, OUTPUT_CELL_MAX, "%s", scope);
    json_array_foreach(report->scopes, index, one)
    {
        const char *name = json_string_value(json_object_get(one, "name"));
        const char *here = json_string_value(json_object_get(one, "scope"));
        if (here != NULL && name != NULL && name[0] != '\0' && strcmp(here, scope) == 0)
            snprintf(ret, OUTPUT_CELL_MAX, "%s %s", scope, name);
    }
}

typedef void add_row(const struct report *report,
                     const char *scope,
                     const char *code,
                     struct output_table *table);

/* A row for each county or facility, then the whole. */
static void print_scopes(const struct report *report,
                         const char *title,
                         const char *const *heads,
                         size_t columns,
                         bool of_facilities,
                         add_row *add)
{
    const struct output *output = &report->context->output;
    struct output_table table;
    size_t index;
    json_t *one;
    output_print(output, OUTPUT_BOLD, "\n%s\n", title);
    output_table_init(&table, columns);
    output_table_add(&table, OUTPUT_DIM, heads);
    json_array_foreach(report->scopes, index, one)
    {
        const char *scope = json_string_value(json_object_get(one, "scope"));
        if (scope != NULL && (strchr(scope, ':') != NULL) == of_facilities)
            add(report, scope, "", &table);
    }
    if (!of_facilities)
        add(report, whole_of(report), "", &table);
    output_table_print(&table, output);
    output_table_done(&table);
}

static void mass_cell(const struct report *report,
                      const char *scope,
                      const char *code,
                      const char *name,
                      char ret[static FIGURES_MASS_MAX])
{
    figures_write_mass(find(report, scope, code, name), ret);
}

/* NEEDS D3 */
static void add_timely(const struct report *report,
                       const char *scope,
                       const char *code,
                       struct output_table *table)
{
    static const char *const names[] = {"in_time_g", "late_g",  "age_1_g",
                                        "age_2_g",   "age_3_g", "age_4_g"};
    char texts[6][FIGURES_MASS_MAX], where[OUTPUT_CELL_MAX], share[FIGURES_SHARE_MAX];
    int64_t in_time = find(report, scope, code, "in_time_g");
    scope_cell(report, scope, where);
    figures_write_share(in_time, in_time + find(report, scope, code, "late_g"), share);
    for (size_t i = 0; i < 6; i++)
        mass_cell(report, scope, code, names[i], texts[i]);
    const char *const cells[] = {where,    share,    texts[0], texts[1],
                                 texts[2], texts[3], texts[4], texts[5]};
    output_table_add(table, OUTPUT_PLAIN, cells);
}

static void print_timely(const struct report *report)
{
    static const char *const heads[] = {"区县 county",  "及时率 share", "及时 in_time_g",
                                        "超期 late_g",  "≤24h age_1_g", "≤48h age_2_g",
                                        "≤72h age_3_g", ">72h age_4_g"};
    print_scopes(report, "及时处置 treated in time", heads, 8, false, add_timely);
    output_print(
        &report->context->output, OUTPUT_DIM,
        "  及时: 自产生至处置不超过该类废物暂存时限与处置单位贮存时限之和; 无时限的废物不计\n"
        "  in time: from its arising to its treatment within the limit of temporary storage and "
        "the "
        "plant's together; waste without a limit is not counted\n");
}

/* NEEDS D4 */
static void add_coverage(const struct report *report,
                         const char *scope,
                         const char *code,
                         struct output_table *table)
{
    char where[OUTPUT_CELL_MAX], share[FIGURES_SHARE_MAX], registered[32], shipped[32];
    int64_t units = find(report, scope, code, "registered_n");
    int64_t moved = find(report, scope, code, "shipped_n");
    if (units == 0 && moved == 0)
        return;
    scope_cell(report, scope, where);
    figures_write_share(moved, units, share);
    snprintf(registered, sizeof registered, "%" PRId64, units);
    snprintf(shipped, sizeof shipped, "%" PRId64, moved);
    const char *const cells[] = {where, share, shipped, registered};
    output_table_add(table, OUTPUT_PLAIN, cells);
}

static void print_coverage(const struct report *report)
{
    static const char *const heads[] = {"区县 county", "覆盖率 share", "移出单位 shipped_n",
                                        "登记单位 registered_n"};
    print_scopes(report, "收运覆盖 coverage: 本期有移出的单位 / 登记的产废单位", heads, 4, false,
                 add_coverage);
}

static void add_facility(const struct report *report,
                         const char *scope,
                         const char *code,
                         struct output_table *table)
{
    static const char *const names[] = {"opening_g", "received_g", "treated_g", "yielded_g",
                                        "closing_g"};
    char texts[5][FIGURES_MASS_MAX], where[OUTPUT_CELL_MAX];
    scope_cell(report, scope, where);
    for (size_t i = 0; i < 5; i++)
        mass_cell(report, scope, code, names[i], texts[i]);
    const char *const cells[] = {where, texts[0], texts[1], texts[2], texts[3], texts[4]};
    output_table_add(table, OUTPUT_PLAIN, cells);
}

static void print_facilities(const struct report *report)
{
    static const char *const heads[] = {"单位 facility",  "期初 opening_g", "接收 received_g",
                                        "处置 treated_g", "产出 yielded_g", "期末 closing_g"};
    print_scopes(report, "处置单位 facilities", heads, 6, true, add_facility);
}

static void add_code(const struct report *report,
                     const char *scope,
                     const char *code,
                     struct output_table *table)
{
    static const char *const names[] = {"opening_g", "generated_g", "sent_g",
                                        "treated_g", "reweighed_g", "closing_g"};
    char texts[6][FIGURES_MASS_MAX];
    for (size_t i = 0; i < 6; i++)
        mass_cell(report, scope, code, names[i], texts[i]);
    const char *const cells[] = {code[0] == '\0' ? "合计 all" : code,
                                 texts[0],
                                 texts[1],
                                 texts[2],
                                 texts[3],
                                 texts[4],
                                 texts[5]};
    output_table_add(table, code[0] == '\0' ? OUTPUT_BOLD : OUTPUT_PLAIN, cells);
}

static bool is_of_units(const struct figures_row *row)
{
    return strcmp(row->name, "registered_n") == 0 || strcmp(row->name, "shipped_n") == 0;
}

/* NEEDS C1: registered units by industry, beside the year before. */
static void print_industries(const struct report *report, const struct report *before)
{
    static const char *const heads[] = {"行业 industry", "登记单位 registered_n",
                                        "上年 year before", "移出单位 shipped_n"};
    const struct output *output = &report->context->output;
    const struct figures *figures = &report->figures;
    struct output_table table;
    output_print(output, OUTPUT_BOLD, "\n按行业 by industry\n");
    output_table_init(&table, 4);
    output_table_add(&table, OUTPUT_DIM, heads);
    for (size_t i = 0; i < figures->count; i++) {
        const struct figures_row *row = &figures->rows[i];
        char texts[3][32] = {"", "", ""};
        if (row->code[0] == '\0' || strcmp(row->name, "registered_n") != 0)
            continue;
        snprintf(texts[0], sizeof texts[0], "%" PRId64, row->value);
        if (before != NULL)
            snprintf(texts[1], sizeof texts[1], "%" PRId64,
                     find(before, whole_of(before), row->code, "registered_n"));
        snprintf(texts[2], sizeof texts[2], "%" PRId64,
                 find(report, whole_of(report), row->code, "shipped_n"));
        const char *const cells[] = {row->code, texts[0], texts[1], texts[2]};
        output_table_add(&table, OUTPUT_PLAIN, cells);
    }
    output_table_print(&table, output);
    output_table_done(&table);
}

/* The codes of the whole, each once. */
static void print_codes(const struct report *report)
{
    static const char *const heads[] = {"代码 code",     "期初 opening_g", "产生 generated_g",
                                        "移出 sent_g",   "处置 treated_g", "复称差 reweighed_g",
                                        "期末 closing_g"};
    const struct output *output = &report->context->output;
    const struct figures *figures = &report->figures;
    struct output_table table;
    output_print(output, OUTPUT_BOLD, "\n按代码 by waste code\n");
    output_table_init(&table, 7);
    output_table_add(&table, OUTPUT_DIM, heads);
    for (size_t i = 0; i < figures->count; i++) {
        const struct figures_row *row = &figures->rows[i];
        bool is_first =
            row->code[0] != '\0' && strcmp(row->scope, whole_of(report)) == 0 && !is_of_units(row);
        for (size_t k = i; k > 0 && is_first; k--)
            is_first = strcmp(figures->rows[k - 1].code, row->code) != 0 ||
                       strcmp(figures->rows[k - 1].scope, row->scope) != 0;
        if (is_first)
            add_code(report, whole_of(report), row->code, &table);
    }
    add_code(report, whole_of(report), "", &table);
    output_table_print(&table, output);
    output_table_done(&table);
}

static void
print_pair(const struct report *report, const char *words, const char *declared, const char *ledger)
{
    const struct output *output = &report->context->output;
    char one[FIGURES_MASS_MAX], other[FIGURES_MASS_MAX], difference[FIGURES_MASS_MAX];
    int64_t said = find(report, whole_of(report), "", declared);
    int64_t is = find(report, whole_of(report), "", ledger);
    figures_write_mass(said, one);
    figures_write_mass(is, other);
    figures_write_mass(said - is, difference);
    output_field(output, words, "申报 declared %s  台账 ledger %s  差 difference %s", one, other,
                 difference);
}

static void print_declared(const struct report *report)
{
    const struct kind *kind = &kinds[kind_of(report->period)];
    output_print(&report->context->output, OUTPUT_BOLD,
                 "\n申报与台账 declared against the ledger\n");
    print_pair(report, "产生 generated", kind->generated, "generated_g");
    print_pair(report, "移出 moved out", kind->transferred, "sent_g");
    print_pair(report, "自行处置 own", kind->self_treated, "self_treated_g");
}

static int64_t number_of(json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static const char *text_of(json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

static void print_permits(const struct report *report)
{
    static const char *const heads[] = {"单位 facility",   "许可 permit",        "代码 codes",
                                        "年许可量 yearly", "本年已处置 treated", "占比 use"};
    const struct output *output = &report->context->output;
    struct output_table table;
    size_t index, k;
    json_t *one, *code;
    if (json_array_size(report->permits) == 0)
        return;
    output_print(output, OUTPUT_BOLD, "\n许可使用 use of permits\n");
    output_table_init(&table, 6);
    output_table_add(&table, OUTPUT_DIM, heads);
    json_array_foreach(report->permits, index, one)
    {
        char codes[OUTPUT_CELL_MAX] = "", entry[OUTPUT_CELL_MAX], yearly[FIGURES_MASS_MAX];
        char treated[FIGURES_MASS_MAX], share[FIGURES_SHARE_MAX];
        size_t len = 0;
        json_array_foreach(json_object_get(one, "codes"), k, code)
        {
            if (len < sizeof codes && json_is_string(code))
                len += (size_t)snprintf(codes + len, sizeof codes - len, "%s%s", k == 0 ? "" : ",",
                                        json_string_value(code));
        }
        const char *number = text_of(one, "number");
        if (number[0] != '\0')
            snprintf(entry, sizeof entry, "%s", number);
        else
            snprintf(entry, sizeof entry, "%" PRId64, number_of(one, "entry"));
        figures_write_mass(number_of(one, "mass_yearly_g"), yearly);
        figures_write_mass(number_of(one, "treated_g"), treated);
        figures_write_share(number_of(one, "treated_g"), number_of(one, "mass_yearly_g"), share);
        const char *name = text_of(one, "party_name");
        const char *const cells[] = {
            name[0] != '\0' ? name : text_of(one, "party"), entry, codes, yearly, treated, share};
        output_table_add(&table, OUTPUT_PLAIN, cells);
    }
    output_table_print(&table, output);
    output_table_done(&table);
}

/* NEEDS A4, N22 */
static void print_classes(const struct report *report)
{
    const struct output *output = &report->context->output;
    const char *whole = whole_of(report);
    size_t index;
    json_t *one;
    output_print(output, OUTPUT_BOLD, "\n单位类别 classes of units, by twelve months\n");
    output_field(output, "≥100 t", "%" PRId64 "  [%s/%s/class_100t_n]",
                 find(report, whole, "", "class_100t_n"), report->period, whole);
    output_field(output, "≥10 t", "%" PRId64 "  [%s/%s/class_10t_n]",
                 find(report, whole, "", "class_10t_n"), report->period, whole);
    json_array_foreach(report->units, index, one)
    {
        char mass[FIGURES_MASS_MAX];
        const char *name = text_of(one, "party_name");
        figures_write_mass(number_of(one, "rolling_g"), mass);
        output_print(output, OUTPUT_PLAIN, "  %s  %s  %s%s\n", text_of(one, "division"),
                     name[0] != '\0' ? name : text_of(one, "party"), mass,
                     number_of(one, "rolling_g") < INT64_C(100000000)
                         ? "  接近 80 % of 100 t and more"
                         : "");
    }
}

static void print_marks(const struct report *report)
{
    static const struct {
        const char *words, *name;
    } marks[] = {{"手工称重 typed", "mark_typed_n"},
                 {"单方签名 single", "mark_single_n"},
                 {"迟录 late", "mark_late_n"},
                 {"五即 five", "mark_five_n"}};
    const struct output *output = &report->context->output;
    output_print(output, OUTPUT_BOLD, "\n记录标记 marks\n");
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        output_field(output, marks[i].words, "%" PRId64 "  [%s/%s/%s]",
                     find(report, whole_of(report), "", marks[i].name), report->period,
                     whole_of(report), marks[i].name);
}

static int64_t classes_of(const struct report *report)
{
    const struct figures *figures = &report->figures;
    int64_t count = 0;
    for (size_t i = 0; i < figures->count; i++)
        if (figures->rows[i].code[0] != '\0' && figures->rows[i].value != 0 &&
            strcmp(figures->rows[i].scope, whole_of(report)) == 0 &&
            strcmp(figures->rows[i].name, "generated_g") == 0)
            count++;
    return count;
}

/* NEEDS C1: 425 -> 1003 units, 5 -> 10 classes. */
static void print_years(const struct report *report, const struct report *before)
{
    const struct output *output = &report->context->output;
    char old[FIGURES_MASS_MAX], new[FIGURES_MASS_MAX];
    output_print(output, OUTPUT_BOLD, "\n与上年比 year over year  %s -> %s\n", before->period,
                 report->period);
    output_field(output, "登记单位 units", "%" PRId64 " -> %" PRId64,
                 find(before, whole_of(before), "", "registered_n"),
                 find(report, whole_of(report), "", "registered_n"));
    output_field(output, "类数 classes", "%" PRId64 " -> %" PRId64, classes_of(before),
                 classes_of(report));
    figures_write_mass(find(before, whole_of(before), "", "generated_g"), old);
    figures_write_mass(find(report, whole_of(report), "", "generated_g"), new);
    output_field(output, "产生 generated", "%s -> %s", old, new);
}

static void print_text(const struct report *report, const struct report *before_year)
{
    print_title(report);
    print_face(report);
    print_disposal(report);
    print_timely(report);
    print_coverage(report);
    print_industries(report, before_year);
    if (before_year != NULL)
        print_years(report, before_year);
    print_declared(report);
    print_codes(report);
    print_facilities(report);
    print_permits(report);
    print_classes(report);
    print_marks(report);
    output_print(
        &report->context->output, OUTPUT_DIM,
        "\n依据 what is behind a figure: custody explain %s/<county|facility>[/<code>]/<column> "
        "--as-of %" PRIu64 "\n",
        report->period, report->last->as_of);
}

static void print_tsv(const struct report *report)
{
    FILE *file = report->context->output.file;
    fprintf(file, "figure\tscope\twaste_code\tname\tvalue\n");
    for (size_t i = 0; i < report->figures.count; i++) {
        const struct figures_row *row = &report->figures.rows[i];
        char id[FIGURE_TEXT_MAX + 1];
        figure_write(report->period, row->scope, row->code, row->name, id);
        fprintf(file, "%s\t%s\t%s\t%s\t%" PRId64 "\n", id, row->scope, row->code, row->name,
                row->value);
    }
}

/* ---- comparing --------------------------------------------------------------------------------- */

struct comparing {
    struct report *report;
    uint64_t old_as_of;
    json_t *changed; /* NULL: text */
    uint64_t count;
    int code;
};

/* The entries that changed one figure: between the two positions. */
static json_t *entries_of(struct comparing *comparing, const char *id)
{
    struct command_context *context = comparing->report->context;
    Custody__V1__FigureRequest *request =
        (Custody__V1__FigureRequest *)reflect_create(&custody__v1__figure_request__descriptor);
    json_t *entries = json_array();
    ProtobufCMessage *reply = NULL;
    request->figure = strdup(id);
    request->since = comparing->old_as_of;
    request->as_of = comparing->report->last->as_of;
    if (ask_question(context->client, ENVELOPE_FIGURE, &request->base, &reply) != CUSTODY_OK)
        comparing->code = command_fail(context);
    while (comparing->code == 0) {
        const Custody__V1__FigureReply *page = (const Custody__V1__FigureReply *)reply;
        for (size_t i = 0; i < page->n_contributions; i++)
            json_array_append_new(
                entries, json_pack("{s:I, s:I}", "entry", (json_int_t)page->contributions[i]->entry,
                                   "value", (json_int_t)page->contributions[i]->value));
        if (page->next_page.len == 0)
            break;
        ProtobufCMessage *next = NULL;
        comparing->code = command_ask_page(
            context, &request->base, span_of(page->next_page.data, page->next_page.len), &next);
        reflect_free(reply);
        reply = next;
    }
    reflect_free(reply);
    reflect_free(&request->base);
    return entries;
}

static void print_change(
    const struct output *output, const char *id, int64_t before, int64_t after, json_t *entries)
{
    size_t index;
    json_t *one;
    output_print(output, OUTPUT_WARN, "  %s  %" PRId64 " -> %" PRId64 "  (%+" PRId64 ")\n", id,
                 before, after, after - before);
    json_array_foreach(entries, index, one)
    {
        if (index == ENTRIES_SHOWN) {
            output_print(output, OUTPUT_DIM, "    ... %zu\n", json_array_size(entries) - index);
            break;
        }
        output_print(output, OUTPUT_DIM, "    账目 entry %" PRId64 "  %+" PRId64 "\n",
                     number_of(one, "entry"), number_of(one, "value"));
    }
}

static bool take_change(void *context, const struct figures_row *row, int64_t before, int64_t after)
{
    struct comparing *comparing = context;
    char id[FIGURE_TEXT_MAX + 1];
    figure_write(comparing->report->period, row->scope, row->code, row->name, id);
    json_t *entries = entries_of(comparing, id);
    comparing->count++;
    if (comparing->changed == NULL) {
        print_change(&comparing->report->context->output, id, before, after, entries);
        json_decref(entries);
    } else {
        json_array_append_new(comparing->changed, json_pack("{s:s, s:I, s:I, s:o}", "id", id,
                                                            "before", (json_int_t)before, "after",
                                                            (json_int_t)after, "entries", entries));
    }
    return comparing->code == 0;
}

/* A saved report, as --format json printed it. */
static int load_old(struct report *old, const char *path, uint64_t *ret_as_of)
{
    struct command_context *context = old->context;
    json_error_t error;
    json_t *json = json_load_file(path, JSON_DISABLE_EOF_CHECK, &error);
    const char *period = json_string_value(json_object_get(json, "period"));
    const char *scope = json_string_value(json_object_get(json, "scope"));
    json_int_t as_of = json_integer_value(json_object_get(json, "as_of"));
    bool is_one = period != NULL && scope != NULL && as_of > 0 &&
                  strlen(period) <= FIGURE_PERIOD_MAX && strlen(scope) < sizeof old->division &&
                  figures_from_json(&old->figures, json_object_get(json, "figures"));
    if (is_one) {
        snprintf(old->period, sizeof old->period, "%s", period);
        snprintf(old->division, sizeof old->division, "%s", scope);
        *ret_as_of = (uint64_t)as_of;
    }
    json_decref(json);
    return is_one ? 0
                  : command_usage(context, "compare",
                                  "a position, or a report saved with --format json", path);
}

/* The footnotes of the new report. `before`: figures of the old one. */
static int
compare(struct report *report, const struct figures *before, uint64_t old_as_of, json_t *json)
{
    const struct output *output = &report->context->output;
    struct comparing comparing = {
        .report = report, .old_as_of = old_as_of, .changed = json == NULL ? NULL : json_array()};
    if (json == NULL)
        output_print(output, OUTPUT_BOLD,
                     "\n更正说明 what changed since entry %" PRIu64
                     " (that report stands as it was)\n",
                     old_as_of);
    figures_compare(before, &report->figures, take_change, &comparing);
    if (json == NULL && comparing.count == 0 && comparing.code == 0)
        output_print(output, OUTPUT_GOOD, "  无 nothing\n");
    if (json != NULL)
        json_object_set_new(
            json, "compare",
            json_pack("{s:I, s:o}", "as_of", (json_int_t)old_as_of, "changed", comparing.changed));
    return comparing.code;
}

/* ---- the command ------------------------------------------------------------------------------- */

/* The civil month, quarter or year before the one of the clock: the last whole one. */
static void default_period(const struct report *report, size_t kind, char *ret, size_t cap)
{
    const struct calendar calendar = {.utc_offset_minutes = QUANTITY_CIVIL_MINUTES};
    int64_t now_us = 0;
    uint8_t quality;
    int32_t year;
    uint32_t month, day;
    if (client_now(report->context->client, &now_us, &quality) != CUSTODY_OK)
        now_us = 0;
    calendar_civil(calendar_day(&calendar, now_us), &year, &month, &day);
    uint32_t quarter = (month - 1) / 3;
    if (kind == YEAR)
        snprintf(ret, cap, "%04d", (int)year - 1);
    else if (kind == QUARTER)
        snprintf(ret, cap, "%04d-Q%u", quarter == 0 ? (int)year - 1 : (int)year,
                 quarter == 0 ? 4 : quarter);
    else
        snprintf(ret, cap, "%04d-%02u", month == 1 ? (int)year - 1 : (int)year,
                 month == 1 ? 12 : month - 1);
}

struct wishes {
    size_t kind; /* of kinds */
    bool is_draft;
    const char *compare;
};

static int take_wishes(struct report *report, struct arguments *arguments, struct wishes *ret)
{
    struct command_context *context = report->context;
    const char *kind = arguments_take_word(arguments);
    const char *period = arguments_take_word(arguments);
    const char *division = arguments_take(arguments, "division");
    const char *as_of = arguments_take(arguments, "as_of");
    int32_t first, after;
    *ret = (struct wishes){.kind = find_kind(kind),
                           .is_draft = arguments_take_flag(arguments, "draft"),
                           .compare = arguments_take(arguments, "compare")};
    if (ret->kind == KINDS)
        return command_usage(context, "report", "month, quarter or year",
                             kind == NULL ? "nothing" : kind);
    if (as_of != NULL && !bytes_parse_decimal(span_text(as_of), &report->as_of))
        return command_usage(context, "as_of", "an entry's number", as_of);
    if (period != NULL &&
        (strlen(period) != strlen(kinds[ret->kind].example) || kind_of(period) != ret->kind ||
         !figure_parse_period(span_text(period), &first, &after)))
        return command_usage(context, "period", kinds[ret->kind].example, period);
    if (division != NULL && strlen(division) >= sizeof report->division)
        return command_usage(context, "division", "two, four or six digits", division);
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context))
        return command_fail(context);
    if (period != NULL)
        snprintf(report->period, sizeof report->period, "%s", period);
    else
        default_period(report, ret->kind, report->period, sizeof report->period);
    snprintf(report->division, sizeof report->division, "%s", division == NULL ? "" : division);
    return 0;
}

/* Refuses to print what does not add up, and names the two figures. */
static int check(struct report *report,
                 const struct wishes *wishes,
                 struct figures_fault *fault,
                 bool *ret_adds_up)
{
    *ret_adds_up = figures_add_up(&report->figures, report->period, whole_of(report), fault);
    if (*ret_adds_up || wishes->is_draft)
        return 0;
    problem_set(&report->context->client->problem, CUSTODY_ERR_EVIDENCE, fault->whole, fault->parts,
                "%" PRId64 " and %" PRId64, fault->whole_value, fault->parts_value);
    problem_advise(&report->context->client->problem,
                   "--draft prints it all the same, and says so");
    return command_fail(report->context);
}

static json_t *to_json(const struct report *report)
{
    json_t *json = json_deep_copy(report->face);
    if (json == NULL)
        return NULL;
    json_object_set_new(json, "figures", figures_to_json(&report->figures, report->period));
    json_object_set(json, "permits", report->permits);
    json_object_set(json, "units", report->units);
    json_object_set(json, "scopes", report->scopes);
    return json;
}

static int print_report(struct report *report,
                        const struct wishes *wishes,
                        const struct figures_fault *fault,
                        const struct report *before_year,
                        const struct report *old,
                        uint64_t old_as_of)
{
    const struct output *output = &report->context->output;
    json_t *json = output->is_json ? to_json(report) : NULL;
    int code = 0;
    if (fault != NULL && json != NULL)
        json_object_set_new(json, "draft",
                            json_pack("{s:s, s:I, s:s, s:I}", "figure", fault->whole, "value",
                                      (json_int_t)fault->whole_value, "parts", fault->parts, "sum",
                                      (json_int_t)fault->parts_value));
    if (fault != NULL && json == NULL)
        output_print(output, OUTPUT_BAD,
                     "草稿 DRAFT: 数字不闭合 the figures do not add up: %s is %" PRId64
                     ", %s is %" PRId64 "\n",
                     fault->whole, fault->whole_value, fault->parts, fault->parts_value);
    if (output->is_tsv)
        print_tsv(report);
    else if (json == NULL)
        print_text(report, before_year);
    if (json != NULL && before_year != NULL)
        json_object_set_new(json, "year_before", to_json(before_year));
    if (wishes->compare != NULL && !output->is_tsv)
        code = compare(report, &old->figures, old_as_of, json);
    if (json != NULL)
        output_json(output, json);
    return code;
}

/* The old report's figures: from its file, or from the ledger as of a position. */
static int
ask_old(struct report *old, const struct report *report, const char *text, uint64_t *ret_as_of)
{
    uint64_t position;
    if (!bytes_parse_decimal(span_text(text), &position))
        return load_old(old, text, ret_as_of);
    snprintf(old->period, sizeof old->period, "%s", report->period);
    snprintf(old->division, sizeof old->division, "%s", report->division);
    old->as_of = position;
    *ret_as_of = position;
    return ask_report(old);
}

int report_command(struct command_context *context, struct arguments *arguments)
{
    struct report report = {.context = context}, old = {.context = context};
    struct report before = {.context = context};
    struct wishes wishes;
    struct figures_fault fault = {0};
    uint64_t old_as_of = 0;
    bool adds_up = false;
    int code = take_wishes(&report, arguments, &wishes);
    if (code == 0 && wishes.compare != NULL) {
        code = ask_old(&old, &report, wishes.compare, &old_as_of);
        if (code == 0 && old.last == NULL) { /* a file says what it is about */
            memcpy(report.period, old.period, sizeof report.period);
            memcpy(report.division, old.division, sizeof report.division);
            code = check(&old, &wishes, &fault, &adds_up);
        }
    }
    if (code == 0)
        code = ask_report(&report);
    if (code == 0)
        code = check(&report, &wishes, &fault, &adds_up);
    uint64_t year = 0;
    bool has_before = code == 0 && report.last != NULL && strlen(report.period) == 4 &&
                      bytes_parse_decimal(span_text(report.period), &year) && year > 0;
    if (has_before) {
        snprintf(before.period, sizeof before.period, "%04u", (unsigned)(year - 1) % 10000);
        memcpy(before.division, report.division, sizeof before.division);
        before.as_of = report.last->as_of;
        code = ask_report(&before);
    }
    if (code == 0)
        code = print_report(&report, &wishes, adds_up ? NULL : &fault, has_before ? &before : NULL,
                            &old, old_as_of);
    report_done(&before);
    report_done(&old);
    report_done(&report);
    return code;
}
