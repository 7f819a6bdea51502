/* test_protocol.c: shows that PROTOCOL.md tells the truth: its tables, its limits, and every byte of its worked example. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <custody/status.h>
#include "proto/body.h"
#include "proto/bytes.h"
#include "proto/checkpoint.h"
#include "proto/custody.pb-c.h"
#include "proto/entry.h"
#include "proto/envelope.h"
#include "proto/merkle.h"
#include "tests/lib/check.h"

enum { DOCUMENT_MAX = 256 * 1024, BLOCK_MAX = 8 * 1024, ROW_MAX = 256, ACTS_END = 128 };

static char document[DOCUMENT_MAX];

static void assert_documented(const char *text)
{
    if (strstr(document, text) == NULL)
        fail_msg("PROTOCOL.md lacks: %s", text);
}

/* ---- tables ---- */

static void test_the_document_has_every_act(void **state)
{
    (void)state;
    for (uint32_t act = 0; act < ACTS_END; act++) {
        char row[ROW_MAX];
        if (body_act_name(act) == NULL)
            continue;
        snprintf(row, sizeof(row), "\n| %u | %s | %s | ", act, body_act_name(act),
                 body_descriptor(act)->short_name);
        assert_documented(row);
        const char *end = strchr(strstr(document, row) + 1, '\n');
        const char *last = body_act_is_fact(act) ? "| recorded |" : "| granted or refused |";
        assert_memory_equal(end - strlen(last), last, strlen(last));
    }
}

static void test_the_document_has_every_kind(void **state)
{
    (void)state;
    static const char *const messages[ENVELOPE_KINDS][2] = {
        [ENVELOPE_HELLO] = {"HelloRequest", "HelloReply"},
        [ENVELOPE_SUBMIT] = {"signature and statement", "Receipt"},
        [ENVELOPE_HEAD] = {"HeadRequest", "HeadReply"},
        [ENVELOPE_TRACE] = {"TraceRequest", "TraceReply"},
        [ENVELOPE_UNCLOSED] = {"UnclosedRequest", "UnclosedReply"},
        [ENVELOPE_FINDINGS] = {"FindingsRequest", "FindingsReply"},
        [ENVELOPE_SHOW] = {"ShowRequest", "ShowReply"},
        [ENVELOPE_PROVE] = {"ProveRequest", "ProveReply"},
        [ENVELOPE_ENTRIES] = {"EntriesRequest", "EntriesReply"},
        [ENVELOPE_STATUS] = {"StatusRequest", "StatusReply"},
        [ENVELOPE_PARTY] = {"PartyRequest", "PartyReply"},
        [ENVELOPE_REPORT] = {"ReportRequest", "ReportReply"},
        [ENVELOPE_BALANCE] = {"BalanceRequest", "BalanceReply"},
        [ENVELOPE_FIGURE] = {"FigureRequest", "FigureReply"},
        [ENVELOPE_PROFILE] = {"ProfileRequest", "ProfileReply"},
        [ENVELOPE_TODAY] = {"TodayRequest", "TodayReply"},
        [ENVELOPE_EXPECTED] = {"ExpectedRequest", "ExpectedReply"},
        [ENVELOPE_DOSSIER] = {"DossierRequest", "DossierReply"},
        [ENVELOPE_RECORD] = {"RecordRequest", "RecordReply"},
        [ENVELOPE_ACCESS] = {"AccessRequest", "AccessReply"},
        [ENVELOPE_CATALOGUE] = {"CatalogueRequest", "CatalogueReply"},
    };
    for (unsigned i = 1; i < ENVELOPE_KINDS; i++) {
        if (envelope_kind_name((uint16_t)i) == NULL)
            continue; /* a number that is still free */
        const uint16_t kind = (uint16_t)i;
        char row[ROW_MAX];
        snprintf(row, sizeof(row), "\n| %u | %s | %s | %s |\n", kind, envelope_kind_name(kind),
                 messages[kind][0], messages[kind][1]);
        assert_documented(row);
    }
}

static void test_the_document_has_the_limits_of_the_code(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        unsigned limit;
    } rows[] = {
        {"statement: header and body | %u bytes", STATEMENT_SIZE_MAX},
        {"items: elements of all repeated fields of a body together | %u", STATEMENT_ITEMS_MAX},
        {"first body frame of a request | %u bytes", ENVELOPE_FRAME_SIZE_MAX},
        {"records of one submission | %u", ENVELOPE_RECORDS_MAX},
        {"one record | %u bytes", ENVELOPE_RECORD_SIZE_MAX},
        {"frames of a request | %u", ENVELOPE_FRAMES_MAX},
        {"body of an answer | %u bytes", ENVELOPE_REPLY_SIZE_MAX},
        {"origin, and so the ledger's key name | %u bytes", CHECKPOINT_ORIGIN_MAX},
        {"checkpoint, with all its signatures | %u bytes", CHECKPOINT_SIZE_MAX},
        {"signature lines of a checkpoint | %u", CHECKPOINT_SIGNATURES_MAX},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char limit[16], expected[ROW_MAX], row[ROW_MAX + 8];
        const char *mark = strstr(rows[i].row, "%u");
        snprintf(limit, sizeof(limit), "%u", rows[i].limit);
        snprintf(expected, sizeof(expected), "%.*s%s%s", (int)(mark - rows[i].row), rows[i].row,
                 limit, mark + 2);
        snprintf(row, sizeof(row), "\n| %s |\n", expected);
        assert_documented(row);
    }
}

/* ---- the worked example ---- */

/* A fenced block by the words after its fence. */
static struct span find_block(const char *title)
{
    char fence[64];
    snprintf(fence, sizeof(fence), "\n```%s\n", title);
    const char *start = strstr(document, fence);
    const char *end = start == NULL ? NULL : strstr(start + strlen(fence), "```");
    if (end == NULL) {
        fail_msg("PROTOCOL.md has no block \"%s\"", title);
        return span_of(NULL, 0);
    }
    start += strlen(fence);
    return span_of(start, (size_t)(end - start));
}

static void assert_hex_block(const char *name, struct span bytes)
{
    static char expected[2 * BLOCK_MAX + 1], found[2 * BLOCK_MAX + 1];
    char title[64];
    size_t len = 0;
    assert_true(bytes.len <= BLOCK_MAX);
    bytes_write_hex(bytes, expected);
    snprintf(title, sizeof(title), "hex %s", name);
    struct span block = find_block(title);
    for (size_t i = 0; i < block.len && len + 1 < sizeof(found); i++) {
        if (!isspace(block.data[i]))
            found[len++] = (char)block.data[i];
    }
    found[len] = '\0';
    if (strcmp(found, expected) != 0)
        fail_msg("PROTOCOL.md, block %s, should hold: %s", name, expected);
}

static void assert_text_block(const char *name, struct span text)
{
    char title[64];
    snprintf(title, sizeof(title), "text %s", name);
    if (!span_is_equal(find_block(title), text))
        fail_msg("PROTOCOL.md, block %s, should hold:\n%.*s", name, (int)text.len,
                 (const char *)text.data);
}

static const char origin[] = "ledger.example/custody";

struct pair {
    uint8_t key[PUBLIC_KEY_SIZE];
    uint8_t secret[SECRET_KEY_SIZE];
};

/* Everything that the example goes through, in its order. */
static struct {
    struct pair author, ledger;
    struct digest leaves[3];
    struct merkle_edge edge;
    struct digest root_2, root_3;
    uint8_t checkpoint_2[512], checkpoint_3[512];
    size_t checkpoint_2_len, checkpoint_3_len;
    uint8_t statement[512];
    size_t statement_len;
    struct digest id;
    uint8_t signature[SIGNATURE_SIZE];
    uint8_t head[ENTRY_HEAD_MAX];
    size_t head_len;
} example;

static struct pair make_pair(uint8_t first)
{
    uint8_t seed[SEED_SIZE];
    struct pair pair = {{0}, {0}};
    for (size_t i = 0; i < SEED_SIZE; i++)
        seed[i] = (uint8_t)(first + i);
    digest_key_from_seed(seed, pair.key, pair.secret);
    return pair;
}

static size_t sign_checkpoint(const struct digest *root, uint8_t ret[static 512])
{
    struct checkpoint checkpoint = {.size = example.edge.size, .root = *root};
    memcpy(checkpoint.origin, origin, sizeof(origin));
    return checkpoint_sign(&checkpoint, example.ledger.secret, ret, 512);
}

static char *text(const char *literal)
{
    return (char *)(uintptr_t)literal; /* protobuf-c has no const; the message is only read */
}

static size_t write_body(uint8_t *ret, size_t cap)
{
    Custody__V1__FiveTimes times = CUSTODY__V1__FIVE_TIMES__INIT;
    Custody__V1__PackedContainer container = CUSTODY__V1__PACKED_CONTAINER__INIT;
    Custody__V1__PackedContainer *containers[] = {&container};
    Custody__V1__PackBody body = CUSTODY__V1__PACK_BODY__INIT;
    times.generated_before_us = UINT64_C(7200000000);
    times.packed_before_us = 1000000;
    times.weighed_before_us = 1000000;
    times.coded_before_us = 1000000;
    container.code = text("DEMO-0001");
    container.waste_code = text("841-001-01");
    container.mass_g = 2300;
    container.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
    container.package = CUSTODY__V1__PACKAGE_KIND__PACKAGE_BAG;
    container.ward = text("W3");
    container.times = &times;
    body.generator = text("uscc:00000000000000DEMO");
    body.place = text("T1");
    body.n_containers = 1;
    body.containers = containers;
    return body_write(&body.base, ret, cap);
}

static void make_statement(void)
{
    struct statement_header header = {
        .act = CUSTODY__V1__ACT__ACT_PACK,
        .clock_quality = CLOCK_DEVICE,
        .key_sequence = 1,
        .occurred_at_us = INT64_C(1777593600000000),
        .signed_at_us = INT64_C(1777593601000000),
        .seen_size = 2,
        .seen_root = example.root_2,
        .origin = statement_origin_digest(origin),
    };
    memcpy(header.key, example.author.key, PUBLIC_KEY_SIZE);
    statement_write_header(&header, example.statement);
    example.statement_len =
        STATEMENT_HEADER_SIZE + write_body(example.statement + STATEMENT_HEADER_SIZE,
                                           sizeof(example.statement) - STATEMENT_HEADER_SIZE);
    struct span bytes = span_of(example.statement, example.statement_len);
    example.id = digest_sha256(bytes);
    digest_sign(example.signature, bytes, example.author.secret);
}

static void make_entry(void)
{
    const struct entry entry = {
        .outcome = CUSTODY_OUTCOME_recorded,
        .number = 2,
        .recorded_at_us = INT64_C(1777593605123456),
        .statement = span_of(example.statement, example.statement_len),
        .signature = example.signature,
    };
    struct entry back;
    example.head_len = entry_write_head(&entry, example.head);
    assert_true(entry_leaf_of(span_of(example.head, example.head_len), entry.statement,
                              example.signature, &example.leaves[2], &back));
}

static int make_example(void)
{
    example.author = make_pair(0x00);
    example.ledger = make_pair(0x20);
    example.leaves[0] = merkle_leaf(span_text("entry 0"));
    example.leaves[1] = merkle_leaf(span_text("entry 1"));
    merkle_edge_init(&example.edge);
    merkle_edge_append(&example.edge, &example.leaves[0]);
    merkle_edge_append(&example.edge, &example.leaves[1]);
    example.root_2 = merkle_edge_root(&example.edge);
    example.checkpoint_2_len = sign_checkpoint(&example.root_2, example.checkpoint_2);
    make_statement();
    make_entry();
    merkle_edge_append(&example.edge, &example.leaves[2]);
    example.root_3 = merkle_edge_root(&example.edge);
    example.checkpoint_3_len = sign_checkpoint(&example.root_3, example.checkpoint_3);
    return 0;
}

static void test_the_examples_keys(void **state)
{
    (void)state;
    char vkey[CHECKPOINT_VKEY_MAX + 2];
    size_t len = checkpoint_write_vkey(origin, example.ledger.key, vkey, sizeof(vkey) - 1);
    vkey[len] = '\n';
    assert_hex_block("author-key", span_of(example.author.key, PUBLIC_KEY_SIZE));
    assert_text_block("ledger-vkey", span_of(vkey, len + 1));
}

static void test_the_examples_statement(void **state)
{
    (void)state;
    struct body_fault fault;
    struct span body = span_of(example.statement + STATEMENT_HEADER_SIZE,
                               example.statement_len - STATEMENT_HEADER_SIZE);
    assert_true(body_scan(body_descriptor(CUSTODY__V1__ACT__ACT_PACK), body, &fault));
    assert_hex_block("body", body);
    assert_hex_block("header", span_of(example.statement, STATEMENT_HEADER_SIZE));
    assert_hex_block("id", span_of(example.id.bytes, DIGEST_SIZE));
    assert_hex_block("signature", span_of(example.signature, SIGNATURE_SIZE));
}

static void test_the_examples_call_frame(void **state)
{
    (void)state;
    const struct envelope envelope = {.call = 7, .kind = ENVELOPE_SUBMIT};
    uint8_t call[ENVELOPE_CALL_SIZE];
    envelope_write_call(&envelope, call);
    assert_hex_block("call", span_of(call, sizeof(call)));
}

static void test_the_examples_entry_and_checkpoints(void **state)
{
    (void)state;
    assert_text_block("checkpoint-2", span_of(example.checkpoint_2, example.checkpoint_2_len));
    assert_hex_block("entry-head", span_of(example.head, example.head_len));
    assert_hex_block("leaf", span_of(example.leaves[2].bytes, DIGEST_SIZE));
    assert_text_block("checkpoint-3", span_of(example.checkpoint_3, example.checkpoint_3_len));
}

/* With the bytes of the document alone, as a stranger's client has them. */
static void test_the_examples_proofs_hold(void **state)
{
    (void)state;
    struct merkle_proof inclusion = {.count = 1}, consistency = {.count = 1};
    struct checkpoint old, new;
    inclusion.hashes[0] = merkle_node(&example.leaves[0], &example.leaves[1]);
    consistency.hashes[0] = example.leaves[2];
    assert_hex_block("inclusion", span_of(inclusion.hashes[0].bytes, DIGEST_SIZE));
    assert_hex_block("consistency", span_of(consistency.hashes[0].bytes, DIGEST_SIZE));
    struct span note = find_block("text checkpoint-2");
    assert_int_equal(checkpoint_verify(note, origin, example.ledger.key, &old), CHECKPOINT_OK);
    note = find_block("text checkpoint-3");
    assert_int_equal(checkpoint_verify(note, origin, example.ledger.key, &new), CHECKPOINT_OK);
    assert_true(merkle_verify_inclusion(2, new.size, &example.leaves[2], &inclusion, &new.root));
    assert_true(merkle_verify_consistency(old.size, new.size, &old.root, &new.root, &consistency));
}

static void test_the_examples_record(void **state)
{
    (void)state;
    static const char words[] = "\xE7\xA4\xBA\xE4\xBE\x8B";
    uint8_t record[SALT_SIZE + sizeof(words) - 1];
    for (size_t i = 0; i < SALT_SIZE; i++)
        record[i] = (uint8_t)i;
    memcpy(record + SALT_SIZE, words, sizeof(words) - 1);
    struct digest digest = digest_sha256(span_of(record, sizeof(record)));
    assert_hex_block("record", span_of(record, sizeof(record)));
    assert_hex_block("record-digest", span_of(digest.bytes, DIGEST_SIZE));
}

static int set_up(void **state)
{
    (void)state;
    FILE *file = fopen("proto/PROTOCOL.md", "r");
    if (file == NULL || !digest_init())
        return -1;
    size_t len = fread(document, 1, sizeof(document) - 1, file);
    document[len] = '\0';
    if (fclose(file) != 0 || len == 0 || len == sizeof(document) - 1)
        return -1;
    return make_example();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_document_has_every_act),
        cmocka_unit_test(test_the_document_has_every_kind),
        cmocka_unit_test(test_the_document_has_the_limits_of_the_code),
        cmocka_unit_test(test_the_examples_keys),
        cmocka_unit_test(test_the_examples_statement),
        cmocka_unit_test(test_the_examples_call_frame),
        cmocka_unit_test(test_the_examples_entry_and_checkpoints),
        cmocka_unit_test(test_the_examples_proofs_hold),
        cmocka_unit_test(test_the_examples_record),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
