/* act.h: a statement's body as facts about the subjects it speaks of.
 * Never decides an outcome. Writer's thread. */
#ifndef CUSTODY_SERVICE_ACT_H
#define CUSTODY_SERVICE_ACT_H

#include "proto/custody.pb-c.h"
#include "daemon/service/settle.h"

/* A fact of the entry that is being applied. Acts that this version does not give an effect are recorded and move nothing. */
void act_apply(struct apply *apply, uint32_t act, const ProtobufCMessage *body);
/* A manifest that was asked for, granted or refused. `plan` is NULL when it was not understood. */
void act_new_manifest(struct apply *apply,
                      const Custody__V1__ManifestPlan *plan,
                      struct span number,
                      uint16_t bits);

#endif
