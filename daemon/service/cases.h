/* cases.h: what explain, settle and inspect do to a finding's case.
 * Never asks whether the finding stands: what is said may come before it. Writer's thread. */
#ifndef CUSTODY_SERVICE_CASES_H
#define CUSTODY_SERVICE_CASES_H

#include "daemon/service/settle.h"

/* Acts other than these are passed over. Gone through again, a statement brings whether it is held or withdrawn now
 * (voice.h). */
void cases_apply(struct apply *apply, uint32_t act, const ProtobufCMessage *body);

#endif
