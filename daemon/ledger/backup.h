/* backup.h: a verified copy of a ledger in another place, made while the daemon runs on; a second one copies only what is new.
 * Never writes into the ledger and never believes what it wrote before it has read it again.
 *
 * The place is a folder (inventory.h says what is in it). What is copied: the journal's entries up to a signed head; the annex, its records
 * as they are encrypted and, under a passphrase, their keys with the ledger's own; the access log; the settings. What was erased
 * from the annex is erased from the copy too: its key is in no newer file of keys, and the older ones are removed.
 * All of it is read back and checked before the new inventory takes the old one's place. So a crash at any point leaves the earlier
 * backup as it was, and so does a failure.
 *
 * Two processes: reads journal and annex beside the daemon (STORE_BESIDE), in short snapshots. One backup at a time in a place. */
#ifndef CUSTODY_LEDGER_BACKUP_H
#define CUSTODY_LEDGER_BACKUP_H

#include "proto/keyring.h"
#include "daemon/ledger/holdings.h"

struct backup_options {
    const char *data; /* the ledger's folder */
    uint64_t map_size;
    const char *place;         /* made when it is not there; its parent must be */
    const char *origin;        /* the ledger's */
    const uint8_t *ledger_key; /* PUBLIC_KEY_SIZE bytes */
    const struct keyring *
        keyring; /* all that it ever had: an earlier backup may be signed by one before; NULL: that one */
    struct span secret;        /* the key file, at most HOLDINGS_SECRET_MAX bytes */
    struct span configuration; /* the settings */
    struct span passphrase;
    bool
        is_quick; /* a cheap passphrase hash, for what is not worth protecting: demonstrations, tests */
    int64_t now_us;
    holdings_progress *progress; /* may be NULL */
    void *context;
};

struct backup_report {
    uint64_t entries, new_entries;
    uint64_t records, new_records; /* of the annex */
    uint64_t new_bytes;            /* written */
    struct digest root, last_leaf;
    int64_t last_recorded_at_us;
    uint8_t note[CHECKPOINT_SIZE_MAX]; /* the head that the copy ends at */
    size_t note_len;
    char sentence[HOLDINGS_SENTENCE]; /* after a failure: what, and where */
};

/* EXISTS: the place holds another ledger. ROLLBACK: it holds more entries than the ledger has. EVIDENCE, CORRUPT: what is there already
 * does not verify: take another place, and look for the reason. BUSY: another backup is at work there. */
enum custody_status backup_make(const struct backup_options *options, struct backup_report *ret);

/* When the last backup, or the last drill of a restore, was well: a small file in the data folder, for whoever asks how old it is. */
struct backup_mark {
    int64_t at_us;
    uint64_t entries;
    char place[400];
};
/* `what` is "backup" or "drill"; the file is `<data>/last-<what>`. */
enum custody_status
backup_mark_write(const char *data, const char *what, const struct backup_mark *mark);
/* NOT_FOUND: never. */
enum custody_status backup_mark_read(const char *data, const char *what, struct backup_mark *ret);

#endif
