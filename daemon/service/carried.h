/* carried.h: what every civil month added to a party's stock, code by code, so that an opening stock adds up months and not a
 * history.
 *
 * Follows the movement rows (movement.h): of each month the signed grams of the accounts that go into or out of stock, and
 * the newest entry that wrote such a row. A month that an entry at or after the asked position has changed is told as such:
 * whoever asks as of that position adds up the month's rows themselves. Kept by party and year; at most CARRIED_CODES_MAX
 * codes a year, beyond which a declaration is not compared either. Writer's thread. */
#ifndef CUSTODY_SERVICE_CARRIED_H
#define CUSTODY_SERVICE_CARRIED_H

#include "daemon/service/book.h"

enum { CARRIED_CODES_MAX = 256, CARRIED_MONTHS = 12 };

struct carried_code {
    uint32_t code;
    uint32_t months; /* bit i: something moved in month i, from 0 */
    int64_t grams[CARRIED_MONTHS];
    uint64_t newest[CARRIED_MONTHS]; /* entry; 0 where nothing moved */
};
struct carried_year {
    uint32_t count;
    struct carried_code *codes; /* room for one more, up to CARRIED_CODES_MAX */
};

/* A movement row of that entry. Rows of accounts that only count carry nothing. */
void carried_add(struct book *book,
                 uint32_t party,
                 uint32_t code,
                 int32_t day,
                 const struct movement_sums *sums,
                 uint64_t entry);
/* The first year in which anything moved; INT32_MAX: none. */
int32_t carried_since(struct book *book, uint32_t party);
/* Lent by the book's arena; empty when nothing moved in that year, NULL when the book failed. */
struct carried_year *carried_read(struct book *book, uint32_t party, int32_t year);

#endif
