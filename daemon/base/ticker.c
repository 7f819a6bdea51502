/* ticker.c: waits by the clock that is never set.
 * Never wakes for anything but a turn and the end. */
#include "daemon/base/ticker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct ticker {
    unsigned every_s;
    bool at_once;
    ticker_turn *turn;
    void *context;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    bool is_stopping;
};

/* False when it is time to end. */
static bool wait_until_due(struct ticker *ticker)
{
    struct timespec due;
    int rc = 0;
    clock_gettime(CLOCK_MONOTONIC, &due);
    due.tv_sec += (time_t)ticker->every_s;
    pthread_mutex_lock(&ticker->lock);
    while (!ticker->is_stopping && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&ticker->stopped, &ticker->lock, &due);
    }
    bool is_due = !ticker->is_stopping;
    pthread_mutex_unlock(&ticker->lock);
    return is_due;
}

static void *run(void *context)
{
    struct ticker *ticker = context;
    if (ticker->at_once) {
        ticker->turn(ticker->context);
    }
    while (wait_until_due(ticker)) {
        ticker->turn(ticker->context);
    }
    return NULL;
}

static void destroy(struct ticker *ticker)
{
    pthread_cond_destroy(&ticker->stopped);
    pthread_mutex_destroy(&ticker->lock);
    free(ticker);
}

enum custody_status
ticker_start(unsigned every_s, bool at_once, ticker_turn *turn, void *context, struct ticker **ret)
{
    struct ticker *ticker = calloc(1, sizeof(*ticker));
    if (ticker == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&ticker->lock, NULL);
    pthread_cond_init(&ticker->stopped, &attributes);
    pthread_condattr_destroy(&attributes);
    ticker->every_s = every_s;
    ticker->at_once = at_once;
    ticker->turn = turn;
    ticker->context = context;
    if (pthread_create(&ticker->thread, NULL, run, ticker) != 0) {
        destroy(ticker);
        return CUSTODY_ERR_MEMORY;
    }
    *ret = ticker;
    return CUSTODY_OK;
}

void ticker_stop(struct ticker *ticker)
{
    if (ticker == NULL) {
        return;
    }
    pthread_mutex_lock(&ticker->lock);
    ticker->is_stopping = true;
    pthread_cond_signal(&ticker->stopped);
    pthread_mutex_unlock(&ticker->lock);
    pthread_join(ticker->thread, NULL);
    destroy(ticker);
}
