/* expected.c: custody expected: what is on its way to this plant.
 * Never says when it will arrive: nobody has said so. */
#include <inttypes.h>

#include "proto/bytes.h"
#include "client/lib/quantity.h"
#include "client/cli/items.h"
#include "client/cli/pages.h"
#include "client/cli/views.h"
#include "client/cli/words.h"

enum { LABELS_A_LINE = 4, LABELS_MOST = 12 };

static const char *const tsv_heads[] = {
    "manifest", "number", "state",  "generator", "carrier", "vehicle",
    "pieces",   "mass_g", "hazard", "loaded_at", "due",
};

enum { TSV_COLUMNS = sizeof(tsv_heads) / sizeof(tsv_heads[0]) };

static void print_tsv(const struct output *output, const Custody__V1__ExpectedItem *item)
{
    char pieces[12], mass[24], hazard[12], loaded[QUANTITY_TEXT_MAX] = "", due[QUANTITY_TEXT_MAX];
    char id[2 * 32 + 1] = "";
    const Custody__V1__ManifestView *manifest = item->manifest;
    if (manifest->manifest.len == 32)
        bytes_write_hex(span_of(manifest->manifest.data, 32), id);
    snprintf(pieces, sizeof(pieces), "%u", item->pieces);
    snprintf(mass, sizeof(mass), "%" PRIu64, item->mass_g);
    snprintf(hazard, sizeof(hazard), "%u", item->hazard);
    if (item->loaded_at != 0)
        quantity_write_rfc3339(item->loaded_at, loaded);
    quantity_write_rfc3339(item->due, due);
    const char *const cells[TSV_COLUMNS] = {id,
                                            manifest->number,
                                            manifest->state,
                                            manifest->generator,
                                            item->carrier,
                                            item->vehicle,
                                            pieces,
                                            mass,
                                            hazard,
                                            loaded,
                                            due};
    output_tsv(output, cells, TSV_COLUMNS);
}

static void print_item(const struct output *output, const Custody__V1__ExpectedItem *item)
{
    const Custody__V1__ManifestView *manifest = item->manifest;
    char state[WORDS_MAX], mass[QUANTITY_TEXT_MAX], loaded[OUTPUT_CELL_MAX] = "";
    words_state(manifest->state, state);
    quantity_write_mass(item->mass_g, mass);
    if (item->loaded_at != 0)
        items_short_time(output, item->loaded_at, loaded);
    output_print(output, OUTPUT_BOLD, "%s", item->vehicle[0] != '\0' ? item->vehicle : "-");
    output_print(output, OUTPUT_PLAIN, "  %s  %s  %u %s  %s", manifest->number, state, item->pieces,
                 words_pick("件", "pieces"), mass);
    if (item->hazard >= 3)
        output_print(output, OUTPUT_BAD, "  %s", words_pick("高危", "high hazard"));
    output_print(output, OUTPUT_PLAIN, "\n    %s %s  %s %s", words_pick("自", "from"),
                 views_short_party(manifest->generator, manifest->generator_name),
                 words_pick("承运", "carried by"),
                 views_short_party(item->carrier, item->carrier_name));
    if (loaded[0] != '\0')
        output_print(output, OUTPUT_PLAIN, "  %s %s", words_pick("装车", "loaded"), loaded);
    output_print(output, OUTPUT_DIM, "  %s\n", words_pick("到达时间未知", "arrival not known"));
    for (size_t i = 0; i < item->n_containers && i < LABELS_MOST; i++)
        output_print(output, OUTPUT_DIM, "%s%s%s", i % LABELS_A_LINE == 0 ? "      " : "  ",
                     views_short_place(item->containers[i], manifest->generator, ""),
                     i + 1 == item->n_containers || i + 1 == LABELS_MOST ||
                             i % LABELS_A_LINE == LABELS_A_LINE - 1
                         ? "\n"
                         : "");
    if (item->n_containers > LABELS_MOST)
        output_print(output, OUTPUT_DIM, "      ... %zu\n", item->n_containers - LABELS_MOST);
}

int expected_command(struct command_context *context, struct arguments *arguments)
{
    static const char *const lists[] = {"items", NULL};
    const struct output *output = &context->output;
    uint64_t count = 0, pieces = 0, mass_g = 0;
    struct pages pages;
    pages_begin(&pages, context, arguments, NULL, lists);
    if (pages.code == 0 && output->is_tsv)
        output_tsv(output, tsv_heads, TSV_COLUMNS);
    while (pages_next(&pages)) {
        const Custody__V1__ExpectedReply *page = (const Custody__V1__ExpectedReply *)pages.page;
        count += page->n_items;
        pieces += page->pieces;
        mass_g += page->mass_g;
        for (size_t i = 0; !output->is_json && i < page->n_items; i++) {
            if (output->is_tsv)
                print_tsv(output, page->items[i]);
            else
                print_item(output, page->items[i]);
        }
    }
    if (pages.code == 0 && !output->is_json && !output->is_tsv) {
        char mass[QUANTITY_TEXT_MAX];
        quantity_write_mass(mass_g, mass);
        output_print(output, OUTPUT_BOLD, "%s  %" PRIu64 "  %" PRIu64 " %s  %s\n",
                     words_pick("在途到本厂", "on its way here"), count, pieces,
                     words_pick("件", "pieces"), mass);
        views_basis(output, ((const Custody__V1__ExpectedReply *)pages.first)->basis);
    }
    /* The ledger adds up one page. */
    return pages_end(&pages, json_pack("{s:I, s:I}", "pieces", (json_int_t)pieces, "mass_g",
                                       (json_int_t)mass_g));
}
