/* chain.h: a key: whom it speaks for, and the chain of its statements.
 * Evidence for findings, never part of a proof.
 *
 * Keys are judged in ledger order: a key revoked by entry r is revoked for every entry after r, whatever times the
 * statements claim. The code of key_... is in key.c. */
#ifndef CUSTODY_DOMAIN_CHAIN_H
#define CUSTODY_DOMAIN_CHAIN_H

#include "daemon/domain/party.h"

enum { CHAIN_GAPS_MAX = 64, CHAIN_RECORD_MAX = 2048 };

struct chain_gap {
    uint64_t first, last; /* sequences that have not arrived */
    int64_t since_us;     /* recorded_at of the entry that showed it */
};

struct key {
    uint8_t public_key[PUBLIC_KEY_SIZE];
    bool is_enrolled;
    uint32_t party;
    party_bits roles;
    party_bits invited_roles;
    uint64_t enrolled_entry;
    int64_t until_us; /* INT64_MAX: no end */
    bool is_revoked;
    uint64_t revoked_entry;
    int64_t doubt_since_us; /* 0: none */
    bool is_spent;          /* an invitation that was used */
    uint8_t curve_key[32];  /* zeros: none */
    /* the chain */
    uint64_t next_sequence; /* one above the highest seen; 1 at first */
    uint32_t forks;
    uint32_t
        unlisted_gaps; /* missing statements beyond the bound: counted, not listed; they lie between the next two */
    uint64_t unlisted_first, unlisted_last;
    uint32_t gap_count;
    struct chain_gap gaps[CHAIN_GAPS_MAX]; /* rising */
    struct digest last_id;                 /* of the statement at next_sequence - 1 */
};

enum chain_verdict {
    CHAIN_NEXT, /* the one expected */
    CHAIN_GAP,  /* it skips some: a gap opened */
    CHAIN_FILLED, /* it fills a gap, wholly or in part; where unlisted gaps lie it gets the benefit of the doubt */
    CHAIN_SECOND, /* another statement in a slot that is taken: a fork */
};

void chain_init(struct key *key, const uint8_t public_key[static PUBLIC_KEY_SIZE]);
/* Take a statement that is not yet on the ledger into the chain. `*ret_changed`, when a gap was opened, closed, cut or
 * split: true, so that the caller compares the obligations before and after. */
enum chain_verdict chain_take(struct key *key,
                              uint64_t sequence,
                              const struct digest *id,
                              int64_t recorded_at_us,
                              bool *ret_changed);
bool chain_may(const struct key *key,
               party_bits role,
               int64_t now_us); /* enrolled, not revoked, not expired, has a role */

size_t key_write(const struct key *key, uint8_t *ret, size_t cap);
bool key_parse(struct span bytes, struct key *ret);

#endif
