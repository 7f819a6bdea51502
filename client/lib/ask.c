/* ask.c: questions to the ledger, and the verification of what their answers rest on.
 * Never hands on an answer whose checkpoint could not be linked to the kept head. */
#include "client/lib/ask.h"

#include <stdlib.h>

#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/lib/rotation.h"

enum { RETRY_MS = 250, RETRY_MAX_MS = 4000 };

struct kind {
    const ProtobufCMessageDescriptor *request;
    const ProtobufCMessageDescriptor *reply;
};

#define KIND(name)                                                                                 \
    {                                                                                              \
        &custody__v1__##name##_request__descriptor, &custody__v1__##name##_reply__descriptor       \
    }
static const struct kind kinds[ENVELOPE_KINDS] = {
    [ENVELOPE_HELLO] = KIND(hello),       [ENVELOPE_HEAD] = KIND(head),
    [ENVELOPE_TRACE] = KIND(trace),       [ENVELOPE_UNCLOSED] = KIND(unclosed),
    [ENVELOPE_FINDINGS] = KIND(findings), [ENVELOPE_SHOW] = KIND(show),
    [ENVELOPE_PROVE] = KIND(prove),       [ENVELOPE_ENTRIES] = KIND(entries),
    [ENVELOPE_STATUS] = KIND(status),     [ENVELOPE_PARTY] = KIND(party),
    [ENVELOPE_REPORT] = KIND(report),     [ENVELOPE_BALANCE] = KIND(balance),
    [ENVELOPE_FIGURE] = KIND(figure),     [ENVELOPE_PROFILE] = KIND(profile),
    [ENVELOPE_TODAY] = KIND(today),       [ENVELOPE_EXPECTED] = KIND(expected),
    [ENVELOPE_DOSSIER] = KIND(dossier),   [ENVELOPE_RECORD] = KIND(record),
    [ENVELOPE_ACCESS] = KIND(access),     [ENVELOPE_CATALOGUE] = KIND(catalogue),
};
#undef KIND

const ProtobufCMessageDescriptor *ask_request_descriptor(uint16_t kind)
{
    return kind < ENVELOPE_KINDS ? kinds[kind].request : NULL;
}

const ProtobufCMessageDescriptor *ask_reply_descriptor(uint16_t kind)
{
    return kind < ENVELOPE_KINDS ? kinds[kind].reply : NULL;
}

uint16_t ask_kind_from_name(const char *name)
{
    for (unsigned kind = 1; kind < ENVELOPE_KINDS; kind++) {
        if (kinds[kind].request != NULL && strcmp(envelope_kind_name((uint16_t)kind), name) == 0)
            return (uint16_t)kind;
    }
    return 0;
}

enum custody_status ask_connect(struct custody_client *client)
{
    if (client->connection != NULL)
        return CUSTODY_OK;
    return connection_open(client->endpoint, client->card.server_key, &client->identity,
                           &client->connection, &client->problem);
}

/* ---- one exchange ---- */

static enum custody_status take_problem(struct custody_client *client,
                                        const struct connection_answer *answer)
{
    Custody__V1__Problem *said =
        custody__v1__problem__unpack(NULL, answer->body.len, answer->body.data);
    /* One that does not say what its envelope says was cut on the way. */
    bool is_whole = said != NULL && (uint32_t)said->outcome == answer->outcome;
    enum custody_status status = is_whole ? problem_from_ledger(&client->problem, said)
                                          : problem_set(&client->problem, CUSTODY_ERR_PROTOCOL,
                                                        "answer", "a Problem", "something else");
    if (said != NULL)
        custody__v1__problem__free_unpacked(said, NULL);
    return status;
}

static enum custody_status take_reply(struct custody_client *client,
                                      uint16_t kind,
                                      const struct connection_answer *answer,
                                      ProtobufCMessage **ret)
{
    if (answer->outcome != 0)
        return take_problem(client, answer);
    ProtobufCMessage *reply =
        protobuf_c_message_unpack(kinds[kind].reply, NULL, answer->body.len, answer->body.data);
    if (reply == NULL)
        return problem_set(&client->problem, CUSTODY_ERR_PROTOCOL, "answer",
                           kinds[kind].reply->short_name, "something else");
    *ret = reply;
    return CUSTODY_OK;
}

/* Send, and again each time that the answer is late; a question asked twice does no harm. */
static enum custody_status exchange(struct custody_client *client,
                                    uint16_t kind,
                                    struct span packed,
                                    int64_t deadline,
                                    ProtobufCMessage **ret)
{
    const struct span body[2] = {packed, span_of(NULL, 0)};
    uint64_t call = 0;
    for (;;) {
        enum custody_status status =
            connection_send(client->connection, kind, body, NULL, 0, &call, &client->problem);
        if (status != CUSTODY_OK)
            return status;
        int64_t resend_at = connection_now_ms() + client->resend_ms;
        for (;;) {
            struct connection_answer answer;
            int64_t now = connection_now_ms();
            int64_t until = resend_at < deadline ? resend_at : deadline;
            status = connection_receive(client->connection, until > now ? (int)(until - now) : 0,
                                        &answer, &client->problem);
            if (status == CUSTODY_OK && answer.kind == kind && answer.call == call)
                return take_reply(client, kind, &answer, ret);
            if (status == CUSTODY_OK)
                continue; /* to an earlier question that was given up */
            int64_t spare_ms =
                client->timeout_ms - connection_patience_ms(client->connection, client->timeout_ms);
            if (!custody_status_is_retryable(status) || client->problem.outcome != 0 ||
                connection_now_ms() >= deadline - spare_ms)
                return status;
            break;
        }
    }
}

/* The ledger's readers trail what this device has seen, or the ledger itself does. */
static bool is_behind(const struct custody_client *client)
{
    return client->problem.reason == CUSTODY_REASON_not_yet;
}

static enum custody_status ask_until(struct custody_client *client,
                                     uint16_t kind,
                                     const ProtobufCMessage *request,
                                     ProtobufCMessage **ret)
{
    int64_t deadline = connection_now_ms() + client->timeout_ms;
    int wait_ms = RETRY_MS;
    size_t len = protobuf_c_message_get_packed_size(request);
    uint8_t *packed = malloc(len + 1);
    if (packed == NULL)
        return problem_set(&client->problem, CUSTODY_ERR_MEMORY, "request", NULL, "nothing left");
    protobuf_c_message_pack(request, packed);
    enum custody_status status = ask_connect(client);
    while (status == CUSTODY_OK) {
        status = exchange(client, kind, span_of(packed, len), deadline, ret);
        if (status != CUSTODY_ERR_BUSY || is_behind(client))
            break;
        uint32_t asked_ms = client->problem.retry_after_ms;
        int pause_ms = asked_ms > 0 && asked_ms < INT32_MAX ? (int)asked_ms : wait_ms;
        wait_ms = wait_ms < RETRY_MAX_MS ? 2 * wait_ms : RETRY_MAX_MS;
        if (connection_now_ms() + pause_ms >= deadline)
            break;
        connection_wait_ms(pause_ms);
        status = CUSTODY_OK;
    }
    free(packed);
    return status;
}

/* ---- what an answer rests on ---- */

/* Tell the ledger what was seen last; and, so that a device reads what it wrote, that the answer must reflect all of it. */
static enum custody_status set_known_size(struct custody_client *client, ProtobufCMessage *request)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "options");
    uint64_t known = client->trust.head.size;
    if (request->descriptor == &custody__v1__head_request__descriptor) {
        Custody__V1__HeadRequest *head = (Custody__V1__HeadRequest *)request;
        head->known_size = known;
        head->known_key.data = (uint8_t *)(uintptr_t)keyring_in_force(&client->keyring);
        head->known_key.len = PUBLIC_KEY_SIZE;
        return CUSTODY_OK;
    }
    if (field == NULL)
        return CUSTODY_OK;
    ProtobufCMessage **options = (ProtobufCMessage **)((char *)request + field->offset);
    if (*options == NULL)
        *options = reflect_create(&custody__v1__query_options__descriptor);
    if (*options == NULL)
        return problem_set(&client->problem, CUSTODY_ERR_MEMORY, "request", NULL, "nothing left");
    Custody__V1__QueryOptions *told = (Custody__V1__QueryOptions *)*options;
    told->known_size = known;
    if (told->at_least == 0)
        told->at_least = known;
    return CUSTODY_OK;
}

/* The key in it was only lent: the request is the caller's to free. */
static void take_known_key_back(ProtobufCMessage *request)
{
    if (request->descriptor == &custody__v1__head_request__descriptor)
        ((Custody__V1__HeadRequest *)request)->known_key = (ProtobufCBinaryData){0};
}

/* An entry in a ShowReply or ProveReply, under the basis' checkpoint or, when that was asked for, the kept head. */
static enum custody_status
check_entry(struct custody_client *client, const ProtobufCMessage *reply, struct span note)
{
    struct checkpoint checkpoint;
    ProtobufCMessage *message = reflect_get_message(reply, "entry");
    if (message == NULL || message->descriptor != &custody__v1__entry__descriptor)
        return CUSTODY_OK;
    const Custody__V1__Entry *entry = (const Custody__V1__Entry *)message;
    if (!checkpoint_parse(note, &checkpoint))
        return problem_set(&client->problem, CUSTODY_ERR_EVIDENCE, "checkpoint",
                           "a signed checkpoint", "something else");
    if (entry->proof != NULL && entry->proof->size == client->trust.head.size)
        checkpoint = client->trust.head;
    return evidence_check_entry(entry, &checkpoint, &client->problem);
}

/* Newer keys of the ledger, when the answer shows any; on disk before anything that they sign. */
static enum custody_status learn_keys(struct custody_client *client,
                                      const Custody__V1__HeadReply *reply)
{
    struct keyring keyring;
    struct span note = span_of(reply->checkpoint.data, reply->checkpoint.len);
    if (!rotation_is_due(&client->ledger, note))
        return CUSTODY_OK;
    enum custody_status status =
        rotation_check(client->card.origin, &client->keyring, &client->trust.head, reply, &keyring,
                       &client->problem);
    if (status == CUSTODY_OK)
        status = rotation_save(client->home, client->card.origin, &keyring, &client->problem);
    if (status == CUSTODY_OK)
        client->keyring = keyring;
    return status;
}

/* Every checkpoint in an answer goes into the kept head, or the answer is not one. */
static enum custody_status
check_reply(struct custody_client *client, uint16_t kind, const ProtobufCMessage *reply)
{
    if (reply == NULL)
        return problem_set(&client->problem, CUSTODY_ERR_EVIDENCE, "reply", "an answer", "nothing");
    bool has_basis = protobuf_c_message_descriptor_get_field_by_name(reply->descriptor, "basis");
    ProtobufCMessage *basis = reflect_get_message(reply, "basis");
    const ProtobufCMessage *holder = basis != NULL ? basis : reply;
    struct span note = reflect_get_bytes(holder, "checkpoint");
    if (has_basis && basis == NULL)
        return problem_set(&client->problem, CUSTODY_ERR_EVIDENCE, "basis",
                           "the checkpoint that the answer rests on", "none");
    if (kind == ENVELOPE_HELLO || kind == ENVELOPE_STATUS) {
        /* These have no known size to prove from: the ledger's head is asked for right after. */
        struct checkpoint checkpoint;
        struct span origin = reflect_get_bytes(reply, "origin");
        if (origin.len > 0 && !span_is_equal(origin, span_text(client->card.origin)))
            return problem_set(&client->problem, CUSTODY_ERR_EVIDENCE, "ledger",
                               client->card.origin, "%.*s", (int)origin.len,
                               (const char *)origin.data);
        return note.len == 0 && kind == ENVELOPE_STATUS
                   ? CUSTODY_OK
                   : evidence_check_note(&client->ledger, note, &checkpoint, &client->problem);
    }
    Custody__V1__ConsistencyProof *proof =
        (Custody__V1__ConsistencyProof *)reflect_get_message(holder, "consistency");
    enum custody_status status = kind == ENVELOPE_HEAD
                                     ? learn_keys(client, (const Custody__V1__HeadReply *)reply)
                                     : CUSTODY_OK;
    if (status != CUSTODY_OK)
        return status;
    status = trust_advance(&client->trust, note, proof, &client->problem);
    if (status == CUSTODY_OK)
        status = check_entry(client, reply, note);
    if (status == CUSTODY_OK)
        status = trust_save(&client->trust, &client->problem);
    return status;
}

static struct span note_of(const ProtobufCMessage *reply)
{
    ProtobufCMessage *basis = reply == NULL ? NULL : reflect_get_message(reply, "basis");
    return reply == NULL ? span_of(NULL, 0)
                         : reflect_get_bytes(basis != NULL ? basis : reply, "checkpoint");
}

/* A ledger that showed more before: both its notes are kept. */
static void keep_rollback(struct custody_client *client, const ProtobufCMessage *reply)
{
    struct span note = note_of(reply);
    if (note.len > 0)
        trust_keep_evidence(&client->trust, note, &client->problem);
}

/* The ledger may not know that its key has signed something else: it is shown the head that it does not continue. Whatever it
 * answers, this device goes by what it has verified. */
static void show_head(struct custody_client *client)
{
    Custody__V1__HeadRequest request = CUSTODY__V1__HEAD_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;
    struct custody_problem problem = client->problem;
    if (client->trust.note == NULL)
        return;
    request.shown = (ProtobufCBinaryData){client->trust.note_len, client->trust.note};
    if (ask_until(client, ENVELOPE_HEAD, &request.base, &reply) == CUSTODY_OK)
        reflect_free(reply);
    client->problem = problem;
}

enum custody_status ask_question(struct custody_client *client,
                                 uint16_t kind,
                                 ProtobufCMessage *request,
                                 ProtobufCMessage **ret_reply)
{
    ProtobufCMessage *reply = NULL;
    enum custody_status status = CUSTODY_OK;
    /* A reader of the ledger may trail by a moment what a receipt has shown: once more before that is called a rollback.
     * A reader that says so itself is told apart from a ledger that was rolled back by the ledger's own head. */
    for (int attempt = 0; attempt < 2; attempt++) {
        status = set_known_size(client, request);
        if (status == CUSTODY_OK)
            status = ask_until(client, kind, request, &reply);
        take_known_key_back(request);
        if (status == CUSTODY_ERR_BUSY && is_behind(client) && attempt == 0) {
            status = ask_newest_head(client);
            if (status == CUSTODY_OK)
                continue;
        }
        if (status != CUSTODY_OK)
            return status;
        status = check_reply(client, kind, reply);
        if (status == CUSTODY_ERR_EVIDENCE && kind != ENVELOPE_HEAD &&
            rotation_is_due(&client->ledger, note_of(reply))) {
            problem_clear(&client->problem);
            status = ask_newest_head(client);
            if (status == CUSTODY_OK)
                status = check_reply(client, kind, reply);
        }
        if (status != CUSTODY_ERR_ROLLBACK)
            break;
        if (attempt == 0) {
            reflect_free(reply);
            reply = NULL;
            connection_wait_ms(RETRY_MS);
        }
    }
    if (status == CUSTODY_ERR_ROLLBACK)
        keep_rollback(client, reply);
    if (status == CUSTODY_ERR_ROLLBACK || status == CUSTODY_ERR_EVIDENCE)
        show_head(client);
    if (status == CUSTODY_OK && (kind == ENVELOPE_HELLO || kind == ENVELOPE_STATUS))
        status = ask_newest_head(client);
    if (status != CUSTODY_OK) {
        reflect_free(reply);
        return status;
    }
    *ret_reply = reply;
    return CUSTODY_OK;
}

enum custody_status ask_newest_head(struct custody_client *client)
{
    Custody__V1__HeadRequest request = CUSTODY__V1__HEAD_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;
    enum custody_status status = ask_question(client, ENVELOPE_HEAD, &request.base, &reply);
    reflect_free(reply);
    return status;
}

enum custody_status ask_inclusion(struct custody_client *client,
                                  uint64_t entry,
                                  const struct digest *leaf,
                                  Custody__V1__InclusionProof **ret_proof)
{
    Custody__V1__ProveRequest request = CUSTODY__V1__PROVE_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    ProtobufCMessage *message = NULL;
    const struct checkpoint head = client->trust.head;
    request.options = &options;
    request.subject_case = CUSTODY__V1__PROVE_REQUEST__SUBJECT_ENTRY;
    request.entry = entry;
    request.size = head.size;
    /* Not by ask_question: the proof is for the head as it is now, and the answer may move it. */
    options.known_size = head.size;
    enum custody_status status = ask_until(client, ENVELOPE_PROVE, &request.base, &message);
    if (status != CUSTODY_OK)
        return status;
    Custody__V1__Entry *shown =
        (Custody__V1__Entry *)(message == NULL ? NULL : reflect_get_message(message, "entry"));
    if (shown == NULL)
        status = problem_set(&client->problem, CUSTODY_ERR_EVIDENCE, "proof",
                             "the entry that the receipt names", "none");
    else
        status = evidence_check_inclusion(&head, entry, leaf, shown->proof, &client->problem);
    if (status == CUSTODY_OK && shown != NULL) {
        *ret_proof = shown->proof;
        shown->proof = NULL;
    }
    reflect_free(message);
    return status;
}
