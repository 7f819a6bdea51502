/* sheet.h: what is drawn on: pages of one size in millimetres, to a PDF or to PNG images.
 * Never knows what is drawn.
 *
 * A PDF holds all pages. A PNG holds one: the second page of `x.png` is `x-2.png`. The canvas is in millimetres, its origin the upper
 * left corner, and white. Nothing of a file is left when it could not be finished. */
#ifndef CUSTODY_CLIENT_PAPER_SHEET_H
#define CUSTODY_CLIENT_PAPER_SHEET_H

#include <cairo.h>
#include <stdbool.h>

#define SHEET_POINTS_PER_MM (72.0 / 25.4)

enum { SHEET_DPI = 300, SHEET_DPI_MAX = 1200, SHEET_PAGES_MAX = 2000 };

struct sheet;

/* By the path's ending, .pdf or .png; NULL for any other, and when memory is used up. With `path` NULL nothing is written: for measuring.
 * `created`, RFC 3339: what the PDF says of itself, so that the same document gives the same bytes. */
struct sheet *sheet_create(const char *path,
                           double width_mm,
                           double height_mm,
                           int dpi,
                           const char *title,
                           const char *created);
/* The page under way; the first one is begun by itself. Borrowed until the next page. */
cairo_t *sheet_canvas(struct sheet *sheet);
/* End the page and begin another. */
void sheet_turn(struct sheet *sheet);
int sheet_page(const struct sheet *sheet); /* 1 and up */
/* End the last page, write and free. False: a sentence is in `*ret_complaint`, static. */
bool sheet_finish(struct sheet *sheet, const char **ret_complaint);

#endif
