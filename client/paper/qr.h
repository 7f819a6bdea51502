/* qr.h: a text as a QR code (ISO/IEC 18004), in millimetres.
 * Never changes the text: what a reader gives back is byte for byte what went in. */
#ifndef CUSTODY_CLIENT_PAPER_QR_H
#define CUSTODY_CLIENT_PAPER_QR_H

#include <cairo.h>
#include <stdbool.h>

/* With the four modules of quiet zone around it, on white; the highest correction that costs no larger symbol, and at least level M
 * for a short text. False when it is too long for any symbol (2,953 bytes). */
bool qr_draw(cairo_t *canvas, double x, double y, double size, const char *text);
/* The side that gives modules of `module_mm`, quiet zone and all; 0 when the text is too long. */
double qr_size(const char *text, double module_mm);

#endif
