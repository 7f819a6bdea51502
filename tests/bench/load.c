/* load.c: a region of generators, all of them packing.
 * Never signs, unpacks or verifies while the clock runs. */
#include "tests/bench/load.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include <custody/status.h>
#include "daemon/base/clock.h"
#include "tests/bench/caughtup.h"
#include "tests/lib/die.h"
#include "tests/lib/wire.h"

enum {
    SUBMISSION_SIZE = 512, /* signature and statement of one pack, at most */
    ITEM_SIZE = 128,       /* more for one container more */
    ANSWER_MS = 30000,
    WARM_UP_CLIENTS = 8,
    WARM_UP_UNANSWERED = 16,
    WARM_UP_EACH = 150, /* statements of each client in a run that nobody counts */
    WARM_UPS_MAX = 50,
    PROOFS_EACH_RUN = 100,
    MARGIN_PERCENT = 150,  /* a run may be so much faster than one before */
    LEAST_ROUND_TRIP = 80, /* microseconds: no client has its receipt sooner */
};

struct submission {
    uint8_t *bytes;
    uint32_t len;
    bool is_answered, is_busy;
    uint64_t due_ns;
    zmq_msg_t receipt;
};

/* What one client does in one run. */
struct turn {
    struct region_client *client;
    struct load_group *group;
    struct author before; /* as it was when nothing was signed */
    uint64_t containers_before;
    uint64_t first_due_ns;
    struct submission *submissions;
    uint8_t *bytes; /* of all of them */
    size_t sent, answered;
};

struct load {
    struct region region;
    double fastest; /* statements a second, of all runs */
    double seconds; /* of this run, at most; behind the lead of a group, if one has any */
    bool has_lead;
    uint64_t began_ns, until_ns, ended_ns;
    size_t unanswered, left;   /* now; of the group whose last answer stops the clock */
    const struct turn *newest; /* whose statement was recorded last, and which */
    size_t newest_index;
    int timer;
    struct load_tally tally;
    atomic_size_t signing; /* turns that somebody signs or has signed */
    struct turn turns[REGION_CLIENTS];
    size_t turn_count;
    zmq_pollitem_t events[REGION_CLIENTS + 1]; /* the timer is the last */
};

struct load *load_open(const struct keeper *keeper)
{
    struct load *load = calloc(1, sizeof(*load));
    if (load == NULL) {
        die("out of memory");
    }
    load->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (load->timer < 0) {
        die("timerfd_create: %s", strerror(errno));
    }
    region_open(keeper, &load->region);
    return load;
}

void load_close(struct load *load)
{
    region_close(&load->region);
    close(load->timer);
    free(load);
}

struct load_tally load_tally(const struct load *load)
{
    return load->tally;
}

void load_tally_add(struct load_tally *sum, const struct load_tally *more)
{
    sum->receipts += more->receipts;
    sum->proofs += more->proofs;
    sum->singles += more->singles;
    sum->statement_bytes += more->statement_bytes;
    sum->receipt_bytes += more->receipt_bytes;
    sum->null_receipts += more->null_receipts;
    sum->null_receipt_bytes += more->null_receipt_bytes;
}

/* --- before the clock -------------------------------------------------------------------------- */

/* A bag of infectious waste, weighed, coded and packed as the rules ask. */
struct bag {
    Custody__V1__PackedContainer container;
    Custody__V1__FiveTimes times;
    char code[32];
};

static void fill_bag(struct region_client *client, struct bag *ret)
{
    *ret = (struct bag){.container = CUSTODY__V1__PACKED_CONTAINER__INIT,
                        .times = CUSTODY__V1__FIVE_TIMES__INIT};
    snprintf(ret->code, sizeof(ret->code), "DEMO-%08" PRIu64, client->containers++);
    ret->times.generated_before_us = UINT64_C(7200000000);
    ret->times.packed_before_us = 1000000;
    ret->times.weighed_before_us = 1000000;
    ret->times.coded_before_us = 1000000;
    ret->container.code = ret->code;
    ret->container.waste_code = (char *)"841-001-01";
    ret->container.mass_g = 500 + client->containers % 4000;
    ret->container.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
    ret->container.package = CUSTODY__V1__PACKAGE_KIND__PACKAGE_BAG;
    ret->container.ward = (char *)"W3";
    ret->container.times = &ret->times;
}

static size_t room_for(unsigned items)
{
    return SUBMISSION_SIZE + (size_t)(items - 1) * ITEM_SIZE;
}

static void sign_pack(struct region_client *client, unsigned items, struct submission *ret)
{
    struct bag bags[LOAD_ITEMS_MAX];
    Custody__V1__PackedContainer *containers[LOAD_ITEMS_MAX];
    Custody__V1__PackBody body = CUSTODY__V1__PACK_BODY__INIT;
    for (unsigned i = 0; i < items; i++) {
        fill_bag(client, &bags[i]);
        containers[i] = &bags[i].container;
    }
    body.generator = client->party;
    body.place = (char *)"T1";
    body.n_containers = items;
    body.containers = containers;
    ret->len = (uint32_t)author_sign(&client->author, &body.base, ret->bytes, room_for(items));
}

static void plan(struct load *load, struct load_group *group)
{
    for (unsigned i = 0; i < group->clients; i++) {
        struct region_client *client = &load->region.clients[group->first + i];
        struct turn *turn = &load->turns[load->turn_count];
        *turn = (struct turn){.client = client, .group = group, .before = client->author};
        turn->containers_before = client->containers;
        /* One after the other, and not all at the same moment. */
        turn->first_due_ns = group->interval_ns * i / group->clients;
        turn->submissions = calloc(group->each, sizeof(turn->submissions[0]));
        turn->bytes = malloc(group->each * room_for(group->items));
        if (turn->submissions == NULL || turn->bytes == NULL) {
            die("out of memory");
        }
        load->events[load->turn_count++] =
            (zmq_pollitem_t){.socket = client->socket, .events = ZMQ_POLLIN};
    }
    load->left += group->is_all ? group->each * group->clients : 0;
}

/* One client's chain is signed by one thread, and nobody else looks at it. */
static void *sign(void *context)
{
    struct load *load = context;
    size_t i;
    while ((i = atomic_fetch_add(&load->signing, 1)) < load->turn_count) {
        struct turn *turn = &load->turns[i];
        unsigned items = turn->group->items;
        for (size_t k = 0; k < turn->group->each; k++) {
            turn->submissions[k].bytes = turn->bytes + k * room_for(items);
            sign_pack(turn->client, items, &turn->submissions[k]);
        }
    }
    return NULL;
}

static void sign_all(struct load *load)
{
    pthread_t other;
    atomic_store(&load->signing, 0);
    if (pthread_create(&other, NULL, sign, load) != 0) {
        die("no second thread");
    }
    sign(load);
    pthread_join(other, NULL);
    die_check();
}

/* --- while it runs ----------------------------------------------------------------------------- */

static bool may_send(const struct load *load, const struct turn *turn)
{
    return load->ended_ns == 0 && turn->sent < turn->group->each &&
           turn->sent - turn->answered < turn->group->unanswered;
}

/* When the next statement of a client that keeps a pace is to be sent. */
static uint64_t due_ns(const struct load *load, const struct turn *turn)
{
    return load->began_ns + turn->first_due_ns + turn->sent * turn->group->interval_ns;
}

static void send_next(struct load *load, struct turn *turn, uint64_t now_ns)
{
    struct load_group *group = turn->group;
    struct submission *submission = &turn->submissions[turn->sent];
    submission->due_ns = group->interval_ns > 0 ? due_ns(load, turn) : now_ns;
    if (group->interval_ns > 0) {
        sample_add(&group->delays, now_ns - submission->due_ns);
    }
    wire_submit(turn->client->socket, turn->sent, span_of(submission->bytes, submission->len));
    turn->sent++;
    load->unanswered++;
    if (turn->sent == group->each && !group->is_all && load->ended_ns == 0) {
        load->ended_ns = clock_monotonic_ns();
    }
}

static void send_what_may(struct load *load, struct turn *turn)
{
    while (may_send(load, turn)) {
        uint64_t now_ns = clock_monotonic_ns();
        if (turn->group->interval_ns > 0 && due_ns(load, turn) > now_ns) {
            return;
        }
        send_next(load, turn, now_ns);
    }
}

/* The timer wakes us for the next statement of those that keep a pace. */
static void set_timer(const struct load *load)
{
    uint64_t next_ns = load->until_ns;
    for (size_t i = 0; i < load->turn_count; i++) {
        const struct turn *turn = &load->turns[i];
        if (turn->group->interval_ns > 0 && may_send(load, turn) && due_ns(load, turn) < next_ns) {
            next_ns = due_ns(load, turn);
        }
    }
    const struct itimerspec when = {.it_value = {.tv_sec = (time_t)(next_ns / 1000000000),
                                                 .tv_nsec = (long)(next_ns % 1000000000)}};
    timerfd_settime(load->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void start_clock(struct load *load, uint64_t now_ns, double seconds)
{
    load->began_ns = now_ns;
    load->until_ns = now_ns + (uint64_t)(seconds * 1e9);
    set_timer(load);
}

static void take_answer(struct load *load, struct turn *turn, struct wire_answer *answer)
{
    struct load_group *group = turn->group;
    uint64_t now_ns = clock_monotonic_ns();
    if (answer->call >= turn->sent || turn->submissions[answer->call].is_answered) {
        die("an answer to a call that nobody made");
    }
    struct submission *submission = &turn->submissions[answer->call];
    submission->is_answered = true;
    submission->is_busy = group->until_busy && answer->outcome == CUSTODY_OUTCOME_busy;
    if (answer->outcome != 0 && !submission->is_busy) {
        receipts_die_of_problem(&answer->body);
    }
    zmq_msg_init(&submission->receipt);
    zmq_msg_move(&submission->receipt, &answer->body);
    zmq_msg_close(&answer->body);
    if (!submission->is_busy) {
        load->newest = turn;
        load->newest_index = answer->call;
    }
    turn->answered++;
    load->unanswered--;
    group->was_busy = group->was_busy || submission->is_busy;
    if (load->ended_ns == 0 && group->lead > 0) {
        if (--group->lead == 0) {
            start_clock(load, now_ns, load->seconds);
        }
    } else if (load->ended_ns == 0) {
        group->answered += !submission->is_busy;
        sample_add(&group->waits, now_ns - submission->due_ns);
        bool is_last = group->is_all && --load->left == 0;
        load->ended_ns = now_ns >= load->until_ns || submission->is_busy || is_last ? now_ns : 0;
    }
}

static void look_at_timer(struct load *load)
{
    uint64_t times;
    uint64_t now_ns = clock_monotonic_ns();
    if (read(load->timer, &times, sizeof(times)) < 0 && errno != EAGAIN) {
        die("a timer that cannot be read");
    }
    if (now_ns >= load->until_ns && load->ended_ns == 0) {
        load->ended_ns = now_ns;
    }
    for (size_t i = 0; i < load->turn_count; i++) {
        send_what_may(load, &load->turns[i]);
    }
}

/* Everybody sends what is allowed, until the clock stops and all is answered. */
static void drive(struct load *load, double seconds, bool is_paced)
{
    size_t count = load->turn_count;
    load->events[count] = (zmq_pollitem_t){.fd = load->timer, .events = ZMQ_POLLIN};
    load->ended_ns = 0;
    load->seconds = seconds;
    start_clock(load, clock_monotonic_ns(), load->has_lead ? ANSWER_MS / 1e3 : seconds);
    for (size_t i = 0; i < count; i++) {
        send_what_may(load, &load->turns[i]);
    }
    while (load->unanswered > 0 || load->ended_ns == 0) {
        if (zmq_poll(load->events, (int)count + 1, ANSWER_MS) <= 0) {
            die_check();
            die("%zu statements have no answer", load->unanswered);
        }
        for (size_t i = 0; i < count; i++) {
            struct turn *turn = &load->turns[i];
            struct wire_answer answer;
            while (load->events[i].revents != 0 &&
                   wire_receive(turn->client->socket, false, &answer)) {
                take_answer(load, turn, &answer);
                send_what_may(load, turn);
            }
        }
        if (load->events[count].revents != 0) {
            look_at_timer(load);
        }
        if (is_paced && load->ended_ns == 0) {
            set_timer(load);
        }
    }
}

/* --- after it ---------------------------------------------------------------------------------- */

static void look_at_receipt(struct load *load, struct turn *turn, size_t k, bool is_verified)
{
    struct submission *submission = &turn->submissions[k];
    size_t len = zmq_msg_size(&submission->receipt);
    struct checkpoint head;
    if (submission->is_busy) {
        return;
    }
    Custody__V1__Receipt *receipt =
        receipts_read(&submission->receipt, CUSTODY__V1__OUTCOME__OUTCOME_RECORDED);
    turn->group->recorded++;
    if (load->region.keeper->is_null) {
        load->tally.null_receipts++;
        load->tally.null_receipt_bytes += len;
    } else {
        if (is_verified) {
            receipts_verify(&load->region.ledger, receipt,
                            span_of(submission->bytes, submission->len), &head);
            author_see(&turn->client->author, &head);
            load->tally.proofs++;
        }
        load->tally.receipts++;
        if (turn->group->items == 1) {
            load->tally.singles++;
            load->tally.statement_bytes += submission->len;
            load->tally.receipt_bytes += len;
        }
    }
    custody__v1__receipt__free_unpacked(receipt, NULL);
}

/* What was signed and not sent never was: the chain goes on behind what was. */
static void forget_unsent(struct turn *turn)
{
    struct author *author = &turn->client->author;
    if (turn->sent < turn->group->each) {
        author->sequence = turn->before.sequence + turn->sent;
        author->previous = turn->before.previous;
        turn->client->containers = turn->containers_before + turn->sent * turn->group->items;
    }
    if (turn->sent > 0 && turn->sent < turn->group->each) {
        const struct submission *last = &turn->submissions[turn->sent - 1];
        author->previous =
            digest_sha256(span_of(last->bytes + SIGNATURE_SIZE, last->len - SIGNATURE_SIZE));
    }
}

static void look_at_receipts(struct load *load)
{
    size_t all = 0;
    size_t seen = 0;
    for (size_t i = 0; i < load->turn_count; i++) {
        all += load->turns[i].sent;
    }
    size_t step = all / PROOFS_EACH_RUN + 1;
    for (size_t i = 0; i < load->turn_count; i++) {
        struct turn *turn = &load->turns[i];
        for (size_t k = 0; k < turn->sent; k++, seen++) {
            die_check();
            look_at_receipt(load, turn, k, seen % step == 0 || k + 1 == turn->sent);
            zmq_msg_close(&turn->submissions[k].receipt);
        }
        forget_unsent(turn);
        free(turn->submissions);
        free(turn->bytes);
    }
    load->turn_count = 0;
}

static double own_us(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

/* The size of the ledger in the last receipt covers what all the others speak of. */
static double catch_up(struct load *load)
{
    struct submission *submission = &load->newest->submissions[load->newest_index];
    Custody__V1__Receipt *receipt =
        receipts_read(&submission->receipt, CUSTODY__V1__OUTCOME__OUTCOME_RECORDED);
    uint64_t entries = receipt->proof->size;
    custody__v1__receipt__free_unpacked(receipt, NULL);
    caughtup_wait(load->newest->client, entries);
    return (double)(clock_monotonic_ns() - load->began_ns) / 1e9;
}

struct load_cost
load_drive(struct load *load, struct load_group *groups, size_t count, double seconds)
{
    bool is_paced = false;
    load->turn_count = 0;
    load->left = 0;
    load->has_lead = false;
    for (size_t i = 0; i < count; i++) {
        groups[i].answered = groups[i].recorded = 0;
        groups[i].was_busy = false;
        load->has_lead = load->has_lead || groups[i].lead > 0;
        is_paced = is_paced || groups[i].interval_ns > 0;
        plan(load, &groups[i]);
    }
    sign_all(load);
    uint64_t daemon_ns = keeper_cpu_ns(load->region.keeper);
    double before_us = own_us();
    drive(load, seconds, is_paced);
    struct load_cost cost = {
        .seconds = (double)(load->ended_ns - load->began_ns) / 1e9,
        .answered_seconds = (double)(clock_monotonic_ns() - load->began_ns) / 1e9,
        .daemon_us = (double)(keeper_cpu_ns(load->region.keeper) - daemon_ns) / 1e3,
        .own_us = own_us() - before_us,
    };
    for (size_t i = 0; i < count; i++) {
        if (groups[i].until_caught_up) {
            cost.caught_up_seconds = catch_up(load);
        }
    }
    look_at_receipts(load);
    return cost;
}

void load_done(struct load_group *groups, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sample_done(&groups[i].waits);
        sample_done(&groups[i].delays);
    }
}

static struct measure
run(struct load *load, const struct load_options *options, size_t each, double seconds)
{
    struct load_group group = {
        .clients = options->clients,
        .unanswered = options->unanswered,
        .items = 1,
        .each = each,
        .lead = (size_t)options->clients * options->unanswered,
    };
    struct load_cost cost = load_drive(load, &group, 1, seconds);
    if (group.answered == 0) {
        die("too few statements to measure anything");
    }
    double per_second = (double)group.answered / cost.seconds;
    struct measure measure = sample_measure(&group.waits, per_second);
    measure.cpu_us = cost.daemon_us / (double)group.recorded;
    measure.own_us = cost.own_us / (double)group.recorded;
    load->fastest = per_second > load->fastest ? per_second : load->fastest;
    load_done(&group, 1);
    return measure;
}

void load_warm_up(struct load *load)
{
    const struct load_options options = {WARM_UP_CLIENTS, WARM_UP_UNANSWERED};
    for (int i = 0; i == 0 || (i < WARM_UPS_MAX && !keeper_is_filled(load->region.keeper)); i++) {
        run(load, &options, WARM_UP_EACH, ANSWER_MS / 1e3);
    }
}

struct measure
load_run(struct load *load, const struct load_options *options, double expected, double seconds)
{
    double most = options->clients * options->unanswered * 1e6 / LEAST_ROUND_TRIP;
    double rate = (expected > 0 ? expected : load->fastest) * MARGIN_PERCENT / 100;
    double needed = (rate < most ? rate : most) * seconds;
    return run(load, options, (size_t)needed / options->clients + 4 * options->unanswered + 8,
               seconds);
}
