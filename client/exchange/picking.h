/* picking.h: taking members out of another program's JSON, so that what is left is what was not understood.
 * Never converts. */
#ifndef CUSTODY_CLIENT_EXCHANGE_PICKING_H
#define CUSTODY_CLIENT_EXCHANGE_PICKING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What a document lacks or has wrong. `field` is NULL when nothing is. */
struct picking_fault {
    const char *field, *expected;
};

/* The value at "a.b.c", taken out; NULL when there is none. A new reference. */
json_t *picking_take(json_t *from, const char *path);
/* The same as text in `ret`, empty when there is none or when it is no text; then it stays where it was. */
void picking_text(json_t *from, const char *path, char *ret, size_t cap);
/* A number from 0 to 10^12, taken out; false when there is none, and then what is there stays. */
bool picking_number(json_t *from, const char *path, double *ret);
bool picking_flag(json_t *from, const char *path);
/* Put "scheme:value" of the text at the path into object[name]; false when there is none. */
bool picking_party(
    json_t *from, const char *path, const char *scheme, json_t *object, const char *name);

#endif
