/* views.c: the parts that several answers share, as text for people.
 * Never asks and never decides. */
#include "client/cli/views.h"

#include <inttypes.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/checkpoint.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/words.h"

enum { SHORT_ID = 12 };

void views_party(const char *party, const char *name, char ret[static OUTPUT_CELL_MAX])
{
    snprintf(ret, OUTPUT_CELL_MAX, "%s%s%s", name, name[0] != '\0' && party[0] != '\0' ? " " : "",
             party);
}

const char *views_short_party(const char *party, const char *name)
{
    return name[0] != '\0' ? name : party;
}

static const char *without_party(const char *place, const char *party)
{
    size_t len = strlen(party);
    return len > 0 && strncmp(place, party, len) == 0 && place[len] == '/' ? place + len + 1
                                                                           : place;
}

const char *views_short_place(const char *place, const char *own, const char *other)
{
    const char *shorter = without_party(place, own);
    return shorter != place ? shorter : without_party(place, other);
}

void views_container(const Custody__V1__ContainerName *name, char ret[static OUTPUT_CELL_MAX])
{
    ret[0] = '\0';
    if (name == NULL)
        return;
    if (name->name_case == CUSTODY__V1__CONTAINER_NAME__NAME_CODE)
        snprintf(ret, OUTPUT_CELL_MAX, "%s/%s", name->generator, name->code);
    else if (name->name_case == CUSTODY__V1__CONTAINER_NAME__NAME_BULK)
        snprintf(ret, OUTPUT_CELL_MAX, "%s line %u", name->generator, name->bulk->line);
}

/* A manifest's number, or the start of its id where it has none yet. */
static void manifest_title(const Custody__V1__ManifestView *manifest,
                           char ret[static OUTPUT_CELL_MAX])
{
    char id[2 * SHORT_ID + 1] = "";
    if (manifest->number[0] != '\0') {
        snprintf(ret, OUTPUT_CELL_MAX, "%s", manifest->number);
        return;
    }
    if (manifest->manifest.len >= SHORT_ID)
        bytes_write_hex(span_of(manifest->manifest.data, SHORT_ID), id);
    snprintf(ret, OUTPUT_CELL_MAX, "%s", id);
}

static void print_times(const struct output *output, const Custody__V1__ManifestView *manifest)
{
    const struct {
        const char *name;
        int64_t at;
    } times[] = {{"开具 issued", manifest->issued_at},
                 {"装车 loaded", manifest->loaded_at},
                 {"送达 delivered", manifest->delivered_at},
                 {"确认 confirmed", manifest->confirmed_at},
                 {"纸面完成 completed on paper", manifest->completed_at},
                 {"终止 ended", manifest->ended_at}};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        char at[OUTPUT_CELL_MAX];
        if (times[i].at == 0)
            continue;
        output_time(output, times[i].at, at);
        output_field(output, times[i].name, "%s", at);
    }
}

/* ---- the parts of the national form ------------------------------------------------------------- */

static void field_text(const struct output *output, const char *name, const char *text)
{
    if (text[0] != '\0')
        output_field(output, name, "%s", text);
}

/* Head: numbers, kind of manifest, what it rests on. */
static void print_head(const struct output *output, const Custody__V1__ManifestView *manifest)
{
    char type[WORDS_MAX], name[REFLECT_NAME_MAX] = "";
    if (manifest->type != CUSTODY__V1__MANIFEST_TYPE__MANIFEST_TYPE_UNSPECIFIED) {
        reflect_write_enum(&custody__v1__manifest_type__descriptor, (int)manifest->type, name);
        words_manifest_type(name, type);
        output_field(output, "类型 type", "%s", type);
    }
    if (manifest->national_number[0] != '\0')
        output_field(output, "国家编号 national number", "%s  %s", manifest->national_number,
                     manifest->reported ? "已上报 reported" : "未上报 not reported");
    field_text(output, "省编号 provincial number", manifest->provincial_number);
    field_text(output, "管理计划 plan", manifest->plan);
    field_text(output, "跨省批准 approval", manifest->approval);
    field_text(output, "接续 follows on from", manifest->parent_number);
}

/* Part one: the waste, line by line, as planned. */
static void print_lines(const struct output *output, const Custody__V1__ManifestView *manifest)
{
    for (size_t i = 0; i < manifest->n_lines; i++) {
        const Custody__V1__ManifestLine *line = manifest->lines[i];
        char planned[QUANTITY_TEXT_MAX], pieces[32] = "";
        quantity_write_mass(line->planned_mass_g, planned);
        if (line->planned_pieces > 0)
            snprintf(pieces, sizeof(pieces), "  %u 件 pieces", line->planned_pieces);
        output_field(output, i == 0 ? "计划 planned" : "", "%s  %s%s", line->waste_code, planned,
                     pieces);
    }
}

/* Part two: who carried it, in order. */
static void print_legs(const struct output *output, const Custody__V1__ManifestView *manifest)
{
    for (size_t i = 0; i < manifest->n_legs; i++) {
        const Custody__V1__ManifestLegView *leg = manifest->legs[i];
        char carrier[OUTPUT_CELL_MAX], from[OUTPUT_CELL_MAX] = "", until[OUTPUT_CELL_MAX] = "";
        const char *vehicle = leg->vehicle[0] != '\0' ? leg->vehicle : leg->planned_vehicle;
        views_party(leg->carrier, leg->carrier_name, carrier);
        if (leg->loaded_at != 0)
            output_time(output, leg->loaded_at, from);
        if (leg->handed_at != 0)
            output_time(output, leg->handed_at, until);
        output_field(output, i == 0 ? "承运 carried by" : "", "%zu  %s  %s  %s%s%s  %s%s%s", i + 1,
                     carrier, vehicle, leg->from_division,
                     leg->from_division[0] == '\0' && leg->to_division[0] == '\0' ? "" : " -> ",
                     leg->to_division, from[0] == '\0' ? "未起运 not started" : from,
                     until[0] == '\0' ? "" : " -> ", until);
    }
}

/* Part three: what the receiver confirmed, and how it was treated. */
static void print_receipt(const struct output *output, const Custody__V1__ManifestView *manifest)
{
    for (size_t i = 0; i < manifest->n_confirmed; i++) {
        const Custody__V1__ConfirmedLine *line = manifest->confirmed[i];
        char accepted[QUANTITY_TEXT_MAX], verdict[REFLECT_NAME_MAX] = "";
        quantity_write_mass(line->accepted_mass_g, accepted);
        if (line->verdict != CUSTODY__V1__VERDICT__VERDICT_UNSPECIFIED)
            reflect_write_enum(&custody__v1__verdict__descriptor, (int)line->verdict, verdict);
        output_field(output, i == 0 ? "接受量 accepted" : "", "%u  %s  %s  %s%s", line->line,
                     line->waste_code, accepted, verdict,
                     line->material_difference ? "  重大差异 material difference" : "");
    }
    if (manifest->material_difference)
        output_field(output, "重大差异 difference", "是 yes");
    if (manifest->method[0] != '\0' || manifest->planned_method[0] != '\0')
        output_field(output, "方式 method", "%s%s%s%s", manifest->method,
                     manifest->method[0] != '\0' ? "  " : "",
                     manifest->planned_method[0] != '\0' ? "计划 planned " : "",
                     manifest->planned_method);
    for (size_t i = 0; i < manifest->n_batches; i++)
        output_field(output, i == 0 ? "批次 batches" : "", "%s", manifest->batches[i]);
}

/* What followed, and what keeps it open. */
static void print_outcome(const struct output *output, const Custody__V1__ManifestView *manifest)
{
    for (size_t i = 0; i < manifest->n_continued_by; i++) {
        const Custody__V1__ManifestLink *link = manifest->continued_by[i];
        char state[WORDS_MAX];
        words_state(link->state, state);
        output_field(output, i == 0 ? "后续联单 continued by" : "", "%s  %s", link->number, state);
    }
    if (manifest->continued_by_count > manifest->n_continued_by)
        output_field(output, "", "+%zu",
                     (size_t)manifest->continued_by_count - manifest->n_continued_by);
    for (size_t i = 0; i < manifest->n_lacks; i++) {
        char lack[WORDS_MAX];
        words_lack(manifest->lacks[i], lack);
        output_field(output, i == 0 ? "未关闭原因 open because" : "", "%s", lack);
    }
}

void views_manifest(const struct output *output, const Custody__V1__ManifestView *manifest)
{
    char title[OUTPUT_CELL_MAX], state[WORDS_MAX], generator[OUTPUT_CELL_MAX];
    char receiver[OUTPUT_CELL_MAX], holder[OUTPUT_CELL_MAX], loaded[QUANTITY_TEXT_MAX];
    char received[QUANTITY_TEXT_MAX];
    manifest_title(manifest, title);
    words_state(manifest->state, state);
    views_party(manifest->generator, manifest->generator_name, generator);
    views_party(manifest->receiver, manifest->receiver_name, receiver);
    views_party(manifest->holder, manifest->holder_name, holder);
    quantity_write_mass(manifest->loaded_g, loaded);
    quantity_write_mass(manifest->received_g, received);
    output_print(output, OUTPUT_BOLD, "联单 manifest %s  %s\n", title, state);
    print_head(output, manifest);
    output_field(output, "移出 from", "%s", generator);
    output_field(output, "接受 to", "%s", receiver);
    if (manifest->n_legs == 0)
        field_text(output, "车辆 vehicle", manifest->vehicle);
    field_text(output, "持有 holder", holder);
    print_lines(output, manifest);
    print_legs(output, manifest);
    output_field(output, "件数 pieces",
                 "装车 loaded %u  在途 in transit %u  接收 received %u  拒收 rejected %u  "
                 "缺少 missing %u  处置 fed %u",
                 manifest->loaded, manifest->in_transit, manifest->received, manifest->rejected,
                 manifest->missing, manifest->fed);
    output_field(output, "重量 mass", "装车 loaded %s  接收 received %s", loaded, received);
    print_receipt(output, manifest);
    print_times(output, manifest);
    print_outcome(output, manifest);
    views_findings(output, manifest->findings, manifest->n_findings, "  ");
    views_obligations(output, manifest->obligations, manifest->n_obligations, "  ");
}

void views_findings(const struct output *output,
                    Custody__V1__Finding *const *findings,
                    size_t count,
                    const char *indent)
{
    for (size_t i = 0; i < count; i++) {
        const Custody__V1__Finding *finding = findings[i];
        char weight[WORDS_MAX], name[REFLECT_NAME_MAX], since[OUTPUT_CELL_MAX];
        reflect_write_enum(&custody__v1__weight__descriptor, (int)finding->weight, name);
        words_weight(name, weight);
        output_time(output, finding->since, since);
        output_print(
            output,
            finding->weight == CUSTODY__V1__WEIGHT__WEIGHT_BREACH ? OUTPUT_BAD : OUTPUT_WARN,
            "%s%s  %s", indent, weight, words_pick(finding->sentence_zh, finding->sentence_en));
        output_print(output, OUTPUT_PLAIN, "%s%s  %s\n", finding->article[0] == '\0' ? "" : "  ",
                     finding->article, since);
    }
}

void views_obligations(const struct output *output,
                       Custody__V1__Obligation *const *obligations,
                       size_t count,
                       const char *indent)
{
    for (size_t i = 0; i < count; i++) {
        const Custody__V1__Obligation *obligation = obligations[i];
        char due[OUTPUT_CELL_MAX];
        output_time(output, obligation->due, due);
        output_print(
            output, obligation->overdue ? OUTPUT_BAD : OUTPUT_WARN, "%s%s  %s  %s%s\n", indent,
            obligation->overdue ? words_pick("已逾期", "overdue") : words_pick("期限", "due"), due,
            words_pick(obligation->sentence_zh, obligation->sentence_en),
            obligation->provisional ? words_pick("  暂定", "  provisional") : "");
    }
}

void views_basis(const struct output *output, const Custody__V1__Basis *basis)
{
    struct checkpoint checkpoint;
    if (basis == NULL ||
        !checkpoint_parse(span_of(basis->checkpoint.data, basis->checkpoint.len), &checkpoint))
        return;
    output_print(output, OUTPUT_DIM, "%s %" PRIu64 "; %s %" PRIu64 " %s\n",
                 words_pick("截至账目", "as of entry"), basis->as_of,
                 words_pick("检查点", "checkpoint"), checkpoint.size,
                 words_pick("已核验", "verified"));
}
