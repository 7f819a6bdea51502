/* report_text.c: a report as people read it.
 * Never asks and never adds. */
#include "client/cli/report_text.h"

#include <inttypes.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/checkpoint.h"
#include "client/cli/views.h"

/* ---- the parts ---------------------------------------------------------------------------------- */

/* A table that has no row under its heads says so. */
static void print_table(struct output_table *table, const struct output *output)
{
    if (table->count > 1)
        output_table_print(table, output);
    else
        output_print(output, OUTPUT_DIM, "  无 none\n");
    output_table_done(table);
}

static void print_title(const struct reporting *report)
{
    const struct output *output = &report->context->output;
    if (report->last == NULL)
        return;
    output_print(output, OUTPUT_BOLD, "%s  %s  %s %s%s\n",
                 reporting_kinds[reporting_kind_of(report->period)].head, report->period,
                 report->last->division_name, reporting_whole(report),
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
static void print_face(const struct reporting *report)
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

static void print_figure(const struct reporting *report, const char *words, const char *name)
{
    const struct output *output = &report->context->output;
    char mass[FIGURES_MASS_MAX], id[FIGURE_TEXT_MAX + 1];
    figures_write_mass(reporting_find(report, reporting_whole(report), "", name), mass);
    figure_write(report->period, reporting_whole(report), "", name, id);
    output_print(output, OUTPUT_PLAIN, "  %s  %s", words, mass);
    output_print(output, OUTPUT_DIM, "  [%s]\n", id);
}

/* NEEDS D1 */
static void print_disposal(const struct reporting *report)
{
    const struct output *output = &report->context->output;
    const char *whole = reporting_whole(report);
    char share[FIGURES_SHARE_MAX];
    figures_write_share(reporting_find(report, whole, "", "of_disposed_g"),
                        reporting_find(report, whole, "", "generated_g"), share);
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
scope_cell(const struct reporting *report, const char *scope, char ret[static OUTPUT_CELL_MAX])
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

typedef void add_row(const struct reporting *report,
                     const char *scope,
                     const char *code,
                     struct output_table *table);

/* A row for each county or facility, then the whole. */
static void print_scopes(const struct reporting *report,
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
        add(report, reporting_whole(report), "", &table);
    print_table(&table, output);
}

static void mass_cell(const struct reporting *report,
                      const char *scope,
                      const char *code,
                      const char *name,
                      char ret[static FIGURES_MASS_MAX])
{
    figures_write_mass(reporting_find(report, scope, code, name), ret);
}

/* NEEDS D3 */
static void add_timely(const struct reporting *report,
                       const char *scope,
                       const char *code,
                       struct output_table *table)
{
    static const char *const names[] = {"in_time_g", "late_g",  "age_1_g",
                                        "age_2_g",   "age_3_g", "age_4_g"};
    char texts[6][FIGURES_MASS_MAX], where[OUTPUT_CELL_MAX], share[FIGURES_SHARE_MAX];
    int64_t in_time = reporting_find(report, scope, code, "in_time_g");
    scope_cell(report, scope, where);
    figures_write_share(in_time, in_time + reporting_find(report, scope, code, "late_g"), share);
    for (size_t i = 0; i < 6; i++)
        mass_cell(report, scope, code, names[i], texts[i]);
    const char *const cells[] = {where,    share,    texts[0], texts[1],
                                 texts[2], texts[3], texts[4], texts[5]};
    output_table_add(table, OUTPUT_PLAIN, cells);
}

static void print_timely(const struct reporting *report)
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
static void add_coverage(const struct reporting *report,
                         const char *scope,
                         const char *code,
                         struct output_table *table)
{
    char where[OUTPUT_CELL_MAX], share[FIGURES_SHARE_MAX], registered[32], shipped[32];
    int64_t units = reporting_find(report, scope, code, "registered_n");
    int64_t moved = reporting_find(report, scope, code, "shipped_n");
    if (units == 0 && moved == 0)
        return;
    scope_cell(report, scope, where);
    figures_write_share(moved, units, share);
    snprintf(registered, sizeof registered, "%" PRId64, units);
    snprintf(shipped, sizeof shipped, "%" PRId64, moved);
    const char *const cells[] = {where, share, shipped, registered};
    output_table_add(table, OUTPUT_PLAIN, cells);
}

static void print_coverage(const struct reporting *report)
{
    static const char *const heads[] = {"区县 county", "覆盖率 share", "移出单位 shipped_n",
                                        "登记单位 registered_n"};
    print_scopes(report, "收运覆盖 coverage: 本期有移出的单位 / 登记的产废单位", heads, 4, false,
                 add_coverage);
}

static void add_facility(const struct reporting *report,
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

static void print_facilities(const struct reporting *report)
{
    static const char *const heads[] = {"单位 facility",  "期初 opening_g", "接收 received_g",
                                        "处置 treated_g", "产出 yielded_g", "期末 closing_g"};
    print_scopes(report, "处置单位 facilities", heads, 6, true, add_facility);
}

static void add_code(const struct reporting *report,
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
static void print_industries(const struct reporting *report, const struct reporting *before)
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
                     reporting_find(before, reporting_whole(before), row->code, "registered_n"));
        snprintf(texts[2], sizeof texts[2], "%" PRId64,
                 reporting_find(report, reporting_whole(report), row->code, "shipped_n"));
        const char *const cells[] = {row->code, texts[0], texts[1], texts[2]};
        output_table_add(&table, OUTPUT_PLAIN, cells);
    }
    print_table(&table, output);
}

/* The codes of the whole, each once. */
static void print_codes(const struct reporting *report)
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
        bool is_first = row->code[0] != '\0' && strcmp(row->scope, reporting_whole(report)) == 0 &&
                        !is_of_units(row);
        for (size_t k = i; k > 0 && is_first; k--)
            is_first = strcmp(figures->rows[k - 1].code, row->code) != 0 ||
                       strcmp(figures->rows[k - 1].scope, row->scope) != 0;
        if (is_first)
            add_code(report, reporting_whole(report), row->code, &table);
    }
    add_code(report, reporting_whole(report), "", &table);
    print_table(&table, output);
}

static void print_pair(const struct reporting *report,
                       const char *words,
                       const char *declared,
                       const char *ledger)
{
    const struct output *output = &report->context->output;
    char one[FIGURES_MASS_MAX], other[FIGURES_MASS_MAX], difference[FIGURES_MASS_MAX];
    int64_t said = reporting_find(report, reporting_whole(report), "", declared);
    int64_t is = reporting_find(report, reporting_whole(report), "", ledger);
    figures_write_mass(said, one);
    figures_write_mass(is, other);
    figures_write_mass(said - is, difference);
    output_field(output, words, "申报 declared %s  台账 ledger %s  差 difference %s", one, other,
                 difference);
}

static void print_declared(const struct reporting *report)
{
    const struct reporting_kind *kind = &reporting_kinds[reporting_kind_of(report->period)];
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

static void print_permits(const struct reporting *report)
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
    print_table(&table, output);
}

/* NEEDS A4, N22 */
static void print_classes(const struct reporting *report)
{
    const struct output *output = &report->context->output;
    const char *whole = reporting_whole(report);
    size_t index;
    json_t *one;
    output_print(output, OUTPUT_BOLD, "\n单位类别 classes of units, by twelve months\n");
    output_field(output, "≥100 t", "%" PRId64 "  [%s/%s/class_100t_n]",
                 reporting_find(report, whole, "", "class_100t_n"), report->period, whole);
    output_field(output, "≥10 t", "%" PRId64 "  [%s/%s/class_10t_n]",
                 reporting_find(report, whole, "", "class_10t_n"), report->period, whole);
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

static void print_marks(const struct reporting *report)
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
                     reporting_find(report, reporting_whole(report), "", marks[i].name),
                     report->period, reporting_whole(report), marks[i].name);
}

static int64_t classes_of(const struct reporting *report)
{
    const struct figures *figures = &report->figures;
    int64_t count = 0;
    for (size_t i = 0; i < figures->count; i++)
        if (figures->rows[i].code[0] != '\0' && figures->rows[i].value != 0 &&
            strcmp(figures->rows[i].scope, reporting_whole(report)) == 0 &&
            strcmp(figures->rows[i].name, "generated_g") == 0)
            count++;
    return count;
}

/* NEEDS C1: 425 -> 1003 units, 5 -> 10 classes. */
static void print_years(const struct reporting *report, const struct reporting *before)
{
    const struct output *output = &report->context->output;
    char old[FIGURES_MASS_MAX], new[FIGURES_MASS_MAX];
    output_print(output, OUTPUT_BOLD, "\n与上年比 year over year  %s -> %s\n", before->period,
                 report->period);
    output_field(output, "登记单位 units", "%" PRId64 " -> %" PRId64,
                 reporting_find(before, reporting_whole(before), "", "registered_n"),
                 reporting_find(report, reporting_whole(report), "", "registered_n"));
    output_field(output, "类数 classes", "%" PRId64 " -> %" PRId64, classes_of(before),
                 classes_of(report));
    figures_write_mass(reporting_find(before, reporting_whole(before), "", "generated_g"), old);
    figures_write_mass(reporting_find(report, reporting_whole(report), "", "generated_g"), new);
    output_field(output, "产生 generated", "%s -> %s", old, new);
}

void report_text_print(const struct reporting *report, const struct reporting *before_year)
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
