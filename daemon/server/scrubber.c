/* scrubber.c: reads every row of the look-ups, and a share of the journal, once an hour.
 * Never mends. */
#include "daemon/server/scrubber.h"

#include "daemon/base/clock.h"

static void scrub(void *context)
{
    ledger_scrub(context, clock_wall_us());
}

enum custody_status scrubber_start(struct ledger *ledger, unsigned every_s, struct ticker **ret)
{
    return ticker_start(every_s, ledger_is_unread(ledger), scrub, ledger, ret);
}
