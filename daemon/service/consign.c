/* consign.c: what statements say of a manifest as a whole.
 * Never decides an outcome. */
#include "daemon/service/consign.h"

#include <string.h>

#include "proto/body.h"
#include "proto/entry.h"
#include "daemon/domain/division.h"
#include "daemon/service/act.h"
#include "daemon/service/enact.h"
#include "daemon/service/registry.h"
#include "daemon/service/retell.h"
#include "daemon/service/treated.h"

/* Of one trip so many manifests follow it: each is a record that one statement changes. A trip is one vehicle's. */
enum { CONSIGN_CLAIMANTS_MAX = 16, CONSIGN_CARRIED_MAX = 512, CONSIGN_TRIPS_MAX = 16 };

uint32_t consign_text(struct apply *apply, const char *text)
{
    return text == NULL || text[0] == 0 ? 0 : book_give(apply->book, SUBJECT_TEXT, span_text(text));
}

/* Records as this statement has them so far, or as they stand; NULL when the book failed. */
static const struct trip *find_trip(struct apply *apply, uint32_t number)
{
    for (struct settle_sums *at = apply->summed; at != NULL; at = at->next)
        if (at->kind->record == SUBJECT_TRIP && at->number == number)
            return at->record;
    return number == 0 ? NULL : book_trip(apply->book, number);
}

static const struct manifest *find_manifest(struct apply *apply, uint32_t number)
{
    for (struct settle_sums *at = apply->summed; at != NULL; at = at->next)
        if (at->kind->record == SUBJECT_MANIFEST && at->number == number)
            return at->record;
    return number == 0 ? NULL : book_manifest(apply->book, number);
}

/* ---- numbers ------------------------------------------------------------------------------------ */

/* The text of its national number: bound by a statement, or drawn from a range that the regulator entered. */
static uint32_t national_of(struct apply *apply, const struct manifest *manifest)
{
    const struct fact *said = manifest_find_number(manifest, 0);
    if (said != NULL)
        return said->code;
    if (!manifest_is_in_force(manifest) || manifest->number[0] < '0' || manifest->number[0] > '9')
        return 0;
    return book_find(apply->book, SUBJECT_TEXT, span_text(manifest->number));
}

static uint32_t claimant_count(struct apply *apply, uint32_t text)
{
    struct span record = book_record(apply->book, SUBJECT_TEXT, text);
    return record.len == 4 ? bytes_get_u32(record.data) : 0;
}

/* Whoever was given this number too comes out anew with this statement. */
static void touch_claimants(struct apply *apply, uint32_t text)
{
    uint32_t count = text == 0 ? 0 : claimant_count(apply, text);
    for (uint32_t i = 0; i < count && settle_is_well(apply); i++)
        settle_manifest(apply, (uint32_t)book_member(apply->book, BOOK_MEMBERS_NUMBERED, text, i));
}

/* The manifest was given that number, rightly or not. */
static void claim(struct apply *apply, uint32_t text, uint32_t manifest)
{
    uint32_t count = text == 0 ? CONSIGN_CLAIMANTS_MAX : claimant_count(apply, text);
    for (uint32_t i = 0; i < count; i++)
        if (text == 0 || book_member(apply->book, BOOK_MEMBERS_NUMBERED, text, i) == manifest)
            return;
    if (count == CONSIGN_CLAIMANTS_MAX)
        return;
    uint8_t bytes[4];
    bytes_put_u32(bytes, count + 1);
    book_put_member(apply->book, BOOK_MEMBERS_NUMBERED, text, count, manifest);
    book_put_record(apply->book, SUBJECT_TEXT, text, span_of(bytes, sizeof bytes));
}

static bool is_shared(struct apply *apply, uint32_t text, uint32_t own)
{
    uint32_t count = text == 0 ? 0 : claimant_count(apply, text);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = (uint32_t)book_member(apply->book, BOOK_MEMBERS_NUMBERED, text, i);
        const struct manifest *manifest = other == own ? NULL : find_manifest(apply, other);
        if (manifest != NULL && national_of(apply, manifest) == text)
            return true;
    }
    return false;
}

/* A manifest is found by whatever number it was given; of two with the same the first one. */
static void
keep_number(struct apply *apply, uint32_t text, uint32_t own, char ret[static MANIFEST_NUMBER_TEXT])
{
    struct span number = text != 0 ? book_name(apply->book, SUBJECT_TEXT, text) : (struct span){0};
    memset(ret, 0, MANIFEST_NUMBER_TEXT);
    if (number.len == 0 || number.len >= MANIFEST_NUMBER_TEXT)
        return;
    memcpy(ret, number.data, number.len);
    if (book_find(apply->book, BOOK_NAME_NUMBER, number) == 0)
        book_bind(apply->book, BOOK_NAME_NUMBER, number, own);
}

void consign_number(struct apply *apply, const Custody__V1__NumberBody *body)
{
    struct fact fact = apply->base;
    fact.manifest = act_statement_number(apply, SUBJECT_MANIFEST, body->manifest);
    uint32_t national = consign_text(apply, body->national_number);
    touch_claimants(apply, national);
    if (settle_manifest(apply, fact.manifest) == NULL)
        return;
    fact.verdict = (uint8_t)body->state;
    fact.code = national;
    consign_whole(apply, fact.manifest, &fact);
    if (national != 0)
        claim(apply, national, fact.manifest);
    fact.item = 1;
    fact.verdict = 0;
    fact.code = consign_text(apply, body->provincial_number);
    if (fact.code != 0)
        consign_whole(apply, fact.manifest, &fact);
}

/* ---- what follows from other records ------------------------------------------------------------- */

/* Another vehicle of the same carrier, or a carrier that signed: until then it travels on as it did (container.h). */
static bool is_taken_over(const struct trip *trip, const struct fact *fact)
{
    uint32_t taker = 0;
    if (trip != NULL && trip_has_departed(trip))
        taker = trip->depart.party;
    else if (fact->kind == CUSTODY__V1__TRANSFER_KIND__TRANSFER_VEHICLE)
        taker = fact->party;
    return taker != 0 && (taker == fact->party || fact_is_countersigned_by(fact, taker));
}

/* Along its trips: what was said of a whole trip is said of a manifest that was on it then. */
static void settle_way(struct apply *apply, struct manifest *manifest)
{
    uint32_t at = 0;
    manifest->vehicle = 0;
    manifest->carrier = 0;
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        struct fact *fact = &manifest->facts.all[i];
        if (!manifest_is_taking_over(fact))
            continue;
        const struct trip *trip = find_trip(apply, fact->trip);
        fact->bits &= ~(uint32_t)FACT_ASIDE;
        if ((fact->bits & FACT_OF_GROUP) != 0 &&
            (fact->from_trip != at || !is_taken_over(trip, fact)))
            fact->bits |= FACT_ASIDE;
        if (!manifest_fact_counts(manifest, fact))
            continue;
        bool is_departed = trip != NULL && trip_has_departed(trip);
        manifest->carrier = is_departed ? trip->depart.party : fact->party;
        if (is_departed && trip->vehicle != 0)
            manifest->vehicle = trip->vehicle;
        if (fact->trip != 0)
            at = fact->trip;
    }
}

void consign_settle(struct apply *apply, const void *record, const void *before, uint64_t number)
{
    (void)record;
    (void)before;
    uint32_t own = (uint32_t)number;
    struct manifest *manifest = settle_manifest(apply, own);
    if (manifest == NULL)
        return;
    manifest_settle(manifest, book_law(apply->book));
    settle_way(apply, manifest);
    uint32_t national = national_of(apply, manifest);
    const struct fact *provincial = manifest_find_number(manifest, 1);
    keep_number(apply, national, own, manifest->national);
    keep_number(apply, provincial == NULL ? 0 : provincial->code, own, manifest->provincial);
    manifest->is_number_shared = is_shared(apply, national, own);
}

void consign_trip_settled(struct apply *apply,
                          const void *record,
                          const void *before,
                          uint64_t number)
{
    const struct trip *trip = record, *was = before;
    bool is_changed = trip->vehicle != was->vehicle || trip->is_known != was->is_known ||
                      trip->depart.bits != was->depart.bits;
    for (uint32_t i = 0; i < trip->manifests && is_changed; i++)
        settle_manifest(apply, (uint32_t)book_member(apply->book, BOOK_MEMBERS_CARRIED, number, i));
}

/* The newest yield that counts and names one says how the batch was treated. */
static uint32_t method_of(const struct batch *batch)
{
    uint32_t method = 0;
    for (uint32_t i = 0; i < batch->facts.count; i++) {
        const struct fact *fact = &batch->facts.all[i];
        if (fact->act == CUSTODY__V1__ACT__ACT_YIELD && fact->code != 0 && fact_stands(fact))
            method = fact->code;
    }
    return method;
}

void consign_batch_settled(struct apply *apply,
                           const void *record,
                           const void *before,
                           uint64_t number)
{
    (void)record;
    const struct batch *was = before;
    struct batch *batch = settle_batch(apply, (uint32_t)number);
    if (batch == NULL)
        return;
    batch->method = method_of(batch);
    if (batch->method != was->method)
        treated_method(apply, batch, (uint32_t)number);
}

/* ---- facts about the whole ------------------------------------------------------------------------ */

/* The trip knows its manifests, so that a depart that arrives later tells them their vehicle, and what is said of the whole
 * trip reaches them. */
static void
note_carried(struct apply *apply, const struct manifest *manifest, const struct fact *fact)
{
    struct trip *trip = settle_trip(apply, fact->trip);
    for (uint32_t i = 0; i < manifest->facts.count && trip != NULL; i++)
        if (manifest->facts.all[i].trip == fact->trip &&
            !fact_is_same(&manifest->facts.all[i], fact))
            return;
    if (trip != NULL && trip->manifests < CONSIGN_CARRIED_MAX)
        book_put_member(apply->book, BOOK_MEMBERS_CARRIED, fact->trip, trip->manifests++,
                        fact->manifest);
}

static struct fact of_manifest(const struct fact *fact, uint32_t number)
{
    struct fact of = *fact;
    of.manifest = number;
    of.bits |= FACT_OF_GROUP;
    return of;
}

/* What had been said of the whole trip before the manifest was known to be on it; and of the trips that it led to. */
static void follow(struct apply *apply, struct manifest *manifest, const struct fact *taken)
{
    uint32_t trips[CONSIGN_TRIPS_MAX] = {taken->trip}, count = 1;
    for (uint32_t at = 0; at < count && settle_is_well(apply); at++) {
        if (book_record(apply->book, SUBJECT_RIDE, trips[at]).data == NULL)
            continue;
        const struct book_box_day *ride = gather_look_ride(apply->book, trips[at]);
        for (uint32_t i = 0; ride != NULL && i < ride->facts.count; i++) {
            const struct fact fact = of_manifest(&ride->facts.all[i], taken->manifest);
            if (!facts_add(&manifest->facts, &fact) || !manifest_is_taking_over(&fact) ||
                fact.trip == 0 || count == CONSIGN_TRIPS_MAX)
                continue;
            note_carried(apply, manifest, &fact);
            trips[count++] = fact.trip;
        }
    }
}

void consign_trip(struct apply *apply, const struct fact *fact)
{
    const struct trip *trip = find_trip(apply, fact->from_trip);
    uint32_t count = trip == NULL ? 0 : trip->manifests;
    for (uint32_t i = 0; i < count && settle_is_well(apply); i++) {
        uint32_t number =
            (uint32_t)book_member(apply->book, BOOK_MEMBERS_CARRIED, fact->from_trip, i);
        const struct fact of = of_manifest(fact, number);
        if (number != fact->manifest)
            consign_whole(apply, number, &of);
    }
}

void consign_whole(struct apply *apply, uint32_t number, const struct fact *fact)
{
    struct manifest *manifest = settle_manifest(apply, number);
    if (manifest == NULL || !settle_into_whole(apply, &manifest->facts, fact))
        return;
    if (!manifest_is_taking_over(fact) || fact->trip == 0 || apply->is_countersigning)
        return;
    note_carried(apply, manifest, fact);
    follow(apply, manifest, fact);
}

/* Art. 18: name, quantity, characteristic: the office ticked the difference, did not accept, or names another code. What the
 * manifest planned may arrive later. */
static bool differs(struct apply *apply,
                    const struct manifest *manifest,
                    const Custody__V1__ConfirmReceiptBody *body)
{
    for (size_t i = 0; i < body->n_lines; i++) {
        const Custody__V1__ConfirmedLine *line = body->lines[i];
        if (line->material_difference || line->verdict == CUSTODY__V1__VERDICT__VERDICT_REJECTED ||
            line->verdict == CUSTODY__V1__VERDICT__VERDICT_MISSING)
            return true;
        if (!manifest->is_known)
            continue;
        if (line->line < 1 || line->line > manifest->line_count)
            return true;
        if (line->waste_code[0] != 0 &&
            book_find(apply->book, SUBJECT_CODE, span_text(line->waste_code)) !=
                manifest->lines[line->line - 1].code)
            return true;
    }
    return false;
}

void consign_confirm_receipt(struct apply *apply, const Custody__V1__ConfirmReceiptBody *body)
{
    struct fact fact = apply->base;
    fact.manifest = act_statement_number(apply, SUBJECT_MANIFEST, body->manifest);
    const struct manifest *manifest = settle_manifest(apply, fact.manifest);
    if (manifest == NULL)
        return;
    uint64_t accepted_g = 0;
    for (size_t i = 0; i < body->n_lines; i++)
        if (__builtin_add_overflow(accepted_g, body->lines[i]->accepted_mass_g, &accepted_g))
            accepted_g = FACT_NO_MASS - 1;
    act_mass(&fact, accepted_g, 0);
    fact.code = consign_text(apply, body->method);
    if (differs(apply, manifest, body))
        fact.bits |= FACT_DIFFERENCE;
    consign_whole(apply, fact.manifest, &fact);
}

/* A confirmation that was here before the plan is compared with it now. */
static void
compare_again(struct apply *apply, const struct manifest *manifest, struct fact *confirm)
{
    struct book *book = apply->book;
    struct span bytes = {0};
    struct entry entry;
    struct statement statement;
    const char *field = NULL;
    if (!book_read_entry(book, confirm->entry, &bytes) || !entry_parse(bytes, &entry) ||
        statement_parse(entry.statement, &statement, &field) != STATEMENT_OK) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return;
    }
    const Custody__V1__ConfirmReceiptBody *body =
        (const Custody__V1__ConfirmReceiptBody *)body_unpack(
            &custody__v1__confirm_receipt_body__descriptor, statement.body,
            arena_protobuf(book_arena(book)));
    if (body == NULL)
        book_fail(book, CUSTODY_ERR_MEMORY);
    else if (differs(apply, manifest, body))
        confirm->bits |= FACT_DIFFERENCE;
}

/* ---- the plan -------------------------------------------------------------------------------------- */

static void
consign_legs(struct apply *apply, struct manifest *manifest, const Custody__V1__ManifestPlan *plan)
{
    for (size_t i = 0; i < plan->n_legs && manifest->leg_count < MANIFEST_LEGS_MAX; i++) {
        const Custody__V1__ManifestLeg *leg = plan->legs[i];
        uint8_t name[BOOK_NAME_MAX];
        size_t len = leg->vehicle == NULL || leg->vehicle->plate[0] == 0
                         ? 0
                         : book_write_vehicle((uint32_t)leg->vehicle->colour,
                                              span_text(leg->vehicle->plate), name);
        manifest->carriers[manifest->leg_count] = act_party_number(apply, leg->carrier);
        manifest->legs[manifest->leg_count++] = (struct manifest_leg){
            .vehicle = len == 0 ? 0 : book_give(apply->book, SUBJECT_VEHICLE, span_of(name, len)),
            .from_division = division_parse(span_text(leg->from_division)),
            .to_division = division_parse(span_text(leg->to_division)),
            .mode = (uint8_t)leg->mode,
        };
    }
}

static void
consign_plan(struct apply *apply, struct manifest *manifest, const Custody__V1__ManifestPlan *plan)
{
    manifest->type = (uint8_t)plan->type;
    manifest->generator = act_party_number(apply, plan->generator);
    manifest->receiver = act_party_number(apply, plan->receiver);
    manifest->division =
        settle_division(apply->book, manifest->generator, apply->base.effective_us);
    manifest->parent = act_statement_number(apply, SUBJECT_MANIFEST, plan->parent);
    manifest->receiver_division =
        settle_division(apply->book, manifest->receiver, apply->base.effective_us);
    manifest->completed_us = plan->completed_at;
    manifest->method = consign_text(apply, plan->method);
    manifest->plan = consign_text(apply, plan->plan);
    manifest->approval = consign_text(apply, plan->approval);
    consign_legs(apply, manifest, plan);
    for (size_t i = 0; i < plan->n_lines && manifest->line_count < MANIFEST_LINES_MAX; i++) {
        const Custody__V1__ManifestLine *line = plan->lines[i];
        struct fact judged = {.effective_us = apply->base.effective_us};
        act_code(apply, manifest->generator, line->waste_code, &judged);
        manifest->bits = (uint16_t)(manifest->bits | judged.bits);
        if (i == 0)
            manifest->profile = judged.profile;
        manifest->lines[manifest->line_count++] = (struct manifest_line){
            .code = judged.code,
            .planned_g = line->planned_mass_g,
            .planned_pieces = line->planned_pieces,
            .form = (uint8_t)line->form,
            .package = (uint8_t)line->package,
        };
    }
}

/* The edge both ways: the child names its parent, the parent's members are its children. */
static void note_child(struct apply *apply, uint32_t parent_number, uint32_t child)
{
    struct manifest *parent = settle_manifest(apply, parent_number);
    if (parent != NULL)
        book_put_member(apply->book, BOOK_MEMBERS_CHILDREN, parent_number, parent->children++,
                        child);
}

/* Its parties may have signed what was held and named it before it was known. */
static void review_held(struct apply *apply, const struct manifest *manifest)
{
    for (uint32_t i = 0; i < manifest->facts.count && settle_is_well(apply); i++) {
        const struct fact *fact = &manifest->facts.all[i];
        if (!fact_counts(fact) && fact->countersigner_count > 0)
            retell_review(apply, fact->entry);
    }
}

/* A manifest's own statement: asked for (granted or refused) or drawn. */
void consign_new(struct apply *apply,
                 const Custody__V1__ManifestPlan *plan,
                 struct span number,
                 const struct permission_rules *broken)
{
    const struct apply_entry *entry = apply->entry;
    uint32_t own =
        book_give(apply->book, SUBJECT_MANIFEST, span_of(entry->statement->id.bytes, DIGEST_SIZE));
    settle_touch_members(apply, own);
    struct manifest *manifest = settle_manifest(apply, own);
    if (manifest == NULL)
        return;
    if (apply->about != NULL) {
        settle_into(apply, &manifest->facts, &apply->base);
        return;
    }
    if (apply->is_retiming)
        manifest->issued_us = apply->base.effective_us;
    if (apply->is_countersigning) {
        if (apply->confirms || manifest->receiver == apply->countersigner)
            manifest->is_held = false;
        return;
    }
    manifest->is_known = true;
    manifest->is_refused = entry->outcome == CUSTODY_OUTCOME_refused;
    manifest->is_held = entry->outcome == CUSTODY_OUTCOME_held;
    manifest->is_drawn = entry->statement->header.act == CUSTODY__V1__ACT__ACT_DRAW_MANIFEST;
    manifest->entry = entry->number;
    manifest->key = apply->author;
    manifest->key_sequence = entry->statement->header.key_sequence;
    manifest->issued_us = apply->base.effective_us;
    manifest->recorded_us = entry->recorded_us;
    manifest->author = apply->base.party;
    if (broken != NULL) {
        manifest->rule_count = broken->count;
        memcpy(manifest->rules, broken->rules, sizeof manifest->rules);
    }
    if (plan != NULL)
        consign_plan(apply, manifest, plan);
    /* Confirmed before it arrived. */
    if (fact_counts(&apply->base) || fact_is_countersigned_by(&apply->base, manifest->receiver))
        manifest->is_held = false;
    if (manifest->parent != 0 && !manifest->is_refused)
        note_child(apply, manifest->parent, own);
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        struct fact *fact = &manifest->facts.all[i];
        if (fact->act == CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT)
            compare_again(apply, manifest, fact);
        if (fact->act == CUSTODY__V1__ACT__ACT_NUMBER && fact->item == 0)
            touch_claimants(apply, fact->code);
    }
    if (number.len > 0 && number.len < sizeof manifest->number && !manifest->is_refused) {
        memcpy(manifest->number, number.data, number.len);
        manifest->number[number.len] = 0;
        if (book_find(apply->book, BOOK_NAME_NUMBER, number) == 0)
            book_bind(apply->book, BOOK_NAME_NUMBER, number, own);
        if (number.data[0] != 'L') {
            uint32_t text = book_give(apply->book, SUBJECT_TEXT, number);
            touch_claimants(apply, text);
            claim(apply, text, own);
        }
    }
    review_held(apply, manifest);
}

void consign_draw(struct apply *apply, const Custody__V1__DrawManifestBody *body)
{
    struct permission_rules broken = {0};
    if (!apply->is_countersigning) {
        struct registry registry = registry_of_book(apply->book);
        permission_manifest_judge(body, apply->base.party, apply->base.effective_us, &registry,
                                  &broken);
        enact_transfer_draw(apply->book, body, apply->base.effective_us, apply->findings);
    }
    consign_new(apply, body->plan, span_text(body->number), &broken);
}

/* ---- ended by a permission -------------------------------------------------------------------------- */

static void consign_end(struct apply *apply, ProtobufCBinaryData id, bool is_by_order)
{
    uint32_t number = act_statement_number(apply, SUBJECT_MANIFEST, id);
    settle_touch_members(apply, number);
    struct manifest *manifest = settle_manifest(apply, number);
    if (manifest == NULL || manifest->is_closed_by_order)
        return;
    manifest->is_cancelled = !is_by_order;
    manifest->is_closed_by_order = is_by_order;
    manifest->ended_us = apply->entry->recorded_us;
    manifest->ended_entry = apply->entry->number;
}

void consign_permission(struct apply *apply, const ProtobufCMessage *body)
{
    const void *any = body;
    if (apply->entry->statement->header.act == CUSTODY__V1__ACT__ACT_CANCEL_MANIFEST) {
        const Custody__V1__CancelManifestBody *cancel = any;
        consign_end(apply, cancel->manifest, false);
    } else if (apply->entry->statement->header.act == CUSTODY__V1__ACT__ACT_CLOSE_BY_ORDER) {
        const Custody__V1__CloseByOrderBody *order = any;
        if (order->subject_case == CUSTODY__V1__CLOSE_BY_ORDER_BODY__SUBJECT_MANIFEST)
            consign_end(apply, order->manifest, true);
    }
}
