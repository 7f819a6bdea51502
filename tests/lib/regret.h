/* regret.h: a day on which much of what is said is taken back, or comes from a device that was revoked, signed whole before
 * any of it is delivered: departures, loads, visits, receipts, a transfer of a whole trip, feeds, yields, stops and cleanings that
 * are withdrawn, some of them after others built on them; visits that were held and confirmed; a clock put right.
 * Told and delivered with story.h. */
#ifndef TESTS_LIB_REGRET_H
#define TESTS_LIB_REGRET_H

#include "tests/lib/story.h"

/* Opens the desk and signs the day. */
void regret_begin(struct story *story);
char *regret_outcome(struct story *story);

#endif
