/* law.c: the law as an empty registry has it.
 * Never asks anybody. */
#include "daemon/domain/law.h"

#include <stddef.h>

#include "proto/custody.pb-c.h"
#include "daemon/domain/fact.h"

static const struct profile *default_profile(void *context, uint32_t number)
{
    (void)context;
    return number == LAW_PROFILE_MEDICAL ? profile_medical() : profile_general();
}

static uint32_t default_codeless(void *context, uint32_t party, int64_t at_us)
{
    (void)context;
    (void)party;
    (void)at_us;
    return LAW_PROFILE_GENERAL;
}

static bool
default_is_permitted(void *context, uint32_t party, unsigned activity, uint32_t code, int64_t at_us)
{
    (void)context;
    (void)party;
    (void)activity;
    (void)code;
    (void)at_us;
    return true; /* no permit was ever asked for: nothing to break */
}

static const struct place *default_place(void *context, uint32_t place)
{
    (void)context;
    (void)place;
    return NULL;
}

static const struct party_version *default_party(void *context, uint32_t party, int64_t at_us)
{
    (void)context;
    (void)party;
    (void)at_us;
    return NULL;
}

static bool default_acts_for(void *context, uint32_t party, uint32_t whom, int64_t at_us)
{
    (void)context;
    (void)at_us;
    return party != 0 && party == whom;
}

static void default_limits(void *context, uint32_t party, int64_t at_us, struct law_limits *ret)
{
    (void)context;
    (void)party;
    (void)at_us;
    *ret = (struct law_limits){0};
}

static const struct vehicle_filing *default_vehicle(void *context, uint32_t vehicle, int64_t at_us)
{
    (void)context;
    (void)vehicle;
    (void)at_us;
    return NULL;
}

static bool default_is_on_file(void *context, uint32_t document, int64_t at_us)
{
    (void)context;
    (void)document;
    (void)at_us;
    return false;
}

int64_t law_plant_limit_us(const struct law *law,
                           const struct profile *profile,
                           uint32_t place_number,
                           uint32_t temperature_mk)
{
    const struct place *place = place_number == 0 ? NULL : law->place(law->context, place_number);
    bool is_warm = temperature_mk != 0 &&
                   (int64_t)temperature_mk - FACT_ZERO_CELSIUS_MK >= profile->plant_cold_mc;
    if (place == NULL || is_warm ||
        place->temperature != CUSTODY__V1__TEMPERATURE_CLASS__TEMPERATURE_BELOW_5)
        return profile->plant_us;
    return place->is_remote && profile->plant_remote_us != 0 ? profile->plant_remote_us
                                                             : profile->plant_cold_us;
}

const struct law *law_default(void)
{
    static const struct law law = {
        .profile = default_profile,
        .codeless = default_codeless,
        .is_permitted = default_is_permitted,
        .place = default_place,
        .party = default_party,
        .acts_for = default_acts_for,
        .limits = default_limits,
        .vehicle = default_vehicle,
        .is_on_file = default_is_on_file,
    };
    return &law;
}
