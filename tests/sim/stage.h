/* stage.h: the time of a simulated world, and whose turn it is.
 * Never two at once: each device is a thread, but a baton goes from one to the next, so that the seed alone decides the order.
 *
 * Time stands still while somebody acts and jumps to the next event when all wait. The clocks of everything that is
 * linked in are replaced: a program that uses it wraps clock_gettime, nanosleep, adjtimex and pthread_cond_timedwait.
 * What is scheduled is run by the stage itself, which is also the daemon's thread; devices are actors. */
#ifndef TESTS_SIM_STAGE_H
#define TESTS_SIM_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/lib/dice.h"

enum { STAGE_ACTORS_MAX = 12, STAGE_NOBODY = -1 };

/* One stage a process. */
void stage_begin(int64_t now_us);
int64_t stage_now_us(void); /* UTC, the true one */

/* Chance that hangs on the moment, not on how often it was asked before: what is taken out of a history changes nothing
 * of what happens to the rest. */
struct stage_chance {
    uint64_t seed;
    int64_t at_us;
    struct dice dice;
};
struct dice *stage_throw(struct stage_chance *chance);

typedef void stage_act(void *context, uint64_t number);
/* At that time, or at once when it is over; what falls on one moment is run in the order in which it was told. */
void stage_at(int64_t at_us, stage_act *act, void *context, uint64_t number);
/* At some moment within that time from now. */
void stage_soon(
    struct stage_chance *chance, int64_t within_us, stage_act *act, void *context, uint64_t number);
/* Until nothing is scheduled and nobody waits. */
void stage_run(void);

/* A device. `act` is run in its thread each time that it is called. Returns its number. */
int stage_add_actor(void (*act)(void *context), void *context);
int stage_actor(void); /* whose thread this is; STAGE_NOBODY: the stage's */
/* From the stage: it acts until it waits or is done. False when it is still in the middle of something. */
bool stage_call(int actor);
bool stage_is_busy(int actor);
/* From an actor: let the others go on. True when it was woken, false when the time was over. */
bool stage_wait(int64_t until_us);
void stage_wake(int actor); /* from the stage */

/* How far a clock is from the true time; STAGE_NOBODY: the daemon's. Only what says what time it is, never what measures. */
void stage_shift_clock(int actor, int64_t by_us);
/* What a wait for another thread of the daemon's does instead: true when it may have come true. */
void stage_set_patience(bool (*while_waiting)(void));

#endif
