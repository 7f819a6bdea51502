/* trace.c: the chain of custody of a container, a manifest or a batch.
 * Never writes. */
#include "daemon/service/trace.h"

#include <string.h>

#include "proto/body.h"
#include "daemon/service/gather.h"
#include "daemon/service/sheet.h"
#include "daemon/service/treated.h"

static uint32_t
trace_owned_number(struct asking *asking, unsigned kind, const char *party, struct span code)
{
    uint8_t name[BOOK_NAME_MAX];
    uint32_t owner = book_find(asking->book, SUBJECT_PARTY, span_text(party));
    size_t len = owner == 0 ? 0 : book_write_owned(owner, code, name);
    return len == 0 ? 0 : book_find(asking->book, kind, span_of(name, len));
}

static uint32_t trace_container_number(struct asking *asking,
                                       const Custody__V1__ContainerName *name)
{
    uint8_t bytes[BOOK_NAME_MAX];
    if (name->name_case == CUSTODY__V1__CONTAINER_NAME__NAME_CODE)
        return trace_owned_number(asking, SUBJECT_CONTAINER, name->generator,
                                  span_text(name->code));
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
    bool state_only;
    Custody__V1__ContainerTrace *containers[ASKING_LIST_MAX];
    uint32_t numbers[ASKING_LIST_MAX];
    Custody__V1__ManifestView *manifests[8];
    Custody__V1__BatchView *batches[8];
};

/* The id of the statement that a step rests on, read from its entry, which is checked like any that leaves. */
static void trace_name_statement(struct asking *asking, Custody__V1__TraceStep *step)
{
    struct digest leaf, id;
    struct span bytes = {0};
    struct entry entry;
    if (!asking_leaf(asking, step->entry, &leaf) ||
        journal_read(asking->journal, step->entry, &leaf, &bytes) != CUSTODY_OK ||
        !entry_parse(bytes, &entry)) {
        book_fail(asking->book, CUSTODY_ERR_CORRUPT);
        return;
    }
    id = digest_sha256(entry.statement);
    uint8_t *copy = arena_copy(asking->query->arena, id.bytes, sizeof id.bytes);
    if (copy != NULL)
        step->statement_id = (ProtobufCBinaryData){.len = sizeof id.bytes, .data = copy};
}

/* At that place among its facts; NULL: the newest. */
static void trace_container(struct asking *asking,
                            struct tracing *tracing,
                            uint32_t number,
                            const struct fact *at)
{
    struct fact place = at == NULL ? volumes_newest() : *at;
    if (tracing->reply.n_containers == ASKING_LIST_MAX)
        return;
    number = gather_container(asking->book, number, &place);
    for (size_t i = 0; i < tracing->reply.n_containers; i++)
        if (tracing->numbers[i] == number)
            return; /* under another of its labels */
    Custody__V1__ContainerTrace *trace =
        (tracing->state_only ? view_container_state : view_container)(&asking->view, number,
                                                                      at == NULL ? NULL : &place);
    if (trace == NULL)
        return;
    for (size_t i = 0; i < trace->n_steps; i++)
        trace_name_statement(asking, trace->steps[i]);
    tracing->numbers[tracing->reply.n_containers] = number;
    tracing->containers[tracing->reply.n_containers++] = trace;
}

static void
trace_batch(struct asking *asking, struct tracing *tracing, uint32_t number, bool with_outputs)
{
    if (number == 0 ||
        tracing->reply.n_batches == sizeof tracing->batches / sizeof tracing->batches[0])
        return;
    Custody__V1__BatchView *view = sheet_batch(&asking->view, &asking->sight, number);
    if (view == NULL)
        return;
    tracing->batches[tracing->reply.n_batches++] = view;
    for (size_t i = 0; with_outputs && i < view->n_outputs; i++)
        trace_container(asking, tracing, trace_container_number(asking, view->outputs[i]), NULL);
}

/* Forward: from the container to the batch that took it and to what that batch yielded. */
static void trace_forward(struct asking *asking, struct tracing *tracing)
{
    const Custody__V1__ContainerTrace *trace = tracing->containers[0];
    for (size_t i = 0; i < trace->n_steps; i++) {
        const Custody__V1__TraceStep *step = trace->steps[i];
        const char *slash =
            step->act == CUSTODY__V1__ACT__ACT_FEED &&
                    (strcmp(step->effect, "applied") == 0 || strcmp(step->effect, "disputed") == 0)
                ? strrchr(step->batch, '/')
                : NULL;
        char *party = slash == NULL
                          ? NULL
                          : arena_text(asking->query->arena,
                                       span_of(step->batch, (size_t)(slash - step->batch)));
        if (party != NULL)
            trace_batch(asking, tracing,
                        trace_owned_number(asking, SUBJECT_BATCH, party, span_text(slash + 1)),
                        true);
    }
}

static uint32_t trace_page(const Custody__V1__QueryOptions *options)
{
    return options != NULL && options->page.len == 4 ? bytes_get_u32(options->page.data) : 0;
}

/* What the receiver's office said line by line, read from its entry, which is checked like any that leaves. */
static void trace_confirmed(struct asking *asking,
                            const struct manifest *manifest,
                            Custody__V1__ManifestView *view)
{
    const struct fact *confirm =
        manifest_find(manifest, CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT, true);
    struct digest leaf;
    struct span bytes = {0};
    struct entry entry;
    struct statement statement;
    const char *field = NULL;
    if (confirm == NULL)
        return;
    if (!asking_leaf(asking, confirm->entry, &leaf) ||
        journal_read(asking->journal, confirm->entry, &leaf, &bytes) != CUSTODY_OK ||
        !entry_parse(bytes, &entry) ||
        statement_parse(entry.statement, &statement, &field) != STATEMENT_OK) {
        book_fail(asking->book, CUSTODY_ERR_CORRUPT);
        return;
    }
    const Custody__V1__ConfirmReceiptBody *said =
        (const Custody__V1__ConfirmReceiptBody *)body_unpack(
            &custody__v1__confirm_receipt_body__descriptor, statement.body,
            arena_protobuf(asking->query->arena));
    if (said == NULL)
        return;
    view->n_confirmed = said->n_lines;
    view->confirmed = said->lines;
}

static bool trace_has_manifest(const struct tracing *tracing, ProtobufCBinaryData id)
{
    for (size_t i = 0; i < tracing->reply.n_manifests; i++)
        if (tracing->manifests[i]->manifest.len == id.len &&
            memcmp(tracing->manifests[i]->manifest.data, id.data, id.len) == 0)
            return true;
    return false;
}

/* Adds the form of one manifest, if the asker may see it and there is room. */
static bool trace_form(struct asking *asking, struct tracing *tracing, uint32_t number)
{
    const struct manifest *manifest = book_manifest(asking->book, number);
    if (number == 0 || manifest == NULL ||
        tracing->reply.n_manifests == sizeof tracing->manifests / sizeof tracing->manifests[0] ||
        (tracing->reply.n_manifests > 0 && !asking_sees_manifest(asking, number)))
        return false;
    Custody__V1__ManifestView *view = sheet_manifest(&asking->view, &asking->sight, number);
    if (view == NULL || trace_has_manifest(tracing, view->manifest))
        return false;
    trace_confirmed(asking, manifest, view);
    tracing->manifests[tracing->reply.n_manifests++] = view;
    return true;
}

/* Where it came from: its parent, the parent's parent. */
static void trace_parents(struct asking *asking, struct tracing *tracing, uint32_t number)
{
    const struct manifest *manifest = book_manifest(asking->book, number);
    while (manifest != NULL && manifest->parent != 0 &&
           trace_form(asking, tracing, manifest->parent))
        manifest = book_manifest(asking->book, manifest->parent);
}

/* Where it went: what continued it, and the batches that treated it with what came of them. */
static void trace_continued(struct asking *asking, struct tracing *tracing, uint32_t number)
{
    uint32_t queue[sizeof tracing->manifests / sizeof tracing->manifests[0]] = {number};
    size_t count = 1;
    for (size_t at = 0; at < count; at++) {
        const struct manifest *manifest = book_manifest(asking->book, queue[at]);
        struct manifest_batch pair;
        uint32_t batch;
        for (uint32_t i = 0; manifest != NULL &&
                             (batch = treated_at(asking->book, manifest, queue[at], i, &pair)) != 0;
             i++)
            if (pair.fed != 0)
                trace_batch(asking, tracing, batch, true);
        for (uint32_t i = 0; count < sizeof queue / sizeof queue[0]; i++) {
            uint32_t child = sheet_child(&asking->view, queue[at], i);
            if (child == 0)
                break;
            if (trace_form(asking, tracing, child))
                queue[count++] = child;
        }
    }
}

/* The volume of a member that names the manifest: its first fact there, or the spell. */
static struct fact trace_place(struct asking *asking, uint64_t member, uint32_t manifest)
{
    struct facts facts;
    uint32_t spell = volumes_member_spell(member);
    struct fact place = volumes_at(volumes_spell_start(spell));
    if (volumes_spell_read(asking->book, volumes_member_container(member), spell, &facts))
        for (uint32_t i = facts.count; i > 0; i--)
            if (facts.all[i - 1].manifest == manifest)
                place = facts.all[i - 1];
    return place;
}

/* A manifest and its containers, a page at a time; with the first page where it came from and, forward, where it went. */
static void trace_manifest(struct asking *asking,
                           struct tracing *tracing,
                           uint32_t number,
                           const Custody__V1__TraceRequest *request)
{
    const Custody__V1__QueryOptions *options = request->options;
    const struct manifest *manifest = book_manifest(asking->book, number);
    if (manifest == NULL || !trace_form(asking, tracing, number))
        return;
    uint32_t at = trace_page(options), end = at + asking_limit(options);
    if (at == 0) {
        trace_parents(asking, tracing, number);
        if (request->forward)
            trace_continued(asking, tracing, number);
    }
    for (; at < manifest->members && at < end && !asking_is_late(asking); at++) {
        uint64_t member = book_member(asking->book, SUBJECT_MANIFEST, number, at);
        struct fact place = trace_place(asking, member, number);
        if (!volumes_member_is_again(member))
            trace_container(asking, tracing, volumes_member_container(member), &place);
    }
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
        return trace_container_number(asking, request->container);
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
        return party == NULL
                   ? 0
                   : trace_owned_number(asking, SUBJECT_BATCH, party, span_text(slash + 1));
    }
    case CUSTODY__V1__TRACE_REQUEST__SUBJECT__NOT_SET:
    case _CUSTODY__V1__TRACE_REQUEST__SUBJECT__CASE_IS_INT_SIZE:
        return 0;
    }
    return 0;
}

static bool
trace_sees_subject(struct asking *asking, uint8_t kind, uint32_t number, const struct fact *place)
{
    if (kind == SUBJECT_CONTAINER)
        return asking_sees_container(asking, number, place);
    if (kind == SUBJECT_MANIFEST)
        return asking_sees_manifest(asking, number);
    const struct batch *batch = book_batch(asking->book, number);
    return batch != NULL && asking_sees_party(asking, batch->facility);
}

void trace_answer(struct asking *asking, const Custody__V1__TraceRequest *request)
{
    uint8_t kind;
    uint32_t number = trace_subject(asking, request, &kind);
    if (number == 0 ||
        (kind == SUBJECT_CONTAINER && book_record(asking->book, kind, number).data == NULL)) {
        asking_refuse(asking, CUSTODY_REASON_not_found, "subject");
        return;
    }
    struct fact place = request->during == 0 ? volumes_newest() : volumes_at(request->during);
    if (kind == SUBJECT_CONTAINER)
        number = gather_container(asking->book, number, &place);
    if (!trace_sees_subject(asking, kind, number, &place)) {
        asking_refuse(asking, CUSTODY_REASON_not_visible, "subject");
        return;
    }
    /* Of its lists nothing is read beyond what the reply counts. */
    struct tracing *tracing = arena_room(asking->query->arena, sizeof *tracing);
    if (tracing == NULL) {
        asking_refuse(asking, CUSTODY_REASON_queue_full, NULL);
        return;
    }
    custody__v1__trace_reply__init(&tracing->reply);
    /* The way on to the batches is found by the steps. */
    tracing->state_only = request->state_only && !request->forward;
    tracing->reply.basis = asking_basis(asking, request->options);
    tracing->reply.containers = tracing->containers;
    tracing->reply.manifests = tracing->manifests;
    tracing->reply.batches = tracing->batches;
    if (kind == SUBJECT_CONTAINER) {
        trace_container(asking, tracing, number, request->during == 0 ? NULL : &place);
        if (request->forward && tracing->reply.n_containers == 1)
            trace_forward(asking, tracing);
    } else if (kind == SUBJECT_MANIFEST) {
        trace_manifest(asking, tracing, number, request);
    } else {
        trace_batch(asking, tracing, number, true);
    }
    asking_reply(asking, &tracing->reply.base);
}
