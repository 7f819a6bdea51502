/* author.c: signs one statement after the other.
 * Never looks into what it signs. */
#include "tests/lib/author.h"

#include <string.h>
#include <zmq.h>

#include "proto/body.h"
#include "daemon/base/clock.h"
#include "tests/lib/die.h"

static uint16_t act_of(const ProtobufCMessageDescriptor *descriptor)
{
    for (uint16_t act = 16; act < 128; act++) {
        if (body_descriptor(act) == descriptor) {
            return act;
        }
    }
    die("%s is no act's body", descriptor->name);
}

void author_init(struct author *ret, const char *origin)
{
    char curve_public[41];
    char curve_secret[41];
    uint8_t seed[AUTHOR_CURVE_SIZE];
    memset(ret, 0, sizeof(*ret));
    /* Two fresh pairs: one for the connection, and the secret of the other is as good a seed as any. */
    if (zmq_curve_keypair(curve_public, curve_secret) != 0) {
        die("libzmq makes no CURVE keys");
    }
    zmq_z85_decode(ret->curve_public, curve_public);
    zmq_z85_decode(ret->curve_secret, curve_secret);
    zmq_curve_keypair(curve_public, curve_secret);
    zmq_z85_decode(seed, curve_secret);
    digest_key_from_seed(seed, ret->public_key, ret->secret_key);
    ret->origin = statement_origin_digest(origin);
}

void author_init_from(struct author *ret, const char *origin, const uint8_t seed[static SEED_SIZE])
{
    memset(ret, 0, sizeof(*ret));
    digest_key_from_seed(seed, ret->public_key, ret->secret_key);
    ret->origin = statement_origin_digest(origin);
}

void author_see(struct author *author, const struct checkpoint *head)
{
    if (head->size > author->seen_size) {
        author->seen_size = head->size;
        author->seen_root = head->root;
    }
}

size_t author_sign(struct author *author, const ProtobufCMessage *body, uint8_t *ret, size_t cap)
{
    int64_t now_us = clock_wall_us();
    const struct author_moment moment = {.occurred_us = now_us, .signed_us = now_us};
    return author_sign_at(author, body, &moment, ret, cap);
}

size_t author_sign_at(struct author *author,
                      const ProtobufCMessage *body,
                      const struct author_moment *moment,
                      uint8_t *ret,
                      size_t cap)
{
    uint8_t *bytes = ret + SIGNATURE_SIZE;
    struct statement_header header = {
        .act = act_of(body->descriptor),
        .clock_quality = CLOCK_SYNCHRONISED,
        .position_is_known = moment->position_is_known,
        .latitude_e7 = moment->latitude_e7,
        .longitude_e7 = moment->longitude_e7,
        .position_accuracy_m = moment->position_is_known ? 20 : 0,
        .key_sequence = author->sequence + 1,
        .occurred_at_us = moment->occurred_us,
        .signed_at_us = moment->signed_us,
        .seen_size = author->seen_size,
        .seen_root = author->seen_root,
        .origin = author->origin,
        .previous = author->previous,
    };
    memcpy(header.key, author->public_key, sizeof(header.key));
    if (cap < SIGNATURE_SIZE + STATEMENT_HEADER_SIZE) {
        die("no room for a statement");
    }
    statement_write_header(&header, bytes);
    size_t body_len = body_write(body, bytes + STATEMENT_HEADER_SIZE,
                                 cap - SIGNATURE_SIZE - STATEMENT_HEADER_SIZE);
    if (body_len == 0 && protobuf_c_message_get_packed_size(body) > 0) {
        die("no room for a statement");
    }
    struct span statement = span_of(bytes, STATEMENT_HEADER_SIZE + body_len);
    digest_sign(ret, statement, author->secret_key);
    author->sequence++;
    author->previous = digest_sha256(statement);
    return SIGNATURE_SIZE + statement.len;
}
