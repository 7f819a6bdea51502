/* hearing.h: what is said of findings, signed whole before any of it is delivered: two bags that were loaded too late; one of them is
 * explained, settled by somebody who may not, settled by the regulator, taken back, settled again and inspected; of the other an
 * earlier load shows that it was in time after all, though it had been settled.
 * Told and delivered with story.h. */
#ifndef TESTS_LIB_HEARING_H
#define TESTS_LIB_HEARING_H

#include "tests/lib/story.h"

/* Opens the desk and signs it all. */
void hearing_begin(struct story *story);
char *hearing_outcome(struct story *story);

#endif
