/* witness.c: a tree and a list of its own, by the ledger's side. */
#include "tests/sim/witness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/body.h"
#include "proto/custody.pb-c.h"
#include "proto/entry.h"
#include "proto/envelope.h"
#include "proto/merkle.h"
#include "daemon/service/ledger_parts.h"
#include "client/lib/ask.h"
#include "client/lib/reflect.h"
#include "tests/sim/stage.h"
#include "tests/sim/tally.h"

struct seen {
    struct digest id, leaf, root; /* of the tree that ends with this entry */
};

static struct {
    char origin[CHECKPOINT_ORIGIN_MAX + 1];
    uint8_t key[PUBLIC_KEY_SIZE];
    struct digest address;
    struct merkle_edge edge;
    int64_t recorded_us;
    uint64_t count;
    struct seen seen[WITNESS_ENTRIES_MAX];
    bool tells;
} witness;

static void print_time(void)
{
    int64_t us = stage_now_us() + INT64_C(8) * 3600 * 1000000;
    int64_t s = us / 1000000;
    printf("# %02d %02d:%02d:%02d.%06d ", (int)(s / 86400 % 100), (int)(s / 3600 % 24),
           (int)(s / 60 % 60), (int)(s % 60), (int)(us % 1000000));
}

void witness_accuse(const char *format, ...)
{
    va_list arguments;
    print_time();
    printf("VIOLATED: ");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout);
    _exit(1);
}

void witness_tell(const char *format, ...)
{
    va_list arguments;
    if (!witness.tells)
        return;
    print_time();
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

/* ---- the ledger itself ---- */

static void take_entry(uint64_t number, struct span bytes)
{
    struct entry entry;
    struct statement statement;
    const char *field = "";
    struct seen *seen = &witness.seen[number];
    if (number == WITNESS_ENTRIES_MAX)
        witness_accuse("the witness has no room for more entries");
    if (!entry_parse(bytes, &entry) || entry.number != number)
        witness_accuse("entry %llu is none, or bears another number", (unsigned long long)number);
    if (entry.recorded_at_us <= witness.recorded_us)
        witness_accuse("entry %llu was not recorded after the one before",
                       (unsigned long long)number);
    if (statement_verify(entry.statement, entry.signature, &witness.address, &statement, &field) !=
        STATEMENT_OK)
        witness_accuse("entry %llu does not verify under its key: %s", (unsigned long long)number,
                       field);
    uint64_t before = witness_find(&statement.id);
    if (before != WITNESS_UNKNOWN)
        witness_accuse("entry %llu is the statement of entry %llu once more",
                       (unsigned long long)number, (unsigned long long)before);
    witness.recorded_us = entry.recorded_at_us;
    seen->id = statement.id;
    seen->leaf = merkle_leaf(bytes);
    merkle_edge_append(&witness.edge, &seen->leaf);
    seen->root = merkle_edge_root(&witness.edge);
    witness.count++;
    witness_tell("entry %llu: %s %s%s%.*s", (unsigned long long)number,
                 body_act_name(statement.header.act), custody_outcome_name(entry.outcome),
                 entry.reason != 0 ? ": " : "", (int)entry.detail.len,
                 (const char *)entry.detail.data);
    tally.held += entry.outcome == CUSTODY_OUTCOME_held ? 1 : 0;
    tally.refused += entry.outcome == CUSTODY_OUTCOME_refused ? 1 : 0;
}

void witness_look(struct ledger *ledger)
{
    struct journal_snapshot *snapshot;
    struct span bytes;
    uint8_t note[CHECKPOINT_SIZE_MAX];
    uint64_t size = 0;
    if (journal_snapshot_begin(ledger->journal, &snapshot) != CUSTODY_OK)
        witness_accuse("the journal cannot be read");
    if (journal_snapshot_rows(snapshot) != journal_snapshot_size(snapshot))
        witness_accuse("the numbers of the entries are not dense");
    while (witness.count < journal_snapshot_size(snapshot)) {
        if (journal_read(snapshot, witness.count, NULL, &bytes) != CUSTODY_OK)
            witness_accuse("entry %llu is not there", (unsigned long long)witness.count);
        take_entry(witness.count, bytes);
    }
    if (journal_snapshot_size(snapshot) != witness.count)
        witness_accuse("%llu entries are left of %llu",
                       (unsigned long long)journal_snapshot_size(snapshot),
                       (unsigned long long)witness.count);
    witness_note(journal_snapshot_head(snapshot));
    journal_snapshot_end(snapshot);
    size_t len = ledger_head(ledger, note, &size);
    if (size != witness.count)
        witness_accuse("the head that is told is of %llu entries, of %llu",
                       (unsigned long long)size, (unsigned long long)witness.count);
    witness_note(span_of(note, len));
}

void witness_look_again(struct ledger *ledger)
{
    struct journal_snapshot *snapshot;
    struct span bytes;
    if (journal_snapshot_begin(ledger->journal, &snapshot) != CUSTODY_OK)
        witness_accuse("the journal cannot be read");
    for (uint64_t i = 0; i < witness.count; i++)
        if (journal_read(snapshot, i, &witness.seen[i].leaf, &bytes) != CUSTODY_OK)
            witness_accuse("entry %llu is not what it was", (unsigned long long)i);
    journal_snapshot_end(snapshot);
}

void witness_begin(struct ledger *ledger)
{
    const struct ledger_keys *keys = ledger_keys(ledger);
    witness.tells = getenv("SIM_TRACE") != NULL;
    snprintf(witness.origin, sizeof witness.origin, "%s", keys->origin);
    memcpy(witness.key, keys->public_key, PUBLIC_KEY_SIZE);
    witness.address = statement_origin_digest(witness.origin);
    merkle_edge_init(&witness.edge);
    witness_look(ledger);
}

void witness_restart(struct ledger *ledger)
{
    if (journal_size(ledger->journal) != witness.count)
        witness_accuse("after a start there are %llu entries, not %llu",
                       (unsigned long long)journal_size(ledger->journal),
                       (unsigned long long)witness.count);
    witness_look(ledger);
    witness_look_again(ledger);
}

/* ---- what is told ---- */

void witness_head(const struct checkpoint *head)
{
    if (head->size == 0)
        return;
    if (head->size > witness.count)
        witness_accuse("a head of %llu entries, of which there are %llu",
                       (unsigned long long)head->size, (unsigned long long)witness.count);
    if (!digest_is_equal(&head->root, &witness.seen[head->size - 1].root))
        witness_accuse("the head of %llu entries has another root", (unsigned long long)head->size);
}

void witness_note(struct span note)
{
    struct checkpoint head;
    if (checkpoint_verify(note, witness.origin, witness.key, &head) != CHECKPOINT_OK)
        witness_accuse("a head whose signature is not the ledger's");
    witness_head(&head);
}

void witness_reply(uint16_t kind, struct span reply)
{
    ProtobufCMessage *message =
        protobuf_c_message_unpack(ask_reply_descriptor(kind), NULL, reply.len, reply.data);
    if (message == NULL)
        witness_accuse("an answer to %s that is none", envelope_kind_name(kind));
    ProtobufCMessage *basis = reflect_get_message(message, "basis");
    struct span note = reflect_get_bytes(basis != NULL ? basis : message, "checkpoint");
    if (note.len == 0)
        witness_accuse("an answer to %s that rests on nothing", envelope_kind_name(kind));
    witness_note(note);
    if (basis != NULL && reflect_get_number(basis, "as_of") > witness.count)
        witness_accuse("an answer to %s as of entries that are not there",
                       envelope_kind_name(kind));
    reflect_free(message);
}

void witness_receipt(const struct statement *statement, struct span reply)
{
    struct entry entry;
    struct digest leaf;
    Custody__V1__Receipt *receipt = custody__v1__receipt__unpack(NULL, reply.len, reply.data);
    uint64_t number = witness_find(&statement->id);
    if (number == WITNESS_UNKNOWN)
        witness_accuse("a receipt of a statement that is not on the ledger");
    if (receipt == NULL ||
        !entry_leaf_of(span_of(receipt->entry_head.data, receipt->entry_head.len), statement->bytes,
                       statement->signature, &leaf, &entry))
        witness_accuse("a receipt of entry %llu that is none", (unsigned long long)number);
    if (entry.number != number || !digest_is_equal(&leaf, witness_leaf(number)))
        witness_accuse("a receipt of entry %llu for what stands as entry %llu",
                       (unsigned long long)entry.number, (unsigned long long)number);
    witness_note(span_of(receipt->checkpoint.data, receipt->checkpoint.len));
    custody__v1__receipt__free_unpacked(receipt, NULL);
}

/* ---- what is there ---- */

uint64_t witness_size(void)
{
    return witness.count;
}

uint64_t witness_find(const struct digest *id)
{
    for (uint64_t i = 0; i < witness.count; i++)
        if (digest_is_equal(&witness.seen[i].id, id))
            return i;
    return WITNESS_UNKNOWN;
}

const struct digest *witness_statement(uint64_t number)
{
    return &witness.seen[number].id;
}

const struct digest *witness_leaf(uint64_t number)
{
    return &witness.seen[number].leaf;
}

struct digest witness_digest(void)
{
    return digest_sha256(
        span_of((const uint8_t *)witness.seen, witness.count * sizeof(struct seen)));
}
