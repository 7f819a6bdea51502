/* nullcustodyd.c: custodyd with nothing behind its writer: what is left when the ledger costs nothing.
 * Never keeps a fact: it is answered at once, as if it were on the ledger.
 *
 * The whole daemon from door to door, program text and threads alike: only submit_batch, through which the writer reaches the
 * ledger, is replaced when this is linked. A fact's body is unpacked, since nobody can acknowledge what he cannot
 * read; then it is answered with a receipt that is about as long as a real one and proves nothing. Permissions go to the real
 * ledger: parties, places and keys are made there, and the door asks for them. */
#include <string.h>

#include "proto/body.h"
#include "proto/custody.pb-c.h"
#include "proto/entry.h"
#include "proto/merkle.h"
#include "daemon/base/logger.h"
#include "daemon/service/submit.h"
#include "daemon/service/view.h"

enum custody_status __real_submit_batch(struct ledger *ledger,
                                        struct submission *const *submissions,
                                        size_t count,
                                        int64_t now_us);
enum custody_status __wrap_submit_batch(struct ledger *ledger,
                                        struct submission *const *submissions,
                                        size_t count,
                                        int64_t now_us);

enum { RECEIPT_MAX = 4096 };

static struct receipt {
    uint8_t bytes[RECEIPT_MAX];
    size_t len;
    uint64_t entries, until; /* acknowledged so far; how many of them it serves */
} receipt = {.until = 1};    /* the writer's */

/* Of each proof on a ledger of that size: measured, the logarithm less three. */
static uint32_t hashes_at(uint64_t entries)
{
    uint32_t count = 1;
    while (entries >> (count + 4) > 0) {
        count++;
    }
    return count;
}

/* With the head that the ledger has after its founding: a head is as long whatever it says. */
static void make_receipt(struct ledger *ledger, const struct submission *submission)
{
    const struct merkle_proof proof = {.count = hashes_at(receipt.entries)};
    static uint8_t head[ENTRY_HEAD_FIXED];
    uint8_t note[CHECKPOINT_SIZE_MAX];
    uint64_t size = 0;
    Custody__V1__Receipt message = CUSTODY__V1__RECEIPT__INIT;
    message.outcome = CUSTODY__V1__OUTCOME__OUTCOME_RECORDED;
    message.entry_head = (ProtobufCBinaryData){.data = head, .len = sizeof(head)};
    message.checkpoint.data = note;
    message.checkpoint.len = ledger_head(ledger, note, &size);
    message.proof = view_inclusion(submission->arena, receipt.entries, receipt.entries, &proof);
    message.consistency =
        view_consistency(submission->arena, receipt.entries, receipt.entries, &proof);
    struct span packed = view_pack(submission->arena, &message.base);
    INVARIANT(packed.data != NULL && packed.len <= sizeof(receipt.bytes));
    memcpy(receipt.bytes, packed.data, packed.len);
    receipt.len = packed.len;
    receipt.until *= 2;
}

static bool is_understood(const struct submission *submission)
{
    const ProtobufCMessageDescriptor *descriptor =
        body_descriptor(submission->statement->header.act);
    struct body_fault fault;
    return descriptor != NULL && body_scan(descriptor, submission->statement->body, &fault) &&
           body_unpack(descriptor, submission->statement->body,
                       arena_protobuf(submission->arena)) != NULL;
}

static void acknowledge(struct ledger *ledger, struct submission *submission)
{
    if (++receipt.entries >= receipt.until) {
        make_receipt(ledger, submission);
    }
    uint8_t *reply = arena_alloc(submission->arena, receipt.len);
    if (reply == NULL || !is_understood(submission)) {
        submission->reply = submit_problem(submission->arena, CUSTODY_REASON_content_not_understood,
                                           "body", NULL, NULL, 0, &submission->outcome);
        return;
    }
    memcpy(reply, receipt.bytes, receipt.len);
    submission->outcome = 0;
    submission->reply = span_of(reply, receipt.len);
}

enum custody_status __wrap_submit_batch(struct ledger *ledger,
                                        struct submission *const *submissions,
                                        size_t count,
                                        int64_t now_us)
{
    struct submission *others[SUBMIT_BATCH_MAX];
    size_t other_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (body_act_is_fact(submissions[i]->statement->header.act)) {
            acknowledge(ledger, submissions[i]);
        } else {
            others[other_count++] = submissions[i];
        }
    }
    return other_count == 0 ? CUSTODY_OK : __real_submit_batch(ledger, others, other_count, now_us);
}
