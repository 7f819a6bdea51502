/* plot.c: writes SVG as it goes; the height is filled in at the end.
 * Never reads anything. */
#include "tests/bench/plot.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/die.h"

enum {
    WIDTH = 900,
    MARGIN = 24,
    LABELS = 300,   /* to the left of bars */
    VALUES = 80,    /* to the right of bars */
    NAMES = 230,    /* to the right of lines */
    BAR = 13,       /* how high one is */
    STEP = 18,      /* from one bar to the next */
    LINES = 190,    /* how high a panel of lines is */
    HEADING = 34,   /* of a panel */
    LABEL_GAP = 13, /* between two names at the ends of lines */
};

/* The height is not known before the last panel: room for it is left in the first line. */
static const char open_format[] =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%-5d\" font-family="
    "\"DejaVu Sans,Helvetica,Arial,sans-serif\" font-size=\"11\" fill=\"#222\">\n";
static const char *const colours[PLOT_COLOURS] = {"#1b6ca8", "#aab4be", "#d9822b"};
static const char *const line_colours[PLOT_SERIES_MAX] = {
    "#1b6ca8", "#d9822b", "#2e8b57", "#a23b72", "#6c5b7b", "#8a7f00", "#444444", "#c0392b"};

struct plot {
    FILE *file;
    const char *path;
    double y; /* where the next panel begins */
};

static void
put_text(struct plot *plot, double x, double y, const char *attributes, const char *text)
{
    fprintf(plot->file, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, attributes);
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", plot->file);
            break;
        case '&':
            fputs("&amp;", plot->file);
            break;
        default:
            fputc(*text, plot->file);
        }
    }
    fputs("</text>\n", plot->file);
}

static void put_line(struct plot *plot,
                     const double from[static 2],
                     const double to[static 2],
                     const char *style)
{
    fprintf(plot->file, "<path d=\"M%.1f %.1fL%.1f %.1f\" %s/>\n", from[0], from[1], to[0], to[1],
            style);
}

struct plot *plot_open(const char *path, const char *title, const char *const subtitle[2])
{
    struct plot *plot = calloc(1, sizeof(*plot));
    if (plot == NULL) {
        die("out of memory");
    }
    plot->path = path;
    plot->file = fopen(path, "we");
    if (plot->file == NULL) {
        die("cannot write %s", path);
    }
    fprintf(plot->file, open_format, WIDTH, 0);
    fputs("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", plot->file);
    put_text(plot, MARGIN, 34, "font-size=\"18\" font-weight=\"bold\"", title);
    put_text(plot, MARGIN, 52, "fill=\"#666\"", subtitle[0]);
    put_text(plot, MARGIN, 67, "fill=\"#666\"", subtitle[1]);
    plot->y = 76;
    return plot;
}

void plot_close(struct plot *plot)
{
    fputs("</svg>\n", plot->file);
    rewind(plot->file);
    fprintf(plot->file, open_format, WIDTH, (int)plot->y + MARGIN / 2);
    bool is_written = ferror(plot->file) == 0;
    if (fclose(plot->file) != 0 || !is_written) {
        die("cannot write %s", plot->path);
    }
    free(plot);
}

void plot_legend(struct plot *plot, const char *const texts[static PLOT_COLOURS])
{
    double x = MARGIN;
    for (unsigned i = 0; i < PLOT_COLOURS; i++) {
        if (texts[i] == NULL) {
            continue;
        }
        fprintf(plot->file,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"11\" height=\"11\" fill=\"%s\"/>\n", x,
                plot->y + 2, colours[i]);
        put_text(plot, x + 16, plot->y + 12, "", texts[i]);
        x += 230;
    }
    plot->y += 20;
}

/* ---- scales ------------------------------------------------------------------------------------- */

/* A log scale from `low` to `high`, on the page from `from` to `to`. */
struct scale {
    double low, high, from, to;
};

static double at(const struct scale *scale, double value)
{
    double part = log(value / scale->low) / log(scale->high / scale->low);
    return scale->from + part * (scale->to - scale->from);
}

/* 1, 2 and 5 of each decade: the last that is not above the value. */
static double step_below(double value)
{
    double decade = pow(10, floor(log10(value) + 1e-9));
    return value >= 5 * decade ? 5 * decade : value >= 2 * decade ? 2 * decade : decade;
}

static double step_above(double step)
{
    double decade = pow(10, floor(log10(step) + 1e-9));
    return step < 1.5 * decade ? 2 * decade : step < 3 * decade ? 5 * decade : 10 * decade;
}

static void write_number(double value, char ret[static 32])
{
    if (value >= 1e6) {
        snprintf(ret, 32, "%.3g M", value / 1e6);
    } else if (value >= 1e4) {
        snprintf(ret, 32, "%.0f,%03.0f", floor(value / 1e3), fmod(floor(value), 1e3));
    } else if (value >= 100) {
        snprintf(ret, 32, "%.0f", value);
    } else {
        snprintf(ret, 32, "%.3g", value);
    }
}

static void put_heading(struct plot *plot, const char *heading, const char *unit)
{
    char text[200];
    snprintf(text, sizeof(text), "%s, %s", heading, unit);
    put_text(plot, MARGIN, plot->y + 22, "font-size=\"13\" font-weight=\"bold\"", text);
    plot->y += HEADING;
}

/* ---- bars --------------------------------------------------------------------------------------- */

static void put_bar(struct plot *plot, const struct scale *scale, const struct plot_bar *bar)
{
    char number[32];
    double end = at(scale, bar->value);
    put_text(plot, scale->from - 8, plot->y + BAR - 3, "text-anchor=\"end\"", bar->text);
    fprintf(plot->file, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n",
            scale->from, plot->y, end - scale->from, BAR, colours[bar->colour]);
    write_number(bar->value, number);
    put_text(plot, end + 5, plot->y + BAR - 3, "fill=\"#444\"", number);
    plot->y += STEP;
}

void plot_bars(struct plot *plot,
               const char *heading,
               const char *unit,
               const struct plot_bar *bars,
               size_t count)
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < count; i++) {
        least = fmin(least, bars[i].value);
        most = fmax(most, bars[i].value);
    }
    if (count == 0 || !(least > 0)) {
        return;
    }
    put_heading(plot, heading, unit);
    /* The shortest bar is to be seen too. */
    struct scale scale = {pow(10, floor(log10(least / 1.5))), most, LABELS, WIDTH - VALUES};
    double tick = scale.low;
    while (tick <= most) {
        char number[32];
        double x = at(&scale, tick);
        double end = plot->y + (double)(STEP * count);
        put_line(plot, (double[]){x, plot->y - 4}, (double[]){x, end}, "stroke=\"#e4e7ea\"");
        write_number(tick, number);
        put_text(plot, x, end + 11, "text-anchor=\"middle\" fill=\"#888\"", number);
        tick *= 10;
    }
    for (size_t i = 0; i < count; i++) {
        put_bar(plot, &scale, &bars[i]);
    }
    plot->y += 18;
}

/* ---- lines -------------------------------------------------------------------------------------- */

static struct scale
scale_of(const struct plot_axes *axes, const struct plot_series *series, size_t count, double top)
{
    struct scale scale = {INFINITY, 0, top + LINES, top};
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < axes->points; k++) {
            scale.low = fmin(scale.low, series[i].y[k]);
            scale.high = fmax(scale.high, series[i].y[k]);
        }
        if (series[i].target > 0) {
            scale.low = fmin(scale.low, series[i].target);
            scale.high = fmax(scale.high, series[i].target);
        }
    }
    scale.low = step_below(scale.low);
    scale.high = step_above(step_below(scale.high));
    return scale;
}

static void put_grid(struct plot *plot,
                     const struct plot_axes *axes,
                     const struct scale *x,
                     const struct scale *y)
{
    char number[32];
    double tick = y->low;
    while (tick <= y->high * 1.001) {
        double place = at(y, tick);
        put_line(plot, (double[]){x->from, place}, (double[]){x->to, place}, "stroke=\"#e4e7ea\"");
        write_number(tick, number);
        put_text(plot, x->from - 6, place + 4, "text-anchor=\"end\" fill=\"#888\"", number);
        tick = step_above(tick);
    }
    for (size_t k = 0; k < axes->points; k++) {
        write_number(axes->x[k], number);
        put_text(plot, at(x, axes->x[k]), y->from + 15, "text-anchor=\"middle\" fill=\"#888\"",
                 number);
    }
    put_text(plot, (x->from + x->to) / 2, y->from + 29, "text-anchor=\"middle\" fill=\"#888\"",
             axes->x_text);
}

static void put_series(struct plot *plot,
                       const struct plot_axes *axes,
                       const struct plot_series *series,
                       const char *colour,
                       const struct scale scales[static 2])
{
    char style[120];
    fputs("<path d=\"", plot->file);
    for (size_t k = 0; k < axes->points; k++) {
        fprintf(plot->file, "%c%.1f %.1f", k == 0 ? 'M' : 'L', at(&scales[0], axes->x[k]),
                at(&scales[1], series->y[k]));
    }
    fprintf(plot->file, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", colour);
    for (size_t k = 0; k < axes->points; k++) {
        fprintf(plot->file, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
                at(&scales[0], axes->x[k]), at(&scales[1], series->y[k]), colour);
    }
    if (series->target > 0) {
        double y = at(&scales[1], series->target);
        snprintf(style, sizeof(style), "stroke=\"%s\" stroke-dasharray=\"5 4\" opacity=\"0.6\"",
                 colour);
        put_line(plot, (double[]){scales[0].from, y}, (double[]){scales[0].to, y}, style);
    }
}

/* From the lowest up, none over another. */
static void put_names(struct plot *plot,
                      const struct plot_axes *axes,
                      const struct plot_series *series,
                      size_t count,
                      const struct scale scales[static 2])
{
    bool is_done[PLOT_SERIES_MAX] = {false};
    double below = INFINITY;
    for (size_t n = 0; n < count; n++) {
        size_t next = count;
        for (size_t i = 0; i < count; i++) {
            if (!is_done[i] && (next == count ||
                                series[i].y[axes->points - 1] < series[next].y[axes->points - 1])) {
                next = i;
            }
        }
        char text[120], number[32], style[40];
        double last = series[next].y[axes->points - 1];
        double y = fmin(at(&scales[1], last) + 4, below - LABEL_GAP);
        write_number(last, number);
        snprintf(text, sizeof(text), "%s  %s", number, series[next].text);
        snprintf(style, sizeof(style), "fill=\"%s\"", line_colours[next]);
        put_text(plot, scales[0].to + 10, y, style, text);
        is_done[next] = true;
        below = y;
    }
}

void plot_lines(struct plot *plot,
                const struct plot_axes *axes,
                const struct plot_series *series,
                size_t count)
{
    if (axes->points < 2 || axes->points > PLOT_POINTS_MAX || count > PLOT_SERIES_MAX) {
        return;
    }
    put_heading(plot, axes->heading, axes->unit);
    const struct scale scales[] = {
        {axes->x[0], axes->x[axes->points - 1], MARGIN + 40, WIDTH - NAMES},
        scale_of(axes, series, count, plot->y),
    };
    put_grid(plot, axes, &scales[0], &scales[1]);
    for (size_t i = 0; i < count; i++) {
        put_series(plot, axes, &series[i], line_colours[i], scales);
    }
    put_names(plot, axes, series, count, scales);
    plot->y += LINES + 40;
}
