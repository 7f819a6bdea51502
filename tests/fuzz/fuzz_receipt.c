/* fuzz_receipt.c: what a ledger answers, which may be anybody: a receipt, an entry or a problem is only believed when it proves. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/statement.h"
#include "client/lib/evidence.h"
#include "client/lib/problem.h"
#include "client/lib/pull.h"
#include "client/lib/reflect.h"
#include "tests/lib/mutator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t cap, unsigned seed);
/* libFuzzer's own; not there where the corpus is only replayed. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t cap);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static const ProtobufCMessageDescriptor *const answers[] = {
    &custody__v1__receipt__descriptor,        &custody__v1__entry__descriptor,
    &custody__v1__problem__descriptor,        &custody__v1__trace_reply__descriptor,
    &custody__v1__unclosed_reply__descriptor, &custody__v1__entries_reply__descriptor,
    &custody__v1__hello_reply__descriptor,    &custody__v1__dossier_reply__descriptor,
};
enum { ANSWERS = sizeof answers / sizeof answers[0] };

static void try_receipt(const Custody__V1__Receipt *receipt)
{
    static const uint8_t key[PUBLIC_KEY_SIZE] = {1}, signature[SIGNATURE_SIZE] = {2};
    static const uint8_t statement[STATEMENT_HEADER_SIZE] = {3};
    const struct evidence_ledger ledger = {.origin = "ledger.example/custody", .key = key};
    struct evidence_receipt proved;
    struct custody_problem problem = {0};
    enum custody_status status = evidence_check_receipt(
        &ledger, receipt, span_of(statement, sizeof statement), signature, &proved, &problem);
    require(status != CUSTODY_OK && problem.status == status);
}

/* An entry without a proof holds when its bytes hash to the leaf that it names, and only then. */
static void try_entry(const Custody__V1__Entry *entry)
{
    struct custody_problem problem = {0};
    enum custody_status status = evidence_check_entry(entry, NULL, &problem);
    struct digest leaf = merkle_leaf(span_of(entry->bytes.data, entry->bytes.len));
    if (status == CUSTODY_OK && entry->bytes.len > 0)
        require(entry->leaf_hash.len == DIGEST_SIZE &&
                memcmp(leaf.bytes, entry->leaf_hash.data, DIGEST_SIZE) == 0);
}

/* Who follows counts an entry only when it is the next. */
static void try_entries(const Custody__V1__EntriesReply *reply)
{
    struct pull pull;
    struct custody_problem problem = {0};
    pull_init(&pull, "ledger.example/custody", true);
    for (size_t i = 0; i < reply->n_entries; i++) {
        uint64_t size = pull.edge.size;
        enum custody_status status = pull_take(&pull, reply->entries[i], &problem);
        require(pull.edge.size == size + (status == CUSTODY_OK));
        require(status == CUSTODY_OK ? reply->entries[i]->number == size
                                     : problem.status == status);
        if (status != CUSTODY_OK)
            break;
    }
}

static void try_problem(const Custody__V1__Problem *said)
{
    struct custody_problem problem = {0};
    require(problem_from_ledger(&problem, said) != CUSTODY_OK);
    require(memchr(problem.field, 0, sizeof problem.field) != NULL &&
            memchr(problem.got, 0, sizeof problem.got) != NULL &&
            memchr(problem.remedy, 0, sizeof problem.remedy) != NULL);
}

/* The first byte says which answer the rest is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const ProtobufCMessageDescriptor *descriptor = answers[data[0] % ANSWERS];
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, NULL, size - 1, data + 1);
    if (message == NULL)
        return 0;
    if (descriptor == &custody__v1__receipt__descriptor)
        try_receipt((const Custody__V1__Receipt *)message);
    else if (descriptor == &custody__v1__entry__descriptor)
        try_entry((const Custody__V1__Entry *)message);
    else if (descriptor == &custody__v1__entries_reply__descriptor)
        try_entries((const Custody__V1__EntriesReply *)message);
    else if (descriptor == &custody__v1__problem__descriptor)
        try_problem((const Custody__V1__Problem *)message);
    json_t *json = reflect_to_json(message);
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    free(text);
    json_decref(json);
    protobuf_c_message_free_unpacked(message, NULL);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t cap, unsigned seed)
{
    static const char *const texts[] = {"", "uscc:1", "2026-05-18", "\xE7\x94\xB2", "B1", "%s"};
    static const uint8_t some[3][DIGEST_SIZE] = {{0}, {1}, {0xFF}};
    static const struct span bytes[] = {
        {some[0], DIGEST_SIZE}, {some[1], DIGEST_SIZE}, {some[2], 4}, {some[0], 24}};
    static const uint64_t numbers[] = {0, 1, 5, UINT64_C(1779033600000000), UINT32_MAX};
    struct dice dice;
    dice_init(&dice, seed);
    if (cap < 2 || size == 0 || (LLVMFuzzerMutate != NULL && dice_chance(&dice, 30)))
        return LLVMFuzzerMutate != NULL ? LLVMFuzzerMutate(data, size, cap) : size;
    const struct mutator mutator = {&dice, texts, 6, bytes, 4, numbers, 5};
    if (dice_chance(&dice, 5))
        data[0] = (uint8_t)dice_throw(&dice);
    return 1 + mutator_change(&mutator, answers[data[0] % ANSWERS], data + 1, size - 1, cap - 1);
}
