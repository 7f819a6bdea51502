/* volumes.c: what is said of a container, kept by spells of time and read by volumes.
 * Never folds. */
#include "daemon/service/volumes.h"

#include <string.h>

#include "proto/custody.pb-c.h"
#include "daemon/base/logger.h"

/* 2020-01-01, before any ledger. */
static const int64_t FIRST_US = INT64_C(1577836800000000);
#define SPELL_US (VOLUMES_DAYS * CALENDAR_DAY_US)
enum { HEAD_MAX = 32 + VOLUMES_SPELLS / 8, ANY_ITEM = UINT16_MAX, BESIDE_DEEP = 3 };

/* ---- what is kept ------------------------------------------------------------------------------ */

static bool has_spell(const struct volumes_head *head, uint32_t spell)
{
    return (head->spells[spell / 8] >> spell % 8 & 1) != 0;
}

static void note_spell(struct volumes_head *head, uint32_t spell)
{
    head->spells[spell / 8] |= (uint8_t)(1U << spell % 8);
    if (head->first == VOLUMES_SPELLS || spell < head->first)
        head->first = spell;
    if (spell > head->last)
        head->last = spell;
}

bool volumes_parse_head(struct span bytes, struct volumes_head *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint8_t is_bulk = bytes_read_u8(&reader);
    uint64_t generator = bytes_read_varint(&reader);
    uint64_t division = bytes_read_varint(&reader);
    uint64_t first = bytes_read_varint(&reader);
    struct span spells = bytes_read_counted(&reader);
    if (reader.failed || is_bulk > 1 || generator > UINT32_MAX || division > UINT32_MAX ||
        first > VOLUMES_SPELLS || first / 8 + spells.len > sizeof ret->spells)
        return false;
    memset(ret->spells, 0, sizeof ret->spells);
    ret->is_bulk = is_bulk == 1;
    ret->generator = (uint32_t)generator;
    ret->division = (uint32_t)division;
    ret->first = (uint32_t)first;
    ret->last = (uint32_t)first % VOLUMES_SPELLS;
    if (spells.len > 0)
        memcpy(ret->spells + first / 8, spells.data, spells.len);
    for (size_t i = spells.len; i > 0 && spells.data[i - 1] != 0; i = 0)
        ret->last = (uint32_t)(first / 8 + i) * 8 - 1;
    while (ret->last > first % VOLUMES_SPELLS && !has_spell(ret, ret->last))
        ret->last--;
    ret->facts = span_of(reader.at, reader.left);
    return first == VOLUMES_SPELLS || has_spell(ret, ret->first);
}

static bool read_head(struct book *book, uint32_t container, struct volumes_head *ret)
{
    struct span bytes = book_record(book, SUBJECT_CONTAINER, container);
    if (bytes.data == NULL)
        return false;
    if (!volumes_parse_head(bytes, ret)) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    return true;
}

size_t volumes_write_head(const struct volumes_head *head, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, head->is_bulk ? 1 : 0);
    bytes_write_varint(&writer, head->generator);
    bytes_write_varint(&writer, head->division);
    bytes_write_varint(&writer, head->first);
    bool is_empty = head->first == VOLUMES_SPELLS;
    uint32_t from = head->first / 8, to = is_empty ? from : head->last / 8 + 1;
    bytes_write_counted(&writer, span_of(head->spells + (is_empty ? 0 : from), to - from));
    bytes_write_span(&writer, head->facts);
    return writer.failed ? 0 : writer.len;
}

/* `facts`: of the first spell; NULL: as they were. */
static void put_head(struct book *book,
                     uint32_t container,
                     const struct volumes_head *head,
                     const struct facts *facts)
{
    uint8_t bytes[HEAD_MAX + FACTS_BYTES_MAX], packed[FACTS_BYTES_MAX];
    struct volumes_head written = *head;
    if (facts != NULL)
        written.facts = span_of(packed, facts_write(facts, packed, sizeof packed));
    size_t len = volumes_write_head(&written, bytes, sizeof bytes);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_CONTAINER, container, span_of(bytes, len));
}

static uint64_t spell_number(uint32_t container, uint32_t spell)
{
    return (uint64_t)spell << 32 | container;
}

static bool read_spell(struct book *book,
                       uint32_t container,
                       const struct volumes_head *head,
                       uint32_t spell,
                       struct facts *ret)
{
    ret->count = ret->not_kept = 0;
    if (!has_spell(head, spell))
        return true;
    struct span bytes = spell == head->first
                            ? head->facts
                            : book_record(book, SUBJECT_SPELL, spell_number(container, spell));
    if (bytes.data != NULL && facts_parse(bytes, ret))
        return true;
    book_fail(book, CUSTODY_ERR_CORRUPT);
    return false;
}

static void
put_spell(struct book *book, uint32_t container, uint32_t spell, const struct facts *facts)
{
    uint8_t bytes[FACTS_BYTES_MAX];
    size_t len = facts_write(facts, bytes, sizeof bytes);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_SPELL, spell_number(container, spell), span_of(bytes, len));
}

bool volumes_is_known(struct book *book, uint32_t container)
{
    return book_record(book, SUBJECT_CONTAINER, container).data != NULL;
}

void volumes_create(
    struct book *book, uint32_t container, uint32_t generator, uint32_t division, bool is_bulk)
{
    struct volumes_head head = {
        .generator = generator, .division = division, .is_bulk = is_bulk, .first = VOLUMES_SPELLS};
    put_head(book, container, &head, NULL);
}

bool volumes_spell_read(struct book *book, uint32_t container, uint32_t spell, struct facts *ret)
{
    struct volumes_head head;
    return read_head(book, container, &head) && read_spell(book, container, &head, spell, ret);
}

void volumes_spell_put(struct book *book,
                       uint32_t container,
                       uint32_t spell,
                       const struct facts *facts)
{
    struct volumes_head head;
    struct facts first;
    if (!read_head(book, container, &head))
        return;
    bool is_new = !has_spell(&head, spell);
    if (head.first < VOLUMES_SPELLS && spell < head.first) {
        if (!read_spell(book, container, &head, head.first, &first))
            return;
        put_spell(book, container, head.first, &first);
    }
    note_spell(&head, spell);
    if (spell != head.first)
        put_spell(book, container, spell, facts);
    if (spell == head.first)
        put_head(book, container, &head, facts);
    else if (is_new)
        put_head(book, container, &head, NULL);
}

/* ---- places ------------------------------------------------------------------------------------ */

uint32_t volumes_spell(int64_t at_us)
{
    if (at_us < FIRST_US)
        return 0;
    int64_t spell = (at_us - FIRST_US) / SPELL_US;
    return spell < VOLUMES_SPELLS ? (uint32_t)spell : VOLUMES_SPELLS - 1;
}

int64_t volumes_spell_start(uint32_t spell)
{
    return spell == 0 ? INT64_MIN : FIRST_US + (int64_t)spell * SPELL_US;
}

struct fact volumes_at(int64_t at_us)
{
    return (struct fact){.effective_us = at_us};
}

struct fact volumes_newest(void)
{
    return (struct fact){.effective_us = INT64_MAX};
}

bool volumes_covers(const struct volume_bounds *bounds, const struct fact *at)
{
    return (!bounds->has_start || fact_compare(&bounds->start, at) <= 0) &&
           (!bounds->has_end || fact_compare(at, &bounds->end) < 0);
}

/* What is said of a statement stands beside it. */
static bool is_beside(const struct fact *fact)
{
    return fact->act == CUSTODY__V1__ACT__ACT_AMEND ||
           fact->act == CUSTODY__V1__ACT__ACT_WITHDRAW ||
           fact->act == CUSTODY__V1__ACT__ACT_DISPUTE;
}

static const struct fact *find_slot(const struct facts *facts, uint32_t key, uint64_t key_sequence)
{
    for (uint32_t i = 0; i < facts->count; i++)
        if (facts->all[i].key == key && facts->all[i].key_sequence == key_sequence)
            return &facts->all[i];
    return NULL;
}

static const struct fact *place_of(const struct facts *facts, const struct fact *fact)
{
    for (int deep = 0; deep < BESIDE_DEEP && is_beside(fact); deep++) {
        const struct fact *target = find_slot(facts, fact->target_key, fact->target_sequence);
        if (target == NULL)
            break;
        fact = target;
    }
    return fact;
}

/* It is filled by its generator; or something happens to it that may be the end of what was filled. */
enum turn { TURN_NONE, TURN_FILLED, TURN_MOVED };

static enum turn turn_of(const struct fact *fact, uint32_t generator)
{
    switch (fact->act) {
    case CUSTODY__V1__ACT__ACT_PACK:
    case CUSTODY__V1__ACT__ACT_YIELD:
        return fact->party == generator && fact_counts(fact) ? TURN_FILLED : TURN_NONE;
    case CUSTODY__V1__ACT__ACT_STORE:
    case CUSTODY__V1__ACT__ACT_AMEND:
    case CUSTODY__V1__ACT__ACT_WITHDRAW:
    case CUSTODY__V1__ACT__ACT_DISPUTE:
        return TURN_NONE;
    default:
        return TURN_MOVED;
    }
}

/* ---- reading a volume -------------------------------------------------------------------------- */

/* The spells of one container, the last one that was read kept at hand. */
struct shelf {
    struct book *book;
    uint32_t container;
    struct volumes_head head;
    uint32_t at; /* the spell at hand; VOLUMES_SPELLS: none */
    struct facts facts;
};

static bool take_spell(struct shelf *shelf, uint32_t spell)
{
    if (shelf->at == spell)
        return true;
    shelf->at = VOLUMES_SPELLS;
    if (!read_spell(shelf->book, shelf->container, &shelf->head, spell, &shelf->facts))
        return false;
    shelf->at = spell;
    return true;
}

static bool open_shelf(struct book *book, uint32_t container, struct shelf *ret)
{
    ret->book = book;
    ret->container = container;
    ret->at = VOLUMES_SPELLS;
    return read_head(book, container, &ret->head);
}

/* The last beginning up to `at`. False when the book failed. */
static bool
find_start(struct shelf *shelf, const struct fact *at, bool strictly, struct volume_bounds *ret)
{
    uint32_t from = volumes_spell(at->effective_us);
    from = from < shelf->head.last ? from : shelf->head.last;
    for (uint32_t s = from + 1; s > shelf->head.first; s--) {
        if (!has_spell(&shelf->head, s - 1))
            continue;
        if (!take_spell(shelf, s - 1))
            return false;
        for (uint32_t i = shelf->facts.count; i > 0; i--) {
            const struct fact *fact = &shelf->facts.all[i - 1];
            int order = fact_compare(fact, at);
            if ((fact->bits & FACT_BEGINS) == 0 || order > 0 || (strictly && order == 0))
                continue;
            ret->has_start = true;
            ret->start = *fact;
            return true;
        }
    }
    return true;
}

/* The first beginning after it; `strictly`: it is one itself. */
static bool
find_end(struct shelf *shelf, const struct fact *at, bool strictly, struct volume_bounds *ret)
{
    for (uint32_t s = volumes_spell(at->effective_us); s <= shelf->head.last; s++) {
        if (!has_spell(&shelf->head, s))
            continue;
        if (!take_spell(shelf, s))
            return false;
        for (uint32_t i = 0; i < shelf->facts.count; i++) {
            const struct fact *fact = &shelf->facts.all[i];
            int order = fact_compare(fact, at);
            if ((fact->bits & FACT_BEGINS) == 0 || order < 0 || (!strictly && order == 0))
                continue;
            ret->has_end = true;
            ret->end = *fact;
            return true;
        }
    }
    return true;
}

static bool collect(struct shelf *shelf, const struct volume_bounds *bounds, struct container *ret)
{
    uint32_t first = bounds->has_start ? volumes_spell(bounds->start.effective_us) : 0;
    uint32_t last = bounds->has_end ? volumes_spell(bounds->end.effective_us) : VOLUMES_SPELLS - 1;
    first = first > shelf->head.first ? first : shelf->head.first;
    last = last < shelf->head.last ? last : shelf->head.last;
    ret->generator = shelf->head.generator;
    ret->division = shelf->head.division;
    ret->is_bulk = shelf->head.is_bulk;
    ret->facts.count = ret->facts.not_kept = 0;
    uint32_t not_kept = 0;
    for (uint32_t s = first; s <= last && s < VOLUMES_SPELLS; s++) {
        if (!has_spell(&shelf->head, s))
            continue;
        if (!take_spell(shelf, s))
            return false;
        not_kept += shelf->facts.not_kept;
        for (uint32_t i = 0; i < shelf->facts.count; i++)
            if (volumes_covers(bounds, place_of(&shelf->facts, &shelf->facts.all[i])))
                facts_add(&ret->facts, &shelf->facts.all[i]);
    }
    ret->facts.not_kept += not_kept;
    return true;
}

static bool read_volume(struct book *book,
                        uint32_t container,
                        const struct fact *at,
                        bool strictly,
                        struct container *ret,
                        struct volume_bounds *ret_bounds)
{
    struct shelf shelf;
    if (!open_shelf(book, container, &shelf))
        return false;
    ret_bounds->has_start = ret_bounds->has_end = false;
    return find_start(&shelf, at, strictly, ret_bounds) &&
           find_end(&shelf, at, strictly, ret_bounds) && collect(&shelf, ret_bounds, ret);
}

bool volumes_read(struct book *book,
                  uint32_t container,
                  const struct fact *at,
                  struct container *ret,
                  struct volume_bounds *ret_bounds)
{
    return read_volume(book, container, at, false, ret, ret_bounds);
}

bool volumes_read_before(struct book *book,
                         uint32_t container,
                         const struct fact *start,
                         struct container *ret,
                         struct volume_bounds *ret_bounds)
{
    return read_volume(book, container, start, true, ret, ret_bounds);
}

/* ---- where volumes begin ----------------------------------------------------------------------- */

bool volumes_between(struct book *book,
                     uint32_t container,
                     const struct volume_bounds *bounds,
                     struct container *ret)
{
    struct shelf shelf;
    return open_shelf(book, container, &shelf) && collect(&shelf, bounds, ret);
}

bool volumes_find_refill(struct book *book,
                         uint32_t container,
                         const struct volume_bounds *bounds,
                         const struct fact *after,
                         struct fact *ret)
{
    struct shelf shelf;
    bool has_moved = false;
    if (!open_shelf(book, container, &shelf))
        return false;
    uint32_t start = bounds->has_start ? volumes_spell(bounds->start.effective_us) : 0;
    for (uint32_t s = start > shelf.head.first ? start : shelf.head.first; s <= shelf.head.last;
         s++) {
        if (!has_spell(&shelf.head, s))
            continue;
        if (!take_spell(&shelf, s))
            return false;
        for (uint32_t i = 0; i < shelf.facts.count; i++) {
            const struct fact *fact = &shelf.facts.all[i];
            enum turn turn = turn_of(fact, shelf.head.generator);
            if (turn == TURN_NONE || (bounds->has_start && fact_compare(fact, &bounds->start) <= 0))
                continue;
            if (turn == TURN_FILLED && has_moved && fact_compare(fact, after) > 0) {
                *ret = *fact;
                return true;
            }
            has_moved = turn == TURN_MOVED;
        }
    }
    return false;
}

void volumes_mark(struct book *book, uint32_t container, const struct fact *at, bool begins)
{
    struct facts facts;
    uint32_t spell = volumes_spell(at->effective_us);
    if (!volumes_spell_read(book, container, spell, &facts))
        return;
    struct fact *fact = facts_find_entry(&facts, at->entry, at->item);
    if (fact == NULL || !fact_is_same(fact, at) || fact_compare(fact, at) != 0 ||
        ((fact->bits & FACT_BEGINS) != 0) == begins)
        return;
    fact->bits ^= FACT_BEGINS;
    volumes_spell_put(book, container, spell, &facts);
}

/* ---- one fact ---------------------------------------------------------------------------------- */

bool volumes_find(struct book *book,
                  uint32_t container,
                  uint32_t spell,
                  uint64_t entry,
                  uint16_t item,
                  struct fact *ret,
                  uint32_t *ret_spell)
{
    struct shelf shelf;
    bool is_any = spell == VOLUMES_SPELLS;
    if (!open_shelf(book, container, &shelf) || shelf.head.first == VOLUMES_SPELLS)
        return false;
    uint32_t from = is_any ? shelf.head.last : spell, to = is_any ? shelf.head.first : spell;
    for (uint32_t s = from + 1; s > to; s--) {
        if (!has_spell(&shelf.head, s - 1))
            continue;
        if (!take_spell(&shelf, s - 1))
            return false;
        for (uint32_t i = 0; i < shelf.facts.count; i++)
            if (shelf.facts.all[i].entry == entry &&
                (item == ANY_ITEM || shelf.facts.all[i].item == item)) {
                *ret = shelf.facts.all[i];
                *ret_spell = s - 1;
                return true;
            }
    }
    return false;
}

void volumes_move(struct book *book,
                  uint32_t container,
                  uint32_t spell,
                  const struct fact *there,
                  const struct fact *moved)
{
    struct facts from, left, to;
    uint32_t new_spell = is_beside(moved) ? spell : volumes_spell(moved->effective_us);
    if (!volumes_spell_read(book, container, spell, &from))
        return;
    if (new_spell == spell) {
        facts_move(&from, facts_find_entry(&from, there->entry, there->item), moved);
        volumes_spell_put(book, container, spell, &from);
        return;
    }
    if (!volumes_spell_read(book, container, new_spell, &to))
        return;
    left.count = 0;
    left.not_kept = from.not_kept;
    for (uint32_t i = 0; i < from.count; i++) {
        const struct fact *fact = &from.all[i];
        if (fact_is_same(fact, there))
            facts_add(&to, moved);
        else if (fact_is_same(place_of(&from, fact), there))
            facts_add(&to, fact);
        else
            left.all[left.count++] = *fact;
    }
    volumes_spell_put(book, container, spell, &left);
    volumes_spell_put(book, container, new_spell, &to);
}

/* ---- members ----------------------------------------------------------------------------------- */

#define MEMBER_AGAIN (UINT64_C(1) << 44)

uint64_t volumes_member(uint32_t container, uint32_t spell, bool is_again)
{
    return (uint64_t)spell << 32 | container | (is_again ? MEMBER_AGAIN : 0);
}

uint32_t volumes_member_container(uint64_t member)
{
    return (uint32_t)member;
}

uint32_t volumes_member_spell(uint64_t member)
{
    return (uint32_t)(member >> 32) % VOLUMES_SPELLS;
}

bool volumes_member_is_again(uint64_t member)
{
    return (member & MEMBER_AGAIN) != 0;
}
