/* overlay.c: an open-addressing table over a list of changes, with a log to take them back.
 * Never removes from the middle: what goes is always the newest. */
#include "daemon/ledger/overlay.h"

#include <sodium.h>
#include <stdlib.h>

#include "daemon/base/logger.h"

enum {
    CHUNK_SIZE = 256 * 1024,
    CHANGES_FIRST = 256,
    UNDO_FIRST = 64,
    CHUNKS_FIRST = 16,
};

struct chunk {
    uint8_t *data;
    size_t size;
    size_t used;
};

/* How things were before one change. */
struct undo {
    uint32_t change;
    uint32_t value_len;
    const uint8_t *value;
    size_t chunk; /* where the memory ended */
    size_t used;
    uint8_t state; /* OVERLAY_NONE: the change was made by this step */
};

/* Enough of the hash to know nearly every other row without looking at it. */
struct slot {
    uint32_t tag;
    uint32_t place; /* 1 + index into changes; 0: free */
};

struct overlay {
    uint8_t secret[crypto_shorthash_KEYBYTES]; /* so that nobody can choose names that collide */
    struct overlay_change *changes;            /* in the order of their making */
    size_t count;
    size_t changes_room;
    struct overlay_change **sorted; /* room for as many */
    struct slot *slots;
    size_t slots_room; /* a power of two, at least twice changes_room */
    struct undo *undo;
    size_t undo_count;
    size_t undo_room;
    struct chunk *chunks;
    size_t chunk; /* the one in use */
    size_t chunk_count;
    size_t chunks_room;
    size_t bytes;
};

struct overlay *overlay_create(const struct overlay *sibling)
{
    struct overlay *overlay = calloc(1, sizeof(*overlay));
    if (overlay != NULL && sibling != NULL) {
        memcpy(overlay->secret, sibling->secret, sizeof(overlay->secret));
    } else if (overlay != NULL) {
        randombytes_buf(overlay->secret, sizeof(overlay->secret));
    }
    return overlay;
}

void overlay_destroy(struct overlay *overlay)
{
    if (overlay == NULL) {
        return;
    }
    for (size_t i = 0; i < overlay->chunk_count; i++) {
        free(overlay->chunks[i].data);
    }
    free(overlay->chunks);
    free(overlay->undo);
    free(overlay->slots);
    free(overlay->sorted);
    free(overlay->changes);
    free(overlay);
}

static uint64_t hash_of(const struct overlay *overlay, struct span key)
{
    uint64_t hash;
    _Static_assert(sizeof(hash) == crypto_shorthash_BYTES, "one hash, one number");
    crypto_shorthash((uint8_t *)&hash, key.data, key.len, overlay->secret);
    return hash;
}

static size_t slot_after(const struct overlay *overlay, size_t slot)
{
    return (slot + 1) & (overlay->slots_room - 1);
}

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

static struct overlay_change *find(const struct overlay *overlay, struct span key, uint64_t hash)
{
    if (overlay->slots_room == 0) {
        return NULL;
    }
    for (size_t slot = hash & (overlay->slots_room - 1); overlay->slots[slot].place != 0;
         slot = slot_after(overlay, slot)) {
        if (overlay->slots[slot].tag != tag_of(hash)) {
            continue;
        }
        struct overlay_change *change = &overlay->changes[overlay->slots[slot].place - 1];
        if (change->hash == hash && span_is_equal(span_of(change->key, change->key_len), key)) {
            return change;
        }
    }
    return NULL;
}

static void put_slot(struct overlay *overlay, size_t index)
{
    uint64_t hash = overlay->changes[index].hash;
    size_t slot = hash & (overlay->slots_room - 1);
    while (overlay->slots[slot].place != 0) {
        slot = slot_after(overlay, slot);
    }
    overlay->slots[slot] = (struct slot){.tag = tag_of(hash), .place = (uint32_t)(index + 1)};
}

/* Only ever of the newest change: nothing that came later was pushed past its slot. */
static void clear_slot(struct overlay *overlay, size_t index)
{
    size_t slot = overlay->changes[index].hash & (overlay->slots_room - 1);
    while (overlay->slots[slot].place != index + 1) {
        slot = slot_after(overlay, slot);
    }
    overlay->slots[slot] = (struct slot){0};
}

/* Slots are filled in the order of the changes, so that the newest is again the last that was put. */
static bool grow_changes(struct overlay *overlay)
{
    size_t room = overlay->changes_room == 0 ? CHANGES_FIRST : 2 * overlay->changes_room;
    if (room > UINT32_MAX / 4) {
        return false;
    }
    struct overlay_change *changes = realloc(overlay->changes, room * sizeof(*changes));
    if (changes == NULL) {
        return false;
    }
    overlay->changes = changes;
    struct overlay_change **sorted = realloc((void *)overlay->sorted, room * sizeof(*sorted));
    if (sorted == NULL) {
        return false;
    }
    overlay->sorted = sorted;
    struct slot *slots = calloc(2 * room, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    free(overlay->slots);
    overlay->slots = slots;
    overlay->slots_room = 2 * room;
    overlay->changes_room = room;
    for (size_t i = 0; i < overlay->count; i++) {
        put_slot(overlay, i);
    }
    return true;
}

static bool grow_undo(struct overlay *overlay)
{
    size_t room = overlay->undo_room == 0 ? UNDO_FIRST : 2 * overlay->undo_room;
    struct undo *undo = realloc(overlay->undo, room * sizeof(*undo));
    if (undo == NULL) {
        return false;
    }
    overlay->undo = undo;
    overlay->undo_room = room;
    return true;
}

static bool grow_chunks(struct overlay *overlay)
{
    size_t room = overlay->chunks_room == 0 ? CHUNKS_FIRST : 2 * overlay->chunks_room;
    struct chunk *chunks = realloc(overlay->chunks, room * sizeof(*chunks));
    if (chunks == NULL) {
        return false;
    }
    overlay->chunks = chunks;
    overlay->chunks_room = room;
    return true;
}

/* Make the chunk in use one with room for `len` bytes. Later chunks are empty: they were reverted. */
static bool reserve(struct overlay *overlay, size_t len)
{
    size_t next = overlay->chunk_count == 0 ? 0 : overlay->chunk;
    for (; next < overlay->chunk_count; next++) {
        if (overlay->chunks[next].size - overlay->chunks[next].used >= len) {
            overlay->chunk = next;
            return true;
        }
    }
    if (overlay->chunk_count == overlay->chunks_room && !grow_chunks(overlay)) {
        return false;
    }
    size_t size = len > CHUNK_SIZE ? len : CHUNK_SIZE;
    uint8_t *data = malloc(size);
    if (data == NULL) {
        return false;
    }
    overlay->chunks[overlay->chunk_count] = (struct chunk){.data = data, .size = size};
    overlay->chunk = overlay->chunk_count++;
    return true;
}

/* After reserve. */
static const uint8_t *keep(struct overlay *overlay, struct span bytes)
{
    struct chunk *chunk = &overlay->chunks[overlay->chunk];
    uint8_t *copy = chunk->data + chunk->used;
    if (bytes.len > 0) {
        memcpy(copy, bytes.data, bytes.len);
    }
    chunk->used += bytes.len;
    overlay->bytes += bytes.len;
    return copy;
}

static enum overlay_state state_of(const struct overlay_change *change, struct span *ret_value)
{
    if (change == NULL) {
        return OVERLAY_NONE;
    }
    if (change->state == OVERLAY_VALUE) {
        *ret_value = span_of(change->value, change->value_len);
    }
    return (enum overlay_state)change->state;
}

enum overlay_state
overlay_find(const struct overlay *overlay, struct span key, struct span *ret_value)
{
    return state_of(find(overlay, key, hash_of(overlay, key)), ret_value);
}

enum overlay_state overlay_find_newest(const struct overlay *newer,
                                       const struct overlay *older,
                                       struct span key,
                                       struct span *ret_value)
{
    uint64_t hash = hash_of(newer, key);
    const struct overlay_change *change = find(newer, key, hash);
    return state_of(change != NULL ? change : find(older, key, hash), ret_value);
}

static bool says_already(const struct overlay_change *change, const struct span *value)
{
    if (value == NULL) {
        return change->state == OVERLAY_GONE;
    }
    return change->state == OVERLAY_VALUE &&
           span_is_equal(span_of(change->value, change->value_len), *value);
}

bool overlay_put(struct overlay *overlay, struct span key, const struct span *value)
{
    INVARIANT(key.len <= UINT16_MAX && (value == NULL || value->len <= UINT32_MAX));
    uint64_t hash = hash_of(overlay, key);
    struct overlay_change *change = find(overlay, key, hash);
    if (change != NULL && says_already(change, value)) {
        return true;
    }
    bool is_new = change == NULL;
    size_t len = (is_new ? key.len : 0) + (value != NULL ? value->len : 0);
    size_t chunk = overlay->chunk;
    size_t used = overlay->chunk_count > 0 ? overlay->chunks[chunk].used : 0;
    if ((overlay->undo_count == overlay->undo_room && !grow_undo(overlay)) ||
        (is_new && overlay->count == overlay->changes_room && !grow_changes(overlay)) ||
        !reserve(overlay, len)) {
        return false;
    }
    if (is_new) {
        change = &overlay->changes[overlay->count];
        *change = (struct overlay_change){
            .hash = hash, .key = keep(overlay, key), .key_len = (uint16_t)key.len};
        put_slot(overlay, overlay->count++);
    }
    overlay->undo[overlay->undo_count++] = (struct undo){
        .change = (uint32_t)(change - overlay->changes),
        .value = change->value,
        .value_len = change->value_len,
        .state = change->state,
        .chunk = chunk,
        .used = used,
    };
    change->value = value != NULL ? keep(overlay, *value) : NULL;
    change->value_len = value != NULL ? (uint32_t)value->len : 0;
    change->state = value != NULL ? OVERLAY_VALUE : OVERLAY_GONE;
    return true;
}

size_t overlay_mark(const struct overlay *overlay)
{
    return overlay->undo_count;
}

static void release(struct overlay *overlay, size_t chunk, size_t used)
{
    for (; overlay->chunk > chunk; overlay->chunk--) {
        overlay->bytes -= overlay->chunks[overlay->chunk].used;
        overlay->chunks[overlay->chunk].used = 0;
    }
    overlay->bytes -= overlay->chunks[chunk].used - used;
    overlay->chunks[chunk].used = used;
}

void overlay_revert(struct overlay *overlay, size_t mark)
{
    INVARIANT(mark <= overlay->undo_count);
    while (overlay->undo_count > mark) {
        const struct undo *undo = &overlay->undo[--overlay->undo_count];
        if (undo->state == OVERLAY_NONE) {
            INVARIANT(undo->change + 1 == overlay->count);
            clear_slot(overlay, undo->change);
            overlay->count--;
        } else {
            struct overlay_change *change = &overlay->changes[undo->change];
            change->value = undo->value;
            change->value_len = undo->value_len;
            change->state = undo->state;
        }
        release(overlay, undo->chunk, undo->used);
    }
}

void overlay_accept(struct overlay *overlay)
{
    overlay->undo_count = 0;
}

size_t overlay_count(const struct overlay *overlay)
{
    return overlay->count;
}

const struct overlay_change *overlay_at(const struct overlay *overlay, size_t index)
{
    return &overlay->changes[index];
}

size_t overlay_bytes(const struct overlay *overlay)
{
    return overlay->bytes +
           overlay->count * (sizeof(struct overlay_change) + sizeof(struct overlay_change *) +
                             4 * sizeof(struct slot)) +
           overlay->undo_count * sizeof(struct undo);
}

static int compare(const void *a, const void *b)
{
    const struct overlay_change *x = *(struct overlay_change *const *)a;
    const struct overlay_change *y = *(struct overlay_change *const *)b;
    size_t len = x->key_len < y->key_len ? x->key_len : y->key_len;
    int order = memcmp(x->key, y->key, len);
    return order != 0 ? order : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

size_t overlay_sort(struct overlay *overlay, struct overlay_change *const **ret)
{
    for (size_t i = 0; i < overlay->count; i++) {
        overlay->sorted[i] = &overlay->changes[i];
    }
    if (overlay->count > 1) {
        qsort((void *)overlay->sorted, overlay->count, sizeof(*overlay->sorted), compare);
    }
    *ret = overlay->sorted;
    return overlay->count;
}

void overlay_clear(struct overlay *overlay)
{
    INVARIANT(overlay->undo_count == 0);
    /* Chunks of the usual size are used again, as many as a common flush needs. */
    size_t kept = 0;
    for (size_t i = 0; i < overlay->chunk_count; i++) {
        struct chunk chunk = overlay->chunks[i];
        if (chunk.size == CHUNK_SIZE && kept < CHUNKS_FIRST) {
            chunk.used = 0;
            overlay->chunks[kept++] = chunk;
        } else {
            free(chunk.data);
        }
    }
    overlay->chunk_count = kept;
    overlay->chunk = 0;
    overlay->bytes = 0;
    overlay->count = 0;
    if (overlay->slots != NULL) {
        memset(overlay->slots, 0, overlay->slots_room * sizeof(*overlay->slots));
    }
}
