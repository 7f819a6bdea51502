/* health.c: one look at everything that runs out.
 * Never writes. */
#include "daemon/service/health.h"

#include <stdio.h>
#include <string.h>

#include "proto/profile.h"
#include "daemon/base/lastwords.h"
#include "daemon/service/beside.h"
#include "daemon/service/docket.h"
#include "daemon/service/histories.h"
#include "daemon/service/ledger_parts.h"

#define HEALTH_DAY_US INT64_C(86400000000)

const char *const health_store_names[HEALTH_STORES] = {"journal", "lookups", "annex"};

struct looking {
    const struct beside *beside;
    int64_t now_us;
    struct health *health;
};

/* What there is of each, and what a mean entry costs there. */
static void health_grow(struct looking *looking)
{
    struct health *health = looking->health;
    health->stores[HEALTH_JOURNAL].used = journal_used(looking->beside->journal);
    health->stores[HEALTH_LOOKUPS].used = lookups_used(looking->beside->lookups);
    health->stores[HEALTH_ANNEX].used =
        looking->beside->annex == NULL ? 0 : annex_used(looking->beside->annex);
    health->days_until_full = -1;
    health->days_until_map_full = -1;
    if (health->entries == 0)
        return;
    health->first_recorded_us = beside_recorded_us(looking->beside, 0);
    health->last_recorded_us = beside_recorded_us(looking->beside, health->entries - 1);
    int64_t since_us = looking->now_us - HEALTH_GROWTH_DAYS * HEALTH_DAY_US;
    uint64_t came = health->entries - beside_first_since(looking->beside, since_us);
    since_us = since_us > health->first_recorded_us ? since_us : health->first_recorded_us;
    int64_t days = (looking->now_us - since_us) / HEALTH_DAY_US;
    uint64_t reserve = health->disk_reserve;
    uint64_t room = health->space.free > reserve ? health->space.free - reserve : 0;
    uint64_t growth = 0;
    for (int i = 0; i < HEALTH_STORES; i++) {
        struct health_store *store = &health->stores[i];
        uint64_t left = health->map_size > store->used ? health->map_size - store->used : 0;
        store->growth_per_day =
            came * (store->used / health->entries) / (uint64_t)(days < 1 ? 1 : days);
        growth += store->growth_per_day;
        if (store->growth_per_day == 0)
            continue;
        int64_t days_left = (int64_t)(left / store->growth_per_day);
        if (health->days_until_map_full < 0 || days_left < health->days_until_map_full)
            health->days_until_map_full = days_left;
    }
    if (growth > 0)
        health->days_until_full = (int64_t)(room / growth);
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
    struct span name = book_name(looking->beside->book, SUBJECT_PARTY, party);
    snprintf(ends->name, sizeof ends->name, "%.*s", (int)name.len,
             name.data == NULL ? "" : (const char *)name.data);
}

static void health_ledger_key(struct looking *looking, const char *key_file)
{
    struct health *health = looking->health;
    struct ledger_keys file;
    book_turn(looking->beside->book);
    const struct keyring *keyring = book_keyring(looking->beside->book);
    if (keyring == NULL || keyring->count == 0)
        return;
    health->ledger_keys = keyring->count;
    health->ledger_key_since_us =
        beside_recorded_us(looking->beside, keyring->keys[keyring->count - 1].said[1]);
    /* Who may not read the key file looks at the rest. */
    if (key_file != NULL && ledger_keys_read(key_file, &file) == CUSTODY_OK) {
        const uint8_t *in_force = keyring_in_force(keyring);
        health->is_key_change_cut_off = memcmp(file.public_key, in_force, PUBLIC_KEY_SIZE) != 0;
        ledger_keys_done(&file);
    }
}

static void health_keys(struct looking *looking)
{
    uint32_t count = book_ledger(looking->beside->book)->numbers[SUBJECT_KEY];
    for (uint32_t number = 1; number <= count; number++) {
        book_turn(looking->beside->book);
        const struct key *key = book_key(looking->beside->book, number);
        bool lives = key != NULL && key->is_enrolled && !key->is_revoked && key->invited_roles == 0;
        if (lives && health_note_end(looking, &looking->health->keys, key->until_us))
            health_name(looking, key->party, &looking->health->keys);
    }
}

static void health_permits(struct looking *looking)
{
    struct health_ends *ends = &looking->health->permits;
    uint32_t count = book_ledger(looking->beside->book)->numbers[SUBJECT_PARTY];
    for (uint32_t number = 1; number <= count; number++) {
        book_turn(looking->beside->book);
        const struct party *party = book_party(looking->beside->book, number);
        for (uint32_t i = 0; party != NULL && i < party->permits; i++) {
            const struct permit *permit = book_permit(looking->beside->book, number, i);
            if (permit != NULL && health_note_end(looking, ends, permit->until_us))
                snprintf(ends->name, sizeof ends->name, "%s", permit->number);
        }
    }
}

static void health_tables(struct looking *looking)
{
    struct health *health = looking->health;
    book_turn(looking->beside->book);
    const struct catalogue *catalogue = book_catalogue(looking->beside->book);
    int32_t edition =
        catalogue == NULL ? -1 : catalogue_at(catalogue, WASTE_NATIONAL, looking->now_us);
    if (edition >= 0) {
        memcpy(health->catalogue, catalogue->editions[edition].name, sizeof health->catalogue);
        health->catalogue_from_us = catalogue->editions[edition].from_us;
    }
    const struct calendar *calendar =
        &book_profile_at(looking->beside->book, looking->now_us)->calendar;
    health->calendar_days = calendar->covers_until - calendar_day(calendar, looking->now_us);
}

static bool health_add_open(void *context, const struct docket_count *count)
{
    struct health_open *open = context;
    open->rows += (uint64_t)count->rows;
    open->mass_g += (uint64_t)count->mass_g;
    return true;
}

static enum custody_status health_opened(struct looking *looking)
{
    enum custody_status status = CUSTODY_OK;
    for (uint8_t kind = WORK_MANIFEST; kind < WORK_KINDS && status == CUSTODY_OK; kind++)
        status = docket_counts(looking->beside->snapshot, kind, 0, UINT32_MAX, health_add_open,
                               &looking->health->open[kind]);
    return status;
}

/* What others left word of. No word is none. */
static void health_marks(struct looking *looking)
{
    struct health *health = looking->health;
    char path[600];
    if (backup_mark_read(looking->beside->data, "backup", &health->backup) != CUSTODY_OK)
        health->backup.at_us = 0;
    if (backup_mark_read(looking->beside->data, "drill", &health->drill) != CUSTODY_OK)
        health->drill.at_us = 0;
    if (scrub_mark_read(looking->beside->data, &health->scrub) != CUSTODY_OK)
        health->scrub.at_us = 0;
    ledger_lastwords_path(looking->beside->data, path);
    health->crashes = lastwords_read(path);
}

static enum custody_status health_gather(const struct beside *beside,
                                         int64_t now_us,
                                         const struct ledger_options *options,
                                         struct health *ret)
{
    struct looking looking = {.beside = beside, .now_us = now_us, .health = ret};
    struct checkpoint head;
    *ret = (struct health){.map_size = beside->map_size, .disk_reserve = options->disk_reserve};
    enum custody_status status = space_look(beside->data, &ret->space);
    ret->entries = beside_entries(beside);
    ret->reflected = lookups_snapshot_position(beside->snapshot);
    if (checkpoint_parse(journal_snapshot_head(beside->entries), &head))
        memcpy(ret->origin, head.origin, sizeof ret->origin);
    health_grow(&looking);
    health_ledger_key(&looking, options->key_file);
    ret->has_two_histories = histories_were_two(beside->data);
    health_keys(&looking);
    health_permits(&looking);
    health_tables(&looking);
    health_marks(&looking);
    if (status == CUSTODY_OK)
        status = health_opened(&looking);
    return status == CUSTODY_OK ? book_status(beside->book) : status;
}

enum custody_status health_look(const struct ledger_options *options,
                                int64_t now_us,
                                char ret_sentence[static 240],
                                struct health *ret)
{
    struct beside beside;
    ret_sentence[0] = 0;
    enum custody_status status = beside_open(options, ret_sentence, &beside);
    if (status != CUSTODY_OK)
        return status;
    status = health_gather(&beside, now_us, options, ret);
    if (status != CUSTODY_OK)
        snprintf(ret_sentence, 240, "%s", custody_status_sentence(status));
    beside_close(&beside);
    return status;
}

enum custody_status health_of(struct ledger *ledger, int64_t now_us, struct health *ret)
{
    struct beside beside;
    enum custody_status status = beside_of(ledger, &beside);
    if (status != CUSTODY_OK)
        return status;
    status = health_gather(&beside, now_us, &ledger->options, ret);
    beside_close(&beside);
    return status;
}
