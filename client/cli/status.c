/* status.c: custody status: this device, and the daemon's counters.
 * Never needs the network for the first half. */
#include <inttypes.h>

#include "proto/bytes.h"
#include "client/lib/ask.h"
#include "client/lib/reflect.h"
#include "client/cli/command.h"

struct device {
    char key[2 * PUBLIC_KEY_SIZE + 1];
    char roles[128];
    uint64_t kept, waiting, set_aside;
    bool may_sign;
};

static enum custody_status look_at_device(struct command_context *context, struct device *ret)
{
    struct custody_client *client = context->client;
    enum custody_status status = client_open_spool(client);
    if (status != CUSTODY_OK)
        return status;
    bytes_write_hex(span_of(client->identity.public_key, PUBLIC_KEY_SIZE), ret->key);
    card_write_roles(client->card.roles, client->card.role_count, ret->roles, sizeof(ret->roles));
    ret->kept = spool_count(client->spool);
    ret->waiting = spool_count_waiting(client->spool);
    ret->may_sign = spool_may_sign(client->spool);
    for (uint64_t sequence = 1; sequence <= ret->kept; sequence++)
        ret->set_aside += spool_item(client->spool, sequence)->state == CUSTODY_SET_ASIDE ? 1 : 0;
    return CUSTODY_OK;
}

static json_t *device_to_json(const struct custody_client *client, const struct device *device)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:b}", "key", device->key,
                     "party", client->card.party, "roles", device->roles, "ledger",
                     client->card.origin, "endpoint", client->endpoint, "kept",
                     (json_int_t)device->kept, "waiting", (json_int_t)device->waiting, "set_aside",
                     (json_int_t)device->set_aside, "verified_size",
                     (json_int_t)client->trust.head.size, "may_sign", (int)device->may_sign);
}

static void print_device(const struct output *output,
                         const struct custody_client *client,
                         const struct device *device)
{
    output_print(output, OUTPUT_BOLD, "本机 this device\n");
    output_field(output, "密钥 key", "%s", device->key);
    output_field(output, "单位 party", "%s  %s", client->card.party, device->roles);
    output_field(output, "账本 ledger", "%s  %s", client->card.origin, client->endpoint);
    output_field(output, "已存 kept", "%" PRIu64, device->kept);
    output_field(output, "待上传 waiting", "%" PRIu64, device->waiting);
    if (device->set_aside > 0)
        output_field(output, "未收 set aside", "%" PRIu64 "  (custody sync shows them)",
                     device->set_aside);
    output_field(output, "已核验 verified", "%" PRIu64 " entries", client->trust.head.size);
    if (!device->may_sign)
        output_print(output, OUTPUT_BAD,
                     "This folder was copied or put back: it signs nothing. Make a new key.\n");
}

static void print_histograms(const struct output *output, const Custody__V1__StatusReply *reply)
{
    static const char *const heads[] = {
        "用时 microseconds", "次 count", "p50", "p90", "p99", "max", ""};
    struct output_table table;
    output_table_init(&table, sizeof(heads) / sizeof(heads[0]));
    output_table_add(&table, OUTPUT_DIM, heads);
    for (size_t i = 0; i < reply->n_histograms; i++) {
        const Custody__V1__Histogram *histogram = reply->histograms[i];
        const uint64_t numbers[] = {histogram->count, histogram->p50_us, histogram->p90_us,
                                    histogram->p99_us, histogram->max_us};
        char texts[5][24];
        for (size_t k = 0; k < 5; k++)
            snprintf(texts[k], sizeof(texts[k]), "%" PRIu64, numbers[k]);
        const char *const cells[] = {histogram->name, texts[0], texts[1],       texts[2],
                                     texts[3],        texts[4], histogram->help};
        output_table_add(&table, OUTPUT_PLAIN, cells);
    }
    if (reply->n_histograms > 0)
        output_table_print(&table, output);
    output_table_done(&table);
}

static void print_daemon(const struct output *output, const Custody__V1__StatusReply *reply)
{
    struct output_table table;
    char clock[OUTPUT_CELL_MAX], started[OUTPUT_CELL_MAX];
    output_time(output, reply->clock, clock);
    output_time(output, reply->started_at, started);
    output_print(output, OUTPUT_BOLD, "账本 the ledger\n");
    output_field(output, "账目 entries", "%" PRIu64 "  (as of %" PRIu64 ")", reply->size,
                 reply->looked_up);
    output_field(output, "时钟 clock", "%s", clock);
    output_field(output, "启动 started", "%s  %s", started, reply->software);
    output_table_init(&table, 3);
    for (size_t i = 0; i < reply->n_counters; i++) {
        char value[32];
        snprintf(value, sizeof(value), "%" PRIu64, reply->counters[i]->value);
        const char *const cells[] = {reply->counters[i]->name, value, reply->counters[i]->help};
        output_table_add(&table, OUTPUT_PLAIN, cells);
    }
    output_table_print(&table, output);
    output_table_done(&table);
    print_histograms(output, reply);
}

int status_command(struct command_context *context, struct arguments *arguments)
{
    const struct output *output = &context->output;
    Custody__V1__StatusRequest request = CUSTODY__V1__STATUS_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;
    struct device device = {0};
    int code = 0;
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context) || look_at_device(context, &device) != CUSTODY_OK)
        return command_fail(context);
    if (!output->is_json)
        print_device(output, context->client, &device);
    if (!context->is_offline &&
        ask_question(context->client, ENVELOPE_STATUS, &request.base, &reply) != CUSTODY_OK)
        code = command_fail(context);
    if (output->is_json) {
        json_t *json = json_pack("{s:o}", "device", device_to_json(context->client, &device));
        if (json != NULL && reply != NULL)
            json_object_set_new(json, "ledger", reflect_to_json(reply));
        output_json(output, json);
    } else if (reply != NULL) {
        print_daemon(output, (const Custody__V1__StatusReply *)reply);
    }
    reflect_free(reply);
    return code;
}
