/* job.c: the pool of jobs, last used first, so that few arenas are warm.
 * Never grows. */
#include "daemon/server/job.h"

#include <stdlib.h>

#include "daemon/base/logger.h"

struct job_pool {
    struct job *free;
    struct job *jobs;
    size_t capacity;
    size_t in_flight;
};

static bool job_init(struct job *job)
{
    zmq_msg_init(&job->identity);
    for (size_t i = 0; i < ENVELOPE_FRAMES_MAX; i++) {
        zmq_msg_init(&job->frames[i]);
    }
    job->arena = arena_create(JOB_ARENA_MAX);
    return job->arena != NULL;
}

struct job_pool *job_pool_create(size_t capacity)
{
    struct job_pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL) {
        return NULL;
    }
    pool->jobs = calloc(capacity, sizeof(*pool->jobs));
    pool->capacity = pool->jobs == NULL ? 0 : capacity;
    bool is_made = pool->jobs != NULL;
    for (size_t i = 0; i < pool->capacity && is_made; i++) {
        is_made = job_init(&pool->jobs[i]);
        pool->jobs[i].next = pool->free;
        pool->free = &pool->jobs[i];
    }
    if (!is_made) {
        job_pool_destroy(pool);
        return NULL;
    }
    return pool;
}

void job_pool_destroy(struct job_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    INVARIANT(pool->in_flight == 0);
    for (size_t i = 0; i < pool->capacity; i++) {
        arena_destroy(pool->jobs[i].arena);
    }
    free(pool->jobs);
    free(pool);
}

struct job *job_pool_take(struct job_pool *pool)
{
    struct job *job = pool->free;
    if (job != NULL) {
        pool->free = job->next;
        pool->in_flight++;
        job->next = NULL;
    }
    return job;
}

void job_pool_give(struct job_pool *pool, struct job *job)
{
    /* A closed message must be made anew before it can receive again. */
    zmq_msg_close(&job->identity);
    zmq_msg_init(&job->identity);
    for (size_t i = 0; i == 0 || i < job->frame_count; i++) { /* the first may hold a delimiter */
        zmq_msg_close(&job->frames[i]);
        zmq_msg_init(&job->frames[i]);
    }
    job->user = NULL;
    job->cost = 0;
    job->took_ns = 0;
    job->descriptor = -1;
    job->connection_id = 0;
    job->has_delimiter = false;
    job->frame_count = 0;
    job->envelope = (struct envelope){0};
    job->outcome = 0;
    job->reply = (struct span){0};
    arena_empty(job->arena);
    job->next = pool->free;
    pool->free = job;
    INVARIANT(pool->in_flight > 0);
    pool->in_flight--;
}

size_t job_pool_in_flight(const struct job_pool *pool)
{
    return pool->in_flight;
}

void job_answer_problem(struct job *job,
                        uint32_t reason,
                        const char *field,
                        const char *expected,
                        const char *got,
                        uint32_t retry_after_ms)
{
    job->reply =
        submit_problem(job->arena, reason, field, expected, got, retry_after_ms, &job->outcome);
}
