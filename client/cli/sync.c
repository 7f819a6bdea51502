/* sync.c: custody sync: send what waits, and show what the ledger will not take.
 * Never changes a kept statement. */
#include "proto/body.h"
#include "proto/bytes.h"
#include "client/cli/act.h"
#include "client/cli/words.h"

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    const struct command_context *command = context;
    output_progress(&command->output, "上传 sending", done, total);
}

/* Every statement that was set aside, each time: somebody has to look at it. */
static json_t *list_set_aside(struct command_context *context)
{
    struct custody_client *client = context->client;
    json_t *array = json_array();
    for (uint64_t sequence = 1; sequence <= spool_count(client->spool); sequence++) {
        const struct spool_item *item = spool_item(client->spool, sequence);
        struct custody_kept kept;
        if (item->state == CUSTODY_SET_ASIDE &&
            custody_client_kept(client, sequence, &kept) == CUSTODY_OK)
            json_array_append_new(array, act_to_json(context, item->act, &kept));
    }
    return array;
}

static void print_set_aside(struct command_context *context, const json_t *list)
{
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)(uintptr_t)list, index, item)
    {
        char word[WORDS_MAX];
        const char *reason = json_string_value(json_object_get(item, "reason"));
        words_act(json_string_value(json_object_get(item, "act")), word);
        output_print(&context->output, OUTPUT_BAD, "  未收 set aside  #%lld  %s  %s  %s\n",
                     (long long)json_integer_value(json_object_get(item, "sequence")), word,
                     reason == NULL ? "" : reason, json_string_value(json_object_get(item, "id")));
    }
}

int sync_command(struct command_context *context, struct arguments *arguments)
{
    struct custody_synced synced;
    struct custody_problem stopped;
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context))
        return command_fail(context);
    enum custody_status status =
        custody_client_sync(context->client, show_progress, context, &synced);
    stopped = context->client->problem;
    if (context->client->spool == NULL)
        return command_fail(context);
    json_t *set_aside = list_set_aside(context);
    if (context->output.is_json) {
        output_json(&context->output,
                    json_pack("{s:I, s:I, s:I, s:I, s:O}", "delivered",
                              (json_int_t)synced.delivered, "refused", (json_int_t)synced.refused,
                              "newly_set_aside", (json_int_t)synced.set_aside, "waiting",
                              (json_int_t)synced.waiting, "set_aside", set_aside));
    } else {
        output_print(&context->output, OUTPUT_GOOD, "已入账 on the ledger  %llu\n",
                     (unsigned long long)synced.delivered);
        if (synced.refused > 0)
            output_print(&context->output, OUTPUT_WARN, "不予许可 refused or held  %llu\n",
                         (unsigned long long)synced.refused);
        output_print(&context->output, synced.waiting > 0 ? OUTPUT_WARN : OUTPUT_PLAIN,
                     "待上传 waiting  %llu\n", (unsigned long long)synced.waiting);
        print_set_aside(context, set_aside);
    }
    json_decref(set_aside);
    if (status == CUSTODY_OK)
        return 0;
    output_problem(&context->output, &stopped);
    return output_exit_code(&stopped);
}
