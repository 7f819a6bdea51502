/* growth_table.c: a column a size, and the last beside the base.
 * Never says whether a figure is good. */
#include "tests/bench/growth_table.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* A figure of one point, by where it lies. */
static double figure_at(const struct growth_point *point, size_t member)
{
    double value;
    memcpy(&value, (const char *)point + member, sizeof(value));
    return value;
}

static size_t place_of_cost(unsigned cost)
{
    return offsetof(struct growth_point, us) + cost * sizeof(double);
}

static size_t place_of_server(unsigned row)
{
    return offsetof(struct growth_point, answers.server) + row * sizeof(struct answers_figure);
}

static size_t place_of_wire(unsigned row)
{
    return offsetof(struct growth_point, answers.wire) + row * sizeof(struct answers_figure);
}

static void print_figures(const struct growth *growth, const char *text, size_t member)
{
    printf("%-36s", text);
    for (unsigned i = 0; i < growth->count; i++) {
        printf(" %12.1f", figure_at(&growth->points[i], member));
    }
}

static void print_ratio(const struct growth *growth, const char *text, size_t member)
{
    print_figures(growth, text, member);
    printf(" %8.2f\n", figure_at(&growth->points[growth->count - 1], member) /
                           figure_at(growth_base(growth), member));
}

static void print_heading(const struct growth *growth, const char *text, const char *last)
{
    printf("\n%-36s", text);
    for (unsigned i = 0; i < growth->count; i++) {
        printf(" %12" PRIu64, growth->points[i].entries);
    }
    printf(" %8s\n", last);
}

static void print_bytes(const struct growth *growth)
{
    static const char *const texts[] = {"journal, bytes an entry", "look-ups, bytes a container",
                                        "memory of this process, MiB"};
    for (unsigned k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
        printf("%-36s", texts[k]);
        for (unsigned i = 0; i < growth->count; i++) {
            const struct growth_point *point = &growth->points[i];
            const double values[] = {
                (double)point->journal_bytes / (double)point->entries,
                (double)point->lookups_bytes / (double)point->containers,
                (double)point->peak_kib / 1024,
            };
            printf(" %12.1f", values[k]);
        }
        printf("\n");
    }
}

static void print_server(const struct growth *growth)
{
    char text[64];
    print_heading(growth, "answers at the server, us", "ratio");
    for (unsigned row = 0; row < ANSWERS_ROWS; row++) {
        print_ratio(growth, answers_text((enum answers_row)row),
                    place_of_server(row) + offsetof(struct answers_figure, p50_us));
        snprintf(text, sizeof(text), "  %s p99", answers_key((enum answers_row)row));
        print_figures(growth, text, place_of_server(row) + offsetof(struct answers_figure, p99_us));
        printf("\n");
    }
}

static void print_wire(const struct growth *growth)
{
    char text[64];
    const struct growth_point *last = &growth->points[growth->count - 1];
    print_heading(growth, "answers over ZeroMQ, us", ":bare");
    print_figures(growth, "bare round trip",
                  offsetof(struct growth_point, answers.round_trip.p50_us));
    printf(" %8.2f\n", 1.0);
    for (unsigned row = 0; row < ANSWERS_ROWS; row++) {
        print_figures(growth, answers_text((enum answers_row)row),
                      place_of_wire(row) + offsetof(struct answers_figure, p50_us));
        printf(" %8.2f\n", last->answers.wire[row].p50_us / last->answers.round_trip.p50_us);
        snprintf(text, sizeof(text), "  %s p99; bytes of a reply",
                 answers_key((enum answers_row)row));
        print_figures(growth, text, place_of_wire(row) + offsetof(struct answers_figure, p99_us));
        printf(" %8.0f\n", last->answers.wire[row].bytes);
    }
}

void growth_table_print(const struct growth *growth)
{
    print_heading(growth, "growth: entries on the ledger", "ratio");
    for (unsigned cost = 0; cost < GROWTH_COSTS; cost++) {
        print_ratio(growth, growth_text((enum growth_cost)cost), place_of_cost(cost));
    }
    print_bytes(growth);
    print_server(growth);
    print_wire(growth);
    printf("statements in us of processor time at the service floor; answers p50, and p99 where it "
           "says so\nratio: the last column to that of %" PRIu64
           " entries; :bare: the last column to the bare round trip\n",
           growth_base(growth)->entries);
}

/* ---- JSON --------------------------------------------------------------------------------------- */

static json_t *json_of(const struct answers_figure *figure)
{
    return json_pack("{s:f, s:f, s:f}", "p50_us", figure->p50_us, "p99_us", figure->p99_us, "bytes",
                     figure->bytes);
}

static json_t *json_of_rows(const struct answers_figure figures[static ANSWERS_ROWS])
{
    json_t *out = json_object();
    for (unsigned row = 0; row < ANSWERS_ROWS; row++) {
        json_object_set_new(out, answers_key((enum answers_row)row), json_of(&figures[row]));
    }
    return out;
}

static json_t *json_of_point(const struct growth_point *point)
{
    json_t *statements = json_object();
    for (unsigned cost = 0; cost < GROWTH_COSTS; cost++) {
        json_object_set_new(statements, growth_key((enum growth_cost)cost),
                            json_real(point->us[cost]));
    }
    return json_pack("{s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "entries",
                     (json_int_t)point->entries, "containers", (json_int_t)point->containers,
                     "open", (json_int_t)point->open, "statement_us", statements, "server",
                     json_of_rows(point->answers.server), "wire", json_of_rows(point->answers.wire),
                     "round_trip", json_of(&point->answers.round_trip), "journal_bytes",
                     (json_int_t)point->journal_bytes, "lookups_bytes",
                     (json_int_t)point->lookups_bytes, "peak_kib", (json_int_t)point->peak_kib);
}

json_t *growth_table_json(const struct growth *growth)
{
    json_t *out = growth->count == 0 ? NULL : json_array();
    for (unsigned i = 0; i < growth->count; i++) {
        json_array_append_new(out, json_of_point(&growth->points[i]));
    }
    return out;
}
