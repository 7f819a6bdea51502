/* haul.h: a small month whose figures are known by hand: a clinic and a hospital, one carrier, one plant.
 *
 * On the desk's day (2026-05-18), grams:
 *   08:00  clinic packs C1 5000 and C2 3000; hospital packs H1 7000
 *   10:00  carrier loads C1, C2 (C1 weighed 5100) and H1, each under its own manifest
 *   14:00  plant receives C1 (weighed 5000), C2, H1
 *   18:00  plant feeds C1 and C2
 * H1 is still at the plant. Nothing is countersigned. */
#ifndef TESTS_LIB_HAUL_H
#define TESTS_LIB_HAUL_H

#include "tests/lib/desk.h"

/* Opens the desk and lets the day pass. */
void haul_run(struct desk *desk);
/* At 19:00 the plant says that C2 weighed 2900 at its gate: a correction of what it signed. */
void haul_correct(struct desk *desk);
/* The value of a figure, 0 when it is not there. */
int64_t haul_find(Custody__V1__Figure *const *figures,
                  size_t count,
                  const char *scope,
                  const char *code,
                  const char *name);
/* Entries on the ledger. */
uint64_t haul_size(struct desk *desk);

#endif
