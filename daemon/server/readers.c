/* readers.c: looks at the asker's standing, then asks the service.
 * Never lets a connection's word count: the CURVE key says who asks. */
#include "daemon/server/readers.h"

#include <pthread.h>
#include <stdlib.h>

#include "daemon/base/clock.h"
#include "daemon/base/logger.h"
#include "daemon/service/query.h"
#include "daemon/server/job.h"
#include "daemon/server/road.h"

struct readers {
    const struct road *road;
    uint32_t question_ms;
    unsigned count;
    pthread_t threads[];
};

static void ask(const struct readers *readers, struct job *job, const struct access_caller *caller)
{
    struct query query = {
        .caller = caller,
        .kind = job->envelope.kind,
        .body = job->envelope.body,
        .now_us = ledger_now_us(readers->road->ledger),
        .deadline_ns = clock_monotonic_ns() + UINT64_C(1000000) * readers->question_ms,
        .arena = job->arena,
    };
    query_answer(readers->road->ledger, &query);
    job->outcome = query.outcome;
    job->reply = query.reply;
}

static void answer(const struct readers *readers, struct job *job)
{
    const struct road *road = readers->road;
    struct access_caller caller;
    if (!access_find(road->ledger, job->curve_key, &caller) ||
        !access_may_ask(&caller, job->envelope.kind)) {
        metric_add(&road->meter->not_admitted, 1);
        job_answer_problem(job, CUSTODY_REASON_not_admitted, NULL, NULL, NULL, 0);
        return;
    }
    if (job->envelope.kind != ENVELOPE_STATUS) {
        ask(readers, job, &caller);
        return;
    }
    job->reply = meter_answer(road, clock_wall_us(), job->arena);
    if (job->reply.len == 0) {
        job_answer_problem(job, CUSTODY_REASON_queue_full, NULL, NULL, NULL, 1000);
    }
}

static void *run(void *context)
{
    const struct readers *readers = context;
    void *job = NULL;
    while (queue_pop(readers->road->questions, &job, 1, -1) == 1) {
        struct job *question = job;
        uint64_t began_ns = clock_monotonic_ns();
        answer(readers, question);
        question->took_ns = clock_monotonic_ns() - began_ns;
        INVARIANT(queue_push(readers->road->replies, job));
    }
    return NULL;
}

enum custody_status
readers_start(const struct road *road, unsigned threads, uint32_t question_ms, struct readers **ret)
{
    struct readers *readers = calloc(1, sizeof(*readers) + threads * sizeof(readers->threads[0]));
    if (readers == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    readers->road = road;
    readers->question_ms = question_ms;
    readers->count = threads;
    for (unsigned i = 0; i < threads; i++) {
        if (pthread_create(&readers->threads[i], NULL, run, readers) != 0) {
            queue_close(road->questions);
            readers->count = i;
            readers_stop(readers);
            return CUSTODY_ERR_MEMORY;
        }
    }
    *ret = readers;
    return CUSTODY_OK;
}

void readers_stop(struct readers *readers)
{
    if (readers == NULL) {
        return;
    }
    for (unsigned i = 0; i < readers->count; i++) {
        pthread_join(readers->threads[i], NULL);
    }
    free(readers);
}
