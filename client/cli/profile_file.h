/* profile_file.h: a profile read from a file, for the commands that check, show and set one.
 * Never asks the ledger. */
#ifndef CUSTODY_CLIENT_CLI_PROFILE_FILE_H
#define CUSTODY_CLIENT_CLI_PROFILE_FILE_H

#include "proto/profile.h"
#include "client/cli/command.h"

struct profile_file {
    uint8_t *text; /* freed by profile_file_done */
    size_t len;
    struct profile profile;
};

/* Reads and parses. ERR_INVALID names file, line and key, what was expected and found, and the nearest key. */
CUSTODY_CHECK enum custody_status
profile_file_read(const char *path, struct profile_file *ret, struct custody_problem *problem);
void profile_file_done(struct profile_file *file);
/* The same of a text that the ledger gave; `name` stands for the file. */
CUSTODY_CHECK enum custody_status profile_file_parse(const char *name,
                                                     struct span text,
                                                     struct profile *ret,
                                                     struct custody_problem *problem);

#endif
