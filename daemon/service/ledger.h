/* ledger.h: one open ledger: journal, look-ups, tree, annex and the key that signs heads, held together.
 * Never a socket, never a thread of its own.
 *
 * Threads: submit.h: the writer's thread; projection_step: the projector's; opening before they start and closing after they
 * have ended, from any one; query.h and access.h: any thread. */
#ifndef CUSTODY_SERVICE_LEDGER_H
#define CUSTODY_SERVICE_LEDGER_H

#include <custody/status.h>
#include "proto/checkpoint.h"
#include "daemon/base/metric.h"
#include "daemon/service/ledger_keys.h"

struct ledger;

struct ledger_options {
    const char *data;      /* folder that holds journal, look-ups, annex, access log */
    const char *key_file;  /* ledger key and CURVE key, mode 0600, outside `data` */
    const char *mark_file; /* newest published checkpoint, outside `data` */
    uint64_t map_size;     /* 0: 1 TiB */
    size_t overlay_max;    /* bytes; 0: 64 MiB */
    uint64_t fill_ahead;   /* bytes of zeros kept ahead in the journal's file; 0: none */
    uint64_t
        disk_reserve; /* bytes that stay free: below it every submission is answered `busy`; 0: none */
    uint64_t
        scrub_at_open;  /* bytes of look-ups up to which every row is read before the ledger opens;
                          0: however many. Larger ones are ledger_scrub's (ledger_is_unread) */
    bool read_only;     /* audit beside nothing: no writer, no replay */
    bool is_succeeding; /* a restored ledger, to be founded anew under these keys (recover.h) */
};

/* Where a process that serves this ledger leaves its last words (lastwords.h). One death, and the next start makes the look-ups
 * anew; LEDGER_DEATHS of them, each within LEDGER_PROVEN_S of a start, and ledger_open gives CORRUPT and says what to do. */
enum { LEDGER_DEATHS = 3, LEDGER_PROVEN_S = 600 };
/* What to do about a journal that does not open, to be put behind a sentence; empty when the status says it all. */
const char *ledger_remedy(enum custody_status status);
void ledger_lastwords_path(const char *data, char ret[static 600]);

/* Opens everything, compares the journal with the mark (ROLLBACK when it is older), replays what the look-ups lack.
 * `progress` (may be NULL) is called during a long replay. On failure `ret_sentence` (may be NULL) says what and where. */
enum custody_status ledger_open(const struct ledger_options *options,
                                void (*progress)(void *context, uint64_t done, uint64_t total),
                                void *context,
                                char ret_sentence[static 240],
                                struct ledger **ret);
/* Flushes look-ups and mark. */
void ledger_close(struct ledger *ledger);

/* What look-ups of an older format gave way to when it was opened (changeover.h). */
struct changeover_report;
const struct changeover_report *ledger_changeover(const struct ledger *ledger);

const struct ledger_keys *ledger_keys(const struct ledger *ledger);
const char *ledger_origin(const struct ledger *ledger);
const struct digest *ledger_origin_digest(const struct ledger *ledger);
/* The data folder, where backups leave word too (backup.h). Any thread. */
const char *ledger_data(const struct ledger *ledger);
/* Addresses of the statements that are taken: its own, then its predecessors'. Any thread; they stay what they are while it is open. */
const struct digest *ledger_addresses(const struct ledger *ledger, size_t *ret_count);

/* The look-ups turned out damaged while running (the next start makes them anew), or it is not known what a flush left of them (the
 * next start looks), or the mark holds a head that is not of this history (a copy of the ledger is served elsewhere; the next start
 * refuses): the process must leave. The journal and what was acknowledged are untouched. Writer's thread. */
bool ledger_must_leave(const struct ledger *ledger);

/* Opened, and the look-ups were too large to be read whole before (scrub_at_open): ledger_scrub must run now. Until it has, questions
 * are answered, each row verified as always; nothing is recorded, since a row whose key was hurt is not there for whoever
 * asks, and what was decided without it would stand for good. Any thread. */
bool ledger_is_unread(struct ledger *ledger);
/* Wait for that reading; then ledger_must_leave when it found damage or failed. Writer's thread, before the first batch. */
void ledger_await_scrub(struct ledger *ledger);
/* Reads every row of the look-ups, as ledger_open does with small ones; damage is told to the writer (ledger_must_leave). Then the next share
 * of the journal (scrub.h), of which damage is logged and remembered: what is there is still served as far as it is sound. One
 * thread at a time, any. */
void ledger_scrub(struct ledger *ledger, int64_t now_us);

/* The newest committed head; any thread. Returns the note's length (0 before the first), its size in `ret_size`. */
size_t
ledger_head(struct ledger *ledger, uint8_t ret[static CHECKPOINT_SIZE_MAX], uint64_t *ret_size);
/* When the newest entry was recorded; 0 before the first. Any thread. */
int64_t ledger_newest_us(struct ledger *ledger);
/* The wall clock, and never earlier than the newest entry: whoever may ask, and what is overdue, is judged by the ledger's time also
 * while the machine believes that it is 1970. Any thread. */
int64_t ledger_now_us(struct ledger *ledger);
/* Entries whose effect readers see. Any thread. */
uint64_t ledger_reflected(struct ledger *ledger);
/* Wait until look-ups that readers see reflect entries before `entries`, or `timeout_ms` is over; at
 * once false for what is not in the journal. Any thread. */
bool ledger_wait(struct ledger *ledger, uint64_t entries, int timeout_ms);

/* Statistics that the service keeps; the server adds its own. */
enum { LEDGER_REASONS_END = 1100 }; /* beyond the numbers of all reasons (status.h) */
struct ledger_metrics {
    struct metric_counter entries, recorded, granted, refused, held, resent, awaited, batches,
        flushes, records, busy, rows_read, rebuilt, mark_failures, scrubs, scrub_errors;
    struct metric_counter overlay_bytes, overlay_limit; /* as of the last batch or flush */
    struct metric_counter marked;                       /* entries that the mark stands for */
    struct metric_counter refusals[LEDGER_REASONS_END]; /* by reason */
    struct metric_histogram batch_us, commit_us, flush_us,
        batch_statements; /* the last counts statements, not time */
};
struct ledger_metrics *ledger_metrics(struct ledger *ledger);

#endif
