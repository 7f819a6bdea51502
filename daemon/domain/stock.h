/* stock.h: what is in stock now, at a place or in a facility's hands, by the day since which it has been there.
 * Never a history: what was there once is in the movements (movement.h).
 *
 * Over the limit it is since the day whose stock, added to what has been there longer, first passes it. The limit is that of
 * the newest stock's time: a place by its registered capacity, a facility by the storage limits of its permits.
 *
 * Bound: STOCK_DAYS days are told apart; the stock of further days is in the total, but tells no day. */
#ifndef CUSTODY_DOMAIN_STOCK_H
#define CUSTODY_DOMAIN_STOCK_H

#include "daemon/domain/tally.h"

enum { STOCK_DAYS = 400 };

struct stock {
    int64_t grams, pieces;
    struct tally_profiles profiles;
    uint32_t count;
    struct stock_day {
        int32_t day;
        int64_t grams, pieces;
    } days[STOCK_DAYS]; /* rising */
};

void stock_add(struct stock *stock, int32_t day, const struct tally_part *part);
/* Over the capacity of the place, or, of a ward store or village point that was registered without one, over what the profile
 * lets a storage point hold: GB 18597-2023. */
void stock_place_work(const struct stock *stock,
                      uint32_t place,
                      const struct law *law,
                      struct work_set *set);
/* Over what its permits let it store, 固体废物污染环境防治法 art. 80. */
void stock_party_work(const struct stock *stock,
                      uint32_t party,
                      const struct law *law,
                      struct work_set *set);
size_t stock_write(const struct stock *stock, uint8_t *ret, size_t cap);
bool stock_parse(struct span bytes, struct stock *ret);

#endif
