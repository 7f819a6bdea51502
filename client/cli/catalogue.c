/* catalogue.c: custody catalogue check: what an edition of the catalogue would change, and whom that touches.
 * Never sets one; set-catalogue does. */
#include "client/cli/catalogue.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/ask.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/views.h"

enum { FILE_MAX = 8 * 1024 * 1024 };

json_t *catalogue_row(const struct csv *csv)
{
    json_t *row = json_pack("{s:s, s:s, s:s}", "code", csv_cell(csv, "code"), "category",
                            csv_cell(csv, "category"), "hazard", csv_cell(csv, "hazard"));
    const char *replaces = csv_cell(csv, "replaces");
    if (row != NULL && replaces != NULL && replaces[0] != '\0')
        json_object_set_new(row, "replaces", json_string(replaces));
    return row;
}

static enum custody_status
read_rows(const char *path, json_t **ret, struct custody_problem *problem)
{
    struct csv csv = {0};
    uint8_t *text = NULL;
    size_t len = 0;
    bool is_end = false;
    json_t *rows = json_array();
    enum custody_status status = files_read(path, FILE_MAX, &text, &len, problem);
    if (status == CUSTODY_OK)
        status = csv_open((char *)text, &csv, problem);
    while (status == CUSTODY_OK && !is_end) {
        status = csv_next(&csv, &is_end, problem);
        if (status == CUSTODY_OK && !is_end && csv_cell(&csv, "code") == NULL)
            status = problem_set(problem, CUSTODY_ERR_INVALID, "line 1", "code", "no such column");
        if (status == CUSTODY_OK && !is_end)
            json_array_append_new(rows, catalogue_row(&csv));
    }
    csv_done(&csv);
    if (status != CUSTODY_OK)
        json_decref(rows);
    else
        *ret = rows;
    return status;
}

/* ---- telling ---- */

static void write_list(char *const *texts, size_t count, char ret[static OUTPUT_CELL_MAX])
{
    size_t len = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < count && len < OUTPUT_CELL_MAX; i++)
        len += (size_t)snprintf(ret + len, OUTPUT_CELL_MAX - len, "%s%s", i == 0 ? "" : ", ",
                                texts[i]);
}

static const char *word_of(Custody__V1__CodeChangeKind kind)
{
    switch (kind) {
    case CUSTODY__V1__CODE_CHANGE_KIND__CODE_ADDED:
        return "新增 added";
    case CUSTODY__V1__CODE_CHANGE_KIND__CODE_DROPPED:
        return "删除 dropped";
    case CUSTODY__V1__CODE_CHANGE_KIND__CODE_RENAMED:
        return "更名 renamed";
    case CUSTODY__V1__CODE_CHANGE_KIND__CODE_CHANGED:
        return "变更 changed";
    case CUSTODY__V1__CODE_CHANGE_KIND__CODE_CHANGE_UNSPECIFIED:
    case _CUSTODY__V1__CODE_CHANGE_KIND_IS_INT_SIZE:
        break;
    }
    return "?";
}

static void
print_touched(const struct output *output, const char *label, char *const *texts, size_t count)
{
    char list[OUTPUT_CELL_MAX];
    write_list(texts, count, list);
    if (count > 0)
        output_field(output, label, "%zu  %s", count, list);
}

static void print_change(const struct output *output, const Custody__V1__CodeChange *change)
{
    bool takes_away = change->kind != CUSTODY__V1__CODE_CHANGE_KIND__CODE_ADDED;
    output_print(output, takes_away ? OUTPUT_WARN : OUTPUT_PLAIN, "%s  %s%s%s  %s %s\n",
                 word_of(change->kind), change->code,
                 change->other[0] == '\0' ? ""
                 : takes_away             ? " -> "
                                          : " <- ",
                 change->other, change->category, change->hazard);
    print_touched(output, "许可证 permits", change->permits, change->n_permits);
    print_touched(output, "跨省批准 approvals", change->approvals, change->n_approvals);
    print_touched(output, "未完结联单 open manifests", change->manifests, change->n_manifests);
    if (change->stock_g > 0)
        output_field(output, "贮存 stock", "%" PRIu64 " g, %" PRIu64 " 单位 parties",
                     change->stock_g, change->stock_parties);
}

static void print_reply(const struct output *output, const Custody__V1__CatalogueReply *reply)
{
    size_t counts[8] = {0};
    for (size_t i = 0; i < reply->n_changes; i++) {
        counts[(unsigned)reply->changes[i]->kind & 7]++;
        print_change(output, reply->changes[i]);
    }
    output_print(output, OUTPUT_BOLD,
                 "%s%s新增 added %zu  删除 dropped %zu  更名 renamed %zu  变更 changed %zu  "
                 "不变 unchanged %" PRIu32 "\n",
                 reply->edition, reply->edition[0] == '\0' ? "" : ": ",
                 counts[CUSTODY__V1__CODE_CHANGE_KIND__CODE_ADDED],
                 counts[CUSTODY__V1__CODE_CHANGE_KIND__CODE_DROPPED],
                 counts[CUSTODY__V1__CODE_CHANGE_KIND__CODE_RENAMED],
                 counts[CUSTODY__V1__CODE_CHANGE_KIND__CODE_CHANGED], reply->unchanged);
    if (reply->cut)
        output_print(output, OUTPUT_WARN, "未全部列出 more is touched than is listed here\n");
    views_basis(output, reply->basis);
}

static int check(struct command_context *context, json_t *object)
{
    struct custody_problem *problem = &context->client->problem;
    ProtobufCMessage *request = NULL, *reply = NULL;
    enum custody_status status =
        reflect_from_json(&custody__v1__catalogue_request__descriptor, object, &request, problem);
    json_decref(object);
    if (status == CUSTODY_OK)
        status = ask_question(context->client, ENVELOPE_CATALOGUE, request, &reply);
    reflect_free(request);
    if (status != CUSTODY_OK)
        return command_fail(context);
    if (context->output.is_json)
        output_json(&context->output, reflect_to_json(reply));
    else
        print_reply(&context->output, (const Custody__V1__CatalogueReply *)reply);
    reflect_free(reply);
    return 0;
}

int catalogue_command(struct command_context *context, struct arguments *arguments)
{
    const char *from = arguments_take(arguments, "from");
    const char *word = arguments_take_word(arguments);
    const char *path = arguments_take_word(arguments);
    json_t *rows = NULL;
    if (word == NULL || strcmp(word, "check") != 0)
        return command_usage(context, "command", "check", word == NULL ? "nothing" : word);
    if (path == NULL)
        return command_usage(context, "file", "a CSV file: code,category,hazard[,replaces]",
                             "nothing");
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context) || read_rows(path, &rows, &context->client->problem) != CUSTODY_OK)
        return command_fail(context);
    json_t *object = json_pack("{s:o}", "rows", rows);
    if (object != NULL && from != NULL)
        json_object_set_new(object, "effective_from", json_string(from));
    return check(context, object);
}
