/* teller.c: look, write beside, rename.
 * Never holds up a request: what it reads are counters, and snapshots of its own. */
#include "daemon/server/teller.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/logger.h"
#include "daemon/base/ticker.h"
#include "daemon/server/gauges.h"

struct teller {
    const struct road *road;
    char path[TELLER_PATH_MAX];
    int64_t began_us; /* by both clocks, what the wall's steps are told from */
    uint64_t began_ns;
    bool has_failed;
    struct ticker *ticker;
};

/* How far the wall clock was set, forward or back, since the start. */
static int64_t stepped_us(const struct teller *teller, int64_t now_us)
{
    return now_us - teller->began_us - (int64_t)((clock_monotonic_ns() - teller->began_ns) / 1000);
}

static void expose(const struct teller *teller, struct exposition *page)
{
    static const char *const clocks[] = {"started_timestamp_seconds", "written_timestamp_seconds",
                                         "clock_stepped_seconds"};
    static const char *const helps[] = {"when the daemon was started", "when this file was written",
                                        "how far the clock was set since the start"};
    struct health health;
    int64_t now_us = clock_wall_us();
    const int64_t times[] = {teller->road->meter->started_at_us, now_us,
                             stepped_us(teller, now_us)};
    meter_expose(teller->road, page);
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        exposition_begin(page, clocks[i], EXPOSITION_GAUGE, helps[i]);
        exposition_put_us(page, NULL, NULL, times[i]);
    }
    /* The counters are told without it. */
    bool is_read = health_of(teller->road->ledger, now_us, &health) == CUSTODY_OK;
    exposition_begin(page, "state_read", EXPOSITION_GAUGE,
                     "1 when the state of ledger and disk could be read and is told");
    exposition_put(page, NULL, NULL, is_read);
    if (is_read) {
        gauges_expose(&health, now_us, page);
    }
}

/* The process makes files that nobody else may read; these figures are for others. */
static bool write_file(const struct teller *teller, const char *temporary)
{
    int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file < 0) {
        return false;
    }
    FILE *out = fchmod(file, 0644) == 0 ? fdopen(file, "w") : NULL;
    if (out == NULL) {
        close(file);
        return false;
    }
    expose(teller, &(struct exposition){.out = out});
    bool is_written = ferror(out) == 0;
    return fclose(out) == 0 && is_written && rename(temporary, teller->path) == 0;
}

static void tell(void *context)
{
    struct teller *teller = context;
    char temporary[TELLER_PATH_MAX + 8];
    snprintf(temporary, sizeof(temporary), "%s.new", teller->path);
    bool is_written = write_file(teller, temporary);
    if (is_written && teller->has_failed) {
        LOG(LOGGER_INFO, "metrics", LOGGER_TEXT("file", teller->path),
            LOGGER_TEXT("sentence", "written again"));
    } else if (!is_written && !teller->has_failed) {
        LOG(LOGGER_WARNING, "metrics", LOGGER_TEXT("file", teller->path),
            LOGGER_TEXT("sentence", strerror(errno)),
            LOGGER_TEXT("remedy", "make its folder, or set metrics_file to another or to none"));
    }
    teller->has_failed = !is_written;
}

enum custody_status
teller_start(const struct road *road, const char *path, unsigned every_s, struct teller **ret)
{
    if (strlen(path) >= TELLER_PATH_MAX) {
        return CUSTODY_ERR_INVALID;
    }
    struct teller *teller = calloc(1, sizeof(*teller));
    if (teller == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    teller->road = road;
    memcpy(teller->path, path, strlen(path) + 1);
    teller->began_us = clock_wall_us();
    teller->began_ns = clock_monotonic_ns();
    enum custody_status status = ticker_start(every_s, true, tell, teller, &teller->ticker);
    if (status != CUSTODY_OK) {
        free(teller);
        return status;
    }
    *ret = teller;
    return CUSTODY_OK;
}

void teller_stop(struct teller *teller)
{
    if (teller == NULL) {
        return;
    }
    ticker_stop(teller->ticker);
    unlink(teller->path);
    free(teller);
}
