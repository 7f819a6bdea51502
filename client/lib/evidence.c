/* evidence.c: does what the ledger showed hold?
 * Never connects, never reads a file, never remembers. */
#include "client/lib/evidence.h"

#include <stdio.h>

#include "client/lib/problem.h"

static enum custody_status
fail(struct custody_problem *problem, const char *field, const char *expected, const char *got)
{
    return problem_set(problem, CUSTODY_ERR_EVIDENCE, field, expected, "%s", got);
}

enum custody_status evidence_check_note(const struct evidence_ledger *ledger,
                                        struct span note,
                                        struct checkpoint *ret,
                                        struct custody_problem *problem)
{
    enum checkpoint_verdict verdict =
        ledger->keyring != NULL ? keyring_verify(ledger->keyring, note, ledger->origin, ret)
                                : checkpoint_verify(note, ledger->origin, ledger->key, ret);
    switch (verdict) {
    case CHECKPOINT_OK:
        return CUSTODY_OK;
    case CHECKPOINT_MALFORMED:
        return fail(problem, "checkpoint", "a signed checkpoint", "bytes of another form");
    case CHECKPOINT_OTHER_ORIGIN:
        return fail(problem, "checkpoint", "a checkpoint of this ledger", "one of another ledger");
    case CHECKPOINT_UNSIGNED:
        return fail(problem, "checkpoint", "the ledger's signature", "none by its key");
    case CHECKPOINT_BAD_SIGNATURE:
        return fail(problem, "checkpoint", "the ledger's signature",
                    "one that does not verify under its key");
    }
    return fail(problem, "checkpoint", "a signed checkpoint", "something else");
}

/* Hashes as they travel, into the form that the tree's functions take. */
static bool take_hashes(const ProtobufCBinaryData *hashes, size_t count, struct merkle_proof *ret)
{
    if (count > MERKLE_PROOF_MAX)
        return false;
    ret->count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        if (hashes[i].len != DIGEST_SIZE)
            return false;
        memcpy(ret->hashes[i].bytes, hashes[i].data, DIGEST_SIZE);
    }
    return true;
}

enum custody_status evidence_check_consistency(const struct checkpoint *older,
                                               const struct checkpoint *newer,
                                               const Custody__V1__ConsistencyProof *proof,
                                               struct custody_problem *problem)
{
    struct merkle_proof hashes = {0};
    if (newer->size < older->size)
        return problem_set(problem, CUSTODY_ERR_ROLLBACK, "checkpoint",
                           "at least what was shown before", "%llu entries after %llu",
                           (unsigned long long)newer->size, (unsigned long long)older->size);
    if (newer->size == older->size) {
        if (digest_is_equal(&newer->root, &older->root))
            return CUSTODY_OK;
        return fail(problem, "checkpoint", "one root for one size",
                    "two checkpoints of the same size with different roots: two histories");
    }
    if (older->size == 0)
        return CUSTODY_OK; /* everything begins with nothing */
    if (proof == NULL)
        return fail(problem, "consistency", "a proof that the old tree is part of the new one",
                    "none");
    if (proof->old_size != older->size || proof->new_size != newer->size ||
        !take_hashes(proof->hashes, proof->n_hashes, &hashes))
        return fail(problem, "consistency", "a proof between these two checkpoints",
                    "one between others");
    if (!merkle_verify_consistency(older->size, newer->size, &older->root, &newer->root, &hashes))
        return fail(problem, "consistency", "the old tree as the beginning of the new one",
                    "a proof that does not hold: the past was changed");
    return CUSTODY_OK;
}

enum custody_status evidence_check_inclusion(const struct checkpoint *checkpoint,
                                             uint64_t entry,
                                             const struct digest *leaf,
                                             const Custody__V1__InclusionProof *proof,
                                             struct custody_problem *problem)
{
    struct merkle_proof hashes = {0};
    if (proof == NULL)
        return fail(problem, "proof", "an inclusion proof", "none");
    if (proof->entry != entry || proof->size != checkpoint->size ||
        !take_hashes(proof->hashes, proof->n_hashes, &hashes))
        return fail(problem, "proof", "a proof of this entry in this checkpoint", "one of another");
    if (!merkle_verify_inclusion(entry, checkpoint->size, leaf, &hashes, &checkpoint->root))
        return fail(problem, "proof", "the entry under the checkpoint's root",
                    "a proof that does not hold");
    return CUSTODY_OK;
}

/* The words of a receipt are for people; the entry is what is proved. Both must say the same. */
static enum custody_status check_words(const Custody__V1__Receipt *receipt,
                                       const struct entry *entry,
                                       struct custody_problem *problem)
{
    bool is_refused = entry->outcome == CUSTODY_OUTCOME_refused;
    bool is_granted = entry->outcome == CUSTODY_OUTCOME_granted;
    if ((uint32_t)receipt->outcome != entry->outcome)
        return fail(problem, "outcome", "the entry's outcome", "another one in the receipt");
    if (receipt->reason != entry->reason)
        return fail(problem, "reason", "the entry's reason", "another one in the receipt");
    if (!is_refused && !is_granted)
        return CUSTODY_OK; /* such an entry has no detail to compare with */
    if (!span_is_equal(span_text(is_refused ? receipt->field : receipt->number), entry->detail))
        return fail(problem, is_refused ? "field" : "number", "what the entry says",
                    "something else in the receipt");
    return CUSTODY_OK;
}

enum custody_status evidence_check_receipt(const struct evidence_ledger *ledger,
                                           const Custody__V1__Receipt *receipt,
                                           struct span statement,
                                           const uint8_t signature[static SIGNATURE_SIZE],
                                           struct evidence_receipt *ret,
                                           struct custody_problem *problem)
{
    struct evidence_receipt receipt_proves = {0};
    struct entry entry;
    if (!entry_leaf_of(span_of(receipt->entry_head.data, receipt->entry_head.len), statement,
                       signature, &receipt_proves.leaf, &entry))
        return fail(problem, "entry_head", "the head of an entry with this statement",
                    "something else");
    enum custody_status status = check_words(receipt, &entry, problem);
    if (status == CUSTODY_OK)
        status =
            evidence_check_note(ledger, span_of(receipt->checkpoint.data, receipt->checkpoint.len),
                                &receipt_proves.checkpoint, problem);
    if (status == CUSTODY_OK)
        status = evidence_check_inclusion(&receipt_proves.checkpoint, entry.number,
                                          &receipt_proves.leaf, receipt->proof, problem);
    if (status != CUSTODY_OK)
        return status;
    receipt_proves.outcome = entry.outcome;
    receipt_proves.reason = entry.reason;
    receipt_proves.entry = entry.number;
    receipt_proves.recorded_at_us = entry.recorded_at_us;
    memcpy(receipt_proves.detail, entry.detail.data, entry.detail.len);
    *ret = receipt_proves;
    return CUSTODY_OK;
}

enum custody_status evidence_check_entry(const Custody__V1__Entry *entry,
                                         const struct checkpoint *checkpoint,
                                         struct custody_problem *problem)
{
    struct digest leaf;
    struct entry parsed;
    if (entry->leaf_hash.len != DIGEST_SIZE)
        return fail(problem, "leaf_hash", "32 bytes", "another length");
    memcpy(leaf.bytes, entry->leaf_hash.data, DIGEST_SIZE);
    if (entry->bytes.len > 0) {
        struct span bytes = span_of(entry->bytes.data, entry->bytes.len);
        struct digest hashed = merkle_leaf(bytes);
        if (!digest_is_equal(&hashed, &leaf))
            return fail(problem, "bytes", "bytes that hash to the entry's leaf", "other bytes");
        if (!entry_parse(bytes, &parsed) || parsed.number != entry->number)
            return fail(problem, "bytes", "the entry of this number", "something else");
    }
    if (entry->proof == NULL || checkpoint == NULL)
        return CUSTODY_OK;
    return evidence_check_inclusion(checkpoint, entry->number, &leaf, entry->proof, problem);
}

enum custody_status evidence_check_bytes(struct span bytes,
                                         uint64_t number,
                                         const struct digest *origins,
                                         size_t origin_count,
                                         struct entry *ret_entry,
                                         struct statement *ret_statement,
                                         struct custody_problem *problem)
{
    const char *field = "";
    if (!entry_parse(bytes, ret_entry) || ret_entry->number != number)
        return fail(problem, "entry", "an entry of this number", "something else");
    switch (statement_verify_any(ret_entry->statement, ret_entry->signature, origins, origin_count,
                                 ret_statement, &field)) {
    case STATEMENT_OK:
        return CUSTODY_OK;
    case STATEMENT_OTHER_ORIGIN:
        return fail(problem, "address", "a statement addressed to this ledger", "another address");
    case STATEMENT_BAD_SIGNATURE:
        return fail(problem, "signature", "the author's signature", "one that does not verify");
    case STATEMENT_TOO_LARGE:
    case STATEMENT_NOT_ONE:
        break;
    }
    return fail(problem, "statement", "a statement", field);
}
