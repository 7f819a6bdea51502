/* tallying.c: plants, late records, marks and stock, as statements and containers change them.
 * Never decides a rule. */
#include "daemon/service/tallying.h"

#include <string.h>

#include "daemon/domain/pattern.h"
#include "daemon/domain/plant.h"
#include "daemon/domain/sitting.h"
#include "daemon/domain/stock.h"
#include "daemon/service/act.h"
#include "daemon/service/boxes.h"
#include "daemon/service/docket.h"
#include "daemon/service/pickups.h"
#include "daemon/service/roads.h"
#include "daemon/service/voice.h"

/* A stop that is longer is told again; of one statement so many civil days are looked at. */
enum { TALLYING_STOP_DAYS = 31 };

/* ---- moments ----------------------------------------------------------------------------------- */

struct moment tallying_moment(const struct apply *apply, uint8_t kind)
{
    return (struct moment){
        .kind = kind,
        .voids = voice_is_void(apply) ? MOMENT_UNSAID : 0,
        .at_us = apply->base.effective_us,
        .until_us = apply->base.effective_us,
        .key_prefix = bytes_get_u64(apply->entry->statement->header.key),
        .key = apply->base.key,
        .key_sequence = apply->base.key_sequence,
        .entry = apply->entry->number,
        .party = apply->base.party,
    };
}

bool tallying_is_kind(const struct apply *apply, unsigned kind)
{
    const struct law *law = book_law(apply->book);
    const struct party_version *version =
        law->party(law->context, apply->base.party, apply->base.effective_us);
    return version != NULL && !version->is_closed && (version->kinds >> kind & 1) != 0;
}

const struct calendar *tallying_calendar(const struct apply *apply)
{
    return &book_profile(apply->book)->calendar;
}

void *tallying_load(struct apply *apply,
                    uint8_t record,
                    uint64_t number,
                    size_t size,
                    bool (*parse)(struct span bytes, void *ret))
{
    const void *seen = book_look(apply->book, record, number, size, parse);
    return seen == NULL ? NULL : settle_copy(apply, seen, size);
}

void tallying_place(struct apply *apply, struct work_set *set, uint32_t first)
{
    for (uint32_t i = first; i < set->count; i++)
        if (set->rows[i].division == 0)
            set->rows[i].division =
                settle_division(apply->book, set->rows[i].party, set->rows[i].since_us);
}

/* ---- a plant's day and year -------------------------------------------------------------------- */

static bool parse_plant_day(struct span bytes, void *ret)
{
    return plant_day_parse(bytes, ret);
}

static void *load_plant_day(struct apply *apply, uint64_t number)
{
    return tallying_load(apply, TALLY_PLANT_DAY, number, sizeof(struct plant_day), parse_plant_day);
}

static void
work_plant_day(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    uint32_t party, first = set->count;
    int32_t day;
    tally_split(number, &party, &day);
    plant_day_work(record, party, day, book_law(apply->book), set);
    tallying_place(apply, set, first);
}

static size_t write_plant_day(const void *record, uint8_t *ret, size_t cap)
{
    return plant_day_write(record, ret, cap);
}

static bool parse_plant_year(struct span bytes, void *ret)
{
    return plant_year_parse(bytes, ret);
}

static void *load_plant_year(struct apply *apply, uint64_t number)
{
    return tallying_load(apply, TALLY_PLANT_YEAR, number, sizeof(struct plant_year),
                         parse_plant_year);
}

static void
work_plant_year(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    uint32_t party, first = set->count;
    int32_t year;
    tally_split(number, &party, &year);
    plant_year_work(record, party, year, book_law(apply->book), set);
    tallying_place(apply, set, first);
}

static size_t write_plant_year(const void *record, uint8_t *ret, size_t cap)
{
    return plant_year_write(record, ret, cap);
}

static const struct settle_kind plant_day_kind = {
    .record = TALLY_PLANT_DAY,
    .load = load_plant_day,
    .work = work_plant_day,
    .write = write_plant_day,
};
static const struct settle_kind plant_year_kind = {
    .record = TALLY_PLANT_YEAR,
    .load = load_plant_year,
    .work = work_plant_year,
    .write = write_plant_year,
};

static struct plant_day *plant_day_of(struct apply *apply, uint32_t party, int32_t day)
{
    return settle_record(apply, &plant_day_kind, tally_number(party, day));
}

static struct plant_year *plant_year_of(struct apply *apply, uint32_t party, int32_t year)
{
    return settle_record(apply, &plant_year_kind, tally_number(party, year));
}

static void add_fed(struct apply *apply, const struct tally_part *part)
{
    const struct calendar *calendar = tallying_calendar(apply);
    int32_t day = calendar_day(calendar, part->at_us);
    int32_t year = tally_year(calendar, part->at_us);
    struct plant_day *plant_day = plant_day_of(apply, part->party, day);
    struct plant_year *plant_year = plant_year_of(apply, part->party, year);
    if (plant_day == NULL || plant_year == NULL)
        return;
    plant_day_add(plant_day, calendar_day_start_us(calendar, day), part);
    plant_year_add(plant_year, day - calendar_from_civil(year, 1, 1), part);
}

/* A line is one of the plant's places by name; none: the whole plant. */
static uint32_t line_number(struct apply *apply, uint32_t party, const char *line)
{
    if (line[0] == 0)
        return 0;
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_owned(party, span_text(line), name);
    return len == 0 ? 0 : book_give(apply->book, SUBJECT_PLACE, span_of(name, len));
}

static void tell_treat(struct apply *apply, const char *line)
{
    struct moment moment = tallying_moment(apply, PLANT_TREATED);
    const struct calendar *calendar = tallying_calendar(apply);
    int32_t day = calendar_day(calendar, moment.at_us);
    moment.number = line_number(apply, apply->base.party, line);
    struct plant_day *plant_day = plant_day_of(apply, apply->base.party, day);
    if (plant_day != NULL)
        plant_day_treat(plant_day, calendar_day_start_us(calendar, day), &moment, apply->tell);
}

/* Nobody knows of a stop that is still to come: it counts until the statement's own time. One without an end counts until
 * then too. */
static void
stop(struct apply *apply, uint32_t party, uint32_t line, int64_t from_us, int64_t until_us)
{
    struct moment moment = tallying_moment(apply, PLANT_STOPPED);
    const struct calendar *calendar = tallying_calendar(apply);
    if (until_us == 0 || until_us > moment.at_us)
        until_us = moment.at_us;
    if (from_us <= 0 || from_us >= until_us)
        return;
    moment.at_us = from_us;
    moment.until_us = until_us;
    moment.number = line;
    int32_t first = calendar_day(calendar, from_us), last = calendar_day(calendar, until_us - 1);
    if (last - first >= TALLYING_STOP_DAYS)
        last = first + TALLYING_STOP_DAYS - 1;
    for (int32_t day = first; day <= last && settle_is_well(apply); day++) {
        struct plant_day *plant_day = plant_day_of(apply, party, day);
        if (plant_day != NULL)
            plant_day_stop(plant_day, &moment, apply->tell);
    }
    int32_t last_year = tally_year(calendar, until_us - 1);
    for (int32_t year = tally_year(calendar, from_us); year <= last_year && settle_is_well(apply);
         year++) {
        struct plant_year *plant_year = plant_year_of(apply, party, year);
        if (plant_year != NULL)
            plant_year_stop(plant_year, &moment, apply->tell);
        if (year == last_year - 1 && last_year - tally_year(calendar, from_us) > 1)
            break; /* a stop of years: the first two */
    }
}

static void tell_measure(struct apply *apply, const Custody__V1__MeasureBody *body)
{
    bool is_state = body->kind == CUSTODY__V1__MEASUREMENT__MEASURE_LINE_STATE;
    if ((!is_state && body->kind != CUSTODY__V1__MEASUREMENT__MEASURE_ELECTRICITY) ||
        body->value != 0)
        return;
    uint32_t party = apply->base.party;
    const char *line = body->instrument;
    if (body->place != NULL) {
        line = body->place->code;
        if (body->place->party[0] != 0)
            party = book_give(apply->book, SUBJECT_PARTY, span_text(body->place->party));
    }
    /* Of others' lines nobody but the authority speaks. */
    if (party != apply->base.party &&
        !tallying_is_kind(apply, CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR))
        return;
    stop(apply, party, line_number(apply, party, line), body->from, body->until);
}

static void tell_incident(struct apply *apply, const Custody__V1__IncidentBody *body)
{
    if (body->kind == CUSTODY__V1__INCIDENT_KIND__INCIDENT_PLANT_STOPPED)
        stop(apply, apply->base.party, 0, body->from, body->until);
}

/* ---- late records ------------------------------------------------------------------------------ */

static bool parse_sitting(struct span bytes, void *ret)
{
    return sitting_parse(bytes, ret);
}

static void *load_sitting(struct apply *apply, uint64_t number)
{
    return tallying_load(apply, TALLY_SITTING, number, sizeof(struct sitting), parse_sitting);
}

static void
work_sitting(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    uint32_t party, first = set->count;
    int32_t day;
    tally_split(number, &party, &day);
    sitting_work(record, party, day, book_law(apply->book), set);
    /* Where the party was when it recorded, not in the days that it speaks of. */
    for (uint32_t i = first; i < set->count; i++)
        set->rows[i].division = settle_division(apply->book, party, set->rows[i].due_us);
}

static size_t write_sitting(const void *record, uint8_t *ret, size_t cap)
{
    return sitting_write(record, ret, cap);
}

static const struct settle_kind sitting_kind_of_record = {
    .record = TALLY_SITTING,
    .load = load_sitting,
    .work = work_sitting,
    .write = write_sitting,
};

static void tell_late(struct apply *apply, uint32_t records, uint32_t profile)
{
    const struct law *law = book_law(apply->book);
    /* How long after the event it was signed, the device's own clock tells best, right or wrong. */
    int64_t signed_us, at_us = apply->base.effective_us;
    if (__builtin_sub_overflow(apply->entry->statement->header.signed_at_us, apply->base.claimed_us,
                               &signed_us) ||
        __builtin_add_overflow(signed_us, at_us, &signed_us))
        signed_us = at_us;
    /* A hand-over names no code: whoever records it is judged where it is. */
    if (profile == 0)
        profile = law->codeless(law->context, apply->base.party, at_us);
    uint8_t kind = sitting_kind(law->profile(law->context, profile), at_us, signed_us,
                                apply->base.recorded_us);
    if (kind == 0)
        return;
    struct moment moment = tallying_moment(apply, kind);
    moment.at_us = apply->base.recorded_us;
    moment.until_us = at_us;
    moment.number = profile;
    moment.amount = records == 0 ? 1 : records;
    int32_t day = calendar_day(tallying_calendar(apply), moment.at_us);
    struct sitting *sitting =
        settle_record(apply, &sitting_kind_of_record, tally_number(apply->base.party, day));
    if (sitting != NULL)
        sitting_tell(sitting, tallying_calendar(apply), &moment, apply->tell);
}

/* ---- marks of a month -------------------------------------------------------------------------- */

static bool parse_pattern(struct span bytes, void *ret)
{
    return pattern_parse(bytes, ret);
}

static void *load_pattern(struct apply *apply, uint64_t number)
{
    return tallying_load(apply, TALLY_PATTERN, number, sizeof(struct pattern), parse_pattern);
}

static void
work_pattern(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    uint32_t party, first = set->count;
    int32_t month;
    tally_split(number, &party, &month);
    pattern_work(record, party, month, book_law(apply->book), set);
    tallying_place(apply, set, first);
}

static size_t write_pattern(const void *record, uint8_t *ret, size_t cap)
{
    return pattern_write(record, ret, cap);
}

static const struct settle_kind pattern_kind = {
    .record = TALLY_PATTERN,
    .load = load_pattern,
    .work = work_pattern,
    .write = write_pattern,
};

static struct pattern *pattern_of(struct apply *apply, uint32_t party, int64_t at_us)
{
    return settle_record(apply, &pattern_kind,
                         tally_number(party, tally_month(tallying_calendar(apply), at_us)));
}

void tallying_fact(struct apply *apply, const struct fact *fact)
{
    const struct law *law = book_law(apply->book);
    if ((apply->is_countersigning && !apply->is_retiming) ||
        tally_marks(fact, law->profile(law->context, fact->profile)) == 0)
        return;
    struct moment moment = tallying_moment(apply, 0);
    struct pattern *pattern = pattern_of(apply, fact->party, fact->effective_us);
    if (pattern != NULL)
        pattern_show(pattern, &moment, MOMENT_FIRST);
}

/* If it is shown there. */
static void show_again(struct apply *apply)
{
    struct moment moment = tallying_moment(apply, 0);
    int32_t month = tally_month(tallying_calendar(apply), moment.at_us);
    if (apply->tell == MOMENT_FIRST ||
        !settle_has(apply, &pattern_kind, tally_number(moment.party, month)))
        return;
    struct pattern *pattern = pattern_of(apply, moment.party, moment.at_us);
    if (pattern != NULL)
        pattern_show(pattern, &moment, apply->tell);
}

/* ---- stock ------------------------------------------------------------------------------------- */

static bool parse_stock(struct span bytes, void *ret)
{
    return stock_parse(bytes, ret);
}

static void *load_place_stock(struct apply *apply, uint64_t number)
{
    return tallying_load(apply, TALLY_PLACE_STOCK, number, sizeof(struct stock), parse_stock);
}

static void *load_party_stock(struct apply *apply, uint64_t number)
{
    return tallying_load(apply, TALLY_PARTY_STOCK, number, sizeof(struct stock), parse_stock);
}

static void
work_place_stock(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    uint32_t first = set->count;
    stock_place_work(record, (uint32_t)number, book_law(apply->book), set);
    tallying_place(apply, set, first);
}

static void
work_party_stock(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    uint32_t first = set->count;
    stock_party_work(record, (uint32_t)number, book_law(apply->book), set);
    tallying_place(apply, set, first);
}

static size_t write_stock(const void *record, uint8_t *ret, size_t cap)
{
    return stock_write(record, ret, cap);
}

static const struct settle_kind place_stock_kind = {
    .record = TALLY_PLACE_STOCK,
    .load = load_place_stock,
    .work = work_place_stock,
    .write = write_stock,
};
static const struct settle_kind party_stock_kind = {
    .record = TALLY_PARTY_STOCK,
    .load = load_party_stock,
    .work = work_party_stock,
    .write = write_stock,
};

static void add_stock(struct apply *apply, const struct tally_part *part)
{
    const struct law *law = book_law(apply->book);
    int32_t day = calendar_day(tallying_calendar(apply), part->at_us);
    struct stock *stock =
        part->place == 0 ? NULL : settle_record(apply, &place_stock_kind, part->place);
    if (stock != NULL)
        stock_add(stock, day, part);
    /* Only a facility stores by permit. What it was at a time that is past never changes. */
    const struct party_version *version = law->party(law->context, part->party, part->at_us);
    if (version == NULL || (version->kinds >> CUSTODY__V1__PARTY_KIND__PARTY_FACILITY & 1) == 0)
        return;
    stock = settle_record(apply, &party_stock_kind, part->party);
    if (stock != NULL)
        stock_add(stock, day, part);
}

void tallying_part(struct apply *apply, const struct tally_part *part)
{
    struct pattern *pattern;
    switch ((enum tally_kind)part->kind) {
    case TALLY_FED:
        add_fed(apply, part);
        break;
    case TALLY_WAITING:
        pickups_wait(apply, part);
        break;
    case TALLY_STOCK:
        add_stock(apply, part);
        break;
    case TALLY_KEPT:
        voice_keep(apply, part);
        break;
    case TALLY_BOX_FILLED:
    case TALLY_BOX_EMPTIED:
        boxes_part(apply, part);
        break;
    case TALLY_MADE:
        pattern = pattern_of(apply, part->party, part->at_us);
        if (pattern != NULL)
            pattern_add(pattern, part);
        break;
    case TALLY_ON_HOLD:
        docket_tally_add(apply->book, DOCKET_ON_HOLD_OF_PARTY, part->party, part->pieces);
        break;
    }
}

/* ---- a statement as a whole -------------------------------------------------------------------- */

static uint32_t trip_number(struct apply *apply, ProtobufCBinaryData id)
{
    return act_statement_number(apply, SUBJECT_TRIP, id);
}

static uint32_t manifest_number(struct apply *apply, ProtobufCBinaryData id)
{
    return act_statement_number(apply, SUBJECT_MANIFEST, id);
}

static void tell_pack(struct apply *apply, const Custody__V1__PackBody *body)
{
    uint32_t generator = body->generator[0] == 0
                             ? apply->base.party
                             : book_find(apply->book, SUBJECT_PARTY, span_text(body->generator));
    const Custody__V1__PackedContainer *first = body->n_containers > 0 ? body->containers[0] : NULL;
    uint32_t profile =
        first == NULL
            ? 0
            : book_profile_for(apply->book, span_text(first->waste_code), first->epidemic,
                               settle_division(apply->book, generator, apply->base.effective_us),
                               apply->base.effective_us);
    tell_late(apply, (uint32_t)body->n_containers, profile);
}

static void tell_load(struct apply *apply, const Custody__V1__LoadBody *body)
{
    pickups_visit(apply, body->generator[0] == 0
                             ? apply->base.party
                             : book_give(apply->book, SUBJECT_PARTY, span_text(body->generator)));
    uint32_t trip = trip_number(apply, body->trip);
    roads_see(apply, trip);
    roads_stop(apply, trip);
    roads_load(apply, trip, manifest_number(apply, body->manifest));
    tell_late(apply, (uint32_t)(body->n_containers + body->n_boxes + body->n_bulk), 0);
}

static void tell_receive(struct apply *apply, const Custody__V1__ReceiveBody *body)
{
    uint32_t trip = trip_number(apply, body->trip);
    roads_see(apply, trip);
    roads_end(apply, trip, manifest_number(apply, body->manifest));
    tell_late(apply, (uint32_t)(body->n_containers + body->n_boxes + body->n_bulk), 0);
}

static void tell_feed(struct apply *apply, const Custody__V1__FeedBody *body)
{
    tell_treat(apply, body->line);
    tell_late(apply, (uint32_t)(body->n_containers + body->n_boxes + body->n_bulk), 0);
}

static void tell_yield(struct apply *apply, const Custody__V1__YieldBody *body)
{
    struct moment moment = tallying_moment(apply, PLANT_TREATED);
    int sign = moment_sign(&moment, apply->tell);
    struct batch *batch = settle_batch(apply, act_batch_number(apply, body->batch));
    if (batch != NULL) {
        batch->additives_g += (uint64_t)sign * body->additives_g;
        batch->finishes += body->finished ? (uint32_t)sign : 0;
    }
    tell_treat(apply, body->line);
    tell_late(apply, (uint32_t)body->n_outputs, 0);
}

void tallying_statement(struct apply *apply, uint32_t act, const ProtobufCMessage *body)
{
    const void *any = body;
    show_again(apply);
    switch (act) {
    case CUSTODY__V1__ACT__ACT_PACK:
        tell_pack(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_STORE: {
        const Custody__V1__StoreBody *store = any;
        tell_late(apply, (uint32_t)(store->n_containers + store->n_boxes), 0);
        break;
    }
    case CUSTODY__V1__ACT__ACT_DEPART:
        roads_see(apply, book_find(apply->book, SUBJECT_TRIP,
                                   span_of(apply->entry->statement->id.bytes, DIGEST_SIZE)));
        tell_late(apply, 1, 0);
        break;
    case CUSTODY__V1__ACT__ACT_LOAD:
        tell_load(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_RECEIVE:
        tell_receive(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_FEED:
        tell_feed(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_YIELD:
        tell_yield(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_CLEAN:
        roads_clean(apply, any);
        boxes_clean(apply, any);
        tell_late(apply, 1, 0);
        break;
    case CUSTODY__V1__ACT__ACT_MEASURE:
        tell_measure(apply, any);
        roads_see(apply, trip_number(apply, ((const Custody__V1__MeasureBody *)any)->trip));
        break;
    case CUSTODY__V1__ACT__ACT_INCIDENT:
        tell_incident(apply, any);
        break;
    default:
        break;
    }
}
