/* leftover.h: what a conversion did not take, by name, with how often it had a value.
 * Never forgets: beyond its room it still counts. */
#ifndef CUSTODY_CLIENT_EXCHANGE_LEFTOVER_H
#define CUSTODY_CLIENT_EXCHANGE_LEFTOVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { LEFTOVER_NAMES_MAX = 128, LEFTOVER_NAME_MAX = 96 };

struct leftover_name {
    char name[LEFTOVER_NAME_MAX];
    uint64_t count;
};

struct leftover {
    size_t count;
    struct leftover_name names[LEFTOVER_NAMES_MAX]; /* in the order in which they came */
    uint64_t unnamed;                               /* when there was no room for another name */
};

void leftover_add(struct leftover *leftover, const char *name);
/* Every value that is left in `json`, by its path: "wastes[].br". Empty objects, lists and texts, null and false have no value. */
void leftover_add_json(struct leftover *leftover, const char *path, const json_t *json);
/* {"name": count, ..., "*": unnamed}; a new reference. */
json_t *leftover_to_json(const struct leftover *leftover);

#endif
