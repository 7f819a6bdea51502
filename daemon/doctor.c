/* doctor.c: thresholds and words.
 * Never looks into an entry. */
#include "daemon/doctor.h"

#include <inttypes.h>
#include <stdarg.h>
#include <sys/timex.h>
#include <time.h>

#include "daemon/base/clock.h"

#define DAY_US  INT64_C(86400000000)
#define HOUR_US INT64_C(3600000000)

enum {
    BACKUP_DAYS = 2,
    DRILL_DAYS = 92, /* once a quarter */
    ROOM_DAYS = 30,
    MAP_DAYS = 92,
    SCRUB_DAYS = 14,     /* twice what a round takes */
    BEHIND_MAX = 100000, /* entries that look-ups may be behind a busy journal */
};

enum custody_status doctor_look(const struct ledger_options *options,
                                char ret_sentence[static 240],
                                struct doctor_findings *ret)
{
    struct timex clock = {0};
    *ret = (struct doctor_findings){.now_us = clock_wall_us()};
    ret->clock_is_set = adjtimex(&clock) >= 0 && (clock.status & STA_UNSYNC) == 0;
    return health_look(options, ret->now_us, ret_sentence, &ret->health);
}

struct page {
    FILE *out;
    enum doctor_verdict verdict;
};

__attribute__((format(printf, 4, 5))) static void
put(struct page *page, bool is_well, const char *name, const char *format, ...)
{
    va_list arguments;
    fprintf(page->out, "%c %-10s ", is_well ? ' ' : '!', name);
    va_start(arguments, format);
    vfprintf(page->out, format, arguments);
    va_end(arguments);
    fputc('\n', page->out);
    if (!is_well) {
        page->verdict = DOCTOR_CARE;
    }
}

static const char *date_of(int64_t at_us, char ret[static 32])
{
    struct tm utc;
    time_t seconds = (time_t)(at_us / 1000000);
    gmtime_r(&seconds, &utc);
    strftime(ret, 32, "%Y-%m-%d", &utc);
    return ret;
}

static double mib(uint64_t bytes)
{
    return (double)bytes / (1 << 20);
}

static void print_disk(struct page *page, const struct health *health)
{
    enum space_stage stage = space_stage(&health->space, health->disk_reserve);
    unsigned percent = space_used_percent(&health->space);
    uint64_t free_mib = health->space.free >> 20;
    double growth_mib = 0;
    for (int i = 0; i < HEALTH_STORES; i++) {
        growth_mib += mib(health->stores[i].growth_per_day);
    }
    if (stage == SPACE_RESERVE) {
        put(page, false, "disk",
            "%u %% used, %" PRIu64 " MiB free: below the reserve, nothing new is taken", percent,
            free_mib);
    } else if (health->days_until_full < 0) {
        put(page, stage == SPACE_AMPLE, "disk", "%u %% used, %" PRIu64 " MiB free, no growth yet",
            percent, free_mib);
    } else {
        put(page, stage == SPACE_AMPLE && health->days_until_full >= ROOM_DAYS, "disk",
            "%u %% used, %" PRIu64 " MiB free, %.2f MiB a day: full in %" PRId64 " days", percent,
            free_mib, growth_mib, health->days_until_full);
    }
}

static void print_stores(struct page *page, const struct health *health)
{
    static const char *const words[HEALTH_STORES] = {"journal", "look-ups", "annex"};
    for (int i = 0; i < HEALTH_STORES; i++) {
        put(page, true, words[i], "%.1f MiB, %.2f MiB a day", mib(health->stores[i].used),
            mib(health->stores[i].growth_per_day));
    }
    if (health->days_until_map_full < 0) {
        put(page, true, "map", "%.0f MiB each, no growth yet", mib(health->map_size));
    } else {
        put(page, health->days_until_map_full >= MAP_DAYS, "map",
            "%.0f MiB each: the first is full in %" PRId64 " days", mib(health->map_size),
            health->days_until_map_full);
    }
}

static void print_done(struct page *page,
                       const struct doctor_findings *findings,
                       const char *name,
                       const struct backup_mark *mark,
                       int64_t days_max,
                       const char *remedy)
{
    char date[32];
    if (mark->at_us == 0) {
        put(page, false, name, "never: %s", remedy);
        return;
    }
    int64_t days = (findings->now_us - mark->at_us) / DAY_US;
    uint64_t behind =
        findings->health.entries > mark->entries ? findings->health.entries - mark->entries : 0;
    bool is_well = days <= days_max && mark->at_us <= findings->now_us;
    put(page, is_well, name, "%s, %" PRId64 " days ago, %" PRIu64 " entries since, %s%s%s",
        date_of(mark->at_us, date), days, behind, mark->place, is_well ? "" : ": ",
        is_well ? "" : remedy);
}

/* Nobody expects of a young ledger that all of it was read again. */
static void print_scrub(struct page *page, const struct doctor_findings *findings)
{
    const struct health *health = &findings->health;
    const struct scrub_mark *scrub = &health->scrub;
    char whole[32];
    int64_t since_us = scrub->whole_us != 0 ? scrub->whole_us : health->first_recorded_us;
    bool is_well = findings->now_us - since_us <= SCRUB_DAYS * DAY_US;
    date_of(scrub->whole_us, whole);
    if (scrub->damaged > 0) {
        put(page, false, "scrub",
            "%" PRIu64 " damaged entries, the first is %" PRIu64 ": custodyd audit", scrub->damaged,
            scrub->first_damage);
    } else if (scrub->at_us == 0) {
        put(page, is_well, "scrub", "no share of the journal was read again yet");
    } else {
        put(page, is_well, "scrub",
            "at entry %" PRIu64 ", %" PRId64 " hours ago; the whole of it: %s", scrub->position,
            (findings->now_us - scrub->at_us) / HOUR_US, scrub->whole_us == 0 ? "not yet" : whole);
    }
}

static void print_clock(struct page *page, const struct doctor_findings *findings)
{
    int64_t behind_us = findings->health.last_recorded_us - findings->now_us;
    if (behind_us > 1000000) {
        put(page, false, "clock",
            "%" PRId64 " s behind the newest entry: set it, or entries pile up on one moment",
            behind_us / 1000000);
    } else {
        put(page, findings->clock_is_set, "clock", "%s",
            findings->clock_is_set ? "kept right"
                                   : "nobody keeps it right: run chrony or systemd-timesyncd");
    }
}

static void print_ends(struct page *page, const char *name, const struct health_ends *ends)
{
    char date[32];
    if (ends->soon == 0) {
        put(page, true, name, "none ends within %d days", HEALTH_SOON_DAYS);
    } else {
        put(page, false, name, "%" PRIu32 " end within %d days, the next on %s (%s)", ends->soon,
            HEALTH_SOON_DAYS, date_of(ends->next_us, date), ends->name);
    }
}

static void print_ledger_key(struct page *page, const struct doctor_findings *findings)
{
    const struct health *health = &findings->health;
    char date[32];
    if (health->has_two_histories) {
        put(page, false, "ledger-key",
            "it has signed another history (two-histories in the data folder): nothing more is "
            "taken; find out where, then custodyd rotate-key");
        return;
    }
    if (health->is_key_change_cut_off) {
        put(page, false, "ledger-key",
            "the key file does not have the one in force: custodyd rotate-key ends what was begun");
        return;
    }
    put(page, true, "ledger-key", "in force since %s, %" PRId64 " days, number %" PRIu32,
        date_of(health->ledger_key_since_us, date),
        (findings->now_us - health->ledger_key_since_us) / DAY_US, health->ledger_keys);
}

static void print_tables(struct page *page, const struct doctor_findings *findings)
{
    const struct health *health = &findings->health;
    char date[32];
    if (health->catalogue[0] == '\0') {
        put(page, false, "catalogue", "none is in force: custody set-catalogue");
    } else {
        put(page, true, "catalogue", "%s, in force since %s", health->catalogue,
            date_of(health->catalogue_from_us, date));
    }
    if (health->calendar_days >= 0) {
        put(page, health->calendar_days >= HEALTH_SOON_DAYS, "calendar",
            "holidays are known for %" PRId32 " more days", health->calendar_days);
    } else {
        put(page, false, "calendar", "holidays are not known any more: custody set-profile");
    }
}

enum doctor_verdict doctor_print(const struct doctor_findings *findings, FILE *out)
{
    struct page page = {.out = out, .verdict = DOCTOR_WELL};
    const struct health *health = &findings->health;
    uint64_t behind = health->entries > health->reflected ? health->entries - health->reflected : 0;
    put(&page, true, "ledger", "%s, %" PRIu64 " entries", health->origin, health->entries);
    print_disk(&page, health);
    print_stores(&page, health);
    print_done(&page, findings, "backup", &health->backup, BACKUP_DAYS, "custodyd backup");
    print_done(&page, findings, "drill", &health->drill, DRILL_DAYS, "custodyd restore --drill");
    print_scrub(&page, findings);
    print_clock(&page, findings);
    print_ledger_key(&page, findings);
    print_ends(&page, "keys", &health->keys);
    print_ends(&page, "permits", &health->permits);
    print_tables(&page, findings);
    put(&page, behind <= BEHIND_MAX, "behind", "%" PRIu64 " entries are not in the look-ups yet",
        behind);
    put(&page, health->crashes == 0, "crashes", "%" PRIu64 " since the last start that held",
        health->crashes);
    return page.verdict;
}
