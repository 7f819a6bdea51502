/* tlogproof.c: the offline proof of one entry as text, made and read; and what proof.h promises.
 * Never connects. */
#include "client/lib/tlogproof.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "proto/lineage.h"
#include "client/lib/problem.h"

static bool append(struct bytes_writer *writer, const char *text)
{
    bytes_write_span(writer, span_text(text));
    return !writer->failed;
}

static bool append_base64(struct bytes_writer *writer, struct span bytes)
{
    size_t room = writer->cap - writer->len;
    size_t len =
        writer->failed ? 0 : bytes_write_base64(bytes, (char *)writer->data + writer->len, room);
    writer->len += len;
    writer->failed = writer->failed || len == 0;
    return !writer->failed;
}

size_t tlogproof_write(uint64_t index,
                       struct span entry,
                       const Custody__V1__InclusionProof *proof,
                       struct span note,
                       char *ret,
                       size_t cap)
{
    struct bytes_writer writer;
    char line[64];
    bytes_writer_init(&writer, ret, cap);
    append(&writer, TLOGPROOF_TITLE "\n");
    if (entry.len > 0) {
        append(&writer, "extra ");
        append_base64(&writer, entry);
        append(&writer, "\n");
    }
    snprintf(line, sizeof(line), "index %llu\n", (unsigned long long)index);
    append(&writer, line);
    for (size_t i = 0; i < proof->n_hashes; i++) {
        append_base64(&writer, span_of(proof->hashes[i].data, proof->hashes[i].len));
        append(&writer, "\n");
    }
    append(&writer, "\n");
    bytes_write_span(&writer, note);
    return bytes_written(&writer).len;
}

static bool next_line(struct span *text, struct span *ret)
{
    const uint8_t *end = text->len == 0 ? NULL : memchr(text->data, '\n', text->len);
    if (end == NULL)
        return false;
    size_t len = (size_t)(end - text->data);
    *ret = span_of(text->data, len);
    *text = span_of(end + 1, text->len - len - 1);
    return true;
}

static bool starts_with(struct span line, const char *word, struct span *ret_rest)
{
    size_t len = strlen(word);
    if (line.len < len || memcmp(line.data, word, len) != 0)
        return false;
    *ret_rest = span_of(line.data + len, line.len - len);
    return true;
}

/* What is not in the form of a proof proves nothing: a byte may have been changed in any line. */
static enum custody_status complain(struct custody_problem *problem, int line, const char *expected)
{
    return problem_set(problem, CUSTODY_ERR_EVIDENCE, "proof", expected,
                       "something else on line %d", line);
}

enum custody_status
tlogproof_parse(struct span text, struct tlogproof *ret, struct custody_problem *problem)
{
    struct span line, rest;
    int number = 1;
    memset(ret, 0, sizeof(*ret));
    if (!next_line(&text, &line) || !span_is_equal(line, span_text(TLOGPROOF_TITLE)))
        return complain(problem, number, TLOGPROOF_TITLE);
    number++;
    if (!next_line(&text, &line))
        return complain(problem, number, "index and a number");
    if (starts_with(line, "extra ", &rest)) {
        if (!bytes_parse_base64(rest, ret->entry, sizeof(ret->entry), &ret->entry_len))
            return complain(problem, number, "extra and an entry in base64");
        number++;
        if (!next_line(&text, &line))
            return complain(problem, number, "index and a number");
    }
    if (!starts_with(line, "index ", &rest) || !bytes_parse_decimal(rest, &ret->index))
        return complain(problem, number, "index and a number");
    for (;;) {
        number++;
        size_t len = 0;
        if (!next_line(&text, &line))
            return complain(problem, number, "a hash, or the blank line before the checkpoint");
        if (line.len == 0)
            break;
        if (ret->proof.count == MERKLE_PROOF_MAX)
            return complain(problem, number, "a proof of at most 63 hashes");
        if (!bytes_parse_base64(line, ret->proof.hashes[ret->proof.count].bytes, DIGEST_SIZE,
                                &len) ||
            len != DIGEST_SIZE)
            return complain(problem, number, "a hash of 32 bytes in base64");
        ret->proof.count++;
    }
    ret->note = text;
    return CUSTODY_OK;
}

/* ---- proof.h ---- */

/* A vkey taken apart, or a ledger's vkeys over time. */
struct trusted {
    char origin[CHECKPOINT_ORIGIN_MAX + 1];
    struct keyring keyring;
    struct evidence_ledger ledger;
};

static enum custody_status
take_vkey(const char *text, struct trusted *ret, struct custody_problem *problem)
{
    problem_clear(problem);
    if (!digest_init())
        return problem_set(problem, CUSTODY_ERR_MEMORY, "libsodium", NULL, "it does not start");
    if (!keyring_parse_vkeys(span_text(text), ret->origin, &ret->keyring))
        return problem_set(problem, CUSTODY_ERR_INVALID, "ledger",
                           "the ledger's key, name+xxxxxxxx+base64", "%s", text);
    ret->ledger = (struct evidence_ledger){.origin = ret->origin, .keyring = &ret->keyring};
    return CUSTODY_OK;
}

static void fill_checkpoint(const struct checkpoint *checkpoint, struct custody_proved *ret)
{
    ret->size = checkpoint->size;
    memcpy(ret->root, checkpoint->root.bytes, DIGEST_SIZE);
}

static void
fill_entry(const struct entry *entry, const struct statement *statement, struct custody_proved *ret)
{
    const char *act = body_act_name(statement->header.act);
    ret->has_statement = true;
    ret->entry = entry->number;
    ret->outcome = entry->outcome;
    ret->reason = entry->reason;
    ret->recorded_at_us = entry->recorded_at_us;
    ret->occurred_at_us = statement->header.occurred_at_us;
    snprintf(ret->act, sizeof(ret->act), "%s", act == NULL ? "" : act);
    memcpy(ret->key, statement->header.key, PUBLIC_KEY_SIZE);
    memcpy(ret->statement_id, statement->id.bytes, DIGEST_SIZE);
    memcpy(ret->detail, entry->detail.data, entry->detail.len);
    ret->detail[entry->detail.len] = '\0';
}

static enum custody_status check_proof(const struct tlogproof *proof,
                                       const struct evidence_ledger *ledger,
                                       struct custody_proved *ret,
                                       struct custody_problem *problem)
{
    struct checkpoint checkpoint = {0};
    struct entry entry = {0};
    struct statement statement = {0};
    struct digest origins[LINEAGE_MAX];
    size_t origin_count = lineage_addresses(ledger->origin, origins);
    struct span bytes = span_of(proof->entry, proof->entry_len);
    if (bytes.len == 0)
        return problem_set(problem, CUSTODY_ERR_INVALID, "extra", "the entry's bytes", "none");
    enum custody_status status = evidence_check_note(ledger, proof->note, &checkpoint, problem);
    if (status != CUSTODY_OK)
        return status;
    struct digest leaf = merkle_leaf(bytes);
    if (!merkle_verify_inclusion(proof->index, checkpoint.size, &leaf, &proof->proof,
                                 &checkpoint.root))
        return problem_set(problem, CUSTODY_ERR_EVIDENCE, "proof",
                           "the entry under the checkpoint's root", "a proof that does not hold");
    status = evidence_check_bytes(bytes, proof->index, origins, origin_count, &entry, &statement,
                                  problem);
    if (status != CUSTODY_OK)
        return status;
    fill_checkpoint(&checkpoint, ret);
    fill_entry(&entry, &statement, ret);
    return CUSTODY_OK;
}

enum custody_status custody_proof_verify(const char *text,
                                         size_t len,
                                         const char *ledger_vkey,
                                         struct custody_proved *ret_proved,
                                         struct custody_problem *ret_problem)
{
    struct trusted trusted = {0};
    struct custody_proved proved = {0};
    enum custody_status status = take_vkey(ledger_vkey, &trusted, ret_problem);
    if (status != CUSTODY_OK)
        return status;
    struct tlogproof *proof = malloc(sizeof(*proof));
    if (proof == NULL)
        return problem_set(ret_problem, CUSTODY_ERR_MEMORY, "proof", NULL, "nothing left");
    status = tlogproof_parse(span_of(text, len), proof, ret_problem);
    if (status == CUSTODY_OK)
        status = check_proof(proof, &trusted.ledger, &proved, ret_problem);
    if (status == CUSTODY_OK)
        *ret_proved = proved;
    free(proof);
    return status;
}

enum custody_status custody_checkpoint_verify(const char *note,
                                              size_t len,
                                              const char *ledger_vkey,
                                              struct custody_proved *ret_proved,
                                              struct custody_problem *ret_problem)
{
    struct trusted trusted = {0};
    struct checkpoint checkpoint = {0};
    enum custody_status status = take_vkey(ledger_vkey, &trusted, ret_problem);
    if (status == CUSTODY_OK)
        status = evidence_check_note(&trusted.ledger, span_of(note, len), &checkpoint, ret_problem);
    if (status != CUSTODY_OK)
        return status;
    *ret_proved = (struct custody_proved){0};
    fill_checkpoint(&checkpoint, ret_proved);
    return CUSTODY_OK;
}

enum custody_status custody_receipt_verify(const void *receipt,
                                           size_t receipt_len,
                                           const void *statement,
                                           size_t statement_len,
                                           const uint8_t signature[64],
                                           const char *ledger_vkey,
                                           struct custody_proved *ret_proved,
                                           struct custody_problem *ret_problem)
{
    struct trusted trusted = {0};
    struct evidence_receipt proved = {0};
    struct statement parsed = {0};
    const char *field = "";
    struct span bytes = span_of(statement, statement_len);
    enum custody_status status = take_vkey(ledger_vkey, &trusted, ret_problem);
    if (status != CUSTODY_OK)
        return status;
    Custody__V1__Receipt *message = custody__v1__receipt__unpack(NULL, receipt_len, receipt);
    if (message == NULL)
        return problem_set(ret_problem, CUSTODY_ERR_INVALID, "receipt", "a Receipt",
                           "something else");
    struct digest origins[LINEAGE_MAX];
    size_t count = lineage_addresses(trusted.origin, origins);
    if (statement_verify_any(bytes, signature, origins, count, &parsed, &field) != STATEMENT_OK)
        status = problem_set(ret_problem, CUSTODY_ERR_EVIDENCE, "statement",
                             "a signed statement to this ledger", "something else");
    else
        status = evidence_check_receipt(&trusted.ledger, message, bytes, signature, &proved,
                                        ret_problem);
    if (status == CUSTODY_OK) {
        struct entry entry = {.number = proved.entry,
                              .outcome = proved.outcome,
                              .reason = proved.reason,
                              .recorded_at_us = proved.recorded_at_us,
                              .detail = span_text(proved.detail)};
        *ret_proved = (struct custody_proved){0};
        fill_checkpoint(&proved.checkpoint, ret_proved);
        fill_entry(&entry, &parsed, ret_proved);
    }
    custody__v1__receipt__free_unpacked(message, NULL);
    return status;
}

enum custody_status custody_consistency_verify(const char *old_note,
                                               size_t old_len,
                                               const char *new_note,
                                               size_t new_len,
                                               const uint8_t *hashes,
                                               size_t hash_count,
                                               const char *ledger_vkey,
                                               struct custody_problem *ret_problem)
{
    struct trusted trusted = {0};
    struct checkpoint older = {0}, newer = {0};
    ProtobufCBinaryData list[MERKLE_PROOF_MAX];
    Custody__V1__ConsistencyProof proof = CUSTODY__V1__CONSISTENCY_PROOF__INIT;
    enum custody_status status = take_vkey(ledger_vkey, &trusted, ret_problem);
    if (status == CUSTODY_OK)
        status =
            evidence_check_note(&trusted.ledger, span_of(old_note, old_len), &older, ret_problem);
    if (status == CUSTODY_OK)
        status =
            evidence_check_note(&trusted.ledger, span_of(new_note, new_len), &newer, ret_problem);
    if (status == CUSTODY_OK && hash_count > MERKLE_PROOF_MAX)
        status = problem_set(ret_problem, CUSTODY_ERR_INVALID, "hashes", "at most 128", "%zu",
                             hash_count);
    if (status != CUSTODY_OK)
        return status;
    for (size_t i = 0; i < hash_count; i++)
        list[i] = (ProtobufCBinaryData){.data = (uint8_t *)(uintptr_t)hashes + i * DIGEST_SIZE,
                                        .len = DIGEST_SIZE};
    proof.old_size = older.size;
    proof.new_size = newer.size;
    proof.hashes = list;
    proof.n_hashes = hash_count;
    return evidence_check_consistency(&older, &newer, &proof, ret_problem);
}
