/* scrubber.h: a thread that reads every row of the look-ups and a share of the journal once an hour, so that damage which nobody
 * asks for is found too.
 * Never mends: ledger_scrub tells the writer, which lets the process end and the next start make them anew. */
#ifndef CUSTODY_SERVER_SCRUBBER_H
#define CUSTODY_SERVER_SCRUBBER_H

#include <custody/status.h>
#include "daemon/base/ticker.h"
#include "daemon/service/ledger.h"

/* `every_s`: seconds between the end of one reading and the beginning of the next. The first begins at once when the look-ups were
 * not read whole as the ledger was opened (ledger_is_unread), for the writer waits for it.
 * ticker_stop waits for a reading that has begun: a second for a gibibyte of look-ups. */
enum custody_status scrubber_start(struct ledger *ledger, unsigned every_s, struct ticker **ret);

#endif
