/* figure.h: the name of a printed figure: what it speaks of, so that anyone can ask for the entries behind it.
 *
 *   PERIOD/SCOPE/NAME  or  PERIOD/SCOPE/CODE/NAME        2026-05/540421/treated_g
 *
 * PERIOD  a civil month (2026-05), a year (2026), or days from and until (20260501-20260531)
 * SCOPE   a division: six digits are the units registered with exactly that division, two or four all that begin so;
 *         or a party
 * CODE    a waste code; of registered_n and shipped_n the industry; `-`: not told; left out: all together
 * NAME    an account and `_g` (grams) or `_n` (pieces); or registered_n, shipped_n (units), opening and closing */
#ifndef CUSTODY_PROTO_FIGURE_H
#define CUSTODY_PROTO_FIGURE_H

#include "proto/span.h"

enum {
    FIGURE_PERIOD_MAX = 17,
    FIGURE_SCOPE_MAX = 61,
    FIGURE_CODE_MAX = 32,
    FIGURE_NAME_MAX = 40,
    FIGURE_TEXT_MAX = 3 + FIGURE_PERIOD_MAX + FIGURE_SCOPE_MAX + FIGURE_CODE_MAX + FIGURE_NAME_MAX,
};

struct figure {
    char period[FIGURE_PERIOD_MAX + 1];
    int32_t first, after; /* its first civil day and the one after its last */
    char scope[FIGURE_SCOPE_MAX + 1];
    char code[FIGURE_CODE_MAX + 1]; /* empty: all together */
    char name[FIGURE_NAME_MAX + 1];
};

/* Civil day of "20260501"; false when there is no such day. */
bool figure_parse_day(struct span text, int32_t *ret);
/* "2026-05", "2026-Q2", "2026", "20260501-20260531". */
bool figure_parse_period(struct span text, int32_t *ret_first, int32_t *ret_after);
bool figure_parse(struct span text, struct figure *ret);
void figure_write(const char *period,
                  const char *scope,
                  const char *code,
                  const char *name,
                  char ret[static FIGURE_TEXT_MAX + 1]);
/* The scope that covers a division and all beneath it: 540400 -> "5404", 540421 -> "540421". */
void figure_write_scope(uint32_t division, char ret[static 7]);

#endif
