/* reflect.h: JSON to any message of custody.proto and back, by the message's descriptor.
 * Knows no act and no message by name, except the few names that have a short form.
 *
 * What a value may be, besides its JSON type: an enum its short lower-case name, its full name or number; bytes hex text; an
 * int64 a time as text; a `_g` field "2.3 kg"; a `_mc` field "4.5 C"; a `_us` field "90s"; any number as decimal text.
 * A field with a unit in its name may be written without it, and its value then needs the unit: "mass": "2.3 kg".
 * Short forms: StatementName "key:sequence:id", PlaceName "party/code" or "code", VehicleName "plate/colour",
 * ContainerName "party/code", BulkName "manifest/line". */
#ifndef CUSTODY_CLIENT_LIB_REFLECT_H
#define CUSTODY_CLIENT_LIB_REFLECT_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include <custody/client.h>
#include "proto/span.h"

enum { REFLECT_NAME_MAX = 64 };

/* The caller frees the message with reflect_free. `problem` names the path: "containers[3].mass_g". */
CUSTODY_CHECK enum custody_status reflect_from_json(const ProtobufCMessageDescriptor *descriptor,
                                                    json_t *json,
                                                    ProtobufCMessage **ret,
                                                    struct custody_problem *problem);
/* A new reference; NULL when memory is used up. Fields with their default value are left out. */
json_t *reflect_to_json(const ProtobufCMessage *message);
/* An empty message of that kind; NULL when memory is used up. */
ProtobufCMessage *reflect_create(const ProtobufCMessageDescriptor *descriptor);
void reflect_free(ProtobufCMessage *message); /* NULL is allowed */

/* By its name, or by its name without the unit. */
const ProtobufCFieldDescriptor *reflect_find_field(const ProtobufCMessageDescriptor *descriptor,
                                                   const char *name);
bool reflect_has_short_form(const ProtobufCMessageDescriptor *descriptor);
/* Is the field named with its unit, and `name` is not? */
bool reflect_is_unitless_name(const ProtobufCFieldDescriptor *field, const char *name);

/* Put bytes (copied) in a singular bytes field; ERR_INVALID when there is none of that name. */
CUSTODY_CHECK enum custody_status
reflect_set_bytes(ProtobufCMessage *message, const char *field, struct span value);
/* The same, or one more element of a repeated bytes field. */
CUSTODY_CHECK enum custody_status
reflect_add_bytes(ProtobufCMessage *message, const char *field, struct span value);
/* A sub-message of a singular field, or NULL; a bytes or text field's content, empty when there is none. */
ProtobufCMessage *reflect_get_message(const ProtobufCMessage *message, const char *field);
struct span reflect_get_bytes(const ProtobufCMessage *message, const char *field);
uint64_t reflect_get_number(const ProtobufCMessage *message, const char *field);

bool reflect_parse_enum(const ProtobufCEnumDescriptor *descriptor, struct span text, int *ret);
/* The short lower-case name; the number in decimal when it is none of them. */
void reflect_write_enum(const ProtobufCEnumDescriptor *descriptor,
                        int value,
                        char ret[static REFLECT_NAME_MAX]);

/* JSON text to a value, with line and column in the problem. */
CUSTODY_CHECK enum custody_status
reflect_parse_text(const char *text, json_t **ret, struct custody_problem *problem);

#endif
