/* verifiers.h: the threads that look at a statement's form, origin and signature, in parallel and without a lock.
 * Never decides what a statement means; what passes goes to the writer, the rest is answered turned away. */
#ifndef CUSTODY_SERVER_VERIFIERS_H
#define CUSTODY_SERVER_VERIFIERS_H

#include <custody/status.h>
#include "daemon/server/bucket.h"

struct road;
struct verifiers;

/* `party_rate`: what all keys of one party may send together; `parties` of them are remembered. */
enum custody_status verifiers_start(const struct road *road,
                                    const struct bucket_rate *party_rate,
                                    struct verifiers **ret);
/* Ends when road->submissions is closed and empty. NULL is allowed. */
void verifiers_stop(struct verifiers *verifiers);

#endif
