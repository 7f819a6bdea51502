/* story.h: one day of one clinic, signed whole before any of it is delivered: three bags, two of them in a box, a
 * manifest drawn with no network, a load countersigned, a bag missing at the gate, a weight put right, somebody
 * else's bag of the same label, and somebody who scans what is not theirs; a plate in two places, a truck cleaned too late,
 * a furnace fed while its meter stood still. */
#ifndef TESTS_LIB_STORY_H
#define TESTS_LIB_STORY_H

#include "tests/lib/desk.h"

enum { STORY_MAX = 32 };

struct story {
    struct desk desk;
    struct desk_statement *statements[STORY_MAX];
    size_t count;
    struct desk_statement *manifest;
};

/* Opens the desk, reserves the block of numbers and signs the day. */
void story_begin(struct story *story);
void story_end(struct story *story);
/* Submits the statements one by one, in the order given (NULL: as they were signed). */
void story_deliver(struct story *story, const size_t *order);
/* What people are told at the end, with nothing in it that hangs on the order of arrival. */
char *story_outcome(struct story *story);

#endif
