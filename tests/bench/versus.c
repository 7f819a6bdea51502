/* versus.c: a line for each row of a peer, and a line of ratios for each of our loads.
 * Never compares rows of different runs. */
#include "tests/bench/versus.h"

#include <inttypes.h>
#include <stdio.h>

#include "tests/lib/die.h"

static const struct versus best_of[] = {
    {"postgres_plain_best", ":PostgreSQL", PEER_POSTGRES, PEER_INSERT},
    {"postgres_sixteen_best", ":PG 16 each", PEER_POSTGRES, PEER_SIXTEEN},
    {"postgres_chain_best", ":PG chain", PEER_POSTGRES, PEER_CHAIN},
    {"postgres_checked_best", ":chain+sig", PEER_POSTGRES, PEER_CHECKED},
    {"sqlite_best", ":SQLite", PEER_SQLITE, PEER_INSERT},
};
enum { BESTS = sizeof(best_of) / sizeof(best_of[0]) };

static const struct {
    const char *name, *text;
    enum peer_system system;
} systems[] = {{"postgres", "PostgreSQL", PEER_POSTGRES}, {"sqlite", "SQLite", PEER_SQLITE}};
enum { SYSTEMS = sizeof(systems) / sizeof(systems[0]) };

static bool is_peer(const struct report_row *row)
{
    return row->peer.system != PEER_NONE;
}

/* The most a second that the peer did at any number of clients; `clients` 0: any. */
static double most_of(const struct report *report, const struct versus *versus, unsigned clients)
{
    double most = 0;
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *row = &report->rows[i];
        if (row->count > 0 && row->peer.system == versus->system &&
            row->peer.task == versus->task && (clients == 0 || row->peer.clients == clients)) {
            double rate = report_rate(row);
            most = rate > most ? rate : most;
        }
    }
    return most;
}

/* 0: one of both was not measured. */
static double
ratio_of(const struct report *report, const struct report_row *ours, const struct versus *versus)
{
    double most = most_of(report, versus, 0);
    return most > 0 ? report_rate(ours) / most : 0;
}

/* Ours at as many clients, with as many unanswered, to the peer's row. */
static double same_clients(const struct report *report, const struct report_row *row)
{
    unsigned unanswered = row->peer.task == PEER_SIXTEEN ? 16 : 1;
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *ours = &report->rows[i];
        if (ours->count > 0 && row->peer.rows == 0 && ours->load.clients == row->peer.clients &&
            ours->load.unanswered == unanswered) {
            return report_rate(ours) / report_rate(row);
        }
    }
    return 0;
}

static void print_rows(const struct report *report)
{
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *row = &report->rows[i];
        if (is_peer(row) && row->count > 0) {
            double ratio = same_clients(report, row);
            report_print_row(row);
            printf(" %7.1f", report_cpu_us(row));
            if (ratio > 0) {
                printf(" %10.3f", ratio);
            }
            printf("\n");
        } else if (is_peer(row) && row->obstacle != NULL) {
            printf("%-42s %s\n", row->text, row->obstacle);
        }
    }
}

static bool is_ours(const struct report_row *row)
{
    return row->load.clients > 0 && row->count > 0;
}

static void print_ratios(const struct report *report)
{
    printf("\n%-42s", "ours : the best of");
    for (size_t k = 0; k < BESTS; k++) {
        printf(" %11s", best_of[k].heading);
    }
    printf("\n");
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *row = &report->rows[i];
        if (!is_ours(row)) {
            continue;
        }
        printf("%-42s", row->text);
        for (size_t k = 0; k < BESTS; k++) {
            double ratio = ratio_of(report, row, &best_of[k]);
            if (ratio > 0) {
                printf(" %11.3f", ratio);
            } else {
                printf(" %11s", "-");
            }
        }
        printf("\n");
    }
    printf(
        "\"ours :\" above is our rate with as many clients and as many unanswered, to the row's\n");
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
    bool is_any = false;
    bool is_any_ours = false;
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *row = &report->rows[i];
        is_any = is_any || (is_peer(row) && (row->count > 0 || row->obstacle != NULL));
        is_any_ours = is_any_ours || is_ours(row);
    }
    if (!is_any) {
        return;
    }
    report_print_columns("peers");
    printf(" %7s %10s\n", "cpu us", "ours :");
    print_rows(report);
    if (is_any_ours) {
        print_ratios(report);
    }
    print_sizes();
}

static json_t *write_ratios(const struct report *report, const struct report_row *row)
{
    json_t *out = json_object();
    for (size_t k = 0; k < BESTS; k++) {
        double ratio = ratio_of(report, row, &best_of[k]);
        if (ratio > 0) {
            json_object_set_new(out, best_of[k].name, json_real(ratio));
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
    json_t *rows = json_object();
    json_t *ours = json_object();
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *row = &report->rows[i];
        if (is_ours(row)) {
            json_object_set_new(ours, row->key, write_ratios(report, row));
        }
        if (is_peer(row) && row->count > 0) {
            double ratio = same_clients(report, row);
            json_t *out = report_write_row(report, row);
            json_object_set_new(out, "clients", json_integer(row->peer.clients));
            if (ratio > 0) {
                json_object_set_new(out, "ours", json_real(ratio));
            }
            json_object_set_new(rows, row->key, out);
        } else if (is_peer(row) && row->obstacle != NULL) {
            json_object_set_new(rows, row->key, json_string(row->obstacle));
        }
    }
    return json_pack("{s:o, s:o, s:o}", "rows", rows, "ours", ours, "bytes", write_sizes());
}
