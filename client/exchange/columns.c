/* columns.c: an act's message as the columns of a table.
 * Never guesses. */
#include "client/exchange/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/convert.h"
#include "client/lib/reflect.h"

struct word {
    const char *chinese, *english;
};

/* Of several Chinese words for one column the first is the one that is written. */
static const struct word heads[] = {
    {"事项", "act"},
    {"环节", "act"},
    {"发生时间", "occurred_at"},
    {"时间", "occurred_at"},
    {"产生时间", "occurred_at"},
    {"入库时间", "occurred_at"},
    {"出库时间", "occurred_at"},
    {"流水号", "ref"},
    {"账目", "entry"},
    {"入账时间", "recorded_at"},
    {"结果", "outcome"},
    {"记录", "statement"},
    {"序号", "row"},
    {"产生单位", "generator"},
    {"移出人", "generator"},
    {"贮存设施编码", "place"},
    {"地点", "place"},
    {"容器编码", "code"},
    {"标签号", "code"},
    {"袋号", "code"},
    {"编码", "code"},
    {"废物代码", "waste_code"},
    {"代码", "waste_code"},
    {"重量", "mass"},
    {"产生量", "mass"},
    {"入库量", "mass"},
    {"出库量", "mass"},
    {"重量来源", "mass_source"},
    {"容器类型", "package"},
    {"包装", "package"},
    {"包装方式", "package"},
    {"科室", "ward"},
    {"产生科室", "ward"},
    {"产生部门", "ward"},
    {"涉疫", "epidemic"},
    {"温度", "temperature"},
    {"周转箱", "boxes"},
    {"车次", "trip"},
    {"运次", "trip"},
    {"联单", "manifest"},
    {"联单标识", "manifest"},
    {"停靠点", "stop"},
    {"处理意见", "verdict"},
    {"接受人处理意见", "verdict"},
    {"原因", "reason"},
    {"批次", "batch"},
    {"行号", "line"},
    {"单位", "party"},
    {"单位编码", "party"},
    {"统一社会信用代码", "party"},
    {"单位类型", "kinds"},
    {"行政区划", "division"},
    {"行政区划代码", "division"},
    {"名称", "name"},
    {"单位名称", "name"},
    {"床位数", "beds"},
    {"机构类型", "site"},
    {"上级单位", "parent"},
    {"行业代码", "sector"},
    {"接受人", "receiver"},
    {"接收单位", "receiver"},
    {"处置单位", "receiver"},
    {"承运人", "carrier"},
    {"运输单位", "carrier"},
    {"车辆", "vehicle"},
    {"车牌", "vehicle"},
    {"移出量", "planned_mass"},
    {"计划量", "planned_mass"},
    {"包装数量", "planned_pieces"},
    {"形态", "form"},
    {"废物形态", "form"},
    {"利用处置方式", "method"},
    {"拟利用处置方式", "method"},
    {"处置方式", "method"},
    {"管理计划备案编号", "plan"},
    {"跨省批准文号", "approval"},
    {"国家联单编号", "national_number"},
    {"省联单编号", "provincial_number"},
    {"状态", "state"},
    {"许可证编号", "number"},
    {"接受量", "accepted_mass"},
    {"旧编码", "old_code"},
    {"新编码", "new_code"},
    {"消毒剂", "agent"},
    {"容量", "capacity"},
};

/* Words of enums; one counts where the enum at hand has such a value. */
static const struct word values[] = {
    {"袋", "bag"},
    {"双层袋", "double_bag"},
    {"利器盒", "sharps_box"},
    {"桶", "drum"},
    {"罐", "tank"},
    {"箱", "box"},
    {"其他", "other"},
    {"称重", "weighed"},
    {"录入", "typed"},
    {"估算", "estimated"},
    {"固态", "solid"},
    {"半固态", "semi_solid"},
    {"液态", "liquid"},
    {"气态", "gas"},
    {"接受", "accepted"},
    {"拒收", "rejected"},
    {"缺失", "missing"},
    {"产废单位", "generator"},
    {"运输单位", "carrier"},
    {"处置单位", "facility"},
    {"医院", "hospital"},
    {"卫生院", "township_centre"},
    {"村卫生室", "village_clinic"},
    {"公路", "road"},
    {"铁路", "rail"},
    {"船舶", "ship"},
    {"管道", "pipe"},
    {"航空", "air"},
    {"正常", "normal"},
    {"补录", "back_entry"},
    {"应急", "emergency"},
    {"跨省", "cross_province"},
    {"已上报", "reported"},
    {"已接受", "report_accepted"},
    {"已退回", "report_rejected"},
};

enum {
    HEADS = sizeof(heads) / sizeof(heads[0]),
    VALUES = sizeof(values) / sizeof(values[0]),
};

static const char *find_english(const struct word *words, size_t count, const char *chinese)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i].chinese, chinese) == 0)
            return words[i].english;
    return NULL;
}

const char *columns_chinese(const char *name)
{
    for (size_t i = 0; i < HEADS; i++)
        if (strcmp(heads[i].english, name) == 0)
            return heads[i].chinese;
    return NULL;
}

const char *columns_word(const char *value)
{
    for (size_t i = 0; i < VALUES; i++)
        if (strcmp(values[i].english, value) == 0)
            return values[i].chinese;
    return value;
}

/* ---- the columns of a message ---- */

static bool is_repeated(const ProtobufCFieldDescriptor *field)
{
    return field->label == PROTOBUF_C_LABEL_REPEATED;
}

/* A message that is not one short text. */
static bool is_open(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE && !reflect_has_short_form(field->descriptor);
}

/* The list whose elements are rows. */
static bool is_item_list(const ProtobufCFieldDescriptor *field)
{
    return is_repeated(field) && (is_open(field) || field->type == PROTOBUF_C_TYPE_STRING) &&
           (strcmp(field->name, "containers") == 0 || strcmp(field->name, "lines") == 0);
}

static bool is_taken(const struct columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcmp(columns->all[i].name, name) == 0)
            return true;
    return false;
}

/* A name that another column has is written with its parent. */
static struct column *add(struct columns *columns,
                          const ProtobufCFieldDescriptor *field,
                          bool is_item,
                          const ProtobufCFieldDescriptor *const *way,
                          const char *key)
{
    struct column *column = &columns->all[columns->count];
    const char *name = key[0] == '\0' ? "code" : key, *parent = NULL;
    if (columns->count == COLUMNS_MAX)
        return NULL;
    *column = (struct column){
        .is_item = is_item, .is_list = key[0] != '\0' && is_repeated(field), .field = field};
    for (size_t i = 0; i + 1 < COLUMNS_WAY_MAX && way[i] != NULL; i++) {
        column->way[i] = way[i];
        parent = way[i]->name;
    }
    if (parent != NULL && is_taken(columns, name))
        snprintf(column->name, sizeof(column->name), "%s.%s", parent, name);
    else
        snprintf(column->name, sizeof(column->name), "%s", name);
    snprintf(column->key, sizeof(column->key), "%s", key);
    columns->count++;
    return column;
}

/* The text that a digest is of, where the act takes one. */
static void add_text(struct columns *columns,
                     const ProtobufCMessageDescriptor *descriptor,
                     const ProtobufCFieldDescriptor *field)
{
    static const ProtobufCFieldDescriptor *const none[] = {NULL};
    char name[COLUMNS_NAME_MAX];
    snprintf(name, sizeof(name), "%s", field->name);
    char *end = strstr(name, "_digest");
    if (field->type != PROTOBUF_C_TYPE_BYTES || end == NULL || strcmp(end, "_digest") != 0)
        return;
    *end = '\0';
    if (convert_digest_field(descriptor, name) == NULL)
        return;
    struct column *column = add(columns, field, false, none, name);
    if (column != NULL)
        column->is_text = true;
}

/* The plain fields of one message. */
static void add_plain(struct columns *columns,
                      const ProtobufCMessageDescriptor *descriptor,
                      bool is_item,
                      const ProtobufCFieldDescriptor *const *way)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (is_open(field) || is_item_list(field))
            continue;
        add(columns, field, is_item, way, field->name);
        if (!is_item && way[0] == NULL)
            add_text(columns, descriptor, field);
    }
}

/* The plain fields of the messages within; `outer`, which may be NULL, is on the way to them. */
static void add_inner(struct columns *columns,
                      const ProtobufCMessageDescriptor *descriptor,
                      bool is_item,
                      const ProtobufCFieldDescriptor *outer)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        const ProtobufCFieldDescriptor *way[] = {outer == NULL ? field : outer,
                                                 outer == NULL ? NULL : field, NULL};
        if (is_open(field) && !is_item_list(field))
            add_plain(columns, field->descriptor, is_item, way);
    }
}

static const ProtobufCFieldDescriptor *find_list(const ProtobufCMessageDescriptor *descriptor)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        if (is_item_list(&descriptor->fields[i]))
            return &descriptor->fields[i];
    return NULL;
}

static void add_items(struct columns *columns, const ProtobufCFieldDescriptor *list)
{
    static const ProtobufCFieldDescriptor *const none[] = {NULL};
    if (list->type == PROTOBUF_C_TYPE_STRING) {
        add(columns, list, true, none, "");
        return;
    }
    add_plain(columns, list->descriptor, true, none);
    add_inner(columns, list->descriptor, true, NULL);
}

void columns_of(const ProtobufCMessageDescriptor *descriptor, struct columns *ret)
{
    static const ProtobufCFieldDescriptor *const none[] = {NULL};
    memset(ret, 0, sizeof(*ret));
    const ProtobufCFieldDescriptor *list = find_list(descriptor);
    add_plain(ret, descriptor, false, none);
    if (list != NULL) {
        ret->items[0] = list->name;
        add_items(ret, list);
    }
    add_inner(ret, descriptor, false, NULL);
    /* A manifest's lines lie in its plan. */
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (!is_open(field) || is_repeated(field))
            continue;
        list = ret->items[0] == NULL ? find_list(field->descriptor) : NULL;
        if (list != NULL) {
            ret->items[0] = field->name;
            ret->items[1] = list->name;
            add_items(ret, list);
        }
        add_inner(ret, field->descriptor, false, field);
    }
}

/* ---- headers ---- */

static const char *const unit_words[][2] = {
    {"(kg)", "kg"}, {"(千克)", "kg"}, {"(公斤)", "kg"}, {"(t)", "t"},  {"(吨)", "t"},
    {"(g)", "g"},   {"(克)", "g"},    {"(℃)", "C"},     {"(°C)", "C"}, {"(C)", "C"},
};

static bool drop_end(char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    if (len <= end_len || strcmp(text + len - end_len, end) != 0)
        return false;
    text[len - end_len] = '\0';
    return true;
}

/* Without spaces around and with plain brackets: spreadsheets write （kg） as often as (kg). */
static void tidy(const char *cell, char *ret, size_t cap)
{
    size_t len = 0;
    while (*cell == ' ' || *cell == '\t')
        cell++;
    while (*cell != '\0' && len + 1 < cap) {
        bool is_open_bracket = strncmp(cell, "（", 3) == 0;
        bool is_bracket = is_open_bracket || strncmp(cell, "）", 3) == 0;
        ret[len++] = is_bracket ? (is_open_bracket ? '(' : ')') : *cell;
        cell += is_bracket ? 3 : 1;
    }
    while (len > 0 && (ret[len - 1] == ' ' || ret[len - 1] == '\t' || ret[len - 1] == '*'))
        len--;
    ret[len] = '\0';
}

void columns_read_head(const char *cell, struct columns_head *ret)
{
    memset(ret, 0, sizeof(*ret));
    tidy(cell, ret->name, sizeof(ret->name));
    for (size_t i = 0; i < sizeof(unit_words) / sizeof(unit_words[0]); i++)
        if (drop_end(ret->name, unit_words[i][0]))
            snprintf(ret->unit, sizeof(ret->unit), "%s", unit_words[i][1]);
    tidy(ret->name, ret->name, sizeof(ret->name));
    const char *english = find_english(heads, HEADS, ret->name);
    if (english != NULL) {
        snprintf(ret->name, sizeof(ret->name), "%s", english);
        return;
    }
    for (char *c = ret->name; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
        else if (*c == ' ' || *c == '-')
            *c = '_';
    }
    char bare[COLUMNS_NAME_MAX];
    static const char *const units[] = {"kg", "t"};
    for (size_t i = 0; i < 2; i++) {
        char end[COLUMNS_UNIT_MAX];
        snprintf(bare, sizeof(bare), "%s", ret->name);
        snprintf(end, sizeof(end), "_%s", units[i]);
        size_t len = drop_end(bare, end) ? strlen(bare) : 0;
        if (len >= 4 && strcmp(bare + len - 4, "mass") == 0) {
            memcpy(ret->name, bare, sizeof(bare));
            snprintf(ret->unit, sizeof(ret->unit), "%s", units[i]);
        }
    }
}

const struct column *columns_find(const struct columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcmp(columns->all[i].name, name) == 0)
            return &columns->all[i];
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = &columns->all[i];
        bool is_whole = strcmp(column->name, column->key) == 0 && !column->is_text;
        if (is_whole && reflect_is_unitless_name(column->field, name))
            return column;
    }
    return NULL;
}

/* ---- cells into JSON ---- */

static json_t *value_of(const struct column *column, const char *unit, const char *text)
{
    const ProtobufCFieldDescriptor *field = column->field;
    const char *english = find_english(values, VALUES, text);
    int number;
    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        if (english != NULL && reflect_parse_enum(field->descriptor, span_text(english), &number))
            text = english;
    } else if (field->type == PROTOBUF_C_TYPE_BOOL) {
        if (strcmp(text, "是") == 0 || strcmp(text, "否") == 0)
            text = strcmp(text, "是") == 0 ? "true" : "false";
        return strcmp(text, "true") == 0 || strcmp(text, "yes") == 0 || strcmp(text, "1") == 0
                   ? json_true()
               : strcmp(text, "false") == 0 || strcmp(text, "no") == 0 || strcmp(text, "0") == 0
                   ? json_false()
                   : json_string(text);
    }
    if (unit[0] == '\0' || strspn(text, "0123456789.") != strlen(text))
        return json_string(text);
    return json_sprintf("%s %s", text, unit);
}

/* The texts between the ; of a cell. */
static json_t *values_of(const struct column *column, const char *unit, const char *text)
{
    json_t *list = json_array();
    while (list != NULL && *text != '\0') {
        size_t len = strcspn(text, ";");
        char *part = strndup(text, len);
        if (part == NULL ||
            (len > 0 && json_array_append_new(list, value_of(column, unit, part)))) {
            json_decref(list);
            list = NULL;
        }
        free(part);
        text += text[len] == ';' ? len + 1 : len;
    }
    return list;
}

/* The message of that field, made when it is not there; of a list the first. */
static json_t *step_into(json_t *object, const ProtobufCFieldDescriptor *field)
{
    json_t *next = json_object_get(object, field->name);
    if (next == NULL) {
        next = is_repeated(field) ? json_pack("[{}]") : json_object();
        if (json_object_set_new(object, field->name, next) != 0)
            return NULL;
    }
    return json_is_array(next) ? json_array_get(next, 0) : next;
}

bool columns_put(
    const struct column *column, const char *unit, const char *text, json_t *body, json_t **item)
{
    json_t *value = column->is_text   ? json_string(text)
                    : column->is_list ? values_of(column, unit, text)
                                      : value_of(column, unit, text);
    const char *key = column->key;
    if (column->is_item && key[0] == '\0') {
        json_decref(*item);
        *item = value;
        return value != NULL;
    }
    if (column->is_item && *item == NULL)
        *item = json_object();
    json_t *object = column->is_item ? *item : body;
    for (size_t i = 0; object != NULL && column->way[i] != NULL; i++)
        object = step_into(object, column->way[i]);
    /* Without its unit the field is named without it: mass for mass_g. */
    char bare[COLUMNS_NAME_MAX];
    snprintf(bare, sizeof(bare), "%s", key);
    char *end = strrchr(bare, '_');
    if (end != NULL && !column->is_text && json_is_string(value) &&
        strspn(text, "-0123456789") != strlen(text)) {
        *end = '\0';
        if (reflect_is_unitless_name(column->field, bare))
            key = bare;
    }
    if (object == NULL) {
        json_decref(value);
        return false;
    }
    return value != NULL && json_object_set_new(object, key, value) == 0;
}

bool columns_put_items(const struct columns *columns, json_t *body, json_t *items)
{
    json_t *object = body;
    const char *name = columns->items[0];
    if (columns->items[1] != NULL) {
        name = columns->items[1];
        object = json_object_get(body, columns->items[0]);
        if (object == NULL) {
            object = json_object();
            if (json_object_set_new(body, columns->items[0], object) != 0)
                object = NULL;
        }
    }
    if (object != NULL)
        return json_object_set_new(object, name, items) == 0;
    json_decref(items);
    return false;
}

json_t *columns_items(const struct columns *columns, const json_t *body)
{
    json_t *first = columns->items[0] == NULL ? NULL : json_object_get(body, columns->items[0]);
    return columns->items[1] == NULL ? first : json_object_get(first, columns->items[1]);
}

/* ---- JSON into cells ---- */

/* A place as party/code and so on: the parts of a short form in their order. */
static char *short_text(const ProtobufCMessageDescriptor *descriptor, const json_t *object)
{
    const char *separator = strcmp(descriptor->short_name, "StatementName") == 0 ? ":" : "/";
    char *text = NULL;
    size_t len = 0, parts = 0;
    FILE *file = open_memstream(&text, &len);
    for (unsigned i = 0; file != NULL && i < descriptor->n_fields; i++) {
        const json_t *part = json_object_get(object, descriptor->fields[i].name);
        if (part == NULL)
            continue;
        fputs(parts++ > 0 ? separator : "", file);
        if (json_is_string(part))
            fputs(json_string_value(part), file);
        else
            fprintf(file, "%lld", (long long)json_integer_value(part));
    }
    if (file != NULL && fclose(file) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static char *text_of(const ProtobufCFieldDescriptor *field, const json_t *value)
{
    char number[24];
    if (json_is_string(value))
        return strdup(json_string_value(value));
    if (json_is_object(value) && field->type == PROTOBUF_C_TYPE_MESSAGE)
        return short_text(field->descriptor, value);
    if (json_is_boolean(value))
        return strdup(json_is_true(value) ? "true" : "false");
    snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
    return strdup(number);
}

static char *texts_of(const ProtobufCFieldDescriptor *field, const json_t *list)
{
    char *text = NULL;
    size_t len = 0, index;
    json_t *value;
    FILE *file = open_memstream(&text, &len);
    json_array_foreach(list, index, value)
    {
        char *part = file == NULL ? NULL : text_of(field, value);
        if (part != NULL)
            fprintf(file, "%s%s", index > 0 ? ";" : "", part);
        free(part);
    }
    if (file != NULL && fclose(file) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

char *columns_take(const struct column *column, json_t *from)
{
    json_t *object = from;
    if (column->is_text)
        return NULL;
    if (column->key[0] == '\0')
        return text_of(column->field, from);
    for (size_t i = 0; object != NULL && column->way[i] != NULL; i++) {
        object = json_object_get(object, column->way[i]->name);
        if (json_is_array(object))
            object = json_array_get(object, 0);
    }
    json_t *value = json_object_get(object, column->key);
    if (value == NULL)
        return NULL;
    char *text =
        json_is_array(value) ? texts_of(column->field, value) : text_of(column->field, value);
    json_object_del(object, column->key);
    return text;
}
