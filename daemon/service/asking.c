/* asking.c: one question being answered: its snapshots, what its answer rests on, what its asker may see.
 * Never writes. */
#include "daemon/service/asking.h"

#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/service/paging.h"
#include "daemon/service/submit.h"

void asking_refuse(struct asking *asking, uint32_t reason, const char *field)
{
    struct query *query = asking->query;
    query->reply = submit_problem(query->arena, reason, field, NULL, NULL, 1000, &query->outcome);
}

/* ---- pages ---- */

static struct paging asking_paging(const struct asking *asking)
{
    return (struct paging){.keys = ledger_keys(asking->ledger),
                           .question = asking->query->kind,
                           .key = asking->query->caller->key};
}

bool asking_open_page(struct asking *asking, Custody__V1__QueryOptions *options)
{
    const struct paging paging = asking_paging(asking);
    struct span content;
    if (options == NULL || options->page.len == 0)
        return true;
    if (!paging_open(&paging, span_of(options->page.data, options->page.len), asking->query->arena,
                     &content))
        return false;
    options->page = (ProtobufCBinaryData){.len = content.len, .data = (uint8_t *)content.data};
    return true;
}

/* Of any answer that has a next page. False when memory is used up: a list must not seem to end there. */
static bool asking_seal_page(struct asking *asking, ProtobufCMessage *message)
{
    const struct paging paging = asking_paging(asking);
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "next_page");
    ProtobufCBinaryData page;
    if (field == NULL)
        return true;
    memcpy(&page, (const uint8_t *)message + field->offset, sizeof page);
    if (page.len == 0)
        return true;
    struct span token = paging_seal(&paging, span_of(page.data, page.len), asking->query->arena);
    page = (ProtobufCBinaryData){.len = token.len, .data = (uint8_t *)token.data};
    memcpy((uint8_t *)message + field->offset, &page, sizeof page);
    return token.data != NULL;
}

/* ---- the answer ---- */

void asking_reply(struct asking *asking, ProtobufCMessage *message)
{
    struct query *query = asking->query;
    if (!asking_seal_page(asking, message)) {
        asking_refuse(asking, CUSTODY_REASON_queue_full, NULL);
        return;
    }
    query->outcome = 0;
    query->reply = view_pack(query->arena, message);
    if (query->reply.data == NULL || query->reply.len > ENVELOPE_REPLY_SIZE_MAX)
        asking_refuse(asking, CUSTODY_REASON_too_large, "options.limit");
}

bool asking_is_late(const struct asking *asking)
{
    return asking->query->deadline_ns != 0 && clock_monotonic_ns() > asking->query->deadline_ns;
}

uint32_t asking_limit(const Custody__V1__QueryOptions *options)
{
    if (options == NULL || options->limit == 0)
        return ASKING_LIST_DEFAULT;
    return options->limit < ASKING_LIST_MAX ? options->limit : ASKING_LIST_MAX;
}

/* ---- the tree under the head ---- */

/* Tiles trail the journal by a moment; what they lack is hashed from the entries themselves. The depth is that of the
 * tree above the first entry the tiles lack: at most `level`. */
bool asking_node(void *context, uint32_t level, uint64_t index, struct digest *ret)
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
    if (!asking_node(context, level - 1, 2 * index, &left) ||
        !asking_node(context, level - 1, 2 * index + 1, &right))
        return false;
    *ret = merkle_node(&left, &right);
    return true;
}

bool asking_leaf(struct asking *asking, uint64_t number, struct digest *ret)
{
    if (number >= asking->position && !asking->tail_is_sound) {
        struct checkpoint head;
        struct digest root;
        asking->tail_is_sound = checkpoint_parse(journal_snapshot_head(asking->journal), &head) &&
                                head.size == asking->size &&
                                merkle_root_at(asking->size, asking_node, asking, &root) &&
                                digest_is_equal(&root, &head.root);
        if (!asking->tail_is_sound)
            return false;
    }
    return asking_node(asking, 0, number, ret);
}

bool asking_entry(struct asking *asking, uint64_t number, struct digest *ret_leaf, struct span *ret)
{
    if (number >= asking->size)
        return false;
    if (asking_leaf(asking, number, ret_leaf) &&
        journal_read(asking->journal, number, ret_leaf, ret) == CUSTODY_OK)
        return true;
    book_fail(asking->book, CUSTODY_ERR_CORRUPT);
    return false;
}

Custody__V1__ConsistencyProof *asking_consistency(struct asking *asking, uint64_t known_size)
{
    struct merkle_proof proof;
    if (known_size == 0 || known_size > asking->size ||
        !merkle_prove_consistency(known_size, asking->size, asking_node, asking, &proof))
        return NULL;
    return view_consistency(asking->query->arena, known_size, asking->size, &proof);
}

Custody__V1__Basis *asking_basis(struct asking *asking, const Custody__V1__QueryOptions *options)
{
    Custody__V1__Basis *basis = arena_alloc(asking->query->arena, sizeof *basis);
    if (basis == NULL)
        return NULL;
    custody__v1__basis__init(basis);
    struct span head = journal_snapshot_head(asking->journal);
    basis->as_of = asking->position;
    basis->checkpoint = (ProtobufCBinaryData){.len = head.len, .data = (uint8_t *)head.data};
    basis->consistency = asking_consistency(asking, options == NULL ? 0 : options->known_size);
    return basis;
}

/* ---- who may see what ---- */

bool asking_sees_division(const struct asking *asking, uint32_t division)
{
    if (!sight_covers(&asking->sight, division))
        return false;
    sight_note_all(&asking->sight);
    return true;
}

bool asking_sees_party(const struct asking *asking, uint32_t party)
{
    return sight_sees_party(&asking->sight, party);
}

bool asking_sees_container(const struct asking *asking, uint32_t number, const struct fact *at)
{
    return sight_sees_container(&asking->sight, number, at);
}

bool asking_sees_manifest(const struct asking *asking, uint32_t number)
{
    return sight_sees_manifest(&asking->sight, number);
}

bool asking_sees_work(const struct asking *asking, const struct work *row)
{
    return sight_sees_work(&asking->sight, row);
}

bool asking_sees_entry(const struct asking *asking, struct span bytes)
{
    return sight_sees_entry(&asking->sight, bytes, asking->query->arena);
}

uint32_t asking_party_division(const struct asking *asking, uint32_t number)
{
    const struct party *party = number == 0 ? NULL : book_party(asking->book, number);
    const struct party_version *version =
        party == NULL ? NULL : party_at(party, asking->query->now_us);
    return version == NULL ? 0 : version->division;
}
