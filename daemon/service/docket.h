/* docket.h: the work table as a whole: a row under its division, under each party that it concerns and under the divisions and
 * industries of these, how many there are, and a finding's row by the finding's name. Divisions and industries are those of when
 * the row was written: a party that moves takes along what is written from then on.
 * Never decides what is open: the folds do.
 *
 * A settled finding stands on a shelf of its own (WORK_SETTLED), whichever came first, the finding or the word that settles it.
 * Counts are kept as rows come and go, so that a total costs what there are divisions and families, not what is open.
 * Rows of LOOKUPS_WORK beside those of work.h:
 *   WORK_COUNTS  u8 kind or shelf, u32 division, u32 profile  -> how many, grams
 *   WORK_COUNTS  u8 tally, u32 party or key, u32 0   -> how many
 *   WORK_NAMED   digest[32] (casefile.h)             -> the finding's place, and its case when something was said of it */
#ifndef CUSTODY_SERVICE_DOCKET_H
#define CUSTODY_SERVICE_DOCKET_H

#include "daemon/domain/casefile.h"
#include "daemon/service/book.h"

struct docket_count {
    uint8_t
        kind; /* enum work_kind; or-ed with WORK_CROSSING: what of other divisions concerns this one; with WORK_SECTOR: of an industry */
    uint32_t division; /* or work_sector */
    uint32_t profile;
    int64_t rows;
    int64_t mass_g;
};

/* What keeps records from being erased (retention.h), by number of the party or key. */
enum docket_tally {
    DOCKET_CASES_OF_PARTY = 0x80,   /* breaches and disputes that stand against it, not settled */
    DOCKET_CASES_OF_KEY = 0x81,     /* ... that hang on a statement of it */
    DOCKET_ON_HOLD_OF_PARTY = 0x82, /* waste under a regulator's hold that it generated or moved */
};

/* One finding may stand twice, under the generator's and the receiver's division. */
enum { DOCKET_ROWS_MAX = 2 };

/* What is known under a finding's name. */
struct docket_name {
    struct digest digest;
    uint32_t number; /* of the case; 0: nothing was said of it */
    uint32_t
        rows; /* findings of that name that stand; an obligation that is overdue has no row here */
    uint8_t keys[DOCKET_ROWS_MAX][WORK_KEY_BYTES];
};

/* Where book_put_work ends: rows that go and rows that come. */
void docket_change(struct book *book,
                   const struct work_set *before,
                   const struct work_set *after,
                   struct work_set *ret_opened);

/* The finding that a row is, or, once it is overdue, becomes. False when its names cannot be read. */
bool docket_name_of(struct book *book, const struct work *row, struct digest *ret);
/* The same, with the subject as it is printed at hand. */
bool docket_name_with(struct book *book,
                      const struct work *row,
                      const char *subject,
                      struct digest *ret);
/* False when nothing stands under the name. */
bool docket_find(struct book *book, const struct digest *digest, struct docket_name *ret);
/* Those whose digest begins with the bytes of `prefix` (at most 32), at most `cap` of them. Readers. */
uint32_t docket_find_prefix(struct lookups_snapshot *snapshot,
                            struct span prefix,
                            struct docket_name *ret,
                            uint32_t cap);
/* False when there is none of that index. */
bool docket_row(struct book *book,
                const struct docket_name *name,
                uint32_t index,
                struct work *ret);
/* What was said of a finding. False when nothing was. */
bool docket_case(struct book *book, uint32_t number, struct casefile *ret);
/* The case of a finding, made at first mention; the row moves to where it now belongs. Writers only. */
void docket_put_case(struct book *book, const struct casefile *file);

int64_t docket_tally(struct book *book, enum docket_tally tally, uint32_t number);
/* Writers only. */
void docket_tally_add(struct book *book, enum docket_tally tally, uint32_t number, int64_t count);

/* Counts of a kind in the divisions from `first` to `last`; stops when `visit` gives false. Readers. */
typedef bool docket_visit_count(void *context, const struct docket_count *count);
enum custody_status docket_counts(struct lookups_snapshot *snapshot,
                                  uint8_t kind,
                                  uint32_t first,
                                  uint32_t last,
                                  docket_visit_count *visit,
                                  void *context);

#endif
