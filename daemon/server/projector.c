/* projector.c: sleep, move, sleep.
 * Never holds its lock while it moves. */
#include "daemon/server/projector.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "daemon/base/clock.h"
#include "daemon/service/projection.h"

struct projector {
    struct ledger *ledger;
    pthread_t thread;
    _Atomic uint64_t busy_since_ns;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool is_woken, is_ending;
};

static bool sleep_until_woken(struct projector *projector)
{
    pthread_mutex_lock(&projector->lock);
    while (!projector->is_woken && !projector->is_ending) {
        pthread_cond_wait(&projector->woken, &projector->lock);
    }
    projector->is_woken = false;
    bool goes_on = !projector->is_ending;
    pthread_mutex_unlock(&projector->lock);
    return goes_on;
}

static void *run(void *context)
{
    struct projector *projector = context;
    while (sleep_until_woken(projector)) {
        atomic_store_explicit(&projector->busy_since_ns, clock_monotonic_ns(),
                              memory_order_relaxed);
        projection_step(projector->ledger);
        atomic_store_explicit(&projector->busy_since_ns, 0, memory_order_relaxed);
    }
    return NULL;
}

enum custody_status projector_start(struct ledger *ledger, struct projector **ret)
{
    struct projector *projector = calloc(1, sizeof(*projector));
    if (projector == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    projector->ledger = ledger;
    pthread_mutex_init(&projector->lock, NULL);
    pthread_cond_init(&projector->woken, NULL);
    if (pthread_create(&projector->thread, NULL, run, projector) != 0) {
        pthread_cond_destroy(&projector->woken);
        pthread_mutex_destroy(&projector->lock);
        free(projector);
        return CUSTODY_ERR_MEMORY;
    }
    projection_attach(ledger, true);
    *ret = projector;
    return CUSTODY_OK;
}

void projector_stop(struct projector *projector)
{
    if (projector == NULL) {
        return;
    }
    pthread_mutex_lock(&projector->lock);
    projector->is_ending = true;
    pthread_cond_signal(&projector->woken);
    pthread_mutex_unlock(&projector->lock);
    pthread_join(projector->thread, NULL);
    projection_attach(projector->ledger, false);
    pthread_cond_destroy(&projector->woken);
    pthread_mutex_destroy(&projector->lock);
    free(projector);
}

void projector_wake(struct projector *projector)
{
    if (!projection_is_due(projector->ledger)) {
        return;
    }
    pthread_mutex_lock(&projector->lock);
    projector->is_woken = true;
    pthread_cond_signal(&projector->woken);
    pthread_mutex_unlock(&projector->lock);
}

uint64_t projector_stuck_ms(const struct projector *projector)
{
    uint64_t since = atomic_load_explicit(&projector->busy_since_ns, memory_order_relaxed);
    uint64_t now = clock_monotonic_ns();
    return since == 0 || now < since ? 0 : (now - since) / 1000000;
}
