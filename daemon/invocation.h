/* invocation.h: what custodyd was called with: a command's options and the settings.
 * Never says what a command does. Threads: the main one. */
#ifndef CUSTODY_DAEMON_INVOCATION_H
#define CUSTODY_DAEMON_INVOCATION_H

#include "daemon/service/ledger.h"
#include "daemon/config.h"

struct invocation {
    struct config config;
    const char *config_file;
    bool check_config, print_config;
    bool help, version;
    /* run, init */
    const char *clock_file;
    bool clock_is_right;
    /* init */
    const char *origin, *division, *utc_offset;
    const char *regulator, *regulator_name, *regulator_division;
    const char *invitation_days, *output;
    bool demonstration;
    /* audit */
    bool no_signatures;
    const char *since, *tiles, *ledger_vkey;
    /* audit, export */
    bool no_entries;
    /* rebuild */
    bool ahead;
    /* backup, restore, export */
    const char *place;
    const char *root_key_1, *root_key_2, *checkpoint;
    bool drill, successor;
    /* retention */
    bool list;
};

enum {
    INVOCATION_RUN = 1,
    INVOCATION_INIT = 2,
    INVOCATION_AUDIT = 4,
    INVOCATION_REBUILD = 8,
    INVOCATION_BACKUP = 16,
    INVOCATION_RESTORE = 32,
    INVOCATION_DOCTOR = 64,
    INVOCATION_EXPORT = 128,
    INVOCATION_METRICS = 256,
    INVOCATION_RETENTION = 512,
    INVOCATION_ROTATE = 1024,
    INVOCATION_PLACED = INVOCATION_BACKUP | INVOCATION_RESTORE |
                        INVOCATION_EXPORT, /* these take a folder as their first word */
    INVOCATION_ALL = INVOCATION_RUN | INVOCATION_INIT | INVOCATION_AUDIT | INVOCATION_REBUILD |
                     INVOCATION_BACKUP | INVOCATION_RESTORE | INVOCATION_DOCTOR |
                     INVOCATION_EXPORT | INVOCATION_METRICS | INVOCATION_RETENTION |
                     INVOCATION_ROTATE,
};

/* Takes one word of `*argv`, or two when an option's value is the next; false: the complaint was printed. */
bool invocation_take(struct invocation *invocation, int command, char ***argv);
/* To standard output, those of the command and the settings. */
void invocation_print_options(int command);
/* Reads the file that --config names, checks all settings, sets the level of the log. 0, or the exit code. */
int invocation_read_settings(struct invocation *invocation);

/* These live as long as `config`. */
struct ledger_options invocation_ledger(const struct config *config);
/* NULL: figures are not written. */
const char *invocation_metrics_file(const struct config *config);
/* Files that root makes in another user's ledger keep that user's daemon out of it. False: the complaint was printed. */
bool invocation_is_owners(const struct config *config);
bool invocation_is_sandboxed(const struct config *config);
/* How many threads the machine has work for, 1 to 64. */
unsigned invocation_processors(void);

#endif
