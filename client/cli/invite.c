/* invite.c: custody invite: a file that lets one device enrol its own keys, once.
 * Never prints what is in the file. */
#include <string.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "client/lib/enrolment.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/cli/act.h"

/* An invitation that nobody takes up ends by itself. */
#define LIFE_US (INT64_C(7) * 24 * 3600 * 1000000)

static int read_options(struct command_context *context,
                        struct arguments *arguments,
                        struct card *card,
                        const char **ret_file)
{
    const char *party = arguments_take(arguments, "party");
    const char *roles = arguments_take(arguments, "roles");
    const char *until = arguments_take(arguments, "until");
    const char *file = arguments_take(arguments, "o");
    uint8_t quality;
    if (party == NULL || roles == NULL || file == NULL)
        return command_usage(context,
                             party == NULL   ? "party"
                             : roles == NULL ? "roles"
                                             : "o",
                             "--party, --roles and -o FILE", "nothing");
    if (strlen(party) > CARD_PARTY_MAX || strchr(party, ':') == NULL)
        return command_usage(context, "party", "scheme:value", party);
    memcpy(card->party, party, strlen(party) + 1);
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context) ||
        card_parse_roles(span_text(roles), card, &context->client->problem) != CUSTODY_OK ||
        client_now(context->client, &card->until_us, &quality) != CUSTODY_OK)
        return command_fail(context);
    card->until_us += LIFE_US;
    if (until != NULL && !quantity_parse_time(span_text(until), &card->until_us))
        return command_usage(context, "until", "a time", until);
    *ret_file = file;
    return 0;
}

int invite_command(struct command_context *context, struct arguments *arguments)
{
    struct card card = {0};
    struct custody_kept kept;
    const char *file = "";
    int code = read_options(context, arguments, &card, &file);
    if (code != 0)
        return code;
    int64_t until_us = card.until_us;
    if (enrolment_invite(context->client, &card, file, &kept) != CUSTODY_OK)
        return command_fail(context);
    act_announce(context, CUSTODY__V1__ACT__ACT_ENROL_KEY, &kept);
    enum custody_status delivered = act_deliver(context);
    struct custody_problem stopped = context->client->problem;
    if (custody_client_kept(context->client, kept.sequence, &kept) != CUSTODY_OK)
        return command_fail(context);
    code = act_report(context, CUSTODY__V1__ACT__ACT_ENROL_KEY, &kept, delivered);
    if (kept.state != CUSTODY_WAITING && custody_outcome_exit_code(kept.outcome) != 0) {
        unlink(file); /* the ledger said no: nobody could take it up */
    } else if (!context->output.is_json) {
        char at[OUTPUT_CELL_MAX];
        output_time(&context->output, until_us, at);
        output_print(&context->output, OUTPUT_PLAIN,
                     "  邀请 invitation  %s\n  Hand it over like a key: whoever holds it may use "
                     "it, once, until %s\n",
                     file, at);
    }
    if (delivered != CUSTODY_OK && kept.state == CUSTODY_WAITING)
        output_problem(&context->output, &stopped);
    return code;
}
