/* document.c: what is to be drawn, as JSON.
 * Never changes it. */
#include "client/paper/document.h"

const char *document_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

double document_number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

const char *document_item(const json_t *array, size_t index)
{
    const char *text = json_string_value(json_array_get(array, index));
    return text == NULL ? "" : text;
}
