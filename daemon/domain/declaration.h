/* declaration.h: what a party must declare of one civil year, and what it has declared.
 * Never compares figures itself: whether a declaration agreed with the ledger was found when it was recorded.
 *
 * HJ 1259-2022 7.2: key units monthly and simplified ones quarterly, by the 15th of the month after; everyone yearly, by
 * 31 March. Each owed for a period in which the party generated something, where the profile asks for that one
 * (report.monthly_required, quarterly_required, yearly_required). A unit's class (4.2.1: 100 t, 10 t) is that of the larger
 * of this year and the year before. A period is judged by the profile for what has no code, of that party, on the period's
 * first day: no fact of the period is earlier, so that it is settled before anything is written of it.
 *
 * HJ 1259-2022 5.2: the management plan of a year is filed by 31 March, by whoever generated something before that day or
 * in the year before, where the profile asks for plans (manifest.plan_required, report.plan_by).
 *
 * Late is judged by when a declaration was recorded, which is about recording itself; of several of one period the newest
 * by its own time counts, in whatever order they came. One that its party withdrew counts as never made, unless somebody
 * else has signed it. */
#ifndef CUSTODY_DOMAIN_DECLARATION_H
#define CUSTODY_DOMAIN_DECLARATION_H

#include "daemon/domain/law.h"
#include "daemon/domain/work.h"

/* Twelve months, four quarters, the year; then the self-checks of twelve months, which nobody owes. */
enum {
    DECLARATION_QUARTERS = 12,
    DECLARATION_YEAR = 16,
    DECLARATION_CHECKS = 17,
    DECLARATION_PERIODS = 29,
    DECLARATION_PLAN =
        29, /* no period that is declared: the subject of the duty to file the year's plan */
    DECLARATION_RECORD_MAX = 12288,
};

/* One declaration of a period. */
struct declared {
    uint64_t entry;
    int64_t recorded_us;
    int64_t effective_us;
    uint64_t key_prefix;
    uint32_t key;
    uint64_t key_sequence;
    bool differs; /* from the ledger as of the position that it names */
    bool is_held; /* by a revoked key, and not confirmed by name */
    bool is_withdrawn;
    bool is_countersigned; /* by another party: it cannot be withdrawn any more */
};

/* Kept are the first that was recorded and the newest of the others: what is kept follows from the set of all. */
enum { DECLARED_MAX = 6 };
struct declared_period {
    uint32_t count;
    struct declared all[DECLARED_MAX]; /* the newest by its own time is the last */
};

struct declaration_year {
    uint32_t party;
    int32_t year;
    uint32_t division; /* of the party when first written */
    int64_t before_g;  /* generated in the year before */
    int64_t generated_g[12];
    int64_t generated_pieces[12];
    uint64_t plan_entry; /* the first management plan that was filed and holds in this year */
    int64_t plan_us;     /* recorded then; 0: none */
    struct declared_period periods[DECLARATION_PERIODS];
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
/* "2026-05", "2026-Q2", "2026", "2026-05 self-check", "2026 plan". */
enum { DECLARATION_TEXT_MAX = 32 };
void declaration_write_period(int32_t year, uint32_t period, char ret[static DECLARATION_TEXT_MAX]);
int64_t declaration_total_g(const struct declaration_year *year);
/* Takes a declaration into its period; one that is there already (by its entry) is put in its place anew. */
void declaration_take(struct declared_period *period, const struct declared *one);
/* NULL when it is not there. */
struct declared *declaration_find(struct declared_period *period, uint64_t entry);
/* The newest that counts; NULL: none does. */
const struct declared *declaration_counted(const struct declared_period *period);
/* What is owed (report_late, plan_late), what was late, what differs (declared_differs). `calendar`: the ledger's own zone. */
void declaration_work(const struct declaration_year *year,
                      const struct law *law,
                      const struct calendar *calendar,
                      struct work_set *set);

size_t declaration_write(const struct declaration_year *year, uint8_t *ret, size_t cap);
bool declaration_parse(struct span bytes, struct declaration_year *ret);

#endif
