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

bool trip_has_departed(const struct trip *trip)
{
    return trip->is_known && fact_stands(&trip->depart);
}

bool trip_is_under_way(const struct trip *trip)
{
    return trip->vehicle != 0 && trip_has_departed(trip);
}

uint32_t trip_vehicle(const struct trip *trip)
{
    return trip_has_departed(trip) ? trip->vehicle : 0;
}

const struct moment *trip_end(const struct trip *trip)
{
    for (uint32_t i = trip->receipt_count; i > 0; i--)
        if (trip->receipts[i - 1].voids == 0)
            return &trip->receipts[i - 1];
    return NULL;
}

/* The same set as moment.h's, but that the last are kept. */
void trip_receive(struct trip *trip, const struct moment *receipt, enum moment_tell tell)
{
    uint32_t at = trip->receipt_count;
    while (at > 0 && moment_compare(&trip->receipts[at - 1], receipt) >= 0)
        at--;
    struct moment *there = &trip->receipts[at];
    bool is_there = at < trip->receipt_count && moment_compare(there, receipt) == 0;
    if (is_there && tell != MOMENT_AWAY) {
        there->voids = receipt->voids;
    } else if (is_there) {
        trip->receipt_count--;
        memmove(there, there + 1, (trip->receipt_count - at) * sizeof *there);
    } else if (tell == MOMENT_FIRST && trip->receipt_count < TRIP_RECEIPTS_MAX) {
        memmove(there + 1, there, (trip->receipt_count - at) * sizeof *there);
        *there = *receipt;
        trip->receipt_count++;
    } else if (tell == MOMENT_FIRST && at > 0) {
        memmove(trip->receipts, trip->receipts + 1, (at - 1) * sizeof *there);
        trip->receipts[at - 1] = *receipt;
    }
}

bool trip_is_built_on(const struct trip *trip, uint32_t carrier)
{
    for (size_t i = 0; i < 2; i++)
        if (trip->receivers[i] != 0 && trip->receivers[i] != carrier)
            return true;
    return false;
}

void trip_note_receiver(struct trip *trip, uint32_t party)
{
    for (size_t i = 0; i < 2 && party != 0 && trip->receivers[i] != party; i++)
        if (trip->receivers[i] == 0) {
            trip->receivers[i] = party;
            return;
        }
}

void trip_note_seen(struct trip *trip, int32_t day)
{
    if (!trip->is_seen || day < trip->first_seen_day)
        trip->first_seen_day = day;
    if (!trip->is_seen || day > trip->last_seen_day)
        trip->last_seen_day = day;
    trip->is_seen = true;
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
    return trip_is_under_way(trip) && trip_end(trip) != NULL
               ? find_cargo(trip, law, asks_to_be_cleaned)
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

static bool asks_how_fast(const struct profile *profile)
{
    return profile->plausible_kmh > 0 && profile_has_rule(profile, RULE_vehicle_too_fast);
}

static bool asks_nothing(const struct profile *profile)
{
    (void)profile;
    return true;
}

int32_t trip_last_day(const struct trip *trip)
{
    if (!trip->is_seen)
        return trip->first_seen_day - 1;
    return trip->last_seen_day - trip->first_seen_day < TRIP_DAYS_MAX
               ? trip->last_seen_day
               : trip->first_seen_day + TRIP_DAYS_MAX - 1;
}

uint32_t trip_drives_by(const struct trip *trip, const struct law *law, int32_t day)
{
    if (!trip->is_seen || day < trip->first_seen_day || day > trip_last_day(trip))
        return 0;
    uint32_t asking = find_cargo(trip, law, asks_how_fast);
    return asking != 0 ? asking : find_cargo(trip, law, asks_nothing);
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
    if (!trip_has_departed(trip))
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

static void write_receipts(const struct trip *trip, struct bytes_writer *writer)
{
    bytes_write_u8(writer, (uint8_t)trip->receipt_count);
    for (uint32_t i = 0; i < trip->receipt_count; i++)
        moment_write_one(&trip->receipts[i], writer);
    bytes_write_varint(writer, trip->receivers[0]);
    bytes_write_varint(writer, trip->receivers[1]);
    bytes_write_u8(writer, trip->is_seen ? 1 : 0);
    if (trip->is_seen) {
        bytes_write_zigzag(writer, trip->first_seen_day);
        bytes_write_varint(writer, (uint64_t)trip->last_seen_day - (uint64_t)trip->first_seen_day);
    }
}

static bool read_receipts(struct bytes_reader *reader, struct trip *ret)
{
    uint8_t count = bytes_read_u8(reader);
    if (reader->failed || count > TRIP_RECEIPTS_MAX)
        return false;
    ret->receipt_count = count;
    for (uint32_t i = 0; i < count; i++)
        if (!moment_read_one(reader, &ret->receipts[i]) ||
            (i > 0 && moment_compare(&ret->receipts[i - 1], &ret->receipts[i]) >= 0))
            return false;
    ret->receivers[0] = read_u32(reader);
    ret->receivers[1] = read_u32(reader);
    uint8_t is_seen = bytes_read_u8(reader);
    if (reader->failed || is_seen > 1)
        return false;
    ret->is_seen = is_seen == 1;
    if (!ret->is_seen)
        return true;
    int64_t first = bytes_read_zigzag(reader);
    uint64_t days = bytes_read_varint(reader);
    if (reader->failed || first < INT32_MIN || first > INT32_MAX || days > INT32_MAX ||
        first + (int64_t)days > INT32_MAX)
        return false;
    ret->first_seen_day = (int32_t)first;
    ret->last_seen_day = (int32_t)(first + (int64_t)days);
    return true;
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
    write_receipts(trip, &writer);
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
    if (!read_receipts(&reader, &trip) || !bytes_reader_is_done(&reader))
        return false;
    *ret = trip;
    return true;
}
