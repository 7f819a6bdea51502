/* fuzz_quantity.c: what people write as times, masses, figures, codes and places is a number within bounds, or is not taken. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/figure.h"
#include "proto/waste.h"
#include "daemon/domain/division.h"
#include "client/lib/quantity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

/* What is written of a quantity is read as the same, where nothing was rounded. */
static void try_quantities(struct span text)
{
    char written[QUANTITY_TEXT_MAX];
    int64_t number, again;
    uint64_t grams, same;
    if (quantity_parse_time(text, &number)) {
        quantity_write_rfc3339(number, written);
        require(memchr(written, 0, sizeof written) != NULL);
        if (number != 0 && quantity_parse_time(span_text(written), &again))
            require(number - again < 1000000 && again - number < 1000000);
        quantity_write_civil(number, QUANTITY_CIVIL_MINUTES, written);
        require(memchr(written, 0, sizeof written) != NULL);
    }
    if (quantity_parse_mass(text, &grams)) {
        quantity_write_mass(grams, written);
        require(quantity_parse_mass(span_text(written), &same) && same == grams);
    }
    if (quantity_parse_duration(text, &number)) {
        quantity_write_duration(number, written);
        require(memchr(written, 0, sizeof written) != NULL);
    }
    if (quantity_parse_degrees(text, &number))
        require(number > INT64_MIN);
    if (quantity_parse_temperature(text, &number))
        require(number > INT64_MIN);
}

static void try_figure(struct span text)
{
    struct figure figure, again;
    char written[FIGURE_TEXT_MAX + 1];
    int32_t first, after;
    if (figure_parse_period(text, &first, &after))
        require(first < after);
    if (!figure_parse(text, &figure))
        return;
    require(figure.first < figure.after);
    figure_write(figure.period, figure.scope, figure.code, figure.name, written);
    require(figure_parse(span_text(written), &again));
    require(strcmp(figure.scope, again.scope) == 0 && strcmp(figure.code, again.code) == 0 &&
            strcmp(figure.name, again.name) == 0 && figure.first == again.first &&
            figure.after == again.after);
}

/* Two codes or patterns, with a comma between them. */
static void try_codes(struct span text)
{
    const uint8_t *comma = text.len == 0 ? NULL : memchr(text.data, ',', text.len);
    struct span one = comma == NULL ? text : span_of(text.data, (size_t)(comma - text.data));
    struct span two =
        comma == NULL ? text : span_of(comma + 1, text.len - (size_t)(comma + 1 - text.data));
    if (waste_is_code(one))
        require(one.len <= WASTE_CODE_MAX && waste_covers(one, one));
    if (waste_is_pattern(one))
        require(waste_covers_pattern(one, one));
    if (waste_is_pattern(one) && waste_is_pattern(two) && waste_covers_pattern(one, two) &&
        waste_is_code(two))
        require(waste_covers(one, two));
    uint32_t first, last, division = division_parse(one);
    if (division != 0)
        require(division <= 999999 && division_covers(division, division));
    if (division_parse_prefix(one, &first, &last))
        require(first <= last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_of(data, size);
    try_quantities(text);
    try_figure(text);
    try_codes(text);
    return 0;
}
