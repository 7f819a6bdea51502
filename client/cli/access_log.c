/* access_log.c: custody access-log: who read what of others.
 * Never sorts: the ledger gives the order. */
#include <inttypes.h>

#include "proto/bytes.h"
#include "client/lib/quantity.h"
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

int access_log_command(struct command_context *context, struct arguments *arguments)
{
    static const char *const lists[] = {"accesses", NULL};
    const struct output *output = &context->output;
    struct output_table table;
    struct pages pages;
    output_table_init(&table, COLUMNS);
    output_table_add(&table, OUTPUT_DIM, heads);
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
    output_table_done(&table);
    return pages_end(&pages, NULL);
}
