/* enact_table.c: divisions and catalogues as they are set.
 * Never decides who may set them. */
#include <string.h>

#include "daemon/domain/division.h"
#include "daemon/service/enact_parts.h"

static void
put_division(const struct enacting *enacting, const Custody__V1__Division *row, int64_t from_us)
{
    struct book *book = enacting->book;
    uint32_t code = division_parse(span_text(row->code));
    struct region fresh = {0}, *region = book_region(book, code);
    if (region == NULL) {
        struct book_ledger ledger = *book_ledger(book);
        ledger.divisions++;
        book_put_ledger(book, &ledger);
        region = &fresh;
    }
    struct region_version version = {
        .from_us = from_us,
        .parent = division_parse(span_text(row->parent)),
        .successor = division_parse(span_text(row->successor)),
    };
    enact_text(version.name, sizeof version.name, row->name);
    region_add(region, &version);
    book_put_region(book, code, region);
    struct region_mergers *mergers = version.successor == 0 ? NULL : book_mergers(book);
    if (mergers != NULL && region_merge(mergers, code, version.successor))
        book_put_mergers(book, mergers);
}

void enact_table_divisions(const struct enacting *enacting,
                           const Custody__V1__SetDivisionsBody *body)
{
    int64_t from_us = enact_from(enacting, body->effective_from);
    for (size_t i = 0; i < body->n_divisions && book_status(enacting->book) == CUSTODY_OK; i++)
        put_division(enacting, body->divisions[i], from_us);
}

static void put_code(const struct enacting *enacting,
                     const Custody__V1__CatalogueRow *row,
                     uint8_t edition,
                     int64_t from_us)
{
    struct book *book = enacting->book;
    uint32_t number = book_give(book, SUBJECT_CODE, span_text(row->code));
    struct catalogue_code *code = book_code(book, number);
    if (code == NULL) {
        struct book_ledger ledger = *book_ledger(book);
        ledger.codes++;
        book_put_ledger(book, &ledger);
        code = arena_alloc(book_arena(book), sizeof *code);
        if (code == NULL) {
            book_fail(book, CUSTODY_ERR_MEMORY);
            return;
        }
    }
    struct catalogue_row listed = {.edition = edition, .from_us = from_us};
    if (row->replaces[0] != 0)
        listed.replaces = book_give(book, SUBJECT_CODE, span_text(row->replaces));
    enact_text(listed.category, sizeof listed.category, row->category);
    enact_text(listed.hazard, sizeof listed.hazard, row->hazard);
    catalogue_add(code, &listed);
    book_put_code(book, number, code);
}

void enact_table_catalogue(const struct enacting *enacting,
                           const Custody__V1__SetCatalogueBody *body)
{
    struct book *book = enacting->book;
    struct catalogue *catalogue = book_catalogue(book);
    int64_t now_us = enacting->entry->recorded_us;
    if (catalogue == NULL)
        return;
    int32_t index = catalogue_find(catalogue, span_text(body->edition));
    if (index < 0)
        index = catalogue_begin(catalogue, span_text(body->edition), body->effective_from,
                                enacting->entry->number);
    if (index < 0)
        return;
    struct catalogue_edition *edition = &catalogue->editions[index];
    bool is_complete = edition->from_us != INT64_MAX;
    /* What a complete edition is given later holds from now; what makes it up, as soon as it is in force. */
    int64_t from_us = is_complete ? enact_from(enacting, 0) : INT64_MIN;
    if (!body->more)
        catalogue_complete(edition, now_us, enacting->ledger_is_open);
    for (size_t i = 0; i < body->n_rows && book_status(book) == CUSTODY_OK; i++) {
        edition->forms |= (uint8_t)(1U << waste_form_of(span_text(body->rows[i]->code)));
        put_code(enacting, body->rows[i], (uint8_t)index, from_us);
    }
    book_put_catalogue(book, catalogue);
}
