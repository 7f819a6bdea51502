/* registry.h: what the registry's records say, to decisions (struct registry of permission.h) and to folds (struct law).
 * Never decides, never writes. Any thread that owns the book. */
#ifndef CUSTODY_SERVICE_REGISTRY_H
#define CUSTODY_SERVICE_REGISTRY_H

#include "daemon/domain/permission.h"
#include "daemon/service/book.h"

enum { REGISTRY_SUCCESSORS_MAX = 8 }; /* of a closed party, one after the other */

/* What permission_decide may look at; lives as long as the book and its turn. */
struct registry registry_of_book(struct book *book);
/* By the numbers, or because the narrower one was merged into what the wider one covers. */
bool registry_covers(struct book *book, uint32_t wider, uint32_t narrower);
/* Is the code (a number of its name) in the edition of the catalogue that decides then? True while there is none. */
bool registry_lists(struct book *book, uint32_t code, int64_t at_us);
/* What was filed under that number for that owner; 0: nothing was. `kind` is enum DocumentKind. For a crew certificate the owner
 * is the carrier. */
uint32_t
registry_document_number(struct book *book, unsigned kind, uint32_t owner, struct span number);
/* What folds may ask of the registry; the law's context is the book. Leaves `profile` alone. */
void registry_fill_law(struct law *law);

#endif
