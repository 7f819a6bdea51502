/* picture.c: which figures go where.
 * Never says whether a figure is good. */
#include "tests/bench/picture.h"

#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/bench/plot.h"
#include "tests/bench/versus.h"

extern char **environ;

enum { BARS_MAX = 64 };

/* The targets for an answer at the server, p50. */
static const double targets_us[ANSWERS_ROWS] = {
    [ANSWERS_POINT] = 5,
    [ANSWERS_TRACE] = 25,
    [ANSWERS_PROOF] = 20,
    [ANSWERS_UNCLOSED] = 60,
};

static double median_rate(const struct report_row *row)
{
    double values[BENCH_REPETITIONS_MAX];
    for (size_t i = 0; i < row->count; i++) {
        values[i] = row->runs[i].per_second;
    }
    return sample_median(values, row->count);
}

static void draw_rates(struct plot *plot, const struct report *report)
{
    struct plot_bar bars[BARS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < report->row_count && count < BARS_MAX; i++) {
        const struct report_row *row = &report->rows[i];
        if (row->count > 0) {
            bars[count++] = (struct plot_bar){
                .text = row->text,
                .value = median_rate(row),
                .colour = row->load.clients > 0 ? PLOT_OURS : PLOT_LIMIT,
            };
        }
    }
    count += versus_bars(bars + count, BARS_MAX - count);
    plot_bars(plot, "Durable signed submissions, peers, and what the machine can do", "per second",
              bars, count);
}

static void draw_growth(struct plot *plot, const struct growth *growth)
{
    double x[GROWTH_POINTS];
    struct plot_series costs[GROWTH_COSTS], answers[ANSWERS_ROWS];
    struct plot_series wire[ANSWERS_ROWS + 1] = {
        [ANSWERS_ROWS] = {.text = "bare round trip"},
    };
    for (unsigned i = 0; i < growth->count; i++) {
        const struct growth_point *point = &growth->points[i];
        x[i] = (double)point->entries;
        for (unsigned cost = 0; cost < GROWTH_COSTS; cost++) {
            costs[cost].text = growth_text((enum growth_cost)cost);
            costs[cost].target = 0;
            costs[cost].y[i] = point->us[cost];
        }
        for (unsigned row = 0; row < ANSWERS_ROWS; row++) {
            answers[row].text = wire[row].text = answers_text((enum answers_row)row);
            answers[row].target = targets_us[row];
            answers[row].y[i] = point->answers.server[row].p50_us;
            wire[row].y[i] = point->answers.wire[row].p50_us;
        }
        wire[ANSWERS_ROWS].y[i] = point->answers.round_trip.p50_us;
    }
    struct plot_axes axes = {"A statement at the service floor", "us of processor time",
                             "entries on the ledger", growth->count, x};
    plot_lines(plot, &axes, costs, GROWTH_COSTS);
    axes.heading = "An answer at the server";
    axes.unit = "us, p50; dashed: its target at 10 M entries";
    plot_lines(plot, &axes, answers, ANSWERS_ROWS);
    axes.heading = "An answer over ZeroMQ, one client";
    axes.unit = "us, p50";
    plot_lines(plot, &axes, wire, ANSWERS_ROWS + 1);
}

/* False when there is no such program, or it could not. */
static bool convert(const char *svg, const char *png)
{
    char *const arguments[] = {(char *)"rsvg-convert",
                               (char *)"--zoom",
                               (char *)"2",
                               (char *)"--output",
                               (char *)png,
                               (char *)svg,
                               NULL};
    pid_t pid;
    int status = 0;
    return posix_spawnp(&pid, arguments[0], NULL, NULL, arguments, environ) == 0 &&
           waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void picture_write(const struct report *report)
{
    const struct machine *machine = &report->machine;
    char svg[PATH_MAX], png[PATH_MAX], first[600], second[600];
    const char *const subtitle[] = {first, second};
    const char *const legend[PLOT_COLOURS] = {
        [PLOT_OURS] = "custodyd: signed, checked, receipts",
        [PLOT_LIMIT] = "raw limits of the machine",
        [PLOT_PEER] = "peers, which check nothing unless it is said",
    };
    snprintf(svg, sizeof(svg), "%s/bench.svg", report->bench->build);
    snprintf(png, sizeof(png), "%s/bench.png", report->bench->build);
    snprintf(first, sizeof(first), "%s, %ld cores; %s; %s", machine->cpu, machine->cores,
             machine->kernel, machine->file_system);
    snprintf(second, sizeof(second), "%s, commit %s%s; medians of %u repetitions", machine->date,
             machine->commit, report->bench->is_quick ? ", QUICK" : "", report->bench->repetitions);
    struct plot *plot = plot_open(svg, "custody bench", subtitle);
    plot_legend(plot, legend);
    draw_rates(plot, report);
    draw_growth(plot, &report->growth);
    plot_close(plot);
    if (convert(svg, png)) {
        printf("also as %s and %s\n", svg, png);
    } else {
        printf("also as %s; a PNG takes rsvg-convert (librsvg2-bin)\n", svg);
    }
}
