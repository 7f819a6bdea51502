/* evidence.c: custody evidence: all that proves what happened to a container, a manifest or a batch, as one file that a stranger
 * can check.
 * Never hands on a file that it has not verified itself. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/envelope.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/lib/rotation.h"
#include "client/cli/gathering.h"
#include "client/cli/trace.h"
#include "client/cli/words.h"

enum { KEY_DIGITS = 16 };

static const char *const readme[] = {
#include "client/cli/evidence_readme.inc"
};

static const char *const script[] = {
#include "client/cli/evidence_verify.inc"
};

/* What the parts of one command hand to each other. */
struct making {
    struct command_context *context;
    const char *subject;
    struct gathering gathering;
    struct bundle bundle;
    char vkey[KEYRING_TEXT_MAX];
    json_t *told; /* the ledger's answers */
    FILE *story;  /* the same, as text */
    char *story_text;
    size_t story_len;
};

/* ---- what the ledger tells ---- */

static const char *text_of(json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

static bool take_page(struct making *making, const ProtobufCMessage *reply)
{
    struct output plain = making->context->output;
    plain.file = making->story;
    plain.has_colour = false;
    trace_print(&plain, (const Custody__V1__TraceReply *)reply);
    return json_array_append_new(making->told, reflect_to_json(reply)) == 0 &&
           gathering_read(&making->gathering, reply);
}

/* Without the other containers that travelled under it: nobody asked about them. */
static bool take_manifests(struct making *making, Custody__V1__TraceReply *reply)
{
    size_t containers = reply->n_containers, batches = reply->n_batches;
    reply->n_containers = reply->n_batches = 0;
    bool is_well = take_page(making, &reply->base);
    reply->n_containers = containers;
    reply->n_batches = batches;
    return is_well;
}

/* Adds the numbers of the manifests that a container travelled under. */
static void note_manifests(json_t *trace, json_t *asked)
{
    size_t index;
    json_t *step;
    json_array_foreach(json_object_get(trace, "steps"), index, step)
    {
        const char *number = text_of(step, "manifest_number");
        if (number[0] != '\0')
            json_object_set_new(asked, number, json_true());
    }
}

/* The manifests that the containers travelled under: their entries belong to the story too. */
static enum custody_status ask_manifests(struct making *making)
{
    const char *number;
    json_t *page, *trace, *value, *asked = json_object();
    size_t p, c;
    enum custody_status status = CUSTODY_OK;
    json_array_foreach(making->told, p, page)
    {
        json_array_foreach(json_object_get(page, "containers"), c, trace)
        {
            note_manifests(trace, asked);
        }
    }
    json_object_foreach(asked, number, value)
    {
        ProtobufCMessage *reply = NULL;
        if (status == CUSTODY_OK)
            status = gathering_ask(&making->gathering, ENVELOPE_TRACE,
                                   json_pack("{s:s}", "manifest_number", number), &reply);
        if (reply != NULL && !take_manifests(making, (Custody__V1__TraceReply *)reply))
            status = problem_set(&making->context->client->problem, CUSTODY_ERR_MEMORY, "answer",
                                 NULL, "nothing left");
        reflect_free(reply);
    }
    json_decref(asked);
    return status;
}

/* The trace of the subject, all pages. */
static int ask_subject(struct making *making, struct arguments *arguments)
{
    struct command_context *context = making->context;
    ProtobufCMessage *request = NULL, *reply = NULL;
    /* The same question as `custody trace`, whose command in the table it is. */
    const struct command *command = context->command;
    struct command asking = *command;
    asking.question = ENVELOPE_TRACE;
    context->command = &asking;
    int code = command_ask(context, arguments, "container", &request, &reply);
    while (code == 0) {
        ProtobufCMessage *next = NULL;
        struct span page = reflect_get_bytes(reply, "next_page");
        if (!take_page(making, reply)) {
            problem_set(&context->client->problem, CUSTODY_ERR_MEMORY, "answer", NULL,
                        "nothing left");
            code = command_fail(context);
        }
        if (code != 0 || page.len == 0)
            break;
        code = command_ask_page(context, context->command->question, request, page, &next);
        reflect_free(reply);
        reply = next;
    }
    reflect_free(reply);
    reflect_free(request);
    if (code == 0 && ask_manifests(making) != CUSTODY_OK)
        code = command_fail(context);
    context->command = command;
    return code;
}

/* ---- the cover ---- */

static long long number_of(json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

static void write_entry(const struct output *output, const struct gathered *entry)
{
    char act[WORDS_MAX], outcome[WORDS_MAX], claimed[OUTPUT_CELL_MAX], recorded[OUTPUT_CELL_MAX];
    if (entry->decoded == NULL) {
        output_print(output, OUTPUT_PLAIN,
                     "  #%-8" PRIu64 " 本密钥无权读取 not shown to the key that asked\n",
                     entry->number);
        return;
    }
    words_act(text_of(entry->decoded, "act"), act);
    words_outcome(text_of(entry->decoded, "outcome"), outcome);
    output_time(output, (int64_t)number_of(entry->decoded, "occurred_at"), claimed);
    output_time(output, (int64_t)number_of(entry->decoded, "recorded_at"), recorded);
    output_print(output, OUTPUT_PLAIN,
                 "  #%-8" PRIu64 " %s  %s\n            发生 claimed %s  入账 recorded %s\n"
                 "            密钥 key %.*s\n",
                 entry->number, act, outcome, claimed, recorded, KEY_DIGITS,
                 text_of(entry->decoded, "key"));
}

static void write_keys(const struct output *output, json_t *keys)
{
    const char *hex;
    json_t *key;
    output_print(output, OUTPUT_PLAIN, "\n三、密钥 Keys\n\n");
    json_object_foreach(keys, hex, key)
    {
        output_print(output, OUTPUT_PLAIN, "  %s\n            %s %s", hex, text_of(key, "party"),
                     text_of(key, "name"));
        if (json_object_get(key, "enrolled_by_entry") == NULL)
            output_print(
                output, OUTPUT_PLAIN,
                "登记账目未向本密钥公开 its enrolment was not shown to the key that asked");
        else
            output_print(output, OUTPUT_PLAIN, "  登记 enrolled by #%lld",
                         number_of(key, "enrolled_by_entry"));
        if (json_object_get(key, "revoked_by_entry") != NULL)
            output_print(output, OUTPUT_PLAIN, "  吊销 revoked by #%lld",
                         number_of(key, "revoked_by_entry"));
        fputc('\n', output->file);
    }
}

static void write_records(const struct output *output, json_t *records)
{
    const char *digest;
    json_t *record;
    output_print(output, OUTPUT_PLAIN, "\n四、记录 Records  %zu\n\n", json_object_size(records));
    json_object_foreach(records, digest, record)
    {
        output_print(output, OUTPUT_PLAIN, "  #%-8lld %s  %s\n", number_of(record, "entry"),
                     text_of(record, "kind"), digest);
    }
}

static void write_cover(struct making *making, FILE *file)
{
    const struct custody_client *client = making->context->client;
    struct output output = making->context->output;
    char maker[2 * PUBLIC_KEY_SIZE + 1], at[OUTPUT_CELL_MAX] = "";
    int64_t now = 0;
    uint8_t quality;
    output.file = file;
    output.has_colour = false;
    if (client_now(making->context->client, &now, &quality) == CUSTODY_OK)
        output_time(&output, now, at);
    bytes_write_hex(span_of(client->identity.public_key, PUBLIC_KEY_SIZE), maker);
    output_print(&output, OUTPUT_PLAIN, "证 据 包   E V I D E N C E\n\n");
    output_field(&output, "对象 subject", "%s", making->subject);
    output_field(&output, "台账 ledger", "%s", client->card.origin);
    output_field(&output, "检查点 checkpoint", "%" PRIu64 " entries", client->trust.head.size);
    output_field(&output, "制作 made", "%s  %s", at, client->card.party);
    output_field(&output, "制作密钥 by key", "%s", maker);
    output_field(&output, "核验 to check", "README.txt");
    output_print(&output, OUTPUT_PLAIN,
                 "\n一、经过（台账的解读） What happened, as the ledger reads it\n\n%s"
                 "\n二、账目（已证明） Entries, proved  %zu\n\n",
                 making->story_text, making->gathering.count);
    for (size_t i = 0; i < making->gathering.count; i++)
        write_entry(&output, &making->gathering.entries[i]);
    write_keys(&output, making->gathering.keys);
    write_records(&output, making->gathering.records);
}

/* ---- the file ---- */

static enum custody_status add_lines(struct bundle *bundle,
                                     const char *name,
                                     const char *const *lines,
                                     size_t count,
                                     struct custody_problem *problem)
{
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    if (file != NULL)
        for (size_t i = 0; i < count; i++)
            fputs(lines[i], file);
    if (file == NULL || fclose(file) != 0)
        return problem_set(problem, CUSTODY_ERR_MEMORY, name, NULL, "nothing left");
    enum custody_status status = bundle_add(bundle, name, span_of((uint8_t *)text, len), problem);
    free(text);
    return status;
}

static enum custody_status add_cover(struct making *making, struct custody_problem *problem)
{
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    if (file == NULL)
        return problem_set(problem, CUSTODY_ERR_MEMORY, "cover", NULL, "nothing left");
    write_cover(making, file);
    if (fclose(file) != 0)
        return problem_set(problem, CUSTODY_ERR_MEMORY, "cover", NULL, "nothing left");
    enum custody_status status =
        bundle_add(&making->bundle, "COVER.txt", span_of((uint8_t *)text, len), problem);
    free(text);
    return status;
}

static enum custody_status add_told(struct making *making, struct custody_problem *problem)
{
    char *text = json_dumps(making->told, JSON_INDENT(1));
    if (text == NULL)
        return problem_set(problem, CUSTODY_ERR_MEMORY, "told", NULL, "nothing left");
    enum custody_status status = bundle_add(&making->bundle, "told.json", span_text(text), problem);
    free(text);
    return status;
}

static enum custody_status add_records(struct making *making, struct custody_problem *problem)
{
    const char *digest;
    json_t *record;
    enum custody_status status = CUSTODY_OK;
    json_object_foreach(making->gathering.records, digest, record)
    {
        const char *hex = text_of(record, "salted");
        size_t len = strlen(hex) / 2;
        uint8_t *bytes = malloc(len + 1);
        if (bytes == NULL || !bytes_parse_hex(span_text(hex), bytes, len))
            status = problem_set(problem, CUSTODY_ERR_MEMORY, "record", NULL, "nothing left");
        if (status == CUSTODY_OK)
            status = bundle_add_record(&making->bundle, span_of(bytes, len), problem);
        free(bytes);
        if (status != CUSTODY_OK)
            break;
    }
    return status;
}

static enum custody_status fill(struct making *making, struct custody_problem *problem)
{
    struct bundle *bundle = &making->bundle;
    enum custody_status status =
        add_lines(bundle, "README.txt", readme, sizeof(readme) / sizeof(readme[0]), problem);
    if (status == CUSTODY_OK)
        status = add_cover(making, problem);
    if (status == CUSTODY_OK)
        status =
            add_lines(bundle, "verify.py", script, sizeof(script) / sizeof(script[0]), problem);
    if (status == CUSTODY_OK)
        status = bundle_add(bundle, "ledger.vkey", span_text(making->vkey), problem);
    if (status == CUSTODY_OK && json_array_size(making->told) > 0)
        status = add_told(making, problem);
    for (size_t i = 0; status == CUSTODY_OK && i < making->gathering.count; i++) {
        const struct gathered *entry = &making->gathering.entries[i];
        if (entry->proof != NULL)
            status =
                bundle_add_entry(bundle, entry->number,
                                 span_of((const uint8_t *)entry->proof, entry->proof_len), problem);
    }
    return status == CUSTODY_OK ? add_records(making, problem) : status;
}

static int report(struct making *making, const struct bundle_verified *verified, const char *path)
{
    const struct output *output = &making->context->output;
    size_t hidden = making->gathering.count - verified->entries;
    if (output->is_json) {
        output_json(output, json_pack("{s:s, s:I, s:I, s:I}", "evidence", path, "entries",
                                      (json_int_t)verified->entries, "records",
                                      (json_int_t)verified->records, "hidden", (json_int_t)hidden));
        return 0;
    }
    output_print(output, OUTPUT_GOOD, "%s %s  %s %zu  %s %zu\n", words_pick("证据包", "evidence"),
                 path, words_pick("账目", "entries"), verified->entries,
                 words_pick("记录", "records"), verified->records);
    if (hidden > 0)
        output_print(output, OUTPUT_WARN, "%zu %s\n", hidden,
                     words_pick("条账目未向本密钥公开，不在包内",
                                "entries are not shown to this key, and are not in it"));
    output_print(output, OUTPUT_PLAIN, "%s custody verify %s --ledger VKEY\n",
                 words_pick("任何人都可核验：", "Anyone can check it:"), path);
    return 0;
}

static int write_bundle(struct making *making, const char *path)
{
    struct custody_client *client = making->context->client;
    struct custody_problem *problem = &client->problem;
    struct bundle_verified verified;
    uint8_t *file = NULL;
    size_t len = 0;
    size_t end = keyring_write_vkeys(&client->keyring, client->card.origin, making->vkey,
                                     sizeof(making->vkey) - 1);
    if (end == 0) {
        problem_set(problem, CUSTODY_ERR_EVIDENCE, "ledger", "the ledger's key", "none");
        return command_fail(making->context);
    }
    if (making->vkey[end - 1] != '\n')
        snprintf(making->vkey + end, 2, "\n");
    enum custody_status status = fill(making, problem);
    if (status == CUSTODY_OK)
        status = bundle_seal(&making->bundle, client->identity.public_key,
                             client->identity.secret_key, &file, &len, problem);
    if (status == CUSTODY_OK)
        status = bundle_verify(span_of(file, len), making->vkey, NULL, NULL, &verified, problem);
    if (status == CUSTODY_OK)
        status = files_replace(path, span_of(file, len), problem);
    free(file);
    return status == CUSTODY_OK ? report(making, &verified, path) : command_fail(making->context);
}

/* `--entry 17,18` or a container, a manifest, a batch as of trace. */
static int gather(struct making *making, const char *entries, struct arguments *arguments)
{
    struct command_context *context = making->context;
    if (entries == NULL)
        return ask_subject(making, arguments);
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context))
        return command_fail(context);
    for (const char *at = entries; at != NULL;) {
        const char *comma = strchr(at, ',');
        size_t len = comma == NULL ? strlen(at) : (size_t)(comma - at);
        uint64_t number;
        if (!bytes_parse_decimal(span_of((const uint8_t *)at, len), &number) ||
            !gathering_add(&making->gathering, number))
            return command_usage(context, "entry", "numbers of entries: 17,18", entries);
        at = comma == NULL ? NULL : comma + 1;
    }
    return 0;
}

/* What was asked about, as it was typed. */
static const char *find_subject(const struct arguments *arguments)
{
    static const char *const names[] = {"entry", "manifest", "manifest_number", "batch",
                                        "container"};
    for (size_t i = 0; i < arguments->count; i++) {
        const struct argument *argument = &arguments->all[i];
        bool is_subject = argument->name == NULL;
        for (size_t k = 0; !is_subject && k < sizeof(names) / sizeof(names[0]); k++)
            is_subject = strcmp(argument->name, names[k]) == 0;
        if (is_subject && argument->value != NULL)
            return argument->value;
    }
    return "";
}

int evidence_command(struct command_context *context, struct arguments *arguments)
{
    struct making making = {
        .context = context, .subject = find_subject(arguments), .told = json_array()};
    const char *path = arguments_take(arguments, "o");
    bool is_sealed = arguments_take_flag(arguments, "sealed");
    const char *entries = arguments_take(arguments, "entry");
    int code = 0;
    if (path == NULL) {
        json_decref(making.told);
        return command_usage(context, "o", "-o FILE.zip", "nothing");
    }
    making.story = open_memstream(&making.story_text, &making.story_len);
    if (making.told == NULL || making.story == NULL ||
        !gathering_begin(&making.gathering, context)) {
        problem_set(&context->problem, CUSTODY_ERR_MEMORY, "evidence", NULL, "nothing left");
        code = command_fail(context);
    }
    if (code == 0)
        code = gather(&making, entries, arguments);
    if (making.story != NULL)
        fclose(making.story);
    if (code == 0 && gathering_finish(&making.gathering, is_sealed) != CUSTODY_OK)
        code = command_fail(context);
    if (code == 0)
        code = write_bundle(&making, path);
    bundle_done(&making.bundle);
    gathering_done(&making.gathering);
    free(making.story_text);
    json_decref(making.told);
    return code;
}
