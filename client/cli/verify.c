/* verify.c: custody verify: check a proof, a checkpoint or an evidence bundle offline, or every receipt kept here.
 * Never connects. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <custody/proof.h>
#include "proto/bytes.h"
#include "client/lib/bundle.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/lib/rotation.h"
#include "client/lib/tlogproof.h"
#include "client/cli/command.h"
#include "client/cli/words.h"

enum { VKEY_FILE_MAX = 1024 };

/* The ledger's key: as given, or, with those before it, as this home knows them. */
static bool
find_vkey(struct command_context *context, const char *given, char ret[static KEYRING_TEXT_MAX])
{
    char path[FILES_PATH_MAX];
    struct card card;
    struct keyring keyring;
    if (given != NULL) {
        snprintf(ret, KEYRING_TEXT_MAX, "%s", given);
        return true;
    }
    if (files_join(context->options.home, "ledger", path, &context->problem) != CUSTODY_OK ||
        card_read(path, CARD_LEDGER, &card, &context->problem) != CUSTODY_OK) {
        problem_advise(&context->problem, "give the ledger's key: --ledger VKEY");
        return false;
    }
    return rotation_open(context->options.home, &card, &keyring, &context->problem) == CUSTODY_OK &&
           keyring_write_vkeys(&keyring, card.origin, ret, KEYRING_TEXT_MAX) > 0;
}

static json_t *proved_to_json(const struct custody_proved *proved)
{
    char root[2 * DIGEST_SIZE + 1], key[2 * PUBLIC_KEY_SIZE + 1], id[2 * DIGEST_SIZE + 1];
    bytes_write_hex(span_of(proved->root, DIGEST_SIZE), root);
    json_t *object =
        json_pack("{s:b, s:I, s:s}", "verified", 1, "size", (json_int_t)proved->size, "root", root);
    if (object == NULL || !proved->has_statement)
        return object;
    bytes_write_hex(span_of(proved->key, PUBLIC_KEY_SIZE), key);
    bytes_write_hex(span_of(proved->statement_id, DIGEST_SIZE), id);
    json_object_update_new(
        object, json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:I}", "entry", (json_int_t)proved->entry,
                          "act", proved->act, "outcome", custody_outcome_name(proved->outcome),
                          "key", key, "id", id, "occurred_at", (json_int_t)proved->occurred_at_us,
                          "recorded_at", (json_int_t)proved->recorded_at_us));
    if (proved->reason != 0)
        json_object_set_new(object, "reason", json_string(custody_reason_name(proved->reason)));
    if (proved->detail[0] != '\0')
        json_object_set_new(object, "detail", json_string(proved->detail));
    return object;
}

static void print_proved(const struct output *output, const struct custody_proved *proved)
{
    char act[WORDS_MAX], outcome[WORDS_MAX], at[OUTPUT_CELL_MAX];
    char key[2 * PUBLIC_KEY_SIZE + 1];
    if (output->is_json) {
        output_json(output, proved_to_json(proved));
        return;
    }
    output_print(output, OUTPUT_GOOD, "已核验 verified\n");
    output_field(output, "检查点 checkpoint", "%" PRIu64 " entries", proved->size);
    if (!proved->has_statement)
        return;
    words_act(proved->act, act);
    words_outcome(custody_outcome_name(proved->outcome), outcome);
    bytes_write_hex(span_of(proved->key, PUBLIC_KEY_SIZE), key);
    output_field(output, "账目 entry", "%" PRIu64 "  %s  %s%s%s", proved->entry, act, outcome,
                 proved->detail[0] == '\0' ? "" : "  ", proved->detail);
    output_time(output, proved->occurred_at_us, at);
    output_field(output, "发生 claimed", "%s", at);
    output_time(output, proved->recorded_at_us, at);
    output_field(output, "入账 recorded", "%s", at);
    output_field(output, "签名人 key", "%s", key);
}

static void visit_entry(void *context, const struct custody_proved *proved)
{
    const struct output *output = context;
    char act[WORDS_MAX], outcome[WORDS_MAX], claimed[OUTPUT_CELL_MAX], recorded[OUTPUT_CELL_MAX];
    if (output->is_json)
        return;
    words_act(proved->act, act);
    words_outcome(custody_outcome_name(proved->outcome), outcome);
    output_time(output, proved->occurred_at_us, claimed);
    output_time(output, proved->recorded_at_us, recorded);
    output_print(output, OUTPUT_PLAIN, "  #%-8" PRIu64 " %s  %s  %s %s  %s %s\n", proved->entry,
                 act, outcome, words_pick("发生", "claimed"), claimed,
                 words_pick("入账", "recorded"), recorded);
}

static void print_bundle(const struct output *output, const struct bundle_verified *verified)
{
    char maker[2 * PUBLIC_KEY_SIZE + 1];
    bytes_write_hex(span_of(verified->maker, PUBLIC_KEY_SIZE), maker);
    if (output->is_json) {
        output_json(output, json_pack("{s:b, s:I, s:I, s:s}", "verified", 1, "entries",
                                      (json_int_t)verified->entries, "records",
                                      (json_int_t)verified->records, "maker", maker));
        return;
    }
    output_print(output, OUTPUT_GOOD, "已核验 verified\n");
    output_field(output, "账目 entries", "%zu", verified->entries);
    output_field(output, "记录 records", "%zu", verified->records);
    output_field(output, "制作密钥 put together by", "%s", maker);
}

static int verify_file(struct command_context *context, const char *path, const char *vkey)
{
    uint8_t *text = NULL;
    size_t len = 0;
    struct custody_proved proved;
    struct bundle_verified verified;
    enum custody_status status = files_read(path, ZIP_SIZE_MAX, &text, &len, &context->problem);
    if (status != CUSTODY_OK)
        return command_fail(context);
    struct span file = span_of(text, len);
    bool is_proof = len >= strlen(TLOGPROOF_TITLE) &&
                    memcmp(text, TLOGPROOF_TITLE, strlen(TLOGPROOF_TITLE)) == 0;
    bool is_bundle = bundle_is_one(file);
    if (is_bundle)
        status =
            bundle_verify(file, vkey, visit_entry, &context->output, &verified, &context->problem);
    else if (is_proof)
        status = custody_proof_verify((const char *)text, len, vkey, &proved, &context->problem);
    else
        status =
            custody_checkpoint_verify((const char *)text, len, vkey, &proved, &context->problem);
    free(text);
    if (status == CUSTODY_OK && is_bundle)
        print_bundle(&context->output, &verified);
    else if (status == CUSTODY_OK)
        print_proved(&context->output, &proved);
    if (status == CUSTODY_OK)
        return 0;
    if (status == CUSTODY_ERR_EVIDENCE)
        problem_advise(&context->problem,
                       "the file was altered, or it is about another ledger: ask for it again");
    if (context->output.is_json)
        output_json(&context->output,
                    json_pack("{s:b, s:s}", "verified", 0, "failed", context->problem.field));
    else if (status == CUSTODY_ERR_EVIDENCE)
        output_print(&context->output, OUTPUT_BAD, "不成立 does not verify: %s\n",
                     context->problem.field);
    return command_fail(context);
}

/* Every receipt of the spool against the ledger's key, anew. */
static enum custody_status
verify_receipt(struct custody_client *client, uint64_t sequence, const char *vkey)
{
    struct spool_statement kept;
    struct spool_answer answer;
    struct custody_proved proved;
    void *kept_memory = NULL, *answer_memory = NULL;
    enum custody_status status =
        spool_read(client->spool, sequence, &kept, &kept_memory, &client->problem);
    if (status == CUSTODY_OK)
        status =
            spool_read_answer(client->spool, sequence, &answer, &answer_memory, &client->problem);
    if (status == CUSTODY_OK)
        status = custody_receipt_verify(answer.bytes.data, answer.bytes.len, kept.statement.data,
                                        kept.statement.len, kept.signature, vkey, &proved,
                                        &client->problem);
    if (status != CUSTODY_OK) {
        char outer[48];
        snprintf(outer, sizeof(outer), "statement %" PRIu64, sequence);
        problem_prefix(&client->problem, outer);
    }
    free(kept_memory);
    free(answer_memory);
    return status;
}

static int verify_receipts(struct command_context *context, const char *vkey)
{
    uint64_t verified = 0, waiting = 0;
    if (!command_open(context) || client_open_spool(context->client) != CUSTODY_OK)
        return command_fail(context);
    struct spool *spool = context->client->spool;
    for (uint64_t sequence = 1; sequence <= spool_count(spool); sequence++) {
        enum custody_kept_state state = spool_item(spool, sequence)->state;
        waiting += state == CUSTODY_WAITING ? 1 : 0;
        if (state != CUSTODY_ON_LEDGER)
            continue;
        if (verify_receipt(context->client, sequence, vkey) != CUSTODY_OK)
            return command_fail(context);
        verified++;
    }
    if (context->output.is_json)
        output_json(&context->output,
                    json_pack("{s:b, s:I, s:I}", "verified", 1, "receipts", (json_int_t)verified,
                              "waiting", (json_int_t)waiting));
    else
        output_print(&context->output, OUTPUT_GOOD,
                     "已核验 verified: receipts kept here %" PRIu64 "; waiting %" PRIu64 "\n",
                     verified, waiting);
    return 0;
}

int verify_command(struct command_context *context, struct arguments *arguments)
{
    char vkey[KEYRING_TEXT_MAX];
    const char *given = arguments_take(arguments, "ledger");
    const char *path = arguments_take_word(arguments);
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!find_vkey(context, given, vkey))
        return command_fail(context);
    return path != NULL ? verify_file(context, path, vkey) : verify_receipts(context, vkey);
}
