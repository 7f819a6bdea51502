/* national.c: manifests in the order of the national form, and what comes back of them.
 * Never fills in what the ledger does not know. */
#include "client/exchange/national.h"

#include <stdio.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/digest.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/exchange/columns.h"

enum { NUMBER_LEN = 14 };

static const char *const heads[NATIONAL_COLUMNS] = {
    "联单编号",       NATIONAL_NUMBER,  NATIONAL_PROVINCIAL, "管理计划备案编号", "跨省批准文号",
    "联单类型",       "联单状态",       "移出人代码",        "移出人单位名称",   "移出地行政区划",
    "交付时间",       "序号",           "废物代码",          "废物类别",         "形态",
    "包装方式",       "包装数量",       "移出量(吨)",        "承运人代码",       "承运人单位名称",
    "运输工具",       "牌号",           "运输起点",          "实际起运时间",     "运输终点",
    "实际到达时间",   "接受人代码",     "接受人单位名称",    "接受时间",         "是否存在重大差异",
    "接受人处理意见", "拟利用处置方式", "接受量(吨)",        "确认时间",         NATIONAL_MANIFEST,
    NATIONAL_STATE,
};

const char *const *national_heads(void)
{
    return heads;
}

/* ---- rows ---- */

struct cells {
    size_t count;
    char memory[NATIONAL_COLUMNS][NATIONAL_CELL_MAX];
    const char *all[NATIONAL_COLUMNS];
};

static char *next(struct cells *cells)
{
    char *cell = cells->memory[cells->count];
    cell[0] = '\0';
    cells->all[cells->count++] = cell;
    return cell;
}

static void add(struct cells *cells, const char *text)
{
    snprintf(next(cells), NATIONAL_CELL_MAX, "%s", text);
}

static void add_time(struct cells *cells, int64_t us)
{
    char *cell = next(cells);
    if (us != 0)
        quantity_write_civil(us, QUANTITY_CIVIL_MINUTES, cell);
}

static void add_tonnes(struct cells *cells, uint64_t grams)
{
    snprintf(next(cells), NATIONAL_CELL_MAX, "%llu.%06llu", (unsigned long long)(grams / 1000000),
             (unsigned long long)(grams % 1000000));
}

static void add_word(struct cells *cells, const ProtobufCEnumDescriptor *descriptor, int value)
{
    char name[REFLECT_NAME_MAX];
    char *cell = next(cells);
    if (value == 0)
        return;
    reflect_write_enum(descriptor, value, name);
    snprintf(cell, NATIONAL_CELL_MAX, "%s", columns_word(name));
}

/* One text of each leg. */
typedef void leg_text(const Custody__V1__ManifestLegView *leg, char ret[static QUANTITY_TEXT_MAX]);

static void write_mode(const Custody__V1__ManifestLegView *leg, char ret[static QUANTITY_TEXT_MAX])
{
    char name[REFLECT_NAME_MAX];
    reflect_write_enum(&custody__v1__transport_mode__descriptor, (int)leg->mode, name);
    snprintf(ret, QUANTITY_TEXT_MAX, "%.40s", leg->mode == 0 ? "公路" : columns_word(name));
}

static void write_start(const Custody__V1__ManifestLegView *leg, char ret[static QUANTITY_TEXT_MAX])
{
    if (leg->loaded_at != 0)
        quantity_write_civil(leg->loaded_at, QUANTITY_CIVIL_MINUTES, ret);
}

static void write_end(const Custody__V1__ManifestLegView *leg, char ret[static QUANTITY_TEXT_MAX])
{
    if (leg->handed_at != 0)
        quantity_write_civil(leg->handed_at, QUANTITY_CIVIL_MINUTES, ret);
}

static void
add_legs(struct cells *cells, const Custody__V1__ManifestView *manifest, leg_text *write)
{
    char *cell = next(cells);
    size_t len = 0;
    for (size_t i = 0; i < manifest->n_legs && len < NATIONAL_CELL_MAX - QUANTITY_TEXT_MAX; i++) {
        char text[QUANTITY_TEXT_MAX] = "";
        write(manifest->legs[i], text);
        len +=
            (size_t)snprintf(cell + len, NATIONAL_CELL_MAX - len, "%s%s", i > 0 ? ";" : "", text);
    }
}

/* A text of the leg itself, by its place in the message. */
static void add_leg_texts(struct cells *cells,
                          const Custody__V1__ManifestView *manifest,
                          const char *(*text_of)(const Custody__V1__ManifestLegView *))
{
    char *cell = next(cells);
    size_t len = 0;
    for (size_t i = 0; i < manifest->n_legs && len < NATIONAL_CELL_MAX - 1; i++)
        len += (size_t)snprintf(cell + len, NATIONAL_CELL_MAX - len, "%s%s", i > 0 ? ";" : "",
                                text_of(manifest->legs[i]));
}

static const char *carrier_of(const Custody__V1__ManifestLegView *leg)
{
    return leg->carrier;
}

static const char *carrier_name_of(const Custody__V1__ManifestLegView *leg)
{
    return leg->carrier_name;
}

static const char *vehicle_of(const Custody__V1__ManifestLegView *leg)
{
    return leg->vehicle[0] != '\0' ? leg->vehicle : leg->planned_vehicle;
}

static const char *from_of(const Custody__V1__ManifestLegView *leg)
{
    return leg->from_division;
}

static const char *to_of(const Custody__V1__ManifestLegView *leg)
{
    return leg->to_division;
}

static void add_head(struct cells *cells, const Custody__V1__ManifestView *manifest)
{
    add(cells, manifest->number);
    add(cells, manifest->national_number);
    add(cells, manifest->provincial_number);
    add(cells, manifest->plan);
    add(cells, manifest->approval);
    add_word(cells, &custody__v1__manifest_type__descriptor, (int)manifest->type);
    add(cells, manifest->state);
    add(cells, manifest->generator);
    add(cells, manifest->generator_name);
    add(cells, manifest->division);
    add_time(cells, manifest->loaded_at);
}

static void add_line(struct cells *cells, const Custody__V1__ManifestLine *line, size_t number)
{
    size_t len = strlen(line->waste_code);
    snprintf(next(cells), NATIONAL_CELL_MAX, "%zu", number);
    add(cells, line->waste_code);
    snprintf(next(cells), NATIONAL_CELL_MAX, "%s%s", len < 2 ? "" : "HW",
             len < 2 ? "" : line->waste_code + len - 2);
    add_word(cells, &custody__v1__physical_form__descriptor, (int)line->form);
    add_word(cells, &custody__v1__package_kind__descriptor, (int)line->package);
    snprintf(next(cells), NATIONAL_CELL_MAX, "%u", (unsigned)line->planned_pieces);
}

static void add_transport(struct cells *cells, const Custody__V1__ManifestView *manifest)
{
    add_leg_texts(cells, manifest, carrier_of);
    add_leg_texts(cells, manifest, carrier_name_of);
    add_legs(cells, manifest, write_mode);
    add_leg_texts(cells, manifest, vehicle_of);
    add_leg_texts(cells, manifest, from_of);
    add_legs(cells, manifest, write_start);
    add_leg_texts(cells, manifest, to_of);
    add_legs(cells, manifest, write_end);
}

static void
add_receipt(struct cells *cells, const Custody__V1__ManifestView *manifest, size_t number)
{
    char id[2 * DIGEST_SIZE + 1] = "";
    const Custody__V1__ConfirmedLine *confirmed = NULL;
    for (size_t i = 0; i < manifest->n_confirmed; i++)
        if (manifest->confirmed[i]->line == number)
            confirmed = manifest->confirmed[i];
    add(cells, manifest->receiver);
    add(cells, manifest->receiver_name);
    add_time(cells, manifest->delivered_at);
    add(cells, confirmed == NULL ? "" : confirmed->material_difference ? "是" : "否");
    add_word(cells, &custody__v1__verdict__descriptor,
             confirmed == NULL ? 0 : (int)confirmed->verdict);
    add(cells, manifest->method[0] != '\0' ? manifest->method : manifest->planned_method);
    if (confirmed == NULL)
        add(cells, "");
    else
        add_tonnes(cells, confirmed->accepted_mass_g);
    add_time(cells, manifest->confirmed_at);
    if (manifest->manifest.len == DIGEST_SIZE)
        bytes_write_hex(span_of(manifest->manifest.data, DIGEST_SIZE), id);
    add(cells, id);
    add(cells, manifest->reported ? "已上报" : "");
}

void national_write(const Custody__V1__ManifestView *manifest,
                    national_write_row *write,
                    void *context)
{
    for (size_t i = 0; i < manifest->n_lines; i++) {
        struct cells cells;
        /* Of one line the whole load is known; of several the plan of each. */
        uint64_t moved = manifest->n_lines == 1 && manifest->loaded_g > 0
                             ? manifest->loaded_g
                             : manifest->lines[i]->planned_mass_g;
        cells.count = 0;
        add_head(&cells, manifest);
        add_line(&cells, manifest->lines[i], i + 1);
        add_tonnes(&cells, moved);
        add_transport(&cells, manifest);
        add_receipt(&cells, manifest, i + 1);
        write(context, cells.all, cells.count);
    }
}

/* ---- back ---- */

static const char *state_of(const char *text)
{
    static const char *const words[][2] = {
        {"已上报", "reported"},        {"reported", "reported"},
        {"已接受", "report_accepted"}, {"accepted", "report_accepted"},
        {"已退回", "report_rejected"}, {"rejected", "report_rejected"},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i][0], text) == 0)
            return words[i][1];
    return NULL;
}

static bool is_number(const char *text)
{
    return strlen(text) == NUMBER_LEN && strspn(text, "0123456789") == NUMBER_LEN;
}

json_t *national_number(const char *manifest,
                        const char *national,
                        const char *provincial,
                        const char *state,
                        const char **ret_fault,
                        const char **ret_expected)
{
    uint8_t id[DIGEST_SIZE];
    *ret_fault = NULL;
    if (national[0] == '\0' && provincial[0] == '\0' && state[0] == '\0')
        return NULL;
    if (!bytes_parse_hex(span_text(manifest), id, DIGEST_SIZE)) {
        *ret_fault = NATIONAL_MANIFEST;
        *ret_expected = "the 64 hex digits that custody export national wrote";
    } else if (national[0] != '\0' && !is_number(national)) {
        *ret_fault = NATIONAL_NUMBER;
        *ret_expected = "14 digits";
    } else if (state[0] != '\0' && state_of(state) == NULL) {
        *ret_fault = NATIONAL_STATE;
        *ret_expected = "已上报 reported, 已接受 accepted or 已退回 rejected";
    }
    if (*ret_fault != NULL)
        return NULL;
    json_t *body = json_pack("{s:s}", "manifest", manifest);
    if (national[0] != '\0')
        json_object_set_new(body, "national_number", json_string(national));
    if (provincial[0] != '\0')
        json_object_set_new(body, "provincial_number", json_string(provincial));
    /* A number that came back says that it was reported. */
    const char *word = state[0] != '\0' ? state_of(state) : "reported";
    json_object_set_new(body, "state", json_string(word));
    return body;
}
