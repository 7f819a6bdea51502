/* figures.c: the figures of a report, put together from pages; whether they add up; what changed.
 * Never asks. */
#include "client/cli/figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/problem.h"
#include "client/lib/quantity.h"

enum { ROOM_FIRST = 256 };

void figures_done(struct figures *figures)
{
    for (size_t i = 0; i < figures->count; i++) {
        free(figures->rows[i].scope);
        free(figures->rows[i].code);
        free(figures->rows[i].name);
    }
    free(figures->rows);
    free(figures->slots);
    *figures = (struct figures){0};
}

/* ---- finding ----------------------------------------------------------------------------------- */

static uint32_t hash_text(uint32_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * UINT32_C(16777619);
    return (hash ^ '/') * UINT32_C(16777619);
}

static uint32_t hash_of(const char *scope, const char *code, const char *name)
{
    return hash_text(hash_text(hash_text(UINT32_C(2166136261), scope), code), name);
}

/* The slot that holds it, or the free one where it belongs. */
static uint32_t *
slot_of(const struct figures *figures, const char *scope, const char *code, const char *name)
{
    for (size_t at = hash_of(scope, code, name);; at++) {
        uint32_t *slot = &figures->slots[at % figures->slot_count];
        if (*slot == 0)
            return slot;
        const struct figures_row *row = &figures->rows[*slot - 1];
        if (strcmp(row->scope, scope) == 0 && strcmp(row->code, code) == 0 &&
            strcmp(row->name, name) == 0)
            return slot;
    }
}

static bool make_room(struct figures *figures)
{
    if (figures->count < figures->room)
        return true;
    size_t room = figures->room == 0 ? ROOM_FIRST : 2 * figures->room;
    struct figures_row *rows = realloc(figures->rows, room * sizeof *rows);
    if (rows == NULL)
        return false;
    figures->rows = rows;
    uint32_t *slots = calloc(2 * room, sizeof *slots);
    if (slots == NULL)
        return false;
    free(figures->slots);
    figures->slots = slots;
    figures->slot_count = 2 * room;
    figures->room = room;
    for (size_t i = 0; i < figures->count; i++)
        *slot_of(figures, rows[i].scope, rows[i].code, rows[i].name) = (uint32_t)i + 1;
    return true;
}

bool figures_add(
    struct figures *figures, const char *scope, const char *code, const char *name, int64_t value)
{
    if (!make_room(figures))
        return false;
    uint32_t *slot = slot_of(figures, scope, code, name);
    if (*slot != 0) {
        int64_t *sum = &figures->rows[*slot - 1].value;
        return !__builtin_add_overflow(*sum, value, sum);
    }
    struct figures_row row = {strdup(scope), strdup(code), strdup(name), value};
    if (row.scope == NULL || row.code == NULL || row.name == NULL) {
        free(row.scope);
        free(row.code);
        free(row.name);
        return false;
    }
    figures->rows[figures->count++] = row;
    *slot = (uint32_t)figures->count;
    return true;
}

bool figures_add_page(struct figures *figures, Custody__V1__Figure *const *page, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!figures_add(figures, page[i]->scope, page[i]->waste_code, page[i]->name,
                         page[i]->value))
            return false;
    return true;
}

int64_t
figures_find(const struct figures *figures, const char *scope, const char *code, const char *name)
{
    if (figures->count == 0)
        return 0;
    uint32_t slot = *slot_of(figures, scope, code, name);
    return slot == 0 ? 0 : figures->rows[slot - 1].value;
}

/* ---- JSON -------------------------------------------------------------------------------------- */

json_t *figures_to_json(const struct figures *figures, const char *period)
{
    json_t *array = json_array();
    for (size_t i = 0; i < figures->count; i++) {
        const struct figures_row *row = &figures->rows[i];
        char id[FIGURE_TEXT_MAX + 1];
        figure_write(period, row->scope, row->code, row->name, id);
        json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s, s:I}", "id", id, "scope",
                                               row->scope, "waste_code", row->code, "name",
                                               row->name, "value", (json_int_t)row->value));
    }
    return array;
}

bool figures_from_json(struct figures *figures, json_t *array)
{
    size_t index;
    json_t *one;
    if (!json_is_array(array))
        return false;
    json_array_foreach(array, index, one)
    {
        const char *scope = "", *code = "", *name = NULL;
        json_int_t value = 0;
        if (json_unpack(one, "{s:s, s?s, s:s, s?I}", "scope", &scope, "waste_code", &code, "name",
                        &name, "value", &value) != 0 ||
            !figures_add(figures, scope, code, name, value))
            return false;
    }
    return true;
}

/* ---- adding up --------------------------------------------------------------------------------- */

bool figures_is_sum(int64_t whole, const int64_t *parts, size_t count, int64_t *ret_sum)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        if (__builtin_add_overflow(sum, parts[i], &sum))
            return false;
    *ret_sum = sum;
    return sum == whole;
}

/* A county's, not the division's own and not a party's. */
static bool is_county(const struct figures_row *row, const char *whole)
{
    return strlen(row->scope) == 6 && strchr(row->scope, ':') == NULL &&
           strcmp(row->scope, whole) != 0;
}

struct adding {
    const struct figures *figures;
    const char *period;
    struct figures_fault *fault;
};

static bool
fail(const struct adding *adding, const struct figures_row *whole, int64_t sum, const char *parts)
{
    figure_write(adding->period, whole->scope, whole->code, whole->name, adding->fault->whole);
    snprintf(adding->fault->parts, sizeof adding->fault->parts, "%s", parts);
    adding->fault->whole_value = whole->value;
    adding->fault->parts_value = sum;
    return false;
}

/* Every figure of `scope` and all codes is the sum of the parts' figures of the same name; `of_codes`: the parts are
 * its waste codes, else the counties. */
static bool
parts_add_up(const struct adding *adding, const char *scope, const char *whole, bool of_codes)
{
    const struct figures *figures = adding->figures;
    struct figures sums = {0};
    struct figures_row missing = {.scope = (char *)scope, .code = (char *)""};
    bool adds_up = true;
    for (size_t i = 0; i < figures->count && adds_up; i++) {
        const struct figures_row *row = &figures->rows[i];
        bool is_part = of_codes ? row->code[0] != '\0' && strcmp(row->scope, scope) == 0
                                : row->code[0] == '\0' && is_county(row, whole);
        if (is_part && !figures_add(&sums, "", "", row->name, row->value))
            adds_up = fail(adding, row, 0, "memory");
    }
    const char *parts = of_codes ? "the sum of its waste codes" : "the sum of its counties";
    for (size_t i = 0; i < figures->count && adds_up; i++) {
        const struct figures_row *row = &figures->rows[i];
        int64_t sum = figures_find(&sums, "", "", row->name);
        /* Units are told by industry, where they are: not those of a county, and not the classes. */
        bool is_of_units = strcmp(row->name, "registered_n") == 0 ||
                           strcmp(row->name, "shipped_n") == 0 ||
                           strncmp(row->name, "class_", 6) == 0;
        bool is_told = row->code[0] == '\0' && strcmp(row->scope, scope) == 0 &&
                       !(of_codes && is_of_units && sum == 0);
        if (is_told && sum != row->value)
            adds_up = fail(adding, row, sum, parts);
    }
    for (size_t i = 0; i < sums.count && adds_up; i++) {
        missing.name = sums.rows[i].name;
        missing.value = figures_find(figures, scope, "", missing.name);
        if (missing.value != sums.rows[i].value)
            adds_up = fail(adding, &missing, sums.rows[i].value, parts);
    }
    figures_done(&sums);
    return adds_up;
}

/* One line of names with signs: "+opening +generated -sent": what they come to is the figure `whole`. */
struct equation {
    const char *whole;
    const char *parts[16];
};
static const struct equation equations[] = {
    {"closing",
     {"+opening", "+generated", "+yielded", "+taken", "+received", "+returned", "+reweighed",
      "-sent", "-handed_on", "-treated", "-sent_back", "-lost", "-by_order", "-self_treated"}},
    {"generated", {"+of_disposed", "+of_strayed", "+of_by_order", "+of_lost", "+of_open"}},
    {"in_time", {"+age_1", "+age_2", "+age_3", "+age_4", "-late"}},
};

static bool equation_holds(const struct adding *adding,
                           const struct equation *equation,
                           const char *scope,
                           const char *code,
                           const char *unit)
{
    char name[FIGURE_NAME_MAX + 1], text[FIGURE_TEXT_MAX] = "";
    int64_t parts[16];
    size_t count = 0, len = 0;
    for (; count < 16 && equation->parts[count] != NULL; count++) {
        const char *part = equation->parts[count];
        snprintf(name, sizeof name, "%s%s", part + 1, unit);
        int64_t value = figures_find(adding->figures, scope, code, name);
        parts[count] = part[0] == '-' ? -value : value;
        if (value != 0 && len < sizeof text)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%c %s %" PRId64,
                                    len == 0 ? "" : " ", part[0], name, value);
    }
    snprintf(name, sizeof name, "%s%s", equation->whole, unit);
    struct figures_row whole = {.scope = (char *)scope,
                                .code = (char *)code,
                                .name = name,
                                .value = figures_find(adding->figures, scope, code, name)};
    int64_t sum = 0;
    return figures_is_sum(whole.value, parts, count, &sum) ||
           fail(adding, &whole, sum, text[0] == '\0' ? "nothing" : text);
}

static bool equations_hold(const struct adding *adding)
{
    const struct figures *figures = adding->figures;
    struct figures seen = {0};
    bool hold = true;
    for (size_t i = 0; i < figures->count && hold; i++) {
        const struct figures_row *row = &figures->rows[i];
        if (figures_find(&seen, row->scope, row->code, "") != 0)
            continue;
        if (!figures_add(&seen, row->scope, row->code, "", 1))
            hold = fail(adding, row, 0, "memory");
        for (size_t k = 0; k < sizeof equations / sizeof equations[0] && hold; k++)
            hold = equation_holds(adding, &equations[k], row->scope, row->code, "_g") &&
                   equation_holds(adding, &equations[k], row->scope, row->code, "_n");
    }
    figures_done(&seen);
    return hold;
}

bool figures_add_up(const struct figures *figures,
                    const char *period,
                    const char *whole,
                    struct figures_fault *ret_fault)
{
    const struct adding adding = {figures, period, ret_fault};
    struct figures scopes = {0};
    bool adds_up =
        whole[0] == '\0' || strlen(whole) == 6 || parts_add_up(&adding, whole, whole, false);
    for (size_t i = 0; i < figures->count && adds_up; i++) {
        const char *scope = figures->rows[i].scope;
        if (is_county(&figures->rows[i], whole) || figures_find(&scopes, scope, "", "") != 0)
            continue;
        adds_up = figures_add(&scopes, scope, "", "", 1)
                      ? parts_add_up(&adding, scope, whole, true)
                      : fail(&adding, &figures->rows[i], 0, "memory");
    }
    figures_done(&scopes);
    return adds_up && equations_hold(&adding);
}

/* ---- comparing --------------------------------------------------------------------------------- */

enum custody_status figures_tell_fault(const struct figures_fault *fault,
                                       struct custody_problem *problem)
{
    return problem_set(problem, CUSTODY_ERR_EVIDENCE, fault->whole, fault->parts,
                       "%" PRId64 " and %" PRId64, fault->whole_value, fault->parts_value);
}

enum custody_status figures_take_balance(struct figures *figures,
                                         const Custody__V1__BalanceReply *reply,
                                         struct custody_problem *problem)
{
    struct figures_fault fault = {0};
    if (!figures_add_page(figures, reply->figures, reply->n_figures))
        return problem_set(problem, CUSTODY_ERR_MEMORY, "figures", NULL, "nothing left");
    return figures_add_up(figures, reply->period, "", &fault) ? CUSTODY_OK
                                                              : figures_tell_fault(&fault, problem);
}

void figures_write_tsv(const struct figures *figures, const char *period, FILE *file)
{
    fprintf(file, "figure\tscope\twaste_code\tname\tvalue\n");
    for (size_t i = 0; i < figures->count; i++) {
        const struct figures_row *row = &figures->rows[i];
        char id[FIGURE_TEXT_MAX + 1];
        figure_write(period, row->scope, row->code, row->name, id);
        fprintf(file, "%s\t%s\t%s\t%s\t%" PRId64 "\n", id, row->scope, row->code, row->name,
                row->value);
    }
}

void figures_compare(const struct figures *before,
                     const struct figures *after,
                     figures_change *change,
                     void *context)
{
    for (size_t i = 0; i < after->count; i++) {
        const struct figures_row *row = &after->rows[i];
        int64_t old = figures_find(before, row->scope, row->code, row->name);
        if (old != row->value && !change(context, row, old, row->value))
            return;
    }
    for (size_t i = 0; i < before->count; i++) {
        const struct figures_row *row = &before->rows[i];
        bool is_there = after->count > 0 && *slot_of(after, row->scope, row->code, row->name) != 0;
        if (!is_there && row->value != 0 && !change(context, row, row->value, 0))
            return;
    }
}

/* ---- text -------------------------------------------------------------------------------------- */

void figures_write_share(int64_t part, int64_t whole, char ret[static FIGURES_SHARE_MAX])
{
    if (whole <= 0 || part < 0) {
        snprintf(ret, FIGURES_SHARE_MAX, "-");
        return;
    }
    /* In hundredths of a percent, without an overflow. */
    int64_t share = part > INT64_MAX / 10000 ? part / (whole / 10000 + 1) : part * 10000 / whole;
    snprintf(ret, FIGURES_SHARE_MAX, "%" PRId64 ".%02" PRId64 " %%", share / 100, share % 100);
}

void figures_write_mass(int64_t grams, char ret[static FIGURES_MASS_MAX])
{
    char text[QUANTITY_TEXT_MAX];
    uint64_t size = grams < 0 ? (uint64_t)0 - (uint64_t)grams : (uint64_t)grams;
    quantity_write_mass(size, text);
    snprintf(ret, FIGURES_MASS_MAX, "%s%s", grams < 0 ? "-" : "", text);
}
