/* declaration.h: what a party must declare of one civil year, and what it has declared.
 * Never compares figures itself: whether a declaration agreed with the ledger was found when it was recorded.
 *
 * HJ 1259-2022 7.2: key units monthly and simplified ones quarterly, by the 15th of the month after; everyone yearly, by
 * 31 March. Owed for a period in which the party generated something, while the profile asks for declarations
 * (report.monthly_required). A unit's class (4.2.1: 100 t, 10 t) is that of the larger of this year and the year before.
 *
 * Late is judged by when a declaration was recorded, which is about recording itself; of several of one period the newest
 * by its own time counts, in whatever order they came. */
#ifndef CUSTODY_DOMAIN_DECLARATION_H
#define CUSTODY_DOMAIN_DECLARATION_H

#include "proto/profile.h"
#include "daemon/domain/work.h"

/* Twelve months, four quarters, the year; then the self-checks of twelve months, which nobody owes. */
enum {
    DECLARATION_QUARTERS = 12,
    DECLARATION_YEAR = 16,
    DECLARATION_CHECKS = 17,
    DECLARATION_PERIODS = 29,
    DECLARATION_RECORD_MAX = 4096,
};

struct declared {
    uint64_t first_entry; /* the first that was recorded */
    int64_t first_us;     /* recorded then; 0: none was */
    /* the newest */
    uint64_t entry;
    int64_t effective_us;
    uint64_t key_prefix;
    uint32_t key;
    uint64_t key_sequence;
    bool differs; /* from the ledger as of the position that it names */
};

struct declaration_year {
    uint32_t party;
    int32_t year;
    uint32_t division; /* of the party when first written */
    int64_t before_g;  /* generated in the year before */
    int64_t generated_g[12];
    int64_t generated_pieces[12];
    struct declared periods[DECLARATION_PERIODS];
};

/* The subject of its rows (SUBJECT_DECLARATION) and, with period 0, the number of its record. */
uint64_t declaration_number(uint32_t party, int32_t year, uint32_t period);
void declaration_read_number(uint64_t number,
                             uint32_t *ret_party,
                             int32_t *ret_year,
                             uint32_t *ret_period);
/* DECLARATION_PERIODS when the first day begins no such period. `period` is enum DeclarationPeriod. */
uint32_t declaration_period(int period, int32_t first_day, int32_t *ret_year);
/* First day, and the day after the last. */
void declaration_days(int32_t year, uint32_t period, int32_t *ret_first, int32_t *ret_after);
/* "2026-05", "2026-Q2", "2026", "2026-05 self-check". */
enum { DECLARATION_TEXT_MAX = 32 };
void declaration_write_period(int32_t year, uint32_t period, char ret[static DECLARATION_TEXT_MAX]);
int64_t declaration_total_g(const struct declaration_year *year);
/* Takes a declaration into its period; true when it is the newest now. */
bool declaration_take(struct declared *declared, const struct declared *one);
/* Is `one` newer by its own time than what is there? */
bool declaration_is_newer(const struct declared *declared, const struct declared *one);
/* The profile in force on a civil day. A period is judged by that of its first day: no fact of the period is earlier, so that
 * it is settled before anything is written of it. */
struct declaration_law {
    void *context;
    const struct profile *(*profile_on)(void *context, int32_t day);
    struct calendar calendar; /* the ledger's own zone */
};
/* What is owed (report_late), what was late, what differs (declared_differs). */
void declaration_work(const struct declaration_year *year,
                      const struct declaration_law *law,
                      struct work_set *set);

size_t declaration_write(const struct declaration_year *year, uint8_t *ret, size_t cap);
bool declaration_parse(struct span bytes, struct declaration_year *ret);

#endif
