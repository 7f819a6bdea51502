/* crew.c: pieces are taken from one end of the row, so that whoever is slower takes fewer.
 * Never wakes for anything but a row and the end. */
#include "daemon/base/crew.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum { OTHERS_MAX = 63 };

struct crew {
    pthread_mutex_t lock;
    pthread_cond_t begun, ended;
    pthread_t threads[OTHERS_MAX];
    unsigned others;
    bool is_stopping;
    /* The row. */
    crew_work *work;
    void *context;
    size_t count, piece, taken;
    size_t working; /* threads that are at a piece */
};

/* With the lock held; without it while it works. False: nothing is left to take. */
static bool take_piece(struct crew *crew)
{
    size_t from = crew->taken, left = crew->count - from;
    if (left == 0) {
        return false;
    }
    crew->taken += left < crew->piece ? left : crew->piece;
    size_t until = crew->taken;
    crew->working++;
    pthread_mutex_unlock(&crew->lock);
    crew->work(crew->context, from, until);
    pthread_mutex_lock(&crew->lock);
    crew->working--;
    if (crew->working == 0 && crew->taken == crew->count) {
        pthread_cond_signal(&crew->ended);
    }
    return true;
}

static void *run(void *context)
{
    struct crew *crew = context;
    pthread_mutex_lock(&crew->lock);
    while (!crew->is_stopping) {
        if (!take_piece(crew)) {
            pthread_cond_wait(&crew->begun, &crew->lock);
        }
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

struct crew *crew_create(unsigned hands)
{
    struct crew *crew = calloc(1, sizeof(*crew));
    if (crew == NULL) {
        return NULL;
    }
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->begun, NULL);
    pthread_cond_init(&crew->ended, NULL);
    while (crew->others + 1 < hands && crew->others < OTHERS_MAX &&
           pthread_create(&crew->threads[crew->others], NULL, run, crew) == 0) {
        crew->others++;
    }
    return crew;
}

void crew_destroy(struct crew *crew)
{
    if (crew == NULL) {
        return;
    }
    pthread_mutex_lock(&crew->lock);
    crew->is_stopping = true;
    pthread_cond_broadcast(&crew->begun);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->others; i++) {
        pthread_join(crew->threads[i], NULL);
    }
    pthread_cond_destroy(&crew->ended);
    pthread_cond_destroy(&crew->begun);
    pthread_mutex_destroy(&crew->lock);
    free(crew);
}

void crew_begin(struct crew *crew, crew_work *work, void *context, size_t count, size_t piece)
{
    pthread_mutex_lock(&crew->lock);
    crew->work = work;
    crew->context = context;
    crew->count = count;
    crew->piece = piece == 0 ? 1 : piece;
    crew->taken = 0;
    pthread_cond_broadcast(&crew->begun);
    pthread_mutex_unlock(&crew->lock);
}

void crew_end(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    while (take_piece(crew)) {
    }
    while (crew->working > 0) {
        pthread_cond_wait(&crew->ended, &crew->lock);
    }
    crew->count = crew->taken = 0;
    pthread_mutex_unlock(&crew->lock);
}
