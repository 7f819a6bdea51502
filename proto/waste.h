/* waste.h: waste codes, patterns over them, and comparing masses; integers only.
 * Never knows which codes exist: that is the catalogue on the ledger.
 *
 * A code has one of the forms below; other families of waste are other catalogues, not other programs.
 * A pattern covers codes: a whole code; a prefix and a star ("841-*", "18 01*"); or a category ("HW08", "SW70"). What is
 * not a code is covered by nothing, and nothing covers everything. */
#ifndef CUSTODY_PROTO_WASTE_H
#define CUSTODY_PROTO_WASTE_H

#include "proto/span.h"

enum { WASTE_CODE_MAX = 16 };

enum waste_form {
    WASTE_NO_CODE = 0,
    WASTE_NATIONAL =
        1, /* ddd-ddd-dd, 国家危险废物名录 art. 5; the last two digits are the category HWdd */
    WASTE_SOLID = 2, /* ddd-ddd-Sdd, 固体废物分类与代码目录 (2024) art. 5; category SWdd */
    WASTE_RCRA = 3, /* Addd, 40 CFR 261: D001, F005, K048, P075, U080 */
    WASTE_EU =
        4, /* dd dd dd, with a star where it is hazardous: decision 2000/532/EC, "18 01 03*" */
};

enum waste_form waste_form_of(struct span code);
bool waste_is_code(struct span code); /* of any form */
bool waste_is_pattern(struct span pattern);
/* ... that covers codes of that form, perhaps of others too. */
bool waste_is_pattern_of(struct span pattern, enum waste_form form);
bool waste_covers(struct span pattern, struct span code);
/* Every code that `narrower`, a pattern, covers is covered by `wider`. */
bool waste_covers_pattern(struct span wider, struct span narrower);
bool waste_is_medical(
    struct span code); /* category HW01; of the European list chapter 18, health care */

/* Masses over which nothing on the form can be true (RULES.md 2.5, 5.4: sanity, not law). */
enum { WASTE_CONTAINER_MASS_MAX_KG = 100000, WASTE_LINE_MASS_MAX_KG = 10000000 };

/* True when `b` differs from `a` by more than both `per_mille` of `a` and `absolute_g`. */
bool waste_mass_differs(uint64_t a_g, uint64_t b_g, uint32_t per_mille, uint64_t absolute_g);

#endif
