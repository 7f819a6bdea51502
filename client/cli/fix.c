/* fix.c: custody fix: a wrong weight, a wrong code or a swapped bag put right, with no word of the protocol: three questions, one
 * statement.
 * Never touches what was signed: it signs an amendment, or a new label. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/act.h"
#include "client/cli/words.h"

enum { ANSWER_MAX = 200, WORDS_OF_A_FIX = 2 };

#define ACT(name) CUSTODY__V1__ACT__ACT_##name

/* What can be wrong, what is asked, and whose statements may have said it. */
static const struct fix {
    const char *name;
    const char *questions[WORDS_OF_A_FIX][2]; /* Chinese, English */
    uint32_t acts[3];                         /* newest first it is looked for among these */
} fixes[] = {
    {"weight",
     {{"哪一件？扫码或输入编号", "which bag? scan it or type its code"},
      {"正确的重量（例如 2.35kg）", "its right weight, as 2.35kg"}},
     {ACT(PACK), ACT(LOAD), ACT(RECEIVE)}},
    {"code",
     {{"标签上原来的编号", "the code as it was said"}, {"正确的编号", "the right code"}},
     {ACT(PACK), 0, 0}},
    {"swap",
     {{"哪一件装错了联单？", "which bag is on the wrong manifest?"},
      {"应在的联单（标识）", "the manifest that it belongs to, by its id"}},
     {ACT(LOAD), 0, 0}},
};

struct found {
    char name[FIELDS_STATEMENT_TEXT_MAX]; /* key:sequence:id */
    char generator[ANSWER_MAX];
};

/* ---- which statement said it ---- */

static bool names_container(json_t *body, const char *code)
{
    size_t index;
    json_t *container;
    json_array_foreach(json_object_get(body, "containers"), index, container)
    {
        const char *there = json_is_string(container)
                                ? json_string_value(container)
                                : json_string_value(json_object_get(container, "code"));
        if (there != NULL && strcmp(there, code) == 0)
            return true;
    }
    return false;
}

static json_t *read_body(uint32_t act, struct span bytes)
{
    struct statement statement;
    const char *field;
    json_t *json = NULL;
    if (statement_parse(bytes, &statement, &field) != STATEMENT_OK)
        return NULL;
    ProtobufCMessage *body = protobuf_c_message_unpack(body_descriptor(act), NULL,
                                                       statement.body.len, statement.body.data);
    if (body != NULL)
        json = reflect_to_json(body);
    reflect_free(body);
    return json;
}

static bool is_among(const struct fix *fix, uint32_t act)
{
    return act != 0 && (act == fix->acts[0] || act == fix->acts[1] || act == fix->acts[2]);
}

static void take_found(const struct custody_client *client,
                       const struct spool_item *item,
                       json_t *body,
                       struct found *ret)
{
    char key[2 * PUBLIC_KEY_SIZE + 1], id[2 * DIGEST_SIZE + 1];
    const char *generator = json_string_value(json_object_get(body, "generator"));
    bytes_write_hex(span_of(client->identity.public_key, PUBLIC_KEY_SIZE), key);
    bytes_write_hex(span_of(item->id.bytes, DIGEST_SIZE), id);
    snprintf(ret->name, sizeof(ret->name), "%s:%llu:%s", key, (unsigned long long)item->sequence,
             id);
    snprintf(ret->generator, sizeof(ret->generator), "%s", generator == NULL ? "" : generator);
}

/* The newest statement of this device that names it. */
static enum custody_status find_statement(struct custody_client *client,
                                          const struct fix *fix,
                                          const char *code,
                                          struct found *ret)
{
    enum custody_status status = client_open_spool(client);
    if (status != CUSTODY_OK)
        return status;
    for (uint64_t at = spool_count(client->spool); at > 0; at--) {
        const struct spool_item *item = spool_item(client->spool, at);
        struct spool_statement kept;
        void *memory = NULL;
        if (!is_among(fix, item->act) || item->state == CUSTODY_SET_ASIDE)
            continue;
        status = spool_read(client->spool, at, &kept, &memory, &client->problem);
        if (status != CUSTODY_OK)
            return status;
        json_t *body = read_body(item->act, kept.statement);
        bool is_it = names_container(body, code);
        if (is_it)
            take_found(client, item, body, ret);
        json_decref(body);
        free(memory);
        if (is_it)
            return CUSTODY_OK;
    }
    problem_set(&client->problem, CUSTODY_ERR_NOT_FOUND, "container",
                "one that this device has said something of", "%s", code);
    problem_advise(&client->problem, "fix it on the device that said it");
    return CUSTODY_ERR_NOT_FOUND;
}

/* ---- asking ---- */

/* The next word, or else the answer to a question. */
static bool take_answer(struct command_context *context,
                        struct arguments *arguments,
                        const char *const question[2],
                        char ret[static ANSWER_MAX])
{
    const char *word = arguments_take_word(arguments);
    if (word != NULL) {
        snprintf(ret, ANSWER_MAX, "%s", word);
        return true;
    }
    fprintf(context->output.errors, "%s: ", words_pick(question[0], question[1]));
    fflush(context->output.errors);
    if (fgets(ret, ANSWER_MAX, stdin) == NULL)
        return false;
    ret[strcspn(ret, "\r\n")] = '\0';
    return ret[0] != '\0';
}

/* A label's QR code has the party before the code. */
static const char *code_of(const char *scanned)
{
    const char *slash = strrchr(scanned, '/');
    return slash == NULL ? scanned : slash + 1;
}

static const struct fix *find_fix(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(fixes) / sizeof(fixes[0]); i++)
        if (strcmp(fixes[i].name, name) == 0)
            return &fixes[i];
    return NULL;
}

/* ---- the statement ---- */

static json_t *amendment(const struct found *found, json_t *container)
{
    return json_pack("{s:s, s:s, s:[o]}", "target", found->name, "generator", found->generator,
                     "containers", container);
}

static int fix_weight(struct command_context *context,
                      const struct found *found,
                      const char *code,
                      const char *answer)
{
    uint64_t mass_g;
    if (!quantity_parse_mass(span_text(answer), &mass_g) || mass_g == 0)
        return command_usage(context, "mass", "a weight, as 2.35kg", answer);
    return act_submit(context, ACT(AMEND),
                      amendment(found, json_pack("{s:s, s:I, s:s}", "code", code, "mass_g",
                                                 (json_int_t)mass_g, "mass_source", "weighed")));
}

static int fix_code(struct command_context *context,
                    const struct found *found,
                    const char *code,
                    const char *answer)
{
    return act_submit(context, ACT(RELABEL),
                      json_pack("{s:s, s:[{s:s, s:s}]}", "generator", found->generator,
                                "containers", "old_code", code, "new_code", code_of(answer)));
}

static int fix_swap(struct command_context *context,
                    const struct found *found,
                    const char *code,
                    const char *answer)
{
    return act_submit(
        context, ACT(AMEND),
        amendment(found, json_pack("{s:s, s:s}", "code", code, "moved_to_manifest", answer)));
}

int fix_command(struct command_context *context, struct arguments *arguments)
{
    char answers[WORDS_OF_A_FIX][ANSWER_MAX];
    struct found found;
    const char *name = arguments_take_word(arguments);
    const struct fix *fix = find_fix(name);
    if (fix == NULL)
        return command_usage(context, "fix", "weight, code or swap",
                             name == NULL ? "nothing" : name);
    for (size_t i = 0; i < WORDS_OF_A_FIX; i++)
        if (!take_answer(context, arguments, fix->questions[i], answers[i]))
            return command_usage(context, "fix", fix->questions[i][1], "nothing");
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    const char *code = code_of(answers[0]);
    if (!command_open(context) || find_statement(context->client, fix, code, &found) != CUSTODY_OK)
        return command_fail(context);
    if (strcmp(fix->name, "weight") == 0)
        return fix_weight(context, &found, code, answers[1]);
    if (strcmp(fix->name, "code") == 0)
        return fix_code(context, &found, code, answers[1]);
    return fix_swap(context, &found, code, answers[1]);
}
