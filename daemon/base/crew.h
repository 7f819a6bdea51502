/* crew.h: threads that share out one row of like work, whoever calls among them.
 * Never keeps work: what was begun has ended when crew_end returns. One caller; one row at a time. */
#ifndef CUSTODY_BASE_CREW_H
#define CUSTODY_BASE_CREW_H

#include <stddef.h>

struct crew;

/* Do what is from `from` up to `until` in the row; any thread of the crew, each place once. */
typedef void crew_work(void *context, size_t from, size_t until);

/* `hands`: threads in all, the caller's among them; 0 is 1. Fewer when the machine gives no more. NULL: no memory. */
struct crew *crew_create(unsigned hands);
/* Nothing may be begun. NULL is allowed. */
void crew_destroy(struct crew *crew);
/* A row of `count` places, taken `piece` at a time; `context` and what it points to are the crew's until crew_end. The other threads
 * begin at once. */
void crew_begin(struct crew *crew, crew_work *work, void *context, size_t count, size_t piece);
/* Take part until nothing is left, and wait for the others. Nothing happens when nothing was begun. */
void crew_end(struct crew *crew);

#endif
