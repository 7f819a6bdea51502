/* leftover.c: what a conversion did not take.
 * Never forgets. */
#include "client/exchange/leftover.h"

#include <stdio.h>
#include <string.h>

void leftover_add(struct leftover *leftover, const char *name)
{
    char cut[LEFTOVER_NAME_MAX];
    snprintf(cut, sizeof(cut), "%s", name);
    for (size_t i = 0; i < leftover->count; i++) {
        if (strcmp(leftover->names[i].name, cut) == 0) {
            leftover->names[i].count++;
            return;
        }
    }
    if (leftover->count == LEFTOVER_NAMES_MAX) {
        leftover->unnamed++;
        return;
    }
    struct leftover_name *next = &leftover->names[leftover->count++];
    memcpy(next->name, cut, sizeof(next->name));
    next->count = 1;
}

/* The path within, false when there is no room for it: then the outer one stands for what is in it. */
static bool write_below(const char *path, const char *name, char ret[static LEFTOVER_NAME_MAX])
{
    int len = name == NULL ? snprintf(ret, LEFTOVER_NAME_MAX, "%s[]", path)
                           : snprintf(ret, LEFTOVER_NAME_MAX, "%s%s%s", path,
                                      path[0] == '\0' ? "" : ".", name);
    return len > 0 && len < LEFTOVER_NAME_MAX;
}

/* As deep as a path has room, so no input makes it deep. */
void leftover_add_json(struct leftover *leftover, const char *path, const json_t *json)
{
    char below[LEFTOVER_NAME_MAX];
    const char *name;
    size_t index;
    json_t *value;
    if (json_is_object(json)) {
        json_object_foreach((json_t *)(uintptr_t)json, name, value)
        {
            if (write_below(path, name, below))
                leftover_add_json(leftover, below, value);
            else
                leftover_add(leftover, path);
        }
    } else if (json_is_array(json)) {
        json_array_foreach(json, index, value)
        {
            if (write_below(path, NULL, below))
                leftover_add_json(leftover, below, value);
            else
                leftover_add(leftover, path);
        }
    } else if (json != NULL && !json_is_null(json) && !json_is_false(json) &&
               !(json_is_string(json) && json_string_length(json) == 0)) {
        leftover_add(leftover, path);
    }
}

json_t *leftover_to_json(const struct leftover *leftover)
{
    json_t *names = json_object();
    for (size_t i = 0; i < leftover->count; i++)
        json_object_set_new(names, leftover->names[i].name,
                            json_integer((json_int_t)leftover->names[i].count));
    if (leftover->unnamed > 0)
        json_object_set_new(names, "*", json_integer((json_int_t)leftover->unnamed));
    return names;
}
