/* restraint.h: what is said of containers from outside their custody: held, released, lost, ended by an order.
 * Never decides an outcome, never folds. Writer's thread. */
#ifndef CUSTODY_SERVICE_RESTRAINT_H
#define CUSTODY_SERVICE_RESTRAINT_H

#include "proto/custody.pb-c.h"
#include "daemon/service/settle.h"

/* Containers, or all of a manifest. */
void restraint_hold(struct apply *apply, const Custody__V1__HoldBody *body);
void restraint_release(struct apply *apply, const Custody__V1__ReleaseBody *body);
/* The containers that it names. */
void restraint_incident(struct apply *apply, const Custody__V1__IncidentBody *body);
/* A granted close_by_order: its container, or every one of its manifest that is still open, ends by it. Other permissions do
 * nothing here. Call before the manifest itself is changed. */
void restraint_permission(struct apply *apply, const ProtobufCMessage *body);

#endif
