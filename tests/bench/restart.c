/* restart.c: a process that writes is killed, a daemon starts on what it left, and somebody asks.
 * Never lets a process that writes end by itself. */
#include "tests/bench/restart.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "proto/envelope.h"
#include "daemon/base/clock.h"
#include "tests/bench/keeper.h"
#include "tests/bench/load.h"
#include "tests/bench/sample.h"
#include "tests/bench/stock.h"
#include "tests/lib/die.h"
#include "tests/lib/wire.h"

enum {
    SIZES = 2,
    CONNECTIONS = 128,
    KILLED_AFTER = 400, /* statements of the process that is killed */
    FRAMES = 3,
};

struct restart {
    uint64_t entries;
    double ready_ms, answer_ms; /* medians */
    double one_kib, many_kib;   /* anonymous memory with so many connections */
};

/* ---- a kill ---- */

/* Another process writes until it is killed in the midst of it. */
static void kill_writer(struct stock *stock)
{
    int said[2];
    char word;
    pid_t parent = getpid();
    pid_t pid = pipe(said) == 0 ? fork() : -1;
    if (pid < 0)
        die("no process");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        stock_begin(stock);
        stock_fill(stock, KILLED_AFTER);
        if (write(said[1], "+", 1) != 1)
            _exit(1);
        for (;;)
            stock_fill(stock, 1);
    }
    close(said[1]);
    if (read(said[0], &word, 1) != 1)
        die("the writing process ended");
    close(said[0]);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    stock->desk.ledger = NULL;
}

/* ---- a question ---- */

static void send_trace(const struct stock *stock, void *socket)
{
    Custody__V1__TraceRequest trace = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    uint8_t call[ENVELOPE_CALL_SIZE], body[512];
    char code[STOCK_CODE_MAX];
    const struct envelope envelope = {.call = 1, .kind = ENVELOPE_TRACE};
    snprintf(code, sizeof code, "S-%09" PRIu64, stock->containers / 2);
    name.generator = (char *)DESK_HOSPITAL;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = code;
    trace.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    trace.container = &name;
    envelope_write_call(&envelope, call);
    size_t len = custody__v1__trace_request__pack(&trace, body);
    if (zmq_send(socket, ENVELOPE_VERSION, sizeof(ENVELOPE_VERSION) - 1, ZMQ_SNDMORE) < 0 ||
        zmq_send(socket, call, sizeof call, ZMQ_SNDMORE) < 0 || zmq_send(socket, body, len, 0) < 0)
        die("the question cannot be sent: %s", zmq_strerror(zmq_errno()));
}

static void receive_answer(void *socket)
{
    zmq_msg_t frames[FRAMES];
    struct span spans[FRAMES];
    struct envelope envelope;
    for (unsigned i = 0; i < FRAMES; i++) {
        zmq_msg_init(&frames[i]);
        if (zmq_msg_recv(&frames[i], socket, 0) < 0)
            die("no answer: %s", zmq_strerror(zmq_errno()));
        spans[i] = span_of(zmq_msg_data(&frames[i]), zmq_msg_size(&frames[i]));
    }
    if (envelope_parse_reply(spans, FRAMES, &envelope) != ENVELOPE_OK || envelope.outcome != 0)
        die("the question is not answered: outcome %u", envelope.outcome);
    for (unsigned i = 0; i < FRAMES; i++)
        zmq_msg_close(&frames[i]);
}

static void *ask(const struct stock *stock, const struct keeper *keeper, void *context)
{
    char server_key[64] = "";
    const char *at = strstr(stock->desk.paper.invitation, "server-key: ");
    if (at == NULL || sscanf(at, "server-key: %63s", server_key) != 1)
        die("the invitation names no server");
    void *socket = wire_connect(context, keeper->endpoint, server_key, &stock->asker);
    send_trace(stock, socket);
    receive_answer(socket);
    return socket;
}

/* ---- memory ---- */

/* What is mapped from files can be dropped at any time; anonymous memory cannot. */
static double anonymous_kib(const struct keeper *keeper)
{
    char path[64], line[256];
    double kib = 0;
    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", (long)keeper->pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "Anonymous:", 10) == 0)
            kib = strtod(line + 10, NULL);
    fclose(file);
    return kib;
}

/* ---- all of it ---- */

struct figures {
    double ready_ms[BENCH_REPETITIONS_MAX], answer_ms[BENCH_REPETITIONS_MAX];
    double one_kib[BENCH_REPETITIONS_MAX], many_kib[BENCH_REPETITIONS_MAX];
};

static void
measure_once(const struct bench *bench, struct stock *stock, unsigned i, struct figures *ret)
{
    static const char settings[] = "[limits]\nuser_connections = 200\n";
    struct keeper_ledger ledger = {0};
    struct keeper keeper;
    void *sockets[CONNECTIONS];
    void *context = zmq_ctx_new();
    snprintf(ledger.data, sizeof ledger.data, "%s", stock->desk.data);
    snprintf(ledger.key_file, sizeof ledger.key_file, "%s", stock->desk.key_file);
    snprintf(ledger.mark_file, sizeof ledger.mark_file, "%s", stock->desk.mark_file);
    kill_writer(stock);
    uint64_t began_ns = clock_monotonic_ns();
    keeper_serve(bench, &ledger, "", settings, &keeper);
    ret->ready_ms[i] = (double)(clock_monotonic_ns() - began_ns) / 1e6;
    sockets[0] = ask(stock, &keeper, context);
    ret->answer_ms[i] = (double)(clock_monotonic_ns() - began_ns) / 1e6;
    ret->one_kib[i] = anonymous_kib(&keeper);
    for (unsigned k = 1; k < CONNECTIONS; k++)
        sockets[k] = ask(stock, &keeper, context);
    ret->many_kib[i] = anonymous_kib(&keeper);
    for (unsigned k = 0; k < CONNECTIONS; k++)
        zmq_close(sockets[k]);
    zmq_ctx_term(context);
    keeper_kill(&keeper);
}

static void measure_size(const struct bench *bench, struct stock *stock, struct restart *ret)
{
    static struct figures figures;
    for (unsigned i = 0; i < bench->repetitions; i++) {
        die_check();
        measure_once(bench, stock, i, &figures);
    }
    ret->entries = stock->statements;
    ret->ready_ms = sample_median(figures.ready_ms, bench->repetitions);
    ret->answer_ms = sample_median(figures.answer_ms, bench->repetitions);
    ret->one_kib = sample_median(figures.one_kib, bench->repetitions);
    ret->many_kib = sample_median(figures.many_kib, bench->repetitions);
}

/* After as many clients as there are connections have submitted, each with 16 unanswered. */
static double measure_loaded(const struct bench *bench)
{
    static const char settings[] = "[limits]\nsubmit_rate = 0\nparty_rate = 0\nask_rate = 0\n";
    const struct load_options options = {.clients = CONNECTIONS, .unanswered = 16};
    struct keeper keeper;
    keeper_start(bench, settings, &keeper);
    struct load *load = load_open(&keeper);
    load_warm_up(load);
    (void)load_run(load, &options, 0, bench->load_seconds);
    double kib = anonymous_kib(&keeper);
    load_close(load);
    keeper_stop(&keeper);
    return kib;
}

static void print(const struct restart *restarts, unsigned count)
{
    static const char *const texts[] = {
        "start after a kill until READY=1, ms", "until the first answer, ms",
        "anonymous memory, 1 connection, MiB", "anonymous memory, 128 connections, MiB",
        "for each connection, KiB"};
    printf("\n%-44s", "restart: entries on the ledger");
    for (unsigned i = 0; i < count; i++)
        printf(" %12" PRIu64, restarts[i].entries);
    printf("\n\n");
    for (unsigned row = 0; row < 5; row++) {
        printf("%-44s", texts[row]);
        for (unsigned i = 0; i < count; i++) {
            const struct restart *restart = &restarts[i];
            const double figures[] = {restart->ready_ms, restart->answer_ms,
                                      restart->one_kib / 1024, restart->many_kib / 1024,
                                      (restart->many_kib - restart->one_kib) / (CONNECTIONS - 1)};
            printf(" %12.1f", figures[row]);
        }
        printf("\n");
    }
}

void restart_measure(const struct bench *bench)
{
    static struct restart restarts[SIZES];
    uint64_t most = stock_size(bench);
    unsigned count = bench->is_quick ? 1 : SIZES;
    struct stock *stock = stock_open();
    for (unsigned i = 0; i < count; i++) {
        uint64_t size = i + 1 == count ? most : most / 10;
        stock_begin(stock);
        stock_fill(stock, size > stock->statements ? size - stock->statements : 0);
        stock_end(stock);
        measure_size(bench, stock, &restarts[i]);
    }
    print(restarts, count);
    if (!bench->is_quick)
        printf("%-44s %12.1f\n", "after a load of 128 clients, MiB", measure_loaded(bench) / 1024);
    stock_close(stock);
}
