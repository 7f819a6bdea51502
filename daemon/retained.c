/* retained.c: tables and words.
 * Never leaves out a year, also one without records. */
#include "daemon/retained.h"

#include <inttypes.h>
#include <time.h>

#include "proto/bytes.h"

#define DAY_US INT64_C(86400000000)

static const char *const stays[KEPT_STAYS] = {[RETENTION_FREE] = "erase",
                                              [RETENTION_TIME] = "time",
                                              [RETENTION_HOLD] = "hold",
                                              [RETENTION_CASE] = "case"};

static const struct {
    const char *from, *of;
} kinds[KEPT_KINDS] = {
#define RETAINED_X(number, name, field, months, from, of) [number] = {from, of},
    RETENTION_KINDS(RETAINED_X)
#undef RETAINED_X
};

static const char *date_of(int64_t at_us, char ret[static 32])
{
    struct tm utc;
    time_t seconds = (time_t)(at_us / 1000000);
    if (at_us == 0 || at_us == INT64_MAX) {
        return "-";
    }
    gmtime_r(&seconds, &utc);
    strftime(ret, 32, "%Y-%m-%d", &utc);
    return ret;
}

static void print_count(const struct kept_count *count, FILE *out)
{
    char date[32];
    fprintf(
        out, " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 "  %s",
        count->records, count->erased, count->stays[RETENTION_FREE], count->stays[RETENTION_TIME],
        count->stays[RETENTION_HOLD], count->stays[RETENTION_CASE], date_of(count->next_us, date));
}

static void print_growth(const struct health *health, FILE *out)
{
    for (int i = 0; i < HEALTH_STORES; i++) {
        const struct health_store *store = &health->stores[i];
        fprintf(out, "%-8s %10.1f MiB, %.2f MiB a day, %.0f MiB in ten years\n",
                health_store_names[i], (double)store->used / (1 << 20),
                (double)store->growth_per_day / (1 << 20),
                (double)(store->used + 3653 * store->growth_per_day) / (1 << 20));
    }
}

void retained_print(const struct kept *kept, const struct health *health, FILE *out)
{
    static const char heads[] = "  records    erased may erase      time      hold      case  next";
    fprintf(out, "Entries stand for ever. Of the annex, by the year of the newest statement:\n\n");
    fprintf(out, "year       entries %s\n", heads);
    for (uint32_t i = 0; i < kept->year_count; i++) {
        const struct kept_year *year = &kept->years[i];
        fprintf(out, "%-8" PRId32 " %9" PRIu64, year->year, year->entries);
        print_count(&year->count, out);
        fputc('\n', out);
    }
    fprintf(out, "%-8s %9" PRIu64, "all", health->entries);
    print_count(&kept->all, out);
    fprintf(out, "\n\nkind        %s\n", heads);
    for (int kind = 1; kind < KEPT_KINDS; kind++) {
        fprintf(out, "%-12s", retention_name((enum retention_kind)kind));
        print_count(&kept->kinds[kind], out);
        if (kept->kept_us[kind] == INT64_MAX) {
            fprintf(out, "  for ever: %s\n", kinds[kind].of);
        } else {
            fprintf(out, "  %" PRId64 " days from %s: %s\n", kept->kept_us[kind] / DAY_US,
                    kinds[kind].from, kinds[kind].of);
        }
    }
    fputc('\n', out);
    print_growth(health, out);
    if (kept->all.stays[RETENTION_FREE] > 0) {
        fprintf(
            out,
            "\n%" PRIu64
            " may be erased: custodyd retention --list names them, a regulator erases each with "
            "`custody erase`.\n",
            kept->all.stays[RETENTION_FREE]);
    }
}

void retained_print_record(void *out, const struct kept_record *record)
{
    char hex[2 * DIGEST_SIZE + 1], date[32];
    bytes_write_hex(span_of(record->digest.bytes, DIGEST_SIZE), hex);
    fprintf(out, "%s\t%s\t%s\t%" PRIu64 "\t%s\t%s\n", hex, retention_name(record->kind),
            record->party, record->entry, date_of(record->until_us, date),
            record->is_erased ? "erased" : stays[record->stay]);
}
