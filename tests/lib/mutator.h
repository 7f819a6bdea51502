/* mutator.h: changes a protobuf message and leaves a message: fields that exist, enums that are defined, canonical bytes.
 * Never fits a message to the law: what it says is chance, and words that the test gives. */
#ifndef TESTS_LIB_MUTATOR_H
#define TESTS_LIB_MUTATOR_H

#include <protobuf-c/protobuf-c.h>

#include "proto/bytes.h"
#include "tests/lib/dice.h"

/* What fields are filled with, most of the time. Borrowed; each list has at least one. */
struct mutator {
    struct dice *dice;
    const char *const *texts;
    size_t text_count;
    const struct span *bytes;
    size_t byte_count;
    const uint64_t *numbers;
    size_t number_count;
};

/* Changes the message of these bytes here and there, or makes one when they are none. Returns the new length; when that
 * would be more than `cap`, nothing was changed. */
size_t mutator_change(const struct mutator *mutator,
                      const ProtobufCMessageDescriptor *descriptor,
                      uint8_t *data,
                      size_t size,
                      size_t cap);

#endif
