/* found.h: founding a ledger: its keys, its first entries, the first regulator's invitation.
 * Root secrets are handed to the caller once, for paper, and kept nowhere. */
#ifndef CUSTODY_SERVICE_FOUND_H
#define CUSTODY_SERVICE_FOUND_H

#include "daemon/service/ledger.h"

struct found_options {
    const char *data, *key_file, *mark_file;
    uint64_t map_size;
    const char *origin;   /* e.g. ledger.linzhi.example/custody */
    const char *division; /* six digits */
    int32_t utc_offset_minutes;
    const char *regulator;                /* party, scheme:value */
    const char *regulator_name;           /* for the annex */
    const char *regulator_division;       /* NULL: the ledger's */
    const char *endpoint, *announcements; /* as clients will reach them; go into the invitation */
    int64_t invitation_until_us;
    bool demonstration;
    int64_t now_us;
};

/* Everything a founder must write down or hand on. Wiped by found_done. */
struct found_paper {
    uint8_t root_seeds[2][SEED_SIZE];
    uint8_t root_keys[2][PUBLIC_KEY_SIZE];
    char ledger_vkey[CHECKPOINT_VKEY_MAX + 1];
    char invitation[2048]; /* the file's text, PROTOCOL.md 9 */
};

/* Refuses (EXISTS) when there is a ledger or a key file already; leaves nothing behind on failure. */
enum custody_status found_ledger(const struct found_options *options,
                                 char ret_sentence[static 240],
                                 struct found_paper *ret);
void found_done(struct found_paper *paper);
/* A new ledger key and CURVE pair for an origin of at most CHECKPOINT_ORIGIN_MAX bytes; ledger_keys_done ends it. */
void found_make_ledger_keys(const char *origin, bool demonstration, struct ledger_keys *ret);
/* The card that devices know a ledger by (custody-ledger/1, PROTOCOL.md 9), NUL-terminated; false when it does not fit. */
bool found_write_card(const struct ledger_keys *keys,
                      const char *endpoint,
                      const char *announcements,
                      char *ret,
                      size_t cap);

#endif
