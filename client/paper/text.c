/* text.c: words in boxes, in millimetres.
 * Never draws outside the width that it was given. */
#include "client/paper/text.h"

#include <pango/pangocairo.h>

#include "client/paper/sheet.h"

/* The first one that is installed; deploy/debian asks for the first. */
static const char family[] =
    "WenQuanYi Micro Hei, Droid Sans Fallback, Noto Sans CJK SC, Source Han Sans SC, sans-serif";

static const double smallest = 0.5, step = 0.94;
static bool lacks_some;

/* Pango rounds to whole units: it is given points, and the canvas is scaled around each text. */
static PangoLayout *
lay_out(cairo_t *canvas, double width, const struct text_style *style, const char *text)
{
    /* Measured under the scale in which it will be shown: metrics are rounded by it. */
    cairo_save(canvas);
    cairo_scale(canvas, 1 / SHEET_POINTS_PER_MM, 1 / SHEET_POINTS_PER_MM);
    PangoLayout *layout = pango_cairo_create_layout(canvas);
    cairo_restore(canvas);
    PangoContext *context = pango_layout_get_context(layout);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    pango_cairo_context_set_resolution(context, 72);
    pango_context_set_round_glyph_positions(context, FALSE);
    cairo_font_options_destroy(options);
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family(font, family);
    pango_font_description_set_weight(font,
                                      style->is_bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_absolute_size(font,
                                             style->size_mm * SHEET_POINTS_PER_MM * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_text(layout, text, -1);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    /* A hyphen that nobody wrote would become part of a code. */
    PangoAttrList *attributes = pango_attr_list_new();
    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
    pango_layout_set_attributes(layout, attributes);
    pango_attr_list_unref(attributes);
    if (width > 0)
        pango_layout_set_width(layout, (int)(width * SHEET_POINTS_PER_MM * PANGO_SCALE));
    pango_layout_set_alignment(layout, style->align == TEXT_CENTRE  ? PANGO_ALIGN_CENTER
                                       : style->align == TEXT_RIGHT ? PANGO_ALIGN_RIGHT
                                                                    : PANGO_ALIGN_LEFT);
    lacks_some = lacks_some || pango_layout_get_unknown_glyphs_count(layout) > 0;
    return layout;
}

static double height_of(PangoLayout *layout)
{
    int height = 0;
    pango_layout_get_size(layout, NULL, &height);
    return (double)height / PANGO_SCALE / SHEET_POINTS_PER_MM;
}

static void show(cairo_t *canvas, PangoLayout *layout, double x, double y, uint32_t rgb)
{
    cairo_save(canvas);
    cairo_translate(canvas, x, y);
    cairo_scale(canvas, 1 / SHEET_POINTS_PER_MM, 1 / SHEET_POINTS_PER_MM);
    text_colour(canvas, rgb);
    pango_cairo_update_layout(canvas, layout);
    pango_cairo_show_layout(canvas, layout);
    cairo_restore(canvas);
}

double text_height(cairo_t *canvas, double width, const struct text_style *style, const char *text)
{
    PangoLayout *layout = lay_out(canvas, width, style, text);
    double height = height_of(layout);
    g_object_unref(layout);
    return height;
}

double text_width(cairo_t *canvas, const struct text_style *style, const char *text)
{
    PangoLayout *layout = lay_out(canvas, 0, style, text);
    int width = 0;
    pango_layout_get_size(layout, &width, NULL);
    g_object_unref(layout);
    return (double)width / PANGO_SCALE / SHEET_POINTS_PER_MM;
}

double text_draw(cairo_t *canvas,
                 double x,
                 double y,
                 double width,
                 const struct text_style *style,
                 const char *text)
{
    PangoLayout *layout = lay_out(canvas, width, style, text);
    double height = height_of(layout);
    show(canvas, layout, x, y, style->rgb);
    g_object_unref(layout);
    return height;
}

void text_fit(cairo_t *canvas,
              double x,
              double y,
              double width,
              double height,
              const struct text_style *style,
              const char *text)
{
    struct text_style fitted = *style;
    PangoLayout *layout = lay_out(canvas, width, &fitted, text);
    while (height_of(layout) > height && fitted.size_mm * step >= style->size_mm * smallest) {
        g_object_unref(layout);
        fitted.size_mm *= step;
        layout = lay_out(canvas, width, &fitted, text);
    }
    cairo_save(canvas);
    cairo_rectangle(canvas, x, y, width, height);
    cairo_clip(canvas);
    double left = height - height_of(layout);
    show(canvas, layout, x, y + (left > 0 ? left / 2 : 0), style->rgb);
    cairo_restore(canvas);
    g_object_unref(layout);
}

bool text_has_chinese(void)
{
    const struct text_style style = {.size_mm = 3};
    cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR, NULL);
    cairo_t *canvas = cairo_create(surface);
    PangoLayout *layout = lay_out(canvas, 0, &style, "危险废物转移联单");
    bool has = pango_layout_get_unknown_glyphs_count(layout) == 0;
    g_object_unref(layout);
    cairo_destroy(canvas);
    cairo_surface_destroy(surface);
    return has;
}

bool text_lacks_some(void)
{
    return lacks_some;
}

void text_colour(cairo_t *canvas, uint32_t rgb)
{
    cairo_set_source_rgb(canvas, ((rgb >> 16) & 0xff) / 255.0, ((rgb >> 8) & 0xff) / 255.0,
                         (rgb & 0xff) / 255.0);
}
