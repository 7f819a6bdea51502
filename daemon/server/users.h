/* users.h: what the front remembers of each CURVE key: its buckets, its jobs, its connections, what of it waits.
 * Never grows past its capacity and never knows what a key may do (that is access.h).
 *
 * Front's thread only. A user that has a job or a connection is pinned; of the others the one that was idle longest
 * makes room. */
#ifndef CUSTODY_SERVER_USERS_H
#define CUSTODY_SERVER_USERS_H

#include <stddef.h>

#include "daemon/server/bucket.h"
#include "daemon/server/lanes.h"

struct user {
    uint8_t key[32];
    struct bucket submissions;
    struct bucket questions;
    struct bucket patience; /* answers of `busy` */
    uint32_t jobs;          /* unanswered, submissions and questions */
    uint32_t asked;         /* unanswered questions, waiting or running */
    uint32_t submitted;     /* bytes of unanswered submissions */
    uint32_t connections;   /* that have spoken */
    struct lane submitting, asking;

    /* users.c's own */
    uint32_t pins;
    struct user *next_in_chain;
    struct user *idle_before, *idle_after;
};

struct users;

struct users *users_create(size_t capacity);
void users_destroy(struct users *users);
/* The user of this key, made when new; pinned once more. NULL when every place is pinned. */
struct user *users_pin(struct users *users, const uint8_t key[static 32]);
void users_unpin(struct users *users, struct user *user);
size_t users_count(const struct users *users);

#endif
