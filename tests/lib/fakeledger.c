/* fakeledger.c: a ledger in memory behind a real CURVE socket, in a thread of the test.
 * Never decides anything about waste. */
#include "tests/lib/fakeledger.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include <custody/status.h>
#include "proto/checkpoint.h"
#include "proto/custody.pb-c.h"
#include "proto/entry.h"
#include "proto/envelope.h"
#include "proto/merkle.h"
#include "client/lib/files.h"
#include "client/lib/identity.h"

enum { FRAMES_MAX = 32, ROUTING_FRAMES = 1, PAGE_MAX = 64, POLL_MS = 20 };

#define ORIGIN    "fake.example/ledger"
#define START_US  INT64_C(1779033600000000)
#define CHECK(ok) ((ok) ? (void)0 : fail_at(#ok, __LINE__))

struct kept_entry {
    uint8_t *bytes;
    size_t len;
    struct digest leaf;
    struct digest id;
    uint8_t key[PUBLIC_KEY_SIZE];
};

struct fakeledger {
    pthread_mutex_t mutex;
    pthread_t thread;
    bool has_thread;
    bool is_stopping;
    void *context;
    void *socket;
    char endpoint[CARD_ENDPOINT_MAX + 1];
    uint8_t public_key[PUBLIC_KEY_SIZE], secret_key[SECRET_KEY_SIZE];
    uint8_t wrong_public[PUBLIC_KEY_SIZE], wrong_secret[SECRET_KEY_SIZE];
    uint8_t foreign_public[PUBLIC_KEY_SIZE], foreign_secret[SECRET_KEY_SIZE];
    struct digest foreign_previous;
    uint64_t foreign_sequence;
    char server_public[41], server_secret[41];
    struct fakeledger_settings settings;
    struct kept_entry entries[FAKELEDGER_ENTRIES_MAX];
    size_t count;
    struct digest replaced; /* the leaf of entry 0 in the other history */
    size_t submissions;
    uint64_t late_call;
    size_t answers;
};

static _Noreturn void fail_at(const char *what, int line)
{
    fprintf(stderr, "fakeledger.c:%d: %s\n", line, what);
    abort();
}

/* ---- the tree ---- */

struct reader {
    const struct fakeledger *fake;
    bool is_other;
};

static struct digest leaf_at(const struct reader *reader, uint64_t index)
{
    return reader->is_other && index == 0 ? reader->fake->replaced
                                          : reader->fake->entries[index].leaf;
}

static bool read_node(void *context, uint32_t level, uint64_t index, struct digest *ret)
{
    const struct reader *reader = context;
    struct merkle_edge edge;
    uint64_t first = index << level, count = UINT64_C(1) << level;
    if (first + count > reader->fake->count)
        return false;
    merkle_edge_init(&edge);
    for (uint64_t i = 0; i < count; i++) {
        struct digest leaf = leaf_at(reader, first + i);
        merkle_edge_append(&edge, &leaf);
    }
    *ret = merkle_edge_root(&edge);
    return true;
}

static bool lies(const struct fakeledger *fake, enum fakeledger_lie lie)
{
    return fake->settings.lie == lie;
}

/* The size that answers speak of. */
static uint64_t shown_size(const struct fakeledger *fake)
{
    return lies(fake, FAKELEDGER_ROLLED_BACK) ? fake->count / 2 : fake->count;
}

static ProtobufCBinaryData copy(const void *data, size_t len)
{
    uint8_t *bytes = malloc(len + 1);
    CHECK(bytes != NULL);
    memcpy(bytes, data, len);
    return (ProtobufCBinaryData){.len = len, .data = bytes};
}

static ProtobufCBinaryData make_note(const struct fakeledger *fake)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    struct reader reader = {fake, lies(fake, FAKELEDGER_OTHER_HISTORY)};
    struct checkpoint checkpoint = {.origin = ORIGIN, .size = shown_size(fake)};
    CHECK(merkle_root_at(checkpoint.size, read_node, &reader, &checkpoint.root));
    size_t len = checkpoint_sign(
        &checkpoint, lies(fake, FAKELEDGER_BAD_SIGNATURE) ? fake->wrong_secret : fake->secret_key,
        note, sizeof(note));
    CHECK(len > 0);
    return copy(note, len);
}

static ProtobufCBinaryData *copy_hashes(const struct merkle_proof *proof, bool spoil)
{
    ProtobufCBinaryData *list = calloc(proof->count + 1, sizeof(*list));
    CHECK(list != NULL);
    for (uint32_t i = 0; i < proof->count; i++) {
        list[i] = copy(proof->hashes[i].bytes, DIGEST_SIZE);
        if (spoil && i == 0)
            list[i].data[7] ^= 0x10;
    }
    return list;
}

static Custody__V1__ConsistencyProof *make_consistency(const struct fakeledger *fake, uint64_t from)
{
    struct merkle_proof proof;
    struct reader reader = {fake, lies(fake, FAKELEDGER_OTHER_HISTORY)};
    uint64_t size = shown_size(fake);
    if (from == 0 || from > size || lies(fake, FAKELEDGER_NO_CONSISTENCY))
        return NULL;
    Custody__V1__ConsistencyProof *ret = malloc(sizeof(*ret));
    CHECK(ret != NULL);
    custody__v1__consistency_proof__init(ret);
    CHECK(merkle_prove_consistency(from, size, read_node, &reader, &proof));
    ret->old_size = from;
    ret->new_size = size;
    ret->n_hashes = proof.count;
    ret->hashes = copy_hashes(&proof, lies(fake, FAKELEDGER_BAD_CONSISTENCY));
    return ret;
}

static Custody__V1__InclusionProof *
make_inclusion(const struct fakeledger *fake, uint64_t entry, uint64_t size)
{
    struct merkle_proof proof;
    struct reader reader = {fake, lies(fake, FAKELEDGER_OTHER_HISTORY)};
    bool spoil = lies(fake, FAKELEDGER_BAD_INCLUSION);
    Custody__V1__InclusionProof *ret = malloc(sizeof(*ret));
    CHECK(ret != NULL);
    custody__v1__inclusion_proof__init(ret);
    if (entry < size && merkle_prove_inclusion(entry, size, read_node, &reader, &proof)) {
        ret->n_hashes = proof.count;
        ret->hashes = copy_hashes(&proof, spoil);
    }
    ret->entry = entry;
    ret->size = size + (spoil && ret->n_hashes == 0 ? 1 : 0);
    return ret;
}

/* ---- entries ---- */

static struct kept_entry *find(struct fakeledger *fake, const struct digest *id)
{
    for (size_t i = 0; i < fake->count; i++) {
        if (digest_is_equal(&fake->entries[i].id, id))
            return &fake->entries[i];
    }
    return NULL;
}

static struct kept_entry *append(struct fakeledger *fake, const struct statement *statement)
{
    bool is_refused =
        fake->settings.refuse != 0 && statement->header.key_sequence == fake->settings.refuse;
    bool is_permission = statement->header.act < 64;
    CHECK(fake->count < FAKELEDGER_ENTRIES_MAX);
    struct kept_entry *kept = &fake->entries[fake->count];
    struct entry entry = {
        .outcome = (uint8_t)(is_refused      ? CUSTODY_OUTCOME_refused
                             : is_permission ? CUSTODY_OUTCOME_granted
                                             : CUSTODY_OUTCOME_recorded),
        .reason = is_refused ? CUSTODY_REASON_party_unknown : 0,
        .number = fake->count,
        .recorded_at_us = START_US + (int64_t)fake->count * 1000000,
        .detail = is_refused ? span_text("party") : span_of(NULL, 0),
        .statement = statement->bytes,
        .signature = statement->signature,
    };
    kept->bytes = malloc(ENTRY_SIZE_MAX);
    CHECK(kept->bytes != NULL);
    kept->len = entry_write(&entry, kept->bytes, ENTRY_SIZE_MAX);
    CHECK(kept->len > 0);
    kept->leaf = merkle_leaf(span_of(kept->bytes, kept->len));
    kept->id = statement->id;
    memcpy(kept->key, statement->header.key, PUBLIC_KEY_SIZE);
    if (fake->count == 0) {
        kept->bytes[kept->len - 1] ^= 1;
        fake->replaced = merkle_leaf(span_of(kept->bytes, kept->len));
        kept->bytes[kept->len - 1] ^= 1;
    }
    fake->count++;
    return kept;
}

/* A clean of a place, by a key of the ledger's own. */
static void append_foreign(struct fakeledger *fake)
{
    uint8_t bytes[STATEMENT_HEADER_SIZE];
    const char *field;
    struct statement statement;
    struct statement_header header = {
        .act = CUSTODY__V1__ACT__ACT_CLEAN,
        .clock_quality = CLOCK_DEVICE,
        .key_sequence = ++fake->foreign_sequence,
        .occurred_at_us = START_US,
        .signed_at_us = START_US,
        .origin = statement_origin_digest(ORIGIN),
        .previous = fake->foreign_previous,
    };
    memcpy(header.key, fake->foreign_public, PUBLIC_KEY_SIZE);
    statement_write_header(&header, bytes);
    CHECK(statement_parse(span_of(bytes, sizeof(bytes)), &statement, &field) == STATEMENT_OK);
    digest_sign(statement.signature, span_of(bytes, sizeof(bytes)), fake->foreign_secret);
    fake->foreign_previous = statement.id;
    append(fake, &statement);
}

static Custody__V1__Entry *show_entry(struct fakeledger *fake, uint64_t number)
{
    const struct kept_entry *kept = &fake->entries[number];
    Custody__V1__Entry *ret = malloc(sizeof(*ret));
    CHECK(ret != NULL);
    custody__v1__entry__init(ret);
    ret->number = number;
    ret->bytes = copy(kept->bytes, kept->len);
    ret->leaf_hash = copy(kept->leaf.bytes, DIGEST_SIZE);
    if (lies(fake, FAKELEDGER_BAD_ENTRY) && number + 1 == fake->count)
        ret->bytes.data[ret->bytes.len - 1] ^= 1;
    return ret;
}

/* ---- answers ---- */

/* An answer's body; the caller frees `data`. */
struct answer {
    uint16_t outcome;
    ProtobufCBinaryData body;
};

static struct answer pack(const ProtobufCMessage *message, uint16_t outcome)
{
    struct answer answer = {.outcome = outcome};
    size_t len = protobuf_c_message_get_packed_size(message);
    answer.body.data = malloc(len + 1);
    CHECK(answer.body.data != NULL);
    answer.body.len = protobuf_c_message_pack(message, answer.body.data);
    return answer;
}

static struct answer no(uint32_t reason)
{
    Custody__V1__Problem problem = CUSTODY__V1__PROBLEM__INIT;
    problem.outcome = (Custody__V1__Outcome)custody_reason_outcome(reason);
    problem.reason = reason;
    problem.name = (char *)(uintptr_t)custody_reason_name(reason);
    problem.remedy = (char *)(uintptr_t)custody_reason_remedy(reason);
    problem.retryable = custody_reason_is_retryable(reason);
    problem.retry_after_ms = reason == CUSTODY_REASON_queue_full ? 1 : 0;
    return pack(&problem.base, (uint16_t)problem.outcome);
}

static bool is_turn(size_t count, unsigned every)
{
    return every != 0 && count % every == 0;
}

static void add_fork(Custody__V1__Receipt *receipt)
{
    Custody__V1__Finding *finding = malloc(sizeof(*finding));
    receipt->findings = malloc(sizeof(*receipt->findings));
    CHECK(finding != NULL && receipt->findings != NULL);
    custody__v1__finding__init(finding);
    finding->rule_name = strdup("chain_fork");
    receipt->findings[receipt->n_findings++] = finding;
}

static struct answer
receipt_for(struct fakeledger *fake, const struct kept_entry *kept, uint64_t seen, bool is_again)
{
    struct entry entry;
    uint8_t head[ENTRY_HEAD_MAX];
    CHECK(entry_parse(span_of(kept->bytes, kept->len), &entry));
    size_t head_len = entry_write_head(&entry, head);
    Custody__V1__Receipt *receipt = malloc(sizeof(*receipt));
    CHECK(receipt != NULL);
    custody__v1__receipt__init(receipt);
    receipt->outcome = lies(fake, FAKELEDGER_OTHER_OUTCOME) ? CUSTODY__V1__OUTCOME__OUTCOME_REFUSED
                                                            : (Custody__V1__Outcome)entry.outcome;
    receipt->reason = entry.reason;
    if (entry.reason != 0)
        receipt->field = strdup("party");
    receipt->entry_head = copy(head, head_len);
    receipt->checkpoint = make_note(fake);
    receipt->proof = make_inclusion(fake, entry.number, shown_size(fake));
    receipt->consistency = make_consistency(fake, seen);
    receipt->again = is_again;
    if (fake->settings.is_forked)
        add_fork(receipt);
    struct answer answer = pack(&receipt->base, 0);
    custody__v1__receipt__free_unpacked(receipt, NULL);
    return answer;
}

/* False: no answer. */
static bool take_submission(struct fakeledger *fake, struct span body, struct answer *ret)
{
    const uint8_t *signature;
    struct span bytes;
    struct statement statement;
    const char *field;
    struct digest origin = statement_origin_digest(ORIGIN);
    size_t turn = ++fake->submissions;
    const struct fakeledger_settings *settings = &fake->settings;
    CHECK(envelope_split_submission(body, &signature, &bytes));
    if (is_turn(turn, settings->lose_every))
        return false;
    if (settings->is_awaiting)
        *ret = no(CUSTODY_REASON_enrolment_awaited);
    else if (is_turn(turn, settings->busy_every))
        *ret = no(CUSTODY_REASON_queue_full);
    else if (statement_verify(bytes, signature, &origin, &statement, &field) != STATEMENT_OK ||
             statement.header.key_sequence == settings->turn_away)
        *ret = no(CUSTODY_REASON_bad_signature);
    else {
        struct kept_entry *kept = find(fake, &statement.id);
        bool is_again = kept != NULL;
        if (!is_again)
            kept = append(fake, &statement);
        for (unsigned i = 0; i < settings->rush; i++)
            append_foreign(fake);
        if (is_turn(turn, settings->drop_every))
            return false;
        *ret = receipt_for(fake, kept, statement.header.seen_size, is_again);
    }
    return true;
}

static Custody__V1__Basis *make_basis(const struct fakeledger *fake,
                                      const Custody__V1__QueryOptions *options)
{
    Custody__V1__Basis *basis = malloc(sizeof(*basis));
    CHECK(basis != NULL);
    custody__v1__basis__init(basis);
    basis->as_of = shown_size(fake);
    basis->checkpoint = make_note(fake);
    basis->consistency = make_consistency(fake, options == NULL ? 0 : options->known_size);
    return basis;
}

static struct answer take_hello(const struct fakeledger *fake)
{
    Custody__V1__HelloReply *reply = malloc(sizeof(*reply));
    CHECK(reply != NULL);
    custody__v1__hello_reply__init(reply);
    reply->origin = strdup(ORIGIN);
    reply->checkpoint = make_note(fake);
    struct answer answer = pack(&reply->base, 0);
    custody__v1__hello_reply__free_unpacked(reply, NULL);
    return answer;
}

static struct answer take_head(const struct fakeledger *fake, struct span body)
{
    Custody__V1__HeadRequest *request =
        custody__v1__head_request__unpack(NULL, body.len, body.data);
    Custody__V1__HeadReply *reply = malloc(sizeof(*reply));
    CHECK(request != NULL && reply != NULL);
    custody__v1__head_reply__init(reply);
    reply->checkpoint = make_note(fake);
    reply->consistency = make_consistency(fake, request->known_size);
    struct answer answer = pack(&reply->base, 0);
    custody__v1__head_reply__free_unpacked(reply, NULL);
    custody__v1__head_request__free_unpacked(request, NULL);
    return answer;
}

/* As custodyd does: what the answer would not reflect yet, or never, is not answered. */
static bool is_not_yet(struct fakeledger *fake, const Custody__V1__QueryOptions *options)
{
    if (options == NULL || options->at_least == 0)
        return false;
    if (fake->settings.behind == 0)
        return options->at_least > shown_size(fake);
    fake->settings.behind--;
    return true;
}

static struct answer take_prove(struct fakeledger *fake, struct span body)
{
    struct answer answer;
    Custody__V1__ProveRequest *request =
        custody__v1__prove_request__unpack(NULL, body.len, body.data);
    CHECK(request != NULL);
    if (is_not_yet(fake, request->options)) {
        answer = no(CUSTODY_REASON_not_yet);
    } else if (request->entry >= fake->count) {
        answer = no(CUSTODY_REASON_not_found);
    } else {
        Custody__V1__ProveReply *reply = malloc(sizeof(*reply));
        CHECK(reply != NULL);
        custody__v1__prove_reply__init(reply);
        reply->basis = make_basis(fake, request->options);
        reply->entry = show_entry(fake, request->entry);
        reply->entry->proof = make_inclusion(fake, request->entry,
                                             request->size == 0 ? shown_size(fake) : request->size);
        answer = pack(&reply->base, 0);
        custody__v1__prove_reply__free_unpacked(reply, NULL);
    }
    custody__v1__prove_request__free_unpacked(request, NULL);
    return answer;
}

static struct answer take_entries(struct fakeledger *fake, struct span body)
{
    Custody__V1__EntriesRequest *request =
        custody__v1__entries_request__unpack(NULL, body.len, body.data);
    Custody__V1__EntriesReply *reply = malloc(sizeof(*reply));
    CHECK(request != NULL && reply != NULL);
    custody__v1__entries_reply__init(reply);
    reply->basis = make_basis(fake, request->options);
    reply->entries = calloc(PAGE_MAX, sizeof(*reply->entries));
    CHECK(reply->entries != NULL);
    for (uint64_t n = request->from; n < shown_size(fake) && reply->n_entries < PAGE_MAX; n++)
        reply->entries[reply->n_entries++] = show_entry(fake, n);
    struct answer answer = pack(&reply->base, 0);
    custody__v1__entries_reply__free_unpacked(reply, NULL);
    custody__v1__entries_request__free_unpacked(request, NULL);
    return answer;
}

static bool
take_request(struct fakeledger *fake, const struct envelope *envelope, struct answer *ret)
{
    if (fake->settings.is_silent)
        return false;
    switch (envelope->kind) {
    case ENVELOPE_SUBMIT:
        return take_submission(fake, envelope->body, ret);
    case ENVELOPE_HELLO:
        *ret = take_hello(fake);
        return true;
    case ENVELOPE_HEAD:
        *ret = take_head(fake, envelope->body);
        return true;
    case ENVELOPE_PROVE:
    case ENVELOPE_SHOW:
        *ret = take_prove(fake, envelope->body);
        return true;
    case ENVELOPE_ENTRIES:
        *ret = take_entries(fake, envelope->body);
        return true;
    default:
        *ret = no(CUSTODY_REASON_not_found);
        return true;
    }
}

/* ---- the socket ---- */

static void send_answer(struct fakeledger *fake,
                        zmq_msg_t *routing,
                        const struct envelope *envelope,
                        const struct answer *answer)
{
    uint8_t call[ENVELOPE_CALL_SIZE];
    struct envelope reply = {
        .call = envelope->call, .kind = envelope->kind, .outcome = answer->outcome};
    envelope_write_call(&reply, call);
    zmq_send(fake->socket, zmq_msg_data(routing), zmq_msg_size(routing), ZMQ_SNDMORE);
    zmq_send(fake->socket, ENVELOPE_VERSION, strlen(ENVELOPE_VERSION), ZMQ_SNDMORE);
    zmq_send(fake->socket, call, sizeof(call), ZMQ_SNDMORE);
    zmq_send(fake->socket, answer->body.data, answer->body.len, 0);
}

/* With `late_answer`: the n-th submission's answer leaves in the place of the next one's, and no other does. */
static bool is_answered(struct fakeledger *fake, struct envelope *envelope)
{
    if (fake->settings.late_answer == 0 || envelope->kind != ENVELOPE_SUBMIT)
        return true;
    if (fake->submissions == fake->settings.late_answer)
        fake->late_call = envelope->call;
    if (fake->submissions != fake->settings.late_answer + 1)
        return false;
    envelope->call = fake->late_call;
    return true;
}

static void serve_one(struct fakeledger *fake)
{
    zmq_msg_t frames[FRAMES_MAX];
    struct span spans[FRAMES_MAX];
    size_t count = 0;
    int more = 1;
    struct envelope envelope;
    struct answer answer = {0};
    while (more && count < FRAMES_MAX) {
        zmq_msg_init(&frames[count]);
        CHECK(zmq_msg_recv(&frames[count], fake->socket, 0) >= 0);
        spans[count] = span_of(zmq_msg_data(&frames[count]), zmq_msg_size(&frames[count]));
        more = zmq_msg_more(&frames[count]);
        count++;
    }
    CHECK(envelope_parse(spans + ROUTING_FRAMES, count - ROUTING_FRAMES, &envelope) == ENVELOPE_OK);
    pthread_mutex_lock(&fake->mutex);
    bool has_answer = take_request(fake, &envelope, &answer) && is_answered(fake, &envelope);
    if (fake->settings.cuts_problems && answer.outcome != 0)
        answer.body.len = 0;
    bool is_double = has_answer && is_turn(++fake->answers, fake->settings.double_every);
    pthread_mutex_unlock(&fake->mutex);
    if (has_answer)
        send_answer(fake, &frames[0], &envelope, &answer);
    if (is_double)
        send_answer(fake, &frames[0], &envelope, &answer);
    free(answer.body.data);
    for (size_t i = 0; i < count; i++)
        zmq_msg_close(&frames[i]);
}

static void *serve(void *context)
{
    struct fakeledger *fake = context;
    for (;;) {
        zmq_pollitem_t item = {.socket = fake->socket, .events = ZMQ_POLLIN};
        int count = zmq_poll(&item, 1, POLL_MS);
        pthread_mutex_lock(&fake->mutex);
        bool is_stopping = fake->is_stopping;
        pthread_mutex_unlock(&fake->mutex);
        if (is_stopping)
            return NULL;
        if (count > 0)
            serve_one(fake);
    }
}

struct fakeledger *fakeledger_create(void)
{
    static const uint8_t seeds[3][SEED_SIZE] = {{1}, {2}, {3}};
    struct fakeledger *fake = calloc(1, sizeof(*fake));
    size_t size = sizeof(fake->endpoint);
    int one = 1, zero = 0;
    CHECK(fake != NULL && digest_init());
    pthread_mutex_init(&fake->mutex, NULL);
    digest_key_from_seed(seeds[0], fake->public_key, fake->secret_key);
    digest_key_from_seed(seeds[1], fake->wrong_public, fake->wrong_secret);
    digest_key_from_seed(seeds[2], fake->foreign_public, fake->foreign_secret);
    CHECK(zmq_curve_keypair(fake->server_public, fake->server_secret) == 0);
    append_foreign(fake);
    fake->context = zmq_ctx_new();
    fake->socket = zmq_socket(fake->context, ZMQ_ROUTER);
    CHECK(zmq_setsockopt(fake->socket, ZMQ_CURVE_SERVER, &one, sizeof(one)) == 0);
    CHECK(zmq_setsockopt(fake->socket, ZMQ_LINGER, &zero, sizeof(zero)) == 0);
    CHECK(zmq_setsockopt(fake->socket, ZMQ_CURVE_SECRETKEY, fake->server_secret, 41) == 0);
    CHECK(zmq_bind(fake->socket, "tcp://127.0.0.1:*") == 0);
    CHECK(zmq_getsockopt(fake->socket, ZMQ_LAST_ENDPOINT, fake->endpoint, &size) == 0);
    CHECK(pthread_create(&fake->thread, NULL, serve, fake) == 0);
    fake->has_thread = true;
    return fake;
}

void fakeledger_destroy(struct fakeledger *fake)
{
    if (fake == NULL)
        return;
    pthread_mutex_lock(&fake->mutex);
    fake->is_stopping = true;
    pthread_mutex_unlock(&fake->mutex);
    pthread_join(fake->thread, NULL);
    zmq_close(fake->socket);
    zmq_ctx_term(fake->context);
    for (size_t i = 0; i < fake->count; i++)
        free(fake->entries[i].bytes);
    pthread_mutex_destroy(&fake->mutex);
    free(fake);
}

void fakeledger_set(struct fakeledger *fake, const struct fakeledger_settings *settings)
{
    pthread_mutex_lock(&fake->mutex);
    fake->settings = *settings;
    pthread_mutex_unlock(&fake->mutex);
}

void fakeledger_card(struct fakeledger *fake, struct card *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->kind = CARD_LEDGER;
    snprintf(ret->origin, sizeof(ret->origin), "%s", ORIGIN);
    memcpy(ret->ledger_key, fake->public_key, PUBLIC_KEY_SIZE);
    snprintf(ret->endpoint, sizeof(ret->endpoint), "%s", fake->endpoint);
    snprintf(ret->announcements, sizeof(ret->announcements), "%s", fake->endpoint);
    CHECK(zmq_z85_decode(ret->server_key, fake->server_public) != NULL);
    snprintf(ret->party, sizeof(ret->party), "uscc:TEST");
    ret->roles[ret->role_count++] = CUSTODY__V1__ROLE__ROLE_GENERATOR;
}

void fakeledger_home(struct fakeledger *fake, const char *home)
{
    struct card card;
    char text[CARD_FILE_MAX], path[FILES_PATH_MAX];
    struct custody_problem problem;
    CHECK(identity_create(home, &problem) == CUSTODY_OK);
    fakeledger_card(fake, &card);
    size_t len = card_write(&card, text);
    CHECK(len > 0 && files_join(home, "ledger", path, &problem) == CUSTODY_OK);
    CHECK(files_replace(path, span_of(text, len), &problem) == CUSTODY_OK);
}

void fakeledger_vkey(struct fakeledger *fake, char *ret, size_t cap)
{
    CHECK(checkpoint_write_vkey(ORIGIN, fake->public_key, ret, cap) > 0);
}

size_t fakeledger_count(struct fakeledger *fake, const uint8_t *key)
{
    size_t count = 0;
    pthread_mutex_lock(&fake->mutex);
    for (size_t i = 0; i < fake->count; i++)
        count += key == NULL || memcmp(fake->entries[i].key, key, PUBLIC_KEY_SIZE) == 0 ? 1 : 0;
    pthread_mutex_unlock(&fake->mutex);
    return count;
}

size_t fakeledger_arrivals(struct fakeledger *fake)
{
    pthread_mutex_lock(&fake->mutex);
    size_t count = fake->submissions;
    pthread_mutex_unlock(&fake->mutex);
    return count;
}

void fakeledger_add_foreign(struct fakeledger *fake)
{
    pthread_mutex_lock(&fake->mutex);
    append_foreign(fake);
    pthread_mutex_unlock(&fake->mutex);
}
