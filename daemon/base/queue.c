/* queue.c: a ring of pointers under one lock.
 * Never looks at what it carries. */
#include "daemon/base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/logger.h"

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    void **items;
    size_t capacity;
    size_t first;
    size_t length;
    int descriptor;
    bool is_closed;
};

struct queue *queue_create(size_t capacity, bool with_descriptor)
{
    INVARIANT(capacity > 0);
    struct queue *queue = calloc(1, sizeof(*queue));
    if (queue == NULL) {
        return NULL;
    }
    queue->capacity = capacity;
    queue->descriptor = -1;
    queue->items = calloc(capacity, sizeof(*queue->items));
    if (with_descriptor) {
        queue->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    if (queue->items == NULL || (with_descriptor && queue->descriptor < 0)) {
        if (queue->descriptor >= 0) {
            close(queue->descriptor);
        }
        free(queue->items);
        free(queue);
        return NULL;
    }
    pthread_condattr_t attributes;
    INVARIANT(pthread_mutex_init(&queue->lock, NULL) == 0);
    INVARIANT(pthread_condattr_init(&attributes) == 0);
    INVARIANT(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    INVARIANT(pthread_cond_init(&queue->filled, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
    return queue;
}

void queue_destroy(struct queue *queue)
{
    if (queue == NULL) {
        return;
    }
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->lock);
    if (queue->descriptor >= 0) {
        close(queue->descriptor);
    }
    free(queue->items);
    free(queue);
}

static void show(struct queue *queue)
{
    if (queue->descriptor >= 0) {
        INVARIANT(eventfd_write(queue->descriptor, 1) == 0);
    }
}

bool queue_push_all(struct queue *queue, void *const *items, size_t count)
{
    pthread_mutex_lock(&queue->lock);
    bool is_taken = !queue->is_closed && count <= queue->capacity - queue->length;
    if (is_taken && count > 0) {
        for (size_t i = 0; i < count; i++) {
            queue->items[(queue->first + queue->length + i) % queue->capacity] = items[i];
        }
        if (queue->length == 0) {
            show(queue);
        }
        queue->length += count;
        if (count == 1) {
            pthread_cond_signal(&queue->filled);
        } else {
            pthread_cond_broadcast(&queue->filled);
        }
    }
    pthread_mutex_unlock(&queue->lock);
    return is_taken;
}

bool queue_push(struct queue *queue, void *item)
{
    return queue_push_all(queue, &item, 1);
}

static struct timespec deadline_after(int timeout_ms)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += timeout_ms / 1000;
    time.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000;
    }
    return time;
}

static void wait_for_item(struct queue *queue, int timeout_ms)
{
    if (timeout_ms < 0) {
        while (queue->length == 0 && !queue->is_closed) {
            pthread_cond_wait(&queue->filled, &queue->lock);
        }
    } else if (timeout_ms > 0) {
        struct timespec deadline = deadline_after(timeout_ms);
        int rc = 0;
        while (queue->length == 0 && !queue->is_closed && rc != ETIMEDOUT) {
            rc = pthread_cond_timedwait(&queue->filled, &queue->lock, &deadline);
        }
    }
}

size_t queue_pop(struct queue *queue, void **ret_items, size_t max, int timeout_ms)
{
    pthread_mutex_lock(&queue->lock);
    wait_for_item(queue, timeout_ms);
    size_t count = queue->length < max ? queue->length : max;
    for (size_t i = 0; i < count; i++) {
        ret_items[i] = queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->capacity;
    }
    queue->length -= count;
    /* A closed queue stays readable, so that a thread in poll comes and learns of it. */
    if (count > 0 && queue->length == 0 && !queue->is_closed && queue->descriptor >= 0) {
        eventfd_t ignored;
        INVARIANT(eventfd_read(queue->descriptor, &ignored) == 0);
    }
    pthread_mutex_unlock(&queue->lock);
    return count;
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    if (!queue->is_closed) {
        queue->is_closed = true;
        show(queue);
        pthread_cond_broadcast(&queue->filled);
    }
    pthread_mutex_unlock(&queue->lock);
}

bool queue_is_closed(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool is_closed = queue->is_closed;
    pthread_mutex_unlock(&queue->lock);
    return is_closed;
}

size_t queue_length(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t length = queue->length;
    pthread_mutex_unlock(&queue->lock);
    return length;
}

int queue_descriptor(const struct queue *queue)
{
    return queue->descriptor;
}
