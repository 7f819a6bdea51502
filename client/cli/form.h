/* form.h: the forms of the law on paper: asking for what stands in them, and the boxes that all of them share.
 * Never fills in what the ledger does not know: such a box stays open for a pen. */
#ifndef CUSTODY_CLIENT_CLI_FORM_H
#define CUSTODY_CLIENT_CLI_FORM_H

#include "client/cli/paper.h"

/* Ask by a JSON object, whose reference it takes. The exit code; what stopped it was printed. `*ret_reply` is freed with reflect_free. */
int form_ask(struct command_context *context,
             uint16_t question,
             json_t *json,
             ProtobufCMessage **ret_reply);
/* [NAME, VALUE] of a fields block. */
json_t *form_field(const char *name, const char *value);
json_t *form_heading(const char *text);
json_t *form_fields(int columns, json_t *fields);
/* "2026-05-18 08:00", empty for 0. */
void form_time(int64_t us, char ret[static OUTPUT_CELL_MAX]);
/* Grams as tonnes with four decimals (the national form's unit), empty for 0. */
void form_tonnes(uint64_t g, char ret[static OUTPUT_CELL_MAX]);
/* Grams as kilograms with two decimals (the medical sheets' unit), empty for 0. */
void form_kilograms(uint64_t g, char ret[static OUTPUT_CELL_MAX]);
/* Which column of a medical sheet a code counts in: 0 sharps, 1 infectious, 2 the other classes. */
size_t form_class(const char *waste_code);

#endif
