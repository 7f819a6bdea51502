/* law.h: what a fold may ask the registry: which profile judged a fact, what was permitted when.
 * Never answers differently for a time that is past: a permission, a filing, a suspension or a profile takes effect no
 * earlier than its own record, so whatever is asked about a fact's own time has one answer for ever, whenever it is asked.
 * That is why a fold that asks stays a pure function of the facts.
 *
 * The service floor fills in the functions; law_default answers as an empty registry does. Every function may be asked
 * with 0 for "nobody" and then knows nothing. What is lent lives as long as the fold. */
#ifndef CUSTODY_DOMAIN_LAW_H
#define CUSTODY_DOMAIN_LAW_H

#include "proto/profile.h"
#include "daemon/domain/party.h"

/* Numbers of the built-in profiles; those of set_profile begin above. 0 stands in facts that nothing was judged of yet. */
enum { LAW_PROFILE_GENERAL = 1, LAW_PROFILE_MEDICAL = 2, LAW_PROFILE_FIRST = 16 };

/* What a party's permits allow at a time, added up over those in force; 0: no permit is in force, or one sets no bound. */
struct law_limits {
    uint64_t hourly_g, daily_g, yearly_g, storage_g;
};

struct law {
    void *context;
    /* Never NULL: an unknown number gives the general one. */
    const struct profile *(*profile)(void *context, uint32_t number);
    /* Number of the profile that judges what has no waste code (a journey, a declaration, an empty batch) of that party then. */
    uint32_t (*codeless)(void *context, uint32_t party, int64_t at_us);
    /* Does the party hold a permit, not suspended, for the activity (enum Activity) and code then? Code 0: for any code. */
    bool (*is_permitted)(
        void *context, uint32_t party, unsigned activity, uint32_t code, int64_t at_us);
    /* The place as it was registered; NULL when it is not. */
    const struct place *(*place)(void *context, uint32_t place);
    /* The party as it stood; NULL before its registration. */
    const struct party_version *(*party)(void *context, uint32_t party, int64_t at_us);
    /* May `party` do then what `whom` may: they are the same, or `whom` was closed and its duties passed on to `party`? */
    bool (*acts_for)(void *context, uint32_t party, uint32_t whom, int64_t at_us);
    void (*limits)(void *context, uint32_t party, int64_t at_us, struct law_limits *ret);
    /* The vehicle's filing in force then; NULL: none. */
    const struct vehicle_filing *(*vehicle)(void *context, uint32_t vehicle, int64_t at_us);
    /* Was the document (number of its kind, owner and number; registry_document_number) in force then? False for 0. */
    bool (*is_on_file)(void *context, uint32_t document, int64_t at_us);
};

const struct law *law_default(void);
/* How long waste may lie at a plant: GB 39707-2020 5.4.6. `temperature_mk` was told of where it lies (fact.h; 0: was not):
 * one that is not below the profile's ends the longer limit of a store that is registered as cold; a lower one makes no cold
 * store of another place. Of a place that is not registered nothing better is known than room temperature. 0: no limit. */
int64_t law_plant_limit_us(const struct law *law,
                           const struct profile *profile,
                           uint32_t place,
                           uint32_t temperature_mk);

#endif
