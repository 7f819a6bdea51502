/* fuzz_entry.c: whatever parses as an entry is written back the same, and its parts give its leaf. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "proto/entry.h"
#include "proto/merkle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[ENTRY_SIZE_MAX];
    uint8_t head[ENTRY_HEAD_MAX];
    struct entry entry, parts;
    struct digest leaf;
    if (!entry_parse(span_of(data, size), &entry))
        return 0;
    require(entry_write(&entry, again, sizeof(again)) == size);
    require(memcmp(again, data, size) == 0);
    size_t head_len = entry_write_head(&entry, head);
    require(
        entry_leaf_of(span_of(head, head_len), entry.statement, entry.signature, &leaf, &parts));
    struct digest expected = merkle_leaf(span_of(data, size));
    require(digest_is_equal(&leaf, &expected));
    return 0;
}
