/* event.c: bags of infectious waste on their way, as rows.
 * Never random: the same number is the same row. */
#include "tests/bench/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/custody.pb-c.h"
#include "tests/lib/die.h"

#define FIRST_US    INT64_C(1790000000000000)
#define SECOND_US   INT64_C(1000000)
#define TWO_DAYS_US (INT64_C(2) * 24 * 3600 * SECOND_US)

enum { PARTIES = 64, CARRIERS = 8, KIND_PACKED = 1 };

static void sign_one(struct author *author, uint64_t number, struct event_signed *ret)
{
    Custody__V1__PackBody body = CUSTODY__V1__PACK_BODY__INIT;
    Custody__V1__PackedContainer bag = CUSTODY__V1__PACKED_CONTAINER__INIT;
    Custody__V1__PackedContainer *bags[] = {&bag};
    Custody__V1__FiveTimes times = CUSTODY__V1__FIVE_TIMES__INIT;
    uint8_t bytes[SIGNATURE_SIZE + EVENT_STATEMENT_MAX];
    char code[EVENT_TEXT_MAX];
    snprintf(code, sizeof(code), "DEMO-%08" PRIu64, number);
    times.generated_before_us = UINT64_C(7200000000);
    times.packed_before_us = 1000000;
    times.weighed_before_us = 1000000;
    times.coded_before_us = 1000000;
    bag.code = code;
    bag.waste_code = (char *)"841-001-01";
    bag.mass_g = 500 + number % 4000;
    bag.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
    bag.package = CUSTODY__V1__PACKAGE_KIND__PACKAGE_BAG;
    bag.ward = (char *)"W3";
    bag.times = &times;
    body.generator = (char *)"uscc:12540400DEMO00001X";
    body.place = (char *)"T1";
    body.n_containers = 1;
    body.containers = bags;
    size_t len = author_sign(author, &body.base, bytes, sizeof(bytes));
    ret->len = (uint32_t)(len - SIGNATURE_SIZE);
    memcpy(ret->signature, bytes, SIGNATURE_SIZE);
    memcpy(ret->statement, bytes + SIGNATURE_SIZE, ret->len);
}

void event_sign_pool(struct event_pool *ret)
{
    author_init(&ret->author, "ledger.example/bench");
    for (uint64_t i = 0; i < EVENT_POOL; i++) {
        die_check();
        sign_one(&ret->author, i, &ret->all[i]);
    }
}

static void fill(const struct event_pool *pool, uint64_t number, unsigned party, struct event *ret)
{
    const struct event_signed *one = &pool->all[number % EVENT_POOL];
    ret->at_us = FIRST_US + (int64_t)number * SECOND_US;
    snprintf(ret->place, sizeof(ret->place), "T1");
    snprintf(ret->party, sizeof(ret->party), "uscc:12540400DEMO%05uX", party);
    snprintf(ret->carrier, sizeof(ret->carrier), "uscc:13540400DEMO%05uX", party % CARRIERS);
    snprintf(ret->waste_code, sizeof(ret->waste_code), "841-001-01");
    ret->grams = (int64_t)(500 + number % 4000);
    ret->count = 1;
    ret->signer = pool->author.public_key;
    ret->sequence = (int64_t)number;
    ret->statement = span_of(one->statement, one->len);
    ret->signature = one->signature;
    ret->deadline_us = ret->at_us + TWO_DAYS_US;
}

void event_of_client(const struct event_pool *pool,
                     unsigned client,
                     uint64_t number,
                     struct event *ret)
{
    fill(pool, number, client, ret);
    ret->kind = KIND_PACKED;
    ret->is_open = true;
    snprintf(ret->container, sizeof(ret->container), "DEMO-%03u-%08" PRIu64, client, number);
    snprintf(ret->manifest, sizeof(ret->manifest), "M-%03u-%06" PRIu64, client,
             number / EVENT_SHIPMENT);
}

static void write_container(uint64_t number, char ret[static EVENT_TEXT_MAX])
{
    snprintf(ret, EVENT_TEXT_MAX, "DEMO-%08" PRIu64, number);
}

void event_of_table(const struct event_pool *pool, uint64_t number, struct event *ret)
{
    uint64_t shipment = number / (EVENT_SHIPMENT * EVENT_ACTS);
    uint64_t act = number / EVENT_SHIPMENT % EVENT_ACTS;
    uint64_t container = shipment * EVENT_SHIPMENT + number % EVENT_SHIPMENT;
    fill(pool, number, (unsigned)(shipment % PARTIES), ret);
    ret->kind = KIND_PACKED + (int32_t)act;
    ret->is_open = act == 0 && container % EVENT_ONE_OPEN_IN == 0;
    write_container(container, ret->container);
    snprintf(ret->manifest, sizeof(ret->manifest), "M-%06" PRIu64, shipment);
}

void event_container(uint64_t rows, uint64_t chance, char ret[static EVENT_TEXT_MAX])
{
    write_container(chance % (rows / EVENT_ACTS), ret);
}

bool event_verify(const struct event *event)
{
    return digest_verify(event->signature, event->statement, event->signer);
}
