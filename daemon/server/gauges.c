/* gauges.c: one line of code a figure.
 * Never asks the ledger anything. */
#include "daemon/server/gauges.h"

#define DAY_US INT64_C(86400000000)

static void gauge(struct exposition *page, const char *stem, uint64_t number, const char *help)
{
    exposition_begin(page, stem, EXPOSITION_GAUGE, help);
    exposition_put(page, NULL, NULL, number);
}

static void gauge_us(struct exposition *page, const char *stem, int64_t us, const char *help)
{
    exposition_begin(page, stem, EXPOSITION_GAUGE, help);
    exposition_put_us(page, NULL, NULL, us);
}

static int64_t days_us(int64_t days)
{
    int64_t us;
    return days < 0 || __builtin_mul_overflow(days, DAY_US, &us) ? INT64_MAX : us;
}

static void expose_room(const struct health *health, struct exposition *page)
{
    gauge(page, "disk_bytes", health->space.total, "size of the disk that holds the ledger");
    gauge(page, "disk_free_bytes", health->space.free, "of these, free to the daemon");
    gauge(page, "disk_reserve_bytes", health->disk_reserve,
          "free bytes below which nothing new is taken");
    gauge(page, "disk_stage", space_stage(&health->space, health->disk_reserve),
          "0 ample, 1 above 85 per cent, 2 below the reserve");
    gauge_us(page, "disk_full_in_seconds", days_us(health->days_until_full),
             "until the disk is full down to the reserve, at the growth of 30 days");
    exposition_begin(page, "database_bytes", EXPOSITION_GAUGE, "bytes in use");
    for (int i = 0; i < HEALTH_STORES; i++) {
        exposition_put(page, "database", health_store_names[i], health->stores[i].used);
    }
    exposition_begin(page, "database_growth_bytes_per_day", EXPOSITION_GAUGE,
                     "growth over 30 days, or since the first entry");
    for (int i = 0; i < HEALTH_STORES; i++) {
        exposition_put(page, "database", health_store_names[i], health->stores[i].growth_per_day);
    }
    gauge(page, "map_bytes", health->map_size, "the most that each database may use");
    gauge_us(page, "map_full_in_seconds", days_us(health->days_until_map_full),
             "until the first database has no more room in its map");
}

static void expose_ledger(const struct health *health, struct exposition *page)
{
    static const char *const kinds[WORK_KINDS] = {[WORK_MANIFEST] = "manifest",
                                                  [WORK_OBLIGATION] = "obligation",
                                                  [WORK_FINDING] = "finding",
                                                  [WORK_SETTLED] = "settled"};
    gauge(page, "journal_entries", health->entries, "entries of the ledger");
    gauge(page, "lookups_entries", health->reflected, "entries that the look-ups reflect");
    gauge_us(page, "newest_entry_timestamp_seconds", health->last_recorded_us,
             "when the newest entry was recorded, and its checkpoint signed");
    exposition_begin(page, "open", EXPOSITION_GAUGE,
                     "manifests, obligations and findings that are open, and settled findings");
    for (int kind = WORK_MANIFEST; kind < WORK_KINDS; kind++) {
        exposition_put(page, "kind", kinds[kind], health->open[kind].rows);
    }
    exposition_begin(page, "open_mass_grams", EXPOSITION_GAUGE, "the waste that they are about");
    for (int kind = WORK_MANIFEST; kind < WORK_KINDS; kind++) {
        exposition_put(page, "kind", kinds[kind], health->open[kind].mass_g);
    }
}

static void expose_care(const struct health *health, struct exposition *page)
{
    gauge_us(page, "backup_timestamp_seconds", health->backup.at_us, "the last good backup");
    gauge(page, "backup_entries", health->backup.at_us == 0 ? 0 : health->backup.entries,
          "entries that it holds");
    gauge_us(page, "drill_timestamp_seconds", health->drill.at_us,
             "the last good drill of a restore");
    gauge_us(page, "scrub_timestamp_seconds", health->scrub.at_us,
             "the last reading of a share of the journal");
    gauge_us(page, "scrub_whole_timestamp_seconds", health->scrub.whole_us,
             "when all of the journal had been read again");
    gauge(page, "scrub_position_entries", health->scrub.position,
          "the entry that the next reading begins with");
    gauge(page, "scrub_damaged_entries", health->scrub.damaged, "entries that it found damaged");
    gauge(page, "crashes", health->crashes, "deaths of a fault of its own, not outlived yet");
    gauge(page, "two_histories", health->has_two_histories ? 1 : 0,
          "1 when the ledger's key has signed another history: nothing is taken");
    gauge(page, "key_change_cut_off", health->is_key_change_cut_off ? 1 : 0,
          "1 when a change of the ledger's key is not done yet");
    gauge(page, "keys_ending", health->keys.soon, "keys that end within 30 days");
    gauge(page, "permits_ending", health->permits.soon, "permits that end within 30 days");
    gauge(page, "catalogue_in_force", health->catalogue[0] != '\0' ? 1 : 0,
          "1 when a catalogue of national codes is in force");
    gauge_us(page, "calendar_ends_in_seconds",
             health->calendar_days < 0 ? 0 : days_us(health->calendar_days),
             "how long holidays are known for");
}

void gauges_expose(const struct health *health, int64_t now_us, struct exposition *page)
{
    expose_room(health, page);
    expose_ledger(health, page);
    expose_care(health, page);
    gauge_us(page, "clock_behind_seconds",
             health->last_recorded_us > now_us ? health->last_recorded_us - now_us : 0,
             "how far the clock is behind the newest entry");
}
