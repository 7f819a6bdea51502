/* declare.c: what parties declare, compared with the ledger, and what they still owe.
 * Never decides a figure. */
#include "daemon/service/declare.h"

#include "proto/body.h"
#include "proto/bytes.h"
#include "proto/entry.h"
#include "proto/figure.h"
#include "proto/waste.h"
#include "daemon/domain/tally.h"
#include "daemon/service/carried.h"
#include "daemon/service/registry.h"

enum { DECLARE_CODES_MAX = CARRIED_CODES_MAX };

/* ---- the year's record ------------------------------------------------------------------------- */

static uint64_t record_number(uint32_t party, int32_t year)
{
    return declaration_number(party, year, 0);
}

static bool read_year(struct book *book, uint64_t number, struct declaration_year *ret)
{
    struct span bytes = book_record(book, SUBJECT_DECLARATION, number);
    if (bytes.data == NULL)
        return false;
    if (declaration_parse(bytes, ret))
        return true;
    book_fail(book, CUSTODY_ERR_CORRUPT);
    return false;
}

static void *load_year(struct apply *apply, uint64_t number)
{
    struct declaration_year *year = settle_alloc(apply, sizeof *year);
    struct declaration_year before;
    uint32_t period;
    if (year == NULL || read_year(apply->book, number, year) || !settle_is_well(apply))
        return year;
    declaration_read_number(number, &year->party, &year->year, &period);
    year->division = settle_division(apply->book, year->party, apply->entry->recorded_us);
    if (read_year(apply->book, record_number(year->party, year->year - 1), &before))
        year->before_g = declaration_total_g(&before);
    return year;
}

static void
work_of_year(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    (void)number;
    declaration_work(record, book_law(apply->book), &book_profile(apply->book)->calendar, set);
}

static size_t write_year(const void *record, uint8_t *ret, size_t cap)
{
    return declaration_write(record, ret, cap);
}

static const struct settle_kind declaration_kind = {
    .record = SUBJECT_DECLARATION,
    .load = load_year,
    .work = work_of_year,
    .write = write_year,
};

static struct declaration_year *year_of(struct apply *apply, uint32_t party, int32_t year)
{
    return settle_record(apply, &declaration_kind, record_number(party, year));
}

/* The year's record if this statement has touched it; NULL when not. */
static struct declaration_year *
find_touched(const struct apply *apply, uint32_t party, int32_t year)
{
    for (const struct settle_sums *at = apply->summed; at != NULL; at = at->next)
        if (at->kind == &declaration_kind && at->number == record_number(party, year))
            return at->record;
    return NULL;
}

static bool generates(const struct posting_cell *cell)
{
    return cell->sums.grams[MOVEMENT_generated] != 0 || cell->sums.pieces[MOVEMENT_generated] != 0;
}

static bool is_written_year(int32_t year)
{
    return year >= 1 && year <= 9999;
}

void declare_moved(struct apply *apply)
{
    int32_t year;
    uint32_t month, day;
    /* Every record is read before any is changed: a new one takes the year before as it was. */
    for (const struct posting_cell *at = apply->posting.cells; at != NULL && settle_is_well(apply);
         at = at->next) {
        calendar_civil(at->day, &year, &month, &day);
        if (!generates(at) || !is_written_year(year))
            continue;
        year_of(apply, at->party, year);
        if (book_record(apply->book, SUBJECT_DECLARATION, record_number(at->party, year + 1))
                .data != NULL)
            year_of(apply, at->party, year + 1);
    }
    for (const struct posting_cell *at = apply->posting.cells; at != NULL && settle_is_well(apply);
         at = at->next) {
        calendar_civil(at->day, &year, &month, &day);
        if (!generates(at) || !is_written_year(year))
            continue;
        struct declaration_year *own = find_touched(apply, at->party, year);
        struct declaration_year *after = find_touched(apply, at->party, year + 1);
        if (own != NULL) {
            own->generated_g[month - 1] += at->sums.grams[MOVEMENT_generated];
            own->generated_pieces[month - 1] += at->sums.pieces[MOVEMENT_generated];
        }
        if (after != NULL)
            after->before_g += at->sums.grams[MOVEMENT_generated];
    }
}

/* ---- against the ledger ------------------------------------------------------------------------ */

struct ledger_line {
    uint32_t code;
    int64_t opening_g, generated_g, self_treated_g, transferred_g, closing_g;
    bool is_declared;
};

struct comparing {
    struct book *book;
    uint32_t party;
    uint64_t as_of;
    int32_t first, after; /* days */
    uint32_t count;
    struct ledger_line lines[DECLARE_CODES_MAX];
    /* of the row being read */
    struct ledger_line *line;
    int32_t day;
};

static struct ledger_line *line_of(struct comparing *comparing, uint32_t code)
{
    for (uint32_t i = 0; i < comparing->count; i++)
        if (comparing->lines[i].code == code)
            return &comparing->lines[i];
    if (comparing->count == DECLARE_CODES_MAX)
        return NULL;
    struct ledger_line *line = &comparing->lines[comparing->count++];
    *line = (struct ledger_line){.code = code};
    return line;
}

static void add_account(void *context, uint8_t account, int64_t grams, int64_t pieces)
{
    struct comparing *comparing = context;
    struct ledger_line *line = comparing->line;
    int64_t signed_g = movement_account_sign(account) * grams;
    (void)pieces;
    line->closing_g += signed_g;
    if (comparing->day < comparing->first)
        line->opening_g += signed_g;
    else if (account == MOVEMENT_generated)
        line->generated_g += grams;
    else if (account == MOVEMENT_self_treated)
        line->self_treated_g += grams;
    else if (account == MOVEMENT_sent)
        line->transferred_g += grams;
}

static bool add_row(void *context, struct span key_bytes, struct span value)
{
    struct comparing *comparing = context;
    struct movement_key key;
    if (!movement_parse_key(key_bytes, &key)) {
        book_fail(comparing->book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    comparing->line = key.entry < comparing->as_of && key.day < comparing->after
                          ? line_of(comparing, key.code)
                          : NULL;
    comparing->day = key.day;
    if (comparing->line != NULL && !movement_parse_value(value, add_account, comparing)) {
        book_fail(comparing->book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    return true;
}

static void scan_month(struct comparing *comparing, uint32_t code, int32_t year, uint32_t month)
{
    const struct movement_key from = {
        .party = comparing->party, .code = code, .day = calendar_from_civil(year, month + 1, 1)};
    int32_t after = month == CARRIED_MONTHS - 1 ? calendar_from_civil(year + 1, 1, 1)
                                                : calendar_from_civil(year, month + 2, 1);
    book_scan_movements(comparing->book, &from, after, add_row, comparing);
}

/* A month before the period counts as what it added up to, unless something was written to it since the position that is asked
 * for; the rows of the period are read one by one. */
static void add_year(struct comparing *comparing, int32_t year)
{
    const struct carried_year *carried = carried_read(comparing->book, comparing->party, year);
    for (uint32_t i = 0; carried != NULL && i < carried->count; i++) {
        const struct carried_code *code = &carried->codes[i];
        for (uint32_t month = 0; month < CARRIED_MONTHS; month++) {
            int32_t day = calendar_from_civil(year, month + 1, 1);
            if ((code->months >> month & 1) == 0 || day >= comparing->after)
                continue;
            struct ledger_line *line =
                day < comparing->first && code->newest[month] < comparing->as_of
                    ? line_of(comparing, code->code)
                    : NULL;
            if (line == NULL) {
                scan_month(comparing, code->code, year, month);
                continue;
            }
            line->opening_g += code->grams[month];
            line->closing_g += code->grams[month];
        }
    }
}

static void add_years(struct comparing *comparing)
{
    int32_t last;
    uint32_t month, day;
    calendar_civil(comparing->after - 1, &last, &month, &day);
    for (int32_t year = carried_since(comparing->book, comparing->party);
         year <= last && book_status(comparing->book) == CUSTODY_OK; year++)
        add_year(comparing, year);
}

static bool mass_differs(const struct profile *profile, int64_t ledger_g, uint64_t declared_g)
{
    return waste_mass_differs(ledger_g < 0 ? 0 : (uint64_t)ledger_g, declared_g,
                              (uint32_t)profile->mass_tolerance_per_mille,
                              (uint64_t)profile->mass_tolerance_g);
}

static bool line_differs(const struct profile *profile,
                         const struct ledger_line *ledger,
                         const Custody__V1__DeclaredLine *declared)
{
    return mass_differs(profile, ledger->opening_g, declared->opening_g) ||
           mass_differs(profile, ledger->generated_g, declared->generated_g) ||
           mass_differs(profile, ledger->self_treated_g, declared->self_treated_g) ||
           mass_differs(profile, ledger->transferred_g, declared->transferred_g) ||
           mass_differs(profile, ledger->closing_g, declared->closing_g);
}

static uint32_t code_number(struct book *book, const char *code)
{
    return book_find(book, SUBJECT_CODE, span_text(code));
}

/* A line that is not declared is declared as nothing. */
static bool differs(struct apply *apply,
                    const Custody__V1__DeclareBody *body,
                    uint32_t party,
                    int32_t year,
                    uint32_t period)
{
    static const Custody__V1__DeclaredLine nothing = CUSTODY__V1__DECLARED_LINE__INIT;
    struct comparing *comparing = settle_alloc(apply, sizeof *comparing);
    bool is_different = false;
    if (comparing == NULL)
        return false;
    uint64_t own = apply->entry->number;
    comparing->book = apply->book;
    comparing->party = party;
    comparing->as_of = body->as_of == 0 || body->as_of > own ? own : body->as_of;
    declaration_days(year, period, &comparing->first, &comparing->after);
    const struct law *law = book_law(apply->book);
    const struct profile *profile = law->profile(
        law->context, law->codeless(law->context, party,
                                    calendar_day_start_us(&book_profile(apply->book)->calendar,
                                                          comparing->first)));
    add_years(comparing);
    for (size_t i = 0; i < body->n_lines; i++) {
        struct ledger_line none = {0}, *line = &none;
        uint32_t code = code_number(apply->book, body->lines[i]->waste_code);
        for (uint32_t k = 0; code != 0 && k < comparing->count; k++)
            if (comparing->lines[k].code == code)
                line = &comparing->lines[k];
        line->is_declared = true;
        is_different |= line_differs(profile, line, body->lines[i]);
    }
    for (uint32_t k = 0; k < comparing->count; k++)
        if (!comparing->lines[k].is_declared)
            is_different |= line_differs(profile, &comparing->lines[k], &nothing);
    return is_different;
}

/* ---- what is declared, as movement rows -------------------------------------------------------- */

static void post(struct apply *apply,
                 uint32_t party,
                 uint32_t code,
                 int32_t day,
                 enum movement_account account,
                 uint64_t grams,
                 int sign)
{
    const struct movement row = {.party = party,
                                 .code = code,
                                 .day = day,
                                 .account = (uint8_t)account,
                                 .grams = (int64_t)grams};
    posting_add(&apply->posting, apply->book, &row, sign);
}

/* Months, quarters and years are told apart, so that none counts twice; self-checks are not told. */
static const struct {
    uint32_t after; /* the last period of that kind */
    enum movement_account generated, transferred, self_treated;
} told[] = {
    {DECLARATION_QUARTERS, MOVEMENT_declared_generated, MOVEMENT_declared_transferred,
     MOVEMENT_declared_self_treated},
    {DECLARATION_YEAR, MOVEMENT_quarter_generated, MOVEMENT_quarter_transferred,
     MOVEMENT_quarter_self_treated},
    {DECLARATION_CHECKS, MOVEMENT_year_generated, MOVEMENT_year_transferred,
     MOVEMENT_year_self_treated},
};

static void post_lines(struct apply *apply,
                       const Custody__V1__DeclareBody *body,
                       uint32_t party,
                       int32_t year,
                       uint32_t period,
                       int sign)
{
    int32_t first, after;
    size_t as = 0;
    while (as < sizeof told / sizeof told[0] && period >= told[as].after)
        as++;
    if (body == NULL || as == sizeof told / sizeof told[0])
        return;
    declaration_days(year, period, &first, &after);
    for (size_t i = 0; i < body->n_lines && settle_is_well(apply); i++) {
        const Custody__V1__DeclaredLine *line = body->lines[i];
        uint32_t code = book_give(apply->book, SUBJECT_CODE, span_text(line->waste_code));
        post(apply, party, code, first, told[as].generated, line->generated_g, sign);
        post(apply, party, code, first, told[as].transferred, line->transferred_g, sign);
        post(apply, party, code, first, told[as].self_treated, line->self_treated_g, sign);
    }
}

/* The body of a declaration that is on the ledger. */
static const Custody__V1__DeclareBody *read_body(struct apply *apply, uint64_t number)
{
    struct span bytes = {0};
    struct entry entry;
    struct statement statement;
    const char *field = NULL;
    ProtobufCMessage *body = NULL;
    if (book_read_entry(apply->book, number, &bytes) && entry_parse(bytes, &entry) &&
        statement_parse(entry.statement, &statement, &field) == STATEMENT_OK)
        body = body_unpack(&custody__v1__declare_body__descriptor, statement.body,
                           arena_protobuf(book_arena(apply->book)));
    if (body == NULL)
        book_fail(apply->book, CUSTODY_ERR_CORRUPT);
    return (const Custody__V1__DeclareBody *)body;
}

/* ---- the act ----------------------------------------------------------------------------------- */

static bool may_declare(struct apply *apply, uint32_t party)
{
    const struct law *law = book_law(apply->book);
    const struct fact *base = &apply->base;
    if (law->acts_for(law->context, base->party, party, base->effective_us))
        return true;
    const struct party_version *author = law->party(law->context, base->party, base->effective_us);
    const struct party_version *version = law->party(law->context, party, base->effective_us);
    return (author != NULL &&
            (author->kinds >> CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR & 1) != 0) ||
           (version != NULL && version->parent != 0 && version->parent == base->party);
}

/* Held by a revoked key and not confirmed: as if never said, until it is confirmed by name. */
static bool counts(const struct apply *apply)
{
    return apply->is_countersigning ? apply->confirms : fact_counts(&apply->base);
}

/* A withdrawal takes it back when it is its own party's, whichever of the two came first. */
static void withdraw(const struct apply *apply, struct declared *declared)
{
    const struct fact *about = apply->about;
    if (about->act == CUSTODY__V1__ACT__ACT_WITHDRAW && about->party == apply->base.party &&
        (fact_counts(about) || (apply->about_again && apply->confirms)))
        declared->is_withdrawn = true;
}

static void countersign(const struct apply *apply, struct declared *declared)
{
    if (apply->confirms)
        declared->is_held = false;
    if (apply->countersigner != 0 && apply->countersigner != apply->base.party)
        declared->is_countersigned = true;
}

static struct declared declared_now(struct apply *apply, bool differs)
{
    struct declared one = {
        .entry = apply->entry->number,
        .recorded_us = apply->entry->recorded_us,
        .effective_us = apply->base.effective_us,
        .key_prefix = bytes_get_u64(apply->entry->statement->header.key),
        .key = apply->base.key,
        .key_sequence = apply->base.key_sequence,
        .differs = differs,
        .is_held = !counts(apply),
    };
    for (uint32_t i = 0; i < apply->base.countersigner_count; i++)
        one.is_countersigned |= apply->base.countersigners[i] != apply->base.party;
    return one;
}

static uint64_t counted_entry(const struct declared_period *period)
{
    const struct declared *counted = declaration_counted(period);
    return counted == NULL ? UINT64_MAX : counted->entry;
}

/* What is declared is the lines of the one that counts. */
static const Custody__V1__DeclareBody *
body_of(struct apply *apply, uint64_t entry, const Custody__V1__DeclareBody *own)
{
    return entry == UINT64_MAX             ? NULL
           : entry == apply->entry->number ? own
                                           : read_body(apply, entry);
}

void declare_apply(struct apply *apply, const Custody__V1__DeclareBody *body)
{
    int32_t first_day, year_number;
    uint32_t party = book_give(apply->book, SUBJECT_PARTY, span_text(body->party));
    if (!figure_parse_day(span_text(body->first_day), &first_day) || !may_declare(apply, party))
        return;
    uint32_t period = declaration_period((int)body->period, first_day, &year_number);
    struct declaration_year *year =
        period == DECLARATION_PERIODS ? NULL : year_of(apply, party, year_number);
    if (year == NULL)
        return;
    struct declared_period *all = &year->periods[period];
    struct declared *there = declaration_find(all, apply->entry->number);
    uint64_t before = counted_entry(all);
    if (there == NULL && !apply->is_countersigning) {
        const struct declared one =
            declared_now(apply, differs(apply, body, party, year_number, period));
        declaration_take(all, &one);
    } else if (there != NULL && apply->about != NULL) {
        withdraw(apply, there);
    } else if (there != NULL && apply->is_retiming) {
        there->effective_us = apply->base.effective_us;
        declaration_take(all, there);
    } else if (there != NULL) {
        countersign(apply, there);
    }
    uint64_t now = counted_entry(all);
    if (now == before)
        return;
    post_lines(apply, body_of(apply, before, body), party, year_number, period, -1);
    post_lines(apply, body_of(apply, now, body), party, year_number, period, 1);
}

/* ---- plans -------------------------------------------------------------------------------------- */

enum {
    PLAN_YEARS_MAX = 5
}; /* HJ 1259-2022 5.2: a plan is of one year; one without an end is not filed for ever */

void declare_permission(struct apply *apply, const ProtobufCMessage *body)
{
    const void *any = body;
    const Custody__V1__FileDocumentBody *file = any;
    struct book *book = apply->book;
    if (apply->entry->statement->header.act != CUSTODY__V1__ACT__ACT_FILE_DOCUMENT ||
        file->kind != CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_MANAGEMENT_PLAN)
        return;
    uint32_t owner = file->n_parties > 0
                         ? book_find(book, SUBJECT_PARTY, span_text(file->parties[0]))
                         : apply->base.party;
    uint32_t number =
        registry_document_number(book, (unsigned)file->kind, owner, span_text(file->number));
    const struct document *document = number == 0 ? NULL : book_document(book, number);
    if (document == NULL || document->filing_count == 0)
        return;
    const struct document_filing *filing = &document->filings[document->filing_count - 1];
    const struct calendar *calendar = &book_profile(book)->calendar;
    int32_t first = tally_year(calendar, filing->from_us);
    int32_t last =
        filing->until_us == INT64_MAX ? INT32_MAX : tally_year(calendar, filing->until_us - 1);
    for (int32_t at = first; at <= last && at < first + PLAN_YEARS_MAX && is_written_year(at);
         at++) {
        struct declaration_year *year = year_of(apply, owner, at);
        if (year == NULL || year->plan_us != 0)
            continue;
        year->plan_us = apply->entry->recorded_us;
        year->plan_entry = apply->entry->number;
    }
}
