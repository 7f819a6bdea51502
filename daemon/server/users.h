/* users.h: what the front remembers of each CURVE key: its buckets, its jobs, its connections, its waiting questions.
 * Never grows past its capacity and never knows what a key may do (that is access.h).
 *
 * Front's thread only. A user that has a job or a connection is pinned; of the others the one that
 * was idle longest makes room. Questions wait here in one lane a user, and lanes are served in turn, so
 * that one who asks much waits behind his own questions and not before others'. */
#ifndef CUSTODY_SERVER_USERS_H
#define CUSTODY_SERVER_USERS_H

#include <stddef.h>

#include "daemon/server/bucket.h"
#include "daemon/server/job.h"

struct user {
    uint8_t key[32];
    struct bucket submissions;
    struct bucket questions;
    uint32_t jobs;        /* unanswered, submissions and questions */
    uint32_t asked;       /* unanswered questions, waiting or running */
    uint32_t connections; /* that have spoken */

    /* users.c's own */
    uint32_t pins;
    uint32_t running; /* questions that were taken from the lane */
    struct job *lane_first, *lane_last;
    struct user *next_in_turn;
    bool is_in_turn;
    struct user *next_in_chain;
    struct user *idle_before, *idle_after;
};

struct users;

/* `capacity` users; at most `running_max` questions of one user are with the readers at a time. */
struct users *users_create(size_t capacity, uint32_t running_max);
void users_destroy(struct users *users);
/* The user of this key, made when new; pinned once more. NULL when every place is pinned. */
struct user *users_pin(struct users *users, const uint8_t key[static 32]);
void users_unpin(struct users *users, struct user *user);
size_t users_count(const struct users *users);

/* A question waits in its user's lane (job->user). */
void users_wait(struct users *users, struct job *job);
/* The next question in turn, or NULL when none may run. */
struct job *users_next(struct users *users);
/* A question that users_next gave was answered. */
void users_finish(struct users *users, struct user *user);

#endif
