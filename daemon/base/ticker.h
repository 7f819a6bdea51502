/* ticker.h: a thread that does one thing every so many seconds, until it is stopped.
 * Never does it twice at a time: the seconds run from the end of one turn to the beginning of the next. */
#ifndef CUSTODY_BASE_TICKER_H
#define CUSTODY_BASE_TICKER_H

#include <stdbool.h>

#include <custody/status.h>

struct ticker;

typedef void ticker_turn(void *context);

/* `at_once`: the first turn is not waited for. CUSTODY_ERR_MEMORY: there is no thread. */
enum custody_status
ticker_start(unsigned every_s, bool at_once, ticker_turn *turn, void *context, struct ticker **ret);
/* Waits for a turn that has begun. NULL is allowed. */
void ticker_stop(struct ticker *ticker);

#endif
