/* meter.c: lists what is counted, here and in the service, and packs it.
 * Never resets a counter. */
#include "daemon/server/meter.h"

#include <stdio.h>
#include <string.h>

#include <custody/version.h>
#include "proto/custody.pb-c.h"
#include "daemon/server/road.h"

enum { COUNTERS_MAX = 192, HISTOGRAMS_MAX = 64 };

/* One figure. Those of a stem stand together. */
struct figure {
    const char *stem;
    const char *label, *value; /* NULL: the stem has no others */
    enum exposition_type type;
    const char *help;
    uint64_t number;
    const struct metric_histogram *histogram; /* of EXPOSITION_HISTOGRAM */
    bool is_time;                             /* of a histogram: microseconds */
};

typedef void take_figure(void *context, const struct figure *figure);

/* ---- the list ------------------------------------------------------------------------------------ */

struct telling {
    take_figure *take;
    void *context;
};

static void tell_count(const struct telling *telling,
                       const char *stem,
                       const char *label,
                       const char *value,
                       const struct metric_counter *counter,
                       const char *help)
{
    telling->take(telling->context, &(struct figure){.stem = stem,
                                                     .label = label,
                                                     .value = value,
                                                     .type = EXPOSITION_COUNTER,
                                                     .help = help,
                                                     .number = metric_value(counter)});
}

static void tell_now(const struct telling *telling,
                     const char *stem,
                     const char *label,
                     const char *value,
                     uint64_t number,
                     const char *help)
{
    telling->take(telling->context, &(struct figure){.stem = stem,
                                                     .label = label,
                                                     .value = value,
                                                     .type = EXPOSITION_GAUGE,
                                                     .help = help,
                                                     .number = number});
}

static void tell_histogram(const struct telling *telling,
                           const char *stem,
                           const char *label,
                           const char *value,
                           const struct metric_histogram *histogram,
                           bool is_time,
                           const char *help)
{
    telling->take(telling->context, &(struct figure){.stem = stem,
                                                     .label = label,
                                                     .value = value,
                                                     .type = EXPOSITION_HISTOGRAM,
                                                     .help = help,
                                                     .histogram = histogram,
                                                     .is_time = is_time});
}

static void tell_service(const struct telling *telling, struct ledger *ledger)
{
    const struct ledger_metrics *metrics = ledger_metrics(ledger);
    static const char statements[] = "statements of devices, by what became of them";
    const struct {
        const char *stem, *value;
        const struct metric_counter *counter;
        const char *help;
    } counters[] = {
        {"statements", "recorded", &metrics->recorded, statements},
        {"statements", "granted", &metrics->granted, statements},
        {"statements", "refused", &metrics->refused, statements},
        {"statements", "held", &metrics->held, statements},
        {"statements", "resent", &metrics->resent, statements},
        {"statements", "awaited", &metrics->awaited, statements},
        {"entries", NULL, &metrics->entries, "entries written since the start"},
        {"batches", NULL, &metrics->batches, "commits of the journal"},
        {"flushes", NULL, &metrics->flushes, "commits of the look-ups"},
        {"records", NULL, &metrics->records, "records put into the annex"},
        {"busy", NULL, &metrics->busy, "statements the ledger answered busy"},
        {"rows_read", NULL, &metrics->rows_read, "rows of the look-ups that questions read"},
        {"lookups_rebuilt", NULL, &metrics->rebuilt, "times that look-ups were made anew"},
        {"mark_failures", NULL, &metrics->mark_failures, "times that the mark was not written"},
        {"scrubs", NULL, &metrics->scrubs,
         "readings of the look-ups and of a share of the journal"},
        {"scrub_errors", NULL, &metrics->scrub_errors, "of these, readings that met damage"},
    };
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        tell_count(telling, counters[i].stem, counters[i].value == NULL ? NULL : "outcome",
                   counters[i].value, counters[i].counter, counters[i].help);
    }
    tell_now(telling, "overlay_bytes", NULL, NULL, metric_value(&metrics->overlay_bytes),
             "changes decided and not yet in the look-ups");
    tell_now(telling, "overlay_limit_bytes", NULL, NULL, metric_value(&metrics->overlay_limit),
             "the most of them; beyond it statements are answered busy");
    tell_now(telling, "mark_entries", NULL, NULL, metric_value(&metrics->marked),
             "entries that the mark stands for");
    tell_histogram(telling, "batch", NULL, NULL, &metrics->batch_us, true,
                   "a batch, decided and committed");
    tell_histogram(telling, "commit", NULL, NULL, &metrics->commit_us, true,
                   "a commit of the journal");
    tell_histogram(telling, "flush", NULL, NULL, &metrics->flush_us, true,
                   "a commit of the look-ups");
    tell_histogram(telling, "batch_statements", NULL, NULL, &metrics->batch_statements, false,
                   "statements in a batch, a count and not a time");
}

static void tell_queues(const struct telling *telling, const struct road *road)
{
    static const char help[] = "waiting now";
    uint64_t unverified = 0;
    for (unsigned i = 0; i < road->lanes; i++) {
        unverified += queue_length(road->submissions[i]);
    }
    tell_now(telling, "queue_length", "queue", "submissions", unverified, help);
    tell_now(telling, "queue_length", "queue", "batches", queue_length(road->batches), help);
    tell_now(telling, "queue_length", "queue", "questions", queue_length(road->questions), help);
    tell_now(telling, "queue_length", "queue", "replies", queue_length(road->replies), help);
}

/* What is refused stands on the ledger, with a receipt; all else is answered with a problem. */
static void tell_reasons(const struct telling *telling, const struct road *road)
{
    static const uint16_t reasons[] = {
#define METER_X(number, ...) number,
        CUSTODY_REASONS(METER_X)
#undef METER_X
    };
    enum { REASONS = sizeof(reasons) / sizeof(reasons[0]), FIRST_OF_QUESTIONS = 1000 };
    for (int is_refusal = 0; is_refusal < 2; is_refusal++) {
        const struct metric_counter *counters =
            is_refusal ? ledger_metrics(road->ledger)->refusals : road->meter->problems;
        for (size_t i = 0; i < REASONS; i++) {
            bool is_refused = custody_reason_outcome(reasons[i]) == CUSTODY_OUTCOME_refused &&
                              reasons[i] < FIRST_OF_QUESTIONS;
            if (is_refused == (is_refusal == 1)) {
                tell_count(telling, is_refusal ? "refusals" : "problems", "reason",
                           custody_reason_name(reasons[i]), &counters[reasons[i]],
                           is_refusal ? "permissions refused, by their reason"
                                      : "requests answered with a problem, by its reason");
            }
        }
    }
}

#define METER_X(number, name, ...)                                                                 \
    _Static_assert((number) < LEDGER_REASONS_END, #name " has no counter");
CUSTODY_REASONS(METER_X)
#undef METER_X

static void tell_requests(const struct telling *telling, const struct meter *meter)
{
    for (unsigned kind = 0; kind < ENVELOPE_KINDS; kind++) {
        const char *name = envelope_kind_name((uint16_t)kind);
        if (name != NULL) {
            tell_count(telling, "requests", "kind", name, &meter->requests[kind],
                       "requests of this kind");
        }
    }
    tell_histogram(telling, "verify", NULL, NULL, &meter->verify, true,
                   "one statement's form and signature");
    for (unsigned kind = 0; kind < ENVELOPE_KINDS; kind++) {
        const char *name = envelope_kind_name((uint16_t)kind);
        if (name != NULL) {
            tell_histogram(telling, "latency", "kind", name, &meter->latency[kind], true,
                           "from frames in to answer out");
        }
    }
}

static void tell_all(const struct telling *telling, const struct road *road)
{
    const struct meter *meter = road->meter;
    tell_service(telling, road->ledger);
#define METER_X(name, help) tell_count(telling, #name, NULL, NULL, &meter->name, help);
    METER_COUNTERS(METER_X)
#undef METER_X
#define METER_X(name, help) tell_now(telling, #name, NULL, NULL, metric_value(&meter->name), help);
    METER_GAUGES(METER_X)
#undef METER_X
    tell_queues(telling, road);
    tell_reasons(telling, road);
    tell_requests(telling, meter);
}

void meter_count_problem(struct meter *meter, struct span reply, struct arena *arena)
{
    Custody__V1__Problem *problem =
        custody__v1__problem__unpack(arena_protobuf(arena), reply.len, reply.data);
    if (problem != NULL && problem->reason < LEDGER_REASONS_END) {
        metric_add(&meter->problems[problem->reason], 1);
    }
}

/* ---- for Prometheus ------------------------------------------------------------------------------ */

struct exposing {
    struct exposition *page;
    const char *stem; /* of the family that was begun */
};

/* What nobody asked has no times yet, and two dozen lines that say so help nobody. */
static void expose_figure(void *context, const struct figure *figure)
{
    struct exposing *exposing = context;
    struct exposition *page = exposing->page;
    char stem[EXPOSITION_NAME_MAX];
    bool is_histogram = figure->type == EXPOSITION_HISTOGRAM;
    if (exposing->stem == NULL || strcmp(exposing->stem, figure->stem) != 0) {
        snprintf(stem, sizeof(stem), "%s%s", figure->stem,
                 is_histogram && figure->is_time ? "_seconds" : "");
        exposition_begin(page, stem, figure->type, figure->help);
        exposing->stem = figure->stem;
    }
    if (is_histogram && figure->label != NULL &&
        metric_below(figure->histogram, METRIC_POWERS) == 0) {
        return;
    }
    if (is_histogram) {
        exposition_put_histogram(page, figure->label, figure->value, figure->histogram,
                                 figure->is_time);
    } else {
        exposition_put(page, figure->label, figure->value, figure->number);
    }
}

void meter_expose(const struct road *road, struct exposition *page)
{
    exposition_begin(page, "build_info", EXPOSITION_GAUGE, "always 1; which custodyd this is");
    exposition_put(page, "version", CUSTODY_VERSION, 1);
    exposition_begin(page, "ledger_info", EXPOSITION_GAUGE, "always 1; which ledger this is");
    exposition_put(page, "origin", ledger_origin(road->ledger), 1);
    tell_all(&(struct telling){expose_figure, &(struct exposing){.page = page}}, road);
}

/* ---- for STATUS ---------------------------------------------------------------------------------- */

/* Collects rows into arrays of the arena; a row that does not fit is left out. */
struct page {
    struct arena *arena;
    Custody__V1__Counter **counters;
    size_t counter_count;
    Custody__V1__Histogram **histograms;
    size_t histogram_count;
};

static void add_counter(struct page *page, char *name, char *help, const struct figure *figure)
{
    Custody__V1__Counter *counter = arena_alloc(page->arena, sizeof(*counter));
    if (counter == NULL || page->counter_count == COUNTERS_MAX) {
        return;
    }
    custody__v1__counter__init(counter);
    counter->name = name;
    counter->value = figure->number;
    counter->help = help;
    page->counters[page->counter_count++] = counter;
}

static void add_histogram(struct page *page, char *name, char *help, const struct figure *figure)
{
    const struct metric_histogram *histogram = figure->histogram;
    Custody__V1__Histogram *row = arena_alloc(page->arena, sizeof(*row));
    if (row == NULL || page->histogram_count == HISTOGRAMS_MAX) {
        return;
    }
    custody__v1__histogram__init(row);
    row->name = name;
    row->count = atomic_load_explicit(&histogram->count, memory_order_relaxed);
    row->p50_us = metric_percentile(histogram, 500);
    row->p90_us = metric_percentile(histogram, 900);
    row->p99_us = metric_percentile(histogram, 990);
    row->max_us = atomic_load_explicit(&histogram->max_us, memory_order_relaxed);
    row->help = help;
    page->histograms[page->histogram_count++] = row;
}

/* Of many alike only those are rows that there is something of. */
static void add_figure(void *context, const struct figure *figure)
{
    struct page *page = context;
    bool is_histogram = figure->type == EXPOSITION_HISTOGRAM;
    uint64_t size = is_histogram
                        ? atomic_load_explicit(&figure->histogram->count, memory_order_relaxed)
                        : figure->number;
    if (figure->label != NULL && figure->type != EXPOSITION_GAUGE && size == 0) {
        return;
    }
    char *name = arena_format(
        page->arena, "%s%s%s%s", figure->stem, figure->label != NULL ? "_" : "",
        figure->label != NULL ? figure->value : "", is_histogram && figure->is_time ? "_us" : "");
    char *help = arena_text(page->arena, span_text(figure->help));
    if (name == NULL || help == NULL) {
        return;
    }
    if (is_histogram) {
        add_histogram(page, name, help, figure);
    } else {
        add_counter(page, name, help, figure);
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
    tell_all(&(struct telling){add_figure, &page}, road);

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
