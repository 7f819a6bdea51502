/* server.h: the running daemon: one ledger, its threads and its sockets.
 * Never decides and never keeps anything that is not in its ledger. */
#ifndef CUSTODY_SERVER_SERVER_H
#define CUSTODY_SERVER_SERVER_H

#include "daemon/server/front.h"

struct server_options {
    struct ledger_options ledger;
    const char *endpoint;        /* tcp://host:port; port * takes a free one */
    const char *announcements;   /* likewise */
    const char *clock_file;      /* NULL; only a demonstration ledger may follow one */
    const char *metrics_file;    /* NULL: figures are not written */
    bool clock_is_right;         /* take the clock's word though the newest entry is long ago */
    bool sandbox;                /* see sandbox.h */
    unsigned verifiers, readers; /* threads */
    uint32_t queue;            /* statements that wait for a verifier, and as many for the writer */
    uint32_t question_ms;      /* what one question may take */
    struct bucket_rate party;  /* what all keys of a party may submit together */
    struct front_limits front; /* `asking` and `user_asking` are made from `readers` */
};

/* Opens the ledger, serves until SIGTERM or SIGINT, answers what was taken, closes. Returns the exit code: 0; 4 could
 * not start; 5 the ledger's evidence does not hold. Call from the main thread with no other thread running.
 * Where it listens stands in `<data>/endpoints`: two lines, `endpoint: ...` and `announcements: ...`. */
int server_run(const struct server_options *options);

#endif
