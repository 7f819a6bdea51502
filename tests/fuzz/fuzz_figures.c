/* fuzz_figures.c: a saved report is taken as figures that come out the same, and whether they add up is told of any. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/figures.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static bool
count_change(void *context, const struct figures_row *row, int64_t before, int64_t after)
{
    require(before != after && row->name != NULL);
    ++*(size_t *)context;
    return true;
}

static void try_figures(const struct figures *figures)
{
    struct figures again = {0};
    struct figures_fault fault = {0};
    size_t changes = 0;
    json_t *json = figures_to_json(figures, "2026-05");
    /* NULL: a name in it is not UTF-8. */
    if (json == NULL)
        return;
    require(figures_from_json(&again, json) && again.count == figures->count);
    figures_compare(figures, &again, count_change, &changes);
    require(changes == 0);
    (void)figures_add_up(figures, "2026-05", "540400", &fault);
    (void)figures_add_up(figures, "2026-05", "", &fault);
    for (size_t i = 0; i < figures->count; i++) {
        const struct figures_row *row = &figures->rows[i];
        char share[FIGURES_SHARE_MAX], mass[FIGURES_MASS_MAX];
        require(figures_find(figures, row->scope, row->code, row->name) == row->value);
        figures_write_share(row->value, figures->rows[0].value, share);
        figures_write_mass(row->value, mass);
    }
    figures_done(&again);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct figures figures = {0};
    json_t *json = json_loadb((const char *)data, size, 0, NULL);
    if (json != NULL && figures_from_json(&figures, json))
        try_figures(&figures);
    figures_done(&figures);
    json_decref(json);
    return 0;
}
