/* document.h: what is to be drawn, as JSON: values by name, where what is missing is empty.
 * Never changes it. */
#ifndef CUSTODY_CLIENT_PAPER_DOCUMENT_H
#define CUSTODY_CLIENT_PAPER_DOCUMENT_H

#include <jansson.h>

const char *document_text(const json_t *object, const char *name);
double document_number(const json_t *object, const char *name);
const char *document_item(const json_t *array, size_t index); /* a text of a list */

#endif
