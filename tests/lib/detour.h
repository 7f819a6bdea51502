/* detour.h: a day on which nothing goes straight, signed whole before any of it is delivered: a breakdown on the road, a torn
 * label, a bag lost and found, a regulator's hold that is broken, a rejected bag, statements disputed and withdrawn.
 * Told and delivered with story.h. */
#ifndef TESTS_LIB_DETOUR_H
#define TESTS_LIB_DETOUR_H

#include "tests/lib/story.h"

/* Opens the desk and signs the day. */
void detour_begin(struct story *story);
char *detour_outcome(struct story *story);

#endif
