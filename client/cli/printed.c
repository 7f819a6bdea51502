/* printed.c: what a command would have shown, gathered as blocks of a page.
 * Never knows what it says. */
#include "client/cli/printed.h"

#include <stdlib.h>
#include <string.h>

struct printed {
    json_t *blocks;
    json_t *lines;  /* of the block under way; NULL: none */
    json_t *line;   /* runs of the line under way; NULL: none */
    json_t *fields; /* the last block's, as long as only fields follow; borrowed */
    FILE *file;
    char *text;
    size_t len, taken;
};

struct printed *printed_create(void)
{
    struct printed *printed = calloc(1, sizeof(*printed));
    if (printed == NULL)
        return NULL;
    printed->blocks = json_array();
    printed->file = open_memstream(&printed->text, &printed->len);
    if (printed->blocks == NULL || printed->file == NULL) {
        printed_destroy(printed);
        return NULL;
    }
    return printed;
}

FILE *printed_file(struct printed *printed)
{
    return printed->file;
}

static void end_line(struct printed *printed)
{
    if (printed->lines == NULL)
        printed->lines = json_array();
    json_array_append_new(printed->lines, printed->line == NULL ? json_array() : printed->line);
    printed->line = NULL;
}

static void end_lines(struct printed *printed)
{
    printed_text(printed, OUTPUT_PLAIN);
    if (printed->line != NULL)
        end_line(printed);
    if (printed->lines != NULL) {
        json_array_append_new(printed->blocks, json_pack("{s:o}", "lines", printed->lines));
        printed->fields = NULL;
    }
    printed->lines = NULL;
}

void printed_text(struct printed *printed, enum output_colour colour)
{
    static const char *const names[] = {
        [OUTPUT_PLAIN] = "plain", [OUTPUT_DIM] = "dim", [OUTPUT_GOOD] = "good",
        [OUTPUT_WARN] = "warn",   [OUTPUT_BAD] = "bad", [OUTPUT_BOLD] = "bold",
    };
    if (fflush(printed->file) != 0)
        return;
    while (printed->taken < printed->len) {
        const char *from = printed->text + printed->taken;
        size_t left = printed->len - printed->taken;
        const char *end = memchr(from, '\n', left);
        size_t len = end == NULL ? left : (size_t)(end - from);
        if (len > 0) {
            if (printed->line == NULL)
                printed->line = json_array();
            json_array_append_new(printed->line, json_pack("[s, s%]", names[colour], from, len));
        }
        printed->taken += len + (end == NULL ? 0 : 1);
        if (end != NULL)
            end_line(printed);
    }
}

void printed_field(struct printed *printed, const char *name, const char *value)
{
    end_lines(printed);
    if (printed->fields == NULL) {
        printed->fields = json_array();
        json_array_append_new(printed->blocks,
                              json_pack("{s:i, s:o}", "columns", 1, "fields", printed->fields));
    }
    json_array_append_new(printed->fields, json_pack("[s, s]", name, value));
}

static bool is_empty(const struct output_table *table, size_t column)
{
    for (size_t row = 0; row < table->count; row++) {
        const char *text = table->cells[row * table->columns + column];
        if (text != NULL && text[0] != '\0')
            return false;
    }
    return true;
}

/* The first row is the heads' when it is dim, as every table has it. */
void printed_table(struct printed *printed, const struct output_table *table)
{
    json_t *heads = NULL, *rows = json_array();
    end_lines(printed);
    printed->fields = NULL;
    for (size_t row = 0; row < table->count; row++) {
        json_t *cells = json_array();
        for (size_t column = 0; column < table->columns; column++) {
            const char *text = table->cells[row * table->columns + column];
            if (!is_empty(table, column))
                json_array_append_new(cells, json_string(text == NULL ? "" : text));
        }
        if (row == 0 && table->colours[0] == OUTPUT_DIM)
            heads = cells;
        else
            json_array_append_new(rows, cells);
    }
    json_array_append_new(printed->blocks,
                          json_pack("{s:{s:o*, s:o}}", "table", "heads", heads, "rows", rows));
}

json_t *printed_take(struct printed *printed)
{
    end_lines(printed);
    return ferror(printed->file) != 0 ? NULL : json_incref(printed->blocks);
}

void printed_destroy(struct printed *printed)
{
    if (printed == NULL)
        return;
    if (printed->file != NULL)
        fclose(printed->file);
    free(printed->text);
    json_decref(printed->lines);
    json_decref(printed->line);
    json_decref(printed->blocks);
    free(printed);
}
