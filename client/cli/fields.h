/* fields.h: options of a command line into the JSON of any message of custody.proto.
 * Never judges a value: that is reflect.h.
 *
 * --field VALUE for every field of the message (dashes or underscores). Repeated: the option several times, or, for
 * plain values, with commas. A small message: key=value,key=value (a comma in a value is written \,); a part without '=' is its first
 * field. `--container` stands for `--containers`. What is inside a single sub-message may be named directly: `--receiver` for
 * plan.receiver. `@FILE` gives the content of a file to a field of bytes. */
#ifndef CUSTODY_CLIENT_CLI_FIELDS_H
#define CUSTODY_CLIENT_CLI_FIELDS_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdio.h>

#include "client/cli/arguments.h"

/* Completes the start of a statement's id; gives "key:sequence:id". */
enum { FIELDS_STATEMENT_TEXT_MAX = 160 };
typedef enum custody_status fields_complete(void *context,
                                            const char *prefix,
                                            char ret[static FIELDS_STATEMENT_TEXT_MAX],
                                            struct custody_problem *problem);

struct fields_source {
    const ProtobufCMessageDescriptor *descriptor;
    fields_complete *complete; /* may be NULL */
    void *context;
};

/* Takes every option that belongs to the message, or to a text of its annex ("name" for name_digest). The caller drops
 * `*ret`. */
CUSTODY_CHECK enum custody_status fields_take(const struct fields_source *source,
                                              struct arguments *arguments,
                                              json_t **ret,
                                              struct custody_problem *problem);
/* For arguments_parse: does the option name a field that is true or false? `context`: the descriptor. */
bool fields_is_flag(const void *descriptor, const char *name);
/* "--container code=,waste_code=,..." one line a field, for --help. */
void fields_describe(const ProtobufCMessageDescriptor *descriptor, FILE *file);

#endif
