/* versus.c: a line for each row of a peer, and a line of ratios for each of our loads.
 * Never compares rows of different runs. */
#include "tests/bench/versus.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/targets.h"
#include "tests/lib/die.h"

struct row {
    const char *key, *text;
    struct peer_options peer;
    struct measure runs[BENCH_REPETITIONS_MAX];
    size_t count;         /* of runs */
    const char *obstacle; /* asked for, and why it was not measured all the same; else NULL */
};

/* clang-format off */
#define POSTGRES(key_, text_, task_, clients_, rows_) \
    {.key = "postgres_" key_, .text = "PostgreSQL, " text_, .peer = {PEER_POSTGRES, task_, clients_, rows_}}
/* clang-format on */

static struct row rows[] = {
    POSTGRES("plain_1", "1 client", PEER_INSERT, 1, 0),
    POSTGRES("plain_8", "8 clients", PEER_INSERT, 8, 0),
    POSTGRES("plain_32", "32 clients", PEER_INSERT, 32, 0),
    POSTGRES("plain_128", "128 clients", PEER_INSERT, 128, 0),
    POSTGRES("sixteen_8", "8 clients, 16 unanswered", PEER_SIXTEEN, 8, 0),
    POSTGRES("sixteen_32", "32 clients, 16 unanswered", PEER_SIXTEEN, 32, 0),
    POSTGRES("chain_1", "hash chain, 1 client", PEER_CHAIN, 1, 0),
    POSTGRES("chain_8", "hash chain, 8 clients", PEER_CHAIN, 8, 0),
    POSTGRES("chain_32", "hash chain, 32 clients", PEER_CHAIN, 32, 0),
    POSTGRES("chain_128", "hash chain, 128 clients", PEER_CHAIN, 128, 0),
    POSTGRES("checked_1", "chain, signature, 1 client", PEER_CHECKED, 1, 0),
    POSTGRES("checked_8", "chain, signature, 8 clients", PEER_CHECKED, 8, 0),
    POSTGRES("checked_32", "chain, signature, 32 clients", PEER_CHECKED, 32, 0),
    POSTGRES("checked_128", "chain, signature, 128 clients", PEER_CHECKED, 128, 0),
    {.key = "sqlite_1", .text = "SQLite, 1 thread", .peer = {PEER_SQLITE, PEER_INSERT, 1, 0}},
    {.key = "sqlite_8", .text = "SQLite, 8 threads", .peer = {PEER_SQLITE, PEER_INSERT, 8, 0}},
    POSTGRES("point_10k", "10 k rows: point", PEER_POINT, 1, 10000),
    POSTGRES("trace_10k", "10 k rows: trace", PEER_TRACE, 1, 10000),
    POSTGRES("unclosed_10k", "10 k rows: unclosed, top 100", PEER_UNCLOSED, 1, 10000),
    POSTGRES("point_1m", "1 M rows: point", PEER_POINT, 1, 1000000),
    POSTGRES("trace_1m", "1 M rows: trace", PEER_TRACE, 1, 1000000),
    POSTGRES("unclosed_1m", "1 M rows: unclosed, top 100", PEER_UNCLOSED, 1, 1000000),
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* What ratios are taken against: the best of a task at any number of clients. */
static const struct {
    const char *name, *heading;
    enum peer_system system;
    enum peer_task task;
} bests[] = {
    {"postgres_plain_best", ":PostgreSQL", PEER_POSTGRES, PEER_INSERT},
    {"postgres_sixteen_best", ":PG 16 each", PEER_POSTGRES, PEER_SIXTEEN},
    {"postgres_chain_best", ":PG chain", PEER_POSTGRES, PEER_CHAIN},
    {"postgres_checked_best", ":chain+sig", PEER_POSTGRES, PEER_CHECKED},
    {"sqlite_best", ":SQLite", PEER_SQLITE, PEER_INSERT},
};
enum { BESTS = sizeof(bests) / sizeof(bests[0]) };

static const struct {
    const char *name, *text;
    enum peer_system system;
} systems[] = {{"postgres", "PostgreSQL", PEER_POSTGRES}, {"sqlite", "SQLite", PEER_SQLITE}};
enum { SYSTEMS = sizeof(systems) / sizeof(systems[0]) };

/* --- the rows ---------------------------------------------------------------------------------- */

bool versus_is_row(const char *word)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(word, rows[i].key) == 0) {
            return true;
        }
    }
    return false;
}

void versus_list(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        printf("  %-21s %s\n", rows[i].key, rows[i].text);
    }
}

static bool is_wanted(const struct row *row, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], row->key) == 0) {
            return true;
        }
    }
    return argc < 2;
}

void versus_measure(const struct bench *bench, int argc, char **argv)
{
    for (size_t i = 0; i < ROWS; i++) {
        struct row *row = &rows[i];
        if (is_wanted(row, argc, argv) && peers_want(bench, &row->peer)) {
            row->obstacle = peers_obstacle(row->peer.system);
            if (row->obstacle == NULL) {
                row->runs[row->count++] = peers_measure(bench, &row->peer);
            }
        }
    }
}

static bool is_any(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].count > 0 || rows[i].obstacle != NULL) {
            return true;
        }
    }
    return false;
}

static double median_of(const struct measure *runs, size_t count, size_t member)
{
    double values[BENCH_REPETITIONS_MAX] = {0};
    for (size_t i = 0; i < count; i++) {
        memcpy(&values[i], (const char *)&runs[i] + member, sizeof(values[i]));
    }
    return sample_median(values, count);
}

#define MEDIAN(row, member) median_of((row)->runs, (row)->count, offsetof(struct measure, member))

/* --- ratios ------------------------------------------------------------------------------------ */

double versus_rate(enum peer_system system, enum peer_task task, unsigned clients)
{
    double most = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const struct peer_options *peer = &rows[i].peer;
        if (peer->system == system && peer->task == task &&
            (clients == 0 || peer->clients == clients)) {
            double rate = MEDIAN(&rows[i], per_second);
            most = rate > most ? rate : most;
        }
    }
    return most;
}

size_t versus_bars(struct plot_bar *ret, size_t cap)
{
    size_t count = 0;
    for (size_t i = 0; i < ROWS && count < cap; i++) {
        const struct row *row = &rows[i];
        if (row->count > 0 && row->peer.rows == 0) {
            ret[count++] = (struct plot_bar){
                .text = row->text, .value = MEDIAN(row, per_second), .colour = PLOT_PEER};
        }
    }
    return count;
}

static bool is_ours(const struct report_row *row)
{
    return row->load.clients > 0 && row->count > 0;
}

/* 0: one of both was not measured. */
static double ratio_of(const struct report_row *ours, size_t best)
{
    double rate = versus_rate(bests[best].system, bests[best].task, 0);
    return rate > 0 ? MEDIAN(ours, per_second) / rate : 0;
}

/* Ours at as many clients, with as many unanswered, to the peer's row; 0: there is none. */
static double same_clients(const struct report *report, const struct row *row)
{
    unsigned unanswered = row->peer.task == PEER_SIXTEEN ? 16 : 1;
    double rate = MEDIAN(row, per_second);
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *ours = &report->rows[i];
        if (is_ours(ours) && row->peer.rows == 0 && rate > 0 &&
            ours->load.clients == row->peer.clients && ours->load.unanswered == unanswered) {
            return MEDIAN(ours, per_second) / rate;
        }
    }
    return 0;
}

/* With a chain the same number of clients is meant: more of them only wait longer for its head. */
static const struct {
    const char *text, *ours;
    enum peer_task task;
    unsigned clients; /* 0: the best of any number */
    double factor;
} wanted[] = {
    {"32 clients, 16 unanswered : PostgreSQL's best", "submit_32_16", PEER_INSERT, 0, 2},
    {"128 clients, 16 unanswered : PostgreSQL's best", "submit_128_16", PEER_INSERT, 0, 2},
    {"32 clients, 16 unanswered : PostgreSQL, chain, 32", "submit_32_16", PEER_CHAIN, 32, 12},
    {"128 clients, 16 unanswered : PostgreSQL, chain, 128", "submit_128_16", PEER_CHAIN, 128, 12},
    {"8 clients, 1 unanswered : PostgreSQL, 8", "submit_8_1", PEER_INSERT, 8, 1.2},
    {"1 client, 1 unanswered : PostgreSQL, 1", "submit_1_1", PEER_INSERT, 1, 0.45},
    {"1 client, 1 unanswered : PostgreSQL, chain, signature, 1", "submit_1_1", PEER_CHECKED, 1,
     0.6},
};

void versus_compare(const struct report *report)
{
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *ours = &report->rows[i];
        for (size_t k = 0; k < sizeof(wanted) / sizeof(wanted[0]); k++) {
            double rate = versus_rate(PEER_POSTGRES, wanted[k].task, wanted[k].clients);
            if (is_ours(ours) && strcmp(ours->key, wanted[k].ours) == 0 && rate > 0) {
                targets_add(wanted[k].text, TARGETS_AT_LEAST, wanted[k].factor,
                            MEDIAN(ours, per_second) / rate, "x");
            }
        }
    }
}

/* --- the table --------------------------------------------------------------------------------- */

static void print_row(const struct report *report, const struct row *row)
{
    double least = row->runs[0].per_second;
    double most = least;
    double ratio = same_clients(report, row);
    for (size_t i = 1; i < row->count; i++) {
        double value = row->runs[i].per_second;
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    printf("%-42s %10.0f %10.0f %10.0f %10.0f %10.0f %7.1f", row->text, MEDIAN(row, per_second),
           least, most, MEDIAN(row, p50_us), MEDIAN(row, p99_us), MEDIAN(row, cpu_us));
    if (ratio > 0) {
        printf(" %10.3f", ratio);
    }
    printf("\n");
}

static void print_rows(const struct report *report)
{
    printf("\n%-42s %10s %10s %10s %10s %10s %7s %10s\n", "peers", "per second", "least", "most",
           "p50 us", "p99 us", "cpu us", "ours :");
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].count > 0) {
            print_row(report, &rows[i]);
        } else if (rows[i].obstacle != NULL) {
            printf("%-42s %s\n", rows[i].text, rows[i].obstacle);
        }
    }
}

static void print_ratios(const struct report *report)
{
    printf("\n%-42s", "ours : the best of");
    for (size_t k = 0; k < BESTS; k++) {
        printf(" %11s", bests[k].heading);
    }
    printf("\n");
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *ours = &report->rows[i];
        if (!is_ours(ours)) {
            continue;
        }
        printf("%-42s", ours->text);
        for (size_t k = 0; k < BESTS; k++) {
            double ratio = ratio_of(ours, k);
            if (ratio > 0) {
                printf(" %11.3f", ratio);
            } else {
                printf(" %11s", "-");
            }
        }
        printf("\n");
    }
    printf("\"ours :\" above is our rate with as many clients and as many unanswered, to the "
           "row's\n");
}

static void print_sizes(void)
{
    for (size_t i = 0; i < SYSTEMS; i++) {
        struct peer_size size = peers_size(systems[i].system);
        if (size.rows > 0) {
            printf("%s takes %.0f bytes a row, indexes included, at %" PRIu64 " rows\n",
                   systems[i].text, (double)size.bytes / (double)size.rows, size.rows);
        }
    }
}

void versus_print(const struct report *report)
{
    bool is_any_ours = false;
    for (size_t i = 0; i < report->row_count; i++) {
        is_any_ours = is_any_ours || is_ours(&report->rows[i]);
    }
    if (!is_any()) {
        return;
    }
    print_rows(report);
    if (is_any_ours) {
        print_ratios(report);
    }
    print_sizes();
}

/* --- JSON -------------------------------------------------------------------------------------- */

static json_t *figure(const struct row *row, size_t member)
{
    json_t *runs = json_array();
    for (size_t i = 0; i < row->count; i++) {
        double value;
        memcpy(&value, (const char *)&row->runs[i] + member, sizeof(value));
        json_array_append_new(runs, json_real(value));
    }
    return json_pack("{s:f, s:o}", "median", median_of(row->runs, row->count, member), "runs",
                     runs);
}

static json_t *write_row(const struct report *report, const struct row *row)
{
    double ratio = same_clients(report, row);
    json_t *out = json_pack("{s:s, s:i, s:o, s:o, s:o, s:o}", "text", row->text, "clients",
                            (int)row->peer.clients, "per_second",
                            figure(row, offsetof(struct measure, per_second)), "p50_us",
                            figure(row, offsetof(struct measure, p50_us)), "p99_us",
                            figure(row, offsetof(struct measure, p99_us)), "cpu_us",
                            figure(row, offsetof(struct measure, cpu_us)));
    if (ratio > 0) {
        json_object_set_new(out, "ours", json_real(ratio));
    }
    return out;
}

static json_t *write_rows(const struct report *report)
{
    json_t *out = json_object();
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        if (row->count > 0) {
            json_object_set_new(out, row->key, write_row(report, row));
        } else if (row->obstacle != NULL) {
            json_object_set_new(out, row->key, json_string(row->obstacle));
        }
    }
    return out;
}

static json_t *write_ratios(const struct report *report)
{
    json_t *out = json_object();
    for (size_t i = 0; i < report->row_count; i++) {
        if (is_ours(&report->rows[i])) {
            json_t *ratios = json_object();
            for (size_t k = 0; k < BESTS; k++) {
                double ratio = ratio_of(&report->rows[i], k);
                if (ratio > 0) {
                    json_object_set_new(ratios, bests[k].name, json_real(ratio));
                }
            }
            json_object_set_new(out, report->rows[i].key, ratios);
        }
    }
    return out;
}

static json_t *write_sizes(void)
{
    json_t *out = json_object();
    for (size_t i = 0; i < SYSTEMS; i++) {
        struct peer_size size = peers_size(systems[i].system);
        if (size.rows > 0) {
            json_object_set_new(out, systems[i].name,
                                json_pack("{s:I, s:I}", "rows", (json_int_t)size.rows, "bytes",
                                          (json_int_t)size.bytes));
        }
    }
    return out;
}

json_t *versus_write(const struct report *report)
{
    if (!is_any()) {
        return NULL;
    }
    return json_pack("{s:o, s:o, s:o}", "rows", write_rows(report), "ours", write_ratios(report),
                     "bytes", write_sizes());
}
