/* opened.c: one row of what is open as people are told of it.
 * Never decides what may be seen. */
#include "daemon/service/opened.h"

#include <string.h>

#include "proto/body.h"
#include "proto/entry.h"
#include "proto/rule.h"
#include "daemon/domain/transition.h"

enum { OPENED_SAME_ID_MAX = 8 };

/* ---- cases -------------------------------------------------------------------------------------- */

bool opened_case(const struct asking *asking, const struct work *row, struct casefile *ret)
{
    struct digest digest;
    struct docket_name name;
    return docket_name_of(asking->book, row, &digest) &&
           docket_find(asking->book, &digest, &name) && docket_case(asking->book, name.number, ret);
}

bool opened_is_excused(const struct asking *asking, const struct agenda_row *row)
{
    const struct work *work = &row->work;
    if (row->closure == NULL)
        return false;
    if (work->met_us != 0)
        return work->met_us <= row->due_us;
    return work->kind == WORK_OBLIGATION && asking->query->now_us > work->due_us &&
           asking->query->now_us <= row->due_us;
}

static enum casefile_state opened_state_with(const struct asking *asking,
                                             const struct agenda_row *row,
                                             const struct casefile *file,
                                             const struct casefile_saying **ret_by)
{
    *ret_by = NULL;
    enum casefile_state state =
        file == NULL ? CASEFILE_OPEN
                     : casefile_state_of(file, row->work.party, row->work.division, ret_by);
    if (row->work.kind == WORK_SETTLED)
        return CASEFILE_SETTLED;
    if (opened_is_excused(asking, row))
        return CASEFILE_EXCUSED;
    return state == CASEFILE_SETTLED ? CASEFILE_EXPLAINED : state;
}

enum casefile_state opened_state(const struct asking *asking, const struct agenda_row *row)
{
    struct casefile file;
    const struct casefile_saying *by;
    bool has_case = opened_case(asking, &row->work, &file);
    return opened_state_with(asking, row, has_case ? &file : NULL, &by);
}

/* By the days of the profile that judges it: 提醒 from the notice or the due time on, 催办, 督办. */
Custody__V1__Escalation opened_escalation(const struct agenda *agenda, const struct agenda_row *row)
{
    const struct law *law = book_law(agenda->asking->book);
    const struct profile *profile = law->profile(law->context, row->work.profile);
    int64_t now_us = agenda->asking->query->now_us;
    int64_t over_us = now_us - row->due_us;
    if (row->work.kind == WORK_SETTLED || opened_is_excused(agenda->asking, row))
        return CUSTODY__V1__ESCALATION__ESCALATION_UNSPECIFIED;
    if (over_us < 0)
        return row->work.notice_us != 0 && now_us >= row->work.notice_us
                   ? CUSTODY__V1__ESCALATION__ESCALATION_REMIND
                   : CUSTODY__V1__ESCALATION__ESCALATION_UNSPECIFIED;
    if (profile->supervise_us > 0 && over_us >= profile->supervise_us)
        return CUSTODY__V1__ESCALATION__ESCALATION_SUPERVISE;
    if (profile->urge_us > 0 && over_us >= profile->urge_us)
        return CUSTODY__V1__ESCALATION__ESCALATION_URGE;
    return CUSTODY__V1__ESCALATION__ESCALATION_REMIND;
}

static char *opened_text(const struct asking *asking, const char *text)
{
    char *copy = arena_text(asking->query->arena, span_text(text));
    return copy == NULL ? (char *)"" : copy;
}

Custody__V1__Finding *opened_finding(struct agenda *agenda, const struct agenda_row *row)
{
    const struct asking *asking = agenda->asking;
    Custody__V1__Finding *finding = view_finding(&asking->view, &row->work);
    struct casefile file;
    const struct casefile_saying *by;
    if (finding == NULL)
        return NULL;
    bool has_case = opened_case(asking, &row->work, &file);
    finding->state =
        (Custody__V1__FindingState)opened_state_with(asking, row, has_case ? &file : NULL, &by);
    finding->excused_us = row->due_us - row->work.due_us;
    if (row->closure != NULL)
        finding->order = opened_text(asking, row->closure->order);
    if (by != NULL && by->order[0] != 0)
        finding->order = opened_text(asking, by->order);
    finding->family = (char *)agenda_family(agenda, row->work.profile);
    finding->mass_g = row->work.mass_g;
    finding->hazard = row->work.hazard;
    finding->escalation = opened_escalation(agenda, row);
    finding->met_at = row->work.met_us;
    finding->reopened =
        has_case && casefile_is_reopened(&file, row->work.party, row->work.division);
    finding->inspected = has_case && casefile_is_inspected(&file);
    return finding;
}

/* ---- what was signed last, what must happen next ------------------------------------------------- */

static Custody__V1__LastFact *opened_last(const struct asking *asking,
                                          const char *act,
                                          int64_t effective_us,
                                          uint64_t entry,
                                          uint32_t party)
{
    Custody__V1__LastFact *last = arena_alloc(asking->query->arena, sizeof *last);
    if (last == NULL)
        return NULL;
    custody__v1__last_fact__init(last);
    last->act = (char *)act;
    last->effective_at = effective_us;
    last->entry = entry;
    last->party = view_party(&asking->view, party);
    last->party_name = view_party_name(&asking->view, party);
    return last;
}

static const struct fact *opened_latest(const struct facts *facts)
{
    const struct fact *latest = NULL;
    for (uint32_t i = 0; i < facts->count; i++)
        if (fact_counts(&facts->all[i]) &&
            (latest == NULL || facts->all[i].effective_us >= latest->effective_us))
            latest = &facts->all[i];
    return latest;
}

static Custody__V1__LastFact *opened_last_of_manifest(const struct asking *asking, uint32_t number)
{
    const struct manifest *manifest = book_manifest(asking->book, number);
    if (manifest == NULL)
        return NULL;
    const struct fact *latest = opened_latest(&manifest->facts);
    if (latest != NULL && latest->effective_us >= manifest->issued_us)
        return opened_last(asking, body_act_name(latest->act), latest->effective_us, latest->entry,
                           latest->party);
    return opened_last(asking,
                       body_act_name(manifest->is_drawn ? CUSTODY__V1__ACT__ACT_DRAW_MANIFEST
                                                        : CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST),
                       manifest->issued_us, manifest->entry, manifest->author);
}

static Custody__V1__LastFact *opened_last_of_container(struct agenda *agenda, uint32_t number)
{
    const struct asking *asking = agenda->asking;
    const struct fact newest = volumes_newest();
    struct volume_bounds bounds;
    if (agenda->scratch == NULL)
        agenda->scratch = arena_alloc(asking->query->arena, sizeof *agenda->scratch);
    if (agenda->scratch == NULL ||
        !volumes_read(asking->book, number, &newest, agenda->scratch, &bounds))
        return NULL;
    const struct fact *latest = opened_latest(&agenda->scratch->facts);
    return latest == NULL ? NULL
                          : opened_last(asking, body_act_name(latest->act), latest->effective_us,
                                        latest->entry, latest->party);
}

static Custody__V1__NextStep *
opened_step(const struct asking *asking, uint32_t act, uint32_t party, int64_t due_us)
{
    Custody__V1__NextStep *step = arena_alloc(asking->query->arena, sizeof *step);
    if (step == NULL)
        return NULL;
    custody__v1__next_step__init(step);
    step->act = (char *)body_act_name(act);
    step->party = view_party(&asking->view, party);
    step->party_name = view_party_name(&asking->view, party);
    step->due = due_us;
    return step;
}

/* What brings a manifest on, by its state; who owes it; when, if a rule sets a time. */
static Custody__V1__NextStep *opened_next_of_manifest(const struct asking *asking,
                                                      const struct work *row,
                                                      const Custody__V1__ManifestView *view)
{
    uint32_t carrier = row->carriers[0];
    int64_t due_us = 0;
    for (size_t i = 0; view != NULL && i < view->n_obligations; i++)
        if (due_us == 0 || view->obligations[i]->due < due_us)
            due_us = view->obligations[i]->due;
    switch ((enum manifest_state)row->state) {
    case MANIFEST_ISSUED:
    case MANIFEST_LOADING:
        return opened_step(asking, CUSTODY__V1__ACT__ACT_LOAD,
                           carrier != 0 ? carrier : row->generator, due_us);
    case MANIFEST_IN_TRANSIT:
        return opened_step(asking, CUSTODY__V1__ACT__ACT_RECEIVE, row->receiver, due_us);
    case MANIFEST_DELIVERED:
        return opened_step(asking, CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT, row->receiver, due_us);
    case MANIFEST_CONFIRMED:
        return opened_step(asking, CUSTODY__V1__ACT__ACT_FEED, row->receiver, due_us);
    case MANIFEST_RETURNING:
        return opened_step(asking, CUSTODY__V1__ACT__ACT_TRANSFER, row->party, due_us);
    case MANIFEST_HELD:
        return opened_step(asking, CUSTODY__V1__ACT__ACT_COUNTERSIGN, row->generator, due_us);
    case MANIFEST_UNKNOWN:
    case MANIFEST_CLOSED:
    case MANIFEST_CLOSED_BY_ORDER:
    case MANIFEST_CANCELLED:
    case MANIFEST_REFUSED:
        break;
    }
    return NULL;
}

/* The act that meets an obligation. */
static uint32_t opened_act_of(uint16_t rule)
{
    switch (rule) {
    case RULE_receipt_unconfirmed:
        return CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT;
    case RULE_medical_storage:
    case RULE_collection_interval:
        return CUSTODY__V1__ACT__ACT_LOAD;
    case RULE_plant_storage:
        return CUSTODY__V1__ACT__ACT_FEED;
    case RULE_uncleaned:
        return CUSTODY__V1__ACT__ACT_CLEAN;
    case RULE_report_late:
        return CUSTODY__V1__ACT__ACT_DECLARE;
    case RULE_rejected_waiting:
        return CUSTODY__V1__ACT__ACT_TRANSFER;
    case RULE_number_unreported:
        return CUSTODY__V1__ACT__ACT_NUMBER;
    case RULE_leg_unsigned:
        return CUSTODY__V1__ACT__ACT_COUNTERSIGN;
    case RULE_numbers_unused:
        return CUSTODY__V1__ACT__ACT_CLOSE_BLOCK;
    case RULE_document_expired:
        return CUSTODY__V1__ACT__ACT_FILE_DOCUMENT;
    default:
        return 0;
    }
}

static const char *opened_state_name(const struct work *row)
{
    if (row->state == 0)
        return "";
    return row->subject_kind == SUBJECT_MANIFEST
               ? manifest_state_name((enum manifest_state)row->state)
           : row->subject_kind == SUBJECT_CONTAINER
               ? transition_state_name((enum container_state)row->state)
               : "";
}

static void
opened_of_manifest(struct agenda *agenda, const struct agenda_row *row, Custody__V1__OpenItem *item)
{
    const struct asking *asking = agenda->asking;
    uint32_t number = (uint32_t)row->work.subject;
    item->subject = view_subject(&asking->view, SUBJECT_MANIFEST, number);
    item->manifest = view_manifest(&asking->view, number);
    item->last = opened_last_of_manifest(asking, number);
    item->next = opened_next_of_manifest(asking, &row->work, item->manifest);
    if (item->manifest == NULL)
        return;
    item->since = item->manifest->issued_at;
    if (item->vehicle[0] == 0)
        item->vehicle = item->manifest->vehicle;
    for (size_t i = 0; item->mass_g == 0 && i < item->manifest->n_lines; i++)
        item->mass_g += item->manifest->lines[i]->planned_mass_g;
}

static void opened_of_obligation(struct agenda *agenda,
                                 const struct agenda_row *row,
                                 Custody__V1__OpenItem *item)
{
    const struct asking *asking = agenda->asking;
    uint32_t act = opened_act_of(row->work.rule);
    item->obligation = view_obligation(&asking->view, &row->work);
    item->since = row->work.since_us != 0 ? row->work.since_us : row->work.notice_us;
    if (act != 0)
        item->next = opened_step(asking, act, row->work.party, row->due_us);
    if (row->work.subject_kind == SUBJECT_CONTAINER)
        item->last = opened_last_of_container(agenda, (uint32_t)row->work.subject);
    else if (row->work.subject_kind == SUBJECT_MANIFEST)
        item->last = opened_last_of_manifest(asking, (uint32_t)row->work.subject);
    if (item->obligation == NULL)
        return;
    item->subject = item->obligation->subject;
    item->id = item->obligation->id;
    item->rule_name = item->obligation->rule_name;
    item->obligation->due = row->due_us;
    item->obligation->overdue = asking->query->now_us > row->due_us;
}

Custody__V1__OpenItem *opened_item(struct agenda *agenda, const struct agenda_row *row)
{
    const struct asking *asking = agenda->asking;
    const struct view *view = &asking->view;
    const struct work *work = &row->work;
    Custody__V1__OpenItem *item = arena_alloc(asking->query->arena, sizeof *item);
    char *division = arena_format(asking->query->arena, "%06u", work->division);
    if (item == NULL || division == NULL)
        return NULL;
    custody__v1__open_item__init(item);
    item->kind = (char *)(work->kind == WORK_MANIFEST ? "manifest" : "obligation");
    item->division = division;
    item->division_name = view_division(view, work->division);
    item->holder = view_party(view, work->party);
    item->holder_name = view_party_name(view, work->party);
    item->generator = view_party(view, work->generator);
    item->generator_name = view_party_name(view, work->generator);
    item->receiver = view_party(view, work->receiver);
    item->receiver_name = view_party_name(view, work->receiver);
    item->due = row->due_us;
    item->raw_due = work->due_us;
    item->excused_us = row->due_us - work->due_us;
    if (row->closure != NULL)
        item->order = opened_text(asking, row->closure->order);
    item->escalation = opened_escalation(agenda, row);
    item->state = (char *)opened_state_name(work);
    item->family = (char *)agenda_family(agenda, work->profile);
    item->mass_g = work->mass_g;
    item->hazard = work->hazard;
    item->unreported = work->is_unreported;
    item->vehicle = view_vehicle(view, work->vehicle);
    if (work->kind == WORK_MANIFEST)
        opened_of_manifest(agenda, row, item);
    else
        opened_of_obligation(agenda, row, item);
    return item;
}

/* ---- one finding, whole -------------------------------------------------------------------------- */

/* The id of a statement by its slot; zeros while it is not here (a gap hangs on what is missing). */
static struct digest opened_statement_id(struct asking *asking, uint32_t key, uint64_t sequence)
{
    struct book_slot slot;
    struct span bytes = {0};
    struct entry entry;
    struct statement statement;
    const char *field = NULL;
    if (book_slot(asking->book, key, sequence, &slot) && slot.count > 0 &&
        journal_read(asking->journal, slot.statements[0].entry, NULL, &bytes) == CUSTODY_OK &&
        entry_parse(bytes, &entry) &&
        statement_parse(entry.statement, &statement, &field) == STATEMENT_OK)
        return statement.id;
    return (struct digest){0};
}

static Custody__V1__FindingName *opened_name(struct asking *asking,
                                             uint16_t rule,
                                             const char *subject,
                                             uint32_t anchor_key,
                                             uint64_t anchor_sequence)
{
    struct arena *arena = asking->query->arena;
    Custody__V1__FindingName *name = arena_alloc(arena, sizeof *name);
    Custody__V1__StatementName *anchor = arena_alloc(arena, sizeof *anchor);
    struct digest id = opened_statement_id(asking, anchor_key, anchor_sequence);
    uint8_t *id_copy = arena_copy(arena, id.bytes, sizeof id.bytes);
    struct span key =
        anchor_key != 0 ? book_name(asking->book, SUBJECT_KEY, anchor_key) : (struct span){0};
    if (name == NULL || anchor == NULL || id_copy == NULL)
        return NULL;
    custody__v1__finding_name__init(name);
    name->rule = rule;
    name->subject = (ProtobufCBinaryData){.len = strlen(subject),
                                          .data = (uint8_t *)opened_text(asking, subject)};
    if (anchor_key == 0)
        return name;
    custody__v1__statement_name__init(anchor);
    anchor->key = (ProtobufCBinaryData){.len = key.len, .data = (uint8_t *)key.data};
    anchor->sequence = anchor_sequence;
    anchor->id = (ProtobufCBinaryData){.len = sizeof id.bytes, .data = id_copy};
    name->anchor = anchor;
    return name;
}

static Custody__V1__FindingWord *opened_word(const struct asking *asking,
                                             const struct casefile_saying *saying,
                                             const struct agenda_row *row)
{
    Custody__V1__FindingWord *word = arena_alloc(asking->query->arena, sizeof *word);
    if (word == NULL)
        return NULL;
    struct casefile alone = {.count = 1, .sayings = {*saying}};
    custody__v1__finding_word__init(word);
    word->entry = saying->entry;
    word->act = (char *)body_act_name(saying->act);
    word->effective_at = saying->effective_us;
    word->party = view_party(&asking->view, saying->party);
    word->party_name = view_party_name(&asking->view, saying->party);
    word->order = opened_text(asking, saying->order);
    if (saying->act == CUSTODY__V1__ACT__ACT_EXPLAIN)
        word->reason = (Custody__V1__ReasonClass)saying->reason;
    word->withdrawn = saying->is_withdrawn;
    word->held = saying->is_held;
    word->effective =
        saying->act != CUSTODY__V1__ACT__ACT_SETTLE
            ? !saying->is_withdrawn && !saying->is_held
            : row != NULL && casefile_state_of(&alone, row->work.party, row->work.division, NULL) ==
                                 CASEFILE_SETTLED;
    return word;
}

static Custody__V1__FindingCase *opened_case_view(struct asking *asking,
                                                  const struct docket_name *name,
                                                  const struct agenda_row *row)
{
    struct arena *arena = asking->query->arena;
    Custody__V1__FindingCase *view = arena_alloc(arena, sizeof *view);
    struct casefile *file = arena_alloc(arena, sizeof *file);
    char id[CASEFILE_ID_DIGITS + 1];
    if (view == NULL || file == NULL)
        return NULL;
    custody__v1__finding_case__init(view);
    casefile_write_id(&name->digest, id);
    view->id = opened_text(asking, id);
    bool has_case = docket_case(asking->book, name->number, file);
    if (row != NULL)
        view->name =
            opened_name(asking, row->work.rule,
                        view_subject(&asking->view, row->work.subject_kind, row->work.subject),
                        row->work.anchor_key, row->work.anchor_sequence);
    else if (has_case)
        view->name =
            opened_name(asking, file->rule, file->subject, file->anchor_key, file->anchor_sequence);
    view->state = row != NULL ? (Custody__V1__FindingState)opened_state(asking, row)
                              : CUSTODY__V1__FINDING_STATE__FINDING_ABSENT;
    if (!has_case)
        return view;
    view->not_kept = file->not_kept;
    view->reopened = row != NULL && casefile_is_reopened(file, row->work.party, row->work.division);
    view->words = arena_alloc(arena, (file->count + 1) * sizeof(void *));
    for (uint32_t i = 0; view->words != NULL && i < file->count; i++) {
        Custody__V1__FindingWord *word = opened_word(asking, &file->sayings[i], row);
        if (word != NULL)
            view->words[view->n_words++] = word;
    }
    return view;
}

struct opened_search {
    struct asking *asking;
    struct span prefix;
    uint32_t count;
    struct agenda_row rows[OPENED_SAME_ID_MAX];
    struct docket_name names[OPENED_SAME_ID_MAX];
};

static bool opened_matches(void *context, const struct agenda_row *row)
{
    struct opened_search *search = context;
    struct digest digest;
    if (!docket_name_of(search->asking->book, &row->work, &digest) ||
        memcmp(digest.bytes, search->prefix.data, search->prefix.len) != 0)
        return true;
    struct docket_name *name = &search->names[search->count];
    if (!docket_find(search->asking->book, &digest, name))
        *name = (struct docket_name){.digest = digest};
    search->rows[search->count++] = *row;
    return search->count < OPENED_SAME_ID_MAX;
}

/* What was said of a finding that is not there may be read by whoever said it and by who sees them. */
static bool opened_sees_words(const struct asking *asking, const struct docket_name *name)
{
    struct casefile file;
    if (!docket_case(asking->book, name->number, &file))
        return false;
    for (uint32_t i = 0; i < file.count; i++)
        if (file.sayings[i].party == asking->query->caller->party ||
            asking_sees_division(asking, file.sayings[i].division))
            return true;
    return false;
}

static void opened_reply(struct agenda *agenda,
                         const struct opened_search *search,
                         const struct docket_name *absent,
                         const Custody__V1__FindingsRequest *request)
{
    struct asking *asking = agenda->asking;
    Custody__V1__FindingsReply reply = CUSTODY__V1__FINDINGS_REPLY__INIT;
    reply.basis = asking_basis(asking, request->options);
    reply.findings = arena_alloc(asking->query->arena, (search->count + 1) * sizeof(void *));
    for (uint32_t i = 0; reply.findings != NULL && i < search->count; i++) {
        Custody__V1__Finding *finding = opened_finding(agenda, &search->rows[i]);
        if (finding != NULL)
            reply.findings[reply.n_findings++] = finding;
    }
    if (search->count == 1)
        reply.case_file = opened_case_view(asking, &search->names[0], &search->rows[0]);
    else if (search->count == 0 && absent != NULL)
        reply.case_file = opened_case_view(asking, absent, NULL);
    reply.total = search->count;
    reply.now = asking->query->now_us;
    asking_reply(asking, &reply.base);
}

void opened_finding_by_id(struct agenda *agenda, const Custody__V1__FindingsRequest *request)
{
    struct asking *asking = agenda->asking;
    uint8_t prefix[DIGEST_SIZE];
    size_t digits = strlen(request->id);
    struct docket_name names[OPENED_SAME_ID_MAX];
    struct opened_search *search = arena_alloc(asking->query->arena, sizeof *search);
    const struct docket_name *absent = NULL;
    if (digits < CASEFILE_ID_DIGITS || digits > (size_t)2 * DIGEST_SIZE || digits % 2 != 0 ||
        !bytes_parse_hex(span_text(request->id), prefix, digits / 2)) {
        asking_refuse(asking, CUSTODY_REASON_bad_question, "id");
        return;
    }
    if (search == NULL) {
        asking_refuse(asking, CUSTODY_REASON_queue_full, NULL);
        return;
    }
    search->asking = asking;
    search->prefix = span_of(prefix, digits / 2);
    bool is_hidden = false;
    uint32_t count = docket_find_prefix(asking->lookups, search->prefix, names, OPENED_SAME_ID_MAX);
    for (uint32_t i = 0; i < count; i++) {
        struct agenda_row row = {0};
        bool is_shown = false;
        /* One that stands in two divisions is told of the first that the asker sees. */
        for (uint32_t k = 0; k < names[i].rows && !is_shown; k++) {
            is_shown =
                docket_row(asking->book, &names[i], k, &row.work) && agenda_sees(agenda, &row.work);
            is_hidden = is_hidden || !is_shown;
        }
        if (names[i].rows == 0)
            absent = opened_sees_words(asking, &names[i]) ? &names[i] : absent;
        if (!is_shown)
            continue;
        is_hidden = false;
        agenda_extend(agenda, &row);
        search->rows[search->count] = row;
        search->names[search->count++] = names[i];
    }
    /* An obligation has no row of its own under its name: it is looked for among those that are due first. */
    if (search->count == 0 && !is_hidden) {
        agenda->filter.shelves[WORK_OBLIGATION] = true;
        agenda_walk(agenda, INT64_MIN, AGENDA_BUDGET, opened_matches, search);
    }
    if (search->count == 0 && absent == NULL) {
        asking_refuse(asking, is_hidden ? CUSTODY_REASON_not_visible : CUSTODY_REASON_not_found,
                      "id");
        return;
    }
    opened_reply(agenda, search, absent, request);
}
