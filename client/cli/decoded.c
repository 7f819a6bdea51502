/* decoded.c: an entry taken apart, as JSON.
 * Never verifies. */
#include "client/cli/decoded.h"

#include "proto/body.h"
#include "proto/bytes.h"
#include "proto/entry.h"
#include "client/lib/reflect.h"

static json_t *decode(const struct entry *entry, const struct statement *statement)
{
    const struct statement_header *header = &statement->header;
    char key[2 * PUBLIC_KEY_SIZE + 1], id[2 * DIGEST_SIZE + 1], previous[2 * DIGEST_SIZE + 1];
    const char *act = body_act_name(header->act);
    bytes_write_hex(span_of(header->key, PUBLIC_KEY_SIZE), key);
    bytes_write_hex(span_of(statement->id.bytes, DIGEST_SIZE), id);
    bytes_write_hex(span_of(header->previous.bytes, DIGEST_SIZE), previous);
    json_t *object =
        json_pack("{s:I, s:I, s:s, s:s, s:I, s:s, s:s, s:s, s:I, s:I, s:i, s:I}", "number",
                  (json_int_t)entry->number, "recorded_at", (json_int_t)entry->recorded_at_us,
                  "outcome", custody_outcome_name(entry->outcome), "key", key, "sequence",
                  (json_int_t)header->key_sequence, "id", id, "previous", previous, "act",
                  act == NULL ? "?" : act, "occurred_at", (json_int_t)header->occurred_at_us,
                  "signed_at", (json_int_t)header->signed_at_us, "clock_quality",
                  (int)header->clock_quality, "seen_size", (json_int_t)header->seen_size);
    if (object == NULL)
        return NULL;
    if (entry->reason != 0)
        json_object_set_new(object, "reason", json_string(custody_reason_name(entry->reason)));
    if (entry->detail.len > 0)
        json_object_set_new(object,
                            entry->outcome == CUSTODY_OUTCOME_refused ? "field" : "given_number",
                            json_stringn((const char *)entry->detail.data, entry->detail.len));
    if (header->position_is_known) {
        json_object_set_new(object, "latitude_e7", json_integer(header->latitude_e7));
        json_object_set_new(object, "longitude_e7", json_integer(header->longitude_e7));
        json_object_set_new(object, "position_accuracy_m",
                            json_integer((json_int_t)header->position_accuracy_m));
    }
    struct body_fault fault;
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(header->act);
    if (descriptor != NULL && body_scan(descriptor, statement->body, &fault)) {
        ProtobufCMessage *body =
            protobuf_c_message_unpack(descriptor, NULL, statement->body.len, statement->body.data);
        if (body != NULL)
            json_object_set_new(object, "body", reflect_to_json(body));
        reflect_free(body);
    }
    return object;
}

json_t *decoded_entry(struct span bytes)
{
    struct entry entry;
    struct statement statement;
    const char *field;
    if (!entry_parse(bytes, &entry) ||
        statement_parse(entry.statement, &statement, &field) != STATEMENT_OK)
        return NULL;
    return decode(&entry, &statement);
}
