/* dossier.c: one party on one page.
 * Never writes. */
#include "daemon/service/dossier.h"

#include <string.h>

#include "proto/rule.h"
#include "daemon/domain/declaration.h"
#include "daemon/domain/movement.h"
#include "daemon/domain/uscc.h"
#include "daemon/service/agenda.h"
#include "daemon/service/opened.h"
#include "daemon/service/posting.h"
#include "daemon/service/registered.h"

enum {
    DOSSIER_OPEN = 10,
    DOSSIER_CODES_MAX = 128,
    DOSSIER_ROWS_MAX = 200000, /* movement rows that one answer adds up */
    DOSSIER_CASES_MAX = 2000,  /* findings whose cases are looked up */
    DOSSIER_DOCUMENTS_MAX = 64,
};

/* ---- who ---------------------------------------------------------------------------------------- */

static const char *dossier_uscc(struct span party, bool is_marked)
{
    switch (uscc_check(party)) {
    case USCC_FITS:
        return "fits";
    case USCC_DIFFERS:
        return is_marked ? "differs" : "";
    case USCC_NONE:
        break;
    }
    return "";
}

static void dossier_tell_documents(struct asking *asking,
                                   uint32_t number,
                                   const struct party *party,
                                   Custody__V1__DossierReply *reply)
{
    struct arena *arena = asking->query->arena;
    uint32_t count =
        party->documents < DOSSIER_DOCUMENTS_MAX ? party->documents : DOSSIER_DOCUMENTS_MAX;
    reply->documents = arena_alloc(arena, (count + 1) * sizeof(void *));
    for (uint32_t i = 0; reply->documents != NULL && i < count; i++) {
        uint32_t of = (uint32_t)book_member(asking->book, SUBJECT_DOCUMENT, number, i);
        const struct document *document = of == 0 ? NULL : book_document(asking->book, of);
        Custody__V1__DossierDocument *line = arena_alloc(arena, sizeof *line);
        if (document == NULL || line == NULL || document->filing_count == 0)
            continue;
        const struct document_filing *last = &document->filings[document->filing_count - 1];
        custody__v1__dossier_document__init(line);
        line->kind = (Custody__V1__DocumentKind)document->kind;
        line->number = view_subject(&asking->view, SUBJECT_DOCUMENT, of);
        line->effective_from = last->from_us;
        line->effective_until = last->until_us == INT64_MAX ? 0 : last->until_us;
        line->in_force = document_is_in_force(document, asking->query->now_us);
        reply->documents[reply->n_documents++] = line;
    }
}

static void dossier_tell_year(struct asking *asking,
                              uint32_t number,
                              int32_t year,
                              Custody__V1__DossierReply *reply)
{
    struct arena *arena = asking->query->arena;
    struct declaration_year *declared = arena_alloc(arena, sizeof *declared);
    struct span record =
        book_record(asking->book, SUBJECT_DECLARATION, declaration_number(number, year, 0));
    if (declared == NULL || record.data == NULL)
        return;
    if (!declaration_parse(record, declared)) {
        book_fail(asking->book, CUSTODY_ERR_CORRUPT);
        return;
    }
    for (uint32_t i = 0; i < DECLARATION_PERIODS; i++) {
        char text[DECLARATION_TEXT_MAX];
        Custody__V1__DossierDeclaration *line = arena_alloc(arena, sizeof *line);
        const struct declared *counted = declaration_counted(&declared->periods[i]);
        if (counted == NULL || line == NULL)
            continue;
        declaration_write_period(year, i, text);
        char *period = arena_text(arena, span_text(text));
        custody__v1__dossier_declaration__init(line);
        line->period = period == NULL ? line->period : period;
        line->effective_at = counted->effective_us;
        line->entry = counted->entry;
        line->differs = counted->differs;
        reply->declarations[reply->n_declarations++] = line;
    }
}

static void
dossier_tell_declarations(struct asking *asking, uint32_t number, Custody__V1__DossierReply *reply)
{
    const struct calendar *calendar = &book_profile(asking->book)->calendar;
    int32_t year;
    uint32_t month, day;
    calendar_civil(calendar_day(calendar, asking->query->now_us), &year, &month, &day);
    reply->declarations =
        arena_alloc(asking->query->arena, (2 * DECLARATION_PERIODS + 1) * sizeof(void *));
    for (int32_t i = 1; reply->declarations != NULL && i >= 0; i--)
        dossier_tell_year(asking, number, year - i, reply);
}

/* ---- what it has -------------------------------------------------------------------------------- */

struct dossier_stock {
    struct asking *asking;
    uint32_t party;
    uint32_t rows, count;
    bool is_part;
    struct dossier_code {
        uint32_t code;
        int64_t grams, pieces, generated_g, treated_g;
    } codes[DOSSIER_CODES_MAX];
    struct dossier_code *at;
};

static void dossier_visit_account(void *context, uint8_t account, int64_t grams, int64_t pieces)
{
    struct dossier_stock *stock = context;
    int sign = movement_account_sign(account);
    stock->at->grams += sign * grams;
    stock->at->pieces += sign * pieces;
    if (account == MOVEMENT_generated || account == MOVEMENT_yielded)
        stock->at->generated_g += grams;
    if (account == MOVEMENT_treated || account == MOVEMENT_self_treated)
        stock->at->treated_g += grams;
}

static bool dossier_visit_row(void *context, const struct posting_row *row)
{
    struct dossier_stock *stock = context;
    if (row->key.party != stock->party)
        return false;
    if (stock->rows++ >= DOSSIER_ROWS_MAX || asking_is_late(stock->asking)) {
        stock->is_part = true;
        return false;
    }
    /* Rows come by code. */
    if (stock->count == 0 || stock->codes[stock->count - 1].code != row->key.code) {
        if (stock->count == DOSSIER_CODES_MAX) {
            stock->is_part = true;
            return false;
        }
        stock->codes[stock->count++] = (struct dossier_code){.code = row->key.code};
    }
    stock->at = &stock->codes[stock->count - 1];
    if (!movement_parse_value(row->value, dossier_visit_account, stock))
        book_fail(stock->asking->book, CUSTODY_ERR_CORRUPT);
    return true;
}

static void
dossier_tell_stock(struct asking *asking, uint32_t party, Custody__V1__DossierReply *reply)
{
    struct arena *arena = asking->query->arena;
    struct dossier_stock *stock = arena_alloc(arena, sizeof *stock);
    const struct movement_key from = {.party = party, .day = INT32_MIN};
    if (stock == NULL)
        return;
    stock->asking = asking;
    stock->party = party;
    book_fail(asking->book, posting_scan(asking->lookups, &from, dossier_visit_row, stock));
    reply->stock_is_part = stock->is_part;
    reply->stock = arena_alloc(arena, (stock->count + 1) * sizeof(void *));
    for (uint32_t i = 0; reply->stock != NULL && i < stock->count; i++) {
        const struct dossier_code *code = &stock->codes[i];
        Custody__V1__DossierStock *line = arena_alloc(arena, sizeof *line);
        char *text = arena_text(arena, book_name(asking->book, SUBJECT_CODE, code->code));
        if (line == NULL || text == NULL)
            return;
        custody__v1__dossier_stock__init(line);
        line->waste_code = text;
        line->grams = code->grams;
        line->pieces = code->pieces;
        line->generated_g = code->generated_g;
        line->treated_g = code->treated_g;
        reply->stock[reply->n_stock++] = line;
    }
}

/* ---- what is open and what was found ------------------------------------------------------------ */

struct dossier_work {
    struct agenda agenda;
    Custody__V1__DossierReply *reply;
    uint32_t party;
    uint32_t cases;
    Custody__V1__DossierRule *rules[RULE_NUMBER_MAX + 1];
};

static Custody__V1__DossierRule *dossier_rule(struct dossier_work *work, uint16_t number)
{
    const struct rule_row *rule = rule_find(number);
    struct arena *arena = work->agenda.asking->query->arena;
    if (rule == NULL || number > RULE_NUMBER_MAX)
        return NULL;
    if (work->rules[number] == NULL) {
        Custody__V1__DossierRule *line = arena_alloc(arena, sizeof *line);
        if (line == NULL)
            return NULL;
        custody__v1__dossier_rule__init(line);
        line->rule = (char *)rule->name;
        line->weight = (Custody__V1__Weight)rule->weight;
        line->sentence_zh = (char *)rule->zh;
        line->sentence_en = (char *)rule->en;
        work->rules[number] = line;
    }
    return work->rules[number];
}

/* Findings are a party's when it broke the rule; what is open, when it concerns it. */
static bool dossier_visit_work(void *context, const struct agenda_row *row)
{
    struct dossier_work *work = context;
    Custody__V1__DossierReply *reply = work->reply;
    bool is_late = row->due_us < work->agenda.asking->query->now_us;
    if (row->work.kind == WORK_MANIFEST || row->work.kind == WORK_OBLIGATION) {
        reply->open_manifests += row->work.kind == WORK_MANIFEST ? 1 : 0;
        reply->open_obligations += row->work.kind == WORK_OBLIGATION ? 1 : 0;
        reply->overdue += is_late ? 1 : 0;
        if (reply->n_open < DOSSIER_OPEN) {
            Custody__V1__OpenItem *item = opened_item(&work->agenda, row);
            if (item != NULL)
                reply->open[reply->n_open++] = item;
        }
    }
    Custody__V1__DossierRule *line =
        row->work.party != work->party || row->work.kind == WORK_MANIFEST
            ? NULL
            : dossier_rule(work, row->work.rule);
    if (line == NULL)
        return true;
    if (opened_is_excused(work->agenda.asking, row))
        line->excused++;
    else if (row->work.kind == WORK_OBLIGATION)
        line->overdue += is_late ? 1 : 0;
    else if (row->work.kind == WORK_SETTLED)
        line->settled++;
    else if (work->cases++ < DOSSIER_CASES_MAX &&
             opened_state(work->agenda.asking, row) == CASEFILE_EXPLAINED)
        line->explained++;
    else
        line->open++;
    return true;
}

static void
dossier_tell_work(struct asking *asking, uint32_t party, Custody__V1__DossierReply *reply)
{
    struct arena *arena = asking->query->arena;
    struct dossier_work *work = arena_alloc(arena, sizeof *work);
    reply->open = arena_alloc(arena, (DOSSIER_OPEN + 1) * sizeof(void *));
    reply->findings = arena_alloc(arena, (RULE_NUMBER_MAX + 2) * sizeof(void *));
    if (work == NULL || reply->open == NULL || reply->findings == NULL)
        return;
    agenda_init(&work->agenda, asking);
    work->reply = reply;
    work->party = party;
    work->agenda.filter.party = party;
    for (unsigned shelf = WORK_MANIFEST; shelf < WORK_KINDS; shelf++)
        work->agenda.filter.shelves[shelf] = true;
    agenda_walk(&work->agenda, INT64_MIN, AGENDA_BUDGET_SURVEY, dossier_visit_work, work);
    reply->is_least = work->agenda.is_cut;
    for (uint32_t i = 0; i <= RULE_NUMBER_MAX; i++) {
        const Custody__V1__DossierRule *line = work->rules[i];
        if (line != NULL &&
            line->open + line->explained + line->settled + line->excused + line->overdue > 0)
            reply->findings[reply->n_findings++] = work->rules[i];
    }
}

void dossier_answer(struct asking *asking, const Custody__V1__DossierRequest *request)
{
    struct arena *arena = asking->query->arena;
    Custody__V1__DossierReply reply = CUSTODY__V1__DOSSIER_REPLY__INIT;
    Custody__V1__PartyReply *who = arena_alloc(arena, sizeof *who);
    uint32_t number = request->party[0] == 0
                          ? asking->query->caller->party
                          : book_find(asking->book, SUBJECT_PARTY, span_text(request->party));
    const struct party *party = number == 0 ? NULL : book_party(asking->book, number);
    const struct party_version *version =
        party == NULL ? NULL : party_at(party, asking->query->now_us);
    if (version == NULL || who == NULL) {
        asking_refuse(asking, CUSTODY_REASON_not_found, "party");
        return;
    }
    if (!asking_sees_party(asking, number)) {
        asking_refuse(asking, CUSTODY_REASON_not_visible, "party");
        return;
    }
    custody__v1__party_reply__init(who);
    registered_fill(asking, number, who);
    reply.basis = asking_basis(asking, request->options);
    reply.now = asking->query->now_us;
    reply.party = who;
    reply.division_name = view_division(&asking->view, version->division);
    reply.parent_name = view_party_name(&asking->view, version->parent);
    reply.successor = view_party(&asking->view, version->successor);
    reply.beds = version->beds;
    reply.site = (Custody__V1__SiteKind)version->site;
    reply.closed = version->is_closed;
    reply.uscc =
        (char *)dossier_uscc(book_name(asking->book, SUBJECT_PARTY, number), who->code_differs);
    reply.sector = arena_text(arena, span_text(version->sector));
    if (reply.sector == NULL)
        reply.sector = (char *)"";
    dossier_tell_documents(asking, number, party, &reply);
    dossier_tell_declarations(asking, number, &reply);
    dossier_tell_work(asking, number, &reply);
    dossier_tell_stock(asking, number, &reply);
    asking_reply(asking, &reply.base);
}
