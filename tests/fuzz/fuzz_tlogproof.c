/* fuzz_tlogproof.c: a proof that comes apart holds an entry and a note within their limits; nothing forged verifies. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <custody/proof.h>
#include "proto/checkpoint.h"
#include "client/lib/tlogproof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static const char *vkey(void)
{
    static char text[CHECKPOINT_VKEY_MAX + 1];
    uint8_t seed[SEED_SIZE], key[PUBLIC_KEY_SIZE], secret[SECRET_KEY_SIZE];
    if (text[0] == 0) {
        for (size_t i = 0; i < SEED_SIZE; i++)
            seed[i] = (uint8_t)(0x20 + i);
        digest_key_from_seed(seed, key, secret);
        require(checkpoint_write_vkey("ledger.example/custody", key, text, sizeof text) > 0);
    }
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tlogproof proof;
    struct custody_problem problem = {0};
    struct custody_proved proved;
    enum custody_status status = tlogproof_parse(span_of(data, size), &proof, &problem);
    if (status == CUSTODY_OK) {
        require(proof.entry_len <= ENTRY_SIZE_MAX && proof.proof.count <= MERKLE_PROOF_MAX);
        require(proof.note.data >= data && proof.note.data + proof.note.len == data + size);
    } else {
        require(problem.status == status);
    }
    problem = (struct custody_problem){0};
    /* The seed of this key is known to this test alone, and it signed nothing. */
    status = custody_proof_verify((const char *)data, size, vkey(), &proved, &problem);
    require(status == CUSTODY_ERR_EVIDENCE || status == CUSTODY_ERR_INVALID);
    require(problem.status == status);
    status = custody_checkpoint_verify((const char *)data, size, vkey(), &proved, &problem);
    require(status != CUSTODY_OK);
    return 0;
}
