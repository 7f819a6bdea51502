/* writer.c: pop, submit, answer; between batches what the ledger wants done.
 * Never waits on a timer for a batch to fill. */
#include "daemon/server/writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/logger.h"
#include "daemon/server/job.h"
#include "daemon/server/projector.h"
#include "daemon/server/road.h"

/* Daylight saving does not touch it, a time server moves it by less; a wrong month is more. */
#define LEAP_MAX_US INT64_C(86400000000)

struct writer {
    const struct road *road;
    struct projector *projector;
    _Atomic uint64_t busy_since_ns;
    pthread_t thread;
    struct clock_watch clock;
    enum custody_status status; /* of the batch before */
    void *jobs[SUBMIT_BATCH_MAX];
    struct submission *submissions[SUBMIT_BATCH_MAX];
};

/* One entry of a wrong day would date all that follow, and end keys and permits that are in force: nothing is taken, and the next
 * start compares the clock with the newest entry. */
static void check_clock(struct writer *writer, int64_t now_us)
{
    int64_t leap_us = clock_leap_us(&writer->clock, now_us, clock_monotonic_ns());
    /* A clock that was behind and is set right leaps too, but not beyond what was recorded. */
    if (clock_follows_file() || leap_us < LEAP_MAX_US ||
        now_us - ledger_newest_us(writer->road->ledger) < LEAP_MAX_US) {
        return;
    }
    LOG(LOGGER_ERROR, "clock",
        LOGGER_TEXT("sentence",
                    "it leaped forward: nothing is taken until a start has looked at it"),
        LOGGER_NUMBER("leap_s", leap_us / 1000000));
    _exit(WRITER_EXIT_UNKNOWN);
}

static void commit(struct writer *writer, size_t count)
{
    const struct road *road = writer->road;
    int64_t now_us = clock_wall_us();
    check_clock(writer, now_us);
    for (size_t i = 0; i < count; i++) {
        writer->submissions[i] = &((struct job *)writer->jobs[i])->submission;
    }
    enum custody_status status = submit_batch(road->ledger, writer->submissions, count, now_us);
    if (status == CUSTODY_ERR_UNKNOWN_RESULT) {
        LOG(LOGGER_ERROR, "submit", LOGGER_TEXT("status", custody_status_name(status)),
            LOGGER_TEXT("sentence", custody_status_sentence(status)),
            LOGGER_TEXT("remedy", "nothing was answered; start again and the ledger is looked at"));
        _exit(WRITER_EXIT_UNKNOWN);
    }
    if (status != writer->status) {
        /* Once when it begins and once when it is over, not for every batch of a full disk. */
        LOG(status == CUSTODY_OK ? LOGGER_INFO : LOGGER_ERROR, "submit",
            LOGGER_TEXT("status", custody_status_name(status)),
            LOGGER_TEXT("sentence", custody_status_sentence(status)),
            LOGGER_NUMBER("statements", count));
    }
    writer->status = status;
    for (size_t i = 0; i < count; i++) {
        struct job *job = writer->jobs[i];
        job->outcome = job->submission.outcome;
        job->reply = job->submission.reply;
    }
    /* All at once: the front is woken once for a batch, and not to wait for the next reply of it. */
    INVARIANT(queue_push_all(road->replies, writer->jobs, count));
}

static void *run(void *context)
{
    struct writer *writer = context;
    struct queue *inbox = writer->road->batches;
    int rest_ms = 0;
    ledger_await_scrub(writer->road->ledger);
    while (!ledger_must_leave(writer->road->ledger)) {
        atomic_store_explicit(&writer->busy_since_ns, 0, memory_order_relaxed);
        size_t count = queue_pop(inbox, writer->jobs, SUBMIT_BATCH_MAX, rest_ms);
        atomic_store_explicit(&writer->busy_since_ns, clock_monotonic_ns(), memory_order_relaxed);
        if (count > 0) {
            commit(writer, count);
        } else if (queue_is_closed(inbox) && queue_length(inbox) == 0) {
            return NULL;
        }
        rest_ms = submit_rest(writer->road->ledger, queue_length(inbox) == 0);
        projector_wake(writer->projector);
    }
    /* Answers would rest on look-ups that are damaged, or that stay behind for ever; the next start looks. */
    _exit(WRITER_EXIT_UNKNOWN);
}

enum custody_status
writer_start(const struct road *road, struct projector *projector, struct writer **ret)
{
    struct writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    writer->road = road;
    writer->projector = projector;
    clock_leap_us(&writer->clock, clock_wall_us(), clock_monotonic_ns());
    if (pthread_create(&writer->thread, NULL, run, writer) != 0) {
        free(writer);
        return CUSTODY_ERR_MEMORY;
    }
    *ret = writer;
    return CUSTODY_OK;
}

void writer_stop(struct writer *writer)
{
    if (writer == NULL) {
        return;
    }
    pthread_join(writer->thread, NULL);
    free(writer);
}

uint64_t writer_stuck_ms(const struct writer *writer)
{
    uint64_t since = atomic_load_explicit(&writer->busy_since_ns, memory_order_relaxed);
    uint64_t now = clock_monotonic_ns();
    uint64_t own_ms = since == 0 || now < since ? 0 : (now - since) / 1000000;
    uint64_t projector_ms = projector_stuck_ms(writer->projector);
    return own_ms > projector_ms ? own_ms : projector_ms;
}
