/* registered.c: what the registry holds of one party.
 * Never judges: it tells how things stand at the hour of the question. */
#include "daemon/service/registered.h"

#include <string.h>

#include "proto/entry.h"
#include "daemon/domain/uscc.h"

static void list_bits(struct arena *arena, uint16_t bits, size_t *ret_count, int **ret)
{
    int *values = arena_alloc(arena, 16 * sizeof *values);
    for (int value = 1; values != NULL && value < 16; value++)
        if ((bits >> value & 1) != 0)
            values[(*ret_count)++] = value;
    *ret = values;
}

/* No end is told as 0, as it is asked for. */
static int64_t told_until(int64_t until_us)
{
    return until_us == INT64_MAX ? 0 : until_us;
}

static Custody__V1__KeyView *key_view(struct asking *asking, uint32_t number)
{
    const struct key *key = book_key(asking->book, number);
    Custody__V1__KeyView *view = arena_alloc(asking->query->arena, sizeof *view);
    uint8_t *public_key =
        key == NULL ? NULL
                    : arena_copy(asking->query->arena, key->public_key, sizeof key->public_key);
    if (view == NULL || public_key == NULL)
        return NULL;
    custody__v1__key_view__init(view);
    view->key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = public_key};
    list_bits(asking->query->arena, key->roles, &view->n_roles, (int **)&view->roles);
    view->next_sequence = key->next_sequence;
    view->enrolled_by_entry = key->enrolled_entry;
    view->revoked_by_entry = key->revoked_entry;
    for (uint32_t i = 0; i < key->gap_count; i++)
        view->missing += (uint32_t)(key->gaps[i].last - key->gaps[i].first + 1);
    view->forks = key->forks;
    return view;
}

static char **
texts_of(struct arena *arena, const char *texts, size_t stride, uint32_t count, size_t *ret_count)
{
    char **list = arena_alloc(arena, (count + 1) * sizeof *list);
    for (uint32_t i = 0; list != NULL && i < count; i++)
        list[(*ret_count)++] = arena_text(arena, span_text(texts + i * stride));
    return list;
}

static Custody__V1__PermitView *permit_view(struct asking *asking, uint32_t party, uint32_t index)
{
    struct arena *arena = asking->query->arena;
    int64_t now_us = asking->query->now_us;
    const struct permit *permit = book_permit(asking->book, party, index);
    Custody__V1__PermitView *view = arena_alloc(arena, sizeof *view);
    if (permit == NULL || view == NULL)
        return NULL;
    custody__v1__permit_view__init(view);
    list_bits(arena, permit->activities, &view->n_activities, (int **)&view->activities);
    view->number = arena_text(arena, span_text(permit->number));
    view->order = arena_text(arena, span_text(permit->order));
    view->codes = texts_of(arena, permit->patterns[0], sizeof permit->patterns[0],
                           permit->pattern_count, &view->n_codes);
    view->methods = texts_of(arena, permit->methods[0], sizeof permit->methods[0],
                             permit->method_count, &view->n_methods);
    view->effective_from = permit->from_us;
    view->effective_until = told_until(permit->until_us);
    view->mass_yearly_g = permit->mass_yearly_g;
    int32_t year;
    uint32_t month, day;
    const struct calendar *calendar = &book_profile(asking->book)->calendar;
    calendar_civil(calendar_day(calendar, now_us), &year, &month, &day);
    view->planned_g = permit_planned_g(permit, year);
    const struct suspension *suspension = suspension_at(&permit->suspensions, now_us);
    view->suspended = suspension != NULL;
    view->suspended_until = suspension == NULL ? 0 : told_until(suspension->until_us);
    view->in_force = permit_is_in_force(permit, permit->activities, now_us);
    return view;
}

static Custody__V1__StatementName *
block_name(struct asking *asking, uint32_t number, const struct block *block)
{
    struct arena *arena = asking->query->arena;
    Custody__V1__StatementName *name = arena_alloc(arena, sizeof *name);
    const struct key *key = book_key(asking->book, block->key);
    struct span id = book_name(asking->book, SUBJECT_BLOCK, number);
    if (name == NULL || key == NULL || id.len == 0)
        return NULL;
    custody__v1__statement_name__init(name);
    name->sequence = block->key_sequence;
    name->key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE,
                                      .data = arena_copy(arena, key->public_key, PUBLIC_KEY_SIZE)};
    name->id = (ProtobufCBinaryData){.len = id.len, .data = arena_copy(arena, id.data, id.len)};
    return name->key.data == NULL || name->id.data == NULL ? NULL : name;
}

static Custody__V1__BlockView *block_view(struct asking *asking, uint32_t number)
{
    struct arena *arena = asking->query->arena;
    const struct block *block = book_block(asking->book, number);
    Custody__V1__BlockView *view = arena_alloc(arena, sizeof *view);
    char last[MANIFEST_NUMBER_MAX + 1];
    if (block == NULL || view == NULL || block->count == 0)
        return NULL;
    custody__v1__block_view__init(view);
    block_number(block, block->count - 1, last);
    view->block = block_name(asking, number, block);
    view->first = arena_text(arena, span_text(block->first));
    view->last = arena_text(arena, span_text(last));
    view->count = block->count;
    view->used = block_used(block);
    view->effective_from = block->from_us;
    view->effective_until = told_until(block->until_us);
    view->closed = block->is_closed;
    view->lapsed =
        !block->is_closed && block->until_us <= asking->query->now_us && view->used < view->count;
    view->mass_ceiling_g = block->mass_ceiling_g;
    view->drawn_g = block->drawn_g;
    view->approval = view_text(
        arena, block->approval != 0 ? book_name(asking->book, SUBJECT_APPROVAL, block->approval)
                                    : (struct span){0});
    view->entry = block->entry;
    return view;
}

static Custody__V1__ApprovalView *approval_view(struct asking *asking, uint32_t number)
{
    struct arena *arena = asking->query->arena;
    const struct approval *approval = book_approval(asking->book, number);
    Custody__V1__ApprovalView *view = arena_alloc(arena, sizeof *view);
    if (approval == NULL || view == NULL)
        return NULL;
    custody__v1__approval_view__init(view);
    view->number = view_text(arena, book_name(asking->book, SUBJECT_APPROVAL, number));
    view->receiver = view_party(&asking->view, approval->receiver);
    view->receiver_name = view_party_name(&asking->view, approval->receiver);
    view->codes = texts_of(arena, approval->patterns[0], sizeof approval->patterns[0],
                           approval->pattern_count, &view->n_codes);
    view->method = arena_text(arena, span_text(approval->method));
    view->mass_g = approval->mass_g;
    view->whitelist = approval->is_whitelist;
    if (!approval->is_whitelist)
        view->left_g = approval_left_g(approval, asking->query->now_us);
    view->effective_from = approval->from_us == INT64_MAX ? 0 : approval->from_us;
    view->effective_until = told_until(approval->until_us);
    view->origin = (approval->ends & APPROVAL_ORIGIN) != 0;
    view->destination = (approval->ends & APPROVAL_DESTINATION) != 0;
    view->entry = approval->entry;
    return view;
}

static void document_lines(struct arena *arena,
                           const struct document *document,
                           Custody__V1__DocumentView *view)
{
    view->lines = arena_alloc(arena, (document->line_count + 1) * sizeof(void *));
    for (uint32_t i = 0; view->lines != NULL && i < document->line_count; i++) {
        Custody__V1__DocumentLine *line = arena_alloc(arena, sizeof *line);
        if (line == NULL)
            return;
        custody__v1__document_line__init(line);
        struct span code = span_text(document->lines[i].code);
        line->waste_code = arena_text(arena, code);
        line->mass_g = document->lines[i].mass_g;
        line->left_g = document_left_g(document, code);
        view->lines[view->n_lines++] = line;
    }
}

static Custody__V1__DocumentView *document_view(struct asking *asking, uint32_t number)
{
    struct arena *arena = asking->query->arena;
    const struct document *document = book_document(asking->book, number);
    struct span name = book_name(asking->book, SUBJECT_DOCUMENT, number);
    Custody__V1__DocumentView *view = arena_alloc(arena, sizeof *view);
    if (document == NULL || view == NULL || document->filing_count == 0 || name.len <= 5)
        return NULL;
    const struct document_filing *last = &document->filings[document->filing_count - 1];
    custody__v1__document_view__init(view);
    view->kind = (Custody__V1__DocumentKind)document->kind;
    view->number = view_text(arena, span_of(name.data + 5, name.len - 5));
    view->parties = arena_alloc(arena, (document->party_count + 1) * sizeof(void *));
    for (uint32_t i = 0; view->parties != NULL && i < document->party_count; i++)
        view->parties[view->n_parties++] = view_party(&asking->view, document->parties[i]);
    document_lines(arena, document, view);
    view->effective_from = last->from_us;
    view->effective_until = told_until(last->until_us);
    view->in_force = document_is_in_force(document, asking->query->now_us);
    view->entry = last->entry;
    return view;
}

/* The newest members of the party's, as views; at most so many. */
#define LIST_NEWEST(asking, kind, party, total, view_of, list, count)                              \
    do {                                                                                           \
        list = arena_alloc((asking)->query->arena, ASKING_LIST_MAX * sizeof(void *));              \
        for (uint32_t i_ = (total); list != NULL && i_ > 0 && (count) < ASKING_LIST_MAX; i_--) {   \
            void *view_ =                                                                          \
                view_of(asking, (uint32_t)book_member((asking)->book, kind, party, i_ - 1));       \
            if (view_ != NULL)                                                                     \
                list[(count)++] = view_;                                                           \
        }                                                                                          \
    } while (0)

static void tell_standing(struct asking *asking,
                          const struct party *party,
                          const struct party_version *version,
                          Custody__V1__PartyReply *reply)
{
    struct arena *arena = asking->query->arena;
    const struct suspension *suspension = suspension_at(&party->suspensions, asking->query->now_us);
    list_bits(arena, version->kinds, &reply->n_kinds, (int **)&reply->kinds);
    reply->division = arena_format(arena, "%06u", version->division);
    reply->parent = view_party(&asking->view, version->parent);
    reply->site = (Custody__V1__SiteKind)version->site;
    reply->sector = arena_text(arena, span_text(version->sector));
    reply->beds = version->beds;
    reply->closed = version->is_closed;
    reply->successor = view_party(&asking->view, version->successor);
    reply->suspended = suspension != NULL;
    reply->suspended_until = suspension == NULL ? 0 : told_until(suspension->until_us);
}

/* GB 32100-2015, RULES.md N26: a mark of the party itself, where its profile has the rule. */
static bool judges_codes(struct asking *asking, uint32_t number)
{
    const struct law *law = book_law(asking->book);
    uint32_t profile = law->codeless(law->context, number, asking->query->now_us);
    return profile_has_rule(law->profile(law->context, profile), RULE_party_code_check);
}

void registered_fill(struct asking *asking, uint32_t number, Custody__V1__PartyReply *reply)
{
    struct arena *arena = asking->query->arena;
    const struct party *party = book_party(asking->book, number);
    const struct party_version *version =
        party == NULL ? NULL : party_at(party, asking->query->now_us);
    if (version == NULL)
        return;
    reply->party = view_party(&asking->view, number);
    reply->name = view_party_name(&asking->view, number);
    tell_standing(asking, party, version, reply);
    reply->code_differs =
        uscc_check(span_text(reply->party)) == USCC_DIFFERS && judges_codes(asking, number);
    reply->keys = arena_alloc(arena, (party->keys + 1) * sizeof(void *));
    for (uint32_t i = 0; reply->keys != NULL && i < party->keys && i < ASKING_LIST_MAX; i++) {
        Custody__V1__KeyView *view =
            key_view(asking, (uint32_t)book_member(asking->book, SUBJECT_PARTY, number, i));
        if (view != NULL)
            reply->keys[reply->n_keys++] = view;
    }
    reply->permits = arena_alloc(arena, (party->permits + 1) * sizeof(void *));
    for (uint32_t i = 0; reply->permits != NULL && i < party->permits && i < ASKING_LIST_MAX; i++) {
        Custody__V1__PermitView *view = permit_view(asking, number, i);
        if (view != NULL)
            reply->permits[reply->n_permits++] = view;
    }
    LIST_NEWEST(asking, SUBJECT_BLOCK, number, party->blocks, block_view, reply->blocks,
                reply->n_blocks);
    LIST_NEWEST(asking, SUBJECT_APPROVAL, number, party->approvals, approval_view, reply->approvals,
                reply->n_approvals);
    LIST_NEWEST(asking, SUBJECT_DOCUMENT, number, party->documents, document_view, reply->documents,
                reply->n_documents);
}

void registered_party(struct asking *asking, const Custody__V1__PartyRequest *request)
{
    Custody__V1__PartyReply reply = CUSTODY__V1__PARTY_REPLY__INIT;
    uint32_t number = request->party[0] == 0
                          ? asking->query->caller->party
                          : book_find(asking->book, SUBJECT_PARTY, span_text(request->party));
    const struct party *party = number == 0 ? NULL : book_party(asking->book, number);
    if (party == NULL || party_at(party, asking->query->now_us) == NULL) {
        asking_refuse(asking, CUSTODY_REASON_not_found, "party");
        return;
    }
    if (!asking_sees_party(asking, number)) {
        asking_refuse(asking, CUSTODY_REASON_not_visible, "party");
        return;
    }
    reply.basis = asking_basis(asking, request->options);
    registered_fill(asking, number, &reply);
    asking_reply(asking, &reply.base);
}
