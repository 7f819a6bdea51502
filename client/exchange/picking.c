/* picking.c: taking members out of another program's JSON.
 * Never converts. */
#include "client/exchange/picking.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_LEN = 64, PARTY_MAX = 128 };

#define NUMBER_MAX 1e12

/* The object that holds the last name of the path, which goes into `ret_last`; NULL when there is none. */
static json_t *find_holder(json_t *from, const char *path, char ret_last[static NAME_MAX_LEN])
{
    json_t *holder = from;
    const char *dot;
    while (holder != NULL && (dot = strchr(path, '.')) != NULL) {
        snprintf(ret_last, NAME_MAX_LEN, "%.*s", (int)(dot - path), path);
        holder = json_object_get(holder, ret_last);
        path = dot + 1;
    }
    snprintf(ret_last, NAME_MAX_LEN, "%s", path);
    return holder;
}

json_t *picking_take(json_t *from, const char *path)
{
    char last[NAME_MAX_LEN];
    json_t *holder = find_holder(from, path, last);
    json_t *value = json_incref(json_object_get(holder, last));
    if (value != NULL)
        json_object_del(holder, last);
    return value;
}

void picking_text(json_t *from, const char *path, char *ret, size_t cap)
{
    char last[NAME_MAX_LEN];
    json_t *holder = find_holder(from, path, last);
    const char *text = json_string_value(json_object_get(holder, last));
    ret[0] = '\0';
    if (text == NULL || strlen(text) >= cap)
        return;
    memcpy(ret, text, strlen(text) + 1);
    json_object_del(holder, last);
}

bool picking_number(json_t *from, const char *path, double *ret)
{
    char last[NAME_MAX_LEN];
    json_t *holder = find_holder(from, path, last);
    const json_t *value = json_object_get(holder, last);
    /* So large that no unit makes it overflow, and no mass is that. */
    if (!json_is_number(value) || !(json_number_value(value) >= 0) ||
        json_number_value(value) > NUMBER_MAX)
        return false;
    *ret = json_number_value(value);
    json_object_del(holder, last);
    return true;
}

bool picking_flag(json_t *from, const char *path)
{
    json_t *value = picking_take(from, path);
    bool is_set = json_is_true(value);
    json_decref(value);
    return is_set;
}

bool picking_party(
    json_t *from, const char *path, const char *scheme, json_t *object, const char *name)
{
    char value[PARTY_MAX];
    picking_text(from, path, value, sizeof(value));
    return value[0] != '\0' &&
           json_object_set_new(object, name, json_sprintf("%s:%s", scheme, value)) == 0;
}
