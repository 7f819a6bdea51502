/* sponsored.c: which parties have a party as their parent.
 * Never forgets one that has left. */
#include "daemon/service/sponsored.h"

static uint32_t count_of(struct book *book, uint32_t parent)
{
    struct span record = book_record(book, SUBJECT_SPONSOR, parent);
    return record.len == 4 ? bytes_get_u32(record.data) : 0;
}

void sponsored_note(struct book *book, uint32_t parent, uint32_t child)
{
    uint8_t bytes[4];
    uint32_t count = parent == 0 ? 0 : count_of(book, parent);
    for (uint32_t i = 0; i < count; i++)
        if (book_member(book, SUBJECT_SPONSOR, parent, i) == child)
            return;
    if (parent == 0)
        return;
    book_put_member(book, SUBJECT_SPONSOR, parent, count, child);
    bytes_put_u32(bytes, count + 1);
    book_put_record(book, SUBJECT_SPONSOR, parent, span_of(bytes, sizeof bytes));
}

uint32_t
sponsored_now(struct book *book, uint32_t parent, int64_t now_us, uint32_t *ret, uint32_t cap)
{
    uint32_t count = parent == 0 ? 0 : count_of(book, parent), found = 0;
    for (uint32_t i = 0; i < count && found < cap; i++) {
        uint32_t child = (uint32_t)book_member(book, SUBJECT_SPONSOR, parent, i);
        const struct party *party = child == 0 ? NULL : book_party(book, child);
        const struct party_version *version = party == NULL ? NULL : party_at(party, now_us);
        if (version != NULL && version->parent == parent)
            ret[found++] = child;
    }
    return found;
}
