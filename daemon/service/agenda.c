/* agenda.c: what is open, walked in the order of urgency.
 * Never sorts all. */
#include "daemon/service/agenda.h"

#include <string.h>

#include "proto/rule.h"
#include "daemon/domain/division.h"
#include "daemon/domain/transition.h"
#include "daemon/service/sponsored.h"
#include "daemon/service/streams.h"

enum {
    AGENDA_SPONSORED_MAX = 256, /* parties that one centre looks after */
    AGENDA_ROWS_A_LOOK = 256,   /* rows between two looks at the clock */
    AGENDA_ALIKE_MAX = 8,
};

struct agenda_walking {
    struct agenda *agenda;
    struct streams streams;
    bool is_by_division; /* not of one party */
};

/* Rows that share a place in the order, by kind and division: several shelves may give the same. */
struct agenda_alike {
    uint8_t order[WORK_KEY_BYTES - STREAMS_KEY_ORDER];
    uint32_t count;
    uint8_t all[AGENDA_ALIKE_MAX][STREAMS_KEY_ORDER];
};

void agenda_init(struct agenda *agenda, struct asking *asking)
{
    memset(&agenda->filter, 0, sizeof agenda->filter);
    agenda->asking = asking;
    agenda->looked = 0;
    agenda->is_cut = false;
    agenda->only_beside = false;
    agenda->scratch = NULL;
    agenda->filter.last_division = UINT32_MAX;
    agenda->filter.from_us = INT64_MIN;
    closures_init(&agenda->closures, asking->book, asking->query->arena);
}

/* ---- reading a filter --------------------------------------------------------------------------- */

bool agenda_take_division(struct agenda *agenda, const char *division)
{
    if (division == NULL || division[0] == 0 ||
        division_parse_prefix(span_text(division), &agenda->filter.first_division,
                              &agenda->filter.last_division))
        return true;
    asking_refuse(agenda->asking, CUSTODY_REASON_bad_question, "division");
    return false;
}

bool agenda_take_party(struct agenda *agenda, const char *party)
{
    if (party == NULL || party[0] == 0)
        return true;
    agenda->filter.party = book_find(agenda->asking->book, SUBJECT_PARTY, span_text(party));
    if (agenda->filter.party == 0)
        asking_refuse(agenda->asking, CUSTODY_REASON_not_found, "party");
    return agenda->filter.party != 0;
}

bool agenda_take_role(struct agenda *agenda, const char *role)
{
    static const char *const names[] = {"", "holder", "generator", "carrier", "receiver"};
    for (size_t i = 0; role != NULL && i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(role, names[i]) != 0)
            continue;
        agenda->filter.role = (enum agenda_role)i;
        if (i != 0 && agenda->filter.party == 0)
            agenda->filter.party = agenda->asking->query->caller->party;
        return true;
    }
    if (role != NULL)
        asking_refuse(agenda->asking, CUSTODY_REASON_bad_question, "role");
    return role == NULL;
}

bool agenda_take_rule(struct agenda *agenda, const char *text)
{
    uint64_t number = 0;
    if (text == NULL || text[0] == 0)
        return true;
    const struct rule_row *rule = bytes_parse_decimal(span_text(text), &number)
                                      ? rule_find(number > UINT16_MAX ? 0 : (uint16_t)number)
                                      : rule_find_name(text);
    if (rule == NULL) {
        asking_refuse(agenda->asking, CUSTODY_REASON_bad_question, "rule");
        return false;
    }
    agenda->filter.rule = rule->number;
    return true;
}

void agenda_take_vehicle(struct agenda *agenda, const char *plate)
{
    uint8_t name[BOOK_NAME_MAX];
    if (plate == NULL || plate[0] == 0)
        return;
    /* Whoever asks says the plate; its colour is one of few. */
    for (uint32_t colour = 0; colour <= CUSTODY__V1__PLATE_COLOUR__PLATE_OTHER; colour++) {
        size_t len = book_write_vehicle(colour, span_text(plate), name);
        uint32_t vehicle =
            len == 0 ? 0 : book_find(agenda->asking->book, SUBJECT_VEHICLE, span_of(name, len));
        if (vehicle != 0) {
            agenda->filter.vehicle = vehicle;
            return;
        }
    }
    agenda->filter.vehicle = UINT32_MAX;
}

const char *agenda_family(const struct agenda *agenda, uint32_t profile)
{
    const struct law *law = book_law(agenda->asking->book);
    return law->profile(law->context, profile)->family;
}

bool agenda_take_state(struct agenda *agenda, const char *state)
{
    struct arena *arena = agenda->asking->query->arena;
    char *name = state == NULL ? NULL : arena_text(arena, span_text(state));
    if (name == NULL || name[0] == 0)
        return true;
    for (char *c = name; *c != 0; c++)
        *c = *c == '_' ? ' ' : *c;
    agenda->filter.state = name;
    for (unsigned i = MANIFEST_UNKNOWN; i <= MANIFEST_HELD; i++)
        if (strcmp(name, manifest_state_name((enum manifest_state)i)) == 0)
            return true;
    for (unsigned i = 0; i < CONTAINER_STATES; i++)
        if (strcmp(name, transition_state_name((enum container_state)i)) == 0)
            return true;
    asking_refuse(agenda->asking, CUSTODY_REASON_bad_question, "state");
    return false;
}

/* ---- does a row pass? --------------------------------------------------------------------------- */

static bool agenda_has_role(const struct agenda_filter *filter, const struct work *row)
{
    switch (filter->role) {
    case AGENDA_ANY:
        return filter->party == 0 || work_concerns(row, filter->party);
    case AGENDA_HOLDER:
        return row->party == filter->party;
    case AGENDA_GENERATOR:
        return row->generator == filter->party;
    case AGENDA_RECEIVER:
        return row->receiver == filter->party;
    case AGENDA_CARRIER:
        for (uint32_t i = 0; i < WORK_CARRIERS_MAX; i++)
            if (row->carriers[i] == filter->party)
                return true;
        return false;
    }
    return false;
}

static const char *agenda_state(const struct work *row)
{
    return row->subject_kind == SUBJECT_MANIFEST
               ? manifest_state_name((enum manifest_state)row->state)
           : row->subject_kind == SUBJECT_CONTAINER
               ? transition_state_name((enum container_state)row->state)
               : "";
}

static bool agenda_passes(const struct agenda *agenda, const struct agenda_row *row)
{
    const struct agenda_filter *filter = &agenda->filter;
    const struct work *work = &row->work;
    int64_t since_us = work->since_us != 0 ? work->since_us : work->due_us;
    if (work->division < filter->first_division || work->division > filter->last_division ||
        (filter->rule != 0 && work->rule != filter->rule) ||
        (filter->vehicle != 0 && work->vehicle != filter->vehicle) ||
        (filter->is_unreported && !(work->kind == WORK_MANIFEST && work->is_unreported)))
        return false;
    if (filter->older_than_us != 0 &&
        agenda->asking->query->now_us - since_us <= filter->older_than_us)
        return false;
    if (row->due_us < filter->from_us || (filter->until_us != 0 && row->due_us >= filter->until_us))
        return false;
    if (filter->family != NULL && filter->family[0] != 0 &&
        strcmp(agenda_family(agenda, work->profile), filter->family) != 0)
        return false;
    if (filter->state != NULL && filter->state[0] != 0 &&
        strcmp(agenda_state(work), filter->state) != 0)
        return false;
    return agenda_has_role(filter, work);
}

/* A division's rows are only walked unseen when the asker sees all of the ledger; others must be seen one by one. */
bool agenda_sees(const struct agenda *agenda, const struct work *row)
{
    return asking_sees_work(agenda->asking, row);
}

bool agenda_is_plain(const struct agenda *agenda)
{
    const struct agenda_filter *filter = &agenda->filter;
    return filter->party == 0 && filter->role == AGENDA_ANY && filter->rule == 0 &&
           filter->vehicle == 0 && !filter->is_unreported && filter->older_than_us == 0 &&
           filter->from_us == INT64_MIN && filter->until_us == 0 && filter->stop_us == 0 &&
           (filter->state == NULL || filter->state[0] == 0);
}

/* ---- which streams ------------------------------------------------------------------------------ */

struct agenda_divisions {
    struct agenda_walking *walking;
    int64_t from_us;
    uint32_t
        last; /* division that a stream was made for; the counts come by division, then profile */
};

static bool agenda_visit_division(void *context, const struct docket_count *count)
{
    struct agenda_divisions *divisions = context;
    if (count->division == divisions->last || count->rows <= 0)
        return true;
    divisions->last = count->division;
    streams_add(&divisions->walking->streams, count->kind, count->division, divisions->from_us);
    return true;
}

enum custody_status agenda_counts(const struct agenda *agenda,
                                  uint8_t shelf,
                                  uint32_t first,
                                  uint32_t last,
                                  docket_visit_count *visit,
                                  void *context)
{
    struct sight_range ranges[SIGHT_RANGES_MAX];
    uint32_t count = sight_ranges(&agenda->asking->sight, ranges);
    enum custody_status status = CUSTODY_OK;
    for (uint32_t i = 0; i < count && status == CUSTODY_OK; i++) {
        uint32_t from = ranges[i].first > first ? ranges[i].first : first;
        uint32_t until = ranges[i].last < last ? ranges[i].last : last;
        if (from <= until)
            status = docket_counts(agenda->asking->lookups, shelf, from, until, visit, context);
    }
    return status;
}

/* Does the asker see every row there is, those that cross its divisions among them? */
static bool agenda_sees_all(const struct asking *asking)
{
    return asking_sees_division(asking, book_ledger(asking->book)->division);
}

/* Does the asker see divisions or a sector, or only what it and those whom it sponsors took part in? */
static bool agenda_sees_divisions(const struct asking *asking)
{
    return (asking->sight.scopes & ENTITLEMENT_SEES_OTHERS) != 0;
}

/* The streams of a shelf of all divisions that the asker sees. */
static void agenda_add_divisions(struct agenda_walking *walking, uint8_t shelf, int64_t from_us)
{
    struct agenda_divisions divisions = {.walking = walking, .from_us = from_us};
    const struct agenda_filter *filter = &walking->agenda->filter;
    bool is_crossing = (shelf & WORK_CROSSING) != 0;
    /* The filter's divisions are those of the rows, not those that they cross to. */
    book_fail(walking->agenda->asking->book,
              agenda_counts(walking->agenda, shelf, is_crossing ? 0 : filter->first_division,
                            is_crossing ? UINT32_MAX : filter->last_division, agenda_visit_division,
                            &divisions));
}

/* The streams of a shelf of all industries that begin with the auditor's. */
static void agenda_add_sectors(struct agenda_walking *walking, uint8_t shelf, int64_t from_us)
{
    struct agenda_divisions sectors = {.walking = walking, .from_us = from_us};
    const struct asking *asking = walking->agenda->asking;
    uint32_t first, last;
    if (!sight_audits(&asking->sight))
        return;
    work_sector_range(asking->sight.sector, &first, &last);
    book_fail(asking->book, docket_counts(asking->lookups, shelf | WORK_SECTOR, first, last,
                                          agenda_visit_division, &sectors));
}

static void agenda_add_sponsored(struct agenda_walking *walking, uint8_t shelf, int64_t from_us)
{
    const struct asking *asking = walking->agenda->asking;
    uint32_t children[AGENDA_SPONSORED_MAX];
    if ((asking->sight.scopes & ENTITLEMENT_SEES_SPONSORED) == 0)
        return;
    uint32_t count = sponsored_now(asking->book, asking->query->caller->party,
                                   asking->query->now_us, children, AGENDA_SPONSORED_MAX);
    for (uint32_t i = 0; i < count; i++)
        streams_add(&walking->streams, (uint8_t)(shelf | WORK_BY_PARTY), children[i], from_us);
}

/* Is the party that is asked for one that the asker sees? If not, what concerns both is found among the asker's own rows, so that
 * nobody makes the ledger read through another's. */
static bool agenda_sees_filter(const struct agenda *agenda)
{
    struct sight sight = agenda->asking->sight;
    sight.trail = NULL; /* whose rows are shown is noted row by row */
    return agenda->filter.party != 0 && sight_sees_party(&sight, agenda->filter.party);
}

static bool agenda_open(struct agenda_walking *walking, int64_t from_us)
{
    struct agenda *agenda = walking->agenda;
    struct asking *asking = agenda->asking;
    bool is_of_filter = agenda_sees_filter(agenda);
    uint32_t party = is_of_filter ? agenda->filter.party : 0;
    if (!is_of_filter && !agenda_sees_divisions(asking))
        party = asking->query->caller->party;
    walking->is_by_division = party == 0;
    streams_init(&walking->streams, asking->lookups, asking->book, asking->query->arena);
    for (unsigned kind = WORK_MANIFEST; kind < WORK_KINDS; kind++) {
        uint8_t shelf = (uint8_t)kind;
        if (!agenda->filter.shelves[kind])
            continue;
        if (party != 0) {
            streams_add(&walking->streams, (uint8_t)(shelf | WORK_BY_PARTY), party, from_us);
            if (!is_of_filter)
                agenda_add_sponsored(walking, shelf, from_us);
            continue;
        }
        if (!agenda->only_beside)
            agenda_add_divisions(walking, shelf, from_us);
        if (agenda_sees_all(asking))
            continue;
        agenda_add_divisions(walking, shelf | WORK_CROSSING, from_us);
        agenda_add_sectors(walking, shelf, from_us);
        streams_add(&walking->streams, (uint8_t)(shelf | WORK_BY_PARTY),
                    asking->query->caller->party, from_us);
        agenda_add_sponsored(walking, shelf, from_us);
    }
    return streams_merge(&walking->streams);
}

void agenda_extend(struct agenda *agenda, struct agenda_row *row)
{
    row->closure = NULL;
    row->due_us = row->work.due_us;
    if (closures_are_none(&agenda->closures) ||
        (row->work.kind != WORK_OBLIGATION && row->work.met_us == 0))
        return;
    row->due_us =
        closures_due(&agenda->closures, &row->work,
                     asking_party_division(agenda->asking, row->work.party), &row->closure);
}

/* Under two of the parties that the asker looks after, or of its divisions or industries, it stands twice. */
static bool agenda_was_had(struct agenda_alike *alike, const struct work *row)
{
    uint8_t key[WORK_KEY_BYTES];
    work_write_key(row, key);
    if (alike->count == 0 ||
        memcmp(alike->order, key + STREAMS_KEY_ORDER, sizeof alike->order) != 0) {
        memcpy(alike->order, key + STREAMS_KEY_ORDER, sizeof alike->order);
        alike->count = 0;
    }
    for (uint32_t i = 0; i < alike->count; i++)
        if (memcmp(alike->all[i], key, STREAMS_KEY_ORDER) == 0)
            return true;
    if (alike->count < AGENDA_ALIKE_MAX)
        memcpy(alike->all[alike->count++], key, STREAMS_KEY_ORDER);
    return false;
}

bool agenda_walk(
    struct agenda *agenda, int64_t from_raw_us, uint32_t budget, agenda_visit *visit, void *context)
{
    struct agenda_walking walking = {.agenda = agenda};
    bool is_of_party = agenda->filter.party != 0 || !agenda_sees_all(agenda->asking);
    if (!agenda_open(&walking, from_raw_us))
        return false;
    struct agenda_alike alike = {.count = 0};
    while (!streams_are_done(&walking.streams)) {
        struct agenda_row row;
        uint8_t shelf;
        if (agenda->looked >= budget || (agenda->looked % AGENDA_ROWS_A_LOOK == 1 &&
                                         agenda->looked > 1 && asking_is_late(agenda->asking))) {
            agenda->is_cut = true;
            return false;
        }
        if (!streams_take(&walking.streams, &row.work, &shelf))
            return false;
        bool is_beside =
            walking.is_by_division && (shelf & (WORK_CROSSING | WORK_BY_PARTY | WORK_SECTOR)) != 0;
        agenda->looked++;
        agenda->cut = (struct agenda_row){.work = row.work, .due_us = row.work.due_us};
        /* What stands beside a division that the asker sees was had there. */
        if (is_beside && sight_covers(&agenda->asking->sight, row.work.division))
            continue;
        if (agenda_was_had(&alike, &row.work))
            continue;
        /* A closure only makes it later. */
        if ((agenda->filter.until_us != 0 && row.work.due_us >= agenda->filter.until_us) ||
            (agenda->filter.stop_us != 0 && row.work.due_us >= agenda->filter.stop_us))
            return true;
        agenda_extend(agenda, &row);
        if (!agenda_passes(agenda, &row) || (is_of_party && !agenda_sees(agenda, &row.work)))
            continue;
        if (!visit(context, &row))
            return true;
    }
    return true;
}

/* ---- a page ------------------------------------------------------------------------------------- */

int agenda_compare(const struct agenda_row *a, const struct agenda_row *b)
{
    return a->due_us != b->due_us ? (a->due_us < b->due_us ? -1 : 1)
                                  : work_compare(&a->work, &b->work);
}

static void agenda_insert(struct agenda_page *page, const struct agenda_row *row)
{
    if (page->after != NULL && agenda_compare(row, page->after) <= 0)
        return;
    if (page->count == page->limit && agenda_compare(row, &page->rows[page->count - 1]) >= 0)
        return;
    uint32_t low = 0, high = page->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (agenda_compare(&page->rows[middle], row) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t moved = page->count - low;
    if (page->count == page->limit)
        moved--;
    else
        page->count++;
    memmove(&page->rows[low + 1], &page->rows[low], moved * sizeof *row);
    page->rows[low] = *row;
}

static void agenda_add_sum(struct agenda_page *page, const struct docket_count *part)
{
    for (uint32_t i = 0; i < page->sum_count; i++) {
        struct docket_count *sum = &page->sums[i];
        if (sum->kind != part->kind || sum->division != part->division ||
            sum->profile != part->profile)
            continue;
        sum->rows += part->rows;
        sum->mass_g += part->mass_g;
        return;
    }
    if (page->sum_count < AGENDA_SUMS_MAX)
        page->sums[page->sum_count++] = *part;
    else
        page->is_least = true; /* what is not in the sums is in no total either */
}

static void agenda_count(struct agenda_page *page, const struct agenda_row *row)
{
    const struct docket_count one = {.kind = row->work.kind,
                                     .division = row->work.division,
                                     .profile = row->work.profile,
                                     .rows = 1,
                                     .mass_g = (int64_t)row->work.mass_g};
    agenda_add_sum(page, &one);
    page->total++;
}

struct agenda_paging {
    struct agenda *agenda;
    struct agenda_page *page;
    bool counts;
};

static bool agenda_visit_page(void *context, const struct agenda_row *row)
{
    struct agenda_paging *paging = context;
    struct agenda_page *page = paging->page;
    bool is_full = page->count == page->limit;
    /* Later rows are due no earlier, raw or not, than this one raw. */
    const struct agenda_row raw = {.work = row->work, .due_us = row->work.due_us};
    if (is_full && !paging->counts && agenda_compare(&raw, &page->rows[page->count - 1]) >= 0)
        return false;
    if (page->wants != NULL && !page->wants(page->context, row))
        return true;
    agenda_insert(page, row);
    if (!paging->counts)
        return true;
    agenda_count(page, row);
    /* A full page needs no more than a fair guess of how many there are. */
    page->is_least = page->count == page->limit && paging->agenda->looked >= AGENDA_COUNTED;
    return !page->is_least;
}

static bool agenda_visit_beside(void *context, const struct agenda_row *row)
{
    struct agenda_paging *paging = context;
    agenda_count(paging->page, row);
    return true;
}

static bool agenda_visit_count(void *context, const struct docket_count *count)
{
    struct agenda_paging *paging = context;
    const char *family = paging->agenda->filter.family;
    if (!asking_sees_division(paging->agenda->asking, count->division) ||
        (family != NULL && family[0] != 0 &&
         strcmp(agenda_family(paging->agenda, count->profile), family) != 0))
        return true;
    agenda_add_sum(paging->page, count);
    paging->page->total += count->rows < 0 ? 0 : (uint64_t)count->rows;
    return true;
}

/* Where a page starts: nothing that is due later than its last row can have been due earlier than this, raw. */
static int64_t agenda_start(struct agenda *agenda, const struct agenda_page *page)
{
    int64_t from_us = agenda->filter.from_us, start_us;
    if (page->after != NULL && page->after->due_us > from_us)
        from_us = page->after->due_us;
    if (from_us == INT64_MIN ||
        __builtin_sub_overflow(from_us, closures_most_us(&agenda->closures), &start_us))
        return INT64_MIN;
    return start_us;
}

bool agenda_run(struct agenda *agenda, struct agenda_page *page)
{
    struct asking *asking = agenda->asking;
    struct agenda_paging paging = {.agenda = agenda, .page = page};
    bool is_plain = agenda_is_plain(agenda) && page->wants == NULL &&
                    agenda_sees_divisions(asking) &&
                    (asking->sight.scopes & ENTITLEMENT_SEES_SECTOR) == 0;
    page->rows = arena_alloc(asking->query->arena, (page->limit + 1) * sizeof *page->rows);
    if (page->rows == NULL) {
        asking_refuse(asking, CUSTODY_REASON_queue_full, NULL);
        return false;
    }
    for (uint8_t shelf = WORK_MANIFEST; is_plain && shelf < WORK_KINDS; shelf++)
        if (agenda->filter.shelves[shelf])
            book_fail(asking->book,
                      agenda_counts(agenda, shelf, agenda->filter.first_division,
                                    agenda->filter.last_division, agenda_visit_count, &paging));
    /* What the counts do not tell is counted on the first page, as far as the bound goes: what stands beside the asker's divisions,
     * and what a filter lets pass. */
    if (is_plain && !agenda_sees_all(asking) && page->after == NULL) {
        agenda->only_beside = true;
        agenda_walk(agenda, INT64_MIN, AGENDA_COUNTED, agenda_visit_beside, &paging);
        page->is_least = agenda->is_cut;
        agenda->only_beside = agenda->is_cut = false;
        agenda->looked = 0;
    }
    paging.counts = !is_plain && page->after == NULL;
    agenda_walk(agenda, agenda_start(agenda, page),
                page->budget == 0 ? AGENDA_BUDGET : page->budget, agenda_visit_page, &paging);
    /* What a closure made later than where the walk was cut comes on the next page. */
    while (agenda->is_cut && page->count > 0 &&
           agenda_compare(&page->rows[page->count - 1], &agenda->cut) > 0)
        page->count--;
    page->is_least =
        page->is_least || (paging.counts && agenda->is_cut) || (!is_plain && page->after != NULL);
    return true;
}

ProtobufCBinaryData agenda_next_page(const struct agenda *agenda, const struct agenda_page *page)
{
    const struct agenda_row *last = page->count == page->limit ? &page->rows[page->count - 1]
                                    : agenda->is_cut           ? &agenda->cut
                                                               : NULL;
    uint8_t *token = last == NULL ? NULL
                                  : arena_alloc(agenda->asking->query->arena,
                                                8 + WORK_KEY_BYTES + WORK_VALUE_MAX);
    if (token == NULL)
        return (ProtobufCBinaryData){0};
    bytes_put_u64(token, (uint64_t)last->due_us);
    work_write_key(&last->work, token + 8);
    return (ProtobufCBinaryData){.len = 8 + WORK_KEY_BYTES +
                                        work_write_value(&last->work, token + 8 + WORK_KEY_BYTES),
                                 .data = token};
}

bool agenda_take_page(struct agenda *agenda,
                      const Custody__V1__QueryOptions *options,
                      struct agenda_page *page)
{
    struct asking *asking = agenda->asking;
    page->limit = asking_limit(options);
    if (options == NULL || options->page.len == 0)
        return true;
    struct agenda_row *after = arena_alloc(asking->query->arena, sizeof *after);
    const uint8_t *token = options->page.data;
    if (after == NULL || options->page.len < 8 + WORK_KEY_BYTES ||
        !work_parse(span_of(token + 8, WORK_KEY_BYTES),
                    span_of(token + 8 + WORK_KEY_BYTES, options->page.len - 8 - WORK_KEY_BYTES),
                    &after->work)) {
        asking_refuse(asking, CUSTODY_REASON_bad_question, "options.page");
        return false;
    }
    after->due_us = (int64_t)bytes_get_u64(token);
    page->after = after;
    return true;
}

Custody__V1__OpenSum **
agenda_sums(const struct agenda *agenda, const struct agenda_page *page, size_t *ret_count)
{
    static const char *const kinds[WORK_KINDS] = {"", "manifest", "obligation", "finding",
                                                  "settled"};
    const struct view *view = &agenda->asking->view;
    Custody__V1__OpenSum **sums = arena_alloc(view->arena, (page->sum_count + 1) * sizeof *sums);
    *ret_count = 0;
    for (uint32_t i = 0; sums != NULL && i < page->sum_count; i++) {
        const struct docket_count *count = &page->sums[i];
        char *division = arena_format(view->arena, "%06u", count->division);
        Custody__V1__OpenSum *sum = arena_alloc(view->arena, sizeof *sum);
        if (sum == NULL || division == NULL)
            return sums;
        custody__v1__open_sum__init(sum);
        sum->kind = (char *)kinds[count->kind < WORK_KINDS ? count->kind : 0];
        sum->division = division;
        sum->division_name = view_division(view, count->division);
        sum->family = (char *)agenda_family(agenda, count->profile);
        sum->count = count->rows < 0 ? 0 : (uint64_t)count->rows;
        sum->mass_g = count->mass_g < 0 ? 0 : (uint64_t)count->mass_g;
        sums[(*ret_count)++] = sum;
    }
    return sums;
}
