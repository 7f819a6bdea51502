/* qr.c: a text as a QR code.
 * Never changes the text. */
#include "client/paper/qr.h"

#include <qrencode.h>
#include <string.h>

enum { QUIET = 4, SHORT_TEXT = 300 };

/* A label is scratched and wet; a proof on a page is long and stays clean. */
static QRcode *encode(const char *text)
{
    QRecLevel least = strlen(text) <= SHORT_TEXT ? QR_ECLEVEL_M : QR_ECLEVEL_L;
    QRcode *code = QRcode_encodeString(text, 0, least, QR_MODE_8, 1);
    for (int level = QR_ECLEVEL_H; code != NULL && level > (int)least; level--) {
        QRcode *stronger = QRcode_encodeString(text, code->version, (QRecLevel)level, QR_MODE_8, 1);
        if (stronger != NULL && stronger->width == code->width) {
            QRcode_free(code);
            return stronger;
        }
        QRcode_free(stronger);
    }
    return code;
}

double qr_size(const char *text, double module_mm)
{
    QRcode *code = encode(text);
    double size = code == NULL ? 0 : (code->width + 2 * QUIET) * module_mm;
    QRcode_free(code);
    return size;
}

bool qr_draw(cairo_t *canvas, double x, double y, double size, const char *text)
{
    QRcode *code = encode(text);
    if (code == NULL)
        return false;
    double module = size / (code->width + 2 * QUIET);
    cairo_save(canvas);
    cairo_set_source_rgb(canvas, 1, 1, 1);
    cairo_rectangle(canvas, x, y, size, size);
    cairo_fill(canvas);
    cairo_set_antialias(canvas, CAIRO_ANTIALIAS_NONE);
    cairo_set_source_rgb(canvas, 0, 0, 0);
    /* One path for all, and a run of dark modules as one rectangle: no hairlines between them. */
    for (int row = 0; row < code->width; row++) {
        for (int column = 0; column < code->width; column++) {
            int run = 0;
            while (column + run < code->width &&
                   (code->data[row * code->width + column + run] & 1) != 0)
                run++;
            if (run > 0)
                cairo_rectangle(canvas, x + (QUIET + column) * module, y + (QUIET + row) * module,
                                run * module, module);
            column += run;
        }
    }
    cairo_fill(canvas);
    cairo_restore(canvas);
    QRcode_free(code);
    return true;
}
