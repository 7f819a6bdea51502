/* doctor.h: custodyd doctor: one page of health, and one exit code that says whether somebody has to do something.
 * Never changes anything. */
#ifndef CUSTODY_DOCTOR_H
#define CUSTODY_DOCTOR_H

#include <stdio.h>

#include "daemon/service/health.h"

enum doctor_verdict { DOCTOR_WELL = 0, DOCTOR_CARE = 1 };

struct doctor_findings {
    struct health health;
    bool clock_is_set; /* the kernel says that something keeps it right */
    int64_t now_us;
};

/* Look, for doctor_print. */
enum custody_status doctor_look(const struct ledger_options *options,
                                char ret_sentence[static 240],
                                struct doctor_findings *ret);
/* A line each, with a `!` in front of what needs care: room on the disk for less than 30 days or less than 15 %, in a map for less than
 * 92 days, no backup for 2 days, no drill for 92, a journal that was not read whole for 14 days or was found damaged, a clock that
 * nobody keeps or that is behind the newest entry, keys or permits that end within 30 days, no catalogue, a calendar that ends within
 * 30 days, look-ups behind the journal, a death that no start has outlived. */
enum doctor_verdict doctor_print(const struct doctor_findings *findings, FILE *out);

#endif
