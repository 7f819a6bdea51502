/* changeover.h: look-ups of another format take the place of older ones: what is open by the old and by the new is compared, told
 * and written down before the old ones go.
 * Never fills look-ups (ledger.h, replay.h) and never decides which are right: the journal is the truth, and a difference means that
 * a rule or its reading changed, which somebody should know before the bureau does.
 *
 * The new ones are filled up to where the old ones are, compared, the old ones are removed, and only then do the new ones go on. Until
 * they are removed everything can be done again, so a process that dies at any moment leaves nothing to be put right.
 * Threads: whoever opens the ledger. */
#ifndef CUSTODY_SERVICE_CHANGEOVER_H
#define CUSTODY_SERVICE_CHANGEOVER_H

#include "daemon/ledger/lookups.h"
#include "daemon/service/ledger.h"

/* The oldest format whose rows of LOOKUPS_WORK and LOOKUPS_TEXTS have the form that this program reads. Of older ones nothing
 * is compared. */
enum { CHANGEOVER_READS_SINCE = 3 };
/* Differences that the log shows; the file has all. */
enum { CHANGEOVER_SHOWN = 10 };

struct changeover_report {
    uint32_t from, to; /* formats; 0: there were no older look-ups */
    uint64_t entries;  /* that both reflect */
    bool is_compared;  /* else `why` says why not */
    uint64_t was,
        is; /* manifests, obligations and findings that are open, by the old and the new */
    uint64_t gone, come; /* open only by the old, only by the new */
    char why[120];
    char file[600]; /* every difference, a line each; empty: there are none */
};

struct changeover;

/* Of the newest older look-ups in the data folder; `ret` stays NULL when there are none. FULL when the disk has no room for the new
 * beside the old and the reserve: `ret_sentence` says how much is needed. `mode`: STORE_READ_ONLY, or STORE_BESIDE while a daemon
 * serves from them. */
enum custody_status changeover_open(const struct ledger_options *options,
                                    enum store_mode mode,
                                    uint64_t journal_size,
                                    char ret_sentence[static 240],
                                    struct changeover **ret);
void changeover_close(struct changeover *changeover);
/* Where the new ones must be to be compared. */
uint64_t changeover_entries(const struct changeover *changeover);
/* Once: nothing after the old ones were dropped. Compares, writes DATA/changeover-<from>-<to> when anything differs, and says so in the log. */
enum custody_status changeover_compare(struct changeover *changeover,
                                       struct lookups *now,
                                       struct changeover_report *ret);
/* Remove the look-ups of every older format. */
enum custody_status changeover_drop(struct changeover *changeover);

/* For people, in one sentence. */
void changeover_describe(const struct changeover_report *report, char *ret, size_t cap);

#endif
