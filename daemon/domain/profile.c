/* profile.c: the numbers of the rules.
 * Never reads a file: the first cut has one profile, and it is built in. */
#include "daemon/domain/profile.h"

const struct profile *profile_default(void)
{
    static const struct profile profile = {
        .calendar = {.utc_offset_minutes = 480},
        .medical_storage_us = 48 * CALENDAR_HOUR_US,
        .medical_storage_notice_us = 36 * CALENDAR_HOUR_US,
        .confirm_working_days = 5,
        .mass_tolerance_per_mille = 50,
        .mass_tolerance_g = 1000,
        .chain_gap_us = 72 * CALENDAR_HOUR_US,
        .medical_manifest_us = 96 * CALENDAR_HOUR_US,
        .manifest_us = 30 * CALENDAR_DAY_US,
        .clock_tolerance_us = CALENDAR_HOUR_US / 12,
    };
    return &profile;
}
