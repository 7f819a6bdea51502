/* move.h: a home goes over from a lost ledger to its successor (include/custody/client.h: custody_move).
 * Never believes the card alone: the successor's founding and the old entries in it are verified before anything changes.
 *
 * While it goes over, the folder `moving` of the home holds the old ledger file and head: cut off there, the next attempt puts them
 * back and begins anew. Afterwards they are the files `predecessor` and `predecessor-head`. */
#ifndef CUSTODY_CLIENT_LIB_MOVE_H
#define CUSTODY_CLIENT_LIB_MOVE_H

#include "client/lib/client.h"

/* The founding of a successor, from its two entries and the first entry of the lost ledger: by whom it was signed, of what it is the
 * successor. ERR_EVIDENCE unless two different root keys of the lost ledger signed, one each. Pure. */
CUSTODY_CHECK enum custody_status move_check_founding(const struct card *from,
                                                      const struct card *to,
                                                      uint64_t restored,
                                                      struct span first_entry,
                                                      struct span founding,
                                                      struct span countersignature,
                                                      struct custody_problem *problem);

#endif
