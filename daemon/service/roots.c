/* roots.c: what both root keys say together.
 * Never keeps a root's secret. */
#include "daemon/service/roots.h"

#include <stdio.h>
#include <string.h>

#include "proto/custody.pb-c.h"
#include "daemon/base/logger.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/submit.h"

enum { ROOTS_ARENA = 1 << 20 };

enum custody_status roots_find(struct ledger *ledger,
                               const uint8_t *const seeds[static ROOTS],
                               struct root ret[static ROOTS],
                               char ret_sentence[static 240])
{
    struct book *book = ledger->book;
    book_turn(book);
    for (int i = 0; i < ROOTS; i++) {
        digest_key_from_seed(seeds[i], ret[i].public_key, ret[i].secret_key);
        uint32_t number = book_find(book, SUBJECT_KEY, span_of(ret[i].public_key, PUBLIC_KEY_SIZE));
        const struct key *key = number == 0 ? NULL : book_key(book, number);
        if (key == NULL || (key->roles & 1 << CUSTODY__V1__ROLE__ROLE_ROOT) == 0) {
            snprintf(ret_sentence, 240, "the %s root key is not one of this ledger's",
                     i == 0 ? "first" : "second");
            return CUSTODY_ERR_INVALID;
        }
        ret[i].sequence = key->next_sequence;
        ret[i].previous = key->last_id;
    }
    if (memcmp(ret[0].public_key, ret[1].public_key, PUBLIC_KEY_SIZE) != 0)
        return CUSTODY_OK;
    snprintf(ret_sentence, 240, "two different root keys are needed");
    return CUSTODY_ERR_INVALID;
}

void roots_sign(struct ledger *ledger,
                const struct root *root,
                uint32_t act,
                const ProtobufCMessage *body,
                int64_t now_us,
                struct root_statement *ret)
{
    const char *field = NULL;
    struct statement_header header = {
        .act = (uint16_t)act,
        .clock_quality = CLOCK_DEVICE,
        .key_sequence = root->sequence,
        .occurred_at_us = now_us,
        .signed_at_us = now_us,
        .origin = *ledger_origin_digest(ledger),
        .previous = root->previous,
        .seen_size = journal_size(ledger->journal),
        .seen_root = merkle_edge_root(journal_edge(ledger->journal)),
    };
    memcpy(header.key, root->public_key, PUBLIC_KEY_SIZE);
    statement_write_header(&header, ret->bytes);
    size_t len = STATEMENT_HEADER_SIZE +
                 body_write(body, ret->bytes + STATEMENT_HEADER_SIZE, ROOTS_BODY_MAX);
    INVARIANT(statement_parse(span_of(ret->bytes, len), &ret->statement, &field) == STATEMENT_OK);
    digest_sign(ret->statement.signature, span_of(ret->bytes, len), root->secret_key);
}

static enum custody_status check_receipt(const struct submission *submission,
                                         enum custody_outcome expected,
                                         char ret_sentence[static 240])
{
    const Custody__V1__Receipt *receipt = NULL;
    if (submission->outcome != 0)
        return CUSTODY_ERR_IO;
    receipt = custody__v1__receipt__unpack(arena_protobuf(submission->arena), submission->reply.len,
                                           submission->reply.data);
    if (receipt != NULL && (uint32_t)receipt->outcome == (uint32_t)expected)
        return CUSTODY_OK;
    snprintf(ret_sentence, 240, "%s was not taken: %s (%s)",
             body_act_name(submission->statement->header.act),
             receipt == NULL ? "?" : receipt->reason_name, receipt == NULL ? "?" : receipt->field);
    return CUSTODY_ERR_INVALID;
}

enum custody_status roots_submit(struct ledger *ledger,
                                 const struct root_statement *statements,
                                 size_t count,
                                 enum custody_outcome expected,
                                 int64_t now_us,
                                 char ret_sentence[static 240])
{
    struct submission submissions[ROOTS] = {0}, *pointers[ROOTS];
    enum custody_status status = CUSTODY_OK;
    INVARIANT(count > 0 && count <= ROOTS);
    for (size_t i = 0; i < count; i++) {
        submissions[i] = (struct submission){.statement = &statements[i].statement,
                                             .arena = arena_create(ROOTS_ARENA)};
        pointers[i] = &submissions[i];
        if (submissions[i].arena == NULL)
            status = CUSTODY_ERR_MEMORY;
    }
    if (status == CUSTODY_OK)
        status = submit_batch(ledger, pointers, count, now_us);
    for (size_t i = 0; i < count; i++) {
        if (status == CUSTODY_OK)
            status = check_receipt(&submissions[i], expected, ret_sentence);
        arena_destroy(submissions[i].arena);
    }
    return status;
}
