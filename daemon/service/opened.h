/* opened.h: one row of what is open as people are told of it: who holds it, what was signed last, what must happen next, what
 * was said of it.
 * Never decides what may be seen (agenda.h) and never writes. */
#ifndef CUSTODY_SERVICE_OPENED_H
#define CUSTODY_SERVICE_OPENED_H

#include "daemon/service/agenda.h"

Custody__V1__OpenItem *opened_item(struct agenda *agenda, const struct agenda_row *row);
Custody__V1__Finding *opened_finding(struct agenda *agenda, const struct agenda_row *row);
/* In time thanks to a closure by order: met before, or not yet over. */
bool opened_is_excused(const struct asking *asking, const struct agenda_row *row);
/* An obligation that is still owed is not settled by a word: that takes effect once it is met. */
enum casefile_state opened_state(const struct asking *asking, const struct agenda_row *row);
bool opened_case(const struct asking *asking, const struct work *row, struct casefile *ret);
Custody__V1__Escalation opened_escalation(const struct agenda *agenda,
                                          const struct agenda_row *row);
/* The answer to a question after one finding: it, its name and what was said of it. Several of one id are all given, without
 * their cases. */
void opened_finding_by_id(struct agenda *agenda, const Custody__V1__FindingsRequest *request);

#endif
