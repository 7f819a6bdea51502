/* label.c: custody label: labels of containers, and rolls of labels that are printed before there are containers.
 * Never draws, and never invents a value: what is not known stays open, to be written by hand.
 *
 * The fields are those of HJ 421-2008 for medical waste and HJ 1276-2022 for other hazardous waste. What is neither on the ledger nor
 * in this device's own records, such as a person's name or a telephone, is given here and goes onto the paper alone. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/waste.h"
#include "client/lib/ask.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/lib/roll.h"
#include "client/cli/paper.h"
#include "client/cli/words.h"

#define LABEL_FILE                                                                                 \
    "label" /* in the home folder: what stays the same from label to label, as JSON */

enum {
    LABEL_FILE_MAX = 4096,
    LABEL_TEXT_MAX = 256,
    LABEL_WAIT_MS = 3000,
    LABEL_DATE = 10,
    LABEL_MINUTE = 16
};

/* What a label says of one container; empty and 0: not known. */
struct labelled {
    char party[CARD_PARTY_MAX + 1];
    char code[LABEL_TEXT_MAX];
    char unit[LABEL_TEXT_MAX];
    char waste_code[WASTE_CODE_MAX + 1];
    char ward[LABEL_TEXT_MAX];
    uint64_t mass_g;
    int64_t born_at_us;
    bool is_epidemic;
    bool is_double;
};

struct labels {
    struct command_context *context;
    json_t *kept;  /* of LABEL_FILE */
    json_t *given; /* options by name */
    int size_mm;
    bool is_hazardous; /* a roll's: a container's waste code says it */
    bool is_away;      /* the ledger did not answer: not asked again */
};

/* ---- words of the catalogue that a label needs -------------------------------------------------------- */

struct medical_class {
    const char *code, *name, *hazard;
};

/* 国家危险废物名录 HW01 and 医疗废物分类目录 (2021): 004 is chemical, 005 pharmaceutical. */
static const struct medical_class classes[] = {{"841-001-01", "感染性废物", "In"},
                                               {"841-002-01", "损伤性废物", "In"},
                                               {"841-003-01", "病理性废物", "In"},
                                               {"841-004-01", "化学性废物", "T/C/I/R"},
                                               {"841-005-01", "药物性废物", "T"}};

static const struct medical_class *find_class(const char *waste_code)
{
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strcmp(classes[i].code, waste_code) == 0)
            return &classes[i];
    return NULL;
}

/* ---- what is known of a container ------------------------------------------------------------------------ */

static void copy(char ret[static LABEL_TEXT_MAX], const char *text)
{
    snprintf(ret, LABEL_TEXT_MAX, "%s", text);
}

static enum custody_status ask_ledger(struct labels *labels, struct labelled *one)
{
    struct custody_client *client = labels->context->client;
    char name[CARD_PARTY_MAX + LABEL_TEXT_MAX + 2];
    ProtobufCMessage *request = NULL, *reply = NULL;
    snprintf(name, sizeof(name), "%s/%s", one->party, one->code);
    json_t *json = json_pack("{s:s}", "container", name);
    enum custody_status status =
        reflect_from_json(ask_request_descriptor(ENVELOPE_TRACE), json, &request, &client->problem);
    json_decref(json);
    if (status == CUSTODY_OK)
        status = ask_question(client, ENVELOPE_TRACE, request, &reply);
    const Custody__V1__TraceReply *trace = (const Custody__V1__TraceReply *)reply;
    if (status == CUSTODY_OK && trace->n_containers == 0)
        status = problem_set(&client->problem, CUSTODY_ERR_NOT_FOUND, "container",
                             "one that was packed", "%s", name);
    if (status == CUSTODY_OK) {
        const Custody__V1__ContainerTrace *found = trace->containers[0];
        copy(one->unit, found->generator_name);
        copy(one->ward, found->ward);
        snprintf(one->waste_code, sizeof(one->waste_code), "%s", found->waste_code);
        one->mass_g = found->mass_g;
        one->born_at_us = found->born_at;
        one->is_double = found->package == CUSTODY__V1__PACKAGE_KIND__PACKAGE_DOUBLE_BAG;
    }
    reflect_free(reply);
    reflect_free(request);
    return status;
}

static bool take_packed(const Custody__V1__PackBody *body, int64_t at_us, struct labelled *one)
{
    for (size_t i = 0; i < body->n_containers; i++) {
        const Custody__V1__PackedContainer *packed = body->containers[i];
        if (strcmp(packed->code, one->code) != 0 || strcmp(body->generator, one->party) != 0)
            continue;
        copy(one->ward, packed->ward);
        snprintf(one->waste_code, sizeof(one->waste_code), "%s", packed->waste_code);
        one->mass_g = packed->mass_g;
        one->born_at_us = at_us;
        if (packed->times != NULL && packed->times->generated_before_us < (uint64_t)at_us)
            one->born_at_us -= (int64_t)packed->times->generated_before_us;
        one->is_epidemic = packed->epidemic;
        one->is_double = packed->package == CUSTODY__V1__PACKAGE_KIND__PACKAGE_DOUBLE_BAG;
        return true;
    }
    return false;
}

/* The newest pack of that code which this device signed. A ward with no network still labels what it packs. */
static enum custody_status read_own(struct labels *labels, struct labelled *one)
{
    struct custody_client *client = labels->context->client;
    enum custody_status status = client_open_spool(client);
    bool is_found = false;
    if (status != CUSTODY_OK)
        return status;
    for (uint64_t at = spool_count(client->spool); at > 0 && !is_found; at--) {
        const struct spool_item *item = spool_item(client->spool, at);
        struct spool_statement kept;
        struct statement statement;
        const char *field;
        void *memory = NULL;
        if (item->act != CUSTODY__V1__ACT__ACT_PACK)
            continue;
        status = spool_read(client->spool, at, &kept, &memory, &client->problem);
        if (status != CUSTODY_OK)
            return status;
        if (statement_parse(kept.statement, &statement, &field) == STATEMENT_OK) {
            Custody__V1__PackBody *body =
                custody__v1__pack_body__unpack(NULL, statement.body.len, statement.body.data);
            is_found = body != NULL && take_packed(body, item->occurred_at_us, one);
            reflect_free(body == NULL ? NULL : &body->base);
        }
        free(memory);
    }
    if (is_found)
        return CUSTODY_OK;
    return problem_set(&client->problem, CUSTODY_ERR_NOT_FOUND, "container",
                       "one on the ledger, or packed on this device", "%s", one->code);
}

static bool is_away(enum custody_status status)
{
    return status == CUSTODY_ERR_TIMEOUT || status == CUSTODY_ERR_UNREACHABLE ||
           status == CUSTODY_ERR_BUSY;
}

/* The ledger's reading counts, with what was amended; this device's own records when it is away or has not got them yet. */
static enum custody_status find(struct labels *labels, const char *word, struct labelled *one)
{
    const char *colon = strchr(word, ':'), *slash = strrchr(word, '/');
    if (colon == NULL || slash == NULL || slash < colon)
        slash = NULL; /* a code by itself; party/code has the party's scheme */
    *one = (struct labelled){0};
    copy(one->code, slash == NULL ? word : slash + 1);
    snprintf(one->party, sizeof(one->party), "%.*s", slash == NULL ? 0 : (int)(slash - word), word);
    if (slash == NULL)
        snprintf(one->party, sizeof(one->party), "%s", labels->context->client->card.party);
    if (!labels->context->is_offline && !labels->is_away) {
        enum custody_status status = ask_ledger(labels, one);
        if (status == CUSTODY_OK)
            return status;
        labels->is_away = is_away(status);
        bool is_unknown = status == CUSTODY_ERR_NOT_FOUND || status == CUSTODY_ERR_REFUSED;
        if (!labels->is_away && !is_unknown)
            return status;
    }
    return read_own(labels, one);
}

/* ---- what stays the same ------------------------------------------------------------------------------- */

static void read_kept(struct labels *labels)
{
    char path[FILES_PATH_MAX];
    struct custody_problem problem;
    uint8_t *bytes = NULL;
    size_t len = 0;
    if (files_join(labels->context->client->home, LABEL_FILE, path, &problem) == CUSTODY_OK &&
        files_read(path, LABEL_FILE_MAX, &bytes, &len, &problem) == CUSTODY_OK)
        labels->kept = json_loadb((const char *)bytes, len, 0, NULL);
    if (!json_is_object(labels->kept)) {
        json_decref(labels->kept);
        labels->kept = json_object();
    }
    free(bytes);
}

static void keep(struct labels *labels, const char *name, const char *value)
{
    char path[FILES_PATH_MAX];
    struct custody_problem problem;
    const char *before = json_string_value(json_object_get(labels->kept, name));
    if (value == NULL || value[0] == '\0' || (before != NULL && strcmp(before, value) == 0))
        return;
    json_object_set_new(labels->kept, name, json_string(value));
    char *text = json_dumps(labels->kept, JSON_COMPACT);
    if (text == NULL ||
        files_join(labels->context->client->home, LABEL_FILE, path, &problem) != CUSTODY_OK ||
        files_replace(path, span_text(text), &problem) != CUSTODY_OK)
        output_note(&labels->context->output, "what stands on labels is not remembered");
    free(text);
}

/* As given now, else as it was last. */
static const char *value_of(const struct labels *labels, const char *name)
{
    const char *text = json_string_value(json_object_get(labels->given, name));
    if (text == NULL)
        text = json_string_value(json_object_get(labels->kept, name));
    return text == NULL ? "" : text;
}

/* ---- the label --------------------------------------------------------------------------------------------- */

static json_t *row(double lines, const char *name, const char *value)
{
    return json_pack("{s:f, s:[[s, s]]}", "lines", lines, "cells", name, value);
}

static void write_time(const struct labelled *one, int length, char ret[static QUANTITY_TEXT_MAX])
{
    ret[0] = '\0';
    if (one->born_at_us != 0)
        quantity_write_civil(one->born_at_us, QUANTITY_CIVIL_MINUTES, ret);
    if (strlen(ret) > (size_t)length)
        ret[length] = '\0';
}

static void write_mass(const struct labelled *one, char ret[static QUANTITY_TEXT_MAX])
{
    ret[0] = '\0';
    if (one->mass_g != 0)
        quantity_write_mass(one->mass_g, ret);
}

static const char *unit_of(const struct labels *labels, const struct labelled *one)
{
    bool is_own = strcmp(one->party, labels->context->client->card.party) == 0;
    const char *given = json_string_value(json_object_get(labels->given, "unit"));
    if (given != NULL)
        return given;
    if (one->unit[0] != '\0')
        return one->unit;
    return is_own && value_of(labels, "unit")[0] != '\0' ? value_of(labels, "unit") : one->party;
}

/* HJ 421: unit, date, ward, class, mass, what is special, who; with the sign of its bag. */
static json_t *medical_groups(const struct labels *labels, const struct labelled *one)
{
    char class[LABEL_TEXT_MAX] = "", at[QUANTITY_TEXT_MAX], mass[QUANTITY_TEXT_MAX];
    char special[2 * LABEL_TEXT_MAX];
    const struct medical_class *found = find_class(one->waste_code);
    write_time(one, LABEL_MINUTE, at);
    write_mass(one, mass);
    if (one->waste_code[0] != '\0')
        snprintf(class, sizeof(class), "%s %s", found == NULL ? "医疗废物" : found->name,
                 one->waste_code);
    snprintf(special, sizeof(special), "%s%s%s", one->is_epidemic ? "高度感染性 " : "",
             one->is_double ? "双层包装 " : "", value_of(labels, "note"));
    return json_pack("[{s:s, s:[o, o, o]}, {s:s, s:[o, o, o, o]}]", "beside", "sign", "rows",
                     row(2, "产生单位", unit_of(labels, one)), row(1, "科室", one->ward),
                     row(1.4, "类别", class), "beside", "qr", "rows", row(1, "产生日期", at),
                     row(1, "重量", mass), row(1, "经办人", value_of(labels, "by")),
                     row(1.4, "特别说明", special));
}

/* HJ 1276: names, category, code, form, hazards, components, cautions, digital code, unit, contact, date, mass, remarks. */
static json_t *hazardous_groups(const struct labels *labels, const struct labelled *one)
{
    char category[8] = "", at[QUANTITY_TEXT_MAX], mass[QUANTITY_TEXT_MAX];
    size_t len = strlen(one->waste_code);
    write_time(one, LABEL_DATE, at);
    write_mass(one, mass);
    if (waste_form_of(span_text(one->waste_code)) == WASTE_NATIONAL)
        snprintf(category, sizeof(category), "HW%s", one->waste_code + len - 2);
    return json_pack(
        "[{s:s, s:[o, o, o, o]}, {s:[o, o, o, o]}, {s:s, s:[o, o, o, o, o]}]", "beside", "hazards",
        "rows", row(1, "废物名称", value_of(labels, "name")), row(1, "废物类别", category),
        row(1, "废物代码", one->waste_code), row(1, "废物形态", value_of(labels, "form")), "rows",
        row(1, "主要成分", value_of(labels, "components")),
        row(1, "有害成分", value_of(labels, "harmful")),
        row(1, "注意事项", value_of(labels, "caution")),
        row(1, "数字识别码", value_of(labels, "digital_code")), "beside", "qr", "rows",
        row(2, "产生/收集单位", unit_of(labels, one)),
        row(1.5, "联系人和联系方式", value_of(labels, "contact")), row(1, "产生日期", at),
        row(1, "废物重量", mass), row(1, "备注", value_of(labels, "note")));
}

/* "T,I" and "T/C/I/R", as the catalogue writes them. */
static json_t *hazards_of(const struct labels *labels)
{
    json_t *array = json_array();
    const char *text = value_of(labels, "hazard");
    while (*text != '\0') {
        size_t len = strcspn(text, ",/ ");
        if (len > 0)
            json_array_append_new(array, json_stringn(text, len));
        text += len + (text[len] == '\0' ? 0 : 1);
    }
    return array;
}

static json_t *label_of(const struct labels *labels, const struct labelled *one)
{
    static const double text_mm[] = {[100 / 50] = 3.2, [150 / 50] = 5.1, [200 / 50] = 6.1};
    const struct medical_class *found = find_class(one->waste_code);
    bool is_medical = one->waste_code[0] == '\0' ? !labels->is_hazardous
                                                 : waste_is_medical(span_text(one->waste_code));
    char qr[CARD_PARTY_MAX + LABEL_TEXT_MAX + 2];
    snprintf(qr, sizeof(qr), "%s%s%s", one->party, one->party[0] == '\0' ? "" : "/", one->code);
    int size = is_medical ? 100 : labels->size_mm;
    return json_pack("{s:s, s:i, s:i, s:f, s:s, s:s, s:s, s:o, s:o}", "style",
                     is_medical ? "medical" : "hazardous", "width_mm", size, "height_mm",
                     is_medical ? 80 : size, "text_mm", text_mm[size / 50], "title",
                     !is_medical     ? "危险废物"
                     : found == NULL ? "医疗废物"
                                     : found->name,
                     "code", one->code, "qr", qr, "hazards", hazards_of(labels), "groups",
                     is_medical ? medical_groups(labels, one) : hazardous_groups(labels, one));
}

/* ---- the command ------------------------------------------------------------------------------------------- */

static int add_words(struct labels *labels, struct arguments *arguments, json_t *array)
{
    const char *word;
    while ((word = arguments_take_word(arguments)) != NULL) {
        struct labelled one;
        if (find(labels, word, &one) != CUSTODY_OK)
            return command_fail(labels->context);
        if (strcmp(one.party, labels->context->client->card.party) == 0)
            keep(labels, "unit", one.unit);
        json_array_append_new(array, label_of(labels, &one));
    }
    return 0;
}

/* A roll says whose it is. The ledger knows the name; where it is away, what is remembered, else the party's code. */
static void ask_unit(struct labels *labels)
{
    struct custody_client *client = labels->context->client;
    ProtobufCMessage *request = NULL, *reply = NULL;
    json_t *json = json_pack("{s:s}", "party", client->card.party);
    if (value_of(labels, "unit")[0] == '\0' && !labels->context->is_offline &&
        reflect_from_json(ask_request_descriptor(ENVELOPE_PARTY), json, &request,
                          &client->problem) == CUSTODY_OK &&
        ask_question(client, ENVELOPE_PARTY, request, &reply) == CUSTODY_OK)
        keep(labels, "unit", ((const Custody__V1__PartyReply *)reply)->name);
    json_decref(json);
    reflect_free(reply);
    reflect_free(request);
}

static int add_roll(struct labels *labels, const char *roll, json_t *array)
{
    struct custody_client *client = labels->context->client;
    uint64_t count;
    uint32_t first;
    if (!bytes_parse_decimal(span_text(roll), &count) || count == 0 || count > ROLL_COUNT_MAX)
        return command_usage(labels->context, "roll", "how many, 1 to 2000", roll);
    ask_unit(labels);
    if (roll_take(client, (uint32_t)count, labels->context->ref, &first) != CUSTODY_OK)
        return command_fail(labels->context);
    for (uint32_t i = 0; i < count; i++) {
        struct labelled one = {0};
        snprintf(one.party, sizeof(one.party), "%s", client->card.party);
        roll_write(client->identity.public_key, first + i, one.code);
        json_array_append_new(array, label_of(labels, &one));
    }
    return 0;
}

static int take_options(struct labels *labels, struct arguments *arguments)
{
    static const char *const names[] = {"unit",    "contact", "by",          "note",
                                        "name",    "hazard",  "form",        "components",
                                        "harmful", "caution", "digital_code"};
    const char *size = arguments_take(arguments, "size");
    labels->given = json_object();
    labels->is_hazardous = arguments_take_flag(arguments, "hazardous");
    uint64_t size_mm = 100;
    if (size != NULL && (!bytes_parse_decimal(span_text(size), &size_mm) ||
                         (size_mm != 100 && size_mm != 150 && size_mm != 200)))
        return command_usage(labels->context, "size", "100, 150 or 200 mm", size);
    labels->size_mm = (int)size_mm;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = arguments_take(arguments, names[i]);
        if (value != NULL)
            json_object_set_new(labels->given, names[i], json_string(value));
        if (value != NULL && json_object_get(labels->given, names[i]) == NULL)
            return command_usage(labels->context, names[i], "UTF-8", "other bytes");
    }
    return 0;
}

static json_t *make_document(const struct labels *labels, bool is_sheet, json_t *array)
{
    char created[QUANTITY_TEXT_MAX];
    int64_t now = 0;
    uint8_t quality;
    if (client_now(labels->context->client, &now, &quality) != CUSTODY_OK)
        now = 0;
    quantity_write_rfc3339(now, created);
    return json_pack("{s:s, s:s, s:s, s:b, s:O}", "kind", "labels", "title", "标签 labels",
                     "created", created, "is_sheet", is_sheet, "labels", array);
}

static int run(struct labels *labels, struct arguments *arguments)
{
    struct command_context *context = labels->context;
    const char *path = arguments_take(arguments, "o"), *roll = arguments_take(arguments, "roll");
    bool is_sheet = arguments_take_flag(arguments, "sheet");
    path = path == NULL ? "label.pdf" : path;
    int code = take_options(labels, arguments);
    if (code != 0)
        return code;
    if (!paper_is_name(path))
        return command_usage(context, "o", "a file that ends in .pdf or .png", path);
    read_kept(labels);
    keep(labels, "unit", json_string_value(json_object_get(labels->given, "unit")));
    keep(labels, "contact", json_string_value(json_object_get(labels->given, "contact")));
    json_t *array = json_array();
    if (roll == NULL)
        code = add_words(labels, arguments, array);
    if (code == 0 && !command_check_used(context, arguments))
        code = COMMAND_EXIT_USAGE;
    if (code == 0 && roll != NULL)
        code = add_roll(labels, roll, array);
    if (code == 0 && json_array_size(array) == 0)
        code = command_usage(context, "label", "the code of a container, or --roll N", "nothing");
    if (code == 0)
        code = paper_write(context, make_document(labels, is_sheet, array), path);
    json_decref(array);
    return code;
}

int label_command(struct command_context *context, struct arguments *arguments)
{
    struct labels labels = {.context = context};
    if (context->options.timeout_ms == 0)
        context->options.timeout_ms = LABEL_WAIT_MS;
    if (!command_open(context))
        return command_fail(context);
    int code = run(&labels, arguments);
    json_decref(labels.kept);
    json_decref(labels.given);
    return code;
}
