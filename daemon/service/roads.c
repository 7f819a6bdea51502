/* roads.c: where vehicles were seen, when they were used and cleaned.
 * Never decides a rule. */
#include "daemon/service/roads.h"

#include <string.h>

#include "daemon/domain/cleaning.h"
#include "daemon/domain/sighting.h"
#include "daemon/service/retell.h"
#include "daemon/service/tallying.h"

/* ---- a day of a vehicle ------------------------------------------------------------------------ */

static bool parse_day(struct span bytes, void *ret)
{
    return sighting_parse(bytes, ret);
}

static void *load_day(struct apply *apply, uint64_t number)
{
    return tallying_load(apply, TALLY_VEHICLE_DAY, number, sizeof(struct sighting_day), parse_day);
}

/* What the trip carries says by which profile its vehicle drives; 0: nobody knows. */
static uint32_t cargo_of(struct apply *apply, uint32_t number, int32_t day)
{
    const struct trip *trip = book_trip(apply->book, number);
    return trip == NULL ? 0 : trip_drives_by(trip, book_law(apply->book), day);
}

/* While nobody knows what it carries, whose vehicle it is. */
static uint32_t codeless_of(const struct law *law, uint32_t vehicle, const struct moment *seen)
{
    const struct vehicle_filing *filing = law->vehicle(law->context, vehicle, seen->at_us);
    uint32_t party = filing == NULL ? seen->party : filing->carrier;
    return law->codeless(law->context, party, seen->at_us);
}

/* One number for each sighting of the day; NULL when the book failed. */
static const uint32_t *profiles_of(struct apply *apply,
                                   const struct sighting_day *day,
                                   uint32_t vehicle,
                                   int32_t civil_day)
{
    uint32_t *profiles = settle_alloc(apply, sizeof *profiles * (day->seen.count + 1));
    uint32_t cargo = 0;
    for (uint32_t i = 0; profiles != NULL && i < day->seen.count; i++) {
        const struct moment *seen = &day->seen.all[i];
        /* Mostly one trip after the other. */
        if (i == 0 || seen->number != day->seen.all[i - 1].number)
            cargo = cargo_of(apply, seen->number, civil_day);
        profiles[i] = cargo != 0 ? cargo : codeless_of(book_law(apply->book), vehicle, seen);
    }
    return profiles;
}

static void work_day(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    const struct law *law = book_law(apply->book);
    uint32_t vehicle, first = set->count;
    int32_t day;
    tally_split(number, &vehicle, &day);
    const struct sighting_day *before =
        book_look(apply->book, TALLY_VEHICLE_DAY, tally_number(vehicle, day - 1),
                  sizeof(struct sighting_day), parse_day);
    const struct sighting_day *own = record;
    const uint32_t *profiles = profiles_of(apply, own, vehicle, day);
    if (profiles == NULL)
        return;
    sighting_work(own, before, profiles, vehicle, day, law, set);
    /* Whose vehicle it is; whoever saw it, when nobody filed it. */
    for (uint32_t i = first; i < set->count; i++) {
        const struct vehicle_filing *filing =
            law->vehicle(law->context, vehicle, set->rows[i].since_us);
        if (filing != NULL)
            set->rows[i].party = filing->carrier;
    }
    tallying_place(apply, set, first);
}

static size_t write_day(const void *record, uint8_t *ret, size_t cap)
{
    return sighting_write(record, ret, cap);
}

static const struct settle_kind day_kind = {
    .record = TALLY_VEHICLE_DAY,
    .load = load_day,
    .work = work_day,
    .write = write_day,
};

/* What waits for the depart statement: a record like a day's, by trip. */
static void *load_waiting(struct apply *apply, uint64_t number)
{
    return tallying_load(apply, TALLY_TRIP_SEEN, number, sizeof(struct sighting_day), parse_day);
}

static void
work_nothing(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    (void)apply;
    (void)record;
    (void)number;
    (void)set;
}

static const struct settle_kind waiting_kind = {
    .record = TALLY_TRIP_SEEN,
    .load = load_waiting,
    .work = work_nothing,
    .write = write_day,
};

/* The first sighting of the day after is compared with the last of this one. */
static struct sighting_day *day_of(struct apply *apply, uint32_t vehicle, int32_t day)
{
    uint64_t next = tally_number(vehicle, day + 1);
    if (book_record(apply->book, TALLY_VEHICLE_DAY, next).data != NULL)
        settle_record(apply, &day_kind, next);
    return settle_record(apply, &day_kind, tally_number(vehicle, day));
}

static void
see(struct apply *apply, uint32_t vehicle, const struct moment *moment, enum moment_tell tell)
{
    struct sighting_day *record =
        day_of(apply, vehicle, calendar_day(tallying_calendar(apply), moment->at_us));
    if (record != NULL)
        moment_tell(&record->seen, MOMENTS_MAX, moment, tell);
}

void roads_see(struct apply *apply, uint32_t number)
{
    const struct statement_header *header = &apply->entry->statement->header;
    if (number == 0 || !header->position_is_known)
        return;
    struct moment moment = tallying_moment(apply, SIGHTING_SEEN);
    moment.number = number;
    moment.latitude_e7 = header->latitude_e7;
    moment.longitude_e7 = header->longitude_e7;
    moment.amount = header->position_accuracy_m;
    struct trip *trip = settle_trip(apply, number);
    if (trip == NULL)
        return;
    trip_note_seen(trip, calendar_day(tallying_calendar(apply), moment.at_us));
    if (trip->vehicle != 0) {
        if (!trip_is_under_way(trip))
            moment.voids |= MOMENT_UNDRIVEN;
        see(apply, trip->vehicle, &moment, apply->tell);
        return;
    }
    struct sighting_day *waiting = settle_record(apply, &waiting_kind, number);
    if (waiting != NULL)
        moment_tell(&waiting->seen, MOMENTS_MAX, &moment, apply->tell);
}

/* Where the vehicle was said to be on the trip stands and falls with the departure. */
static void see_again(struct apply *apply, const struct trip *trip, uint32_t number)
{
    bool is_driven = trip_is_under_way(trip);
    for (int32_t day = trip->first_seen_day; day <= trip_last_day(trip); day++) {
        if (!settle_has(apply, &day_kind, tally_number(trip->vehicle, day)))
            continue;
        struct sighting_day *record = day_of(apply, trip->vehicle, day);
        for (uint32_t i = 0; record != NULL && i < record->seen.count; i++) {
            struct moment *seen = &record->seen.all[i];
            if (seen->number != number)
                continue;
            seen->voids = (uint8_t)(seen->voids & ~MOMENT_UNDRIVEN);
            if (!is_driven)
                seen->voids |= MOMENT_UNDRIVEN;
        }
    }
}

/* ---- a month of a vehicle ----------------------------------------------------------------------- */

static bool parse_month(struct span bytes, void *ret)
{
    return cleaning_parse(bytes, ret);
}

static void *load_month(struct apply *apply, uint64_t number)
{
    return tallying_load(apply, TALLY_VEHICLE_MONTH, number, sizeof(struct cleaning_month),
                         parse_month);
}

static void
work_month(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    uint32_t vehicle, first = set->count;
    int32_t month;
    tally_split(number, &vehicle, &month);
    const struct cleaning_month *next = load_month(apply, tally_number(vehicle, month + 1));
    cleaning_work(record, next, vehicle, book_law(apply->book), set);
    tallying_place(apply, set, first);
}

static size_t write_month(const void *record, uint8_t *ret, size_t cap)
{
    return cleaning_write(record, ret, cap);
}

static const struct settle_kind month_kind = {
    .record = TALLY_VEHICLE_MONTH,
    .load = load_month,
    .work = work_month,
    .write = write_month,
};

/* What a month's uses are followed by may stand in the month after. */
static struct cleaning_month *month_of(struct apply *apply, uint32_t vehicle, int64_t at_us)
{
    int32_t month = tally_month(tallying_calendar(apply), at_us);
    uint64_t before = tally_number(vehicle, month - 1);
    if (book_record(apply->book, TALLY_VEHICLE_MONTH, before).data != NULL)
        settle_record(apply, &month_kind, before);
    return settle_record(apply, &month_kind, tally_number(vehicle, month));
}

void roads_clean(struct apply *apply, const Custody__V1__CleanBody *body)
{
    if (body->subject_case != CUSTODY__V1__CLEAN_BODY__SUBJECT_VEHICLE || body->vehicle == NULL)
        return;
    uint8_t name[BOOK_NAME_MAX];
    size_t len =
        book_write_vehicle((uint32_t)body->vehicle->colour, span_text(body->vehicle->plate), name);
    struct moment moment = tallying_moment(apply, CLEANING_CLEANED);
    struct cleaning_month *month =
        month_of(apply, book_give(apply->book, SUBJECT_VEHICLE, span_of(name, len)), moment.at_us);
    if (month != NULL)
        moment_tell(&month->cleaned, MOMENTS_MAX, &moment, apply->tell);
}

static struct moment moment_of(const struct fact *fact, uint8_t kind, uint32_t number)
{
    return (struct moment){
        .kind = kind,
        .voids = fact_stands(fact) ? 0 : MOMENT_UNSAID,
        .at_us = fact->effective_us,
        .until_us = fact->effective_us,
        .key_prefix = fact->key_prefix,
        .key = fact->key,
        .key_sequence = fact->key_sequence,
        .entry = fact->entry,
        .party = fact->party,
        .number = number,
    };
}

/* Is it loaded under the manifest by then, as far as was said; or by a load that stands? */
static bool is_loaded(const struct manifest *manifest, uint32_t trip, int64_t at_us, bool it_stands)
{
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        const struct fact *load = &manifest->facts.all[i];
        if (load->act == CUSTODY__V1__ACT__ACT_LOAD && load->trip == trip &&
            load->effective_us <= at_us && (!it_stands || fact_stands(load)))
            return true;
    }
    return false;
}

/* A receipt is told of the trip. Whoever received of it built on its departure, which stands again if it was withdrawn; not
 * while the receipt is held. */
static void receive(struct apply *apply,
                    uint32_t number,
                    const struct moment *receipt,
                    bool is_held,
                    enum moment_tell tell)
{
    struct trip *trip = settle_trip(apply, number);
    if (trip == NULL)
        return;
    trip_receive(trip, receipt, tell);
    if (is_held || tell == MOMENT_AWAY)
        return;
    trip_note_receiver(trip, receipt->party);
    if (trip->is_known && (trip->depart.bits & FACT_UNSAID) != 0 &&
        trip_is_built_on(trip, trip->depart.party)) {
        settle_touch_riders(apply, number);
        retell_review(apply, trip->depart.entry);
    }
}

/* What a receipt that named no trip ends: the trips that were loaded under its manifest before it. */
static void receive_by_manifest(struct apply *apply,
                                const struct manifest *manifest,
                                uint32_t trip,
                                const struct moment *receipt,
                                bool is_held,
                                enum moment_tell tell)
{
    struct moment moment = *receipt;
    if (!is_loaded(manifest, trip, receipt->at_us, true))
        moment.voids |= MOMENT_UNDRIVEN;
    if (tell == MOMENT_FIRST && !is_loaded(manifest, trip, receipt->at_us, false))
        tell = MOMENT_AGAIN;
    receive(apply, trip, &moment, is_held, tell);
}

void roads_end(struct apply *apply, uint32_t number, uint32_t manifest_number)
{
    struct moment moment = tallying_moment(apply, CLEANING_USED);
    bool is_held = !fact_counts(&apply->base);
    if (number != 0) {
        receive(apply, number, &moment, is_held, apply->tell);
        return;
    }
    const struct manifest *manifest = settle_manifest(apply, manifest_number);
    for (uint32_t i = 0; manifest != NULL && i < manifest->facts.count; i++) {
        const struct fact *load = &manifest->facts.all[i];
        if (load->act == CUSTODY__V1__ACT__ACT_LOAD && load->trip != 0)
            receive_by_manifest(apply, manifest, load->trip, &moment, is_held, apply->tell);
    }
}

void roads_load(struct apply *apply, uint32_t number, uint32_t manifest_number)
{
    const struct manifest *manifest =
        number == 0 || apply->tell == MOMENT_AWAY ? NULL : settle_manifest(apply, manifest_number);
    for (uint32_t i = 0; manifest != NULL && i < manifest->facts.count; i++) {
        const struct fact *receipt = &manifest->facts.all[i];
        if (receipt->act != CUSTODY__V1__ACT__ACT_RECEIVE || receipt->trip != 0)
            continue;
        struct moment moment = moment_of(receipt, CLEANING_USED, 0);
        receive_by_manifest(apply, manifest, number, &moment, !fact_counts(receipt), MOMENT_FIRST);
    }
}

void roads_stop(struct apply *apply, uint32_t number)
{
    const struct moment moment = tallying_moment(apply, 0);
    struct trip *trip = settle_trip(apply, number);
    if (trip != NULL)
        trip->stops += (uint32_t)moment_sign(&moment, apply->tell);
}

/* ---- a trip ------------------------------------------------------------------------------------- */

static void
tell_departure(struct apply *apply, const struct trip *trip, uint32_t number, enum moment_tell tell)
{
    struct cleaning_month *month = month_of(apply, trip->vehicle, trip->depart.effective_us);
    const struct moment departed = moment_of(&trip->depart, CLEANING_DEPARTED, number);
    if (month != NULL)
        moment_tell(&month->departed, MOMENTS_MAX, &departed, tell);
}

/* What was said on the trip before its vehicle was known. */
static void see_waiting(struct apply *apply, const struct trip *trip, uint32_t number)
{
    const struct sighting_day *waiting = load_waiting(apply, number);
    for (uint32_t i = 0; waiting != NULL && i < waiting->seen.count; i++) {
        struct moment seen = waiting->seen.all[i];
        if (!trip_is_under_way(trip))
            seen.voids |= MOMENT_UNDRIVEN;
        see(apply, trip->vehicle, &seen, MOMENT_FIRST);
    }
}

static void
depart(struct apply *apply, const struct trip *trip, const struct trip *before, uint32_t number)
{
    if (!before->is_known) {
        tell_departure(apply, trip, number, MOMENT_FIRST);
        see_waiting(apply, trip, number);
    } else if (trip->depart.effective_us != before->depart.effective_us) {
        tell_departure(apply, before, number, MOMENT_AWAY);
        tell_departure(apply, trip, number, MOMENT_FIRST);
    }
    if (before->is_known && trip_is_under_way(trip) != trip_is_under_way(before)) {
        tell_departure(apply, trip, number, MOMENT_AGAIN);
        see_again(apply, trip, number);
    }
}

/* Days that its cargo judges otherwise than before. */
static void rejudge(struct apply *apply,
                    const struct trip *trip,
                    const struct trip *before,
                    const struct trip *days)
{
    const struct law *law = book_law(apply->book);
    for (int32_t day = days->first_seen_day; day <= trip_last_day(days); day++) {
        uint64_t number = tally_number(trip->vehicle, day);
        if (trip_drives_by(trip, law, day) != trip_drives_by(before, law, day) &&
            settle_has(apply, &day_kind, number))
            settle_record(apply, &day_kind, number);
    }
}

/* The carrier answers for its vehicle, not the gate that took the load in. */
static struct moment use_of(const struct trip *trip, uint32_t number, uint32_t profile)
{
    struct moment used = *trip_end(trip);
    used.party = trip->depart.party;
    used.number = number;
    used.amount = profile;
    return used;
}

void roads_finish_trip(struct apply *apply,
                       const struct trip *trip,
                       const struct trip *before,
                       uint32_t number)
{
    const struct law *law = book_law(apply->book);
    if (trip->vehicle == 0)
        return;
    depart(apply, trip, before, number);
    rejudge(apply, trip, before, before);
    rejudge(apply, trip, before, trip);
    uint32_t was = trip_must_be_cleaned(before, law), is = trip_must_be_cleaned(trip, law);
    if (was == is && (is == 0 || moment_compare(trip_end(before), trip_end(trip)) == 0))
        return;
    if (was != 0) {
        struct moment used = use_of(before, number, was);
        struct cleaning_month *month = month_of(apply, trip->vehicle, used.at_us);
        if (month != NULL)
            moment_remove(&month->used, &used);
    }
    if (is != 0) {
        struct moment used = use_of(trip, number, is);
        struct cleaning_month *month = month_of(apply, trip->vehicle, used.at_us);
        if (month != NULL)
            moment_add(&month->used, CLEANING_USES, &used);
    }
}
