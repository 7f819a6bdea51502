/* output.h: how answers look: aligned text for people, JSON lines for programs, problems on stderr.
 * Never decides what to show. */
#ifndef CUSTODY_CLIENT_CLI_OUTPUT_H
#define CUSTODY_CLIENT_CLI_OUTPUT_H

#include <jansson.h>
#include <stdio.h>

#include <custody/client.h>

enum { OUTPUT_COLUMNS_MAX = 12, OUTPUT_CELL_MAX = 256 };

enum output_colour {
    OUTPUT_PLAIN = 0,
    OUTPUT_DIM,
    OUTPUT_GOOD,
    OUTPUT_WARN,
    OUTPUT_BAD,
    OUTPUT_BOLD
};

struct printed;

struct output {
    FILE *file;   /* results */
    FILE *errors; /* words */
    bool is_json;
    bool is_tsv; /* rows of a table, tab-separated, under one line of names; never with is_json */
    bool has_colour;
    bool shows_progress; /* `errors` is a terminal */
    int offset_minutes;  /* of civil times */
    struct printed
        *printed; /* gathers what is said for paper; NULL: it goes to `file` alone. Borrowed */
};

/* Colour only on a terminal and without NO_COLOR. */
void output_init(struct output *output, FILE *file, FILE *errors, bool is_json, bool is_utc);
/* Was all of it written? A full disk is not success. */
CUSTODY_CHECK bool output_is_written(struct output *output);

/* How many columns a text takes on a terminal: Chinese characters take two. */
size_t output_width(const char *text);
void output_print(const struct output *output, enum output_colour colour, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "name      value": the names of one block in one width. */
void output_field(const struct output *output, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* One line of JSON; drops the reference. */
void output_json(const struct output *output, json_t *json);
void output_time(const struct output *output, int64_t us, char ret[static OUTPUT_CELL_MAX]);

/* ---- tables: rows are gathered, then printed in columns as wide as their widest cell ---- */
struct output_table {
    size_t columns;
    size_t count;
    size_t room;
    char **cells;
    enum output_colour *colours; /* one a row */
};

void output_table_init(struct output_table *table, size_t columns);
/* `columns` texts; NULL is empty. */
void output_table_add(struct output_table *table,
                      enum output_colour colour,
                      const char *const *cells);
void output_table_print(const struct output_table *table, const struct output *output);
void output_table_done(struct output_table *table);

/* One line of TSV: NULL is empty; a tab, a line's end or a backslash in a cell is written \t, \n, \r, \\. */
void output_tsv(const struct output *output, const char *const *cells, size_t count);

/* ---- words to people ---- */
/* Code name, what it means, field, expected, got, remedy, whether to try again. As JSON when that was asked for. */
void output_problem(const struct output *output, const struct custody_problem *problem);
json_t *output_problem_to_json(const struct custody_problem *problem);
void output_note(const struct output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* One line on a terminal, written over each time. */
void output_progress(const struct output *output, const char *what, uint64_t done, uint64_t total);
/* The exit code that a problem stands for. */
int output_exit_code(const struct custody_problem *problem);

#endif
