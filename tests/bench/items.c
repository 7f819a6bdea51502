/* items.c: shipments of a hundred bags, signed before the clock starts, as fast as the writer takes them.
 * Never verifies a signature: that is other threads' work, and measured by itself. */
#include "tests/bench/items.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/base/clock.h"
#include "daemon/server/projector.h"
#include "tests/bench/sample.h"
#include "tests/lib/desk.h"
#include "tests/lib/die.h"

enum {
    SHIPMENT = 100,
    BATCH = 4, /* statements of one commit */
    SHIPMENTS_MAX = 200,
    CODE_MAX = 24,
};

enum act { PACK, LOAD, RECEIVE, ACTS };
static const char *const texts[ACTS] = {
    [PACK] = "pack of 100 bags",
    [LOAD] = "load of 100 bags",
    [RECEIVE] = "receive of 100 bags",
};

/* Of one act, a value for each repetition. */
struct rates {
    double durable[BENCH_REPETITIONS_MAX], applied[BENCH_REPETITIONS_MAX];
    double writer_us[BENCH_REPETITIONS_MAX], all_us[BENCH_REPETITIONS_MAX]; /* processor time */
    double p50_us[BENCH_REPETITIONS_MAX], p99_us[BENCH_REPETITIONS_MAX];    /* of a batch */
};

struct shipping {
    struct desk desk;
    struct projector *projector;
    unsigned shipments;
    uint64_t bags;
    uint8_t trip_id[DIGEST_SIZE], manifest_ids[SHIPMENTS_MAX][DIGEST_SIZE];
    char codes[SHIPMENTS_MAX][SHIPMENT][CODE_MAX];
    struct desk_statement *statements[SHIPMENTS_MAX];
};

static double time_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static ProtobufCBinaryData id_of(const uint8_t *id)
{
    return (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = (uint8_t *)id};
}

static struct desk_statement *sign_pack(struct shipping *shipping, unsigned shipment)
{
    struct desk *desk = &shipping->desk;
    Custody__V1__PackedContainer packed[SHIPMENT], *list[SHIPMENT];
    Custody__V1__PackBody *body =
        desk_pack(desk, DESK_HOSPITAL, shipping->codes[shipment][0], 5000);
    for (unsigned i = 0; i < SHIPMENT; i++) {
        packed[i] = *body->containers[0];
        packed[i].code = shipping->codes[shipment][i];
        list[i] = &packed[i];
    }
    body->n_containers = SHIPMENT;
    body->containers = list;
    return desk_sign(desk, DESK_NURSE, &body->base, desk->now_us);
}

static struct desk_statement *sign_load(struct shipping *shipping, unsigned shipment)
{
    struct desk *desk = &shipping->desk;
    Custody__V1__LoadBody body = CUSTODY__V1__LOAD_BODY__INIT;
    Custody__V1__MovedContainer moved[SHIPMENT], *list[SHIPMENT];
    for (unsigned i = 0; i < SHIPMENT; i++) {
        custody__v1__moved_container__init(&moved[i]);
        moved[i].code = shipping->codes[shipment][i];
        list[i] = &moved[i];
    }
    body.trip = id_of(shipping->trip_id);
    body.manifest = id_of(shipping->manifest_ids[shipment]);
    body.generator = (char *)DESK_HOSPITAL;
    body.n_containers = SHIPMENT;
    body.containers = list;
    return desk_sign(desk, DESK_DRIVER, &body.base, desk->now_us);
}

static struct desk_statement *sign_receive(struct shipping *shipping, unsigned shipment)
{
    struct desk *desk = &shipping->desk;
    Custody__V1__ReceiveBody body = CUSTODY__V1__RECEIVE_BODY__INIT;
    Custody__V1__ReceivedContainer received[SHIPMENT], *list[SHIPMENT];
    for (unsigned i = 0; i < SHIPMENT; i++) {
        custody__v1__received_container__init(&received[i]);
        received[i].code = shipping->codes[shipment][i];
        received[i].verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
        received[i].mass_g = 5000;
        received[i].mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
        list[i] = &received[i];
    }
    body.trip = id_of(shipping->trip_id);
    body.manifest = id_of(shipping->manifest_ids[shipment]);
    body.generator = (char *)DESK_HOSPITAL;
    body.n_containers = SHIPMENT;
    body.containers = list;
    return desk_sign(desk, DESK_GATE, &body.base, desk->now_us);
}

/* ---- the clock runs ---- */

/* What the writer does between batches. */
static void rest(struct shipping *shipping, bool idle)
{
    submit_rest(shipping->desk.ledger, idle);
    projector_wake(shipping->projector);
}

static void wait_until_applied(struct shipping *shipping)
{
    uint8_t head[CHECKPOINT_SIZE_MAX];
    uint64_t size;
    ledger_head(shipping->desk.ledger, head, &size);
    while (!ledger_wait(shipping->desk.ledger, size, 1))
        rest(shipping, true);
}

/* A full overlay is not an error here, only slow: the batch is brought again. */
static void submit(struct shipping *shipping, unsigned first, unsigned count)
{
    struct desk *desk = &shipping->desk;
    struct submission submissions[BATCH], *list[BATCH];
    bool is_taken = false;
    while (!is_taken) {
        for (unsigned i = 0; i < count; i++) {
            submissions[i] = (struct submission){
                .statement = &shipping->statements[first + i]->statement, .arena = desk->arena};
            list[i] = &submissions[i];
        }
        if (submit_batch(desk->ledger, list, count, desk->now_us) != CUSTODY_OK)
            die("a batch failed");
        is_taken = submissions[0].outcome == 0;
        if (!is_taken && submissions[0].outcome != CUSTODY_OUTCOME_busy)
            die("a statement was not taken");
        rest(shipping, false);
    }
}

static void measure_act(struct shipping *shipping, unsigned repetition, struct rates *rates)
{
    struct sample batches = {0};
    double items = (double)shipping->shipments * SHIPMENT;
    double began_us = time_us(CLOCK_MONOTONIC), own_us = time_us(CLOCK_THREAD_CPUTIME_ID),
           all_us = time_us(CLOCK_PROCESS_CPUTIME_ID);
    for (unsigned at = 0; at < shipping->shipments; at += BATCH) {
        unsigned left = shipping->shipments - at;
        uint64_t batch_ns = clock_monotonic_ns();
        shipping->desk.now_us += 1000000;
        submit(shipping, at, left < BATCH ? left : BATCH);
        sample_add(&batches, clock_monotonic_ns() - batch_ns);
    }
    rates->durable[repetition] = items * 1e6 / (time_us(CLOCK_MONOTONIC) - began_us);
    rates->writer_us[repetition] = (time_us(CLOCK_THREAD_CPUTIME_ID) - own_us) / items;
    wait_until_applied(shipping);
    rates->applied[repetition] = items * 1e6 / (time_us(CLOCK_MONOTONIC) - began_us);
    rates->all_us[repetition] = (time_us(CLOCK_PROCESS_CPUTIME_ID) - all_us) / items;
    rates->p50_us[repetition] = sample_percentile_us(&batches, 50);
    rates->p99_us[repetition] = sample_percentile_us(&batches, 99);
    sample_done(&batches);
}

/* ---- one repetition ---- */

static void prepare(struct shipping *shipping)
{
    struct desk *desk = &shipping->desk;
    desk->now_us += DESK_HOUR;
    const struct desk_statement *trip =
        desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base, desk->now_us,
                CUSTODY_OUTCOME_recorded);
    memcpy(shipping->trip_id, trip->statement.id.bytes, DIGEST_SIZE);
    for (unsigned s = 0; s < shipping->shipments; s++) {
        desk->now_us += 1000000;
        const struct desk_statement *manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
        memcpy(shipping->manifest_ids[s], manifest->statement.id.bytes, DIGEST_SIZE);
        for (unsigned i = 0; i < SHIPMENT; i++)
            snprintf(shipping->codes[s][i], CODE_MAX, "I-%09" PRIu64, shipping->bags++);
        rest(shipping, false);
    }
    wait_until_applied(shipping);
    desk_turn(desk);
}

static void ship(struct shipping *shipping, unsigned repetition, struct rates rates[static ACTS])
{
    typedef struct desk_statement *sign(struct shipping *, unsigned);
    static sign *const signs[ACTS] = {sign_pack, sign_load, sign_receive};
    prepare(shipping);
    for (unsigned act = 0; act < ACTS; act++) {
        die_check();
        for (unsigned s = 0; s < shipping->shipments; s++)
            shipping->statements[s] = signs[act](shipping, s);
        measure_act(shipping, repetition, &rates[act]);
        desk_turn(&shipping->desk);
    }
}

void items_measure(const struct bench *bench)
{
    static struct rates rates[ACTS];
    struct shipping *shipping = calloc(1, sizeof *shipping);
    if (shipping == NULL)
        die("out of memory");
    desk_open_sized(&shipping->desk, false, UINT64_C(16) << 30);
    if (projector_start(shipping->desk.ledger, &shipping->projector) != CUSTODY_OK)
        die("no thread");
    shipping->shipments = bench->is_quick ? 60 : SHIPMENTS_MAX;
    for (unsigned i = 0; i < bench->repetitions; i++)
        ship(shipping, i, rates);
    projector_stop(shipping->projector);
    desk_close(&shipping->desk);
    free(shipping);
    printf("\nitems: statements of %d items, %d a commit, signatures not verified; the service "
           "floor and its projector\n\n%-24s %12s %12s %12s %12s %10s %10s\n",
           SHIPMENT, BATCH, "", "durable/s", "and applied", "writer us", "all us", "p50 us",
           "p99 us");
    for (unsigned act = 0; act < ACTS; act++)
        printf("%-24s %12.0f %12.0f %12.2f %12.2f %10.0f %10.0f\n", texts[act],
               sample_median(rates[act].durable, bench->repetitions),
               sample_median(rates[act].applied, bench->repetitions),
               sample_median(rates[act].writer_us, bench->repetitions),
               sample_median(rates[act].all_us, bench->repetitions),
               sample_median(rates[act].p50_us, bench->repetitions),
               sample_median(rates[act].p99_us, bench->repetitions));
}
