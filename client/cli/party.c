/* party.c: custody party: an organisation, its permits, approvals, documents, blocks of numbers and keys.
 * Never shows a person: keys belong to posts, names to the annex. */
#include <inttypes.h>

#include "proto/bytes.h"
#include "client/lib/reflect.h"
#include "client/cli/command.h"
#include "client/cli/views.h"
#include "client/cli/words.h"

static void list_enums(const ProtobufCEnumDescriptor *descriptor,
                       const int *values,
                       size_t count,
                       bool are_roles,
                       char ret[static OUTPUT_CELL_MAX])
{
    size_t len = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < count && len < OUTPUT_CELL_MAX; i++) {
        char name[REFLECT_NAME_MAX], word[WORDS_MAX];
        reflect_write_enum(descriptor, values[i], name);
        if (are_roles)
            words_role(name, word);
        else
            snprintf(word, sizeof(word), "%s", name);
        len += (size_t)snprintf(ret + len, OUTPUT_CELL_MAX - len, "%s%s", i == 0 ? "" : ", ", word);
    }
}

static void print_keys(const struct output *output, const Custody__V1__PartyReply *reply)
{
    static const char *const heads[] = {"密钥 key",      "角色 roles",   "已记 statements",
                                        "登记 enrolled", "吊销 revoked", "缺 missing",
                                        "分叉 forks"};
    struct output_table table;
    output_table_init(&table, sizeof(heads) / sizeof(heads[0]));
    output_table_add(&table, OUTPUT_DIM, heads);
    for (size_t i = 0; i < reply->n_keys; i++) {
        const Custody__V1__KeyView *key = reply->keys[i];
        char hex[2 * PUBLIC_KEY_SIZE + 1] = "", roles[OUTPUT_CELL_MAX], count[32], from[32];
        char revoked[32] = "", missing[16] = "", forks[16] = "";
        if (key->key.len == PUBLIC_KEY_SIZE)
            bytes_write_hex(span_of(key->key.data, key->key.len), hex);
        list_enums(&custody__v1__role__descriptor, (const int *)key->roles, key->n_roles, true,
                   roles);
        snprintf(count, sizeof(count), "%" PRIu64,
                 key->next_sequence > 0 ? key->next_sequence - 1 : 0);
        snprintf(from, sizeof(from), "#%" PRIu64, key->enrolled_by_entry);
        if (key->revoked_by_entry != 0)
            snprintf(revoked, sizeof(revoked), "#%" PRIu64, key->revoked_by_entry);
        if (key->missing != 0)
            snprintf(missing, sizeof(missing), "%" PRIu32, key->missing);
        if (key->forks != 0)
            snprintf(forks, sizeof(forks), "%" PRIu32, key->forks);
        const char *const cells[] = {hex, roles, count, from, revoked, missing, forks};
        output_table_add(&table, key->revoked_by_entry != 0 ? OUTPUT_DIM : OUTPUT_PLAIN, cells);
    }
    if (reply->n_keys > 0)
        output_table_print(&table, output);
    output_table_done(&table);
}

/* "from -> until", and what is special about the time. */
static void print_validity(const struct output *output, int64_t from_us, int64_t until_us)
{
    char from[OUTPUT_CELL_MAX], until[OUTPUT_CELL_MAX];
    output_time(output, from_us, from);
    output_time(output, until_us, until);
    output_field(output, "", "%s -> %s", from, until);
}

static void print_suspension(const struct output *output, bool is_suspended, int64_t until_us)
{
    char until[OUTPUT_CELL_MAX] = "";
    if (!is_suspended)
        return;
    if (until_us != 0)
        output_time(output, until_us, until);
    output_field(output, "暂停 suspended", "%s%s", until_us == 0 ? "" : "-> ", until);
}

static void print_permits(const struct output *output, const Custody__V1__PartyReply *reply)
{
    for (size_t i = 0; i < reply->n_permits; i++) {
        const Custody__V1__PermitView *permit = reply->permits[i];
        char activities[OUTPUT_CELL_MAX];
        list_enums(&custody__v1__activity__descriptor, (const int *)permit->activities,
                   permit->n_activities, false, activities);
        output_field(output, "许可证 permit", "%s  %s%s", permit->number, activities,
                     permit->in_force ? "" : "  (失效 not in force)");
        if (permit->order[0] != '\0')
            output_field(output, "应急启用 emergency", "%s", permit->order);
        print_validity(output, permit->effective_from, permit->effective_until);
        print_suspension(output, permit->suspended, permit->suspended_until);
        if (permit->mass_yearly_g != 0)
            output_field(output, "年计划 planned", "%" PRIu64 " / %" PRIu64 " g", permit->planned_g,
                         permit->mass_yearly_g);
        for (size_t k = 0; k < permit->n_codes; k++)
            output_field(output, "", "%s", permit->codes[k]);
        for (size_t k = 0; k < permit->n_methods; k++)
            output_field(output, "处置方式 method", "%s", permit->methods[k]);
    }
}

/* The report of unused and expired numbers: one line a block. */
static void print_blocks(const struct output *output, const Custody__V1__PartyReply *reply)
{
    static const char *const heads[] = {"号段 block",  "到 to",        "已用 used",
                                        "未用 unused", "有效至 until", "状态 state"};
    struct output_table table;
    output_table_init(&table, sizeof(heads) / sizeof(heads[0]));
    output_table_add(&table, OUTPUT_DIM, heads);
    for (size_t i = 0; i < reply->n_blocks; i++) {
        const Custody__V1__BlockView *block = reply->blocks[i];
        char used[16], unused[16], until[OUTPUT_CELL_MAX];
        snprintf(used, sizeof(used), "%" PRIu32, block->used);
        snprintf(unused, sizeof(unused), "%" PRIu32, block->count - block->used);
        output_time(output, block->effective_until, until);
        const char *state = block->closed   ? "已注销 closed"
                            : block->lapsed ? "已过期 lapsed"
                                            : "有效 live";
        const char *const cells[] = {block->first, block->last, used, unused, until, state};
        output_table_add(&table, block->lapsed ? OUTPUT_WARN : OUTPUT_PLAIN, cells);
    }
    if (reply->n_blocks > 0)
        output_table_print(&table, output);
    output_table_done(&table);
}

static void print_approvals(const struct output *output, const Custody__V1__PartyReply *reply)
{
    for (size_t i = 0; i < reply->n_approvals; i++) {
        const Custody__V1__ApprovalView *approval = reply->approvals[i];
        bool is_both = approval->origin && approval->destination;
        output_field(output, "跨省批准 approval", "%s  -> %s%s", approval->number,
                     approval->receiver,
                     is_both            ? ""
                     : approval->origin ? "  (待移入地 awaits the destination)"
                                        : "  (待移出地 awaits the origin)");
        if (approval->whitelist)
            output_field(output, "", "白名单 whitelist");
        else
            output_field(output, "剩余 left", "%" PRIu64 " / %" PRIu64 " g", approval->left_g,
                         approval->mass_g);
        print_validity(output, approval->effective_from, approval->effective_until);
    }
}

static void print_documents(const struct output *output, const Custody__V1__PartyReply *reply)
{
    for (size_t i = 0; i < reply->n_documents; i++) {
        const Custody__V1__DocumentView *document = reply->documents[i];
        char kind[REFLECT_NAME_MAX];
        reflect_write_enum(&custody__v1__document_kind__descriptor, (int)document->kind, kind);
        output_field(output, "备案文件 document", "%s  %s%s", kind, document->number,
                     document->in_force ? "" : "  (失效 not in force)");
        print_validity(output, document->effective_from, document->effective_until);
        for (size_t k = 0; k < document->n_lines; k++)
            output_field(output, "", "%s  %" PRIu64 " / %" PRIu64 " g",
                         document->lines[k]->waste_code, document->lines[k]->left_g,
                         document->lines[k]->mass_g);
    }
}

static void print_standing(const struct output *output, const Custody__V1__PartyReply *reply)
{
    char kinds[OUTPUT_CELL_MAX];
    list_enums(&custody__v1__party_kind__descriptor, (const int *)reply->kinds, reply->n_kinds,
               false, kinds);
    output_field(output, "类别 kinds", "%s", kinds);
    output_field(output, "区划 division", "%s", reply->division);
    if (reply->sector[0] != '\0')
        output_field(output, "行业 sector", "%s", reply->sector);
    if (reply->beds != 0)
        output_field(output, "床位 beds", "%" PRIu32, reply->beds);
    if (reply->parent[0] != '\0')
        output_field(output, "上级 parent", "%s", reply->parent);
    if (reply->closed)
        output_field(output, "已注销 closed", "%s%s", reply->successor[0] == '\0' ? "" : "-> ",
                     reply->successor);
    print_suspension(output, reply->suspended, reply->suspended_until);
    if (reply->code_differs)
        output_field(output, "提示 mark",
                     "统一社会信用代码校验位不符 the check digit does not fit");
}

int party_command(struct command_context *context, struct arguments *arguments)
{
    const struct output *output = &context->output;
    ProtobufCMessage *message = NULL;
    int code = command_ask(context, arguments, "party", NULL, &message);
    if (code != 0)
        return code;
    const Custody__V1__PartyReply *reply = (const Custody__V1__PartyReply *)message;
    if (output->is_json) {
        output_json(output, reflect_to_json(message));
    } else {
        output_print(output, OUTPUT_BOLD, "%s%s%s\n", reply->name,
                     reply->name[0] == '\0' ? "" : "  ", reply->party);
        print_standing(output, reply);
        print_permits(output, reply);
        print_approvals(output, reply);
        print_documents(output, reply);
        print_blocks(output, reply);
        print_keys(output, reply);
        views_basis(output, reply->basis);
    }
    reflect_free(message);
    return 0;
}
