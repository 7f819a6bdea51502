/* container.c: folds the facts about one container into its custody, sums and open work; and its record.
 * Never refuses a fact, never reads anything but its arguments.
 *
 * Passes over the facts in order: who held it and where it went (walk.c, no mass is looked at); which corrections are in
 * force (correct.c); what it weighed (weigh.c); what else was told of it (describe.c). Then the rows that hang on how it
 * ended (owed.c). */
#include "daemon/domain/container.h"

#include "daemon/domain/fold.h"

void container_fold(const struct container_context *context,
                    const struct fact *const *facts,
                    size_t count,
                    struct container_history *ret)
{
    struct fold fold = {.context = context, .history = ret};
    fold_sort(&fold, facts, count);
    correct_swaps(&fold);
    walk_custody(&fold);
    correct_withdrawals(&fold);
    fold_settle_profiles(&fold);
    correct_judge(&fold);
    weigh_masses(&fold);
    weigh_steps(&fold);
    weigh_sums(&fold);
    describe_fills(&fold);
    owed_add(&fold);
    fold_tell_rows(&fold);
}

size_t container_write(const struct container *container, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, container->is_bulk ? 1 : 0);
    bytes_write_varint(&writer, container->generator);
    bytes_write_varint(&writer, container->division);
    if (writer.failed)
        return 0;
    size_t len = facts_write(&container->facts, ret + writer.len, cap - writer.len);
    return len == 0 ? 0 : writer.len + len;
}

bool container_parse(struct span bytes, struct container *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint8_t is_bulk = bytes_read_u8(&reader);
    uint64_t generator = bytes_read_varint(&reader);
    uint64_t division = bytes_read_varint(&reader);
    if (reader.failed || is_bulk > 1 || generator > UINT32_MAX || division > UINT32_MAX)
        return false;
    ret->is_bulk = is_bulk == 1;
    ret->generator = (uint32_t)generator;
    ret->division = (uint32_t)division;
    return facts_parse(span_of(reader.at, reader.left), &ret->facts);
}
