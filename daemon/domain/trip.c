/* trip.c: a vehicle trip: its findings and its record.
 * Never folds containers: it is told what they add up to. */
#include "daemon/domain/trip.h"

#include "proto/rule.h"

static void add_finding(
    const struct trip *trip, uint64_t number, uint16_t rule, uint32_t profile, struct work_set *set)
{
    struct work *row = work_add(set);
    if (row == NULL)
        return;
    row->kind = WORK_FINDING;
    row->rule = rule;
    row->subject_kind = SUBJECT_TRIP;
    row->subject = number;
    row->division = trip->division;
    row->due_us = trip->depart.effective_us;
    row->anchor_key = trip->depart.key;
    row->anchor_sequence = trip->depart.key_sequence;
    row->party = trip->depart.party;
    row->vehicle = trip->vehicle;
    row->profile = profile;
    row->hazard = profile == 0 ? 1 : 2;
    row->mass_g = trip->sums.loaded_g < 0 ? 0 : (uint64_t)trip->sums.loaded_g;
    row->since_us = trip->depart.effective_us;
    row->entries[row->entry_count++] = trip->depart.entry;
}

bool trip_is_under_way(const struct trip *trip)
{
    return trip->is_known && trip->vehicle != 0 && fact_counts(&trip->depart);
}

bool trip_end(struct trip *trip, const struct moment *receipt)
{
    if (trip->has_ended && moment_compare(receipt, &trip->ended) <= 0)
        return false;
    trip->has_ended = true;
    trip->ended = *receipt;
    return true;
}

/* The least number among what was loaded whose profile asks for it. */
static uint32_t find_cargo(const struct trip *trip,
                           const struct law *law,
                           bool (*asks)(const struct profile *profile))
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < trip->cargo.count; i++) {
        uint32_t number = trip->cargo.all[i].profile;
        if (trip->cargo.all[i].pieces > 0 && number != 0 && (found == 0 || number < found) &&
            asks(law->profile(law->context, number)))
            found = number;
    }
    return found;
}

static bool asks_to_be_cleaned(const struct profile *profile)
{
    return profile->clean_us > 0;
}

static bool asks_for_medical_vehicle(const struct profile *profile)
{
    return profile->medical_vehicle != 0 && profile_has_rule(profile, RULE_vehicle_not_medical);
}

static bool asks_to_be_alone(const struct profile *profile)
{
    return profile->mixed_cargo_forbidden != 0 && profile_has_rule(profile, RULE_mixed_cargo);
}

uint32_t trip_must_be_cleaned(const struct trip *trip, const struct law *law)
{
    return trip->has_ended && trip_is_under_way(trip) ? find_cargo(trip, law, asks_to_be_cleaned)
                                                      : 0;
}

static bool asks_for_crew(const struct profile *profile)
{
    return profile->crew_required != 0 && profile_has_rule(profile, RULE_crew_uncertified);
}

/* 危险货物道路运输安全管理办法 article 44; RULES.md N07. */
static void
add_crew(const struct trip *trip, uint64_t number, const struct law *law, struct work_set *set)
{
    uint32_t profile = find_cargo(trip, law, asks_for_crew);
    int64_t at_us = trip->depart.effective_us;
    if (profile != 0 && (!law->is_on_file(law->context, trip->driver, at_us) ||
                         !law->is_on_file(law->context, trip->escort, at_us)))
        add_finding(trip, number, RULE_crew_uncertified, profile, set);
}

void trip_see(struct trip *trip, int32_t day)
{
    uint32_t at = trip->day_count;
    while (at > 0 && trip->days[at - 1] >= day)
        at--;
    if (at == TRIP_DAYS_MAX || (at < trip->day_count && trip->days[at] == day))
        return;
    uint32_t behind = (trip->day_count < TRIP_DAYS_MAX ? trip->day_count : TRIP_DAYS_MAX - 1) - at;
    memmove(&trip->days[at + 1], &trip->days[at], behind * sizeof trip->days[0]);
    trip->days[at] = day;
    if (trip->day_count < TRIP_DAYS_MAX)
        trip->day_count++;
}

static bool asks_how_fast(const struct profile *profile)
{
    return profile->plausible_kmh > 0 && profile_has_rule(profile, RULE_vehicle_too_fast);
}

static bool asks_nothing(const struct profile *profile)
{
    (void)profile;
    return true;
}

uint32_t trip_drives_by(const struct trip *trip, const struct law *law, int32_t day)
{
    for (uint32_t i = 0; i < trip->day_count; i++)
        if (trip->days[i] == day) {
            uint32_t asking = find_cargo(trip, law, asks_how_fast);
            return asking != 0 ? asking : find_cargo(trip, law, asks_nothing);
        }
    return 0;
}

/* Of another family, as its profile has it; what has no code yet is of none. */
static bool has_other_family(const struct trip *trip, const struct law *law, uint32_t number)
{
    const struct profile *own = law->profile(law->context, number);
    for (uint32_t i = 0; i < trip->cargo.count; i++) {
        uint32_t other = trip->cargo.all[i].profile;
        if (trip->cargo.all[i].pieces > 0 && other != 0 &&
            strcmp(law->profile(law->context, other)->family, own->family) != 0)
            return true;
    }
    return false;
}

static bool asks_for_class(const struct profile *profile)
{
    return profile->goods_class != 0 && profile_has_rule(profile, RULE_vehicle_out_of_scope);
}

static bool asks_how_much(const struct profile *profile)
{
    return profile_has_rule(profile, RULE_vehicle_overloaded);
}

/* Transfer Measures article 13, RULES.md N07: the vehicle's licence, as it was filed. Whatever was loaded on the trip counts,
 * also what was handed on before the rest came: a notice, not a breach. */
static void add_licence(const struct trip *trip,
                        uint64_t number,
                        const struct vehicle_filing *filing,
                        const struct law *law,
                        struct work_set *set)
{
    uint32_t scoped = find_cargo(trip, law, asks_for_class);
    if (scoped != 0 && !vehicle_may_carry(filing, law->profile(law->context, scoped)->goods_class))
        add_finding(trip, number, RULE_vehicle_out_of_scope, scoped, set);
    uint32_t weighed = find_cargo(trip, law, asks_how_much);
    if (weighed != 0 && filing->capacity_g != 0 && trip->sums.loaded_g > 0 &&
        (uint64_t)trip->sums.loaded_g > filing->capacity_g)
        add_finding(trip, number, RULE_vehicle_overloaded, weighed, set);
}

/* Medical Waste Regulation article 26; RULES.md N09. */
static void
add_cargo(const struct trip *trip, uint64_t number, const struct law *law, struct work_set *set)
{
    uint32_t medical = find_cargo(trip, law, asks_for_medical_vehicle);
    const struct vehicle_filing *filing =
        law->vehicle(law->context, trip->vehicle, trip->depart.effective_us);
    /* An unfiled vehicle is a finding of its own. */
    if (medical != 0 && filing != NULL && !filing->is_medical)
        add_finding(trip, number, RULE_vehicle_not_medical, medical, set);
    if (filing != NULL)
        add_licence(trip, number, filing, law, set);
    uint32_t alone = find_cargo(trip, law, asks_to_be_alone);
    if (alone != 0 && has_other_family(trip, law, alone))
        add_finding(trip, number, RULE_mixed_cargo, alone, set);
}

void trip_work(const struct trip *trip,
               uint64_t number,
               const struct law *law,
               struct work_set *set)
{
    if (!trip->is_known || !fact_counts(&trip->depart))
        return;
    const struct profile *profile = law->profile(
        law->context, law->codeless(law->context, trip->depart.party, trip->depart.effective_us));
    if ((trip->depart.bits & FACT_VEHICLE_UNREGISTERED) != 0 &&
        profile_has_rule(profile, RULE_vehicle_unregistered))
        add_finding(trip, number, RULE_vehicle_unregistered, 0, set);
    if ((trip->depart.bits & FACT_VEHICLE_EXPIRED) != 0 &&
        profile_has_rule(profile, RULE_vehicle_expired))
        add_finding(trip, number, RULE_vehicle_expired, 0, set);
    add_cargo(trip, number, law, set);
    add_crew(trip, number, law, set);
}

static uint32_t read_u32(struct bytes_reader *reader)
{
    uint64_t value = bytes_read_varint(reader);
    if (value > UINT32_MAX)
        reader->failed = true;
    return (uint32_t)value;
}

size_t trip_write(const struct trip *trip, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, trip->is_known ? 1 : 0);
    if (trip->is_known)
        fact_write(&trip->depart, &writer);
    bytes_write_varint(&writer, trip->vehicle);
    bytes_write_varint(&writer, trip->division);
    bytes_write_varint(&writer, trip->driver);
    bytes_write_varint(&writer, trip->escort);
    bytes_write_varint(&writer, trip->stops);
    bytes_write_varint(&writer, trip->manifests);
    manifest_sums_write(&trip->sums, &writer);
    tally_profiles_write(&trip->cargo, &writer);
    bytes_write_u8(&writer, trip->has_ended ? 1 : 0);
    if (trip->has_ended)
        moment_write_one(&trip->ended, &writer);
    bytes_write_u8(&writer, (uint8_t)trip->day_count);
    for (uint32_t i = 0; i < trip->day_count; i++)
        bytes_write_u32(&writer, (uint32_t)trip->days[i]);
    return bytes_written(&writer).len;
}

bool trip_parse(struct span bytes, struct trip *ret)
{
    struct trip trip = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint8_t is_known = bytes_read_u8(&reader);
    if (is_known > 1 || (is_known == 1 && !fact_read(&reader, &trip.depart)))
        return false;
    trip.is_known = is_known == 1;
    trip.vehicle = read_u32(&reader);
    trip.division = read_u32(&reader);
    trip.driver = read_u32(&reader);
    trip.escort = read_u32(&reader);
    trip.stops = read_u32(&reader);
    trip.manifests = read_u32(&reader);
    manifest_sums_read(&reader, &trip.sums);
    if (!tally_profiles_read(&reader, &trip.cargo))
        return false;
    uint8_t has_ended = bytes_read_u8(&reader);
    if (has_ended > 1 || (has_ended == 1 && !moment_read_one(&reader, &trip.ended)))
        return false;
    trip.has_ended = has_ended == 1;
    trip.day_count = bytes_read_u8(&reader);
    if (reader.failed || trip.day_count > TRIP_DAYS_MAX)
        return false;
    for (uint32_t i = 0; i < trip.day_count; i++) {
        trip.days[i] = (int32_t)bytes_read_u32(&reader);
        if (i > 0 && trip.days[i] <= trip.days[i - 1])
            return false;
    }
    if (!bytes_reader_is_done(&reader))
        return false;
    *ret = trip;
    return true;
}
