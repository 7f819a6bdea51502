/* stage.c: a heap of events, a semaphore for everybody, and clocks that show the stage's time.
 * Never asks the machine what time it is. */
#include "tests/sim/stage.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <time.h>

#include "tests/lib/die.h"

enum { EVENTS_MAX = 16384, BOOT_S = 1000, POLL_US = 50 };

struct event {
    int64_t at_us;
    uint64_t order;
    stage_act *act;
    void *context;
    uint64_t number;
};

enum doing { IDLE, ACTING, WAITING };

struct actor {
    pthread_t thread;
    sem_t turn;
    void (*act)(void *context);
    void *context;
    enum doing doing;
    uint64_t wait; /* how many times it has waited: what ends a wait must be for this one */
    bool was_woken;
};

static struct {
    int64_t begin_us, now_us;
    int64_t shifts[STAGE_ACTORS_MAX + 1]; /* the daemon's last */
    struct event events[EVENTS_MAX];
    size_t event_count;
    uint64_t told;
    struct actor actors[STAGE_ACTORS_MAX];
    int actor_count;
    sem_t turn; /* the stage's own */
    bool (*while_waiting)(void);
} stage;

static _Thread_local int self = STAGE_NOBODY;

void stage_begin(int64_t now_us)
{
    stage.begin_us = stage.now_us = now_us;
    if (sem_init(&stage.turn, 0, 0) != 0)
        die("no semaphore");
}

int64_t stage_now_us(void)
{
    return stage.now_us;
}

struct dice *stage_throw(struct stage_chance *chance)
{
    if (chance->at_us != stage.now_us) {
        chance->at_us = stage.now_us;
        dice_init(&chance->dice, chance->seed ^ (uint64_t)stage.now_us);
    }
    return &chance->dice;
}

/* ---- events ---- */

static bool is_before(const struct event *one, const struct event *other)
{
    return one->at_us != other->at_us ? one->at_us < other->at_us : one->order < other->order;
}

static void swap(size_t a, size_t b)
{
    struct event kept = stage.events[a];
    stage.events[a] = stage.events[b];
    stage.events[b] = kept;
}

void stage_at(int64_t at_us, stage_act *act, void *context, uint64_t number)
{
    size_t at = stage.event_count++;
    if (at == EVENTS_MAX)
        die("too many events");
    stage.events[at] = (struct event){.at_us = at_us < stage.now_us ? stage.now_us : at_us,
                                      .order = stage.told++,
                                      .act = act,
                                      .context = context,
                                      .number = number};
    for (; at > 0 && is_before(&stage.events[at], &stage.events[(at - 1) / 2]); at = (at - 1) / 2)
        swap(at, (at - 1) / 2);
}

void stage_soon(
    struct stage_chance *chance, int64_t within_us, stage_act *act, void *context, uint64_t number)
{
    uint64_t after_us = dice_below(stage_throw(chance), (uint64_t)within_us);
    stage_at(stage.now_us + (int64_t)after_us, act, context, number);
}

static struct event take_first(void)
{
    struct event first = stage.events[0];
    stage.events[0] = stage.events[--stage.event_count];
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < stage.event_count && is_before(&stage.events[child], &stage.events[least]))
                least = child;
        if (least == at)
            return first;
        swap(at, least);
        at = least;
    }
}

void stage_run(void)
{
    while (stage.event_count > 0) {
        struct event event = take_first();
        stage.now_us = event.at_us;
        event.act(event.context, event.number);
    }
}

/* ---- actors ---- */

static void take_turn(sem_t *turn)
{
    while (sem_wait(turn) != 0)
        if (errno != EINTR)
            die("a semaphore fails");
}

static void *be_actor(void *context)
{
    struct actor *actor = context;
    self = (int)(actor - stage.actors);
    for (;;) {
        take_turn(&actor->turn);
        actor->act(actor->context);
        actor->doing = IDLE;
        sem_post(&stage.turn);
    }
    return NULL;
}

int stage_add_actor(void (*act)(void *context), void *context)
{
    struct actor *actor = &stage.actors[stage.actor_count];
    if (stage.actor_count == STAGE_ACTORS_MAX)
        die("too many actors");
    *actor = (struct actor){.act = act, .context = context};
    if (sem_init(&actor->turn, 0, 0) != 0 ||
        pthread_create(&actor->thread, NULL, be_actor, actor) != 0)
        die("no thread");
    return stage.actor_count++;
}

int stage_actor(void)
{
    return self;
}

static void hand_over(struct actor *actor)
{
    actor->doing = ACTING;
    sem_post(&actor->turn);
    take_turn(&stage.turn);
}

bool stage_is_busy(int actor)
{
    return stage.actors[actor].doing != IDLE;
}

bool stage_call(int actor)
{
    if (stage_is_busy(actor))
        return false;
    hand_over(&stage.actors[actor]);
    return true;
}

static void end_wait(void *context, uint64_t wait)
{
    struct actor *actor = context;
    if (actor->doing == WAITING && actor->wait == wait)
        hand_over(actor);
}

bool stage_wait(int64_t until_us)
{
    struct actor *actor = &stage.actors[self];
    actor->doing = WAITING;
    actor->wait++;
    actor->was_woken = false;
    /* Time goes on for whoever asks again and again without waiting. */
    int64_t least_us = stage.now_us + POLL_US;
    stage_at(until_us > least_us ? until_us : least_us, end_wait, actor, actor->wait);
    sem_post(&stage.turn);
    take_turn(&actor->turn);
    return actor->was_woken;
}

void stage_wake(int number)
{
    struct actor *actor = &stage.actors[number];
    if (actor->doing != WAITING || actor->was_woken)
        return;
    actor->was_woken = true;
    stage_at(stage.now_us, end_wait, actor, actor->wait);
}

/* ---- clocks ---- */

static int64_t *shift_of(int actor)
{
    return &stage.shifts[actor == STAGE_NOBODY ? STAGE_ACTORS_MAX : actor];
}

void stage_shift_clock(int actor, int64_t by_us)
{
    *shift_of(actor) += by_us;
}

void stage_set_patience(bool (*while_waiting)(void))
{
    stage.while_waiting = while_waiting;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *ret);
int __wrap_nanosleep(const struct timespec *how_long, struct timespec *ret_left);
int __wrap_adjtimex(struct timex *ret);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition,
                                  pthread_mutex_t *lock,
                                  const struct timespec *until);

int __wrap_clock_gettime(clockid_t id, struct timespec *ret)
{
    int64_t us = id == CLOCK_REALTIME ? stage.now_us + *shift_of(self)
                                      : stage.now_us - stage.begin_us + INT64_C(1000000) * BOOT_S;
    *ret = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    return 0;
}

int __wrap_nanosleep(const struct timespec *how_long, struct timespec *ret_left)
{
    (void)ret_left;
    int64_t until_us =
        stage.now_us + (int64_t)how_long->tv_sec * 1000000 + how_long->tv_nsec / 1000;
    if (self == STAGE_NOBODY)
        die("the daemon sleeps");
    while (stage_wait(until_us))
        continue;
    return 0;
}

/* A device that knows the time well says so. */
int __wrap_adjtimex(struct timex *ret)
{
    (void)ret;
    return *shift_of(self) == 0 ? TIME_OK : TIME_ERROR;
}

/* Only readers of the ledger wait like this: for the writer, whose thread this is too. */
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition,
                                  pthread_mutex_t *lock,
                                  const struct timespec *until)
{
    (void)condition;
    (void)until;
    if (self != STAGE_NOBODY || stage.while_waiting == NULL)
        die("somebody waits for a thread that is not there");
    pthread_mutex_unlock(lock);
    bool may_be_true = stage.while_waiting();
    pthread_mutex_lock(lock);
    return may_be_true ? 0 : ETIMEDOUT;
}
