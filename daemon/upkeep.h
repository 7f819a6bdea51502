/* upkeep.h: custodyd's commands backup, restore and rotate-key: files and passphrases in, one line of figures out.
 * Never decides what a backup or a successor is: backup.h and recover.h do. A passphrase comes from a file or a terminal, never from the
 * command line. */
#ifndef CUSTODY_UPKEEP_H
#define CUSTODY_UPKEEP_H

#include "daemon/ledger/holdings.h"
#include "daemon/service/ledger.h"
#include "daemon/config.h"

enum { UPKEEP_SENTENCE = 240 };

struct upkeep_options {
    const struct config *config;
    struct ledger_options ledger;
    const char *place;
    const char *passphrase_file; /* not there: ask at the terminal */
    holdings_progress *progress;
    void *context;
    /* restore, rotate-key */
    bool is_drill, is_successor;
    const char *root_key_files
        [2]; /* each a seed as it stands on paper: 64 hexadecimal digits, spaces and lines as they come */
    const char *checkpoint_file; /* a newer checkpoint of the lost ledger; may be NULL */
    const char *
        output; /* backup: all of it as one file (tape.h), - is standard output; NULL: none. restore: the successor's card */
};

/* Prints what was done to standard output. On failure nothing is printed and `ret_sentence` says what and where. */
enum custody_status upkeep_backup(const struct upkeep_options *options,
                                  char ret_sentence[static UPKEEP_SENTENCE]);
enum custody_status upkeep_restore(const struct upkeep_options *options,
                                   char ret_sentence[static UPKEEP_SENTENCE]);
enum custody_status upkeep_rotate_key(const struct upkeep_options *options,
                                      char ret_sentence[static UPKEEP_SENTENCE]);

#endif
