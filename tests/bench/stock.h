/* stock.h: a ledger that somebody has filled: one bag a statement, then shipments of them to ash.
 * Never measures anything. */
#ifndef TESTS_BENCH_STOCK_H
#define TESTS_BENCH_STOCK_H

#include "tests/bench/bench.h"
#include "tests/lib/author.h"
#include "tests/lib/desk.h"

enum { STOCK_SHIPMENT = 20, STOCK_CODE_MAX = 24 };

struct stock {
    struct desk desk;      /* its ledger is closed but while stock_fill runs */
    struct author asker;   /* an auditor's connection, enrolled */
    uint64_t statements;   /* since it was opened */
    uint64_t signed_bytes; /* of them, signatures included */
    uint64_t containers, shipments;
    uint8_t trip[DIGEST_SIZE], manifest[DIGEST_SIZE];
    char codes[STOCK_SHIPMENT][STOCK_CODE_MAX];
};

/* Entries of the largest ledger that is measured: SIZE in the environment, or as many as the run has time for. */
uint64_t stock_size(const struct bench *bench);
/* In memory that a child shares, so that it may fill and be killed. */
struct stock *stock_open(void);
void stock_close(struct stock *stock);
/* At least so many statements more. The ledger must be open. */
void stock_fill(struct stock *stock, uint64_t statements);
/* Open and close the ledger in this process. */
void stock_begin(struct stock *stock);
void stock_end(struct stock *stock);

#endif
