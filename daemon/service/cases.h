/* cases.h: what explain, settle, inspect and withdraw do to a finding's case.
 * Never asks whether the finding stands: what is said may come before it. Writer's thread. */
#ifndef CUSTODY_SERVICE_CASES_H
#define CUSTODY_SERVICE_CASES_H

#include "daemon/service/settle.h"

/* Acts other than these are passed over. */
void cases_apply(struct apply *apply, uint32_t act, const ProtobufCMessage *body);
/* Was the statement being applied withdrawn by its own party before it arrived? */
bool cases_is_withdrawn(struct apply *apply);

#endif
