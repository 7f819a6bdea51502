/* test_annexed.c: which statements name a record, whose it is, and what is erased stays erased whatever copy comes back.
 * Never a real name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/merkle.h"
#include "daemon/service/annexed.h"
#include "daemon/service/ledger_parts.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

#define CENTRE "uscc:125404000000000070"
#define YEAR   (365 * 24 * DESK_HOUR)

static struct desk desk;

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

/* A record of its own salt, in the desk's arena. */
static struct span make_record(const char *text, uint8_t salt)
{
    size_t len = SALT_SIZE + strlen(text);
    uint8_t *bytes = arena_alloc(desk.arena, len);
    assert_non_null(bytes);
    memset(bytes, salt, SALT_SIZE);
    memcpy(bytes + SALT_SIZE, text, strlen(text));
    return span_of(bytes, len);
}

static struct digest *digest_of(struct span record)
{
    struct digest digest = digest_sha256(record);
    return arena_copy(desk.arena, &digest, sizeof digest);
}

static ProtobufCBinaryData bytes_of(struct digest *digest)
{
    return (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = digest->bytes};
}

static Custody__V1__Receipt *
say_with_record(enum desk_actor actor, const ProtobufCMessage *body, struct span record)
{
    struct desk_statement *statement = desk_sign(&desk, actor, body, desk.now_us);
    statement->records[0] = record;
    statement->record_count = 1;
    Custody__V1__Receipt *receipt = desk_submit(&desk, statement, NULL);
    assert_non_null(receipt);
    return receipt;
}

/* A health centre with a name; the entry's number. */
static uint64_t register_centre(struct span record, const char *division)
{
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__PartyKind kind = CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR;
    body.party = (char *)CENTRE;
    body.n_kinds = 1;
    body.kinds = &kind;
    body.division = (char *)division;
    body.name_digest = bytes_of(digest_of(record));
    Custody__V1__Receipt *receipt = say_with_record(DESK_REGULATOR, &body.base, record);
    assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_granted);
    return receipt->proof->entry;
}

static Custody__V1__Receipt *erase(enum desk_actor actor, struct digest *digest)
{
    Custody__V1__EraseBody body = CUSTODY__V1__ERASE_BODY__INIT;
    body.digest = bytes_of(digest);
    body.order = (char *)"林环令 2037-1";
    Custody__V1__Receipt *receipt =
        desk_submit(&desk, desk_sign(&desk, actor, &body.base, desk.now_us), NULL);
    assert_non_null(receipt);
    return receipt;
}

static void assert_refused(const Custody__V1__Receipt *receipt, const char *reason)
{
    assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_refused);
    assert_string_equal(receipt->reason_name, reason);
}

static const char *name_of_centre(void)
{
    Custody__V1__PartyRequest request = CUSTODY__V1__PARTY_REQUEST__INIT;
    request.party = (char *)CENTRE;
    const Custody__V1__PartyReply *reply =
        desk_ask(&desk, DESK_REGULATOR, ENVELOPE_PARTY, &request.base,
                 &custody__v1__party_reply__descriptor, NULL);
    assert_non_null(reply);
    return reply->name;
}

static void assert_entry_is_proved(uint64_t number)
{
    Custody__V1__ProveRequest request = CUSTODY__V1__PROVE_REQUEST__INIT;
    struct merkle_proof proof = {0};
    struct checkpoint head;
    request.subject_case = CUSTODY__V1__PROVE_REQUEST__SUBJECT_ENTRY;
    request.entry = number;
    const Custody__V1__ProveReply *reply =
        desk_ask(&desk, DESK_REGULATOR, ENVELOPE_PROVE, &request.base,
                 &custody__v1__prove_reply__descriptor, NULL);
    assert_non_null(reply);
    assert_true(checkpoint_parse(
        span_of(reply->basis->checkpoint.data, reply->basis->checkpoint.len), &head));
    struct span bytes = span_of(reply->entry->bytes.data, reply->entry->bytes.len);
    assert_true(bytes.len > 0);
    struct digest leaf = merkle_leaf(bytes);
    proof.count = (uint32_t)reply->entry->proof->n_hashes;
    for (uint32_t i = 0; i < proof.count; i++)
        memcpy(proof.hashes[i].bytes, reply->entry->proof->hashes[i].data, DIGEST_SIZE);
    assert_true(merkle_verify_inclusion(number, head.size, &leaf, &proof, &head.root));
}

/* DESIGN 4 and 8: what is erased is gone from what people read, and every proof still holds. */
static void what_is_erased_is_gone_and_the_entry_still_proves(void **state)
{
    (void)state;
    struct span record = make_record("样例卫生院", 3);
    struct digest *digest = digest_of(record);
    uint64_t number = register_centre(record, "540423");
    assert_string_equal(name_of_centre(), "样例卫生院");
    /* Rule N23: refused before its time, and never to who is not the regulator. */
    assert_refused(erase(DESK_REGULATOR, digest), "record_retained");
    assert_refused(erase(DESK_DOCTOR, digest), "role_missing");
    desk.now_us += 10 * YEAR + 4 * 24 * DESK_HOUR;
    assert_refused(erase(DESK_DOCTOR, digest), "role_missing");
    assert_string_equal(name_of_centre(), "样例卫生院");
    assert_int_equal(erase(DESK_REGULATOR, digest)->outcome, CUSTODY_OUTCOME_granted);
    assert_string_equal(name_of_centre(), "已删除 erased");
    assert_true(annex_is_erased(desk.ledger->annex, digest));
    assert_entry_is_proved(number);
    /* It may be asked for again, and does no harm. */
    assert_int_equal(erase(DESK_REGULATOR, digest)->outcome, CUSTODY_OUTCOME_granted);
    desk_reopen(&desk);
    assert_string_equal(name_of_centre(), "已删除 erased");
    assert_entry_is_proved(number);
}

static void what_no_statement_names_cannot_be_erased(void **state)
{
    (void)state;
    struct digest *digest = digest_of(make_record("nobody's", 4));
    assert_refused(erase(DESK_REGULATOR, digest), "record_unknown");
}

static void a_regulator_erases_only_where_it_is_the_regulator(void **state)
{
    (void)state;
    struct span record = make_record("外地运输公司", 5);
    struct digest *digest = digest_of(record);
    /* The bureau's own statement names it: it is the bureau's record. */
    register_centre(record, "540423");
    struct retention_record known;
    assert_true(annexed_find(desk.ledger->book, digest->bytes, &known));
    assert_int_equal(known.kind, RETENTION_name);
    assert_int_equal(known.party,
                     book_find(desk.ledger->book, SUBJECT_PARTY, span_text(DESK_BUREAU)));
}

static void copy_file(const char *from, const char *to)
{
    uint8_t bytes[65536];
    FILE *source = fopen(from, "rb"), *target = fopen(to, "wb");
    assert_non_null(source);
    assert_non_null(target);
    for (size_t len; (len = fread(bytes, 1, sizeof bytes, source)) > 0;)
        assert_int_equal(fwrite(bytes, 1, len, target), len);
    assert_int_equal(fclose(source), 0);
    assert_int_equal(fclose(target), 0);
}

/* An annex that was restored from before the erasure has the record again; the ledger does not. */
static void an_older_annex_that_comes_back_forgets_again(void **state)
{
    (void)state;
    char annex[600], copy[600];
    struct span record = make_record("样例卫生院", 6);
    struct digest *digest = digest_of(record);
    register_centre(record, "540423");
    desk.now_us += 11 * YEAR;
    snprintf(annex, sizeof annex, "%s/annex/data.mdb", desk.data);
    snprintf(copy, sizeof copy, "%s.copy", desk.data);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    copy_file(annex, copy);
    char sentence[240];
    assert_int_equal(ledger_open(&desk.options, NULL, NULL, sentence, &desk.ledger), CUSTODY_OK);
    assert_int_equal(erase(DESK_REGULATOR, digest)->outcome, CUSTODY_OUTCOME_granted);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    copy_file(copy, annex);
    assert_int_equal(ledger_open(&desk.options, NULL, NULL, sentence, &desk.ledger), CUSTODY_OK);
    assert_true(annex_is_erased(desk.ledger->annex, digest));
    assert_string_equal(name_of_centre(), "已删除 erased");
    /* And what is sent again is not kept. */
    assert_int_equal(annex_put(desk.ledger->annex, &record, 1), CUSTODY_OK);
    assert_true(annex_is_erased(desk.ledger->annex, digest));
    /* Also with look-ups that were made anew. */
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    copy_file(copy, annex);
    assert_int_equal(lookups_drop(desk.data), CUSTODY_OK);
    assert_int_equal(ledger_open(&desk.options, NULL, NULL, sentence, &desk.ledger), CUSTODY_OK);
    assert_true(annex_is_erased(desk.ledger->annex, digest));
    remove(copy);
}

static void enrol_stranger(struct digest *digest, struct span record)
{
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_DRIVER};
    struct desk_key *key = &desk.keys[DESK_STRANGER];
    body.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = key->public_key};
    body.party = (char *)DESK_CARRIER;
    body.n_roles = 1;
    body.roles = roles;
    body.identity_digest = bytes_of(digest);
    assert_int_equal(say_with_record(DESK_REGULATOR, &body.base, record)->outcome,
                     CUSTODY_OUTCOME_granted);
}

/* Enrolled by the regulator, it is the carrier's record; and it stays while the key is in use. */
static void an_identity_is_its_partys_and_stays_while_the_key_lives(void **state)
{
    (void)state;
    struct span record = make_record("样例 司机", 7);
    struct digest *digest = digest_of(record);
    struct retention_record known;
    struct book *book = desk.ledger->book;
    enrol_stranger(digest, record);
    book_turn(book);
    assert_true(annexed_find(book, digest->bytes, &known));
    assert_int_equal(known.kind, RETENTION_identity);
    assert_int_equal(known.party, book_find(book, SUBJECT_PARTY, span_text(DESK_CARRIER)));
    assert_int_equal(annexed_kept_until_us(book, &known, 0, desk.now_us + 50 * YEAR), INT64_MAX);
    /* Who has read the digest cannot make the record its own. */
    Custody__V1__DisputeBody dispute = CUSTODY__V1__DISPUTE_BODY__INIT;
    struct desk_statement *packed =
        desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "B1", 900)->base, desk.now_us,
                CUSTODY_OUTCOME_recorded);
    dispute.target = desk_name(&desk, packed);
    dispute.reason = CUSTODY__V1__REASON_CLASS__REASON_OTHER;
    dispute.text_digest = bytes_of(digest);
    desk_do(&desk, DESK_DOCTOR, &dispute.base, desk.now_us, CUSTODY_OUTCOME_recorded);
    struct retention_record again;
    assert_true(annexed_find(book, digest->bytes, &again));
    assert_int_equal(again.kind, known.kind);
    assert_int_equal(again.party, known.party);
    assert_int_equal(again.recorded_us, known.recorded_us);

    desk.now_us += 20 * YEAR;
    assert_refused(erase(DESK_REGULATOR, digest), "record_retained");
    Custody__V1__RevokeKeyBody revoke = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    revoke.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk.keys[DESK_STRANGER].public_key};
    desk_do(&desk, DESK_REGULATOR, &revoke.base, desk.now_us, CUSTODY_OUTCOME_granted);
    book_turn(book);
    /* 医疗废物管理条例 art. 12: three years from the end of the key. */
    int64_t ended_us = annexed_ended_us(book, &known, desk.now_us);
    int64_t until_us =
        annexed_kept_until_us(book, &known, ended_us, desk.now_us) - 1096 * 24 * DESK_HOUR;
    assert_true(until_us >= desk.now_us && until_us < desk.now_us + DESK_HOUR);
    assert_refused(erase(DESK_REGULATOR, digest), "record_retained");
    desk.now_us += 3 * YEAR + 48 * DESK_HOUR;
    assert_int_equal(erase(DESK_REGULATOR, digest)->outcome, CUSTODY_OUTCOME_granted);
}

static void restrain(bool is_hold, int64_t at_us)
{
    Custody__V1__HoldBody hold = CUSTODY__V1__HOLD_BODY__INIT;
    Custody__V1__ReleaseBody release = CUSTODY__V1__RELEASE_BODY__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT, *names[] = {&name};
    name.generator = (char *)DESK_CLINIC;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = (char *)"H1";
    hold.n_containers = release.n_containers = 1;
    hold.containers = release.containers = names;
    hold.order = release.order = (char *)"H-7";
    desk_do(&desk, DESK_REGULATOR, is_hold ? &hold.base : &release.base, at_us,
            CUSTODY_OUTCOME_recorded);
}

static const Custody__V1__FindingsReply *findings_of(const char *rule, const char *id)
{
    Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    request.rule = (char *)rule;
    request.id = (char *)id;
    const Custody__V1__FindingsReply *reply =
        desk_ask(&desk, DESK_REGULATOR, ENVELOPE_FINDINGS, &request.base,
                 &custody__v1__findings_reply__descriptor, NULL);
    assert_non_null(reply);
    assert_int_equal(reply->n_findings, 1);
    return reply;
}

static const char *kept_for(struct digest *digest)
{
    Custody__V1__RecordRequest request = CUSTODY__V1__RECORD_REQUEST__INIT;
    request.digest = bytes_of(digest);
    const Custody__V1__RecordReply *reply =
        desk_ask(&desk, DESK_REGULATOR, ENVELOPE_RECORD, &request.base,
                 &custody__v1__record_reply__descriptor, NULL);
    assert_non_null(reply);
    return reply->kept_for;
}

/* A driver takes a bag that the bureau holds, and leaves. When his identity's time is over the hold keeps it, and when that is
 * released the breach that hangs on his statement, until it is settled. */
static void what_a_case_may_need_is_not_erased(void **state)
{
    (void)state;
    struct span record = make_record("样例 司机", 7);
    struct digest *digest = digest_of(record);
    Custody__V1__RevokeKeyBody revoke = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    Custody__V1__SettleBody settle = CUSTODY__V1__SETTLE_BODY__INIT;
    enrol_stranger(digest, record);
    desk_do(&desk, DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, "H1", 900)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
    restrain(true, desk.now_us + 1);
    struct desk_statement *manifest = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC);
    struct desk_statement *trip =
        desk_do(&desk, DESK_STRANGER, &desk_depart(&desk, DESK_PLATE)->base, desk.now_us + 2,
                CUSTODY_OUTCOME_recorded);
    desk_do(&desk, DESK_STRANGER, &desk_load(&desk, trip, manifest, DESK_CLINIC, "H1")->base,
            desk.now_us + 3, CUSTODY_OUTCOME_recorded);
    revoke.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk.keys[DESK_STRANGER].public_key};
    desk_do(&desk, DESK_REGULATOR, &revoke.base, desk.now_us, CUSTODY_OUTCOME_granted);
    assert_refused(erase(DESK_REGULATOR, digest), "record_retained");
    assert_string_equal(kept_for(digest), "time");
    desk.now_us += 4 * YEAR;
    assert_refused(erase(DESK_REGULATOR, digest), "record_on_hold");
    assert_string_equal(kept_for(digest), "hold");
    restrain(false, desk.now_us);
    assert_refused(erase(DESK_REGULATOR, digest), "record_in_case");
    assert_string_equal(kept_for(digest), "case");
    /* A restart finds the same. */
    desk_reopen(&desk);
    assert_refused(erase(DESK_REGULATOR, digest), "record_in_case");
    const Custody__V1__Finding *finding = findings_of("hold_broken", "")->findings[0];
    settle.finding = findings_of("", finding->id)->case_file->name;
    settle.order = (char *)"LZ-2030-9";
    desk_do(&desk, DESK_REGULATOR, &settle.base, desk.now_us, CUSTODY_OUTCOME_recorded);
    assert_string_equal(kept_for(digest), "");
    assert_int_equal(erase(DESK_REGULATOR, digest)->outcome, CUSTODY_OUTCOME_granted);
}

static void lists_of_digests_are_noted_too(void **state)
{
    (void)state;
    struct digest *first = digest_of(make_record("照片一", 8)),
                  *second = digest_of(make_record("照片二", 9));
    ProtobufCBinaryData photos[] = {bytes_of(first), bytes_of(second)};
    Custody__V1__InspectBody body = CUSTODY__V1__INSPECT_BODY__INIT;
    struct retention_record known;
    body.party = (char *)DESK_CLINIC;
    body.outcome = 1;
    body.n_photo_digests = 2;
    body.photo_digests = photos;
    desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us, CUSTODY_OUTCOME_recorded);
    book_turn(desk.ledger->book);
    assert_true(annexed_find(desk.ledger->book, first->bytes, &known));
    assert_true(annexed_find(desk.ledger->book, second->bytes, &known));
    assert_int_equal(known.kind, RETENTION_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(what_is_erased_is_gone_and_the_entry_still_proves),
        TEST(what_no_statement_names_cannot_be_erased),
        TEST(a_regulator_erases_only_where_it_is_the_regulator),
        TEST(an_older_annex_that_comes_back_forgets_again),
        TEST(an_identity_is_its_partys_and_stays_while_the_key_lives),
        TEST(what_a_case_may_need_is_not_erased),
        TEST(lists_of_digests_are_noted_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
