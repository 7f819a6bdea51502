/* lectern.c: a stack of places, the one that was used last on top.
 * Never waits for a place: when none is there another is made. */
#include "daemon/service/lectern.h"

#include <pthread.h>
#include <stdlib.h>

struct lectern {
    pthread_mutex_t lock;
    uint32_t count;
    struct lectern_place *places[LECTERN_KEPT];
};

struct lectern *lectern_create(void)
{
    struct lectern *lectern = calloc(1, sizeof *lectern);
    if (lectern != NULL)
        pthread_mutex_init(&lectern->lock, NULL);
    return lectern;
}

static void lectern_drop(struct lectern_place *place)
{
    book_destroy(place->book);
    arena_destroy(place->arena);
    free(place);
}

void lectern_destroy(struct lectern *lectern)
{
    if (lectern == NULL)
        return;
    for (uint32_t i = 0; i < lectern->count; i++)
        lectern_drop(lectern->places[i]);
    pthread_mutex_destroy(&lectern->lock);
    free(lectern);
}

static struct lectern_place *lectern_make(struct lookups_snapshot *snapshot)
{
    struct lectern_place *place = calloc(1, sizeof *place);
    if (place == NULL)
        return NULL;
    place->book = book_create(NULL, snapshot, NULL, LECTERN_ARENA_MAX);
    place->arena = arena_create(LECTERN_ARENA_MAX);
    if (place->book != NULL && place->arena != NULL &&
        arena_reserve(book_arena(place->book), LECTERN_BOOK_RESERVE) &&
        arena_reserve(place->arena, LECTERN_RESERVE))
        return place;
    lectern_drop(place);
    return NULL;
}

struct lectern_place *lectern_take(struct lectern *lectern, struct lookups_snapshot *snapshot)
{
    struct lectern_place *place = NULL;
    pthread_mutex_lock(&lectern->lock);
    if (lectern->count > 0)
        place = lectern->places[--lectern->count];
    pthread_mutex_unlock(&lectern->lock);
    if (place == NULL)
        return lectern_make(snapshot);
    book_open(place->book, snapshot);
    return place;
}

void lectern_give(struct lectern *lectern, struct lectern_place *place)
{
    if (place == NULL)
        return;
    book_open(place->book, NULL);
    arena_empty(place->arena);
    pthread_mutex_lock(&lectern->lock);
    bool is_kept = lectern->count < LECTERN_KEPT;
    if (is_kept)
        lectern->places[lectern->count++] = place;
    pthread_mutex_unlock(&lectern->lock);
    if (!is_kept)
        lectern_drop(place);
}
