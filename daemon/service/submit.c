/* submit.c: a batch of verified statements -> one commit -> receipts.
 * Never answers before the commit that the answer speaks of. */
#include "daemon/service/submit.h"

#include <stdio.h>
#include <string.h>

#include "proto/rule.h"
#include "daemon/base/clock.h"
#include "daemon/base/logger.h"
#include "daemon/domain/bounds.h"
#include "daemon/domain/entitlement.h"
#include "daemon/service/annexed.h"
#include "daemon/service/enact.h"
#include "daemon/service/histories.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/projection.h"
#include "daemon/service/registry.h"
#include "daemon/service/view.h"

enum {
    SUBMIT_MARK_MS = 1000,
    SUBMIT_AGAIN_MS = 1000,
    SUBMIT_RESERVE_MS = 30000, /* a disk is not made larger in a second */
    SUBMIT_RECORDS_BATCH = 256,
    SUBMIT_GROWTHS = 32, /* consistency proofs that are kept while a batch is answered */
};

/* What became of one submission of the batch, before the commit. */
struct submit_work {
    struct submission *submission;
    bool is_answered; /* with a problem; nothing was written */
    bool is_again;    /* resent: `number` is its entry */
    uint64_t number;
    struct entry entry; /* of a new one; spans in the scratch arena or the submission's memory */
    char detail[ENTRY_DETAIL_MAX + 1];
    const char *expected; /* of a refused body's field; static text */
    struct digest leaf;
    struct work_set *findings;
};

struct span submit_problem(struct arena *arena,
                           uint32_t reason,
                           const char *field,
                           const char *expected,
                           const char *got,
                           uint32_t retry_after_ms,
                           uint16_t *ret_outcome)
{
    static char empty[] = "";
    enum custody_outcome outcome = custody_reason_outcome(reason);
    Custody__V1__Problem problem = CUSTODY__V1__PROBLEM__INIT;
    problem.outcome = (Custody__V1__Outcome)outcome;
    problem.reason = reason;
    problem.name = arena_text(arena, span_text(custody_reason_name(reason)));
    problem.field = arena_text(arena, span_text(field));
    problem.expected = arena_text(arena, span_text(expected));
    problem.got = arena_text(arena, span_text(got));
    problem.remedy = arena_text(arena, span_text(custody_reason_remedy(reason)));
    problem.retryable = custody_reason_is_retryable(reason);
    problem.retry_after_ms = retry_after_ms;
    char **texts[] = {&problem.name, &problem.field, &problem.expected, &problem.got,
                      &problem.remedy};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (*texts[i] == NULL)
            *texts[i] = empty;
    *ret_outcome = (uint16_t)outcome;
    return view_pack(arena, &problem.base);
}

static void submit_answer(struct submit_work *work,
                          uint32_t reason,
                          const char *field,
                          const char *expected,
                          uint32_t retry_after_ms)
{
    struct submission *submission = work->submission;
    work->is_answered = true;
    submission->reply = submit_problem(submission->arena, reason, field, expected, NULL,
                                       retry_after_ms, &submission->outcome);
}

/* ---- deciding ----------------------------------------------------------------------------------- */

/* A record that no digest in the statement names would be somebody's text kept without evidence. */
static bool records_are_named(const struct submission *submission)
{
    for (uint32_t i = 0; i < submission->record_count; i++) {
        struct digest digest = digest_sha256(submission->records[i]);
        struct span body = submission->statement->body;
        if (submission->records[i].len < SALT_SIZE ||
            memmem(body.data, body.len, digest.bytes, sizeof digest.bytes) == NULL)
            return false;
    }
    return true;
}

static void submit_refuse(struct submit_work *work, uint16_t reason, const char *field)
{
    work->entry.outcome = CUSTODY_OUTCOME_refused;
    work->entry.reason = reason;
    snprintf(work->detail, sizeof work->detail, "%s", field);
}

/* A manifest or a block that is granted gets its number here, once; the entry keeps it. */
static void
submit_give_number(struct book *book, struct submit_work *work, const ProtobufCMessage *body)
{
    char number[MANIFEST_NUMBER_MAX + 1] = "";
    const char *owner = NULL;
    if (work->submission->statement->header.act == CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST) {
        owner = ((const Custody__V1__IssueManifestBody *)body)->plan->generator;
    } else if (work->submission->statement->header.act == CUSTODY__V1__ACT__ACT_RESERVE_NUMBERS) {
        const Custody__V1__ReserveNumbersBody *reserve =
            (const Custody__V1__ReserveNumbersBody *)body;
        if (reserve->national_first[0] != 0) {
            snprintf(work->detail, sizeof work->detail, "%s", reserve->national_first);
            return;
        }
        owner = reserve->party;
    }
    if (owner == NULL)
        return;
    const struct party *party = book_party(book, book_find(book, SUBJECT_PARTY, span_text(owner)));
    const struct party_version *version =
        party == NULL ? NULL : party_at(party, work->entry.recorded_at_us);
    enact_next_number(book, version == NULL ? book_ledger(book)->division : version->division,
                      work->entry.recorded_at_us, number);
    snprintf(work->detail, sizeof work->detail, "%s", number);
}

/* Outcome, reason and detail of a statement that will be an entry. Gives the unpacked body, or NULL. */
static const ProtobufCMessage *
submit_decide(struct ledger *ledger, struct submit_work *work, const struct key *key)
{
    const struct statement *statement = work->submission->statement;
    struct book *book = ledger->book;
    uint32_t act = statement->header.act;
    struct bounds_fault bounds;
    struct body_fault fault;
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
    if (descriptor == NULL) {
        submit_refuse(work, CUSTODY_REASON_act_not_known, "act");
        return NULL;
    }
    if (!bounds_check_header(&statement->header, &bounds)) {
        work->expected = bounds.expected;
        submit_refuse(work, bounds.reason, bounds.field);
        return NULL;
    }
    if (!body_scan(descriptor, statement->body, &fault)) {
        work->expected = fault.expected;
        submit_refuse(work, CUSTODY_REASON_content_not_understood,
                      fault.path[0] != 0 ? fault.path : "body");
        return NULL;
    }
    const ProtobufCMessage *body =
        body_unpack(descriptor, statement->body, arena_protobuf(book_arena(book)));
    if (body == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return NULL;
    }
    if (!bounds_check(act, body, &bounds)) {
        work->expected = bounds.expected;
        submit_refuse(work, bounds.reason, bounds.field);
        return body;
    }
    if (body_act_is_fact(act)) {
        work->entry.outcome =
            entitlement_key_row(entitlement_of_key(key, work->entry.recorded_at_us))->facts;
        return body;
    }
    struct permission_request request = {
        .act = act,
        .body = body,
        .author = key,
        .author_key = statement->header.key,
        .entry = work->number,
        .now_us = work->entry.recorded_at_us,
        .ledger_is_open = book_ledger(book)->is_open,
        .is_succeeding = ledger->options.is_succeeding,
        .origin = ledger->keys.origin,
        .next_key = ledger->is_rotating ? ledger->keys.next_public : NULL,
    };
    struct registry registry = registry_of_book(book);
    struct permission_answer answer = permission_decide(&request, &registry);
    if (answer.reason != 0) {
        submit_refuse(work, answer.reason, answer.field);
        return body;
    }
    work->entry.outcome = CUSTODY_OUTCOME_granted;
    submit_give_number(book, work, body);
    return body;
}

/* Taken already? Gives false when there is nothing more to do for this submission. */
static bool submit_is_new(struct ledger *ledger, struct submit_work *work, uint32_t key)
{
    const struct statement *statement = work->submission->statement;
    struct book_slot slot;
    book_slot(ledger->book, key, statement->header.key_sequence, &slot);
    for (uint32_t i = 0; i < slot.count; i++)
        if (memcmp(slot.statements[i].id, statement->id.bytes, sizeof slot.statements[i].id) == 0) {
            work->is_again = true;
            work->number = slot.statements[i].entry;
            return false;
        }
    if (slot.count == BOOK_SLOT_MAX) {
        /* More forks of one slot than anybody honest can make: evidence enough is kept. */
        submit_answer(work, CUSTODY_REASON_quota_spent, "key_sequence", NULL, 60000);
        return false;
    }
    return true;
}

/* The key that signed, when it may speak here at all. */
static const struct key *submit_author(struct ledger *ledger,
                                       struct submit_work *work,
                                       struct key *fresh,
                                       uint32_t *ret_number)
{
    const struct statement *statement = work->submission->statement;
    if (work->submission->enrol_only && statement->header.act != CUSTODY__V1__ACT__ACT_ENROL_KEY) {
        submit_answer(work, CUSTODY_REASON_not_admitted, "act", "enrol_key", 0);
        return NULL;
    }
    uint32_t number =
        book_find(ledger->book, SUBJECT_KEY, span_of(statement->header.key, PUBLIC_KEY_SIZE));
    const struct key *key = number == 0 ? NULL : book_key(ledger->book, number);
    if (key != NULL && key->is_enrolled) {
        *ret_number = number;
        return key;
    }
    if (work->number == 0 && statement->header.act == CUSTODY__V1__ACT__ACT_FOUND_LEDGER) {
        chain_init(fresh, statement->header.key);
        *ret_number = 0;
        return fresh;
    }
    metric_add(&ledger->metrics.awaited, 1);
    submit_answer(work, CUSTODY_REASON_enrolment_awaited, "key", NULL, 5000);
    return NULL;
}

/* Write the entry of a statement whose outcome stands, and let it have its effect. */
static enum custody_status
submit_take(struct ledger *ledger, struct submit_work *work, const ProtobufCMessage *body)
{
    const struct statement *statement = work->submission->statement;
    struct entry *entry = &work->entry;
    entry->number = work->number;
    entry->detail = span_text(work->detail);
    entry->statement = statement->bytes;
    entry->signature = statement->signature;
    size_t room = ENTRY_HEAD_MAX + statement->bytes.len + SIGNATURE_SIZE;
    uint8_t *bytes = arena_alloc(ledger->scratch, room);
    if (bytes == NULL)
        return CUSTODY_ERR_MEMORY;
    struct work_set *opened = &ledger->opened;
    opened->count = 0;
    opened->dropped = 0;
    size_t len = entry_write(entry, bytes, room);
    INVARIANT(len > 0);
    work->leaf = merkle_leaf(span_of(bytes, len));
    struct apply_entry applied = {
        .number = entry->number,
        .recorded_us = entry->recorded_at_us,
        .outcome = entry->outcome,
        .detail = entry->detail,
        .statement = statement,
        .body = body,
    };
    enum custody_status status = apply_entry(ledger->apply, ledger->book, &applied, opened);
    if (status != CUSTODY_OK)
        return status;
    /* The receipt is written after the commit; only the rows in use are kept for it. */
    work->findings =
        arena_copy(ledger->scratch, opened,
                   offsetof(struct work_set, rows) + opened->count * sizeof opened->rows[0]);
    if (work->findings == NULL)
        return CUSTODY_ERR_MEMORY;
    if (entry->outcome == CUSTODY_OUTCOME_granted &&
        statement->header.act == CUSTODY__V1__ACT__ACT_ERASE)
        ledger->is_erasing = true;
    return journal_append(ledger->journal, span_of(bytes, len), &work->leaf);
}

/* True when the statement became the batch's next entry. */
static enum custody_status submit_one(struct ledger *ledger,
                                      struct submit_work *work,
                                      uint64_t number,
                                      int64_t recorded_us,
                                      bool *ret_is_entry)
{
    struct key *fresh;
    uint32_t key_number = 0;
    *ret_is_entry = false;
    book_turn(ledger->book);
    work->number = number;
    work->entry.recorded_at_us = recorded_us;
    fresh = arena_alloc(book_arena(ledger->book), sizeof *fresh);
    if (fresh == NULL)
        return CUSTODY_ERR_MEMORY;
    const struct key *key = submit_author(ledger, work, fresh, &key_number);
    if (key == NULL || (key_number != 0 && !submit_is_new(ledger, work, key_number)))
        return book_status(ledger->book);
    if (!records_are_named(work->submission)) {
        submit_answer(work, CUSTODY_REASON_record_unnamed, "records",
                      "a digest in the statement for each record", 0);
        return book_status(ledger->book);
    }
    size_t mark = lookups_mark(ledger->lookups);
    const ProtobufCMessage *body = submit_decide(ledger, work, key);
    enum custody_status status = book_status(ledger->book);
    if (status == CUSTODY_OK)
        status = submit_take(ledger, work, body);
    if (status != CUSTODY_OK)
        lookups_revert(ledger->lookups, mark);
    *ret_is_entry = status == CUSTODY_OK;
    return status;
}

/* ---- answering ---------------------------------------------------------------------------------- */

/* From a head that a device had seen to the batch's. A device that was away brings many statements with one `seen`. */
struct submit_growth {
    uint64_t seen_size; /* 0: none */
    bool is_proved;
    struct merkle_proof proof;
};

struct submit_receipts {
    struct ledger *ledger;
    const struct merkle_batch *batch; /* NULL when nothing new was committed */
    uint64_t size;
    struct span note;
    struct submit_growth growths[SUBMIT_GROWTHS];
};

static bool submit_prove(const struct submit_receipts *receipts,
                         const struct submit_work *work,
                         struct merkle_proof *ret)
{
    if (!work->is_again && receipts->batch != NULL)
        return merkle_prove_inclusion(work->number, receipts->size, merkle_batch_read,
                                      (void *)receipts->batch, ret);
    return merkle_prove_inclusion(work->number, receipts->size, tree_read, receipts->ledger->tree,
                                  ret);
}

/* The proofs' own bytes are not zeroed: they are many. */
static void submit_begin_receipts(struct ledger *ledger, struct submit_receipts *ret)
{
    ret->ledger = ledger;
    ret->batch = NULL;
    for (size_t i = 0; i < SUBMIT_GROWTHS; i++)
        ret->growths[i].seen_size = 0;
}

/* The consistency proof from what a device had seen; NULL when there is none. */
static const struct merkle_proof *submit_grow(struct submit_receipts *receipts, uint64_t seen_size)
{
    struct submit_growth *growth = &receipts->growths[seen_size % SUBMIT_GROWTHS];
    if (growth->seen_size != seen_size) {
        growth->seen_size = seen_size;
        growth->is_proved = merkle_prove_consistency(seen_size, receipts->size, tree_read,
                                                     receipts->ledger->tree, &growth->proof);
    }
    return growth->is_proved ? &growth->proof : NULL;
}

/* The entry's head as it was written, of a statement that was taken before; checked like any entry that leaves. */
static bool submit_reread(struct submit_receipts *receipts, struct submit_work *work)
{
    struct span bytes = {0};
    struct digest leaf, kept;
    if (journal_peek(receipts->ledger->journal, work->number, &bytes) != CUSTODY_OK ||
        !entry_parse(bytes, &work->entry) ||
        !tree_read(receipts->ledger->tree, 0, work->number, &kept))
        return false;
    leaf = merkle_leaf(bytes);
    if (!digest_is_equal(&leaf, &kept)) {
        LOG(LOGGER_ERROR, "entry_damaged", LOGGER_NUMBER("entry", work->number),
            LOGGER_TEXT("remedy", "custodyd audit, then restore the journal"));
        return false;
    }
    size_t len = work->entry.detail.len;
    memcpy(work->detail, work->entry.detail.data, len);
    work->detail[len] = 0;
    work->entry.detail = span_of(work->detail, len);
    return true;
}

static void submit_receipt(struct submit_receipts *receipts, struct submit_work *work)
{
    struct submission *submission = work->submission;
    struct arena *arena = submission->arena;
    const struct statement_header *header = &submission->statement->header;
    struct merkle_proof proof;
    const struct merkle_proof *growth;
    uint8_t head[ENTRY_HEAD_MAX];
    if ((work->is_again && !submit_reread(receipts, work)) ||
        !submit_prove(receipts, work, &proof)) {
        submit_answer(work, CUSTODY_REASON_disk_failed, NULL, NULL, 1000);
        return;
    }
    const struct entry *entry = &work->entry;
    Custody__V1__Receipt receipt = CUSTODY__V1__RECEIPT__INIT;
    receipt.outcome = (Custody__V1__Outcome)entry->outcome;
    receipt.again = work->is_again;
    if (entry->outcome == CUSTODY_OUTCOME_refused) {
        receipt.reason = entry->reason;
        receipt.reason_name = (char *)custody_reason_name(entry->reason);
        receipt.remedy = (char *)custody_reason_remedy(entry->reason);
        receipt.field = work->detail;
        if (work->expected != NULL)
            receipt.expected = (char *)work->expected;
    } else {
        receipt.number = work->detail;
    }
    receipt.entry_head.len = entry_write_head(entry, head);
    receipt.entry_head.data = head;
    receipt.checkpoint.data = (uint8_t *)receipts->note.data;
    receipt.checkpoint.len = receipts->note.len;
    receipt.proof = view_inclusion(arena, work->number, receipts->size, &proof);
    /* What a device saw of a predecessor need not be the beginning of this tree. */
    if (header->seen_size > 0 && header->seen_size <= receipts->size &&
        digest_is_equal(&header->origin, ledger_origin_digest(receipts->ledger)) &&
        (growth = submit_grow(receipts, header->seen_size)) != NULL)
        receipt.consistency = view_consistency(arena, header->seen_size, receipts->size, growth);
    if (work->findings != NULL)
        receipt.n_findings =
            view_findings(receipts->ledger->book, arena, work->findings, &receipt.findings);
    submission->outcome = 0;
    submission->reply = view_pack(arena, &receipt.base);
    if (submission->reply.data == NULL)
        submit_answer(work, CUSTODY_REASON_disk_failed, NULL, NULL, 1000);
}

static void submit_count(struct ledger *ledger, const struct submit_work *work)
{
    struct ledger_metrics *metrics = &ledger->metrics;
    if (work->is_again) {
        metric_add(&metrics->resent, 1);
        return;
    }
    metric_add(&metrics->entries, 1);
    switch ((enum custody_outcome)work->entry.outcome) {
    case CUSTODY_OUTCOME_recorded:
        metric_add(&metrics->recorded, 1);
        break;
    case CUSTODY_OUTCOME_granted:
        metric_add(&metrics->granted, 1);
        break;
    case CUSTODY_OUTCOME_refused:
        metric_add(&metrics->refused, 1);
        if (work->entry.reason < LEDGER_REASONS_END)
            metric_add(&metrics->refusals[work->entry.reason], 1);
        break;
    case CUSTODY_OUTCOME_held:
        metric_add(&metrics->held, 1);
        break;
    case CUSTODY_OUTCOME_turned_away:
    case CUSTODY_OUTCOME_busy:
    case CUSTODY_OUTCOME_unavailable:
    case CUSTODY_OUTCOME_unknown:
        break;
    }
}

/* ---- the batch ---------------------------------------------------------------------------------- */

static size_t ledger_sign(void *context, const struct checkpoint *checkpoint, uint8_t *ret)
{
    struct ledger *ledger = context;
    const struct ledger_keys *keys = &ledger->keys;
    book_turn(ledger->book);
    const struct keyring *keyring = book_keyring(ledger->book);
    const uint8_t *key = keyring == NULL ? NULL : keyring_at(keyring, checkpoint->size);
    if (key != NULL && memcmp(key, keys->public_key, PUBLIC_KEY_SIZE) == 0)
        return checkpoint_sign(checkpoint, keys->secret_key, ret, CHECKPOINT_SIZE_MAX);
    if (key == NULL || !keys->has_next || memcmp(key, keys->next_public, PUBLIC_KEY_SIZE) != 0)
        return 0; /* a head by a key that is not the ledger's would be believed by nobody */
    /* The head with the change in it has both lines, so that who knows the old key alone verifies one that holds the change. */
    size_t len = checkpoint_sign(checkpoint, keys->next_secret, ret, CHECKPOINT_SIZE_MAX);
    return checkpoint_cosign(checkpoint, keys->secret_key, ret, len, CHECKPOINT_SIZE_MAX);
}

static uint32_t submit_failure_reason(enum custody_status status)
{
    return status == CUSTODY_ERR_FULL ? CUSTODY_REASON_disk_reserve : CUSTODY_REASON_disk_failed;
}

static void
submit_answer_all(struct submit_work *works, size_t count, uint32_t reason, uint32_t retry_after_ms)
{
    for (size_t i = 0; i < count; i++)
        if (!works[i].is_answered)
            submit_answer(&works[i], reason, NULL, NULL, retry_after_ms);
}

/* Records go first: one without its statement harms nobody, a statement without its record would. */
static enum custody_status
submit_keep_records(struct ledger *ledger, const struct submit_work *works, size_t count)
{
    struct span records[SUBMIT_RECORDS_BATCH];
    size_t gathered = 0;
    enum custody_status status = CUSTODY_OK;
    for (size_t i = 0; i < count && status == CUSTODY_OK; i++) {
        if (works[i].is_answered || works[i].is_again)
            continue;
        for (uint32_t k = 0; k < works[i].submission->record_count; k++) {
            records[gathered++] = works[i].submission->records[k];
            if (gathered == SUBMIT_RECORDS_BATCH) {
                status = annex_put(ledger->annex, records, gathered);
                metric_add(&ledger->metrics.records, gathered);
                gathered = 0;
            }
        }
    }
    if (status == CUSTODY_OK && gathered > 0) {
        status = annex_put(ledger->annex, records, gathered);
        metric_add(&ledger->metrics.records, gathered);
    }
    return status;
}

/* Take every submission into the open batch. Returns how many became entries. */
static uint64_t submit_gather(struct ledger *ledger,
                              struct submit_work *works,
                              size_t count,
                              int64_t now_us,
                              struct digest *leaves)
{
    uint64_t first = journal_size(ledger->journal), taken = 0;
    int64_t last_us = journal_last_recorded_at(ledger->journal);
    for (size_t i = 0; i < count; i++) {
        bool is_entry;
        int64_t recorded_us = now_us > last_us ? now_us : last_us + 1;
        enum custody_status status =
            submit_one(ledger, &works[i], first + taken, recorded_us, &is_entry);
        if (status == CUSTODY_ERR_CORRUPT)
            ledger_condemn(ledger);
        if (status != CUSTODY_OK && !works[i].is_answered)
            submit_answer(&works[i], submit_failure_reason(status), NULL, NULL, 1000);
        if (!is_entry)
            continue;
        leaves[taken++] = works[i].leaf;
        last_us = recorded_us;
    }
    return taken;
}

/* After the commit: what is erased must stand on the ledger first. */
static void submit_erase(struct ledger *ledger)
{
    if (ledger->is_erasing && annexed_apply_erasures(ledger) == CUSTODY_OK)
        ledger->is_erasing = false;
}

static enum custody_status submit_commit(struct ledger *ledger,
                                         struct submit_work *works,
                                         size_t count,
                                         const struct digest *leaves,
                                         uint64_t taken,
                                         const struct merkle_batch **ret_batch)
{
    uint64_t start = clock_monotonic_ns();
    enum custody_status status = submit_keep_records(ledger, works, count);
    if (status != CUSTODY_OK) {
        journal_abort(ledger->journal);
        return status;
    }
    status = journal_commit(ledger->journal, ledger->keys.origin, ledger_sign, ledger, ret_batch);
    metric_record(&ledger->metrics.commit_us, (clock_monotonic_ns() - start) / 1000);
    if (status != CUSTODY_OK)
        return status;
    /* The entries stand. If the look-ups cannot take their effect the process must not go on answering from them. */
    status = tree_append(ledger->tree, leaves, taken);
    if (status == CUSTODY_OK)
        status = lookups_accept(ledger->lookups, journal_size(ledger->journal));
    if (status != CUSTODY_OK) {
        LOG(LOGGER_ERROR, "lookups_failed", LOGGER_TEXT("status", custody_status_name(status)));
        return CUSTODY_ERR_UNKNOWN_RESULT;
    }
    ledger_publish_head(ledger);
    submit_erase(ledger);
    return CUSTODY_OK;
}

enum custody_status submit_batch(struct ledger *ledger,
                                 struct submission *const *submissions,
                                 size_t count,
                                 int64_t now_us)
{
    INVARIANT(count > 0 && count <= SUBMIT_BATCH_MAX);
    uint64_t start = clock_monotonic_ns();
    arena_empty(ledger->scratch);
    struct submit_work *works = arena_alloc(ledger->scratch, count * sizeof *works);
    struct digest *leaves = arena_alloc(ledger->scratch, count * sizeof *leaves);
    INVARIANT(works != NULL && leaves != NULL);
    for (size_t i = 0; i < count; i++)
        works[i].submission = submissions[i];
    if (lookups_is_full(ledger->lookups)) {
        metric_add(&ledger->metrics.busy, count);
        submit_answer_all(works, count, CUSTODY_REASON_lookups_behind, SUBMIT_AGAIN_MS);
        return CUSTODY_OK;
    }
    /* All alike, whatever they are: the spools hold, and what is delayed is not refused. */
    if (ledger_look_at_disk(ledger) == SPACE_RESERVE) {
        metric_add(&ledger->metrics.busy, count);
        submit_answer_all(works, count, CUSTODY_REASON_disk_reserve, SUBMIT_RESERVE_MS);
        return CUSTODY_OK;
    }
    /* A head more would be one more of two histories. The change of the key ends that. */
    if (histories_are_two(ledger) && !ledger->is_rotating) {
        metric_add(&ledger->metrics.busy, count);
        submit_answer_all(works, count, CUSTODY_REASON_two_histories, SUBMIT_RESERVE_MS);
        return CUSTODY_OK;
    }
    enum custody_status status = journal_begin(ledger->journal);
    if (status != CUSTODY_OK) {
        submit_answer_all(works, count, submit_failure_reason(status), SUBMIT_AGAIN_MS);
        return status == CUSTODY_ERR_UNKNOWN_RESULT ? status : CUSTODY_OK;
    }
    struct submit_receipts receipts;
    submit_begin_receipts(ledger, &receipts);
    uint64_t taken = submit_gather(ledger, works, count, now_us, leaves);
    if (taken == 0) {
        journal_abort(ledger->journal);
        lookups_discard(ledger->lookups);
    } else {
        status = submit_commit(ledger, works, count, leaves, taken, &receipts.batch);
        if (status == CUSTODY_ERR_UNKNOWN_RESULT)
            return status;
        if (status != CUSTODY_OK) {
            lookups_discard(ledger->lookups);
            submit_answer_all(works, count, submit_failure_reason(status), SUBMIT_AGAIN_MS);
            return CUSTODY_OK;
        }
    }
    receipts.size = journal_size(ledger->journal);
    receipts.note = journal_head(ledger->journal);
    for (size_t i = 0; i < count; i++) {
        if (works[i].is_answered)
            continue;
        book_turn(ledger->book);
        submit_receipt(&receipts, &works[i]);
        submit_count(ledger, &works[i]);
    }
    ledger->last_batch_ns = clock_monotonic_ns();
    metric_set(&ledger->metrics.overlay_bytes, lookups_overlay(ledger->lookups));
    metric_add(&ledger->metrics.batches, 1);
    metric_record(&ledger->metrics.batch_statements, count);
    metric_record(&ledger->metrics.batch_us, (clock_monotonic_ns() - start) / 1000);
    return CUSTODY_OK;
}

int submit_rest(struct ledger *ledger, bool idle)
{
    const uint64_t ms = 1000000;
    uint64_t now = clock_monotonic_ns();
    projection_turn(ledger, idle);
    ledger_forget_deaths(ledger, false);
    ledger_settle_doubt(ledger);
    if (idle)
        submit_erase(ledger);
    bool is_unmarked = journal_size(ledger->journal) != ledger->marked_size;
    if (is_unmarked && now - ledger->last_mark_ns >= SUBMIT_MARK_MS * ms)
        ledger_write_mark(ledger);
    if (ledger->options.fill_ahead > 0)
        journal_fill_ahead(ledger->journal);
    if (lookups_committed(ledger->lookups) < lookups_reflected(ledger->lookups))
        return idle ? PROJECTION_IDLE_MS : PROJECTION_MS;
    return SUBMIT_MARK_MS;
}
