/* profiles.h: the profiles that the ledger holds, and which of them judges what.
 * Never judges anything itself.
 *
 * Editions are numbered from LAW_PROFILE_FIRST in ledger order. Parsed ones are kept as long as the book, over its turns: they never
 * change. What set_profile adds in a turn is read again in the next, so that a statement that was reverted leaves nothing.
 * Belongs to its book's thread. */
#ifndef CUSTODY_SERVICE_PROFILES_H
#define CUSTODY_SERVICE_PROFILES_H

#include "daemon/domain/edition.h"
#include "daemon/service/book.h"

struct profiles;

struct profiles *profiles_create(struct book *book);
void profiles_destroy(struct profiles *profiles);
/* A new turn of the book. */
void profiles_turn(struct profiles *profiles);
/* A record of SUBJECT_PROFILE was written in this turn. */
void profiles_written(struct profiles *profiles, uint64_t number);
/* The ledger's own clock changed: it holds for profiles that name none. */
void profiles_set_zone(struct profiles *profiles, int32_t utc_offset_minutes);

/* book.h: book_profile_for, book_codeless and the law's profile. */
uint32_t profiles_select(struct profiles *profiles,
                         struct span code,
                         bool is_epidemic,
                         uint32_t division,
                         int64_t at_us);
uint32_t profiles_codeless(struct profiles *profiles, uint32_t division, int64_t at_us);
const struct profile *profiles_get(struct profiles *profiles, uint32_t number);

/* What set_profile recorded; NULL for a built-in one or an unknown number. Lent until the next turn. */
const struct edition *profiles_edition(struct profiles *profiles, uint32_t number);
/* How many editions there are: numbers LAW_PROFILE_FIRST and up. */
uint32_t profiles_count(struct profiles *profiles);
/* Number of the highest recorded edition of that name, 0: none. */
uint32_t profiles_newest(struct profiles *profiles, struct span name);
/* Writer: what was granted. */
void profiles_record(struct book *book,
                     const Custody__V1__SetProfileBody *body,
                     int64_t from_us,
                     uint64_t entry);

#endif
