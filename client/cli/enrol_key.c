/* enrol_key.c: custody enrol-key: enrol another device's key, from its request or from options.
 * Never makes a key. */
#include "client/lib/enrolment.h"
#include "client/lib/quantity.h"
#include "client/cli/act.h"

static int
sponsor(struct command_context *context, struct arguments *arguments, const char *request)
{
    char default_card[512];
    struct custody_kept kept;
    int64_t until_us = 0;
    const char *card = arguments_take(arguments, "card");
    const char *until = arguments_take(arguments, "until");
    if (until != NULL && !quantity_parse_time(span_text(until), &until_us))
        return command_usage(context, "until", "a time", until);
    if (card == NULL) {
        snprintf(default_card, sizeof(default_card), "%.500s.card", request);
        card = default_card;
    }
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context) || enrolment_sponsor(context->client, request, card, until_us,
                                                    context->ref, &kept) != CUSTODY_OK)
        return command_fail(context);
    act_announce(context, context->command->act, &kept);
    enum custody_status delivered = act_deliver(context);
    struct custody_problem stopped = context->client->problem;
    if (custody_client_kept(context->client, kept.sequence, &kept) != CUSTODY_OK)
        return command_fail(context);
    int code = act_report(context, context->command->act, &kept, delivered);
    if (!context->output.is_json)
        output_print(&context->output, OUTPUT_PLAIN, "  卡 card  %s\n", card);
    if (delivered != CUSTODY_OK && kept.state == CUSTODY_WAITING)
        output_problem(&context->output, &stopped);
    return code;
}

int enrol_key_command(struct command_context *context, struct arguments *arguments)
{
    const char *request = arguments_take(arguments, "request");
    return request != NULL ? sponsor(context, arguments, request) : act_command(context, arguments);
}
