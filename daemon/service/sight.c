/* sight.c: what one asker sees by one question.
 * Never shows anything. */
#include "daemon/service/sight.h"

#include <stdio.h>
#include <string.h>

#include "proto/body.h"
#include "proto/custody.pb-c.h"
#include "proto/entry.h"
#include "daemon/domain/division.h"
#include "daemon/service/gather.h"
#include "daemon/service/registry.h"

#define ROLE_BIT(name) (1U << CUSTODY__V1__ROLE__ROLE_##name)
#define KIND_BIT(name) (1U << CUSTODY__V1__PARTY_KIND__PARTY_##name)

enum { NAMED_DEPTH_MAX = 6 }; /* messages within messages of a body: custody.proto has 4 */

static const struct party_version *party_now(const struct sight *sight, uint32_t number)
{
    const struct party *party = number == 0 ? NULL : book_party(sight->book, number);
    return party == NULL ? NULL : party_at(party, sight->now_us);
}

const char *sight_sector(const struct party_version *version)
{
    return version->sector;
}

void sight_begin(struct sight *sight,
                 struct book *book,
                 const struct access_caller *caller,
                 uint16_t question,
                 int64_t now_us,
                 struct sight_trail *trail)
{
    *sight = (struct sight){.book = book,
                            .caller = caller,
                            .now_us = now_us,
                            .scopes = entitlement_scopes(question, caller->roles),
                            .trail = trail};
    sight->is_home = (sight->scopes & ENTITLEMENT_SEES_DIVISION) != 0 &&
                     registry_covers(book, caller->division, book_ledger(book)->division);
    const struct party_version *own = party_now(sight, caller->party);
    if (own != NULL)
        snprintf(sight->sector, sizeof sight->sector, "%s", sight_sector(own));
    /* Who audits every sector sees everything, and by that scope. */
    if ((sight->scopes & ENTITLEMENT_SEES_SECTOR) != 0 && strcmp(sight->sector, "*") == 0)
        sight->scopes |= ENTITLEMENT_SEES_LEDGER;
}

struct sight sight_with(const struct sight *sight, entitlement_bits scopes)
{
    struct sight other = *sight;
    other.scopes = scopes;
    return other;
}

/* ---- the trail --------------------------------------------------------------------------------- */

static void note(const struct sight *sight, entitlement_bits scope, uint32_t party)
{
    struct sight_trail *trail = sight->trail;
    if (trail == NULL)
        return;
    trail->scopes |= scope;
    for (uint32_t i = 0; i < trail->count; i++)
        if (trail->parties[i] == party)
            return;
    if (trail->count == SIGHT_TRAIL_PARTIES)
        trail->is_cut = true;
    else if (party != 0)
        trail->parties[trail->count++] = party;
}

void sight_note_all(const struct sight *sight)
{
    if (sight->trail == NULL || (sight->scopes & ENTITLEMENT_SEES_OTHERS) == 0)
        return;
    sight->trail->scopes |= sight->scopes & ENTITLEMENT_SEES_OTHERS;
    sight->trail->is_cut = true;
}

/* ---- scopes ------------------------------------------------------------------------------------ */

bool sight_covers(const struct sight *sight, uint32_t division)
{
    if ((sight->scopes & ENTITLEMENT_SEES_LEDGER) != 0)
        return true;
    return (sight->scopes & ENTITLEMENT_SEES_DIVISION) != 0 &&
           (sight->is_home || registry_covers(sight->book, sight->caller->division, division));
}

uint32_t sight_ranges(const struct sight *sight, struct sight_range ret[static SIGHT_RANGES_MAX])
{
    uint32_t codes[REGION_MERGERS_MAX];
    bool has_divisions = (sight->scopes & ENTITLEMENT_SEES_DIVISION) != 0;
    if ((sight->scopes & ENTITLEMENT_SEES_LEDGER) != 0 || (has_divisions && sight->is_home)) {
        ret[0] = (struct sight_range){0, UINT32_MAX};
        return 1;
    }
    if (!has_divisions)
        return 0;
    division_range(sight->caller->division, &ret[0].first, &ret[0].last);
    const struct region_mergers *mergers = book_mergers(sight->book);
    uint32_t count = mergers == NULL ? 0
                                     : region_predecessors(mergers, sight->caller->division, codes,
                                                           REGION_MERGERS_MAX);
    for (uint32_t i = 0; i < count; i++)
        ret[1 + i] = (struct sight_range){codes[i], codes[i]};
    return 1 + count;
}

bool sight_audits(const struct sight *sight)
{
    return (sight->scopes & ENTITLEMENT_SEES_SECTOR) != 0 && sight->sector[0] != 0;
}

static bool audits(const struct sight *sight, const struct party_version *version)
{
    size_t len = strlen(sight->sector);
    return sight_audits(sight) && version != NULL &&
           strncmp(sight_sector(version), sight->sector, len) == 0;
}

/* By what the asker sees what this party took part in; 0: by nothing. */
static entitlement_bits scope_over(const struct sight *sight, uint32_t party)
{
    const uint32_t own = sight->caller->party;
    if (party == 0)
        return 0;
    if (party == own && (sight->scopes & (ENTITLEMENT_SEES_OWN | ENTITLEMENT_SEES_LEDGER)) != 0)
        return ENTITLEMENT_SEES_OWN;
    const struct party_version *version = party_now(sight, party);
    if (version != NULL && own != 0 && version->parent == own &&
        (sight->scopes & ENTITLEMENT_SEES_SPONSORED) != 0)
        return ENTITLEMENT_SEES_SPONSORED;
    if ((sight->scopes & ENTITLEMENT_SEES_DIVISION) != 0 &&
        (sight->is_home || (version != NULL && sight_covers(sight, version->division))))
        return ENTITLEMENT_SEES_DIVISION;
    if (audits(sight, version))
        return ENTITLEMENT_SEES_SECTOR;
    return sight->scopes & ENTITLEMENT_SEES_LEDGER;
}

struct parties {
    uint32_t count;
    uint32_t all[SIGHT_PARTIES_MAX];
};

static void add(struct parties *parties, uint32_t party)
{
    if (party == 0)
        return;
    for (uint32_t i = 0; i < parties->count; i++)
        if (parties->all[i] == party)
            return;
    if (parties->count < SIGHT_PARTIES_MAX)
        parties->all[parties->count++] = party;
}

/* These took part. What the asker sees for its own sake leaves no trail. */
static bool sees_any(const struct sight *sight, const struct parties *parties)
{
    entitlement_bits found = 0;
    for (uint32_t i = 0; i < parties->count; i++) {
        entitlement_bits scope = scope_over(sight, parties->all[i]);
        if ((scope & ENTITLEMENT_SEES_OTHERS) == 0 && scope != 0)
            return true;
        found |= scope;
    }
    for (uint32_t i = 0; found != 0 && i < parties->count; i++)
        note(sight, found, parties->all[i]);
    return found != 0;
}

bool sight_sees_party(const struct sight *sight, uint32_t party)
{
    const struct parties one = {.count = party == 0 ? 0 : 1, .all = {party}};
    return sees_any(sight, &one);
}

/* Where it was when it began counts too: a party that moved away leaves its waste with the old division's regulator. */
static bool sees_at(const struct sight *sight, uint32_t division, const struct parties *parties)
{
    if (sees_any(sight, parties))
        return true;
    if (!sight_covers(sight, division))
        return false;
    for (uint32_t i = 0; i < parties->count; i++)
        note(sight, ENTITLEMENT_SEES_DIVISION, parties->all[i]);
    return true;
}

/* ---- who took part ------------------------------------------------------------------------------ */

static void add_manifest(const struct manifest *manifest, struct parties *ret)
{
    add(ret, manifest->generator);
    add(ret, manifest->receiver);
    add(ret, manifest->author);
    for (uint32_t i = 0; i < manifest->leg_count; i++)
        add(ret, manifest->carriers[i]);
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        const struct fact *fact = &manifest->facts.all[i];
        if (fact_is_countersigned_by(fact, manifest->generator) ||
            fact_is_countersigned_by(fact, manifest->receiver))
            add(ret, fact->party);
    }
}

bool sight_sees_manifest(const struct sight *sight, uint32_t number)
{
    struct parties parties = {0};
    const struct manifest *manifest = number == 0 ? NULL : book_manifest(sight->book, number);
    if (manifest == NULL)
        return false;
    add_manifest(manifest, &parties);
    return sees_at(sight, manifest->division, &parties);
}

struct folded {
    struct container container;
    struct gathered_facts gathered;
    struct container_history history;
};

/* By effect: who only claims to have moved it must not come to read it by that. */
static void add_folded(const struct folded *folded, struct parties *ret)
{
    const struct gathered_facts *gathered = &folded->gathered;
    for (uint32_t i = 0; i < folded->history.step_count; i++) {
        const struct container_step *step = &folded->history.steps[i];
        if (step->effect != EFFECT_APPLIED && step->effect != EFFECT_SUPERSEDED)
            continue;
        add(ret, step->fact->party);
        for (uint32_t k = 0; k < step->fact->countersigner_count; k++)
            add(ret, step->fact->countersigners[k]);
        for (uint32_t k = 0; step->fact->manifest != 0 && k < gathered->manifest_count; k++)
            if (gathered->manifests[k].number == step->fact->manifest)
                add_manifest(gathered->manifests[k].manifest, ret);
    }
}

bool sight_sees_container(const struct sight *sight, uint32_t number, const struct fact *place)
{
    struct parties parties = {0};
    struct volume_bounds bounds;
    struct fact at = place == NULL ? volumes_newest() : *place;
    struct folded folded;
    if (!volumes_is_known(sight->book, number) ||
        !volumes_read(sight->book, number, &at, &folded.container, &bounds))
        return false;
    add(&parties, folded.container.generator);
    if (sees_at(sight, folded.container.division, &parties))
        return true;
    for (unsigned i = 0; i < SIGHT_VOLUMES_MAX; i++) {
        if (!gather_facts(sight->book, number, &folded.container, &folded.gathered))
            return false;
        container_fold(&folded.gathered.context, folded.gathered.facts, folded.gathered.fact_count,
                       &folded.history);
        add_folded(&folded, &parties);
        if (sees_any(sight, &parties))
            return true;
        at = bounds.start;
        if (!bounds.has_start ||
            !volumes_read_before(sight->book, number, &at, &folded.container, &bounds))
            break;
    }
    return false;
}

bool sight_sees_trip(const struct sight *sight, uint32_t number)
{
    struct parties parties = {0};
    const struct trip *trip = number == 0 ? NULL : book_trip(sight->book, number);
    if (trip == NULL)
        return false;
    add(&parties, trip->depart.party);
    add(&parties, trip->depart.receiver);
    return sees_at(sight, trip->division, &parties);
}

bool sight_sees_batch(const struct sight *sight, uint32_t number)
{
    const struct batch *batch = number == 0 ? NULL : book_batch(sight->book, number);
    return batch != NULL && sight_sees_party(sight, batch->facility);
}

bool sight_sees_work(const struct sight *sight, const struct work *row)
{
    /* The quick way first: lists ask for every row. */
    if (row->party != 0 && row->party == sight->caller->party &&
        (sight->scopes & ENTITLEMENT_SEES_OWN) != 0)
        return true;
    if (sight_covers(sight, row->division)) {
        note(sight, sight->scopes & (ENTITLEMENT_SEES_DIVISION | ENTITLEMENT_SEES_LEDGER),
             row->party);
        return true;
    }
    struct parties parties = {0};
    uint32_t concerned[WORK_PARTIES_MAX];
    uint32_t count = work_parties(row, concerned);
    for (uint32_t i = 0; i < count; i++)
        add(&parties, concerned[i]);
    if (sees_any(sight, &parties))
        return true;
    switch (row->subject_kind) {
    case SUBJECT_MANIFEST:
        return sight_sees_manifest(sight, (uint32_t)row->subject);
    case SUBJECT_CONTAINER:
        return sight_sees_container(sight, (uint32_t)row->subject, NULL);
    case SUBJECT_TRIP:
        return sight_sees_trip(sight, (uint32_t)row->subject);
    case SUBJECT_BATCH:
        return sight_sees_batch(sight, (uint32_t)row->subject);
    case SUBJECT_PARTY:
        return sight_sees_party(sight, (uint32_t)row->subject);
    default:
        return false;
    }
}

/* ---- entries ----------------------------------------------------------------------------------- */

/* What binds everybody is read by everybody. */
static bool is_law(uint32_t act)
{
    switch (act) {
    case CUSTODY__V1__ACT__ACT_FOUND_LEDGER:
    case CUSTODY__V1__ACT__ACT_OPEN_LEDGER:
    case CUSTODY__V1__ACT__ACT_ROTATE_LEDGER_KEY:
    case CUSTODY__V1__ACT__ACT_SET_PROFILE:
    case CUSTODY__V1__ACT__ACT_SET_DIVISIONS:
    case CUSTODY__V1__ACT__ACT_SET_CATALOGUE:
    case CUSTODY__V1__ACT__ACT_ANCHOR_ACCESS_LOG:
        return true;
    default:
        return false;
    }
}

static void add_key(const struct sight *sight, ProtobufCBinaryData key, struct parties *ret)
{
    uint32_t number = key.len != PUBLIC_KEY_SIZE
                          ? 0
                          : book_find(sight->book, SUBJECT_KEY, span_of(key.data, key.len));
    const struct key *record = number == 0 ? NULL : book_key(sight->book, number);
    if (record != NULL)
        add(ret, record->party);
}

/* Bytes that are the id of a manifest or a trip. */
static void add_id(const struct sight *sight, ProtobufCBinaryData id, struct parties *ret)
{
    struct span name = span_of(id.data, id.len);
    if (id.len != DIGEST_SIZE)
        return;
    uint32_t number = book_find(sight->book, SUBJECT_MANIFEST, name);
    const struct manifest *manifest = number == 0 ? NULL : book_manifest(sight->book, number);
    if (manifest != NULL)
        add_manifest(manifest, ret);
    number = book_find(sight->book, SUBJECT_TRIP, name);
    const struct trip *trip = number == 0 ? NULL : book_trip(sight->book, number);
    if (trip != NULL)
        add(ret, trip->depart.party);
}

static void add_named(const struct sight *sight,
                      const ProtobufCMessage *message,
                      unsigned depth,
                      struct parties *ret);

static void add_value(const struct sight *sight,
                      const ProtobufCFieldDescriptor *field,
                      const void *value,
                      unsigned depth,
                      struct parties *ret)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *text;
        memcpy(&text, value, sizeof text);
        if (text != NULL && text[0] != 0)
            add(ret, book_find(sight->book, SUBJECT_PARTY, span_text(text)));
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        ProtobufCBinaryData bytes;
        memcpy(&bytes, value, sizeof bytes);
        add_key(sight, bytes, ret);
        add_id(sight, bytes, ret);
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const ProtobufCMessage *inner;
        memcpy(&inner, value, sizeof inner);
        if (inner != NULL && depth < NAMED_DEPTH_MAX)
            add_named(sight, inner, depth + 1, ret);
    }
}

static size_t size_of_value(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
}

/* Every party, key, manifest and trip that the statement names, wherever it stands in it. */
static void add_named(const struct sight *sight,
                      const ProtobufCMessage *message,
                      unsigned depth,
                      struct parties *ret)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const uint8_t *member = (const uint8_t *)message + field->offset;
        if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_BYTES &&
            field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        if (field->label != PROTOBUF_C_LABEL_REPEATED) {
            uint32_t which = field->id;
            if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0)
                memcpy(&which, (const uint8_t *)message + field->quantifier_offset, sizeof which);
            if (which == field->id)
                add_value(sight, field, member, depth, ret);
            continue;
        }
        size_t count;
        const uint8_t *values;
        memcpy(&count, (const uint8_t *)message + field->quantifier_offset, sizeof count);
        memcpy(&values, member, sizeof values);
        for (size_t k = 0; k < count && ret->count < SIGHT_PARTIES_MAX; k++)
            add_value(sight, field, values + k * size_of_value(field), depth, ret);
    }
}

bool sight_sees_entry(const struct sight *sight, struct span bytes, struct arena *arena)
{
    struct entry entry;
    struct statement statement;
    struct body_fault fault;
    struct parties parties = {0};
    const char *field = NULL;
    if ((sight->scopes & ~(unsigned)ENTITLEMENT_SEES_HASHES) == 0 || !entry_parse(bytes, &entry) ||
        statement_parse(entry.statement, &statement, &field) != STATEMENT_OK)
        return false;
    uint32_t act = statement.header.act;
    if (is_law(act))
        return true;
    add_key(sight,
            (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = (uint8_t *)statement.header.key},
            &parties);
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
    if (descriptor != NULL && body_scan(descriptor, statement.body, &fault)) {
        const ProtobufCMessage *body =
            body_unpack(descriptor, statement.body, arena_protobuf(arena));
        if (body != NULL)
            add_named(sight, body, 0, &parties);
    }
    if (act == CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST || act == CUSTODY__V1__ACT__ACT_DRAW_MANIFEST)
        add_id(sight, (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = statement.id.bytes},
               &parties);
    /* The second signature under a successor's founding: every device looks for it before it goes over. */
    if (parties.count == 0 && act == CUSTODY__V1__ACT__ACT_COUNTERSIGN)
        return true;
    /* What a root key did, of nobody: the ledger's own. */
    if (parties.count == 0) {
        bool is_all = sight->is_home || (sight->scopes & ENTITLEMENT_SEES_LEDGER) != 0;
        if (is_all)
            note(sight, sight->scopes & ENTITLEMENT_SEES_OTHERS, 0);
        return is_all;
    }
    return sees_any(sight, &parties);
}
