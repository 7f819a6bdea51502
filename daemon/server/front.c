/* front.c: one poll loop over the request socket, the announcements, the answers and the signals.
 * Never keeps a request that it cannot answer. */
#include "daemon/server/front.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <zmq.h>

#include "proto/bytes.h"
#include "daemon/base/clock.h"
#include "daemon/base/logger.h"
#include "daemon/server/announcer.h"
#include "daemon/server/connections.h"
#include "daemon/server/door.h"
#include "daemon/server/endpoint.h"
#include "daemon/server/job.h"
#include "daemon/server/notify.h"
#include "daemon/server/outgoing.h"
#include "daemon/server/users.h"
#include "daemon/server/writer.h"

enum {
    MESSAGE_MAX =
        64 * 1024, /* of one frame; a bit over the limit, so that a small mistake gets an answer */
    MESSAGE_SUM_MAX =
        1024 * 1024,        /* of all frames of one message; beyond it the connection is cut */
    SEND_HIGH_WATER = 4096, /* bytes are what counts: connections_may_send */
/* libzmq 4.3.4 ends the process (session_base.cpp:260) when a peer leaves in the moment that its linger time ends within a
 * message. A build that watches is so slow that this comes about. */
#ifdef CUSTODY_INSTRUMENTED
    LINGER_MS = 10000,
#else
    LINGER_MS = 2000,
#endif
    RECEIVE_MAX = 256, /* messages in one round */
    ANSWER_MAX = 256,
    RETRY_FULL_MS = 200,
    SUBMISSION_COST_MIN = 512,
    QUESTION_TURN_NS = 2000000,
    ROUTING_ID_SIZE = 5, /* of one that libzmq made: a zero, then a number */
};

_Static_assert((int)ENVELOPE_FRAME_SIZE_MAX < (int)MESSAGE_MAX,
               "the largest lawful frame must come in");

/* Of one key, how often it is told `busy`. A client that heeds it needs little of this: what was under way when it was told
 * so, and then one at a time. Who goes on is cut, because saying it to him is what makes the daemon busy. */
static const struct bucket_rate patience = {.per_second = 200, .burst = 2000};

struct front {
    struct front_options options;
    struct job_pool *pool;
    struct users *users;
    struct connections *connections;
    struct announcer *announcer;
    void *router;
    char endpoint[ENDPOINT_MAX];
    struct lanes submitting; /* with the verifiers and the writer, by bytes */
    struct lanes asking;     /* with the readers, each question alike */
    bool is_stopping;
    bool has_new_entries;
    int watchdog_ms;
    uint64_t watched_ns;
};

static void shorten(int *timeout_ms, int other_ms)
{
    if (other_ms >= 0 && (*timeout_ms < 0 || other_ms < *timeout_ms)) {
        *timeout_ms = other_ms;
    }
}

/* --- answers ------------------------------------------------------------------------------- */

static bool send_answer(struct front *front, struct job *job)
{
    struct envelope head = job->envelope;
    uint8_t call[ENVELOPE_CALL_SIZE];
    struct outgoing answer;
    head.outcome = job->outcome;
    envelope_write_call(&head, call);
    if (!connections_may_send(front->connections, job->descriptor, job->reply.len)) {
        return false;
    }
    outgoing_init(&answer);
    outgoing_take(&answer, &job->identity);
    if (job->has_delimiter) {
        outgoing_add(&answer, span_of("", 0));
    }
    outgoing_add(&answer, span_text(ENVELOPE_VERSION));
    outgoing_add(&answer, span_of(call, sizeof(call)));
    outgoing_add(&answer, job->reply);
    return outgoing_send(&answer, front->router);
}

static void release(struct front *front, struct job *job)
{
    if (job->user != NULL) {
        users_unpin(front->users, job->user);
    }
    job_pool_give(front->pool, job);
}

/* Send what the job holds and put it back. */
static void finish(struct front *front, struct job *job)
{
    struct meter *meter = front->options.road->meter;
    bool is_sent = send_answer(front, job);
    metric_add(is_sent ? &meter->replies : &meter->replies_dropped, 1);
    if (job->outcome != 0) {
        meter_count_problem(meter, job->reply, job->arena);
    }
    if (job->envelope.kind < ENVELOPE_KINDS) {
        metric_record(&meter->latency[job->envelope.kind],
                      (clock_monotonic_ns() - job->arrived_ns) / 1000);
    }
    release(front, job);
}

static void finish_with_problem(
    struct front *front, struct job *job, uint32_t reason, const char *field, const char *expected)
{
    job_answer_problem(job, reason, field, expected, NULL, 0);
    finish(front, job);
}

static void forget(struct front *front, struct job *job)
{
    metric_add(&front->options.road->meter->unheeded, 1);
    release(front, job);
}

static void
finish_with_busy(struct front *front, struct job *job, uint32_t reason, uint32_t retry_after_ms)
{
    struct meter *meter = front->options.road->meter;
    uint32_t ignored = 0;
    metric_add(reason == CUSTODY_REASON_quota_spent ? &meter->busy_quota : &meter->busy_queue, 1);
    if (!bucket_take(&job->user->patience, &patience, clock_monotonic_ns() / 1000, &ignored)) {
        connections_cut(front->connections, CONNECTIONS_REQUESTS, job->descriptor,
                        job->connection_id, "it does not heed busy");
        forget(front, job);
        return;
    }
    job_answer_problem(job, reason, NULL, NULL, NULL, retry_after_ms);
    finish(front, job);
}

/* Nobody knows what a question costs before it is answered: one turn for each so many microseconds of a reader's time. */
static uint32_t question_cost(const struct job *job)
{
    uint64_t turns = job->took_ns / QUESTION_TURN_NS;
    return turns > UINT32_MAX ? UINT32_MAX : (uint32_t)turns;
}

/* A job came back from a verifier, the writer or a reader. */
static void take_back(struct front *front, struct job *job)
{
    job->user->jobs--;
    if (job->envelope.kind == ENVELOPE_SUBMIT) {
        front->has_new_entries = true;
        job->user->submitted -= job->cost;
        lanes_finish(&front->submitting, &job->user->submitting, job->cost, 0);
    } else {
        job->user->asked--;
        lanes_finish(&front->asking, &job->user->asking, job->cost, question_cost(job));
    }
    finish(front, job);
}

static void answer(struct front *front)
{
    void *jobs[ANSWER_MAX];
    size_t count = 0;
    do {
        count = queue_pop(front->options.road->replies, jobs, ANSWER_MAX, 0);
        for (size_t i = 0; i < count; i++) {
            take_back(front, jobs[i]);
        }
    } while (count == ANSWER_MAX);
    if (front->has_new_entries) {
        front->has_new_entries = false;
        announcer_publish(front->announcer);
    }
}

/* --- requests ------------------------------------------------------------------------------ */

/* What a statement costs to verify and to record grows with its bytes; below so many it does not matter. */
static uint32_t submission_cost(const struct job *job)
{
    size_t sum = job->envelope.body.len;
    for (uint32_t i = 0; i < job->envelope.record_count; i++) {
        sum += job->envelope.records[i].len;
    }
    return sum < SUBMISSION_COST_MIN ? SUBMISSION_COST_MIN : (uint32_t)sum;
}

static void take_submission(struct front *front, struct job *job)
{
    const struct front_limits *limits = &front->options.limits;
    uint32_t retry_after_ms = RETRY_FULL_MS;
    if (!bucket_take(&job->user->submissions, &limits->submissions, job->arrived_ns / 1000,
                     &retry_after_ms)) {
        finish_with_busy(front, job, CUSTODY_REASON_quota_spent, retry_after_ms);
        return;
    }
    job->cost = submission_cost(job);
    if (job->user->submitted + job->cost > limits->user_bytes) {
        finish_with_busy(front, job, CUSTODY_REASON_queue_full, RETRY_FULL_MS);
        return;
    }
    job->user->jobs++;
    job->user->submitted += job->cost;
    lanes_wait(&front->submitting, &job->user->submitting, job);
}

static void take_question(struct front *front, struct job *job)
{
    const struct front_limits *limits = &front->options.limits;
    uint32_t retry_after_ms = RETRY_FULL_MS;
    if (!bucket_take(&job->user->questions, &limits->questions, job->arrived_ns / 1000,
                     &retry_after_ms)) {
        finish_with_busy(front, job, CUSTODY_REASON_quota_spent, retry_after_ms);
    } else if (job->user->asked >= limits->user_questions) {
        finish_with_busy(front, job, CUSTODY_REASON_queue_full, RETRY_FULL_MS);
    } else {
        job->user->jobs++;
        job->user->asked++;
        job->cost = 1;
        lanes_wait(&front->asking, &job->user->asking, job);
    }
}

static void hand_out(struct front *front)
{
    struct job *job = NULL;
    while ((job = lanes_next(&front->asking)) != NULL) {
        INVARIANT(queue_push(front->options.road->questions, job));
    }
    while ((job = lanes_next(&front->submitting)) != NULL) {
        if (!queue_push(road_lane(front->options.road, job->envelope.body), job)) {
            lanes_finish(&front->submitting, &job->user->submitting, job->cost, 0);
            job->user->jobs--;
            job->user->submitted -= job->cost;
            finish_with_busy(front, job, CUSTODY_REASON_queue_full, RETRY_FULL_MS);
        }
    }
}

/* Answers go to a routing id. One that a peer chose could be guessed and taken over by another after
 * a disconnection, and with it the answers; one that libzmq made cannot. */
static bool is_own_routing_id(const struct job *job)
{
    zmq_msg_t *identity = (zmq_msg_t *)&job->identity;
    return zmq_msg_size(identity) == ROUTING_ID_SIZE &&
           *(const uint8_t *)zmq_msg_data(identity) == 0;
}

/* 0 when it is none of libzmq's. */
static uint32_t read_connection_id(const struct job *job)
{
    zmq_msg_t *identity = (zmq_msg_t *)&job->identity;
    return is_own_routing_id(job) ? bytes_get_u32((const uint8_t *)zmq_msg_data(identity) + 1) : 0;
}

static void take_request(struct front *front, struct job *job)
{
    const struct front_limits *limits = &front->options.limits;
    metric_add(&front->options.road->meter->requests[job->envelope.kind], 1);
    if (front->is_stopping) {
        finish_with_problem(front, job, CUSTODY_REASON_stopping, NULL, NULL);
    } else if (!is_own_routing_id(job)) {
        finish_with_problem(front, job, CUSTODY_REASON_not_a_request, "routing id",
                            "none: the socket must not choose one");
    } else if (job_pool_in_flight(front->pool) > limits->jobs ||
               job->user->jobs >= limits->user_jobs) {
        finish_with_busy(front, job, CUSTODY_REASON_queue_full, RETRY_FULL_MS);
    } else if (job->envelope.kind == ENVELOPE_SUBMIT) {
        take_submission(front, job);
    } else {
        take_question(front, job);
    }
}

static void drop(struct front *front, struct job *job)
{
    metric_add(&front->options.road->meter->unanswerable, 1);
    release(front, job);
}

static void take_frames(struct front *front, struct job *job, size_t count)
{
    struct span frames[ENVELOPE_FRAMES_MAX + 1] = {{0}};
    for (size_t i = 0; i < job->frame_count; i++) {
        frames[i] = span_of(zmq_msg_data(&job->frames[i]), zmq_msg_size(&job->frames[i]));
    }
    enum envelope_verdict verdict = envelope_parse(frames, count, &job->envelope);
    if (verdict != ENVELOPE_OK) {
        metric_add(&front->options.road->meter->malformed, 1);
    }
    if (job->envelope.outcome != 0) {
        verdict = ENVELOPE_NOT_ONE; /* an answer, of whatever version, is never answered */
    }
    switch (verdict) {
    case ENVELOPE_OK:
        take_request(front, job);
        return;
    case ENVELOPE_NOT_ONE:
        drop(front, job);
        return;
    case ENVELOPE_OTHER_VERSION:
        finish_with_problem(front, job, CUSTODY_REASON_other_version, "version", ENVELOPE_VERSION);
        return;
    case ENVELOPE_UNKNOWN_KIND:
        finish_with_problem(front, job, CUSTODY_REASON_unknown_kind, "kind", NULL);
        return;
    case ENVELOPE_TOO_LARGE:
        finish_with_problem(front, job, CUSTODY_REASON_too_large, "body",
                            "at most 49216 bytes, and 16384 a record");
        return;
    case ENVELOPE_TOO_MANY_FRAMES:
        finish_with_problem(front, job, CUSTODY_REASON_not_a_request, "frames", "at most 11");
        return;
    }
}

/* What is said of the sender hangs on the frames that came over the wire. With a door there is always a user; without one
 * the job is dropped. */
static void learn_sender(struct front *front, struct job *job, zmq_msg_t *frame)
{
    job->connection_id = read_connection_id(job);
    if (connections_hear(front->connections, CONNECTIONS_REQUESTS, frame, job->connection_id,
                         &job->descriptor) &&
        door_read_user(zmq_msg_gets(frame, "User-Id"), job->curve_key)) {
        job->user = users_pin(front->users, job->curve_key);
    }
}

/* Reads every frame of the message that `job->identity` began; returns how many came, those that the job has no
 * place for included. */
static size_t receive_frames(struct front *front, struct job *job, size_t *ret_sum)
{
    zmq_msg_t spare;
    size_t count = 0;
    size_t sum = 0;
    bool is_first = true;
    bool has_more = zmq_msg_more(&job->identity) != 0;
    zmq_msg_init(&spare);
    while (has_more) {
        bool is_kept = job->frame_count < ENVELOPE_FRAMES_MAX;
        zmq_msg_t *frame = is_kept ? &job->frames[job->frame_count] : &spare;
        if (zmq_msg_recv(frame, front->router, ZMQ_DONTWAIT) < 0) {
            break;
        }
        has_more = zmq_msg_more(frame) != 0;
        sum += zmq_msg_size(frame);
        if (is_first) {
            is_first = false;
            learn_sender(front, job, frame);
            job->has_delimiter = zmq_msg_size(frame) == 0;
            if (job->has_delimiter) {
                continue;
            }
        }
        job->frame_count += is_kept;
        count++;
    }
    zmq_msg_close(&spare);
    *ret_sum = sum;
    return count;
}

/* False when nothing waits. */
static bool receive_one(struct front *front)
{
    /* The pool has one job more than may be in flight, so that a full house can still say so. */
    struct job *job = job_pool_take(front->pool);
    if (job == NULL) {
        /* Memory is short: it waits in the socket until a job has come back. */
        return false;
    }
    if (zmq_msg_recv(&job->identity, front->router, ZMQ_DONTWAIT) < 0) {
        job_pool_give(front->pool, job);
        return false;
    }
    job->arrived_ns = clock_monotonic_ns();
    size_t sum = 0;
    size_t count = receive_frames(front, job, &sum);
    metric_add(&front->options.road->meter->messages, 1);
    if (sum > MESSAGE_SUM_MAX) {
        connections_cut(front->connections, CONNECTIONS_REQUESTS, job->descriptor,
                        job->connection_id, "a message of many frames");
    }
    if (job->user == NULL) {
        drop(front, job);
        return true;
    }
    if (connections_is_cut(front->connections, CONNECTIONS_REQUESTS, job->descriptor)) {
        forget(front, job);
        return true;
    }
    take_frames(front, job, count > ENVELOPE_FRAMES_MAX ? (size_t)ENVELOPE_FRAMES_MAX + 1 : count);
    return true;
}

static void receive(struct front *front)
{
    for (int i = 0; i < RECEIVE_MAX && receive_one(front); i++) {
    }
    hand_out(front);
}

/* --- the loop ------------------------------------------------------------------------------ */

static void begin_stop(struct front *front, int signals)
{
    struct signalfd_siginfo signal;
    if (read(signals, &signal, sizeof(signal)) != (ssize_t)sizeof(signal) || front->is_stopping) {
        return;
    }
    front->is_stopping = true;
    notify_say("STOPPING=1");
    LOG(LOGGER_INFO, "stop", LOGGER_NUMBER("signal", signal.ssi_signo),
        LOGGER_NUMBER("in_flight", job_pool_in_flight(front->pool)));
    zmq_unbind(front->router, front->endpoint);
}

/* Only while the writer gets on is the daemon alive. */
static int watch(struct front *front, const struct writer *writer, uint64_t now_ns)
{
    if (front->watchdog_ms < 0) {
        return -1;
    }
    uint64_t elapsed_ms = (now_ns - front->watched_ns) / 1000000;
    if (elapsed_ms < (uint64_t)front->watchdog_ms) {
        return front->watchdog_ms - (int)elapsed_ms;
    }
    front->watched_ns = now_ns;
    if (writer_stuck_ms(writer) < 2 * (uint64_t)front->watchdog_ms) {
        notify_say("WATCHDOG=1");
    }
    return front->watchdog_ms;
}

static void measure(struct front *front)
{
    struct meter *meter = front->options.road->meter;
    metric_set(&meter->jobs_in_flight, job_pool_in_flight(front->pool));
    metric_set(&meter->users, users_count(front->users));
}

void front_run(struct front *front, int signals, const struct writer *writer)
{
    enum { ROUTER, ANNOUNCER, REQUESTS, ANNOUNCEMENTS, REPLIES, SIGNALS, ITEMS };
    zmq_pollitem_t items[ITEMS] = {
        [ROUTER] = {.socket = front->router, .events = ZMQ_POLLIN},
        [ANNOUNCER] = {.socket = announcer_socket(front->announcer), .events = ZMQ_POLLIN},
        [REQUESTS] = {.socket = connections_monitor(front->connections, CONNECTIONS_REQUESTS),
                      .events = ZMQ_POLLIN},
        [ANNOUNCEMENTS] = {.socket =
                               connections_monitor(front->connections, CONNECTIONS_ANNOUNCEMENTS),
                           .events = ZMQ_POLLIN},
        [REPLIES] = {.fd = queue_descriptor(front->options.road->replies), .events = ZMQ_POLLIN},
        [SIGNALS] = {.fd = signals, .events = ZMQ_POLLIN},
    };
    announcer_publish(front->announcer);
    while (!front->is_stopping || job_pool_in_flight(front->pool) > 0) {
        uint64_t now_ns = clock_monotonic_ns();
        int timeout_ms = watch(front, writer, now_ns);
        shorten(&timeout_ms, connections_look(front->connections, now_ns));
        shorten(&timeout_ms, announcer_welcome(front->announcer, now_ns));
        measure(front);
        zmq_poll(items, ITEMS, timeout_ms);
        if (items[SIGNALS].revents != 0) {
            begin_stop(front, signals);
        }
        /* Connections before their first message, answers before new requests. */
        if (items[REQUESTS].revents != 0 || items[ROUTER].revents != 0) {
            connections_receive(front->connections, CONNECTIONS_REQUESTS);
        }
        if (items[ANNOUNCEMENTS].revents != 0 || items[ANNOUNCER].revents != 0) {
            connections_receive(front->connections, CONNECTIONS_ANNOUNCEMENTS);
        }
        if (items[REPLIES].revents != 0) {
            answer(front);
        }
        if (items[ANNOUNCER].revents != 0) {
            announcer_receive(front->announcer);
        }
        receive(front);
        connections_make_room(front->connections);
    }
}

/* --- opening and closing ------------------------------------------------------------------- */

static enum custody_status open_router(struct front *front)
{
    const struct endpoint_options options = {
        .type = ZMQ_ROUTER,
        .endpoint = front->options.endpoint,
        .keys = ledger_keys(front->options.road->ledger),
        .message_max = MESSAGE_MAX,
        .send_high_water = SEND_HIGH_WATER,
        .linger_ms = LINGER_MS,
    };
    /* Say it when an answer's asker is gone or full, instead of dropping it unseen. */
    int mandatory = 1;
    enum custody_status status = endpoint_open(front->options.context, &options, &front->router);
    if (status == CUSTODY_OK &&
        zmq_setsockopt(front->router, ZMQ_ROUTER_MANDATORY, &mandatory, sizeof(mandatory)) != 0) {
        status = CUSTODY_ERR_IO;
    }
    if (status == CUSTODY_OK) {
        status = connections_watch(front->connections, CONNECTIONS_REQUESTS, front->router);
    }
    if (status == CUSTODY_OK) {
        status = endpoint_bind(front->router, front->options.endpoint, front->endpoint);
    }
    return status;
}

static enum custody_status open_announcer(struct front *front)
{
    const struct announcer_options options = {
        .context = front->options.context,
        .ledger = front->options.road->ledger,
        .meter = front->options.road->meter,
        .connections = front->connections,
        .endpoint = front->options.announcements,
    };
    return announcer_open(&options, &front->announcer);
}

enum custody_status front_open(const struct front_options *options, struct front **ret)
{
    const struct front_limits *limits = &options->limits;
    struct front *front = calloc(1, sizeof(*front));
    if (front == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    front->options = *options;
    front->watchdog_ms = notify_watchdog_ms();
    front->pool = job_pool_create((size_t)limits->jobs + 1);
    /* Every job and every connection may have another user, and a cut one lingers a moment. */
    front->users = users_create((size_t)limits->jobs + 1 + 4 * (size_t)limits->connections);
    front->asking = (struct lanes){
        .running_max = limits->asking,
        .lane_max = limits->user_asking,
        .quantum = 1,
    };
    front->submitting = (struct lanes){
        .running_max = limits->submitting,
        .lane_max = limits->user_submitting,
        .quantum = SUBMISSION_COST_MIN,
    };
    enum custody_status status =
        front->pool == NULL || front->users == NULL ? CUSTODY_ERR_MEMORY : CUSTODY_OK;
    if (status == CUSTODY_OK) {
        const struct connections_options connections = {
            .context = options->context,
            .users = front->users,
            .meter = options->road->meter,
            .open_max = limits->connections,
            .user_max = limits->user_connections,
        };
        status = connections_open(&connections, &front->connections);
    }
    if (status == CUSTODY_OK) {
        status = open_announcer(front);
    }
    if (status == CUSTODY_OK) {
        status = open_router(front);
    }
    if (status != CUSTODY_OK) {
        front_close(front);
        return status;
    }
    *ret = front;
    return CUSTODY_OK;
}

void front_close(struct front *front)
{
    if (front == NULL) {
        return;
    }
    connections_close(front->connections);
    if (front->router != NULL) {
        zmq_close(front->router);
    }
    announcer_close(front->announcer);
    users_destroy(front->users);
    job_pool_destroy(front->pool);
    free(front);
}

const char *front_endpoint(const struct front *front)
{
    return front->endpoint;
}

const char *front_announcements(const struct front *front)
{
    return announcer_endpoint(front->announcer);
}
