/* entries.c: signed entries and signed heads for tests of the disk.
 * Never a real act: bodies are chance. */
#include "tests/lib/entries.h"

#include <custody/status.h>
#include "tests/lib/dice.h"

void entries_signer_init(struct entries_signer *ret, uint8_t seed)
{
    uint8_t seed_bytes[SEED_SIZE];
    memset(ret, 0, sizeof(*ret));
    memset(seed_bytes, seed, sizeof(seed_bytes));
    digest_init();
    digest_key_from_seed(seed_bytes, ret->public_key, ret->secret_key);
}

size_t entries_sign(void *context, const struct checkpoint *checkpoint, uint8_t *ret)
{
    struct entries_signer *signer = context;
    if (signer->fails) {
        return 0;
    }
    signer->sign_count++;
    return checkpoint_sign(checkpoint, signer->secret_key, ret, CHECKPOINT_SIZE_MAX);
}

int64_t entries_recorded_at(uint64_t number)
{
    return 1700000000000000 + (int64_t)number * 1000;
}

struct span
entries_make(const struct entries_signer *signer, uint64_t number, size_t body_len, uint8_t *ret)
{
    static _Thread_local uint8_t statement[STATEMENT_SIZE_MAX];
    uint8_t signature[SIGNATURE_SIZE];
    struct dice dice;
    dice_init(&dice, number * 65536 + body_len);
    struct statement_header header = {
        .act = 64,
        .clock_quality = CLOCK_DEVICE,
        .key_sequence = number + 1,
        .occurred_at_us = entries_recorded_at(number) - 5000,
        .signed_at_us = entries_recorded_at(number) - 4000,
        .origin = statement_origin_digest(ENTRIES_ORIGIN),
    };
    memcpy(header.key, signer->public_key, sizeof(header.key));
    if (number > 0) {
        dice_fill(&dice, &header.previous, sizeof(header.previous));
    }
    statement_write_header(&header, statement);
    dice_fill(&dice, statement + STATEMENT_HEADER_SIZE, body_len);
    struct span bytes = span_of(statement, STATEMENT_HEADER_SIZE + body_len);
    digest_sign(signature, bytes, signer->secret_key);
    struct entry entry = {
        .outcome = CUSTODY_OUTCOME_recorded,
        .number = number,
        .recorded_at_us = entries_recorded_at(number),
        .statement = bytes,
        .signature = signature,
    };
    return span_of(ret, entry_write(&entry, ret, ENTRY_SIZE_MAX));
}

enum custody_status entries_commit(struct journal *journal,
                                   struct entries_signer *signer,
                                   uint64_t count,
                                   const struct merkle_batch **ret_batch)
{
    uint8_t bytes[ENTRY_SIZE_MAX];
    enum custody_status status = journal_begin(journal);
    uint64_t size = journal_size(journal);
    for (uint64_t i = 0; i < count && status == CUSTODY_OK; i++) {
        struct span entry = entries_make(signer, size + i, 60 + (size + i) % 7, bytes);
        struct digest leaf = merkle_leaf(entry);
        status = journal_append(journal, entry, &leaf);
    }
    if (status != CUSTODY_OK) {
        journal_abort(journal);
        return status;
    }
    return journal_commit(journal, ENTRIES_ORIGIN, entries_sign, signer, ret_batch);
}
