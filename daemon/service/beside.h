/* beside.h: a ledger's folder, read while its daemon may be running: journal, look-ups and annex, each on one snapshot.
 * Never writes. A snapshot holds back the daemon's pages, so what is done with it is to be short. */
#ifndef CUSTODY_SERVICE_BESIDE_H
#define CUSTODY_SERVICE_BESIDE_H

#include "daemon/ledger/annex.h"
#include "daemon/ledger/journal.h"
#include "daemon/ledger/lookups.h"
#include "daemon/service/book.h"
#include "daemon/service/ledger.h"

struct beside {
    const char *data;
    uint64_t map_size;
    struct journal *journal;
    struct lookups *lookups;
    struct annex *annex; /* NULL: the ledger was never started */
    struct journal_snapshot *entries;
    struct lookups_snapshot *snapshot;
    struct book *book;
    bool is_own; /* opened here, not lent by a ledger */
};

/* On failure `ret_sentence` says what cannot be read, and there is nothing to close. */
enum custody_status beside_open(const struct ledger_options *options,
                                char ret_sentence[static 240],
                                struct beside *ret);
/* Of a ledger that is open here, which must stay so; any thread. */
enum custody_status beside_of(struct ledger *ledger, struct beside *ret);
void beside_close(struct beside *beside);

uint64_t beside_entries(const struct beside *beside);
/* When the entry was recorded; 0 when it cannot be read. */
int64_t beside_recorded_us(const struct beside *beside, uint64_t number);
/* The first entry that was recorded then or later. */
uint64_t beside_first_since(const struct beside *beside, int64_t since_us);

#endif
