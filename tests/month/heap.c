/* heap.c: a binary heap.
 * Never shrinks before heap_done. */
#include "tests/month/heap.h"

#include <stdbool.h>
#include <stdlib.h>

#include "tests/lib/die.h"

static bool is_before(const struct heap_item *a, const struct heap_item *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void swap(struct heap_item *a, struct heap_item *b)
{
    struct heap_item kept = *a;
    *a = *b;
    *b = kept;
}

void heap_push(struct heap *heap, int64_t at_us, void *what)
{
    if (heap->count == heap->cap) {
        heap->cap = heap->cap == 0 ? 4096 : heap->cap * 2;
        heap->items = realloc(heap->items, heap->cap * sizeof *heap->items);
        if (heap->items == NULL)
            die("out of memory");
    }
    size_t at = heap->count++;
    heap->items[at] = (struct heap_item){.at_us = at_us, .order = heap->order++, .what = what};
    for (; at > 0 && is_before(&heap->items[at], &heap->items[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&heap->items[at], &heap->items[(at - 1) / 2]);
}

const struct heap_item *heap_first(const struct heap *heap)
{
    return heap->count == 0 ? NULL : &heap->items[0];
}

struct heap_item heap_pop(struct heap *heap)
{
    struct heap_item top = heap->items[0];
    heap->items[0] = heap->items[--heap->count];
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < heap->count && is_before(&heap->items[child], &heap->items[least]))
                least = child;
        if (least == at)
            return top;
        swap(&heap->items[at], &heap->items[least]);
        at = least;
    }
}

void heap_done(struct heap *heap)
{
    free(heap->items);
    *heap = (struct heap){0};
}
