/* form_month.c: the month's sheet of medical waste: a row for each day on which waste was handed over, by class.
 * Never adds what the ledger does not hold. */
#include "client/cli/form_month.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/figure.h"
#include "proto/waste.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/form.h"
#include "client/cli/views.h"

enum { DAYS = 31, CLASSES = 3, DAY_DIGITS = 8 };

struct month {
    struct command_context *context;
    const char *party;
    char name[OUTPUT_CELL_MAX];
    char first[16], last[16]; /* 20260501, 20260531 */
    uint64_t as_of;
    uint64_t pieces[DAYS][CLASSES], grams[DAYS][CLASSES];
};

/* What each entry adds to a figure goes to its day and class. */
static void add(struct month *month, const Custody__V1__FigureReply *page, bool is_mass)
{
    for (size_t i = 0; i < page->n_contributions; i++) {
        const Custody__V1__Contribution *one = page->contributions[i];
        uint64_t day = 0;
        if (strlen(one->day) != DAY_DIGITS || !waste_is_medical(span_text(one->waste_code)) ||
            !bytes_parse_decimal(span_text(one->day + 6), &day) || day < 1 || day > DAYS)
            continue;
        uint64_t *sum = is_mass ? month->grams[day - 1] : month->pieces[day - 1];
        sum[form_class(one->waste_code)] += (uint64_t)one->value;
        if (one->party_name[0] != '\0')
            snprintf(month->name, sizeof(month->name), "%s", one->party_name);
    }
}

/* All pages of one figure, as of the position of the first. */
static int ask(struct month *month, const char *name)
{
    char figure[FIGURE_TEXT_MAX + 32];
    ProtobufCMessage *reply = NULL;
    char *page = NULL;
    int code = 0;
    snprintf(figure, sizeof(figure), "%s-%s/%s/%s", month->first, month->last, month->party, name);
    do {
        json_t *json = json_pack("{s:s, s:I}", "figure", figure, "as_of", (json_int_t)month->as_of);
        if (page != NULL)
            json_object_set_new(json, "options", json_pack("{s:s}", "page", page));
        free(page);
        page = NULL;
        code = form_ask(month->context, ENVELOPE_FIGURE, json, &reply);
        if (code != 0)
            break;
        const Custody__V1__FigureReply *told = (const Custody__V1__FigureReply *)reply;
        month->as_of = told->as_of;
        add(month, told, strcmp(name, "sent_g") == 0);
        if (told->next_page.len > 0) {
            page = malloc(2 * told->next_page.len + 1);
            if (page != NULL)
                bytes_write_hex(span_of(told->next_page.data, told->next_page.len), page);
        }
        reflect_free(reply);
        reply = NULL;
    } while (page != NULL);
    return code;
}

static void write_count(uint64_t count, char ret[static OUTPUT_CELL_MAX])
{
    ret[0] = '\0';
    if (count != 0)
        snprintf(ret, OUTPUT_CELL_MAX, "%" PRIu64, count);
}

static json_t *row(const char *day, const uint64_t pieces[CLASSES], const uint64_t grams[CLASSES])
{
    char texts[2 * CLASSES][OUTPUT_CELL_MAX];
    for (size_t i = 0; i < CLASSES; i++) {
        write_count(pieces[i], texts[2 * i]);
        form_kilograms(grams[i], texts[2 * i + 1]);
    }
    return json_pack("[s, s, s, s, s, s, s, s, s]", day, texts[2], texts[3], texts[0], texts[1],
                     texts[4], texts[5], "", "");
}

static json_t *rows_of(const struct month *month)
{
    json_t *rows = json_array();
    uint64_t pieces[CLASSES] = {0}, grams[CLASSES] = {0};
    for (size_t day = 0; day < DAYS; day++) {
        uint64_t any = 0;
        char text[24];
        for (size_t i = 0; i < CLASSES; i++) {
            any += month->pieces[day][i] + month->grams[day][i];
            pieces[i] += month->pieces[day][i];
            grams[i] += month->grams[day][i];
        }
        snprintf(text, sizeof(text), "%.4s-%.2s-%02zu", month->first, month->first + 4, day + 1);
        if (any > 0)
            json_array_append_new(rows, row(text, month->pieces[day], month->grams[day]));
    }
    json_array_append_new(rows, row("合计", pieces, grams));
    return rows;
}

static json_t *blocks_of(const struct month *month, const char *receiver)
{
    char when[OUTPUT_CELL_MAX], basis[OUTPUT_CELL_MAX];
    snprintf(when, sizeof(when), "%.4s 年 %.2s 月", month->first, month->first + 4);
    snprintf(basis, sizeof(basis), "截至账目 as of entry %" PRIu64, month->as_of);
    return json_pack(
        "[o, {s:{s:[s, s, s, s, s, s, s, s, s], s:[i, i, i, i, i, i, i, i, i], s:[i, i, i, i, i, "
        "i], s:o}}]",
        form_fields(2, json_pack("[o, o, o, o, o, o]", form_field("医疗卫生机构", month->name),
                                 form_field("单位编码", month->party),
                                 form_field("处置单位", receiver == NULL ? "" : receiver),
                                 form_field("时间", when), form_field("依据", basis),
                                 form_field("机构负责人", ""))),
        "table", "heads", "日期", "感染性 件", "感染性 kg", "损伤性 件", "损伤性 kg", "其他 件",
        "其他 kg", "机构交接人签字", "运送人员签字", "widths", 22, 18, 18, 18, 18, 15, 15, 28, 28,
        "right", 1, 2, 3, 4, 5, 6, "rows", rows_of(month));
}

int form_month_draw(struct command_context *context,
                    const char *text,
                    const char *party,
                    const char *receiver,
                    const char *path)
{
    struct month month = {.context = context, .party = party};
    int32_t first, after;
    if (strlen(text) != strlen("2026-05") || !figure_parse_period(span_text(text), &first, &after))
        return command_usage(context, "month", "2026-05", text);
    if (month.party == NULL)
        month.party = context->client->card.party;
    snprintf(month.name, sizeof(month.name), "%s", month.party);
    snprintf(month.first, sizeof(month.first), "%.4s%.2s01", text, text + 5);
    snprintf(month.last, sizeof(month.last), "%.4s%.2s%02d", text, text + 5, (int)(after - first));
    int code = ask(&month, "sent_n");
    if (code == 0)
        code = ask(&month, "sent_g");
    if (code != 0)
        return code;
    json_t *page =
        paper_page(context, "危险废物转移联单（医疗废物专用）", text, blocks_of(&month, receiver));
    paper_add_checkpoint(context, page);
    return paper_write(context, page, path);
}
