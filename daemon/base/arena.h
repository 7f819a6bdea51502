/* arena.h: one bump allocator with a hard cap, emptied in one step.
 * Never gives memory back piece by piece.
 *
 * An arena belongs to one thread at a time. Memory from it is zeroed, but for arena_room's, and
 * aligned for any type. */
#ifndef CUSTODY_BASE_ARENA_H
#define CUSTODY_BASE_ARENA_H

#include <protobuf-c/protobuf-c.h>

#include "proto/span.h"

struct arena;

/* At most `cap` bytes in all; grows in chunks. NULL when there is no memory. */
struct arena *arena_create(size_t cap);
void arena_destroy(struct arena *arena);
/* Keep `len` bytes in hand between uses, so that a job of that size asks the machine for nothing. On an empty
 * arena only; false when there is no memory, and then nothing has changed. */
bool arena_reserve(struct arena *arena, size_t len);
/* NULL when the cap or the machine's memory is reached. */
void *arena_alloc(struct arena *arena, size_t len);
/* The same, not zeroed: for what is large and written before it is read. */
void *arena_room(struct arena *arena, size_t len);
void *arena_copy(struct arena *arena, const void *data, size_t len);
char *arena_text(struct arena *arena, struct span text); /* with a NUL at its end */
__attribute__((format(printf, 2, 3))) char *
arena_format(struct arena *arena, const char *format, ...);
/* Everything given out is gone; the first chunk is kept for the next use. */
void arena_empty(struct arena *arena);
size_t arena_used(const struct arena *arena);
/* For protobuf-c: allocates here, frees nothing. Lives as long as the arena. */
ProtobufCAllocator *arena_protobuf(struct arena *arena);

#endif
