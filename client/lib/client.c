/* client.c: opening a client, signing and keeping statements.
 * Never sends: that is sync.c and ask.c. */
#include "client/lib/client.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/lib/rotation.h"
#include "client/lib/scanned.h"

enum { SALT_AND_TEXT_MAX = ENVELOPE_RECORD_SIZE_MAX };

/* ---- opening ---- */

static enum custody_status no_memory(struct custody_problem *problem)
{
    return problem_set(problem, CUSTODY_ERR_MEMORY, "client", NULL, "nothing left");
}

enum custody_status client_open_with(const struct custody_options *options,
                                     const struct card *card,
                                     struct identity *identity,
                                     struct custody_client **ret,
                                     struct custody_problem *problem)
{
    enum custody_status status = CUSTODY_OK;
    struct custody_client *client = calloc(1, sizeof(*client));
    if (client == NULL) {
        identity_done(identity);
        return no_memory(problem);
    }
    client->identity = *identity;
    memset(identity, 0, sizeof(*identity));
    client->card = *card;
    snprintf(client->endpoint, sizeof(client->endpoint), "%s",
             options->endpoint != NULL ? options->endpoint : card->endpoint);
    client->ledger =
        (struct evidence_ledger){.origin = client->card.origin, .keyring = &client->keyring};
    client->origin = statement_origin_digest(client->card.origin);
    client->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : CLIENT_TIMEOUT_MS;
    client->resend_ms = options->resend_ms > 0 ? options->resend_ms : CLIENT_RESEND_MS;
    client->home = strdup(options->home);
    if (options->clock_file != NULL)
        client->clock_file = strdup(options->clock_file);
    if (client->home == NULL || (options->clock_file != NULL && client->clock_file == NULL)) {
        status = no_memory(problem);
        goto done;
    }
    client->time.clock_file = client->clock_file;
    status = rotation_open(client->home, card, &client->keyring, problem);
    if (status != CUSTODY_OK)
        goto done;
    status = trust_open(client->home, &client->ledger, &client->trust, problem);
    if (status != CUSTODY_OK)
        goto done;
    *ret = client;
    client = NULL;
done:
    custody_client_close(client);
    return status;
}

enum custody_status custody_client_open(const struct custody_options *options,
                                        struct custody_client **ret_client,
                                        struct custody_problem *ret_problem)
{
    char path[FILES_PATH_MAX];
    struct identity identity = {0};
    struct card card = {0};
    problem_clear(ret_problem);
    enum custody_status status = identity_read(options->home, &identity, ret_problem);
    if (status == CUSTODY_OK)
        status = files_join(options->home, "ledger", path, ret_problem);
    if (status == CUSTODY_OK)
        status = card_read(path, CARD_LEDGER, &card, ret_problem);
    if (status == CUSTODY_ERR_NOT_FOUND && identity.secret_key != NULL)
        problem_advise(ret_problem, "run custody enrol with an invitation or a card");
    if (status != CUSTODY_OK) {
        identity_done(&identity);
        return status;
    }
    return client_open_with(options, &card, &identity, ret_client, ret_problem);
}

void custody_client_close(struct custody_client *client)
{
    if (client == NULL)
        return;
    connection_close(client->connection);
    spool_close(client->spool);
    trust_done(&client->trust);
    identity_done(&client->identity);
    card_wipe(&client->card);
    free(client->clock_file);
    free(client->home);
    free(client);
}

const struct custody_problem *custody_client_problem(const struct custody_client *client)
{
    return &client->problem;
}

enum custody_status client_open_spool(struct custody_client *client)
{
    char path[FILES_PATH_MAX];
    if (client->spool != NULL)
        return CUSTODY_OK;
    enum custody_status status = files_join(client->home, "spool", path, &client->problem);
    if (status != CUSTODY_OK)
        return status;
    return spool_open(path, client->identity.public_key, client->timeout_ms, &client->spool,
                      &client->problem);
}

enum custody_status client_now(struct custody_client *client, int64_t *ret_us, uint8_t *ret_quality)
{
    return timesource_now(&client->time, ret_us, ret_quality, &client->problem);
}

/* ---- signing ---- */

static struct span text_of(const struct custody_text *text)
{
    return text->len == 0 ? span_text(text->text) : span_of(text->text, text->len);
}

enum custody_status client_sign(struct custody_client *client,
                                uint32_t act,
                                const ProtobufCMessage *body,
                                uint64_t sequence,
                                const struct digest *previous,
                                const struct custody_act *rest,
                                uint8_t **ret_bytes,
                                size_t *ret_len,
                                uint8_t ret_signature[static SIGNATURE_SIZE])
{
    struct body_fault fault;
    int64_t now_us;
    uint8_t quality;
    size_t body_size = protobuf_c_message_get_packed_size(body);
    size_t len = STATEMENT_HEADER_SIZE + body_size;
    if (len > STATEMENT_SIZE_MAX)
        return problem_set(&client->problem, CUSTODY_ERR_INVALID, "body",
                           "at most 49152 bytes with the header: split the act", "%zu bytes", len);
    enum custody_status status = client_now(client, &now_us, &quality);
    if (status != CUSTODY_OK)
        return status;
    uint8_t *bytes = malloc(len);
    if (bytes == NULL)
        return no_memory(&client->problem);
    struct statement_header header = {
        .act = (uint16_t)act,
        .clock_quality = quality,
        .key_sequence = sequence,
        .occurred_at_us = rest->occurred_at_us == 0 ? now_us : rest->occurred_at_us,
        .signed_at_us = now_us,
        .seen_size = client->trust.head.size,
        .origin = client->origin,
        .previous = *previous,
    };
    if (header.seen_size > 0)
        header.seen_root = client->trust.head.root;
    if (rest->position != NULL) {
        header.position_is_known = true;
        header.latitude_e7 = rest->position->latitude_e7;
        header.longitude_e7 = rest->position->longitude_e7;
        header.position_accuracy_m = rest->position->accuracy_m;
    }
    memcpy(header.key, client->identity.public_key, PUBLIC_KEY_SIZE);
    statement_write_header(&header, bytes);
    struct span packed = span_of(bytes + STATEMENT_HEADER_SIZE, body_size);
    struct statement parsed;
    const char *field = "";
    if (statement_parse(span_of(bytes, len), &parsed, &field) != STATEMENT_OK) {
        free(bytes);
        return problem_set(&client->problem, CUSTODY_ERR_INVALID, field, "what can be true",
                           "something else");
    }
    if (body_size > 0 && body_write(body, bytes + STATEMENT_HEADER_SIZE, body_size) != body_size) {
        free(bytes);
        return problem_set(&client->problem, CUSTODY_ERR_INVALID, "body", "a body of this act",
                           "one that cannot be written");
    }
    /* What the ledger would record as not understood is caught here, where it can be corrected. */
    if (!body_scan(body_descriptor(act), packed, &fault)) {
        free(bytes);
        return problem_set(&client->problem, CUSTODY_ERR_INVALID, fault.path, fault.expected,
                           "something else");
    }
    digest_sign(ret_signature, span_of(bytes, len), client->identity.secret_key);
    *ret_bytes = bytes;
    *ret_len = len;
    return CUSTODY_OK;
}

/* ---- keeping ---- */

/* What the caller asked for, before salts: the same request gives the same digest. */
static enum custody_status digest_content(struct custody_client *client,
                                          uint32_t act,
                                          const ProtobufCMessage *body,
                                          const struct custody_act *rest,
                                          struct digest *ret)
{
    size_t body_size = protobuf_c_message_get_packed_size(body);
    size_t cap = 64 + body_size;
    for (size_t i = 0; i < rest->text_count; i++)
        cap += strlen(rest->texts[i].field) + text_of(&rest->texts[i]).len + 20;
    uint8_t *bytes = malloc(cap);
    if (bytes == NULL)
        return no_memory(&client->problem);
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, cap);
    bytes_write_u32(&writer, act);
    bytes_write_u64(&writer, (uint64_t)rest->occurred_at_us);
    bytes_write_varint(&writer, body_size);
    if (cap - writer.len >= body_size) {
        protobuf_c_message_pack(body, bytes + writer.len);
        writer.len += body_size;
    }
    for (size_t i = 0; i < rest->text_count; i++) {
        bytes_write_counted(&writer, span_text(rest->texts[i].field));
        bytes_write_counted(&writer, text_of(&rest->texts[i]));
    }
    *ret = digest_sha256(bytes_written(&writer));
    free(bytes);
    return CUSTODY_OK;
}

/* Salt a text, name it in the body, and give the record. */
static enum custody_status make_record(struct custody_client *client,
                                       ProtobufCMessage *body,
                                       const struct custody_text *text,
                                       uint8_t **ret_record,
                                       size_t *ret_len)
{
    struct span content = text_of(text);
    size_t text_len = content.len;
    if (text_len == 0 || SALT_SIZE + text_len > SALT_AND_TEXT_MAX)
        return problem_set(&client->problem, CUSTODY_ERR_INVALID, text->field,
                           "a record of 1 to 16368 bytes", "%zu bytes", text_len);
    if (reflect_get_bytes(body, text->field).len > 0)
        return problem_set(&client->problem, CUSTODY_ERR_INVALID, text->field,
                           "either the text or its digest", "both");
    uint8_t *record = malloc(SALT_SIZE + text_len);
    if (record == NULL)
        return no_memory(&client->problem);
    identity_random(record, SALT_SIZE);
    memcpy(record + SALT_SIZE, content.data, text_len);
    struct digest digest = digest_sha256(span_of(record, SALT_SIZE + text_len));
    enum custody_status status =
        reflect_add_bytes(body, text->field, span_of(digest.bytes, DIGEST_SIZE));
    if (status != CUSTODY_OK) {
        free(record);
        return problem_set(&client->problem, status, text->field, "a digest field of this act",
                           "no such field");
    }
    *ret_record = record;
    *ret_len = SALT_SIZE + text_len;
    return CUSTODY_OK;
}

static enum custody_status keep_new(struct custody_client *client,
                                    uint32_t act,
                                    ProtobufCMessage *body,
                                    const struct custody_act *rest,
                                    const struct digest *content,
                                    uint64_t *ret_sequence)
{
    struct spool_statement kept = {.content = *content, .ref = span_text(rest->ref)};
    uint8_t *records[ENVELOPE_RECORDS_MAX] = {NULL};
    uint8_t *bytes = NULL;
    size_t len = 0;
    uint8_t quality;
    enum custody_status status = client_now(client, &kept.kept_at_us, &quality);
    for (size_t i = 0; status == CUSTODY_OK && i < rest->text_count; i++) {
        status = make_record(client, body, &rest->texts[i], &records[i], &len);
        kept.records[i] = span_of(records[i], len);
        kept.record_count++;
    }
    struct digest previous = spool_last_id(client->spool);
    kept.sequence = spool_next_sequence(client->spool);
    if (status == CUSTODY_OK)
        status = client_sign(client, act, body, kept.sequence, &previous, rest, &bytes, &len,
                             kept.signature);
    kept.statement = span_of(bytes, len);
    if (status == CUSTODY_OK)
        status = spool_append(client->spool, &kept, &client->problem);
    if (status == CUSTODY_OK)
        *ret_sequence = kept.sequence;
    free(bytes);
    for (size_t i = 0; i < ENVELOPE_RECORDS_MAX; i++)
        free(records[i]);
    return status;
}

enum custody_status client_keep(struct custody_client *client,
                                uint32_t act,
                                ProtobufCMessage *body,
                                const struct custody_act *rest,
                                struct custody_kept *ret)
{
    struct digest content;
    struct custody_kept kept;
    bool is_same = false;
    uint64_t sequence = 0;
    if (rest->text_count > ENVELOPE_RECORDS_MAX)
        return problem_set(&client->problem, CUSTODY_ERR_INVALID, "texts", "at most 8", "%zu",
                           rest->text_count);
    if (rest->ref != NULL && (rest->ref[0] == '\0' || strlen(rest->ref) > SPOOL_REF_MAX ||
                              !bytes_is_printable(span_text(rest->ref))))
        return problem_set(&client->problem, CUSTODY_ERR_INVALID, "ref",
                           "printable text of 1 to 200 bytes", "%zu bytes", strlen(rest->ref));
    enum custody_status status = scanned_tidy(body, &client->problem);
    if (status == CUSTODY_OK)
        status = client_open_spool(client);
    if (status == CUSTODY_OK)
        status = digest_content(client, act, body, rest, &content);
    if (status != CUSTODY_OK)
        return status;
    if (rest->ref != NULL)
        sequence = spool_find_ref(client->spool, span_text(rest->ref), &content, &is_same);
    bool is_again = sequence != 0;
    if (is_again && !is_same) {
        problem_set(
            &client->problem, CUSTODY_ERR_EXISTS, "ref", "the content that was kept under it first",
            "%s: other content, as statement %llu", rest->ref, (unsigned long long)sequence);
        problem_advise(&client->problem, "use a new ref, or submit what was kept under this one");
        return CUSTODY_ERR_EXISTS;
    }
    if (!is_again)
        status = keep_new(client, act, body, rest, &content, &sequence);
    if (status == CUSTODY_OK)
        status = custody_client_kept(client, sequence, &kept);
    if (status != CUSTODY_OK)
        return status;
    kept.is_again = is_again;
    *ret = kept;
    return CUSTODY_OK;
}

static enum custody_status unpack_body(struct custody_client *client,
                                       const struct custody_act *act,
                                       const ProtobufCMessageDescriptor *descriptor,
                                       ProtobufCMessage **ret)
{
    struct body_fault fault;
    json_t *json = NULL;
    if (act->json != NULL) {
        enum custody_status status = reflect_parse_text(act->json, &json, &client->problem);
        if (status == CUSTODY_OK)
            status = reflect_from_json(descriptor, json, ret, &client->problem);
        json_decref(json);
        return status;
    }
    struct span body = span_of(act->body, act->body_len);
    if (!body_scan(descriptor, body, &fault))
        return problem_set(&client->problem, CUSTODY_ERR_INVALID, fault.path, fault.expected,
                           "something else");
    *ret = protobuf_c_message_unpack(descriptor, NULL, act->body_len, act->body);
    return *ret == NULL ? no_memory(&client->problem) : CUSTODY_OK;
}

enum custody_status custody_client_keep(struct custody_client *client,
                                        const struct custody_act *act,
                                        struct custody_kept *ret_kept)
{
    ProtobufCMessage *body = NULL;
    uint32_t number = body_act_from_name(act->act);
    problem_clear(&client->problem);
    if (number == 0)
        return problem_set(&client->problem, CUSTODY_ERR_INVALID, "act", "the name of an act", "%s",
                           act->act);
    enum custody_status status = unpack_body(client, act, body_descriptor(number), &body);
    if (status == CUSTODY_OK)
        status = client_keep(client, number, body, act, ret_kept);
    reflect_free(body);
    return status;
}

/* ---- what became of it ---- */

/* From the stored receipt, which was verified before it was stored. */
static void fill_from_receipt(const Custody__V1__Receipt *receipt,
                              struct span statement,
                              const uint8_t *signature,
                              struct custody_kept *ret)
{
    struct digest leaf;
    struct entry entry;
    if (!entry_leaf_of(span_of(receipt->entry_head.data, receipt->entry_head.len), statement,
                       signature, &leaf, &entry))
        return;
    ret->entry = entry.number;
    ret->outcome = entry.outcome;
    ret->reason = entry.reason;
    ret->recorded_at_us = entry.recorded_at_us;
    char *text = entry.outcome == CUSTODY_OUTCOME_refused ? ret->field : ret->number;
    size_t len = entry.detail.len < CUSTODY_NUMBER_MAX ? entry.detail.len : CUSTODY_NUMBER_MAX - 1;
    memcpy(text, entry.detail.data, len);
}

static void fill_from_problem(const Custody__V1__Problem *said, struct custody_kept *ret)
{
    ret->outcome = (uint32_t)said->outcome;
    ret->reason = said->reason;
    snprintf(ret->field, sizeof(ret->field), "%s", said->field);
}

static enum custody_status fill_answer(struct custody_client *client, struct custody_kept *kept)
{
    struct spool_answer answer;
    struct spool_statement statement;
    void *answer_memory = NULL, *statement_memory = NULL;
    ProtobufCMessage *message = NULL;
    bool is_receipt = kept->state == CUSTODY_ON_LEDGER;
    enum custody_status status =
        spool_read_answer(client->spool, kept->sequence, &answer, &answer_memory, &client->problem);
    if (status == CUSTODY_OK)
        status = spool_read(client->spool, kept->sequence, &statement, &statement_memory,
                            &client->problem);
    if (status != CUSTODY_OK)
        goto done;
    message = protobuf_c_message_unpack(is_receipt ? &custody__v1__receipt__descriptor
                                                   : &custody__v1__problem__descriptor,
                                        NULL, answer.bytes.len, answer.bytes.data);
    if (message == NULL)
        status = problem_set(&client->problem, CUSTODY_ERR_CORRUPT, "statements", "a receipt",
                             "something else");
    else if (is_receipt)
        fill_from_receipt((const Custody__V1__Receipt *)message, statement.statement,
                          statement.signature, kept);
    else
        fill_from_problem((const Custody__V1__Problem *)message, kept);
done:
    reflect_free(message);
    free(answer_memory);
    free(statement_memory);
    return status;
}

enum custody_status
custody_client_kept(struct custody_client *client, uint64_t sequence, struct custody_kept *ret_kept)
{
    problem_clear(&client->problem);
    enum custody_status status = client_open_spool(client);
    if (status != CUSTODY_OK)
        return status;
    const struct spool_item *item = spool_item(client->spool, sequence);
    if (item == NULL)
        return problem_set(&client->problem, CUSTODY_ERR_NOT_FOUND, "sequence",
                           "a statement kept here", "%llu", (unsigned long long)sequence);
    struct custody_kept kept = {.sequence = sequence, .state = item->state};
    memcpy(kept.id, item->id.bytes, CUSTODY_ID_SIZE);
    if (item->state != CUSTODY_WAITING)
        status = fill_answer(client, &kept);
    if (status == CUSTODY_OK)
        *ret_kept = kept;
    return status;
}

enum custody_status
client_receipt(struct custody_client *client, uint64_t sequence, Custody__V1__Receipt **ret)
{
    struct spool_answer answer;
    void *memory = NULL;
    enum custody_status status = client_open_spool(client);
    if (status != CUSTODY_OK)
        return status;
    const struct spool_item *item = spool_item(client->spool, sequence);
    if (item == NULL || item->state != CUSTODY_ON_LEDGER)
        return problem_set(&client->problem, CUSTODY_ERR_NOT_FOUND, "sequence",
                           "a statement with a receipt", "%llu", (unsigned long long)sequence);
    status = spool_read_answer(client->spool, sequence, &answer, &memory, &client->problem);
    if (status != CUSTODY_OK)
        return status;
    *ret = custody__v1__receipt__unpack(NULL, answer.bytes.len, answer.bytes.data);
    free(memory);
    return *ret != NULL ? CUSTODY_OK
                        : problem_set(&client->problem, CUSTODY_ERR_CORRUPT, "statements",
                                      "a receipt", "something else");
}

uint64_t custody_client_next_sequence(struct custody_client *client)
{
    return client_open_spool(client) == CUSTODY_OK ? spool_next_sequence(client->spool) : 0;
}
