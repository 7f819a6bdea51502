/* test_threads.c: devices as threads against the whole server in the same process, over libzmq, while it is stopped and started:
 * front, verifiers, writer, readers, announcer and door at once, for the thread sanitizer to look at.
 *
 * Nothing here is repeatable but what is said, so only what must hold in any order is checked: every statement on the ledger
 * exactly once, every receipt where it says, every answer linked to the head before it, the whole audit at the end. The orders
 * that can be repeated are those of tests/sim. SEED=n says the same again. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/base/logger.h"
#include "daemon/service/replay.h"
#include "daemon/server/server.h"
#include "client/lib/client.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"
#include "tests/lib/home.h"

enum {
    DEVICES = 6,
    ROUNDS = 8,
    SAID_EACH = 4, /* in one round */
    STATEMENTS = DEVICES * ROUNDS * SAID_EACH,
    STOPS = 4,
    TRIES_MAX = 200,
    TEXT_MAX = 600,
    ENDPOINT_TEXT_MAX = 128,
};

static const struct post {
    const char *name, *party;
    Custody__V1__Role role;
    const char *act; /* that it says again and again */
} posts[DEVICES] = {
    {"nurse", DESK_HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR, "pack"},
    {"nurse2", DESK_HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR, "store"},
    {"doctor", DESK_CLINIC, CUSTODY__V1__ROLE__ROLE_GENERATOR, "pack"},
    {"driver", DESK_CARRIER, CUSTODY__V1__ROLE__ROLE_DRIVER, "load"},
    {"gate", DESK_PLANT, CUSTODY__V1__ROLE__ROLE_FACILITY, "receive"},
    {"bureau", DESK_BUREAU, CUSTODY__V1__ROLE__ROLE_REGULATOR, "pack"},
};

static struct {
    struct desk desk;
    uint64_t founded; /* entries before the devices speak */
    char homes[DEVICES][600];
    char endpoint[ENDPOINT_TEXT_MAX], announcements[ENDPOINT_TEXT_MAX];
    int ready; /* the server tells it here that it listens, as it would tell systemd */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool is_listening, is_over;
    unsigned receipts, running;
    char complaint[1000]; /* the first */
} all;

static void complain(const char *who, const char *what, const struct custody_problem *problem)
{
    pthread_mutex_lock(&all.lock);
    if (all.complaint[0] == 0)
        snprintf(all.complaint, sizeof all.complaint, "%s: %s: %s %s %s", who, what, problem->name,
                 problem->field, problem->got);
    pthread_mutex_unlock(&all.lock);
}

/* ---- a device ---- */

struct device {
    pthread_t thread;
    unsigned number;
    struct dice dice;
    struct custody_client *client;
};

static bool is_patient(enum custody_status status)
{
    return status == CUSTODY_OK || status == CUSTODY_ERR_UNREACHABLE ||
           status == CUSTODY_ERR_TIMEOUT || status == CUSTODY_ERR_BUSY;
}

static void write_body(char *ret, const char *act, const char *generator, unsigned bag)
{
    if (strcmp(act, "store") == 0)
        snprintf(ret, TEXT_MAX, "{\"generator\":\"%s\",\"containers\":[\"B%u\"]}", generator, bag);
    else if (strcmp(act, "load") == 0)
        snprintf(ret, TEXT_MAX, "{\"generator\":\"%s\",\"containers\":[{\"code\":\"B%u\"}]}",
                 generator, bag);
    else if (strcmp(act, "receive") == 0)
        snprintf(ret, TEXT_MAX,
                 "{\"generator\":\"%s\",\"containers\":[{\"code\":\"B%u\",\"verdict\":\"accepted\","
                 "\"mass_g\":900,\"mass_source\":\"weighed\"}]}",
                 generator, bag);
    else
        snprintf(ret, TEXT_MAX,
                 "{\"generator\":\"%s\",\"containers\":[{\"code\":\"B%u\",\"waste_code\":\"841-001-"
                 "01\",\"mass_g\":1000,\"mass_source\":\"weighed\",\"package\":\"bag\"}]}",
                 generator, bag);
}

static void say(struct device *device, unsigned round, unsigned nth)
{
    const struct post *post = &posts[device->number];
    char json[TEXT_MAX], ref[32];
    struct custody_kept kept;
    unsigned bag = (unsigned)dice_below(&device->dice, ROUNDS * SAID_EACH);
    snprintf(ref, sizeof ref, "%u.%u", round, nth);
    write_body(json, post->act, bag % 2 == 0 ? DESK_HOSPITAL : DESK_CLINIC, bag / 2);
    const struct custody_act asked = {.act = post->act, .json = json, .ref = ref};
    if (custody_client_keep(device->client, &asked, &kept) != CUSTODY_OK)
        complain(post->name, post->act, custody_client_problem(device->client));
}

/* Until all is on the ledger, however often the server goes away meanwhile. */
static void bring(struct device *device)
{
    struct custody_synced synced = {.waiting = 1};
    for (unsigned tries = 0; synced.waiting > 0 && tries < TRIES_MAX; tries++) {
        enum custody_status status = custody_client_sync(device->client, NULL, NULL, &synced);
        if (!is_patient(status))
            complain(posts[device->number].name, "sync", custody_client_problem(device->client));
        pthread_mutex_lock(&all.lock);
        all.receipts += (unsigned)synced.delivered;
        pthread_cond_broadcast(&all.moved);
        pthread_mutex_unlock(&all.lock);
    }
}

static void ask(struct device *device, const char *question, const char *request)
{
    char *reply = NULL;
    enum custody_status status = custody_client_ask(device->client, question, request, &reply);
    const struct custody_problem *problem = custody_client_problem(device->client);
    bool is_answered = status != CUSTODY_OK && problem->outcome != 0;
    if (!is_patient(status) && !is_answered)
        complain(posts[device->number].name, question, problem);
    free(reply);
}

static void ask_all(struct device *device)
{
    char request[TEXT_MAX];
    struct custody_followed followed;
    unsigned bag = (unsigned)dice_below(&device->dice, ROUNDS * SAID_EACH);
    snprintf(
        request, sizeof request,
        "{\"container\":{\"generator\":\"%s\",\"code\":\"B%u\"},\"options\":{\"at_least\":%u}}",
        bag % 2 == 0 ? DESK_HOSPITAL : DESK_CLINIC, bag / 2, (unsigned)all.founded);
    ask(device, "trace", request);
    ask(device, "unclosed", "{\"options\":{\"limit\":5}}");
    ask(device, "findings", "{\"options\":{\"limit\":5},\"state\":\"all\"}");
    snprintf(request, sizeof request, "{\"entry\":%u}",
             (unsigned)dice_below(&device->dice, all.founded));
    ask(device, "prove", request);
    ask(device, "show", request);
    ask(device, "head", NULL);
    ask(device, "status", NULL);
    enum custody_status status = custody_client_follow(
        device->client, CUSTODY_FOLLOW_CHECK_SIGNATURES, NULL, NULL, NULL, &followed);
    if (!is_patient(status))
        complain(posts[device->number].name, "follow", custody_client_problem(device->client));
}

static void open_client(struct device *device)
{
    struct custody_problem problem;
    const struct custody_options options = {.home = all.homes[device->number],
                                            .endpoint = all.endpoint,
                                            .timeout_ms = 4000,
                                            .resend_ms = 400};
    if (custody_client_open(&options, &device->client, &problem) != CUSTODY_OK)
        complain(posts[device->number].name, "open", &problem);
}

static void wait_until_listening(void)
{
    pthread_mutex_lock(&all.lock);
    while (!all.is_listening)
        pthread_cond_wait(&all.moved, &all.lock);
    pthread_mutex_unlock(&all.lock);
}

static void *be_device(void *context)
{
    struct device *device = context;
    wait_until_listening();
    for (unsigned round = 0; round < ROUNDS; round++) {
        open_client(device);
        if (device->client == NULL)
            break;
        for (unsigned nth = 0; nth < SAID_EACH; nth++)
            say(device, round, nth);
        bring(device);
        ask_all(device);
        custody_client_close(device->client);
        device->client = NULL;
    }
    pthread_mutex_lock(&all.lock);
    all.running--;
    pthread_cond_broadcast(&all.moved);
    pthread_mutex_unlock(&all.lock);
    return NULL;
}

/* ---- the server ---- */

static void make_ready_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    tempdir_path(&all.desk.dir, "ready", address.sun_path, sizeof address.sun_path);
    all.ready = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(all.ready >= 0);
    assert_int_equal(bind(all.ready, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
}

static void wait_until_ready(void)
{
    char text[64] = "";
    while (strncmp(text, "READY=1", 7) != 0) {
        ssize_t len = recv(all.ready, text, sizeof text - 1, 0);
        if (len < 0)
            break;
        text[len] = 0;
    }
}

/* The ports that it took the first time are its own from then on. */
static void learn_endpoints(void)
{
    char path[600];
    snprintf(path, sizeof path, "%s/endpoints", all.desk.data);
    FILE *file = fopen(path, "r");
    if (file == NULL ||
        fscanf(file, "endpoint: %127s announcements: %127s", all.endpoint, all.announcements) != 2)
        snprintf(all.complaint, sizeof all.complaint, "no endpoints in %.500s", path);
    if (file != NULL)
        fclose(file);
}

/* Stops the server each time that so many receipts have arrived, and for good when all devices are done. */
static void *be_operator(void *context)
{
    (void)context;
    for (unsigned stops = 1; stops <= STOPS + 1; stops++) {
        wait_until_ready();
        pthread_mutex_lock(&all.lock);
        if (!all.is_listening)
            learn_endpoints();
        all.is_listening = true;
        pthread_cond_broadcast(&all.moved);
        while (all.running > 0 &&
               (stops > STOPS || all.receipts < stops * STATEMENTS / (STOPS + 1)))
            pthread_cond_wait(&all.moved, &all.lock);
        all.is_over = all.running == 0;
        bool is_over = all.is_over;
        pthread_mutex_unlock(&all.lock);
        kill(getpid(), SIGTERM);
        if (is_over)
            break;
    }
    return NULL;
}

static void serve(void)
{
    const struct bucket_rate unlimited = {0, 1000000};
    char endpoint[ENDPOINT_TEXT_MAX], announcements[ENDPOINT_TEXT_MAX];
    const struct server_options options = {
        .ledger = all.desk.options,
        .endpoint = endpoint,
        .announcements = announcements,
        .verifiers = 3,
        .readers = 3,
        .queue = 64,
        .question_ms = 4000,
        .party = unlimited,
        .front = {.jobs = 128,
                  .user_jobs = 64,
                  .user_questions = 16,
                  .user_bytes = 4 << 20,
                  .asking = 6,
                  .user_asking = 2,
                  .submitting = 4 << 20,
                  .user_submitting = 1 << 20,
                  .connections = 64,
                  .user_connections = 8,
                  .submissions = unlimited,
                  .questions = unlimited},
    };
    bool is_over = false;
    while (!is_over) {
        pthread_mutex_lock(&all.lock);
        memcpy(endpoint, all.endpoint, sizeof endpoint);
        memcpy(announcements, all.announcements, sizeof announcements);
        pthread_mutex_unlock(&all.lock);
        assert_int_equal(server_run(&options), 0);
        pthread_mutex_lock(&all.lock);
        is_over = all.is_over;
        pthread_mutex_unlock(&all.lock);
    }
}

/* ---- the whole ---- */

static void prepare(void)
{
    desk_open(&all.desk, false);
    for (unsigned i = 0; i < DEVICES; i++) {
        tempdir_path(&all.desk.dir, posts[i].name, all.homes[i], sizeof all.homes[i]);
        const struct home_keys keys = home_make(&all.desk, all.homes[i]);
        home_enrol(&all.desk, &keys, posts[i].party, posts[i].role);
    }
    desk_flush(&all.desk);
    uint8_t note[CHECKPOINT_SIZE_MAX];
    ledger_head(all.desk.ledger, note, &all.founded);
    ledger_close(all.desk.ledger);
    all.desk.ledger = NULL;
    snprintf(all.endpoint, sizeof all.endpoint, "tcp://127.0.0.1:*");
    snprintf(all.announcements, sizeof all.announcements, "tcp://127.0.0.1:*");
    pthread_mutex_init(&all.lock, NULL);
    pthread_cond_init(&all.moved, NULL);
    make_ready_socket();
}

/* Each statement has a place of its own after those of the founding, and there are no others. */
static void compare_receipts(void)
{
    static bool is_taken[STATEMENTS];
    for (unsigned i = 0; i < DEVICES; i++) {
        struct device device = {.number = i};
        open_client(&device);
        assert_non_null(device.client);
        assert_int_equal(custody_client_next_sequence(device.client), ROUNDS * SAID_EACH + 1);
        for (uint64_t sequence = 1; sequence <= ROUNDS * SAID_EACH; sequence++) {
            struct custody_kept kept;
            assert_int_equal(custody_client_kept(device.client, sequence, &kept), CUSTODY_OK);
            assert_int_equal(kept.state, CUSTODY_ON_LEDGER);
            assert_in_range(kept.entry, all.founded, all.founded + STATEMENTS - 1);
            assert_false(is_taken[kept.entry - all.founded]);
            is_taken[kept.entry - all.founded] = true;
        }
        custody_client_close(device.client);
    }
}

static void audit(void)
{
    static struct replay_audit found;
    char sentence[240];
    assert_int_equal(replay_audit(&all.desk.options, true, 1, NULL, NULL, &found, sentence),
                     CUSTODY_OK);
    assert_true(found.journal.is_sound && found.journal.tiles_are_sound);
    assert_true(found.lookups_are_sound);
    assert_int_equal(found.journal.entries, all.founded + STATEMENTS);
}

static void threads_keep_every_promise(void **state)
{
    static struct device devices[DEVICES];
    pthread_t operator;
    sigset_t terminated;
    (void)state;
    logger_set_level(LOGGER_ERROR);
    prepare();
    sigemptyset(&terminated);
    sigaddset(&terminated, SIGTERM);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &terminated, NULL), 0);
    all.running = DEVICES;
    for (unsigned i = 0; i < DEVICES; i++) {
        devices[i].number = i;
        dice_init(&devices[i].dice, dice_seed() + i);
        assert_int_equal(pthread_create(&devices[i].thread, NULL, be_device, &devices[i]), 0);
    }
    assert_int_equal(pthread_create(&operator, NULL, be_operator, NULL), 0);
    serve();
    for (unsigned i = 0; i < DEVICES; i++)
        pthread_join(devices[i].thread, NULL);
    pthread_join(operator, NULL);
    assert_string_equal(all.complaint, "");
    compare_receipts();
    audit();
    close(all.ready);
    desk_close(&all.desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_keep_every_promise)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
