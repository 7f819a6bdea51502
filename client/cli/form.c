/* form.c: custody form: the national manifest form (危险废物转移联单); the trip's card and the month's sheet are beside it.
 * Never fills in what the ledger does not know.
 *
 * Parts and boxes are those of 环办固体函〔2021〕577号. The unit is the tonne, with four decimals. Names of persons and telephones are
 * not on the ledger: their boxes stay open for a pen. */
#include "client/cli/form.h"

#include <inttypes.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/waste.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/form_month.h"
#include "client/cli/form_trip.h"
#include "client/cli/views.h"
#include "client/cli/words.h"

enum { TO_THE_MINUTE = 16, ID_DIGITS = 2 * DIGEST_SIZE };

/* ---- what all forms share ------------------------------------------------------------------------------ */

int form_ask(struct command_context *context,
             uint16_t question,
             json_t *json,
             ProtobufCMessage **ret_reply)
{
    ProtobufCMessage *request = NULL;
    struct custody_client *client = context->client;
    enum custody_status status =
        reflect_from_json(ask_request_descriptor(question), json, &request, &client->problem);
    json_decref(json);
    if (status == CUSTODY_OK)
        status = ask_question(client, question, request, ret_reply);
    reflect_free(request);
    return status == CUSTODY_OK ? 0 : command_fail(context);
}

json_t *form_field(const char *name, const char *value)
{
    return json_pack("[s, s]", name, value);
}

json_t *form_heading(const char *text)
{
    return json_pack("{s:s}", "heading", text);
}

json_t *form_fields(int columns, json_t *fields)
{
    return json_pack("{s:i, s:o}", "columns", columns, "fields", fields);
}

void form_time(int64_t us, char ret[static OUTPUT_CELL_MAX])
{
    char text[QUANTITY_TEXT_MAX] = "";
    if (us != 0)
        quantity_write_civil(us, QUANTITY_CIVIL_MINUTES, text);
    snprintf(ret, OUTPUT_CELL_MAX, "%.*s", TO_THE_MINUTE, text);
}

void form_tonnes(uint64_t g, char ret[static OUTPUT_CELL_MAX])
{
    uint64_t units = (g + 50) / 100; /* of a ten-thousandth of a tonne */
    ret[0] = '\0';
    if (g != 0)
        snprintf(ret, OUTPUT_CELL_MAX, "%" PRIu64 ".%04" PRIu64, units / 10000, units % 10000);
}

void form_kilograms(uint64_t g, char ret[static OUTPUT_CELL_MAX])
{
    uint64_t units = (g + 5) / 10;
    ret[0] = '\0';
    if (g != 0)
        snprintf(ret, OUTPUT_CELL_MAX, "%" PRIu64 ".%02" PRIu64, units / 100, units % 100);
}

size_t form_class(const char *waste_code)
{
    if (strcmp(waste_code, "841-002-01") == 0)
        return 0;
    return strcmp(waste_code, "841-001-01") == 0 ? 1 : 2;
}

/* ---- the national form ------------------------------------------------------------------------------------ */

static const char *form_word(Custody__V1__PhysicalForm form)
{
    switch ((int)form) {
    case CUSTODY__V1__PHYSICAL_FORM__FORM_SOLID:
        return "固态 S";
    case CUSTODY__V1__PHYSICAL_FORM__FORM_SEMI_SOLID:
        return "半固态 SS";
    case CUSTODY__V1__PHYSICAL_FORM__FORM_LIQUID:
        return "液态 L";
    case CUSTODY__V1__PHYSICAL_FORM__FORM_GAS:
        return "气态 G";
    }
    return "";
}

static const char *package_word(Custody__V1__PackageKind package)
{
    switch ((int)package) {
    case CUSTODY__V1__PACKAGE_KIND__PACKAGE_BAG:
    case CUSTODY__V1__PACKAGE_KIND__PACKAGE_DOUBLE_BAG:
        return "袋";
    case CUSTODY__V1__PACKAGE_KIND__PACKAGE_SHARPS_BOX:
        return "利器盒";
    case CUSTODY__V1__PACKAGE_KIND__PACKAGE_DRUM:
        return "桶";
    case CUSTODY__V1__PACKAGE_KIND__PACKAGE_TANK:
        return "罐";
    case CUSTODY__V1__PACKAGE_KIND__PACKAGE_BOX:
        return "箱";
    case CUSTODY__V1__PACKAGE_KIND__PACKAGE_OTHER:
        return "其他";
    }
    return "";
}

static const char *mode_word(Custody__V1__TransportMode mode)
{
    switch ((int)mode) {
    case CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_ROAD:
        return "1 汽车";
    case CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_RAIL:
        return "2 火车";
    case CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_SHIP:
        return "3 船舶";
    case CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_PIPE:
        return "4 管道";
    case CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_AIR:
        return "5 飞机";
    case CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_OTHER:
        return "6 其他";
    }
    return "";
}

static const char *verdict_word(Custody__V1__Verdict verdict)
{
    switch ((int)verdict) {
    case CUSTODY__V1__VERDICT__VERDICT_ACCEPTED:
        return "接受";
    case CUSTODY__V1__VERDICT__VERDICT_REJECTED:
        return "拒收";
    }
    return "";
}

static void category_of(const char *waste_code, char ret[static 8])
{
    size_t len = strlen(waste_code);
    ret[0] = '\0';
    if (waste_form_of(span_text(waste_code)) == WASTE_NATIONAL)
        snprintf(ret, 8, "HW%s", waste_code + len - 2);
}

static void add_head(json_t *blocks, const Custody__V1__ManifestView *manifest)
{
    char type[WORDS_MAX] = "", state[WORDS_MAX], name[REFLECT_NAME_MAX];
    if (manifest->type != CUSTODY__V1__MANIFEST_TYPE__MANIFEST_TYPE_UNSPECIFIED) {
        reflect_write_enum(&custody__v1__manifest_type__descriptor, (int)manifest->type, name);
        words_manifest_type(name, type);
    }
    words_state(manifest->state, state);
    json_array_append_new(
        blocks,
        form_fields(2,
                    json_pack("[o, o, o, o, o, o, o, o]", form_field("联单编号", manifest->number),
                              form_field("国家联单编号", manifest->national_number),
                              form_field("联单类型", type), form_field("联单状态", state),
                              form_field("管理计划备案编号", manifest->plan),
                              form_field("跨省批准文号", manifest->approval),
                              form_field("省联单编号", manifest->provincial_number),
                              form_field("前序联单", manifest->parent_number))));
}

static json_t *planned_row(const Custody__V1__ManifestLine *line, size_t number)
{
    char planned[OUTPUT_CELL_MAX], pieces[24] = "", at[24], category[8];
    form_tonnes(line->planned_mass_g, planned);
    category_of(line->waste_code, category);
    snprintf(at, sizeof(at), "%zu", number);
    if (line->planned_pieces > 0)
        snprintf(pieces, sizeof(pieces), "%" PRIu32, line->planned_pieces);
    return json_pack("[s, s, s, s, s, s, s, s, s]", at, category, line->waste_code, "",
                     form_word(line->form), "", package_word(line->package), pieces, planned);
}

static void add_generator(json_t *blocks, const Custody__V1__ManifestView *manifest)
{
    char loaded[OUTPUT_CELL_MAX], mass[OUTPUT_CELL_MAX], pieces[24] = "";
    json_t *rows = json_array();
    form_time(manifest->loaded_at, loaded);
    form_tonnes(manifest->loaded_g, mass);
    if (manifest->loaded > 0)
        snprintf(pieces, sizeof(pieces), "%" PRIu32, manifest->loaded);
    for (size_t i = 0; i < manifest->n_lines; i++)
        json_array_append_new(rows, planned_row(manifest->lines[i], i + 1));
    json_array_append_new(rows, json_pack("[s, s, s, s, s, s, s, s, s]", "", "实际装车", "", "", "",
                                          "", "", pieces, mass));
    json_array_append_new(blocks, form_heading("第一部分  危险废物移出信息（由移出人填写）"));
    json_array_append_new(
        blocks,
        form_fields(2,
                    json_pack("[o, o, o, o, o, o, o, o]",
                              form_field("单位名称", views_short_party(manifest->generator,
                                                                       manifest->generator_name)),
                              form_field("单位编码", manifest->generator),
                              form_field("单位地址", ""), form_field("应急联系电话", ""),
                              form_field("经办人", ""), form_field("联系电话", ""),
                              form_field("交付时间", loaded), form_field("经办人签字", ""))));
    json_array_append_new(
        blocks,
        json_pack(
            "{s:{s:[s, s, s, s, s, s, s, s, s], s:[i, i, i, i, i, i, i, i, i], s:[i, i], s:o}}",
            "table", "heads", "序号", "废物名称/类别", "废物代码", "危险特性", "形态",
            "有害成分名称", "包装方式", "包装数量", "移出量（吨）", "widths", 8, 20, 20, 14, 14, 22,
            12, 12, 20, "right", 7, 8, "rows", rows));
}

static void add_leg(json_t *blocks, const Custody__V1__ManifestLegView *leg, size_t number)
{
    char from[OUTPUT_CELL_MAX], until[OUTPUT_CELL_MAX], title[OUTPUT_CELL_MAX];
    form_time(leg->loaded_at, from);
    form_time(leg->handed_at, until);
    snprintf(title, sizeof(title), "第二部分  危险废物运输信息（由承运人填写）  第 %zu 程", number);
    json_array_append_new(blocks, form_heading(title));
    json_array_append_new(
        blocks,
        form_fields(
            2,
            json_pack(
                "[o, o, o, o, o, o, o, o, o, o, o, o, o, o, o, o]",
                form_field("单位名称", views_short_party(leg->carrier, leg->carrier_name)),
                form_field("单位编码", leg->carrier), form_field("营运证件号", ""),
                form_field("联系电话", ""), form_field("驾驶员", ""), form_field("驾驶员电话", ""),
                form_field("押运员", ""), form_field("押运员电话", ""),
                form_field("运输工具", mode_word(leg->mode)),
                form_field("牌号", leg->vehicle[0] != '\0' ? leg->vehicle : leg->planned_vehicle),
                form_field("运输起点", leg->from_division), form_field("实际起运时间", from),
                form_field("运输终点", leg->to_division), form_field("实际到达时间", until),
                form_field("经由地", ""), form_field("司机签字", ""))));
}

static json_t *confirmed_row(const Custody__V1__ManifestView *manifest,
                             const Custody__V1__ConfirmedLine *line,
                             const char *method)
{
    char accepted[OUTPUT_CELL_MAX], at[24], category[8];
    const char *waste_code = line->waste_code;
    if (waste_code[0] == '\0' && line->line > 0 && line->line <= manifest->n_lines)
        waste_code = manifest->lines[line->line - 1]->waste_code;
    form_tonnes(line->accepted_mass_g, accepted);
    category_of(waste_code, category);
    snprintf(at, sizeof(at), "%" PRIu32, line->line);
    return json_pack("[s, s, s, s, s, s, s]", at, category, waste_code,
                     line->material_difference ? "是" : "否", verdict_word(line->verdict), method,
                     accepted);
}

static void add_receiver(json_t *blocks, const Custody__V1__ManifestView *manifest)
{
    char delivered[OUTPUT_CELL_MAX];
    const char *method = manifest->method[0] != '\0' ? manifest->method : manifest->planned_method;
    json_t *rows = json_array();
    form_time(manifest->delivered_at, delivered);
    for (size_t i = 0; i < manifest->n_confirmed; i++)
        json_array_append_new(rows, confirmed_row(manifest, manifest->confirmed[i], method));
    for (size_t i = manifest->n_confirmed; i < manifest->n_lines; i++)
        json_array_append_new(rows, json_pack("[s, s, s, s, s, s, s]", "", "",
                                              manifest->lines[i]->waste_code, "", "", method, ""));
    json_array_append_new(blocks, form_heading("第三部分  危险废物接受信息（由接受人填写）"));
    json_array_append_new(
        blocks,
        form_fields(2, json_pack("[o, o, o, o, o, o, o, o]",
                                 form_field("单位名称", views_short_party(manifest->receiver,
                                                                          manifest->receiver_name)),
                                 form_field("单位编码", manifest->receiver),
                                 form_field("经营许可证编号", ""), form_field("单位地址", ""),
                                 form_field("经办人", ""), form_field("联系电话", ""),
                                 form_field("接受时间", delivered), form_field("经办人签字", ""))));
    json_array_append_new(
        blocks, json_pack("{s:{s:[s, s, s, s, s, s, s], s:[i, i, i, i, i, i, i], s:[i], s:o}}",
                          "table", "heads", "序号", "废物名称/类别", "废物代码", "是否存在重大差异",
                          "接受人处理意见", "拟利用处置方式", "接受量（吨）", "widths", 8, 22, 22,
                          26, 24, 24, 20, "right", 6, "rows", rows));
}

static int draw_manifest(struct command_context *context, const char *word, const char *path)
{
    ProtobufCMessage *reply = NULL;
    const char *field = strlen(word) == ID_DIGITS ? "manifest" : "manifest_number";
    int code = form_ask(context, ENVELOPE_TRACE, json_pack("{s:s}", field, word), &reply);
    if (code != 0)
        return code;
    const Custody__V1__TraceReply *trace = (const Custody__V1__TraceReply *)reply;
    if (trace->n_manifests == 0) {
        problem_set(&context->client->problem, CUSTODY_ERR_NOT_FOUND, "manifest",
                    "one on the ledger", "%s", word);
        reflect_free(reply);
        return command_fail(context);
    }
    const Custody__V1__ManifestView *manifest = trace->manifests[0];
    char corner[OUTPUT_CELL_MAX];
    json_t *blocks = json_array();
    snprintf(corner, sizeof(corner), "编号 %s",
             manifest->national_number[0] != '\0' ? manifest->national_number : manifest->number);
    add_head(blocks, manifest);
    add_generator(blocks, manifest);
    for (size_t i = 0; i < manifest->n_legs; i++)
        add_leg(blocks, manifest->legs[i], i + 1);
    add_receiver(blocks, manifest);
    json_t *page = paper_page(context, "危险废物转移联单", corner, blocks);
    paper_add_proof(context, page, manifest->entry);
    reflect_free(reply);
    return paper_write(context, page, path);
}

int form_command(struct command_context *context, struct arguments *arguments)
{
    const char *path = arguments_take(arguments, "o"), *trip = arguments_take(arguments, "trip");
    const char *month = arguments_take(arguments, "month");
    const char *party = arguments_take(arguments, "party");
    const char *receiver = arguments_take(arguments, "receiver");
    const char *word = arguments_take_word(arguments);
    path = path == NULL ? "form.pdf" : path;
    if (!paper_is_name(path))
        return command_usage(context, "o", "a file that ends in .pdf or .png", path);
    if ((word != NULL) + (trip != NULL) + (month != NULL) != 1)
        return command_usage(context, "form", "a manifest, --trip or --month", "none, or several");
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context))
        return command_fail(context);
    if (trip != NULL)
        return form_trip_draw(context, trip, path);
    if (month != NULL)
        return form_month_draw(context, month, party, receiver, path);
    return draw_manifest(context, word, path);
}
