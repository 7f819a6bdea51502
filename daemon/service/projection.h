/* projection.h: the look-ups on their way to disk: what the writer's thread hands over, and the projector moves.
 * Never a thread of its own; never more than one generation under way (lookups.h).
 *
 * The writer's thread calls projection_turn between batches: it drops what has been moved, and seals what has gathered since
 * when that is due: as soon as nothing has come for PROJECTION_IDLE_MS, otherwise PROJECTION_MS after the last one or when
 * PROJECTION_CHANGES rows have changed. The projector calls projection_step, which is all of the work: writing, one commit,
 * word to readers that wait. While it works the writer goes on, and what gathers meanwhile is the next generation: the
 * busier it is the larger the generations, and the cheaper each change. Until projection_attach has said that somebody
 * calls projection_step, projection_turn does so itself.
 * A move that failed changes nothing; it is tried again PROJECTION_MS later, unless the process must leave
 * (ledger_must_leave): then look-ups are damaged, or it is not known what the failure left of them. */
#ifndef CUSTODY_SERVICE_PROJECTION_H
#define CUSTODY_SERVICE_PROJECTION_H

#include <stdbool.h>

#include <custody/status.h>

struct ledger;

enum { PROJECTION_CHANGES = 4000, PROJECTION_MS = 50, PROJECTION_IDLE_MS = 4 };

/* Somebody else calls projection_step from now on, or no longer does. While the writer's thread does not run. */
void projection_attach(struct ledger *ledger, bool is_attached);
/* Something is sealed, and nobody moves it yet. Any thread. */
bool projection_is_due(struct ledger *ledger);
/* Move what is sealed; false when there is nothing to move. One thread at a time, any. */
bool projection_step(struct ledger *ledger);
/* Writer's thread, pending empty. `idle`: nothing waits for it. */
void projection_turn(struct ledger *ledger, bool idle);
/* Move everything, whatever is due. Writer's thread, while nobody else is in projection_step. */
enum custody_status projection_finish(struct ledger *ledger);

#endif
