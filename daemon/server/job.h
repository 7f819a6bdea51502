/* job.h: one request in flight: who asked, its frames, its memory, its answer.
 * Never decides anything; every floor of the road fills in its part.
 *
 * A job belongs to whoever popped it from a queue last. The pool is the front's alone. */
#ifndef CUSTODY_SERVER_JOB_H
#define CUSTODY_SERVER_JOB_H

#include <zmq.h>

#include "proto/envelope.h"
#include "proto/statement.h"
#include "daemon/base/arena.h"
#include "daemon/service/submit.h"

/* Working memory of one request: its reply and what is needed to make it. */
enum { JOB_ARENA_MAX = 8 * ENVELOPE_REPLY_SIZE_MAX };

struct user;

struct job {
    struct job *next; /* in the pool, or in its user's lane */
    struct user *user;
    uint32_t cost; /* of a turn, see lanes.h */
    uint8_t curve_key[32];
    int descriptor;         /* of the connection it came by; only for counting */
    uint32_t connection_id; /* libzmq's number of it */
    uint64_t arrived_ns;
    uint64_t took_ns; /* a reader's time */

    zmq_msg_t identity;
    bool has_delimiter; /* the empty frame that a REQ socket puts in front */
    uint32_t frame_count;
    zmq_msg_t frames[ENVELOPE_FRAMES_MAX];
    struct envelope envelope; /* borrows from the frames */

    struct arena *arena;
    struct statement statement;   /* made by a verifier */
    struct submission submission; /* likewise; borrows from this job */
    uint16_t outcome;             /* 0: `reply` is the body of the kind's answer, else a Problem */
    struct span reply;            /* in the arena */
};

struct job_pool;

/* At most `capacity` jobs, made when they are first needed. NULL when memory is short. */
struct job_pool *job_pool_create(size_t capacity);
/* Every job must be back. */
void job_pool_destroy(struct job_pool *pool);
/* NULL when all are in flight, or memory is short. */
struct job *job_pool_take(struct job_pool *pool);
/* Closes the frames and empties the arena; of more than a usual rush the arena is given back. */
void job_pool_give(struct job_pool *pool, struct job *job);
size_t job_pool_in_flight(const struct job_pool *pool);

/* Answer with a Problem; `field`, `expected`, `got` may be NULL. */
void job_answer_problem(struct job *job,
                        uint32_t reason,
                        const char *field,
                        const char *expected,
                        const char *got,
                        uint32_t retry_after_ms);

#endif
