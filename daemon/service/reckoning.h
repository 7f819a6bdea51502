/* reckoning.h: movement rows added up into figures: of a division, its counties, its facilities; of a party, by waste code.
 * Never writes. A figure is the sum of rows of entries before `as_of`: the same rows give the same figure for ever.
 *
 * Memory is bounded by the cells, not by the rows: what does not fit is for the next page. One thread. */
#ifndef CUSTODY_SERVICE_RECKONING_H
#define CUSTODY_SERVICE_RECKONING_H

#include "proto/figure.h"
#include "daemon/service/asking.h"
#include "daemon/service/posting.h"

enum { RECKONING_BUCKETS = 1024, RECKONING_PERIOD_ROLLING_DAYS = 365 };

enum reckoning_scope { RECKONING_WHOLE, RECKONING_DIVISION, RECKONING_PARTY };

/* What only units count for, one each. */
#define RECKONING_UNITS(X) X(registered) X(shipped) X(class_10t) X(class_100t)
enum reckoning_unit {
#define RECKONING_X(name) RECKONING_##name,
    RECKONING_UNITS(RECKONING_X)
#undef RECKONING_X
        RECKONING_UNIT_COUNT
};

struct reckoning_cell {
    struct reckoning_cell *next, *next_hashed;
    enum reckoning_scope scope;
    uint32_t number; /* of the division or party; 0 for the whole */
    uint32_t code;
    bool is_of_code; /* else all codes together */
    struct movement_sums flows;
    struct {
        int64_t grams, pieces;
    } opening, closing;
    int64_t units[RECKONING_UNIT_COUNT];
};

struct reckoning {
    struct asking *asking;
    uint64_t as_of;
    int32_t first, after; /* days of the period */
    uint32_t count;
    struct reckoning_cell *cells, **cells_end;
    struct reckoning_cell *buckets[RECKONING_BUCKETS];
};

void reckoning_begin(struct reckoning *reckoning,
                     struct asking *asking,
                     uint64_t as_of,
                     int32_t first,
                     int32_t after);
/* NULL when memory is used up: then the book has failed. */
struct reckoning_cell *reckoning_cell(struct reckoning *reckoning,
                                      enum reckoning_scope scope,
                                      uint32_t number,
                                      uint32_t code,
                                      bool is_of_code);
/* One account of a row into a cell. */
void reckoning_add(const struct reckoning *reckoning,
                   struct reckoning_cell *cell,
                   int32_t day,
                   uint8_t account,
                   int64_t grams,
                   int64_t pieces);
/* All that is not nothing; `whole` is the scope of the cells of the whole. */
void reckoning_figures(const struct reckoning *reckoning,
                       const char *whole,
                       size_t *ret_count,
                       Custody__V1__Figure ***ret);

/* The position that was asked for, or all that is reflected; false when it is not reflected yet (the answer is given). */
bool reckoning_take_as_of(struct asking *asking, uint64_t asked, uint64_t *ret);
/* When the entry before the position was recorded; the question's time when that cannot be told. */
int64_t reckoning_recorded_us(struct asking *asking, uint64_t as_of);
/* Of a division, the figures of all its units or, for an auditor of a sector, of those units that the asker sees, each by
 * itself. False: of none, and the answer is given, naming `field`. */
bool reckoning_take_division(struct asking *asking,
                             uint32_t division,
                             const char *field,
                             bool *ret_is_by_unit);
/* As they stood at the end of the period, or at the position when that is earlier: so that it is settled for ever. */
struct reckoning_party {
    uint32_t division;
    bool is_registered, is_generator, is_facility;
    uint64_t entry;                    /* that registered it */
    char sector[PARTY_SECTOR_MAX + 1]; /* "-": not told */
};
struct reckoning_party
reckoning_party(struct asking *asking, uint32_t party, uint64_t as_of, int64_t at_us);
int64_t reckoning_period_end_us(struct asking *asking, uint64_t as_of, int32_t after);

/* What is in the party's stock of all codes, as of a position. */
void reckoning_stock(
    struct asking *asking, uint32_t party, uint64_t as_of, int64_t *ret_grams, int64_t *ret_pieces);

/* A balance of one party (BalanceRequest). */
void reckoning_balance(struct asking *asking, const Custody__V1__BalanceRequest *request);

#endif
