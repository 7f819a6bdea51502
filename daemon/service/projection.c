/* projection.c: one generation of look-ups after another: sealed, moved, released.
 * Never moves what is not sealed, never seals while a generation is under way. */
#include "daemon/service/projection.h"

#include "daemon/base/clock.h"
#include "daemon/base/logger.h"
#include "daemon/service/ledger_parts.h"

static enum projection_stage projection_stage(struct ledger *ledger, enum custody_status *ret)
{
    pthread_mutex_lock(&ledger->lock);
    enum projection_stage stage = ledger->projection.stage;
    *ret = ledger->projection.status;
    pthread_mutex_unlock(&ledger->lock);
    return stage;
}

static void projection_enter(struct ledger *ledger, enum projection_stage stage)
{
    pthread_mutex_lock(&ledger->lock);
    ledger->projection.stage = stage;
    pthread_mutex_unlock(&ledger->lock);
}

void projection_attach(struct ledger *ledger, bool is_attached)
{
    ledger->projection.is_attached = is_attached;
}

bool projection_is_due(struct ledger *ledger)
{
    enum custody_status status;
    return projection_stage(ledger, &status) == PROJECTION_SEALED;
}

/* ---- the projector ------------------------------------------------------------------------------ */

bool projection_step(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    bool is_mine = ledger->projection.stage == PROJECTION_SEALED;
    if (is_mine)
        ledger->projection.stage = PROJECTION_MOVING;
    pthread_mutex_unlock(&ledger->lock);
    if (!is_mine)
        return false;
    uint64_t start_ns = clock_monotonic_ns();
    enum custody_status status = lookups_project(ledger->lookups);
    metric_add(&ledger->metrics.flushes, 1);
    metric_record(&ledger->metrics.flush_us, (clock_monotonic_ns() - start_ns) / 1000);
    pthread_mutex_lock(&ledger->lock);
    ledger->projection.stage = status == CUSTODY_OK ? PROJECTION_MOVED : PROJECTION_FAILED;
    ledger->projection.status = status;
    if (status == CUSTODY_OK) {
        ledger->committed = ledger->projection.entries;
        pthread_cond_broadcast(&ledger->moved);
    }
    pthread_mutex_unlock(&ledger->lock);
    return true;
}

/* ---- the writer --------------------------------------------------------------------------------- */

/* What became of the generation that was under way; after a failure it stays sealed. */
static enum custody_status projection_settle(struct ledger *ledger)
{
    enum custody_status status;
    switch (projection_stage(ledger, &status)) {
    case PROJECTION_MOVED:
        lookups_release(ledger->lookups);
        projection_enter(ledger, PROJECTION_NONE);
        break;
    case PROJECTION_FAILED:
        projection_enter(ledger, PROJECTION_HELD);
        /* LMDB takes no more writes from this process: readers would be told of an older day for ever. */
        if (status == CUSTODY_ERR_UNKNOWN_RESULT)
            ledger->must_leave = true;
        break;
    case PROJECTION_NONE:
    case PROJECTION_SEALED:
    case PROJECTION_MOVING:
    case PROJECTION_HELD:
        return CUSTODY_OK;
    }
    ledger->last_flush_ns = clock_monotonic_ns();
    metric_set(&ledger->metrics.overlay_bytes, lookups_overlay(ledger->lookups));
    return status;
}

/* The unfinished tiles of the tree are part of a generation: a start goes on from them. */
static enum custody_status projection_seal(struct ledger *ledger)
{
    enum custody_status status;
    if (projection_stage(ledger, &status) == PROJECTION_HELD) {
        projection_enter(ledger, PROJECTION_SEALED);
        return CUSTODY_OK;
    }
    uint64_t reflected = lookups_reflected(ledger->lookups);
    if (lookups_committed(ledger->lookups) == reflected &&
        lookups_pending_changes(ledger->lookups) == 0)
        return CUSTODY_OK;
    status = tree_put_tiles(ledger->tree);
    if (status == CUSTODY_OK)
        status = lookups_accept(ledger->lookups, reflected);
    if (status != CUSTODY_OK || !lookups_seal(ledger->lookups))
        return status;
    ledger->projection.entries = reflected;
    projection_enter(ledger, PROJECTION_SEALED);
    return CUSTODY_OK;
}

static bool projection_may_seal(struct ledger *ledger, bool idle)
{
    const uint64_t ms = 1000000;
    enum custody_status status;
    uint64_t now_ns = clock_monotonic_ns();
    /* With one client at a time the queue is empty after every statement; its next one must not wait for a second commit. */
    bool is_quiet = idle && now_ns - ledger->last_batch_ns >= PROJECTION_IDLE_MS * ms;
    bool is_time = now_ns - ledger->last_flush_ns >= PROJECTION_MS * ms;
    switch (projection_stage(ledger, &status)) {
    case PROJECTION_NONE:
        return lookups_pending_changes(ledger->lookups) >= PROJECTION_CHANGES ||
               (lookups_committed(ledger->lookups) < lookups_reflected(ledger->lookups) &&
                (is_quiet || is_time));
    case PROJECTION_HELD:
        return is_time;
    case PROJECTION_SEALED:
    case PROJECTION_MOVING:
    case PROJECTION_MOVED:
    case PROJECTION_FAILED:
        break;
    }
    return false;
}

void projection_turn(struct ledger *ledger, bool idle)
{
    enum custody_status status = projection_settle(ledger);
    if (status == CUSTODY_OK && projection_may_seal(ledger, idle)) {
        status = projection_seal(ledger);
        if (status == CUSTODY_OK && !ledger->projection.is_attached && projection_step(ledger))
            status = projection_settle(ledger);
    }
    if (status == CUSTODY_ERR_CORRUPT)
        ledger_condemn(ledger);
    else if (status != CUSTODY_OK)
        LOG(LOGGER_ERROR, "flush_failed", LOGGER_TEXT("status", custody_status_name(status)));
}

enum custody_status projection_finish(struct ledger *ledger)
{
    for (;;) {
        enum custody_status status = projection_settle(ledger);
        if (status == CUSTODY_OK)
            status = projection_seal(ledger);
        if (status != CUSTODY_OK || !projection_step(ledger))
            return status;
    }
}
