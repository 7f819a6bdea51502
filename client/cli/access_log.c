/* access_log.c: custody access-log: who read what of others.
 * Never sorts: the ledger gives the order. */
#include <inttypes.h>
#include <string.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "proto/entry.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/pages.h"
#include "client/cli/views.h"

static const char *const heads[] = {"时间 when",  "查阅者 who", "密钥 key",  "查询 question",
                                    "范围 scope", "涉及 about", "内容 asked"};
enum { COLUMNS = sizeof(heads) / sizeof(heads[0]), KEY_SHOWN = 8 };
static const char *const tsv_heads[COLUMNS] = {"at",    "party", "key",  "question",
                                               "scope", "about", "asked"};

static void print_tsv(const struct output *output, const Custody__V1__Access *access)
{
    char at[QUANTITY_TEXT_MAX], key[2 * 32 + 1] = "";
    quantity_write_rfc3339(access->at, at);
    if (access->key.len == 32)
        bytes_write_hex(span_of(access->key.data, 32), key);
    const char *const cells[COLUMNS] = {
        at, access->party, key, access->question, access->scope, access->about, access->asked};
    output_tsv(output, cells, COLUMNS);
}

static void add_access(struct output_table *table,
                       const struct output *output,
                       const Custody__V1__Access *access)
{
    char at[OUTPUT_CELL_MAX], key[2 * KEY_SHOWN + 1] = "";
    output_time(output, access->at, at);
    if (access->key.len >= KEY_SHOWN)
        bytes_write_hex(span_of(access->key.data, KEY_SHOWN), key);
    const char *const cells[] = {at,
                                 views_short_party(access->party, access->party_name),
                                 key,
                                 access->question,
                                 access->scope,
                                 access->about,
                                 access->asked};
    output_table_add(table, OUTPUT_PLAIN, cells);
}

static void print_sum(const struct output *output, const Custody__V1__AccessReply *reply)
{
    char digest[2 * DIGEST_SIZE + 1] = "";
    if (reply->log_digest.len != DIGEST_SIZE)
        return;
    bytes_write_hex(span_of(reply->log_digest.data, DIGEST_SIZE), digest);
    output_field(output, "日期 day", "%s%s", reply->day,
                 reply->complete ? "" : "  尚未结束 not over yet");
    output_field(output, "条数 lines", "%" PRIu64, reply->lines);
    output_field(output, "摘要 digest", "%s", digest);
}

/* ---- against an anchor ------------------------------------------------------------------------- */

/* The day's sum as somebody signed it, in an entry that the library has proved to be on the ledger. */
struct anchored {
    uint64_t entry;
    uint8_t key[PUBLIC_KEY_SIZE];
    char day[9];
    uint64_t lines;
    struct digest digest;
};

static bool read_anchor(const Custody__V1__ShowReply *reply, struct anchored *ret)
{
    struct entry entry;
    struct statement statement;
    struct body_fault fault;
    const char *field;
    const ProtobufCMessageDescriptor *descriptor = &custody__v1__anchor_access_log_body__descriptor;
    if (reply->entry == NULL ||
        !entry_parse(span_of(reply->entry->bytes.data, reply->entry->bytes.len), &entry) ||
        entry.outcome != CUSTODY_OUTCOME_recorded ||
        statement_parse(entry.statement, &statement, &field) != STATEMENT_OK ||
        statement.header.act != CUSTODY__V1__ACT__ACT_ANCHOR_ACCESS_LOG ||
        !digest_verify(entry.signature, entry.statement, statement.header.key) ||
        !body_scan(descriptor, statement.body, &fault))
        return false;
    ProtobufCMessage *message =
        protobuf_c_message_unpack(descriptor, NULL, statement.body.len, statement.body.data);
    if (message == NULL)
        return false;
    const Custody__V1__AnchorAccessLogBody *body =
        (const Custody__V1__AnchorAccessLogBody *)message;
    bool is_read = body->log_digest.len == DIGEST_SIZE && strlen(body->day) < sizeof ret->day;
    if (is_read) {
        ret->entry = entry.number;
        memcpy(ret->key, statement.header.key, PUBLIC_KEY_SIZE);
        memcpy(ret->day, body->day, strlen(body->day) + 1);
        ret->lines = body->accesses;
        memcpy(ret->digest.bytes, body->log_digest.data, DIGEST_SIZE);
    }
    reflect_free(message);
    return is_read;
}

static int ask_anchor(struct command_context *context, uint64_t entry, struct anchored *ret)
{
    ProtobufCMessage *reply = NULL;
    Custody__V1__ShowRequest request = CUSTODY__V1__SHOW_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    request.options = &options;
    request.subject_case = CUSTODY__V1__SHOW_REQUEST__SUBJECT_ENTRY;
    request.entry = entry;
    if (ask_question(context->client, ENVELOPE_SHOW, &request.base, &reply) != CUSTODY_OK)
        return command_fail(context);
    bool is_read = read_anchor((const Custody__V1__ShowReply *)reply, ret);
    reflect_free(reply);
    if (is_read)
        return 0;
    problem_set(&context->client->problem, CUSTODY_ERR_EVIDENCE, "anchored",
                "an entry that anchors an access log", "entry %" PRIu64, entry);
    return command_fail(context);
}

/* What the daemon says of its log now, against what was signed then. */
static int compare_anchor(struct command_context *context,
                          const Custody__V1__AccessReply *reply,
                          const struct anchored *anchored,
                          json_t **ret_more)
{
    const struct output *output = &context->output;
    char key[2 * KEY_SHOWN + 1];
    if (strcmp(reply->day, anchored->day) != 0 || reply->lines != anchored->lines ||
        reply->log_digest.len != DIGEST_SIZE ||
        memcmp(reply->log_digest.data, anchored->digest.bytes, DIGEST_SIZE) != 0) {
        problem_set(&context->client->problem, CUSTODY_ERR_EVIDENCE, "log_digest",
                    "the log of the day that was anchored", "day %s with %" PRIu64 " lines",
                    reply->day, reply->lines);
        problem_advise(&context->client->problem, "custodyd audit names the line");
        return command_fail(context);
    }
    bytes_write_hex(span_of(anchored->key, KEY_SHOWN), key);
    if (output->is_json)
        *ret_more = json_pack("{s:I, s:s, s:b}", "anchored", (json_int_t)anchored->entry, "key",
                              key, "same", 1);
    else if (!output->is_tsv)
        output_field(output, "锚定 anchored",
                     "#%" PRIu64 "  密钥 key %s…  条数与摘要相同 same lines and digest",
                     anchored->entry, key);
    return 0;
}

/* What this command did not do is said as well. */
static int print_verified(struct command_context *context,
                          const Custody__V1__AccessReply *reply,
                          const struct anchored *anchored,
                          json_t **ret_more)
{
    int code = anchored == NULL ? 0 : compare_anchor(context, reply, anchored, ret_more);
    if (code == 0 && !context->output.is_json && !context->output.is_tsv &&
        reply->log_digest.len == DIGEST_SIZE)
        output_print(&context->output, OUTPUT_PLAIN,
                     "%s custodyd audit compares the file itself.\n",
                     anchored == NULL ? "Lines and digest are the daemon's own word; --anchored "
                                        "ENTRY compares them with what stands on the ledger."
                                      : "The daemon's digest is the one that was signed, and the "
                                        "ledger was proved to hold it.");
    return code;
}

int access_log_command(struct command_context *context, struct arguments *arguments)
{
    static const char *const lists[] = {"accesses", NULL};
    const struct output *output = &context->output;
    struct output_table table;
    struct pages pages;
    output_table_init(&table, COLUMNS);
    output_table_add(&table, OUTPUT_DIM, heads);
    uint64_t number = 0;
    struct anchored anchored = {0};
    json_t *more = NULL;
    const char *entry = arguments_take(arguments, "anchored");
    if (entry != NULL && !bytes_parse_decimal(span_text(entry), &number)) {
        output_table_done(&table);
        return command_usage(context, "anchored", "the number of an entry", entry);
    }
    pages_begin(&pages, context, arguments, "party", lists);
    if (pages.code == 0 && output->is_tsv)
        output_tsv(output, tsv_heads, COLUMNS);
    while (pages_next(&pages)) {
        const Custody__V1__AccessReply *page = (const Custody__V1__AccessReply *)pages.page;
        for (size_t i = 0; !output->is_json && i < page->n_accesses; i++) {
            if (output->is_tsv)
                print_tsv(output, page->accesses[i]);
            else
                add_access(&table, output, page->accesses[i]);
        }
    }
    if (pages.code == 0 && !output->is_json && !output->is_tsv) {
        const Custody__V1__AccessReply *first = (const Custody__V1__AccessReply *)pages.first;
        if (table.count > 1)
            output_table_print(&table, output);
        output_print(output, OUTPUT_BOLD, "查阅 reads  %zu\n", table.count - 1);
        print_sum(output, first);
        views_basis(output, first->basis);
    }
    if (pages.code == 0 && entry != NULL)
        pages.code = ask_anchor(context, number, &anchored);
    if (pages.code == 0)
        pages.code = print_verified(context, (const Custody__V1__AccessReply *)pages.first,
                                    entry == NULL ? NULL : &anchored, &more);
    output_table_done(&table);
    return pages_end(&pages, more);
}
