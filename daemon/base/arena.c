/* arena.c: gives out zeroed memory from chunks, under a cap.
 * Never frees a piece, never moves one. */
#include "daemon/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK_SIZE = 64 * 1024, CHUNK_FIRST = 16 * 1024 };

struct chunk {
    struct chunk *next; /* the chunk made before this one */
    size_t size;
    size_t used;
    alignas(max_align_t) uint8_t data[];
};

struct arena {
    ProtobufCAllocator allocator;
    struct chunk *first;
    struct chunk *current; /* small pieces come from here */
    size_t cap;
    size_t used;
};

static struct chunk *chunk_create(size_t size)
{
    struct chunk *chunk = malloc(sizeof(*chunk) + size);
    if (chunk != NULL) {
        chunk->next = NULL;
        chunk->size = size;
        chunk->used = 0;
    }
    return chunk;
}

static void *protobuf_alloc(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void protobuf_free(void *arena, void *data)
{
    (void)arena;
    (void)data;
}

struct arena *arena_create(size_t cap)
{
    struct arena *arena = calloc(1, sizeof(*arena));
    if (arena == NULL) {
        return NULL;
    }
    arena->first = chunk_create(cap < CHUNK_FIRST ? cap : CHUNK_FIRST);
    if (arena->first == NULL) {
        free(arena);
        return NULL;
    }
    arena->current = arena->first;
    arena->cap = cap;
    arena->allocator = (ProtobufCAllocator){
        .alloc = protobuf_alloc, .free = protobuf_free, .allocator_data = arena};
    return arena;
}

/* All chunks but the first, which is the end of the list. */
static void free_later_chunks(struct arena *arena)
{
    while (arena->current != arena->first) {
        struct chunk *chunk = arena->current;
        arena->current = chunk->next;
        free(chunk);
    }
}

void arena_destroy(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    free_later_chunks(arena);
    free(arena->first);
    free(arena);
}

bool arena_reserve(struct arena *arena, size_t len)
{
    if (arena->current != arena->first || arena->used != 0) {
        return false;
    }
    struct chunk *chunk = chunk_create(len < arena->cap ? len : arena->cap);
    if (chunk == NULL) {
        return false;
    }
    free(arena->first);
    arena->first = chunk;
    arena->current = chunk;
    return true;
}

/* Not zeroed. `*ret_len` is what was taken, `len` and a little more. */
static void *take(struct arena *arena, size_t len, size_t *ret_len)
{
    const size_t align = alignof(max_align_t);
    if (len > arena->cap || len > SIZE_MAX - align) {
        return NULL;
    }
    size_t want = len == 0 ? align : (len + align - 1) / align * align;
    if (want > arena->cap - arena->used && len > arena->cap - arena->used) {
        return NULL;
    }
    struct chunk *chunk = arena->current;
    if (want > chunk->size - chunk->used) {
        /* A large piece gets a chunk to itself behind the current one, whose rest stays in use:
         * so no more than a quarter of any chunk is wasted. */
        bool is_large = want > CHUNK_SIZE / 4;
        size_t left = arena->cap - arena->used + align;
        size_t size = is_large || want > left ? want : left < CHUNK_SIZE ? left : CHUNK_SIZE;
        struct chunk *fresh = chunk_create(size);
        if (fresh == NULL) {
            return NULL;
        }
        if (is_large && chunk != arena->first) {
            fresh->next = chunk->next;
            chunk->next = fresh;
        } else {
            fresh->next = chunk;
            arena->current = fresh;
        }
        chunk = fresh;
    }
    void *data = chunk->data + chunk->used;
    chunk->used += want;
    arena->used = want > arena->cap - arena->used ? arena->cap : arena->used + want;
    *ret_len = want;
    return data;
}

void *arena_alloc(struct arena *arena, size_t len)
{
    size_t taken;
    void *data = take(arena, len, &taken);
    return data == NULL ? NULL : memset(data, 0, taken);
}

void *arena_room(struct arena *arena, size_t len)
{
    size_t taken;
    return take(arena, len, &taken);
}

void *arena_copy(struct arena *arena, const void *data, size_t len)
{
    void *copy = arena_room(arena, len);
    if (copy != NULL && len > 0) {
        memcpy(copy, data, len);
    }
    return copy;
}

char *arena_text(struct arena *arena, struct span text)
{
    if (text.len == SIZE_MAX) {
        return NULL;
    }
    char *copy = arena_room(arena, text.len + 1);
    if (copy != NULL) {
        if (text.len > 0) {
            memcpy(copy, text.data, text.len);
        }
        copy[text.len] = '\0';
    }
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len < 0) {
        return NULL;
    }
    char *text = arena_alloc(arena, (size_t)len + 1);
    if (text != NULL) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)len + 1, format, arguments);
        va_end(arguments);
    }
    return text;
}

void arena_empty(struct arena *arena)
{
    free_later_chunks(arena);
    arena->first->used = 0;
    arena->used = 0;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

ProtobufCAllocator *arena_protobuf(struct arena *arena)
{
    return &arena->allocator;
}
