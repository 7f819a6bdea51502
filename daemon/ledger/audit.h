/* audit.h: recomputes the journal from entry 0 and names the first byte that lies.
 * Never repairs.
 *
 * Checks, for every entry: its number, that recorded_at rises, its form, the statement's signature, its leaf
 * hash against the tiles (when they are given), and in the end root, size and signature of the head, and every head in
 * `published` (an older checkpoint someone kept) by the root at its size.
 * Entry and tile differ: when flipping one bit of the entry gives the tile's hash, the entry lies and the byte is known;
 * else the root of all entries against the signed head decides which of the two lies. Without tiles a byte that no
 * signature covers is found by the roots alone, which narrow it down to a range of entries.
 * With `since`, whose root somebody compared with a checkpoint that was kept, only what came after is looked at.
 * The snapshot of the journal is renewed as it goes, so that no pages pile up behind it. A journal that is damaged in
 * its pages can crash LMDB: run an audit of one in a process of its own. */
#ifndef CUSTODY_LEDGER_AUDIT_H
#define CUSTODY_LEDGER_AUDIT_H

#include "daemon/ledger/journal.h"
#include "daemon/ledger/lookups.h"

struct audit_report {
    uint64_t entries; /* checked */
    bool is_sound;
    bool
        tiles_are_sound; /* as far as they were given: the tiles hold the leaf hashes of these entries */
    uint64_t
        bad_entry; /* the first that is not, or the first of a range; UINT64_MAX: it is not an entry */
    uint64_t bad_offset;    /* byte within the entry; UINT64_MAX when only the entry is known */
    uint8_t was, should_be; /* when a single flipped bit explains it */
    bool byte_is_known;
    char sentence[240]; /* what was found, for people */
};

struct audit_options {
    const char *origin;
    const uint8_t *ledger_key;      /* PUBLIC_KEY_SIZE bytes */
    struct lookups_snapshot *tiles; /* may be NULL */
    const struct span *published;   /* signed notes, may be NULL */
    size_t published_count;
    const uint8_t *published_key; /* that signed them; NULL: ledger_key */
    const struct merkle_edge
        *since;       /* may be NULL: entries under this edge are taken for granted */
    bool signatures;  /* verify every statement's signature */
    unsigned threads; /* for hashes and signatures; 0 and 1: none beside the caller's */
    void (*progress)(void *context, uint64_t done, uint64_t total); /* may be NULL */
    void *context;
};

/* The status is about reading; what was found is in the report. */
enum custody_status
audit_run(struct journal *journal, const struct audit_options *options, struct audit_report *ret);

#endif
