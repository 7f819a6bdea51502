/* storm.c: percentiles, and the statements that both sides send.
 * Never sends anything. */
#include "tests/storm/storm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/custody.pb-c.h"
#include "tests/lib/die.h"

void storm_sample_add(struct storm_sample *sample, uint64_t ns)
{
    uint64_t us = ns / 1000;
    if (sample->count == STORM_SAMPLES_MAX) {
        die("more samples than there is room for");
    }
    sample->us[sample->count++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

double storm_sample_ms(struct storm_sample *sample, unsigned percent)
{
    if (sample->count == 0) {
        return 0;
    }
    qsort(sample->us, sample->count, sizeof(sample->us[0]), compare);
    size_t rank = ((size_t)sample->count * percent + 99) / 100;
    return sample->us[rank == 0 ? 0 : rank - 1] / 1e3;
}

uint64_t storm_counter(const struct storm_counters *counters, const char *name)
{
    for (size_t i = 0; i < counters->count; i++) {
        if (strcmp(counters->each[i].name, name) == 0) {
            return counters->each[i].value;
        }
    }
    return 0;
}

size_t storm_pack(struct storm_party *party, uint8_t *ret, size_t cap)
{
    return storm_pack_many(party, 1, ret, cap);
}

size_t storm_pack_many(struct storm_party *party, size_t bags, uint8_t *ret, size_t cap)
{
    enum { BAGS_MAX = 600, CODE_MAX = 24 };
    static Custody__V1__PackedContainer each[BAGS_MAX];
    static Custody__V1__PackedContainer *list[BAGS_MAX];
    static char codes[BAGS_MAX][CODE_MAX];
    Custody__V1__PackBody body = CUSTODY__V1__PACK_BODY__INIT;
    Custody__V1__FiveTimes times = CUSTODY__V1__FIVE_TIMES__INIT;
    if (bags > BAGS_MAX) {
        die("too many bags");
    }
    times.generated_before_us = UINT64_C(7200000000);
    times.packed_before_us = 1000000;
    times.weighed_before_us = 1000000;
    times.coded_before_us = 1000000;
    for (size_t i = 0; i < bags; i++) {
        custody__v1__packed_container__init(&each[i]);
        /* Keys of one party count apart, and their labels must differ. */
        snprintf(codes[i], CODE_MAX, "%02X%02X-%07" PRIu64, party->author.public_key[0],
                 party->author.public_key[1], party->packed);
        each[i].code = codes[i];
        each[i].waste_code = (char *)"841-001-01";
        each[i].mass_g = 500 + party->packed % 4000;
        each[i].mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
        each[i].package = CUSTODY__V1__PACKAGE_KIND__PACKAGE_BAG;
        each[i].ward = (char *)"W3";
        each[i].times = &times;
        list[i] = &each[i];
        party->packed++;
    }
    body.generator = party->name;
    body.place = (char *)"T1";
    body.n_containers = bags;
    body.containers = list;
    return author_sign(&party->author, &body.base, ret, cap);
}
