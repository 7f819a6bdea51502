/* label.c: labels of containers.
 * Never knows what a waste is. */
#include "client/paper/label.h"

#include <string.h>

#include "client/paper/document.h"
#include "client/paper/qr.h"
#include "client/paper/sheet.h"
#include "client/paper/sign.h"
#include "client/paper/text.h"

/* HJ 421: light yellow; HJ 1276: striking orange, RGB 255 150 0. */
enum { MEDICAL_GROUND = 0xffe873, HAZARDOUS_GROUND = 0xff9600 };

static const double margin = 3, border = 1, thin = 0.25, pad = 1;
static const double page_width = 210, page_height = 297, gap = 2;
static const double title_share = 2.6, aside_share = 0.34, line_share = 1.35;

struct frame {
    cairo_t *canvas;
    const json_t *label;
    double x, y, width, height; /* within the border */
    double text_mm;
    bool is_medical;
};

static void line(cairo_t *canvas, double x0, double y0, double x1, double y1)
{
    cairo_set_source_rgb(canvas, 0, 0, 0);
    cairo_set_line_width(canvas, thin);
    cairo_move_to(canvas, x0, y0);
    cairo_line_to(canvas, x1, y1);
    cairo_stroke(canvas);
}

/* "name: value", the name in its own width. */
static void
draw_cell(const struct frame *frame, double x, double y, double width, double height, json_t *cell)
{
    const char *value = document_item(cell, 1);
    struct text_style style = {.size_mm = frame->text_mm, .rgb = 0x000000};
    char name[128];
    snprintf(name, sizeof(name), "%s：", document_item(cell, 0));
    double taken = text_width(frame->canvas, &style, name);
    text_fit(frame->canvas, x + pad, y, taken + pad, height, &style, name);
    style.is_bold = true;
    text_fit(frame->canvas, x + pad + taken, y, width - taken - 2 * pad, height, &style, value);
}

static void draw_row(const struct frame *frame, double y, double width, double height, json_t *row)
{
    json_t *cells = json_object_get(row, "cells");
    size_t count = json_array_size(cells);
    for (size_t i = 0; i < count; i++) {
        double each = width / (double)count, x = frame->x + each * (double)i;
        draw_cell(frame, x, y, each, height, json_array_get(cells, i));
        if (i > 0)
            line(frame->canvas, x, y, x, y + height);
    }
    line(frame->canvas, frame->x, y, frame->x + width, y);
}

static void draw_hazards(const struct frame *frame, double x, double y, double width, double height)
{
    const struct text_style head = {
        .size_mm = frame->text_mm, .align = TEXT_CENTRE, .rgb = 0x000000};
    json_t *hazards = json_object_get(frame->label, "hazards");
    double taken = text_draw(frame->canvas, x, y, width, &head, "危险特性");
    y += taken;
    height -= taken;
    size_t count = json_array_size(hazards);
    size_t columns = count > 1 ? 2 : 1, rows = count > 2 ? 2 : 1;
    double wide = width / (double)columns, high = height / (double)rows;
    double size = wide < high ? wide : high;
    for (size_t i = 0; i < count && i < columns * rows; i++) {
        size_t row = i / columns, column = i % columns;
        sign_hazard(frame->canvas, x + wide * (double)column + (wide - size) / 2,
                    y + high * (double)row + (high - size) / 2, size, document_item(hazards, i));
    }
}

/* The code under its QR code, for who has to type it. */
static void
draw_code(const struct frame *frame, double x, double y, double width, double height, bool has_name)
{
    const struct text_style style = {
        .size_mm = frame->text_mm, .is_bold = true, .align = TEXT_CENTRE, .rgb = 0x000000};
    double below = has_name ? frame->text_mm * line_share : 0;
    double size = width < height - below ? width : height - below;
    double left = (height - below - size) / 2;
    text_fit(frame->canvas, x, y + height - below - left / 2, width, below, &style,
             document_text(frame->label, "code"));
    qr_draw(frame->canvas, x + (width - size) / 2, y + left / 2, size,
            document_text(frame->label, "qr"));
}

static void
draw_aside(struct frame *frame, const char *what, double x, double y, double width, double height)
{
    double inset = pad, size = width - 2 * inset;
    line(frame->canvas, x, y, x, y + height);
    line(frame->canvas, x, y, x + width, y);
    if (strcmp(what, "qr") == 0)
        draw_code(frame, x + inset, y + inset, size, height - 2 * inset, true);
    else if (strcmp(what, "hazards") == 0)
        draw_hazards(frame, x + inset, y + inset, size, height - 2 * inset);
    else {
        size = size < height - 2 * inset ? size : height - 2 * inset;
        sign_medical(frame->canvas, x + (width - size) / 2, y + (height - size) / 2, size,
                     frame->is_medical ? MEDICAL_GROUND : HAZARDOUS_GROUND);
    }
}

static double lines_of(const json_t *row)
{
    double lines = document_number(row, "lines");
    return lines > 0 ? lines : 1;
}

static double lines_of_group(const json_t *group)
{
    double lines = 0;
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(group, "rows"), i, row)
    {
        lines += lines_of(row);
    }
    return lines;
}

static void draw_group(struct frame *frame, double y, double per_line, json_t *group)
{
    const char *beside = document_text(group, "beside");
    double aside = beside[0] == '\0' ? 0 : frame->width * aside_share;
    double height = lines_of_group(group) * per_line;
    size_t i;
    json_t *row;
    if (aside > 0)
        draw_aside(frame, beside, frame->x + frame->width - aside, y, aside, height);
    json_array_foreach(json_object_get(group, "rows"), i, row)
    {
        double high = lines_of(row) * per_line;
        draw_row(frame, y, frame->width - aside, high, row);
        y += high;
    }
}

static void draw_frame(struct frame *frame, double x, double y, double width, double height)
{
    cairo_t *canvas = frame->canvas;
    text_colour(canvas, frame->is_medical ? MEDICAL_GROUND : HAZARDOUS_GROUND);
    cairo_rectangle(canvas, x + margin, y + margin, width - 2 * margin, height - 2 * margin);
    cairo_fill_preserve(canvas);
    cairo_set_source_rgb(canvas, 0, 0, 0);
    cairo_set_line_width(canvas, border);
    cairo_stroke(canvas);
    frame->x = x + margin + border / 2;
    frame->y = y + margin + border / 2;
    frame->width = width - 2 * margin - border;
    frame->height = height - 2 * margin - border;
}

static void draw_label(cairo_t *canvas, double x, double y, const json_t *label)
{
    struct frame frame = {.canvas = canvas,
                          .label = label,
                          .text_mm = document_number(label, "text_mm"),
                          .is_medical = strcmp(document_text(label, "style"), "medical") == 0};
    const struct text_style title = {
        .size_mm = frame.text_mm * 1.9, .is_bold = true, .align = TEXT_CENTRE, .rgb = 0x000000};
    double lines = 0, top = frame.text_mm * title_share;
    size_t i;
    json_t *group;
    draw_frame(&frame, x, y, document_number(label, "width_mm"),
               document_number(label, "height_mm"));
    text_fit(canvas, frame.x, frame.y, frame.width, top, &title, document_text(label, "title"));
    json_array_foreach(json_object_get(label, "groups"), i, group)
    {
        lines += lines_of_group(group);
    }
    if (lines <= 0)
        return;
    double at = frame.y + top, per_line = (frame.height - top) / lines;
    json_array_foreach(json_object_get(label, "groups"), i, group)
    {
        draw_group(&frame, at, per_line, group);
        at += lines_of_group(group) * per_line;
    }
}

/* Left to right, then down; a label that finds no room begins a new page. */
static void draw_sheet(struct sheet *sheet, json_t *labels)
{
    double x = 0, y = 0, row = 0, left = 0, top = 0;
    size_t i;
    json_t *label;
    json_array_foreach(labels, i, label)
    {
        double width = document_number(label, "width_mm");
        double height = document_number(label, "height_mm");
        if (i == 0) { /* in the middle of the page: printers leave a rim white */
            double columns = (int)((page_width + gap) / (width + gap));
            double rows = (int)((page_height + gap) / (height + gap));
            x = left = (page_width - columns * (width + gap) + gap) / 2;
            y = top = (page_height - rows * (height + gap) + gap) / 2;
        }
        if (x + width > page_width) {
            x = left;
            y += row + gap;
            row = 0;
        }
        if (y + height > page_height) {
            sheet_turn(sheet);
            x = left;
            y = top;
        }
        draw_label(sheet_canvas(sheet), x, y, label);
        x += width + gap;
        row = height > row ? height : row;
    }
}

static void draw_each(struct sheet *sheet, json_t *labels)
{
    size_t i;
    json_t *label;
    json_array_foreach(labels, i, label)
    {
        if (i > 0)
            sheet_turn(sheet);
        draw_label(sheet_canvas(sheet), 0, 0, label);
    }
}

/* Before a file is begun: what cannot be drawn, or NULL. */
static const char *find_fault(json_t *labels)
{
    size_t i;
    json_t *label;
    if (json_array_size(labels) == 0 || json_array_size(labels) > SHEET_PAGES_MAX)
        return "from 1 to 2,000 labels at once";
    json_array_foreach(labels, i, label)
    {
        double width = document_number(label, "width_mm");
        double height = document_number(label, "height_mm");
        if (width < 20 || height < 20 || width > page_width || height > page_height)
            return "a label is from 20 mm to a page";
        if (qr_size(document_text(label, "qr"), 1) <= 0)
            return "a QR code holds from 1 to 2,953 bytes";
    }
    return NULL;
}

bool label_write(const json_t *document, const char *path, int dpi, const char **ret_complaint)
{
    json_t *labels = json_object_get(document, "labels");
    const json_t *first = json_array_get(labels, 0);
    bool is_sheet = json_is_true(json_object_get(document, "is_sheet"));
    double width = document_number(first, "width_mm"), height = document_number(first, "height_mm");
    *ret_complaint = find_fault(labels);
    if (*ret_complaint != NULL)
        return false;
    struct sheet *sheet =
        sheet_create(path, is_sheet ? page_width : width, is_sheet ? page_height : height, dpi,
                     document_text(document, "title"), document_text(document, "created"));
    if (sheet == NULL) {
        *ret_complaint = "the file's name ends in .pdf or .png";
        return false;
    }
    if (is_sheet)
        draw_sheet(sheet, labels);
    else
        draw_each(sheet, labels);
    return sheet_finish(sheet, ret_complaint);
}
