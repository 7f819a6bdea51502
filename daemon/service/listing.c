/* listing.c: what is open, the most urgent first.
 * Never writes. */
#include "daemon/service/listing.h"

#include <string.h>

#include "proto/body.h"
#include "proto/rule.h"
#include "daemon/service/agenda.h"
#include "daemon/service/opened.h"

/* ---- unclosed ------------------------------------------------------------------------------------ */

static bool listing_take_kind(struct agenda *agenda, const char *kind)
{
    bool is_any = kind[0] == 0;
    agenda->filter.shelves[WORK_MANIFEST] = is_any || strcmp(kind, "manifest") == 0;
    agenda->filter.shelves[WORK_OBLIGATION] = is_any || strcmp(kind, "obligation") == 0;
    if (agenda->filter.shelves[WORK_MANIFEST] || agenda->filter.shelves[WORK_OBLIGATION])
        return true;
    asking_refuse(agenda->asking, CUSTODY_REASON_bad_question, "kind");
    return false;
}

void listing_unclosed(struct asking *asking, const Custody__V1__UnclosedRequest *request)
{
    struct agenda *agenda = arena_alloc(asking->query->arena, sizeof *agenda);
    struct agenda_page *page = arena_alloc(asking->query->arena, sizeof *page);
    if (agenda == NULL || page == NULL) {
        asking_refuse(asking, CUSTODY_REASON_queue_full, NULL);
        return;
    }
    agenda_init(agenda, asking);
    if (!listing_take_kind(agenda, request->kind) ||
        !agenda_take_division(agenda, request->division) ||
        !agenda_take_party(agenda, request->party) || !agenda_take_role(agenda, request->role) ||
        !agenda_take_rule(agenda, request->rule) || !agenda_take_state(agenda, request->state) ||
        !agenda_take_page(agenda, request->options, page))
        return;
    agenda_take_vehicle(agenda, request->vehicle);
    agenda->filter.family = request->family;
    agenda->filter.is_unreported = request->unreported;
    agenda->filter.older_than_us = request->older_than_us;
    if (request->late_by != 0) {
        agenda->filter.from_us = asking->query->now_us;
        agenda->filter.until_us = request->late_by;
    } else if (request->overdue) {
        agenda->filter.until_us = asking->query->now_us;
    }
    if (!agenda_run(agenda, page))
        return;
    Custody__V1__UnclosedReply reply = CUSTODY__V1__UNCLOSED_REPLY__INIT;
    reply.basis = asking_basis(asking, request->options);
    reply.items = arena_alloc(asking->query->arena, (page->count + 1) * sizeof(void *));
    for (uint32_t i = 0; reply.items != NULL && i < page->count; i++) {
        Custody__V1__OpenItem *item = opened_item(agenda, &page->rows[i]);
        if (item != NULL)
            reply.items[reply.n_items++] = item;
    }
    reply.total = page->total;
    reply.total_is_least = page->is_least;
    for (uint32_t i = 0; i < page->sum_count; i++)
        if (page->sums[i].kind == WORK_MANIFEST && page->sums[i].mass_g > 0)
            reply.mass_g += (uint64_t)page->sums[i].mass_g;
    if (page->after == NULL)
        reply.sums = agenda_sums(agenda, page, &reply.n_sums);
    reply.next_page = agenda_next_page(agenda, page);
    reply.now = asking->query->now_us;
    asking_reply(asking, &reply.base);
}

/* ---- findings ------------------------------------------------------------------------------------ */

enum listing_states {
    LISTING_STANDING = 0, /* open and explained */
    LISTING_OPEN,
    LISTING_EXPLAINED,
    LISTING_SETTLED,
    LISTING_EXCUSED,
    LISTING_ALL,
};

struct listing_findings {
    struct agenda *agenda;
    enum listing_states states;
    uint32_t least_weight;
    const char *order;
    uint64_t excused;
};

static bool listing_has_order(const struct listing_findings *findings, const struct agenda_row *row)
{
    const char *said = "";
    struct casefile file;
    const struct casefile_saying *by;
    if (findings->order == NULL || findings->order[0] == 0)
        return true;
    if (row->closure != NULL && strcmp(row->closure->order, findings->order) == 0)
        return true;
    if (opened_case(findings->agenda->asking, &row->work, &file) &&
        casefile_state_of(&file, row->work.party, row->work.division, &by) == CASEFILE_SETTLED)
        said = by->order;
    return strcmp(said, findings->order) == 0;
}

static bool listing_wants(void *context, const struct agenda_row *row)
{
    struct listing_findings *findings = context;
    struct asking *asking = findings->agenda->asking;
    const struct work *work = &row->work;
    const struct rule_row *rule = rule_find(work->rule);
    if (rule == NULL || (uint32_t)rule->weight < findings->least_weight ||
        (work->kind == WORK_OBLIGATION && work->due_us >= asking->query->now_us) ||
        !listing_has_order(findings, row))
        return false;
    bool is_excused = opened_is_excused(asking, row);
    findings->excused += is_excused ? 1 : 0;
    switch (findings->states) {
    case LISTING_ALL:
        return true;
    case LISTING_EXCUSED:
        return is_excused;
    case LISTING_SETTLED:
        return work->kind == WORK_SETTLED;
    case LISTING_STANDING:
        return !is_excused;
    case LISTING_OPEN:
    case LISTING_EXPLAINED:
        break;
    }
    enum casefile_state state = opened_state(asking, row);
    return state == (findings->states == LISTING_OPEN ? CASEFILE_OPEN : CASEFILE_EXPLAINED);
}

static bool listing_take_state(struct listing_findings *findings, const char *text)
{
    static const char *const names[] = {"", "open", "explained", "settled", "excused", "all"};
    bool *shelves = findings->agenda->filter.shelves;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) != 0)
            continue;
        findings->states = (enum listing_states)i;
        shelves[WORK_FINDING] = shelves[WORK_OBLIGATION] = i != LISTING_SETTLED;
        shelves[WORK_SETTLED] = i == LISTING_SETTLED || i == LISTING_ALL;
        return true;
    }
    asking_refuse(findings->agenda->asking, CUSTODY_REASON_bad_question, "state");
    return false;
}

void listing_findings(struct asking *asking, const Custody__V1__FindingsRequest *request)
{
    struct agenda *agenda = arena_alloc(asking->query->arena, sizeof *agenda);
    struct agenda_page *page = arena_alloc(asking->query->arena, sizeof *page);
    struct listing_findings findings = {
        .agenda = agenda, .least_weight = (uint32_t)request->least, .order = request->order};
    if (agenda == NULL || page == NULL) {
        asking_refuse(asking, CUSTODY_REASON_queue_full, NULL);
        return;
    }
    agenda_init(agenda, asking);
    if (request->id[0] != 0) {
        opened_finding_by_id(agenda, request);
        return;
    }
    if (!listing_take_state(&findings, request->state) ||
        !agenda_take_division(agenda, request->division) ||
        !agenda_take_party(agenda, request->party) || !agenda_take_role(agenda, request->role) ||
        !agenda_take_rule(agenda, request->rule) ||
        !agenda_take_page(agenda, request->options, page))
        return;
    agenda_take_vehicle(agenda, request->vehicle);
    agenda->filter.family = request->family;
    agenda->filter.older_than_us = request->older_than_us;
    /* What is not due yet is no finding; what began this very moment is one. */
    agenda->filter.stop_us = asking->query->now_us + 1;
    page->wants = listing_wants;
    page->context = &findings;
    if (findings.states == LISTING_OPEN || findings.states == LISTING_EXPLAINED ||
        request->order[0] != 0)
        page->budget = AGENDA_BUDGET_CASES;
    if (!agenda_run(agenda, page))
        return;
    Custody__V1__FindingsReply reply = CUSTODY__V1__FINDINGS_REPLY__INIT;
    reply.basis = asking_basis(asking, request->options);
    reply.findings = arena_alloc(asking->query->arena, (page->count + 1) * sizeof(void *));
    for (uint32_t i = 0; reply.findings != NULL && i < page->count; i++) {
        Custody__V1__Finding *finding = opened_finding(agenda, &page->rows[i]);
        if (finding != NULL)
            reply.findings[reply.n_findings++] = finding;
    }
    reply.total = page->total;
    reply.total_is_least = page->is_least;
    reply.excused = findings.excused;
    if (page->after == NULL)
        reply.sums = agenda_sums(agenda, page, &reply.n_sums);
    reply.next_page = agenda_next_page(agenda, page);
    reply.now = asking->query->now_us;
    asking_reply(asking, &reply.base);
}
