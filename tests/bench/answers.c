/* answers.c: four questions in turn, many times.
 * Never looks into a reply while a clock runs. */
#include "tests/bench/answers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon/base/clock.h"
#include "tests/bench/echo.h"
#include "tests/bench/keeper.h"
#include "tests/bench/sample.h"
#include "tests/lib/die.h"
#include "tests/lib/wire.h"

enum {
    QUESTIONS = 1000,
    QUESTIONS_QUICK = 300,
    WARM_UP = 20,  /* questions that nobody counts */
    STRIDE = 7919, /* a prime: the questions go all over the ledger */
    LISTED = 100,
    REQUEST_MAX = 256,
};

static const struct {
    const char *key, *text;
    uint16_t kind;
    enum filling_asker asker;
} rows[ANSWERS_ROWS] = {
    [ANSWERS_POINT] = {"point", "state of a bag", ENVELOPE_TRACE, FILLING_HOSPITAL},
    [ANSWERS_TRACE] = {"trace", "trace of a bag, to ash", ENVELOPE_TRACE, FILLING_HOSPITAL},
    [ANSWERS_PROOF] = {"proof", "inclusion and consistency proof", ENVELOPE_PROVE,
                       FILLING_HOSPITAL},
    [ANSWERS_UNCLOSED] = {"unclosed", "unclosed, the 100 most urgent", ENVELOPE_UNCLOSED,
                          FILLING_BUREAU},
};

const char *answers_key(enum answers_row row)
{
    return rows[row].key;
}

const char *answers_text(enum answers_row row)
{
    return rows[row].text;
}

/* ---- questions ---------------------------------------------------------------------------------- */

static size_t pack_trace(const struct filling *filling, uint64_t turn, bool is_point, uint8_t *ret)
{
    Custody__V1__TraceRequest trace = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    char code[FILLING_CODE_MAX];
    /* Those of a shipment that stayed on the road among them. */
    filling_code(turn * STRIDE % filling->bags, code);
    name.generator = (char *)DESK_HOSPITAL;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = code;
    trace.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    trace.container = &name;
    trace.state_only = is_point;
    return custody__v1__trace_request__pack(&trace, ret);
}

static size_t pack_proof(const struct filling *filling, uint64_t turn, uint8_t *ret)
{
    Custody__V1__ProveRequest prove = CUSTODY__V1__PROVE_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    options.known_size = filling->entries / 2 + turn % (filling->entries / 4);
    prove.options = &options;
    prove.subject_case = CUSTODY__V1__PROVE_REQUEST__SUBJECT_ENTRY;
    prove.entry = turn * STRIDE % filling->entries;
    return custody__v1__prove_request__pack(&prove, ret);
}

static size_t pack_unclosed(uint8_t *ret)
{
    Custody__V1__UnclosedRequest unclosed = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    options.limit = LISTED;
    unclosed.options = &options;
    unclosed.division = (char *)"5404";
    return custody__v1__unclosed_request__pack(&unclosed, ret);
}

static struct span pack_question(const struct filling *filling,
                                 enum answers_row row,
                                 uint64_t turn,
                                 uint8_t ret[static REQUEST_MAX])
{
    size_t len = row == ANSWERS_UNCLOSED ? pack_unclosed(ret)
                 : row == ANSWERS_PROOF  ? pack_proof(filling, turn, ret)
                                         : pack_trace(filling, turn, row == ANSWERS_POINT, ret);
    return span_of(ret, len);
}

/* ---- their times -------------------------------------------------------------------------------- */

struct timing {
    struct sample samples[ANSWERS_ROWS], sizes[ANSWERS_ROWS], round_trips;
};

static unsigned questions_of(const struct bench *bench)
{
    return bench->is_quick ? QUESTIONS_QUICK : QUESTIONS;
}

static struct answers_figure figure_of(struct sample *sample, struct sample *sizes)
{
    struct answers_figure figure = {
        .p50_us = sample_percentile_us(sample, 50),
        .p99_us = sample_percentile_us(sample, 99),
        .bytes = sizes == NULL ? 0 : sample_percentile_us(sizes, 50) * 1e3,
    };
    sample_done(sample);
    if (sizes != NULL)
        sample_done(sizes);
    return figure;
}

static void
note(struct timing *timing, enum answers_row row, int turn, uint64_t took_ns, size_t bytes)
{
    if (turn < 0)
        return;
    sample_add(&timing->samples[row], took_ns);
    sample_add(&timing->sizes[row], bytes);
}

/* ---- at the server ------------------------------------------------------------------------------ */

static void ask(struct filling *filling, enum answers_row row, int turn, struct timing *timing)
{
    struct desk *desk = &filling->desk;
    uint8_t body[REQUEST_MAX];
    struct access_caller caller;
    if (!access_find(desk->ledger, filling->askers[rows[row].asker].curve_public, &caller))
        die("the asker is not known");
    struct query query = {
        .caller = &caller,
        .kind = rows[row].kind,
        .body = pack_question(filling, row, (uint64_t)turn + WARM_UP, body),
        .now_us = desk->now_us,
        .deadline_ns = clock_monotonic_ns() + UINT64_C(60000000000),
        .arena = desk->arena,
    };
    uint64_t began_ns = clock_monotonic_ns();
    query_answer(desk->ledger, &query);
    uint64_t took_ns = clock_monotonic_ns() - began_ns;
    if (query.outcome != 0)
        die("\"%s\" was not answered", rows[row].text);
    note(timing, row, turn, took_ns, query.reply.len);
    desk_turn(desk);
}

static void ask_server(const struct bench *bench, struct filling *filling, struct answers *ret)
{
    struct timing timing = {0};
    for (int turn = -WARM_UP; turn < (int)questions_of(bench); turn++) {
        for (unsigned row = 0; row < ANSWERS_ROWS; row++)
            ask(filling, (enum answers_row)row, turn, &timing);
        die_check();
    }
    for (unsigned row = 0; row < ANSWERS_ROWS; row++)
        ret->server[row] = figure_of(&timing.samples[row], &timing.sizes[row]);
}

/* ---- over ZeroMQ -------------------------------------------------------------------------------- */

static void ask_daemon(const struct filling *filling,
                       enum answers_row row,
                       int turn,
                       void *const *sockets,
                       struct timing *timing)
{
    uint8_t body[REQUEST_MAX];
    struct wire_answer answer;
    uint64_t call = (uint64_t)turn + WARM_UP;
    struct span question = pack_question(filling, row, call, body);
    void *socket = sockets[rows[row].asker];
    uint64_t began_ns = clock_monotonic_ns();
    wire_ask(socket, call, rows[row].kind, question);
    if (!wire_receive_kind(socket, rows[row].kind, true, &answer)) {
        die_check();
        die("no answer from custodyd");
    }
    uint64_t took_ns = clock_monotonic_ns() - began_ns;
    if (answer.outcome != 0 || answer.call != call)
        die("\"%s\" was not answered by custodyd", rows[row].text);
    note(timing, row, turn, took_ns, zmq_msg_size(&answer.body));
    zmq_msg_close(&answer.body);
}

/* The ledger's time goes on where its desk stands. */
static void write_clock(const struct filling *filling, const char *path)
{
    FILE *file = fopen(path, "we");
    uint8_t bytes[8];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((uint64_t)filling->desk.now_us >> 8 * i);
    if (file == NULL || fwrite(bytes, sizeof bytes, 1, file) != 1 || fclose(file) != 0)
        die("cannot write %s", path);
}

static void ask_all(const struct bench *bench,
                    const struct filling *filling,
                    const struct keeper *keeper,
                    struct timing *timing)
{
    char server_key[KEEPER_TEXT_MAX];
    void *sockets[FILLING_ASKERS];
    void *context = zmq_ctx_new();
    struct echo *echo = echo_start();
    keeper_card(keeper, "server-key", server_key);
    for (unsigned i = 0; i < FILLING_ASKERS; i++)
        sockets[i] = wire_connect(context, keeper->endpoint, server_key, &filling->askers[i]);
    for (int turn = -WARM_UP; turn < (int)questions_of(bench); turn++) {
        uint64_t began_ns = clock_monotonic_ns();
        echo_ask(echo);
        if (turn >= 0)
            sample_add(&timing->round_trips, clock_monotonic_ns() - began_ns);
        for (unsigned row = 0; row < ANSWERS_ROWS; row++)
            ask_daemon(filling, (enum answers_row)row, turn, sockets, timing);
        die_check();
    }
    echo_stop(echo);
    for (unsigned i = 0; i < FILLING_ASKERS; i++)
        zmq_close(sockets[i]);
    zmq_ctx_term(context);
}

static void ask_wire(const struct bench *bench, struct filling *filling, struct answers *ret)
{
    static const char settings[] = "[limits]\nask_rate = 0\n";
    struct desk *desk = &filling->desk;
    struct timing timing = {0};
    struct keeper keeper;
    struct keeper_ledger ledger = {0};
    char clock_file[PATH_MAX];
    tempdir_path(&desk->dir, "clock", clock_file, sizeof clock_file);
    write_clock(filling, clock_file);
    snprintf(ledger.data, sizeof ledger.data, "%s", desk->data);
    snprintf(ledger.key_file, sizeof ledger.key_file, "%s", desk->key_file);
    snprintf(ledger.mark_file, sizeof ledger.mark_file, "%s", desk->mark_file);
    ledger.clock_file = clock_file;
    ledger_close(desk->ledger);
    desk->ledger = NULL;
    keeper_serve(bench, &ledger, desk->paper.invitation, settings, &keeper);
    ask_all(bench, filling, &keeper, &timing);
    keeper_stop(&keeper);
    desk_reopen(desk);
    ret->round_trip = figure_of(&timing.round_trips, NULL);
    for (unsigned row = 0; row < ANSWERS_ROWS; row++)
        ret->wire[row] = figure_of(&timing.samples[row], &timing.sizes[row]);
}

void answers_measure(const struct bench *bench, struct filling *filling, struct answers *ret)
{
    ask_server(bench, filling, ret);
    ask_wire(bench, filling, ret);
}
