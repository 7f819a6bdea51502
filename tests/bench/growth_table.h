/* growth_table.h: what growth and answers found, for people and as JSON.
 * Never measures. */
#ifndef TESTS_BENCH_GROWTH_TABLE_H
#define TESTS_BENCH_GROWTH_TABLE_H

#include <jansson.h>

#include "tests/bench/growth.h"

void growth_table_print(const struct growth *growth);
/* NULL when it was not measured. */
json_t *growth_table_json(const struct growth *growth);

#endif
