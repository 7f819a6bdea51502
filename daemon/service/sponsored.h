/* sponsored.h: which parties have a party as their parent: a township centre's villages.
 * Never forgets one that has left; who asks is told only those whose parent it is at the time. */
#ifndef CUSTODY_SERVICE_SPONSORED_H
#define CUSTODY_SERVICE_SPONSORED_H

#include "daemon/service/book.h"

/* A version of `child` names `parent`; 0 is none. Writer's thread. */
void sponsored_note(struct book *book, uint32_t parent, uint32_t child);
/* How many were written to `ret`, at most `cap`, each once. */
uint32_t
sponsored_now(struct book *book, uint32_t parent, int64_t now_us, uint32_t *ret, uint32_t cap);

#endif
