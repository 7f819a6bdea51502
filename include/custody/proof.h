/* proof.h: check what a ledger has shown, offline: no daemon, no network, no home folder.
 * What is false is CUSTODY_ERR_EVIDENCE, and the problem names what failed; what cannot be read is CUSTODY_ERR_INVALID.
 *
 * Everything rests on one thing that you got from somewhere you trust: the ledger's key, as the text that C2SP calls a
 * vkey (`name+xxxxxxxx+base64`). Its name is the ledger's origin. Of a ledger that has changed its key: its vkeys one a line, the
 * oldest first, each but the last followed by a space and the largest checkpoint that it signs (PROTOCOL.md 5.8).
 * Threads: any; nothing is shared. */
#ifndef CUSTODY_PROOF_H
#define CUSTODY_PROOF_H

#include <custody/client.h>

#ifdef __cplusplus
extern "C" {
#endif

struct custody_proved {
    uint64_t entry; /* number; for a checkpoint alone: 0 */
    uint64_t size;  /* of the checkpoint */
    uint8_t root[32];
    bool has_statement; /* the entry's bytes were there, and what follows is filled */
    uint32_t outcome;   /* enum custody_outcome */
    uint32_t reason;
    int64_t recorded_at_us;
    int64_t occurred_at_us;
    char act[32];    /* "pack"; empty for an act that this library does not know */
    uint8_t key[32]; /* who says it */
    uint8_t statement_id[32];
    char detail[CUSTODY_NUMBER_MAX + 1]; /* a refusal's field, a grant's number */
};

/* A tlog-proof (c2sp.org/tlog-proof@v1) whose `extra` line holds the entry's bytes: the checkpoint's signature, the inclusion
 * proof, the statement's own signature and that it is addressed to this ledger. */
CUSTODY_API CUSTODY_CHECK enum custody_status
custody_proof_verify(const char *text,
                     size_t len,
                     const char *ledger_vkey,
                     struct custody_proved *ret_proved,
                     struct custody_problem *ret_problem);

/* A checkpoint alone: form, origin, signature. */
CUSTODY_API CUSTODY_CHECK enum custody_status
custody_checkpoint_verify(const char *note,
                          size_t len,
                          const char *ledger_vkey,
                          struct custody_proved *ret_proved,
                          struct custody_problem *ret_problem);

/* A receipt (protobuf's encoding of Receipt) for a statement and its signature. */
CUSTODY_API CUSTODY_CHECK enum custody_status
custody_receipt_verify(const void *receipt,
                       size_t receipt_len,
                       const void *statement,
                       size_t statement_len,
                       const uint8_t signature[64],
                       const char *ledger_vkey,
                       struct custody_proved *ret_proved,
                       struct custody_problem *ret_problem);

/* That the tree of the old checkpoint is the beginning of the new one's; `hashes` one after another, 32 bytes each. Both notes
 * are verified first. */
CUSTODY_API CUSTODY_CHECK enum custody_status
custody_consistency_verify(const char *old_note,
                           size_t old_len,
                           const char *new_note,
                           size_t new_len,
                           const uint8_t *hashes,
                           size_t hash_count,
                           const char *ledger_vkey,
                           struct custody_problem *ret_problem);

#ifdef __cplusplus
}
#endif
#endif
