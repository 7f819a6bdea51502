/* sync.c: brings kept statements to the ledger: in order, pipelined, each once, every receipt verified before it counts.
 * Never signs and never changes a statement. */
#include "client/lib/sync.h"

#include <stdlib.h>

#include "proto/body.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/lib/rotation.h"

enum { PAUSE_MS = 1000, PAUSE_MAX_MS = 60000, JITTER = 4 };

/* One delivery under way. */
struct delivery {
    struct custody_client *client;
    struct sync_item *items;
    size_t count;
    int64_t resume_ms;   /* the ledger was busy: nothing leaves before */
    int pause_ms;        /* the next pause, when the ledger names none */
    int64_t progress_ms; /* when an item was last done */
    bool is_busy;        /* the ledger's last word on an item */
    struct custody_problem busy;
    struct evidence_receipt proved[SYNC_WINDOW];
};

void sync_item_done(struct sync_item *item)
{
    if (item->receipt != NULL)
        custody__v1__receipt__free_unpacked(item->receipt, NULL);
    if (item->problem != NULL)
        custody__v1__problem__free_unpacked(item->problem, NULL);
    item->receipt = NULL;
    item->problem = NULL;
}

/* ---- sending ---- */

static enum custody_status send_item(struct delivery *delivery, struct sync_item *item)
{
    struct custody_client *client = delivery->client;
    const struct span body[2] = {span_of(item->signature, SIGNATURE_SIZE), item->statement};
    enum custody_status status =
        connection_send(client->connection, ENVELOPE_SUBMIT, body, item->records,
                        item->record_count, &item->call, &client->problem);
    if (status != CUSTODY_OK)
        return status;
    item->sent_ms = connection_now_ms();
    return CUSTODY_OK;
}

/* When the item is to be sent. Again only when all was silent for so long: as long as answers come, its own is on the way, and sending
 * all of a window again would only make a slow ledger slower. */
static int64_t due_ms(const struct delivery *delivery, const struct sync_item *item)
{
    int64_t since = item->sent_ms > delivery->progress_ms ? item->sent_ms : delivery->progress_ms;
    int64_t due = item->sent_ms == 0 ? 0 : since + delivery->client->resend_ms;
    return due > delivery->resume_ms ? due : delivery->resume_ms;
}

/* When the next item falls due, for the poll. */
static int next_wait(const struct delivery *delivery, int64_t now)
{
    int64_t wake = now + delivery->client->resend_ms;
    for (size_t i = 0; i < delivery->count; i++) {
        int64_t due = due_ms(delivery, &delivery->items[i]);
        if (!delivery->items[i].is_done && due < wake)
            wake = due;
    }
    return wake > now ? (int)(wake - now) : 0;
}

/* ---- answers ---- */

static struct sync_item *find_item(struct delivery *delivery, uint64_t call)
{
    for (size_t i = 0; i < delivery->count; i++)
        if (delivery->items[i].call != 0 && delivery->items[i].call == call)
            return &delivery->items[i];
    return NULL;
}

static enum custody_status
take_receipt(struct delivery *delivery, struct sync_item *item, struct span body)
{
    struct custody_client *client = delivery->client;
    size_t index = (size_t)(item - delivery->items);
    Custody__V1__Receipt *receipt = custody__v1__receipt__unpack(NULL, body.len, body.data);
    if (receipt == NULL)
        return problem_set(&client->problem, CUSTODY_ERR_PROTOCOL, "answer", "a Receipt",
                           "something else");
    enum custody_status status = CUSTODY_OK;
    struct span note = span_of(receipt->checkpoint.data, receipt->checkpoint.len);
    /* Answers that come in meanwhile are lost; what they were to is sent again. */
    if (rotation_is_due(&client->ledger, note))
        status = ask_newest_head(client);
    if (status == CUSTODY_OK)
        status = evidence_check_receipt(&client->ledger, receipt, item->statement, item->signature,
                                        &delivery->proved[index], &client->problem);
    if (status != CUSTODY_OK) {
        custody__v1__receipt__free_unpacked(receipt, NULL);
        return status;
    }
    item->receipt = receipt;
    item->is_done = true;
    delivery->is_busy = false;
    delivery->progress_ms = connection_now_ms();
    return CUSTODY_OK;
}

/* The ledger is busy: everything waits, then goes again in order. */
static void pause(struct delivery *delivery, uint32_t asked_ms)
{
    int64_t now = connection_now_ms();
    int64_t wait_ms = asked_ms;
    if (asked_ms == 0) {
        uint8_t random;
        identity_random(&random, sizeof(random));
        wait_ms = delivery->pause_ms + delivery->pause_ms * random / (JITTER * UINT8_MAX);
        delivery->pause_ms =
            delivery->pause_ms < PAUSE_MAX_MS / 2 ? 2 * delivery->pause_ms : PAUSE_MAX_MS;
    }
    if (now + wait_ms > delivery->resume_ms)
        delivery->resume_ms = now + wait_ms;
}

/* A no that is about this very statement, and final; any other no is about the connection or the moment. */
static bool is_about_statement(uint32_t reason)
{
    return reason == CUSTODY_REASON_not_a_statement || reason == CUSTODY_REASON_bad_signature ||
           reason == CUSTODY_REASON_other_origin || reason == CUSTODY_REASON_too_large ||
           reason == CUSTODY_REASON_record_unnamed;
}

static enum custody_status take_problem(struct delivery *delivery,
                                        struct sync_item *item,
                                        const struct connection_answer *answer)
{
    struct custody_client *client = delivery->client;
    Custody__V1__Problem *said =
        custody__v1__problem__unpack(NULL, answer->body.len, answer->body.data);
    /* One that does not say what its envelope says was cut on the way. */
    if (said == NULL || (uint32_t)said->outcome != answer->outcome) {
        if (said != NULL)
            custody__v1__problem__free_unpacked(said, NULL);
        return problem_set(&client->problem, CUSTODY_ERR_PROTOCOL, "answer", "a Problem",
                           "something else");
    }
    enum custody_status status = problem_from_ledger(&client->problem, said);
    if ((uint32_t)said->outcome == CUSTODY_OUTCOME_turned_away &&
        is_about_statement(said->reason)) {
        item->problem = said;
        item->is_done = true;
        delivery->progress_ms = connection_now_ms();
        return CUSTODY_OK;
    }
    uint32_t asked_ms = said->retry_after_ms;
    bool waits = said->reason == CUSTODY_REASON_enrolment_awaited || !client->problem.retryable;
    custody__v1__problem__free_unpacked(said, NULL);
    if (waits)
        return status;
    delivery->is_busy = true;
    delivery->busy = client->problem;
    pause(delivery, asked_ms);
    item->sent_ms = 0;
    return CUSTODY_OK;
}

static enum custody_status take_answer(struct delivery *delivery,
                                       const struct connection_answer *answer)
{
    struct sync_item *item = find_item(delivery, answer->call);
    if (answer->kind != ENVELOPE_SUBMIT || item == NULL || item->is_done)
        return CUSTODY_OK; /* a late or doubled answer */
    return answer->outcome == 0 ? take_receipt(delivery, item, answer->body)
                                : take_problem(delivery, item, answer);
}

static bool is_everything_done(const struct delivery *delivery)
{
    for (size_t i = 0; i < delivery->count; i++) {
        if (!delivery->items[i].is_done)
            return false;
    }
    return true;
}

/* Why nothing went on: the ledger's own word, if it said one. */
static enum custody_status give_up(struct delivery *delivery, enum custody_status status)
{
    if (!delivery->is_busy)
        return status;
    delivery->client->problem = delivery->busy;
    return delivery->busy.status;
}

/* Send and receive until all is done, or nothing came for the whole time-out. */
static enum custody_status exchange(struct delivery *delivery)
{
    struct custody_client *client = delivery->client;
    while (!is_everything_done(delivery)) {
        struct connection_answer answer;
        int64_t now = connection_now_ms();
        if (delivery->resume_ms - now > client->timeout_ms)
            return give_up(delivery, CUSTODY_ERR_BUSY);
        for (size_t i = 0; i < delivery->count; i++) {
            if (delivery->items[i].is_done || due_ms(delivery, &delivery->items[i]) > now)
                continue;
            enum custody_status status = send_item(delivery, &delivery->items[i]);
            if (status != CUSTODY_OK)
                return status;
        }
        enum custody_status status = connection_receive(
            client->connection, next_wait(delivery, now), &answer, &client->problem);
        if (status == CUSTODY_OK)
            status = take_answer(delivery, &answer);
        else if (custody_status_is_retryable(status) && client->problem.outcome == 0 &&
                 connection_now_ms() - delivery->progress_ms <
                     connection_patience_ms(client->connection, client->timeout_ms))
            status = CUSTODY_OK;
        else
            return give_up(delivery, status);
        if (status != CUSTODY_OK)
            return status;
    }
    return CUSTODY_OK;
}

/* ---- linking ---- */

/* The item with the newest checkpoint among those that came with a receipt. */
static struct sync_item *find_newest(struct delivery *delivery, size_t *ret_index)
{
    struct sync_item *newest = NULL;
    for (size_t i = 0; i < delivery->count; i++) {
        struct sync_item *item = &delivery->items[i];
        if (item->receipt != NULL &&
            (newest == NULL ||
             delivery->proved[i].checkpoint.size > delivery->proved[*ret_index].checkpoint.size)) {
            newest = item;
            *ret_index = i;
        }
    }
    return newest;
}

static bool starts_at(const Custody__V1__ConsistencyProof *proof, uint64_t size)
{
    return proof != NULL && proof->old_size == size;
}

/* Bring the kept head at least as far as the newest of the receipts. */
static enum custody_status link_newest(struct delivery *delivery)
{
    struct custody_client *client = delivery->client;
    struct trust *trust = &client->trust;
    size_t index = 0;
    struct sync_item *newest = find_newest(delivery, &index);
    if (newest == NULL)
        return CUSTODY_OK;
    const struct checkpoint *checkpoint = &delivery->proved[index].checkpoint;
    if (checkpoint->size < trust->head.size)
        return CUSTODY_OK;
    const Custody__V1__Receipt *receipt = newest->receipt;
    if (trust->head.size == 0 || checkpoint->size == trust->head.size ||
        starts_at(receipt->consistency, trust->head.size))
        return trust_advance(trust, span_of(receipt->checkpoint.data, receipt->checkpoint.len),
                             receipt->consistency, &client->problem);
    enum custody_status status = ask_newest_head(client);
    if (status == CUSTODY_OK && trust->head.size < checkpoint->size)
        return problem_set(&client->problem, CUSTODY_ERR_ROLLBACK, "checkpoint",
                           "at least what the receipt shows", "%llu entries after %llu",
                           (unsigned long long)trust->head.size,
                           (unsigned long long)checkpoint->size);
    return status;
}

/* The entry under the kept head itself, in the place of the receipt's own, older checkpoint. */
static enum custody_status prove_under_head(struct delivery *delivery, size_t index)
{
    struct custody_client *client = delivery->client;
    Custody__V1__Receipt *receipt = delivery->items[index].receipt;
    const struct evidence_receipt *proved = &delivery->proved[index];
    Custody__V1__InclusionProof *proof = NULL;
    enum custody_status status = ask_inclusion(client, proved->entry, &proved->leaf, &proof);
    if (status != CUSTODY_OK)
        return status;
    uint8_t *note = malloc(client->trust.note_len);
    if (note == NULL) {
        custody__v1__inclusion_proof__free_unpacked(proof, NULL);
        return problem_set(&client->problem, CUSTODY_ERR_MEMORY, "receipt", NULL, "nothing left");
    }
    memcpy(note, client->trust.note, client->trust.note_len);
    free(receipt->checkpoint.data);
    receipt->checkpoint = (ProtobufCBinaryData){.data = note, .len = client->trust.note_len};
    if (receipt->proof != NULL)
        custody__v1__inclusion_proof__free_unpacked(receipt->proof, NULL);
    receipt->proof = proof;
    if (receipt->consistency != NULL)
        custody__v1__consistency_proof__free_unpacked(receipt->consistency, NULL);
    receipt->consistency = NULL;
    return CUSTODY_OK;
}

static void forget_receipt(struct sync_item *item)
{
    sync_item_done(item);
    item->is_done = false;
}

/* Every receipt under the kept head (PROTOCOL.md 5.3, step 5). One that cannot be linked does not count. */
static enum custody_status link_receipts(struct delivery *delivery)
{
    struct custody_client *client = delivery->client;
    enum custody_status status = link_newest(delivery);
    for (size_t i = 0; i < delivery->count; i++) {
        struct sync_item *item = &delivery->items[i];
        const struct checkpoint *checkpoint = &delivery->proved[i].checkpoint;
        const struct checkpoint *head = &client->trust.head;
        if (item->receipt == NULL)
            continue;
        if (status == CUSTODY_OK && checkpoint->size == head->size)
            status = evidence_check_consistency(head, checkpoint, NULL, &client->problem);
        else if (status == CUSTODY_OK)
            status = prove_under_head(delivery, i);
        if (status != CUSTODY_OK)
            forget_receipt(item);
    }
    return status;
}

enum custody_status
sync_deliver(struct custody_client *client, struct sync_item *items, size_t count)
{
    struct delivery delivery = {.client = client,
                                .items = items,
                                .count = count,
                                .pause_ms = PAUSE_MS,
                                .progress_ms = connection_now_ms()};
    struct custody_problem stopped;
    enum custody_status status = ask_connect(client);
    if (status != CUSTODY_OK)
        return status;
    enum custody_status exchanged = exchange(&delivery);
    stopped = client->problem;
    if (exchanged == CUSTODY_ERR_EVIDENCE || exchanged == CUSTODY_ERR_ROLLBACK) {
        for (size_t i = 0; i < count; i++)
            forget_receipt(&items[i]);
        return exchanged;
    }
    status = link_receipts(&delivery);
    if (status == CUSTODY_OK && exchanged != CUSTODY_OK) {
        client->problem = stopped;
        status = exchanged;
    }
    /* The head goes to disk before the receipts that rest on it, whatever else stopped. */
    stopped = client->problem;
    enum custody_status saved = trust_save(&client->trust, &client->problem);
    if (saved != CUSTODY_OK)
        return saved;
    client->problem = stopped;
    return status;
}

/* ---- the spool's turn ---- */

/* Some statements of the spool, read for sending. */
struct load {
    size_t count;
    uint64_t sequences[SYNC_WINDOW];
    struct spool_statement kept[SYNC_WINDOW];
    void *memory[SYNC_WINDOW];
    struct sync_item items[SYNC_WINDOW];
};

static void load_done(struct load *load)
{
    for (size_t i = 0; i < load->count; i++) {
        sync_item_done(&load->items[i]);
        free(load->memory[i]);
    }
    load->count = 0;
}

static bool is_permission(struct span statement)
{
    return statement.len > 10 &&
           body_act_is_permission((uint32_t)statement.data[8] << 8 | statement.data[9]);
}

/* The next waiting statements from `*sequence` on. A permission is decided by what stands on the ledger when it comes, so
 * it waits until everything before it has its answer. */
static enum custody_status
load_waiting(struct custody_client *client, uint64_t *sequence, struct load *load)
{
    memset(load, 0, sizeof(*load));
    for (; *sequence <= spool_count(client->spool) && load->count < SYNC_WINDOW; ++*sequence) {
        if (spool_item(client->spool, *sequence)->state != CUSTODY_WAITING)
            continue;
        size_t i = load->count;
        enum custody_status status = spool_read(client->spool, *sequence, &load->kept[i],
                                                &load->memory[i], &client->problem);
        if (status != CUSTODY_OK)
            return status;
        if (i > 0 && is_permission(load->kept[i].statement)) {
            free(load->memory[i]);
            load->memory[i] = NULL;
            return CUSTODY_OK;
        }
        load->sequences[i] = *sequence;
        load->items[i] = (struct sync_item){.statement = load->kept[i].statement,
                                            .records = load->kept[i].records,
                                            .record_count = load->kept[i].record_count};
        memcpy(load->items[i].signature, load->kept[i].signature, SIGNATURE_SIZE);
        load->count++;
    }
    return CUSTODY_OK;
}

static enum custody_status pack(struct custody_client *client,
                                const ProtobufCMessage *message,
                                uint8_t **ret,
                                struct span *ret_span)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(len + 1);
    if (bytes == NULL)
        return problem_set(&client->problem, CUSTODY_ERR_MEMORY, "receipt", NULL, "nothing left");
    protobuf_c_message_pack(message, bytes);
    *ret = bytes;
    *ret_span = span_of(bytes, len);
    return CUSTODY_OK;
}

/* Two statements stand in one place of this key's chain (the rule chain_fork): somebody signs with a copy of it. */
static bool shows_fork(const Custody__V1__Receipt *receipt)
{
    for (size_t i = 0; i < receipt->n_findings; i++) {
        if (strcmp(receipt->findings[i]->rule_name, "chain_fork") == 0)
            return true;
    }
    return false;
}

/* Write down what became of the load: receipts together, set-aside one by one. */
static enum custody_status
store_answers(struct custody_client *client, struct load *load, struct custody_synced *synced)
{
    struct spool_answer receipts[SYNC_WINDOW];
    uint8_t *memory[SYNC_WINDOW] = {NULL};
    size_t count = 0;
    int64_t now_us = 0;
    uint8_t quality;
    enum custody_status status = client_now(client, &now_us, &quality);
    for (size_t i = 0; status == CUSTODY_OK && i < load->count; i++) {
        const struct sync_item *item = &load->items[i];
        struct spool_answer answer = {
            .sequence = load->sequences[i],
            .id = spool_item(client->spool, load->sequences[i])->id,
            .at_us = now_us,
        };
        if (item->receipt != NULL && shows_fork(item->receipt))
            status = spool_stop_signing(client->spool, &client->problem);
        if (status != CUSTODY_OK)
            break;
        if (item->receipt != NULL) {
            status = pack(client, &item->receipt->base, &memory[i], &answer.bytes);
            uint32_t outcome = (uint32_t)item->receipt->outcome;
            synced->refused += custody_outcome_exit_code(outcome) != 0 ? 1 : 0;
            synced->delivered++;
            receipts[count++] = answer;
        } else if (item->problem != NULL) {
            status = pack(client, &item->problem->base, &memory[i], &answer.bytes);
            if (status == CUSTODY_OK)
                status = spool_set_aside(client->spool, &answer, &client->problem);
            synced->set_aside++;
        }
    }
    if (status == CUSTODY_OK && count > 0)
        status = spool_add_receipts(client->spool, receipts, count, &client->problem);
    for (size_t i = 0; i < SYNC_WINDOW; i++)
        free(memory[i]);
    return status;
}

enum custody_status custody_client_sync(struct custody_client *client,
                                        custody_progress *progress,
                                        void *context,
                                        struct custody_synced *ret_synced)
{
    struct load load = {0};
    struct custody_problem stopped;
    uint64_t sequence = 1;
    memset(ret_synced, 0, sizeof(*ret_synced));
    problem_clear(&client->problem);
    enum custody_status status = client_open_spool(client);
    if (status != CUSTODY_OK)
        return status;
    uint64_t total = spool_count_waiting(client->spool);
    while (status == CUSTODY_OK && spool_count_waiting(client->spool) > 0) {
        status = load_waiting(client, &sequence, &load);
        if (status != CUSTODY_OK || load.count == 0)
            break;
        status = sync_deliver(client, load.items, load.count);
        stopped = client->problem;
        enum custody_status stored = store_answers(client, &load, ret_synced);
        if (stored == CUSTODY_OK)
            client->problem = stopped;
        status = stored != CUSTODY_OK ? stored : status;
        load_done(&load);
        if (progress != NULL)
            progress(context, total - spool_count_waiting(client->spool), total);
    }
    load_done(&load);
    ret_synced->waiting = spool_count_waiting(client->spool);
    return status;
}
