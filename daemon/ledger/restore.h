/* restore.h: a backup's content as a ledger's data folder again.
 * Never puts anything in the place of a ledger: the folder is a new one, and its caller gives it its name when all is well.
 *
 * Entries get the numbers, times and bytes that they had, and the journal's head is the checkpoint that the ledger signed for them:
 * the journal hashes what it reads back and compares the root with that checkpoint's before it commits. The look-ups are not
 * restored: they are made anew when the ledger is opened. One thread. */
#ifndef CUSTODY_LEDGER_RESTORE_H
#define CUSTODY_LEDGER_RESTORE_H

#include "daemon/ledger/holdings.h"

/* Into `folder`, which is made and must not be there (EXISTS). `holdings` is unsealed; its sentence says what failed. After a failure
 * the folder is gone. EVIDENCE: the entries do not add up to the checkpoint. */
enum custody_status restore_ledger(struct holdings *holdings,
                                   const char *folder,
                                   uint64_t map_size,
                                   holdings_progress *progress,
                                   void *context);
/* Remove such a folder, with look-ups if it has them; OK when it is not there. EXISTS when something else lies in it. */
enum custody_status restore_remove(const char *folder);

#endif
