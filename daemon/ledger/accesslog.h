/* accesslog.h: who read what of others: one text file a civil day, appended to and never changed.
 * Never decides what is noted.
 *
 * DATA/access/20260501.log. A line: the time in microseconds, then what was given, then 16 hexadecimal digits that chain it to
 * the line before, columns between tabs, ended by LF. The chain of a line begins the SHA-256 of the line before it, with its LF
 * (of the first line: of the day, 20260501), and of the line itself up to the tab before the chain. It shows where a file was
 * changed by who did not do the chain over; whether it was changed at all only the anchored digest shows. The digest of a day is the SHA-256 of its file, so that anybody with the file can check it; of a day without reads, that of nothing.
 * A day that is over gets no more lines: one that comes late goes to the running day.
 *
 * Bounds: ACCESSLOG_LINE_MAX bytes a line, ACCESSLOG_DAY_MAX a day (then FULL), ACCESSLOG_DAYS files; the oldest go when a day
 * begins. The same line again within a minute is one line. A line is in the file when the call returns, and on the disk
 * within a second. Threads: any. */
#ifndef CUSTODY_LEDGER_ACCESSLOG_H
#define CUSTODY_LEDGER_ACCESSLOG_H

#include <custody/status.h>
#include "proto/digest.h"

enum { ACCESSLOG_LINE_MAX = 1000, ACCESSLOG_DAYS = 400, ACCESSLOG_DAY_MAX = 256 << 20 };

struct accesslog;

/* The folder is made with the first line. A torn last line, of a power cut, is ended. */
enum custody_status accesslog_open(const char *data, struct accesslog **ret);
void accesslog_close(struct accesslog *log);

/* `day` is 20260501. FULL: nothing was written; what was read must not be answered. INVALID: the line is empty, too long or
 * holds a control character other than a tab. */
enum custody_status
accesslog_note(struct accesslog *log, uint32_t day, int64_t now_us, struct span line);

struct accesslog_sum {
    uint64_t lines;
    struct digest digest;
    bool is_complete; /* the day is over: it stays so */
};
/* Of a day, `today` being the running one. */
enum custody_status
accesslog_sum(struct accesslog *log, uint32_t day, uint32_t today, struct accesslog_sum *ret);

/* One line; false stops. The line lives until it returns. `next` is where the one after begins. */
typedef bool accesslog_visit(void *context, int64_t at_us, struct span line, uint64_t next);
/* From a line's beginning, 0 for the first. OK too when there is no such day. */
enum custody_status accesslog_read(
    struct accesslog *log, uint32_t day, uint64_t from, accesslog_visit *visit, void *context);
/* A day's file against what was anchored of it: `lines` and `digest`. */
struct accesslog_verdict {
    bool is_sound;
    bool is_gone; /* so old that it went by itself: nothing to compare */
    uint64_t
        line; /* the first that differs, is missing or was added, from 1; 0: it cannot be told */
    char sentence[160]; /* what was found, for people; empty when it is sound */
};
enum custody_status accesslog_check(struct accesslog *log,
                                    uint32_t day,
                                    uint64_t lines,
                                    const struct digest *digest,
                                    struct accesslog_verdict *ret);
/* The newest day before `day` that has lines; 0: none. */
uint32_t accesslog_day_before(struct accesslog *log, uint32_t day);

#endif
