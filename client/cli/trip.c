/* trip.c: custody trip: a driver's round: start, stop after stop, and where it stands, all with no network.
 * Never forgets a stop that was signed. */
#include <inttypes.h>
#include <string.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/cli/act.h"
#include "client/cli/round.h"
#include "client/cli/scan.h"
#include "client/cli/words.h"

static const char *text_of(json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

/* Deliver what was kept, and tell; as act_submit does. */
static int report(struct command_context *context, struct custody_kept *kept)
{
    const uint32_t act = CUSTODY__V1__ACT__ACT_DEPART;
    act_announce(context, act, kept);
    enum custody_status delivered = act_deliver(context);
    if (custody_client_kept(context->client, kept->sequence, kept) != CUSTODY_OK)
        return command_fail(context);
    return act_report(context, act, kept, delivered);
}

static int start(struct command_context *context, struct arguments *arguments)
{
    const struct fields_source source = {.descriptor =
                                             body_descriptor(CUSTODY__V1__ACT__ACT_DEPART),
                                         .complete = command_complete,
                                         .context = context};
    struct custody_kept kept;
    json_t *object = NULL, *under_way = NULL;
    char id[2 * CUSTODY_ID_SIZE + 1];
    int64_t now = 0;
    uint8_t quality;
    if (!command_open(context) || round_read(context->client, &under_way) != CUSTODY_OK)
        return command_fail(context);
    if (under_way != NULL) {
        problem_set(&context->client->problem, CUSTODY_ERR_EXISTS, "trip",
                    "custody trip end, before another one begins", "%s",
                    text_of(under_way, "trip"));
        json_decref(under_way);
        return command_fail(context);
    }
    if (fields_take(&source, arguments, &object, &context->client->problem) != CUSTODY_OK)
        return command_fail(context);
    if (!command_check_used(context, arguments)) {
        json_decref(object);
        return COMMAND_EXIT_USAGE;
    }
    json_t *vehicle = json_incref(json_object_get(object, "vehicle"));
    json_t *receiver = json_incref(json_object_get(object, "receiver"));
    enum custody_status status = act_keep(context, CUSTODY__V1__ACT__ACT_DEPART, object,
                                          context->ref, context->at_us, &kept);
    if (status == CUSTODY_OK)
        status = client_now(context->client, &now, &quality);
    if (status == CUSTODY_OK) {
        bytes_write_hex(span_of(kept.id, CUSTODY_ID_SIZE), id);
        status = round_write(context->client, json_pack("{s:s, s:O?, s:O?, s:I, s:[]}", "trip", id,
                                                        "vehicle", vehicle, "receiver", receiver,
                                                        "started_at", (json_int_t)now, "stops"));
    }
    json_decref(vehicle);
    json_decref(receiver);
    return status == CUSTODY_OK ? report(context, &kept) : command_fail(context);
}

static void print_stops(const struct output *output, json_t *stops)
{
    size_t index;
    json_t *stop;
    struct output_table table;
    const char *const heads[] = {words_pick("停靠", "stop"), words_pick("件", "bags"),
                                 words_pick("重量", "mass"), words_pick("记录", "statement")};
    if (json_array_size(stops) == 0)
        return;
    output_table_init(&table, 4);
    output_table_add(&table, OUTPUT_DIM, heads);
    json_array_foreach(stops, index, stop)
    {
        char bags[24], mass[QUANTITY_TEXT_MAX] = "", sequence[24];
        uint64_t grams = (uint64_t)json_integer_value(json_object_get(stop, "mass"));
        long long count = (long long)json_integer_value(json_object_get(stop, "bags"));
        snprintf(bags, sizeof(bags), "%lld", count);
        snprintf(sequence, sizeof(sequence), "#%lld",
                 (long long)json_integer_value(json_object_get(stop, "sequence")));
        if (grams > 0)
            quantity_write_mass(grams, mass);
        const char *const cells[] = {text_of(stop, "stop"),
                                     count == 0 ? words_pick("无可收", "nothing to collect") : bags,
                                     mass, sequence};
        output_table_add(&table, OUTPUT_PLAIN, cells);
    }
    output_table_print(&table, output);
    output_table_done(&table);
}

/* Stops, bags, weight, what waits, and that nothing is lost when the telephone goes dark. */
static int show(struct command_context *context)
{
    const struct output *output = &context->output;
    json_t *round = NULL, *stop;
    size_t index;
    uint64_t bags = 0, grams = 0;
    if (!command_open(context) || round_read(context->client, &round) != CUSTODY_OK ||
        client_open_spool(context->client) != CUSTODY_OK)
        return command_fail(context);
    size_t waiting = spool_count_waiting(context->client->spool);
    json_t *stops = json_object_get(round, "stops");
    json_array_foreach(stops, index, stop)
    {
        bags += (uint64_t)json_integer_value(json_object_get(stop, "bags"));
        grams += (uint64_t)json_integer_value(json_object_get(stop, "mass"));
    }
    if (output->is_json) {
        json_t *object = round == NULL ? json_object() : json_incref(round);
        json_object_update_new(object,
                               json_pack("{s:I, s:I, s:I}", "bags", (json_int_t)bags, "mass",
                                         (json_int_t)grams, "waiting", (json_int_t)waiting));
        output_json(output, object);
        json_decref(round);
        return 0;
    }
    if (round == NULL) {
        output_print(output, OUTPUT_PLAIN, "%s\n",
                     words_pick("没有进行中的运次：custody trip start",
                                "no trip is under way: custody trip start"));
    } else {
        char mass[QUANTITY_TEXT_MAX] = "", at[OUTPUT_CELL_MAX];
        /* Bags that were weighed when they were packed are not weighed again at the truck. */
        if (grams > 0)
            quantity_write_mass(grams, mass);
        output_time(output, json_integer_value(json_object_get(round, "started_at")), at);
        output_print(output, OUTPUT_BOLD, "%s %.16s  %s\n", words_pick("运次", "trip"),
                     text_of(round, "trip"), at);
        print_stops(output, stops);
        output_print(output, OUTPUT_BOLD, "%s %zu  %s %" PRIu64 "  %s\n",
                     words_pick("已停靠", "stops"), json_array_size(stops),
                     words_pick("件", "bags"), bags, mass);
    }
    output_print(
        output, waiting == 0 ? OUTPUT_GOOD : OUTPUT_WARN, "%s %zu. %s\n",
        words_pick("待上传", "waiting to go up"), waiting,
        words_pick("都在本机，可以关机。", "All of it is on this device: safe to switch off."));
    json_decref(round);
    return 0;
}

static int end(struct command_context *context)
{
    int code = show(context);
    if (code == 0 && round_end(context->client) != CUSTODY_OK)
        code = command_fail(context);
    if (code == 0 && !context->output.is_json)
        output_print(&context->output, OUTPUT_PLAIN, "%s\n",
                     words_pick("本机上的运次已结束。", "The trip has ended on this device."));
    return code;
}

int trip_command(struct command_context *context, struct arguments *arguments)
{
    const char *verb = arguments_take_word(arguments);
    if (verb != NULL && strcmp(verb, "start") == 0)
        return start(context, arguments);
    if (verb != NULL && strcmp(verb, "stop") == 0)
        return scan_stop(context, arguments);
    if (verb != NULL && strcmp(verb, "end") != 0)
        return command_usage(context, "trip", "start, stop, end or nothing", verb);
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    return verb == NULL ? show(context) : end(context);
}
