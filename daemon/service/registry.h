/* registry.h: what the registry's records say, to decisions (struct registry of permission.h) and to folds (struct law).
 * Never decides, never writes. Any thread that owns the book. */
#ifndef CUSTODY_SERVICE_REGISTRY_H
#define CUSTODY_SERVICE_REGISTRY_H

#include "daemon/domain/permission.h"
#include "daemon/service/book.h"

enum { REGISTRY_SUCCESSORS_MAX = 8 }; /* of a closed party, one after the other */

/* What permission_decide may look at; lives as long as the book and its turn. */
struct registry registry_of_book(struct book *book);
/* What folds may ask of the registry; the law's context is the book. Leaves `profile` alone. */
void registry_fill_law(struct law *law);

#endif
