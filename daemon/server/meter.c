/* meter.c: lists what is counted, here and in the service, and packs it.
 * Never resets a counter. */
#include "daemon/server/meter.h"

#include <stdio.h>

#include <custody/version.h>
#include "proto/custody.pb-c.h"
#include "daemon/server/road.h"

enum { COUNTERS_MAX = 64, HISTOGRAMS_MAX = 24 };

/* Collects rows into arrays of the arena; a row that does not fit is left out. */
struct page {
    struct arena *arena;
    Custody__V1__Counter **counters;
    size_t counter_count;
    Custody__V1__Histogram **histograms;
    size_t histogram_count;
};

static void add_counter(struct page *page, const char *name, uint64_t value, const char *help)
{
    Custody__V1__Counter *counter = arena_alloc(page->arena, sizeof(*counter));
    char *own_name = arena_text(page->arena, span_text(name));
    char *own_help = arena_text(page->arena, span_text(help));
    if (counter == NULL || own_name == NULL || own_help == NULL ||
        page->counter_count == COUNTERS_MAX) {
        return;
    }
    custody__v1__counter__init(counter);
    counter->name = own_name;
    counter->value = value;
    counter->help = own_help;
    page->counters[page->counter_count++] = counter;
}

static void add_histogram(struct page *page,
                          const char *name,
                          const struct metric_histogram *histogram,
                          const char *help)
{
    Custody__V1__Histogram *row = arena_alloc(page->arena, sizeof(*row));
    char *own_name = arena_text(page->arena, span_text(name));
    char *own_help = arena_text(page->arena, span_text(help));
    if (row == NULL || own_name == NULL || own_help == NULL ||
        page->histogram_count == HISTOGRAMS_MAX) {
        return;
    }
    custody__v1__histogram__init(row);
    row->name = own_name;
    row->count = atomic_load_explicit(&histogram->count, memory_order_relaxed);
    row->p50_us = metric_percentile(histogram, 500);
    row->p90_us = metric_percentile(histogram, 900);
    row->p99_us = metric_percentile(histogram, 990);
    row->max_us = atomic_load_explicit(&histogram->max_us, memory_order_relaxed);
    row->help = own_help;
    page->histograms[page->histogram_count++] = row;
}

static void add_service(struct page *page, struct ledger *ledger)
{
    const struct ledger_metrics *metrics = ledger_metrics(ledger);
    const struct {
        const char *name;
        const struct metric_counter *counter;
        const char *help;
    } counters[] = {
        {"entries", &metrics->entries, "entries written since the start"},
        {"recorded", &metrics->recorded, "facts recorded"},
        {"granted", &metrics->granted, "permissions granted"},
        {"refused", &metrics->refused, "permissions refused"},
        {"held", &metrics->held, "statements held"},
        {"resent", &metrics->resent, "statements that were on the ledger already"},
        {"awaited", &metrics->awaited, "statements of keys that are not enrolled yet"},
        {"batches", &metrics->batches, "commits of the journal"},
        {"flushes", &metrics->flushes, "commits of the look-ups"},
        {"records", &metrics->records, "records put into the annex"},
        {"busy", &metrics->busy, "statements the ledger answered busy"},
        {"rows_read", &metrics->rows_read, "rows of the look-ups that questions read"},
    };
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        add_counter(page, counters[i].name, metric_value(counters[i].counter), counters[i].help);
    }
    add_histogram(page, "batch_us", &metrics->batch_us, "a batch, decided and committed");
    add_histogram(page, "commit_us", &metrics->commit_us, "a commit of the journal");
    add_histogram(page, "flush_us", &metrics->flush_us, "a commit of the look-ups");
    add_histogram(page, "batch_statements", &metrics->batch_statements,
                  "statements in a batch, a count and not a time");
}

static void add_server(struct page *page, const struct road *road)
{
    const struct meter *meter = road->meter;
#define METER_X(name, help) add_counter(page, #name, metric_value(&meter->name), help);
    METER_COUNTERS(METER_X)
#undef METER_X
    const struct {
        const char *name;
        struct queue *queue;
    } queues[] = {
        {"queue_batches", road->batches},
        {"queue_questions", road->questions},
        {"queue_replies", road->replies},
    };
    for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
        add_counter(page, queues[i].name, queue_length(queues[i].queue), "waiting now");
    }
    uint64_t unverified = 0;
    for (unsigned i = 0; i < road->lanes; i++) {
        unverified += queue_length(road->submissions[i]);
    }
    add_counter(page, "queue_submissions", unverified, "waiting now");
    add_histogram(page, "verify_us", &meter->verify, "one statement's form and signature");
    for (unsigned kind = 0; kind < ENVELOPE_KINDS; kind++) {
        const char *name = envelope_kind_name((uint16_t)kind);
        uint64_t asked = metric_value(&meter->requests[kind]);
        if (name == NULL || asked == 0) {
            continue;
        }
        char row[64];
        snprintf(row, sizeof(row), "requests_%s", name);
        add_counter(page, row, asked, "requests of this kind");
        snprintf(row, sizeof(row), "latency_%s_us", name);
        add_histogram(page, row, &meter->latency[kind], "from frames in to answer out");
    }
}

struct span meter_answer(const struct road *road, int64_t now_us, struct arena *arena)
{
    struct page page = {.arena = arena};
    page.counters = arena_alloc(arena, COUNTERS_MAX * sizeof(Custody__V1__Counter *));
    page.histograms = arena_alloc(arena, HISTOGRAMS_MAX * sizeof(Custody__V1__Histogram *));
    uint8_t *note = arena_alloc(arena, CHECKPOINT_SIZE_MAX);
    char *origin = arena_text(arena, span_text(ledger_origin(road->ledger)));
    char *software = arena_text(arena, span_text("custodyd " CUSTODY_VERSION));
    if (page.counters == NULL || page.histograms == NULL || note == NULL || origin == NULL ||
        software == NULL) {
        return (struct span){0};
    }
    add_service(&page, road->ledger);
    add_server(&page, road);

    Custody__V1__StatusReply reply = CUSTODY__V1__STATUS_REPLY__INIT;
    reply.n_counters = page.counter_count;
    reply.counters = page.counters;
    reply.n_histograms = page.histogram_count;
    reply.histograms = page.histograms;
    reply.origin = origin;
    reply.checkpoint.data = note;
    reply.checkpoint.len = ledger_head(road->ledger, note, &reply.size);
    reply.looked_up = ledger_reflected(road->ledger);
    reply.clock = now_us;
    reply.started_at = road->meter->started_at_us;
    reply.software = software;

    size_t len = custody__v1__status_reply__get_packed_size(&reply);
    uint8_t *packed = arena_alloc(arena, len);
    if (packed == NULL) {
        return (struct span){0};
    }
    custody__v1__status_reply__pack(&reply, packed);
    return span_of(packed, len);
}
