/* trace.c: custody trace: the chain of custody as a timeline.
 * Never says more than the ledger did; its reading and the facts stay apart. */
#include "client/cli/trace.h"

#include <inttypes.h>
#include <string.h>

#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/pages.h"
#include "client/cli/views.h"
#include "client/cli/words.h"

/* Where: a place, a vehicle, a batch; whose they are is said in the same line. */
static void describe_where(const Custody__V1__TraceStep *step,
                           const char *generator,
                           char ret[static OUTPUT_CELL_MAX])
{
    const char *place = views_short_place(step->place, step->party, generator);
    const char *batch = views_short_place(step->batch, step->party, generator);
    snprintf(ret, OUTPUT_CELL_MAX, "%s%s%s%s%s%s", place,
             place[0] != '\0' && step->vehicle[0] != '\0' ? " " : "", step->vehicle,
             batch[0] != '\0' && (place[0] != '\0' || step->vehicle[0] != '\0') ? " " : "",
             batch[0] != '\0' ? "批次 " : "", batch);
}

/* Marks: contested, a verdict at the gate, the box, who countersigned. */
static void describe_marks(const Custody__V1__TraceStep *step, char ret[static OUTPUT_CELL_MAX])
{
    char effect[WORDS_MAX], verdict[REFLECT_NAME_MAX] = "";
    words_effect(step->effect, effect);
    if (step->verdict != CUSTODY__V1__VERDICT__VERDICT_UNSPECIFIED)
        reflect_write_enum(&custody__v1__verdict__descriptor, (int)step->verdict, verdict);
    const char *const parts[] = {effect, verdict, step->box};
    size_t len = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && len < OUTPUT_CELL_MAX; i++) {
        if (parts[i][0] != '\0')
            len += (size_t)snprintf(ret + len, OUTPUT_CELL_MAX - len, "%s%s", len == 0 ? "" : "  ",
                                    parts[i]);
    }
    for (size_t i = 0; i < step->n_countersigned_by && len < OUTPUT_CELL_MAX; i++)
        len += (size_t)snprintf(ret + len, OUTPUT_CELL_MAX - len, "%s签认 %s", len == 0 ? "" : "  ",
                                step->countersigned_by[i]);
}

static void print_step(struct output_table *table,
                       const struct output *output,
                       const Custody__V1__TraceStep *step,
                       const char *generator)
{
    char claimed[OUTPUT_CELL_MAX], recorded[OUTPUT_CELL_MAX], act[WORDS_MAX], state[WORDS_MAX];
    char entry[32], mass[QUANTITY_TEXT_MAX] = "", where[OUTPUT_CELL_MAX], marks[OUTPUT_CELL_MAX];
    output_time(output, step->claimed_at, claimed);
    output_time(output, step->recorded_at, recorded);
    words_act(step->act_name, act);
    words_state(step->state, state);
    snprintf(entry, sizeof(entry), "#%" PRIu64, step->entry);
    if (step->mass_g > 0)
        quantity_write_mass(step->mass_g, mass);
    describe_where(step, generator, where);
    describe_marks(step, marks);
    bool is_contested = strcmp(step->effect, "contested") == 0 || strcmp(step->effect, "held") == 0;
    const char *const cells[] = {
        claimed, recorded, act,  views_short_party(step->party, step->party_name), where, mass,
        state,   entry,    marks};
    output_table_add(table, is_contested ? OUTPUT_WARN : OUTPUT_PLAIN, cells);
}

static void print_steps(const struct output *output, const Custody__V1__ContainerTrace *trace)
{
    static const char *const heads[] = {"发生 claimed", "入账 recorded", "事项 act",
                                        "单位 who",     "地点 where",    "重量 mass",
                                        "状态 state",   "账目 entry",    ""};
    struct output_table table;
    const char *generator = trace->name == NULL ? "" : trace->name->generator;
    output_table_init(&table, sizeof(heads) / sizeof(heads[0]));
    output_table_add(&table, OUTPUT_DIM, heads);
    for (size_t i = 0; i < trace->n_steps; i++)
        print_step(&table, output, trace->steps[i], generator);
    output_table_print(&table, output);
    output_table_done(&table);
    if (trace->earlier_at != 0) {
        char earlier[OUTPUT_CELL_MAX];
        output_time(output, trace->earlier_at, earlier);
        output_print(output, OUTPUT_DIM, "  更早的使用 used before: --during %s\n", earlier);
    }
    if (trace->not_kept > 0)
        output_print(output, OUTPUT_WARN,
                     "  %u more are on the ledger but not shown: too many by one party\n",
                     trace->not_kept);
}

static void print_container(const struct output *output, const Custody__V1__ContainerTrace *trace)
{
    char name[OUTPUT_CELL_MAX], state[WORDS_MAX], mass[QUANTITY_TEXT_MAX], who[OUTPUT_CELL_MAX];
    char born[OUTPUT_CELL_MAX];
    views_container(trace->name, name);
    words_state(trace->state, state);
    quantity_write_mass(trace->mass_g, mass);
    views_party(trace->holder, trace->holder_name, who);
    output_time(output, trace->born_at, born);
    output_print(output, OUTPUT_BOLD, "%s  %s\n", name, state);
    if (trace->generator_name[0] != '\0')
        output_field(output, "产生 generator", "%s", trace->generator_name);
    output_field(output, "废物 waste", "%s  %s", trace->waste_code, mass);
    if (trace->ward[0] != '\0')
        output_field(output, "科室 ward", "%s", trace->ward);
    output_field(output, "产生于 since", "%s", born);
    if (who[0] != '\0')
        output_field(output, "持有 holder", "%s", who);
    for (size_t i = 0; i < trace->n_labels; i++)
        output_field(output, "又名 also", "%s", trace->labels[i]);
    if (trace->box[0] != '\0')
        output_field(output, "周转箱 box", "%s", trace->box);
    if (trace->manifest_number[0] != '\0')
        output_field(output, "联单 manifest", "%s", trace->manifest_number);
    if (trace->n_steps > 0)
        print_steps(output, trace);
    views_findings(output, trace->findings, trace->n_findings, "  ");
    views_obligations(output, trace->obligations, trace->n_obligations, "  ");
}

static void print_batch(const struct output *output, const Custody__V1__BatchView *batch)
{
    char who[OUTPUT_CELL_MAX], fed[QUANTITY_TEXT_MAX], additives[QUANTITY_TEXT_MAX];
    char yielded[QUANTITY_TEXT_MAX];
    views_party(batch->facility, batch->facility_name, who);
    quantity_write_mass(batch->fed_g, fed);
    quantity_write_mass(batch->additives_g, additives);
    quantity_write_mass(batch->yielded_g, yielded);
    output_print(output, OUTPUT_BOLD, "批次 batch %s  %s\n", batch->code, who);
    output_field(output, "投入 fed", "%u  %s", batch->fed, fed);
    output_field(output, "辅料 additives", "%s", additives);
    output_field(output, "产出 yielded", "%s%s%s%s", yielded,
                 batch->finished ? "" : "  (还未完 not finished)",
                 batch->method[0] == '\0' ? "" : "  ", batch->method);
    for (size_t i = 0; i < batch->n_outputs; i++) {
        char name[OUTPUT_CELL_MAX];
        views_container(batch->outputs[i], name);
        output_print(output, OUTPUT_PLAIN, "  -> %s\n", name);
    }
}

void trace_print(const struct output *output, const Custody__V1__TraceReply *reply)
{
    for (size_t i = 0; i < reply->n_containers; i++) {
        print_container(output, reply->containers[i]);
        fputc('\n', output->file);
    }
    for (size_t i = 0; i < reply->n_manifests; i++) {
        views_manifest(output, reply->manifests[i]);
        fputc('\n', output->file);
    }
    for (size_t i = 0; i < reply->n_batches; i++) {
        print_batch(output, reply->batches[i]);
        fputc('\n', output->file);
    }
}

int trace_command(struct command_context *context, struct arguments *arguments)
{
    static const char *const lists[] = {"containers", "manifests", "batches", NULL};
    const struct output *output = &context->output;
    struct pages pages;
    pages_begin(&pages, context, arguments, "container", lists);
    while (pages_next(&pages))
        if (!output->is_json)
            trace_print(output, (const Custody__V1__TraceReply *)pages.page);
    if (pages.code == 0 && !output->is_json)
        views_basis(output, ((const Custody__V1__TraceReply *)pages.first)->basis);
    return pages_end(&pages, NULL);
}
