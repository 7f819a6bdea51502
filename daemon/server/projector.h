/* projector.h: the thread that moves look-ups to disk, so that no acknowledgement waits for it.
 * Never decides when: the writer seals a generation when it is due (projection.h) and wakes it.
 *
 * It sleeps until it is woken, moves what is sealed and sleeps again. A move is one commit, some milliseconds long; on a disk
 * that hangs as long as the disk does. */
#ifndef CUSTODY_SERVER_PROJECTOR_H
#define CUSTODY_SERVER_PROJECTOR_H

#include <stdint.h>

#include <custody/status.h>

struct ledger;
struct projector;

/* Before the writer is started. CUSTODY_ERR_MEMORY: there is no thread. */
enum custody_status projector_start(struct ledger *ledger, struct projector **ret);
/* After the writer has ended. Waits for a move that has begun; what is sealed and not begun is left to ledger_close. NULL is
 * allowed. */
void projector_stop(struct projector *projector);
/* Something may be sealed. Any thread; costs little when it is not. */
void projector_wake(struct projector *projector);
/* How long it has been at one move; 0 when it sleeps. Any thread. */
uint64_t projector_stuck_ms(const struct projector *projector);

#endif
