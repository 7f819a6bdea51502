/* flood.c: round and round over the lines.
 * Never gives up a line that was cut: libzmq connects it again. */
#include "tests/storm/flood.h"

#include <stdlib.h>
#include <unistd.h>

#include <custody/status.h>
#include "tests/lib/die.h"
#include "tests/storm/line.h"

enum { LINES_MAX = 64, BURST = 16, PAUSE_MS = 5 };

struct stream {
    void *socket;
    uint64_t asked, heard;
};

static void take(struct storm_foes *foes, struct line_answer *answer)
{
    if (answer->outcome == 0) {
        atomic_fetch_add(&foes->taken, 1);
    } else if (answer->outcome == CUSTODY_OUTCOME_busy) {
        atomic_fetch_add(&foes->busy, 1);
    } else {
        atomic_fetch_add(&foes->turned_away, 1);
    }
    zmq_msg_close(&answer->body);
}

/* False: nothing could be sent and nothing was there. */
static bool turn(const struct flood *flood, struct stream *stream)
{
    struct line_answer answer;
    bool is_moving = false;
    for (int i = 0; i < BURST; i++) {
        uint16_t kind = 0;
        struct span body;
        if (flood->unanswered != 0 && stream->asked - stream->heard >= flood->unanswered) {
            break;
        }
        if (!flood->next(flood->context, &kind, &body) ||
            !line_ask(stream->socket, stream->asked, kind, body)) {
            break;
        }
        stream->asked++;
        is_moving = true;
        atomic_fetch_add(&flood->storm->foes.sent, 1);
    }
    while (line_hear(stream->socket, &answer)) {
        stream->heard++;
        is_moving = true;
        take(&flood->storm->foes, &answer);
    }
    return is_moving;
}

_Noreturn void flood_run(const struct flood *flood)
{
    void *context = zmq_ctx_new();
    struct stream streams[LINES_MAX] = {{0}};
    zmq_pollitem_t items[LINES_MAX];
    if (context == NULL || flood->lines > LINES_MAX) {
        die("too many lines");
    }
    for (unsigned i = 0; i < flood->lines; i++) {
        streams[i].socket = line_open(context, flood->storm, flood->author);
        items[i] = (zmq_pollitem_t){.socket = streams[i].socket, .events = ZMQ_POLLIN};
    }
    while (!atomic_load(&flood->storm->is_over)) {
        bool is_moving = false;
        for (unsigned i = 0; i < flood->lines; i++) {
            is_moving |= turn(flood, &streams[i]);
        }
        if (atomic_load(&flood->storm->foes.sent) > 0) {
            atomic_store(&flood->storm->foes.is_raging, true);
        }
        if (!is_moving) {
            zmq_poll(items, (int)flood->lines, PAUSE_MS);
        }
    }
    /* libzmq 4.3.4 may abort a process that closes a socket whose connection is being cut in the middle of a message. */
    _exit(EXIT_SUCCESS);
}
