/* spool.h: what this device has signed and what became of it: durable, in the order of the key's chain.
 * Never signs, never sends; never changes what it keeps.
 *
 * Three append-only files in one folder (recordlog.h): `statements`, `receipts`, `set-aside`, under an exclusive lock.
 * A statement counts as kept when spool_append returns CUSTODY_OK: file and folder are then on disk. The next sequence
 * and the previous id come from the last statement, so a chain goes on where it was after a power cut. */
#ifndef CUSTODY_CLIENT_LIB_SPOOL_H
#define CUSTODY_CLIENT_LIB_SPOOL_H

#include <custody/client.h>
#include "proto/envelope.h"

enum { SPOOL_REF_MAX = 200, SPOOL_RECEIPTS_AT_ONCE = 16 };

struct spool;

/* One statement as it is kept. Spans borrow. */
struct spool_statement {
    uint64_t sequence;
    int64_t kept_at_us;
    uint8_t signature[SIGNATURE_SIZE];
    struct span statement;
    struct span ref;
    struct digest content; /* of what the caller asked for, to compare under the same ref */
    uint32_t record_count;
    struct span records[ENVELOPE_RECORDS_MAX]; /* for the annex: salt and text */
};

/* What is known of one without reading it again. */
struct spool_item {
    uint64_t sequence;
    struct digest id;
    uint16_t act;
    int64_t occurred_at_us;
    int64_t kept_at_us;
    enum custody_kept_state state;
};

/* A receipt as it came: the packed Receipt. For a statement that was set aside: the packed Problem. */
struct spool_answer {
    uint64_t sequence;
    struct digest id;
    int64_t at_us;
    struct span bytes;
};

CUSTODY_CHECK enum custody_status spool_open(const char *folder,
                                             const uint8_t key[static PUBLIC_KEY_SIZE],
                                             int wait_ms,
                                             struct spool **ret,
                                             struct custody_problem *problem);
void spool_close(struct spool *spool); /* NULL is allowed */

uint64_t spool_next_sequence(const struct spool *spool);
struct digest spool_last_id(const struct spool *spool); /* zeros when there is none */
bool spool_may_sign(const struct spool *spool); /* false: this folder was copied or restored */
/* The ledger holds another statement in a place of this key's chain: some copy of this folder signs too. From now on this
 * one does not, also after it was opened anew. */
CUSTODY_CHECK enum custody_status spool_stop_signing(struct spool *spool,
                                                     struct custody_problem *problem);
bool spool_was_torn(
    const struct spool *spool); /* a statement was cut off that had never been promised */
size_t spool_count(const struct spool *spool);
size_t spool_count_waiting(const struct spool *spool);
/* By sequence, 1 and up; NULL beyond the last. */
const struct spool_item *spool_item(const struct spool *spool, uint64_t sequence);

/* The sequence kept under this ref, or 0; `*ret_is_same` tells whether its content was this one. */
uint64_t spool_find_ref(const struct spool *spool,
                        struct span ref,
                        const struct digest *content,
                        bool *ret_is_same);
/* By the start of an id in hex. 0: none, or several (`*ret_count` tells). */
uint64_t spool_find_id(const struct spool *spool, struct span prefix, size_t *ret_count);

/* ERR_COPIED when the folder is not the one that was made here. */
CUSTODY_CHECK enum custody_status spool_append(struct spool *spool,
                                               const struct spool_statement *statement,
                                               struct custody_problem *problem);
/* The spans borrow from `*ret_memory`, which the caller frees. */
CUSTODY_CHECK enum custody_status spool_read(struct spool *spool,
                                             uint64_t sequence,
                                             struct spool_statement *ret,
                                             void **ret_memory,
                                             struct custody_problem *problem);
/* At most SPOOL_RECEIPTS_AT_ONCE, on disk together. One that is there already is left out. */
CUSTODY_CHECK enum custody_status spool_add_receipts(struct spool *spool,
                                                     const struct spool_answer *answers,
                                                     size_t count,
                                                     struct custody_problem *problem);
/* The same, in the place of receipts that are there: the ledger has a successor, and these are its own. The older ones stay in the file. */
CUSTODY_CHECK enum custody_status spool_renew_receipts(struct spool *spool,
                                                       const struct spool_answer *answers,
                                                       size_t count,
                                                       struct custody_problem *problem);
CUSTODY_CHECK enum custody_status spool_set_aside(struct spool *spool,
                                                  const struct spool_answer *answer,
                                                  struct custody_problem *problem);
/* The receipt, or the reason for setting aside. ERR_NOT_FOUND while the statement waits. */
CUSTODY_CHECK enum custody_status spool_read_answer(struct spool *spool,
                                                    uint64_t sequence,
                                                    struct spool_answer *ret,
                                                    void **ret_memory,
                                                    struct custody_problem *problem);

#endif
