/* access_log.c: custody access-log: who read what of others.
 * Never sorts: the ledger gives the order. */
#include <inttypes.h>

#include "proto/bytes.h"
#include "client/lib/reflect.h"
#include "client/cli/command.h"
#include "client/cli/views.h"

static const char *const heads[] = {"时间 when",  "查阅者 who", "密钥 key",  "查询 question",
                                    "范围 scope", "涉及 about", "内容 asked"};
enum { COLUMNS = sizeof(heads) / sizeof(heads[0]), KEY_SHOWN = 8 };

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

int access_log_command(struct command_context *context, struct arguments *arguments)
{
    const struct output *output = &context->output;
    ProtobufCMessage *request = NULL, *reply = NULL;
    struct output_table table;
    output_table_init(&table, COLUMNS);
    output_table_add(&table, OUTPUT_DIM, heads);
    int code = command_ask(context, arguments, "party", &request, &reply);
    while (code == 0) {
        const Custody__V1__AccessReply *page = (const Custody__V1__AccessReply *)reply;
        ProtobufCMessage *options = reflect_get_message(request, "options");
        bool has_limit = options != NULL && ((Custody__V1__QueryOptions *)options)->limit != 0;
        ProtobufCMessage *next = NULL;
        if (output->is_json)
            output_json(output, reflect_to_json(reply));
        for (size_t i = 0; !output->is_json && i < page->n_accesses; i++)
            add_access(&table, output, page->accesses[i]);
        if (page->next_page.len == 0 || has_limit)
            break;
        code = command_ask_page(context, request,
                                span_of(page->next_page.data, page->next_page.len), &next);
        reflect_free(reply);
        reply = next;
    }
    if (code == 0 && !output->is_json) {
        if (table.count > 1)
            output_table_print(&table, output);
        output_print(output, OUTPUT_BOLD, "查阅 reads  %zu\n", table.count - 1);
        print_sum(output, (const Custody__V1__AccessReply *)reply);
        views_basis(output, ((const Custody__V1__AccessReply *)reply)->basis);
    }
    output_table_done(&table);
    reflect_free(reply);
    reflect_free(request);
    return code;
}
