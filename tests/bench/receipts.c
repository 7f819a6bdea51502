/* receipts.c: unpack, compare, follow the proof.
 * Never trusts the ledger for what it proves. */
#include "tests/bench/receipts.h"

#include <inttypes.h>
#include <string.h>

#include "proto/entry.h"
#include "proto/merkle.h"
#include "proto/statement.h"
#include "tests/lib/die.h"

_Noreturn void receipts_die_of_problem(zmq_msg_t *body)
{
    Custody__V1__Problem *problem =
        custody__v1__problem__unpack(NULL, zmq_msg_size(body), zmq_msg_data(body));
    if (problem == NULL) {
        die("a problem that cannot be read");
    }
    die("a statement was not taken: %s, field \"%s\", expected \"%s\", got \"%s\"", problem->name,
        problem->field, problem->expected, problem->got);
}

Custody__V1__Receipt *receipts_read(zmq_msg_t *body, Custody__V1__Outcome outcome)
{
    Custody__V1__Receipt *receipt =
        custody__v1__receipt__unpack(NULL, zmq_msg_size(body), zmq_msg_data(body));
    if (receipt == NULL || receipt->proof == NULL) {
        die("a receipt that cannot be read");
    }
    if (receipt->outcome != outcome || receipt->again || receipt->n_findings > 0) {
        die("a receipt that should not be: outcome %d, %s, field \"%s\", %zu findings%s",
            receipt->outcome, receipt->reason_name, receipt->field, receipt->n_findings,
            receipt->again ? ", again" : "");
    }
    return receipt;
}

void receipts_verify(const struct receipts_ledger *ledger,
                     const Custody__V1__Receipt *receipt,
                     struct span submission,
                     struct checkpoint *ret)
{
    static struct merkle_proof proof;
    struct digest leaf;
    struct entry entry;
    struct span statement =
        span_of(submission.data + SIGNATURE_SIZE, submission.len - SIGNATURE_SIZE);
    const Custody__V1__InclusionProof *given = receipt->proof;
    bool is_good = entry_leaf_of(span_of(receipt->entry_head.data, receipt->entry_head.len),
                                 statement, submission.data, &leaf, &entry) &&
                   entry.outcome == receipt->outcome && entry.number == given->entry &&
                   checkpoint_verify(span_of(receipt->checkpoint.data, receipt->checkpoint.len),
                                     ledger->origin, ledger->key, ret) == CHECKPOINT_OK &&
                   ret->size == given->size && given->n_hashes <= MERKLE_PROOF_MAX;
    for (size_t i = 0; is_good && i < given->n_hashes; i++) {
        is_good = given->hashes[i].len == DIGEST_SIZE;
        if (is_good) {
            memcpy(proof.hashes[i].bytes, given->hashes[i].data, DIGEST_SIZE);
        }
    }
    proof.count = (uint32_t)given->n_hashes;
    if (!is_good ||
        !merkle_verify_inclusion(given->entry, given->size, &leaf, &proof, &ret->root)) {
        die("the receipt of entry %" PRIu64 " does not prove it", given->entry);
    }
}
