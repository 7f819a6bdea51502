/* move.c: verify the successor, change over, show it every statement.
 * Never signs anything. */
#include "client/lib/move.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/body.h"
#include "proto/lineage.h"
#include "client/lib/ask.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/lib/sync.h"

struct moving {
    const struct custody_options *options;
    char folder[FILES_PATH_MAX];
    struct card from, to;
    struct checkpoint head; /* of the lost ledger, that was verified last; size 0: none */
    uint8_t *note;
    size_t note_len;
    struct custody_client *client; /* of the successor */
    struct custody_move *move;
    custody_moved_visit *visit;
    void *context;
    struct custody_problem *problem;
};

/* ---- what a founding must say ---- */

static enum custody_status
lie(struct custody_problem *problem, const char *expected, const char *got)
{
    return problem_set(problem, CUSTODY_ERR_EVIDENCE, "successor", expected, "%s", got);
}

static bool is_root(const Custody__V1__FoundLedgerBody *body, const uint8_t *key)
{
    for (size_t i = 0; i < body->n_root_keys; i++)
        if (body->root_keys[i].len == PUBLIC_KEY_SIZE &&
            memcmp(body->root_keys[i].data, key, PUBLIC_KEY_SIZE) == 0)
            return true;
    return false;
}

/* An entry of that act; its body for the caller to free. */
static ProtobufCMessage *open_entry(struct span bytes,
                                    uint64_t number,
                                    const struct digest *addresses,
                                    size_t address_count,
                                    uint32_t act,
                                    struct statement *ret)
{
    struct entry entry;
    struct custody_problem ignored;
    const ProtobufCMessageDescriptor *descriptor = act == CUSTODY__V1__ACT__ACT_FOUND_LEDGER
                                                       ? &custody__v1__found_ledger_body__descriptor
                                                       : &custody__v1__countersign_body__descriptor;
    if (evidence_check_bytes(bytes, number, addresses, address_count, &entry, ret, &ignored) !=
            CUSTODY_OK ||
        ret->header.act != act)
        return NULL;
    return protobuf_c_message_unpack(descriptor, NULL, ret->body.len, ret->body.data);
}

static enum custody_status check_body(const struct card *from,
                                      const struct card *to,
                                      uint64_t restored,
                                      const Custody__V1__FoundLedgerBody *body,
                                      struct custody_problem *problem)
{
    const Custody__V1__Predecessor *predecessor = body->predecessor;
    if (predecessor == NULL || strcmp(predecessor->origin, from->origin) != 0 ||
        predecessor->restored_size != restored)
        return lie(problem, from->origin, "the successor of another ledger");
    if (strcmp(body->origin, to->origin) != 0 || body->ledger_key.len != PUBLIC_KEY_SIZE ||
        memcmp(body->ledger_key.data, to->ledger_key, PUBLIC_KEY_SIZE) != 0)
        return lie(problem, to->origin, "founded under another name or key than the card says");
    return CUSTODY_OK;
}

/* Both signed, each once, and the second signed the first. */
static enum custody_status check_signers(const Custody__V1__FoundLedgerBody *roots,
                                         const struct statement *found,
                                         const Custody__V1__CountersignBody *second,
                                         const struct statement *countersigned,
                                         struct custody_problem *problem)
{
    const Custody__V1__StatementName *target = second->target;
    if (target == NULL || target->id.len != DIGEST_SIZE ||
        memcmp(target->id.data, found->id.bytes, DIGEST_SIZE) != 0)
        return lie(problem, "a countersignature of the founding", "one of something else");
    if (!is_root(roots, found->header.key) || !is_root(roots, countersigned->header.key) ||
        memcmp(found->header.key, countersigned->header.key, PUBLIC_KEY_SIZE) == 0)
        return lie(problem, "both root keys of the lost ledger", "other keys");
    return CUSTODY_OK;
}

enum custody_status move_check_founding(const struct card *from,
                                        const struct card *to,
                                        uint64_t restored,
                                        struct span first_entry,
                                        struct span founding,
                                        struct span countersignature,
                                        struct custody_problem *problem)
{
    struct digest addresses[LINEAGE_MAX];
    struct statement first, found, countersigned;
    size_t count = lineage_addresses(to->origin, addresses);
    enum custody_status status;
    Custody__V1__FoundLedgerBody *roots = (Custody__V1__FoundLedgerBody *)open_entry(
        first_entry, 0, addresses, count, CUSTODY__V1__ACT__ACT_FOUND_LEDGER, &first);
    Custody__V1__FoundLedgerBody *body = (Custody__V1__FoundLedgerBody *)open_entry(
        founding, restored, addresses, 1, CUSTODY__V1__ACT__ACT_FOUND_LEDGER, &found);
    Custody__V1__CountersignBody *second = (Custody__V1__CountersignBody *)open_entry(
        countersignature, restored + 1, addresses, 1, CUSTODY__V1__ACT__ACT_COUNTERSIGN,
        &countersigned);
    if (roots == NULL || body == NULL || second == NULL) {
        status = lie(problem, "a founding and its countersignature", "something else");
    } else {
        status = check_body(from, to, restored, body, problem);
        if (status == CUSTODY_OK)
            status = check_signers(roots, &found, second, &countersigned, problem);
    }
    if (roots != NULL)
        custody__v1__found_ledger_body__free_unpacked(roots, NULL);
    if (body != NULL)
        custody__v1__found_ledger_body__free_unpacked(body, NULL);
    if (second != NULL)
        custody__v1__countersign_body__free_unpacked(second, NULL);
    return status;
}

/* ---- files ---- */

static enum custody_status
copy_file(const char *from, const char *to, struct custody_problem *problem)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    enum custody_status status = files_read(from, CARD_FILE_MAX, &bytes, &len, problem);
    if (status == CUSTODY_OK)
        status = files_replace(to, span_of(bytes, len), problem);
    free(bytes);
    return status;
}

/* HOME/a -> HOME/b; OK too when there is no a. */
static enum custody_status copy_part(struct moving *moving, const char *from, const char *to)
{
    char from_path[FILES_PATH_MAX], to_path[FILES_PATH_MAX];
    enum custody_status status =
        files_join(moving->options->home, from, from_path, moving->problem);
    if (status == CUSTODY_OK)
        status = files_join(moving->options->home, to, to_path, moving->problem);
    if (status == CUSTODY_OK)
        status = copy_file(from_path, to_path, moving->problem);
    if (status == CUSTODY_ERR_NOT_FOUND) {
        problem_clear(moving->problem);
        status = CUSTODY_OK;
    }
    return status;
}

static void remove_part(struct moving *moving, const char *name)
{
    char path[FILES_PATH_MAX];
    struct custody_problem ignored;
    if (files_join(moving->options->home, name, path, &ignored) == CUSTODY_OK)
        unlink(path);
}

static bool has_part(struct moving *moving, const char *name)
{
    char path[FILES_PATH_MAX];
    struct custody_problem ignored;
    return files_join(moving->options->home, name, path, &ignored) == CUSTODY_OK &&
           access(path, F_OK) == 0;
}

/* An attempt that was cut off while it changed over: as it was before. */
static enum custody_status put_back(struct moving *moving)
{
    if (!has_part(moving, "moving/ledger-before"))
        return CUSTODY_OK;
    enum custody_status status = copy_part(moving, "moving/ledger-before", "ledger");
    if (status == CUSTODY_OK && !has_part(moving, "moving/head-before"))
        remove_part(moving, "head");
    else if (status == CUSTODY_OK)
        status = copy_part(moving, "moving/head-before", "head");
    if (status == CUSTODY_OK)
        remove_part(moving, "moving/ledger-before");
    return status;
}

static enum custody_status change_over(struct moving *moving)
{
    char text[CARD_FILE_MAX], path[FILES_PATH_MAX];
    struct card card = moving->to;
    memcpy(card.party, moving->from.party, sizeof(card.party));
    memcpy(card.roles, moving->from.roles, sizeof(card.roles));
    card.role_count = moving->from.role_count;
    size_t len = card_write(&card, text);
    if (len == 0)
        return problem_set(moving->problem, CUSTODY_ERR_INVALID, "ledger", "shorter values",
                           "too much text");
    /* The head before the ledger file: as long as that one is in `moving`, everything can be put back. */
    remove_part(moving, "moving/head-before");
    enum custody_status status = copy_part(moving, "head", "moving/head-before");
    if (status == CUSTODY_OK)
        status = copy_part(moving, "ledger", "moving/ledger-before");
    if (status == CUSTODY_OK)
        status = copy_part(moving, "ledger", "predecessor");
    if (status == CUSTODY_OK)
        status = copy_part(moving, "head", "predecessor-head");
    if (status == CUSTODY_OK)
        status = copy_part(moving, "moving/head", "head");
    if (status == CUSTODY_OK)
        status = files_join(moving->options->home, "ledger", path, moving->problem);
    if (status == CUSTODY_OK)
        status = files_replace(path, span_of(text, len), moving->problem);
    if (status != CUSTODY_OK)
        return status;
    remove_part(moving, "moving/ledger-before");
    remove_part(moving, "moving/head-before");
    remove_part(moving, "moving/head");
    return files_sync_folder(moving->folder, moving->problem);
}

/* ---- verifying the successor ---- */

/* The bytes of an entry, proved under the successor's head; the caller frees the reply. */
static enum custody_status
show(struct moving *moving, uint64_t number, Custody__V1__ShowReply **ret)
{
    Custody__V1__ShowRequest request = CUSTODY__V1__SHOW_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;
    request.subject_case = CUSTODY__V1__SHOW_REQUEST__SUBJECT_ENTRY;
    request.entry = number;
    enum custody_status status = ask_question(moving->client, ENVELOPE_SHOW, &request.base, &reply);
    if (request.options != NULL)
        reflect_free(&request.options->base);
    if (status != CUSTODY_OK)
        return status;
    *ret = (Custody__V1__ShowReply *)reply;
    if ((*ret)->entry == NULL || (*ret)->entry->bytes.len == 0 || (*ret)->entry->proof == NULL)
        return lie(&moving->client->problem, "the entries of its founding", "nothing");
    return CUSTODY_OK;
}

static enum custody_status check_founding(struct moving *moving)
{
    Custody__V1__ShowReply *replies[3] = {NULL};
    struct span bytes[3];
    const uint64_t numbers[3] = {0, moving->move->restored, moving->move->restored + 1};
    enum custody_status status = CUSTODY_OK;
    for (int i = 0; i < 3 && status == CUSTODY_OK; i++) {
        status = show(moving, numbers[i], &replies[i]);
        if (status == CUSTODY_OK)
            bytes[i] = span_of(replies[i]->entry->bytes.data, replies[i]->entry->bytes.len);
    }
    if (status == CUSTODY_OK)
        status = move_check_founding(&moving->from, &moving->to, moving->move->restored, bytes[0],
                                     bytes[1], bytes[2], &moving->client->problem);
    for (int i = 0; i < 3; i++)
        if (replies[i] != NULL)
            reflect_free(&replies[i]->base);
    return status;
}

/* What this device had seen of the lost ledger is the beginning of the successor, if it was restored so far. From a head that went down
 * with the ledger nothing leads on; those entries come again. */
static enum custody_status link_heads(struct moving *moving)
{
    struct custody_client *client = moving->client;
    uint64_t seen = moving->head.size;
    if (seen == 0 || seen > moving->move->restored)
        return CUSTODY_OK;
    uint8_t *note = malloc(moving->note_len + 1);
    if (note == NULL)
        return problem_set(&client->problem, CUSTODY_ERR_MEMORY, "head", NULL, "nothing left");
    memcpy(note, moving->note, moving->note_len);
    free(client->trust.note);
    client->trust.note = note;
    client->trust.note_len = moving->note_len;
    client->trust.head = moving->head;
    return ask_newest_head(client);
}

static enum custody_status look_at_successor(struct moving *moving)
{
    Custody__V1__HelloRequest hello = CUSTODY__V1__HELLO_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;
    struct identity own = {0};
    struct custody_options options = *moving->options;
    options.home = moving->folder;
    enum custody_status status = files_make_private_folder(moving->folder, moving->problem);
    remove_part(moving, "moving/head");
    if (status == CUSTODY_OK)
        status = identity_read(moving->options->home, &own, moving->problem);
    if (status == CUSTODY_OK)
        status = client_open_with(&options, &moving->to, &own, &moving->client, moving->problem);
    if (status != CUSTODY_OK)
        return status;
    struct custody_client *client = moving->client;
    status = ask_question(client, ENVELOPE_HELLO, &hello.base, &reply);
    if (status == CUSTODY_OK)
        moving->move->restored = ((Custody__V1__HelloReply *)reply)->succeeded_at;
    reflect_free(reply);
    if (status == CUSTODY_OK && moving->move->restored == 0)
        status = lie(&client->problem, "a successor", "a ledger that succeeds none");
    if (status == CUSTODY_OK)
        status = check_founding(moving);
    if (status == CUSTODY_OK)
        status = link_heads(moving);
    *moving->problem = client->problem;
    return status;
}

/* ---- every statement again ---- */

struct resent {
    size_t count;
    uint64_t sequences[SYNC_WINDOW];
    struct custody_kept before[SYNC_WINDOW];
    struct spool_statement kept[SYNC_WINDOW];
    void *memory[SYNC_WINDOW];
    struct sync_item items[SYNC_WINDOW];
    uint8_t *packed[SYNC_WINDOW];
};

static void resent_done(struct resent *resent)
{
    for (size_t i = 0; i < resent->count; i++) {
        sync_item_done(&resent->items[i]);
        free(resent->memory[i]);
        free(resent->packed[i]);
    }
    memset(resent, 0, sizeof(*resent));
}

/* Of one load a permission is the first: what it rests on was taken before it came. */
static enum custody_status
load(struct custody_client *client, uint64_t *sequence, struct resent *resent)
{
    for (; *sequence <= spool_count(client->spool) && resent->count < SYNC_WINDOW; ++*sequence) {
        size_t i = resent->count;
        const struct spool_item *item = spool_item(client->spool, *sequence);
        if (item->state == CUSTODY_SET_ASIDE)
            continue;
        if (i > 0 && body_act_is_permission(item->act))
            return CUSTODY_OK;
        enum custody_status status = custody_client_kept(client, *sequence, &resent->before[i]);
        if (status == CUSTODY_OK)
            status = spool_read(client->spool, *sequence, &resent->kept[i], &resent->memory[i],
                                &client->problem);
        if (status != CUSTODY_OK)
            return status;
        resent->sequences[i] = *sequence;
        resent->items[i] = (struct sync_item){.statement = resent->kept[i].statement,
                                              .records = resent->kept[i].records,
                                              .record_count = resent->kept[i].record_count};
        memcpy(resent->items[i].signature, resent->kept[i].signature, SIGNATURE_SIZE);
        resent->count++;
    }
    return CUSTODY_OK;
}

static enum custody_status pack_answer(struct custody_client *client,
                                       struct resent *resent,
                                       size_t i,
                                       const ProtobufCMessage *message,
                                       struct spool_answer *ret)
{
    int64_t now_us = 0;
    uint8_t quality;
    size_t len = protobuf_c_message_get_packed_size(message);
    resent->packed[i] = malloc(len + 1);
    if (resent->packed[i] == NULL)
        return problem_set(&client->problem, CUSTODY_ERR_MEMORY, "receipt", NULL, "nothing left");
    protobuf_c_message_pack(message, resent->packed[i]);
    enum custody_status status = client_now(client, &now_us, &quality);
    *ret = (struct spool_answer){.sequence = resent->sequences[i],
                                 .id = spool_item(client->spool, resent->sequences[i])->id,
                                 .at_us = now_us,
                                 .bytes = span_of(resent->packed[i], len)};
    return status;
}

static enum custody_status store(struct custody_client *client, struct resent *resent)
{
    struct spool_answer receipts[SYNC_WINDOW], aside;
    size_t count = 0;
    enum custody_status status = CUSTODY_OK;
    for (size_t i = 0; i < resent->count && status == CUSTODY_OK; i++) {
        const struct sync_item *item = &resent->items[i];
        if (item->receipt != NULL) {
            status = pack_answer(client, resent, i, &item->receipt->base, &receipts[count]);
            count += status == CUSTODY_OK;
        } else if (item->problem != NULL && resent->before[i].state == CUSTODY_WAITING) {
            status = pack_answer(client, resent, i, &item->problem->base, &aside);
            if (status == CUSTODY_OK)
                status = spool_set_aside(client->spool, &aside, &client->problem);
        }
    }
    return status == CUSTODY_OK
               ? spool_renew_receipts(client->spool, receipts, count, &client->problem)
               : status;
}

static enum custody_status tell(struct moving *moving, struct resent *resent)
{
    enum custody_status status = CUSTODY_OK;
    for (size_t i = 0; i < resent->count && status == CUSTODY_OK; i++) {
        const struct sync_item *item = &resent->items[i];
        struct custody_moved moved = {.before = resent->before[i]};
        if (!item->is_done)
            continue;
        status = custody_client_kept(moving->client, resent->sequences[i], &moved.now);
        moved.is_same = item->receipt != NULL && moved.before.state == CUSTODY_ON_LEDGER &&
                        moved.before.entry == moved.now.entry &&
                        moved.before.recorded_at_us == moved.now.recorded_at_us;
        moving->move->verified += moved.is_same;
        moving->move->replaced +=
            item->receipt != NULL && !moved.is_same && moved.before.state == CUSTODY_ON_LEDGER;
        moving->move->added += item->receipt != NULL && moved.before.state == CUSTODY_WAITING;
        moving->move->set_aside += item->receipt == NULL;
        if (status == CUSTODY_OK && moving->visit != NULL)
            moving->visit(moving->context, &moved);
    }
    return status;
}

static enum custody_status send_again(struct moving *moving)
{
    struct custody_client *client = moving->client;
    struct resent *resent = calloc(1, sizeof(*resent));
    uint64_t sequence = 1;
    if (resent == NULL)
        return problem_set(moving->problem, CUSTODY_ERR_MEMORY, "spool", NULL, "nothing left");
    enum custody_status status = client_open_spool(client);
    while (status == CUSTODY_OK) {
        status = load(client, &sequence, resent);
        if (status != CUSTODY_OK || resent->count == 0)
            break;
        enum custody_status delivered = sync_deliver(client, resent->items, resent->count);
        struct custody_problem stopped = client->problem;
        status = store(client, resent);
        if (status == CUSTODY_OK)
            status = tell(moving, resent);
        if (status == CUSTODY_OK && delivered != CUSTODY_OK) {
            client->problem = stopped;
            status = delivered;
        }
        resent_done(resent);
    }
    resent_done(resent);
    free(resent);
    *moving->problem = client->problem;
    return status;
}

/* ---- all of it ---- */

/* The home's own ledger file and head. */
static enum custody_status read_home(struct moving *moving)
{
    struct custody_client *before = NULL;
    enum custody_status status = custody_client_open(moving->options, &before, moving->problem);
    if (status != CUSTODY_OK)
        return status;
    moving->from = before->card;
    moving->head = before->trust.head;
    moving->note = before->trust.note;
    moving->note_len = before->trust.note_len;
    before->trust.note = NULL;
    custody_client_close(before);
    return CUSTODY_OK;
}

static enum custody_status go_over(struct moving *moving)
{
    bool is_there = strcmp(moving->from.origin, moving->to.origin) == 0 &&
                    memcmp(moving->from.ledger_key, moving->to.ledger_key, PUBLIC_KEY_SIZE) == 0;
    if (is_there)
        return CUSTODY_OK;
    if (!lineage_is_successor(moving->to.origin, moving->from.origin))
        return problem_set(moving->problem, CUSTODY_ERR_INVALID, "origin",
                           "the successor of this home's ledger", "%s", moving->to.origin);
    enum custody_status status = look_at_successor(moving);
    custody_client_close(moving->client);
    moving->client = NULL;
    return status == CUSTODY_OK ? change_over(moving) : status;
}

enum custody_status custody_move(const struct custody_options *options,
                                 const char *card_file,
                                 custody_moved_visit *visit,
                                 void *context,
                                 struct custody_move *ret_move,
                                 struct custody_problem *ret_problem)
{
    struct moving moving = {.options = options,
                            .move = ret_move,
                            .visit = visit,
                            .context = context,
                            .problem = ret_problem};
    memset(ret_move, 0, sizeof(*ret_move));
    problem_clear(ret_problem);
    enum custody_status status = files_join(options->home, "moving", moving.folder, ret_problem);
    if (status == CUSTODY_OK)
        status = card_read(card_file, CARD_LEDGER, &moving.to, ret_problem);
    if (status == CUSTODY_OK)
        status = put_back(&moving);
    if (status == CUSTODY_OK)
        status = read_home(&moving);
    if (status == CUSTODY_OK) {
        snprintf(ret_move->from, sizeof(ret_move->from), "%s", moving.from.origin);
        snprintf(ret_move->to, sizeof(ret_move->to), "%s", moving.to.origin);
        ret_move->seen = moving.head.size;
        status = go_over(&moving);
    }
    if (status == CUSTODY_OK)
        status = custody_client_open(options, &moving.client, ret_problem);
    if (status == CUSTODY_OK)
        status = send_again(&moving);
    custody_client_close(moving.client);
    free(moving.note);
    card_wipe(&moving.from);
    card_wipe(&moving.to);
    return status;
}

enum custody_status
custody_client_carry(struct custody_client *client, const char *file, uint64_t *ret_entry)
{
    struct sync_item item = {0};
    struct entry entry;
    struct digest leaf;
    const uint8_t *signature = NULL;
    uint8_t *bytes = NULL;
    size_t len = 0;
    problem_clear(&client->problem);
    enum custody_status status =
        files_read(file, SIGNATURE_SIZE + STATEMENT_SIZE_MAX, &bytes, &len, &client->problem);
    if (status != CUSTODY_OK)
        return status;
    if (!envelope_split_submission(span_of(bytes, len), &signature, &item.statement)) {
        free(bytes);
        return problem_set(&client->problem, CUSTODY_ERR_INVALID, file,
                           "a signature of 64 bytes, then the signed bytes", "%zu bytes", len);
    }
    memcpy(item.signature, signature, SIGNATURE_SIZE);
    status = sync_deliver(client, &item, 1);
    if (status == CUSTODY_OK && item.problem != NULL)
        status = problem_from_ledger(&client->problem, item.problem);
    else if (status == CUSTODY_OK &&
             entry_leaf_of(span_of(item.receipt->entry_head.data, item.receipt->entry_head.len),
                           item.statement, item.signature, &leaf, &entry))
        *ret_entry = entry.number;
    sync_item_done(&item);
    free(bytes);
    return status;
}
