/* queue.h: bounded hand-over of pointers between threads; full is an answer (busy), not a wait.
 * Never owns what it carries.
 *
 * Any number of threads may push and pop. A queue may carry an eventfd that is readable while something is
 * in it, for a thread that sleeps in poll. */
#ifndef CUSTODY_BASE_QUEUE_H
#define CUSTODY_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

struct queue *queue_create(size_t capacity, bool with_descriptor);
void queue_destroy(struct queue *queue);
/* False when full or closed. */
bool queue_push(struct queue *queue, void *item);
/* All of them, in order, or none: false when they do not fit, or when the queue is closed. */
bool queue_push_all(struct queue *queue, void *const *items, size_t count);
/* Up to `max` items at once, waiting at most `timeout_ms` for the first (negative: for ever; 0: not at all).
 * 0 when the time is over, or when the queue is closed and empty. */
size_t queue_pop(struct queue *queue, void **ret_items, size_t max, int timeout_ms);
/* No more pushes; poppers drain what is left and then get 0 at once. */
void queue_close(struct queue *queue);
bool queue_is_closed(struct queue *queue);
size_t queue_length(struct queue *queue);
/* Poll it for reading; -1 without one. Cleared by queue_pop when the queue is emptied; a closed queue's stays readable. */
int queue_descriptor(const struct queue *queue);

#endif
