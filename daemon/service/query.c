/* query.c: an answer from one snapshot.
 * Never writes. */
#include "daemon/service/query.h"

#include <string.h>

#include <custody/version.h>
#include "daemon/ledger/backup.h"
#include "daemon/service/asking.h"
#include "daemon/service/codes.h"
#include "daemon/service/disclosure.h"
#include "daemon/service/dossier.h"
#include "daemon/service/expected.h"
#include "daemon/service/grounds.h"
#include "daemon/service/histories.h"
#include "daemon/service/listing.h"
#include "daemon/service/passage.h"
#include "daemon/service/registered.h"
#include "daemon/service/report.h"
#include "daemon/service/rulebook.h"
#include "daemon/service/today.h"
#include "daemon/service/trace.h"

enum {
    QUERY_WAIT_MS = 2000,
    QUERY_ENTRIES_BYTES = 512 * 1024,
};

/* ---- hello ---- */

static void ask_hello(struct asking *asking)
{
    static char *versions[] = {(char *)ENVELOPE_VERSION};
    Custody__V1__HelloReply reply = CUSTODY__V1__HELLO_REPLY__INIT;
    uint32_t acts[128];
    char vkey[CHECKPOINT_VKEY_MAX + 1];
    const struct ledger_keys *keys = ledger_keys(asking->ledger);
    for (uint32_t act = 16; act < 128; act++)
        if (body_descriptor(act) != NULL)
            acts[reply.n_acts++] = act;
    size_t len = checkpoint_write_vkey(keys->origin, keys->public_key, vkey, sizeof vkey);
    vkey[len] = 0;
    struct span head = journal_snapshot_head(asking->journal);
    const struct book_ledger *ledger = book_ledger(asking->book);
    if (ledger->predecessors > 0)
        reply.succeeded_at = ledger->predecessor[ledger->predecessors - 1].restored_size;
    struct backup_mark mark;
    if (backup_mark_read(ledger_data(asking->ledger), "backup", &mark) == CUSTODY_OK)
        reply.backed_up = mark.entries < asking->size ? mark.entries : asking->size;
    reply.n_versions = 1;
    reply.versions = versions;
    reply.acts = acts;
    reply.statement_limit = STATEMENT_SIZE_MAX;
    reply.item_limit = STATEMENT_ITEMS_MAX;
    reply.origin = (char *)keys->origin;
    reply.ledger_vkey = vkey;
    reply.checkpoint = (ProtobufCBinaryData){.len = head.len, .data = (uint8_t *)head.data};
    reply.clock = asking->query->now_us;
    reply.software = (char *)"custodyd " CUSTODY_VERSION;
    reply.demonstration = keys->is_demonstration;
    asking_reply(asking, &reply.base);
}

/* ---- entries, proofs, heads ---- */

/* A statement's entry; UINT64_MAX when it is not there. */
static uint64_t ask_statement_entry(struct asking *asking, const Custody__V1__StatementName *name)
{
    struct book_slot slot;
    uint32_t key =
        name->key.len != PUBLIC_KEY_SIZE
            ? 0
            : book_find(asking->book, SUBJECT_KEY, span_of(name->key.data, name->key.len));
    if (key == 0 || name->id.len != DIGEST_SIZE ||
        !book_slot(asking->book, key, name->sequence, &slot))
        return UINT64_MAX;
    for (uint32_t i = 0; i < slot.count; i++)
        if (memcmp(slot.statements[i].id, name->id.data, sizeof slot.statements[i].id) == 0)
            return slot.statements[i].entry;
    return UINT64_MAX;
}

/* Every entry that leaves the process is checked against the leaf hash that the tree was built from. */
static Custody__V1__Entry *ask_entry(struct asking *asking, uint64_t number, bool is_public)
{
    struct digest leaf;
    struct span bytes = {0};
    if (!asking_entry(asking, number, &leaf, &bytes))
        return NULL;
    Custody__V1__Entry *entry = arena_alloc(asking->query->arena, sizeof *entry);
    uint8_t *hash = arena_copy(asking->query->arena, leaf.bytes, sizeof leaf.bytes);
    if (entry == NULL || hash == NULL)
        return NULL;
    custody__v1__entry__init(entry);
    entry->number = number;
    entry->leaf_hash = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = hash};
    if (is_public || asking_sees_entry(asking, bytes))
        entry->bytes = (ProtobufCBinaryData){.len = bytes.len, .data = (uint8_t *)bytes.data};
    return entry;
}

static Custody__V1__Entry *
ask_proved(struct asking *asking, uint64_t number, uint64_t size, bool is_public)
{
    struct merkle_proof proof;
    Custody__V1__Entry *entry = ask_entry(asking, number, is_public);
    if (entry != NULL && merkle_prove_inclusion(number, size, asking_node, asking, &proof))
        entry->proof = view_inclusion(asking->query->arena, number, size, &proof);
    return entry;
}

/* What shows a device whose key is not in force any more which one is. Everybody may read these entries (is_law in sight.c), also who
 * is let in for nothing else. */
static void
ask_succession(struct asking *asking, struct span known_key, Custody__V1__HeadReply *reply)
{
    const struct keyring *keyring = book_keyring(asking->book);
    Custody__V1__Entry **entries =
        arena_alloc(asking->query->arena, (1 + KEYRING_ROOTS * KEYRING_MAX) * sizeof *entries);
    uint32_t known = 0;
    if (keyring == NULL || entries == NULL || keyring->count == 0 ||
        known_key.len != PUBLIC_KEY_SIZE ||
        memcmp(keyring_in_force(keyring), known_key.data, PUBLIC_KEY_SIZE) == 0)
        return;
    for (uint32_t i = 0; i < keyring->count; i++)
        if (memcmp(keyring->keys[i].key, known_key.data, PUBLIC_KEY_SIZE) == 0)
            known = i;
    size_t count = 0;
    entries[count++] = ask_proved(asking, 0, asking->size, true);
    for (uint32_t i = known + 1; i < keyring->count; i++)
        for (size_t root = 0; root < KEYRING_ROOTS; root++)
            entries[count++] = ask_proved(asking, keyring->keys[i].said[root], asking->size, true);
    for (size_t i = 0; i < count; i++)
        if (entries[i] == NULL)
            return;
    reply->succession = entries;
    reply->n_succession = count;
}

/* Who has verified nothing yet begins at the head that its key was the last to sign. */
static void
ask_passage(struct asking *asking, const uint8_t *known_key, Custody__V1__HeadReply *reply)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t len;
    uint64_t size;
    if (passage_read(ledger_data(asking->ledger), ledger_origin(asking->ledger), known_key, note,
                     &len, &size) != CUSTODY_OK)
        return;
    reply->passage.data = arena_copy(asking->query->arena, note, len);
    reply->passage.len = reply->passage.data == NULL ? 0 : len;
    reply->consistency = asking_consistency(asking, size);
}

static void ask_head(struct asking *asking, const Custody__V1__HeadRequest *request)
{
    Custody__V1__HeadReply reply = CUSTODY__V1__HEAD_REPLY__INIT;
    struct span head = journal_snapshot_head(asking->journal);
    reply.checkpoint = (ProtobufCBinaryData){.len = head.len, .data = (uint8_t *)head.data};
    reply.consistency = asking_consistency(asking, request->known_size);
    const struct keyring *keyring = book_keyring(asking->book);
    if (request->shown.len > 0 && keyring != NULL && keyring->count > 0)
        histories_look(asking->ledger, span_of(request->shown.data, request->shown.len),
                       keyring_in_force(keyring), asking->size, asking_node, asking);
    ask_succession(asking, span_of(request->known_key.data, request->known_key.len), &reply);
    if (reply.n_succession > 0 && request->known_size == 0)
        ask_passage(asking, request->known_key.data, &reply);
    asking_reply(asking, &reply.base);
}

static Custody__V1__Entry *ask_proved_entry(struct asking *asking, uint64_t number, uint64_t size)
{
    return ask_proved(asking, number, size, false);
}

static void ask_show(struct asking *asking, const Custody__V1__ShowRequest *request)
{
    uint64_t number = request->subject_case == CUSTODY__V1__SHOW_REQUEST__SUBJECT_ENTRY
                          ? request->entry
                      : request->subject_case == CUSTODY__V1__SHOW_REQUEST__SUBJECT_STATEMENT
                          ? ask_statement_entry(asking, request->statement)
                          : UINT64_MAX;
    if (number >= asking->size) {
        asking_refuse(asking, CUSTODY_REASON_not_found, "subject");
        return;
    }
    Custody__V1__ShowReply reply = CUSTODY__V1__SHOW_REPLY__INIT;
    reply.basis = asking_basis(asking, request->options);
    reply.entry = ask_proved_entry(asking, number, asking->size);
    asking_reply(asking, &reply.base);
}

static void ask_prove(struct asking *asking, const Custody__V1__ProveRequest *request)
{
    uint64_t size = request->size == 0 ? asking->size : request->size;
    uint64_t number = request->subject_case == CUSTODY__V1__PROVE_REQUEST__SUBJECT_ENTRY
                          ? request->entry
                      : request->subject_case == CUSTODY__V1__PROVE_REQUEST__SUBJECT_STATEMENT
                          ? ask_statement_entry(asking, request->statement)
                          : UINT64_MAX;
    if (size > asking->size || number >= size) {
        asking_refuse(asking, CUSTODY_REASON_not_found, size > asking->size ? "size" : "subject");
        return;
    }
    Custody__V1__ProveReply reply = CUSTODY__V1__PROVE_REPLY__INIT;
    reply.basis = asking_basis(asking, request->options);
    reply.entry = ask_proved_entry(asking, number, size);
    asking_reply(asking, &reply.base);
}

static void ask_entries(struct asking *asking, const Custody__V1__EntriesRequest *request)
{
    Custody__V1__EntriesReply reply = CUSTODY__V1__ENTRIES_REPLY__INIT;
    uint32_t limit = asking_limit(request->options);
    size_t bytes = 0;
    reply.basis = asking_basis(asking, request->options);
    reply.entries = arena_alloc(asking->query->arena, limit * sizeof(void *));
    for (uint64_t number = request->from;
         reply.entries != NULL && number < asking->size && reply.n_entries < limit &&
         bytes < QUERY_ENTRIES_BYTES && !asking_is_late(asking);
         number++) {
        Custody__V1__Entry *entry = ask_entry(asking, number, false);
        if (entry == NULL)
            break;
        reply.entries[reply.n_entries++] = entry;
        bytes += entry->bytes.len + 64;
    }
    asking_reply(asking, &reply.base);
}

/* ---- one question ---- */

/* Every question but SUBMIT and STATUS, which are not asked of a snapshot: its kind, its message, its answer. */
#define QUESTIONS(X)                                                                               \
    X(HEAD, HeadRequest, head_request, ask_head)                                                   \
    X(TRACE, TraceRequest, trace_request, trace_answer)                                            \
    X(UNCLOSED, UnclosedRequest, unclosed_request, listing_unclosed)                               \
    X(FINDINGS, FindingsRequest, findings_request, listing_findings)                               \
    X(SHOW, ShowRequest, show_request, ask_show)                                                   \
    X(PROVE, ProveRequest, prove_request, ask_prove)                                               \
    X(ENTRIES, EntriesRequest, entries_request, ask_entries)                                       \
    X(PARTY, PartyRequest, party_request, registered_party)                                        \
    X(REPORT, ReportRequest, report_request, report_answer)                                        \
    X(BALANCE, BalanceRequest, balance_request, reckoning_balance)                                 \
    X(FIGURE, FigureRequest, figure_request, grounds_answer)                                       \
    X(PROFILE, ProfileRequest, profile_request, rulebook_answer)                                   \
    X(TODAY, TodayRequest, today_request, today_answer)                                            \
    X(EXPECTED, ExpectedRequest, expected_request, expected_answer)                                \
    X(DOSSIER, DossierRequest, dossier_request, dossier_answer)                                    \
    X(RECORD, RecordRequest, record_request, disclosure_record)                                    \
    X(ACCESS, AccessRequest, access_request, disclosure_access)                                    \
    X(CATALOGUE, CatalogueRequest, catalogue_request, codes_check)

static void question_HELLO(struct asking *asking, const void *request)
{
    (void)request;
    ask_hello(asking);
}

#define QUESTION_X(kind, message, descriptor, answer)                                              \
    static void question_##kind(struct asking *asking, const void *request)                        \
    {                                                                                              \
        const Custody__V1__##message *typed = request;                                             \
        answer(asking, typed);                                                                     \
    }
QUESTIONS(QUESTION_X)
#undef QUESTION_X

static const struct question {
    uint16_t kind;
    const ProtobufCMessageDescriptor *descriptor;
    void (*answer)(struct asking *asking, const void *request);
} questions[] = {{ENVELOPE_HELLO, &custody__v1__hello_request__descriptor, question_HELLO},
#define QUESTION_X(kind, message, descriptor, answer)                                              \
    {ENVELOPE_##kind, &custody__v1__##descriptor##__descriptor, question_##kind},
                 QUESTIONS(QUESTION_X)
#undef QUESTION_X
};

static const struct question *question_find(uint16_t kind)
{
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        if (questions[i].kind == kind)
            return &questions[i];
    return NULL;
}

/* What the request asks of every question alike; NULL when it has no such field or it is not set. */
static Custody__V1__QueryOptions *question_options(const struct question *question,
                                                   const ProtobufCMessage *request)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(question->descriptor, "options");
    if (field == NULL)
        return NULL;
    Custody__V1__QueryOptions *options;
    memcpy(&options, (const uint8_t *)request + field->offset, sizeof options);
    return options;
}

/* Snapshots, and a place to read them at; NULL when there is none. */
static struct lectern_place *query_begin(struct asking *asking)
{
    struct ledger *ledger = asking->ledger;
    /* Look-ups first: then the journal's snapshot has every entry that they reflect. */
    if (lookups_snapshot_begin(ledger->lookups, &asking->lookups) != CUSTODY_OK ||
        journal_snapshot_begin(ledger->journal, &asking->journal) != CUSTODY_OK)
        return NULL;
    return lectern_take(ledger->lectern, asking->lookups);
}

static void query_ask(struct asking *asking,
                      const struct lectern_place *place,
                      const struct question *question,
                      const ProtobufCMessage *request)
{
    const struct query *query = asking->query;
    asking->book = place->book;
    asking->position = lookups_snapshot_position(asking->lookups);
    asking->size = journal_snapshot_size(asking->journal);
    asking->view = (struct view){.book = asking->book,
                                 .annex = asking->ledger->annex,
                                 .arena = query->arena,
                                 .now_us = query->now_us,
                                 .cache = arena_alloc(query->arena, sizeof(struct view_cache))};
    sight_begin(&asking->sight, asking->book, query->caller, query->kind, query->now_us,
                &asking->trail);
    question->answer(asking, request);
    bool is_noted = query->outcome != 0 || disclosure_note(asking, request);
    /* Not even "there is no such thing" is said of look-ups that are damaged. */
    if (!is_noted || book_status(asking->book) == CUSTODY_ERR_CORRUPT)
        asking_refuse(asking, CUSTODY_REASON_disk_failed, NULL);
    ledger_doubt(asking->ledger, book_status(asking->book));
}

void query_answer(struct ledger *ledger, struct query *query)
{
    struct asking asking = {.ledger = ledger, .query = query};
    const struct question *question = question_find(query->kind);
    if (question == NULL || !access_may_ask(query->caller, query->kind)) {
        asking_refuse(&asking,
                      question == NULL ? CUSTODY_REASON_unknown_kind : CUSTODY_REASON_not_admitted,
                      NULL);
        return;
    }
    const ProtobufCMessage *request = protobuf_c_message_unpack(
        question->descriptor, arena_protobuf(query->arena), query->body.len, query->body.data);
    if (request == NULL) {
        asking_refuse(&asking, CUSTODY_REASON_bad_question, NULL);
        return;
    }
    Custody__V1__QueryOptions *options = question_options(question, request);
    if (!asking_open_page(&asking, options)) {
        asking_refuse(&asking, CUSTODY_REASON_bad_question, "options.page");
        return;
    }
    if (options != NULL && options->at_least > 0 &&
        !ledger_wait(ledger, options->at_least, QUERY_WAIT_MS)) {
        asking_refuse(&asking, CUSTODY_REASON_not_yet, "options.at_least");
        return;
    }
    struct lectern_place *place = query_begin(&asking);
    if (place == NULL) {
        asking_refuse(&asking, CUSTODY_REASON_queue_full, NULL);
    } else {
        struct query inner = *query;
        inner.arena = place->arena;
        asking.query = &inner;
        query_ask(&asking, place, question, request);
        query->outcome = inner.outcome;
        query->reply =
            span_of(arena_copy(query->arena, inner.reply.data, inner.reply.len), inner.reply.len);
        asking.query = query;
        if (query->reply.data == NULL)
            asking_refuse(&asking, CUSTODY_REASON_queue_full, NULL);
        metric_add(&ledger->metrics.rows_read, lookups_snapshot_reads(asking.lookups));
    }
    lectern_give(ledger->lectern, place);
    journal_snapshot_end(asking.journal);
    lookups_snapshot_end(asking.lookups);
}
