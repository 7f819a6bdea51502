/* view.c: records as the messages that answers carry.
 * Never decides, never writes. */
#include "daemon/service/view.h"

#include <stdio.h>
#include <string.h>

#include "proto/body.h"
#include "proto/rule.h"
#include "daemon/base/logger.h"
#include "daemon/domain/declaration.h"
#include "daemon/domain/tally.h"
#include "daemon/domain/transition.h"
#include "daemon/service/annexed.h"
#include "daemon/service/docket.h"
#include "daemon/service/gather.h"

enum { VIEW_NAME_MAX = 1024 };

static char VIEW_EMPTY[] = "";
/* Where a name was, and the regulator had it erased. */
static char VIEW_ERASED[] = "已删除 erased";

char *view_text(struct arena *arena, struct span text)
{
    char *copy = text.len == 0 ? NULL : arena_text(arena, text);
    return copy == NULL ? VIEW_EMPTY : copy;
}

struct span view_pack(struct arena *arena, const ProtobufCMessage *message)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = arena_alloc(arena, len == 0 ? 1 : len);
    if (bytes == NULL)
        return (struct span){0};
    return span_of(bytes, protobuf_c_message_pack(message, bytes));
}

static ProtobufCBinaryData *view_hashes(struct arena *arena, const struct merkle_proof *proof)
{
    ProtobufCBinaryData *hashes = arena_alloc(arena, (proof->count + 1) * sizeof *hashes);
    uint8_t *bytes = arena_copy(arena, proof->hashes, proof->count * sizeof proof->hashes[0] + 1);
    for (uint32_t i = 0; hashes != NULL && bytes != NULL && i < proof->count; i++)
        hashes[i] =
            (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = bytes + (size_t)i * DIGEST_SIZE};
    return bytes == NULL ? NULL : hashes;
}

Custody__V1__InclusionProof *
view_inclusion(struct arena *arena, uint64_t entry, uint64_t size, const struct merkle_proof *proof)
{
    Custody__V1__InclusionProof *message = arena_alloc(arena, sizeof *message);
    ProtobufCBinaryData *hashes = view_hashes(arena, proof);
    if (message == NULL || hashes == NULL)
        return NULL;
    custody__v1__inclusion_proof__init(message);
    message->entry = entry;
    message->size = size;
    message->n_hashes = proof->count;
    message->hashes = hashes;
    return message;
}

Custody__V1__ConsistencyProof *view_consistency(struct arena *arena,
                                                uint64_t old_size,
                                                uint64_t new_size,
                                                const struct merkle_proof *proof)
{
    Custody__V1__ConsistencyProof *message = arena_alloc(arena, sizeof *message);
    ProtobufCBinaryData *hashes = view_hashes(arena, proof);
    if (message == NULL || hashes == NULL)
        return NULL;
    custody__v1__consistency_proof__init(message);
    message->old_size = old_size;
    message->new_size = new_size;
    message->n_hashes = proof->count;
    message->hashes = hashes;
    return message;
}

/* ---- names -------------------------------------------------------------------------------------- */

static char **view_cached(const struct view *view, uint32_t party, bool is_name)
{
    if (view->cache == NULL || party == 0)
        return NULL;
    unsigned at = party % VIEW_CACHED;
    if (view->cache->parties[at].number != party) {
        view->cache->parties[at].number = party;
        view->cache->parties[at].text = view->cache->parties[at].name = NULL;
    }
    return is_name ? &view->cache->parties[at].name : &view->cache->parties[at].text;
}

char *view_party(const struct view *view, uint32_t party)
{
    char **cached = view_cached(view, party, false);
    if (cached != NULL && *cached != NULL)
        return *cached;
    char *text = party == 0 ? VIEW_EMPTY
                            : view_text(view->arena, book_name(view->book, SUBJECT_PARTY, party));
    if (cached != NULL)
        *cached = text;
    return text;
}

static char *view_read_name(const struct view *view, uint32_t number)
{
    uint8_t name[VIEW_NAME_MAX];
    size_t len = 0;
    const struct party *party =
        number == 0 || view->annex == NULL ? NULL : book_party(view->book, number);
    const struct party_version *version = party == NULL ? NULL : party_at(party, view->now_us);
    if (version != NULL && annexed_is_erased(view->book, version->name.bytes))
        return VIEW_ERASED;
    if (version == NULL || digest_is_zero(&version->name) ||
        annex_get(view->annex, &version->name, name, sizeof name, &len) != CUSTODY_OK ||
        !bytes_is_printable(span_of(name, len)))
        return VIEW_EMPTY;
    return view_text(view->arena, span_of(name, len));
}

char *view_party_name(const struct view *view, uint32_t number)
{
    char **cached = view_cached(view, number, true);
    if (cached != NULL && *cached != NULL)
        return *cached;
    char *name = view_read_name(view, number);
    if (cached != NULL)
        *cached = name;
    return name;
}

static char *view_owned(const struct view *view, unsigned kind, uint32_t number)
{
    uint32_t owner;
    struct span code;
    struct span name = number == 0 ? span_text(NULL) : book_name(view->book, kind, number);
    if (name.len == 0 || !book_read_owned(name, &owner, &code))
        return VIEW_EMPTY;
    char *text = arena_format(view->arena, "%s/%.*s", view_party(view, owner), (int)code.len,
                              (const char *)code.data);
    return text == NULL ? VIEW_EMPTY : text;
}

char *view_place(const struct view *view, uint32_t place)
{
    return view_owned(view, SUBJECT_PLACE, place);
}

char *view_vehicle(const struct view *view, uint32_t vehicle)
{
    struct span name =
        vehicle == 0 ? span_text(NULL) : book_name(view->book, SUBJECT_VEHICLE, vehicle);
    return name.len < 2 ? VIEW_EMPTY : view_text(view->arena, span_of(name.data + 1, name.len - 1));
}

char *view_division_code(const struct view *view, uint32_t division)
{
    char *text = division == 0 ? NULL : arena_format(view->arena, "%06u", division);
    return text == NULL ? VIEW_EMPTY : text;
}

char *view_division(const struct view *view, uint32_t division)
{
    const struct region *region = book_region(view->book, division);
    const struct region_version *version = region == NULL ? NULL : region_at(region, view->now_us);
    return version == NULL ? VIEW_EMPTY : view_text(view->arena, span_text(version->name));
}

static char *view_hex(const struct view *view, struct span bytes)
{
    char *text = arena_alloc(view->arena, 2 * bytes.len + 1);
    if (text == NULL)
        return VIEW_EMPTY;
    bytes_write_hex(bytes, text);
    return text;
}

static char *view_manifest_number(const struct view *view, uint32_t number)
{
    const struct manifest *manifest = number == 0 ? NULL : book_manifest(view->book, number);
    return manifest == NULL ? VIEW_EMPTY : view_text(view->arena, span_text(manifest->number));
}

Custody__V1__ContainerName *view_container_name(const struct view *view, uint32_t container)
{
    Custody__V1__ContainerName *name = arena_alloc(view->arena, sizeof *name);
    if (name == NULL)
        return NULL;
    custody__v1__container_name__init(name);
    struct span text = book_name(view->book, SUBJECT_CONTAINER, container), code, manifest;
    uint32_t generator, line;
    if (book_read_owned(text, &generator, &code)) {
        name->generator = view_party(view, generator);
        name->name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
        name->code = view_text(view->arena, code);
    } else if (book_read_bulk(text, &generator, &manifest, &line)) {
        Custody__V1__BulkName *bulk = arena_alloc(view->arena, sizeof *bulk);
        if (bulk == NULL)
            return NULL;
        custody__v1__bulk_name__init(bulk);
        bulk->manifest =
            (ProtobufCBinaryData){.len = manifest.len, .data = (uint8_t *)manifest.data};
        bulk->line = line;
        name->generator = view_party(view, generator);
        name->name_case = CUSTODY__V1__CONTAINER_NAME__NAME_BULK;
        name->bulk = bulk;
    }
    return name;
}

/* Of the sums of a party or vehicle over a civil day, month or year. */
static char *view_period(const struct view *view, uint8_t kind, uint64_t number)
{
    uint32_t of, month, day;
    int32_t period, year;
    tally_split(number, &of, &period);
    const char *name = kind == SUBJECT_VEHICLE_DAY ? view_vehicle(view, of) : view_party(view, of);
    if (kind == SUBJECT_PARTY_YEAR)
        return arena_format(view->arena, "%s %04d", name, period);
    calendar_civil(kind == SUBJECT_PARTY_MONTH ? tally_month_start(period) : period, &year, &month,
                   &day);
    return kind == SUBJECT_PARTY_MONTH
               ? arena_format(view->arena, "%s %04d-%02u", name, year, month)
               : arena_format(view->arena, "%s %04d-%02u-%02u", name, year, month, day);
}

char *view_subject(const struct view *view, uint8_t kind, uint64_t number)
{
    char *text = NULL;
    switch (kind) {
    case SUBJECT_PARTY:
        return view_party(view, (uint32_t)number);
    case SUBJECT_CONTAINER: {
        const Custody__V1__ContainerName *name = view_container_name(view, (uint32_t)number);
        if (name != NULL && name->name_case == CUSTODY__V1__CONTAINER_NAME__NAME_CODE)
            text = arena_format(view->arena, "%s/%s", name->generator, name->code);
        else if (name != NULL && name->name_case == CUSTODY__V1__CONTAINER_NAME__NAME_BULK)
            text = arena_format(view->arena, "%s/bulk line %u", name->generator, name->bulk->line);
        break;
    }
    case SUBJECT_MANIFEST: {
        char *manifest_number = view_manifest_number(view, (uint32_t)number);
        if (manifest_number[0] != 0)
            return manifest_number;
        return view_hex(view, book_name(view->book, SUBJECT_MANIFEST, (uint32_t)number));
    }
    case SUBJECT_TRIP: {
        const struct trip *trip = book_trip(view->book, (uint32_t)number);
        struct span id = book_name(view->book, SUBJECT_TRIP, (uint32_t)number);
        const char *plate = trip == NULL ? "" : view_vehicle(view, trip_vehicle(trip));
        text = arena_format(view->arena, "%s%s%.16s", plate, plate[0] == 0 ? "" : " ",
                            view_hex(view, id));
        break;
    }
    case SUBJECT_BATCH:
        return view_owned(view, SUBJECT_BATCH, (uint32_t)number);
    case SUBJECT_BOX:
        return view_owned(view, SUBJECT_BOX, (uint32_t)number);
    case SUBJECT_PLACE:
        return view_place(view, (uint32_t)number);
    case SUBJECT_VEHICLE:
        return view_vehicle(view, (uint32_t)number);
    case SUBJECT_PARTY_DAY:
    case SUBJECT_PARTY_MONTH:
    case SUBJECT_PARTY_YEAR:
    case SUBJECT_VEHICLE_DAY:
        text = view_period(view, kind, number);
        break;
    case SUBJECT_DOCUMENT: {
        /* kind, owner, number: book_write_document */
        struct span name = book_name(view->book, SUBJECT_DOCUMENT, (uint32_t)number);
        if (name.len > 5)
            text =
                arena_format(view->arena, "%s/%.*s", view_party(view, bytes_get_u32(name.data + 1)),
                             (int)(name.len - 5), (const char *)name.data + 5);
        break;
    }
    case SUBJECT_BLOCK: {
        const struct block *block = book_block(view->book, (uint32_t)number);
        text = block == NULL ? NULL : arena_text(view->arena, span_text(block->first));
        break;
    }
    case SUBJECT_KEY:
        text = arena_format(view->arena, "%.16s",
                            view_hex(view, book_name(view->book, SUBJECT_KEY, (uint32_t)number)));
        break;
    case SUBJECT_DECLARATION: {
        uint32_t party, period;
        int32_t year;
        char period_text[DECLARATION_TEXT_MAX];
        declaration_read_number(number, &party, &year, &period);
        declaration_write_period(year, period, period_text);
        text = arena_format(view->arena, "%s/%s", view_party(view, party), period_text);
        break;
    }
    default:
        break;
    }
    return text == NULL ? VIEW_EMPTY : text;
}

/* ---- findings and obligations ------------------------------------------------------------------- */

/* By which people name it: the start of the digest of its name (casefile.h). */
static char *view_id(const struct view *view, const struct work *row, const char *subject)
{
    struct digest digest;
    char id[CASEFILE_ID_DIGITS + 1];
    if (!docket_name_with(view->book, row, subject, &digest))
        return VIEW_EMPTY;
    casefile_write_id(&digest, id);
    return view_text(view->arena, span_text(id));
}

Custody__V1__Finding *view_finding(const struct view *view, const struct work *row)
{
    const struct rule_row *rule = rule_find(row->rule);
    Custody__V1__Finding *finding = arena_alloc(view->arena, sizeof *finding);
    uint64_t *entries = arena_copy(view->arena, row->entries, sizeof row->entries);
    if (finding == NULL || entries == NULL || rule == NULL)
        return NULL;
    custody__v1__finding__init(finding);
    finding->rule = row->rule;
    finding->rule_name = (char *)rule->name;
    finding->weight = (Custody__V1__Weight)rule->weight;
    finding->article = (char *)rule->article;
    finding->sentence_zh = (char *)rule->zh;
    finding->sentence_en = (char *)rule->en;
    finding->subject = view_subject(view, row->subject_kind, row->subject);
    finding->since = row->due_us;
    finding->n_entries = row->entry_count;
    finding->entries = entries;
    finding->state = CUSTODY__V1__FINDING_STATE__FINDING_OPEN;
    finding->division = view_division_code(view, row->division);
    finding->party = view_party(view, row->party);
    finding->party_name = view_party_name(view, row->party);
    finding->id = view_id(view, row, finding->subject);
    return finding;
}

/* An obligation whose time is over is a finding for whoever reads: the rule is broken since it was due. */
Custody__V1__Obligation *view_obligation(const struct view *view, const struct work *row)
{
    const struct rule_row *rule = rule_find(row->rule);
    const struct rule_duty *duty = rule_find_duty(row->rule);
    Custody__V1__Obligation *obligation = arena_alloc(view->arena, sizeof *obligation);
    if (obligation == NULL || rule == NULL)
        return NULL;
    custody__v1__obligation__init(obligation);
    obligation->rule = row->rule;
    obligation->rule_name = (char *)rule->name;
    obligation->article = (char *)rule->article;
    obligation->sentence_zh = (char *)(duty == NULL ? rule->zh : duty->zh);
    obligation->sentence_en = (char *)(duty == NULL ? rule->en : duty->en);
    obligation->subject = view_subject(view, row->subject_kind, row->subject);
    obligation->debtor = view_party(view, row->party);
    obligation->debtor_name = view_party_name(view, row->party);
    obligation->due = row->due_us;
    obligation->notice_at = row->notice_us;
    obligation->overdue = view->now_us > row->due_us;
    obligation->division = view_division_code(view, row->division);
    obligation->provisional = row->is_provisional;
    obligation->id = view_id(view, row, obligation->subject);
    return obligation;
}

size_t view_findings(struct book *book,
                     struct arena *arena,
                     const struct work_set *set,
                     Custody__V1__Finding ***ret)
{
    const struct view view = {.book = book, .arena = arena};
    size_t count = 0;
    Custody__V1__Finding **findings = arena_alloc(arena, (set->count + 1) * sizeof(void *));
    for (uint32_t i = 0; findings != NULL && i < set->count; i++) {
        Custody__V1__Finding *finding =
            set->rows[i].kind == WORK_FINDING ? view_finding(&view, &set->rows[i]) : NULL;
        if (finding != NULL)
            findings[count++] = finding;
    }
    *ret = findings;
    return count;
}

static void view_work(const struct view *view,
                      const struct work_set *set,
                      size_t *ret_findings,
                      Custody__V1__Finding ***ret_finding,
                      size_t *ret_obligations,
                      Custody__V1__Obligation ***ret_obligation)
{
    *ret_findings = view_findings(view->book, view->arena, set, ret_finding);
    Custody__V1__Obligation **obligations =
        arena_alloc(view->arena, (set->count + 1) * sizeof(void *));
    size_t count = 0;
    for (uint32_t i = 0; obligations != NULL && i < set->count; i++) {
        Custody__V1__Obligation *obligation =
            set->rows[i].kind == WORK_OBLIGATION ? view_obligation(view, &set->rows[i]) : NULL;
        if (obligation != NULL)
            obligations[count++] = obligation;
    }
    *ret_obligation = obligations;
    *ret_obligations = count;
}

/* ---- manifests and batches ---------------------------------------------------------------------- */

static Custody__V1__ManifestLine **view_lines(const struct view *view,
                                              const struct manifest *manifest)
{
    Custody__V1__ManifestLine **lines =
        arena_alloc(view->arena, (manifest->line_count + 1) * sizeof(void *));
    for (uint32_t i = 0; lines != NULL && i < manifest->line_count; i++) {
        lines[i] = arena_alloc(view->arena, sizeof **lines);
        if (lines[i] == NULL)
            return NULL;
        custody__v1__manifest_line__init(lines[i]);
        lines[i]->waste_code =
            view_text(view->arena, book_name(view->book, SUBJECT_CODE, manifest->lines[i].code));
        lines[i]->planned_mass_g = manifest->lines[i].planned_g;
        lines[i]->planned_pieces = manifest->lines[i].planned_pieces;
        lines[i]->form = (Custody__V1__PhysicalForm)manifest->lines[i].form;
        lines[i]->package = (Custody__V1__PackageKind)manifest->lines[i].package;
    }
    return lines;
}

static uint64_t at_least_zero(int64_t value)
{
    return value < 0 ? 0 : (uint64_t)value;
}

Custody__V1__ManifestView *view_manifest(const struct view *view, uint32_t number)
{
    const struct manifest *manifest = book_manifest(view->book, number);
    Custody__V1__ManifestView *message = arena_alloc(view->arena, sizeof *message);
    struct work_set work;
    if (manifest == NULL || message == NULL)
        return NULL;
    work.count = work.dropped = 0;
    custody__v1__manifest_view__init(message);
    struct span id = book_name(view->book, SUBJECT_MANIFEST, number);
    uint32_t holder = manifest_holder(manifest);
    message->manifest = (ProtobufCBinaryData){.len = id.len, .data = (uint8_t *)id.data};
    message->number = view_manifest_number(view, number);
    message->state = (char *)manifest_state_name(manifest_state_of(manifest));
    message->generator = view_party(view, manifest->generator);
    message->generator_name = view_party_name(view, manifest->generator);
    message->receiver = view_party(view, manifest->receiver);
    message->receiver_name = view_party_name(view, manifest->receiver);
    message->lines = view_lines(view, manifest);
    message->n_lines = message->lines == NULL ? 0 : manifest->line_count;
    message->loaded = (uint32_t)at_least_zero(manifest->sums.loaded);
    message->in_transit = (uint32_t)at_least_zero(manifest->sums.in_transit);
    message->received = (uint32_t)at_least_zero(manifest->sums.received);
    message->rejected = (uint32_t)at_least_zero(manifest->sums.rejected);
    message->missing = (uint32_t)at_least_zero(manifest->sums.missing);
    message->fed = (uint32_t)at_least_zero(manifest->sums.fed);
    message->loaded_g = at_least_zero(manifest->sums.loaded_g);
    message->received_g = at_least_zero(manifest->sums.received_g);
    message->issued_at = manifest->issued_us;
    message->loaded_at = manifest_loaded_us(manifest);
    message->delivered_at = manifest_delivered_us(manifest);
    message->confirmed_at = manifest_confirmed_us(manifest);
    message->holder = view_party(view, holder);
    message->holder_name = view_party_name(view, holder);
    message->division = view_division_code(view, manifest->division);
    message->entry = manifest->entry;
    message->vehicle = view_vehicle(view, manifest->vehicle);
    manifest_work(manifest, number, book_law(view->book), &work);
    view_work(view, &work, &message->n_findings, &message->findings, &message->n_obligations,
              &message->obligations);
    return message;
}

Custody__V1__BatchView *view_batch(const struct view *view, uint32_t number)
{
    const struct batch *batch = book_batch(view->book, number);
    Custody__V1__BatchView *message = arena_alloc(view->arena, sizeof *message);
    if (batch == NULL || message == NULL)
        return NULL;
    custody__v1__batch_view__init(message);
    uint32_t owner;
    struct span code;
    if (book_read_owned(book_name(view->book, SUBJECT_BATCH, number), &owner, &code)) {
        message->facility = view_party(view, owner);
        message->facility_name = view_party_name(view, owner);
        message->code = view_text(view->arena, code);
    }
    message->fed = (uint32_t)at_least_zero(batch->sums.fed);
    message->fed_g = at_least_zero(batch->sums.fed_g);
    message->additives_g = batch->additives_g;
    message->yielded_g = batch->yielded_g;
    message->method = view_text(
        view->arena,
        batch->method != 0 ? book_name(view->book, SUBJECT_TEXT, batch->method) : (struct span){0});
    message->finished = batch->finishes > 0;
    message->outputs = arena_alloc(view->arena, (batch->outputs + 1) * sizeof(void *));
    for (uint32_t i = 0; message->outputs != NULL && i < batch->outputs; i++) {
        uint32_t output = (uint32_t)book_member(view->book, SUBJECT_BATCH, number, i);
        Custody__V1__ContainerName *name = output == 0 ? NULL : view_container_name(view, output);
        if (name != NULL)
            message->outputs[message->n_outputs++] = name;
    }
    return message;
}

/* ---- one container ------------------------------------------------------------------------------ */

/* What took effect and is disputed, or is a correction that came late, says so. */
static const char *effect_name(const struct container_step *step)
{
    switch (step->effect) {
    case EFFECT_APPLIED:
        if (step->is_disputed)
            return "disputed";
        return step->is_correction ? "corrected" : "applied";
    case EFFECT_CONTESTED:
        return "contested";
    case EFFECT_NO_CHANGE:
        return "no_change";
    case EFFECT_HELD:
        return "held";
    case EFFECT_SUPERSEDED:
        return "superseded";
    case EFFECT_WITHDRAWN:
        return "withdrawn";
    case EFFECT_AWAITED:
        return "awaited";
    case EFFECT_OTHER:
        break;
    }
    return "other";
}

static Custody__V1__TraceStep *view_step(const struct view *view, const struct container_step *step)
{
    const struct fact *fact = step->fact;
    Custody__V1__TraceStep *message = arena_alloc(view->arena, sizeof *message);
    if (message == NULL)
        return NULL;
    custody__v1__trace_step__init(message);
    struct span key = book_name(view->book, SUBJECT_KEY, fact->key);
    const struct trip *trip = fact->trip == 0 ? NULL : book_trip(view->book, fact->trip);
    message->entry = fact->entry;
    message->act = (Custody__V1__Act)fact->act;
    message->act_name = (char *)body_act_name(fact->act);
    message->claimed_at = fact->claimed_us;
    message->effective_at = fact->effective_us;
    message->recorded_at = fact->recorded_us;
    message->party = view_party(view, fact->party);
    message->party_name = view_party_name(view, fact->party);
    message->key = (ProtobufCBinaryData){.len = key.len, .data = (uint8_t *)key.data};
    message->effect = (char *)effect_name(step);
    message->state = (char *)transition_state_name(step->state);
    message->mass_g = fact->mass_g == FACT_NO_MASS ? 0 : fact->mass_g;
    message->place = view_place(view, fact->place);
    message->vehicle = trip == NULL ? VIEW_EMPTY : view_vehicle(view, trip_vehicle(trip));
    message->manifest_number = view_manifest_number(view, fact->manifest);
    message->batch = view_owned(view, SUBJECT_BATCH, fact->batch);
    message->box = view_owned(view, SUBJECT_BOX, fact->box);
    message->verdict = (Custody__V1__Verdict)fact->verdict;
    message->countersigned_by =
        arena_alloc(view->arena, (fact->countersigner_count + 1) * sizeof(char *));
    for (uint32_t i = 0; message->countersigned_by != NULL && i < fact->countersigner_count; i++)
        message->countersigned_by[message->n_countersigned_by++] =
            view_party(view, fact->countersigners[i]);
    return message;
}

struct view_folded {
    struct container container;
    struct volume_bounds bounds;
    struct gathered_facts gathered;
    struct container_history history;
};

/* Of the volume that was read into it. */
static bool view_fold(const struct view *view, uint32_t number, struct view_folded *folded)
{
    if (!gather_facts(view->book, number, &folded->container, &folded->gathered))
        return false;
    container_fold(&folded->gathered.context, folded->gathered.facts, folded->gathered.fact_count,
                   &folded->history);
    return true;
}

static void view_labels(const struct view *view,
                        const struct container_history *history,
                        Custody__V1__ContainerTrace *message)
{
    uint32_t owner;
    struct span code;
    message->labels = arena_alloc(view->arena, CONTAINER_LABELS_MAX * sizeof(char *));
    for (uint32_t i = 0; message->labels != NULL && i < history->step_count; i++) {
        const struct container_step *step = &history->steps[i];
        if (step->effect == EFFECT_APPLIED && step->fact->act == CUSTODY__V1__ACT__ACT_RELABEL &&
            message->n_labels < CONTAINER_LABELS_MAX &&
            book_read_owned(book_name(view->book, SUBJECT_CONTAINER, step->fact->other), &owner,
                            &code))
            message->labels[message->n_labels++] = view_text(view->arena, code);
    }
}

static void view_fill(const struct view *view,
                      const struct container_fill *fill,
                      Custody__V1__ContainerTrace *message)
{
    message->waste_code = view_text(view->arena, book_name(view->book, SUBJECT_CODE, fill->code));
    message->state = (char *)transition_state_name(fill->state);
    message->holder = view_party(view, fill->holder);
    message->holder_name = view_party_name(view, fill->holder);
    message->mass_g = fill->mass_g == FACT_NO_MASS ? 0 : fill->mass_g;
    message->born_at = fill->born_us;
    message->package = (Custody__V1__PackageKind)fill->package;
    if (fill->ward != 0)
        message->ward = view_text(view->arena, book_name(view->book, SUBJECT_TEXT, fill->ward));
    if (fill->temperature_mk != 0) {
        message->temperature_case = CUSTODY__V1__CONTAINER_TRACE__TEMPERATURE_TEMPERATURE_MC;
        message->temperature_mc = (int32_t)fill->temperature_mk - FACT_ZERO_CELSIUS_MK;
    }
    message->box = view_owned(view, SUBJECT_BOX, fill->box);
    message->manifest_number = view_manifest_number(view, fill->manifest);
}

/* Steps and open work of a volume, before those of the volumes after it. False when there is no room. */
static bool view_volume(const struct view *view,
                        const struct container_history *history,
                        struct work_set *work,
                        Custody__V1__ContainerTrace *message)
{
    Custody__V1__TraceStep *steps[VIEW_STEPS_MAX];
    uint32_t count = history->step_count;
    if (message->n_steps + count > VIEW_STEPS_MAX ||
        work->count + history->work.count > WORK_SET_MAX)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        steps[i] = view_step(view, &history->steps[i]);
        if (steps[i] == NULL)
            return false;
    }
    memmove(message->steps + count, message->steps, message->n_steps * sizeof message->steps[0]);
    memcpy(message->steps, steps, count * sizeof steps[0]);
    message->n_steps += count;
    memmove(work->rows + history->work.count, work->rows, work->count * sizeof work->rows[0]);
    memcpy(work->rows, history->work.rows, history->work.count * sizeof work->rows[0]);
    work->count += history->work.count;
    return true;
}

/* The volume that is in `folded`, and those before it that there is room for; with `is_alone` it alone. */
static void view_volumes(const struct view *view,
                         uint32_t number,
                         bool is_alone,
                         struct view_folded *folded,
                         Custody__V1__ContainerTrace *message)
{
    struct work_set work;
    work.count = work.dropped = 0;
    message->steps = arena_alloc(view->arena, VIEW_STEPS_MAX * sizeof(void *));
    if (message->steps == NULL)
        return;
    for (unsigned i = 0; view_fold(view, number, folded); i++) {
        const struct container_history *history = &folded->history;
        if (i == 0) {
            view_fill(view, &history->fills[history->fill_count - 1], message);
            view_labels(view, history, message);
        }
        if ((i > 0 && message->n_steps + history->step_count > VIEW_STEPS_ENOUGH) ||
            !view_volume(view, history, &work, message))
            break;
        message->not_kept += folded->gathered.not_kept;
        message->earlier_at = folded->bounds.has_start ? folded->bounds.start.effective_us - 1 : 0;
        struct fact start = folded->bounds.start;
        if (is_alone || !folded->bounds.has_start ||
            !volumes_read_before(view->book, number, &start, &folded->container, &folded->bounds))
            break;
    }
    view_work(view, &work, &message->n_findings, &message->findings, &message->n_obligations,
              &message->obligations);
}

/* Its name, and its volume at that place in `*ret`; NULL when there is none. */
static Custody__V1__ContainerTrace *view_open_container(const struct view *view,
                                                        uint32_t number,
                                                        const struct fact *at,
                                                        struct view_folded *ret)
{
    const struct fact newest = volumes_newest();
    Custody__V1__ContainerTrace *message = arena_alloc(view->arena, sizeof *message);
    if (message == NULL ||
        !volumes_read(view->book, number, at == NULL ? &newest : at, &ret->container, &ret->bounds))
        return NULL;
    custody__v1__container_trace__init(message);
    message->name = view_container_name(view, number);
    message->generator_name = view_party_name(view, ret->container.generator);
    message->state = (char *)transition_state_name(CONTAINER_NONE);
    return message;
}

Custody__V1__ContainerTrace *
view_container(const struct view *view, uint32_t number, const struct fact *at)
{
    struct view_folded folded;
    Custody__V1__ContainerTrace *message = view_open_container(view, number, at, &folded);
    if (message != NULL)
        view_volumes(view, number, at != NULL, &folded, message);
    return message;
}

Custody__V1__ContainerTrace *
view_container_state(const struct view *view, uint32_t number, const struct fact *at)
{
    struct view_folded folded;
    Custody__V1__ContainerTrace *message = view_open_container(view, number, at, &folded);
    if (message != NULL && view_fold(view, number, &folded))
        view_fill(view, &folded.history.fills[folded.history.fill_count - 1], message);
    return message;
}
