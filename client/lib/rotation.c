/* rotation.c: how a device learns that its ledger signs with another key now.
 * Never takes a key on the word of a key. */
#include "client/lib/rotation.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/body.h"
#include "proto/lineage.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"

static const char keys_name[] = "keys";

static enum custody_status
fail(struct custody_problem *problem, const char *field, const char *expected, const char *got)
{
    return problem_set(problem, CUSTODY_ERR_EVIDENCE, field, expected, "%s", got);
}

/* ---- the file ---- */

enum custody_status rotation_open(const char *home,
                                  const struct card *card,
                                  struct keyring *ret,
                                  struct custody_problem *problem)
{
    static const uint8_t unknown[PUBLIC_KEY_SIZE];
    char path[FILES_PATH_MAX], origin[CHECKPOINT_ORIGIN_MAX + 1];
    struct keyring found;
    uint8_t *text = NULL;
    size_t len = 0;
    enum custody_status status = files_join(home, keys_name, path, problem);
    if (status == CUSTODY_OK)
        status = files_read(path, KEYRING_TEXT_MAX, &text, &len, problem);
    if (status != CUSTODY_OK && status != CUSTODY_ERR_NOT_FOUND)
        return status;
    problem_clear(problem);
    bool is_read = status == CUSTODY_OK && keyring_parse_vkeys(span_of(text, len), origin, &found);
    free(text);
    if (status == CUSTODY_OK && !is_read)
        return problem_set(problem, CUSTODY_ERR_CORRUPT, path, "the keys of a ledger",
                           "something else");
    /* After a move the file is still the predecessor's. */
    if (is_read && strcmp(origin, card->origin) == 0 &&
        memcmp(found.keys[0].key, card->ledger_key, PUBLIC_KEY_SIZE) == 0)
        *ret = found;
    else
        keyring_found(ret, card->ledger_key, unknown, unknown);
    return CUSTODY_OK;
}

enum custody_status rotation_save(const char *home,
                                  const char *origin,
                                  const struct keyring *keyring,
                                  struct custody_problem *problem)
{
    char path[FILES_PATH_MAX], text[KEYRING_TEXT_MAX];
    enum custody_status status = files_join(home, keys_name, path, problem);
    size_t len = keyring_write_vkeys(keyring, origin, text, sizeof(text));
    if (status == CUSTODY_OK && len == 0)
        return problem_set(problem, CUSTODY_ERR_INVALID, path, "keys that fit", "more");
    return status == CUSTODY_OK ? files_replace(path, span_of(text, len), problem) : status;
}

/* ---- what the ledger shows ---- */

bool rotation_is_due(const struct evidence_ledger *ledger, struct span note)
{
    struct checkpoint checkpoint;
    return ledger->keyring != NULL &&
           keyring_verify(ledger->keyring, note, ledger->origin, &checkpoint) ==
               CHECKPOINT_UNSIGNED &&
           checkpoint_parse(note, &checkpoint) && strcmp(checkpoint.origin, ledger->origin) == 0;
}

/* An entry that is in the checkpoint's tree, granted, and of that act; its body for the caller to free, NULL when it is not. */
static ProtobufCMessage *open_entry(const Custody__V1__Entry *shown,
                                    const struct checkpoint *checkpoint,
                                    const struct digest *origins,
                                    size_t origin_count,
                                    uint32_t act,
                                    struct statement *ret_statement)
{
    struct custody_problem ignored;
    struct body_fault fault;
    struct entry entry;
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
    if (shown->proof == NULL || shown->bytes.len == 0 ||
        evidence_check_entry(shown, checkpoint, &ignored) != CUSTODY_OK ||
        evidence_check_bytes(span_of(shown->bytes.data, shown->bytes.len), shown->number, origins,
                             origin_count, &entry, ret_statement, &ignored) != CUSTODY_OK)
        return NULL;
    if (entry.outcome != CUSTODY_OUTCOME_granted || ret_statement->header.act != act ||
        !body_scan(descriptor, ret_statement->body, &fault))
        return NULL;
    return body_unpack(descriptor, ret_statement->body, NULL);
}

/* The root keys, from the ledger's first entry. */
static bool learn_roots(const Custody__V1__Entry *first,
                        const char *origin,
                        const struct checkpoint *checkpoint,
                        struct keyring *keyring)
{
    struct digest addresses[LINEAGE_MAX];
    struct statement statement;
    size_t count = lineage_addresses(origin, addresses);
    Custody__V1__FoundLedgerBody *body = (Custody__V1__FoundLedgerBody *)open_entry(
        first, checkpoint, addresses, count, CUSTODY__V1__ACT__ACT_FOUND_LEDGER, &statement);
    bool is_known = body != NULL && first->number == 0 && body->n_root_keys == KEYRING_ROOTS;
    for (size_t i = 0; is_known && i < KEYRING_ROOTS; i++) {
        is_known = body->root_keys[i].len == PUBLIC_KEY_SIZE;
        if (is_known)
            memcpy(keyring->roots[i], body->root_keys[i].data, PUBLIC_KEY_SIZE);
    }
    if (body != NULL)
        custody__v1__found_ledger_body__free_unpacked(body, NULL);
    return is_known;
}

static bool learn_change(const Custody__V1__Entry *shown,
                         const char *origin,
                         const struct checkpoint *checkpoint,
                         struct keyring *keyring)
{
    struct digest address = statement_origin_digest(origin);
    struct statement statement;
    Custody__V1__RotateLedgerKeyBody *body = (Custody__V1__RotateLedgerKeyBody *)open_entry(
        shown, checkpoint, &address, 1, CUSTODY__V1__ACT__ACT_ROTATE_LEDGER_KEY, &statement);
    bool is_one = body != NULL && body->next_key.len == PUBLIC_KEY_SIZE &&
                  body->proof.len == SIGNATURE_SIZE &&
                  keyring_is_root(keyring, statement.header.key) &&
                  keyring_check_proof(origin, body->next_key.data, body->proof.data);
    if (is_one)
        keyring_say(keyring, statement.header.key, body->next_key.data, shown->number);
    if (body != NULL)
        custody__v1__rotate_ledger_key_body__free_unpacked(body, NULL);
    return is_one;
}

enum custody_status rotation_check(const char *origin,
                                   const struct keyring *known,
                                   const struct checkpoint *kept,
                                   const Custody__V1__HeadReply *reply,
                                   struct keyring *ret,
                                   struct custody_problem *problem)
{
    struct span note = span_of(reply->checkpoint.data, reply->checkpoint.len);
    struct keyring keyring = *known;
    struct checkpoint checkpoint;
    uint64_t last = 0;
    if (!checkpoint_parse(note, &checkpoint) || strcmp(checkpoint.origin, origin) != 0)
        return fail(problem, "checkpoint", "a checkpoint of this ledger", "something else");
    struct checkpoint from = *kept;
    if (kept->size == 0 && keyring_verify(known, span_of(reply->passage.data, reply->passage.len),
                                          origin, &from) != CHECKPOINT_OK) {
        fail(problem, "ledger", "the key that was handed over", "another one");
        problem_advise(problem, "the ledger's key was changed since: ask for a new invitation");
        return CUSTODY_ERR_EVIDENCE;
    }
    enum custody_status status =
        evidence_check_consistency(&from, &checkpoint, reply->consistency, problem);
    if (status != CUSTODY_OK)
        return status;
    if (reply->n_succession == 0 ||
        !learn_roots(reply->succession[0], origin, &checkpoint, &keyring))
        return fail(problem, "succession", "the ledger's first entry, with its root keys",
                    "something else");
    keyring.is_asked = false;
    for (size_t i = 1; i < reply->n_succession; i++) {
        const Custody__V1__Entry *shown = reply->succession[i];
        if (shown->number <= last || !learn_change(shown, origin, &checkpoint, &keyring))
            return fail(problem, "succession", "root keys that name the ledger's next key",
                        "something else");
        last = shown->number;
    }
    const struct evidence_ledger ledger = {.origin = origin, .keyring = &keyring};
    status = evidence_check_note(&ledger, note, &checkpoint, problem);
    if (status == CUSTODY_OK)
        *ret = keyring;
    return status;
}
