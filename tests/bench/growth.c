/* growth.c: a hospital's waste, hundreds of bags at a time, until there are many.
 * Never measures while it fills. */
#include "tests/bench/growth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/ledger/tables.h"
#include "tests/bench/sample.h"
#include "tests/lib/desk.h"
#include "tests/lib/die.h"

enum {
    SHIPMENT = 100,  /* bags that go together */
    TRIP = 50,       /* shipments that one trip takes */
    OPEN_EVERY = 50, /* one shipment in so many stays on the road */
    MEASURED = 1000, /* statements of each act */
    QUESTIONS = 400,
    BATCH = 32,
    CODE_MAX = 24,
};

static const char *const texts[GROWTH_COSTS] = {
    [GROWTH_PACK] = "pack, one bag",           [GROWTH_LOAD] = "load, one bag",
    [GROWTH_RECEIVE] = "receive, one bag",     [GROWTH_FEED] = "feed, one bag",
    [GROWTH_TRACE] = "trace of a bag, to ash", [GROWTH_UNCLOSED] = "unclosed, the 100 most urgent",
};

struct growing {
    struct desk desk;
    struct desk_statement *trip;
    uint8_t trip_id[DIGEST_SIZE], manifest_id[DIGEST_SIZE];
    uint64_t bags, measured, shipments;
    char codes[SHIPMENT][CODE_MAX];
};

static void name_bags(struct growing *growing)
{
    for (unsigned i = 0; i < SHIPMENT; i++)
        snprintf(growing->codes[i], CODE_MAX, "G-%09" PRIu64, growing->bags++);
}

static ProtobufCBinaryData id_of(const uint8_t *id)
{
    return (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = (uint8_t *)id};
}

static void *room(struct growing *growing, size_t len)
{
    void *memory = arena_alloc(growing->desk.arena, len);
    if (memory == NULL)
        die("out of memory");
    return memory;
}

static struct desk_statement *say(struct growing *growing,
                                  enum desk_actor actor,
                                  const ProtobufCMessage *body,
                                  bool is_permission)
{
    growing->desk.now_us += 1000000;
    return desk_do(&growing->desk, actor, body, growing->desk.now_us,
                   is_permission ? CUSTODY_OUTCOME_granted : CUSTODY_OUTCOME_recorded);
}

static void pack_shipment(struct growing *growing)
{
    Custody__V1__PackBody *body = desk_pack(&growing->desk, DESK_HOSPITAL, growing->codes[0], 5000);
    Custody__V1__PackedContainer *first = body->containers[0];
    body->n_containers = SHIPMENT;
    body->containers = room(growing, SHIPMENT * sizeof first);
    for (unsigned i = 0; i < SHIPMENT; i++) {
        body->containers[i] = room(growing, sizeof *first);
        *body->containers[i] = *first;
        body->containers[i]->code = growing->codes[i];
    }
    say(growing, DESK_NURSE, &body->base, false);
}

static void depart(struct growing *growing)
{
    const struct desk_statement *trip =
        say(growing, DESK_DRIVER, &desk_depart(&growing->desk, DESK_PLATE)->base, false);
    memcpy(growing->trip_id, trip->statement.id.bytes, DIGEST_SIZE);
}

static void issue(struct growing *growing)
{
    growing->desk.now_us += 1000000;
    const struct desk_statement *manifest = desk_issue(&growing->desk, DESK_NURSE, DESK_HOSPITAL);
    memcpy(growing->manifest_id, manifest->statement.id.bytes, DIGEST_SIZE);
}

static void load_shipment(struct growing *growing)
{
    Custody__V1__LoadBody body = CUSTODY__V1__LOAD_BODY__INIT;
    Custody__V1__MovedContainer moved[SHIPMENT], *list[SHIPMENT];
    for (unsigned i = 0; i < SHIPMENT; i++) {
        custody__v1__moved_container__init(&moved[i]);
        moved[i].code = growing->codes[i];
        list[i] = &moved[i];
    }
    body.trip = id_of(growing->trip_id);
    body.manifest = id_of(growing->manifest_id);
    body.generator = (char *)DESK_HOSPITAL;
    body.n_containers = SHIPMENT;
    body.containers = list;
    say(growing, DESK_DRIVER, &body.base, false);
}

static void treat_shipment(struct growing *growing)
{
    Custody__V1__ReceiveBody receive = CUSTODY__V1__RECEIVE_BODY__INIT;
    Custody__V1__ConfirmReceiptBody confirm = CUSTODY__V1__CONFIRM_RECEIPT_BODY__INIT;
    Custody__V1__ConfirmedLine line = CUSTODY__V1__CONFIRMED_LINE__INIT, *lines[] = {&line};
    Custody__V1__FeedBody feed = CUSTODY__V1__FEED_BODY__INIT;
    char *codes[SHIPMENT];
    char batch[32];
    receive.trip = id_of(growing->trip_id);
    receive.manifest = id_of(growing->manifest_id);
    receive.generator = (char *)DESK_HOSPITAL;
    receive.remainder = CUSTODY__V1__REMAINDER__REMAINDER_ACCEPTED;
    say(growing, DESK_GATE, &receive.base, false);
    line.line = 1;
    line.accepted_mass_g = SHIPMENT * 5000;
    line.verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    confirm.manifest = id_of(growing->manifest_id);
    confirm.n_lines = 1;
    confirm.lines = lines;
    confirm.method = (char *)"Y10";
    say(growing, DESK_GATE, &confirm.base, false);
    for (unsigned i = 0; i < SHIPMENT; i++)
        codes[i] = growing->codes[i];
    snprintf(batch, sizeof batch, "B-%06" PRIu64, growing->shipments / 10);
    feed.batch = batch;
    feed.generator = (char *)DESK_HOSPITAL;
    feed.n_containers = SHIPMENT;
    feed.containers = codes;
    say(growing, DESK_GATE, &feed.base, false);
}

static void show(uint64_t done, uint64_t wanted)
{
    if (isatty(STDERR_FILENO) != 1)
        return;
    fprintf(stderr, "\r\x1b[K");
    if (done < wanted)
        fprintf(stderr, "growth: %" PRIu64 " of %" PRIu64 " containers", done, wanted);
}

static void fill(struct growing *growing, uint64_t wanted)
{
    while (growing->bags < wanted) {
        die_check();
        if (growing->shipments % 20 == 0)
            show(growing->bags, wanted);
        if (growing->shipments % TRIP == 0)
            depart(growing);
        /* A million bags are most of a year of such a hospital: its days and months are no fuller in the end than in the
         * beginning. */
        growing->desk.now_us += DESK_HOUR * 3 / 4;
        name_bags(growing);
        issue(growing);
        pack_shipment(growing);
        load_shipment(growing);
        if (growing->shipments++ % OPEN_EVERY != 0)
            treat_shipment(growing);
        submit_rest(growing->desk.ledger, false);
        desk_turn(&growing->desk);
    }
    show(wanted, wanted);
    desk_flush(&growing->desk);
}

/* ---- what a statement costs ---- */

static double thread_us(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

/* The bags of one measurement go one by one through all four acts; each act's statements are signed before they count. */
static double submit_signed(struct growing *growing, struct desk_statement **statements)
{
    double us = 0;
    struct submission submissions[BATCH], *list[BATCH];
    for (unsigned at = 0; at < MEASURED; at += BATCH) {
        unsigned count = MEASURED - at < BATCH ? MEASURED - at : BATCH;
        for (unsigned i = 0; i < count; i++) {
            submissions[i] = (struct submission){.statement = &statements[at + i]->statement,
                                                 .arena = growing->desk.arena};
            list[i] = &submissions[i];
        }
        growing->desk.now_us += 1000000;
        double before_us = thread_us();
        if (submit_batch(growing->desk.ledger, list, count, growing->desk.now_us) != CUSTODY_OK)
            die("a batch failed");
        submit_rest(growing->desk.ledger, false);
        us += thread_us() - before_us;
        for (unsigned i = 0; i < count; i++)
            if (submissions[i].outcome != 0)
                die("a statement was not taken");
    }
    double before_us = thread_us();
    desk_flush(&growing->desk);
    return (us + thread_us() - before_us) / MEASURED;
}

static void measure_statements(struct growing *growing, struct growth_point *ret)
{
    struct desk *desk = &growing->desk;
    static struct desk_statement *statements[MEASURED];
    static char codes[MEASURED][CODE_MAX];
    desk_turn(desk);
    depart(growing);
    issue(growing);
    struct desk_statement trip, manifest;
    memcpy(trip.statement.id.bytes, growing->trip_id, DIGEST_SIZE);
    memcpy(manifest.statement.id.bytes, growing->manifest_id, DIGEST_SIZE);
    for (unsigned i = 0; i < MEASURED; i++) {
        snprintf(codes[i], CODE_MAX, "M-%09" PRIu64, growing->measured++);
        statements[i] = desk_sign(
            desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, codes[i], 5000)->base, desk->now_us);
    }
    ret->us[GROWTH_PACK] = submit_signed(growing, statements);
    desk_turn(desk);
    for (unsigned i = 0; i < MEASURED; i++)
        statements[i] = desk_sign(desk, DESK_DRIVER,
                                  &desk_load(desk, &trip, &manifest, DESK_HOSPITAL, codes[i])->base,
                                  desk->now_us);
    ret->us[GROWTH_LOAD] = submit_signed(growing, statements);
    desk_turn(desk);
    for (unsigned i = 0; i < MEASURED; i++)
        statements[i] = desk_sign(desk, DESK_GATE,
                                  &desk_receive(desk, &trip, &manifest, DESK_HOSPITAL, codes[i],
                                                CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 5000)
                                       ->base,
                                  desk->now_us);
    ret->us[GROWTH_RECEIVE] = submit_signed(growing, statements);
    desk_turn(desk);
    /* As new as the trip and the manifest are. */
    char batch[32];
    snprintf(batch, sizeof batch, "M-%" PRIu64, growing->measured);
    for (unsigned i = 0; i < MEASURED; i++) {
        Custody__V1__FeedBody body = CUSTODY__V1__FEED_BODY__INIT;
        char *list[] = {codes[i]};
        body.batch = batch;
        body.generator = (char *)DESK_HOSPITAL;
        body.n_containers = 1;
        body.containers = list;
        statements[i] = desk_sign(desk, DESK_GATE, &body.base, desk->now_us);
    }
    ret->us[GROWTH_FEED] = submit_signed(growing, statements);
    desk_turn(desk);
}

/* ---- what an answer costs ---- */

static double ask(struct growing *growing, uint16_t kind, const ProtobufCMessage *request)
{
    struct desk *desk = &growing->desk;
    uint8_t body[512];
    struct access_caller caller;
    if (!access_find(desk->ledger, desk->keys[DESK_REGULATOR].curve_key, &caller))
        die("the regulator is not known");
    struct query query = {
        .caller = &caller,
        .kind = kind,
        .body = span_of(body, protobuf_c_message_pack(request, body)),
        .now_us = desk->now_us,
        .deadline_ns = clock_monotonic_ns() + UINT64_C(60000000000),
        .arena = desk->arena,
    };
    uint64_t began_ns = clock_monotonic_ns();
    query_answer(desk->ledger, &query);
    uint64_t took_ns = clock_monotonic_ns() - began_ns;
    if (query.outcome != 0)
        die("a question of kind %u was not answered", kind);
    desk_turn(desk);
    return (double)took_ns;
}

static void measure_questions(struct growing *growing, struct growth_point *ret)
{
    struct sample traces = {0}, lists = {0};
    for (unsigned i = 0; i < QUESTIONS; i++) {
        Custody__V1__TraceRequest trace = CUSTODY__V1__TRACE_REQUEST__INIT;
        Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
        Custody__V1__UnclosedRequest unclosed = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
        Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
        char code[CODE_MAX];
        /* Bags all over the ledger; those of a shipment that stayed on the road among them. */
        snprintf(code, sizeof code, "G-%09" PRIu64, (uint64_t)i * 7919 % growing->bags);
        name.generator = (char *)DESK_HOSPITAL;
        name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
        name.code = code;
        trace.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
        trace.container = &name;
        sample_add(&traces, (uint64_t)ask(growing, ENVELOPE_TRACE, &trace.base));
        options.limit = 100;
        unclosed.options = &options;
        unclosed.division = (char *)"5404";
        sample_add(&lists, (uint64_t)ask(growing, ENVELOPE_UNCLOSED, &unclosed.base));
        die_check();
    }
    ret->us[GROWTH_TRACE] = sample_percentile_us(&traces, 50);
    ret->us[GROWTH_UNCLOSED] = sample_percentile_us(&lists, 50);
    sample_done(&traces);
    sample_done(&lists);
}

static uint64_t size_of(const struct growing *growing, const char *name)
{
    char path[700];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", growing->desk.data, name);
    return stat(path, &status) == 0 ? (uint64_t)status.st_blocks * 512 : 0;
}

static void measure_point(struct growing *growing, uint64_t size, struct growth_point *ret)
{
    struct rusage usage;
    char lookups[32];
    snprintf(lookups, sizeof lookups, "lookups-%d/data.mdb", (int)LOOKUPS_FORMAT);
    fill(growing, size);
    measure_statements(growing, ret);
    ret->containers = growing->bags + growing->measured;
    ret->open = (growing->shipments + OPEN_EVERY - 1) / OPEN_EVERY * SHIPMENT;
    measure_questions(growing, ret);
    getrusage(RUSAGE_SELF, &usage);
    ret->journal_bytes = size_of(growing, "journal/data.mdb");
    ret->lookups_bytes = size_of(growing, lookups);
    ret->peak_kib = (uint64_t)usage.ru_maxrss;
}

void growth_measure(const struct bench *bench, struct growth_point ret[static 2])
{
    struct growing *growing = calloc(1, sizeof *growing);
    if (growing == NULL)
        die("out of memory");
    desk_open_sized(&growing->desk, false, UINT64_C(16) << 30);
    measure_point(growing, bench->is_quick ? 2000 : 10000, &ret[0]);
    measure_point(growing, bench->is_quick ? 20000 : 1000000, &ret[1]);
    desk_close(&growing->desk);
    free(growing);
}

void growth_print(const struct growth_point points[static 2])
{
    printf("\ngrowth: the service floor alone, one thread; statements in us of processor time, "
           "answers in us, p50\n\n");
    printf("%-32s %12" PRIu64 " %12" PRIu64 " %8s\n", "containers on the ledger",
           points[0].containers, points[1].containers, "ratio");
    for (unsigned i = 0; i < GROWTH_COSTS; i++)
        printf("%-32s %12.1f %12.1f %8.2f\n", texts[i], points[0].us[i], points[1].us[i],
               points[1].us[i] / points[0].us[i]);
    printf("%-32s %12" PRIu64 " %12" PRIu64 "\n", "of them still open", points[0].open,
           points[1].open);
    printf("%-32s %12.1f %12.1f\n", "look-ups, bytes a container",
           (double)points[0].lookups_bytes / (double)points[0].containers,
           (double)points[1].lookups_bytes / (double)points[1].containers);
    printf("%-32s %12.1f %12.1f\n", "journal, MiB", (double)points[0].journal_bytes / 1048576,
           (double)points[1].journal_bytes / 1048576);
    printf("%-32s %12.1f %12.1f\n", "memory of the process, MiB", (double)points[0].peak_kib / 1024,
           (double)points[1].peak_kib / 1024);
}
