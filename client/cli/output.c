/* output.c: how answers look.
 * Never decides what to show. */
#include "client/cli/output.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "client/lib/quantity.h"
#include "client/cli/printed.h"

enum { FIELD_WIDTH = 14, GAP = 2 };

void output_init(struct output *output, FILE *file, FILE *errors, bool is_json, bool is_utc)
{
    const char *no_colour = getenv("NO_COLOR");
    *output = (struct output){.file = file,
                              .errors = errors,
                              .is_json = is_json,
                              .has_colour = isatty(fileno(file)) == 1 &&
                                            (no_colour == NULL || no_colour[0] == '\0'),
                              .shows_progress = isatty(fileno(errors)) == 1,
                              .offset_minutes = is_utc ? 0 : QUANTITY_CIVIL_MINUTES};
}

bool output_is_written(struct output *output)
{
    return fflush(output->file) == 0 && ferror(output->file) == 0;
}

/* ---- text ---- */

/* East Asian wide and fullwidth ranges, roughly: what a Chinese terminal shows in two columns. */
static bool is_wide(uint32_t c)
{
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
           (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0xfe30 && c <= 0xfe4f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x20000 && c <= 0x3fffd);
}

size_t output_width(const char *text)
{
    struct bytes_reader reader;
    size_t width = 0;
    bytes_reader_init(&reader, span_text(text));
    while (reader.left > 0 && !reader.failed)
        width += is_wide(bytes_read_utf8(&reader)) ? 2 : 1;
    return reader.failed ? strlen(text) : width;
}

static const char *escape(const struct output *output, enum output_colour colour)
{
    static const char *const codes[] = {
        [OUTPUT_PLAIN] = "",        [OUTPUT_DIM] = "\033[2m",  [OUTPUT_GOOD] = "\033[32m",
        [OUTPUT_WARN] = "\033[33m", [OUTPUT_BAD] = "\033[31m", [OUTPUT_BOLD] = "\033[1m",
    };
    return output->has_colour ? codes[colour] : "";
}

static const char *escape_end(const struct output *output, enum output_colour colour)
{
    return output->has_colour && colour != OUTPUT_PLAIN ? "\033[0m" : "";
}

void output_print(const struct output *output, enum output_colour colour, const char *format, ...)
{
    va_list arguments;
    if (output->printed != NULL)
        printed_text(output->printed, OUTPUT_PLAIN); /* what was written without a colour */
    fputs(escape(output, colour), output->file);
    va_start(arguments, format);
    vfprintf(output->file, format, arguments);
    va_end(arguments);
    fputs(escape_end(output, colour), output->file);
    if (output->printed != NULL)
        printed_text(output->printed, colour);
}

static void pad(FILE *file, size_t width, size_t wanted)
{
    for (size_t i = width; i < wanted; i++)
        fputc(' ', file);
}

static void
gather_field(struct printed *printed, const char *name, const char *format, va_list arguments)
{
    char *value = NULL;
    if (vasprintf(&value, format, arguments) >= 0)
        printed_field(printed, name, value);
    free(value);
}

void output_field(const struct output *output, const char *name, const char *format, ...)
{
    va_list arguments;
    if (output->printed != NULL) {
        va_start(arguments, format);
        gather_field(output->printed, name, format, arguments);
        va_end(arguments);
        return;
    }
    fputs(escape(output, OUTPUT_DIM), output->file);
    fputs(name, output->file);
    fputs(escape_end(output, OUTPUT_DIM), output->file);
    pad(output->file, output_width(name), FIELD_WIDTH);
    fputs("  ", output->file);
    va_start(arguments, format);
    vfprintf(output->file, format, arguments);
    va_end(arguments);
    fputc('\n', output->file);
}

void output_json(const struct output *output, json_t *json)
{
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    fprintf(output->file, "%s\n", text == NULL ? "null" : text);
    free(text);
    json_decref(json);
}

void output_time(const struct output *output, int64_t us, char ret[static OUTPUT_CELL_MAX])
{
    char text[QUANTITY_TEXT_MAX];
    quantity_write_civil(us, output->offset_minutes, text);
    snprintf(ret, OUTPUT_CELL_MAX, "%s", text);
}

/* ---- tables ---- */

void output_table_init(struct output_table *table, size_t columns)
{
    *table = (struct output_table){.columns =
                                       columns < OUTPUT_COLUMNS_MAX ? columns : OUTPUT_COLUMNS_MAX};
}

static bool make_room(struct output_table *table)
{
    if (table->count < table->room)
        return true;
    size_t room = table->room == 0 ? 32 : 2 * table->room;
    char **cells = realloc(table->cells, room * table->columns * sizeof(*cells));
    if (cells != NULL)
        table->cells = cells;
    enum output_colour *colours = realloc(table->colours, room * sizeof(*colours));
    if (colours != NULL)
        table->colours = colours;
    if (cells == NULL || colours == NULL)
        return false;
    table->room = room;
    return true;
}

void output_table_add(struct output_table *table,
                      enum output_colour colour,
                      const char *const *cells)
{
    if (!make_room(table))
        return;
    for (size_t i = 0; i < table->columns; i++)
        table->cells[table->count * table->columns + i] = strdup(cells[i] == NULL ? "" : cells[i]);
    table->colours[table->count++] = colour;
}

static const char *cell(const struct output_table *table, size_t row, size_t column)
{
    const char *text = table->cells[row * table->columns + column];
    return text == NULL ? "" : text;
}

void output_table_print(const struct output_table *table, const struct output *output)
{
    size_t widths[OUTPUT_COLUMNS_MAX] = {0};
    if (output->printed != NULL) {
        printed_table(output->printed, table);
        return;
    }
    for (size_t row = 0; row < table->count; row++) {
        for (size_t column = 0; column < table->columns; column++) {
            size_t width = output_width(cell(table, row, column));
            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    for (size_t row = 0; row < table->count; row++) {
        size_t owed = 0; /* spaces are written only in front of something */
        fputs(escape(output, table->colours[row]), output->file);
        for (size_t column = 0; column < table->columns; column++) {
            const char *text = cell(table, row, column);
            if (widths[column] == 0)
                continue;
            if (text[0] != '\0') {
                pad(output->file, 0, owed);
                owed = 0;
                fputs(text, output->file);
            }
            owed += widths[column] - output_width(text) + GAP;
        }
        fputs(escape_end(output, table->colours[row]), output->file);
        fputc('\n', output->file);
    }
}

void output_table_done(struct output_table *table)
{
    for (size_t i = 0; i < table->count * table->columns; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table->colours);
    memset(table, 0, sizeof(*table));
}

void output_tsv(const struct output *output, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            fputc('\t', output->file);
        for (const char *c = cells[i] == NULL ? "" : cells[i]; *c != '\0'; c++) {
            if (*c == '\t')
                fputs("\\t", output->file);
            else if (*c == '\n')
                fputs("\\n", output->file);
            else if (*c == '\r')
                fputs("\\r", output->file);
            else if (*c == '\\')
                fputs("\\\\", output->file);
            else
                fputc(*c, output->file);
        }
    }
    fputc('\n', output->file);
}

/* ---- words to people ---- */

int output_exit_code(const struct custody_problem *problem)
{
    if (problem->outcome != 0)
        return custody_outcome_exit_code(problem->outcome);
    return custody_status_exit_code(problem->status);
}

json_t *output_problem_to_json(const struct custody_problem *problem)
{
    json_t *object =
        json_pack("{s:s, s:s, s:b, s:i}", "code", problem->name, "sentence", problem->sentence,
                  "retryable", (int)problem->retryable, "exit", output_exit_code(problem));
    const struct {
        const char *name;
        const char *text;
    } texts[] = {{"field", problem->field},
                 {"expected", problem->expected},
                 {"got", problem->got},
                 {"remedy", problem->remedy}};
    for (size_t i = 0; object != NULL && i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].text[0] != '\0')
            json_object_set_new(object, texts[i].name, json_string(texts[i].text));
    }
    if (object != NULL && problem->reason != 0)
        json_object_set_new(object, "reason", json_integer(problem->reason));
    if (object != NULL && problem->outcome != 0)
        json_object_set_new(object, "outcome", json_string(custody_outcome_name(problem->outcome)));
    if (object != NULL && problem->retry_after_ms != 0)
        json_object_set_new(object, "retry_after_ms", json_integer(problem->retry_after_ms));
    return object;
}

static void clear_progress(const struct output *output)
{
    if (output->shows_progress)
        fputs("\r\033[K", output->errors);
}

void output_problem(const struct output *output, const struct custody_problem *problem)
{
    FILE *file = output->errors;
    clear_progress(output);
    if (output->is_json) {
        json_t *json = json_pack("{s:o}", "error", output_problem_to_json(problem));
        char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
        fprintf(file, "%s\n", text == NULL ? "{\"error\":null}" : text);
        free(text);
        json_decref(json);
        return;
    }
    fprintf(file, "custody: %s: %s\n", problem->name, problem->sentence);
    if (problem->field[0] != '\0')
        fprintf(file, "  field      %s\n", problem->field);
    if (problem->expected[0] != '\0')
        fprintf(file, "  expected   %s\n", problem->expected);
    if (problem->got[0] != '\0')
        fprintf(file, "  got        %s\n", problem->got);
    if (problem->remedy[0] != '\0')
        fprintf(file, "  remedy     %s\n", problem->remedy);
    fprintf(file, "  retryable  %s\n", problem->retryable ? "yes" : "no");
}

void output_note(const struct output *output, const char *format, ...)
{
    va_list arguments;
    clear_progress(output);
    va_start(arguments, format);
    vfprintf(output->errors, format, arguments);
    va_end(arguments);
    fputc('\n', output->errors);
}

void output_progress(const struct output *output, const char *what, uint64_t done, uint64_t total)
{
    if (!output->shows_progress)
        return;
    fprintf(output->errors, "\r\033[K%s %llu / %llu", what, (unsigned long long)done,
            (unsigned long long)total);
    if (done >= total)
        fputs("\r\033[K", output->errors);
    fflush(output->errors);
}
