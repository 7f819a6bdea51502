/* document.h: what was filed: management plans, contracts, crew certificates, emergency plans, insurance.
 * Never holds the document itself: its digest is in the statement, its text is not on the ledger.
 *
 * A document is known by its kind, its owner (the party that it is about, named first) and its number. Filed again under the
 * same number it is renewed or changed: what it was in force for before stays. A plan's masses are drawn down in ledger
 * order by what manifests plan to move. */
#ifndef CUSTODY_DOMAIN_DOCUMENT_H
#define CUSTODY_DOMAIN_DOCUMENT_H

#include "proto/profile.h"
#include "daemon/domain/party.h"
#include "daemon/domain/work.h"

enum {
    DOCUMENT_PARTIES_MAX = 8,
    DOCUMENT_LINES_MAX = 32,
    DOCUMENT_FILINGS_MAX = 16,
    DOCUMENT_RECORD_MAX = 4096,
};

struct document_line {
    char code[WASTE_CODE_MAX + 1];
    uint64_t mass_g;
    uint64_t drawn_g;
};

struct document_filing {
    int64_t from_us;
    int64_t until_us; /* INT64_MAX: no end */
    uint64_t entry;
    uint32_t key; /* that filed it, and its statement */
    uint64_t key_sequence;
};

struct document {
    uint8_t kind; /* enum DocumentKind */
    uint32_t owner;
    uint32_t party_count;
    uint32_t parties[DOCUMENT_PARTIES_MAX]; /* the owner first */
    uint32_t line_count;                    /* none: whatever waste */
    struct document_line lines[DOCUMENT_LINES_MAX];
    uint32_t filing_count;
    struct document_filing filings[DOCUMENT_FILINGS_MAX]; /* in ledger order, so from rises */
};

bool document_is_in_force(const struct document *document, int64_t at_us);
bool document_names(const struct document *document, uint32_t party);
bool document_covers(const struct document *document, struct span code);
/* What its line for the code still holds; UINT64_MAX when it has no lines, 0 when it has none for the code. */
uint64_t document_left_g(const struct document *document, struct span code);
/* Adds to what is drawn, or takes back. */
void document_draw(struct document *document, struct span code, uint64_t mass_g, bool is_added);
/* Takes a filing and what it says; `with` has the parties and lines. False when there is no room. What was drawn stays while
 * the filing changes one that is in force, and begins anew when it follows on one that ended. */
bool document_file(struct document *document,
                   const struct document_filing *filing,
                   const struct document *with);
/* The duty to renew before it ends, and a finding for each time that it was renewed too late. From `closed_us` on its owner
 * owes nothing (INT64_MAX: it is open). */
void document_work(const struct document *document,
                   uint64_t number,
                   uint32_t division,
                   int64_t closed_us,
                   const struct profile *profile,
                   struct work_set *set);

/* 0 when it does not fit; false on damage. */
size_t document_write(const struct document *document, uint8_t *ret, size_t cap);
bool document_parse(struct span bytes, struct document *ret);

#endif
