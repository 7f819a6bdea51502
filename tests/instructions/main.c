/* main.c: what one statement, one answer, one entry costs in instructions, a row after the other, for callgrind to count.
 * Never goes over a socket, starts a thread or reads a clock that matters: the same program counts the same twice.
 *
 * Prints "row <name> <count>" for each; callgrind writes a file for each, with the row's name in it. tests/instructions/count
 * divides the one by the other. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "proto/body.h"
#include "daemon/domain/bounds.h"
#include "daemon/ledger/audit.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/replay.h"
#include "tests/lib/desk.h"
#include "tests/lib/die.h"

enum {
    SHIPMENT = 100, /* bags that go together: the largest usual statement */
    SHIPMENTS = 24, /* on the ledger before anything is counted; every second stays on the road */
    MEASURED = 64,  /* statements of each act */
    BATCH = 32,
    VERIFIED = 16,
    QUESTIONS = 20,
    CODE_MAX = 24,
};

struct floor {
    struct desk desk;
    struct desk_statement trip, manifest; /* of what is measured; only their ids */
    unsigned bags, shipments;
    char codes[SHIPMENT][CODE_MAX];
};

/* ---- what is random elsewhere is the same here in every run ---- */

static uint64_t seed = 1;

static uint32_t fixed_random(void)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(seed >> 32);
}

static void fixed_bytes(void *const buffer, const size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)buffer)[i] = (uint8_t)fixed_random();
}

static const char *fixed_name(void)
{
    return "fixed";
}

static struct randombytes_implementation fixed = {
    .implementation_name = fixed_name,
    .random = fixed_random,
    .buf = fixed_bytes,
};

/* ---- rows ---- */

/* Callgrind counts between these two and nowhere else. */
static void begin(void)
{
    CALLGRIND_START_INSTRUMENTATION;
}

static void end(const char *row, uint64_t count)
{
    char name[64];
    CALLGRIND_STOP_INSTRUMENTATION;
    snprintf(name, sizeof name, "%s", row);
    CALLGRIND_DUMP_STATS_AT(name);
    CALLGRIND_ZERO_STATS;
    printf("row %s %" PRIu64 "\n", row, count);
}

static void *room(struct floor *floor, size_t len)
{
    void *memory = arena_alloc(floor->desk.arena, len);
    if (memory == NULL)
        die("out of memory");
    return memory;
}

/* ---- bodies of many bags ---- */

static void name_bags(struct floor *floor)
{
    for (unsigned i = 0; i < SHIPMENT; i++)
        snprintf(floor->codes[i], CODE_MAX, "G-%09u", floor->bags++);
}

static const ProtobufCMessage *pack_many(struct floor *floor)
{
    Custody__V1__PackBody *body = desk_pack(&floor->desk, DESK_HOSPITAL, floor->codes[0], 5000);
    Custody__V1__PackedContainer *first = body->containers[0];
    body->n_containers = SHIPMENT;
    body->containers = room(floor, SHIPMENT * sizeof first);
    for (unsigned i = 0; i < SHIPMENT; i++) {
        body->containers[i] = room(floor, sizeof *first);
        *body->containers[i] = *first;
        body->containers[i]->code = floor->codes[i];
    }
    return &body->base;
}

static const ProtobufCMessage *load_many(struct floor *floor)
{
    Custody__V1__LoadBody *body =
        desk_load(&floor->desk, &floor->trip, &floor->manifest, DESK_HOSPITAL, floor->codes[0]);
    Custody__V1__MovedContainer *first = body->containers[0];
    body->n_containers = SHIPMENT;
    body->containers = room(floor, SHIPMENT * sizeof first);
    for (unsigned i = 0; i < SHIPMENT; i++) {
        body->containers[i] = room(floor, sizeof *first);
        *body->containers[i] = *first;
        body->containers[i]->code = floor->codes[i];
    }
    return &body->base;
}

static const ProtobufCMessage *receive_all(struct floor *floor)
{
    Custody__V1__ReceiveBody *body = room(floor, sizeof *body);
    custody__v1__receive_body__init(body);
    body->trip = desk_id(&floor->trip);
    body->manifest = desk_id(&floor->manifest);
    body->generator = (char *)DESK_HOSPITAL;
    body->remainder = CUSTODY__V1__REMAINDER__REMAINDER_ACCEPTED;
    return &body->base;
}

static const ProtobufCMessage *feed(struct floor *floor, char *const *codes, unsigned count)
{
    Custody__V1__FeedBody *body = room(floor, sizeof *body);
    custody__v1__feed_body__init(body);
    body->batch = room(floor, CODE_MAX);
    snprintf(body->batch, CODE_MAX, "B-%06u", floor->shipments);
    body->generator = (char *)DESK_HOSPITAL;
    body->n_containers = count;
    body->containers = (char **)codes;
    return &body->base;
}

static const ProtobufCMessage *feed_many(struct floor *floor)
{
    char **codes = room(floor, SHIPMENT * sizeof *codes);
    for (unsigned i = 0; i < SHIPMENT; i++)
        codes[i] = floor->codes[i];
    return feed(floor, codes, SHIPMENT);
}

/* ---- statements ---- */

static void submit(struct floor *floor, struct desk_statement *const *statements, unsigned count)
{
    struct submission submissions[BATCH], *list[BATCH];
    if (count > BATCH)
        die("more than a batch");
    for (unsigned i = 0; i < count; i++) {
        submissions[i] =
            (struct submission){.statement = &statements[i]->statement, .arena = floor->desk.arena};
        list[i] = &submissions[i];
    }
    floor->desk.now_us += 1000000;
    if (submit_batch(floor->desk.ledger, list, count, floor->desk.now_us) != CUSTODY_OK)
        die("a batch failed");
    for (unsigned i = 0; i < count; i++)
        if (submissions[i].outcome != 0)
            die("a statement was not taken");
}

/* All that is signed from here on says what the newest head is, as a device's statements do. */
static void see_head(struct floor *floor)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    uint64_t size;
    struct checkpoint head;
    size_t len = ledger_head(floor->desk.ledger, note, &size);
    if (!checkpoint_parse(span_of(note, len), &head))
        die("the head cannot be read");
    for (int actor = 0; actor < DESK_ACTORS; actor++)
        desk_see(&floor->desk, (enum desk_actor)actor, &head);
}

static void begin_trip(struct floor *floor)
{
    struct desk *desk = &floor->desk;
    desk_turn(desk);
    desk_flush(desk);
    see_head(floor);
    desk->now_us += DESK_HOUR / 2;
    floor->trip = *desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base, desk->now_us,
                           CUSTODY_OUTCOME_recorded);
    desk->now_us += 1000000;
    floor->manifest = *desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    floor->shipments++;
}

static void say(struct floor *floor, enum desk_actor actor, const ProtobufCMessage *body)
{
    floor->desk.now_us += 1000000;
    desk_do(&floor->desk, actor, body, floor->desk.now_us, CUSTODY_OUTCOME_recorded);
}

static void fill(struct floor *floor)
{
    for (unsigned i = 0; i < SHIPMENTS; i++) {
        begin_trip(floor);
        name_bags(floor);
        say(floor, DESK_NURSE, pack_many(floor));
        say(floor, DESK_DRIVER, load_many(floor));
        if (i % 2 != 0)
            continue;
        say(floor, DESK_GATE, receive_all(floor));
        say(floor, DESK_GATE, feed_many(floor));
    }
}

static void count_flush(struct floor *floor)
{
    uint64_t changes = lookups_pending_changes(floor->desk.ledger->lookups);
    begin();
    enum custody_status status = ledger_flush(floor->desk.ledger);
    end("flush", changes);
    if (status != CUSTODY_OK || changes == 0)
        die("nothing was flushed");
}

static void count_batches(struct floor *floor, const char *row, struct desk_statement **statements)
{
    begin();
    for (unsigned at = 0; at < MEASURED; at += BATCH)
        submit(floor, statements + at, BATCH);
    end(row, MEASURED);
    if (strcmp(row, "receive") == 0)
        count_flush(floor);
    desk_flush(&floor->desk);
}

/* Sixty-four bags, one statement each, through all four acts. */
static void count_singles(struct floor *floor)
{
    struct desk *desk = &floor->desk;
    struct desk_statement *statements[MEASURED];
    char codes[MEASURED][CODE_MAX];
    begin_trip(floor);
    see_head(floor);
    for (unsigned i = 0; i < MEASURED; i++) {
        snprintf(codes[i], CODE_MAX, "M-%09u", i);
        statements[i] = desk_sign(
            desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, codes[i], 5000)->base, desk->now_us);
    }
    count_batches(floor, "pack", statements);
    begin();
    for (unsigned at = 0; at < MEASURED; at += BATCH)
        submit(floor, statements + at, BATCH);
    end("resent", MEASURED);
    for (unsigned i = 0; i < MEASURED; i++)
        statements[i] = desk_sign(
            desk, DESK_DRIVER,
            &desk_load(desk, &floor->trip, &floor->manifest, DESK_HOSPITAL, codes[i])->base,
            desk->now_us);
    count_batches(floor, "load", statements);
    for (unsigned i = 0; i < MEASURED; i++)
        statements[i] =
            desk_sign(desk, DESK_GATE,
                      &desk_receive(desk, &floor->trip, &floor->manifest, DESK_HOSPITAL, codes[i],
                                    CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 5000)
                           ->base,
                      desk->now_us);
    count_batches(floor, "receive", statements);
    for (unsigned i = 0; i < MEASURED; i++) {
        char **list = room(floor, sizeof *list);
        list[0] = codes[i];
        statements[i] = desk_sign(desk, DESK_GATE, feed(floor, list, 1), desk->now_us);
    }
    count_batches(floor, "feed", statements);
}

/* One statement in a batch of its own: the commit, the head and its signature are all its own. */
static void count_alone(struct floor *floor)
{
    struct desk *desk = &floor->desk;
    struct desk_statement *statements[MEASURED];
    char code[CODE_MAX];
    desk_turn(desk);
    for (unsigned i = 0; i < MEASURED; i++) {
        snprintf(code, sizeof code, "A-%09u", i);
        statements[i] = desk_sign(desk, DESK_NURSE,
                                  &desk_pack(desk, DESK_HOSPITAL, code, 5000)->base, desk->now_us);
    }
    begin();
    for (unsigned i = 0; i < MEASURED; i++)
        submit(floor, statements + i, 1);
    end("pack_alone", MEASURED);
}

static void count_many(struct floor *floor,
                       const char *row,
                       enum desk_actor actor,
                       const ProtobufCMessage *body)
{
    struct desk_statement *statement = desk_sign(&floor->desk, actor, body, floor->desk.now_us);
    begin();
    submit(floor, &statement, 1);
    end(row, SHIPMENT);
}

static void count_shipment(struct floor *floor)
{
    begin_trip(floor);
    name_bags(floor);
    count_many(floor, "pack_100", DESK_NURSE, pack_many(floor));
    count_many(floor, "load_100", DESK_DRIVER, load_many(floor));
    count_many(floor, "receive_100", DESK_GATE, receive_all(floor));
    count_many(floor, "feed_100", DESK_GATE, feed_many(floor));
}

/* ---- before the writer ---- */

static void count_checks(struct floor *floor)
{
    struct desk *desk = &floor->desk;
    char code[] = "V-000000000";
    const char *field = NULL;
    struct statement parsed;
    desk_turn(desk);
    const struct desk_statement *one = desk_sign(
        desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, code, 5000)->base, desk->now_us);
    bool is_good = true;
    begin();
    for (unsigned i = 0; i < VERIFIED; i++)
        is_good = statement_verify_any(one->statement.bytes, one->statement.signature,
                                       &desk->origin, 1, &parsed, &field) == STATEMENT_OK &&
                  is_good;
    end("verify", VERIFIED);
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(parsed.header.act);
    begin();
    for (unsigned i = 0; i < MEASURED; i++) {
        struct body_fault fault;
        struct bounds_fault bounds;
        const ProtobufCMessage *body = NULL;
        is_good =
            is_good && bounds_check_header(&parsed.header, &bounds) &&
            body_scan(descriptor, parsed.body, &fault) &&
            (body = body_unpack(descriptor, parsed.body, arena_protobuf(desk->arena))) != NULL &&
            bounds_check(parsed.header.act, body, &bounds);
    }
    end("unpack", MEASURED);
    struct access_caller caller;
    begin();
    for (unsigned i = 0; i < MEASURED; i++)
        is_good = access_find(desk->ledger, desk->keys[DESK_NURSE].curve_key, &caller) && is_good;
    end("access", MEASURED);
    if (!is_good)
        die("a good statement is not");
    desk->keys[DESK_NURSE].sequence--;
    desk->keys[DESK_NURSE].previous = parsed.header.previous;
}

/* ---- answers ---- */

static void ask(struct floor *floor, uint16_t kind, const ProtobufCMessage *request)
{
    struct desk *desk = &floor->desk;
    uint8_t body[512];
    struct access_caller caller;
    if (!access_find(desk->ledger, desk->keys[DESK_REGULATOR].curve_key, &caller))
        die("the regulator is not known");
    struct query query = {
        .caller = &caller,
        .kind = kind,
        .body = span_of(body, protobuf_c_message_pack(request, body)),
        .now_us = desk->now_us,
        .deadline_ns = UINT64_MAX,
        .arena = desk->arena,
    };
    CALLGRIND_START_INSTRUMENTATION;
    query_answer(desk->ledger, &query);
    CALLGRIND_STOP_INSTRUMENTATION;
    if (query.outcome != 0)
        die("a question of kind %u was not answered", kind);
    desk_turn(desk);
}

static void count_questions(struct floor *floor)
{
    desk_flush(&floor->desk);
    desk_turn(&floor->desk);
    for (unsigned i = 0; i < QUESTIONS; i++) {
        Custody__V1__TraceRequest trace = CUSTODY__V1__TRACE_REQUEST__INIT;
        Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
        char code[CODE_MAX];
        snprintf(code, sizeof code, "G-%09u", i * 97 % floor->bags);
        name.generator = (char *)DESK_HOSPITAL;
        name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
        name.code = code;
        trace.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
        trace.container = &name;
        ask(floor, ENVELOPE_TRACE, &trace.base);
    }
    end("trace", QUESTIONS);
    for (unsigned i = 0; i < QUESTIONS; i++) {
        Custody__V1__UnclosedRequest unclosed = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
        Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
        options.limit = 100;
        unclosed.options = &options;
        unclosed.division = (char *)"5404";
        ask(floor, ENVELOPE_UNCLOSED, &unclosed.base);
    }
    end("unclosed", QUESTIONS);
}

/* ---- all of the journal ---- */

static void count_journal(struct floor *floor)
{
    struct desk *desk = &floor->desk;
    struct audit_report report;
    const struct audit_options options = {
        .origin = "ledger.example/desk",
        .ledger_key = desk->ledger->keys.public_key,
    };
    uint64_t entries = journal_size(desk->ledger->journal);
    begin();
    enum custody_status status = audit_run(desk->ledger->journal, &options, &report);
    end("audit", entries);
    if (status != CUSTODY_OK || !report.is_sound || report.entries != entries)
        die("the journal is not sound: %s", report.sentence);
    struct changeover_report changeover;
    char sentence[240];
    ledger_close(desk->ledger);
    desk->ledger = NULL;
    begin();
    status = replay_rebuild(&desk->options, NULL, NULL, &changeover, sentence);
    end("rebuild", entries);
    if (status != CUSTODY_OK)
        die("the look-ups cannot be made anew: %s", sentence);
}

int main(void)
{
    static struct floor floor;
    randombytes_set_implementation(&fixed);
    die_prepare("instructions", NULL);
    desk_open(&floor.desk, false);
    fill(&floor);
    count_checks(&floor);
    count_singles(&floor);
    count_alone(&floor);
    count_shipment(&floor);
    count_questions(&floor);
    count_journal(&floor);
    desk_close(&floor.desk);
    return EXIT_SUCCESS;
}
