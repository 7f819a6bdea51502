/* replay.h: the look-ups from the journal: what is lacking at start, all of it for a rebuild, and the comparison an audit makes.
 * The same code applies an entry live and in replay; a replay never decides an outcome again. */
#ifndef CUSTODY_SERVICE_REPLAY_H
#define CUSTODY_SERVICE_REPLAY_H

#include "daemon/ledger/audit.h"
#include "daemon/service/anchors.h"
#include "daemon/service/changeover.h"
#include "daemon/service/ledger.h"

typedef void replay_progress(void *context, uint64_t done, uint64_t total);

/* Drop the look-ups of a ledger that is not open and make them anew. Where some of an older format were, `ret` says what they gave
 * way to; else its `from` is 0. */
enum custody_status replay_rebuild(const struct ledger_options *options,
                                   replay_progress *progress,
                                   void *context,
                                   struct changeover_report *ret,
                                   char ret_sentence[static 240]);
/* The look-ups of this program's format as far as those of an older format are, while an older program may serve from them: then
 * compared, and both stay. Nothing to do, and `from` 0, where there are none. Killed at any moment, it goes on where it was. BUSY
 * while another does it. */
enum custody_status replay_ahead(const struct ledger_options *options,
                                 replay_progress *progress,
                                 void *context,
                                 struct changeover_report *ret,
                                 char ret_sentence[static 240]);

struct replay_audit {
    struct audit_report journal;
    bool lookups_are_sound;   /* every row equals a rebuild's */
    uint64_t lookups_reflect; /* entries */
    char lookups_sentence[240];
    bool accesses_are_compared; /* the rebuild went through: the anchors' keys are known */
    struct anchors_report accesses;
};
/* The whole audit of a ledger that is not open elsewhere: the journal from entry 0, then the look-ups against a rebuild made in a
 * temporary folder beside them, then the access log's files against their anchors on the ledger. */
enum custody_status replay_audit(const struct ledger_options *options,
                                 bool signatures,
                                 unsigned threads,
                                 replay_progress *progress,
                                 void *context,
                                 struct replay_audit *ret,
                                 char ret_sentence[static 240]);
/* The same for what came after a checkpoint that somebody kept: EVIDENCE when it is not this ledger's, or when the tiles, which say what lies
 * under it, do not add up to it. Of the look-ups only the checksums are looked at. */
enum custody_status replay_audit_since(const struct ledger_options *options,
                                       struct span checkpoint,
                                       bool signatures,
                                       unsigned threads,
                                       replay_progress *progress,
                                       void *context,
                                       struct replay_audit *ret,
                                       char ret_sentence[static 240]);

#endif
