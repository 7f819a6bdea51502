/* sheet.c: pages in millimetres, to a PDF or to PNG images.
 * Never knows what is drawn. */
#include "client/paper/sheet.h"

#include <cairo-pdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_LENGTH_MAX = 4096, KIND_NONE = 0, KIND_PDF = 1, KIND_PNG = 2 };

struct sheet {
    int kind;
    double width_mm, height_mm;
    int dpi;
    int page;
    char path[PATH_LENGTH_MAX];
    cairo_surface_t *surface;
    cairo_t *canvas;
    cairo_status_t status; /* the first that went wrong */
};

static bool ends_with(const char *path, const char *ending)
{
    size_t len = strlen(path), ending_len = strlen(ending);
    return len > ending_len && strcmp(path + len - ending_len, ending) == 0;
}

static void note(struct sheet *sheet, cairo_status_t status)
{
    if (sheet->status == CAIRO_STATUS_SUCCESS)
        sheet->status = status;
}

/* A canvas whose unit is the millimetre. An image starts white; a page of a PDF is. */
static void begin_canvas(struct sheet *sheet)
{
    double per_mm = SHEET_POINTS_PER_MM;
    if (sheet->kind == KIND_PNG) {
        per_mm = sheet->dpi / 25.4;
        sheet->surface =
            cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(sheet->width_mm * per_mm + 0.5),
                                       (int)(sheet->height_mm * per_mm + 0.5));
    }
    sheet->canvas = cairo_create(sheet->surface);
    if (sheet->kind == KIND_PNG) {
        cairo_set_source_rgb(sheet->canvas, 1, 1, 1);
        cairo_paint(sheet->canvas);
    }
    cairo_scale(sheet->canvas, per_mm, per_mm);
    note(sheet, cairo_status(sheet->canvas));
}

struct sheet *sheet_create(const char *path,
                           double width_mm,
                           double height_mm,
                           int dpi,
                           const char *title,
                           const char *created)
{
    struct sheet *sheet = calloc(1, sizeof(*sheet));
    if (sheet == NULL)
        return NULL;
    *sheet = (struct sheet){.width_mm = width_mm, .height_mm = height_mm, .dpi = dpi, .page = 1};
    if (path != NULL && (strlen(path) >= sizeof(sheet->path) - 16 ||
                         (!ends_with(path, ".pdf") && !ends_with(path, ".png")))) {
        free(sheet);
        return NULL;
    }
    snprintf(sheet->path, sizeof(sheet->path), "%s", path == NULL ? "" : path);
    if (path == NULL) {
        sheet->surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR, NULL);
    } else if (ends_with(path, ".pdf")) {
        sheet->kind = KIND_PDF;
        sheet->surface = cairo_pdf_surface_create(path, width_mm * SHEET_POINTS_PER_MM,
                                                  height_mm * SHEET_POINTS_PER_MM);
        cairo_pdf_surface_set_metadata(sheet->surface, CAIRO_PDF_METADATA_TITLE, title);
        cairo_pdf_surface_set_metadata(sheet->surface, CAIRO_PDF_METADATA_CREATE_DATE, created);
    } else {
        sheet->kind = KIND_PNG;
    }
    begin_canvas(sheet);
    return sheet;
}

cairo_t *sheet_canvas(struct sheet *sheet)
{
    return sheet->canvas;
}

int sheet_page(const struct sheet *sheet)
{
    return sheet->page;
}

/* "x.png", then "x-2.png". */
static void write_name(const struct sheet *sheet, char ret[static PATH_LENGTH_MAX + 16])
{
    size_t stem = strlen(sheet->path) - strlen(".png");
    if (sheet->page == 1)
        snprintf(ret, PATH_LENGTH_MAX + 16, "%s", sheet->path);
    else
        snprintf(ret, PATH_LENGTH_MAX + 16, "%.*s-%d.png", (int)stem, sheet->path, sheet->page);
}

static void end_page(struct sheet *sheet)
{
    note(sheet, cairo_status(sheet->canvas));
    if (sheet->kind == KIND_PDF)
        cairo_show_page(sheet->canvas);
    note(sheet, cairo_status(sheet->canvas));
    cairo_destroy(sheet->canvas);
    sheet->canvas = NULL;
    if (sheet->kind != KIND_PNG)
        return;
    char name[PATH_LENGTH_MAX + 16];
    write_name(sheet, name);
    if (sheet->status == CAIRO_STATUS_SUCCESS) {
        cairo_status_t written = cairo_surface_write_to_png(sheet->surface, name);
        if (written != CAIRO_STATUS_SUCCESS)
            unlink(name);
        note(sheet, written);
    }
    cairo_surface_destroy(sheet->surface);
    sheet->surface = NULL;
}

void sheet_turn(struct sheet *sheet)
{
    end_page(sheet);
    sheet->page++;
    begin_canvas(sheet);
}

bool sheet_finish(struct sheet *sheet, const char **ret_complaint)
{
    end_page(sheet);
    if (sheet->surface != NULL) {
        cairo_surface_finish(sheet->surface);
        note(sheet, cairo_surface_status(sheet->surface));
        cairo_surface_destroy(sheet->surface);
    }
    bool is_well = sheet->status == CAIRO_STATUS_SUCCESS;
    if (!is_well && sheet->kind == KIND_PDF)
        unlink(sheet->path);
    *ret_complaint = cairo_status_to_string(sheet->status);
    free(sheet);
    return is_well;
}
