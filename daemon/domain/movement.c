/* movement.c: what a container's history adds to whose account.
 * Never a balance, and never changes a row. */
#include "daemon/domain/movement.h"

#include <string.h>

#include "proto/custody.pb-c.h"

/* Over any mass that a statement may give (bounds.h), so that sums of many cannot overflow. */
#define MOVEMENT_MASS_MAX_G INT64_C(1000000000000)

/* ---- accounts ---------------------------------------------------------------------------------- */

/* By number; the name of a number that none has is NULL. */
static const struct movement_account_row accounts[MOVEMENT_ACCOUNT_MAX + 1] = {
#define MOVEMENT_X(number, name, sign, zh, en) [number] = {number, #name, sign, zh, en},
    MOVEMENT_ACCOUNTS(MOVEMENT_X)
#undef MOVEMENT_X
};

const struct movement_account_row *movement_account_find(uint8_t number)
{
    return number <= MOVEMENT_ACCOUNT_MAX && accounts[number].name != NULL ? &accounts[number]
                                                                           : NULL;
}

const struct movement_account_row *movement_account_find_name(struct span name)
{
    for (size_t i = 0; i <= MOVEMENT_ACCOUNT_MAX; i++)
        if (accounts[i].name != NULL && span_is_equal(span_text(accounts[i].name), name))
            return &accounts[i];
    return NULL;
}

int movement_account_sign(uint8_t account)
{
    const struct movement_account_row *row = movement_account_find(account);
    return row == NULL ? 0 : row->sign;
}

/* ---- sets -------------------------------------------------------------------------------------- */

void movement_add(struct movement_set *set, const struct movement *row)
{
    for (uint32_t i = 0; i < set->count; i++) {
        struct movement *there = &set->rows[i];
        if (there->party == row->party && there->code == row->code && there->day == row->day &&
            there->account == row->account) {
            there->grams += row->grams;
            there->pieces += row->pieces;
            return;
        }
    }
    if (set->count == MOVEMENTS_MAX) {
        set->dropped++;
        return;
    }
    set->rows[set->count++] = *row;
}

static void drop_nothings(struct movement_set *set)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < set->count; i++)
        if (set->rows[i].grams != 0 || set->rows[i].pieces != 0)
            set->rows[kept++] = set->rows[i];
    set->count = kept;
}

/* ---- one history ------------------------------------------------------------------------------- */

/* One fill, as it stands before the next step. */
struct stock {
    uint32_t holder; /* 0: in nobody's stock */
    uint32_t place, temperature_mk;
    int64_t grams;
    enum container_state state;
    uint32_t lost_by; /* 0: is not lost */
    bool is_begun;    /* it has been in somebody's account */
    bool is_generated;
    int32_t generated_day;
    int64_t generated_g;
};

struct booking {
    const struct container_history *history;
    const struct container_context *context;
    struct movement_set *set;
    struct stock stocks[CONTAINER_FILLS_MAX];
    int64_t first_g[CONTAINER_FILLS_MAX]; /* the first mass that anybody gave */
    /* of the step being booked */
    const struct container_step *step;
    int32_t day;
};

static const struct profile *profile_of_fill(const struct container_history *history,
                                             const struct container_context *context,
                                             uint32_t fill)
{
    return context->law->profile(context->law->context, history->fills[fill].profile);
}

static int32_t day_of(const struct container_context *context, int64_t at_us)
{
    const struct profile *general =
        context->law->profile(context->law->context, LAW_PROFILE_GENERAL);
    return calendar_day(&general->calendar, at_us);
}

static bool is_in_stock(uint32_t holder, enum container_state state)
{
    return holder != 0 && (state == CONTAINER_PACKED || state == CONTAINER_STORED ||
                           state == CONTAINER_IN_TRANSIT || state == CONTAINER_RECEIVED ||
                           state == CONTAINER_REJECTED);
}

static int64_t bounded_mass(uint64_t mass_g)
{
    return mass_g > (uint64_t)MOVEMENT_MASS_MAX_G ? MOVEMENT_MASS_MAX_G : (int64_t)mass_g;
}

static int64_t mass_at(const int64_t *first_g, const struct container_step *step)
{
    return step->mass_g == FACT_NO_MASS ? first_g[step->fill] : bounded_mass(step->mass_g);
}

static void find_first_masses(const struct container_history *history,
                              int64_t ret[static CONTAINER_FILLS_MAX])
{
    bool is_known[CONTAINER_FILLS_MAX] = {false};
    memset(ret, 0, CONTAINER_FILLS_MAX * sizeof ret[0]);
    for (uint32_t i = 0; i < history->step_count; i++) {
        const struct container_step *step = &history->steps[i];
        if (step->mass_g == FACT_NO_MASS || is_known[step->fill])
            continue;
        is_known[step->fill] = true;
        ret[step->fill] = bounded_mass(step->mass_g);
    }
}

static void book_on(struct booking *booking,
                    uint32_t party,
                    int32_t day,
                    enum movement_account account,
                    int64_t grams,
                    int64_t pieces)
{
    const struct movement row = {.party = party,
                                 .code = booking->history->fills[booking->step->fill].code,
                                 .day = day,
                                 .account = (uint8_t)account,
                                 .grams = grams,
                                 .pieces = pieces};
    movement_add(booking->set, &row);
}

static void
book(struct booking *booking, uint32_t party, enum movement_account account, int64_t grams)
{
    book_on(booking, party, booking->day, account, grams, 1);
}

static void note_generated(struct booking *booking, struct stock *stock, int64_t grams)
{
    stock->is_generated = true;
    stock->generated_day = booking->day;
    stock->generated_g = grams;
    book(booking, booking->context->generator, MOVEMENT_generated, grams);
}

/* It comes from its generator, who had not said that it has it. */
static void book_unsaid(struct booking *booking, struct stock *stock, int64_t grams)
{
    const struct container_context *context = booking->context;
    if (context->is_bulk || booking->history->fills[booking->step->fill].is_packed) {
        note_generated(booking, stock, grams);
        book(booking, context->generator, MOVEMENT_sent, grams);
    } else {
        book(booking, context->generator, MOVEMENT_unpacked, grams);
    }
}

/* Out of the account of who held it, at the mass that the next one found. */
static void book_out(struct booking *booking, const struct stock *stock, uint32_t to, int64_t grams)
{
    bool is_on_the_road =
        stock->state == CONTAINER_IN_TRANSIT || stock->state == CONTAINER_REJECTED;
    bool is_home = to == booking->context->generator;
    book(booking, stock->holder,
         is_on_the_road && is_home ? MOVEMENT_sent_back
         : is_on_the_road          ? MOVEMENT_handed_on
                                   : MOVEMENT_sent,
         grams);
}

static void book_in(struct booking *booking, struct stock *stock, uint32_t party, int64_t grams)
{
    const struct container_step *step = booking->step;
    bool is_own = party == booking->context->generator;
    if (step->fact->act == CUSTODY__V1__ACT__ACT_YIELD && !stock->is_begun) {
        book(booking, party, MOVEMENT_yielded, grams);
    } else if (is_own && !stock->is_begun) {
        note_generated(booking, stock, grams);
    } else if (is_own) {
        book(booking, party, MOVEMENT_returned, grams);
    } else {
        book(booking, party,
             step->state == CONTAINER_IN_TRANSIT ? MOVEMENT_taken : MOVEMENT_received, grams);
    }
}

/* Into the stock of `party`, from whoever had it. */
static void
book_hand_over(struct booking *booking, struct stock *stock, uint32_t party, int64_t grams)
{
    if (stock->holder == party)
        return;
    if (stock->lost_by != 0) {
        /* It turned up: not lost any more, and handed on by who had lost it. */
        book_on(booking, stock->lost_by, booking->day, MOVEMENT_lost, -grams, -1);
        stock->holder = stock->lost_by;
        stock->lost_by = 0;
        if (stock->holder == party)
            return;
    }
    if (stock->holder != 0)
        book_out(booking, stock, party, grams);
    else if (party != booking->context->generator && !stock->is_begun)
        book_unsaid(booking, stock, grams);
    book_in(booking, stock, party, grams);
    stock->is_begun = true;
    stock->holder = party;
}

/* How old it was when it was treated, told of its generator. */
static void book_age(struct booking *booking, const struct stock *stock, int64_t grams)
{
    const struct container_step *step = booking->step;
    const struct container_fill *fill = &booking->history->fills[step->fill];
    const struct profile *profile = profile_of_fill(booking->history, booking->context, step->fill);
    uint32_t generator = booking->context->generator;
    int64_t age_us;
    if (profile->storage_us == 0 || fill->born_us == 0 ||
        __builtin_sub_overflow(step->fact->effective_us, fill->born_us, &age_us))
        return;
    int64_t limit_us =
        profile->storage_us +
        law_plant_limit_us(booking->context->law, profile, stock->place, stock->temperature_mk);
    book(booking, generator, age_us <= limit_us ? MOVEMENT_in_time : MOVEMENT_late, grams);
    book(booking, generator,
         age_us <= 24 * CALENDAR_HOUR_US   ? MOVEMENT_age_1
         : age_us <= 48 * CALENDAR_HOUR_US ? MOVEMENT_age_2
         : age_us <= 72 * CALENDAR_HOUR_US ? MOVEMENT_age_3
                                           : MOVEMENT_age_4,
         grams);
}

/* It leaves everybody's stock: fed, lost, ended. */
static void book_end(struct booking *booking, struct stock *stock, int64_t grams)
{
    const struct container_step *step = booking->step;
    uint32_t generator = booking->context->generator;
    if (step->state == CONTAINER_FED) {
        book_hand_over(booking, stock, step->holder, grams);
        book(booking, step->holder,
             step->holder == generator ? MOVEMENT_self_treated : MOVEMENT_treated, grams);
        book_age(booking, stock, grams);
    } else if (stock->holder != 0) {
        bool is_lost = step->state == CONTAINER_LOST;
        book(booking, stock->holder, is_lost ? MOVEMENT_lost : MOVEMENT_by_order, grams);
        stock->lost_by = is_lost ? stock->holder : 0;
    } else if (step->state == CONTAINER_ENDED && stock->lost_by != 0) {
        /* Lost, and now written off: lost no longer. */
        book_on(booking, stock->lost_by, booking->day, MOVEMENT_lost, -grams, -1);
        book(booking, stock->lost_by, MOVEMENT_by_order, grams);
        stock->lost_by = 0;
    }
    stock->holder = 0;
}

static void book_custody(struct booking *booking)
{
    const struct container_step *step = booking->step;
    struct stock *stock = &booking->stocks[step->fill];
    int64_t grams = mass_at(booking->first_g, step);
    if (stock->holder != 0 && grams != stock->grams)
        book_on(booking, stock->holder, booking->day, MOVEMENT_reweighed, grams - stock->grams, 0);
    if (is_in_stock(step->holder, step->state))
        book_hand_over(booking, stock, step->holder, grams);
    else if (step->state != stock->state)
        book_end(booking, stock, grams);
    stock->state = step->state;
    stock->grams = grams;
    stock->place = step->place;
    stock->temperature_mk = step->temperature_mk;
}

/* ---- marks ------------------------------------------------------------------------------------- */

static void book_mark(struct booking *booking, enum movement_account account)
{
    book_on(booking, booking->step->fact->party, booking->day, account, 0, 1);
}

/* Rules 53 to 55 and 41 of rule.h: typed_weight, single_signature, recorded_late_in_limit, five_gap. */
static void book_marks(struct booking *booking)
{
    const struct container_step *step = booking->step;
    const struct fact *fact = step->fact;
    const struct profile *profile = profile_of_fill(booking->history, booking->context, step->fill);
    int64_t delay_us;
    if (step->effect != EFFECT_APPLIED)
        return;
    if (fact->mass_g != FACT_NO_MASS && fact->mass_source == CUSTODY__V1__MASS_SOURCE__MASS_TYPED &&
        profile_has_rule(profile, RULE_typed_weight))
        book_mark(booking, MOVEMENT_mark_typed);
    if (step->is_single && profile_has_rule(profile, RULE_single_signature))
        book_mark(booking, MOVEMENT_mark_single);
    if (profile->late_mark_us != 0 &&
        !__builtin_sub_overflow(fact->recorded_us, fact->effective_us, &delay_us) &&
        delay_us > profile->late_mark_us &&
        (profile->late_us == 0 || delay_us <= profile->late_us) &&
        profile_has_rule(profile, RULE_recorded_late_in_limit))
        book_mark(booking, MOVEMENT_mark_late);
    if (profile->five_gap_us != 0 && fact->five_gap_us > (uint64_t)profile->five_gap_us &&
        profile_has_rule(profile, RULE_five_gap))
        book_mark(booking, MOVEMENT_mark_five);
}

/* ---- what became of what was generated --------------------------------------------------------- */

static bool is_lawfully_fed(const struct booking *booking, uint32_t at)
{
    const struct container_history *history = booking->history;
    const struct container_fill *fill = &history->fills[at];
    const struct law *law = booking->context->law;
    for (uint32_t i = 0; i < history->leg_count; i++)
        if (history->legs[i].fill == at && history->legs[i].sums.fed > 0)
            return true;
    if (fill->holder != booking->context->generator)
        return false;
    const struct profile *profile = profile_of_fill(history, booking->context, at);
    return profile->self_disposal != 0 || profile->sterilise_on_site != 0 ||
           law->is_permitted(law->context, fill->holder, CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT,
                             fill->code, fill->since_us);
}

static enum movement_account outcome_of(const struct booking *booking, uint32_t at)
{
    switch (booking->history->fills[at].state) {
    case CONTAINER_FED:
        return is_lawfully_fed(booking, at) ? MOVEMENT_of_disposed : MOVEMENT_of_strayed;
    case CONTAINER_ENDED:
        return MOVEMENT_of_by_order;
    case CONTAINER_LOST:
        return MOVEMENT_of_lost;
    case CONTAINER_NONE:
    case CONTAINER_PACKED:
    case CONTAINER_STORED:
    case CONTAINER_IN_TRANSIT:
    case CONTAINER_RECEIVED:
    case CONTAINER_REJECTED:
    case CONTAINER_STATES:
        break;
    }
    return MOVEMENT_of_open;
}

static void book_outcomes(struct booking *booking)
{
    const struct container_context *context = booking->context;
    for (uint32_t i = 0; i < booking->history->fill_count; i++) {
        const struct stock *stock = &booking->stocks[i];
        const struct movement row = {.party = context->generator,
                                     .code = booking->history->fills[i].code,
                                     .day = stock->generated_day,
                                     .account = (uint8_t)outcome_of(booking, i),
                                     .grams = stock->generated_g,
                                     .pieces = 1};
        if (stock->is_generated)
            movement_add(booking->set, &row);
    }
}

void movement_of_history(const struct container_history *history,
                         const struct container_context *context,
                         struct movement_set *ret)
{
    struct booking booking = {.history = history, .context = context, .set = ret};
    ret->count = 0;
    ret->dropped = 0;
    find_first_masses(history, booking.first_g);
    for (uint32_t i = 0; i < history->step_count; i++) {
        const struct container_step *step = &history->steps[i];
        booking.step = step;
        booking.day = day_of(context, step->fact->effective_us);
        book_custody(&booking);
        book_marks(&booking);
    }
    book_outcomes(&booking);
    drop_nothings(ret);
}

void movement_stock(const struct container_history *history,
                    uint32_t party,
                    int64_t *ret_grams,
                    int64_t *ret_pieces)
{
    int64_t first_g[CONTAINER_FILLS_MAX];
    const struct container_step *last[CONTAINER_FILLS_MAX] = {NULL};
    find_first_masses(history, first_g);
    *ret_grams = 0;
    *ret_pieces = 0;
    for (uint32_t i = 0; i < history->step_count; i++)
        last[history->steps[i].fill] = &history->steps[i];
    for (uint32_t i = 0; i < history->fill_count; i++) {
        const struct container_fill *fill = &history->fills[i];
        if (last[i] == NULL || fill->holder != party || !is_in_stock(fill->holder, fill->state))
            continue;
        *ret_grams += mass_at(first_g, last[i]);
        *ret_pieces += 1;
    }
}

/* ---- rows on disk ------------------------------------------------------------------------------ */

/* The sign bit is turned over, so that days before 1970 sort before those after. */
enum { DAY_SHIFT = 31 };

void movement_write_key(const struct movement_key *key, uint8_t ret[static MOVEMENT_KEY_BYTES])
{
    bytes_put_u32(ret, key->party);
    bytes_put_u32(ret + 4, key->code);
    bytes_put_u32(ret + 8, (uint32_t)key->day ^ UINT32_C(1) << DAY_SHIFT);
    bytes_put_u64(ret + 12, key->entry);
}

bool movement_parse_key(struct span bytes, struct movement_key *ret)
{
    if (bytes.len != MOVEMENT_KEY_BYTES)
        return false;
    ret->party = bytes_get_u32(bytes.data);
    ret->code = bytes_get_u32(bytes.data + 4);
    ret->day = (int32_t)(bytes_get_u32(bytes.data + 8) ^ UINT32_C(1) << DAY_SHIFT);
    ret->entry = bytes_get_u64(bytes.data + 12);
    return true;
}

size_t movement_write_value(const struct movement_sums *sums,
                            uint8_t ret[static MOVEMENT_VALUE_MAX])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, MOVEMENT_VALUE_MAX);
    for (size_t i = 0; i <= MOVEMENT_ACCOUNT_MAX; i++) {
        if (sums->grams[i] == 0 && sums->pieces[i] == 0)
            continue;
        bytes_write_u8(&writer, (uint8_t)i);
        bytes_write_zigzag(&writer, sums->grams[i]);
        bytes_write_zigzag(&writer, sums->pieces[i]);
    }
    return writer.failed ? 0 : writer.len;
}

bool movement_parse_value(struct span bytes, movement_visit *visit, void *context)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    int before = -1;
    while (reader.left > 0 && !reader.failed) {
        uint8_t account = bytes_read_u8(&reader);
        int64_t grams = bytes_read_zigzag(&reader);
        int64_t pieces = bytes_read_zigzag(&reader);
        bool is_in_order = account > before && account <= MOVEMENT_ACCOUNT_MAX;
        if (reader.failed || !is_in_order || (grams == 0 && pieces == 0))
            return false;
        before = account;
        visit(context, account, grams, pieces);
    }
    return !reader.failed;
}
