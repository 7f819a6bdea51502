/* job.c: the pool of jobs, last used first, so that few arenas are warm.
 * Never grows beyond its capacity. */
#include "daemon/server/job.h"

#include <stdlib.h>

#include "daemon/base/logger.h"

/* Arenas that stay with a job that is in the pool: a usual rush finds them made, and after a great one its memory goes back. */
enum { WARM_MAX = 1024 };

struct job_pool {
    struct job *warm; /* with an arena */
    struct job *cold; /* without */
    size_t warm_count;
    struct job *jobs;
    size_t capacity;
    size_t made; /* of `jobs`; the memory of the others was never touched */
    size_t in_flight;
};

static void make(struct job *job)
{
    zmq_msg_init(&job->identity);
    for (size_t i = 0; i < ENVELOPE_FRAMES_MAX; i++) {
        zmq_msg_init(&job->frames[i]);
    }
}

struct job_pool *job_pool_create(size_t capacity)
{
    struct job_pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL) {
        return NULL;
    }
    pool->jobs = calloc(capacity, sizeof(*pool->jobs));
    pool->capacity = capacity;
    if (pool->jobs == NULL) {
        free(pool);
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
    for (size_t i = 0; i < pool->made; i++) {
        arena_destroy(pool->jobs[i].arena);
    }
    free(pool->jobs);
    free(pool);
}

static struct job *pop(struct job **list)
{
    struct job *job = *list;
    *list = job->next;
    job->next = NULL;
    return job;
}

static void push(struct job **list, struct job *job)
{
    job->next = *list;
    *list = job;
}

struct job *job_pool_take(struct job_pool *pool)
{
    struct job *job;
    if (pool->warm != NULL) {
        pool->warm_count--;
        job = pop(&pool->warm);
    } else {
        bool has_room = pool->cold != NULL || pool->made < pool->capacity;
        struct arena *arena = has_room ? arena_create(JOB_ARENA_MAX) : NULL;
        if (arena == NULL) {
            return NULL;
        }
        if (pool->cold != NULL) {
            job = pop(&pool->cold);
        } else {
            job = &pool->jobs[pool->made++];
            make(job);
        }
        job->arena = arena;
    }
    pool->in_flight++;
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
    if (pool->warm_count < WARM_MAX) {
        arena_empty(job->arena);
        pool->warm_count++;
        push(&pool->warm, job);
    } else {
        arena_destroy(job->arena);
        job->arena = NULL;
        push(&pool->cold, job);
    }
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
