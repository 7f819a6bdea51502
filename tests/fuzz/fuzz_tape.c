/* fuzz_tape.c: a file that claims to be a backup's tar: what is found in it lies within it, and an entry bundle is cut to its end. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/tile.h"
#include "daemon/ledger/tape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void try_tar(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"inventory", "entries-00000001", "none"};
    FILE *stream = fmemopen((void *)(uintptr_t)data, size, "r");
    require(stream != NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint64_t len = UINT64_MAX;
        enum custody_status status = tape_find(stream, names[i], &len);
        if (status == CUSTODY_OK)
            require(ftello(stream) >= TAPE_BLOCK && len <= size - (uint64_t)ftello(stream));
        else
            require(len == UINT64_MAX);
    }
    fclose(stream);
}

static void try_bundle(const uint8_t *data, size_t size)
{
    struct span left = span_of(data, size), entry;
    size_t cut = 0;
    while (tile_take_entry(&left, &entry))
        cut += 2 + entry.len;
    require(cut + left.len == size && (left.len < 2 || left.len - 2 < TILE_ENTRY_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        try_tar(data, size);
    try_bundle(data, size);
    return 0;
}
