/* succession.h: the last steps of a successor's founding, taken again when they were cut off.
 * Never founds anything: recover.h does.
 *
 * A successor is made whole under passing names: the data folder, KEY.successor, MARK.successor, and its card. It is founded when the data
 * folder gets its name; what remains is that key and mark get theirs, the mark last, over the lost ledger's. So while a data folder
 * stands beside a MARK.successor that its key signed, something remains, and `run` and another `restore --successor` do it.
 * Before the data folder has its name, what an attempt left is nobody's, and the next one takes its place. */
#ifndef CUSTODY_SERVICE_SUCCESSION_H
#define CUSTODY_SERVICE_SUCCESSION_H

#include "daemon/service/ledger.h"

enum { SUCCESSION_PATH = 544 };

/* FILE.successor; false when that is too long. */
bool succession_path(const char *file, char ret[static SUCCESSION_PATH]);
/* Whether something remains to be done; the successor's keys are then in `ret` (ledger_keys_done). */
bool succession_is_open(const struct ledger_options *options, struct ledger_keys *ret);
/* Do it. EXISTS: the key file is another ledger's. */
enum custody_status succession_finish(const struct ledger_options *options,
                                      char ret_sentence[static 240]);
/* The keys under their own name, or else under the passing one; NOT_FOUND. */
enum custody_status succession_read_keys(const struct ledger_options *options,
                                         struct ledger_keys *ret);

#endif
