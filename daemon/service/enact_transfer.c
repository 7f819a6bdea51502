/* enact_transfer.c: approvals, blocks of numbers, documents; and what manifests draw from them and from permits.
 * Never decides whether there was enough: what is drawn is counted all the same. */
#include <string.h>

#include "daemon/domain/decision.h"
#include "daemon/domain/division.h"
#include "daemon/service/enact_parts.h"
#include "daemon/service/registry.h"
#include "daemon/service/settle.h"

/* ---- rows of blocks and documents -------------------------------------------------------------- */

/* What has no code: by the profile that was in force where its party is when it began. */
static const struct profile *profile_of(struct book *book, uint32_t party, int64_t from_us)
{
    const struct law *law = book_law(book);
    return law->profile(law->context, law->codeless(law->context, party, from_us));
}

static void
block_rows(struct book *book, uint32_t number, const struct block *block, struct work_set *set)
{
    set->count = 0;
    set->dropped = 0;
    block_work(block, number, settle_division(book, block->party, block->from_us),
               profile_of(book, block->party, block->from_us), set);
}

/* A block as it was and as it is now. */
static void put_block(struct book *book,
                      uint32_t number,
                      const struct work_set *before,
                      const struct block *block,
                      struct work_set *findings)
{
    struct work_set *after = enact_work(book);
    if (before == NULL || after == NULL)
        return;
    block_rows(book, number, block, after);
    book_put_work(book, before, after, findings);
    book_put_block(book, number, block);
}

static struct work_set *rows_of_block(struct book *book, uint32_t number, const struct block *block)
{
    struct work_set *before = enact_work(book);
    if (before != NULL)
        block_rows(book, number, block, before);
    return before;
}

/* From when on its owner is closed; INT64_MAX: it is not. */
static int64_t closed_us(const struct party *owner)
{
    const struct party_version *last =
        owner == NULL || owner->count == 0 ? NULL : &owner->versions[owner->count - 1];
    return last != NULL && last->is_closed ? last->from_us : INT64_MAX;
}

static void document_rows(struct book *book,
                          uint32_t number,
                          const struct document *document,
                          const struct party *owner,
                          struct work_set *set)
{
    set->count = 0;
    set->dropped = 0;
    if (document->filing_count == 0)
        return;
    int64_t from_us = document->filings[0].from_us;
    document_work(document, number, settle_division(book, document->owner, from_us),
                  closed_us(owner), profile_of(book, document->owner, from_us), set);
}

void enact_transfer_put_document_work(const struct enacting *enacting,
                                      uint32_t owner,
                                      const struct party *before,
                                      const struct party *after)
{
    struct book *book = enacting->book;
    struct work_set *was = enact_work(book), *is = enact_work(book);
    if (was == NULL || is == NULL || closed_us(before) == closed_us(after))
        return;
    for (uint32_t i = 0; i < after->documents && book_status(book) == CUSTODY_OK; i++) {
        uint32_t number = (uint32_t)book_member(book, SUBJECT_DOCUMENT, owner, i);
        const struct document *document = number == 0 ? NULL : book_document(book, number);
        if (document == NULL || document->owner != owner)
            continue;
        document_rows(book, number, document, before, was);
        document_rows(book, number, document, after, is);
        book_put_work(book, was, is, enacting->findings);
    }
}

/* ---- what a manifest draws --------------------------------------------------------------------- */

/* A plan as the registry counts it, of a statement's body or of a manifest's record. */
struct drawing {
    uint32_t generator, receiver;
    struct span plan, approval, method; /* texts; empty: none */
    uint32_t line_count;
    struct {
        struct span code;
        uint64_t mass_g;
    } lines[MANIFEST_LINES_MAX];
    uint64_t total_g;
    uint32_t block; /* it was drawn from; 0: none */
    int64_t at_us;
    bool is_added; /* else given back */
};

static void add_line(struct drawing *drawing, struct span code, uint64_t mass_g)
{
    if (drawing->line_count == MANIFEST_LINES_MAX)
        return;
    drawing->lines[drawing->line_count].code = code;
    drawing->lines[drawing->line_count++].mass_g = mass_g;
    if (__builtin_add_overflow(drawing->total_g, mass_g, &drawing->total_g))
        drawing->total_g = UINT64_MAX;
}

static struct drawing drawing_of_plan(struct book *book,
                                      const Custody__V1__ManifestPlan *plan,
                                      uint32_t block,
                                      int64_t at_us)
{
    struct drawing drawing = {
        .generator = book_find(book, SUBJECT_PARTY, span_text(plan->generator)),
        .receiver = book_find(book, SUBJECT_PARTY, span_text(plan->receiver)),
        .plan = span_text(plan->plan),
        .approval = span_text(plan->approval),
        .method = span_text(plan->method),
        .block = block,
        .at_us = at_us,
        .is_added = true,
    };
    for (size_t i = 0; i < plan->n_lines; i++)
        add_line(&drawing, span_text(plan->lines[i]->waste_code), plan->lines[i]->planned_mass_g);
    return drawing;
}

static struct span text_of(struct book *book, uint32_t text)
{
    return text != 0 ? book_name(book, SUBJECT_TEXT, text) : (struct span){0};
}

static struct drawing drawing_of_manifest(struct book *book, const struct manifest *manifest)
{
    struct drawing drawing = {
        .generator = manifest->generator,
        .receiver = manifest->receiver,
        .plan = text_of(book, manifest->plan),
        .approval = text_of(book, manifest->approval),
        .method = text_of(book, manifest->method),
        .at_us = manifest->is_drawn ? manifest->issued_us : manifest->recorded_us,
    };
    if (manifest->is_drawn)
        drawing.block = book_find(book, BOOK_NAME_DRAWN, span_text(manifest->number));
    for (uint32_t i = 0; i < manifest->line_count; i++)
        add_line(&drawing, book_name(book, SUBJECT_CODE, manifest->lines[i].code),
                 manifest->lines[i].planned_g);
    return drawing;
}

/* The receiver's permit counts what is planned for its civil year. */
static void draw_permits(struct book *book, const struct drawing *drawing)
{
    const struct registry registry = registry_of_book(book);
    int32_t year;
    uint32_t month, day, index;
    const struct calendar *calendar = &book_profile(book)->calendar;
    calendar_civil(calendar_day(calendar, drawing->at_us), &year, &month, &day);
    for (uint32_t i = 0; i < drawing->line_count; i++) {
        if (decision_find_permit(&registry, drawing->receiver, DECISION_TAKES_WASTE,
                                 drawing->lines[i].code, drawing->method, drawing->at_us,
                                 &index) == NULL)
            continue;
        struct permit *permit = book_permit(book, drawing->receiver, index);
        if (permit == NULL || permit->mass_yearly_g == 0)
            continue;
        permit_plan(permit, year, drawing->lines[i].mass_g, drawing->is_added);
        book_put_permit(book, drawing->receiver, index, permit);
    }
}

static void draw_plan(struct book *book, const struct drawing *drawing)
{
    uint32_t number =
        registry_document_number(book, CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_MANAGEMENT_PLAN,
                                 drawing->generator, drawing->plan);
    struct document *document = number == 0 ? NULL : book_document(book, number);
    if (document == NULL || document->line_count == 0)
        return;
    for (uint32_t i = 0; i < drawing->line_count; i++)
        document_draw(document, drawing->lines[i].code, drawing->lines[i].mass_g,
                      drawing->is_added);
    book_put_document(book, number, document);
}

static void draw_approval(struct book *book, const struct drawing *drawing)
{
    const struct block *block = drawing->block == 0 ? NULL : book_block(book, drawing->block);
    uint32_t number = block != NULL && block->approval != 0 ? block->approval
                      : drawing->approval.len == 0
                          ? 0
                          : book_find(book, SUBJECT_APPROVAL, drawing->approval);
    struct approval *approval = number == 0 ? NULL : book_approval(book, number);
    if (approval == NULL || approval->generator != drawing->generator ||
        approval->receiver != drawing->receiver)
        return;
    if (drawing->is_added)
        approval_draw(approval, drawing->block, drawing->total_g);
    else
        approval_give_back(approval, drawing->block, drawing->total_g);
    book_put_approval(book, number, approval);
}

static void draw(struct book *book, const struct drawing *drawing)
{
    draw_permits(book, drawing);
    draw_plan(book, drawing);
    draw_approval(book, drawing);
}

void enact_transfer_issue(struct book *book, const Custody__V1__ManifestPlan *plan, int64_t at_us)
{
    const struct drawing drawing = drawing_of_plan(book, plan, 0, at_us);
    draw(book, &drawing);
}

static uint32_t block_number_of(struct book *book, const Custody__V1__StatementName *name)
{
    return name == NULL ? 0 : book_find(book, SUBJECT_BLOCK, span_of(name->id.data, name->id.len));
}

void enact_transfer_draw(struct book *book,
                         const Custody__V1__DrawManifestBody *body,
                         int64_t at_us,
                         struct work_set *ret_findings)
{
    uint32_t number = block_number_of(book, body->block);
    struct block *block = number == 0 ? NULL : book_block(book, number);
    int32_t index = block == NULL ? -1 : block_index(block, span_text(body->number));
    bool is_of_block = index >= 0 && block_is_live(block, at_us);
    if (body->plan == NULL)
        return;
    const struct drawing drawing =
        drawing_of_plan(book, body->plan, is_of_block ? number : 0, at_us);
    draw(book, &drawing);
    if (!is_of_block)
        return;
    struct work_set *before = rows_of_block(book, number, block);
    block->drawn[index / 8] |= (uint8_t)(1u << (index % 8));
    if (__builtin_add_overflow(block->drawn_g, drawing.total_g, &block->drawn_g))
        block->drawn_g = UINT64_MAX;
    if (book_find(book, BOOK_NAME_DRAWN, span_text(body->number)) == 0)
        book_bind(book, BOOK_NAME_DRAWN, span_text(body->number), number);
    put_block(book, number, before, block, ret_findings);
}

/* The mass comes back; a number that was drawn stays used. */
void enact_transfer_cancel(const struct enacting *enacting,
                           const Custody__V1__CancelManifestBody *body)
{
    struct book *book = enacting->book;
    uint32_t number =
        book_find(book, SUBJECT_MANIFEST, span_of(body->manifest.data, body->manifest.len));
    const struct manifest *manifest = number == 0 ? NULL : book_manifest(book, number);
    if (manifest == NULL)
        return;
    const struct drawing drawing = drawing_of_manifest(book, manifest);
    draw(book, &drawing);
    struct block *block = drawing.block == 0 ? NULL : book_block(book, drawing.block);
    if (block == NULL)
        return;
    block->drawn_g = block->drawn_g < drawing.total_g ? 0 : block->drawn_g - drawing.total_g;
    book_put_block(book, drawing.block, block);
}

/* ---- approvals --------------------------------------------------------------------------------- */

static uint8_t ends_of(const struct enacting *enacting, const struct approval *approval)
{
    struct book *book = enacting->book;
    const struct key *author = book_key(book, enacting->author);
    const struct party *party = author == NULL ? NULL : book_party(book, author->party);
    const struct party_version *own =
        party == NULL ? NULL : party_at(party, enacting->entry->recorded_us);
    uint32_t home = book_ledger(book)->division;
    uint8_t ends = 0;
    if (own == NULL)
        return 0;
    if (registry_covers(book, own->division, approval->origin) ||
        (home != 0 && !registry_covers(book, home, approval->origin)))
        ends |= APPROVAL_ORIGIN;
    if (registry_covers(book, own->division, approval->destination) ||
        (home != 0 && !registry_covers(book, home, approval->destination)))
        ends |= APPROVAL_DESTINATION;
    return ends;
}

static uint32_t end_of(const struct enacting *enacting, const char *division, const char *party)
{
    struct book *book = enacting->book;
    if (division[0] != 0)
        return division_parse(span_text(division));
    const struct party *record = book_party(book, enact_party_number(enacting, party));
    const struct party_version *version =
        record == NULL ? NULL : party_at(record, enacting->entry->recorded_us);
    return version == NULL ? 0 : version->division;
}

static void begin_approval(const struct enacting *enacting,
                           const Custody__V1__ApproveTransferBody *body,
                           struct approval *ret)
{
    struct book *book = enacting->book;
    const struct law *law = book_law(book);
    uint32_t origin = end_of(enacting, "", body->generator);
    const struct profile *profile =
        law->profile(law->context, book_profile_for(book, span_text(body->codes[0]), false, origin,
                                                    enacting->entry->recorded_us));
    ret->entry = enacting->entry->number;
    ret->generator = enact_party_number(enacting, body->generator);
    ret->receiver = enact_party_number(enacting, body->receiver);
    ret->origin = end_of(enacting, body->origin_division, body->generator);
    ret->destination = end_of(enacting, body->destination_division, body->receiver);
    ret->is_whitelist = body->whitelist != 0;
    ret->asked_us = body->effective_from;
    ret->from_us = INT64_MAX;
    const struct registry registry = registry_of_book(book);
    ret->until_us = permission_approval_until(&registry, profile, body, ret->receiver,
                                              enact_from(enacting, body->effective_from));
    ret->mass_g = body->mass_g;
    enact_text(ret->method, sizeof ret->method, body->method);
    ret->pattern_count = enact_patterns(body->n_codes, body->codes, ret->patterns);
}

void enact_transfer_approve(const struct enacting *enacting,
                            const Custody__V1__ApproveTransferBody *body)
{
    struct book *book = enacting->book;
    uint32_t number = book_give(book, SUBJECT_APPROVAL, span_text(body->number));
    struct approval *approval = book_approval(book, number);
    if (approval == NULL) {
        approval = arena_alloc(book_arena(book), sizeof *approval);
        if (approval == NULL) {
            book_fail(book, CUSTODY_ERR_MEMORY);
            return;
        }
        begin_approval(enacting, body, approval);
        struct party *generator = book_party(book, approval->generator);
        if (generator != NULL) {
            book_put_member(book, SUBJECT_APPROVAL, approval->generator, generator->approvals++,
                            number);
            book_put_party(book, approval->generator, generator);
        }
    }
    approval->ends |= ends_of(enacting, approval);
    if (approval->ends == APPROVAL_BOTH)
        approval->from_us = enact_from(enacting, approval->asked_us);
    book_put_approval(book, number, approval);
}

/* ---- blocks of numbers ------------------------------------------------------------------------- */

static void reserve_mass(const struct enacting *enacting,
                         const Custody__V1__ReserveNumbersBody *body,
                         uint32_t number,
                         struct block *block)
{
    struct book *book = enacting->book;
    block->approval = book_find(book, SUBJECT_APPROVAL, span_text(body->approval));
    struct approval *approval = block->approval == 0 ? NULL : book_approval(book, block->approval);
    if (approval == NULL)
        return;
    const struct approval_reservation reservation = {
        .block = number, .until_us = block->until_us, .ceiling_g = block->mass_ceiling_g};
    approval_reserve(approval, &reservation, enacting->entry->recorded_us);
    book_put_approval(book, block->approval, approval);
}

void enact_transfer_reserve(const struct enacting *enacting,
                            const Custody__V1__ReserveNumbersBody *body)
{
    static const struct work_set none;
    struct book *book = enacting->book;
    struct block *block = arena_alloc(book_arena(book), sizeof *block);
    if (block == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return;
    }
    struct span first = enacting->entry->detail;
    if (first.len == 0 || first.len > MANIFEST_NUMBER_MAX)
        return;
    block->entry = enacting->entry->number;
    block->key = enacting->author;
    block->key_sequence = enacting->entry->statement->header.key_sequence;
    block->party = enact_party_number(enacting, body->party);
    memcpy(block->first, first.data, first.len);
    block->count = body->count;
    block->from_us = enacting->entry->recorded_us;
    block->until_us = enact_until(body->effective_until);
    block->mass_ceiling_g = body->mass_ceiling_g;
    for (size_t i = 0; i < body->n_receivers && block->receiver_count < BLOCK_RECEIVERS_MAX; i++)
        block->receivers[block->receiver_count++] =
            enact_party_number(enacting, body->receivers[i]);
    block->pattern_count = enact_patterns(body->n_codes, body->codes, block->patterns);
    uint32_t number =
        book_give(book, SUBJECT_BLOCK, span_of(enacting->entry->statement->id.bytes, DIGEST_SIZE));
    if (body->approval[0] != 0)
        reserve_mass(enacting, body, number, block);
    struct party *party = book_party(book, block->party);
    if (party != NULL) {
        book_put_member(book, SUBJECT_BLOCK, block->party, party->blocks++, number);
        book_put_party(book, block->party, party);
    }
    put_block(book, number, &none, block, enacting->findings);
    enact_serial(book, first, body->count);
}

void enact_transfer_close_block(const struct enacting *enacting,
                                const Custody__V1__CloseBlockBody *body)
{
    struct book *book = enacting->book;
    uint32_t number = block_number_of(book, body->block);
    struct block *block = number == 0 ? NULL : book_block(book, number);
    if (block == NULL)
        return;
    struct work_set *before = rows_of_block(book, number, block);
    block->is_closed = true;
    block->closed_us = enacting->entry->recorded_us;
    struct approval *approval = block->approval == 0 ? NULL : book_approval(book, block->approval);
    if (approval != NULL) {
        approval_release(approval, number);
        book_put_approval(book, block->approval, approval);
    }
    put_block(book, number, before, block, enacting->findings);
}

/* ---- documents --------------------------------------------------------------------------------- */

static void fill_document(const struct enacting *enacting,
                          const Custody__V1__FileDocumentBody *body,
                          uint32_t owner,
                          struct document *ret)
{
    ret->kind = (uint8_t)body->kind;
    ret->owner = owner;
    ret->parties[ret->party_count++] = owner;
    for (size_t i = 1; i < body->n_parties && ret->party_count < DOCUMENT_PARTIES_MAX; i++)
        ret->parties[ret->party_count++] = enact_party_number(enacting, body->parties[i]);
    for (size_t i = 0; i < body->n_lines && ret->line_count < DOCUMENT_LINES_MAX; i++) {
        struct document_line *line = &ret->lines[ret->line_count++];
        enact_text(line->code, sizeof line->code, body->lines[i]->waste_code);
        line->mass_g = body->lines[i]->planned_mass_g;
    }
}

/* Every party that it names has it among its documents, once. */
static void list_document(struct book *book,
                          uint32_t number,
                          const struct document *before,
                          const struct document *document)
{
    for (uint32_t i = 0; i < document->party_count; i++) {
        uint32_t party_number = document->parties[i];
        struct party *party = book_party(book, party_number);
        if (party == NULL || document_names(before, party_number))
            continue;
        book_put_member(book, SUBJECT_DOCUMENT, party_number, party->documents++, number);
        book_put_party(book, party_number, party);
    }
}

void enact_transfer_file(const struct enacting *enacting, const Custody__V1__FileDocumentBody *body)
{
    struct book *book = enacting->book;
    const struct key *author = book_key(book, enacting->author);
    uint32_t owner = body->n_parties > 0 ? enact_party_number(enacting, body->parties[0])
                     : author != NULL    ? author->party
                                         : 0;
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_document((unsigned)body->kind, owner, span_text(body->number), name);
    uint32_t number = book_give(book, SUBJECT_DOCUMENT, span_of(name, len));
    struct document *with = arena_alloc(book_arena(book), sizeof *with);
    struct document *before = arena_alloc(book_arena(book), sizeof *before);
    struct work_set *was = enact_work(book), *is = enact_work(book);
    if (with == NULL || before == NULL || was == NULL || is == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return;
    }
    struct document *document = book_document(book, number);
    if (document != NULL)
        *before = *document;
    else
        document = arena_alloc(book_arena(book), sizeof *document);
    if (document == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return;
    }
    fill_document(enacting, body, owner, with);
    const struct document_filing filing = {
        .from_us = enact_from(enacting, body->effective_from),
        .until_us = enact_until(body->effective_until),
        .entry = enacting->entry->number,
        .key = enacting->author,
        .key_sequence = enacting->entry->statement->header.key_sequence,
    };
    const struct party *owner_record = book_party(book, owner);
    document_rows(book, number, before, owner_record, was);
    if (!document_file(document, &filing, with))
        return;
    document_rows(book, number, document, owner_record, is);
    book_put_work(book, was, is, enacting->findings);
    list_document(book, number, before, document);
    book_put_document(book, number, document);
}
