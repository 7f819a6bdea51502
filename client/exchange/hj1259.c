/* hj1259.c: the ledger tables of HJ 1259-2022, appendix B, out of what was stated.
 * Never judges. */
#include "client/exchange/hj1259.h"

#include <stdlib.h>
#include <string.h>

#include "client/lib/quantity.h"
#include "client/exchange/columns.h"

enum { BATCH_MAX = 48, NAME_MAX_LEN = 256 };

/* Which table an act makes rows of. A load makes two: it leaves the store, and it leaves the plant. */
static const struct {
    const char *act, *prefix;
    int table;
} acts[] = {
    {"pack", "HWCS", 1}, {"store", "HWRK", 2}, {"load", "HWCK", 3},
    {"feed", "HWZX", 4}, {"load", "HWWW", 5},
};

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value == NULL ? "" : value;
}

bool hj1259_init(
    struct hj1259 *tables, const char *party, int table, int64_t from_us, int64_t until_us)
{
    *tables =
        (struct hj1259){.party = party, .table = table, .from_us = from_us, .until_us = until_us};
    tables->containers = json_object();
    tables->plans = json_object();
    tables->trips = json_object();
    tables->batches = json_object();
    tables->days = json_object();
    tables->rows = json_array();
    return tables->containers != NULL && tables->plans != NULL && tables->trips != NULL &&
           tables->batches != NULL && tables->days != NULL && tables->rows != NULL;
}

void hj1259_done(struct hj1259 *tables)
{
    json_decref(tables->containers);
    json_decref(tables->plans);
    json_decref(tables->trips);
    json_decref(tables->batches);
    json_decref(tables->days);
    json_decref(tables->rows);
    memset(tables, 0, sizeof(*tables));
}

/* ---- batches ---- */

/* R methods and building material are recovery, all else disposal. */
static const char *way_of(const char *method)
{
    return method[0] == 'R' || strcmp(method, "C2") == 0 ? "LY" : "CZ";
}

static void
give_batch(struct hj1259 *tables, const char *prefix, int64_t at_us, char ret[static BATCH_MAX])
{
    char civil[QUANTITY_TEXT_MAX], day[BATCH_MAX];
    quantity_write_civil(at_us, QUANTITY_CIVIL_MINUTES, civil);
    snprintf(day, sizeof(day), "%.8s%.4s%.2s%.2s", prefix, civil, civil + 5, civil + 8);
    json_int_t serial = json_integer_value(json_object_get(tables->days, day)) + 1;
    json_object_set_new(tables->days, day, json_integer(serial));
    snprintf(ret, BATCH_MAX, "%.24s%03lld", day, (long long)serial);
}

/* ---- one container in one statement ---- */

static bool is_in_period(const struct hj1259 *tables, int64_t at_us)
{
    return (tables->from_us == 0 || at_us >= tables->from_us) &&
           (tables->until_us == 0 || at_us < tables->until_us);
}

/* A place as the body has it: party empty is the author's own. */
static bool is_own_place(const struct hj1259 *tables, const json_t *place)
{
    const char *party = text(place, "party");
    return party[0] == '\0' || strcmp(party, tables->party) == 0;
}

static json_t *container_of(struct hj1259 *tables, const json_t *item)
{
    const char *code = json_is_string(item) ? json_string_value(item) : text(item, "code");
    json_t *container = json_object_get(tables->containers, code);
    if (container == NULL) {
        container = json_pack("{s:s}", "code", code);
        json_object_set_new(tables->containers, code, container);
    }
    return container;
}

/* A code may be used again: what is packed is another container from then on. */
static json_t *pack_container(struct hj1259 *tables, const json_t *item, const char *id)
{
    json_t *container =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "code", text(item, "code"), "packed_by", id,
                  "waste_code", text(item, "waste_code"), "package", text(item, "package"), "ward",
                  text(item, "ward"), "mass", json_integer_value(json_object_get(item, "mass_g")));
    if (container == NULL ||
        json_object_set_new(tables->containers, text(item, "code"), container) != 0)
        return NULL;
    return container;
}

static bool add_row(struct hj1259 *tables,
                    const struct hj1259_fact *fact,
                    int table,
                    const char *batch,
                    const json_t *item,
                    json_t *container)
{
    static const char *const batch_names[] = {"", "produced", "stored", "out", "treated", "given"};
    const json_t *mass = json_object_get(item, "mass_g");
    bool is_well = json_object_set_new(container, batch_names[table], json_string(batch)) == 0;
    if (!is_well || table != tables->table || !is_in_period(tables, fact->at_us))
        return is_well;
    json_t *row = json_pack("{s:s, s:s, s:I, s:O, s:o}", "statement", fact->id, "batch", batch,
                            "at", (json_int_t)fact->at_us, "container", container, "before",
                            json_pack("[s, s, s]", text(container, "produced"),
                                      text(container, "stored"), text(container, "out")));
    if (row != NULL && json_integer_value(mass) > 0)
        json_object_set_new(row, "mass", json_integer(json_integer_value(mass)));
    const json_t *place = json_object_get(fact->body, "place");
    json_object_set_new(
        row, "place",
        json_string(json_is_string(place) ? json_string_value(place) : text(place, "code")));
    json_object_set_new(row, "fed", json_string(text(fact->body, "batch")));
    json_object_set_new(row, "line", json_string(text(fact->body, "line")));
    json_object_set_new(row, "manifest", json_string(text(fact->body, "manifest")));
    json_object_set_new(row, "trip", json_string(text(fact->body, "trip")));
    return row != NULL && json_array_append_new(tables->rows, row) == 0;
}

static const json_t *plan_of(const struct hj1259 *tables, const json_t *row)
{
    const json_t *plan = json_object_get(tables->plans, text(row, "manifest"));
    return plan != NULL ? plan : json_object_get(tables->trips, text(row, "trip"));
}

static bool take_containers(struct hj1259 *tables, const struct hj1259_fact *fact, size_t kind)
{
    char batch[BATCH_MAX], prefix[BATCH_MAX];
    size_t index;
    json_t *item;
    const json_t *plan = plan_of(tables, fact->body);
    bool is_given = acts[kind].table == 5;
    snprintf(prefix, sizeof(prefix), "%s%s", acts[kind].prefix,
             is_given ? way_of(text(plan, "method")) : "");
    const json_t *items = json_object_get(fact->body, "containers");
    if (json_array_size(items) == 0)
        return true;
    give_batch(tables, prefix, fact->at_us, batch);
    json_array_foreach(items, index, item)
    {
        json_t *container = acts[kind].table == 1 ? pack_container(tables, item, fact->id)
                                                  : container_of(tables, item);
        if (container == NULL || !add_row(tables, fact, acts[kind].table, batch, item, container))
            return false;
    }
    return true;
}

/* ---- corrections ---- */

static void amend(struct hj1259 *tables, const char *target, const json_t *changed)
{
    size_t index;
    json_t *row;
    const char *code = text(changed, "code");
    json_t *container = json_object_get(tables->containers, code);
    const json_t *mass = json_object_get(changed, "mass_g");
    bool is_packing = strcmp(text(container, "packed_by"), target) == 0;
    static const char *const names[] = {"package", "ward"};
    for (size_t i = 0; is_packing && i < 2; i++)
        if (json_object_get(changed, names[i]) != NULL)
            json_object_set(container, names[i], json_object_get(changed, names[i]));
    if (mass != NULL && is_packing)
        json_object_set_new(container, "mass", json_integer(json_integer_value(mass)));
    json_array_foreach(tables->rows, index, row)
    {
        const json_t *own = json_object_get(row, "container");
        if (mass != NULL && strcmp(text(row, "statement"), target) == 0 &&
            strcmp(text(own, "code"), code) == 0)
            json_object_set_new(row, "mass", json_integer(json_integer_value(mass)));
    }
}

static void withdraw(struct hj1259 *tables, const char *target)
{
    for (size_t i = json_array_size(tables->rows); i-- > 0;)
        if (strcmp(text(json_array_get(tables->rows, i), "statement"), target) == 0)
            json_array_remove(tables->rows, i);
}

static void take_correction(struct hj1259 *tables, const struct hj1259_fact *fact)
{
    const char *target = text(json_object_get(fact->body, "target"), "id");
    size_t index;
    json_t *changed;
    if (strcmp(fact->act, "withdraw") == 0)
        withdraw(tables, target);
    json_array_foreach(json_object_get(fact->body, "containers"), index, changed)
    {
        amend(tables, target, changed);
    }
}

/* ---- facts ---- */

static bool take_reference(struct hj1259 *tables, const struct hj1259_fact *fact)
{
    const json_t *plan = json_object_get(fact->body, "plan");
    if (json_is_object(plan))
        return json_object_set_new(tables->plans, fact->id,
                                   json_pack("{s:s, s:s}", "receiver", text(plan, "receiver"),
                                             "method", text(plan, "method"))) == 0;
    if (strcmp(fact->act, "depart") == 0)
        return json_object_set_new(tables->trips, fact->id,
                                   json_pack("{s:s}", "receiver", text(fact->body, "receiver"))) ==
               0;
    if (strcmp(fact->act, "yield") == 0 && fact->is_own)
        return json_object_set_new(tables->batches, text(fact->body, "batch"),
                                   json_pack("{s:s, s:I}", "method", text(fact->body, "method"),
                                             "at", (json_int_t)fact->at_us)) == 0;
    return true;
}

bool hj1259_take(struct hj1259 *tables, const struct hj1259_fact *fact)
{
    const json_t *place = json_object_get(fact->body, "place");
    bool is_correction = strcmp(fact->act, "amend") == 0 || strcmp(fact->act, "withdraw") == 0;
    if (is_correction)
        take_correction(tables, fact);
    if (!take_reference(tables, fact))
        return false;
    if (strcmp(text(fact->body, "generator"), tables->party) != 0)
        return true;
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        if (strcmp(acts[i].act, fact->act) != 0)
            continue;
        /* What others store or treat of it is in their ledgers. */
        bool is_others = (acts[i].table == 2 && !(fact->is_own && is_own_place(tables, place))) ||
                         (acts[i].table == 4 && !fact->is_own);
        if (!is_others && !take_containers(tables, fact, i))
            return false;
    }
    return true;
}

/* ---- rows ---- */

#define NAMES  "行业俗称/单位内部名称", "国家危险废物名录名称", "废物类别", "废物代码"
#define VESSEL "容器/包装编码", "容器/包装类型", "容器/包装数量"

static const char *const heads[HJ1259_TABLES][HJ1259_COLUMNS_MAX] = {
    {"序号", "产生批次编码", "产生时间", NAMES, "产生量", "计量单位", VESSEL,
     "产生危险废物设施编码", "产生部门经办人", "去向", NULL},
    {"序号", "入库批次编码", "入库时间", VESSEL, NAMES, "入库量", "计量单位", "贮存设施编码",
     "贮存设施类型", "运送部门经办人", "贮存部门经办人", "产生批次编码", NULL},
    {"序号", "出库批次编码", "出库时间", VESSEL, NAMES, "出库量", "计量单位", "贮存设施编码",
     "贮存设施类型", "出库部门经办人", "运送部门经办人", "入库批次编码", "去向", NULL},
    {"序号", "自行利用/处置批次编码", "自行利用/处置时间", VESSEL, NAMES, "自行利用/处置量",
     "计量单位", "自行利用/处置设施编码", "自行利用/处置方式", "自行利用/处置完毕时间",
     "自行利用/处置部门经办人", "产生批次编码/出库批次编码", NULL},
    {"序号", "委外利用/处置批次编码", "出厂时间", VESSEL, NAMES, "委外利用/处置量", "计量单位",
     "利用/处置方式", "接收单位类型", "接收单位名称", "危险废物经营许可证编码",
     "产生批次编码/出库批次编码", NULL},
};

const char *const *hj1259_heads(int table)
{
    return heads[table - 1];
}

size_t hj1259_count(const struct hj1259 *tables)
{
    return json_array_size(tables->rows);
}

const char *hj1259_receiver(const struct hj1259 *tables, size_t row)
{
    return text(plan_of(tables, json_array_get(tables->rows, row)), "receiver");
}

struct cells {
    size_t count;
    const char *all[HJ1259_COLUMNS_MAX];
    char memory[HJ1259_COLUMNS_MAX][NAME_MAX_LEN];
};

static void add(struct cells *cells, const char *value)
{
    snprintf(cells->memory[cells->count], NAME_MAX_LEN, "%s", value);
    cells->all[cells->count] = cells->memory[cells->count];
    cells->count++;
}

static void add_time(struct cells *cells, json_int_t at_us)
{
    char civil[QUANTITY_TEXT_MAX] = "";
    if (at_us != 0)
        quantity_write_civil(at_us, QUANTITY_CIVIL_MINUTES, civil);
    add(cells, civil);
}

static void add_vessel(struct cells *cells, const json_t *container)
{
    add(cells, text(container, "code"));
    add(cells, columns_word(text(container, "package")));
    add(cells, "1");
}

/* 900-214-08 is of HW08. */
static void add_waste(struct cells *cells, const json_t *container)
{
    const char *code = text(container, "waste_code");
    char category[8] = "";
    if (strlen(code) >= 2)
        snprintf(category, sizeof(category), "HW%.2s", code + strlen(code) - 2);
    add(cells, "");
    add(cells, "");
    add(cells, category);
    add(cells, code);
}

static void add_amount(struct cells *cells, const json_t *row)
{
    const json_t *mass = json_object_get(row, "mass");
    char amount[NAME_MAX_LEN];
    if (mass == NULL)
        mass = json_object_get(json_object_get(row, "container"), "mass");
    json_int_t grams = json_integer_value(mass);
    snprintf(amount, sizeof(amount), "%lld.%06lld", (long long)(grams / 1000000),
             (long long)(grams % 1000000));
    add(cells, amount);
    add(cells, "吨");
}

/* The last of the batches that it came from before. */
static const char *batch_before(const json_t *row, size_t newest)
{
    for (size_t i = newest + 1; i-- > 0;) {
        const char *batch = json_string_value(json_array_get(json_object_get(row, "before"), i));
        if (batch != NULL && batch[0] != '\0')
            return batch;
    }
    return "";
}

/* Whether it was recovery or disposal is known when the batch that it was fed to has yielded. */
static void add_batch(struct cells *cells, const struct hj1259 *tables, const json_t *row)
{
    char batch[BATCH_MAX];
    const char *given = text(row, "batch");
    const json_t *fed = json_object_get(tables->batches, text(row, "fed"));
    if (tables->table != 4) {
        add(cells, given);
        return;
    }
    snprintf(batch, sizeof(batch), "HWZX%s%.30s", way_of(text(fed, "method")), given + 4);
    add(cells, batch);
}

static void
add_rest(struct cells *cells, const struct hj1259 *tables, const json_t *row, const json_t *names)
{
    const json_t *container = json_object_get(row, "container");
    const json_t *plan = plan_of(tables, row);
    const json_t *name = json_object_get(names, text(plan, "receiver"));
    const json_t *fed = json_object_get(tables->batches, text(row, "fed"));
    switch (tables->table) {
    case 1:
        add(cells, text(container, "ward"));
        add(cells, "");
        add(cells, "贮存");
        break;
    case 2:
        add(cells, text(row, "place"));
        for (size_t i = 0; i < 3; i++)
            add(cells, "");
        add(cells, batch_before(row, 0));
        break;
    case 3:
        for (size_t i = 0; i < 4; i++)
            add(cells, "");
        add(cells, json_string_value(json_array_get(json_object_get(row, "before"), 1)));
        add(cells, "委外");
        break;
    case 4:
        add(cells, text(row, "line"));
        add(cells, text(fed, "method"));
        add_time(cells, json_integer_value(json_object_get(fed, "at")));
        add(cells, "");
        add(cells, batch_before(row, 2));
        break;
    case 5:
        add(cells, text(plan, "method"));
        add(cells, text(name, "permit")[0] == '\0' ? "" : "许可证持有单位");
        add(cells, name == NULL ? text(plan, "receiver") : text(name, "name"));
        add(cells, text(name, "permit"));
        add(cells, batch_before(row, 2));
        break;
    }
}

void hj1259_write(const struct hj1259 *tables,
                  const json_t *names,
                  hj1259_write_row *write,
                  void *context)
{
    size_t index;
    json_t *row;
    json_array_foreach(tables->rows, index, row)
    {
        struct cells cells = {0};
        char number[24];
        const json_t *container = json_object_get(row, "container");
        snprintf(number, sizeof(number), "%zu", index + 1);
        add(&cells, number);
        add_batch(&cells, tables, row);
        add_time(&cells, json_integer_value(json_object_get(row, "at")));
        if (tables->table == 1) {
            add_waste(&cells, container);
            add_amount(&cells, row);
            add_vessel(&cells, container);
        } else {
            add_vessel(&cells, container);
            add_waste(&cells, container);
            add_amount(&cells, row);
        }
        add_rest(&cells, tables, row, names);
        write(context, cells.all, cells.count);
    }
}
