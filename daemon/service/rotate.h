/* rotate.h: the ledger's signing key is changed, by both root keys (PROTOCOL.md 5.8).
 * Never leaves a ledger that cannot sign: the next key is on disk before the ledger names it.
 *
 * Four steps, each of which a power cut may follow:
 *   1  the next key is made and put in the key file beside the present one
 *   2  both root keys say rotate_ledger_key, in one batch and one commit; its head is signed by the next key and by the old one
 *   3  the key file has the next key alone; the old one's secret is gone from this disk
 *   4  the mark holds the new head
 * After 1 alone nothing has changed, and the next attempt takes the key that is there. After 2 the ledger opens with the next key
 * (ledger_keys_settle), serves, and the next attempt does what is left. The daemon must not be running (BUSY). */
#ifndef CUSTODY_SERVICE_ROTATE_H
#define CUSTODY_SERVICE_ROTATE_H

#include "proto/keyring.h"
#include "daemon/service/ledger.h"

struct rotate_options {
    struct ledger_options ledger;
    const uint8_t *root_seeds[2]; /* SEED_SIZE bytes each */
    int64_t now_us;
    void (*progress)(void *context, uint64_t done, uint64_t total); /* may be NULL */
    void *context;
};

struct rotate_report {
    bool
        was_cut_off; /* an earlier change stood on the ledger already; only what was left of it was done */
    char old_vkey[CHECKPOINT_VKEY_MAX + 1]; /* empty when it was cut off */
    char vkey[CHECKPOINT_VKEY_MAX + 1];     /* in force now */
    uint64_t size;                          /* heads from this one on are signed by it */
};

/* The keys of a ledger, read beside a daemon that may be running; and in `keys`, just read from the key file, the one in force,
 * also after a change that was cut off. */
enum custody_status rotate_read_keyring(const struct ledger_options *options,
                                        struct ledger_keys *keys,
                                        struct keyring *ret);
/* INVALID: not this ledger's two root keys. */
enum custody_status rotate_ledger_key(const struct rotate_options *options,
                                      char ret_sentence[static 240],
                                      struct rotate_report *ret);

#endif
