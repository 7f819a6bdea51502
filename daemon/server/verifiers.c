/* verifiers.c: takes submissions in small groups, so that under load one wake-up serves several.
 * Never answers `recorded`: only the writer may. */
#include "daemon/server/verifiers.h"

#include <pthread.h>
#include <stdlib.h>

#include "proto/custody.pb-c.h"
#include "daemon/base/clock.h"
#include "daemon/base/logger.h"
#include "daemon/service/access.h"
#include "daemon/server/job.h"
#include "daemon/server/road.h"

enum {
    GROUP_MAX = 16,
    PARTIES = 4096, /* places for party buckets; parties that share one share its rate */
    RETRY_FULL_MS = 200,
};

struct verifier {
    struct verifiers *verifiers;
    struct queue *inbox;
    pthread_t thread;
};

struct verifiers {
    const struct road *road;
    struct bucket_rate party_rate;
    pthread_mutex_t lock; /* of the buckets */
    struct bucket parties[PARTIES];
    unsigned count;
    struct verifier each[];
};

static bool take_share(struct verifiers *verifiers, uint32_t party, uint32_t *ret_retry_after_ms)
{
    pthread_mutex_lock(&verifiers->lock);
    bool is_taken = bucket_take(&verifiers->parties[party % PARTIES], &verifiers->party_rate,
                                clock_monotonic_ns() / 1000, ret_retry_after_ms);
    pthread_mutex_unlock(&verifiers->lock);
    return is_taken;
}

/* False: the job has its answer. */
static bool check_statement(const struct road *road, struct job *job)
{
    const uint8_t *signature = NULL;
    struct span bytes;
    if (!envelope_split_submission(job->envelope.body, &signature, &bytes)) {
        job_answer_problem(job, CUSTODY_REASON_not_a_statement, "body",
                           "a signature of 64 bytes, then the signed bytes", NULL, 0);
        return false;
    }
    const char *field = NULL;
    size_t count;
    const struct digest *addresses = ledger_addresses(road->ledger, &count);
    switch (statement_verify_any(bytes, signature, addresses, count, &job->statement, &field)) {
    case STATEMENT_OK:
        return true;
    case STATEMENT_TOO_LARGE:
        job_answer_problem(job, CUSTODY_REASON_too_large, "statement", "at most 49152 bytes",
                           arena_format(job->arena, "%zu bytes", bytes.len), 0);
        return false;
    case STATEMENT_NOT_ONE:
        job_answer_problem(job, CUSTODY_REASON_not_a_statement, field, NULL, NULL, 0);
        return false;
    case STATEMENT_OTHER_ORIGIN:
        job_answer_problem(job, CUSTODY_REASON_other_origin, "origin", ledger_origin(road->ledger),
                           NULL, 0);
        return false;
    case STATEMENT_BAD_SIGNATURE:
        job_answer_problem(job, CUSTODY_REASON_bad_signature, "signature", NULL, NULL, 0);
        return false;
    }
    return false;
}

/* False: the job has its answer. */
static bool check(struct verifiers *verifiers, struct job *job)
{
    const struct road *road = verifiers->road;
    struct access_caller caller;
    uint32_t retry_after_ms = 0;
    if (!access_find(road->ledger, job->curve_key, &caller)) {
        metric_add(&road->meter->not_admitted, 1);
        job_answer_problem(job, CUSTODY_REASON_not_admitted, NULL, NULL, NULL, 0);
        return false;
    }
    if (!take_share(verifiers, caller.party, &retry_after_ms)) {
        metric_add(&road->meter->busy_quota, 1);
        job_answer_problem(job, CUSTODY_REASON_quota_spent, NULL, NULL, NULL, retry_after_ms);
        return false;
    }
    uint64_t began = clock_monotonic_ns();
    bool is_good = check_statement(road, job);
    metric_record(&road->meter->verify, (clock_monotonic_ns() - began) / 1000);
    if (!is_good) {
        metric_add(&road->meter->turned_away, 1);
        return false;
    }
    job->submission = (struct submission){
        .statement = &job->statement,
        .records = job->envelope.records,
        .record_count = job->envelope.record_count,
        .enrol_only = caller.roles == 1u << CUSTODY__V1__ROLE__ROLE_INVITED,
        .arena = job->arena,
    };
    return true;
}

static void verify(struct verifiers *verifiers, struct job *job)
{
    const struct road *road = verifiers->road;
    if (check(verifiers, job)) {
        if (queue_push(road->batches, job)) {
            return;
        }
        metric_add(&road->meter->busy_queue, 1);
        job_answer_problem(job, CUSTODY_REASON_queue_full, NULL, NULL, NULL, RETRY_FULL_MS);
    }
    INVARIANT(queue_push(road->replies, job));
}

static void *run(void *context)
{
    const struct verifier *verifier = context;
    void *jobs[GROUP_MAX];
    for (;;) {
        size_t count = queue_pop(verifier->inbox, jobs, GROUP_MAX, -1);
        if (count == 0) {
            return NULL;
        }
        for (size_t i = 0; i < count; i++) {
            verify(verifier->verifiers, jobs[i]);
        }
    }
}

enum custody_status verifiers_start(const struct road *road,
                                    const struct bucket_rate *party_rate,
                                    struct verifiers **ret)
{
    struct verifiers *verifiers =
        calloc(1, sizeof(*verifiers) + road->lanes * sizeof(verifiers->each[0]));
    if (verifiers == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    verifiers->road = road;
    verifiers->party_rate = *party_rate;
    INVARIANT(pthread_mutex_init(&verifiers->lock, NULL) == 0);
    for (; verifiers->count < road->lanes; verifiers->count++) {
        struct verifier *verifier = &verifiers->each[verifiers->count];
        verifier->verifiers = verifiers;
        verifier->inbox = road->submissions[verifiers->count];
        if (pthread_create(&verifier->thread, NULL, run, verifier) != 0) {
            for (unsigned i = 0; i < road->lanes; i++) {
                queue_close(road->submissions[i]);
            }
            verifiers_stop(verifiers);
            return CUSTODY_ERR_MEMORY;
        }
    }
    *ret = verifiers;
    return CUSTODY_OK;
}

void verifiers_stop(struct verifiers *verifiers)
{
    if (verifiers == NULL) {
        return;
    }
    for (unsigned i = 0; i < verifiers->count; i++) {
        pthread_join(verifiers->each[i].thread, NULL);
    }
    pthread_mutex_destroy(&verifiers->lock);
    free(verifiers);
}
