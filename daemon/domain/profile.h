/* profile.h: the numbers of the rules. Each is named with its source; a jurisdiction may set others.
 * Times in microseconds, masses in grams. */
#ifndef CUSTODY_DOMAIN_PROFILE_H
#define CUSTODY_DOMAIN_PROFILE_H

#include "daemon/domain/calendar.h"

struct profile {
    struct calendar calendar;
    int64_t medical_storage_us;        /* 48 h: Medical Waste Regulation art. 17 */
    int64_t medical_storage_notice_us; /* 36 h: house default */
    uint32_t confirm_working_days;     /* 5: Transfer Measures art. 18 */
    uint32_t mass_tolerance_per_mille; /* 50: house default, the law gives none */
    uint64_t mass_tolerance_g;         /* 1000: house default */
    int64_t chain_gap_us;              /* 72 h: house default */
    int64_t
        medical_manifest_us; /* a medical manifest is expected closed this long after issue; house default 96 h */
    int64_t manifest_us; /* any other; house default 30 days */
    int64_t
        clock_tolerance_us; /* a device may be this far behind the checkpoint that it has seen; house default 5 min */
};

/* The built-in profile of the first cut: national rules of China with the house's own defaults. */
const struct profile *profile_default(void);

#endif
