/* reckoning.c: movement rows added up into figures.
 * Never writes. */
#include "daemon/service/reckoning.h"

#include <stdio.h>
#include <string.h>

#include "proto/entry.h"
#include "daemon/domain/division.h"
#include "daemon/service/settle.h"

/* ---- cells ------------------------------------------------------------------------------------- */

void reckoning_begin(struct reckoning *reckoning,
                     struct asking *asking,
                     uint64_t as_of,
                     int32_t first,
                     int32_t after)
{
    memset(reckoning, 0, sizeof *reckoning);
    reckoning->asking = asking;
    reckoning->as_of = as_of;
    reckoning->first = first;
    reckoning->after = after;
    reckoning->cells_end = &reckoning->cells;
}

struct reckoning_cell *reckoning_cell(struct reckoning *reckoning,
                                      enum reckoning_scope scope,
                                      uint32_t number,
                                      uint32_t code,
                                      bool is_of_code)
{
    uint32_t hash = (number * UINT32_C(2654435761)) ^ (code * UINT32_C(40503) + (uint32_t)scope);
    struct reckoning_cell **bucket = &reckoning->buckets[(hash >> 8 ^ hash) % RECKONING_BUCKETS];
    for (struct reckoning_cell *at = *bucket; at != NULL; at = at->next_hashed)
        if (at->scope == scope && at->number == number && at->code == code &&
            at->is_of_code == is_of_code)
            return at;
    struct book *book = reckoning->asking->book;
    struct reckoning_cell *cell = arena_alloc(book_arena(book), sizeof *cell);
    if (cell == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return NULL;
    }
    cell->scope = scope;
    cell->number = number;
    cell->code = code;
    cell->is_of_code = is_of_code;
    cell->next_hashed = *bucket;
    *bucket = cell;
    *reckoning->cells_end = cell;
    reckoning->cells_end = &cell->next;
    reckoning->count++;
    return cell;
}

void reckoning_add(const struct reckoning *reckoning,
                   struct reckoning_cell *cell,
                   int32_t day,
                   uint8_t account,
                   int64_t grams,
                   int64_t pieces)
{
    int sign = movement_account_sign(account);
    if (cell == NULL || day >= reckoning->after)
        return;
    cell->closing.grams += sign * grams;
    cell->closing.pieces += sign * pieces;
    if (day < reckoning->first) {
        cell->opening.grams += sign * grams;
        cell->opening.pieces += sign * pieces;
    } else {
        cell->flows.grams[account] += grams;
        cell->flows.pieces[account] += pieces;
    }
}

/* ---- figures ----------------------------------------------------------------------------------- */

struct figure_names {
    const char *grams, *pieces;
};
static const struct figure_names account_names[MOVEMENT_ACCOUNT_MAX + 1] = {
#define MOVEMENT_X(number, name, sign, zh, en) [number] = {#name "_g", #name "_n"},
    MOVEMENT_ACCOUNTS(MOVEMENT_X)
#undef MOVEMENT_X
};
static const char *const unit_names[RECKONING_UNIT_COUNT] = {
#define RECKONING_X(name) #name "_n",
    RECKONING_UNITS(RECKONING_X)
#undef RECKONING_X
};

struct figuring {
    struct arena *arena;
    char *scope, *code;
    size_t count, room;
    Custody__V1__Figure **figures;
};

static void add_figure(struct figuring *figuring, const char *name, int64_t value)
{
    Custody__V1__Figure *figure = value == 0 || figuring->count == figuring->room || name == NULL
                                      ? NULL
                                      : arena_alloc(figuring->arena, sizeof *figure);
    if (figure == NULL)
        return;
    custody__v1__figure__init(figure);
    figure->scope = figuring->scope;
    figure->waste_code = figuring->code;
    figure->name = (char *)name;
    figure->value = value;
    figuring->figures[figuring->count++] = figure;
}

static char *
scope_text(const struct reckoning *reckoning, const struct reckoning_cell *cell, const char *whole)
{
    struct arena *arena = reckoning->asking->query->arena;
    char *text = NULL;
    switch (cell->scope) {
    case RECKONING_WHOLE:
        return (char *)whole;
    case RECKONING_DIVISION:
        text = arena_format(arena, "%06u", cell->number);
        break;
    case RECKONING_PARTY:
        return view_party(&reckoning->asking->view, cell->number);
    }
    return text == NULL ? (char *)"" : text;
}

static char *code_text(const struct reckoning *reckoning, const struct reckoning_cell *cell)
{
    struct span name = book_name(reckoning->asking->book, SUBJECT_CODE, cell->code);
    char *text = NULL;
    if (!cell->is_of_code)
        return (char *)"";
    /* A label that nobody gave a code. */
    text = arena_text(reckoning->asking->query->arena, name.len > 0 ? name : span_text("-"));
    return text == NULL ? (char *)"" : text;
}

void reckoning_figures(const struct reckoning *reckoning,
                       const char *whole,
                       size_t *ret_count,
                       Custody__V1__Figure ***ret)
{
    enum { FIGURES_A_CELL = 2 * (MOVEMENT_ACCOUNT_MAX + 1) + 4 + RECKONING_UNIT_COUNT };
    struct arena *arena = reckoning->asking->query->arena;
    struct figuring figuring = {.arena = arena};
    size_t room = 0;
    for (const struct reckoning_cell *at = reckoning->cells; at != NULL; at = at->next)
        for (size_t i = 0; i <= MOVEMENT_ACCOUNT_MAX; i++)
            room += (size_t)(at->flows.grams[i] != 0) + (size_t)(at->flows.pieces[i] != 0);
    figuring.room = room + reckoning->count * (4 + (size_t)RECKONING_UNIT_COUNT);
    figuring.figures = arena_alloc(arena, (figuring.room + 1) * sizeof(void *));
    for (const struct reckoning_cell *at = reckoning->cells; at != NULL && figuring.figures != NULL;
         at = at->next) {
        figuring.scope = scope_text(reckoning, at, whole);
        figuring.code = code_text(reckoning, at);
        add_figure(&figuring, "opening_g", at->opening.grams);
        add_figure(&figuring, "opening_n", at->opening.pieces);
        for (size_t i = 0; i <= MOVEMENT_ACCOUNT_MAX; i++) {
            add_figure(&figuring, account_names[i].grams, at->flows.grams[i]);
            add_figure(&figuring, account_names[i].pieces, at->flows.pieces[i]);
        }
        add_figure(&figuring, "closing_g", at->closing.grams);
        add_figure(&figuring, "closing_n", at->closing.pieces);
        for (size_t i = 0; i < RECKONING_UNIT_COUNT; i++)
            add_figure(&figuring, unit_names[i], at->units[i]);
    }
    *ret_count = figuring.count;
    *ret = figuring.figures;
}

/* ---- positions and parties --------------------------------------------------------------------- */

bool reckoning_take_as_of(struct asking *asking, uint64_t asked, uint64_t *ret)
{
    if (asked > asking->position) {
        asking_refuse(asking, CUSTODY_REASON_not_yet, "as_of");
        return false;
    }
    *ret = asked == 0 ? asking->position : asked;
    return true;
}

int64_t reckoning_recorded_us(struct asking *asking, uint64_t as_of)
{
    struct span bytes = {0};
    struct entry entry;
    struct digest leaf;
    if (as_of == 0 || !asking_leaf(asking, as_of - 1, &leaf) ||
        journal_read(asking->journal, as_of - 1, &leaf, &bytes) != CUSTODY_OK ||
        !entry_parse(bytes, &entry))
        return asking->query->now_us;
    return entry.recorded_at_us;
}

int64_t reckoning_period_end_us(struct asking *asking, uint64_t as_of, int32_t after)
{
    int64_t end_us = calendar_day_start_us(&book_profile(asking->book)->calendar, after) - 1;
    int64_t recorded_us = reckoning_recorded_us(asking, as_of);
    return end_us < recorded_us ? end_us : recorded_us;
}

bool reckoning_take_division(struct asking *asking,
                             uint32_t division,
                             const char *field,
                             bool *ret_is_by_unit)
{
    *ret_is_by_unit = !asking_sees_division(asking, division);
    if (!*ret_is_by_unit || sight_audits(&asking->sight))
        return true;
    asking_refuse(asking, CUSTODY_REASON_not_visible, field);
    return false;
}

struct reckoning_party
reckoning_party(struct asking *asking, uint32_t number, uint64_t as_of, int64_t at_us)
{
    const struct party *party = book_party(asking->book, number);
    const struct party_version *version = party == NULL ? NULL : party_at(party, at_us);
    struct reckoning_party ret = {.division = settle_division(asking->book, number, at_us)};
    if (version == NULL || party->entry >= as_of)
        return ret;
    ret.entry = party->entry;
    snprintf(ret.sector, sizeof ret.sector, "%s", version->sector[0] == 0 ? "-" : version->sector);
    ret.is_registered = !version->is_closed;
    ret.is_generator = (version->kinds >> CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR & 1) != 0;
    ret.is_facility = (version->kinds >> CUSTODY__V1__PARTY_KIND__PARTY_FACILITY & 1) != 0;
    return ret;
}

/* ---- one party --------------------------------------------------------------------------------- */

struct adding {
    struct reckoning *reckoning;
    uint32_t party;
    uint32_t only; /* a code; 0: all */
    struct reckoning_cell *all, *of_code;
    int32_t day;
};

static void add_account(void *context, uint8_t account, int64_t grams, int64_t pieces)
{
    struct adding *adding = context;
    reckoning_add(adding->reckoning, adding->all, adding->day, account, grams, pieces);
    reckoning_add(adding->reckoning, adding->of_code, adding->day, account, grams, pieces);
}

static bool add_row(void *context, const struct posting_row *row)
{
    struct adding *adding = context;
    struct reckoning *reckoning = adding->reckoning;
    if (row->key.entry >= reckoning->as_of || (adding->only != 0 && row->key.code != adding->only))
        return true;
    if (adding->of_code == NULL || adding->of_code->code != row->key.code)
        adding->of_code =
            reckoning_cell(reckoning, RECKONING_PARTY, adding->party, row->key.code, true);
    adding->day = row->key.day;
    if (!movement_parse_value(row->value, add_account, adding))
        book_fail(reckoning->asking->book, CUSTODY_ERR_CORRUPT);
    return book_status(reckoning->asking->book) == CUSTODY_OK && !asking_is_late(reckoning->asking);
}

static void add_party(struct reckoning *reckoning, uint32_t party, uint32_t only)
{
    struct asking *asking = reckoning->asking;
    struct adding adding = {.reckoning = reckoning, .party = party, .only = only};
    const struct movement_key from = {.party = party, .code = only, .day = INT32_MIN};
    adding.all = reckoning_cell(reckoning, RECKONING_PARTY, party, 0, false);
    enum custody_status status = posting_scan(asking->lookups, &from, add_row, &adding);
    if (status != CUSTODY_OK)
        book_fail(asking->book, status);
}

void reckoning_stock(
    struct asking *asking, uint32_t party, uint64_t as_of, int64_t *ret_grams, int64_t *ret_pieces)
{
    struct reckoning reckoning;
    reckoning_begin(&reckoning, asking, as_of, INT32_MAX, INT32_MAX);
    add_party(&reckoning, party, 0);
    *ret_grams = reckoning.cells == NULL ? 0 : reckoning.cells->closing.grams;
    *ret_pieces = reckoning.cells == NULL ? 0 : reckoning.cells->closing.pieces;
}

/* ---- the question ------------------------------------------------------------------------------ */

/* The days asked for, else the civil month of the clock. */
static bool take_days(struct asking *asking,
                      const Custody__V1__BalanceRequest *request,
                      int32_t *ret_first,
                      int32_t *ret_after)
{
    int32_t year, last;
    uint32_t month, day;
    if (request->from[0] == 0 && request->until[0] == 0) {
        calendar_civil(calendar_day(&book_profile(asking->book)->calendar, asking->query->now_us),
                       &year, &month, &day);
        *ret_first = calendar_from_civil(year, month, 1);
        *ret_after = calendar_from_civil(year + (int32_t)(month / 12), month % 12 + 1, 1);
        return true;
    }
    if (!figure_parse_day(span_text(request->from), ret_first)) {
        asking_refuse(asking, CUSTODY_REASON_bad_question, "from");
        return false;
    }
    if (!figure_parse_day(span_text(request->until), &last) || last < *ret_first) {
        asking_refuse(asking, CUSTODY_REASON_bad_question, "until");
        return false;
    }
    *ret_after = last + 1;
    return true;
}

static char *period_text(struct arena *arena, int32_t first, int32_t after)
{
    int32_t year, last_year;
    uint32_t month, day, last_month, last_day;
    calendar_civil(first, &year, &month, &day);
    calendar_civil(after - 1, &last_year, &last_month, &last_day);
    char *text = arena_format(arena, "%04d%02u%02u-%04d%02u%02u", (int)year, month, day,
                              (int)last_year, last_month, last_day);
    return text == NULL ? (char *)"" : text;
}

static bool take_party(struct asking *asking, const char *name, uint32_t *ret)
{
    uint32_t party = name[0] == 0 ? asking->query->caller->party
                                  : book_find(asking->book, SUBJECT_PARTY, span_text(name));
    if (party == 0) {
        asking_refuse(asking, CUSTODY_REASON_not_found, "party");
        return false;
    }
    if (!asking_sees_party(asking, party)) {
        asking_refuse(asking, CUSTODY_REASON_not_visible, "party");
        return false;
    }
    *ret = party;
    return true;
}

void reckoning_balance(struct asking *asking, const Custody__V1__BalanceRequest *request)
{
    struct reckoning reckoning;
    Custody__V1__BalanceReply reply = CUSTODY__V1__BALANCE_REPLY__INIT;
    uint32_t party, only = 0;
    uint64_t as_of;
    int32_t first, after;
    if (!take_party(asking, request->party, &party) ||
        !reckoning_take_as_of(asking, request->as_of, &as_of) ||
        !take_days(asking, request, &first, &after))
        return;
    if (request->waste_code[0] != 0) {
        only = book_find(asking->book, SUBJECT_CODE, span_text(request->waste_code));
        if (only == 0) {
            asking_refuse(asking, CUSTODY_REASON_not_found, "waste_code");
            return;
        }
    }
    reckoning_begin(&reckoning, asking, as_of, first, after);
    add_party(&reckoning, party, only);
    if (asking_is_late(asking)) {
        asking_refuse(asking, CUSTODY_REASON_queue_full, "party");
        return;
    }
    reply.basis = asking_basis(asking, request->options);
    reply.as_of = as_of;
    reply.party = view_party(&asking->view, party);
    reply.party_name = view_party_name(&asking->view, party);
    reply.period = period_text(asking->query->arena, first, after);
    reply.demonstration = ledger_keys(asking->ledger)->is_demonstration;
    reckoning_figures(&reckoning, "", &reply.n_figures, &reply.figures);
    asking_reply(asking, &reply.base);
}
