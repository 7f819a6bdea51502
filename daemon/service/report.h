/* report.h: the figures of a division in a month or a year: flows, stock, timeliness, coverage, classes, permits.
 * Never writes. What it tells of the registry is how that stood at the end of the period, or at the position asked for
 * when that is earlier; so a report as of a position is the same for ever.
 *
 * Pages end between two parties. The page says the position and the next party; whoever asks adds the figures of the
 * pages up, so that neither side holds more than the figures themselves, however many rows there are. */
#ifndef CUSTODY_SERVICE_REPORT_H
#define CUSTODY_SERVICE_REPORT_H

#include "daemon/service/reckoning.h"

/* A page ends after so many of each. */
enum {
    REPORT_PAGE_ROWS = 200000,
    REPORT_PAGE_PARTIES = 2000,
    REPORT_PAGE_CELLS = 500,
};
/* 清洁生产审核 at 100 t a year (NEEDS A4): named from 80 % on. */
#define REPORT_UNIT_G INT64_C(80000000)

/* "54", "5404", "540421", or six digits of a wider division: its range and its scope as figures have it. */
bool report_parse_scope(struct span text,
                        uint32_t *ret_first,
                        uint32_t *ret_last,
                        char ret_scope[static 7]);
void report_answer(struct asking *asking, const Custody__V1__ReportRequest *request);

#endif
