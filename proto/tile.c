/* tile.c: paths in groups of three digits, widths by shifting, folding by halves. */
#include "proto/tile.h"

#include <inttypes.h>
#include <stdio.h>

enum { LEVEL_BITS = 8, GROUP = 1000 };

uint64_t tile_count(uint64_t size, uint32_t level)
{
    uint64_t hashes = level < TILE_LEVELS ? size >> (LEVEL_BITS * level) : 0;
    return hashes / TILE_WIDTH + (hashes % TILE_WIDTH != 0 ? 1 : 0);
}

uint32_t tile_width(uint64_t size, uint32_t level, uint64_t index)
{
    uint64_t hashes = level < TILE_LEVELS ? size >> (LEVEL_BITS * level) : 0;
    if (index < hashes / TILE_WIDTH) {
        return TILE_WIDTH;
    }
    return index == hashes / TILE_WIDTH ? (uint32_t)(hashes % TILE_WIDTH) : 0;
}

/* 1234067 is x001/x234/067. */
static void write_path(const char *folder, uint64_t index, uint32_t width, char *ret)
{
    char groups[TILE_PATH_MAX] = "", longer[TILE_PATH_MAX];
    snprintf(groups, sizeof(groups), "%03u", (unsigned)(index % GROUP));
    for (index /= GROUP; index > 0; index /= GROUP) {
        snprintf(longer, sizeof(longer), "x%03u/%.40s", (unsigned)(index % GROUP), groups);
        memcpy(groups, longer, sizeof(groups));
    }
    if (width == TILE_WIDTH) {
        snprintf(ret, TILE_PATH_MAX, "tile/%s/%.40s", folder, groups);
    } else {
        snprintf(ret, TILE_PATH_MAX, "tile/%s/%.40s.p/%u", folder, groups, (unsigned)width % 256);
    }
}

void tile_write_path(uint32_t level, uint64_t index, uint32_t width, char ret[static TILE_PATH_MAX])
{
    char folder[4];
    snprintf(folder, sizeof(folder), "%u", (unsigned)level % 100);
    write_path(folder, index, width, ret);
}

void tile_write_bundle_path(uint64_t index, uint32_t width, char ret[static TILE_PATH_MAX])
{
    write_path("entries", index, width, ret);
}

struct digest tile_fold(const struct digest *hashes, uint32_t count)
{
    struct digest work[TILE_WIDTH];
    memcpy(work, hashes, count * sizeof(*hashes));
    for (; count > 1; count /= 2) {
        for (size_t i = 0; i < count / 2; i++) {
            work[i] = merkle_node(&work[2 * i], &work[2 * i + 1]);
        }
    }
    return work[0];
}

bool tile_take_entry(struct span *bundle, struct span *ret)
{
    if (bundle->len < 2) {
        return false;
    }
    size_t len = (size_t)bundle->data[0] << 8 | bundle->data[1];
    /* Never shortened to what is there: a changed length would go unnoticed. */
    if (len > bundle->len - 2) {
        return false;
    }
    *ret = span_of(bundle->data + 2, len);
    *bundle = span_of(bundle->data + 2 + len, bundle->len - 2 - len);
    return true;
}
