/* page.c: A4 pages of blocks.
 * Never adds up or decides. */
#include "client/paper/page.h"

#include <stdio.h>
#include <string.h>

#include "client/paper/document.h"
#include "client/paper/qr.h"
#include "client/paper/sheet.h"
#include "client/paper/text.h"

enum { COLUMNS_MAX = 16, GREY = 0xf0f0f0, BLACK = 0x000000, DIM = 0x606060 };

static const double width = 210, height = 297, side = 15, top = 12, bottom = 16;
static const double thin = 0.2, pad = 1.1, between = 3, least_row = 6.2;
static const double body_mm = 3.1, heading_mm = 3.9, title_mm = 6.4, small_mm = 2.6;
static const double module_mm = 0.42, qr_share = 0.62;

struct press {
    struct sheet *sheet;
    const json_t *document;
    double y;
    int pages;    /* in all; 0 while they are being counted */
    bool is_well; /* false once a QR code could not be made */
};

static struct text_style body_style(bool is_bold, enum text_align align)
{
    return (struct text_style){
        .size_mm = body_mm, .is_bold = is_bold, .align = align, .rgb = BLACK};
}

/* ---- the page's rim -------------------------------------------------------------------------------- */

static void draw_footer(struct press *press)
{
    cairo_t *canvas = sheet_canvas(press->sheet);
    struct text_style style = {.size_mm = small_mm, .align = TEXT_LEFT, .rgb = DIM};
    char number[48];
    double y = height - bottom + 3, number_width = 30;
    text_draw(canvas, side, y, width - 2 * side - number_width, &style,
              document_text(press->document, "footer"));
    snprintf(number, sizeof(number), "第 %d 页 / 共 %d 页", sheet_page(press->sheet), press->pages);
    style.align = TEXT_RIGHT;
    text_draw(canvas, width - side - number_width, y, number_width, &style, number);
}

static void draw_mark(struct press *press)
{
    const struct text_style style = {
        .size_mm = small_mm, .is_bold = true, .align = TEXT_CENTRE, .rgb = 0xb00000};
    const char *mark = document_text(press->document, "mark");
    if (mark[0] != '\0')
        text_draw(sheet_canvas(press->sheet), side, 5.5, width - 2 * side, &style, mark);
}

static void turn(struct press *press)
{
    draw_footer(press);
    sheet_turn(press->sheet);
    draw_mark(press);
    press->y = top;
}

/* Begin a new page when that much finds no room on this one. True when it did. */
static bool make_room(struct press *press, double needed)
{
    if (press->y + needed <= height - bottom || press->y <= top)
        return false;
    turn(press);
    return true;
}

static void draw_title(struct press *press)
{
    cairo_t *canvas = sheet_canvas(press->sheet);
    const struct text_style title = {
        .size_mm = title_mm, .is_bold = true, .align = TEXT_CENTRE, .rgb = BLACK};
    const struct text_style subtitle = body_style(false, TEXT_CENTRE);
    const struct text_style corner = {
        .size_mm = heading_mm, .is_bold = true, .align = TEXT_RIGHT, .rgb = BLACK};
    const char *under = document_text(press->document, "subtitle");
    const char *at_corner = document_text(press->document, "corner");
    draw_mark(press);
    press->y = top;
    press->y += text_draw(canvas, side, press->y, width - 2 * side, &title,
                          document_text(press->document, "title"));
    if (under[0] != '\0')
        press->y += text_draw(canvas, side, press->y, width - 2 * side, &subtitle, under);
    if (at_corner[0] != '\0')
        press->y += text_draw(canvas, side, press->y, width - 2 * side, &corner, at_corner);
    press->y += between / 2;
}

/* ---- rows of cells ------------------------------------------------------------------------------------ */

struct cell {
    const char *text;
    double width;
    bool is_name; /* bold on grey: a head, a field's name */
    bool is_right;
};

static struct text_style cell_style(const struct cell *cell)
{
    return body_style(cell->is_name, cell->is_right ? TEXT_RIGHT : TEXT_LEFT);
}

static double row_height(struct press *press, const struct cell *cells, size_t count)
{
    double most = least_row;
    for (size_t i = 0; i < count; i++) {
        struct text_style style = cell_style(&cells[i]);
        double high = text_height(sheet_canvas(press->sheet), cells[i].width - 2 * pad, &style,
                                  cells[i].text) +
                      2 * pad;
        most = high > most ? high : most;
    }
    return most < height - top - bottom ? most : height - top - bottom;
}

static void draw_row(struct press *press, const struct cell *cells, size_t count, double high)
{
    cairo_t *canvas = sheet_canvas(press->sheet);
    double x = side;
    for (size_t i = 0; i < count; i++) {
        struct text_style style = cell_style(&cells[i]);
        cairo_rectangle(canvas, x, press->y, cells[i].width, high);
        text_colour(canvas, cells[i].is_name ? GREY : 0xffffff);
        cairo_fill_preserve(canvas);
        text_colour(canvas, BLACK);
        cairo_set_line_width(canvas, thin);
        cairo_stroke(canvas);
        text_fit(canvas, x + pad, press->y + pad, cells[i].width - 2 * pad, high - 2 * pad, &style,
                 cells[i].text);
        x += cells[i].width;
    }
    press->y += high;
}

/* ---- blocks --------------------------------------------------------------------------------------------- */

static void draw_heading(struct press *press, const char *text)
{
    const struct text_style style = {
        .size_mm = heading_mm, .is_bold = true, .align = TEXT_LEFT, .rgb = BLACK};
    make_room(press, 4 * least_row); /* a heading does not stay alone at the foot of a page */
    press->y += between / 2;
    press->y +=
        text_draw(sheet_canvas(press->sheet), side, press->y, width - 2 * side, &style, text) + 0.8;
}

static void draw_fields(struct press *press, const json_t *block)
{
    json_t *fields = json_object_get(block, "fields");
    size_t columns = (size_t)document_number(block, "columns"), count = json_array_size(fields);
    columns = columns == 0 ? 1 : columns > COLUMNS_MAX / 2 ? COLUMNS_MAX / 2 : columns;
    double each = (width - 2 * side) / (double)columns, name = each * (columns == 1 ? 0.2 : 0.34);
    for (size_t i = 0; i < count; i += columns) {
        struct cell cells[COLUMNS_MAX];
        for (size_t k = 0; k < columns; k++) {
            const json_t *field = json_array_get(fields, i + k);
            cells[2 * k] =
                (struct cell){.text = document_item(field, 0), .width = name, .is_name = true};
            cells[2 * k + 1] = (struct cell){.text = document_item(field, 1), .width = each - name};
        }
        double high = row_height(press, cells, 2 * columns);
        make_room(press, high);
        draw_row(press, cells, 2 * columns, high);
    }
    press->y += between / 2;
}

/* As told, else by the widest text of each column, within reason. */
static void find_widths(struct press *press, const json_t *table, struct cell *cells, size_t count)
{
    const json_t *told = json_object_get(table, "widths");
    double shares[COLUMNS_MAX] = {0}, all = 0;
    size_t row;
    json_t *texts;
    for (size_t i = 0; i < count; i++) {
        const struct text_style style = body_style(true, TEXT_LEFT);
        shares[i] = json_number_value(json_array_get(told, i));
        if (told == NULL)
            shares[i] = text_width(sheet_canvas(press->sheet), &style, cells[i].text);
    }
    if (told == NULL) {
        json_array_foreach(json_object_get(table, "rows"), row, texts)
        {
            const struct text_style style = body_style(false, TEXT_LEFT);
            for (size_t i = 0; i < count && row < 100; i++) {
                double wide =
                    text_width(sheet_canvas(press->sheet), &style, document_item(texts, i));
                shares[i] = wide > shares[i] ? wide : shares[i];
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        shares[i] = told == NULL ? (shares[i] < 60 ? shares[i] : 60) + 2 * pad : shares[i];
        all += shares[i];
    }
    for (size_t i = 0; i < count; i++)
        cells[i].width = all > 0 ? (width - 2 * side) * shares[i] / all : 0;
}

static void draw_table(struct press *press, const json_t *table)
{
    const json_t *heads = json_object_get(table, "heads");
    struct cell cells[COLUMNS_MAX] = {0};
    const json_t *first = json_array_get(json_object_get(table, "rows"), 0);
    size_t count = json_array_size(heads != NULL ? heads : first), i;
    json_t *row, *right;
    count = count < COLUMNS_MAX ? count : COLUMNS_MAX;
    if (count == 0)
        return;
    json_array_foreach(json_object_get(table, "right"), i, right)
    {
        json_int_t column = json_integer_value(right);
        if (column >= 0 && column < COLUMNS_MAX)
            cells[column].is_right = true;
    }
    for (size_t k = 0; k < count; k++)
        cells[k].text = document_item(heads, k);
    find_widths(press, table, cells, count);
    struct cell head[COLUMNS_MAX];
    memcpy(head, cells, sizeof(head));
    for (size_t k = 0; k < count; k++)
        head[k].is_name = true;
    double head_height = heads == NULL ? 0 : row_height(press, head, count);
    make_room(press, head_height + least_row);
    if (heads != NULL)
        draw_row(press, head, count, head_height);
    json_array_foreach(json_object_get(table, "rows"), i, row)
    {
        for (size_t k = 0; k < count; k++)
            cells[k].text = document_item(row, k);
        double high = row_height(press, cells, count);
        if (make_room(press, high) && heads != NULL)
            draw_row(press, head, count, head_height);
        draw_row(press, cells, count, high);
    }
    press->y += between / 2;
}

static struct text_style run_style(const char *colour)
{
    struct text_style style = body_style(strcmp(colour, "bold") == 0, TEXT_LEFT);
    if (strcmp(colour, "dim") == 0)
        style.rgb = DIM;
    else if (strcmp(colour, "good") == 0)
        style.rgb = 0x006b2d;
    else if (strcmp(colour, "warn") == 0)
        style.rgb = 0x8a5a00;
    else if (strcmp(colour, "bad") == 0)
        style.rgb = 0xb00000;
    return style;
}

/* A line of runs; a run that finds no room on the line begins a new one, broken where it must be. */
static void draw_line(struct press *press, const json_t *runs)
{
    double x = side, low = body_mm * 1.35, right = width - side;
    size_t i;
    json_t *run;
    make_room(press, low);
    json_array_foreach(runs, i, run)
    {
        struct text_style style = run_style(document_item(run, 0));
        const char *text = document_item(run, 1);
        double wide = text_width(sheet_canvas(press->sheet), &style, text);
        if (x + wide > right && x > side) {
            press->y += low;
            x = side + 6;
            make_room(press, low);
        }
        double high =
            text_draw(sheet_canvas(press->sheet), x, press->y, right - x + 0.5, &style, text);
        if (x + wide > right) { /* it took several lines by itself */
            press->y += high - low;
            x = right;
        } else {
            x += wide;
        }
    }
    press->y += low;
}

static void draw_lines(struct press *press, const json_t *lines)
{
    size_t i;
    json_t *runs;
    json_array_foreach(lines, i, runs)
    {
        draw_line(press, runs);
    }
}

/* Beside it, what it is and how it is checked. */
static void draw_qr(struct press *press, const json_t *block)
{
    const struct text_style style = {.size_mm = small_mm + 0.2, .align = TEXT_LEFT, .rgb = BLACK};
    const char *text = document_text(block, "qr");
    const char *caption = document_text(block, "caption");
    double size = qr_size(text, module_mm), room = (width - 2 * side) * qr_share;
    size = size < room ? size : room;
    double beside = width - 2 * side - size - pad;
    double high = text_height(sheet_canvas(press->sheet), beside, &style, caption);
    high = high > size ? high : size;
    make_room(press, high + between);
    cairo_t *canvas = sheet_canvas(press->sheet);
    press->y += between / 2;
    press->is_well = qr_draw(canvas, side, press->y, size, text) && press->is_well;
    text_fit(canvas, side + size + pad, press->y, beside, high, &style, caption);
    press->y += high + between / 2;
}

static void draw_block(struct press *press, const json_t *block)
{
    if (json_object_get(block, "heading") != NULL)
        draw_heading(press, document_text(block, "heading"));
    if (json_object_get(block, "fields") != NULL)
        draw_fields(press, block);
    if (json_object_get(block, "table") != NULL)
        draw_table(press, json_object_get(block, "table"));
    if (json_object_get(block, "lines") != NULL)
        draw_lines(press, json_object_get(block, "lines"));
    if (json_object_get(block, "qr") != NULL)
        draw_qr(press, block);
}

/* How many pages it took. */
static int draw_all(struct press *press)
{
    size_t i;
    json_t *block;
    draw_title(press);
    json_array_foreach(json_object_get(press->document, "blocks"), i, block)
    {
        draw_block(press, block);
    }
    draw_footer(press);
    return sheet_page(press->sheet);
}

/* Twice: the first time for the number of pages, which stands on each. */
bool page_write(const json_t *document, const char *path, int dpi, const char **ret_complaint)
{
    const char *title = document_text(document, "title");
    const char *created = document_text(document, "created");
    struct press press = {.document = document, .is_well = true};
    press.sheet = sheet_create(NULL, width, height, dpi, title, created);
    if (press.sheet == NULL) {
        *ret_complaint = "nothing left";
        return false;
    }
    int pages = draw_all(&press);
    if (!sheet_finish(press.sheet, ret_complaint))
        return false;
    if (!press.is_well) {
        *ret_complaint = "a QR code cannot hold that much";
        return false;
    }
    press = (struct press){.document = document, .pages = pages, .is_well = true};
    press.sheet = sheet_create(path, width, height, dpi, title, created);
    if (press.sheet == NULL) {
        *ret_complaint = "the file's name ends in .pdf or .png";
        return false;
    }
    draw_all(&press);
    return sheet_finish(press.sheet, ret_complaint);
}
