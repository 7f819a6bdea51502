/* asking.c: one question being answered: its snapshots, what its answer rests on, what its asker may see.
 * Never writes. */
#include "daemon/service/asking.h"

#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/domain/division.h"
#include "daemon/service/submit.h"

#define ROLE_BIT(name) (1u << CUSTODY__V1__ROLE__ROLE_##name)

void asking_refuse(struct asking *asking, uint32_t reason, const char *field)
{
    struct query *query = asking->query;
    query->reply = submit_problem(query->arena, reason, field, NULL, NULL, 1000, &query->outcome);
}

void asking_reply(struct asking *asking, const ProtobufCMessage *message)
{
    struct query *query = asking->query;
    if (book_status(asking->book) == CUSTODY_ERR_CORRUPT) {
        asking_refuse(asking, CUSTODY_REASON_disk_failed, NULL);
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

static bool asking_is_regulator(const struct asking *asking)
{
    return (asking->query->caller->roles & ROLE_BIT(REGULATOR)) != 0;
}

/* Everything: roots and auditors, and the regulator whose division is the whole ledger's. */
static bool asking_sees_all(const struct asking *asking)
{
    const struct access_caller *caller = asking->query->caller;
    if ((caller->roles & (ROLE_BIT(AUDITOR) | ROLE_BIT(ROOT) | ROLE_BIT(WITNESS))) != 0)
        return true;
    return asking_is_regulator(asking) &&
           division_covers(caller->division, book_ledger(asking->book)->division);
}

bool asking_sees_division(const struct asking *asking, uint32_t division)
{
    return asking_sees_all(asking) || (asking_is_regulator(asking) &&
                                       division_covers(asking->query->caller->division, division));
}

bool asking_sees_container(const struct asking *asking, uint32_t number)
{
    uint32_t division = 0;
    bool took_part =
        view_took_part_container(&asking->view, number, asking->query->caller->party, &division);
    return took_part || asking_sees_division(asking, division);
}

bool asking_sees_manifest(const struct asking *asking, uint32_t number)
{
    uint32_t division = 0;
    bool took_part =
        view_took_part_manifest(&asking->view, number, asking->query->caller->party, &division);
    return took_part || asking_sees_division(asking, division);
}

uint32_t asking_party_division(const struct asking *asking, uint32_t number)
{
    const struct party *party = number == 0 ? NULL : book_party(asking->book, number);
    const struct party_version *version =
        party == NULL ? NULL : party_at(party, asking->query->now_us);
    return version == NULL ? 0 : version->division;
}

/* A party that the statement names in a field of its own: generator, receiver, carrier, party. */
static bool asking_is_named(const struct asking *asking, const ProtobufCMessage *body)
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
                               asking_sees_division(asking, asking_party_division(asking, party))))
                return true;
        } else if (field->type == PROTOBUF_C_TYPE_BYTES && strcmp(field->name, "manifest") == 0) {
            const ProtobufCBinaryData *id = member;
            uint32_t manifest = id->len == 0 ? 0
                                             : book_find(asking->book, SUBJECT_MANIFEST,
                                                         span_of(id->data, id->len));
            if (manifest != 0 && asking_sees_manifest(asking, manifest))
                return true;
        }
    }
    return false;
}

bool asking_sees_entry(const struct asking *asking, struct span bytes)
{
    struct entry entry;
    struct statement statement;
    const char *field = NULL;
    if (asking_sees_all(asking))
        return true;
    if (!entry_parse(bytes, &entry) ||
        statement_parse(entry.statement, &statement, &field) != STATEMENT_OK)
        return false;
    uint32_t author =
        book_find(asking->book, SUBJECT_KEY, span_of(statement.header.key, PUBLIC_KEY_SIZE));
    const struct key *key = author == 0 ? NULL : book_key(asking->book, author);
    if (key != NULL && (key->party == asking->query->caller->party ||
                        asking_sees_division(asking, asking_party_division(asking, key->party))))
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
        return manifest != 0 && asking_sees_manifest(asking, manifest);
    }
    return asking_is_named(asking, body);
}
