/* entries.h: signed entries and signed heads for tests of the disk.
 * Never a real act: bodies are chance. */
#ifndef TESTS_LIB_ENTRIES_H
#define TESTS_LIB_ENTRIES_H

#include "daemon/ledger/journal.h"

#define ENTRIES_ORIGIN "ledger.example/test"

struct entries_signer {
    uint8_t public_key[PUBLIC_KEY_SIZE];
    uint8_t secret_key[SECRET_KEY_SIZE];
    bool fails; /* the next signatures are not given */
    uint64_t sign_count;
};

/* The same seed byte gives the same keys. */
void entries_signer_init(struct entries_signer *ret, uint8_t seed);
/* A journal_sign; context is a struct entries_signer. */
size_t entries_sign(void *signer, const struct checkpoint *checkpoint, uint8_t *ret);

/* The entry of that number: always the same bytes for the same number and length, with a good signature by the
 * signer's key. `ret` has ENTRY_SIZE_MAX bytes. `body_len` is the length of the act's body. */
struct span
entries_make(const struct entries_signer *signer, uint64_t number, size_t body_len, uint8_t *ret);
/* Its recorded_at. */
int64_t entries_recorded_at(uint64_t number);

/* One batch of `count` entries with bodies of 60 bytes and more, appended and committed. */
enum custody_status entries_commit(struct journal *journal,
                                   struct entries_signer *signer,
                                   uint64_t count,
                                   const struct merkle_batch **ret_batch);

#endif
