/* decoded.h: an entry taken apart, as JSON: header, outcome and body.
 * Never verifies: whoever got the bytes has. */
#ifndef CUSTODY_CLIENT_CLI_DECODED_H
#define CUSTODY_CLIENT_CLI_DECODED_H

#include <jansson.h>

#include "proto/span.h"

/* A new reference. NULL when the bytes are no entry, or memory is used up. A body that this program cannot read is left out. */
json_t *decoded_entry(struct span bytes);

#endif
