/* holdings.h: what lies in a backup's place, read and checked.
 * Never writes there.
 *
 * A checkpoint that the ledger signed says what the entries must add up to, and the entries are hashed one by one up to it: so of the
 * journal's part nothing has to be believed. The annex's records are named by what is in them. The rest (settings, access log) is
 * only as good as the inventory, which knows each file's SHA-256. One thread. */
#ifndef CUSTODY_LEDGER_HOLDINGS_H
#define CUSTODY_LEDGER_HOLDINGS_H

#include "proto/entry.h"
#include "proto/merkle.h"
#include "daemon/ledger/annex.h"
#include "daemon/ledger/inventory.h"

enum { HOLDINGS_ROW_MAX = 64 * 1024, HOLDINGS_SECRET_MAX = 4096, HOLDINGS_SENTENCE = 240 };

struct holdings_key {
    struct digest name;
    uint8_t key[ANNEX_KEY_SIZE]; /* zeros: erased */
};

struct holdings {
    const char *place; /* borrowed */
    struct inventory inventory;
    uint8_t note[CHECKPOINT_SIZE_MAX]; /* the signed head */
    size_t note_len;
    struct checkpoint head;
    int64_t last_recorded_at_us; /* of the newest entry, once the entries were walked */
    struct digest last_leaf;
    /* Once unsealed. */
    uint8_t *secret; /* the key file */
    size_t secret_len;
    struct holdings_key *keys; /* by name */
    size_t key_count;
    char sentence[HOLDINGS_SENTENCE]; /* what failed, and in which file */
};

typedef void holdings_progress(void *context, uint64_t done, uint64_t total);

/* The inventory, and its checkpoint: EVIDENCE when that is not signed by the key that the inventory names, or says something else.
 * `ret` is for holdings_done whatever comes back. */
enum custody_status holdings_open(const char *place, struct holdings *ret);
/* The same with an inventory that is not in the place yet; it is taken over. */
enum custody_status
holdings_open_with(const char *place, struct inventory *inventory, struct holdings *ret);
void holdings_done(struct holdings *holdings);

/* EVIDENCE: another passphrase, or a damaged file. */
enum custody_status holdings_unseal(struct holdings *holdings, struct span passphrase);

typedef enum custody_status
holdings_take(void *context, uint64_t number, struct span bytes, const struct digest *leaf);
/* Every entry in its order, then the root of them all against the checkpoint: EVIDENCE when it is another. What was handed out is to
 * be believed only when this gave OK. `take` may be NULL. */
enum custody_status holdings_walk_entries(struct holdings *holdings,
                                          holdings_take *take,
                                          holdings_progress *progress,
                                          void *context);
/* Every record with its key, checked; needs holdings_unseal. */
enum custody_status
holdings_walk_annex(struct holdings *holdings, annex_visit *visit, void *context);
/* A file's content, checked, into memory for the caller to free. */
enum custody_status holdings_read_file(struct holdings *holdings,
                                       const struct inventory_file *file,
                                       uint8_t **ret,
                                       size_t *ret_len);
/* All of it: unseal, entries, annex, every other file. */
enum custody_status holdings_verify(struct holdings *holdings,
                                    struct span passphrase,
                                    holdings_progress *progress,
                                    void *context);

#endif
