/* beside.c: opens, takes snapshots, and lets go of both.
 * Never keeps an entry. */
#include "daemon/service/beside.h"

#include <stdio.h>
#include <string.h>

#include "daemon/service/ledger_parts.h"

#define BESIDE_MAP (UINT64_C(1) << 40)

enum { BESIDE_ARENA = 64 << 20, BESIDE_OVERLAY = 1 << 20 };

/* The journal's last: it must have every entry that the look-ups speak of. */
static enum custody_status beside_begin(struct beside *beside)
{
    enum custody_status status = lookups_snapshot_begin(beside->lookups, &beside->snapshot);
    if (status == CUSTODY_OK)
        status = journal_snapshot_begin(beside->journal, &beside->entries);
    if (status != CUSTODY_OK)
        return status;
    beside->book = book_create(NULL, beside->snapshot, NULL, BESIDE_ARENA);
    return beside->book == NULL ? CUSTODY_ERR_MEMORY : CUSTODY_OK;
}

static enum custody_status beside_open_parts(struct beside *beside, const char **ret_what)
{
    char path[600];
    *ret_what = "journal";
    snprintf(path, sizeof path, "%s/journal", beside->data);
    enum custody_status status =
        journal_open(path, STORE_BESIDE, beside->map_size, &beside->journal);
    if (status != CUSTODY_OK)
        return status;
    *ret_what = "annex";
    snprintf(path, sizeof path, "%s/annex", beside->data);
    status = annex_open(path, STORE_BESIDE, beside->map_size, &beside->annex);
    if (status != CUSTODY_OK && status != CUSTODY_ERR_NOT_FOUND)
        return status;
    *ret_what = "look-ups";
    return lookups_open(beside->data, STORE_BESIDE, beside->map_size, BESIDE_OVERLAY,
                        &beside->lookups);
}

enum custody_status
beside_open(const struct ledger_options *options, char ret_sentence[static 240], struct beside *ret)
{
    const char *what;
    struct beside beside = {.data = options->data,
                            .map_size = options->map_size == 0 ? BESIDE_MAP : options->map_size,
                            .is_own = true};
    enum custody_status status = beside_open_parts(&beside, &what);
    if (status == CUSTODY_OK)
        status = beside_begin(&beside);
    if (status == CUSTODY_OK) {
        *ret = beside;
        return CUSTODY_OK;
    }
    snprintf(ret_sentence, 240, "the %s in %.80s cannot be read: %s%s", what, options->data,
             custody_status_sentence(status),
             strcmp(what, "look-ups") == 0
                 ? "; the next start, or custodyd rebuild, makes them anew"
                 : ledger_remedy(status));
    beside_close(&beside);
    return status;
}

enum custody_status beside_of(struct ledger *ledger, struct beside *ret)
{
    struct beside beside = {.data = ledger->options.data,
                            .map_size = ledger->options.map_size,
                            .journal = ledger->journal,
                            .lookups = ledger->lookups,
                            .annex = ledger->annex};
    enum custody_status status = beside_begin(&beside);
    if (status == CUSTODY_OK)
        *ret = beside;
    else
        beside_close(&beside);
    return status;
}

void beside_close(struct beside *beside)
{
    book_destroy(beside->book);
    journal_snapshot_end(beside->entries);
    lookups_snapshot_end(beside->snapshot);
    if (!beside->is_own)
        return;
    lookups_close(beside->lookups);
    annex_close(beside->annex);
    journal_close(beside->journal);
}

uint64_t beside_entries(const struct beside *beside)
{
    return journal_snapshot_size(beside->entries);
}

int64_t beside_recorded_us(const struct beside *beside, uint64_t number)
{
    struct span bytes;
    struct entry entry;
    if (journal_read(beside->entries, number, NULL, &bytes) != CUSTODY_OK ||
        !entry_parse(bytes, &entry))
        return 0;
    return entry.recorded_at_us;
}

uint64_t beside_first_since(const struct beside *beside, int64_t since_us)
{
    uint64_t low = 0, high = beside_entries(beside);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (beside_recorded_us(beside, middle) < since_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
