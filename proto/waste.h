/* waste.h: waste codes, patterns over them, and comparing masses; integers only.
 * Never knows which codes exist: that is the catalogue on the ledger.
 *
 * A national code is ddd-ddd-dd; its last two digits are the category (RULES.md 4, catalogue article 5).
 * A pattern covers codes: a whole code; a prefix and a star ("841-*"); or a category ("HW08"). What is not a code is
 * covered by nothing, and nothing covers everything. */
#ifndef CUSTODY_PROTO_WASTE_H
#define CUSTODY_PROTO_WASTE_H

#include "proto/span.h"

enum { WASTE_CODE_MAX = 16 };

bool waste_is_code(struct span code); /* ddd-ddd-dd */
bool waste_is_pattern(struct span pattern);
bool waste_covers(struct span pattern, struct span code);
/* Every code that `narrower`, a pattern, covers is covered by `wider`. */
bool waste_covers_pattern(struct span wider, struct span narrower);
bool waste_is_medical(struct span code); /* category 01 */

/* Masses over which nothing on the form can be true (RULES.md 2.5, 5.4: sanity, not law). */
enum { WASTE_CONTAINER_MASS_MAX_KG = 100000, WASTE_LINE_MASS_MAX_KG = 10000000 };

/* True when `b` differs from `a` by more than both `per_mille` of `a` and `absolute_g`. */
bool waste_mass_differs(uint64_t a_g, uint64_t b_g, uint32_t per_mille, uint64_t absolute_g);

#endif
