/* ledger_keys.h: the file with a ledger's own secrets: the key that signs its heads, its CURVE key, and, while its key is being
 * changed, the next one.
 * Never prints a secret.
 *
 * `name: value` lines in a fixed order under the title custody-ledger-key/1: origin, seed, curve-public, curve-secret,
 * demonstration, and `next-seed` while a change is under way (rotate.h). The file has mode 0600. One thread. */
#ifndef CUSTODY_SERVICE_LEDGER_KEYS_H
#define CUSTODY_SERVICE_LEDGER_KEYS_H

#include <custody/status.h>
#include "proto/checkpoint.h"

/* Wiped by ledger_keys_done. */
struct ledger_keys {
    char origin[CHECKPOINT_ORIGIN_MAX + 1];
    uint8_t public_key[PUBLIC_KEY_SIZE];
    uint8_t secret_key[SECRET_KEY_SIZE];
    uint8_t curve_public[32];
    uint8_t curve_secret[32];
    bool is_demonstration; /* may follow a clock file */
    /* Signs from the entry on that makes it the ledger's; until then it does nothing. */
    bool has_next;
    uint8_t next_public[PUBLIC_KEY_SIZE];
    uint8_t next_secret[SECRET_KEY_SIZE];
};

enum custody_status ledger_keys_read(const char *path, struct ledger_keys *ret);
/* The text of such a file; INVALID when it is none. */
enum custody_status ledger_keys_parse(struct span text, struct ledger_keys *ret);
/* Refuses to replace a file. */
enum custody_status ledger_keys_write(const char *path, const struct ledger_keys *keys);
/* In the place of the file that is there, with its owner: either the old one or the new one is there whatever happens. */
enum custody_status ledger_keys_replace(const char *path, const struct ledger_keys *keys);
/* A new next key, at random. */
void ledger_keys_make_next(struct ledger_keys *keys);
/* The next key takes the place of the present one, whose secret is wiped. */
void ledger_keys_turn(struct ledger_keys *keys);
/* After a change that was cut off between the entry and the file: the journal's newest head says which key is in force. True
 * when that is the next one; it has been turned to then. */
bool ledger_keys_settle(struct ledger_keys *keys, struct span head);
void ledger_keys_done(struct ledger_keys *keys);

#endif
