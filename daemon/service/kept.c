/* kept.c: every record that a statement names, judged as an erasure of it would be.
 * Never looks into a record. */
#include "daemon/service/kept.h"

#include <stdio.h>
#include <string.h>

#include "daemon/domain/tally.h"
#include "daemon/service/annexed.h"
#include "daemon/service/beside.h"

struct keeping {
    struct beside beside;
    int64_t now_us;
    const struct calendar *calendar;
    kept_visit *visit;
    void *context;
    struct kept *kept;
};

static void kept_count(struct kept_count *count, const struct kept_record *record)
{
    count->records++;
    if (record->is_erased) {
        count->erased++;
        return;
    }
    count->stays[record->stay]++;
    if (record->stay == RETENTION_TIME && record->until_us != INT64_MAX &&
        (count->next_us == 0 || record->until_us < count->next_us))
        count->next_us = record->until_us;
}

static struct kept_year *kept_year(struct keeping *keeping, int64_t at_us)
{
    struct kept *kept = keeping->kept;
    int32_t index = tally_year(keeping->calendar, at_us) - kept->years[0].year;
    int32_t last = (int32_t)kept->year_count - 1;
    return &kept->years[index < 0 ? 0 : index > last ? last : index];
}

/* As annexed_ended_us, with the time of a revocation read from its entry. */
static int64_t kept_ended_us(struct keeping *keeping, const struct retention_record *record)
{
    struct book *book = keeping->beside.book;
    const struct key *key = record->key == 0 ? NULL : book_key(book, record->key);
    if (record->kind == RETENTION_identity && key != NULL && key->is_enrolled && key->is_revoked)
        return beside_recorded_us(&keeping->beside, key->revoked_entry);
    return annexed_ended_us(book, record, keeping->now_us);
}

/* False when the row cannot be read. */
static bool kept_take(struct keeping *keeping, uint32_t number)
{
    struct book *book = keeping->beside.book;
    struct retention_record found;
    struct kept_record record = {.party = ""};
    char party[128];
    book_turn(book);
    struct span name = book_name(book, SUBJECT_RECORD, number);
    if (name.len != DIGEST_SIZE)
        return false;
    memcpy(record.digest.bytes, name.data, DIGEST_SIZE);
    if (!annexed_find(book, record.digest.bytes, &found))
        return false;
    int64_t ended_us = kept_ended_us(keeping, &found);
    record.kind = (enum retention_kind)found.kind;
    record.entry = found.entry;
    record.is_erased = annexed_is_erased(book, record.digest.bytes);
    record.until_us = annexed_kept_until_us(book, &found, ended_us, keeping->now_us);
    record.stay = annexed_stay(book, &found, ended_us, keeping->now_us);
    kept_count(&keeping->kept->all, &record);
    kept_count(&keeping->kept->kinds[record.kind], &record);
    kept_count(&kept_year(keeping, found.recorded_us)->count, &record);
    if (keeping->visit == NULL)
        return book_status(book) == CUSTODY_OK;
    if (found.party != 0) {
        struct span owner = book_name(book, SUBJECT_PARTY, found.party);
        snprintf(party, sizeof party, "%.*s", (int)owner.len, (const char *)owner.data);
        record.party = party;
    }
    keeping->visit(keeping->context, &record);
    return book_status(book) == CUSTODY_OK;
}

/* Years from the first entry to now, and how many entries each has. */
static void kept_take_years(struct keeping *keeping)
{
    struct kept *kept = keeping->kept;
    uint64_t entries = beside_entries(&keeping->beside);
    int32_t last = tally_year(keeping->calendar, keeping->now_us);
    int32_t first = entries == 0
                        ? last
                        : tally_year(keeping->calendar, beside_recorded_us(&keeping->beside, 0));
    if (first > last || last - first >= KEPT_YEARS_MAX)
        first = last - KEPT_YEARS_MAX + 1 > first ? last - KEPT_YEARS_MAX + 1 : last;
    uint64_t before = 0;
    for (int32_t year = first; year <= last; year++) {
        struct kept_year *row = &kept->years[kept->year_count++];
        uint64_t low = before, high = entries;
        while (low < high) {
            uint64_t middle = low + (high - low) / 2;
            if (tally_year(keeping->calendar, beside_recorded_us(&keeping->beside, middle)) <= year)
                low = middle + 1;
            else
                high = middle;
        }
        row->year = year;
        row->entries = low - before;
        before = low;
    }
}

enum custody_status kept_look(const struct ledger_options *options,
                              int64_t now_us,
                              kept_visit *visit,
                              void *context,
                              char ret_sentence[static 240],
                              struct kept *ret)
{
    struct keeping keeping = {.now_us = now_us, .visit = visit, .context = context, .kept = ret};
    memset(ret, 0, sizeof *ret);
    ret_sentence[0] = 0;
    enum custody_status status = beside_open(options, ret_sentence, &keeping.beside);
    if (status != CUSTODY_OK)
        return status;
    struct book *book = keeping.beside.book;
    const struct profile *profile = book_profile_at(book, now_us);
    const struct calendar calendar = profile->calendar;
    keeping.calendar = &calendar;
    for (int kind = RETENTION_identity; kind < KEPT_KINDS; kind++)
        ret->kept_us[kind] = retention_us((enum retention_kind)kind, profile);
    kept_take_years(&keeping);
    uint32_t count = book_ledger(book)->numbers[SUBJECT_RECORD];
    bool is_read = true;
    for (uint32_t number = 1; number <= count && is_read; number++)
        is_read = kept_take(&keeping, number);
    status = book_status(book);
    if (status == CUSTODY_OK && !is_read)
        status = CUSTODY_ERR_CORRUPT;
    if (status != CUSTODY_OK)
        snprintf(ret_sentence, 240, "the look-ups cannot be read: %s",
                 custody_status_sentence(status));
    beside_close(&keeping.beside);
    return status;
}
