/* test_matrix.c: every cell of who sees what: each role, at each party, by each question, of one village's waste, against
 * PROTOCOL.md 11.4 (domain/entitlement.h). What is related to whom is written here by hand. */
#include <stdio.h>
#include <string.h>

#include "proto/body.h"
#include "daemon/domain/entitlement.h"
#include "daemon/service/annexed.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/sight.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

#define CENTRE  "uscc:125404000000000100" /* township centre: parent of the village */
#define VILLAGE "uscc:125404000000000110"
#define COUNTY  "uscc:115404000000000120" /* regulator of the village's county */
#define PLANT_COUNTY                                                                               \
    "uscc:115404000000000160" /* regulator of the plant's and the carrier's county */
#define FAR_BUREAU  "uscc:115405000000000130" /* regulator of another county */
#define AUDIT_OWN   "uscc:115404000000000140"
#define AUDIT_OTHER "uscc:115404000000000150"
#define ROLE(name)  (1U << CUSTODY__V1__ROLE__ROLE_##name)
#define KIND(name)  (1U << CUSTODY__V1__PARTY_KIND__PARTY_##name)

/* Who looks, and how it stands to what the village did with its bag: the village packed it, the carrier took it on the
 * village's manifest to the plant. */
static const struct viewer {
    const char *party;
    unsigned kinds;
    const char *division, *sector, *parent;
    bool is_registered; /* by the desk already */
    entitlement_bits relation;
} viewers[] = {
    {VILLAGE, KIND(GENERATOR), "540423", "Q8423", CENTRE, false,
     ENTITLEMENT_SEES_OWN | ENTITLEMENT_SEES_LEDGER},
    {CENTRE, KIND(GENERATOR), "540423", "Q8423", "", false,
     ENTITLEMENT_SEES_SPONSORED | ENTITLEMENT_SEES_LEDGER},
    {DESK_CARRIER, KIND(CARRIER), "540402", "", "", true,
     ENTITLEMENT_SEES_OWN | ENTITLEMENT_SEES_LEDGER},
    {DESK_PLANT, KIND(FACILITY), "540402", "", "", true,
     ENTITLEMENT_SEES_OWN | ENTITLEMENT_SEES_LEDGER},
    {DESK_CLINIC, KIND(GENERATOR), "540423", "", "", true, ENTITLEMENT_SEES_LEDGER},
    {DESK_BUREAU, KIND(REGULATOR), "540400", "", "", true,
     ENTITLEMENT_SEES_DIVISION | ENTITLEMENT_SEES_LEDGER},
    {COUNTY, KIND(REGULATOR), "540423", "", "", false,
     ENTITLEMENT_SEES_DIVISION | ENTITLEMENT_SEES_LEDGER},
    {PLANT_COUNTY, KIND(REGULATOR), "540402", "", "", false,
     ENTITLEMENT_SEES_DIVISION | ENTITLEMENT_SEES_LEDGER},
    {FAR_BUREAU, KIND(REGULATOR), "540421", "", "", false, ENTITLEMENT_SEES_LEDGER},
    {AUDIT_OWN, KIND(AUDITOR), "540421", "Q84", "", false,
     ENTITLEMENT_SEES_SECTOR | ENTITLEMENT_SEES_LEDGER},
    {AUDIT_OTHER, KIND(AUDITOR), "540400", "C27", "", false, ENTITLEMENT_SEES_LEDGER},
};
enum { VIEWERS = sizeof viewers / sizeof viewers[0] };

static struct desk desk;
static struct digest village_name, village_identity, manifest_id;
static uint64_t packed_entry, named_entry;
static int64_t cells;

/* ---- the village's day ------------------------------------------------------------------------- */

static struct span make_record(const char *text, struct digest *ret)
{
    size_t len = SALT_SIZE + strlen(text);
    uint8_t *bytes = arena_alloc(desk.arena, len);
    assert_non_null(bytes);
    memset(bytes, (int)len, SALT_SIZE);
    memcpy(bytes + SALT_SIZE, text, strlen(text));
    *ret = digest_sha256(span_of(bytes, len));
    return span_of(bytes, len);
}

static uint64_t
say(enum desk_actor actor, const ProtobufCMessage *body, struct span record, uint32_t outcome)
{
    struct desk_statement *statement = desk_sign(&desk, actor, body, desk.now_us);
    statement->records[0] = record;
    statement->record_count = record.len > 0 ? 1 : 0;
    Custody__V1__Receipt *receipt = desk_submit(&desk, statement, NULL);
    assert_non_null(receipt);
    assert_int_equal(receipt->outcome, outcome);
    return receipt->proof->entry;
}

static void register_viewer(const struct viewer *viewer)
{
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__PartyKind kinds[8];
    struct span record = {0};
    body.party = (char *)viewer->party;
    for (int kind = 1; kind < ENTITLEMENT_KINDS; kind++)
        if ((viewer->kinds >> kind & 1) != 0)
            kinds[body.n_kinds++] = (Custody__V1__PartyKind)kind;
    body.kinds = kinds;
    body.division = (char *)viewer->division;
    body.sector = (char *)viewer->sector;
    body.parent = (char *)viewer->parent;
    if (strcmp(viewer->party, VILLAGE) == 0) {
        record = make_record("样例村卫生室", &village_name);
        body.name_digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = village_name.bytes};
    }
    uint64_t entry = say(DESK_REGULATOR, &body.base, record, CUSTODY_OUTCOME_granted);
    if (record.len > 0)
        named_entry = entry;
}

static void enrol_village(void)
{
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_GENERATOR};
    struct desk_key *key = &desk.keys[DESK_STRANGER];
    struct span record = make_record("样例 村医", &village_identity);
    body.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = key->public_key};
    body.party = (char *)VILLAGE;
    body.n_roles = 1;
    body.roles = roles;
    body.identity_digest =
        (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = village_identity.bytes};
    say(DESK_REGULATOR, &body.base, record, CUSTODY_OUTCOME_granted);
}

static int setup(void **state)
{
    (void)state;
    desk_open(&desk, false);
    for (size_t i = VIEWERS; i-- > 0;)
        if (!viewers[i].is_registered)
            register_viewer(&viewers[i]);
    enrol_village();
    struct desk_statement *packed =
        desk_sign(&desk, DESK_STRANGER, &desk_pack(&desk, VILLAGE, "V1", 2000)->base, desk.now_us);
    Custody__V1__Receipt *receipt = desk_submit(&desk, packed, NULL);
    packed_entry = receipt->proof->entry;
    struct desk_statement *manifest = desk_issue(&desk, DESK_STRANGER, VILLAGE);
    struct desk_statement *trip = desk_do(&desk, DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base,
                                          desk.now_us, CUSTODY_OUTCOME_recorded);
    desk_do(&desk, DESK_DRIVER, &desk_load(&desk, trip, manifest, VILLAGE, "V1")->base,
            desk.now_us + 1, CUSTODY_OUTCOME_recorded);
    /* A claim gives no right to read: the clinic says that it took the bag. */
    desk_do(&desk, DESK_DOCTOR, &desk_load(&desk, NULL, NULL, VILLAGE, "V1")->base, desk.now_us + 2,
            CUSTODY_OUTCOME_recorded);
    manifest_id = manifest->statement.id;
    desk.now_us += DESK_HOUR;
    desk_flush(&desk);
    desk_turn(&desk);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

/* ---- asking ------------------------------------------------------------------------------------ */

static struct access_caller caller_of(const struct viewer *viewer, party_bits roles)
{
    struct book *book = desk.ledger->book;
    book_turn(book);
    struct access_caller caller = {
        /* For the access log some key must stand behind it. */
        .key = book_find(book, SUBJECT_KEY,
                         span_of(desk.keys[DESK_REGULATOR].public_key, PUBLIC_KEY_SIZE)),
        .party = book_find(book, SUBJECT_PARTY, span_text(viewer->party)),
        .kinds = (party_bits)viewer->kinds,
    };
    uint64_t division = 0;
    assert_true(bytes_parse_decimal(span_text(viewer->division), &division));
    caller.division = (uint32_t)division;
    caller.roles = entitlement_roles(roles, caller.kinds);
    assert_int_not_equal(caller.party, 0);
    return caller;
}

/* NULL with the reason when there is a problem instead. */
static void *ask(const struct access_caller *caller,
                 uint16_t kind,
                 const ProtobufCMessage *request,
                 const ProtobufCMessageDescriptor *reply,
                 uint32_t *ret_reason)
{
    size_t len = protobuf_c_message_get_packed_size(request);
    uint8_t *bytes = arena_alloc(desk.arena, len + 1);
    protobuf_c_message_pack(request, bytes);
    struct query query = {.caller = caller,
                          .kind = kind,
                          .body = span_of(bytes, len),
                          .now_us = desk.now_us,
                          .arena = desk.arena};
    query_answer(desk.ledger, &query);
    *ret_reason = 0;
    if (query.outcome == 0)
        return protobuf_c_message_unpack(reply, arena_protobuf(desk.arena), query.reply.len,
                                         query.reply.data);
    *ret_reason =
        custody__v1__problem__unpack(arena_protobuf(desk.arena), query.reply.len, query.reply.data)
            ->reason;
    return NULL;
}

/* What each question tells of the village's bag: seen, not seen, or not admitted. */
enum seen { SEEN, NOT_SEEN, NOT_ADMITTED, OTHER };

static enum seen seen_of(bool is_seen, uint32_t reason)
{
    if (reason == CUSTODY_REASON_not_admitted)
        return NOT_ADMITTED;
    if (reason == CUSTODY_REASON_not_visible)
        return NOT_SEEN;
    return reason != 0 ? OTHER : is_seen ? SEEN : NOT_SEEN;
}

static enum seen look_container(const struct access_caller *caller)
{
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    uint32_t reason;
    name.generator = (char *)VILLAGE;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = (char *)"V1";
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    const Custody__V1__TraceReply *reply =
        ask(caller, ENVELOPE_TRACE, &request.base, &custody__v1__trace_reply__descriptor, &reason);
    return seen_of(reply != NULL && reply->n_containers == 1, reason);
}

static enum seen look_manifest(const struct access_caller *caller)
{
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    uint32_t reason;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_MANIFEST;
    request.manifest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = manifest_id.bytes};
    const Custody__V1__TraceReply *reply =
        ask(caller, ENVELOPE_TRACE, &request.base, &custody__v1__trace_reply__descriptor, &reason);
    return seen_of(reply != NULL && reply->n_manifests == 1, reason);
}

static enum seen look_unclosed(const struct access_caller *caller)
{
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    uint32_t reason;
    bool is_there = false;
    request.kind = (char *)"manifest";
    const Custody__V1__UnclosedReply *reply =
        ask(caller, ENVELOPE_UNCLOSED, &request.base, &custody__v1__unclosed_reply__descriptor,
            &reason);
    for (size_t i = 0; reply != NULL && i < reply->n_items; i++)
        is_there |= reply->items[i]->manifest != NULL &&
                    strcmp(reply->items[i]->manifest->generator, VILLAGE) == 0;
    return seen_of(is_there, reason);
}

/* The clinic's claim is a finding over the bag. */
static enum seen look_findings(const struct access_caller *caller)
{
    Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    uint32_t reason;
    bool is_there = false;
    const Custody__V1__FindingsReply *reply =
        ask(caller, ENVELOPE_FINDINGS, &request.base, &custody__v1__findings_reply__descriptor,
            &reason);
    for (size_t i = 0; reply != NULL && i < reply->n_findings; i++)
        is_there |= strcmp(reply->findings[i]->subject, VILLAGE "/V1") == 0;
    return seen_of(is_there, reason);
}

static enum seen look_entry(const struct access_caller *caller, uint16_t kind, uint64_t number)
{
    Custody__V1__ShowRequest show = CUSTODY__V1__SHOW_REQUEST__INIT;
    Custody__V1__ProveRequest prove = CUSTODY__V1__PROVE_REQUEST__INIT;
    uint32_t reason;
    show.subject_case = CUSTODY__V1__SHOW_REQUEST__SUBJECT_ENTRY;
    prove.subject_case = CUSTODY__V1__PROVE_REQUEST__SUBJECT_ENTRY;
    show.entry = prove.entry = number;
    const Custody__V1__Entry *entry = NULL;
    if (kind == ENVELOPE_SHOW) {
        const Custody__V1__ShowReply *reply =
            ask(caller, kind, &show.base, &custody__v1__show_reply__descriptor, &reason);
        entry = reply == NULL ? NULL : reply->entry;
    } else {
        const Custody__V1__ProveReply *reply =
            ask(caller, kind, &prove.base, &custody__v1__prove_reply__descriptor, &reason);
        entry = reply == NULL ? NULL : reply->entry;
    }
    /* The hash is everybody's who may ask. */
    if (reason == 0 && (entry == NULL || entry->leaf_hash.len != DIGEST_SIZE))
        return OTHER;
    return seen_of(entry != NULL && entry->bytes.len > 0, reason);
}

static enum seen look_feed(const struct access_caller *caller)
{
    Custody__V1__EntriesRequest request = CUSTODY__V1__ENTRIES_REQUEST__INIT;
    uint32_t reason;
    request.from = packed_entry;
    const Custody__V1__EntriesReply *reply = ask(caller, ENVELOPE_ENTRIES, &request.base,
                                                 &custody__v1__entries_reply__descriptor, &reason);
    if (reply != NULL && (reply->n_entries < 3 || reply->entries[0]->leaf_hash.len != DIGEST_SIZE))
        return OTHER;
    return seen_of(reply != NULL && reply->entries[0]->bytes.len > 0, reason);
}

static enum seen look_party(const struct access_caller *caller)
{
    Custody__V1__PartyRequest request = CUSTODY__V1__PARTY_REQUEST__INIT;
    uint32_t reason;
    request.party = (char *)VILLAGE;
    const Custody__V1__PartyReply *reply =
        ask(caller, ENVELOPE_PARTY, &request.base, &custody__v1__party_reply__descriptor, &reason);
    return seen_of(reply != NULL && strcmp(reply->name, "样例村卫生室") == 0, reason);
}

static enum seen look_record(const struct access_caller *caller, struct digest *digest)
{
    Custody__V1__RecordRequest request = CUSTODY__V1__RECORD_REQUEST__INIT;
    uint32_t reason;
    request.digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = digest->bytes};
    /* Of the name: the bureau's registration names it, and that names the village. */
    const Custody__V1__RecordReply *reply = ask(caller, ENVELOPE_RECORD, &request.base,
                                                &custody__v1__record_reply__descriptor, &reason);
    return seen_of(reply != NULL && reply->record.len > SALT_SIZE, reason);
}

static enum seen look_accesses(const struct access_caller *caller)
{
    Custody__V1__AccessRequest request = CUSTODY__V1__ACCESS_REQUEST__INIT;
    uint32_t reason;
    bool is_there = false;
    request.party = (char *)VILLAGE;
    const Custody__V1__AccessReply *reply = ask(caller, ENVELOPE_ACCESS, &request.base,
                                                &custody__v1__access_reply__descriptor, &reason);
    for (size_t i = 0; reply != NULL && i < reply->n_accesses; i++)
        is_there |= strstr(reply->accesses[i]->about, VILLAGE) != NULL;
    return seen_of(is_there, reason);
}

static bool sectors_are_kept(void)
{
    struct book *book = desk.ledger->book;
    book_turn(book);
    const struct party *village =
        book_party(book, book_find(book, SUBJECT_PARTY, span_text(VILLAGE)));
    return sight_sector(party_at(village, desk.now_us))[0] != 0;
}

/* ---- the cells --------------------------------------------------------------------------------- */

static void check(const char *what,
                  const struct viewer *viewer,
                  unsigned role,
                  uint16_t question,
                  entitlement_bits scopes,
                  entitlement_bits relation,
                  enum seen seen)
{
    static const char *const names[] = {"seen", "not seen", "not admitted", "something else"};
    entitlement_bits asked = entitlement_scopes(
        question, entitlement_roles((party_bits)(1U << role), (party_bits)viewer->kinds));
    enum seen expected = asked == 0 ? NOT_ADMITTED : (scopes & relation) != 0 ? SEEN : NOT_SEEN;
    cells++;
    if (seen != expected)
        fail_msg("%s, asked by role %u at %s: %s, but the table says %s", what, role, viewer->party,
                 names[seen], names[expected]);
}

static void every_cell_of_who_sees_what(void **state)
{
    (void)state;
    /* One read by the bureau, so that there is something to be told of. */
    struct access_caller bureau = caller_of(&viewers[5], ROLE(REGULATOR));
    assert_int_equal(look_container(&bureau), SEEN);
    for (size_t i = 0; i < VIEWERS; i++)
        for (unsigned role = 1; role < ENTITLEMENT_ROLES; role++) {
            const struct viewer *viewer = &viewers[i];
            struct access_caller caller = caller_of(viewer, (party_bits)(1U << role));
            entitlement_bits related = viewer->relation;
            if (!sectors_are_kept())
                related &= (entitlement_bits)~ENTITLEMENT_SEES_SECTOR;
            /* The township centre is nobody's whose bag it is; who took part reads the whole of it. */
            bool is_village = strcmp(viewer->party, VILLAGE) == 0;
            bool is_bureau = strcmp(viewer->party, DESK_BUREAU) == 0;
            /* What crosses the plant's county is the bag and its manifest, not what the village did at home. */
            bool crosses = strcmp(viewer->party, PLANT_COUNTY) == 0;
            /* A party's own record, its keys and its admin's log are not the carrier's nor the plant's. */
            entitlement_bits itself =
                is_village ? related : related & (entitlement_bits)~ENTITLEMENT_SEES_OWN;
            if (crosses)
                itself &= (entitlement_bits)~ENTITLEMENT_SEES_DIVISION;
            /* The registration is the bureau's own statement, and names the centre as the parent. */
            bool is_centre = strcmp(viewer->party, CENTRE) == 0;
            entitlement_bits named =
                is_bureau || is_centre ? itself | (entitlement_bits)ENTITLEMENT_SEES_OWN : itself;
            /* A list has its rows under whom they concern: the clinic's claim under the clinic and the village. */
            bool is_clinic = strcmp(viewer->party, DESK_CLINIC) == 0;
            entitlement_bits found = is_clinic ? related | (entitlement_bits)ENTITLEMENT_SEES_OWN
                                     : crosses ? related
                                               : itself;
#define SCOPES(question) entitlement_scopes(question, caller.roles)
#define CHECK(what, question, related_as, seen)                                                    \
    check(what, viewer, role, question, SCOPES(question), related_as, seen)
            CHECK("trace of the bag", ENVELOPE_TRACE, related, look_container(&caller));
            CHECK("trace of the manifest", ENVELOPE_TRACE, related, look_manifest(&caller));
            CHECK("unclosed", ENVELOPE_UNCLOSED, related, look_unclosed(&caller));
            CHECK("findings", ENVELOPE_FINDINGS, found, look_findings(&caller));
            CHECK("show", ENVELOPE_SHOW, itself, look_entry(&caller, ENVELOPE_SHOW, packed_entry));
            CHECK("prove", ENVELOPE_PROVE, itself,
                  look_entry(&caller, ENVELOPE_PROVE, packed_entry));
            CHECK("show the registration", ENVELOPE_SHOW, named,
                  look_entry(&caller, ENVELOPE_SHOW, named_entry));
            CHECK("the feed", ENVELOPE_ENTRIES, itself, look_feed(&caller));
            CHECK("party", ENVELOPE_PARTY, itself, look_party(&caller));
            CHECK("the name's record", ENVELOPE_RECORD, named, look_record(&caller, &village_name));
            check("the doctor's record", viewer, role, ENVELOPE_RECORD,
                  entitlement_scopes(ENTITLEMENT_IDENTITY, caller.roles), itself,
                  look_record(&caller, &village_identity));
            CHECK("who read it", ENVELOPE_ACCESS, itself, look_accesses(&caller));
            desk_turn(&desk);
#undef CHECK
        }
    print_message("%lld cells\n", (long long)cells);
    assert_true(cells > 1000);
}

/* Every key that reads entries at all reads what binds everybody; a witness reads none. */
static void what_is_law_is_everybodys(void **state)
{
    (void)state;
    for (unsigned role = 1; role < ENTITLEMENT_ROLES; role++) {
        struct access_caller caller = caller_of(&viewers[4], (party_bits)(1U << role));
        enum seen seen = look_entry(&caller, ENVELOPE_SHOW, 0);
        if (caller.roles == 0 || role == CUSTODY__V1__ROLE__ROLE_INVITED)
            assert_int_equal(seen, NOT_ADMITTED);
        else
            assert_int_equal(seen, role == CUSTODY__V1__ROLE__ROLE_WITNESS ? NOT_SEEN : SEEN);
    }
}

/* A key that was revoked or has lapsed, or an invitation that was used, is not let in at all (test_access.c); one that nobody
 * enrolled has no roles. */
static void nobody_asks_nothing(void **state)
{
    (void)state;
    struct access_caller nobody = {0};
    assert_int_equal(look_container(&nobody), NOT_ADMITTED);
    assert_int_equal(look_entry(&nobody, ENVELOPE_SHOW, packed_entry), NOT_ADMITTED);
    for (uint16_t kind = 0; kind < ENVELOPE_KINDS; kind++)
        assert_false(access_may_ask(&nobody, kind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_cell_of_who_sees_what, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_law_is_everybodys, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_asks_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
