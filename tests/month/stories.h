/* stories.h: what does not go as it should in the month, planted so that the ledger must find it (NEEDS.md 5.6).
 * Never checks anything: who prints the month does. */
#ifndef TESTS_MONTH_STORIES_H
#define TESTS_MONTH_STORIES_H

#include "tests/month/days.h"

/* Plan them all: a forged ledger, a truck that nobody had on file, one plate in two places, mass lost on one leg, a landslide
 * with its order, a stolen phone, counties without a network. Prints one line each, `name: value ...`, for whoever checks. */
void stories_plan(struct days *days);

#endif
