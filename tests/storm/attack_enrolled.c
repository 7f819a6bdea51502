/* attack_enrolled.c: what keys that stand on the ledger can do to it.
 * Never more than their own rights and their own connections. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/custody.pb-c.h"
#include "tests/lib/dice.h"
#include "tests/lib/die.h"
#include "tests/storm/attack.h"
#include "tests/storm/flood.h"
#include "tests/storm/line.h"

enum {
    SUBMISSION_MAX = 64 * 1024,
    LARGEST_BAGS = 500, /* STATEMENT_ITEMS_MAX */
    POOL = 64,          /* statements that are signed once and sent over and over */
};

struct submitter {
    struct storm_party *party;
    size_t bags;
    uint8_t bytes[SUBMISSION_MAX];
};

/* ---- submissions ------------------------------------------------------------------------------ */

static bool next_statement(void *context, uint16_t *ret_kind, struct span *ret_body)
{
    struct submitter *submitter = context;
    size_t len = storm_pack_many(submitter->party, submitter->bags, submitter->bytes,
                                 sizeof(submitter->bytes));
    *ret_kind = ENVELOPE_SUBMIT;
    *ret_body = span_of(submitter->bytes, len);
    return true;
}

static void flood_with(struct storm *storm,
                       unsigned number,
                       unsigned lines,
                       unsigned unanswered,
                       flood_next *next,
                       void *context)
{
    const struct flood flood = {
        .storm = storm,
        .author = &storm->hostile[number].author,
        .lines = lines,
        .unanswered = unanswered,
        .next = next,
        .context = context,
    };
    flood_run(&flood);
}

void attack_submits(struct storm *storm, unsigned number)
{
    static struct submitter submitter;
    submitter = (struct submitter){.party = &storm->hostile[number], .bags = 1};
    flood_with(storm, number, 4, 0, next_statement, &submitter);
}

void attack_largest(struct storm *storm, unsigned number)
{
    static struct submitter submitter;
    submitter = (struct submitter){.party = &storm->hostile[number], .bags = LARGEST_BAGS};
    flood_with(storm, number, 4, 0, next_statement, &submitter);
}

/* The same within all limits: nothing is answered busy, all of it has to be done. */
void attack_bulk(struct storm *storm, unsigned number)
{
    static struct submitter submitter;
    submitter = (struct submitter){.party = &storm->hostile[number], .bags = LARGEST_BAGS};
    flood_with(storm, number, 4, 4, next_statement, &submitter);
}

/* One key with as many connections as it may have, each with a few requests under way. */
void attack_many_lines(struct storm *storm, unsigned number)
{
    static struct submitter submitter;
    submitter = (struct submitter){.party = &storm->hostile[number], .bags = 1};
    flood_with(storm, number, 32, 16, next_statement, &submitter);
}

/* ---- what is turned away ---------------------------------------------------------------------- */

struct pool {
    size_t next;
    size_t len[POOL];
    uint8_t *bytes[POOL];
};

static bool next_of_pool(void *context, uint16_t *ret_kind, struct span *ret_body)
{
    struct pool *pool = context;
    size_t i = pool->next++ % POOL;
    *ret_kind = ENVELOPE_SUBMIT;
    *ret_body = span_of(pool->bytes[i], pool->len[i]);
    return true;
}

static void fill_pool(struct pool *pool, struct storm_party *party, size_t bags)
{
    static uint8_t bytes[SUBMISSION_MAX];
    for (size_t i = 0; i < POOL; i++) {
        pool->len[i] = storm_pack_many(party, bags, bytes, sizeof(bytes));
        pool->bytes[i] = malloc(SUBMISSION_MAX);
        if (pool->bytes[i] == NULL) {
            die("out of memory");
        }
        memcpy(pool->bytes[i], bytes, pool->len[i]);
    }
}

void attack_replays(struct storm *storm, unsigned number)
{
    static struct pool pool;
    fill_pool(&pool, &storm->hostile[number], 1);
    flood_with(storm, number, 4, 0, next_of_pool, &pool);
}

/* A third with a signature that is wrong, a third by keys that nobody enrolled, a third that says it is another's. */
void attack_forgeries(struct storm *storm, unsigned number)
{
    static struct pool pool;
    struct storm_party party = storm->hostile[number];
    fill_pool(&pool, &party, 20);
    author_init(&party.author, storm->origin);
    for (size_t i = 0; i < POOL; i++) {
        if (i % 3 == 0) {
            pool.bytes[i][i % SIGNATURE_SIZE] ^= 1;
        } else if (i % 3 == 1) {
            pool.len[i] = storm_pack_many(&party, 20, pool.bytes[i], SUBMISSION_MAX);
        } else {
            memcpy(pool.bytes[i] + SIGNATURE_SIZE + STATEMENT_KEY_OFFSET,
                   storm->honest[i % STORM_HONEST].author.public_key, PUBLIC_KEY_SIZE);
        }
    }
    flood_with(storm, number, 4, 0, next_of_pool, &pool);
}

/* Every size from just over the limit of a statement to far over that of a frame, where the connection is cut. */
void attack_oversized(struct storm *storm, unsigned number)
{
    static struct pool pool;
    enum { LARGEST = 256 * 1024 };
    for (size_t i = 0; i < POOL; i++) {
        pool.len[i] = i % 16 == 15 ? LARGEST : ENVELOPE_FRAME_SIZE_MAX + 1 + i * 200;
        pool.bytes[i] = calloc(1, LARGEST);
        if (pool.bytes[i] == NULL) {
            die("out of memory");
        }
    }
    flood_with(storm, number, 4, 0, next_of_pool, &pool);
}

/* ---- questions -------------------------------------------------------------------------------- */

struct asker {
    struct storm *storm;
    struct storm_party *party;
    struct dice dice;
    size_t next;
    uint8_t bytes[512];
};

static size_t pack_question(struct asker *asker, uint16_t *ret_kind)
{
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    options.limit = UINT32_MAX;
    switch (asker->next++ % 6) {
    case 0: {
        Custody__V1__EntriesRequest request = CUSTODY__V1__ENTRIES_REQUEST__INIT;
        request.options = &options;
        request.from = dice_below(&asker->dice, 100);
        *ret_kind = ENVELOPE_ENTRIES;
        return custody__v1__entries_request__pack(&request, asker->bytes);
    }
    case 1: {
        Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
        request.options = &options;
        request.kind = (char *)"obligation";
        *ret_kind = ENVELOPE_UNCLOSED;
        return custody__v1__unclosed_request__pack(&request, asker->bytes);
    }
    case 2: {
        Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
        request.options = &options;
        request.state = (char *)"all";
        *ret_kind = ENVELOPE_FINDINGS;
        return custody__v1__findings_request__pack(&request, asker->bytes);
    }
    case 3: {
        Custody__V1__ProveRequest request = CUSTODY__V1__PROVE_REQUEST__INIT;
        options.known_size = 1;
        request.options = &options;
        request.subject_case = CUSTODY__V1__PROVE_REQUEST__SUBJECT_ENTRY;
        request.entry = dice_below(&asker->dice, 1000);
        *ret_kind = ENVELOPE_PROVE;
        return custody__v1__prove_request__pack(&request, asker->bytes);
    }
    case 4: {
        Custody__V1__BalanceRequest request = CUSTODY__V1__BALANCE_REQUEST__INIT;
        request.options = &options;
        *ret_kind = ENVELOPE_BALANCE;
        return custody__v1__balance_request__pack(&request, asker->bytes);
    }
    default: {
        Custody__V1__DossierRequest request = CUSTODY__V1__DOSSIER_REQUEST__INIT;
        request.options = &options;
        *ret_kind = ENVELOPE_DOSSIER;
        return custody__v1__dossier_request__pack(&request, asker->bytes);
    }
    }
}

static bool next_question(void *context, uint16_t *ret_kind, struct span *ret_body)
{
    struct asker *asker = context;
    *ret_body = span_of(asker->bytes, pack_question(asker, ret_kind));
    return true;
}

void attack_questions(struct storm *storm, unsigned number)
{
    static struct asker asker;
    asker = (struct asker){.storm = storm, .party = &storm->hostile[number]};
    dice_init(&asker.dice, number);
    flood_with(storm, number, 4, 0, next_question, &asker);
}

/* The same within all limits. */
void attack_research(struct storm *storm, unsigned number)
{
    static struct asker asker;
    asker = (struct asker){.storm = storm, .party = &storm->hostile[number]};
    dice_init(&asker.dice, number);
    flood_with(storm, number, 4, 4, next_question, &asker);
}

/* Questions about entries that are still to come: each may wait two seconds for them. */
static bool next_wait(void *context, uint16_t *ret_kind, struct span *ret_body)
{
    struct asker *asker = context;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    options.at_least = UINT64_C(1) << 40;
    request.options = &options;
    *ret_kind = ENVELOPE_UNCLOSED;
    *ret_body = span_of(asker->bytes, custody__v1__unclosed_request__pack(&request, asker->bytes));
    return true;
}

void attack_waits(struct storm *storm, unsigned number)
{
    static struct asker asker;
    flood_with(storm, number, 4, 0, next_wait, &asker);
}

/* ---- who does not read ------------------------------------------------------------------------ */

/* Asks for everything there is, no faster than it may, and takes nothing in. */
void attack_unread(struct storm *storm, unsigned number)
{
    enum { LINES = 24, EVERY_MS = 100 };
    static struct asker asker;
    void *context = zmq_ctx_new();
    void *sockets[LINES];
    dice_init(&asker.dice, number);
    for (int i = 0; i < LINES; i++) {
        sockets[i] =
            line_make(context, ZMQ_DEALER, storm->server_key, &storm->hostile[number].author);
        line_set(sockets[i], ZMQ_RCVHWM, 1);
        line_set(sockets[i], ZMQ_RCVBUF, 4096);
        if (zmq_connect(sockets[i], storm->endpoint) != 0) {
            die("%s: %s", storm->endpoint, zmq_strerror(errno));
        }
    }
    for (uint64_t call = 0; !atomic_load(&storm->is_over); call++) {
        for (int i = 0; i < LINES; i++) {
            uint16_t kind = 0;
            asker.next = 0; /* entries, the largest answer */
            size_t len = pack_question(&asker, &kind);
            if (line_ask(sockets[i], call, kind, span_of(asker.bytes, len))) {
                atomic_fetch_add(&storm->foes.sent, 1);
                atomic_store(&storm->foes.is_raging, true);
            }
        }
        zmq_poll(NULL, 0, EVERY_MS);
    }
    _exit(EXIT_SUCCESS);
}

/* Subscribes, asks, and stands still as a whole process: its kernel keeps the connections. */
void attack_paused(struct storm *storm, unsigned number)
{
    enum { LINES = 8, QUESTIONS = 2, SETTLE_MS = 500 }; /* as many questions as a key may have */
    static struct asker asker;
    void *context = zmq_ctx_new();
    dice_init(&asker.dice, number);
    for (int i = 0; i < LINES; i++) {
        const struct author *author = &storm->hostile[number].author;
        void *ear = line_make(context, ZMQ_SUB, storm->server_key, author);
        void *socket = line_make(context, ZMQ_DEALER, storm->server_key, author);
        line_set(ear, ZMQ_RCVBUF, 4096);
        line_set(socket, ZMQ_RCVBUF, 4096);
        zmq_setsockopt(ear, ZMQ_SUBSCRIBE, "checkpoint", 10);
        if (zmq_connect(ear, storm->announcements) != 0 ||
            zmq_connect(socket, storm->endpoint) != 0) {
            die("%s: %s", storm->endpoint, zmq_strerror(errno));
        }
        for (uint64_t call = 0; call < QUESTIONS; call++) {
            uint16_t kind = 0;
            asker.next = 0;
            size_t len = pack_question(&asker, &kind);
            line_ask(socket, call, kind, span_of(asker.bytes, len));
            atomic_fetch_add(&storm->foes.sent, 1);
        }
    }
    zmq_poll(NULL, 0, SETTLE_MS); /* libzmq's thread connects and sends meanwhile */
    atomic_store(&storm->foes.is_raging, true);
    raise(SIGSTOP);
}
