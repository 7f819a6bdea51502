/* test_matrix.c: every cell of who sees what: each role, at each party, by each question, of one village's waste, against
 * PROTOCOL.md 11.4 (domain/entitlement.h). What is related to whom is written here by hand. */
#include <stdio.h>
#include <string.h>

#include "proto/body.h"
#include "daemon/domain/entitlement.h"
#include "daemon/service/annexed.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/registry.h"
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
static uint64_t packed_entry, named_entry, block_sequence;
static struct digest block_id;
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

static Custody__V1__ReserveNumbersBody *reserve_body(void);

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
    struct desk_statement *block =
        desk_do(&desk, DESK_STRANGER, &reserve_body()->base, desk.now_us, CUSTODY_OUTCOME_granted);
    block_id = block->statement.id;
    block_sequence = block->statement.header.key_sequence;
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

/* ---- figures and pages -------------------------------------------------------------------------- */

static enum seen look_report(const struct access_caller *caller)
{
    Custody__V1__ReportRequest request = CUSTODY__V1__REPORT_REQUEST__INIT;
    uint32_t reason;
    bool is_there = false;
    request.division = (char *)"540423";
    request.period = (char *)"2026-05";
    const Custody__V1__ReportReply *reply = ask(caller, ENVELOPE_REPORT, &request.base,
                                                &custody__v1__report_reply__descriptor, &reason);
    /* Nobody else packed anything in that county. */
    for (size_t i = 0; reply != NULL && i < reply->n_figures; i++)
        is_there |= strcmp(reply->figures[i]->name, "generated_g") == 0;
    return seen_of(is_there, reason);
}

static enum seen look_balance(const struct access_caller *caller)
{
    Custody__V1__BalanceRequest request = CUSTODY__V1__BALANCE_REQUEST__INIT;
    uint32_t reason;
    request.party = (char *)VILLAGE;
    const Custody__V1__BalanceReply *reply = ask(caller, ENVELOPE_BALANCE, &request.base,
                                                 &custody__v1__balance_reply__descriptor, &reason);
    return seen_of(reply != NULL && reply->n_figures > 0, reason);
}

static enum seen look_figure(const struct access_caller *caller, const char *figure)
{
    Custody__V1__FigureRequest request = CUSTODY__V1__FIGURE_REQUEST__INIT;
    uint32_t reason;
    bool is_there = false;
    request.figure = (char *)figure;
    const Custody__V1__FigureReply *reply = ask(caller, ENVELOPE_FIGURE, &request.base,
                                                &custody__v1__figure_reply__descriptor, &reason);
    for (size_t i = 0; reply != NULL && i < reply->n_contributions; i++)
        is_there |= reply->contributions[i]->entry == packed_entry;
    return seen_of(is_there, reason);
}

static enum seen look_dossier(const struct access_caller *caller)
{
    Custody__V1__DossierRequest request = CUSTODY__V1__DOSSIER_REQUEST__INIT;
    uint32_t reason;
    request.party = (char *)VILLAGE;
    const Custody__V1__DossierReply *reply = ask(caller, ENVELOPE_DOSSIER, &request.base,
                                                 &custody__v1__dossier_reply__descriptor, &reason);
    return seen_of(reply != NULL && reply->n_stock > 0, reason);
}

/* The clinic's claim is the newest of what was found. */
static enum seen look_today(const struct access_caller *caller)
{
    Custody__V1__TodayRequest request = CUSTODY__V1__TODAY_REQUEST__INIT;
    uint32_t reason;
    bool is_there = false;
    request.since = 1;
    const Custody__V1__TodayReply *reply =
        ask(caller, ENVELOPE_TODAY, &request.base, &custody__v1__today_reply__descriptor, &reason);
    for (size_t i = 0; reply != NULL && i < reply->n_newest; i++)
        is_there |= strcmp(reply->newest[i]->subject, VILLAGE "/V1") == 0;
    return seen_of(is_there, reason);
}

static enum seen look_expected(const struct access_caller *caller)
{
    Custody__V1__ExpectedRequest request = CUSTODY__V1__EXPECTED_REQUEST__INIT;
    uint32_t reason;
    bool is_there = false;
    request.party = (char *)DESK_PLANT;
    const Custody__V1__ExpectedReply *reply =
        ask(caller, ENVELOPE_EXPECTED, &request.base, &custody__v1__expected_reply__descriptor,
            &reason);
    for (size_t i = 0; reply != NULL && i < reply->n_items; i++)
        is_there |= strcmp(reply->items[i]->manifest->generator, VILLAGE) == 0;
    /* The counts say no more than the rows. */
    if (reply != NULL && (reply->total != reply->n_items || (!is_there && reply->mass_g > 0)))
        return OTHER;
    return seen_of(is_there, reason);
}

static enum seen look_profile(const struct access_caller *caller)
{
    Custody__V1__ProfileRequest request = CUSTODY__V1__PROFILE_REQUEST__INIT;
    uint32_t reason;
    const Custody__V1__ProfileReply *reply = ask(caller, ENVELOPE_PROFILE, &request.base,
                                                 &custody__v1__profile_reply__descriptor, &reason);
    return seen_of(reply != NULL, reason);
}

static enum seen look_catalogue(const struct access_caller *caller)
{
    Custody__V1__CatalogueRequest request = CUSTODY__V1__CATALOGUE_REQUEST__INIT;
    Custody__V1__CatalogueRow row = CUSTODY__V1__CATALOGUE_ROW__INIT, *rows[] = {&row};
    uint32_t reason;
    row.code = (char *)"841-001-01";
    row.category = (char *)"HW01";
    row.hazard = (char *)"In";
    request.n_rows = 1;
    request.rows = rows;
    const Custody__V1__CatalogueReply *reply =
        ask(caller, ENVELOPE_CATALOGUE, &request.base, &custody__v1__catalogue_reply__descriptor,
            &reason);
    return seen_of(reply != NULL, reason);
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
            /* A list has its rows under whom they concern: the clinic's claim under the clinic, the village, and those whom the
             * manifest names that the bag travels by. */
            bool is_clinic = strcmp(viewer->party, DESK_CLINIC) == 0;
            entitlement_bits found =
                is_clinic ? related | (entitlement_bits)ENTITLEMENT_SEES_OWN : related;
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
            /* Of a division, figures are told to who sees it, not to who has a part in it. */
            entitlement_bits whole =
                itself & (entitlement_bits) ~(ENTITLEMENT_SEES_OWN | ENTITLEMENT_SEES_SPONSORED);
            CHECK("report", ENVELOPE_REPORT, whole, look_report(&caller));
            CHECK("a division's figure", ENVELOPE_FIGURE, whole,
                  look_figure(&caller, "2026-05/540423/generated_g"));
            CHECK("its figure", ENVELOPE_FIGURE, itself,
                  look_figure(&caller, "2026-05/" VILLAGE "/generated_g"));
            CHECK("balance", ENVELOPE_BALANCE, itself, look_balance(&caller));
            CHECK("dossier", ENVELOPE_DOSSIER, itself, look_dossier(&caller));
            CHECK("today", ENVELOPE_TODAY, found, look_today(&caller));
            CHECK("expected", ENVELOPE_EXPECTED, related, look_expected(&caller));
            CHECK("profile", ENVELOPE_PROFILE, UINT8_MAX, look_profile(&caller));
            CHECK("catalogue", ENVELOPE_CATALOGUE, UINT8_MAX, look_catalogue(&caller));
            desk_turn(&desk);
#undef CHECK
        }
    print_message("%lld cells\n", (long long)cells);
    assert_int_equal(cells, (int64_t)VIEWERS * (ENTITLEMENT_ROLES - 1) * 21);
}

/* ---- permissions: each act, each role, each standing -------------------------------------------- */

static const struct asker {
    const char *party; /* NULL: none, as a root key */
    unsigned kinds;
    entitlement_bits to_village,
        to_ledger; /* how it stands to the village, and to the ledger as a whole */
} askers[] = {
    {VILLAGE, KIND(GENERATOR), ENTITLEMENT_OWN, 0},
    {CENTRE, KIND(GENERATOR), ENTITLEMENT_SPONSORED, 0},
    {DESK_BUREAU, KIND(REGULATOR), ENTITLEMENT_DIVISION, ENTITLEMENT_DIVISION},
    {COUNTY, KIND(REGULATOR), ENTITLEMENT_DIVISION, 0},
    {FAR_BUREAU, KIND(REGULATOR), 0, 0},
    {DESK_CLINIC, KIND(GENERATOR), 0, 0},
    {NULL, 0, 0, 0},
};

static Custody__V1__RegisterPartyBody *new_party_body(void)
{
    Custody__V1__RegisterPartyBody *body = arena_alloc(desk.arena, sizeof *body);
    static Custody__V1__PartyKind kinds[] = {CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR};
    custody__v1__register_party_body__init(body);
    body->party = (char *)"uscc:125404000000000199";
    body->n_kinds = 1;
    body->kinds = kinds;
    body->division = (char *)"540423";
    body->parent = (char *)CENTRE;
    return body;
}

static Custody__V1__EnrolKeyBody *enrol_body(bool is_for_regulator)
{
    Custody__V1__EnrolKeyBody *body = arena_alloc(desk.arena, sizeof *body);
    static Custody__V1__Role generator[] = {CUSTODY__V1__ROLE__ROLE_GENERATOR},
                             regulator[] = {CUSTODY__V1__ROLE__ROLE_REGULATOR};
    static uint8_t key[PUBLIC_KEY_SIZE] = {77};
    custody__v1__enrol_key_body__init(body);
    body->key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = key};
    body->party = (char *)(is_for_regulator ? COUNTY : VILLAGE);
    body->n_roles = 1;
    body->roles = is_for_regulator ? regulator : generator;
    return body;
}

static Custody__V1__ReserveNumbersBody *reserve_body(void)
{
    Custody__V1__ReserveNumbersBody *body = arena_alloc(desk.arena, sizeof *body);
    static char *receivers[] = {(char *)DESK_PLANT}, *codes[] = {(char *)"841-001-01"};
    custody__v1__reserve_numbers_body__init(body);
    body->party = (char *)VILLAGE;
    body->count = 5;
    body->n_receivers = 1;
    body->receivers = receivers;
    body->n_codes = 1;
    body->codes = codes;
    body->mass_ceiling_g = 100000;
    body->effective_until = DESK_DAY + 1000 * DESK_HOUR;
    return body;
}

#define NEW_BODY(name, type)                                                                       \
    type *name = arena_alloc(desk.arena, sizeof *name);                                            \
    custody__v1__##name##__init(name)

/* Something that concerns the village, as it would be asked for; NULL: this is not tried here. */
static const ProtobufCMessage *body_about_village(uint32_t act, bool is_by_root)
{
    static char *codes[] = {(char *)"841-*"}, *parties[] = {(char *)VILLAGE};
    static Custody__V1__Activity activities[] = {CUSTODY__V1__ACTIVITY__ACTIVITY_STORE};
    ProtobufCBinaryData manifest = {.len = DIGEST_SIZE, .data = manifest_id.bytes};
    switch (act) {
    case CUSTODY__V1__ACT__ACT_OPEN_LEDGER: {
        NEW_BODY(open_ledger_body, Custody__V1__OpenLedgerBody);
        return &open_ledger_body->base;
    }
    case CUSTODY__V1__ACT__ACT_REGISTER_PARTY:
        return &new_party_body()->base;
    case CUSTODY__V1__ACT__ACT_CHANGE_PARTY: {
        NEW_BODY(change_party_body, Custody__V1__ChangePartyBody);
        change_party_body->party = (char *)VILLAGE;
        change_party_body->name_digest =
            (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = village_name.bytes};
        return &change_party_body->base;
    }
    case CUSTODY__V1__ACT__ACT_REGISTER_PLACE: {
        NEW_BODY(register_place_body, Custody__V1__RegisterPlaceBody);
        register_place_body->party = (char *)VILLAGE;
        register_place_body->code = (char *)"P9";
        register_place_body->kind = CUSTODY__V1__PLACE_KIND__PLACE_VILLAGE_POINT;
        return &register_place_body->base;
    }
    case CUSTODY__V1__ACT__ACT_REGISTER_VEHICLE: {
        NEW_BODY(register_vehicle_body, Custody__V1__RegisterVehicleBody);
        NEW_BODY(vehicle_name, Custody__V1__VehicleName);
        vehicle_name->plate = (char *)"藏G·样0009";
        vehicle_name->colour = CUSTODY__V1__PLATE_COLOUR__PLATE_YELLOW;
        register_vehicle_body->vehicle = vehicle_name;
        register_vehicle_body->carrier = (char *)DESK_CARRIER;
        return &register_vehicle_body->base;
    }
    case CUSTODY__V1__ACT__ACT_GRANT_PERMIT: {
        NEW_BODY(grant_permit_body, Custody__V1__GrantPermitBody);
        grant_permit_body->party = (char *)VILLAGE;
        grant_permit_body->number = (char *)"9";
        grant_permit_body->n_activities = 1;
        grant_permit_body->activities = activities;
        grant_permit_body->n_codes = 1;
        grant_permit_body->codes = codes;
        return &grant_permit_body->base;
    }
    case CUSTODY__V1__ACT__ACT_SUSPEND: {
        NEW_BODY(suspend_body, Custody__V1__SuspendBody);
        suspend_body->subject_case = CUSTODY__V1__SUSPEND_BODY__SUBJECT_PARTY;
        suspend_body->party = (char *)VILLAGE;
        return &suspend_body->base;
    }
    case CUSTODY__V1__ACT__ACT_ENROL_KEY:
        return &enrol_body(is_by_root)->base;
    case CUSTODY__V1__ACT__ACT_REVOKE_KEY: {
        NEW_BODY(revoke_key_body, Custody__V1__RevokeKeyBody);
        revoke_key_body->key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE,
                                                     .data = desk.keys[DESK_STRANGER].public_key};
        return &revoke_key_body->base;
    }
    case CUSTODY__V1__ACT__ACT_APPROVE_TRANSFER: {
        NEW_BODY(approve_transfer_body, Custody__V1__ApproveTransferBody);
        approve_transfer_body->number = (char *)"A1";
        approve_transfer_body->generator = (char *)VILLAGE;
        approve_transfer_body->receiver = (char *)DESK_PLANT;
        approve_transfer_body->n_codes = 1;
        approve_transfer_body->codes = codes;
        approve_transfer_body->mass_g = 1000000;
        approve_transfer_body->effective_until = DESK_DAY + 1000 * DESK_HOUR;
        return &approve_transfer_body->base;
    }
    case CUSTODY__V1__ACT__ACT_RESERVE_NUMBERS:
        return &reserve_body()->base;
    case CUSTODY__V1__ACT__ACT_CLOSE_BLOCK: {
        NEW_BODY(close_block_body, Custody__V1__CloseBlockBody);
        NEW_BODY(statement_name, Custody__V1__StatementName);
        statement_name->key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE,
                                                    .data = desk.keys[DESK_STRANGER].public_key};
        statement_name->sequence = block_sequence;
        statement_name->id = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = block_id.bytes};
        close_block_body->block = statement_name;
        return &close_block_body->base;
    }
    case CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST: {
        NEW_BODY(issue_manifest_body, Custody__V1__IssueManifestBody);
        issue_manifest_body->plan = desk_plan(&desk, VILLAGE, DESK_PLANT);
        return &issue_manifest_body->base;
    }
    case CUSTODY__V1__ACT__ACT_CANCEL_MANIFEST: {
        NEW_BODY(cancel_manifest_body, Custody__V1__CancelManifestBody);
        cancel_manifest_body->manifest = manifest;
        return &cancel_manifest_body->base;
    }
    case CUSTODY__V1__ACT__ACT_SET_PROFILE: {
        NEW_BODY(set_profile_body, Custody__V1__SetProfileBody);
        set_profile_body->name = (char *)"cn-medical";
        set_profile_body->edition = 1;
        return &set_profile_body->base;
    }
    case CUSTODY__V1__ACT__ACT_SET_DIVISIONS: {
        NEW_BODY(set_divisions_body, Custody__V1__SetDivisionsBody);
        NEW_BODY(division, Custody__V1__Division);
        static Custody__V1__Division *rows[1];
        division->code = (char *)"540400";
        division->name = (char *)"林芝市";
        rows[0] = division;
        set_divisions_body->n_divisions = 1;
        set_divisions_body->divisions = rows;
        return &set_divisions_body->base;
    }
    case CUSTODY__V1__ACT__ACT_SET_CATALOGUE: {
        NEW_BODY(set_catalogue_body, Custody__V1__SetCatalogueBody);
        set_catalogue_body->edition = (char *)"cn-2099";
        return &set_catalogue_body->base;
    }
    case CUSTODY__V1__ACT__ACT_FILE_DOCUMENT: {
        NEW_BODY(file_document_body, Custody__V1__FileDocumentBody);
        file_document_body->kind = CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_INSURANCE;
        file_document_body->number = (char *)"D1";
        file_document_body->n_parties = 1;
        file_document_body->parties = parties;
        return &file_document_body->base;
    }
    case CUSTODY__V1__ACT__ACT_CLOSE_BY_ORDER: {
        NEW_BODY(close_by_order_body, Custody__V1__CloseByOrderBody);
        close_by_order_body->order = (char *)"O1";
        close_by_order_body->subject_case = CUSTODY__V1__CLOSE_BY_ORDER_BODY__SUBJECT_MANIFEST;
        close_by_order_body->manifest = manifest;
        return &close_by_order_body->base;
    }
    case CUSTODY__V1__ACT__ACT_ERASE: {
        NEW_BODY(erase_body, Custody__V1__EraseBody);
        erase_body->digest =
            (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = village_identity.bytes};
        erase_body->order = (char *)"O2";
        return &erase_body->base;
    }
    default:
        return NULL;
    }
}

static bool is_for_the_whole_ledger(uint32_t act)
{
    return act == CUSTODY__V1__ACT__ACT_SET_PROFILE || act == CUSTODY__V1__ACT__ACT_SET_DIVISIONS ||
           act == CUSTODY__V1__ACT__ACT_SET_CATALOGUE;
}

/* Refused because of who asks, not because of what is asked. */
static bool is_refusal_of_asker(uint16_t reason)
{
    return reason == CUSTODY_REASON_role_missing || reason == CUSTODY_REASON_not_own_party ||
           reason == CUSTODY_REASON_role_not_invited;
}

static void check_permission(uint32_t act, const struct asker *asker, unsigned role, bool is_open)
{
    struct book *book = desk.ledger->book;
    book_turn(book);
    struct registry registry = registry_of_book(book);
    struct key author = {
        .is_enrolled = true,
        .until_us = INT64_MAX,
        .roles = (party_bits)(1U << role),
        .invited_roles = (party_bits)ROLE(GENERATOR),
        .party = asker->party == NULL ? 0 : book_find(book, SUBJECT_PARTY, span_text(asker->party)),
    };
    const ProtobufCMessage *body =
        body_about_village(act, role == CUSTODY__V1__ROLE__ROLE_ROOT && is_open);
    const struct permission_request request = {.act = act,
                                               .body = body,
                                               .author = &author,
                                               .author_key = author.public_key,
                                               .entry = 1000,
                                               .now_us = desk.now_us,
                                               .ledger_is_open = is_open};
    struct permission_answer answer = permission_decide(&request, &registry);
    entitlement_bits standing =
        ENTITLEMENT_ANYWHERE | (is_open ? 0 : ENTITLEMENT_FOUNDING) |
        (is_for_the_whole_ledger(act) ? asker->to_ledger : asker->to_village);
    bool may = entitlement_may_ask(act, entitlement_roles(author.roles, (party_bits)asker->kinds),
                                   standing);
    cells++;
    if (may == is_refusal_of_asker(answer.reason))
        fail_msg("%s, asked by role %u of %s%s: %s (%s), but the table says %s", body_act_name(act),
                 role, asker->party == NULL ? "no party" : asker->party,
                 is_open ? "" : " while founding",
                 answer.reason == 0 ? "granted" : custody_reason_name(answer.reason), answer.field,
                 may ? "it may" : "it may not");
}

/* PROTOCOL.md 11.2. found_ledger is nobody's who is enrolled (test_permission.c), rotate_ledger_key is not for devices (test_rotate.c). */
static void every_cell_of_who_may_ask_for_what(void **state)
{
    (void)state;
    unsigned acts = 0;
    cells = 0;
    for (uint32_t act = 16; act < 64; act++) {
        if (body_about_village(act, false) == NULL)
            continue;
        acts++;
        for (size_t i = 0; i < sizeof askers / sizeof askers[0]; i++)
            for (unsigned role = 1; role < ENTITLEMENT_ROLES; role++) {
                check_permission(act, &askers[i], role, true);
                check_permission(act, &askers[i], role, false);
                desk_turn(&desk);
            }
    }
    assert_int_equal(acts, 20);
    print_message("%lld cells\n", (long long)cells);
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
    for (unsigned kind = 0; kind < ENVELOPE_KINDS; kind++)
        assert_false(access_may_ask(&nobody, (uint16_t)kind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_cell_of_who_sees_what, setup, teardown),
        cmocka_unit_test_setup_teardown(every_cell_of_who_may_ask_for_what, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_law_is_everybodys, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_asks_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
