/* declare.h: what parties declare, compared with the ledger, and what they still owe.
 * Never decides a figure: movement rows do.
 *
 * A declaration is compared with the rows of entries before the position that it names (`as_of`; 0 or beyond itself: all
 * before it), line by line: opening stock, generated, treated by itself, handed over, closing stock; with the tolerance
 * of the profile. So it is judged by what its author could know, and once for all. Its party makes it, or who acts for it,
 * its parent, or a regulator; anybody else's is on the ledger and counts for nothing. Writer's thread. */
#ifndef CUSTODY_SERVICE_DECLARE_H
#define CUSTODY_SERVICE_DECLARE_H

#include "proto/custody.pb-c.h"
#include "daemon/domain/declaration.h"
#include "daemon/service/settle.h"

void declare_apply(struct apply *apply, const Custody__V1__DeclareBody *body);
/* A permission was granted: a management plan that was filed meets the duty of the years in which it holds. */
void declare_permission(struct apply *apply, const ProtobufCMessage *body);
/* What the statement's movements change in what is owed; once all containers have given theirs. */
void declare_moved(struct apply *apply);

#endif
