/* ask.h: questions to the ledger, and the verification of what their answers rest on.
 * Never hands on an answer whose checkpoint could not be linked to the kept head. */
#ifndef CUSTODY_CLIENT_LIB_ASK_H
#define CUSTODY_CLIENT_LIB_ASK_H

#include "client/lib/client.h"

/* One request and its answer, verified and kept. `request` may be changed: its options get the known size. The caller frees
 * `*ret_reply` with reflect_free. Resends when no answer comes, waits and resends when the ledger is busy, within the
 * client's time-out. */
CUSTODY_CHECK enum custody_status ask_question(struct custody_client *client,
                                               uint16_t kind,
                                               ProtobufCMessage *request,
                                               ProtobufCMessage **ret_reply);
/* Bring the kept head up to the ledger's newest. */
CUSTODY_CHECK enum custody_status ask_newest_head(struct custody_client *client);
/* Ask for the proof of an entry at the kept head, and check it: for a leaf whose own checkpoint is not the head. The proof
 * goes into `*ret_proof`, for the caller to free. */
CUSTODY_CHECK enum custody_status ask_inclusion(struct custody_client *client,
                                                uint64_t entry,
                                                const struct digest *leaf,
                                                Custody__V1__InclusionProof **ret_proof);
const ProtobufCMessageDescriptor *ask_request_descriptor(uint16_t kind);
const ProtobufCMessageDescriptor *ask_reply_descriptor(uint16_t kind);
uint16_t ask_kind_from_name(const char *name); /* 0: none */
/* Connect if that has not been done; ZeroMQ does the rest. */
CUSTODY_CHECK enum custody_status ask_connect(struct custody_client *client);

#endif
