/* profile.c: the numbers of the rules.
 * Never reads a file. */
#include "proto/profile.h"

#include <string.h>

#define MINUTE_US (CALENDAR_HOUR_US / 60)

/* A number as the file writes it, in the base unit. */
#define BASE_PROFILE_COUNT     1
#define BASE_PROFILE_SWITCH    1
#define BASE_PROFILE_MINUTES   MINUTE_US
#define BASE_PROFILE_HOURS     CALENDAR_HOUR_US
#define BASE_PROFILE_DAYS      CALENDAR_DAY_US
#define BASE_PROFILE_GRAMS     1
#define BASE_PROFILE_KILOGRAMS 1000
#define BASE_PROFILE_TONNES    1000000
#define BASE_PROFILE_PER_MILLE 1
#define BASE_PROFILE_MONTH_DAY 1
#define BASE_PROFILE_KMH       1

#define RULE_X(number, name, edition, weight, row, article, zh, en) [number] = edition,
#define EVERY_RULE                                                                                 \
    {                                                                                              \
        RULES(RULE_X)                                                                              \
    }

const struct profile *profile_general(void)
{
    static const struct profile profile = {.name = "general",
                                           .family = "general",
                                           .edition = 1,
                                           .code_form = "national",
                                           .number_form = "cn-14",
                                           .calendar = {.utc_offset_minutes = 480},
                                           .rules = EVERY_RULE,
#define PROFILE_X(section, key, field, unit, general, medical, source)                             \
    .field = (general)*BASE_##unit,
                                           PROFILE_NUMBERS(PROFILE_X)
#undef PROFILE_X
    };
    return &profile;
}

const struct profile *profile_medical(void)
{
    static const struct profile profile = {.name = "medical",
                                           .family = "medical",
                                           .edition = 1,
                                           .pattern_count = 1,
                                           .patterns = {"HW01"},
                                           .code_form = "national",
                                           .number_form = "cn-14",
                                           .calendar = {.utc_offset_minutes = 480},
                                           .rules = EVERY_RULE,
#define PROFILE_X(section, key, field, unit, general, medical, source)                             \
    .field = (medical)*BASE_##unit,
                                           PROFILE_NUMBERS(PROFILE_X)
#undef PROFILE_X
    };
    return &profile;
}

bool profile_has_rule(const struct profile *profile, uint16_t rule)
{
    return rule <= RULE_NUMBER_MAX && profile->rules[rule] != 0;
}
