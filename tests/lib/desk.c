/* desk.c: a ledger in a temporary folder, with a small region around it. */
#include "tests/lib/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "tests/lib/check.h"

enum { DESK_ARENA = 64 << 20, DESK_BODY_MAX = STATEMENT_SIZE_MAX, DESK_MAP = 256 << 20 };

void desk_flip(struct desk *desk, const char *name, struct span bytes, size_t offset)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", desk->data, name);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(file), found = 0;
    uint8_t *all = malloc(size);
    assert_non_null(all);
    rewind(file);
    assert_int_equal(fread(all, 1, size, file), size);
    for (size_t i = 0; i + bytes.len + offset < size; i++) {
        if (memcmp(all + i, bytes.data, bytes.len) != 0)
            continue;
        assert_int_equal(fseek(file, (long)(i + offset), SEEK_SET), 0);
        assert_int_not_equal(fputc(all[i + offset] ^ 1, file), EOF);
        found++;
    }
    free(all);
    assert_int_equal(fclose(file), 0);
    assert_true(found > 0);
}

void desk_flush(struct desk *desk)
{
    uint8_t head[CHECKPOINT_SIZE_MAX];
    uint64_t size;
    ledger_head(desk->ledger, head, &size);
    while (ledger_reflected(desk->ledger) < size)
        submit_rest(desk->ledger, true);
}

void desk_turn(struct desk *desk)
{
    arena_empty(desk->arena);
}

uint32_t desk_act(const ProtobufCMessage *body)
{
    for (uint32_t act = 16; act < 128; act++)
        if (body_descriptor(act) == body->descriptor)
            return act;
    fail_msg("%s is no act's body", body->descriptor->name);
    return 0;
}

static void desk_make_key(struct desk *desk, enum desk_actor actor)
{
    uint8_t seed[SEED_SIZE] = {(uint8_t)(actor + 1), 7};
    struct desk_key *key = &desk->keys[actor];
    digest_key_from_seed(seed, key->public_key, key->secret_key);
    memset(key->curve_key, 0xc0 + (int)actor, sizeof key->curve_key);
    key->sequence = 0;
    memset(&key->previous, 0, sizeof key->previous);
}

static struct desk_statement *desk_sign_with(struct desk *desk,
                                             struct desk_key *key,
                                             const ProtobufCMessage *body,
                                             int64_t occurred_us,
                                             int64_t signed_us)
{
    struct desk_statement *signed_statement = arena_alloc(desk->arena, sizeof *signed_statement);
    uint8_t *bytes = arena_alloc(desk->arena, STATEMENT_HEADER_SIZE + DESK_BODY_MAX);
    const char *field = NULL;
    assert_non_null(signed_statement);
    assert_non_null(bytes);
    struct statement_header header = {
        .act = (uint16_t)desk_act(body),
        .clock_quality = CLOCK_DEVICE,
        .key_sequence = ++key->sequence,
        .occurred_at_us = occurred_us,
        .signed_at_us = signed_us,
        .origin = desk->origin,
        .previous = key->previous,
        .seen_size = key->seen_size,
        .seen_root = key->seen_root,
        .position_is_known = key->accuracy_m != 0,
        .latitude_e7 = key->latitude_e7,
        .longitude_e7 = key->longitude_e7,
        .position_accuracy_m = key->accuracy_m,
    };
    memcpy(header.key, key->public_key, PUBLIC_KEY_SIZE);
    statement_write_header(&header, bytes);
    size_t len =
        STATEMENT_HEADER_SIZE + body_write(body, bytes + STATEMENT_HEADER_SIZE, DESK_BODY_MAX);
    assert_int_equal(statement_parse(span_of(bytes, len), &signed_statement->statement, &field),
                     STATEMENT_OK);
    digest_sign(signed_statement->statement.signature, span_of(bytes, len), key->secret_key);
    key->previous = signed_statement->statement.id;
    return signed_statement;
}

struct desk_statement *desk_sign(struct desk *desk,
                                 enum desk_actor actor,
                                 const ProtobufCMessage *body,
                                 int64_t occurred_us)
{
    return desk_sign_with(desk, &desk->keys[actor], body, occurred_us, desk->now_us);
}

struct desk_statement *desk_sign_at(struct desk *desk,
                                    enum desk_actor actor,
                                    const ProtobufCMessage *body,
                                    int64_t occurred_us,
                                    int64_t signed_us)
{
    return desk_sign_with(desk, &desk->keys[actor], body, occurred_us, signed_us);
}

void desk_see(struct desk *desk, enum desk_actor actor, const struct checkpoint *head)
{
    desk->keys[actor].seen_size = head->size;
    desk->keys[actor].seen_root = head->root;
}

void desk_submit_all(struct desk *desk,
                     struct desk_statement *const *statements,
                     size_t count,
                     Custody__V1__Receipt **ret_receipts,
                     Custody__V1__Problem **ret_problems)
{
    struct submission *submissions = arena_alloc(desk->arena, count * sizeof *submissions);
    struct submission **pointers = arena_alloc(desk->arena, count * sizeof *pointers);
    for (size_t i = 0; i < count; i++) {
        submissions[i] = (struct submission){
            .statement = &statements[i]->statement,
            .records = statements[i]->records,
            .record_count = statements[i]->record_count,
            .arena = desk->arena,
        };
        pointers[i] = &submissions[i];
    }
    assert_int_equal(submit_batch(desk->ledger, pointers, count, desk->now_us), CUSTODY_OK);
    for (size_t i = 0; i < count; i++) {
        Custody__V1__Receipt *receipt = NULL;
        Custody__V1__Problem *problem = NULL;
        if (submissions[i].outcome == 0)
            receipt = custody__v1__receipt__unpack(
                arena_protobuf(desk->arena), submissions[i].reply.len, submissions[i].reply.data);
        else
            problem = custody__v1__problem__unpack(
                arena_protobuf(desk->arena), submissions[i].reply.len, submissions[i].reply.data);
        assert_true(receipt != NULL || problem != NULL);
        if (ret_receipts != NULL)
            ret_receipts[i] = receipt;
        if (ret_problems != NULL)
            ret_problems[i] = problem;
    }
}

Custody__V1__Receipt *
desk_submit(struct desk *desk, struct desk_statement *statement, Custody__V1__Problem **ret_problem)
{
    Custody__V1__Receipt *receipt;
    desk_submit_all(desk, &statement, 1, &receipt, ret_problem);
    return receipt;
}

static void
desk_expect(struct desk *desk, struct desk_statement *statement, enum custody_outcome expected)
{
    Custody__V1__Problem *problem = NULL;
    Custody__V1__Receipt *receipt = desk_submit(desk, statement, &problem);
    const char *act = body_act_name(statement->statement.header.act);
    if (receipt == NULL)
        fail_msg("%s: expected %s, got %s (%s)", act, custody_outcome_name(expected), problem->name,
                 problem->field);
    else if (receipt->outcome != (Custody__V1__Outcome)expected)
        fail_msg("%s: expected %s, got %s: %s %s", act, custody_outcome_name(expected),
                 custody_outcome_name(receipt->outcome), receipt->reason_name, receipt->field);
}

struct desk_statement *desk_do(struct desk *desk,
                               enum desk_actor actor,
                               const ProtobufCMessage *body,
                               int64_t occurred_us,
                               enum custody_outcome expected)
{
    struct desk_statement *statement = desk_sign(desk, actor, body, occurred_us);
    desk_expect(desk, statement, expected);
    return statement;
}

/* ---- the region -------------------------------------------------------------------------------- */

/* The device that accepts the founder's invitation: the invitation's seed signs its enrolment. */
static void desk_enrol_regulator(struct desk *desk)
{
    struct desk_key one_time = {0};
    uint8_t seed[SEED_SIZE];
    const char *at = strstr(desk->paper.invitation, "seed: ");
    assert_non_null(at);
    assert_true(bytes_parse_hex(span_of(at + 6, 2 * SEED_SIZE), seed, sizeof seed));
    digest_key_from_seed(seed, one_time.public_key, one_time.secret_key);
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_REGULATOR, CUSTODY__V1__ROLE__ROLE_ADMIN};
    struct desk_key *key = &desk->keys[DESK_REGULATOR];
    body.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = key->public_key};
    body.curve_key = (ProtobufCBinaryData){.len = 32, .data = key->curve_key};
    body.party = (char *)DESK_BUREAU;
    body.n_roles = 2;
    body.roles = roles;
    desk_expect(desk, desk_sign_with(desk, &one_time, &body.base, desk->now_us, desk->now_us),
                CUSTODY_OUTCOME_granted);
}

static void desk_register(struct desk *desk,
                          const char *party,
                          Custody__V1__PartyKind kind,
                          const char *division)
{
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    body.party = (char *)party;
    body.n_kinds = 1;
    body.kinds = &kind;
    body.division = (char *)division;
    desk_do(desk, DESK_REGULATOR, &body.base, desk->now_us, CUSTODY_OUTCOME_granted);
}

void desk_enrol(struct desk *desk, enum desk_actor actor, const char *party, Custody__V1__Role role)
{
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {role, CUSTODY__V1__ROLE__ROLE_ADMIN};
    struct desk_key *key = &desk->keys[actor];
    body.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = key->public_key};
    body.curve_key = (ProtobufCBinaryData){.len = 32, .data = key->curve_key};
    body.party = (char *)party;
    body.n_roles = 2;
    body.roles = roles;
    desk_do(desk, DESK_REGULATOR, &body.base, desk->now_us, CUSTODY_OUTCOME_granted);
}

static void desk_populate(struct desk *desk)
{
    desk_register(desk, DESK_HOSPITAL, CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR, "540402");
    desk_register(desk, DESK_CLINIC, CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR, "540423");
    desk_register(desk, DESK_CARRIER, CUSTODY__V1__PARTY_KIND__PARTY_CARRIER, "540402");
    desk_register(desk, DESK_PLANT, CUSTODY__V1__PARTY_KIND__PARTY_FACILITY, "540402");
    desk_register(desk, DESK_OTHER_PLANT, CUSTODY__V1__PARTY_KIND__PARTY_FACILITY, "540402");
    desk_enrol(desk, DESK_NURSE, DESK_HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    desk_enrol(desk, DESK_DOCTOR, DESK_CLINIC, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    desk_enrol(desk, DESK_DRIVER, DESK_CARRIER, CUSTODY__V1__ROLE__ROLE_DRIVER);
    desk_enrol(desk, DESK_GATE, DESK_PLANT, CUSTODY__V1__ROLE__ROLE_FACILITY);

    Custody__V1__GrantPermitBody permit = CUSTODY__V1__GRANT_PERMIT_BODY__INIT;
    Custody__V1__Activity activities[] = {CUSTODY__V1__ACTIVITY__ACTIVITY_STORE,
                                          CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT};
    char *codes[] = {(char *)"841-*"};
    permit.party = (char *)DESK_PLANT;
    permit.number = (char *)"5404000001";
    permit.n_activities = 2;
    permit.activities = activities;
    permit.n_codes = 1;
    permit.codes = codes;
    permit.effective_until = desk->now_us + 365 * 24 * DESK_HOUR;
    desk_do(desk, DESK_REGULATOR, &permit.base, desk->now_us, CUSTODY_OUTCOME_granted);

    Custody__V1__RegisterVehicleBody filing = CUSTODY__V1__REGISTER_VEHICLE_BODY__INIT;
    Custody__V1__VehicleName vehicle = CUSTODY__V1__VEHICLE_NAME__INIT;
    vehicle.plate = (char *)DESK_PLATE;
    vehicle.colour = CUSTODY__V1__PLATE_COLOUR__PLATE_YELLOW;
    filing.vehicle = &vehicle;
    filing.carrier = (char *)DESK_CARRIER;
    filing.licence = (char *)"5404-0001";
    filing.medical = true;
    desk_do(desk, DESK_REGULATOR, &filing.base, desk->now_us, CUSTODY_OUTCOME_granted);

    Custody__V1__OpenLedgerBody open = CUSTODY__V1__OPEN_LEDGER_BODY__INIT;
    desk_do(desk, DESK_REGULATOR, &open.base, desk->now_us, CUSTODY_OUTCOME_granted);
}

static void desk_open_ledger(struct desk *desk)
{
    char sentence[240];
    if (ledger_open(&desk->options, NULL, NULL, sentence, &desk->ledger) != CUSTODY_OK)
        fail_msg("the ledger does not open: %s", sentence);
}

void desk_open(struct desk *desk, bool is_bare)
{
    desk_open_sized(desk, is_bare, DESK_MAP);
}

void desk_open_sized(struct desk *desk, bool is_bare, uint64_t map_size)
{
    char sentence[240];
    memset(desk, 0, sizeof *desk);
    tempdir_create(&desk->dir);
    tempdir_path(&desk->dir, "data", desk->data, sizeof desk->data);
    tempdir_path(&desk->dir, "key", desk->key_file, sizeof desk->key_file);
    tempdir_path(&desk->dir, "mark", desk->mark_file, sizeof desk->mark_file);
    desk->arena = arena_create(DESK_ARENA);
    assert_non_null(desk->arena);
    desk->now_us = DESK_DAY - 24 * DESK_HOUR;
    const struct found_options found = {
        .data = desk->data,
        .key_file = desk->key_file,
        .mark_file = desk->mark_file,
        .map_size = map_size,
        .origin = "ledger.example/desk",
        .division = "540400",
        .utc_offset_minutes = 480,
        .regulator = DESK_BUREAU,
        .regulator_name = "样例局",
        .endpoint = "tcp://127.0.0.1:1",
        .announcements = "tcp://127.0.0.1:2",
        .invitation_until_us = desk->now_us + 24 * DESK_HOUR,
        .demonstration = true,
        .now_us = desk->now_us,
    };
    if (found_ledger(&found, sentence, &desk->paper) != CUSTODY_OK)
        fail_msg("the ledger cannot be founded: %s", sentence);
    desk->options = (struct ledger_options){.data = desk->data,
                                            .key_file = desk->key_file,
                                            .mark_file = desk->mark_file,
                                            .map_size = map_size,
                                            .overlay_max = 8 << 20};
    desk->origin = statement_origin_digest(found.origin);
    desk_open_ledger(desk);
    for (int actor = 0; actor < DESK_ACTORS; actor++)
        desk_make_key(desk, (enum desk_actor)actor);
    desk_enrol_regulator(desk);
    if (!is_bare)
        desk_populate(desk);
    desk->now_us = DESK_DAY;
    desk_turn(desk);
}

void desk_reopen(struct desk *desk)
{
    ledger_close(desk->ledger);
    desk->ledger = NULL;
    desk_open_ledger(desk);
}

void desk_close(struct desk *desk)
{
    ledger_close(desk->ledger);
    arena_destroy(desk->arena);
    found_done(&desk->paper);
    tempdir_destroy(&desk->dir);
}

/* ---- bodies ------------------------------------------------------------------------------------ */

static void *desk_alloc(struct desk *desk, size_t len)
{
    void *memory = arena_alloc(desk->arena, len);
    assert_non_null(memory);
    return memory;
}

ProtobufCBinaryData desk_id(const struct desk_statement *statement)
{
    if (statement == NULL)
        return (ProtobufCBinaryData){0};
    return (ProtobufCBinaryData){.len = DIGEST_SIZE,
                                 .data = (uint8_t *)statement->statement.id.bytes};
}

Custody__V1__StatementName *desk_name(struct desk *desk, const struct desk_statement *statement)
{
    Custody__V1__StatementName *name = desk_alloc(desk, sizeof *name);
    custody__v1__statement_name__init(name);
    name->key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE,
                                      .data = (uint8_t *)statement->statement.header.key};
    name->sequence = statement->statement.header.key_sequence;
    name->id = desk_id(statement);
    return name;
}

Custody__V1__PackBody *
desk_pack(struct desk *desk, const char *generator, const char *code, uint64_t mass_g)
{
    Custody__V1__PackBody *body = desk_alloc(desk, sizeof *body);
    Custody__V1__PackedContainer *container = desk_alloc(desk, sizeof *container);
    custody__v1__pack_body__init(body);
    custody__v1__packed_container__init(container);
    container->code = (char *)code;
    container->waste_code = (char *)"841-001-01";
    container->mass_g = mass_g;
    container->mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
    container->package = CUSTODY__V1__PACKAGE_KIND__PACKAGE_BAG;
    body->generator = (char *)generator;
    body->n_containers = 1;
    body->containers = desk_alloc(desk, sizeof container);
    body->containers[0] = container;
    return body;
}

Custody__V1__ManifestPlan *desk_plan(struct desk *desk, const char *generator, const char *receiver)
{
    Custody__V1__ManifestPlan *plan = desk_alloc(desk, sizeof *plan);
    Custody__V1__ManifestLine *line = desk_alloc(desk, sizeof *line);
    Custody__V1__ManifestLeg *leg = desk_alloc(desk, sizeof *leg);
    custody__v1__manifest_plan__init(plan);
    custody__v1__manifest_line__init(line);
    custody__v1__manifest_leg__init(leg);
    line->waste_code = (char *)"841-001-01";
    line->planned_mass_g = 20000;
    leg->carrier = (char *)DESK_CARRIER;
    leg->mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_ROAD;
    plan->type = CUSTODY__V1__MANIFEST_TYPE__MANIFEST_NORMAL;
    plan->generator = (char *)generator;
    plan->receiver = (char *)receiver;
    plan->n_lines = 1;
    plan->lines = desk_alloc(desk, sizeof line);
    plan->lines[0] = line;
    plan->n_legs = 1;
    plan->legs = desk_alloc(desk, sizeof leg);
    plan->legs[0] = leg;
    plan->method = (char *)"Y10";
    return plan;
}

Custody__V1__DepartBody *desk_depart(struct desk *desk, const char *plate)
{
    Custody__V1__DepartBody *body = desk_alloc(desk, sizeof *body);
    custody__v1__depart_body__init(body);
    body->vehicle = desk_alloc(desk, sizeof *body->vehicle);
    custody__v1__vehicle_name__init(body->vehicle);
    body->vehicle->plate = (char *)plate;
    body->vehicle->colour = CUSTODY__V1__PLATE_COLOUR__PLATE_YELLOW;
    body->receiver = (char *)DESK_PLANT;
    return body;
}

Custody__V1__LoadBody *desk_load(struct desk *desk,
                                 const struct desk_statement *trip,
                                 const struct desk_statement *manifest,
                                 const char *generator,
                                 const char *code)
{
    Custody__V1__LoadBody *body = desk_alloc(desk, sizeof *body);
    custody__v1__load_body__init(body);
    body->trip = desk_id(trip);
    body->manifest = desk_id(manifest);
    body->generator = (char *)generator;
    if (code != NULL) {
        body->n_containers = 1;
        body->containers = desk_alloc(desk, sizeof *body->containers);
        body->containers[0] = desk_alloc(desk, sizeof **body->containers);
        custody__v1__moved_container__init(body->containers[0]);
        body->containers[0]->code = (char *)code;
    }
    return body;
}

Custody__V1__ReceiveBody *desk_receive(struct desk *desk,
                                       const struct desk_statement *trip,
                                       const struct desk_statement *manifest,
                                       const char *generator,
                                       const char *code,
                                       Custody__V1__Verdict verdict,
                                       uint64_t mass_g)
{
    Custody__V1__ReceiveBody *body = desk_alloc(desk, sizeof *body);
    custody__v1__receive_body__init(body);
    body->trip = desk_id(trip);
    body->manifest = desk_id(manifest);
    body->generator = (char *)generator;
    if (code != NULL) {
        Custody__V1__ReceivedContainer *container = desk_alloc(desk, sizeof *container);
        custody__v1__received_container__init(container);
        container->code = (char *)code;
        container->verdict = verdict;
        container->mass_g = mass_g;
        if (mass_g > 0)
            container->mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
        body->n_containers = 1;
        body->containers = desk_alloc(desk, sizeof container);
        body->containers[0] = container;
    }
    return body;
}

/* ---- questions --------------------------------------------------------------------------------- */

void *desk_ask(struct desk *desk,
               enum desk_actor actor,
               uint16_t kind,
               const ProtobufCMessage *request,
               const ProtobufCMessageDescriptor *reply,
               Custody__V1__Problem **ret_problem)
{
    struct access_caller caller;
    desk_flush(desk);
    assert_true(access_find(desk->ledger, desk->keys[actor].curve_key, &caller));
    size_t len = protobuf_c_message_get_packed_size(request);
    uint8_t *bytes = desk_alloc(desk, len + 1);
    protobuf_c_message_pack(request, bytes);
    struct query query = {.caller = &caller,
                          .kind = kind,
                          .body = span_of(bytes, len),
                          .now_us = desk->now_us,
                          .arena = desk->arena};
    query_answer(desk->ledger, &query);
    if (ret_problem != NULL)
        *ret_problem = query.outcome == 0
                           ? NULL
                           : custody__v1__problem__unpack(arena_protobuf(desk->arena),
                                                          query.reply.len, query.reply.data);
    return query.outcome != 0 ? NULL
                              : protobuf_c_message_unpack(reply, arena_protobuf(desk->arena),
                                                          query.reply.len, query.reply.data);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines that are open, sorted, so that they compare as a set. */
static char *render_open(struct desk *desk,
                         size_t n_findings,
                         Custody__V1__Finding *const *findings,
                         size_t n_obligations,
                         Custody__V1__Obligation *const *obligations)
{
    char **lines = desk_alloc(desk, (n_findings + n_obligations + 1) * sizeof *lines);
    size_t count = 0;
    for (size_t i = 0; i < n_findings; i++)
        lines[count++] =
            arena_format(desk->arena, "finding %s %s since %lld\n", findings[i]->rule_name,
                         findings[i]->subject, (long long)findings[i]->since);
    for (size_t i = 0; i < n_obligations; i++)
        lines[count++] = arena_format(desk->arena, "obligation %s %s by %s due %lld\n",
                                      obligations[i]->rule_name, obligations[i]->subject,
                                      obligations[i]->debtor, (long long)obligations[i]->due);
    qsort(lines, count, sizeof *lines, compare_texts);
    char *text = desk_alloc(desk, 1);
    for (size_t i = 0; i < count; i++)
        text = arena_format(desk->arena, "%s%s", text, lines[i]);
    return text;
}

char *desk_render_container(struct desk *desk, const char *generator, const char *code)
{
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    name.generator = (char *)generator;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = (char *)code;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    const Custody__V1__TraceReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_TRACE, &request.base,
                 &custody__v1__trace_reply__descriptor, NULL);
    if (reply == NULL || reply->n_containers != 1)
        return (char *)"nothing\n";
    const Custody__V1__ContainerTrace *trace = reply->containers[0];
    char *text = arena_format(desk->arena, "%s by %s %llu g %s born %lld box '%s' manifest '%s'\n",
                              trace->state, trace->holder, (unsigned long long)trace->mass_g,
                              trace->waste_code, (long long)trace->born_at, trace->box,
                              trace->manifest_number);
    for (size_t i = 0; i < trace->n_steps; i++)
        text =
            arena_format(desk->arena, "%s  %s by %s: %s -> %s\n", text, trace->steps[i]->act_name,
                         trace->steps[i]->party, trace->steps[i]->effect, trace->steps[i]->state);
    return arena_format(desk->arena, "%s%s", text,
                        render_open(desk, trace->n_findings, trace->findings, trace->n_obligations,
                                    trace->obligations));
}

char *desk_render_manifest(struct desk *desk, const struct desk_statement *manifest)
{
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_MANIFEST;
    request.manifest = desk_id(manifest);
    const Custody__V1__TraceReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_TRACE, &request.base,
                 &custody__v1__trace_reply__descriptor, NULL);
    if (reply == NULL || reply->n_manifests == 0)
        return (char *)"nothing\n";
    const Custody__V1__ManifestView *view = reply->manifests[0];
    char *text =
        arena_format(desk->arena,
                     "%s holder %s: loaded %u in transit %u received %u rejected %u missing %u fed "
                     "%u, %llu g, %llu g, %lld %lld %lld\n",
                     view->state, view->holder, view->loaded, view->in_transit, view->received,
                     view->rejected, view->missing, view->fed, (unsigned long long)view->loaded_g,
                     (unsigned long long)view->received_g, (long long)view->loaded_at,
                     (long long)view->delivered_at, (long long)view->confirmed_at);
    return arena_format(desk->arena, "%s%s", text,
                        render_open(desk, view->n_findings, view->findings, view->n_obligations,
                                    view->obligations));
}

void desk_set_profile(struct desk *desk, const char *name, uint32_t edition, const char *lines)
{
    Custody__V1__SetProfileBody body = CUSTODY__V1__SET_PROFILE_BODY__INIT;
    char *text = arena_format(desk->arena, "[profile]\nname = %s\nfamily = %s\nedition = %u\n%s\n",
                              name, name, (unsigned)edition, lines);
    struct digest digest = digest_sha256(span_text(text));
    body.name = (char *)name;
    body.edition = edition;
    body.text.data = (uint8_t *)text;
    body.text.len = strlen(text);
    body.text_digest.data = digest.bytes;
    body.text_digest.len = DIGEST_SIZE;
    desk_do(desk, DESK_REGULATOR, &body.base, desk->now_us, CUSTODY_OUTCOME_granted);
}

struct desk_statement *desk_issue(struct desk *desk, enum desk_actor actor, const char *generator)
{
    Custody__V1__IssueManifestBody body = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    body.plan = desk_plan(desk, generator, DESK_PLANT);
    return desk_do(desk, actor, &body.base, desk->now_us, CUSTODY_OUTCOME_granted);
}

const Custody__V1__UnclosedReply *desk_unclosed(struct desk *desk,
                                                enum desk_actor actor,
                                                const char *division,
                                                uint32_t limit,
                                                ProtobufCBinaryData page)
{
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    options.limit = limit;
    options.page = page;
    request.options = &options;
    request.division = (char *)division;
    return desk_ask(desk, actor, ENVELOPE_UNCLOSED, &request.base,
                    &custody__v1__unclosed_reply__descriptor, NULL);
}

char *desk_render_open(struct desk *desk)
{
    Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    options.limit = 500;
    request.options = &options;
    const Custody__V1__FindingsReply *findings =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_FINDINGS, &request.base,
                 &custody__v1__findings_reply__descriptor, NULL);
    assert_non_null(findings);
    char *text = arena_format(desk->arena, "%s", "");
    for (size_t i = 0; i < findings->n_findings; i++) {
        const Custody__V1__Finding *finding = findings->findings[i];
        text = arena_format(desk->arena, "%sfinding %s %s by %s since %lld in %s\n", text,
                            finding->rule_name, finding->subject, finding->party,
                            (long long)finding->since, finding->division);
    }
    const ProtobufCBinaryData first = {0};
    const Custody__V1__UnclosedReply *open = desk_unclosed(desk, DESK_REGULATOR, "", 500, first);
    assert_non_null(open);
    for (size_t i = 0; i < open->n_items; i++) {
        const Custody__V1__Obligation *due = open->items[i]->obligation;
        if (due != NULL)
            text =
                arena_format(desk->arena, "%sdue %s %s by %s at %lld in %s\n", text, due->rule_name,
                             due->subject, due->debtor, (long long)due->due, due->division);
    }
    return text;
}
