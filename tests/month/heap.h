/* heap.h: things in the order of their times; of equal times the one that was put in first.
 * Never owns what it holds. */
#ifndef TESTS_MONTH_HEAP_H
#define TESTS_MONTH_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap_item {
    int64_t at_us;
    uint64_t order;
    void *what;
};

struct heap {
    struct heap_item *items;
    size_t count, cap;
    uint64_t order; /* how many were put in so far */
};

void heap_push(struct heap *heap, int64_t at_us, void *what);
/* NULL when it is empty. */
const struct heap_item *heap_first(const struct heap *heap);
/* Not of an empty one. */
struct heap_item heap_pop(struct heap *heap);
void heap_done(struct heap *heap);

#endif
