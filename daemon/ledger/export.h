/* export.h: a ledger as a folder of static files that any C2SP tlog-tiles client can read and check (tiles.h), made while the daemon runs
 * on; a second export adds only what is new.
 * Never writes into the ledger and never publishes a checkpoint that its tiles do not add up to.
 *
 * The hash tiles that are published are checked first. Written are bundles and tiles from the bottom up, each under a passing name
 * first; then everything is made durable and read back up to the new checkpoint (tiles_verify), which must also continue the one
 * that is published; and only then the checkpoint takes its place. Full tiles never change; a partial one is removed when the full
 * one is published. There is no other state than these files: one that the published checkpoint does not cover is compared with what
 * it should be. So an export that was cut off at any point is taken up by the next, and readers never see anything but a whole tree.
 *
 * Without entries it is the public form: hashes show nobody's statements. The two forms have places of their own, for entries are only for
 * whoever may read all of the ledger: their files have mode 0600 (the public form's 0644).
 * Two processes: reads the journal beside the daemon (STORE_BESIDE), in short snapshots. One export at a time in a place. */
#ifndef CUSTODY_LEDGER_EXPORT_H
#define CUSTODY_LEDGER_EXPORT_H

#include "proto/keyring.h"
#include "daemon/ledger/tiles.h"

struct export_options {
    const char *data; /* the ledger's folder */
    uint64_t map_size;
    const char *place;         /* made when it is not there; its parent must be */
    const char *origin;        /* the ledger's */
    const uint8_t *ledger_key; /* PUBLIC_KEY_SIZE bytes: it alone, when there is no `keyring` */
    const struct keyring *
        keyring; /* its keys, each for its own heads: what is published may be older than the newest; may be NULL */
    bool without_entries;
    tiles_progress *progress; /* may be NULL */
    void *context;
};

struct export_report {
    uint64_t entries, new_entries;
    uint64_t new_files, new_bytes; /* written */
    struct digest root;
    char sentence[TILES_SENTENCE]; /* after a failure: what, and where */
};

/* EXISTS: the place holds another ledger, or the other form. ROLLBACK: its checkpoint has more entries than the ledger. EVIDENCE: what is there
 * is not what the ledger signed; the sentence names the file. Without its file `checkpoint` a place is compared with the ledger from
 * the beginning, and what differs is written anew. BUSY: another export is at work there. */
enum custody_status export_make(const struct export_options *options, struct export_report *ret);

#endif
