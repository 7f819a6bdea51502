/* lineage.c: the number at the end of an origin.
 * Never changes what stands before it. */
#include "proto/lineage.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/bytes.h"
#include "proto/statement.h"

enum { NUMBER_MAX = 999999 };

/* The number after the last slash and the length of what is before that slash; 1 and the whole length when there is none. */
static uint64_t split(const char *origin, size_t *ret_len)
{
    const char *slash = strrchr(origin, '/');
    uint64_t number = 0;
    *ret_len = strlen(origin);
    if (slash == NULL || !bytes_parse_decimal(span_text(slash + 1), &number) || number == 0 ||
        number > NUMBER_MAX) {
        return 1;
    }
    *ret_len = (size_t)(slash - origin);
    return number;
}

static bool
join(const char *name, size_t len, uint64_t number, char ret[static CHECKPOINT_ORIGIN_MAX + 1])
{
    int written = snprintf(ret, CHECKPOINT_ORIGIN_MAX + 1, "%.*s/%" PRIu64, (int)len, name, number);
    return written > 0 && written <= CHECKPOINT_ORIGIN_MAX;
}

bool lineage_next(const char *origin, char ret[static CHECKPOINT_ORIGIN_MAX + 1])
{
    size_t len;
    uint64_t number = split(origin, &len);
    return number < NUMBER_MAX && join(origin, len, number + 1, ret);
}

bool lineage_is_successor(const char *origin, const char *of)
{
    char next[CHECKPOINT_ORIGIN_MAX + 1];
    return lineage_next(of, next) && strcmp(next, origin) == 0;
}

size_t lineage_addresses(const char *origin, struct digest ret[static LINEAGE_MAX])
{
    char name[CHECKPOINT_ORIGIN_MAX + 1];
    size_t len, count = 0;
    uint64_t number = split(origin, &len);
    ret[count++] = statement_origin_digest(origin);
    while (--number > 0 && count < LINEAGE_MAX - 1 && join(origin, len, number, name)) {
        ret[count++] = statement_origin_digest(name);
    }
    if (count > 1 && number == 0) {
        snprintf(name, sizeof(name), "%.*s", (int)len, origin);
        ret[count++] = statement_origin_digest(name);
    }
    return count;
}
