/* enrol.c: custody enrol: how this device's key comes onto the ledger.
 * Never enrols another device: that is enrol-key, except as --sponsor, which is the same. */
#include "client/lib/problem.h"
#include "client/cli/command.h"

static int enrolled(struct command_context *context, const char *how)
{
    if (!command_open(context))
        return command_fail(context);
    const struct custody_client *client = context->client;
    char roles[128];
    card_write_roles(client->card.roles, client->card.role_count, roles, sizeof(roles));
    if (context->output.is_json) {
        output_json(&context->output,
                    json_pack("{s:s, s:s, s:s, s:s}", "enrolled", how, "ledger",
                              client->card.origin, "party", client->card.party, "roles", roles));
        return 0;
    }
    output_print(&context->output, OUTPUT_GOOD, "%s\n", how);
    output_field(&context->output, "账本 ledger", "%s", client->card.origin);
    output_field(&context->output, "单位 party", "%s", client->card.party);
    output_field(&context->output, "角色 roles", "%s", roles);
    return 0;
}

static int write_request(struct command_context *context, struct arguments *arguments)
{
    const char *party = arguments_take(arguments, "party");
    const char *roles = arguments_take(arguments, "roles");
    const char *file = arguments_take(arguments, "o");
    if (party == NULL || roles == NULL || file == NULL)
        return command_usage(context,
                             party == NULL   ? "party"
                             : roles == NULL ? "roles"
                                             : "o",
                             "--party, --roles and -o FILE", "nothing");
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (custody_enrol_request(context->options.home, party, roles, file, &context->problem) !=
        CUSTODY_OK)
        return command_fail(context);
    if (context->output.is_json)
        output_json(&context->output, json_pack("{s:s}", "request", file));
    else
        output_print(&context->output, OUTPUT_PLAIN,
                     "申请 request  %s\nA sponsor signs it: custody enrol-key --request %s\n", file,
                     file);
    return 0;
}

static int take_card(struct command_context *context, struct arguments *arguments, const char *file)
{
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (custody_enrol_card(context->options.home, file, &context->problem) != CUSTODY_OK)
        return command_fail(context);
    return enrolled(context, "已领卡 card taken: this device may sign; its records wait for the "
                             "sponsor's to reach the ledger");
}

int enrol_command(struct command_context *context, struct arguments *arguments)
{
    const char *card = arguments_take(arguments, "card");
    for (size_t i = 0; i < arguments->count; i++) {
        struct argument *argument = &arguments->all[i];
        if (argument->name != NULL && strcmp(argument->name, "sponsor") == 0) {
            argument->name = "request"; /* the words of enrol-key */
            argument->is_used = false;
            context->command = command_find("enrol-key");
            return enrol_key_command(context, arguments);
        }
    }
    if (arguments_take_flag(arguments, "request"))
        return write_request(context, arguments);
    if (card != NULL)
        return take_card(context, arguments, card);
    const char *file = arguments_take_word(arguments);
    if (file == NULL)
        return command_usage(context, "file", "an invitation, --request, --card or --sponsor",
                             "nothing");
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (custody_enrol(&context->options, file, &context->problem) != CUSTODY_OK)
        return command_fail(context);
    return enrolled(context, "已登记 enrolled");
}
