/* convert.h: an act as a person or another program writes it, as JSON, into a body and its annexed texts.
 * Never signs; see also custody_json_to_body and custody_client_ask in client.h. */
#ifndef CUSTODY_CLIENT_LIB_CONVERT_H
#define CUSTODY_CLIENT_LIB_CONVERT_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include <custody/client.h>

enum { CONVERT_TEXTS_MAX = 8, CONVERT_FIELD_MAX = 64 };

/* Records for the annex, taken out of the JSON: "name": "..." of an act that has a name_digest, "photo": [...] of one that has
 * photo_digests. What is no text is written {"hex": "..."}. */
struct convert_texts {
    size_t count;
    struct custody_text
        texts[CONVERT_TEXTS_MAX]; /* `field` is static; `text` borrows from `holders` */
    json_t *holders[CONVERT_TEXTS_MAX];
};

/* The digest field that a text of this name belongs to, or NULL: "name" -> name_digest, "photo" -> photo_digests. */
const char *convert_digest_field(const ProtobufCMessageDescriptor *descriptor, const char *name);
/* Move every text that belongs to a digest out of `object`. */
CUSTODY_CHECK enum custody_status convert_take_texts(const ProtobufCMessageDescriptor *descriptor,
                                                     json_t *object,
                                                     struct convert_texts *ret,
                                                     struct custody_problem *problem);
void convert_texts_done(struct convert_texts *texts);

#endif
