/* house.h: the daemon of a simulated world: a real ledger, and the way from the frames to the reply in one thread.
 * Never a socket: net.h brings messages and takes answers; never a decision of its own about a statement.
 *
 * Statements gather into batches of any size, look-ups follow the journal when they are let, questions are answered late: what
 * several threads would do to one another is drawn from the seed. A restart is orderly, or it is a death: then what was
 * not answered yet is never answered, and what was not flushed is lost as far as the journal does not have it. */
#ifndef TESTS_SIM_HOUSE_H
#define TESTS_SIM_HOUSE_H

#include "daemon/service/ledger.h"

/* Opens the ledger in `folder`, made by the base (world.h). */
void house_begin(uint64_t seed, const char *folder);
/* Closes the ledger, waits so long, and opens it again. `dies`: see above. */
void house_restart(bool dies, int64_t down_us);
bool house_is_up(void);
/* Up again at once if it is not; from here on nothing interferes with it. */
void house_heal(void);
/* Closes it and audits journal and look-ups. */
void house_end(void);
/* The ledger that is open; NULL while it is down. */
struct ledger *house_ledger(void);

#endif
