/* carried.c: what every civil month added to a party's stock.
 * Never a figure: movement rows are. */
#include "daemon/service/carried.h"

#include "daemon/domain/tally.h"

static int64_t plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* ---- records ----------------------------------------------------------------------------------- */

static void write_code(const struct carried_code *code, struct bytes_writer *writer)
{
    bytes_write_varint(writer, code->code);
    bytes_write_varint(writer, code->months);
    for (uint32_t i = 0; i < CARRIED_MONTHS; i++)
        if ((code->months >> i & 1) != 0) {
            bytes_write_zigzag(writer, code->grams[i]);
            bytes_write_varint(writer, code->newest[i]);
        }
}

static bool read_code(struct bytes_reader *reader, struct carried_code *ret)
{
    uint64_t code = bytes_read_varint(reader), months = bytes_read_varint(reader);
    if (reader->failed || code > UINT32_MAX || months >> CARRIED_MONTHS != 0)
        return false;
    *ret = (struct carried_code){.code = (uint32_t)code, .months = (uint32_t)months};
    for (uint32_t i = 0; i < CARRIED_MONTHS; i++)
        if ((months >> i & 1) != 0) {
            ret->grams[i] = bytes_read_zigzag(reader);
            ret->newest[i] = bytes_read_varint(reader);
        }
    return !reader->failed;
}

/* False on damage, and when the book has no memory. */
static bool parse_year(struct book *book, struct span bytes, struct carried_year *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint64_t count = bytes.data == NULL ? 0 : bytes_read_varint(&reader);
    if (reader.failed || count > CARRIED_CODES_MAX)
        return false;
    ret->codes = arena_alloc(book_arena(book), (count + 1) * sizeof *ret->codes);
    if (ret->codes == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return false;
    }
    for (ret->count = 0; ret->count < count; ret->count++)
        if (!read_code(&reader, &ret->codes[ret->count]))
            return false;
    return bytes.data == NULL || bytes_reader_is_done(&reader);
}

static void put_year(struct book *book, uint64_t number, const struct carried_year *year)
{
    enum { CODE_BYTES = 5 + 3 + CARRIED_MONTHS * 20 };
    size_t cap = 8 + (size_t)year->count * CODE_BYTES;
    uint8_t *bytes = arena_alloc(book_arena(book), cap);
    struct bytes_writer writer;
    if (bytes == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return;
    }
    bytes_writer_init(&writer, bytes, cap);
    bytes_write_varint(&writer, year->count);
    for (uint32_t i = 0; i < year->count; i++)
        write_code(&year->codes[i], &writer);
    book_put_record(book, TALLY_CARRIED, number, bytes_written(&writer));
}

struct carried_year *carried_read(struct book *book, uint32_t party, int32_t year)
{
    struct carried_year *read = arena_alloc(book_arena(book), sizeof *read);
    struct span bytes = book_record(book, TALLY_CARRIED, tally_number(party, year));
    if (read == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return NULL;
    }
    if (!parse_year(book, bytes, read)) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return NULL;
    }
    return read;
}

int32_t carried_since(struct book *book, uint32_t party)
{
    struct bytes_reader reader;
    struct span bytes = book_record(book, TALLY_CARRIED_SINCE, party);
    if (bytes.data == NULL)
        return INT32_MAX;
    bytes_reader_init(&reader, bytes);
    int64_t year = bytes_read_zigzag(&reader);
    if (!bytes_reader_is_done(&reader) || year < INT32_MIN || year > INT32_MAX) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return INT32_MAX;
    }
    return (int32_t)year;
}

static void note_since(struct book *book, uint32_t party, int32_t year)
{
    uint8_t bytes[16];
    struct bytes_writer writer;
    if (year >= carried_since(book, party))
        return;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    bytes_write_zigzag(&writer, year);
    book_put_record(book, TALLY_CARRIED_SINCE, party, bytes_written(&writer));
}

/* ---- adding ------------------------------------------------------------------------------------ */

/* NULL when there is no room for another. */
static struct carried_code *code_of(struct carried_year *year, uint32_t code)
{
    for (uint32_t i = 0; i < year->count; i++)
        if (year->codes[i].code == code)
            return &year->codes[i];
    if (year->count == CARRIED_CODES_MAX)
        return NULL;
    year->codes[year->count] = (struct carried_code){.code = code};
    return &year->codes[year->count++];
}

void carried_add(struct book *book,
                 uint32_t party,
                 uint32_t code,
                 int32_t day,
                 const struct movement_sums *sums,
                 uint64_t entry)
{
    int64_t net_g = 0;
    bool moves = false;
    int32_t year_number;
    uint32_t month, day_of_month;
    for (unsigned account = 0; account <= MOVEMENT_ACCOUNT_MAX; account++) {
        if (sums->grams[account] == 0 && sums->pieces[account] == 0)
            continue;
        int sign = movement_account_sign((uint8_t)account);
        if (sign == 0)
            continue;
        moves = true;
        net_g = plus(net_g, sign * sums->grams[account]);
    }
    if (!moves)
        return;
    calendar_civil(day, &year_number, &month, &day_of_month);
    struct carried_year *year = carried_read(book, party, year_number);
    struct carried_code *row = year == NULL ? NULL : code_of(year, code);
    if (row == NULL)
        return;
    row->months |= UINT32_C(1) << (month - 1);
    row->grams[month - 1] = plus(row->grams[month - 1], net_g);
    row->newest[month - 1] = entry;
    put_year(book, tally_number(party, year_number), year);
    note_since(book, party, year_number);
}
