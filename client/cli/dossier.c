/* dossier.c: custody dossier: one party on one page (一企一档).
 * Never adds figures of its own: the ledger's answer has them. */
#include <inttypes.h>
#include <string.h>

#include "proto/bytes.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/items.h"
#include "client/cli/views.h"
#include "client/cli/words.h"

enum { KEY_DIGITS = 16 };

static void write_enums(const ProtobufCEnumDescriptor *descriptor,
                        const int *values,
                        size_t count,
                        char ret[static OUTPUT_CELL_MAX])
{
    size_t len = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < count && len + REFLECT_NAME_MAX < OUTPUT_CELL_MAX; i++) {
        char name[REFLECT_NAME_MAX];
        reflect_write_enum(descriptor, values[i], name);
        len += (size_t)snprintf(ret + len, OUTPUT_CELL_MAX - len, "%s%s", i == 0 ? "" : ", ", name);
    }
}

static void print_who(const struct output *output, const Custody__V1__DossierReply *dossier)
{
    const Custody__V1__PartyReply *party = dossier->party;
    char kinds[OUTPUT_CELL_MAX], site[REFLECT_NAME_MAX];
    write_enums(&custody__v1__party_kind__descriptor, (const int *)party->kinds, party->n_kinds,
                kinds);
    output_print(output, OUTPUT_BOLD, "%s  %s\n",
                 party->name[0] != '\0' ? party->name : party->party,
                 party->name[0] != '\0' ? party->party : "");
    if (dossier->uscc[0] != '\0')
        output_field(output, words_pick("信用代码", "code check"), "%s",
                     strcmp(dossier->uscc, "fits") == 0
                         ? words_pick("校验位相符", "the check digit fits")
                         : words_pick("校验位不符", "the check digit does not fit"));
    output_field(output, words_pick("类型", "kinds"), "%s", kinds);
    output_field(output, words_pick("区划", "division"), "%s %s", dossier->division_name,
                 party->division);
    if (dossier->site != CUSTODY__V1__SITE_KIND__SITE_UNSPECIFIED) {
        reflect_write_enum(&custody__v1__site_kind__descriptor, (int)dossier->site, site);
        output_field(output, words_pick("场所", "site"), "%s", site);
    }
    if (dossier->sector[0] != '\0')
        output_field(output, words_pick("行业", "sector"), "%s", dossier->sector);
    if (dossier->beds > 0)
        output_field(output, words_pick("床位", "beds"), "%u", dossier->beds);
    if (party->parent[0] != '\0')
        output_field(output, words_pick("上级", "parent"), "%s",
                     views_short_party(party->parent, dossier->parent_name));
    if (dossier->closed)
        output_print(output, OUTPUT_BAD, "%s %s\n",
                     words_pick("已注销，承接单位", "closed; successor"), dossier->successor);
}

static void print_permits(const struct output *output, const Custody__V1__DossierReply *dossier)
{
    const Custody__V1__PartyReply *party = dossier->party;
    output_print(output, OUTPUT_BOLD, "\n%s  %zu\n", words_pick("许可证", "permits"),
                 party->n_permits);
    for (size_t i = 0; i < party->n_permits; i++) {
        const Custody__V1__PermitView *permit = party->permits[i];
        char activities[OUTPUT_CELL_MAX], from[OUTPUT_CELL_MAX], until[OUTPUT_CELL_MAX] = "";
        write_enums(&custody__v1__activity__descriptor, (const int *)permit->activities,
                    permit->n_activities, activities);
        output_time(output, permit->effective_from, from);
        if (permit->effective_until != 0)
            output_time(output, permit->effective_until, until);
        bool is_over = permit->effective_until != 0 && permit->effective_until <= dossier->now;
        output_print(output, is_over ? OUTPUT_BAD : OUTPUT_PLAIN, "    %s  %s  %.10s - %.10s%s",
                     permit->number, activities, from, until,
                     is_over ? words_pick("  已过期", "  lapsed") : "");
        for (size_t k = 0; k < permit->n_codes && k < 6; k++)
            output_print(output, OUTPUT_PLAIN, "%s%s", k == 0 ? "  " : ",", permit->codes[k]);
        output_print(output, OUTPUT_PLAIN, "%s\n", permit->n_codes > 6 ? ",..." : "");
    }
}

static void print_documents(const struct output *output, const Custody__V1__DossierReply *dossier)
{
    output_print(output, OUTPUT_BOLD, "\n%s  %zu\n",
                 words_pick("备案：计划、合同、保险等", "filed: plans, contracts, insurance"),
                 dossier->n_documents);
    for (size_t i = 0; i < dossier->n_documents; i++) {
        const Custody__V1__DossierDocument *document = dossier->documents[i];
        char kind[REFLECT_NAME_MAX], from[OUTPUT_CELL_MAX], until[OUTPUT_CELL_MAX] = "";
        reflect_write_enum(&custody__v1__document_kind__descriptor, (int)document->kind, kind);
        output_time(output, document->effective_from, from);
        if (document->effective_until != 0)
            output_time(output, document->effective_until, until);
        output_print(output, document->in_force ? OUTPUT_PLAIN : OUTPUT_BAD,
                     "    %s  %s  %.10s - %.10s%s\n", kind, document->number, from, until,
                     document->in_force ? "" : words_pick("  失效", "  not in force"));
    }
}

static void print_declarations(const struct output *output,
                               const Custody__V1__DossierReply *dossier)
{
    output_print(output, OUTPUT_BOLD, "\n%s  %zu\n", words_pick("申报", "declared"),
                 dossier->n_declarations);
    for (size_t i = 0; i < dossier->n_declarations; i++) {
        const Custody__V1__DossierDeclaration *declared = dossier->declarations[i];
        char at[OUTPUT_CELL_MAX];
        output_time(output, declared->effective_at, at);
        output_print(output, declared->differs ? OUTPUT_WARN : OUTPUT_PLAIN,
                     "    %s  %.10s  #%" PRIu64 "%s\n", declared->period, at, declared->entry,
                     declared->differs ? words_pick("  与台账不符", "  differs from the ledger")
                                       : "");
    }
}

static void write_signed_mass(int64_t grams, char ret[static QUANTITY_TEXT_MAX])
{
    char text[QUANTITY_TEXT_MAX];
    quantity_write_mass(grams < 0 ? (uint64_t)-grams : (uint64_t)grams, text);
    snprintf(ret, QUANTITY_TEXT_MAX, "%s%.*s", grams < 0 ? "-" : "", QUANTITY_TEXT_MAX - 2, text);
}

static void print_stock(const struct output *output, const Custody__V1__DossierReply *dossier)
{
    struct output_table table;
    output_print(output, OUTPUT_BOLD, "\n%s\n", words_pick("库存，按代码", "stock, by code"));
    output_table_init(&table, 5);
    const char *const heads[] = {words_pick("代码", "code"), words_pick("库存", "stock"),
                                 words_pick("件", "pieces"), words_pick("累计产生", "generated"),
                                 words_pick("累计处置", "treated")};
    output_table_add(&table, OUTPUT_DIM, heads);
    for (size_t i = 0; i < dossier->n_stock; i++) {
        const Custody__V1__DossierStock *stock = dossier->stock[i];
        char grams[QUANTITY_TEXT_MAX], pieces[24], generated[QUANTITY_TEXT_MAX];
        char treated[QUANTITY_TEXT_MAX];
        write_signed_mass(stock->grams, grams);
        write_signed_mass(stock->generated_g, generated);
        write_signed_mass(stock->treated_g, treated);
        snprintf(pieces, sizeof(pieces), "%" PRId64, stock->pieces);
        const char *const cells[] = {stock->waste_code, grams, pieces, generated, treated};
        output_table_add(&table, stock->grams < 0 ? OUTPUT_BAD : OUTPUT_PLAIN, cells);
    }
    if (dossier->n_stock > 0)
        output_table_print(&table, output);
    output_table_done(&table);
    if (dossier->stock_is_part)
        output_print(output, OUTPUT_WARN, "    %s\n",
                     words_pick("行数过多，未全部累计：见 custody balance",
                                "too many rows, only a part: custody balance"));
}

static void print_findings(const struct output *output, const Custody__V1__DossierReply *dossier)
{
    struct output_table table;
    output_print(output, OUTPUT_BOLD, "\n%s\n", words_pick("违规与提示", "findings"));
    output_table_init(&table, 6);
    const char *const heads[] = {
        words_pick("规则", "rule"),        words_pick("未处理", "open"),
        words_pick("已说明", "explained"), words_pick("已处理", "settled"),
        words_pick("免责", "excused"),     words_pick("逾期未办", "overdue")};
    output_table_add(&table, OUTPUT_DIM, heads);
    for (size_t i = 0; i < dossier->n_findings; i++) {
        const Custody__V1__DossierRule *rule = dossier->findings[i];
        const uint32_t numbers[] = {rule->open, rule->explained, rule->settled, rule->excused,
                                    rule->overdue};
        char texts[5][12];
        for (size_t k = 0; k < 5; k++)
            snprintf(texts[k], sizeof(texts[k]), "%u", numbers[k]);
        const char *const cells[] = {words_pick(rule->sentence_zh, rule->sentence_en),
                                     texts[0],
                                     texts[1],
                                     texts[2],
                                     texts[3],
                                     texts[4]};
        output_table_add(&table,
                         rule->open + rule->overdue > 0 &&
                                 rule->weight == CUSTODY__V1__WEIGHT__WEIGHT_BREACH
                             ? OUTPUT_BAD
                             : OUTPUT_PLAIN,
                         cells);
    }
    if (dossier->n_findings > 0)
        output_table_print(&table, output);
    else
        output_print(output, OUTPUT_GOOD, "    %s\n", words_pick("无", "none"));
    output_table_done(&table);
}

static void print_keys(const struct output *output, const Custody__V1__DossierReply *dossier)
{
    const Custody__V1__PartyReply *party = dossier->party;
    output_print(output, OUTPUT_BOLD, "\n%s  %zu\n", words_pick("密钥", "keys"), party->n_keys);
    for (size_t i = 0; i < party->n_keys; i++) {
        const Custody__V1__KeyView *key = party->keys[i];
        char hex[2 * 32 + 1] = "", roles[OUTPUT_CELL_MAX];
        if (key->key.len == 32)
            bytes_write_hex(span_of(key->key.data, 32), hex);
        write_enums(&custody__v1__role__descriptor, (const int *)key->roles, key->n_roles, roles);
        bool is_bad = key->revoked_by_entry != 0 || key->forks > 0 || key->missing > 0;
        output_print(output, is_bad ? OUTPUT_WARN : OUTPUT_PLAIN, "    %.*s  %s  %s %" PRIu64,
                     KEY_DIGITS, hex, roles, words_pick("记录", "statements"),
                     key->next_sequence == 0 ? 0 : key->next_sequence - 1);
        if (key->missing > 0)
            output_print(output, OUTPUT_WARN, "  %s %u", words_pick("缺", "missing"), key->missing);
        if (key->forks > 0)
            output_print(output, OUTPUT_BAD, "  %s %u", words_pick("分叉", "forks"), key->forks);
        if (key->revoked_by_entry != 0)
            output_print(output, OUTPUT_BAD, "  %s #%" PRIu64, words_pick("已吊销", "revoked"),
                         key->revoked_by_entry);
        fputc('\n', output->file);
    }
}

static void print_open(const struct output *output, const Custody__V1__DossierReply *dossier)
{
    output_print(output, OUTPUT_BOLD, "\n%s  ", words_pick("未办结", "open"));
    output_print(output, dossier->overdue > 0 ? OUTPUT_BAD : OUTPUT_PLAIN,
                 "%s %" PRIu64 "  %s %" PRIu64 "  %s %" PRIu64 "%s\n",
                 words_pick("联单", "manifests"), dossier->open_manifests,
                 words_pick("期限", "obligations"), dossier->open_obligations,
                 words_pick("逾期", "overdue"), dossier->overdue, dossier->is_least ? "+" : "");
    for (size_t i = 0; i < dossier->n_open; i++)
        items_print(output, dossier->open[i], dossier->now);
}

int dossier_command(struct command_context *context, struct arguments *arguments)
{
    const struct output *output = &context->output;
    ProtobufCMessage *request = NULL, *reply = NULL;
    int code = command_ask(context, arguments, "party", &request, &reply);
    if (code != 0)
        return code;
    const Custody__V1__DossierReply *dossier = (const Custody__V1__DossierReply *)reply;
    if (output->is_json) {
        output_json(output, reflect_to_json(reply));
    } else if (dossier->party != NULL) {
        print_who(output, dossier);
        print_permits(output, dossier);
        print_documents(output, dossier);
        print_declarations(output, dossier);
        print_stock(output, dossier);
        print_open(output, dossier);
        print_findings(output, dossier);
        print_keys(output, dossier);
        views_basis(output, dossier->basis);
    }
    reflect_free(reply);
    reflect_free(request);
    return code;
}
