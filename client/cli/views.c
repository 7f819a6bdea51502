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
                 {"确认 confirmed", manifest->confirmed_at}};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        char at[OUTPUT_CELL_MAX];
        if (times[i].at == 0)
            continue;
        output_time(output, times[i].at, at);
        output_field(output, times[i].name, "%s", at);
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
    output_field(output, "移出 from", "%s", generator);
    output_field(output, "接受 to", "%s", receiver);
    if (manifest->vehicle[0] != '\0')
        output_field(output, "车辆 vehicle", "%s", manifest->vehicle);
    if (holder[0] != '\0')
        output_field(output, "持有 holder", "%s", holder);
    for (size_t i = 0; i < manifest->n_lines; i++) {
        char planned[QUANTITY_TEXT_MAX];
        quantity_write_mass(manifest->lines[i]->planned_mass_g, planned);
        output_field(output, i == 0 ? "计划 planned" : "", "%s  %s", manifest->lines[i]->waste_code,
                     planned);
    }
    output_field(output, "件数 pieces",
                 "装车 loaded %u  在途 in transit %u  接收 received %u  拒收 rejected %u  "
                 "缺少 missing %u  处置 fed %u",
                 manifest->loaded, manifest->in_transit, manifest->received, manifest->rejected,
                 manifest->missing, manifest->fed);
    output_field(output, "重量 mass", "装车 loaded %s  接收 received %s", loaded, received);
    print_times(output, manifest);
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
        output_print(output,
                     finding->weight == CUSTODY__V1__WEIGHT__WEIGHT_BREACH ? OUTPUT_BAD
                                                                           : OUTPUT_WARN,
                     "%s%s  %s", indent, weight, finding->sentence_zh);
        output_print(output, OUTPUT_PLAIN, "  %s%s%s  %s\n", finding->sentence_en,
                     finding->article[0] == '\0' ? "" : "  ", finding->article, since);
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
        output_print(output, obligation->overdue ? OUTPUT_BAD : OUTPUT_WARN, "%s%s  %s  %s%s\n",
                     indent, obligation->overdue ? "已逾期 overdue" : "期限 due", due,
                     obligation->sentence_zh,
                     obligation->provisional ? "  (暂定 provisional)" : "");
    }
}

void views_basis(const struct output *output, const Custody__V1__Basis *basis)
{
    struct checkpoint checkpoint;
    if (basis == NULL ||
        !checkpoint_parse(span_of(basis->checkpoint.data, basis->checkpoint.len), &checkpoint))
        return;
    output_print(output, OUTPUT_DIM,
                 "截至账目 as of entry %" PRIu64 "; 检查点 checkpoint %" PRIu64
                 " 已核验 verified\n",
                 basis->as_of, checkpoint.size);
}
