/* asking.c: questions by libcustody, their answers against the witness and what was said.
 * Never compares an answer that was cut short. */
#include "tests/sim/asking.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/lib/ask.h"
#include "tests/lib/die.h"
#include "tests/sim/tally.h"
#include "tests/sim/witness.h"

enum { PAGES_MAX = 60, PAGE = 4 };

/* What it may not see, or what is not there, is an answer too. */
static bool is_answered(struct device *device, const char *question, enum custody_status status)
{
    const struct custody_problem *problem = custody_client_problem(device->client);
    tally.questions++;
    if (status != CUSTODY_OK && problem->outcome != 0 &&
        (problem->reason == CUSTODY_REASON_not_found ||
         problem->reason == CUSTODY_REASON_not_visible ||
         problem->reason == CUSTODY_REASON_not_admitted)) {
        witness_head(&device->client->trust.head);
        return false;
    }
    return device_end_call(device, device->who, question, status);
}

static void *ask(struct device *device, uint16_t kind, ProtobufCMessage *request)
{
    ProtobufCMessage *reply = NULL;
    enum custody_status status = ask_question(device->client, kind, request, &reply);
    return is_answered(device, envelope_kind_name(kind), status) ? reply : NULL;
}

/* Of these only what the library itself verifies is looked at. */
static void ask_other(struct device *device, const struct history_step *step)
{
    static const struct {
        const char *question, *request;
    } others[] = {
        {"hello", NULL},
        {"head", NULL},
        {"today", NULL},
        {"today", "{\"since\":30}"},
        {"expected", "{\"issued\":true}"},
        {"dossier", NULL},
        {"access", NULL},
        {"profile", NULL},
        {"party", "{\"party\":\"" DESK_HOSPITAL "\"}"},
        {"party", "{\"party\":\"" DESK_CARRIER "\"}"},
        {"entries", "{\"from\":20,\"options\":{\"limit\":7}}"},
        {"unclosed", "{\"kind\":\"manifest\",\"role\":\"receiver\"}"},
        {"unclosed", "{\"overdue\":true}"},
        {"findings", "{\"state\":\"settled\"}"},
    };
    size_t at = (size_t)step->number % (sizeof others / sizeof others[0]);
    char *reply = NULL;
    enum custody_status status =
        custody_client_ask(device->client, others[at].question, others[at].request, &reply);
    is_answered(device, others[at].question, status);
    free(reply);
}

static bool has_step(const Custody__V1__ContainerTrace *trace, const struct digest *id)
{
    for (size_t i = 0; i < trace->n_steps; i++)
        if (trace->steps[i]->statement_id.len == DIGEST_SIZE &&
            memcmp(trace->steps[i]->statement_id.data, id->bytes, DIGEST_SIZE) == 0)
            return true;
    return false;
}

static bool is_signed_by(const Custody__V1__TraceStep *step, const char *party)
{
    for (size_t i = 0; i < step->n_countersigned_by; i++)
        if (strcmp(step->countersigned_by[i], party) == 0)
            return true;
    return false;
}

/* Every countersignature that it has a receipt of is told beside what it signs. */
static void compare_countersigned(const struct device *device,
                                  const Custody__V1__TraceStep *step,
                                  uint64_t as_of)
{
    for (size_t i = 0; i < said_count(); i++) {
        const struct said *said = said_at(i);
        if (said->doing == HISTORY_COUNTERSIGN && said->entry != WITNESS_UNKNOWN &&
            said->entry < as_of && !said_is_revoked(said->device) &&
            memcmp(said->target.bytes, step->statement_id.data, DIGEST_SIZE) == 0 &&
            !is_signed_by(step, said_party(said->device)))
            witness_accuse("%s: is not told that entry %llu countersigns entry %llu",
                           device_name(device), (unsigned long long)said->entry,
                           (unsigned long long)step->entry);
    }
}

static void compare_trace(struct device *device,
                          const Custody__V1__TraceReply *reply,
                          const struct history_step *step)
{
    const Custody__V1__ContainerTrace *trace =
        reply->n_containers == 1 ? reply->containers[0] : NULL;
    if (trace == NULL || device_was_cut(device))
        return;
    for (size_t i = 0; i < trace->n_steps; i++) {
        struct digest id;
        if (trace->steps[i]->statement_id.len != DIGEST_SIZE)
            continue;
        memcpy(id.bytes, trace->steps[i]->statement_id.data, DIGEST_SIZE);
        if (trace->steps[i]->entry >= reply->basis->as_of ||
            witness_find(&id) != trace->steps[i]->entry)
            witness_accuse("%s: is told of a step that does not stand at entry %llu",
                           device_name(device), (unsigned long long)trace->steps[i]->entry);
        compare_countersigned(device, trace->steps[i], reply->basis->as_of);
    }
    if (trace->not_kept > 0 || trace->earlier_at != 0 || reply->next_page.len > 0)
        return;
    for (size_t i = 0; i < said_count(); i++) {
        const struct said *said = said_at(i);
        if (said->device == device->who && said->bag == step->bag && said->names_bag &&
            said->entry != WITNESS_UNKNOWN && said->entry < reply->basis->as_of &&
            !has_step(trace, &said->id))
            witness_accuse("%s: has a receipt of entry %llu, and is not told of it as of %llu",
                           device_name(device), (unsigned long long)said->entry,
                           (unsigned long long)reply->basis->as_of);
    }
}

static void trace_bag(struct device *device, const struct history_step *step)
{
    char code[8];
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    snprintf(code, sizeof code, "B%u", step->bag);
    name.generator = (char *)said_generator(step->bag);
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = code;
    options.at_least = step->number % 2 == 0 ? device->told : 0;
    request.options = &options;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    Custody__V1__TraceReply *reply = ask(device, ENVELOPE_TRACE, &request.base);
    if (reply == NULL)
        return;
    compare_trace(device, reply, step);
    custody__v1__trace_reply__free_unpacked(reply, NULL);
}

static void compare_entry(struct device *device, const Custody__V1__Entry *entry, uint64_t number)
{
    if (device_was_cut(device))
        return;
    if (entry == NULL || entry->number != number || entry->leaf_hash.len != DIGEST_SIZE ||
        memcmp(entry->leaf_hash.data, witness_leaf(number)->bytes, DIGEST_SIZE) != 0)
        witness_accuse("%s: is shown something else than entry %llu", device_name(device),
                       (unsigned long long)number);
}

static void show_entry(struct device *device, const struct history_step *step)
{
    Custody__V1__ShowRequest request = CUSTODY__V1__SHOW_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    uint64_t number = (uint64_t)step->number % witness_size();
    request.options = &options;
    request.subject_case = CUSTODY__V1__SHOW_REQUEST__SUBJECT_ENTRY;
    request.entry = number;
    Custody__V1__ShowReply *reply = ask(device, ENVELOPE_SHOW, &request.base);
    if (reply == NULL)
        return;
    compare_entry(device, reply->entry, number);
    custody__v1__show_reply__free_unpacked(reply, NULL);
}

/* By the name of a statement that it has a receipt of, under an older head than the newest. */
static void prove_statement(struct device *device, const struct history_step *step)
{
    Custody__V1__ProveRequest request = CUSTODY__V1__PROVE_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    Custody__V1__StatementName name = CUSTODY__V1__STATEMENT_NAME__INIT;
    const struct said *said = said_on_ledger(device->who, (uint64_t)step->number);
    if (said == NULL)
        return;
    name.key = (ProtobufCBinaryData){.data = (uint8_t *)said->key, .len = PUBLIC_KEY_SIZE};
    name.sequence = said->sequence;
    name.id = (ProtobufCBinaryData){.data = (uint8_t *)said->id.bytes, .len = DIGEST_SIZE};
    request.options = &options;
    request.subject_case = CUSTODY__V1__PROVE_REQUEST__SUBJECT_STATEMENT;
    request.statement = &name;
    Custody__V1__ProveReply *reply = ask(device, ENVELOPE_PROVE, &request.base);
    if (reply == NULL)
        return;
    compare_entry(device, reply->entry, said->entry);
    custody__v1__prove_reply__free_unpacked(reply, NULL);
}

static bool has_page(ProtobufCBinaryData *page, ProtobufCBinaryData next)
{
    free(page->data);
    *page = (ProtobufCBinaryData){0};
    if (next.len == 0)
        return false;
    page->data = malloc(next.len);
    if (page->data == NULL)
        die("no memory");
    memcpy(page->data, next.data, next.len);
    page->len = next.len;
    return true;
}

static void list_open(struct device *device)
{
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    bool is_more = true;
    request.options = &options;
    options.limit = PAGE;
    for (unsigned pages = 0; is_more && pages < PAGES_MAX; pages++) {
        Custody__V1__UnclosedReply *reply = ask(device, ENVELOPE_UNCLOSED, &request.base);
        if (reply == NULL)
            break;
        if (reply->n_items > PAGE)
            witness_accuse("%s: asked for %d at a time, was told %zu", device_name(device), PAGE,
                           reply->n_items);
        is_more = has_page(&options.page, reply->next_page);
        custody__v1__unclosed_reply__free_unpacked(reply, NULL);
    }
    free(options.page.data);
}

static void list_findings(struct device *device)
{
    Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    bool is_more = true;
    request.options = &options;
    request.state = (char *)"all";
    options.limit = PAGE;
    for (unsigned pages = 0; is_more && pages < PAGES_MAX; pages++) {
        Custody__V1__FindingsReply *reply = ask(device, ENVELOPE_FINDINGS, &request.base);
        if (reply == NULL)
            break;
        if (reply->n_findings > PAGE)
            witness_accuse("%s: asked for %d at a time, was told %zu", device_name(device), PAGE,
                           reply->n_findings);
        is_more = has_page(&options.page, reply->next_page);
        custody__v1__findings_reply__free_unpacked(reply, NULL);
    }
    free(options.page.data);
}

static struct digest digest_figures(Custody__V1__Figure *const *figures, size_t count)
{
    struct digest digest = {0};
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[1024];
        size_t len = custody__v1__figure__get_packed_size(figures[i]);
        if (len > sizeof bytes)
            die("a figure of %zu bytes", len);
        custody__v1__figure__pack(figures[i], bytes);
        const struct span parts[] = {span_of(digest.bytes, DIGEST_SIZE), span_of(bytes, len)};
        digest = digest_sha256_of(parts, 2);
    }
    return digest;
}

/* Some size that it has verified; the same one is drawn again and again, on purpose. */
static uint64_t draw_as_of(const struct device *device, const struct history_step *step)
{
    uint64_t size = device->client->trust.head.size;
    uint64_t as_of = (uint64_t)(step->number % 8 + 1) * 16;
    return as_of < size ? as_of : size;
}

static void ask_balance(struct device *device, const struct history_step *step)
{
    Custody__V1__BalanceRequest request = CUSTODY__V1__BALANCE_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    request.options = &options;
    request.from = (char *)"20260501";
    request.until = (char *)"20260630";
    request.as_of = draw_as_of(device, step);
    Custody__V1__BalanceReply *reply = ask(device, ENVELOPE_BALANCE, &request.base);
    if (reply == NULL)
        return;
    struct digest figures = digest_figures(reply->figures, reply->n_figures);
    if (request.as_of != 0 && !device_was_cut(device) &&
        !said_same_figures(HISTORY_BALANCE, device->who, request.as_of, &figures))
        witness_accuse("%s: its balance as of %llu is another one now", device_name(device),
                       (unsigned long long)request.as_of);
    custody__v1__balance_reply__free_unpacked(reply, NULL);
}

static void ask_report(struct device *device, const struct history_step *step)
{
    Custody__V1__ReportRequest request = CUSTODY__V1__REPORT_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    request.options = &options;
    request.period = (char *)"2026-05";
    request.as_of = draw_as_of(device, step);
    Custody__V1__ReportReply *reply = ask(device, ENVELOPE_REPORT, &request.base);
    if (reply == NULL)
        return;
    struct digest figures = digest_figures(reply->figures, reply->n_figures);
    if (request.as_of != 0 && !device_was_cut(device) &&
        !said_same_figures(HISTORY_REPORT, device->who, request.as_of, &figures))
        witness_accuse("%s: the report as of %llu is another one now", device_name(device),
                       (unsigned long long)request.as_of);
    custody__v1__report_reply__free_unpacked(reply, NULL);
}

static enum custody_status
take_followed(void *context, uint64_t number, const uint8_t *bytes, size_t len)
{
    struct digest leaf;
    struct device *device = context;
    if (bytes == NULL || device_was_cut(device))
        return CUSTODY_OK;
    leaf = merkle_leaf(span_of(bytes, len));
    if (number >= witness_size() || !digest_is_equal(&leaf, witness_leaf(number)))
        witness_accuse("%s: follows something else than entry %llu", device_name(device),
                       (unsigned long long)number);
    return CUSTODY_OK;
}

static void follow(struct device *device)
{
    struct custody_followed followed = {0};
    enum custody_status status = custody_client_follow(
        device->client, CUSTODY_FOLLOW_CHECK_SIGNATURES, take_followed, NULL, device, &followed);
    device_end_call(device, device->who, "follow", status);
}

void asking_step(struct device *device, const struct history_step *step)
{
    device_begin_call(device);
    switch ((int)step->doing) {
    case HISTORY_TRACE:
        trace_bag(device, step);
        break;
    case HISTORY_SHOW:
        show_entry(device, step);
        break;
    case HISTORY_PROVE:
        prove_statement(device, step);
        break;
    case HISTORY_OPEN:
        list_open(device);
        break;
    case HISTORY_FINDINGS:
        list_findings(device);
        break;
    case HISTORY_BALANCE:
        ask_balance(device, step);
        break;
    case HISTORY_REPORT:
        ask_report(device, step);
        break;
    case HISTORY_OTHER:
        ask_other(device, step);
        break;
    default:
        follow(device);
        break;
    }
}
