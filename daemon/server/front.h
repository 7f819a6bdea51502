/* front.h: the one thread at the sockets: frames in, jobs out; answers back.
 * Never touches the ledger and never waits for anything but its poll.
 *
 * What it keeps fair: a bounded number of unanswered requests and a rate for each key, statements and questions of
 * different keys in turn, answers to a peer that does not read dropped and counted. */
#ifndef CUSTODY_SERVER_FRONT_H
#define CUSTODY_SERVER_FRONT_H

#include <custody/status.h>
#include "daemon/server/bucket.h"
#include "daemon/server/road.h"

struct front;
struct writer;

struct front_limits {
    uint32_t jobs;             /* requests in flight, of all */
    uint32_t user_jobs;        /* of one key */
    uint32_t user_questions;   /* of these, questions */
    uint32_t user_bytes;       /* of its submissions */
    uint32_t asking;           /* questions with the readers at a time */
    uint32_t user_asking;      /* of one key */
    uint32_t submitting;       /* bytes of statements with the verifiers and the writer at a time */
    uint32_t user_submitting;  /* of one key */
    uint32_t connections;      /* open, for requests; as many again for announcements */
    uint32_t user_connections; /* of one key */
    struct bucket_rate submissions, questions; /* of one key */
};

struct front_options {
    void *context; /* of libzmq */
    const struct road *road;
    const char *endpoint, *announcements;
    struct front_limits limits;
};

enum custody_status front_open(const struct front_options *options, struct front **ret);
/* Closes its sockets; what was answered still leaves within two seconds. NULL is allowed. */
void front_close(struct front *front);
const char *front_endpoint(const struct front *front);
const char *front_announcements(const struct front *front);

/* Serve until `signals` (a signalfd) is readable; then take nothing more, answer what was taken, return. */
void front_run(struct front *front, int signals, const struct writer *writer);

#endif
