/* consign.c: what statements say of a manifest as a whole.
 * Never decides an outcome. */
#include "daemon/service/consign.h"

#include <string.h>

#include "daemon/service/act.h"
#include "daemon/service/enact.h"
#include "daemon/service/registry.h"

void consign_whole(struct apply *apply, uint32_t number, const struct fact *fact)
{
    struct manifest *manifest = settle_manifest(apply, number);
    if (manifest != NULL)
        settle_into(apply, &manifest->facts, fact);
}

void consign_confirm_receipt(struct apply *apply, const Custody__V1__ConfirmReceiptBody *body)
{
    struct fact fact = apply->base;
    fact.manifest = act_statement_number(apply, SUBJECT_MANIFEST, body->manifest);
    uint64_t accepted_g = 0;
    for (size_t i = 0; i < body->n_lines; i++)
        accepted_g += body->lines[i]->accepted_mass_g;
    act_mass(&fact, accepted_g, 0);
    consign_whole(apply, fact.manifest, &fact);
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
    for (size_t i = 0; i < plan->n_legs && manifest->leg_count < MANIFEST_LEGS_MAX; i++)
        manifest->carriers[manifest->leg_count++] = act_party_number(apply, plan->legs[i]->carrier);
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
    manifest->author = apply->base.party;
    if (broken != NULL) {
        manifest->rule_count = broken->count;
        memcpy(manifest->rules, broken->rules, sizeof manifest->rules);
    }
    if (plan != NULL)
        consign_plan(apply, manifest, plan);
    if (number.len > 0 && number.len < sizeof manifest->number && !manifest->is_refused) {
        memcpy(manifest->number, number.data, number.len);
        manifest->number[number.len] = 0;
        if (book_find(apply->book, BOOK_NAME_NUMBER, number) == 0)
            book_bind(apply->book, BOOK_NAME_NUMBER, number, own);
    }
}

void consign_draw(struct apply *apply, const Custody__V1__DrawManifestBody *body)
{
    struct permission_rules broken = {0};
    if (!apply->is_countersigning) {
        struct registry registry = registry_of_book(apply->book);
        permission_judge_drawn(body, apply->base.party, apply->base.effective_us, &registry,
                               &broken);
        enact_draw(apply->book, body, apply->base.effective_us);
    }
    consign_new(apply, body->plan, span_text(body->number), &broken);
}
