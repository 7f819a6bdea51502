/* server.c: starts everything in order and stops it in the mirror's order.
 * Never serves a request itself. */
#include "daemon/server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon/base/clock.h"
#include "daemon/base/lastwords.h"
#include "daemon/base/logger.h"
#include "daemon/server/door.h"
#include "daemon/server/notify.h"
#include "daemon/server/projector.h"
#include "daemon/server/readers.h"
#include "daemon/server/sandbox.h"
#include "daemon/server/scrubber.h"
#include "daemon/server/teller.h"
#include "daemon/server/verifiers.h"
#include "daemon/server/writer.h"

enum { EXIT_FAILED = 4, EXIT_EVIDENCE = 5, PROGRESS_EVERY_NS = 1000000000, SCRUB_EVERY_S = 3600 };

/* Bytes of look-ups that are read before anybody is answered: less than a tenth of a second. */
#define SCRUB_AT_OPEN (UINT64_C(64) << 20)

#define CLOCK_DAY_US    INT64_C(86400000000)
#define CLOCK_AHEAD_US  (400 * CLOCK_DAY_US)
#define CLOCK_BEHIND_US INT64_C(60000000)

struct server {
    const struct server_options *options;
    int signals;
    struct ledger *ledger;
    struct meter *meter;
    struct road road;
    void *context;
    struct door *door;
    struct projector *projector;
    struct writer *writer;
    struct verifiers *verifiers;
    struct readers *readers;
    struct ticker *scrubber;
    struct teller *teller;
    struct front *front;
};

/* Blocked before the first thread is made, so that all inherit it; only the front's poll sees them. */
static enum custody_status block_signals(struct server *server)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    /* A closed pipe and a file at its limit are errors to look at, not deaths. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) {
        return CUSTODY_ERR_IO;
    }
    server->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return server->signals < 0 ? CUSTODY_ERR_IO : CUSTODY_OK;
}

static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static enum custody_status follow_clock(const struct server *server)
{
    const char *path = server->options->clock_file;
    if (path == NULL) {
        return CUSTODY_OK;
    }
    struct ledger_keys keys;
    enum custody_status status = ledger_keys_read(server->options->ledger.key_file, &keys);
    if (status == CUSTODY_OK && !keys.is_demonstration) {
        LOG(LOGGER_ERROR, "clock", LOGGER_TEXT("clock_file", path),
            LOGGER_TEXT("sentence", "only a ledger made with --demonstration may follow a file"));
        status = CUSTODY_ERR_INVALID;
    } else if (status == CUSTODY_OK && !clock_follow_file(path)) {
        LOG(LOGGER_ERROR, "clock", LOGGER_TEXT("clock_file", path),
            LOGGER_TEXT("sentence", "cannot be mapped: it must hold eight bytes"));
        status = CUSTODY_ERR_IO;
    }
    ledger_keys_done(&keys);
    return status;
}

/* Before the ledger is opened, so that its bytes are read inside. */
static enum custody_status enclose(const struct server *server)
{
    const struct server_options *options = server->options;
    if (!options->sandbox) {
        LOG(LOGGER_WARNING, "sandbox", LOGGER_TEXT("sentence", "it is off"));
        return CUSTODY_OK;
    }
    int landlock = sandbox_landlock_version(); /* inside, nobody may ask */
    enum custody_status status = sandbox_enclose(&(struct sandbox_options){
        .data = options->ledger.data,
        .key_file = options->ledger.key_file,
        .mark_file = options->ledger.mark_file,
        .metrics_file = options->metrics_file,
        .endpoints = {options->endpoint, options->announcements},
    });
    if (status == CUSTODY_OK) {
        LOG(LOGGER_INFO, "sandbox", LOGGER_NUMBER("landlock", landlock),
            LOGGER_TEXT("build", sandbox_is_strict() ? "strict" : "instrumented"));
    }
    return status;
}

static enum custody_status seal(const struct server *server)
{
    return server->options->sandbox ? sandbox_seal() : CUSTODY_OK;
}

/* A long replay keeps systemd patient and the operator informed. */
static void show_progress(void *context, uint64_t done, uint64_t total)
{
    uint64_t *shown_ns = context;
    uint64_t now_ns = clock_monotonic_ns();
    if (now_ns - *shown_ns >= PROGRESS_EVERY_NS) {
        *shown_ns = now_ns;
        notify_say("EXTEND_TIMEOUT_USEC=60000000");
        LOG(LOGGER_INFO, "replay", LOGGER_NUMBER("done", done), LOGGER_NUMBER("of", total));
    }
}

static enum custody_status open_ledger(struct server *server)
{
    char sentence[240] = "", lastwords[600];
    uint64_t shown_ns = clock_monotonic_ns();
    ledger_lastwords_path(server->options->ledger.data, lastwords);
    lastwords_prepare(lastwords);
    struct ledger_options options = server->options->ledger;
    options.scrub_at_open = SCRUB_AT_OPEN;
    enum custody_status status =
        ledger_open(&options, show_progress, &shown_ns, sentence, &server->ledger);
    if (status != CUSTODY_OK) {
        LOG(LOGGER_ERROR, "open", LOGGER_TEXT("data", server->options->ledger.data),
            LOGGER_TEXT("status", custody_status_name(status)), LOGGER_TEXT("sentence", sentence));
    }
    return status;
}

/* A clock that is a year ahead would write that year on every entry for good; one that is behind only until it is set. */
static enum custody_status check_clock(const struct server *server)
{
    int64_t newest_us = ledger_newest_us(server->ledger);
    int64_t ahead_us = clock_wall_us() - newest_us;
    if (clock_follows_file() || newest_us == 0) {
        return CUSTODY_OK;
    }
    if (ahead_us < -CLOCK_BEHIND_US) {
        LOG(LOGGER_WARNING, "clock", LOGGER_NUMBER("behind_s", -ahead_us / 1000000),
            LOGGER_TEXT("sentence", "it is behind the newest entry: set it, or entries pile up on "
                                    "one moment"));
    }
    if (ahead_us < CLOCK_AHEAD_US || server->options->clock_is_right) {
        return CUSTODY_OK;
    }
    LOG(LOGGER_ERROR, "clock", LOGGER_NUMBER("ahead_days", ahead_us / CLOCK_DAY_US),
        LOGGER_TEXT("sentence",
                    "the newest entry is more than a year ago: set the clock, or start once with "
                    "--clock-is-right when it is"));
    return CUSTODY_ERR_INVALID;
}

static enum custody_status make_road(struct server *server)
{
    const struct server_options *options = server->options;
    server->meter = calloc(1, sizeof(*server->meter));
    server->road = (struct road){
        .ledger = server->ledger,
        .meter = server->meter,
        .lanes = options->verifiers < ROAD_LANES_MAX ? options->verifiers : ROAD_LANES_MAX,
        .batches = queue_create(options->queue, false),
        .questions = queue_create(options->front.asking, false),
        .replies = queue_create((size_t)options->front.jobs + 1, true),
    };
    bool is_made = server->meter != NULL && server->road.batches != NULL &&
                   server->road.questions != NULL && server->road.replies != NULL;
    for (unsigned i = 0; i < server->road.lanes; i++) {
        server->road.submissions[i] = queue_create(options->queue, false);
        is_made = is_made && server->road.submissions[i] != NULL;
    }
    if (!is_made) {
        return CUSTODY_ERR_MEMORY;
    }
    server->meter->started_at_us = clock_wall_us();
    return CUSTODY_OK;
}

static enum custody_status make_context(struct server *server)
{
    server->context = zmq_ctx_new();
    return server->context == NULL ? CUSTODY_ERR_MEMORY : CUSTODY_OK;
}

static enum custody_status open_front(struct server *server)
{
    const struct front_options options = {
        .context = server->context,
        .road = &server->road,
        .endpoint = server->options->endpoint,
        .announcements = server->options->announcements,
        .limits = server->options->front,
    };
    return front_open(&options, &server->front);
}

/* Where a wildcard port ended up, for scripts and tests; whole or not at all. */
static enum custody_status write_endpoints(const struct server *server)
{
    char path[4096];
    char temporary[4096 + 8];
    int len = snprintf(path, sizeof(path), "%s/endpoints", server->options->ledger.data);
    if (len < 0 || (size_t)len >= sizeof(path)) {
        return CUSTODY_ERR_INVALID;
    }
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) {
        return CUSTODY_ERR_IO;
    }
    int written = dprintf(file, "endpoint: %s\nannouncements: %s\n", front_endpoint(server->front),
                          front_announcements(server->front));
    bool is_written = close(file) == 0 && written > 0;
    return is_written && rename(temporary, path) == 0 ? CUSTODY_OK : CUSTODY_ERR_IO;
}

static void say_ready(const struct server *server)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    uint64_t size = 0;
    ledger_head(server->ledger, note, &size);
    LOG(LOGGER_INFO, "ready", LOGGER_TEXT("endpoint", front_endpoint(server->front)),
        LOGGER_TEXT("announcements", front_announcements(server->front)),
        LOGGER_TEXT("origin", ledger_origin(server->ledger)), LOGGER_NUMBER("entries", size),
        LOGGER_NUMBER("pid", getpid()));
    notify_say("READY=1");
}

static enum custody_status start_verifiers(struct server *server)
{
    return verifiers_start(&server->road, &server->options->party, &server->verifiers);
}

static enum custody_status start_readers(struct server *server)
{
    return readers_start(&server->road, server->options->readers, server->options->question_ms,
                         &server->readers);
}

static enum custody_status start_teller(struct server *server)
{
    const char *path = server->options->metrics_file;
    return path == NULL ? CUSTODY_OK
                        : teller_start(&server->road, path, TELLER_EVERY_S, &server->teller);
}

/* The list. Each step needs those above it; server_stop is its mirror. */
static enum custody_status server_start(struct server *server, const char **ret_step)
{
    enum custody_status status = CUSTODY_OK;
#define STEP(name, call)                                                                           \
    if ((status = (call)) != CUSTODY_OK) {                                                         \
        *ret_step = (name);                                                                        \
        return status;                                                                             \
    }
    STEP("signals", block_signals(server));
    STEP("clock", follow_clock(server));
    STEP("sandbox", enclose(server));
    STEP("ledger", open_ledger(server));
    STEP("clock", check_clock(server));
    STEP("queues", make_road(server));
    STEP("context", make_context(server));
    STEP("door", door_open(server->context, server->ledger, server->meter, &server->door));
    STEP("scrubber", scrubber_start(server->ledger, SCRUB_EVERY_S, &server->scrubber));
    STEP("projector", projector_start(server->ledger, &server->projector));
    STEP("writer", writer_start(&server->road, server->projector, &server->writer));
    STEP("verifiers", start_verifiers(server));
    STEP("readers", start_readers(server));
    STEP("front", open_front(server));
    STEP("teller", start_teller(server));
    STEP("endpoints", write_endpoints(server));
    STEP("seal", seal(server));
#undef STEP
    return CUSTODY_OK;
}

static void close_queue(struct queue *queue)
{
    if (queue != NULL) {
        queue_close(queue);
    }
}

static void server_stop(struct server *server)
{
    teller_stop(server->teller);
    front_close(server->front);
    close_queue(server->road.questions);
    readers_stop(server->readers);
    for (unsigned i = 0; i < server->road.lanes; i++) {
        close_queue(server->road.submissions[i]);
    }
    verifiers_stop(server->verifiers);
    close_queue(server->road.batches);
    writer_stop(server->writer);
    projector_stop(server->projector);
    ticker_stop(server->scrubber);
    if (server->context != NULL) {
        zmq_ctx_shutdown(server->context); /* the door's thread ends */
        door_close(server->door);
        zmq_ctx_term(server->context); /* when the last answers have left, or their time is over */
    }
    queue_destroy(server->road.replies);
    queue_destroy(server->road.questions);
    queue_destroy(server->road.batches);
    for (unsigned i = 0; i < server->road.lanes; i++) {
        queue_destroy(server->road.submissions[i]);
    }
    free(server->meter);
    if (server->ledger != NULL) {
        ledger_close(server->ledger);
    }
    if (server->signals >= 0) {
        close(server->signals);
    }
}

int server_run(const struct server_options *options)
{
    struct server server = {.options = options, .signals = -1};
    const char *step = "";
    raise_descriptors();
    notify_open();
    enum custody_status status = server_start(&server, &step);
    if (status == CUSTODY_OK) {
        say_ready(&server);
        front_run(server.front, server.signals, server.writer);
    } else {
        LOG(LOGGER_ERROR, "start", LOGGER_TEXT("step", step),
            LOGGER_TEXT("status", custody_status_name(status)),
            LOGGER_TEXT("sentence", custody_status_sentence(status)));
    }
    server_stop(&server);
    notify_close();
    if (status == CUSTODY_OK) {
        LOG(LOGGER_INFO, "stopped", LOGGER_NUMBER("pid", getpid()));
        return EXIT_SUCCESS;
    }
    return custody_status_exit_code(status) == EXIT_EVIDENCE ? EXIT_EVIDENCE : EXIT_FAILED;
}
