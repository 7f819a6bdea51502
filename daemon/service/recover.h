/* recover.h: a ledger out of its backup (restore.h): the same one, or, after a loss, its successor.
 * Never makes a second history: what was published after the backup is either shown not to exist, or the ledger goes on under another name.
 *
 * The same ledger is put back only beside a mark that is no newer than the backup. A successor (DESIGN 6) has the restored entries, their numbers
 * and their tree unchanged, so that every proof over them holds in it; its own first entry is found_ledger, signed by one root key, and
 * names the predecessor, what was restored of it, and the newest checkpoint of it that is known; the second is the other root key's
 * countersignature. It has new keys, takes what was addressed to its predecessors, and devices send it what it lacks.
 *
 * Everything is made in the folder `<data>.restoring` and gets its name when the ledger in it has opened, look-ups made anew. Whatever lay there from
 * an attempt that was cut off is removed first. */
#ifndef CUSTODY_SERVICE_RECOVER_H
#define CUSTODY_SERVICE_RECOVER_H

#include "daemon/ledger/holdings.h"
#include "daemon/service/ledger.h"

struct recover_options {
    const char *place; /* of the backup */
    struct span passphrase;
    struct ledger_options ledger; /* where it goes; `data` must not be there, or be empty */
    int64_t now_us;
    holdings_progress *progress; /* may be NULL */
    void *context;
    /* Of a successor. */
    const uint8_t *root_seeds[2];         /* SEED_SIZE bytes each */
    struct span newest;                   /* a checkpoint of the lost ledger; none: empty */
    const char *endpoint, *announcements; /* as devices will reach it */
    const char *card_file;                /* the card is written here; NULL: nowhere */
};

struct recover_report {
    uint64_t entries; /* restored */
    struct digest root;
    struct digest last_leaf;
    int64_t last_recorded_at_us;
    int64_t made_at_us; /* the backup */
    uint64_t
        newest_size; /* of the newest checkpoint known; above `entries`: what devices must send again */
    char origin[CHECKPOINT_ORIGIN_MAX + 1];
    char card[2048]; /* of a successor, for the devices */
};

/* NOT_FOUND: no backup, or no mark beside which it could be put back. ROLLBACK: the mark is newer: only a successor can follow. EXISTS: there is
 * a ledger, or another key. EVIDENCE: passphrase, or entries that do not add up. A key file that is not there is written. */
enum custody_status recover_same(const struct recover_options *options,
                                 char ret_sentence[static 240],
                                 struct recover_report *ret);
/* Like it, into `<data>.drill`, opened and removed again: what a restore would do, without doing it. Needs neither key file nor mark, and
 * touches neither. */
enum custody_status recover_drill(const struct recover_options *options,
                                  char ret_sentence[static 240],
                                  struct recover_report *ret);
/* The key file must not be there, nor the card's (EXISTS). The mark, when there is one, is the lost ledger's and is replaced at the end. A run that was cut
 * off is taken up: before the data folder stands by beginning anew, after that by doing what remains (succession.h). */
enum custody_status recover_successor(const struct recover_options *options,
                                      char ret_sentence[static 240],
                                      struct recover_report *ret);

#endif
