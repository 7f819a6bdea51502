/* hj1259.h: the ledger tables of HJ 1259-2022, appendix B, out of what was stated: produced, stored, taken out, treated by oneself,
 * handed to others.
 * Never judges: statements are shown as they were made, amended or withdrawn by whoever made them.
 *
 * One row is one container (6.2). Batches are numbered as appendix B advises: prefix, civil day, serial of three digits, one for each
 * statement, in the order of the ledger, so a number once given stays. Amounts are in tonnes (5.5). What the ledger does not know (common
 * names, names of persons) is left empty. Memory grows with the containers of one party. */
#ifndef CUSTODY_CLIENT_EXCHANGE_HJ1259_H
#define CUSTODY_CLIENT_EXCHANGE_HJ1259_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include <custody/client.h>

enum { HJ1259_TABLES = 5, HJ1259_COLUMNS_MAX = 24 };

struct hj1259 {
    const char *party; /* whose ledger */
    int table;         /* 1 to HJ1259_TABLES */
    int64_t from_us, until_us;
    json_t *containers, *plans, *trips, *batches, *days, *rows;
};

/* A statement on the ledger, in its order. `body` is read only. */
struct hj1259_fact {
    const char *act, *id; /* of the statement, hex */
    int64_t at_us;
    bool is_own; /* by a key of the party */
    const json_t *body;
};

/* Borrows `party`. */
CUSTODY_CHECK bool
hj1259_init(struct hj1259 *tables, const char *party, int table, int64_t from_us, int64_t until_us);
CUSTODY_CHECK bool hj1259_take(struct hj1259 *tables, const struct hj1259_fact *fact);
/* Who received, of each row of table 5, once. Borrowed. */
const char *hj1259_receiver(const struct hj1259 *tables, size_t row);
size_t hj1259_count(const struct hj1259 *tables);
/* Header cells; NULL behind the last. */
const char *const *hj1259_heads(int table);
/* Cells of a row; `names` has {"party": {"name": , "permit": }} of receivers. False when memory is used up. */
typedef void hj1259_write_row(void *context, const char *const *cells, size_t count);
void hj1259_write(const struct hj1259 *tables,
                  const json_t *names,
                  hj1259_write_row *write,
                  void *context);
void hj1259_done(struct hj1259 *tables);

#endif
