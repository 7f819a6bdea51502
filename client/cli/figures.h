/* figures.h: the figures of a report, put together from pages; whether they add up; what changed since another report.
 * Never asks. An answer's arithmetic is not believed: it is done again here, in grams. */
#ifndef CUSTODY_CLIENT_CLI_FIGURES_H
#define CUSTODY_CLIENT_CLI_FIGURES_H

#include <jansson.h>
#include <stdio.h>

#include <custody/client.h>
#include "proto/custody.pb-c.h"
#include "proto/figure.h"

struct figures_row {
    char *scope, *code, *name;
    int64_t value;
};

struct figures {
    size_t count, room;
    struct figures_row *rows; /* in the order of their coming */
    size_t slot_count;
    uint32_t *slots; /* 1 + index of a row; 0: free */
};

/* Zeroed is empty. */
void figures_done(struct figures *figures);
/* Adds to the figure of that scope, code and name. False when memory is used up, or the sum is more than a figure can be. */
bool figures_add(
    struct figures *figures, const char *scope, const char *code, const char *name, int64_t value);
bool figures_add_page(struct figures *figures, Custody__V1__Figure *const *page, size_t count);
/* 0 when it is not there. */
int64_t
figures_find(const struct figures *figures, const char *scope, const char *code, const char *name);
/* [{"id":..., "scope":..., "waste_code":..., "name":..., "value":...}]; NULL when memory is used up. */
json_t *figures_to_json(const struct figures *figures, const char *period);
bool figures_from_json(struct figures *figures, json_t *array);

/* Two figures that should be one. */
struct figures_fault {
    char whole[FIGURE_TEXT_MAX + 1]; /* id */
    char parts[FIGURE_TEXT_MAX + 64];
    int64_t whole_value, parts_value;
};
/* Is the whole the sum of its parts? */
bool figures_is_sum(int64_t whole, const int64_t *parts, size_t count, int64_t *ret_sum);
/* Do all the parts add up to their wholes?
 *   counties to the division, waste codes to all codes, for every figure;
 *   opening + ins - outs = closing; what was generated = what became of it; in time + late = the ages.
 * `whole`: the scope of the division; empty for a balance of one party. False with the first fault. */
bool figures_add_up(const struct figures *figures,
                    const char *period,
                    const char *whole,
                    struct figures_fault *ret_fault);

/* The fault as a problem: ERR_EVIDENCE, with both figures and what they are. */
enum custody_status figures_tell_fault(const struct figures_fault *fault,
                                       struct custody_problem *problem);
/* The figures of a balance, if they add up: ERR_EVIDENCE when they do not. */
CUSTODY_CHECK enum custody_status figures_take_balance(struct figures *figures,
                                                       const Custody__V1__BalanceReply *reply,
                                                       struct custody_problem *problem);
/* A row a figure, tab-separated, under one line of names. */
void figures_write_tsv(const struct figures *figures, const char *period, FILE *file);

/* For each figure that differs; one that is not there is 0. False to stop. */
typedef bool
figures_change(void *context, const struct figures_row *row, int64_t before, int64_t after);
void figures_compare(const struct figures *before,
                     const struct figures *after,
                     figures_change *change,
                     void *context);

/* "53.33 %" of two figures; "-" when there is nothing to divide by. Cut, not rounded: 99.999 % is not 100 %. */
enum { FIGURES_SHARE_MAX = 32 };
void figures_write_share(int64_t part, int64_t whole, char ret[static FIGURES_SHARE_MAX]);
/* "7.000 kg", with its sign. */
enum { FIGURES_MASS_MAX = 64 };
void figures_write_mass(int64_t grams, char ret[static FIGURES_MASS_MAX]);

#endif
