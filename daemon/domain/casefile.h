/* casefile.h: what was said of a finding after it was found: explained, settled, inspected.
 * Never says whether the finding stands: the folds do.
 *
 * A finding's name is its rule, its subject as people read it, and the statement that it hangs on (its anchor: author's key
 * and sequence). Its digest is the SHA-256 of the text
 *     custody-finding LF rule LF subject LF key (64 hexadecimal digits) LF sequence LF
 * with rule and sequence in decimal, and no key and sequence 0 for a finding without an anchor; its id, for people, the first
 * 12 hexadecimal digits. What is said may come before the finding does, and outlives it.
 *
 * Nobody settles their own: a word settles when it is a regulator's, of the finding's division, and not of the finding's own
 * party. A word that was withdrawn or is held has no effect, and is shown. The order of arrival makes no difference. */
#ifndef CUSTODY_DOMAIN_CASEFILE_H
#define CUSTODY_DOMAIN_CASEFILE_H

#include "proto/bytes.h"
#include "proto/digest.h"
#include "daemon/domain/work.h"

enum {
    CASEFILE_SUBJECT_MAX = 200,
    CASEFILE_ORDER_MAX = 64,
    CASEFILE_SAYINGS_MAX =
        32, /* what was said beyond is on the ledger and is counted, without effect here */
    CASEFILE_ID_DIGITS = 12,
    CASEFILE_RECORD_MAX = 8192,
};

/* Numbers of custody.proto's FindingState. */
enum casefile_state {
    CASEFILE_OPEN = 1,
    CASEFILE_EXPLAINED = 2,
    CASEFILE_SETTLED = 3,
    CASEFILE_EXCUSED = 4,
    CASEFILE_ABSENT = 5,
};

struct casefile_saying {
    uint64_t entry;
    int64_t effective_us;
    uint32_t key; /* that said it */
    uint64_t key_sequence;
    uint32_t party;
    uint32_t division; /* of the party then */
    uint8_t act;       /* enum Act: explain, settle, inspect */
    uint8_t reason;    /* enum ReasonClass; inspect: its outcome, at most 255 */
    bool is_regulator;
    bool is_held;
    bool is_withdrawn;
    char order[CASEFILE_ORDER_MAX + 1];
};

struct casefile {
    uint16_t rule;
    char subject[CASEFILE_SUBJECT_MAX + 1];
    uint32_t anchor_key; /* number of the key; 0: none */
    uint64_t anchor_sequence;
    struct digest digest;
    uint32_t not_kept;
    uint32_t count;
    struct casefile_saying sayings[CASEFILE_SAYINGS_MAX]; /* in order of time */
};

/* `key`: 32 bytes, or empty for a finding without an anchor. False when the subject is too long. */
bool casefile_digest(
    uint16_t rule, struct span subject, struct span key, uint64_t sequence, struct digest *ret);
void casefile_write_id(const struct digest *digest, char ret[static CASEFILE_ID_DIGITS + 1]);

/* In order of time; the same entry again changes what stands. True when something changed. */
bool casefile_add(struct casefile *file, const struct casefile_saying *saying);
/* The saying of that statement; NULL when there is none. */
struct casefile_saying *casefile_find(struct casefile *file, uint32_t key, uint64_t key_sequence);
/* Open, explained or settled, for a finding of that party in that division. `ret_by` (may be NULL) gets the saying that decides,
 * NULL for open. */
enum casefile_state casefile_state_of(const struct casefile *file,
                                      uint32_t party,
                                      uint32_t division,
                                      const struct casefile_saying **ret_by);
/* Was it ever settled, and is so no longer? */
bool casefile_is_reopened(const struct casefile *file, uint32_t party, uint32_t division);
bool casefile_is_inspected(const struct casefile *file);

/* Write gives the length, 0 when it does not fit; parse gives false on damage. */
size_t casefile_write(const struct casefile *file, uint8_t *ret, size_t cap);
bool casefile_parse(struct span bytes, struct casefile *ret);

#endif
