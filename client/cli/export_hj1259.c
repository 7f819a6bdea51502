/* export_hj1259.c: custody export hj1259: the ledger tables of HJ 1259-2022, as CSV.
 * Never fills in what the ledger does not know. */
#include "client/cli/export_hj1259.h"

#include <string.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/csv.h"
#include "client/cli/exporting.h"
#include "client/cli/words.h"
#include "client/exchange/hj1259.h"

struct walk {
    struct hj1259 tables;
    json_t *keys; /* of the party, in hex */
};

static enum custody_status
ask_party(struct command_context *context, const char *party, ProtobufCMessage **ret)
{
    ProtobufCMessage *request = NULL;
    json_t *object = json_pack("{s:s}", "party", party);
    enum custody_status status = reflect_from_json(&custody__v1__party_request__descriptor, object,
                                                   &request, &context->client->problem);
    json_decref(object);
    if (status == CUSTODY_OK)
        status = ask_question(context->client, ENVELOPE_PARTY, request, ret);
    reflect_free(request);
    return status;
}

static bool
take(void *context, const struct entry *entry, const struct statement *statement, json_t *body)
{
    struct walk *walk = context;
    char id[2 * DIGEST_SIZE + 1], key[2 * PUBLIC_KEY_SIZE + 1];
    const char *act = body_act_name(statement->header.act);
    (void)entry;
    if (act == NULL || body == NULL)
        return true;
    bytes_write_hex(span_of(statement->id.bytes, DIGEST_SIZE), id);
    bytes_write_hex(span_of(statement->header.key, PUBLIC_KEY_SIZE), key);
    const struct hj1259_fact fact = {.act = act,
                                     .id = id,
                                     .at_us = statement->header.occurred_at_us,
                                     .is_own = json_object_get(walk->keys, key) != NULL,
                                     .body = body};
    return hj1259_take(&walk->tables, &fact);
}

static void take_keys(const Custody__V1__PartyReply *reply, json_t *keys)
{
    for (size_t i = 0; i < reply->n_keys; i++) {
        char key[2 * PUBLIC_KEY_SIZE + 1];
        if (reply->keys[i]->key.len != PUBLIC_KEY_SIZE)
            continue;
        bytes_write_hex(span_of(reply->keys[i]->key.data, PUBLIC_KEY_SIZE), key);
        json_object_set_new(keys, key, json_true());
    }
}

/* Names and permits of those who received; one who may not ask gets codes instead. */
static json_t *ask_names(struct command_context *context, const struct hj1259 *tables)
{
    json_t *names = json_object();
    for (size_t i = 0; tables->table == 5 && i < hj1259_count(tables); i++) {
        const char *party = hj1259_receiver(tables, i);
        ProtobufCMessage *reply = NULL;
        if (party[0] == '\0' || json_object_get(names, party) != NULL)
            continue;
        json_t *name = json_pack("{s:s}", "name", party);
        if (ask_party(context, party, &reply) == CUSTODY_OK) {
            const Custody__V1__PartyReply *told = (const Custody__V1__PartyReply *)reply;
            if (told->name[0] != '\0')
                json_object_set_new(name, "name", json_string(told->name));
            for (size_t k = 0; k < told->n_permits; k++)
                if (told->permits[k]->in_force)
                    json_object_set_new(name, "permit", json_string(told->permits[k]->number));
        }
        reflect_free(reply);
        json_object_set_new(names, party, name);
    }
    problem_clear(&context->client->problem);
    return names;
}

static void write_row(void *context, const char *const *cells, size_t count)
{
    const struct output *output = context;
    csv_write(output->file, cells, count);
}

static int write_table(struct command_context *context, struct walk *walk)
{
    const char *const *heads = hj1259_heads(walk->tables.table);
    size_t count = 0;
    while (heads[count] != NULL)
        count++;
    json_t *names = ask_names(context, &walk->tables);
    fputs("\xef\xbb\xbf", context->output.file);
    csv_write(context->output.file, heads, count);
    hj1259_write(&walk->tables, names, write_row, &context->output);
    json_decref(names);
    output_note(&context->output, "%s",
                words_pick("名称、经办人等账本所无者留空",
                           "left empty: common names and persons, which the ledger does not have"));
    return 0;
}

int export_hj1259_run(struct command_context *context, struct arguments *arguments)
{
    const struct exporting_filter all = {0};
    struct exporting_filter period = {0};
    struct walk walk = {.keys = json_object()};
    ProtobufCMessage *reply = NULL;
    const char *table = arguments_take(arguments, "table");
    const char *party = arguments_take(arguments, "party");
    int code = 0;
    if (table == NULL || strlen(table) != 1 || table[0] < '1' || table[0] > '0' + HJ1259_TABLES)
        code = command_usage(context, "table",
                             "1 produced, 2 stored, 3 taken out, 4 treated here, 5 handed over",
                             table == NULL ? "nothing" : table);
    if (code == 0 && exporting_take_period(context, arguments, &period, &code) &&
        !command_check_used(context, arguments))
        code = COMMAND_EXIT_USAGE;
    if (code == 0 && !command_open(context))
        code = command_fail(context);
    if (code == 0 && party == NULL)
        party = context->client->card.party;
    if (code == 0 && party[0] == '\0')
        code = command_usage(context, "party", "whose ledger", "nothing");
    if (code == 0 &&
        (ask_party(context, party, &reply) != CUSTODY_OK ||
         !hj1259_init(&walk.tables, party, table[0] - '0', period.from_us, period.until_us)))
        code = command_fail(context);
    if (code == 0) {
        take_keys((const Custody__V1__PartyReply *)reply, walk.keys);
        code = exporting_each(context, &all, take, &walk);
    }
    if (code == 0)
        code = write_table(context, &walk);
    reflect_free(reply);
    hj1259_done(&walk.tables);
    json_decref(walk.keys);
    return code;
}
