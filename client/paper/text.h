/* text.h: words in boxes, in millimetres, Chinese among them.
 * Never draws outside the width that it was given. */
#ifndef CUSTODY_CLIENT_PAPER_TEXT_H
#define CUSTODY_CLIENT_PAPER_TEXT_H

#include <cairo.h>
#include <stdbool.h>
#include <stdint.h>

enum text_align { TEXT_LEFT = 0, TEXT_CENTRE = 1, TEXT_RIGHT = 2 };

struct text_style {
    double size_mm; /* of the em square, which a Chinese character fills */
    bool is_bold;
    enum text_align align;
    uint32_t rgb; /* 0xRRGGBB */
};

/* How high it will be, broken into lines of that width. */
double text_height(cairo_t *canvas, double width, const struct text_style *style, const char *text);
/* From the upper left corner on; the height that it took. */
double text_draw(cairo_t *canvas,
                 double x,
                 double y,
                 double width,
                 const struct text_style *style,
                 const char *text);
/* In the middle of a box's height; smaller when it would not fit, but never below half the size. */
void text_fit(cairo_t *canvas,
              double x,
              double y,
              double width,
              double height,
              const struct text_style *style,
              const char *text);
/* How wide it is on one line. */
double text_width(cairo_t *canvas, const struct text_style *style, const char *text);
/* Is a font with Chinese characters installed? Without one no page says anything. */
bool text_has_chinese(void);
/* Was there a character that no installed font has, since the program began? It stands as a box with its number. */
bool text_lacks_some(void);
void text_colour(cairo_t *canvas, uint32_t rgb);

#endif
