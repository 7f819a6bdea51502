/* query.c: an answer from one snapshot.
 * Never writes. */
#include "daemon/service/query.h"

#include <stdlib.h>
#include <string.h>

#include <custody/version.h>
#include "daemon/base/clock.h"
#include "daemon/domain/division.h"
#include "daemon/domain/rule.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/submit.h"
#include "daemon/service/view.h"

enum {
    QUERY_ARENA = 32 << 20,
    QUERY_WAIT_MS = 2000,
    QUERY_LIST_DEFAULT = 100,
    QUERY_LIST_MAX = 500,
    QUERY_ENTRIES_BYTES = 512 * 1024,
    QUERY_DEADLINE_ROWS = 64, /* rows between two looks at the clock */
};

#define ROLE_BIT(name) (1u << CUSTODY__V1__ROLE__ROLE_##name)

struct asking {
    struct ledger *ledger;
    struct query *query;
    struct lookups_snapshot *lookups;
    struct journal_snapshot *journal;
    struct book *book;
    struct view view;
    uint64_t position; /* the look-ups reflect entries before this */
    uint64_t size;     /* of the journal's head, >= position */
};

static void ask_refuse(struct asking *asking, uint32_t reason, const char *field)
{
    struct query *query = asking->query;
    query->reply = submit_problem(query->arena, reason, field, NULL, NULL, 1000, &query->outcome);
}

static void ask_reply(struct asking *asking, const ProtobufCMessage *message)
{
    struct query *query = asking->query;
    if (book_status(asking->book) == CUSTODY_ERR_CORRUPT) {
        ask_refuse(asking, CUSTODY_REASON_disk_failed, NULL);
        return;
    }
    query->outcome = 0;
    query->reply = view_pack(query->arena, message);
    if (query->reply.data == NULL || query->reply.len > ENVELOPE_REPLY_SIZE_MAX)
        ask_refuse(asking, CUSTODY_REASON_too_large, "options.limit");
}

/* ---- the tree under the head -------------------------------------------------------------------- */

/* Tiles trail the journal by a moment; what they lack is hashed from the entries themselves. The depth is that of the
 * tree above the first entry the tiles lack: at most `level`. */
static bool ask_node(void *context, uint32_t level, uint64_t index, struct digest *ret)
{
    struct asking *asking = context;
    uint64_t end = (index + 1) << level;
    if (end <= asking->position && tree_read_snapshot(asking->lookups, level, index, ret))
        return true;
    if (end > asking->size)
        return false;
    if (level == 0) {
        struct span bytes = {0};
        if (journal_read(asking->journal, index, NULL, &bytes) != CUSTODY_OK)
            return false;
        *ret = merkle_leaf(bytes);
        return true;
    }
    struct digest left, right;
    if (!ask_node(context, level - 1, 2 * index, &left) ||
        !ask_node(context, level - 1, 2 * index + 1, &right))
        return false;
    *ret = merkle_node(&left, &right);
    return true;
}

static Custody__V1__ConsistencyProof *ask_consistency(struct asking *asking, uint64_t known_size)
{
    struct merkle_proof proof;
    if (known_size == 0 || known_size > asking->size ||
        !merkle_prove_consistency(known_size, asking->size, ask_node, asking, &proof))
        return NULL;
    return view_consistency(asking->query->arena, known_size, asking->size, &proof);
}

static Custody__V1__Basis *ask_basis(struct asking *asking,
                                     const Custody__V1__QueryOptions *options)
{
    Custody__V1__Basis *basis = arena_alloc(asking->query->arena, sizeof *basis);
    if (basis == NULL)
        return NULL;
    custody__v1__basis__init(basis);
    struct span head = journal_snapshot_head(asking->journal);
    basis->as_of = asking->position;
    basis->checkpoint = (ProtobufCBinaryData){.len = head.len, .data = (uint8_t *)head.data};
    basis->consistency = ask_consistency(asking, options == NULL ? 0 : options->known_size);
    return basis;
}

/* ---- who may see what --------------------------------------------------------------------------- */

static bool ask_is_regulator(const struct asking *asking)
{
    return (asking->query->caller->roles & ROLE_BIT(REGULATOR)) != 0;
}

/* Everything: roots and auditors, and the regulator whose division is the whole ledger's. */
static bool ask_sees_all(const struct asking *asking)
{
    const struct access_caller *caller = asking->query->caller;
    if ((caller->roles & (ROLE_BIT(AUDITOR) | ROLE_BIT(ROOT) | ROLE_BIT(WITNESS))) != 0)
        return true;
    return ask_is_regulator(asking) &&
           division_covers(caller->division, book_ledger(asking->book)->division);
}

static bool ask_sees_division(const struct asking *asking, uint32_t division)
{
    return ask_sees_all(asking) ||
           (ask_is_regulator(asking) && division_covers(asking->query->caller->division, division));
}

static bool ask_sees_container(const struct asking *asking, uint32_t number)
{
    uint32_t division = 0;
    bool took_part =
        view_took_part_container(&asking->view, number, asking->query->caller->party, &division);
    return took_part || ask_sees_division(asking, division);
}

static bool ask_sees_manifest(const struct asking *asking, uint32_t number)
{
    uint32_t division = 0;
    bool took_part =
        view_took_part_manifest(&asking->view, number, asking->query->caller->party, &division);
    return took_part || ask_sees_division(asking, division);
}

static uint32_t ask_party_division(const struct asking *asking, uint32_t number)
{
    const struct party *party = number == 0 ? NULL : book_party(asking->book, number);
    const struct party_version *version =
        party == NULL ? NULL : party_at(party, asking->query->now_us);
    return version == NULL ? 0 : version->division;
}

/* A party that the statement names in a field of its own: generator, receiver, carrier, party. */
static bool ask_is_named(const struct asking *asking, const ProtobufCMessage *body)
{
    const struct access_caller *caller = asking->query->caller;
    for (unsigned i = 0; i < body->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &body->descriptor->fields[i];
        const void *member = (const uint8_t *)body + field->offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED ||
            (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0)
            continue;
        if (field->type == PROTOBUF_C_TYPE_STRING) {
            const char *text = *(char *const *)member;
            uint32_t party = text == NULL || text[0] == 0
                                 ? 0
                                 : book_find(asking->book, SUBJECT_PARTY, span_text(text));
            if (party != 0 && (party == caller->party ||
                               ask_sees_division(asking, ask_party_division(asking, party))))
                return true;
        } else if (field->type == PROTOBUF_C_TYPE_BYTES && strcmp(field->name, "manifest") == 0) {
            const ProtobufCBinaryData *id = member;
            uint32_t manifest = id->len == 0 ? 0
                                             : book_find(asking->book, SUBJECT_MANIFEST,
                                                         span_of(id->data, id->len));
            if (manifest != 0 && ask_sees_manifest(asking, manifest))
                return true;
        }
    }
    return false;
}

static bool ask_sees_entry(const struct asking *asking, struct span bytes)
{
    struct entry entry;
    struct statement statement;
    const char *field = NULL;
    if (ask_sees_all(asking))
        return true;
    if (!entry_parse(bytes, &entry) ||
        statement_parse(entry.statement, &statement, &field) != STATEMENT_OK)
        return false;
    uint32_t author =
        book_find(asking->book, SUBJECT_KEY, span_of(statement.header.key, PUBLIC_KEY_SIZE));
    const struct key *key = author == 0 ? NULL : book_key(asking->book, author);
    if (key != NULL && (key->party == asking->query->caller->party ||
                        ask_sees_division(asking, ask_party_division(asking, key->party))))
        return true;
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(statement.header.act);
    struct body_fault fault;
    if (descriptor == NULL || !body_scan(descriptor, statement.body, &fault))
        return false;
    const ProtobufCMessage *body =
        body_unpack(descriptor, statement.body, arena_protobuf(asking->query->arena));
    if (body == NULL)
        return false;
    if (statement.header.act == CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST ||
        statement.header.act == CUSTODY__V1__ACT__ACT_DRAW_MANIFEST) {
        uint32_t manifest =
            book_find(asking->book, SUBJECT_MANIFEST, span_of(statement.id.bytes, DIGEST_SIZE));
        return manifest != 0 && ask_sees_manifest(asking, manifest);
    }
    return ask_is_named(asking, body);
}

/* ---- hello, head, party ------------------------------------------------------------------------- */

static void ask_hello(struct asking *asking)
{
    static char *versions[] = {(char *)ENVELOPE_VERSION};
    Custody__V1__HelloReply reply = CUSTODY__V1__HELLO_REPLY__INIT;
    uint32_t acts[128];
    char vkey[CHECKPOINT_VKEY_MAX + 1];
    const struct ledger_keys *keys = ledger_keys(asking->ledger);
    for (uint32_t act = 16; act < 128; act++)
        if (body_descriptor(act) != NULL)
            acts[reply.n_acts++] = act;
    size_t len = checkpoint_write_vkey(keys->origin, keys->public_key, vkey, sizeof vkey);
    vkey[len] = 0;
    struct span head = journal_snapshot_head(asking->journal);
    reply.n_versions = 1;
    reply.versions = versions;
    reply.acts = acts;
    reply.statement_limit = STATEMENT_SIZE_MAX;
    reply.item_limit = STATEMENT_ITEMS_MAX;
    reply.origin = (char *)keys->origin;
    reply.ledger_vkey = vkey;
    reply.checkpoint = (ProtobufCBinaryData){.len = head.len, .data = (uint8_t *)head.data};
    reply.clock = asking->query->now_us;
    reply.software = (char *)"custodyd " CUSTODY_VERSION;
    reply.demonstration = keys->is_demonstration;
    ask_reply(asking, &reply.base);
}

static void ask_head(struct asking *asking, const Custody__V1__HeadRequest *request)
{
    Custody__V1__HeadReply reply = CUSTODY__V1__HEAD_REPLY__INIT;
    struct span head = journal_snapshot_head(asking->journal);
    reply.checkpoint = (ProtobufCBinaryData){.len = head.len, .data = (uint8_t *)head.data};
    reply.consistency = ask_consistency(asking, request->known_size);
    ask_reply(asking, &reply.base);
}

static void ask_roles(struct arena *arena, uint16_t bits, size_t *ret_count, int **ret)
{
    int *values = arena_alloc(arena, 16 * sizeof *values);
    for (int value = 1; values != NULL && value < 16; value++)
        if ((bits >> value & 1) != 0)
            values[(*ret_count)++] = value;
    *ret = values;
}

static Custody__V1__KeyView *ask_key_view(struct asking *asking, uint32_t number)
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
    ask_roles(asking->query->arena, key->roles, &view->n_roles, (int **)&view->roles);
    view->next_sequence = key->next_sequence;
    view->enrolled_by_entry = key->enrolled_entry;
    view->revoked_by_entry = key->revoked_entry;
    for (uint32_t i = 0; i < key->gap_count; i++)
        view->missing += (uint32_t)(key->gaps[i].last - key->gaps[i].first + 1);
    view->forks = key->forks;
    return view;
}

static Custody__V1__PermitView *
ask_permit_view(struct asking *asking, uint32_t party, uint32_t index)
{
    struct arena *arena = asking->query->arena;
    const struct permit *permit = book_permit(asking->book, party, index);
    Custody__V1__PermitView *view = arena_alloc(arena, sizeof *view);
    if (permit == NULL || view == NULL)
        return NULL;
    custody__v1__permit_view__init(view);
    ask_roles(arena, permit->activities, &view->n_activities, (int **)&view->activities);
    view->codes = arena_alloc(arena, (permit->pattern_count + 1) * sizeof *view->codes);
    for (uint32_t i = 0; view->codes != NULL && i < permit->pattern_count; i++)
        view->codes[view->n_codes++] = arena_text(arena, span_text(permit->patterns[i]));
    view->effective_from = permit->from_us;
    view->effective_until = permit->until_us == INT64_MAX ? 0 : permit->until_us;
    return view;
}

static void ask_party(struct asking *asking, const Custody__V1__PartyRequest *request)
{
    struct arena *arena = asking->query->arena;
    Custody__V1__PartyReply reply = CUSTODY__V1__PARTY_REPLY__INIT;
    uint32_t number = request->party[0] == 0
                          ? asking->query->caller->party
                          : book_find(asking->book, SUBJECT_PARTY, span_text(request->party));
    const struct party *party = number == 0 ? NULL : book_party(asking->book, number);
    const struct party_version *version =
        party == NULL ? NULL : party_at(party, asking->query->now_us);
    if (version == NULL) {
        ask_refuse(asking, CUSTODY_REASON_not_found, "party");
        return;
    }
    if (number != asking->query->caller->party && version->parent != asking->query->caller->party &&
        !ask_sees_division(asking, version->division)) {
        ask_refuse(asking, CUSTODY_REASON_not_visible, "party");
        return;
    }
    reply.basis = ask_basis(asking, request->options);
    reply.party = view_party(&asking->view, number);
    reply.name = view_party_name(&asking->view, number);
    ask_roles(arena, version->kinds, &reply.n_kinds, (int **)&reply.kinds);
    reply.division = arena_format(arena, "%06u", version->division);
    reply.parent = view_party(&asking->view, version->parent);
    reply.keys = arena_alloc(arena, (party->keys + 1) * sizeof *reply.keys);
    for (uint32_t i = 0; reply.keys != NULL && i < party->keys && i < QUERY_LIST_MAX; i++) {
        Custody__V1__KeyView *view =
            ask_key_view(asking, (uint32_t)book_member(asking->book, SUBJECT_PARTY, number, i));
        if (view != NULL)
            reply.keys[reply.n_keys++] = view;
    }
    reply.permits = arena_alloc(arena, (party->permits + 1) * sizeof *reply.permits);
    for (uint32_t i = 0; reply.permits != NULL && i < party->permits && i < QUERY_LIST_MAX; i++) {
        Custody__V1__PermitView *view = ask_permit_view(asking, number, i);
        if (view != NULL)
            reply.permits[reply.n_permits++] = view;
    }
    ask_reply(asking, &reply.base);
}

/* ---- trace -------------------------------------------------------------------------------------- */

static uint32_t
ask_owned_number(struct asking *asking, unsigned kind, const char *party, struct span code)
{
    uint8_t name[BOOK_NAME_MAX];
    uint32_t owner = book_find(asking->book, SUBJECT_PARTY, span_text(party));
    size_t len = owner == 0 ? 0 : book_write_owned(owner, code, name);
    return len == 0 ? 0 : book_find(asking->book, kind, span_of(name, len));
}

static uint32_t ask_container_number(struct asking *asking, const Custody__V1__ContainerName *name)
{
    uint8_t bytes[BOOK_NAME_MAX];
    if (name->name_case == CUSTODY__V1__CONTAINER_NAME__NAME_CODE)
        return ask_owned_number(asking, SUBJECT_CONTAINER, name->generator, span_text(name->code));
    if (name->name_case != CUSTODY__V1__CONTAINER_NAME__NAME_BULK)
        return 0;
    uint32_t generator = book_find(asking->book, SUBJECT_PARTY, span_text(name->generator));
    size_t len = generator == 0
                     ? 0
                     : book_write_bulk(generator,
                                       span_of(name->bulk->manifest.data, name->bulk->manifest.len),
                                       name->bulk->line, bytes);
    return len == 0 ? 0 : book_find(asking->book, SUBJECT_CONTAINER, span_of(bytes, len));
}

struct tracing {
    Custody__V1__TraceReply reply;
    Custody__V1__ContainerTrace *containers[QUERY_LIST_MAX];
    Custody__V1__ManifestView *manifests[8];
    Custody__V1__BatchView *batches[8];
};

static void trace_container(struct asking *asking, struct tracing *tracing, uint32_t number)
{
    if (tracing->reply.n_containers == QUERY_LIST_MAX)
        return;
    Custody__V1__ContainerTrace *trace = view_container(&asking->view, number);
    if (trace != NULL)
        tracing->containers[tracing->reply.n_containers++] = trace;
}

static void
trace_batch(struct asking *asking, struct tracing *tracing, uint32_t number, bool with_outputs)
{
    if (number == 0 ||
        tracing->reply.n_batches == sizeof tracing->batches / sizeof tracing->batches[0])
        return;
    Custody__V1__BatchView *view = view_batch(&asking->view, number);
    if (view == NULL)
        return;
    tracing->batches[tracing->reply.n_batches++] = view;
    for (size_t i = 0; with_outputs && i < view->n_outputs; i++)
        trace_container(asking, tracing, ask_container_number(asking, view->outputs[i]));
}

/* Forward: from the container to the batch that took it and to what that batch yielded. */
static void trace_forward(struct asking *asking, struct tracing *tracing)
{
    const Custody__V1__ContainerTrace *trace = tracing->containers[0];
    for (size_t i = 0; i < trace->n_steps; i++) {
        const Custody__V1__TraceStep *step = trace->steps[i];
        const char *slash =
            step->act == CUSTODY__V1__ACT__ACT_FEED && strcmp(step->effect, "applied") == 0
                ? strrchr(step->batch, '/')
                : NULL;
        char *party = slash == NULL
                          ? NULL
                          : arena_text(asking->query->arena,
                                       span_of(step->batch, (size_t)(slash - step->batch)));
        if (party != NULL)
            trace_batch(asking, tracing,
                        ask_owned_number(asking, SUBJECT_BATCH, party, span_text(slash + 1)), true);
    }
}

static uint32_t ask_page(const Custody__V1__QueryOptions *options)
{
    return options != NULL && options->page.len == 4 ? bytes_get_u32(options->page.data) : 0;
}

static uint32_t ask_limit(const Custody__V1__QueryOptions *options)
{
    if (options == NULL || options->limit == 0)
        return QUERY_LIST_DEFAULT;
    return options->limit < QUERY_LIST_MAX ? options->limit : QUERY_LIST_MAX;
}

static bool ask_is_late(const struct asking *asking)
{
    return asking->query->deadline_ns != 0 && clock_monotonic_ns() > asking->query->deadline_ns;
}

/* A manifest and its containers, a page at a time. */
static void trace_manifest(struct asking *asking,
                           struct tracing *tracing,
                           uint32_t number,
                           const Custody__V1__QueryOptions *options)
{
    const struct manifest *manifest = book_manifest(asking->book, number);
    Custody__V1__ManifestView *view = view_manifest(&asking->view, number);
    if (manifest == NULL || view == NULL)
        return;
    tracing->manifests[tracing->reply.n_manifests++] = view;
    uint32_t at = ask_page(options), end = at + ask_limit(options);
    for (; at < manifest->members && at < end && !ask_is_late(asking); at++)
        trace_container(asking, tracing,
                        (uint32_t)book_member(asking->book, SUBJECT_MANIFEST, number, at));
    uint8_t *page = at < manifest->members ? arena_alloc(asking->query->arena, 4) : NULL;
    if (page != NULL) {
        bytes_put_u32(page, at);
        tracing->reply.next_page = (ProtobufCBinaryData){.len = 4, .data = page};
    }
}

static uint32_t
trace_subject(struct asking *asking, const Custody__V1__TraceRequest *request, uint8_t *ret_kind)
{
    *ret_kind = SUBJECT_MANIFEST;
    switch (request->subject_case) {
    case CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER:
        *ret_kind = SUBJECT_CONTAINER;
        return ask_container_number(asking, request->container);
    case CUSTODY__V1__TRACE_REQUEST__SUBJECT_MANIFEST:
        return book_find(asking->book, SUBJECT_MANIFEST,
                         span_of(request->manifest.data, request->manifest.len));
    case CUSTODY__V1__TRACE_REQUEST__SUBJECT_MANIFEST_NUMBER:
        return book_find(asking->book, BOOK_NAME_NUMBER, span_text(request->manifest_number));
    case CUSTODY__V1__TRACE_REQUEST__SUBJECT_BATCH: {
        *ret_kind = SUBJECT_BATCH;
        const char *slash = strrchr(request->batch, '/');
        char *party = slash == NULL
                          ? NULL
                          : arena_text(asking->query->arena,
                                       span_of(request->batch, (size_t)(slash - request->batch)));
        return party == NULL ? 0
                             : ask_owned_number(asking, SUBJECT_BATCH, party, span_text(slash + 1));
    }
    case CUSTODY__V1__TRACE_REQUEST__SUBJECT__NOT_SET:
    case _CUSTODY__V1__TRACE_REQUEST__SUBJECT__CASE_IS_INT_SIZE:
        return 0;
    }
    return 0;
}

static bool ask_sees_subject(struct asking *asking, uint8_t kind, uint32_t number)
{
    if (kind == SUBJECT_CONTAINER)
        return ask_sees_container(asking, number);
    if (kind == SUBJECT_MANIFEST)
        return ask_sees_manifest(asking, number);
    const struct batch *batch = book_batch(asking->book, number);
    return batch != NULL &&
           (batch->facility == asking->query->caller->party ||
            ask_sees_division(asking, ask_party_division(asking, batch->facility)));
}

static void ask_trace(struct asking *asking, const Custody__V1__TraceRequest *request)
{
    uint8_t kind;
    uint32_t number = trace_subject(asking, request, &kind);
    if (number == 0 ||
        (kind == SUBJECT_CONTAINER && book_record(asking->book, kind, number).data == NULL)) {
        ask_refuse(asking, CUSTODY_REASON_not_found, "subject");
        return;
    }
    if (!ask_sees_subject(asking, kind, number)) {
        ask_refuse(asking, CUSTODY_REASON_not_visible, "subject");
        return;
    }
    struct tracing *tracing = arena_alloc(asking->query->arena, sizeof *tracing);
    if (tracing == NULL) {
        ask_refuse(asking, CUSTODY_REASON_queue_full, NULL);
        return;
    }
    custody__v1__trace_reply__init(&tracing->reply);
    tracing->reply.basis = ask_basis(asking, request->options);
    tracing->reply.containers = tracing->containers;
    tracing->reply.manifests = tracing->manifests;
    tracing->reply.batches = tracing->batches;
    if (kind == SUBJECT_CONTAINER) {
        trace_container(asking, tracing, number);
        if (request->forward && tracing->reply.n_containers == 1)
            trace_forward(asking, tracing);
    } else if (kind == SUBJECT_MANIFEST) {
        trace_manifest(asking, tracing, number, request->options);
    } else {
        trace_batch(asking, tracing, number, true);
    }
    ask_reply(asking, &tracing->reply.base);
}

/* ---- unclosed and findings ---------------------------------------------------------------------- */

struct listing {
    struct asking *asking;
    bool wants_findings;
    uint32_t first_division, last_division;
    uint32_t party; /* 0: all */
    uint32_t least_weight;
    struct work *rows; /* the `count` most urgent so far, in order */
    uint32_t count, limit;
    uint64_t total;
    const struct work *after; /* NULL, or the page before ended here */
    uint32_t visited;
    bool is_late;
};

/* Most urgent first; the rest of the key only breaks ties, so that pages never shift. */
static int listing_compare(const struct work *a, const struct work *b)
{
    uint8_t key_a[WORK_KEY_BYTES], key_b[WORK_KEY_BYTES];
    if (a->due_us != b->due_us)
        return a->due_us < b->due_us ? -1 : 1;
    work_write_key(a, key_a);
    work_write_key(b, key_b);
    return memcmp(key_a, key_b, sizeof key_a);
}

static bool listing_wants(const struct listing *listing, const struct work *row)
{
    bool is_overdue = row->kind == WORK_OBLIGATION && row->due_us < listing->asking->query->now_us;
    if (!listing->wants_findings)
        return row->kind != WORK_FINDING;
    if (row->kind != WORK_FINDING && !is_overdue)
        return false;
    const struct rule_row *rule = rule_find(row->rule);
    return rule != NULL && (uint32_t)rule->weight >= listing->least_weight;
}

static bool listing_sees(const struct listing *listing, const struct work *row)
{
    struct asking *asking = listing->asking;
    uint32_t own = asking->query->caller->party;
    if (listing->party != 0 && row->party != listing->party) {
        uint32_t division;
        bool took_part = row->subject_kind == SUBJECT_MANIFEST
                             ? view_took_part_manifest(&asking->view, (uint32_t)row->subject,
                                                       listing->party, &division)
                             : row->subject_kind == SUBJECT_CONTAINER &&
                                   view_took_part_container(&asking->view, (uint32_t)row->subject,
                                                            listing->party, &division);
        if (!took_part)
            return false;
    }
    if (row->party == own || ask_sees_division(asking, row->division))
        return true;
    if (row->subject_kind == SUBJECT_MANIFEST)
        return ask_sees_manifest(asking, (uint32_t)row->subject);
    return row->subject_kind == SUBJECT_CONTAINER &&
           ask_sees_container(asking, (uint32_t)row->subject);
}

static void listing_insert(struct listing *listing, const struct work *row)
{
    if (listing->after != NULL && listing_compare(row, listing->after) <= 0)
        return;
    if (listing->count == listing->limit &&
        listing_compare(row, &listing->rows[listing->count - 1]) >= 0)
        return;
    uint32_t low = 0, high = listing->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (listing_compare(&listing->rows[middle], row) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t moved = listing->count - low;
    if (listing->count == listing->limit)
        moved--;
    else
        listing->count++;
    memmove(&listing->rows[low + 1], &listing->rows[low], moved * sizeof *row);
    listing->rows[low] = *row;
}

static bool listing_visit(void *context, struct span key, struct span value)
{
    struct listing *listing = context;
    struct work row;
    if (!work_parse(key, value, &row)) {
        book_fail(listing->asking->book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    if (row.division > listing->last_division)
        return false;
    if (listing_wants(listing, &row) && listing_sees(listing, &row)) {
        listing->total++;
        listing_insert(listing, &row);
    }
    if (++listing->visited % QUERY_DEADLINE_ROWS == 0 && ask_is_late(listing->asking))
        listing->is_late = true;
    return !listing->is_late;
}

/* False when the question cannot be read; the answer has been given then. */
static bool listing_run(struct listing *listing,
                        const char *division,
                        const char *party,
                        const Custody__V1__QueryOptions *options)
{
    struct asking *asking = listing->asking;
    uint8_t from[4];
    struct work *after = arena_alloc(asking->query->arena, sizeof *after);
    listing->first_division = 0;
    listing->last_division = UINT32_MAX;
    if (division[0] != 0 && !division_parse_prefix(span_text(division), &listing->first_division,
                                                   &listing->last_division)) {
        ask_refuse(asking, CUSTODY_REASON_bad_question, "division");
        return false;
    }
    listing->party = party[0] == 0 ? 0 : book_find(asking->book, SUBJECT_PARTY, span_text(party));
    if (party[0] != 0 && listing->party == 0) {
        ask_refuse(asking, CUSTODY_REASON_not_found, "party");
        return false;
    }
    if (options != NULL && options->page.len > 0) {
        /* A page ends with the last row shown: its key and its value. */
        size_t key_len = options->page.len < WORK_KEY_BYTES ? options->page.len : WORK_KEY_BYTES;
        if (after == NULL ||
            !work_parse(span_of(options->page.data, key_len),
                        span_of(options->page.data + key_len, options->page.len - key_len),
                        after)) {
            ask_refuse(asking, CUSTODY_REASON_bad_question, "options.page");
            return false;
        }
        listing->after = after;
    }
    listing->limit = ask_limit(options);
    listing->rows = arena_alloc(asking->query->arena, (listing->limit + 1) * sizeof *listing->rows);
    if (listing->rows == NULL) {
        ask_refuse(asking, CUSTODY_REASON_queue_full, NULL);
        return false;
    }
    bytes_put_u32(from, listing->first_division);
    lookups_snapshot_scan(asking->lookups, LOOKUPS_WORK, (struct span){0},
                          span_of(from, sizeof from), listing_visit, listing);
    if (listing->is_late) {
        ask_refuse(asking, CUSTODY_REASON_queue_full, "division");
        return false;
    }
    return true;
}

static ProtobufCBinaryData listing_next_page(const struct listing *listing)
{
    uint8_t *page = listing->count < listing->limit ? NULL
                                                    : arena_alloc(listing->asking->query->arena,
                                                                  WORK_KEY_BYTES + WORK_VALUE_MAX);
    if (page == NULL)
        return (ProtobufCBinaryData){0};
    const struct work *last = &listing->rows[listing->count - 1];
    work_write_key(last, page);
    return (ProtobufCBinaryData){
        .len = WORK_KEY_BYTES + work_write_value(last, page + WORK_KEY_BYTES), .data = page};
}

static Custody__V1__OpenItem *ask_open_item(struct asking *asking, const struct work *row)
{
    const struct view *view = &asking->view;
    Custody__V1__OpenItem *item = arena_alloc(asking->query->arena, sizeof *item);
    if (item == NULL)
        return NULL;
    custody__v1__open_item__init(item);
    item->kind = (char *)(row->kind == WORK_MANIFEST ? "manifest" : "obligation");
    item->subject = view_subject(view, row->subject_kind, row->subject);
    char *division = arena_format(asking->query->arena, "%06u", row->division);
    if (division != NULL)
        item->division = division;
    item->division_name = view_division(view, row->division);
    item->holder = view_party(view, row->party);
    item->holder_name = view_party_name(view, row->party);
    item->due = row->due_us;
    if (row->kind == WORK_MANIFEST) {
        item->manifest = view_manifest(view, (uint32_t)row->subject);
        item->since = item->manifest == NULL ? 0 : item->manifest->issued_at;
    } else {
        item->obligation = view_obligation(view, row);
        item->since = row->notice_us;
    }
    return item;
}

static void ask_unclosed(struct asking *asking, const Custody__V1__UnclosedRequest *request)
{
    struct listing listing = {.asking = asking};
    if (!listing_run(&listing, request->division, request->party, request->options))
        return;
    Custody__V1__UnclosedReply reply = CUSTODY__V1__UNCLOSED_REPLY__INIT;
    reply.basis = ask_basis(asking, request->options);
    reply.items = arena_alloc(asking->query->arena, (listing.count + 1) * sizeof *reply.items);
    for (uint32_t i = 0; reply.items != NULL && i < listing.count; i++) {
        Custody__V1__OpenItem *item = ask_open_item(asking, &listing.rows[i]);
        if (item != NULL)
            reply.items[reply.n_items++] = item;
    }
    reply.total = listing.total;
    reply.next_page = listing_next_page(&listing);
    reply.now = asking->query->now_us;
    ask_reply(asking, &reply.base);
}

static void ask_findings(struct asking *asking, const Custody__V1__FindingsRequest *request)
{
    struct listing listing = {
        .asking = asking, .wants_findings = true, .least_weight = (uint32_t)request->least};
    if (!listing_run(&listing, request->division, request->party, request->options))
        return;
    Custody__V1__FindingsReply reply = CUSTODY__V1__FINDINGS_REPLY__INIT;
    reply.basis = ask_basis(asking, request->options);
    reply.findings =
        arena_alloc(asking->query->arena, (listing.count + 1) * sizeof *reply.findings);
    for (uint32_t i = 0; reply.findings != NULL && i < listing.count; i++) {
        Custody__V1__Finding *finding = view_finding(&asking->view, &listing.rows[i]);
        if (finding != NULL)
            reply.findings[reply.n_findings++] = finding;
    }
    reply.next_page = listing_next_page(&listing);
    reply.now = asking->query->now_us;
    ask_reply(asking, &reply.base);
}

/* ---- entries and proofs ------------------------------------------------------------------------- */

/* A statement's entry; UINT64_MAX when it is not there. */
static uint64_t ask_statement_entry(struct asking *asking, const Custody__V1__StatementName *name)
{
    struct book_slot slot;
    uint32_t key =
        name->key.len != PUBLIC_KEY_SIZE
            ? 0
            : book_find(asking->book, SUBJECT_KEY, span_of(name->key.data, name->key.len));
    if (key == 0 || name->id.len != DIGEST_SIZE ||
        !book_slot(asking->book, key, name->sequence, &slot))
        return UINT64_MAX;
    for (uint32_t i = 0; i < slot.count; i++)
        if (memcmp(slot.statements[i].id, name->id.data, sizeof slot.statements[i].id) == 0)
            return slot.statements[i].entry;
    return UINT64_MAX;
}

/* Every entry that leaves the process is checked against the leaf hash that the tree was built from. */
static Custody__V1__Entry *ask_entry(struct asking *asking, uint64_t number)
{
    struct digest leaf;
    struct span bytes = {0};
    if (!ask_node(asking, 0, number, &leaf) ||
        journal_read(asking->journal, number, &leaf, &bytes) != CUSTODY_OK) {
        book_fail(asking->book, CUSTODY_ERR_CORRUPT);
        return NULL;
    }
    Custody__V1__Entry *entry = arena_alloc(asking->query->arena, sizeof *entry);
    uint8_t *hash = arena_copy(asking->query->arena, leaf.bytes, sizeof leaf.bytes);
    if (entry == NULL || hash == NULL)
        return NULL;
    custody__v1__entry__init(entry);
    entry->number = number;
    entry->leaf_hash = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = hash};
    if (ask_sees_entry(asking, bytes))
        entry->bytes = (ProtobufCBinaryData){.len = bytes.len, .data = (uint8_t *)bytes.data};
    return entry;
}

static Custody__V1__Entry *ask_proved_entry(struct asking *asking, uint64_t number, uint64_t size)
{
    struct merkle_proof proof;
    Custody__V1__Entry *entry = ask_entry(asking, number);
    if (entry != NULL && merkle_prove_inclusion(number, size, ask_node, asking, &proof))
        entry->proof = view_inclusion(asking->query->arena, number, size, &proof);
    return entry;
}

static void ask_show(struct asking *asking, const Custody__V1__ShowRequest *request)
{
    uint64_t number = request->subject_case == CUSTODY__V1__SHOW_REQUEST__SUBJECT_ENTRY
                          ? request->entry
                      : request->subject_case == CUSTODY__V1__SHOW_REQUEST__SUBJECT_STATEMENT
                          ? ask_statement_entry(asking, request->statement)
                          : UINT64_MAX;
    if (number >= asking->size) {
        ask_refuse(asking, CUSTODY_REASON_not_found, "subject");
        return;
    }
    Custody__V1__ShowReply reply = CUSTODY__V1__SHOW_REPLY__INIT;
    reply.basis = ask_basis(asking, request->options);
    reply.entry = ask_proved_entry(asking, number, asking->size);
    ask_reply(asking, &reply.base);
}

static void ask_prove(struct asking *asking, const Custody__V1__ProveRequest *request)
{
    uint64_t size = request->size == 0 ? asking->size : request->size;
    uint64_t number = request->subject_case == CUSTODY__V1__PROVE_REQUEST__SUBJECT_ENTRY
                          ? request->entry
                      : request->subject_case == CUSTODY__V1__PROVE_REQUEST__SUBJECT_STATEMENT
                          ? ask_statement_entry(asking, request->statement)
                          : UINT64_MAX;
    if (size > asking->size || number >= size) {
        ask_refuse(asking, CUSTODY_REASON_not_found, size > asking->size ? "size" : "subject");
        return;
    }
    Custody__V1__ProveReply reply = CUSTODY__V1__PROVE_REPLY__INIT;
    reply.basis = ask_basis(asking, request->options);
    reply.entry = ask_proved_entry(asking, number, size);
    ask_reply(asking, &reply.base);
}

static void ask_entries(struct asking *asking, const Custody__V1__EntriesRequest *request)
{
    Custody__V1__EntriesReply reply = CUSTODY__V1__ENTRIES_REPLY__INIT;
    uint32_t limit = ask_limit(request->options);
    size_t bytes = 0;
    reply.basis = ask_basis(asking, request->options);
    reply.entries = arena_alloc(asking->query->arena, limit * sizeof *reply.entries);
    for (uint64_t number = request->from;
         reply.entries != NULL && number < asking->size && reply.n_entries < limit &&
         bytes < QUERY_ENTRIES_BYTES && !ask_is_late(asking);
         number++) {
        Custody__V1__Entry *entry = ask_entry(asking, number);
        if (entry == NULL)
            break;
        reply.entries[reply.n_entries++] = entry;
        bytes += entry->bytes.len + 64;
    }
    ask_reply(asking, &reply.base);
}

/* ---- one question ------------------------------------------------------------------------------- */

static const ProtobufCMessageDescriptor *ask_descriptor(uint16_t kind)
{
    switch ((enum envelope_kind)kind) {
    case ENVELOPE_HELLO:
        return &custody__v1__hello_request__descriptor;
    case ENVELOPE_HEAD:
        return &custody__v1__head_request__descriptor;
    case ENVELOPE_TRACE:
        return &custody__v1__trace_request__descriptor;
    case ENVELOPE_UNCLOSED:
        return &custody__v1__unclosed_request__descriptor;
    case ENVELOPE_FINDINGS:
        return &custody__v1__findings_request__descriptor;
    case ENVELOPE_SHOW:
        return &custody__v1__show_request__descriptor;
    case ENVELOPE_PROVE:
        return &custody__v1__prove_request__descriptor;
    case ENVELOPE_ENTRIES:
        return &custody__v1__entries_request__descriptor;
    case ENVELOPE_PARTY:
        return &custody__v1__party_request__descriptor;
    case ENVELOPE_SUBMIT:
    case ENVELOPE_STATUS:
        return NULL;
    }
    return NULL;
}

static const Custody__V1__QueryOptions *ask_options(uint16_t kind, const void *request)
{
    switch ((enum envelope_kind)kind) {
    case ENVELOPE_TRACE:
        return ((const Custody__V1__TraceRequest *)request)->options;
    case ENVELOPE_UNCLOSED:
        return ((const Custody__V1__UnclosedRequest *)request)->options;
    case ENVELOPE_FINDINGS:
        return ((const Custody__V1__FindingsRequest *)request)->options;
    case ENVELOPE_SHOW:
        return ((const Custody__V1__ShowRequest *)request)->options;
    case ENVELOPE_PROVE:
        return ((const Custody__V1__ProveRequest *)request)->options;
    case ENVELOPE_ENTRIES:
        return ((const Custody__V1__EntriesRequest *)request)->options;
    case ENVELOPE_PARTY:
        return ((const Custody__V1__PartyRequest *)request)->options;
    case ENVELOPE_HELLO:
    case ENVELOPE_HEAD:
    case ENVELOPE_SUBMIT:
    case ENVELOPE_STATUS:
        return NULL;
    }
    return NULL;
}

static void ask_any(struct asking *asking, const void *request)
{
    switch ((enum envelope_kind)asking->query->kind) {
    case ENVELOPE_HELLO:
        ask_hello(asking);
        break;
    case ENVELOPE_HEAD:
        ask_head(asking, request);
        break;
    case ENVELOPE_TRACE:
        ask_trace(asking, request);
        break;
    case ENVELOPE_UNCLOSED:
        ask_unclosed(asking, request);
        break;
    case ENVELOPE_FINDINGS:
        ask_findings(asking, request);
        break;
    case ENVELOPE_SHOW:
        ask_show(asking, request);
        break;
    case ENVELOPE_PROVE:
        ask_prove(asking, request);
        break;
    case ENVELOPE_ENTRIES:
        ask_entries(asking, request);
        break;
    case ENVELOPE_PARTY:
        ask_party(asking, request);
        break;
    case ENVELOPE_SUBMIT:
    case ENVELOPE_STATUS:
        break;
    }
}

void query_answer(struct ledger *ledger, struct query *query)
{
    struct asking asking = {.ledger = ledger, .query = query};
    const ProtobufCMessageDescriptor *descriptor = ask_descriptor(query->kind);
    if (descriptor == NULL || !access_may_ask(query->caller, query->kind)) {
        ask_refuse(&asking,
                   descriptor == NULL ? CUSTODY_REASON_unknown_kind : CUSTODY_REASON_not_admitted,
                   NULL);
        return;
    }
    const ProtobufCMessage *request = protobuf_c_message_unpack(
        descriptor, arena_protobuf(query->arena), query->body.len, query->body.data);
    if (request == NULL) {
        ask_refuse(&asking, CUSTODY_REASON_bad_question, NULL);
        return;
    }
    const Custody__V1__QueryOptions *options = ask_options(query->kind, request);
    if (options != NULL && options->at_least > 0 &&
        !ledger_wait(ledger, options->at_least, QUERY_WAIT_MS)) {
        ask_refuse(&asking, CUSTODY_REASON_not_yet, "options.at_least");
        return;
    }
    /* Look-ups first: then the journal's snapshot has every entry that they reflect. */
    if (lookups_snapshot_begin(ledger->lookups, &asking.lookups) == CUSTODY_OK &&
        journal_snapshot_begin(ledger->journal, &asking.journal) == CUSTODY_OK)
        asking.book = book_create(NULL, asking.lookups, NULL, QUERY_ARENA);
    if (asking.book == NULL) {
        ask_refuse(&asking, CUSTODY_REASON_queue_full, NULL);
    } else {
        asking.position = lookups_snapshot_position(asking.lookups);
        asking.size = journal_snapshot_size(asking.journal);
        asking.view = (struct view){.book = asking.book,
                                    .annex = ledger->annex,
                                    .arena = query->arena,
                                    .now_us = query->now_us};
        ask_any(&asking, request);
    }
    book_destroy(asking.book);
    journal_snapshot_end(asking.journal);
    lookups_snapshot_end(asking.lookups);
}
