/* today.c: one screen for twenty minutes a day.
 * Never writes. */
#include "daemon/service/today.h"

#include <string.h>

#include "proto/calendar.h"
#include "proto/rule.h"
#include "daemon/service/agenda.h"
#include "daemon/service/opened.h"

enum {
    TODAY_PARTIES_MAX =
        4096, /* a power of two; what finds no room is in the sums, and not in the list */
    TODAY_PROBES = 16,
    TODAY_NEWEST = 5,
    TODAY_HOLDERS = 10,
    TODAY_VISITS = 3,
    TODAY_POINT_G = 100000,
};

struct today_party {
    uint32_t party;
    uint32_t division;
    uint32_t score;
    uint32_t findings, overdue, coming;
    uint64_t coming_g;
    int64_t first_due_us;
    uint32_t points[RULE_NUMBER_MAX + 1];
    uint16_t counts[RULE_NUMBER_MAX + 1];
};

struct today_cause {
    uint32_t overdue, findings;
    int64_t oldest_us;
};

struct today {
    struct asking *asking;
    struct agenda agenda;
    uint64_t since;
    int64_t seen_us;
    int64_t late_by_us;
    struct today_cause causes[RULE_NUMBER_MAX + 1]; /* 0: manifests */
    struct today_party **parties;
    uint32_t newest_count;
    struct agenda_row newest[TODAY_NEWEST]; /* the newest first */
    struct agenda_page *sums;
    Custody__V1__TodayReply reply;
};

uint32_t today_points(uint16_t rule_number, bool is_finding, bool is_late, uint64_t mass_g)
{
    const struct rule_row *rule = rule_find(rule_number);
    uint32_t points;
    if (!is_finding && !is_late)
        return 1 + (uint32_t)(mass_g / TODAY_POINT_G > 100 ? 100 : mass_g / TODAY_POINT_G);
    if (rule == NULL)
        return 2;
    points = rule->weight == RULE_BREACH ? (is_finding ? 10 : 8) : 3;
    if (rule_number == RULE_late_cluster || rule_number == RULE_two_places ||
        rule_number == RULE_vehicle_too_fast || rule_number == RULE_container_lost)
        points += 20;
    return points;
}

/* NULL when there is no room. */
static struct today_party *today_party(struct today *today, const struct work *row)
{
    uint32_t hash = row->party * UINT32_C(2654435761);
    if (row->party == 0)
        return NULL;
    for (uint32_t probe = 0; probe < TODAY_PROBES; probe++) {
        struct today_party **at = &today->parties[(hash + probe) % TODAY_PARTIES_MAX];
        if (*at == NULL) {
            *at = arena_alloc(today->asking->query->arena, sizeof **at);
            if (*at == NULL)
                return NULL;
            (*at)->party = row->party;
            (*at)->division = row->division;
        }
        if ((*at)->party == row->party)
            return *at;
    }
    return NULL;
}

static uint64_t today_last_entry(const struct work *row)
{
    uint64_t last = 0;
    for (uint32_t i = 0; i < row->entry_count; i++)
        last = row->entries[i] > last ? row->entries[i] : last;
    return last;
}

static void today_note_new(struct today *today, const struct agenda_row *row)
{
    uint64_t entry = today_last_entry(&row->work);
    bool is_said = today->since != 0 && row->work.entry_count > 0 && entry >= today->since;
    /* Time alone makes an obligation overdue: no entry tells of it. */
    bool has_passed =
        today->seen_us != 0 && row->work.kind == WORK_OBLIGATION && row->due_us >= today->seen_us;
    if (!is_said && !has_passed)
        return;
    today->reply.new_findings++;
    uint32_t at = today->newest_count;
    while (at > 0 && today_last_entry(&today->newest[at - 1].work) < entry)
        at--;
    if (at == TODAY_NEWEST)
        return;
    uint32_t last = today->newest_count < TODAY_NEWEST ? today->newest_count++ : TODAY_NEWEST - 1;
    for (uint32_t i = last; i > at; i--)
        today->newest[i] = today->newest[i - 1];
    today->newest[at] = *row;
}

static void
today_note_party(struct today *today, const struct work *row, bool is_finding, bool is_late)
{
    struct today_party *party = today_party(today, row);
    uint16_t rule = row->rule <= RULE_NUMBER_MAX ? row->rule : 0;
    if (party == NULL)
        return;
    uint32_t points = today_points(row->rule, is_finding, is_late, row->mass_g);
    party->score += points;
    if (is_finding || is_late) {
        party->points[rule] += points;
        if (party->counts[rule] < UINT16_MAX)
            party->counts[rule]++;
    }
    party->findings += is_finding ? 1 : 0;
    party->overdue += !is_finding && is_late ? 1 : 0;
    if (is_finding || is_late)
        return;
    if (party->coming++ == 0 || row->due_us < party->first_due_us)
        party->first_due_us = row->due_us;
    party->coming_g += row->mass_g;
}

static bool today_visit(void *context, const struct agenda_row *row)
{
    struct today *today = context;
    const struct work *work = &row->work;
    int64_t now_us = today->asking->query->now_us;
    bool is_finding = work->kind == WORK_FINDING;
    bool is_late = row->due_us < now_us;
    struct today_cause *cause = &today->causes[work->rule <= RULE_NUMBER_MAX ? work->rule : 0];
    if (opened_is_excused(today->asking, row)) {
        today->reply.excused++;
        return true;
    }
    if (work->rule == RULE_chain_fork)
        today->reply.health->forks++;
    if (work->rule == RULE_chain_gap)
        today->reply.health->gaps++;
    if (!is_finding && !is_late && row->due_us > today->late_by_us)
        return true;
    today_note_party(today, work, is_finding, is_late);
    if (is_finding || is_late) {
        if (cause->overdue + cause->findings == 0 || work->due_us < cause->oldest_us)
            cause->oldest_us = work->due_us;
        cause->findings += is_finding ? 1 : 0;
        cause->overdue += is_finding ? 0 : 1;
        today->reply.findings += is_finding ? 1 : 0;
        today->reply.overdue += is_finding ? 0 : 1;
    } else {
        today->reply.late_count++;
        /* A manifest speaks of the same waste as what is owed for its containers. */
        today->reply.late_g += work->kind == WORK_OBLIGATION ? work->mass_g : 0;
    }
    if (is_finding || (is_late && work->kind == WORK_OBLIGATION))
        today_note_new(today, row);
    return true;
}

/* ---- the answer --------------------------------------------------------------------------------- */

static char *today_division(const struct today *today, uint32_t division)
{
    char *text = arena_format(today->asking->query->arena, "%06u", division);
    return text == NULL ? (char *)"" : text;
}

static void today_tell_holders(struct today *today)
{
    const struct view *view = &today->asking->view;
    Custody__V1__TodayReply *reply = &today->reply;
    reply->late = arena_alloc(view->arena, (TODAY_HOLDERS + 1) * sizeof(void *));
    while (reply->late != NULL && reply->n_late < TODAY_HOLDERS) {
        struct today_party *most = NULL;
        for (uint32_t i = 0; i < TODAY_PARTIES_MAX; i++) {
            struct today_party *party = today->parties[i];
            if (party != NULL && party->coming > 0 &&
                (most == NULL || party->coming > most->coming ||
                 (party->coming == most->coming && party->party < most->party)))
                most = party;
        }
        Custody__V1__TodayHolder *holder = arena_alloc(view->arena, sizeof *holder);
        if (most == NULL || holder == NULL)
            return;
        custody__v1__today_holder__init(holder);
        holder->party = view_party(view, most->party);
        holder->party_name = view_party_name(view, most->party);
        holder->division = today_division(today, most->division);
        holder->division_name = view_division(view, most->division);
        holder->count = most->coming;
        holder->mass_g = most->coming_g;
        holder->first_due = most->first_due_us;
        reply->late[reply->n_late++] = holder;
        most->coming = 0;
    }
}

static void today_tell_causes(struct today *today)
{
    const struct view *view = &today->asking->view;
    Custody__V1__TodayReply *reply = &today->reply;
    reply->causes = arena_alloc(view->arena, (RULE_NUMBER_MAX + 2) * sizeof(void *));
    while (reply->causes != NULL) {
        uint32_t most = 0, count = 0;
        for (uint32_t i = 0; i <= RULE_NUMBER_MAX; i++) {
            if (today->causes[i].overdue + today->causes[i].findings <= count)
                continue;
            count = today->causes[i].overdue + today->causes[i].findings;
            most = i;
        }
        Custody__V1__TodayCause *cause = arena_alloc(view->arena, sizeof *cause);
        if (count == 0 || cause == NULL)
            return;
        const struct rule_row *rule = rule_find((uint16_t)most);
        custody__v1__today_cause__init(cause);
        cause->rule = (char *)(rule == NULL ? "" : rule->name);
        cause->weight =
            rule == NULL ? CUSTODY__V1__WEIGHT__WEIGHT_NOTICE : (Custody__V1__Weight)rule->weight;
        cause->article = (char *)(rule == NULL ? "" : rule->article);
        cause->sentence_zh = (char *)(rule == NULL ? "联单未按预期办结" : rule->zh);
        cause->sentence_en =
            (char *)(rule == NULL ? "the manifest is not closed when it should be" : rule->en);
        cause->overdue = today->causes[most].overdue;
        cause->findings = today->causes[most].findings;
        cause->oldest = today->causes[most].oldest_us;
        reply->causes[reply->n_causes++] = cause;
        today->causes[most] = (struct today_cause){0};
    }
}

/* "违规与提示 2 项、逾期 1 项，其中“接收时缺少该包装” 1 项" */
static char *today_why_zh(struct arena *arena,
                          const struct today_party *party,
                          uint32_t count,
                          const char *sentence)
{
    char *findings = party->findings == 0
                         ? (char *)""
                         : arena_format(arena, "违规与提示 %u 项", party->findings);
    char *overdue =
        party->overdue == 0 ? (char *)"" : arena_format(arena, "逾期 %u 项", party->overdue);
    if (findings == NULL || overdue == NULL)
        return NULL;
    const char *joint = findings[0] != 0 && overdue[0] != 0 ? "、" : "";
    return count == party->findings + party->overdue
               ? arena_format(arena, "%s%s%s：%s", findings, joint, overdue, sentence)
               : arena_format(arena, "%s%s%s，其中“%s” %u 项", findings, joint, overdue, sentence,
                              count);
}

/* "2 findings and 1 overdue, 1 of them: loaded, but missing at the receiver's gate" */
static char *today_why_en(struct arena *arena,
                          const struct today_party *party,
                          uint32_t count,
                          const char *sentence)
{
    char *findings = party->findings == 0 ? (char *)""
                                          : arena_format(arena, "%u finding%s", party->findings,
                                                         party->findings == 1 ? "" : "s");
    char *overdue =
        party->overdue == 0 ? (char *)"" : arena_format(arena, "%u overdue", party->overdue);
    if (findings == NULL || overdue == NULL)
        return NULL;
    const char *joint = findings[0] != 0 && overdue[0] != 0 ? " and " : "";
    return count == party->findings + party->overdue
               ? arena_format(arena, "%s%s%s: %s", findings, joint, overdue, sentence)
               : arena_format(arena, "%s%s%s, %u of them: %s", findings, joint, overdue, count,
                              sentence);
}

static void today_tell_visit(struct today *today, const struct today_party *party)
{
    const struct view *view = &today->asking->view;
    struct arena *arena = view->arena;
    uint32_t main_cause = 0;
    Custody__V1__TodayVisit *visit = arena_alloc(arena, sizeof *visit);
    if (visit == NULL)
        return;
    for (uint32_t i = 1; i <= RULE_NUMBER_MAX; i++)
        if (party->points[i] > party->points[main_cause])
            main_cause = i;
    const struct rule_row *rule = rule_find((uint16_t)main_cause);
    const char *zh = rule == NULL ? "联单未按预期办结" : rule->zh;
    const char *en = rule == NULL ? "manifests not closed when they should be" : rule->en;
    custody__v1__today_visit__init(visit);
    visit->party = view_party(view, party->party);
    visit->party_name = view_party_name(view, party->party);
    visit->division = today_division(today, party->division);
    visit->division_name = view_division(view, party->division);
    visit->score = party->score;
    visit->rule = (char *)(rule == NULL ? "" : rule->name);
    uint32_t count = party->counts[main_cause];
    uint32_t lower = party->score - party->points[main_cause];
    char *texts[] = {
        today_why_zh(arena, party, count, zh),
        today_why_en(arena, party, count, en),
        arena_format(arena, "办结或处理这 %u 项，分值由 %u 降至 %u", count, party->score, lower),
        count == 1
            ? arena_format(arena, "closing or settling it takes the score from %u to %u",
                           party->score, lower)
            : arena_format(arena, "closing or settling these %u takes the score from %u to %u",
                           count, party->score, lower),
    };
    char **fields[] = {&visit->why_zh, &visit->why_en, &visit->lower_zh, &visit->lower_en};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i] != NULL)
            *fields[i] = texts[i];
    today->reply.visits[today->reply.n_visits++] = visit;
}

/* Highest score; of equals, who was named on the ledger first. A regulator does not visit itself. */
static void today_tell_visits(struct today *today)
{
    struct asking *asking = today->asking;
    today->reply.visits = arena_alloc(asking->query->arena, (TODAY_VISITS + 1) * sizeof(void *));
    while (today->reply.visits != NULL && today->reply.n_visits < TODAY_VISITS) {
        struct today_party *most = NULL;
        for (uint32_t i = 0; i < TODAY_PARTIES_MAX; i++) {
            struct today_party *party = today->parties[i];
            if (party != NULL && party->score > 0 && party->findings + party->overdue > 0 &&
                party->party != asking->query->caller->party &&
                (most == NULL || party->score > most->score ||
                 (party->score == most->score && party->party < most->party)))
                most = party;
        }
        if (most == NULL)
            return;
        today_tell_visit(today, most);
        most->score = 0;
    }
}

/* The last moment of the civil day that it is now, where the ledger is. */
static int64_t today_midnight_us(const struct asking *asking)
{
    const struct calendar *calendar = &book_profile(asking->book)->calendar;
    int64_t offset_us = (int64_t)calendar->utc_offset_minutes * 60 * 1000000;
    int32_t day = calendar_day(calendar, asking->query->now_us);
    return ((int64_t)day + 1) * CALENDAR_DAY_US - offset_us;
}

static bool today_sum(void *context, const struct docket_count *count)
{
    struct today *today = context;
    if (asking_sees_division(today->asking, count->division) &&
        today->sums->sum_count < AGENDA_SUMS_MAX)
        today->sums->sums[today->sums->sum_count++] = *count;
    return true;
}

static void today_tell_sums(struct today *today)
{
    today->sums = arena_alloc(today->asking->query->arena, sizeof *today->sums);
    if (today->sums == NULL)
        return;
    for (unsigned kind = WORK_MANIFEST; kind < WORK_KINDS; kind++)
        book_fail(today->asking->book,
                  agenda_counts(&today->agenda, (uint8_t)kind, today->agenda.filter.first_division,
                                today->agenda.filter.last_division, today_sum, today));
    today->reply.sums = agenda_sums(&today->agenda, today->sums, &today->reply.n_sums);
}

void today_answer(struct asking *asking, const Custody__V1__TodayRequest *request)
{
    struct arena *arena = asking->query->arena;
    struct today *today = arena_alloc(arena, sizeof *today);
    Custody__V1__TodayHealth *health = arena_alloc(arena, sizeof *health);
    if (today != NULL)
        today->parties = arena_alloc(arena, TODAY_PARTIES_MAX * sizeof *today->parties);
    if (today == NULL || health == NULL || today->parties == NULL) {
        asking_refuse(asking, CUSTODY_REASON_queue_full, NULL);
        return;
    }
    custody__v1__today_reply__init(&today->reply);
    custody__v1__today_health__init(health);
    today->asking = asking;
    today->since = request->since;
    today->seen_us = request->seen_at;
    today->late_by_us = request->late_by != 0 ? request->late_by : today_midnight_us(asking);
    today->reply.health = health;
    agenda_init(&today->agenda, asking);
    if (!agenda_take_division(&today->agenda, request->division))
        return;
    today->agenda.filter.shelves[WORK_MANIFEST] = true;
    today->agenda.filter.shelves[WORK_OBLIGATION] = true;
    today->agenda.filter.shelves[WORK_FINDING] = true;
    today->agenda.filter.stop_us = today->late_by_us + 1;
    agenda_walk(&today->agenda, INT64_MIN, AGENDA_BUDGET_SURVEY, today_visit, today);
    today->reply.basis = asking_basis(asking, request->options);
    today->reply.now = asking->query->now_us;
    today->reply.late_by = today->late_by_us;
    today->reply.size = asking->size;
    today->reply.new_entries = request->since == 0 || request->since > asking->position
                                   ? 0
                                   : asking->position - request->since;
    today->reply.is_least = today->agenda.is_cut;
    health->size = asking->size;
    health->behind = asking->size - asking->position;
    today->reply.newest = arena_alloc(arena, (TODAY_NEWEST + 1) * sizeof(void *));
    for (uint32_t i = 0; today->reply.newest != NULL && i < today->newest_count; i++) {
        Custody__V1__Finding *finding = opened_finding(&today->agenda, &today->newest[i]);
        if (finding != NULL)
            today->reply.newest[today->reply.n_newest++] = finding;
    }
    today_tell_holders(today);
    today_tell_causes(today);
    today_tell_visits(today);
    today_tell_sums(today);
    asking_reply(asking, &today->reply.base);
}
