/* fuzz_body.c: whatever passes the scan unpacks within a bound and is written back the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "proto/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a body may cost to unpack: for each byte of it, and for each of at most 500 items, which may be messages of
 * no bytes. */
enum { BYTE_COST_MAX = 32, ITEM_COST_MAX = 512 };

static struct {
    size_t used, cap;
} memory;

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void *allocate(void *context, size_t size)
{
    (void)context;
    memory.used += size;
    require(memory.used <= memory.cap);
    return malloc(size == 0 ? 1 : size);
}

static void release(void *context, void *block)
{
    (void)context;
    free(block);
}

/* The first byte says the act, the rest is the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[STATEMENT_SIZE_MAX];
    ProtobufCAllocator allocator = {.alloc = allocate, .free = release};
    struct body_fault fault = {.path = "", .expected = NULL};
    const ProtobufCMessageDescriptor *descriptor = size == 0 ? NULL : body_descriptor(data[0]);
    if (descriptor == NULL || size > sizeof(again))
        return 0;
    struct span body = span_of(data + 1, size - 1);
    if (!body_scan(descriptor, body, &fault)) {
        require(fault.expected != NULL && memchr(fault.path, '\0', BODY_PATH_MAX) != NULL);
        return 0;
    }
    memory.used = 0;
    memory.cap = BYTE_COST_MAX * size + (size_t)ITEM_COST_MAX * (1 + STATEMENT_ITEMS_MAX);
    ProtobufCMessage *message = body_unpack(descriptor, body, &allocator);
    require(message != NULL);
    require(body_write(message, again, sizeof(again)) == body.len);
    require(span_is_equal(span_of(again, body.len), body));
    protobuf_c_message_free_unpacked(message, &allocator);
    return 0;
}
