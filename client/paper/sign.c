/* sign.c: the warning signs of labels.
 * Never decides which hazards a waste has. */
#include "client/paper/sign.h"

#include <math.h>
#include <string.h>

#include "client/paper/text.h"

static const double pi = 3.14159265358979323846, thirds = 3;

static void diamond(cairo_t *canvas, double x, double y, double size, uint32_t ground)
{
    double half = size / 2, line = size / 40;
    cairo_move_to(canvas, x + half, y + line);
    cairo_line_to(canvas, x + size - line, y + half);
    cairo_line_to(canvas, x + half, y + size - line);
    cairo_line_to(canvas, x + line, y + half);
    cairo_close_path(canvas);
    text_colour(canvas, ground);
    cairo_fill_preserve(canvas);
    cairo_set_source_rgb(canvas, 0, 0, 0);
    cairo_set_line_width(canvas, line);
    cairo_stroke(canvas);
}

static void disc(cairo_t *canvas, double distance, double radius)
{
    cairo_new_sub_path(canvas);
    cairo_arc(canvas, 0, -distance, radius, 0, 2 * pi);
    cairo_fill(canvas);
}

/* A bar of that width outwards from the middle, from one distance to another. */
static void bar(cairo_t *canvas, double width, double from, double to)
{
    cairo_rectangle(canvas, -width / 2, -to, width, to - from);
    cairo_fill(canvas);
}

/* The usual construction of the sign, whose measures are in its own units: discs of 30 at 11 from the middle, from which discs of 21
 * at 15 are cut, gaps of 4 between the horns, and a ring of 3.5 that shows only within what was cut. */
static void biohazard(cairo_t *canvas, double x, double y, double radius, uint32_t ground)
{
    const double unit = radius / 26;
    cairo_save(canvas);
    cairo_translate(canvas, x, y);
    cairo_scale(canvas, unit, unit);
    for (int part = 0; part < 2; part++) {
        text_colour(canvas, part == 0 ? 0x000000 : ground);
        for (int i = 0; i < 3; i++) {
            cairo_save(canvas);
            cairo_rotate(canvas, i * 2 * pi / thirds);
            if (part == 0) {
                disc(canvas, 11, 15);
            } else {
                disc(canvas, 15, 10.5);
                bar(canvas, 4, 15, 27);
                bar(canvas, 1, 0, 6);
            }
            cairo_restore(canvas);
        }
    }
    disc(canvas, 0, 3);
    for (int i = 0; i < 3; i++) {
        cairo_save(canvas);
        cairo_rotate(canvas, i * 2 * pi / thirds);
        cairo_new_path(canvas);
        cairo_arc(canvas, 0, -15, 9.5, 0, 2 * pi);
        cairo_clip(canvas);
        cairo_set_source_rgb(canvas, 0, 0, 0);
        cairo_set_line_width(canvas, 3.5);
        cairo_arc(canvas, 0, 0, 11.75, 0, 2 * pi);
        cairo_stroke(canvas);
        cairo_restore(canvas);
    }
    cairo_restore(canvas);
}

void sign_medical(cairo_t *canvas, double x, double y, double size, uint32_t ground)
{
    const struct text_style words = {
        .size_mm = size * 0.1, .is_bold = true, .align = TEXT_CENTRE, .rgb = 0x000000};
    diamond(canvas, x, y, size, ground);
    biohazard(canvas, x + size / 2, y + size * 0.42, size * 0.26, ground);
    text_draw(canvas, x, y + size * 0.655, size, &words, "医疗废物");
}

static const char *word_of(const char *hazard)
{
    static const char *const words[][2] = {
        {"T", "毒性"}, {"C", "腐蚀性"}, {"I", "易燃性"}, {"R", "反应性"}, {"In", "感染性"}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i][0], hazard) == 0)
            return words[i][1];
    return "";
}

void sign_hazard(cairo_t *canvas, double x, double y, double size, const char *hazard)
{
    const struct text_style letters = {
        .size_mm = size * 0.26, .is_bold = true, .align = TEXT_CENTRE, .rgb = 0x000000};
    const struct text_style word = {
        .size_mm = size * 0.15, .is_bold = true, .align = TEXT_CENTRE, .rgb = 0x000000};
    diamond(canvas, x, y, size, 0xffffff);
    text_fit(canvas, x + size * 0.2, y + size * 0.2, size * 0.6, size * 0.32, &letters, hazard);
    text_fit(canvas, x + size * 0.15, y + size * 0.52, size * 0.7, size * 0.2, &word,
             word_of(hazard));
}
