/* health.c: one look at everything that runs out.
 * Never writes. */
#include "daemon/service/health.h"

#include <stdio.h>
#include <string.h>

#include "proto/profile.h"
#include "daemon/service/histories.h"
#include "daemon/service/ledger_parts.h"

#define HEALTH_DAY_US INT64_C(86400000000)

enum { HEALTH_ARENA = 64 << 20 };

struct looking {
    const struct ledger_options *options;
    int64_t now_us;
    struct health *health;
    struct journal *journal;
    struct journal_snapshot *entries;
    struct lookups *lookups;
    struct lookups_snapshot *snapshot;
    struct book *book;
};

static int64_t health_recorded(struct looking *looking, uint64_t number)
{
    struct span bytes;
    struct entry entry;
    if (journal_read(looking->entries, number, NULL, &bytes) != CUSTODY_OK ||
        !entry_parse(bytes, &entry))
        return 0;
    return entry.recorded_at_us;
}

/* The first entry that was recorded then or later. */
static uint64_t health_first_since(struct looking *looking, int64_t since_us)
{
    uint64_t low = 0, high = looking->health->entries;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (health_recorded(looking, middle) < since_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void health_grow(struct looking *looking)
{
    struct health *health = looking->health;
    health->days_until_full = -1;
    if (health->entries == 0)
        return;
    int64_t first_us = health_recorded(looking, 0);
    int64_t since_us = looking->now_us - HEALTH_GROWTH_DAYS * HEALTH_DAY_US;
    uint64_t from = health_first_since(looking, since_us);
    since_us = since_us > first_us ? since_us : first_us;
    int64_t days = (looking->now_us - since_us) / HEALTH_DAY_US;
    uint64_t each = health->used / health->entries;
    health->growth_per_day = (health->entries - from) * each / (uint64_t)(days < 1 ? 1 : days);
    uint64_t reserve = looking->options->disk_reserve;
    uint64_t room = health->space.free > reserve ? health->space.free - reserve : 0;
    if (health->growth_per_day > 0)
        health->days_until_full = (int64_t)(room / health->growth_per_day);
}

/* True when it ends soon, and before all others of its kind so far. */
static bool
health_note_end(const struct looking *looking, struct health_ends *ends, int64_t until_us)
{
    if (until_us <= looking->now_us ||
        until_us > looking->now_us + HEALTH_SOON_DAYS * HEALTH_DAY_US)
        return false;
    ends->soon++;
    if (ends->next_us != 0 && until_us >= ends->next_us)
        return false;
    ends->next_us = until_us;
    return true;
}

static void health_name(struct looking *looking, uint32_t party, struct health_ends *ends)
{
    struct span name = book_name(looking->book, SUBJECT_PARTY, party);
    snprintf(ends->name, sizeof ends->name, "%.*s", (int)name.len,
             name.data == NULL ? "" : (const char *)name.data);
}

static void health_ledger_key(struct looking *looking)
{
    struct health *health = looking->health;
    struct ledger_keys file;
    book_turn(looking->book);
    const struct keyring *keyring = book_keyring(looking->book);
    if (keyring == NULL || keyring->count == 0)
        return;
    health->ledger_keys = keyring->count;
    health->ledger_key_since_us =
        health_recorded(looking, keyring->keys[keyring->count - 1].said[1]);
    /* Who may not read the key file looks at the rest. */
    if (looking->options->key_file != NULL &&
        ledger_keys_read(looking->options->key_file, &file) == CUSTODY_OK) {
        const uint8_t *in_force = keyring_in_force(keyring);
        health->is_key_change_cut_off = memcmp(file.public_key, in_force, PUBLIC_KEY_SIZE) != 0;
        ledger_keys_done(&file);
    }
}

static void health_keys(struct looking *looking)
{
    uint32_t count = book_ledger(looking->book)->numbers[SUBJECT_KEY];
    for (uint32_t number = 1; number <= count; number++) {
        book_turn(looking->book);
        const struct key *key = book_key(looking->book, number);
        bool lives = key != NULL && key->is_enrolled && !key->is_revoked && key->invited_roles == 0;
        if (lives && health_note_end(looking, &looking->health->keys, key->until_us))
            health_name(looking, key->party, &looking->health->keys);
    }
}

static void health_permits(struct looking *looking)
{
    struct health_ends *ends = &looking->health->permits;
    uint32_t count = book_ledger(looking->book)->numbers[SUBJECT_PARTY];
    for (uint32_t number = 1; number <= count; number++) {
        book_turn(looking->book);
        const struct party *party = book_party(looking->book, number);
        for (uint32_t i = 0; party != NULL && i < party->permits; i++) {
            const struct permit *permit = book_permit(looking->book, number, i);
            if (permit != NULL && health_note_end(looking, ends, permit->until_us))
                snprintf(ends->name, sizeof ends->name, "%s", permit->number);
        }
    }
}

static void health_tables(struct looking *looking)
{
    struct health *health = looking->health;
    book_turn(looking->book);
    const struct catalogue *catalogue = book_catalogue(looking->book);
    int32_t edition =
        catalogue == NULL ? -1 : catalogue_at(catalogue, WASTE_NATIONAL, looking->now_us);
    if (edition >= 0) {
        memcpy(health->catalogue, catalogue->editions[edition].name, sizeof health->catalogue);
        health->catalogue_from_us = catalogue->editions[edition].from_us;
    }
    const struct calendar *calendar = &book_profile_at(looking->book, looking->now_us)->calendar;
    health->calendar_days = calendar->covers_until - calendar_day(calendar, looking->now_us);
}

static enum custody_status health_open(struct looking *looking, char *ret_sentence)
{
    const struct ledger_options *options = looking->options;
    uint64_t map_size = options->map_size == 0 ? UINT64_C(1) << 40 : options->map_size;
    char path[600];
    snprintf(path, sizeof path, "%s/journal", options->data);
    enum custody_status status = journal_open(path, STORE_BESIDE, map_size, &looking->journal);
    if (status == CUSTODY_OK)
        status = journal_snapshot_begin(looking->journal, &looking->entries);
    if (status != CUSTODY_OK) {
        snprintf(ret_sentence, 240, "the journal in %s cannot be read: %s", options->data,
                 custody_status_sentence(status));
        return status;
    }
    status = lookups_open(options->data, STORE_BESIDE, map_size, 1 << 20, &looking->lookups);
    if (status == CUSTODY_OK)
        status = lookups_snapshot_begin(looking->lookups, &looking->snapshot);
    if (status == CUSTODY_OK) {
        looking->book = book_create(NULL, looking->snapshot, looking->journal, HEALTH_ARENA);
        status = looking->book == NULL ? CUSTODY_ERR_MEMORY : CUSTODY_OK;
    }
    if (status != CUSTODY_OK)
        snprintf(ret_sentence, 240, "the look-ups in %s cannot be read: %s", options->data,
                 custody_status_sentence(status));
    return status;
}

enum custody_status health_look(const struct ledger_options *options,
                                int64_t now_us,
                                char ret_sentence[static 240],
                                struct health *ret)
{
    struct looking looking = {.options = options, .now_us = now_us, .health = ret};
    struct checkpoint head;
    memset(ret, 0, sizeof *ret);
    ret_sentence[0] = 0;
    enum custody_status status = health_open(&looking, ret_sentence);
    if (status == CUSTODY_OK)
        status = space_look(options->data, &ret->space);
    if (status == CUSTODY_OK) {
        ret->entries = journal_snapshot_size(looking.entries);
        ret->reflected = lookups_snapshot_position(looking.snapshot);
        ret->used = journal_used(looking.journal) + lookups_used(looking.lookups);
        if (checkpoint_parse(journal_snapshot_head(looking.entries), &head))
            memcpy(ret->origin, head.origin, sizeof ret->origin);
        if (ret->entries > 0)
            ret->last_recorded_us = health_recorded(&looking, ret->entries - 1);
        health_grow(&looking);
        health_ledger_key(&looking);
        ret->has_two_histories = histories_were_two(options->data);
        health_keys(&looking);
        health_permits(&looking);
        health_tables(&looking);
        status = book_status(looking.book);
    }
    if (status != CUSTODY_OK && ret_sentence[0] == 0)
        snprintf(ret_sentence, 240, "%s", custody_status_sentence(status));
    book_destroy(looking.book);
    lookups_snapshot_end(looking.snapshot);
    lookups_close(looking.lookups);
    journal_snapshot_end(looking.entries);
    journal_close(looking.journal);
    return status;
}
