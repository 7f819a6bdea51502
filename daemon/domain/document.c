/* document.c: what was filed, whether it was in force at a time, and what is left of a plan.
 * Never reads the document. */
#include "daemon/domain/document.h"

#include "proto/rule.h"

bool document_is_in_force(const struct document *document, int64_t at_us)
{
    for (uint32_t i = 0; i < document->filing_count; i++)
        if (document->filings[i].from_us <= at_us && at_us < document->filings[i].until_us)
            return true;
    return false;
}

bool document_names(const struct document *document, uint32_t party)
{
    for (uint32_t i = 0; party != 0 && i < document->party_count; i++)
        if (document->parties[i] == party)
            return true;
    return false;
}

static const struct document_line *find_line(const struct document *document, struct span code)
{
    for (uint32_t i = 0; i < document->line_count; i++)
        if (span_is_equal(span_text(document->lines[i].code), code))
            return &document->lines[i];
    return NULL;
}

bool document_covers(const struct document *document, struct span code)
{
    return document->line_count == 0 || find_line(document, code) != NULL;
}

uint64_t document_left_g(const struct document *document, struct span code)
{
    const struct document_line *line = find_line(document, code);
    if (document->line_count == 0)
        return UINT64_MAX;
    return line == NULL || line->drawn_g >= line->mass_g ? 0 : line->mass_g - line->drawn_g;
}

void document_draw(struct document *document, struct span code, uint64_t mass_g, bool is_added)
{
    for (uint32_t i = 0; i < document->line_count; i++) {
        struct document_line *line = &document->lines[i];
        if (!span_is_equal(span_text(line->code), code))
            continue;
        if (!is_added)
            line->drawn_g = line->drawn_g < mass_g ? 0 : line->drawn_g - mass_g;
        else if (__builtin_add_overflow(line->drawn_g, mass_g, &line->drawn_g))
            line->drawn_g = UINT64_MAX;
        return;
    }
}

bool document_file(struct document *document,
                   const struct document_filing *filing,
                   const struct document *with)
{
    if (document->filing_count == DOCUMENT_FILINGS_MAX)
        return false;
    struct document filed = *with;
    bool is_changed = document_is_in_force(document, filing->from_us);
    for (uint32_t i = 0; is_changed && i < filed.line_count; i++) {
        const struct document_line *was = find_line(document, span_text(filed.lines[i].code));
        filed.lines[i].drawn_g = was == NULL ? 0 : was->drawn_g;
    }
    filed.filing_count = document->filing_count;
    memcpy(filed.filings, document->filings, sizeof filed.filings);
    filed.filings[filed.filing_count++] = *filing;
    *document = filed;
    return true;
}

static void add_row(const struct document *document,
                    uint64_t number,
                    uint32_t division,
                    const struct document_filing *filing,
                    const struct profile *profile,
                    const struct document_filing *renewed,
                    struct work_set *set)
{
    struct work *row = work_add(set);
    if (row == NULL)
        return;
    row->kind = renewed == NULL ? WORK_OBLIGATION : WORK_FINDING;
    row->rule = RULE_document_expired;
    row->subject_kind = SUBJECT_DOCUMENT;
    row->subject = number;
    row->division = division;
    row->due_us = filing->until_us;
    row->since_us = filing->from_us;
    row->party = document->owner;
    row->anchor_key = filing->key;
    row->anchor_sequence = filing->key_sequence;
    row->entries[row->entry_count++] = filing->entry;
    if (renewed == NULL)
        row->notice_us = filing->until_us - profile->document_notice_us;
    else
        row->entries[row->entry_count++] = renewed->entry;
}

void document_work(const struct document *document,
                   uint64_t number,
                   uint32_t division,
                   int64_t closed_us,
                   const struct profile *profile,
                   struct work_set *set)
{
    if (!profile_has_rule(profile, RULE_document_expired))
        return;
    /* How far the filings up to here reach; one that ends sooner than an older one takes nothing back. */
    const struct document_filing *reaches = NULL;
    for (uint32_t i = 0; i < document->filing_count; i++) {
        const struct document_filing *filing = &document->filings[i];
        if (reaches != NULL && filing->from_us > reaches->until_us && reaches->until_us < closed_us)
            add_row(document, number, division, reaches, profile, filing, set);
        if (reaches == NULL || filing->until_us > reaches->until_us)
            reaches = filing;
    }
    if (reaches != NULL && reaches->until_us != INT64_MAX && reaches->until_us < closed_us)
        add_row(document, number, division, reaches, profile, NULL, set);
}

size_t document_write(const struct document *document, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, document->kind);
    bytes_write_varint(&writer, document->owner);
    bytes_write_u8(&writer, (uint8_t)document->party_count);
    for (uint32_t i = 0; i < document->party_count; i++)
        bytes_write_varint(&writer, document->parties[i]);
    bytes_write_u8(&writer, (uint8_t)document->line_count);
    for (uint32_t i = 0; i < document->line_count; i++) {
        bytes_write_counted(&writer, span_text(document->lines[i].code));
        bytes_write_varint(&writer, document->lines[i].mass_g);
        bytes_write_varint(&writer, document->lines[i].drawn_g);
    }
    bytes_write_u8(&writer, (uint8_t)document->filing_count);
    for (uint32_t i = 0; i < document->filing_count; i++) {
        const struct document_filing *filing = &document->filings[i];
        bytes_write_zigzag(&writer, filing->from_us);
        bytes_write_zigzag(&writer, filing->until_us);
        bytes_write_varint(&writer, filing->entry);
        bytes_write_varint(&writer, filing->key);
        bytes_write_varint(&writer, filing->key_sequence);
    }
    return bytes_written(&writer).len;
}

static uint32_t read_number(struct bytes_reader *reader)
{
    uint64_t value = bytes_read_varint(reader);
    if (value > UINT32_MAX)
        reader->failed = true;
    return (uint32_t)value;
}

static uint32_t read_count(struct bytes_reader *reader, uint32_t most)
{
    uint32_t count = bytes_read_u8(reader);
    if (count > most)
        reader->failed = true;
    return reader->failed ? 0 : count;
}

static void read_line(struct bytes_reader *reader, struct document_line *ret)
{
    struct span code = bytes_read_counted(reader);
    if (reader->failed || code.len == 0 || code.len > WASTE_CODE_MAX ||
        memchr(code.data, 0, code.len) != NULL)
        reader->failed = true;
    else
        memcpy(ret->code, code.data, code.len);
    ret->mass_g = bytes_read_varint(reader);
    ret->drawn_g = bytes_read_varint(reader);
}

bool document_parse(struct span bytes, struct document *ret)
{
    struct document document = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    document.kind = bytes_read_u8(&reader);
    document.owner = read_number(&reader);
    document.party_count = read_count(&reader, DOCUMENT_PARTIES_MAX);
    for (uint32_t i = 0; i < document.party_count; i++)
        document.parties[i] = read_number(&reader);
    document.line_count = read_count(&reader, DOCUMENT_LINES_MAX);
    for (uint32_t i = 0; i < document.line_count; i++)
        read_line(&reader, &document.lines[i]);
    document.filing_count = read_count(&reader, DOCUMENT_FILINGS_MAX);
    for (uint32_t i = 0; i < document.filing_count; i++) {
        struct document_filing *filing = &document.filings[i];
        filing->from_us = bytes_read_zigzag(&reader);
        filing->until_us = bytes_read_zigzag(&reader);
        filing->entry = bytes_read_varint(&reader);
        filing->key = read_number(&reader);
        filing->key_sequence = bytes_read_varint(&reader);
    }
    if (!bytes_reader_is_done(&reader))
        return false;
    *ret = document;
    return true;
}
