/* body.h: an act's body: which message it is, whether its bytes are canonical, and taking it apart.
 * Never decides whether what a body says is lawful.
 *
 * Canonical (PROTOCOL.md 4): fields in ascending order of number; a field that is not repeated at most once;
 * no field this version does not define; varints minimal; no scalar with its default value outside
 * a oneof; at most one member of a oneof; repeated scalars packed; strings printable UTF-8 (bytes.h);
 * enum values defined; at most 8 messages within each other, the body being the first; at most
 * STATEMENT_ITEMS_MAX elements in all repeated fields together. */
#ifndef CUSTODY_PROTO_BODY_H
#define CUSTODY_PROTO_BODY_H

#include <protobuf-c/protobuf-c.h>

#include "proto/statement.h"

enum { BODY_PATH_MAX = 96, BODY_DEPTH_MAX = 8 };

/* Where and why a body is not in order. `path` reads like "containers[3].mass_g"; a field that is not known
 * stands there by its number; empty when the damage lies between the body's own fields. */
struct body_fault {
    char path[BODY_PATH_MAX];
    const char *expected; /* static text */
};

/* The message of an act's body, or NULL for an act that this version does not know. */
const ProtobufCMessageDescriptor *body_descriptor(uint32_t act);
/* "pack" for ACT_PACK; NULL for an unknown act. And back: 0 for an unknown name. */
const char *body_act_name(uint32_t act);
uint32_t body_act_from_name(const char *name);
bool body_act_is_fact(uint32_t act);       /* 64-127 */
bool body_act_is_permission(uint32_t act); /* 16-63 */

/* Walk the bytes against the descriptor; no allocation, no recursion on input. False: `*ret_fault` is set. */
bool body_scan(const ProtobufCMessageDescriptor *descriptor,
               struct span body,
               struct body_fault *ret_fault);
/* Unpack with the caller's allocator; NULL when its memory is used up or the bytes are damaged. Scan
 * first: unpacking recurses as deep as the bytes say, and the scan is what bounds that. */
ProtobufCMessage *body_unpack(const ProtobufCMessageDescriptor *descriptor,
                              struct span body,
                              ProtobufCAllocator *allocator);
/* Canonical bytes of a message: protobuf_c_message_pack is canonical for messages that hold no unknown fields.
 * Returns the length, which is 0 for an empty message too; 0 and untouched `ret` when `cap` is too small. */
size_t body_write(const ProtobufCMessage *message, uint8_t *ret, size_t cap);

#endif
