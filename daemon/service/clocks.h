/* clocks.h: correct_clock: a device's clock was wrong, and its facts are ordered by better times.
 * Never decides an outcome. Writer's thread.
 *
 * A correction waits until another party countersigned it; then every statement of its range that is on the ledger is gone
 * through once more, and what it said stands at its new time; what arrives later comes in at the right time at once. So the
 * order of arrival changes nothing. A correction is not withdrawn: a later one of the same range, with another offset or
 * none, takes its place. What is counted by days because a statement was made (visits, where a vehicle was seen, late
 * records) keeps the time that the device told: those rules are about what the device said. */
#ifndef CUSTODY_SERVICE_CLOCKS_H
#define CUSTODY_SERVICE_CLOCKS_H

#include "proto/custody.pb-c.h"
#include "daemon/service/settle.h"

/* The fact takes effect at the corrected time of its statement; and what hangs on that time is asked again. */
void clocks_correct(struct book *book, struct fact *fact);
void clocks_take(struct apply *apply, const Custody__V1__CorrectClockBody *body);

#endif
