/* bounds.h: is a body's content within what can be true? Form of codes and names, masses, times, fields an act needs.
 * Never asks the registry: this is what a stranger could check with the table in PROTOCOL.md 8 alone. */
#ifndef CUSTODY_DOMAIN_BOUNDS_H
#define CUSTODY_DOMAIN_BOUNDS_H

#include "proto/custody.pb-c.h"
#include "proto/statement.h"

enum { BOUNDS_FIELD_MAX = 96, BOUNDS_CONTAINER_CODE_MAX = 48, BOUNDS_NAME_MAX = 64 };

struct bounds_fault {
    uint16_t reason; /* 0: in bounds; out_of_bounds, field_missing or code_malformed */
    char field[BOUNDS_FIELD_MAX];
    const char *expected; /* static text, e.g. "1 to 100000000 grams" */
};

/* Header times must lie in 2000-2199, positions on the globe. */
bool bounds_check_header(const struct statement_header *header, struct bounds_fault *ret);
/* `body` is of the act, scanned and unpacked. True for acts without rules of their own. */
bool bounds_check(uint32_t act, const ProtobufCMessage *body, struct bounds_fault *ret);
/* scheme:value, lower-case scheme of 2-12 letters, value of 1-48 letters, digits, '-', '.', '_'. */
bool bounds_is_party(const char *name);

/* The table of fields, for documents and tests: the field's name of each row, and its message. */
uint32_t bounds_row_count(void);
const char *bounds_row(uint32_t index, const ProtobufCMessageDescriptor **ret_message);

#endif
