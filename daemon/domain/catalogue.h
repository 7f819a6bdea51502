/* catalogue.h: editions of the catalogue of waste codes: which codes are listed when.
 * Never judges a time by an edition that came into force later.
 *
 * An edition may need several statements. It comes into force as a whole, from its date on, once the statement is recorded
 * that says no more will follow (`more` is not set), and never before that. From then on it alone decides: a code that it
 * does not list is dropped. What a complete edition is given afterwards is listed from when that was recorded. Of editions in
 * force the one with the latest date decides, of equal dates the one that was begun last.
 *
 * Codes of different forms (waste.h) are different catalogues: an edition decides only over forms of which it lists a code, and
 * codes of a form that no edition in force lists are nobody's to drop. */
#ifndef CUSTODY_DOMAIN_CATALOGUE_H
#define CUSTODY_DOMAIN_CATALOGUE_H

#include "proto/bytes.h"
#include "proto/waste.h"

enum {
    CATALOGUE_EDITIONS_MAX = 32,
    CATALOGUE_NAME_MAX = 32,
    CATALOGUE_CATEGORY_MAX = 16,
    CATALOGUE_HAZARD_MAX = 32,
    CATALOGUE_RECORD_MAX = 4096,
};

struct catalogue_edition {
    char name[CATALOGUE_NAME_MAX + 1]; /* cn-2021 */
    int64_t asked_us;                  /* its date, as its first statement gave it */
    int64_t from_us; /* in force from here on; INT64_MAX while it is not complete */
    uint8_t forms;   /* 1 << enum waste_form of the codes that it lists */
    uint64_t entry;  /* of its first statement */
};

struct catalogue {
    uint32_t count;
    struct catalogue_edition editions[CATALOGUE_EDITIONS_MAX]; /* as they were begun */
};

/* One code: in which editions it is, newest statement last. */
struct catalogue_code {
    uint32_t count;
    struct catalogue_row {
        uint8_t edition;   /* index in the catalogue */
        int64_t from_us;   /* listed from here on, while the edition decides */
        uint32_t replaces; /* number of the code that it took over from; 0: none */
        char category[CATALOGUE_CATEGORY_MAX + 1];
        char hazard[CATALOGUE_HAZARD_MAX + 1];
    } rows[CATALOGUE_EDITIONS_MAX];
};

/* Index of the edition that decides then over codes of that form; -1 before the first. */
int32_t catalogue_at(const struct catalogue *catalogue, enum waste_form form, int64_t at_us);
/* -1 when there is none of that name. */
int32_t catalogue_find(const struct catalogue *catalogue, struct span name);
/* Begins an edition; -1 when there is no room. */
int32_t
catalogue_begin(struct catalogue *catalogue, struct span name, int64_t asked_us, uint64_t entry);
/* No more will follow: in force from its date, or from now when that is past. Once only. */
void catalogue_complete(struct catalogue_edition *edition, int64_t now_us, bool ledger_is_open);

/* Its row in that edition; NULL when it is not in it. */
const struct catalogue_row *catalogue_row_of(const struct catalogue_code *code, int32_t edition);
/* Its row in the edition that decides then; NULL when it is not listed then. */
const struct catalogue_row *catalogue_lists(const struct catalogue *catalogue,
                                            const struct catalogue_code *code,
                                            enum waste_form form,
                                            int64_t at_us);
/* A row of an edition that it is in already changes nothing but category and hazard. False when there is no room. */
bool catalogue_add(struct catalogue_code *code, const struct catalogue_row *row);

/* 0 when it does not fit; false on damage. */
size_t catalogue_write(const struct catalogue *catalogue, uint8_t *ret, size_t cap);
bool catalogue_parse(struct span bytes, struct catalogue *ret);
size_t catalogue_write_code(const struct catalogue_code *code, uint8_t *ret, size_t cap);
bool catalogue_parse_code(struct span bytes, struct catalogue_code *ret);

#endif
