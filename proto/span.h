/* span.h: a pointer and a length, the one way to pass borrowed bytes.
 * Never owns what it points to; the lender says how long it lives. */
#ifndef CUSTODY_PROTO_SPAN_H
#define CUSTODY_PROTO_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *data;
    size_t len;
};

static inline struct span span_of(const void *data, size_t len)
{
    return (struct span){.data = data, .len = len};
}

static inline struct span span_text(const char *text)
{
    return span_of(text, text == NULL ? 0 : strlen(text));
}

static inline bool span_is_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

#endif
