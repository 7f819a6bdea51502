/* treated.c: which batches treated the containers of a manifest.
 * Never decides whether the manifest is closed. */
#include "daemon/service/treated.h"

#include "daemon/service/tallying.h"

static uint64_t number_of(uint32_t manifest, uint32_t batch)
{
    return (uint64_t)manifest << 32 | batch;
}

static bool parse_pair(struct span bytes, void *ret)
{
    return manifest_batch_parse(bytes, ret);
}

static void *load_pair(struct apply *apply, uint64_t number)
{
    return tallying_load(apply, TALLY_TREATED, number, sizeof(struct manifest_batch), parse_pair);
}

static void
work_nothing(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    (void)apply;
    (void)record;
    (void)number;
    (void)set;
}

static size_t write_pair(const void *record, uint8_t *ret, size_t cap)
{
    return manifest_batch_write(record, ret, cap);
}

static const struct settle_kind pair_kind = {
    .record = TALLY_TREATED,
    .load = load_pair,
    .work = work_nothing,
    .write = write_pair,
};

/* Each knows the other from now on, and keeps its place there. */
static void
meet(struct apply *apply, struct manifest *manifest, uint32_t manifest_number, uint32_t number)
{
    struct batch *batch = settle_batch(apply, number);
    if (batch == NULL)
        return;
    book_put_member(apply->book, BOOK_MEMBERS_TREATED, number, batch->manifests++, manifest_number);
    book_put_member(apply->book, BOOK_MEMBERS_FED, manifest_number, manifest->batches_met++,
                    number);
}

void treated_feed(struct apply *apply, uint32_t manifest_number, uint32_t number, int sign)
{
    struct manifest *manifest = settle_manifest(apply, manifest_number);
    uint64_t pair_number = number_of(manifest_number, number);
    bool is_met = settle_has(apply, &pair_kind, pair_number);
    struct manifest_batch *pair =
        manifest == NULL ? NULL : settle_record(apply, &pair_kind, pair_number);
    const struct batch *batch = settle_batch(apply, number);
    if (pair == NULL || batch == NULL)
        return;
    if (!is_met)
        meet(apply, manifest, manifest_number, number);
    manifest_feed(manifest, pair, sign, is_met ? pair->method : batch->method);
}

void treated_method(struct apply *apply, const struct batch *batch, uint32_t number)
{
    for (uint32_t i = 0; i < batch->manifests && settle_is_well(apply); i++) {
        uint32_t manifest_number =
            (uint32_t)book_member(apply->book, BOOK_MEMBERS_TREATED, number, i);
        struct manifest *manifest = settle_manifest(apply, manifest_number);
        struct manifest_batch *pair =
            settle_record(apply, &pair_kind, number_of(manifest_number, number));
        if (manifest != NULL && pair != NULL)
            manifest_feed(manifest, pair, 0, batch->method);
    }
}

uint32_t treated_at(struct book *book,
                    const struct manifest *manifest,
                    uint32_t number,
                    uint32_t index,
                    struct manifest_batch *ret)
{
    *ret = (struct manifest_batch){0};
    if (index >= manifest->batches_met)
        return 0;
    uint32_t batch = (uint32_t)book_member(book, BOOK_MEMBERS_FED, number, index);
    struct span bytes = book_record(book, TALLY_TREATED, number_of(number, batch));
    if (bytes.data != NULL && !manifest_batch_parse(bytes, ret))
        book_fail(book, CUSTODY_ERR_CORRUPT);
    return batch;
}
