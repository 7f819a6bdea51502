/* party.c: custody party: an organisation, its keys and permits.
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

static void print_permits(const struct output *output, const Custody__V1__PartyReply *reply)
{
    for (size_t i = 0; i < reply->n_permits; i++) {
        const Custody__V1__PermitView *permit = reply->permits[i];
        char activities[OUTPUT_CELL_MAX], from[OUTPUT_CELL_MAX], until[OUTPUT_CELL_MAX];
        list_enums(&custody__v1__activity__descriptor, (const int *)permit->activities,
                   permit->n_activities, false, activities);
        output_time(output, permit->effective_from, from);
        output_time(output, permit->effective_until, until);
        output_field(output, "许可证 permit", "%s  %s", permit->number, activities);
        output_field(output, "", "%s -> %s", from, until);
        for (size_t k = 0; k < permit->n_codes; k++)
            output_field(output, "", "%s", permit->codes[k]);
    }
}

int party_command(struct command_context *context, struct arguments *arguments)
{
    const struct output *output = &context->output;
    ProtobufCMessage *message = NULL;
    char kinds[OUTPUT_CELL_MAX];
    int code = command_ask(context, arguments, "party", NULL, &message);
    if (code != 0)
        return code;
    const Custody__V1__PartyReply *reply = (const Custody__V1__PartyReply *)message;
    if (output->is_json) {
        output_json(output, reflect_to_json(message));
    } else {
        list_enums(&custody__v1__party_kind__descriptor, (const int *)reply->kinds, reply->n_kinds,
                   false, kinds);
        output_print(output, OUTPUT_BOLD, "%s%s%s\n", reply->name,
                     reply->name[0] == '\0' ? "" : "  ", reply->party);
        output_field(output, "类别 kinds", "%s", kinds);
        output_field(output, "区划 division", "%s", reply->division);
        if (reply->parent[0] != '\0')
            output_field(output, "上级 parent", "%s", reply->parent);
        print_permits(output, reply);
        print_keys(output, reply);
        views_basis(output, reply->basis);
    }
    reflect_free(message);
    return 0;
}
