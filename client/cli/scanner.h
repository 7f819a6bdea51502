/* scanner.h: one line from a scanner, a scale or a keyboard, taken apart. A scanner that is a keyboard wedge types a code and Enter; a
 * scale sends its reading; the rest is typed with a thumb.
 * Never keeps anything and never asks: pure.
 *
 *   B-1                a code; a label's QR code has the party before it: uscc:12.../B-1
 *   B-1 2.35kg         with its weight
 *   2.35kg, 2.35       a weight alone, for what was scanned last; of a scale's line ("ST,GS,+  2.35kg") the last number with its unit
 *   box:K-3  箱:K-3    a box: everything in it
 *   undo 撤销 -        take back the last
 *   none 无            nothing to collect here
 *   done 完 .          sign
 *   help 帮助 ?        what may be typed */
#ifndef CUSTODY_CLIENT_CLI_SCANNER_H
#define CUSTODY_CLIENT_CLI_SCANNER_H

#include <stdbool.h>
#include <stdint.h>

enum { SCANNER_CODE_MAX = 64, SCANNER_PARTY_MAX = 64 };

enum scanner_word {
    SCANNER_EMPTY = 0,
    SCANNER_CODE,
    SCANNER_BOX,
    SCANNER_MASS,
    SCANNER_UNDO,
    SCANNER_NONE,
    SCANNER_DONE,
    SCANNER_HELP,
    SCANNER_BAD, /* too long, or not printable */
};

struct scanner_line {
    enum scanner_word word;
    char code[SCANNER_CODE_MAX + 1];
    char party[SCANNER_PARTY_MAX + 1]; /* that the label names; empty: none */
    uint64_t mass_g;                   /* of a code: 0 when none came with it */
};

/* Grams; a number without a unit is kilograms. */
void scanner_read(const char *line, struct scanner_line *ret);

#endif
