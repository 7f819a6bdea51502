/* streams.c: rows of the work table from many shelves, merged.
 * Never decides who may see a row. */
#include "daemon/service/streams.h"

#include <string.h>

enum {
    STREAMS_FIRST_ROWS = 2, /* that a stream is asked for at first, and then */
    STREAMS_MORE_ROWS = 24,
    STREAMS_FIRST_ROOM = 64,
};

/* One shelf; its rows lie in the snapshot. */
struct stream {
    uint8_t prefix[STREAMS_KEY_ORDER];
    bool has_ended;
    uint32_t at, count, room;
    struct stream_raw {
        struct span key, value;
    } * rows;
};

void streams_init(struct streams *streams,
                  struct lookups_snapshot *lookups,
                  struct book *book,
                  struct arena *arena)
{
    *streams = (struct streams){.lookups = lookups, .book = book, .arena = arena};
}

static bool note_raw(void *context, struct span key, struct span value)
{
    struct stream *stream = context;
    if (memcmp(key.data, stream->prefix, sizeof stream->prefix) != 0)
        return false;
    stream->rows[stream->count++] = (struct stream_raw){key, value};
    return stream->count < stream->room;
}

/* The next rows of a stream, from the key `from`; with `is_after`, from what follows it. */
static void
fill(struct streams *streams, struct stream *stream, struct span from, bool is_after, uint32_t room)
{
    uint8_t next[WORK_KEY_BYTES + 1] = {0};
    memcpy(next, from.data, from.len);
    if (room > stream->room) {
        stream->rows = arena_alloc(streams->arena, room * sizeof *stream->rows);
        stream->room = stream->rows == NULL ? 0 : room;
    }
    stream->at = stream->count = 0;
    if (stream->rows == NULL) {
        streams->has_failed = true;
        return;
    }
    enum custody_status status =
        lookups_snapshot_scan(streams->lookups, LOOKUPS_WORK, span_of(stream->prefix, 1),
                              span_of(next, from.len + (is_after ? 1 : 0)), note_raw, stream);
    if (status != CUSTODY_OK)
        book_fail(streams->book, status);
    streams->has_failed = streams->has_failed || status != CUSTODY_OK;
    stream->has_ended = stream->count < stream->room;
}

static int compare_heads(const struct stream *a, const struct stream *b)
{
    int order =
        memcmp(a->rows[a->at].key.data + STREAMS_KEY_ORDER,
               b->rows[b->at].key.data + STREAMS_KEY_ORDER, WORK_KEY_BYTES - STREAMS_KEY_ORDER);
    return order != 0 ? order : memcmp(a->prefix, b->prefix, sizeof a->prefix);
}

static void sink(struct streams *streams, uint32_t at)
{
    struct stream **heap = streams->heap;
    for (;;) {
        uint32_t least = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < streams->count; child++)
            if (compare_heads(heap[child], heap[least]) < 0)
                least = child;
        if (least == at)
            return;
        struct stream *moved = heap[at];
        heap[at] = heap[least];
        heap[least] = moved;
        at = least;
    }
}

static bool make_room(struct streams *streams)
{
    if (streams->count < streams->room)
        return true;
    uint32_t room = streams->room == 0 ? STREAMS_FIRST_ROOM : 2 * streams->room;
    struct stream **heap = arena_alloc(streams->arena, room * sizeof *heap);
    if (heap == NULL)
        return false;
    if (streams->count > 0)
        memcpy(heap, streams->heap, streams->count * sizeof *heap);
    streams->heap = heap;
    streams->room = room;
    return true;
}

void streams_add(struct streams *streams, uint8_t shelf, uint32_t scope, int64_t from_us)
{
    uint8_t start[WORK_KEY_BYTES];
    struct stream *stream = make_room(streams) ? arena_alloc(streams->arena, sizeof *stream) : NULL;
    streams->has_failed = streams->has_failed || stream == NULL;
    if (streams->has_failed)
        return;
    work_write_start(shelf, scope, from_us, start);
    memcpy(stream->prefix, start, sizeof stream->prefix);
    fill(streams, stream, span_of(start, sizeof start), false, STREAMS_FIRST_ROWS);
    if (stream->count > 0)
        streams->heap[streams->count++] = stream;
}

bool streams_merge(struct streams *streams)
{
    for (uint32_t i = streams->count; i > 0; i--)
        sink(streams, i - 1);
    return !streams->has_failed;
}

bool streams_are_done(const struct streams *streams)
{
    return streams->count == 0;
}

bool streams_take(struct streams *streams, struct work *ret, uint8_t *ret_shelf)
{
    struct stream *stream = streams->heap[0];
    struct stream_raw raw = stream->rows[stream->at++];
    *ret_shelf = stream->prefix[0];
    if (!work_parse(raw.key, raw.value, ret)) {
        book_fail(streams->book, CUSTODY_ERR_CORRUPT);
        streams->has_failed = true;
        return false;
    }
    if (stream->at == stream->count && !stream->has_ended)
        fill(streams, stream, raw.key, true, STREAMS_MORE_ROWS);
    if (stream->at == stream->count)
        streams->heap[0] = streams->heap[--streams->count];
    sink(streams, 0);
    return !streams->has_failed;
}
