/* caughtup.c: the trace of a client's first container, asked with `at_least` until it comes.
 * Never looks at the trace. */
#include "tests/bench/caughtup.h"

#include <custody/status.h>
#include "proto/envelope.h"
#include "tests/lib/die.h"

enum { REQUEST_MAX = 256, PARTS = 3 };

static void send_question(const struct region_client *client, uint64_t entries)
{
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    const struct envelope envelope = {.call = 1, .kind = ENVELOPE_TRACE};
    uint8_t call[ENVELOPE_CALL_SIZE];
    uint8_t body[REQUEST_MAX];
    options.at_least = entries;
    name.generator = (char *)client->party;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = (char *)"DEMO-00000000";
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    request.options = &options;
    int len = (int)custody__v1__trace_request__pack(&request, body);
    envelope_write_call(&envelope, call);
    if (zmq_send(client->socket, ENVELOPE_VERSION, sizeof(ENVELOPE_VERSION) - 1, ZMQ_SNDMORE) < 0 ||
        zmq_send(client->socket, call, sizeof(call), ZMQ_SNDMORE) < 0 ||
        zmq_send(client->socket, body, (size_t)len, 0) != len) {
        die_check();
        die("a question cannot be sent");
    }
}

/* False: not yet. */
static bool receive_answer(const struct region_client *client)
{
    zmq_msg_t frames[PARTS];
    struct span spans[PARTS];
    struct envelope envelope;
    for (size_t i = 0; i < PARTS; i++) {
        zmq_msg_init(&frames[i]);
        if (zmq_msg_recv(&frames[i], client->socket, 0) < 0) {
            die_check();
            die("a question has no answer");
        }
        spans[i] = span_of(zmq_msg_data(&frames[i]), zmq_msg_size(&frames[i]));
    }
    if (envelope_parse_reply(spans, PARTS, &envelope) != ENVELOPE_OK) {
        die("an answer that is none");
    }
    if (envelope.outcome != 0 && envelope.outcome != CUSTODY_OUTCOME_busy) {
        receipts_die_of_problem(&frames[PARTS - 1]);
    }
    for (size_t i = 0; i < PARTS; i++) {
        zmq_msg_close(&frames[i]);
    }
    return envelope.outcome == 0;
}

void caughtup_wait(const struct region_client *client, uint64_t entries)
{
    do {
        send_question(client, entries);
    } while (!receive_answer(client));
}
