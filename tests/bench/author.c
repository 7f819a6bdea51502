/* author.c: signs one statement after the other.
 * Never looks into what it signs. */
#include "tests/bench/author.h"

#include <string.h>
#include <zmq.h>

#include "proto/body.h"
#include "daemon/base/clock.h"
#include "tests/bench/bench.h"

static uint16_t act_of(const ProtobufCMessageDescriptor *descriptor)
{
    for (uint16_t act = 16; act < 128; act++) {
        if (body_descriptor(act) == descriptor) {
            return act;
        }
    }
    bench_die("%s is no act's body", descriptor->name);
}

void author_init(struct author *ret, const char *origin)
{
    char curve_public[41];
    char curve_secret[41];
    uint8_t seed[AUTHOR_CURVE_SIZE];
    memset(ret, 0, sizeof(*ret));
    /* Two fresh pairs: one for the connection, and the secret of the other is as good a seed as any. */
    if (zmq_curve_keypair(curve_public, curve_secret) != 0) {
        bench_die("libzmq makes no CURVE keys");
    }
    zmq_z85_decode(ret->curve_public, curve_public);
    zmq_z85_decode(ret->curve_secret, curve_secret);
    zmq_curve_keypair(curve_public, curve_secret);
    zmq_z85_decode(seed, curve_secret);
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
    uint8_t *bytes = ret + SIGNATURE_SIZE;
    int64_t now_us = clock_wall_us();
    struct statement_header header = {
        .act = act_of(body->descriptor),
        .clock_quality = CLOCK_SYNCHRONISED,
        .key_sequence = author->sequence + 1,
        .occurred_at_us = now_us,
        .signed_at_us = now_us,
        .seen_size = author->seen_size,
        .seen_root = author->seen_root,
        .origin = author->origin,
        .previous = author->previous,
    };
    memcpy(header.key, author->public_key, sizeof(header.key));
    if (cap < SIGNATURE_SIZE + STATEMENT_HEADER_SIZE) {
        bench_die("no room for a statement");
    }
    statement_write_header(&header, bytes);
    size_t body_len = body_write(body, bytes + STATEMENT_HEADER_SIZE,
                                 cap - SIGNATURE_SIZE - STATEMENT_HEADER_SIZE);
    if (body_len == 0 && protobuf_c_message_get_packed_size(body) > 0) {
        bench_die("no room for a statement");
    }
    struct span statement = span_of(bytes, STATEMENT_HEADER_SIZE + body_len);
    digest_sign(ret, statement, author->secret_key);
    author->sequence++;
    author->previous = digest_sha256(statement);
    return SIGNATURE_SIZE + statement.len;
}
