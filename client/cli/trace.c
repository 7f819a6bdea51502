/* trace.c: custody trace: the chain of custody as a timeline.
 * Never says more than the ledger did; its reading and the facts stay apart. */
#include <inttypes.h>
#include <string.h>

#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/command.h"
#include "client/cli/views.h"
#include "client/cli/words.h"

static void print_step(struct output_table *table,
                       const struct output *output,
                       const Custody__V1__TraceStep *step)
{
    char claimed[OUTPUT_CELL_MAX], recorded[OUTPUT_CELL_MAX], act[WORDS_MAX], state[WORDS_MAX];
    char effect[WORDS_MAX], entry[32], mass[QUANTITY_TEXT_MAX] = "", where[OUTPUT_CELL_MAX];
    char mark[2 * OUTPUT_CELL_MAX], verdict[REFLECT_NAME_MAX] = "", who[OUTPUT_CELL_MAX];
    output_time(output, step->claimed_at, claimed);
    output_time(output, step->recorded_at, recorded);
    words_act(step->act_name, act);
    words_state(step->state, state);
    words_effect(step->effect, effect);
    snprintf(entry, sizeof(entry), "#%" PRIu64, step->entry);
    if (step->mass_g > 0)
        quantity_write_mass(step->mass_g, mass);
    snprintf(where, sizeof(where), "%s%s%s%s%s", step->place,
             step->place[0] != '\0' && step->vehicle[0] != '\0' ? " " : "", step->vehicle,
             step->batch[0] != '\0' ? " batch " : "", step->batch);
    if (step->verdict != CUSTODY__V1__VERDICT__VERDICT_UNSPECIFIED)
        reflect_write_enum(&custody__v1__verdict__descriptor, (int)step->verdict, verdict);
    views_party(step->party, step->party_name, who);
    size_t len = (size_t)snprintf(mark, sizeof(mark), "%s%s%s%s%s", effect,
                                  effect[0] != '\0' && verdict[0] != '\0' ? " " : "", verdict,
                                  step->n_countersigned_by > 0 ? " 签认 " : "",
                                  step->box[0] != '\0' ? step->box : "");
    for (size_t i = 0; i < step->n_countersigned_by && len < sizeof(mark); i++)
        len += (size_t)snprintf(mark + len, sizeof(mark) - len, "%s%s", i == 0 ? "" : ",",
                                step->countersigned_by[i]);
    bool is_contested = strcmp(step->effect, "contested") == 0 || strcmp(step->effect, "held") == 0;
    const char *const cells[] = {claimed, recorded, act, who, where, mass, state, entry, mark};
    output_table_add(table, is_contested ? OUTPUT_WARN : OUTPUT_PLAIN, cells);
}

static void print_steps(const struct output *output, const Custody__V1__ContainerTrace *trace)
{
    static const char *const heads[] = {"发生 claimed", "入账 recorded", "事项 act",
                                        "单位 who",     "地点 where",    "重量 mass",
                                        "状态 state",   "账目 entry",    ""};
    struct output_table table;
    output_table_init(&table, sizeof(heads) / sizeof(heads[0]));
    output_table_add(&table, OUTPUT_DIM, heads);
    for (size_t i = 0; i < trace->n_steps; i++)
        print_step(&table, output, trace->steps[i]);
    output_table_print(&table, output);
    output_table_done(&table);
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
    output_field(output, "产生于 since", "%s", born);
    if (who[0] != '\0')
        output_field(output, "持有 holder", "%s", who);
    if (trace->box[0] != '\0')
        output_field(output, "周转箱 box", "%s", trace->box);
    if (trace->manifest_number[0] != '\0')
        output_field(output, "联单 manifest", "%s", trace->manifest_number);
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
    output_field(output, "产出 yielded", "%s%s  %s", yielded,
                 batch->finished ? "" : "  (还未完 not finished)", batch->method);
    for (size_t i = 0; i < batch->n_outputs; i++) {
        char name[OUTPUT_CELL_MAX];
        views_container(batch->outputs[i], name);
        output_print(output, OUTPUT_PLAIN, "  -> %s\n", name);
    }
}

static void print_reply(struct command_context *context, const Custody__V1__TraceReply *reply)
{
    const struct output *output = &context->output;
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

int trace_run(struct command_context *context, struct arguments *arguments)
{
    ProtobufCMessage *request = NULL, *reply = NULL;
    int code = command_ask(context, arguments, "container", &request, &reply);
    while (code == 0) {
        const Custody__V1__TraceReply *trace = (const Custody__V1__TraceReply *)reply;
        ProtobufCMessage *next = NULL;
        if (context->output.is_json)
            output_json(&context->output, reflect_to_json(reply));
        else
            print_reply(context, trace);
        if (trace->next_page.len == 0)
            break;
        code = command_ask_page(context, request,
                                span_of(trace->next_page.data, trace->next_page.len), &next);
        reflect_free(reply);
        reply = next;
    }
    if (code == 0 && !context->output.is_json)
        views_basis(&context->output, ((const Custody__V1__TraceReply *)reply)->basis);
    reflect_free(reply);
    reflect_free(request);
    return code;
}
