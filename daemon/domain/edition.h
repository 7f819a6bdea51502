/* edition.h: an edition of a profile as set_profile recorded it: whom it serves from when, and its text.
 * Never parsed into numbers here: profile.h does that, of the text.
 *
 * Pure; texts that it lends live as long as the record that was parsed. */
#ifndef CUSTODY_DOMAIN_EDITION_H
#define CUSTODY_DOMAIN_EDITION_H

#include "proto/digest.h"
#include "proto/profile.h"
#include "daemon/domain/permission.h"

enum {
    EDITION_DIVISIONS_MAX = 64,
    EDITION_COUNT_MAX =
        1024, /* of all profiles on one ledger: eight files renewed each year for a century */
    EDITION_NAME_MAX = PROFILE_NAME_MAX + 11, /* cn-medical/12 */
    EDITION_RECORD_MAX = PROFILE_TEXT_MAX + 2048,
};

struct edition {
    char name[PROFILE_NAME_MAX + 1];
    uint32_t edition;
    uint64_t entry;
    int64_t from_us;
    struct digest digest;
    bool is_epidemic;
    uint32_t pattern_count;
    char patterns[PROFILE_PATTERNS_MAX][WASTE_CODE_MAX + 1];
    uint32_t division_count; /* none: all of the ledger's */
    uint32_t divisions[EDITION_DIVISIONS_MAX];
    struct span text;
};

/* The name that an edition has among names: "cn-medical/12". Gives its length. */
size_t
edition_write_name(const char *profile, uint32_t edition, char ret[static EDITION_NAME_MAX + 1]);
size_t edition_write(const struct edition *edition, uint8_t *ret, size_t cap);
bool edition_parse(struct span bytes, struct edition *ret);

/* How closely its divisions name this one: 7 for a whole ledger's, up to 13 with six digits that count; 0: does not serve it. */
uint32_t edition_serves(const struct edition *edition, uint32_t division);
/* Length of the longest pattern that covers the code, 1 when it has none, 0: does not serve the code. */
uint32_t edition_covers(const struct edition *edition, struct span code);
/* Does `later` stand in its place for whoever both serve? Editions of one profile; the higher one. */
bool edition_replaces(const struct edition *later, const struct edition *earlier);

/* May it be set? The author's role was looked at before. */
struct permission_answer edition_decide(const Custody__V1__SetProfileBody *body,
                                        const struct registry *registry);

#endif
