/* scanned.h: container codes in a statement as a scanner gave them.
 * Never changes what is no name of a container.
 *
 * A label's QR code holds the container's whole name, `party/code`, so that it says whose it is. In a statement about the containers of
 * one generator only the code stands: the party is taken off again, and must be that generator. */
#ifndef CUSTODY_CLIENT_LIB_SCANNED_H
#define CUSTODY_CLIENT_LIB_SCANNED_H

#include <protobuf-c/protobuf-c.h>

#include <custody/client.h>

/* ERR_INVALID with the field: a code whose check character is wrong (roll.h), or a container of another generator. `problem` is then
 * filled, and the body must not be signed. */
CUSTODY_CHECK enum custody_status scanned_tidy(ProtobufCMessage *body,
                                               struct custody_problem *problem);

#endif
