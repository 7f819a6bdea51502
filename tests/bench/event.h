/* event.h: what a peer keeps of one act on one container, the same for every peer.
 * Never the order of columns in a file: that is the peer's own. */
#ifndef TESTS_BENCH_EVENT_H
#define TESTS_BENCH_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/digest.h"
#include "tests/lib/author.h"

enum {
    EVENT_TEXT_MAX = 48,
    EVENT_STATEMENT_MAX = 448,
    EVENT_POOL = 2048,     /* signed statements; used in turn */
    EVENT_SHIPMENT = 100,  /* containers that travel together */
    EVENT_ACTS = 5,        /* packed, loaded, received, confirmed, treated */
    EVENT_ONE_OPEN_IN = 20 /* containers of a filled table */
};

/* A statement as it is submitted to custodyd, in two parts. */
struct event_signed {
    uint8_t signature[SIGNATURE_SIZE];
    uint8_t statement[EVENT_STATEMENT_MAX];
    uint32_t len;
};

struct event_pool {
    struct author author;
    struct event_signed all[EVENT_POOL];
};

struct event {
    int64_t at_us; /* since 1970 */
    int32_t kind;
    char manifest[EVENT_TEXT_MAX];
    char container[EVENT_TEXT_MAX];
    char place[EVENT_TEXT_MAX];
    char party[EVENT_TEXT_MAX];
    char carrier[EVENT_TEXT_MAX];
    char waste_code[EVENT_TEXT_MAX];
    int64_t grams;
    int32_t count;
    const uint8_t *signer; /* PUBLIC_KEY_SIZE */
    int64_t sequence;
    struct span statement;
    const uint8_t *signature; /* SIGNATURE_SIZE */
    int64_t deadline_us;
    bool is_open;
};

/* Signs as many statements as there are, each the packing of one bag, as load.c's clients sign them. */
void event_sign_pool(struct event_pool *ret);

/* The `number`-th packing by one of many clients; no two have a container in common. Borrows from the pool. */
void event_of_client(const struct event_pool *pool,
                     unsigned client,
                     uint64_t number,
                     struct event *ret);
/* The `number`-th row of a filled table: one shipment after another, each act for all its containers in turn. */
void event_of_table(const struct event_pool *pool, uint64_t number, struct event *ret);
/* The code of a container of a filled table of `rows`. */
void event_container(uint64_t rows, uint64_t chance, char ret[static EVENT_TEXT_MAX]);

/* Would an application server take it? */
bool event_verify(const struct event *event);

#endif
