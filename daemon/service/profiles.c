/* profiles.c: the profiles that the ledger holds, and which of them judges what.
 * Never judges anything itself. */
#include "daemon/service/profiles.h"

#include <stdlib.h>

#include "proto/body.h"
#include "daemon/base/logger.h"
#include "daemon/domain/division.h"

enum { PROFILES_MEMOS = 64 };

struct profiles_row {
    struct edition edition; /* without its text: that stays with the record */
    struct profile *parsed; /* NULL: nobody asked for it yet */
};

/* What a selection gave. It gives the same for a whole epoch: from the `from` of one profile to that of the next. */
struct profiles_memo {
    uint32_t epoch; /* 1 and up; 0: empty */
    uint32_t division;
    uint32_t number;
    bool is_epidemic;
    uint8_t code_len;
    uint8_t code[WASTE_CODE_MAX];
};

struct profiles {
    struct book *book;
    struct profile built_in[2]; /* general and medical, in the ledger's own zone */
    int32_t utc_offset_minutes;
    bool is_current;  /* looked at in this turn */
    uint32_t doubted; /* rows from here on were written in this turn and may yet be reverted */
    uint32_t count, room;
    struct profiles_row *rows;
    int64_t *begins; /* where each epoch but the first begins: every row's `from`, sorted */
    struct profiles_memo memos[PROFILES_MEMOS];
};

struct profiles *profiles_create(struct book *book)
{
    struct profiles *profiles = calloc(1, sizeof *profiles);
    if (profiles == NULL)
        return NULL;
    profiles->book = book;
    profiles->doubted = UINT32_MAX;
    profiles->built_in[0] = *profile_general();
    profiles->built_in[1] = *profile_medical();
    profiles->utc_offset_minutes = profiles->built_in[0].calendar.utc_offset_minutes;
    return profiles;
}

static void profiles_sort(struct profiles *profiles)
{
    for (uint32_t i = 0; i < profiles->count; i++) {
        int64_t from_us = profiles->rows[i].edition.from_us;
        uint32_t at = i;
        for (; at > 0 && profiles->begins[at - 1] > from_us; at--)
            profiles->begins[at] = profiles->begins[at - 1];
        profiles->begins[at] = from_us;
    }
}

static void profiles_forget(struct profiles *profiles, uint32_t first)
{
    while (profiles->count > first)
        free(profiles->rows[--profiles->count].parsed);
    profiles_sort(profiles);
    memset(profiles->memos, 0, sizeof profiles->memos);
}

void profiles_destroy(struct profiles *profiles)
{
    if (profiles == NULL)
        return;
    profiles_forget(profiles, 0);
    free(profiles->rows);
    free(profiles->begins);
    free(profiles);
}

void profiles_turn(struct profiles *profiles)
{
    profiles->is_current = false;
    if (profiles->doubted < profiles->count)
        profiles_forget(profiles, profiles->doubted);
    profiles->doubted = UINT32_MAX;
}

void profiles_written(struct profiles *profiles, uint64_t number)
{
    uint32_t index = (uint32_t)number - 1;
    profiles->is_current = false;
    if (index < profiles->doubted)
        profiles->doubted = index;
    if (index < profiles->count)
        profiles_forget(profiles, index);
}

void profiles_set_zone(struct profiles *profiles, int32_t utc_offset_minutes)
{
    if (profiles->utc_offset_minutes == utc_offset_minutes)
        return;
    profiles->utc_offset_minutes = utc_offset_minutes;
    for (size_t i = 0; i < sizeof profiles->built_in / sizeof profiles->built_in[0]; i++)
        profiles->built_in[i].calendar.utc_offset_minutes = utc_offset_minutes;
    for (uint32_t i = 0; i < profiles->count; i++)
        if (profiles->rows[i].parsed != NULL && !profiles->rows[i].parsed->is_zoned)
            profiles->rows[i].parsed->calendar.utc_offset_minutes = utc_offset_minutes;
}

/* ---- what is recorded --------------------------------------------------------------------------- */

static bool profiles_read(struct profiles *profiles, uint32_t index, struct edition *ret)
{
    struct span bytes = book_record(profiles->book, SUBJECT_PROFILE, index + 1);
    if (bytes.data != NULL && edition_parse(bytes, ret))
        return true;
    if (book_status(profiles->book) == CUSTODY_OK)
        book_fail(profiles->book, CUSTODY_ERR_CORRUPT);
    return false;
}

static bool profiles_make_room(struct profiles *profiles, uint32_t count)
{
    if (count <= profiles->room)
        return true;
    uint32_t room = count + 16;
    struct profiles_row *rows = realloc(profiles->rows, room * sizeof *rows);
    if (rows == NULL) {
        book_fail(profiles->book, CUSTODY_ERR_MEMORY);
        return false;
    }
    profiles->rows = rows;
    int64_t *begins = realloc(profiles->begins, room * sizeof *begins);
    if (begins == NULL) {
        book_fail(profiles->book, CUSTODY_ERR_MEMORY);
        return false;
    }
    profiles->begins = begins;
    profiles->room = room;
    return true;
}

static uint32_t profiles_epoch(const struct profiles *profiles, int64_t at_us)
{
    uint32_t low = 0, high = profiles->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (profiles->begins[middle] <= at_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low + 1;
}

/* Once a turn: the rows as the ledger has them now. */
static void profiles_look(struct profiles *profiles)
{
    if (profiles->is_current)
        return;
    uint32_t count = book_ledger(profiles->book)->numbers[SUBJECT_PROFILE];
    bool is_changed = count != profiles->count;
    if (count < profiles->count)
        profiles_forget(profiles, count); /* a batch that came to nothing */
    if (count > profiles->count && profiles_make_room(profiles, count)) {
        memset(profiles->memos, 0, sizeof profiles->memos);
        while (profiles->count < count) {
            struct profiles_row *row = &profiles->rows[profiles->count];
            row->parsed = NULL;
            if (!profiles_read(profiles, profiles->count, &row->edition))
                return;
            row->edition.text = (struct span){0};
            profiles->count++;
        }
    }
    if (is_changed)
        profiles_sort(profiles);
    profiles->is_current = book_status(profiles->book) == CUSTODY_OK;
}

uint32_t profiles_count(struct profiles *profiles)
{
    profiles_look(profiles);
    return profiles->count;
}

uint32_t profiles_newest(struct profiles *profiles, struct span name)
{
    const struct profiles_row *newest = NULL;
    profiles_look(profiles);
    for (uint32_t i = 0; i < profiles->count; i++) {
        const struct profiles_row *row = &profiles->rows[i];
        if (span_is_equal(span_text(row->edition.name), name) &&
            (newest == NULL || row->edition.edition > newest->edition.edition))
            newest = row;
    }
    return newest == NULL ? 0 : LAW_PROFILE_FIRST + (uint32_t)(newest - profiles->rows);
}

const struct edition *profiles_edition(struct profiles *profiles, uint32_t number)
{
    profiles_look(profiles);
    if (number < LAW_PROFILE_FIRST || number - LAW_PROFILE_FIRST >= profiles->count)
        return NULL;
    struct edition *edition = arena_alloc(book_arena(profiles->book), sizeof *edition);
    if (edition == NULL) {
        book_fail(profiles->book, CUSTODY_ERR_MEMORY);
        return NULL;
    }
    return profiles_read(profiles, number - LAW_PROFILE_FIRST, edition) ? edition : NULL;
}

static const struct profile *profiles_parse(struct profiles *profiles, uint32_t index)
{
    struct profiles_row *row = &profiles->rows[index];
    struct profile_problem problem;
    struct edition edition;
    if (row->parsed != NULL)
        return row->parsed;
    struct profile *parsed = malloc(sizeof *parsed);
    if (parsed == NULL || !profiles_read(profiles, index, &edition)) {
        free(parsed);
        book_fail(profiles->book, CUSTODY_ERR_MEMORY);
        return NULL;
    }
    /* It parsed when it was granted. */
    if (!profile_parse(edition.text, parsed, &problem)) {
        LOG(LOGGER_ERROR, "profile_damaged", LOGGER_TEXT("profile", edition.name),
            LOGGER_NUMBER("entry", edition.entry), LOGGER_TEXT("key", problem.key),
            LOGGER_TEXT("expected", problem.expected));
        book_fail(profiles->book, CUSTODY_ERR_CORRUPT);
        free(parsed);
        return NULL;
    }
    if (!parsed->is_zoned)
        parsed->calendar.utc_offset_minutes = profiles->utc_offset_minutes;
    row->parsed = parsed;
    return parsed;
}

const struct profile *profiles_get(struct profiles *profiles, uint32_t number)
{
    const struct profile *parsed = NULL;
    if (number >= LAW_PROFILE_FIRST) {
        profiles_look(profiles);
        if (number - LAW_PROFILE_FIRST < profiles->count)
            parsed = profiles_parse(profiles, number - LAW_PROFILE_FIRST);
    }
    return parsed != NULL ? parsed : &profiles->built_in[number == LAW_PROFILE_MEDICAL ? 1 : 0];
}

/* ---- which one judges --------------------------------------------------------------------------- */

/* In force, for this division and this mark, and no later edition of the same profile stands in its place. */
static bool profiles_serves(const struct profiles *profiles,
                            uint32_t index,
                            bool is_epidemic,
                            uint32_t division,
                            int64_t at_us)
{
    const struct edition *edition = &profiles->rows[index].edition;
    if (edition->from_us > at_us || (edition->is_epidemic && !is_epidemic) ||
        edition_serves(edition, division) == 0)
        return false;
    for (uint32_t i = 0; i < profiles->count; i++) {
        const struct edition *other = &profiles->rows[i].edition;
        if (edition_replaces(other, edition) && other->from_us <= at_us &&
            edition_serves(other, division) != 0)
            return false;
    }
    return true;
}

/* The order of deploy/profiles/README.md: epidemic mark, longest pattern, closest division, latest from. */
static bool profiles_is_closer(const struct edition *a,
                               const struct edition *b,
                               struct span code,
                               uint32_t division)
{
    uint32_t a_covers = edition_covers(a, code), b_covers = edition_covers(b, code);
    uint32_t a_serves = edition_serves(a, division), b_serves = edition_serves(b, division);
    if (a->is_epidemic != b->is_epidemic)
        return a->is_epidemic;
    if (a_covers != b_covers)
        return a_covers > b_covers;
    if (a_serves != b_serves)
        return a_serves > b_serves;
    if (a->from_us != b->from_us)
        return a->from_us > b->from_us;
    return a->entry > b->entry;
}

/* 0: none. An empty code asks for what serves every code. */
static uint32_t profiles_find(const struct profiles *profiles,
                              struct span code,
                              bool is_epidemic,
                              uint32_t division,
                              int64_t at_us)
{
    const struct profiles_row *best = NULL;
    for (uint32_t i = 0; i < profiles->count; i++) {
        const struct profiles_row *row = &profiles->rows[i];
        if (edition_covers(&row->edition, code) != 0 &&
            profiles_serves(profiles, i, is_epidemic, division, at_us) &&
            (best == NULL || profiles_is_closer(&row->edition, &best->edition, code, division)))
            best = row;
    }
    return best == NULL ? 0 : LAW_PROFILE_FIRST + (uint32_t)(best - profiles->rows);
}

static uint32_t profiles_in_force(
    struct profiles *profiles, struct span code, bool is_epidemic, uint32_t division, int64_t at_us)
{
    profiles_look(profiles);
    if (profiles->count == 0)
        return 0;
    uint32_t epoch = profiles_epoch(profiles, at_us);
    uint32_t hash = (division * 2654435761u + epoch) * 2654435761u + is_epidemic;
    for (size_t i = 0; i < code.len; i++)
        hash = (hash ^ code.data[i]) * 16777619u;
    struct profiles_memo *memo = &profiles->memos[(hash >> 16) % PROFILES_MEMOS];
    if (memo->epoch == epoch && memo->division == division && memo->is_epidemic == is_epidemic &&
        span_is_equal(span_of(memo->code, memo->code_len), code))
        return memo->number;
    uint32_t number = profiles_find(profiles, code, is_epidemic, division, at_us);
    if (code.len > sizeof memo->code)
        return number;
    *memo = (struct profiles_memo){.epoch = epoch,
                                   .division = division,
                                   .number = number,
                                   .is_epidemic = is_epidemic,
                                   .code_len = (uint8_t)code.len};
    if (code.len > 0)
        memcpy(memo->code, code.data, code.len);
    return number;
}

uint32_t profiles_select(
    struct profiles *profiles, struct span code, bool is_epidemic, uint32_t division, int64_t at_us)
{
    if (code.len == 0)
        return 0;
    uint32_t number = profiles_in_force(profiles, code, is_epidemic, division, at_us);
    if (number != 0)
        return number;
    return waste_is_medical(code) ? LAW_PROFILE_MEDICAL : LAW_PROFILE_GENERAL;
}

uint32_t profiles_codeless(struct profiles *profiles, uint32_t division, int64_t at_us)
{
    uint32_t number = profiles_in_force(profiles, (struct span){0}, false, division, at_us);
    return number != 0 ? number : LAW_PROFILE_GENERAL;
}

/* ---- set_profile -------------------------------------------------------------------------------- */

void profiles_record(struct book *book,
                     const Custody__V1__SetProfileBody *body,
                     int64_t from_us,
                     uint64_t entry)
{
    struct edition *edition = arena_alloc(book_arena(book), sizeof *edition);
    struct profile *profile = arena_alloc(book_arena(book), sizeof *profile);
    uint8_t *bytes = arena_alloc(book_arena(book), EDITION_RECORD_MAX);
    char name[EDITION_NAME_MAX + 1];
    struct profile_problem problem;
    if (edition == NULL || profile == NULL || bytes == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return;
    }
    *edition = (struct edition){
        .entry = entry, .from_us = from_us, .text = span_of(body->text.data, body->text.len)};
    if (!profile_parse(edition->text, profile, &problem)) {
        /* It parsed when it was granted, and keys are never removed (profile.h). */
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return;
    }
    memcpy(edition->name, profile->name, sizeof edition->name);
    edition->edition = profile->edition;
    edition->digest = digest_sha256(edition->text);
    edition->is_epidemic = profile->is_epidemic;
    edition->pattern_count = profile->pattern_count;
    memcpy(edition->patterns, profile->patterns, sizeof edition->patterns);
    edition->division_count = (uint32_t)body->n_divisions;
    for (size_t i = 0; i < body->n_divisions && i < EDITION_DIVISIONS_MAX; i++)
        edition->divisions[i] = division_parse(span_text(body->divisions[i]));
    size_t name_len = edition_write_name(edition->name, edition->edition, name);
    size_t len = edition_write(edition, bytes, EDITION_RECORD_MAX);
    INVARIANT(name_len > 0 && len > 0);
    uint32_t number = book_give(book, SUBJECT_PROFILE, span_of(name, name_len));
    book_put_record(book, SUBJECT_PROFILE, number, span_of(bytes, len));
}
