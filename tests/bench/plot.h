/* plot.h: bars and lines as SVG, one panel below the other.
 * Never knows what is plotted, and never lays text out: labels are short. */
#ifndef TESTS_BENCH_PLOT_H
#define TESTS_BENCH_PLOT_H

#include <stddef.h>

enum plot_colour { PLOT_OURS, PLOT_LIMIT, PLOT_PEER, PLOT_COLOURS };
enum { PLOT_POINTS_MAX = 8, PLOT_SERIES_MAX = 8 };

struct plot_bar {
    const char *text;
    double value; /* above 0 */
    enum plot_colour colour;
};

struct plot_series {
    const char *text;
    double y[PLOT_POINTS_MAX];
    double target; /* a dashed line of the same colour; 0: none */
};

struct plot_axes {
    const char *heading, *unit, *x_text;
    size_t points;
    const double *x; /* rising, above 0; on a log scale */
};

struct plot;

/* `subtitle` stands small under the title. The file is there when plot_close has returned; ends the program when it cannot be
 * written. */
struct plot *plot_open(const char *path, const char *title, const char *const subtitle[2]);
void plot_close(struct plot *plot);
/* What the colours mean: a text for each, NULL for one that is not used. */
void plot_legend(struct plot *plot, const char *const texts[static PLOT_COLOURS]);
/* On a log scale. */
void plot_bars(struct plot *plot,
               const char *heading,
               const char *unit,
               const struct plot_bar *bars,
               size_t count);
/* Both axes on a log scale; at most PLOT_SERIES_MAX series. */
void plot_lines(struct plot *plot,
                const struct plot_axes *axes,
                const struct plot_series *series,
                size_t count);

#endif
