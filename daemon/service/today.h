/* today.h: one screen for twenty minutes a day: what is new, what will be late, what is overdue and why, where a visit is worth
 * it, how the ledger is.
 * Never draws lots: the same ledger at the same time gives the same screen. Never writes. */
#ifndef CUSTODY_SERVICE_TODAY_H
#define CUSTODY_SERVICE_TODAY_H

#include "daemon/service/asking.h"

void today_answer(struct asking *asking, const Custody__V1__TodayRequest *request);

/* What a party's open work makes a visit worth: points by rule, so that the score can be said in words.
 * A breach that stands 10, one that is overdue 8, a notice 3, a manifest overdue 2, what will be late by tonight 1 and 1 more for
 * each 100 kg; records entered in one sitting, two places at once and lost waste 20 more (house default). */
uint32_t today_points(uint16_t rule, bool is_finding, bool is_late, uint64_t mass_g);

#endif
