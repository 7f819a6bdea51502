/* retained.h: custodyd retention: what must be kept and what may go, as a page and as a list.
 * Never judges: kept.h does, by the rules of retention.h. */
#ifndef CUSTODY_RETAINED_H
#define CUSTODY_RETAINED_H

#include <stdio.h>

#include "daemon/service/health.h"
#include "daemon/service/kept.h"

/* A table by year, one by kind with the time that each is kept, and what the databases grow by. */
void retained_print(const struct kept *kept, const struct health *health, FILE *out);
/* A kept_visit; `out` is a FILE: digest, kind, party, entry, the day that it is kept until, and why it is kept (`erase`: it may
 * be erased; `erased`), between tabs. */
void retained_print_record(void *out, const struct kept_record *record);

#endif
