/* report.c: the figures of a division in a month or a year.
 * Never writes. */
#include "daemon/service/report.h"

#include <string.h>

#include "proto/waste.h"
#include "daemon/domain/division.h"
#include "daemon/service/profiles.h"

enum {
    REPORT_CODES_MAX = 256,
    REPORT_UNITS_MAX = 500,
    REPORT_PERMITS_MAX = 500,
    REPORT_EDITIONS_MAX = 32,
    REPORT_INDUSTRIES_MAX = 256,
    PAGE_BYTES = 12
};

/* The party being added up. */
struct unit {
    uint32_t number;
    struct reckoning_party party;
    struct reckoning_cell *whole, *division, *own; /* all codes */
    struct reckoning_cell *of_code, *own_of_code;  /* of the row's code */
    uint32_t code;
    int32_t day;
    bool has_shipped;
    int64_t rolling_g; /* generated in the 365 days until the period ends */
    uint32_t treated_count;
    struct {
        uint32_t code;
        int64_t grams; /* treated since 1 January */
    } treated[REPORT_CODES_MAX];
};

/* NEEDS C1: registered units by industry. */
struct industry {
    char sector[PARTY_SECTOR_MAX + 1];
    int64_t registered, shipped;
};

struct reporting {
    struct asking *asking;
    struct reckoning reckoning;
    struct unit unit;
    uint32_t industry_count;
    struct industry industries[REPORT_INDUSTRIES_MAX];
    uint32_t first_division, last_division;
    char scope[7];
    bool is_by_unit;  /* only units that the asker sees, each by itself */
    int64_t end_us;   /* how the registry stood then */
    int32_t new_year; /* 1 January of the year in which the period ends */
    uint64_t rows;
    uint32_t parties;
    Custody__V1__ReportReply reply;
};

bool report_parse_scope(struct span text,
                        uint32_t *ret_first,
                        uint32_t *ret_last,
                        char ret_scope[static 7])
{
    if (!division_parse_prefix(text, ret_first, ret_last))
        return false;
    figure_write_scope(*ret_first, ret_scope);
    return true;
}

/* ---- rows -------------------------------------------------------------------------------------- */

static void note_treated(struct unit *unit, int64_t grams)
{
    uint32_t at = unit->treated_count;
    for (uint32_t i = 0; i < unit->treated_count; i++)
        if (unit->treated[i].code == unit->code)
            at = i;
    if (at == REPORT_CODES_MAX)
        return;
    if (at == unit->treated_count) {
        unit->treated[at].code = unit->code;
        unit->treated[at].grams = 0;
        unit->treated_count++;
    }
    unit->treated[at].grams += grams;
}

static void add_account(void *context, uint8_t account, int64_t grams, int64_t pieces)
{
    struct reporting *reporting = context;
    const struct reckoning *reckoning = &reporting->reckoning;
    struct unit *unit = &reporting->unit;
    struct reckoning_cell *const cells[] = {unit->whole, unit->division, unit->own, unit->of_code,
                                            unit->own_of_code};
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        reckoning_add(reckoning, cells[i], unit->day, account, grams, pieces);
    if (unit->day >= reckoning->after)
        return;
    if (account == MOVEMENT_sent && pieces > 0 && unit->day >= reckoning->first)
        unit->has_shipped = true;
    if (account == MOVEMENT_generated &&
        unit->day >= reckoning->after - RECKONING_PERIOD_ROLLING_DAYS)
        unit->rolling_g += grams;
    if ((account == MOVEMENT_treated || account == MOVEMENT_self_treated) &&
        unit->day >= reporting->new_year)
        note_treated(unit, grams);
}

static bool add_row(void *context, const struct posting_row *row)
{
    struct reporting *reporting = context;
    struct reckoning *reckoning = &reporting->reckoning;
    struct unit *unit = &reporting->unit;
    reporting->rows++;
    if (row->key.entry >= reckoning->as_of)
        return true;
    if (unit->of_code == NULL || unit->code != row->key.code) {
        unit->code = row->key.code;
        unit->of_code = reckoning_cell(reckoning, RECKONING_WHOLE, 0, unit->code, true);
        if (unit->party.is_facility)
            unit->own_of_code =
                reckoning_cell(reckoning, RECKONING_PARTY, unit->number, unit->code, true);
    }
    unit->day = row->key.day;
    if (!movement_parse_value(row->value, add_account, reporting))
        book_fail(reporting->asking->book, CUSTODY_ERR_CORRUPT);
    return book_status(reporting->asking->book) == CUSTODY_OK;
}

/* ---- units ------------------------------------------------------------------------------------- */

static void count_unit(struct unit *unit, enum reckoning_unit what)
{
    unit->whole->units[what]++;
    if (unit->division != NULL)
        unit->division->units[what]++;
}

static void add_industry(struct reporting *reporting)
{
    const struct unit *unit = &reporting->unit;
    uint32_t at = 0;
    while (at < reporting->industry_count &&
           strcmp(reporting->industries[at].sector, unit->party.sector) != 0)
        at++;
    if (at == REPORT_INDUSTRIES_MAX) {
        book_fail(reporting->asking->book, CUSTODY_ERR_MEMORY);
        return;
    }
    struct industry *industry = &reporting->industries[at];
    if (at == reporting->industry_count) {
        *industry = (struct industry){0};
        memcpy(industry->sector, unit->party.sector, sizeof industry->sector);
        reporting->industry_count++;
    }
    industry->registered++;
    industry->shipped += unit->has_shipped ? 1 : 0;
}

/* NEEDS A4, N22: classes by what was generated in twelve months. */
static void add_classes(struct reporting *reporting)
{
    struct asking *asking = reporting->asking;
    struct unit *unit = &reporting->unit;
    const struct profile *profile = book_profile_at(asking->book, reporting->end_us);
    if (profile->key_unit_g > 0 && unit->rolling_g >= profile->key_unit_g)
        count_unit(unit, RECKONING_class_100t);
    else if (profile->simplified_g > 0 && unit->rolling_g >= profile->simplified_g)
        count_unit(unit, RECKONING_class_10t);
    Custody__V1__ReportUnit *view = unit->rolling_g < REPORT_UNIT_G ||
                                            reporting->reply.n_units == REPORT_UNITS_MAX ||
                                            reporting->reply.units == NULL
                                        ? NULL
                                        : arena_alloc(asking->query->arena, sizeof *view);
    if (view == NULL)
        return;
    custody__v1__report_unit__init(view);
    view->party = view_party(&asking->view, unit->number);
    view->party_name = view_party_name(&asking->view, unit->number);
    char *division = arena_format(asking->query->arena, "%06u", unit->party.division);
    view->division = division == NULL ? (char *)"" : division;
    view->rolling_g = unit->rolling_g;
    reporting->reply.units[reporting->reply.n_units++] = view;
}

static int64_t treated_under(const struct reporting *reporting, const struct permit *permit)
{
    const struct unit *unit = &reporting->unit;
    int64_t grams = 0;
    for (uint32_t i = 0; i < unit->treated_count; i++) {
        struct span code = book_name(reporting->asking->book, SUBJECT_CODE, unit->treated[i].code);
        bool is_covered = false;
        for (uint32_t k = 0; k < permit->pattern_count; k++)
            is_covered |= waste_covers(span_text(permit->patterns[k]), code);
        grams += is_covered ? unit->treated[i].grams : 0;
    }
    return grams;
}

static void add_permit(struct reporting *reporting, const struct permit *permit)
{
    struct asking *asking = reporting->asking;
    struct arena *arena = asking->query->arena;
    Custody__V1__ReportReply *reply = &reporting->reply;
    Custody__V1__ReportPermit *view = arena_alloc(arena, sizeof *view);
    if (view == NULL || reply->permits == NULL || reply->n_permits == REPORT_PERMITS_MAX)
        return;
    custody__v1__report_permit__init(view);
    view->party = view_party(&asking->view, reporting->unit.number);
    view->party_name = view_party_name(&asking->view, reporting->unit.number);
    view->entry = permit->entry;
    char *number = arena_text(arena, span_text(permit->number));
    view->number = number == NULL ? (char *)"" : number;
    view->codes = arena_alloc(arena, (permit->pattern_count + 1) * sizeof(void *));
    for (uint32_t i = 0; view->codes != NULL && i < permit->pattern_count; i++)
        view->codes[view->n_codes++] = arena_text(arena, span_text(permit->patterns[i]));
    view->mass_yearly_g = permit->mass_yearly_g;
    view->treated_g = treated_under(reporting, permit);
    reply->permits[reply->n_permits++] = view;
}

/* Permits to treat that were in force in the period. */
static void add_permits(struct reporting *reporting)
{
    struct book *book = reporting->asking->book;
    const struct party *party = book_party(book, reporting->unit.number);
    const struct calendar *calendar = &book_profile(book)->calendar;
    int64_t first_us = calendar_day_start_us(calendar, reporting->reckoning.first);
    for (uint32_t i = 0; party != NULL && i < party->permits && book_status(book) == CUSTODY_OK;
         i++) {
        const struct permit *permit = book_permit(book, reporting->unit.number, i);
        if (permit != NULL && permit->entry < reporting->reckoning.as_of &&
            (permit->activities >> CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT & 1) != 0 &&
            permit->from_us <= reporting->end_us && permit->until_us > first_us)
            add_permit(reporting, permit);
    }
}

static void name_scope(struct reporting *reporting, char *scope, char *name, bool is_facility)
{
    Custody__V1__ReportReply *reply = &reporting->reply;
    for (size_t i = 0; i < reply->n_scopes; i++)
        if (strcmp(reply->scopes[i]->scope, scope) == 0)
            return;
    Custody__V1__ReportScope *view = arena_alloc(reporting->asking->query->arena, sizeof *view);
    if (view == NULL || reply->scopes == NULL || reply->n_scopes == REPORT_PAGE_PARTIES)
        return;
    custody__v1__report_scope__init(view);
    view->scope = scope;
    view->name = name;
    view->facility = is_facility;
    reply->scopes[reply->n_scopes++] = view;
}

static void name_scopes(struct reporting *reporting)
{
    struct asking *asking = reporting->asking;
    const struct unit *unit = &reporting->unit;
    char *division = arena_format(asking->query->arena, "%06u", unit->party.division);
    if (unit->division != NULL && division != NULL)
        name_scope(reporting, division, view_division(&asking->view, unit->party.division), false);
    if (unit->own != NULL)
        name_scope(reporting, view_party(&asking->view, unit->number),
                   view_party_name(&asking->view, unit->number), true);
}

static void add_unit(struct reporting *reporting, uint32_t number)
{
    struct asking *asking = reporting->asking;
    struct reckoning *reckoning = &reporting->reckoning;
    struct unit *unit = &reporting->unit;
    const struct movement_key from = {.party = number, .day = INT32_MIN};
    struct reckoning_party party =
        reckoning_party(asking, number, reckoning->as_of, reporting->end_us);
    if (party.division < reporting->first_division || party.division > reporting->last_division ||
        (reporting->is_by_unit && !asking_sees_party(asking, number)))
        return;
    memset(unit, 0, offsetof(struct unit, treated));
    unit->number = number;
    unit->party = party;
    unit->whole = reckoning_cell(reckoning, RECKONING_WHOLE, 0, 0, false);
    if (reporting->first_division != reporting->last_division)
        unit->division = reckoning_cell(reckoning, RECKONING_DIVISION, party.division, 0, false);
    if (party.is_facility)
        unit->own = reckoning_cell(reckoning, RECKONING_PARTY, number, 0, false);
    if (book_status(asking->book) != CUSTODY_OK)
        return;
    enum custody_status status = posting_scan(asking->lookups, &from, add_row, reporting);
    if (status != CUSTODY_OK)
        book_fail(asking->book, status);
    if (party.is_registered && party.is_generator) {
        count_unit(unit, RECKONING_registered);
        add_industry(reporting);
        if (unit->has_shipped)
            count_unit(unit, RECKONING_shipped);
    }
    add_classes(reporting);
    if (party.is_facility)
        add_permits(reporting);
    name_scopes(reporting);
}

/* ---- the face ---------------------------------------------------------------------------------- */

static void add_text(size_t *count, char **texts, char *text)
{
    if (texts != NULL && text != NULL && *count < REPORT_EDITIONS_MAX)
        texts[(*count)++] = text;
}

/* The built-in profiles, and every edition that was on the ledger and in force when the period ended. */
static void add_profiles(struct reporting *reporting)
{
    struct asking *asking = reporting->asking;
    struct arena *arena = asking->query->arena;
    Custody__V1__ReportReply *reply = &reporting->reply;
    const struct law *law = book_law(asking->book);
    struct profiles *profiles = book_profiles(asking->book);
    static const uint32_t built_in[] = {LAW_PROFILE_GENERAL, LAW_PROFILE_MEDICAL};
    reply->profiles = arena_alloc(arena, REPORT_EDITIONS_MAX * sizeof(char *));
    for (size_t i = 0; i < 2; i++) {
        const struct profile *profile = law->profile(law->context, built_in[i]);
        add_text(&reply->n_profiles, reply->profiles,
                 arena_format(arena, "%s/%u", profile->name, (unsigned)profile->edition));
    }
    for (uint32_t i = profiles_count(profiles); i > 0; i--) {
        const struct edition *edition = profiles_edition(profiles, LAW_PROFILE_FIRST + i - 1);
        if (edition != NULL && edition->entry < reporting->reckoning.as_of &&
            edition->from_us <= reporting->end_us)
            add_text(&reply->n_profiles, reply->profiles,
                     arena_format(arena, "%s/%u", edition->name, (unsigned)edition->edition));
    }
}

static void add_catalogues(struct reporting *reporting)
{
    Custody__V1__ReportReply *reply = &reporting->reply;
    struct arena *arena = reporting->asking->query->arena;
    const struct catalogue *catalogue = book_catalogue(reporting->asking->book);
    reply->catalogues = arena_alloc(arena, REPORT_EDITIONS_MAX * sizeof(char *));
    for (uint32_t i = 0; catalogue != NULL && i < catalogue->count; i++) {
        const struct catalogue_edition *edition = &catalogue->editions[i];
        if (edition->entry < reporting->reckoning.as_of && edition->from_us <= reporting->end_us)
            add_text(&reply->n_catalogues, reply->catalogues,
                     arena_text(arena, span_text(edition->name)));
    }
}

static void add_face(struct reporting *reporting)
{
    struct asking *asking = reporting->asking;
    Custody__V1__ReportReply *reply = &reporting->reply;
    reply->as_of_recorded_at = reckoning_recorded_us(asking, reporting->reckoning.as_of);
    reply->scope = reporting->scope;
    reply->division_name = view_division(&asking->view, reporting->first_division);
    if (reporting->is_by_unit)
        reply->sector = view_text(asking->query->arena, span_text(asking->sight.sector));
    reply->demonstration = ledger_keys(asking->ledger)->is_demonstration;
    add_profiles(reporting);
    add_catalogues(reporting);
}

static void add_industry_figure(struct reporting *reporting,
                                const struct industry *industry,
                                const char *name,
                                int64_t value)
{
    Custody__V1__ReportReply *reply = &reporting->reply;
    Custody__V1__Figure *figure = arena_alloc(reporting->asking->query->arena, sizeof *figure);
    char *sector = arena_text(reporting->asking->query->arena, span_text(industry->sector));
    if (figure == NULL || sector == NULL || value == 0)
        return;
    custody__v1__figure__init(figure);
    figure->scope = reporting->scope;
    figure->waste_code = sector;
    figure->name = (char *)name;
    figure->value = value;
    reply->figures[reply->n_figures++] = figure;
}

static void add_figures(struct reporting *reporting)
{
    Custody__V1__ReportReply *reply = &reporting->reply;
    size_t count = 0;
    Custody__V1__Figure **figures = NULL;
    reckoning_figures(&reporting->reckoning, reporting->scope, &count, &figures);
    reply->figures =
        arena_alloc(reporting->asking->query->arena,
                    (count + 2 * (size_t)reporting->industry_count + 1) * sizeof(void *));
    if (reply->figures == NULL || figures == NULL) {
        book_fail(reporting->asking->book, CUSTODY_ERR_MEMORY);
        return;
    }
    memcpy(reply->figures, figures, count * sizeof(void *));
    reply->n_figures = count;
    for (uint32_t i = 0; i < reporting->industry_count; i++) {
        const struct industry *industry = &reporting->industries[i];
        add_industry_figure(reporting, industry, "registered_n", industry->registered);
        add_industry_figure(reporting, industry, "shipped_n", industry->shipped);
    }
}

/* u64 position, u32 next party. */
static ProtobufCBinaryData next_page(const struct reporting *reporting, uint32_t party)
{
    uint8_t *page = arena_alloc(reporting->asking->query->arena, PAGE_BYTES);
    if (page == NULL)
        return (ProtobufCBinaryData){0};
    bytes_put_u64(page, reporting->reckoning.as_of);
    bytes_put_u32(page + 8, party);
    return (ProtobufCBinaryData){.len = PAGE_BYTES, .data = page};
}

static bool is_full(const struct reporting *reporting)
{
    return reporting->rows >= REPORT_PAGE_ROWS || reporting->parties >= REPORT_PAGE_PARTIES ||
           reporting->reckoning.count >= REPORT_PAGE_CELLS || asking_is_late(reporting->asking);
}

static bool take_scope(struct reporting *reporting, const Custody__V1__ReportRequest *request)
{
    struct asking *asking = reporting->asking;
    char own[7];
    const char *text = request->division;
    if (text[0] == 0) {
        uint32_t division = asking->query->caller->division;
        figure_write_scope(division == 0 ? book_ledger(asking->book)->division : division, own);
        text = own;
    }
    if (!report_parse_scope(span_text(text), &reporting->first_division, &reporting->last_division,
                            reporting->scope)) {
        asking_refuse(asking, CUSTODY_REASON_bad_question, "division");
        return false;
    }
    return reckoning_take_division(asking, reporting->first_division, "division",
                                   &reporting->is_by_unit);
}

static bool take_page(struct reporting *reporting,
                      const Custody__V1__ReportRequest *request,
                      uint64_t *ret_as_of,
                      uint32_t *ret_party)
{
    const Custody__V1__QueryOptions *options = request->options;
    *ret_party = 1;
    if (options == NULL || options->page.len == 0)
        return reckoning_take_as_of(reporting->asking, request->as_of, ret_as_of);
    if (options->page.len != PAGE_BYTES) {
        asking_refuse(reporting->asking, CUSTODY_REASON_bad_question, "options.page");
        return false;
    }
    *ret_party = bytes_get_u32(options->page.data + 8);
    return reckoning_take_as_of(reporting->asking, bytes_get_u64(options->page.data), ret_as_of);
}

void report_answer(struct asking *asking, const Custody__V1__ReportRequest *request)
{
    struct reporting *reporting = arena_alloc(book_arena(asking->book), sizeof *reporting);
    struct arena *arena = asking->query->arena;
    uint64_t as_of;
    uint32_t party;
    int32_t first, after, year;
    uint32_t month, day;
    if (reporting == NULL) {
        asking_refuse(asking, CUSTODY_REASON_queue_full, NULL);
        return;
    }
    reporting->asking = asking;
    if (!figure_parse_period(span_text(request->period), &first, &after)) {
        asking_refuse(asking, CUSTODY_REASON_bad_question, "period");
        return;
    }
    if (!take_scope(reporting, request) || !take_page(reporting, request, &as_of, &party))
        return;
    Custody__V1__ReportReply *reply = &reporting->reply;
    custody__v1__report_reply__init(reply);
    reckoning_begin(&reporting->reckoning, asking, as_of, first, after);
    reporting->end_us = reckoning_period_end_us(asking, as_of, after);
    calendar_civil(after - 1, &year, &month, &day);
    reporting->new_year = calendar_from_civil(year, 1, 1);
    reply->units = arena_alloc(arena, REPORT_UNITS_MAX * sizeof(void *));
    reply->permits = arena_alloc(arena, REPORT_PERMITS_MAX * sizeof(void *));
    reply->scopes = arena_alloc(arena, REPORT_PAGE_PARTIES * sizeof(void *));
    uint32_t last = book_ledger(asking->book)->numbers[SUBJECT_PARTY];
    for (; party <= last && !is_full(reporting) && book_status(asking->book) == CUSTODY_OK;
         party++) {
        add_unit(reporting, party);
        reporting->parties++;
    }
    if (book_status(asking->book) == CUSTODY_ERR_MEMORY) {
        asking_refuse(asking, CUSTODY_REASON_queue_full, "division");
        return;
    }
    if (party <= last)
        reply->next_page = next_page(reporting, party);
    reply->basis = asking_basis(asking, request->options);
    reply->as_of = as_of;
    reply->period = request->period;
    add_face(reporting);
    add_figures(reporting);
    asking_reply(asking, &reply->base);
}
