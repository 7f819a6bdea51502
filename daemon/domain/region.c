/* region.c: the table of divisions: names, successors.
 * Never knows which divisions a ledger serves. */
#include "daemon/domain/region.h"

#include "daemon/domain/division.h"

const struct region_version *region_at(const struct region *region, int64_t at_us)
{
    const struct region_version *found = region->count > 0 ? &region->versions[0] : NULL;
    for (uint32_t i = 1; i < region->count && region->versions[i].from_us <= at_us; i++)
        found = &region->versions[i];
    return found;
}

bool region_add(struct region *region, const struct region_version *version)
{
    uint32_t at = region->count;
    while (at > 0 && region->versions[at - 1].from_us >= version->from_us)
        at--;
    if (at < region->count && region->versions[at].from_us == version->from_us) {
        region->versions[at] = *version;
        return true;
    }
    if (region->count == REGION_VERSIONS_MAX)
        return false;
    memmove(&region->versions[at + 1], &region->versions[at],
            (region->count - at) * sizeof region->versions[0]);
    region->versions[at] = *version;
    region->count++;
    return true;
}

static const struct region_merger *find_merger(const struct region_mergers *mergers, uint32_t code)
{
    for (uint32_t i = 0; i < mergers->count; i++)
        if (mergers->all[i].code == code)
            return &mergers->all[i];
    return NULL;
}

bool region_merge(struct region_mergers *mergers, uint32_t code, uint32_t successor)
{
    for (uint32_t i = 0; i < mergers->count; i++)
        if (mergers->all[i].code == code) {
            mergers->all[i].successor = successor;
            return true;
        }
    if (mergers->count == REGION_MERGERS_MAX)
        return false;
    mergers->all[mergers->count++] = (struct region_merger){.code = code, .successor = successor};
    return true;
}

bool region_covers(const struct region_mergers *mergers, uint32_t wider, uint32_t narrower)
{
    for (uint32_t hops = 0; hops <= REGION_HOPS_MAX; hops++) {
        if (division_covers(wider, narrower))
            return true;
        const struct region_merger *merger = find_merger(mergers, narrower);
        if (merger == NULL)
            return false;
        narrower = merger->successor;
    }
    return false;
}

uint32_t region_predecessors(const struct region_mergers *mergers,
                             uint32_t wider,
                             uint32_t *ret,
                             uint32_t cap)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < mergers->count && count < cap; i++)
        if (!division_covers(wider, mergers->all[i].code) &&
            region_covers(mergers, wider, mergers->all[i].code))
            ret[count++] = mergers->all[i].code;
    return count;
}

size_t region_write(const struct region *region, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, (uint8_t)region->count);
    for (uint32_t i = 0; i < region->count; i++) {
        bytes_write_zigzag(&writer, region->versions[i].from_us);
        bytes_write_u32(&writer, region->versions[i].parent);
        bytes_write_u32(&writer, region->versions[i].successor);
        bytes_write_counted(&writer, span_text(region->versions[i].name));
    }
    return bytes_written(&writer).len;
}

bool region_parse(struct span bytes, struct region *ret)
{
    struct region region = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    region.count = bytes_read_u8(&reader);
    if (region.count > REGION_VERSIONS_MAX)
        return false;
    for (uint32_t i = 0; i < region.count; i++) {
        struct region_version *version = &region.versions[i];
        version->from_us = bytes_read_zigzag(&reader);
        version->parent = bytes_read_u32(&reader);
        version->successor = bytes_read_u32(&reader);
        struct span name = bytes_read_counted(&reader);
        if (reader.failed || name.len > REGION_NAME_MAX ||
            (name.len > 0 && memchr(name.data, 0, name.len) != NULL) ||
            (i > 0 && version->from_us <= region.versions[i - 1].from_us))
            return false;
        if (name.len > 0)
            memcpy(version->name, name.data, name.len);
    }
    if (!bytes_reader_is_done(&reader))
        return false;
    *ret = region;
    return true;
}

size_t region_write_mergers(const struct region_mergers *mergers, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u32(&writer, mergers->count);
    for (uint32_t i = 0; i < mergers->count; i++) {
        bytes_write_u32(&writer, mergers->all[i].code);
        bytes_write_u32(&writer, mergers->all[i].successor);
    }
    return bytes_written(&writer).len;
}

bool region_parse_mergers(struct span bytes, struct region_mergers *ret)
{
    struct region_mergers mergers = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    mergers.count = bytes_read_u32(&reader);
    if (mergers.count > REGION_MERGERS_MAX)
        return false;
    for (uint32_t i = 0; i < mergers.count; i++) {
        mergers.all[i].code = bytes_read_u32(&reader);
        mergers.all[i].successor = bytes_read_u32(&reader);
    }
    if (!bytes_reader_is_done(&reader))
        return false;
    *ret = mergers;
    return true;
}
