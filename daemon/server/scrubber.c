/* scrubber.c: reads every row of the look-ups, and a share of the journal, once an hour.
 * Never mends. */
#include "daemon/server/scrubber.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/base/clock.h"

struct scrubber {
    struct ledger *ledger;
    unsigned every_s;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    bool is_stopping;
};

/* False when it is time to end. */
static bool wait_until_due(struct scrubber *scrubber)
{
    struct timespec due;
    int rc = 0;
    clock_gettime(CLOCK_MONOTONIC, &due);
    due.tv_sec += (time_t)scrubber->every_s;
    pthread_mutex_lock(&scrubber->lock);
    while (!scrubber->is_stopping && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&scrubber->stopped, &scrubber->lock, &due);
    bool is_due = !scrubber->is_stopping;
    pthread_mutex_unlock(&scrubber->lock);
    return is_due;
}

static void *run(void *context)
{
    struct scrubber *scrubber = context;
    while (wait_until_due(scrubber))
        ledger_scrub(scrubber->ledger, clock_wall_us());
    return NULL;
}

enum custody_status scrubber_start(struct ledger *ledger, unsigned every_s, struct scrubber **ret)
{
    struct scrubber *scrubber = calloc(1, sizeof *scrubber);
    if (scrubber == NULL)
        return CUSTODY_ERR_MEMORY;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&scrubber->lock, NULL);
    pthread_cond_init(&scrubber->stopped, &attributes);
    pthread_condattr_destroy(&attributes);
    scrubber->ledger = ledger;
    scrubber->every_s = every_s;
    if (pthread_create(&scrubber->thread, NULL, run, scrubber) != 0) {
        pthread_cond_destroy(&scrubber->stopped);
        pthread_mutex_destroy(&scrubber->lock);
        free(scrubber);
        return CUSTODY_ERR_MEMORY;
    }
    *ret = scrubber;
    return CUSTODY_OK;
}

void scrubber_stop(struct scrubber *scrubber)
{
    if (scrubber == NULL)
        return;
    pthread_mutex_lock(&scrubber->lock);
    scrubber->is_stopping = true;
    pthread_cond_signal(&scrubber->stopped);
    pthread_mutex_unlock(&scrubber->lock);
    pthread_join(scrubber->thread, NULL);
    pthread_cond_destroy(&scrubber->stopped);
    pthread_mutex_destroy(&scrubber->lock);
    free(scrubber);
}
