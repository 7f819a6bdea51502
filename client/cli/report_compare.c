/* report_compare.c: what changed between two reports.
 * Never says that one of them is wrong. */
#include "client/cli/report_compare.h"

#include <inttypes.h>
#include <string.h>

#include "proto/envelope.h"
#include "client/lib/ask.h"
#include "client/lib/reflect.h"

enum { ENTRIES_SHOWN = 20 };

struct comparing {
    struct reporting *report;
    uint64_t old_as_of;
    json_t *changed; /* NULL: text */
    uint64_t count;
    int code;
};

/* Adds the rows of a page. */
static void add_entries(const Custody__V1__FigureReply *page, json_t *entries)
{
    for (size_t i = 0; i < page->n_contributions; i++)
        json_array_append_new(entries, json_pack("{s:I, s:I}", "entry",
                                                 (json_int_t)page->contributions[i]->entry, "value",
                                                 (json_int_t)page->contributions[i]->value));
}

/* The entries that changed one figure: between the two positions. */
static json_t *entries_of(struct comparing *comparing, const char *id)
{
    struct command_context *context = comparing->report->context;
    Custody__V1__FigureRequest *request =
        (Custody__V1__FigureRequest *)reflect_create(&custody__v1__figure_request__descriptor);
    json_t *entries = json_array();
    ProtobufCMessage *reply = NULL;
    if (request == NULL) {
        comparing->code = custody_status_exit_code(CUSTODY_ERR_MEMORY);
        return entries;
    }
    request->figure = strdup(id);
    request->since = comparing->old_as_of;
    request->as_of = comparing->report->last->as_of;
    if (ask_question(context->client, ENVELOPE_FIGURE, &request->base, &reply) != CUSTODY_OK)
        comparing->code = command_fail(context);
    while (comparing->code == 0) {
        add_entries((const Custody__V1__FigureReply *)reply, entries);
        struct span page = reflect_get_bytes(reply, "next_page");
        ProtobufCMessage *next = NULL;
        if (page.len == 0)
            break;
        comparing->code = command_ask_page(context, ENVELOPE_FIGURE, &request->base, page, &next);
        reflect_free(reply);
        reply = next;
    }
    reflect_free(reply);
    reflect_free(&request->base);
    return entries;
}

static void print_change(
    const struct output *output, const char *id, int64_t before, int64_t after, json_t *entries)
{
    size_t index;
    json_t *one;
    int64_t difference;
    /* A saved report may say anything. */
    if (__builtin_sub_overflow(after, before, &difference))
        difference = after > before ? INT64_MAX : INT64_MIN;
    output_print(output, OUTPUT_WARN, "  %s  %" PRId64 " -> %" PRId64 "  (%+" PRId64 ")\n", id,
                 before, after, difference);
    json_array_foreach(entries, index, one)
    {
        if (index == ENTRIES_SHOWN) {
            output_print(output, OUTPUT_DIM, "    ... %zu\n", json_array_size(entries) - index);
            break;
        }
        output_print(output, OUTPUT_DIM, "    账目 entry %" PRId64 "  %+" PRId64 "\n",
                     (int64_t)json_integer_value(json_object_get(one, "entry")),
                     (int64_t)json_integer_value(json_object_get(one, "value")));
    }
}

static bool take_change(void *context, const struct figures_row *row, int64_t before, int64_t after)
{
    struct comparing *comparing = context;
    char id[FIGURE_TEXT_MAX + 1];
    figure_write(comparing->report->period, row->scope, row->code, row->name, id);
    json_t *entries = entries_of(comparing, id);
    comparing->count++;
    if (comparing->changed == NULL) {
        print_change(&comparing->report->context->output, id, before, after, entries);
        json_decref(entries);
    } else {
        json_array_append_new(comparing->changed, json_pack("{s:s, s:I, s:I, s:o}", "id", id,
                                                            "before", (json_int_t)before, "after",
                                                            (json_int_t)after, "entries", entries));
    }
    return comparing->code == 0;
}

int report_compare_print(struct reporting *report, const struct reporting *old, json_t *json)
{
    const struct output *output = &report->context->output;
    struct comparing comparing = {
        .report = report, .old_as_of = old->as_of, .changed = json == NULL ? NULL : json_array()};
    if (json == NULL)
        output_print(output, OUTPUT_BOLD,
                     "\n更正说明 what changed since entry %" PRIu64
                     " (that report stands as it was)\n",
                     old->as_of);
    figures_compare(&old->figures, &report->figures, take_change, &comparing);
    if (json == NULL && comparing.count == 0 && comparing.code == 0)
        output_print(output, OUTPUT_GOOD, "  无 nothing\n");
    if (json != NULL)
        json_object_set_new(
            json, "compare",
            json_pack("{s:I, s:o}", "as_of", (json_int_t)old->as_of, "changed", comparing.changed));
    return comparing.code;
}
