/* catalogue.c: editions of the catalogue of waste codes: which codes are listed when.
 * Never knows what a code means. */
#include "daemon/domain/catalogue.h"

int32_t catalogue_at(const struct catalogue *catalogue, enum waste_form form, int64_t at_us)
{
    int32_t found = -1;
    for (uint32_t i = 0; i < catalogue->count; i++)
        if ((catalogue->editions[i].forms >> form & 1) != 0 &&
            catalogue->editions[i].from_us <= at_us &&
            (found < 0 || catalogue->editions[i].from_us >= catalogue->editions[found].from_us))
            found = (int32_t)i;
    return found;
}

int32_t catalogue_find(const struct catalogue *catalogue, struct span name)
{
    for (uint32_t i = 0; i < catalogue->count; i++)
        if (span_is_equal(span_text(catalogue->editions[i].name), name))
            return (int32_t)i;
    return -1;
}

int32_t
catalogue_begin(struct catalogue *catalogue, struct span name, int64_t asked_us, uint64_t entry)
{
    if (catalogue->count == CATALOGUE_EDITIONS_MAX || name.len > CATALOGUE_NAME_MAX)
        return -1;
    struct catalogue_edition *edition = &catalogue->editions[catalogue->count];
    *edition =
        (struct catalogue_edition){.asked_us = asked_us, .from_us = INT64_MAX, .entry = entry};
    if (name.len > 0)
        memcpy(edition->name, name.data, name.len);
    return (int32_t)catalogue->count++;
}

void catalogue_complete(struct catalogue_edition *edition, int64_t now_us, bool ledger_is_open)
{
    if (edition->from_us != INT64_MAX)
        return;
    bool is_past = edition->asked_us == 0 || (ledger_is_open && edition->asked_us < now_us);
    edition->from_us = is_past ? now_us : edition->asked_us;
}

const struct catalogue_row *catalogue_row_of(const struct catalogue_code *code, int32_t edition)
{
    for (uint32_t i = 0; i < code->count; i++)
        if (code->rows[i].edition == edition)
            return &code->rows[i];
    return NULL;
}

const struct catalogue_row *catalogue_lists(const struct catalogue *catalogue,
                                            const struct catalogue_code *code,
                                            enum waste_form form,
                                            int64_t at_us)
{
    int32_t edition = catalogue_at(catalogue, form, at_us);
    const struct catalogue_row *row = edition < 0 ? NULL : catalogue_row_of(code, edition);
    return row != NULL && row->from_us <= at_us ? row : NULL;
}

bool catalogue_add(struct catalogue_code *code, const struct catalogue_row *row)
{
    for (uint32_t i = 0; i < code->count; i++)
        if (code->rows[i].edition == row->edition) {
            int64_t from_us = code->rows[i].from_us;
            code->rows[i] = *row;
            code->rows[i].from_us = from_us;
            return true;
        }
    if (code->count == CATALOGUE_EDITIONS_MAX)
        return false;
    code->rows[code->count++] = *row;
    return true;
}

/* ---- records ----------------------------------------------------------------------------------- */

static void read_text(struct bytes_reader *reader, char *ret, size_t most)
{
    struct span text = bytes_read_counted(reader);
    if (reader->failed || text.len > most ||
        (text.len > 0 && memchr(text.data, 0, text.len) != NULL))
        reader->failed = true;
    else if (text.len > 0)
        memcpy(ret, text.data, text.len);
}

size_t catalogue_write(const struct catalogue *catalogue, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, (uint8_t)catalogue->count);
    for (uint32_t i = 0; i < catalogue->count; i++) {
        const struct catalogue_edition *edition = &catalogue->editions[i];
        bytes_write_counted(&writer, span_text(edition->name));
        bytes_write_zigzag(&writer, edition->asked_us);
        bytes_write_zigzag(&writer, edition->from_us);
        bytes_write_u8(&writer, edition->forms);
        bytes_write_varint(&writer, edition->entry);
    }
    return bytes_written(&writer).len;
}

bool catalogue_parse(struct span bytes, struct catalogue *ret)
{
    struct catalogue catalogue = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    catalogue.count = bytes_read_u8(&reader);
    if (catalogue.count > CATALOGUE_EDITIONS_MAX)
        return false;
    for (uint32_t i = 0; i < catalogue.count; i++) {
        struct catalogue_edition *edition = &catalogue.editions[i];
        read_text(&reader, edition->name, CATALOGUE_NAME_MAX);
        edition->asked_us = bytes_read_zigzag(&reader);
        edition->from_us = bytes_read_zigzag(&reader);
        edition->forms = bytes_read_u8(&reader);
        edition->entry = bytes_read_varint(&reader);
    }
    if (!bytes_reader_is_done(&reader))
        return false;
    *ret = catalogue;
    return true;
}

size_t catalogue_write_code(const struct catalogue_code *code, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, (uint8_t)code->count);
    for (uint32_t i = 0; i < code->count; i++) {
        const struct catalogue_row *row = &code->rows[i];
        bytes_write_u8(&writer, row->edition);
        bytes_write_zigzag(&writer, row->from_us);
        bytes_write_varint(&writer, row->replaces);
        bytes_write_counted(&writer, span_text(row->category));
        bytes_write_counted(&writer, span_text(row->hazard));
    }
    return bytes_written(&writer).len;
}

bool catalogue_parse_code(struct span bytes, struct catalogue_code *ret)
{
    struct catalogue_code code = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    code.count = bytes_read_u8(&reader);
    if (code.count > CATALOGUE_EDITIONS_MAX)
        return false;
    for (uint32_t i = 0; i < code.count; i++) {
        struct catalogue_row *row = &code.rows[i];
        row->edition = bytes_read_u8(&reader);
        row->from_us = bytes_read_zigzag(&reader);
        uint64_t replaces = bytes_read_varint(&reader);
        row->replaces = (uint32_t)replaces;
        read_text(&reader, row->category, CATALOGUE_CATEGORY_MAX);
        read_text(&reader, row->hazard, CATALOGUE_HAZARD_MAX);
        if (replaces > UINT32_MAX || row->edition >= CATALOGUE_EDITIONS_MAX)
            return false;
    }
    if (!bytes_reader_is_done(&reader))
        return false;
    *ret = code;
    return true;
}
