/* test_kept.c: records are counted under their year and kind, and what keeps each is what an erasure would be told. */
#include <string.h>

#include "daemon/service/kept.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

#define CENTRE "uscc:125404000000000070"
#define YEAR   (365 * 24 * DESK_HOUR)

static struct desk desk;
static struct kept kept;
static struct kept_record seen[16];
static size_t seen_count;

static int setup(void **state)
{
    (void)state;
    desk_open(&desk, false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static void see(void *context, const struct kept_record *record)
{
    assert_ptr_equal(context, seen);
    assert_true(seen_count < sizeof seen / sizeof seen[0]);
    seen[seen_count] = *record;
    seen[seen_count++].party = arena_text(desk.arena, span_text(record->party));
}

/* One process may not have the ledger open twice. */
static void look_at(int64_t now_us)
{
    char sentence[240];
    desk_flush(&desk);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    seen_count = 0;
    enum custody_status status = kept_look(&desk.options, now_us, see, seen, sentence, &kept);
    if (status != CUSTODY_OK)
        fail_msg("%s", sentence);
    desk_reopen(&desk);
}

/* A health centre with a name in the annex: the name's digest. */
static struct digest register_centre(void)
{
    static uint8_t record[SALT_SIZE + 6] = "salt, of no one else";
    struct digest digest = digest_sha256(span_of(record, sizeof record));
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__PartyKind kind = CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR;
    body.party = (char *)CENTRE;
    body.n_kinds = 1;
    body.kinds = &kind;
    body.division = (char *)"540423";
    body.name_digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = digest.bytes};
    struct desk_statement *statement = desk_sign(&desk, DESK_REGULATOR, &body.base, desk.now_us);
    statement->records[0] = span_of(record, sizeof record);
    statement->record_count = 1;
    const Custody__V1__Receipt *receipt = desk_submit(&desk, statement, NULL);
    assert_non_null(receipt);
    assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_granted);
    return digest;
}

static const struct kept_record *seen_of(const struct digest *digest)
{
    for (size_t i = 0; i < seen_count; i++)
        if (digest_is_equal(&seen[i].digest, digest))
            return &seen[i];
    fail_msg("it is not listed");
    return NULL;
}

/* Sums over years and over kinds are the same things counted. */
static void assert_sums(void)
{
    uint64_t by_year = 0, by_kind = 0;
    for (uint32_t i = 0; i < kept.year_count; i++)
        by_year += kept.years[i].count.records;
    for (int kind = 0; kind < KEPT_KINDS; kind++)
        by_kind += kept.kinds[kind].records;
    assert_int_equal(by_year, kept.all.records);
    assert_int_equal(by_kind, kept.all.records);
    uint64_t stays = kept.all.erased;
    for (int stay = 0; stay < KEPT_STAYS; stay++)
        stays += kept.all.stays[stay];
    assert_int_equal(stays, kept.all.records);
    assert_int_equal(seen_count, kept.all.records);
}

static void a_record_is_kept_for_its_time_and_then_may_go(void **state)
{
    (void)state;
    struct digest name = register_centre();
    int64_t registered_us = desk.now_us;
    look_at(desk.now_us + DESK_HOUR);
    assert_sums();
    const struct kept_record *record = seen_of(&name);
    assert_int_equal(record->kind, RETENTION_name);
    assert_int_equal(record->stay, RETENTION_TIME);
    assert_false(record->is_erased);
    assert_true(record->until_us >= registered_us + 10 * YEAR);
    assert_string_equal(record->party, DESK_BUREAU);
    int64_t until_us = record->until_us;
    /* The bureau's own name came first. */
    assert_in_range(kept.kinds[RETENTION_name].next_us, desk.now_us, until_us);
    assert_in_range(kept.kept_us[RETENTION_name], 10 * YEAR, 10 * YEAR + 3 * 24 * DESK_HOUR);
    assert_int_equal(kept.years[0].year, 2026);
    assert_int_equal(kept.year_count, 1);

    look_at(until_us - 1);
    assert_int_equal(seen_of(&name)->stay, RETENTION_TIME);
    uint64_t free_before = kept.kinds[RETENTION_name].stays[RETENTION_FREE];
    look_at(until_us);
    assert_sums();
    assert_int_equal(seen_of(&name)->stay, RETENTION_FREE);
    assert_int_equal(kept.kinds[RETENTION_name].stays[RETENTION_FREE], free_before + 1);
    /* Its year is that of its statement, and the years since then have their rows. */
    assert_int_equal(kept.year_count, 11);
    assert_true(kept.years[0].count.stays[RETENTION_FREE] >= 1);
    assert_int_equal(kept.years[10].year, 2036);
    assert_int_equal(kept.years[10].entries, 0);

    desk.now_us = until_us + DESK_HOUR;
    Custody__V1__EraseBody body = CUSTODY__V1__ERASE_BODY__INIT;
    body.digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = name.bytes};
    body.order = (char *)"林环令 2037-1";
    desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us, CUSTODY_OUTCOME_granted);
    look_at(desk.now_us + DESK_HOUR);
    assert_sums();
    assert_true(seen_of(&name)->is_erased);
    assert_int_equal(kept.kinds[RETENTION_name].erased, 1);
    assert_int_equal(kept.years[10].entries, 1);
}

static void enrol_stranger(struct digest *identity)
{
    static uint8_t record[SALT_SIZE + 6] = "another salt, no one's";
    struct desk_key *key = &desk.keys[DESK_STRANGER];
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_GENERATOR};
    *identity = digest_sha256(span_of(record, sizeof record));
    body.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = key->public_key};
    body.party = (char *)DESK_HOSPITAL;
    body.n_roles = 1;
    body.roles = roles;
    body.identity_digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = identity->bytes};
    struct desk_statement *statement = desk_sign(&desk, DESK_REGULATOR, &body.base, desk.now_us);
    statement->records[0] = span_of(record, sizeof record);
    statement->record_count = 1;
    const Custody__V1__Receipt *receipt = desk_submit(&desk, statement, NULL);
    assert_non_null(receipt);
    assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_granted);
}

static void hold(const char *code)
{
    Custody__V1__HoldBody body = CUSTODY__V1__HOLD_BODY__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT, *names[] = {&name};
    name.generator = (char *)DESK_HOSPITAL;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = (char *)code;
    body.n_containers = 1;
    body.containers = names;
    body.order = (char *)"H-7";
    desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us + 1, CUSTODY_OUTCOME_recorded);
}

/* An identity is kept while its key lives, then for its time, and after that while waste of its party is under a hold. */
static void a_key_and_a_hold_keep_a_record(void **state)
{
    (void)state;
    struct digest identity;
    Custody__V1__RevokeKeyBody revoke = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    enrol_stranger(&identity);
    look_at(desk.now_us + 20 * YEAR);
    assert_int_equal(seen_of(&identity)->kind, RETENTION_identity);
    assert_string_equal(seen_of(&identity)->party, DESK_HOSPITAL);
    assert_int_equal(seen_of(&identity)->stay, RETENTION_TIME);
    assert_int_equal(seen_of(&identity)->until_us, INT64_MAX);
    revoke.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk.keys[DESK_STRANGER].public_key};
    desk_do(&desk, DESK_REGULATOR, &revoke.base, desk.now_us, CUSTODY_OUTCOME_granted);
    look_at(desk.now_us);
    int64_t until_us = seen_of(&identity)->until_us;
    assert_true(until_us >= desk.now_us + 3 * YEAR && until_us < desk.now_us + 4 * YEAR);
    look_at(until_us);
    assert_int_equal(seen_of(&identity)->stay, RETENTION_FREE);
    desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "HELD-1", 900)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
    hold("HELD-1");
    look_at(until_us);
    assert_sums();
    assert_int_equal(seen_of(&identity)->stay, RETENTION_HOLD);
    assert_int_equal(kept.kinds[RETENTION_identity].stays[RETENTION_HOLD], 1);
}

static void what_is_not_a_ledger_is_told(void **state)
{
    (void)state;
    char sentence[240];
    struct ledger_options options = desk.options;
    options.data = "/nowhere/at/all";
    assert_int_equal(kept_look(&options, desk.now_us, NULL, NULL, sentence, &kept),
                     CUSTODY_ERR_NOT_FOUND);
    assert_non_null(strstr(sentence, "/nowhere/at/all"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_is_kept_for_its_time_and_then_may_go, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_key_and_a_hold_keep_a_record, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_a_ledger_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
