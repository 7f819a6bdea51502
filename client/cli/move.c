/* move.c: custody move: this device goes over from a lost ledger to its successor; a line for every receipt it holds.
 * Never goes over to a ledger that cannot prove whose successor it is. */
#include <inttypes.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "client/cli/command.h"
#include "client/cli/words.h"

static const char *word_of(const struct custody_moved *moved)
{
    if (moved->now.state != CUSTODY_ON_LEDGER)
        return moved->now.state == CUSTODY_SET_ASIDE ? "set_aside" : "waiting";
    if (moved->is_same)
        return "verified";
    return moved->before.state == CUSTODY_ON_LEDGER ? "replaced" : "added";
}

static const char *pick_word(const char *word)
{
    return strcmp(word, "verified") == 0   ? words_pick("仍有效", "verified")
           : strcmp(word, "replaced") == 0 ? words_pick("已换新", "replaced")
           : strcmp(word, "added") == 0    ? words_pick("已入账", "on the ledger")
                                           : words_pick("未收", "not taken");
}

static void show_one(void *user, const struct custody_moved *moved)
{
    const struct command_context *context = user;
    char id[2 * CUSTODY_ID_SIZE + 1];
    const char *word = word_of(moved);
    bool was_there = moved->before.state == CUSTODY_ON_LEDGER;
    bool is_there = moved->now.state == CUSTODY_ON_LEDGER;
    bool is_other = is_there && was_there && moved->before.outcome != moved->now.outcome;
    bytes_write_hex(span_of(moved->now.id, CUSTODY_ID_SIZE), id);
    if (context->output.is_json) {
        json_t *row = json_pack("{s:s, s:s, s:I}", "receipt", word, "id", id, "sequence",
                                (json_int_t)moved->now.sequence);
        if (was_there)
            json_object_set_new(row, "entry_before", json_integer((json_int_t)moved->before.entry));
        if (is_there)
            json_object_set_new(row, "entry", json_integer((json_int_t)moved->now.entry));
        if (moved->before.number[0] != 0)
            json_object_set_new(row, "number_before", json_string(moved->before.number));
        if (moved->now.number[0] != 0)
            json_object_set_new(row, "number", json_string(moved->now.number));
        if (is_other)
            json_object_set_new(row, "other_outcome", json_true());
        output_json(&context->output, row);
        return;
    }
    output_print(&context->output,
                 moved->is_same          ? OUTPUT_PLAIN
                 : is_there && !is_other ? OUTPUT_GOOD
                                         : OUTPUT_BAD,
                 "%s  #%" PRIu64 "  %.16s", pick_word(word), moved->now.sequence, id);
    if (was_there && is_there && !moved->is_same)
        output_print(&context->output, OUTPUT_PLAIN, "  %" PRIu64 " -> %" PRIu64,
                     moved->before.entry, moved->now.entry);
    else if (is_there)
        output_print(&context->output, OUTPUT_PLAIN, "  %" PRIu64, moved->now.entry);
    if (strcmp(moved->before.number, moved->now.number) != 0)
        output_print(&context->output, OUTPUT_WARN, "  %s -> %s", moved->before.number,
                     moved->now.number);
    if (is_other)
        output_print(&context->output, OUTPUT_BAD, "  %s",
                     words_pick("结果不同", "with another outcome"));
    output_print(&context->output, OUTPUT_PLAIN, "\n");
}

static void print_end(const struct command_context *context, const struct custody_move *move)
{
    if (context->output.is_json) {
        output_json(&context->output,
                    json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "from", move->from, "to",
                              move->to, "restored", (json_int_t)move->restored, "seen",
                              (json_int_t)move->seen, "verified", (json_int_t)move->verified,
                              "replaced", (json_int_t)move->replaced, "added",
                              (json_int_t)move->added, "set_aside", (json_int_t)move->set_aside));
        return;
    }
    output_field(&context->output, "账本 ledger", "%s -> %s", move->from, move->to);
    output_field(&context->output, "仍有效 verified", "%" PRIu64, move->verified);
    output_field(&context->output, "已换新 replaced", "%" PRIu64, move->replaced);
    if (move->added > 0)
        output_field(&context->output, "已入账 on the ledger", "%" PRIu64, move->added);
    if (move->set_aside > 0)
        output_field(&context->output, "未收 not taken", "%" PRIu64, move->set_aside);
}

static int carry(struct command_context *context, struct arguments *arguments, const char *file)
{
    uint64_t entry = 0;
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context) || custody_client_carry(context->client, file, &entry) != CUSTODY_OK)
        return command_fail(context);
    if (context->output.is_json)
        output_json(&context->output, json_pack("{s:I}", "entry", (json_int_t)entry));
    else
        output_print(&context->output, OUTPUT_GOOD, "已入账 on the ledger  %" PRIu64 "\n", entry);
    return 0;
}

int move_command(struct command_context *context, struct arguments *arguments)
{
    struct custody_move move;
    const char *carried = arguments_take(arguments, "carry");
    if (carried != NULL)
        return carry(context, arguments, carried);
    const char *card = arguments_take_word(arguments);
    if (card == NULL)
        return command_usage(context, "card", "the successor's card, or --carry", "nothing");
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    enum custody_status status =
        custody_move(&context->options, card, show_one, context, &move, &context->problem);
    if (status == CUSTODY_OK || move.verified + move.replaced + move.added + move.set_aside > 0)
        print_end(context, &move);
    if (status != CUSTODY_OK)
        return command_fail(context);
    return move.set_aside > 0 ? 1 : 0;
}
